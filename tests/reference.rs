//! The prefilter is never silent: what the program finds among the candidates it finds in a reading that asks for none
//! and takes every line through every view and every rule.
//!
//! `BREACHD_REFERENCE` is the size of each log in bytes, `BREACHD_MUTATIONS` how many logs of changed lines are read,
//! `BREACHD_SEED` the seed.
#![allow(missing_docs, reason = "a test has no readers of its documentation but those who read it here")]
#![allow(clippy::print_stdout, reason = "a test says its seed and its figures")]

mod support;
#[path = "reference/wrapped.rs"]
mod wrapped;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use breachd::batch::Body;
use breachd::config::Packs;
use breachd::detect::{Depth, Engine};
use breachd::format::{Format, Formats};
use breachd::kind::{Kind, Verdict};
use breachd::line::{Block, Origin, SourceId};
use breachd::mask::Keys;
use breachd::moment::Tz;
use breachd::scan::{Carried, Found, Scanner};
use breachd::tally::{Row, count};
use breachd_corpus::{Corpus, Density, Mix};
use support::Random;

/// Bytes of each log of the corpus in the everyday run.
const EVERYDAY_BYTES: usize = 200 << 10;

/// Logs of changed lines in the everyday run.
const EVERYDAY_MUTATIONS: usize = 100;

/// A finding, as two readings are compared: everything that is told of it.
type Finding = (u64, String, Verdict, String, String, String, String);

/// How a log is read.
struct Way {
    name: &'static str,
    scanner: Scanner,
    block_bytes: usize,
}

fn way(name: &'static str, engine: impl Fn(Engine) -> Engine, block_bytes: usize) -> Way {
    let packs = Packs::shipped().expect("the shipped packs are sound");
    let keys = Keys::new(&std::array::from_fn(|at| at as u8));
    let scanner = Scanner::new(engine(packs.engine), keys, Tz::Asia__Taipei).with_formats(packs.formats);
    Way { name, scanner, block_bytes }
}

/// Every line, every view, every rule.
fn reference() -> Way {
    way("every line", Engine::without_prefilter, usize::MAX)
}

/// The ways that must tell the same. Another prefilter, another size of blocks: another row.
fn ways() -> Vec<Way> {
    vec![
        way("blocks of 4 KiB", |engine| engine, 4 << 10),
        way("blocks of 64 KiB", |engine| engine, 64 << 10),
        way("one block", |engine| engine, usize::MAX),
        way("the code for every processor", Engine::portable, 256 << 10),
    ]
}

impl Way {
    /// What is found in each line.
    fn read(&self, format: Format, bytes: &[u8]) -> BTreeMap<u64, Vec<Finding>> {
        let origin = Origin { source: SourceId::new("a.log"), path: "a.log".into(), modified: 1_795_000_000 };
        let (mut from, mut line, mut carried) = (0, 1, Carried::default());
        let mut found: BTreeMap<u64, Vec<Finding>> = BTreeMap::new();
        while from < bytes.len() {
            let wanted = bytes.len().min(from.saturating_add(self.block_bytes));
            let end = memchr::memrchr(b'\n', &bytes[from..wanted])
                .map(|newline| from + newline + 1)
                .or_else(|| memchr::memchr(b'\n', &bytes[wanted..]).map(|newline| wanted + newline + 1));
            let end = end.unwrap_or(bytes.len());
            let end = if wanted == bytes.len() { wanted } else { end };
            let before = std::mem::take(&mut carried);
            let block = Block::new(&bytes[from..end], &origin, from as u64, line).after(before.line());
            for found_here in self.scanner.findings(format, &block, Depth::Hits).0 {
                if found_here.verdict > Verdict::Rejected {
                    found.entry(found_here.line).or_default().push(row(&found_here));
                }
            }
            carried = self.scanner.carry(format, &block);
            line += memchr::memchr_iter(b'\n', &bytes[from..end]).count() as u64;
            from = end;
        }
        found
    }
}

impl Way {
    /// What `scan --count` says of a log, which is what its findings and its facts come to.
    fn count(&self, format: Format, name: &str, bytes: &[u8]) {
        let origin = Origin { source: SourceId::new("a.log"), path: "a.log".into(), modified: 1_795_000_000 };
        let block = Block::new(bytes, &origin, 0, 1);
        let counts = self.scanner.counts(format, &block);
        let mut found: BTreeMap<(Kind, Verdict), u64> = BTreeMap::new();
        for one in self.scanner.findings(format, &block, Depth::Hits).0 {
            *found.entry((one.kind, one.verdict)).or_default() += u64::from(one.verdict > Verdict::Rejected);
        }
        found.retain(|_, count| *count > 0);
        assert_eq!(counts.findings, found, "{name}, {format:?}");
        let facts = self.scanner.hits(format, &block).facts;
        let records = facts.iter().filter_map(|fact| match &fact.body {
            Body::Hit(record) => Some(Row { values: &record.values, special: false }),
            _ => None,
        });
        assert_eq!(counts.people.tally(), count(records, Verdict::Likely), "{name}, {format:?}");
    }
}

fn row(found: &Found) -> Finding {
    let text = |value: &dyn std::fmt::Debug| format!("{value:?}");
    (
        found.offset,
        found.kind.id().to_owned(),
        found.verdict,
        found.why.clone(),
        text(&found.view),
        text(&found.field),
        found.subject.to_string(),
    )
}

/// Reads logs in all ways, and compares line by line.
struct Comparison {
    reference: Way,
    ways: Vec<Way>,
    lines: usize,
    likely: usize,
    faults: Vec<String>,
}

impl Comparison {
    fn new(ways: Vec<Way>) -> Self {
        Self { reference: reference(), ways, lines: 0, likely: 0, faults: Vec::new() }
    }

    /// In the format that the log is taken for, and as plain text.
    fn compare(&mut self, name: &str, bytes: &[u8]) {
        let sniffed = self.reference.scanner.formats().sniff(bytes);
        self.compare_as(sniffed, name, bytes);
        if sniffed != Format::Plain {
            self.compare_as(Format::Plain, name, bytes);
        }
    }

    /// What is rejected is left out: it is told of the views that are looked into anyway, and no others.
    fn compare_as(&mut self, format: Format, name: &str, bytes: &[u8]) {
        let expected = self.reference.read(format, bytes);
        let none = Vec::new();
        self.ways[0].count(format, name, bytes);
        for way in &self.ways {
            let found = way.read(format, bytes);
            for line in expected.keys().chain(found.keys().filter(|line| !expected.contains_key(line))) {
                let (want, got) = (expected.get(line).unwrap_or(&none), found.get(line).unwrap_or(&none));
                if want == got {
                    self.lines += 1;
                    self.likely += want.iter().filter(|row| row.2 == Verdict::Likely).count();
                } else {
                    self.faults.push(format!(
                        "{name}, {format:?}, {}, line {line}: {}",
                        way.name,
                        told(want, got)
                    ));
                }
            }
        }
        if !self.faults.is_empty() {
            self.fail(&format!("{name}: the log"), bytes);
        }
    }

    fn fail(&self, name: &str, bytes: &[u8]) {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("unlike.log");
        std::fs::write(&path, bytes).expect("a log");
        let shown = self.faults.iter().take(20).map(String::as_str).collect::<Vec<_>>().join("\n");
        panic!("{} faults; {name} is kept as {}\n{shown}", self.faults.len(), path.display());
    }

    fn finish(&self, lines_min: usize) {
        println!("{} lines with findings read alike, {} likely", self.lines, self.likely);
        assert!(self.lines >= lines_min, "{} lines with findings, which says little", self.lines);
    }
}

/// Places, kinds and reasons of two readings; never a value.
fn told(want: &[Finding], got: &[Finding]) -> String {
    let rows = |rows: &[Finding]| {
        let row = |row: &Finding| format!("{} at {} {} ({})", row.1, row.0, row.2.id(), row.3);
        rows.iter().map(row).collect::<Vec<_>>().join("; ")
    };
    format!("expected [{}], found [{}]", rows(want), rows(got))
}

fn log(mix: Mix, density: Density, seed: u64, bytes: usize) -> Vec<u8> {
    let (mut corpus, mut log, mut planted) = (Corpus::new(mix, density, seed), Vec::new(), Vec::new());
    while log.len() < bytes {
        corpus.line(&mut log, &mut planted);
    }
    log
}

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files: Vec<_> =
        std::fs::read_dir(&folder).expect("a folder").map(|file| file.expect("a file").path()).collect();
    files.retain(|path| path.is_file());
    files.sort();
    files
}

/// Texts of the encodings' vectors, a line each.
fn vectors() -> Vec<Vec<u8>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/encodings.csv");
    let text = std::fs::read_to_string(path).expect("vectors");
    let bytes = text
        .lines()
        .skip(1)
        .filter_map(|line| data_encoding::HEXLOWER.decode(line.split(',').nth(1)?.as_bytes()).ok());
    bytes.collect()
}

#[test]
fn logs_of_the_corpus_are_read_alike() {
    let (seed, bytes) = (support::seed(1), support::size("BREACHD_REFERENCE", EVERYDAY_BYTES));
    let mut comparison = Comparison::new(ways());
    for mix in Mix::ALL {
        comparison.compare("dense", &log(mix, Density::Dense, seed, bytes));
        comparison.compare("clean", &log(mix, Density::Clean, seed, bytes / 2));
    }
    comparison.finish(bytes / 2000);
}

#[test]
fn logs_of_servers_and_texts_of_the_fuzzer_are_read_alike() {
    let mut comparison = Comparison::new(ways());
    let folders = [
        "tests/logs",
        "config/quickstart",
        "fuzz/corpus/detect",
        "fuzz/corpus/decode",
        "fuzz/corpus/lines",
        "fuzz/corpus/formats",
    ];
    for path in folders.into_iter().flat_map(files) {
        comparison.compare(&path.display().to_string(), &std::fs::read(&path).expect("a file"));
    }
    for (nth, bytes) in vectors().into_iter().enumerate() {
        comparison.compare(&format!("vector {nth}"), &bytes);
    }
    comparison.finish(200);
}

#[test]
fn records_of_an_array_in_one_line_are_read_alike() {
    let format = r#"
[format]
name = "portal-audit"
family = "application"
framing = "json-array"
array = "Records"
time = ["iso"]
reference = "入口網站 2.0：稽核紀錄"

[[rule]]
is = { action = ["export"] }
keys = { time = "time", user = "user", path = "file" }

[[sample]]
line = '{"time":"2026-11-17T09:00:00+08:00","user":"wang","action":"export","file":"a.csv"}'
expect = { time = "2026-11-17T01:00:00Z", user = "wang", path = "a.csv" }

[[sample]]
line = '{"time":"2026-11-17T09:00:01+08:00","user":"wang","action":"export","file":"b.csv"}'
expect = { time = "2026-11-17T01:00:01Z", user = "wang", path = "b.csv" }

[[sample]]
line = '{"time":"2026-11-17T09:00:02+08:00","user":"lin","action":"export","file":"c.csv"}'
expect = { time = "2026-11-17T01:00:02Z", user = "lin", path = "c.csv" }
"#;
    let formats = || Formats::with_site(&[(Path::new("portal.toml"), format)]).expect("a sound format");
    let with = |way: Way| Way { scanner: way.scanner.with_formats(formats()), ..way };
    let mut comparison = Comparison::new(ways().into_iter().map(with).collect());
    comparison.reference = with(reference());
    let record = |n: usize| {
        let file = format!("身分證{}", support::national_id(n));
        format!(r#"{{"time":"2026-11-17T01:00:00Z","user":"wang","action":"export","file":"{file}.csv"}}"#)
    };
    let records: Vec<String> = (0..20).map(record).collect();
    let log = format!("{{\"Records\":[{}]}}\n", records.join(","));
    let portal = formats().by_name("portal-audit").expect("a format of the site");
    comparison.compare_as(portal, "an array", log.as_bytes());
    comparison.finish(1);
    // Each in a field of its own, not in a line that nobody could read.
    let found = comparison.reference.read(portal, log.as_bytes());
    assert_eq!(found[&1].iter().filter(|row| row.5 == "Path" && row.2 == Verdict::Likely).count(), 20);
}

/// A value of each kind that nothing but its word announces, or little else.
fn value(kind: &str) -> &'static str {
    match kind {
        "tw-national-id" => "A123456789",
        "tw-resident-id" => "A873599135",
        "tw-resident-id-old" => "CC63448443",
        "tw-passport" => "312345678",
        "mrz" => "3000000171TWN7908057F3012316<<<<<<<<<<<<<<06",
        "tw-nhi-card" => "0000 1234 5678",
        "tw-mobile" => "0912 345 678",
        "tw-landline" => "02 2713 8546",
        "tw-service-phone" => "0800 123 456",
        "payment-card" => "3782 822463 10005",
        "bank-account" => "0012 3456 78",
        "iban" => "BE68 5390 0754 7034",
        "tw-ubn" => "04595257",
        "email" => "wang@example.com",
        "birth-date" => "75/3/4",
        "person-name" => "王小明",
        "address" => "臺北市中正區範例路一段二號",
        "plate" => "ABC-1235",
        other => panic!("{other} has no value here"),
    }
}

/// A word of a pack as people and programs spell it.
fn spellings(word: &str) -> [String; 5] {
    let mut camel = String::new();
    for (nth, part) in word.split(' ').enumerate() {
        let (first, rest) = part.split_at(part.chars().next().map_or(0, char::len_utf8));
        camel += &if nth > 0 { first.to_ascii_uppercase() } else { first.to_owned() };
        camel += rest;
    }
    [word.to_owned(), word.to_ascii_uppercase(), word.replace(' ', "_"), word.replace(' ', "-"), camel]
}

#[test]
fn every_word_of_every_pack_makes_a_candidate_of_its_value() {
    let mut lines: Vec<String> = Vec::new();
    for path in files("patterns/detect") {
        let text = std::fs::read_to_string(path).expect("a pack");
        let pack: toml::Table = text.parse().expect("a sound pack");
        for rule in pack.get("rule").and_then(toml::Value::as_array).into_iter().flatten() {
            let value = value(rule["kind"].as_str().expect("a kind"));
            let words = |list: &str| rule[list].as_array().expect("words").clone();
            for word in [words("keywords"), words("field_names")].concat() {
                for word in spellings(word.as_str().expect("a word")) {
                    let between = [" ", ": ", ":", "=", "：", "\":\"", "\": \"", "='", " = "];
                    lines.extend(between.iter().map(|between| format!("x \"{word}{between}{value}\" y")));
                    lines.push(format!("GET /a?x=1&{word}={}&y=2 HTTP/1.1", value.replace(' ', "+")));
                }
            }
        }
    }
    let mut comparison = Comparison::new(ways().into_iter().take(1).collect());
    comparison.compare_as(Format::Plain, "words", lines.join("\n").as_bytes());
    // Most words are read in most spellings.
    comparison.finish(lines.len() / 2);
}

/// What is put into a line at random: marks of every encoding, digits, words, and what ends a number.
const PIECES: [&[u8]; 28] = [
    b"%",
    b"%25",
    b"=?",
    b"?=",
    b"=",
    b"=\n",
    b"\\u",
    b"\\x",
    b"\\",
    b"&#",
    b"&nbsp;",
    b" ",
    b"-",
    b"+",
    b"(",
    b")",
    b".",
    b"0",
    b"09",
    b"\0",
    b"\n",
    b"\r\n",
    b"@",
    "\u{200b}".as_bytes(),
    "\u{ff11}".as_bytes(),
    b"\xa2\xaf",
    "姓名".as_bytes(),
    "號".as_bytes(),
];

/// A line with one to four changes.
fn mutated(line: &[u8], random: &mut Random) -> Vec<u8> {
    let mut line = line.to_vec();
    for _ in 0..=random.below(4) {
        let at = random.below(line.len() + 1);
        let end = line.len().min(at + 1 + random.below(8));
        match random.below(8) {
            0 => drop(line.drain(at..end)),
            1 => line.truncate(at),
            2 => drop(line.drain(..at)),
            3 => {
                let part = line[at..end].to_vec();
                line.splice(at..at, part);
            }
            4 => line[at..end].make_ascii_lowercase(),
            5 => {
                let escaped: Vec<u8> =
                    line[at..end].iter().flat_map(|byte| format!("%{byte:02X}").into_bytes()).collect();
                line.splice(at..end, escaped);
            }
            6 if at < line.len() => line[at] = random.next() as u8,
            _ => {
                line.splice(at..at, PIECES[random.below(PIECES.len())].iter().copied());
            }
        }
    }
    line
}

#[test]
fn changed_lines_are_read_alike() {
    let (seed, count) = (support::seed(1), support::size("BREACHD_MUTATIONS", EVERYDAY_MUTATIONS));
    let mut random = Random(seed);
    let mut pool: Vec<Vec<u8>> = Vec::new();
    let scanner = reference();
    for mix in Mix::ALL {
        // Lines with something in them, and a few of the others.
        let bytes = log(mix, Density::Dense, seed, 200 << 10);
        let found = scanner.read(Format::Plain, &bytes);
        let lines = bytes.split(|byte| *byte == b'\n').zip(1..);
        let chosen = lines.filter(|(_, number)| found.contains_key(number) || number % 40 == 0);
        pool.extend(chosen.map(|(line, _)| line.to_vec()));
    }
    pool.extend(files("tests/logs").iter().flat_map(|path| {
        let bytes = std::fs::read(path).expect("a log");
        bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>()
    }));
    let mut comparison = Comparison::new(ways().into_iter().take(1).collect());
    for nth in 0..count {
        let lines = (0..20).map(|_| mutated(&pool[random.below(pool.len())], &mut random));
        comparison.compare(&format!("log {nth} of changed lines"), &lines.collect::<Vec<_>>().join(&b'\n'));
    }
    comparison.finish(count * 2);
}
