//! Mails of every kind, as files that a person can read: `KIND.head`, `.txt`, `.html`, `.ics`.

use std::path::Path;
use std::process::Command;

use breachd::alert::{Bulletin, Letter, Templates};

use super::{composed, header, parts, support};

#[test]
fn mails_of_every_kind_are_the_golden_ones() {
    for (kind, letter) in Letter::samples() {
        let mail = composed(&letter);
        let parts = parts(&mail);
        check(kind, "head", header(&mail));
        check(kind, "txt", &parts[0]);
        let (html, ics) = if letter.is_minimal { (None, parts.get(1)) } else { (parts.get(1), parts.get(2)) };
        for (ending, part) in [("html", html), ("ics", ics)] {
            if let Some(part) = part {
                check(kind, ending, part);
            }
        }
    }
}

#[test]
fn bulletins_of_every_kind_are_the_golden_ones() {
    for (kind, bulletin) in Bulletin::samples() {
        let mail = bulletin_mail(&bulletin);
        let parts = parts(&mail);
        check(kind, "head", header(&mail));
        check(kind, "txt", &parts[0]);
        assert_eq!(parts.len(), if bulletin.is_minimal { 1 } else { 2 }, "{kind}");
        if let Some(html) = parts.get(1) {
            check(kind, "html", html);
        }
    }
}

fn bulletin_mail(bulletin: &Bulletin) -> String {
    let mail = bulletin.compose(&Templates::default()).expect("composes");
    String::from_utf8(mail).expect("ASCII")
}

fn check(kind: &str, ending: &str, is: &str) {
    let path = Path::new("tests/mails").join(format!("{kind}.{ending}"));
    let is = is.replace("\r\n", "\n");
    if std::env::var_os("BREACHD_BLESS").is_some() {
        std::fs::write(&path, &is).expect("writes");
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(golden, is, "{} (BREACHD_BLESS=1 rewrites it)", path.display());
}

/// They are read by what others have written for reading mails, calendars and pages.
#[test]
fn python_and_a_text_browser_read_them() {
    let dir = tempfile::tempdir().expect("a folder");
    for (kind, letter) in Letter::samples() {
        std::fs::write(dir.path().join(format!("{kind}.eml")), composed(&letter)).expect("writes");
    }
    for (kind, bulletin) in Bulletin::samples() {
        std::fs::write(dir.path().join(format!("{kind}.eml")), bulletin_mail(&bulletin)).expect("writes");
    }
    let mut reader = Command::new("/usr/bin/python3");
    reader.arg("tests/expect/mails.py").arg(dir.path());
    let icalendar = "/usr/lib/python3/dist-packages/icalendar";
    if support::servers::missing(&["/usr/bin/python3", "/usr/bin/w3m", icalendar]) {
        return;
    }
    let read = reader.output().expect("python3 starts");
    let told = String::from_utf8_lossy(&read.stderr);
    assert!(read.status.success(), "{}{told}", String::from_utf8_lossy(&read.stdout));
    assert_eq!(
        String::from_utf8_lossy(&read.stdout).trim(),
        format!("{} mails read", Letter::samples().len() + Bulletin::samples().len())
    );
}
