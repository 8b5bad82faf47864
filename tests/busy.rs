//! A log with much to read must not keep everything else waiting until it is read to its end.

#![allow(missing_docs, reason = "a test has no readers of its documentation but those who read it here")]

mod support;

use std::time::Duration;

use support::postfix::{Shape, log};
use support::{Random, Site, seed, size, until};

#[test]
fn a_backlog_does_not_keep_a_new_log_waiting() {
    let sources = [("busy.log", ""), ("mail*.log", "")];
    let site = Site::with(&sources, "transport = \"none\"", "");
    // Digits make every line a candidate, so that reading takes a while in a fast build too.
    let line = "2026-11-17T00:00:00+00:00 mx1 nothing[1]: happens to 00000000 or 11111111 or 22222222\n";
    let busy = line.repeat((size("BREACHD_BACKLOG_MIB", 96) << 20) / line.len());
    std::fs::write(site.log("busy.log"), &busy).expect("a log");
    let mut daemon = site.watch(&[]);
    let shape = Shape { messages: 10, concurrent: 2, every: 1, actors: 1 };
    let text: String = log(shape, &mut Random(seed(1))).into_iter().map(|line| line.text).collect();
    std::fs::write(site.log("mail.log"), text).expect("a log");
    assert!(until(Duration::from_mins(1), || !site.mails().is_empty()), "{}", daemon.words());
    daemon.kill();
    let store = rusqlite::Connection::open(site.path("state/state.db")).expect("a store");
    let offset = "SELECT offset FROM generation WHERE path LIKE '%busy.log'";
    let read: i64 = store.query_row(offset, [], |row| row.get(0)).expect("a file being read");
    assert!((read as usize) < busy.len(), "the new log waited until {read} bytes of the other were read");
}
