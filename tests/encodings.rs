//! The same personal data in every encoding that logs hold, as `tests/expect/encode.py` writes it with Python's codecs.

use std::path::Path;
use std::process::Command;

use breachd::decode::views;
use breachd::detect::{Depth, Engine, FieldContext};
use breachd::hit::Finding;
use breachd::kind::{Kind, Verdict};
use breachd::mask::Raw;
use serde_json::Value;

/// Encodings of the table.
const ENCODINGS: usize = 36;

/// Runs the writer.
fn encode(arguments: &[&str]) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expect/encode.py");
    let output =
        Command::new("python3").env("PYTHONDONTWRITEBYTECODE", "1").arg(script).args(arguments).output();
    let output = output.expect("python3 is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The files of the table, each with the name of its encoding.
fn table() -> (tempfile::TempDir, Vec<(String, std::path::PathBuf)>) {
    let dir = tempfile::tempdir().expect("a folder");
    encode(&["table", dir.path().to_str().expect("UTF-8")]);
    let files = std::fs::read_dir(dir.path()).expect("a folder").map(|file| {
        let path = file.expect("a file").path();
        (path.file_stem().expect("a name").to_string_lossy().into_owned(), path)
    });
    let files: Vec<_> = files.collect();
    assert_eq!(files.len(), ENCODINGS);
    (dir, files)
}

/// Every finding of every view that is more than explained, with its raw bytes.
fn findings<'b>(engine: &Engine, bytes: &'b [u8]) -> Vec<(Finding, &'b [u8])> {
    let context = FieldContext { known: true, key: "" };
    let mut all = Vec::new();
    for view in views(Raw::new(bytes)) {
        for finding in engine.find(view.text(), context) {
            let raw = view.raw(finding.span.clone());
            assert!(raw.start < raw.end && raw.end <= bytes.len(), "{}: {raw:?}", view.name);
            all.push((finding, &bytes[raw]));
        }
    }
    all.retain(|(finding, _)| finding.verdict > Verdict::Rejected);
    all
}

#[test]
fn a_thousand_people_are_a_thousand_subjects_in_every_encoding() {
    let (_dir, files) = table();
    for (name, path) in files {
        let output = Command::new(env!("CARGO_BIN_EXE_breachd")).args(["scan", "--count"]).arg(path).output();
        let output = output.expect("it runs");
        let count: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(count["subjects"], 1_000, "{name}: {count}");
        for kind in ["tw-national-id", "tw-mobile"] {
            assert_eq!(count["findings"][kind]["likely"], 1_000, "{name}: {count}");
        }
    }
}

#[test]
fn the_prefilter_is_silent_on_no_carrier_of_any_view() {
    let engine = Engine::shipped().expect("the shipped packs are sound");
    let mut seen = 0;
    for line in encode(&["carriers"]).lines() {
        let (name, hex) = line.split_once(',').expect("two columns");
        let bytes = data_encoding::HEXLOWER.decode(hex.as_bytes()).expect("hex");
        let text = String::from_utf8_lossy(&bytes);
        assert!(
            engine.candidates(&bytes, Depth::Hits).next().is_some(),
            "{name}: the prefilter is silent on {text}"
        );
        assert!(!findings(&engine, &bytes).is_empty(), "{name}: nothing is found in {text}");
        seen += 1;
    }
    assert!(seen >= 300, "{seen}");
}

#[test]
fn the_raw_bytes_of_every_finding_hold_its_value() {
    let engine = Engine::shipped().expect("the shipped packs are sound");
    let (_dir, files) = table();
    let mut seen = 0;
    for (name, path) in files {
        // Words and parameters are decoded with their heads only, and a blank of a form with the `=` before it.
        if name.starts_with("rfc") || name == "form" {
            continue;
        }
        let file = std::fs::read(path).expect("a file");
        for line in file.split(|byte| *byte == b'\n').take(40) {
            for (finding, raw) in findings(&engine, line) {
                // A name is one only behind its word, which is not part of its bytes.
                if finding.kind() == Kind::PersonName {
                    continue;
                }
                let again: Vec<u8> = if name.starts_with("base64") {
                    let url = raw.iter().any(|byte| matches!(byte, b'-' | b'_'));
                    let alphabet = if url { data_encoding::BASE64URL } else { data_encoding::BASE64 };
                    alphabet.decode(raw).unwrap_or_else(|error| panic!("{name}: {error}"))
                } else {
                    raw.to_vec()
                };
                let found = findings(&engine, &again);
                let is_same = |(again, _): &(Finding, &[u8])| again.value == finding.value;
                // Three characters of base64 may begin before a value and end after it; in UTF-16 its last NUL may be left.
                let is_within = || {
                    let text = String::from_utf8_lossy(&again).replace('\0', "");
                    (0..3).any(|at| text.get(at..at + 10).is_some_and(|value| finding.value.is(value)))
                };
                assert!(found.iter().any(is_same) || is_within(), "{name}: {}", String::from_utf8_lossy(raw));
                seen += 1;
            }
        }
    }
    assert!(seen >= 25 * 80, "{seen}");
}
