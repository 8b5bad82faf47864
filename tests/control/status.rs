use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use crate::support::{Site, until};
use crate::{append, mail};

#[test]
fn a_status_shows_sources_mails_store_and_key() {
    let site = Site::with(&[("mail.log", ""), ("gone.log", "")], "transport = \"none\"", "");
    append(&site.log("mail.log"), &mail(1));
    let mut daemon = site.watch(&[]);
    assert!(until(Duration::from_secs(20), || site.lines_read() == 5), "{}", daemon.words());
    let status = site.json(&["ctl", "status", "--json"]);
    assert_eq!(status["schema"], "breachd.status/1");
    assert_eq!(status["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(status["pid"], daemon.child.id());
    assert_eq!(status["key"].as_str().map(str::len), Some(16), "{status:#}");
    let of = |name: &str| {
        let sources = status["sources"].as_array().expect("a list");
        let is =
            |source: &&serde_json::Value| source["source"].as_str().is_some_and(|path| path.ends_with(name));
        sources.iter().find(is).expect("listed").clone()
    };
    let read = of("/mail.log");
    assert_eq!((&read["state"], &read["behind_bytes"]), (&"reading".into(), &0.into()), "{read:#}");
    assert_eq!(read["read_until"], "2026-11-17T00:01:00Z");
    assert_eq!(of("/gone.log")["state"], "unreadable");
    assert_eq!(status["spool"]["new"], 1);
    assert_eq!(status["mailer"]["state"], "off");
    assert!(status["store"]["bytes"].as_u64() > Some(4096) && !status["store"]["last_commit"].is_null());
    let chinese = site.ok(&["--lang", "zh-TW", "ctl", "status"]);
    assert!(chinese.contains("讀取中") && chinese.contains("待寄 1"), "{chinese}");
    let english = site.ok(&["--lang", "en", "ctl", "status"]);
    assert!(english.contains("unreadable") && english.contains("no gaps"), "{english}");
    assert_eq!(daemon.stop(), Some(0));
    assert!(!site.path("state/control.sock").exists(), "the socket goes with the daemon");
    let nobody = site.run(&["ctl", "status"]);
    let words = String::from_utf8_lossy(&nobody.stderr).into_owned();
    assert_eq!(nobody.status.code(), Some(1), "{words}");
    assert!(words.contains("nobody answers at") && words.contains("is the daemon running"), "{words}");
}

#[test]
fn the_socket_is_the_groups_and_takes_one_short_line_a_second() {
    let site = Site::new("");
    let mut daemon = site.watch(&[]);
    let path = site.path("state/control.sock");
    let mode = path.metadata().expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o660);
    let answer = |stream: &mut UnixStream| {
        let mut text = String::new();
        let _ = stream.read_to_string(&mut text); // an answer may be followed by a reset where more was sent
        text
    };
    // Whoever says nothing is let go of after a second, and meanwhile holds one of eight places.
    let began = Instant::now();
    let mut silent: Vec<_> = (0..8).map(|_| UnixStream::connect(&path).expect("room")).collect();
    assert!(until(Duration::from_millis(900), || {
        let mut ninth = UnixStream::connect(&path).expect("taken, to be told to come again");
        answer(&mut ninth).contains("try again")
    }));
    assert!(answer(&mut silent[0]).contains("one line of JSON was expected"));
    assert!(began.elapsed() >= Duration::from_secs(1));
    drop(silent);
    let mut long = UnixStream::connect(&path).expect("room");
    let _ = long.write_all(&vec![b'x'; 70_000]); // it is cut off where it is too long
    let said = answer(&mut long);
    assert!(said.is_empty() || said.contains("longer than 65536 bytes"), "{said}");
    let mut wrong = UnixStream::connect(&path).expect("room");
    wrong.write_all(b"{\"act\":{\"act\":{\"recipients\":[\"a@b\"]}}}\n").expect("written");
    assert!(answer(&mut wrong).contains("refused"));
    assert_eq!(site.json(&["ctl", "status", "--json"])["schema"], "breachd.status/1", "{}", daemon.words());
}

#[test]
fn a_socket_that_was_left_behind_is_replaced() {
    let site = Site::new("");
    site.watch(&[]).kill();
    assert!(site.path("state/control.sock").exists(), "a killed daemon takes nothing away");
    let mut daemon = site.watch(&[]);
    assert_eq!(site.json(&["ctl", "status", "--json"])["pid"], daemon.child.id());
    assert_eq!(daemon.stop(), Some(0));
}
