//! Files that are renamed, replaced and deleted while we read them.

use std::fs;

use crate::log::Log;
use crate::row::Row;

/// A service that writes the same banner at each start, and whose log is deleted and made anew: ext4 gives the new file
/// the inode of the old one, with the same bytes before the place where we stood.
#[test]
fn row_08_inode_reuse() {
    let row = Row {
        number: 8,
        case: "inode reuse: the log is deleted while we are down and made anew in the same inode, with the same first bytes; 200 times",
        ours: "the birth time is part of which file it is",
        guards: &["file-identity"],
    };
    row.check(|_| {
        let mut log = Log::new();
        for _ in 0..200 {
            let banner = log.written.len();
            log.append_bytes(
                "a.log",
                b"service started, version 1.2.3 of a program that says nothing else at its start\n",
            );
            log.written.push(format!("banner {banner}"));
            log.drain_once();
            fs::remove_file(log.live()).unwrap();
        }
        // The same line each time: how often it was read is what counts.
        let read = memchr::memchr_iter(b'\n', &log.read).count();
        log.read = (0..read).map(|n| format!("banner {n}")).collect::<Vec<_>>().join("\n").into_bytes();
        log.outcome()
    });
}
