//! Logs that are rotated, compressed and copied while nobody reads; endless lines, many files, long backlogs, encodings.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use breachd::batch::Body;
use breachd::detect::{Depth, Engine};
use breachd::format::Format;
use breachd::line::{Block, Origin, SourceId};
use breachd::mask::Keys;
use breachd::moment::Tz;
use breachd::producer::Live;
use breachd::scan::Scanner;
use breachd::source::{Spec, Tail};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::log::Log;
use crate::row::{Outcome, Row};

/// Moves the rotated files of a log on by one, and the log to `a.log.1`.
fn shift(log: &Log) {
    for n in (1..8).rev() {
        for suffix in ["", ".gz", ".zst", ".xz", ".bz2"] {
            let name = format!("a.log.{n}{suffix}");
            if log.path(&name).exists() {
                log.rename(&name, &format!("a.log.{}{suffix}", n + 1));
            }
        }
    }
    log.rename("a.log", "a.log.1");
}

/// Packs a rotated file as logrotate does: another file, then the plain one goes.
fn pack(log: &Log, name: &str, suffix: &str) {
    let bytes = fs::read(log.path(name)).unwrap();
    let mut packed = Vec::new();
    let copied = match suffix {
        "gz" => std::io::copy(&mut &bytes[..], &mut GzEncoder::new(&mut packed, Compression::fast())),
        "zst" => zstd::stream::copy_encode(&bytes[..], &mut packed, 1).map(|()| 0),
        "xz" => std::io::copy(&mut &bytes[..], &mut liblzma::write::XzEncoder::new(&mut packed, 0)),
        _ => std::io::copy(
            &mut &bytes[..],
            &mut bzip2::write::BzEncoder::new(&mut packed, bzip2::Compression::fast()),
        ),
    };
    copied.unwrap();
    fs::write(log.path(&format!("{name}.{suffix}")), packed).unwrap();
    fs::remove_file(log.path(name)).unwrap();
}

#[test]
fn row_02_rotation_while_down() {
    let row = Row {
        number: 2,
        case: "the log is rotated five times while we are down, half of it unread",
        ours: "the log's rotated names are looked through for the bytes that were read last, then read on from there, oldest first",
        guards: &["siblings"],
    };
    row.check(|_| {
        let mut log = Log::new();
        log.append("a.log", 100);
        let mut tail = log.reader();
        log.drain_some(&mut tail, 2000, 3);
        drop(tail);
        for _ in 0..5 {
            log.append("a.log", 20);
            shift(&log);
        }
        log.append("a.log", 20);
        log.drain_once();
        log.drain_once();
        log.outcome()
    });
}

#[test]
fn row_03_rotation_and_compression_while_down() {
    let row = Row {
        number: 3,
        case: "the log is rotated and packed by gzip, zstd, xz and bzip2 in turn while we are down, half of it unread",
        ours: "what is packed is recognised by its unpacked bytes, and read on from the place in them",
        guards: &["packed-siblings"],
    };
    row.check(|_| {
        let mut log = Log::new();
        log.append("a.log", 100);
        let mut tail = log.reader();
        log.drain_some(&mut tail, 2000, 3);
        drop(tail);
        for suffix in ["gz", "zst", "xz", "bz2"] {
            log.append("a.log", 20);
            shift(&log);
            pack(&log, "a.log.1", suffix);
        }
        log.append("a.log", 20);
        log.drain_once();
        log.drain_once();
        log.outcome()
    });
}

#[test]
fn row_07_the_copy_of_copytruncate() {
    let row = Row {
        number: 7,
        case: "copytruncate: the copy has an inode of its own and bytes that were read, once while we run and once while we are down",
        ours: "a file without a known inode is compared by content: its head and what stands before the place where we are",
        guards: &["content"],
    };
    row.check(|_| {
        let mut log = Log::new();
        log.append("a.log", 100);
        let mut tail = log.reader();
        log.drain(&mut tail);
        for is_running in [true, false] {
            fs::copy(log.live(), log.path(if is_running { "a.log.2" } else { "a.log.1" })).unwrap();
            fs::write(log.live(), "").unwrap();
            if is_running {
                log.rescan(&mut tail);
            }
            log.append("a.log", 100);
            log.rescan(&mut tail);
            log.rescan(&mut tail);
        }
        log.drain_once();
        log.outcome()
    });
}

/// A scanner, and a reader of a log that it scans.
struct Scanned {
    scanner: Arc<Scanner>,
    live: Live,
    /// How often each subject was told.
    told: BTreeMap<String, usize>,
}

impl Scanned {
    fn new(log: &Log) -> Self {
        let scanner = Scanner::new(Engine::shipped().unwrap(), Keys::new(&[7; 32]), Tz::Asia__Taipei);
        let scanner = Arc::new(scanner);
        let spec = Spec { glob: log.live().to_string_lossy().into_owned(), start: log.start };
        let tail = Tail::new(vec![spec], Vec::new(), 1);
        let live = Live::new(tail, Arc::clone(&scanner), Vec::new(), Box::new(|_| None));
        Self { scanner, live, told: BTreeMap::new() }
    }

    fn read(&mut self) {
        self.live.rescan();
        while let Some(batch) = self.live.next(false) {
            for fact in batch.facts {
                let Body::Hit(record) = fact.body else { continue };
                for value in record.values {
                    *self.told.entry(value.key.to_string()).or_default() += 1;
                }
            }
        }
    }

    /// The subject of a value that stands alone.
    fn subject(&self, value: &str) -> String {
        let origin = Origin { source: SourceId::new("a"), path: "a".into(), modified: 0 };
        let text = format!("身分證字號 {value}\n");
        let block = Block::new(text.as_bytes(), &origin, 0, 1);
        let (found, _) = self.scanner.findings(Format::Plain, &block, Depth::Hits);
        found.first().unwrap().subject.to_string()
    }

    /// These values against what was told.
    fn outcome(&self, values: &[String]) -> Outcome {
        let mut outcome = Outcome { written: values.len(), ..Outcome::default() };
        for value in values {
            match self.told.get(&self.subject(value)) {
                None => outcome.lost += 1,
                Some(times) => outcome.doubled += times - 1,
            }
        }
        outcome
    }
}

/// A valid identity number.
fn national_id(serial: u32) -> String {
    let digits = format!("1{serial:07}");
    let sum: u32 =
        digits.bytes().zip((1..=8).rev()).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    format!("A{digits}{}", (10 - (1 + sum) % 10) % 10)
}

#[test]
fn row_12_a_line_without_end() {
    let row = Row {
        number: 12,
        case: "lines above 1 MiB, each with one value at or near the border of two windows (the unit is a value)",
        ours: "a long line is scanned in windows of 1 MiB that share 256 bytes; a value is told by the one in which it begins before the middle of these",
        guards: &["overlap"],
    };
    row.check(|_| {
        let (log, mut values) = (Log::new(), Vec::new());
        let mut scanned = Scanned::new(&log);
        for before in [1, 5, 9, 10, 11, 127, 128, 129, 138, 255] {
            let (value, word) = (national_id(values.len() as u32), "身分證字號 ");
            let len = (1 << 20) - before - word.len();
            let text = format!("{}{word}{value} {}\n", " x".repeat(len).split_off(len), " x".repeat(2000));
            log.append_bytes("a.log", text.as_bytes());
            values.push(value);
        }
        scanned.read();
        scanned.outcome(&values)
    });
}

#[test]
fn row_26_many_files() {
    const FILES: usize = 300;
    let row = Row {
        number: 26,
        case: "300 logs that nobody has written to for five minutes; then each has one line more",
        ours: "a file that has not grown for a minute is not held open: it is looked at every 30 s, and at once when its folder tells that it was touched",
        guards: &["rest"],
    };
    row.check(|_| {
        let mut log = Log::new();
        let names: Vec<String> = (0..FILES).map(|n| format!("{n}.log")).collect();
        let long_ago = SystemTime::now() - Duration::from_mins(5);
        for name in &names {
            log.append(name, 1);
            let file = fs::OpenOptions::new().append(true).open(log.path(name)).unwrap();
            file.set_modified(long_ago).unwrap();
        }
        let spec = Spec { glob: log.path("*.log").to_string_lossy().into_owned(), start: log.start };
        let mut tail = Tail::new(vec![spec], Vec::new(), 1).watched();
        for _ in 0..3 {
            tail.look();
            log.drain(&mut tail);
            std::thread::sleep(Duration::from_millis(260)); // a round
        }
        let links = fs::read_dir("/proc/self/fd").unwrap();
        let links = links.filter_map(|link| fs::read_link(link.ok()?.path()).ok());
        let held = links.filter(|path| path.starts_with(log.dir.path())).count();
        for name in &names {
            log.append(name, 1);
        }
        tail.look();
        log.drain(&mut tail);
        let failed = (held > 0).then_some("holds a descriptor for each of 300 idle files");
        Outcome { failed, ..log.outcome() }
    });
}

#[test]
fn row_27_a_rotated_backlog() {
    let row = Row {
        number: 27,
        case: "16 MiB of a log are unread when it is rotated",
        ours: "a renamed file is read in pieces of 1 MiB as any other; what waits, waits on the disk",
        guards: &["chunk-bound"],
    };
    row.check(|_| {
        let mut log = Log::new();
        log.append("a.log", 10);
        let mut tail = log.reader();
        log.drain(&mut tail);
        let filler = [&[b'x'; 1023][..], b"\n"].concat().repeat(1 << 10);
        for _ in 0..16 {
            log.append_bytes("a.log", &filler);
            log.append("a.log", 1);
        }
        log.rename("a.log", "a.log.1");
        log.append("a.log", 10);
        tail.rescan();
        let mut largest = 0;
        loop {
            let before = log.read.len();
            log.drain_some(&mut tail, 1 << 20, 1);
            largest = largest.max(log.read.len() - before);
            if log.read.len() == before && log.read.ends_with(b"\n") && log.outcome().lost == 0 {
                break;
            }
        }
        let failed = (largest > 1 << 20).then_some("holds all of it in memory at once");
        Outcome { failed, ..log.outcome() }
    });
}

#[test]
fn row_28_far_behind_after_a_restart() {
    const BEHIND_MIB: usize = 12;
    let row = Row {
        number: 28,
        case: "after a restart one log is 12 MiB behind, and another one goes on being written",
        ours: "reading goes on at the committed offset, however far behind, and the logs take turns: 1 MiB of each at most",
        guards: &["fair-turns"],
    };
    row.check(|_| {
        let mut log = Log::new();
        log.append("a.log", 10);
        log.append("b.log", 10);
        let mut tail = log.reader_of("*.log");
        log.drain(&mut tail);
        drop(tail);
        let filler = [&[b'x'; 1023][..], b"\n"].concat().repeat(1 << 10);
        for _ in 0..BEHIND_MIB {
            log.append_bytes("a.log", &filler);
            log.append("a.log", 1);
        }
        let mut tail = log.reader_of("*.log");
        log.drain_some(&mut tail, 1 << 20, 2); // what has become of both
        let mut slowest = 0;
        for _ in 0..BEHIND_MIB {
            log.append("b.log", 1);
            let fresh = log.written.last().unwrap().clone();
            let begun = log.read.len();
            while memchr::memmem::find(&log.read[begun..], fresh.as_bytes()).is_none() {
                log.drain_some(&mut tail, 1 << 20, 1);
                if log.read.len() - begun > 4 << 20 {
                    break;
                }
            }
            slowest = slowest.max(log.read.len() - begun);
        }
        log.drain(&mut tail);
        let failed = (slowest > 2 << 20).then_some("a fresh line waits for 4 MiB and more of the other log");
        Outcome { failed, ..log.outcome() }
    });
}

#[test]
fn row_31_encodings_of_many_bytes() {
    let row = Row {
        number: 31,
        case: "logs in UTF-16LE, UTF-16BE and Big5 that grow by uneven numbers of bytes (the unit is a value)",
        ours: "a line of UTF-16 is read whichever half of its line ends it was cut at; the second byte of a character of Big5 is no letter",
        guards: &["utf16-lines"],
    };
    row.check(|_| {
        let (mut outcome, mut serial) = (Outcome::default(), 0);
        for encoding in ["utf-16le", "utf-16be", "big5"] {
            let log = Log::new();
            let mut scanned = Scanned::new(&log);
            let (mut text, mut values) = (String::from("\u{feff}時間,姓名,備註\r\n"), Vec::new());
            for _ in 0..10 {
                values.push(national_id(serial));
                text.extend(["2026-11-26,王小明,上午 身分證字號", &national_id(serial), " 功\r\n"]);
                serial += 1;
            }
            let bytes: Vec<u8> = match encoding {
                "utf-16le" => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
                "utf-16be" => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
                _ => encoding_rs::BIG5.encode(text.trim_start_matches('\u{feff}')).0.into_owned(),
            };
            for piece in bytes.chunks(37) {
                log.append_bytes("a.log", piece);
                scanned.read();
            }
            let of_this = scanned.outcome(&values);
            outcome.written += of_this.written;
            outcome.lost += of_this.lost;
            outcome.doubled += of_this.doubled;
        }
        outcome
    });
}
