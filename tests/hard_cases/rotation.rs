//! Files that are renamed, truncated, replaced and deleted while we read them.

use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;

use breachd::event::GapCause;

use crate::log::Log;
use crate::row::{Outcome, Row};

/// As nginx between a rename and USR1: the writer keeps its file, whatever it is called by now.
#[test]
fn row_01_rename_while_the_writer_keeps_the_file() {
    let row = Row {
        number: 1,
        case: "rename rotation out of the folder's names, the writer goes on in the old file; 100 times",
        ours: "the descriptor is held until the renamed file is read to its end and was quiet for 10 minutes",
        guards: &["quiet-time"],
    };
    row.check(|_| {
        let mut log = Log::new();
        fs::create_dir(log.path("old")).unwrap();
        log.append("a.log", 1);
        let mut tail = log.reader();
        for n in 0..100 {
            let mut writer = fs::OpenOptions::new().append(true).create(true).open(log.live()).unwrap();
            writer.write_all(log.lines(2).as_bytes()).unwrap();
            log.rescan(&mut tail);
            log.rename("a.log", &format!("old/{n}"));
            log.rescan(&mut tail);
            writer.write_all(log.lines(2).as_bytes()).unwrap();
            log.rescan(&mut tail);
        }
        log.outcome()
    });
}

#[test]
fn row_04_copytruncate_read_up_to_date() {
    let row = Row {
        number: 4,
        case: "copytruncate of a log that was read to its end, and fewer lines after it than before; 1,000 times",
        ours: "a size below the offset is a new generation, from 0",
        guards: &["truncation"],
    };
    row.check(|_| {
        let mut log = Log::new();
        log.append("a.log", 3);
        let mut tail = log.reader();
        log.drain(&mut tail);
        for _ in 0..1000 {
            fs::write(log.live(), "").unwrap();
            log.append("a.log", 2);
            log.drain(&mut tail);
            log.rescan(&mut tail);
        }
        log.outcome()
    });
}

/// The first kilobyte of each generation is the same, so that only the bytes before the place can tell.
#[test]
fn row_05_truncated_and_regrown_past_the_offset() {
    let row = Row {
        number: 5,
        case: "copytruncate between two looks, and grown past the offset since; the first KiB is the same each time; 20 times",
        ours: "the 64 bytes before the offset are read again with whatever comes after them",
        guards: &["marker"],
    };
    row.check(|_| {
        let mut log = Log::new();
        let banner = "# a heading that every file of this server begins with\n".repeat(20);
        let mut tail = None;
        for n in 0..20 {
            fs::write(log.live(), &banner).unwrap();
            log.append("a.log", 10 + 5 * n);
            let tail = tail.get_or_insert_with(|| log.reader());
            log.rescan(tail);
        }
        log.outcome()
    });
}

/// What is written between the copy and the truncation is in neither file, unless it was read in between.
#[test]
fn row_06_lines_between_copy_and_truncate() {
    let row = Row {
        number: 6,
        case: "lines written between copy and truncate, in no file any more",
        ours: "nobody can read them: the gap is told, with its place, and counted as such",
        guards: &["truncation-gap"],
    };
    row.check(|_| {
        let mut log = Log::new();
        log.append("a.log", 50);
        let mut tail = log.reader();
        log.drain(&mut tail);
        fs::copy(log.live(), log.path("a.log.1")).unwrap();
        let first = log.written.len();
        log.append("a.log", 10);
        fs::write(log.live(), "").unwrap();
        log.append("a.log", 5);
        log.rescan(&mut tail);
        if log.has_gap(GapCause::Truncated) {
            log.written.drain(first..first + 10);
        }
        log.outcome()
    });
}

/// A service that writes the same banner at each start, and whose log is deleted and made anew: ext4 gives the new file
/// the inode of the old one, with the same bytes before the place where we stood.
#[test]
fn row_08_inode_reuse() {
    let row = Row {
        number: 8,
        case: "inode reuse: the log is deleted while we are down and made anew in the same inode, with the same first bytes; 200 times",
        ours: "the birth time and the inode's generation are part of which file it is",
        guards: &["birth-time", "inode-generation"],
    };
    row.check(|_| {
        let mut log = Log::new();
        let banner = b"service started, version 1.2.3 of a program that says nothing else at its start\n";
        for n in 0..200 {
            log.append_bytes("a.log", banner);
            log.written.push(format!("banner {n}"));
            log.drain_once();
            fs::remove_file(log.live()).unwrap();
        }
        // The same line each time: how often it was read is what counts.
        let read = memchr::memchr_iter(b'\n', &log.read).count();
        // Other programs take inodes too: not every one is given again.
        match read {
            200 => Outcome { written: 200, ..Outcome::default() },
            0..100 => Outcome::failed("more than half of 200 lost"),
            read => Outcome { written: 200, lost: 200 - read, ..Outcome::default() },
        }
    });
}

#[test]
fn row_22_symlink_retargeted() {
    let row = Row {
        number: 22,
        case: "the log is a symbolic link that a person configured, and is pointed at another file; 100 times",
        ours: "the link is followed anew at each look; the file it led to before is read to its end",
        guards: &["link-anew"],
    };
    row.check(|_| {
        let mut log = Log::new();
        let mut tail = None;
        for n in 0..100 {
            let target = format!("day-{n}");
            log.append(&target, 3);
            let _ = fs::remove_file(log.live()); // the first time there is none
            symlink(log.path(&target), log.live()).unwrap();
            let tail = tail.get_or_insert_with(|| log.reader());
            log.rescan(tail);
            log.append(&target, 1); // found at the next look, when the link leads elsewhere
        }
        log.rescan(&mut tail.expect("there was a first one"));
        log.outcome()
    });
}

/// Whoever edits a log in place (`sed -i`) writes another file and renames it over the first.
#[test]
fn row_25_rename_over() {
    let row = Row {
        number: 25,
        case: "the log is replaced by a copy of itself that goes on (`sed -i`), while it is read; 50 times",
        ours: "same first KiB and same bytes before the offset: it is gone on with at the offset, else read from 0",
        guards: &["rename-over"],
    };
    row.check(|_| {
        let mut log = Log::new();
        log.append("a.log", 100);
        let mut tail = log.reader();
        log.drain(&mut tail);
        for _ in 0..50 {
            fs::copy(log.live(), log.path("new")).unwrap();
            log.append("new", 2);
            log.rename("new", "a.log");
            log.rescan(&mut tail);
            log.rescan(&mut tail);
        }
        log.outcome()
    });
}

/// A writer that never closes a deleted file would fill the disk with bytes that nobody can see.
#[test]
fn row_15_deleted_but_held() {
    let row = Row {
        number: 15,
        case: "a deleted log whose writer goes on: 20 MB on the disk without a name",
        ours: "deleted files are read first; above 1 GiB of them (here 1 MiB) the largest is let go when it is read, and the gap is told",
        guards: &["held-bytes"],
    };
    row.check(|_| {
        let mut log = Log::new();
        let mut writer = fs::OpenOptions::new().append(true).create(true).open(log.live()).unwrap();
        writer.write_all(log.lines(1).as_bytes()).unwrap();
        let mut tail = log.reader().held_bytes_max(1 << 20);
        log.drain(&mut tail);
        fs::remove_file(log.live()).unwrap();
        let filler = "a line of no interest, written while the file has no name any more\n".repeat(1000);
        for _ in 0..300 {
            writer.write_all(filler.as_bytes()).unwrap();
        }
        writer.write_all(log.lines(1).as_bytes()).unwrap();
        log.rescan(&mut tail);
        log.rescan(&mut tail);
        drop(writer);
        let is_told = log.has_gap(GapCause::Held);
        let held = tail.held_bytes();
        println!("    {held} bytes held without a name, gap told: {is_told}");
        match (held, is_told) {
            (0, true) => log.outcome(),
            _ => Outcome::failed("the disk stays full"),
        }
    });
}
