//! The try-out that the README begins with.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::support::{BREACHD, Site, expect, until};

/// Runs the quick start in a fresh folder, as its first lines say.
fn run() -> (tempfile::TempDir, String) {
    let dir = tempfile::tempdir().expect("a folder");
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
    std::fs::create_dir_all(dir.path().join("config/quickstart")).expect("a folder");
    for name in ["quickstart.toml", "quickstart/mail.log", "quickstart/access.log"] {
        std::fs::copy(shipped.join(name), dir.path().join("config").join(name)).expect("shipped");
    }
    let mut command = Command::new(BREACHD);
    command.args(["watch", "--once", "-c", "config/quickstart.toml"]).env("LC_ALL", "C.UTF-8");
    let output = command.current_dir(&dir).output().expect("the program starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    (dir, String::from_utf8(output.stdout).expect("the output is UTF-8"))
}

#[test]
fn the_quick_start_drafts_from_both_logs_names_its_mails_and_says_the_same_twice() {
    let (dir, stdout) = run();
    for route in ["mail-out", "download"] {
        assert!(stdout.lines().any(|line| line.starts_with("BD-") && line.contains(route)), "{stdout}");
    }
    let mails: Vec<&str> =
        stdout.lines().map(str::trim).filter(|line| line.starts_with("./quickstart-out/new/")).collect();
    assert!(mails.len() >= 2, "{stdout}");
    for mail in mails {
        assert!(dir.path().join(mail).is_file(), "{mail}");
    }
    // Each run has a key of its own: nothing said may hang on it.
    for _ in 0..3 {
        assert_eq!(run().1, stdout);
    }
}

#[test]
fn the_mails_of_the_quick_start_are_whole_and_hold_no_value_of_the_logs() {
    let (dir, _) = run();
    let at = |name: &str| dir.path().join(name);
    let logs = [at("config/quickstart/mail.log"), at("config/quickstart/access.log")];
    let (spool, state) = (at("quickstart-out"), at("quickstart-out/state"));
    let found = expect("mail.py", &[&spool, &state, &logs[0], &logs[1]]);
    assert!(found["mails"].as_u64() >= Some(2) && found["values"].as_u64() >= Some(8), "{found}");
    // state.db, its key and lock, and two files a mail.
    assert!(found["files"].as_u64() >= Some(7), "{found}");
}

#[test]
fn the_store_of_a_running_daemon_holds_no_value_of_its_logs() {
    let site = Site::with(&[("mail.log", ""), ("access.log", "")], "transport = \"none\"", "");
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/quickstart");
    for name in ["mail.log", "access.log"] {
        std::fs::copy(shipped.join(name), site.log(name)).expect("shipped");
    }
    let mut daemon = site.watch(&[]);
    assert!(until(Duration::from_secs(10), || site.mails().len() == 3), "{:?}", site.mails());
    assert!(site.path("state/state.db-wal").metadata().expect("a log of the store").len() > 0);
    let found = expect(
        "mail.py",
        &[&site.path("spool"), &site.path("state"), &site.log("mail.log"), &site.log("access.log")],
    );
    assert_eq!(found["mails"], 3, "{found}");
    assert_eq!(daemon.stop(), Some(0));
}
