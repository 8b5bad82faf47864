//! What stands in the files: beginnings that are the same or short, lines that are not finished, NUL.

use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::log::Log;
use crate::row::{Outcome, Row};
use crate::support::{Site, national_id};

/// As IIS, Exchange and every CSV begin: with the same lines, two kilobytes of them.
#[test]
fn row_09_identical_first_lines() {
    let row = Row {
        number: 9,
        case: "50 daily files that begin with the same 2 KiB, two of them kept, each rotated and the oldest deleted while we are down",
        ours: "content is never the first key, only a check: same beginning and same 64 bytes before the offset",
        guards: &["marker"],
    };
    row.check(|_| {
        let mut log = Log::new();
        let heading = "#Software: a server\n#Fields: date time c-ip cs-username sc-status\n".repeat(32);
        for day in 0..50_usize {
            if day > 0 {
                log.rename("a.log", &format!("a.log-2026{:04}", 101 + day % 28 + day / 28 * 100));
            }
            if let Some(old) = day.checked_sub(2) {
                fs::remove_file(log.path(&format!("a.log-2026{:04}", 102 + old % 28 + old / 28 * 100)))
                    .unwrap_or_default();
            }
            log.append_bytes("a.log", heading.as_bytes());
            log.append("a.log", 5 + day);
            log.drain_once();
        }
        log.outcome()
    });
}

/// A log of one line: shorter than any fingerprint that a peer waits for.
#[test]
fn row_10_smaller_than_a_fingerprint() {
    let row = Row {
        number: 10,
        case: "logs of one line, read, then rotated and compressed while we are down; 20 times",
        ours: "read from byte 0 at once; the beginning by which a file is known grows with it, its length stored",
        guards: &["short-beginning"],
    };
    row.check(|_| {
        let mut log = Log::new();
        for n in 0..20 {
            log.append("a.log", 1);
            log.drain_once();
            let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(&fs::read(log.live()).unwrap()).unwrap();
            fs::write(log.path(&format!("a.log.{}.gz", 20 - n)), encoder.finish().unwrap()).unwrap();
            fs::remove_file(log.live()).unwrap();
        }
        log.drain_once();
        log.outcome()
    });
}

#[test]
fn row_11_partial_last_line() {
    let row = Row {
        number: 11,
        case: "a line written in two pieces, cut at each of its bytes, and we are restarted between them",
        ours: "committed is what ends in a newline; the rest is held, looked at after 2 minutes, and read whole once it is",
        guards: &["whole-lines"],
    };
    row.check(|_| {
        let mut log = Log::new();
        log.append("a.log", 1);
        for cut in 1.. {
            let line = log.lines(1);
            let Some((first, rest)) = line.split_at_checked(cut).filter(|(_, rest)| rest.len() > 1) else {
                log.append_bytes("a.log", line.as_bytes());
                break;
            };
            log.append_bytes("a.log", first.as_bytes());
            log.drain_once();
            log.append_bytes("a.log", rest.as_bytes());
            log.drain_once();
        }
        log.drain_once();
        log.outcome()
    });
}

/// A writer without `O_APPEND` goes on at its old place in a file that was emptied; a crash leaves NUL that were meant
/// to be lines.
#[test]
fn row_13_holes_of_nul() {
    let row = Row {
        number: 13,
        case: "10 GiB of NUL without a block on the disk before the next line, then 5,000 NUL on the disk",
        ours: "SEEK_DATA finds what was written; runs of 64 NUL end a line, are passed over and counted; under a second",
        guards: &["holes"],
    };
    row.check(|side| {
        let mut log = Log::new();
        log.append("a.log", 20);
        let mut tail = log.reader();
        log.drain(&mut tail);
        let mut writer = fs::OpenOptions::new().write(true).open(log.live()).unwrap();
        writer.set_len(0).unwrap();
        writer.seek(SeekFrom::Start(10 << 30)).unwrap();
        writer.write_all(log.lines(5).as_bytes()).unwrap();
        writer.write_all(&[0; 5000]).unwrap();
        writer.write_all(log.lines(5).as_bytes()).unwrap();
        let began = Instant::now();
        // Emptied: a copy of what stood there would be read first.
        log.drain_some(&mut tail, 1 << 20, 1);
        tail.rescan();
        // Without the guard each chunk is a mebibyte of nothing.
        log.drain_some(&mut tail, 1 << 20, 16);
        let holes = tail.status()[0].hole_bytes;
        println!("    {holes} bytes of NUL passed over in {:?}", began.elapsed());
        if side.is_guarded() && (began.elapsed() > Duration::from_secs(1) || holes < 10 << 30) {
            return Outcome::failed("10 GiB of nothing are read");
        }
        log.outcome()
    });
}

/// A NUL within a number is seen by nobody who looks at the log, and hides the number from who compares bytes.
#[test]
fn row_14_nul_within_a_value() {
    let row = Row {
        number: 14,
        case: "NUL within, before and behind an identity number",
        ours: "a line is bytes; NUL within a word is left out before a value is looked for",
        guards: &["nul-inside"],
    };
    row.check(|side| {
        let site = Site::new("");
        let numbers: Vec<_> = (0..6).map(|n| national_id(1_234_567 + n)).collect();
        let hidden = [
            format!("{}\0{}", &numbers[0][..3], &numbers[0][3..]),
            format!("{}\0\0\0{}", &numbers[1][..1], &numbers[1][1..]),
            numbers[2].chars().map(String::from).collect::<Vec<_>>().join("\0"),
            format!("{}\0", numbers[3]),
            format!("\0{}", numbers[4]),
            format!("{}\0{}\0{}", &numbers[5][..4], &numbers[5][4..7], &numbers[5][7..]),
        ];
        let lines = hidden.map(|hidden| format!("a form was sent in, 身分證 {hidden} of a person\n"));
        fs::write(site.log("nul.log"), lines.concat()).unwrap();
        let mut scan = site.command(&["scan"]);
        let output = scan.arg(site.log("nul.log")).env("BREACHD_FAULT", side.fault()).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let found = said.lines().filter(|line| line.contains("likely tw-national-id")).count();
        Outcome { written: lines.len(), lost: lines.len() - found, ..Outcome::default() }
    });
}
