//! What the store does when the disk is full, the database is damaged, the clock jumps, or another daemon runs.

use std::fs;
use std::time::Duration;

use serde_json::Value;

use crate::disk::{PATIENCE, append, fill, has_letter, is_root, leak, small_disk};
use crate::row::{Outcome, Row, Side};
use crate::support::{Site, until};

/// How long something that must not happen is waited for.
const LONG_ENOUGH: Duration = Duration::from_millis(2_500);

/// What was read of what was written, by the store's own count.
fn outcome(site: &Site, written: usize) -> Outcome {
    let read = site.lines_read();
    Outcome {
        written,
        lost: written.saturating_sub(read),
        doubled: read.saturating_sub(written),
        failed: None,
    }
}

#[test]
fn row_16_disk_full_for_the_checkpoint() {
    if !is_root("row 16") {
        return;
    }
    let row = Row {
        number: 16,
        case: "the disk of store and spool is full while a leak is read",
        ours: "space that was held back is given up: the draft goes out, reading stops (the log is the buffer) and resumes by itself",
        guards: &["reserve"],
    };
    row.check(|side| {
        let site = Site::new("[store]\nreserve = \"8MiB\"");
        let disk = small_disk(&site, "32m");
        append(&site, &leak(1, "one"));
        let mut daemon = site.watch(&[("BREACHD_FAULT", &side.fault())]);
        assert!(until(PATIENCE, || has_letter(&site, "BD-2026-000001.r0")), "{}", daemon.words());
        let filler = fill(&disk.0);
        append(&site, &leak(2, "two"));
        let patience = if side.is_guarded() { PATIENCE } else { LONG_ENOUGH };
        if !until(patience, || has_letter(&site, "BD-2026-000002.r0")) {
            return Outcome::failed("no draft until somebody frees space");
        }
        assert!(daemon.words().contains("no room for the store"), "{}", daemon.words());
        assert!(has_letter(&site, "notice-disk-full"), "the administrators are told");
        append(&site, &leak(3, "three"));
        assert!(!until(LONG_ENOUGH, || site.lines_read() > 8), "reading stops");
        fs::remove_file(filler).unwrap();
        assert!(until(PATIENCE, || has_letter(&site, "BD-2026-000003.r0")), "{}", daemon.words());
        assert!(daemon.words().contains("there is room again"), "{}", daemon.words());
        assert_eq!(daemon.stop(), Some(0), "{}", daemon.words());
        assert_eq!(site.cores(), site.replayed(&[site.log("mail.log")]));
        outcome(&site, 12)
    });
}

#[test]
fn row_17_checkpoint_corrupted() {
    let row = Row {
        number: 17,
        case: "the database is overwritten with other bytes while we are down",
        ours: "looked at from end to end at each start; moved aside, and the last snapshot or all logs that are there take its place",
        guards: &["integrity"],
    };
    row.check(|side| {
        let site = Site::with(&[("mail.log", "start = \"all\"")], "transport = \"none\"", "");
        append(&site, &leak(1, "one"));
        site.ok(&["watch", "--once"]);
        fs::rename(site.log("mail.log"), site.log("mail.log.1")).unwrap();
        append(&site, &leak(2, "two"));
        site.ok(&["watch", "--once"]);
        let before = site.cores();
        damage(&site, "state.db", 0..64);
        append(&site, &leak(3, "one"));
        let output = site.command(&["watch", "--once"]).env("BREACHD_FAULT", side.fault()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        if !output.status.success() {
            return Outcome::failed("ends with an error at every start");
        }
        assert!(said.contains("the store was damaged") && said.contains("every log is read again"), "{said}");
        assert!(has_letter(&site, "notice-store-mended"));
        assert!(has_letter(&site, "BD-2026-000004.r0"), "numbers that people know are not given twice");
        assert_eq!(before.as_array().unwrap().len(), 2);
        assert_eq!(site.cores(), site.replayed(&[site.log("mail.log.1"), site.log("mail.log")]));
        outcome(&site, 12)
    });
}

fn damage(site: &Site, name: &str, bytes: std::ops::Range<usize>) {
    let path = site.path("state").join(name);
    let mut all = fs::read(&path).unwrap();
    all[bytes].iter_mut().for_each(|byte| *byte ^= 0xa5);
    fs::write(&path, all).unwrap();
}

#[test]
fn a_damaged_store_goes_on_from_its_snapshot() {
    let site = Site::new("");
    append(&site, &leak(1, "one"));
    let mut daemon = site.watch(&[("BREACHD_FAULT", "snapshot-after:0")]);
    assert!(
        until(PATIENCE, || has_letter(&site, "BD-2026-000001.r0") && site.path("state/snapshot.db").exists())
    );
    append(&site, &leak(2, "two"));
    assert!(until(PATIENCE, || has_letter(&site, "BD-2026-000002.r0")));
    assert_eq!(daemon.stop(), Some(0), "{}", daemon.words());
    let half = fs::metadata(site.path("state/state.db")).unwrap().len() as usize / 2;
    damage(&site, "state.db", half..half + 8_192);
    let output = site.run(&["watch", "--once"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("the store was damaged") && said.contains("snapshot stands in its place"),
        "{said}"
    );
    assert_eq!(site.cores(), site.replayed(&[site.log("mail.log")]));
}

/// `SQLite` passes over the rest of a log that does not check, and says nothing.
#[test]
fn a_damaged_write_ahead_log_is_said_and_what_it_held_is_read_again() {
    let site = Site::new("");
    append(&site, &leak(1, "one"));
    let mut daemon = site.watch(&[]);
    assert!(until(PATIENCE, || has_letter(&site, "BD-2026-000001.r0")), "{}", daemon.words());
    append(&site, &leak(2, "two"));
    assert!(until(PATIENCE, || has_letter(&site, "BD-2026-000002.r0")), "{}", daemon.words());
    daemon.kill();
    damage(&site, "state.db-wal", 2_000..2_004);
    let output = site.run(&["watch", "--once"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("its write-ahead log does not check"), "{said}");
    assert_eq!(site.cores(), site.replayed(&[site.log("mail.log")]));
}

#[test]
fn row_30_clock_jump() {
    let row = Row {
        number: 30,
        case: "the clock is set back by a year while a letter waits, then forward by two",
        ours: "a wait that no rule could make so long is over; deadlines stay as they were told; each step is in the ledger",
        guards: &["clock"],
    };
    row.check(|side| {
        let site = Site::new("");
        let clock = site.path("clock");
        let set = |years: i64| fs::write(&clock, (years * 365 * 86_400).to_string()).unwrap();
        set(0);
        append(&site, &leak(1, "one"));
        let mut daemon =
            site.watch(&[("BREACHD_CLOCK", clock.to_str().unwrap()), ("BREACHD_FAULT", &side.fault())]);
        assert!(until(PATIENCE, || has_letter(&site, "BD-2026-000001.r0")), "{}", daemon.words());
        let told = duties(&site);
        assert!(!told.is_empty());
        append(&site, &leak(2, "one"));
        assert!(until(PATIENCE, || site.lines_read() == 8));
        set(-1);
        let patience = if side.is_guarded() { PATIENCE } else { LONG_ENOUGH };
        if !until(patience, || has_letter(&site, "BD-2026-000001.r1")) {
            return Outcome::failed("a letter waits for a year");
        }
        append(&site, &leak(3, "one"));
        assert!(until(PATIENCE, || site.lines_read() == 12));
        assert_eq!(duties(&site), told, "no deadline moves with the clock");
        set(1);
        assert!(until(PATIENCE, || has_letter(&site, "BD-2026-000001.r2")), "{}", daemon.words());
        assert_eq!(duties(&site), told, "no deadline moves with the clock");
        assert!(daemon.words().contains("the wall clock was set"), "{}", daemon.words());
        assert_eq!(daemon.stop(), Some(0), "{}", daemon.words());
        let store = rusqlite::Connection::open(site.path("state/state.db")).unwrap();
        let steps = "SELECT group_concat(note, ';') FROM ledger WHERE kind = 'clock-step'";
        let steps: String = store.query_row(steps, [], |row| row.get(0)).unwrap();
        assert_eq!(steps.matches("the wall clock was set by").count(), 2, "{steps}");
        assert_eq!(site.cores(), site.replayed(&[site.log("mail.log")]));
        outcome(&site, 12)
    });
}

/// What has to be done until when.
fn duties(site: &Site) -> Vec<Value> {
    let shown = site.json(&["incident", "show", "BD-2026-000001", "--json"]);
    shown["duties"].as_array().unwrap().clone()
}

#[test]
fn row_32_two_daemons() {
    let row = Row {
        number: 32,
        case: "a second daemon is started on the same state directory",
        ours: "one writer holds the lock, which the kernel drops with its process; the second ends and says why",
        guards: &["lock"],
    };
    row.check(|side: Side| {
        let site = Site::new("");
        append(&site, &leak(1, "one"));
        let mut first = site.watch(&[]);
        let mut second = site.start(&[("BREACHD_FAULT", &side.fault())]);
        if second.wait_for_line("ready", PATIENCE).is_some() {
            return Outcome::failed("two daemons write");
        }
        assert_eq!(second.child.wait().unwrap().code(), Some(1));
        assert!(second.words().contains("is locked by another breachd; stop it first"), "{}", second.words());
        assert!(until(PATIENCE, || has_letter(&site, "BD-2026-000001.r0")));
        first.kill();
        let mut third = site.watch(&[]);
        assert_eq!(third.stop(), Some(0), "a lock does not outlive its process: {}", third.words());
        outcome(&site, 4)
    });
}
