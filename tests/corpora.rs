//! What fuzzing has found worth keeping, as ordinary tests: every file of `fuzz/corpus` goes through the check of its
//! target.

#[path = "../fuzz/checks/mod.rs"]
mod checks;

use std::path::Path;

/// Runs a check over every file of its corpus.
fn corpus(target: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut files = 0;
    for file in std::fs::read_dir(&folder).expect("a corpus") {
        let path = file.expect("a file").path();
        let bytes = std::fs::read(&path).expect("a file");
        // A check that fails does not know which file it was given.
        let outcome = std::panic::catch_unwind(|| check(&bytes));
        assert!(outcome.is_ok(), "{} broke the check of {target}", path.display());
        files += 1;
    }
    assert!(files >= 50, "{files} files in {}", folder.display());
}

#[test]
fn decode() {
    corpus("decode", checks::decode);
}

#[test]
fn detect() {
    corpus("detect", checks::detect);
}

#[test]
fn redact() {
    corpus("redact", checks::redact);
}

#[test]
fn packs() {
    corpus("packs", checks::packs);
}

#[test]
fn formats() {
    corpus("formats", checks::formats);
}

#[test]
fn lines() {
    corpus("lines", checks::lines);
}

#[test]
fn sites() {
    corpus("sites", checks::sites);
}
