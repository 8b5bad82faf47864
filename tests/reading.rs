//! What finished logs are found to hold does not depend on how they are read: by how many threads, in blocks of what
//! size, and in parts or at a stretch.

#![allow(missing_docs, reason = "a test has no readers of its documentation but those who read it here")]

mod support;

use std::io::Write;
use std::path::{Path, PathBuf};

use breachd::batch::Batch;
use breachd::config::{Packs, Settings};
use breachd::detect::Depth;
use breachd::format::Format;
use breachd::incident::{Org, Rules};
use breachd::line::Block;
use breachd::moment::Tz;
use breachd::producer::{Archive, Crew, Job, News, Reading};
use breachd::report;
use breachd::scan::{Found, Scanner};
use breachd::source;
use breachd::source::archive::{Input, inputs};
use breachd::store::{self, Store, read_key};
use flate2::{Compression, write::GzEncoder};
use serde_json::Value;
use support::postfix::{Shape, log};
use support::story::{TUESDAY, access};
use support::{BREACHD, KEY, Random, national_id, seed, size};

/// Lines that say nothing, in a format or in none.
fn filler(start: &str, bytes: usize) -> String {
    let line = format!("{start}{}\n", "nothing happens here. ".repeat(12));
    line.repeat(bytes / line.len())
}

fn mail(random: &mut Random, messages: usize) -> String {
    let shape = Shape { messages, concurrent: 4, every: 3, actors: 3 };
    log(shape, random).into_iter().map(|line| line.text).collect()
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).expect("memory");
    encoder.finish().expect("memory")
}

/// A folder of logs: mail, plain and compressed; downloads with CRLF, without a last newline; what shows its format late;
/// lines above a block and above a window; what is governed by a line before it; and the samples of the tree.
fn logs(dir: &Path, random: &mut Random) {
    let write = |name: &str, bytes: &[u8]| std::fs::write(dir.join(name), bytes).expect("a log");
    let quiet = "2026-11-17T00:00:00+00:00 mx1 nothing[1]: ";
    let mixed = [
        mail(random, 30),
        filler(quiet, 1_100_000),
        mail(random, 20),
        filler(quiet, 1_100_000),
        mail(random, 9),
    ];
    write("mail.log", mixed.concat().as_bytes());
    write("mail.log.2.gz", &gzip(&(mail(random, 20) + &filler(quiet, 300_000) + &mail(random, 5))));
    let web =
        (0..40).map(|n| format!("{n}m 203.0.113.{n} chen 200 GET /export?id={}\n", national_id(700 + n)));
    let web = access(TUESDAY, &web.collect::<String>()).replace('\n', "\r\n");
    write("access.log", web.trim_end().as_bytes());
    let late = [filler("=== ", 1_200_000), mail(random, 10), filler(quiet, 1_000_000), mail(random, 3)];
    write("late.log", late.concat().as_bytes());
    write("late.log.1.gz", &gzip(&late.concat()));
    let id = |n: usize| format!(" 身分證 {} ", national_id(800 + n));
    let long = [
        id(0),
        "-".repeat(300_000) + &id(1),
        id(2) + &"-".repeat(2_500_000) + &id(3),
        id(4) + &"-".repeat(70_000) + &id(5),
    ];
    write("long.log", long.join("\n").as_bytes());
    write("endless.log", (id(6) + &"-".repeat(2_200_000) + &id(7)).as_bytes());
    let head =
        "#Software: IIS\n#Fields: date time cs-method cs-uri-stem cs-username c-ip sc-status sc-bytes\n";
    let line = |n: usize| {
        let id = national_id(900 + n);
        format!("2026-11-17 0{}:00:00 GET /export/{id}.pdf chen 203.0.113.9 200 5120\n", n % 10)
    };
    let other = "#Fields: date time cs-username c-ip cs-method cs-uri-stem sc-status sc-bytes\n";
    let after = "2026-11-17 10:00:00 lin 203.0.113.9 GET /export/A100000001.pdf 200 5120\n";
    let lines =
        (0..2_000).map(|n| if n % 40 == 0 { line(n) } else { line(n).replace(&national_id(900 + n), "x") });
    write("iis.log", [head, &lines.collect::<String>(), other, &after.repeat(9)].concat().as_bytes());
    for sample in std::fs::read_dir("tests/logs").expect("samples") {
        let sample = sample.expect("a sample");
        std::fs::copy(sample.path(), dir.join(sample.file_name())).expect("a copy");
    }
}

struct House {
    _dir: tempfile::TempDir,
    key: PathBuf,
    logs: PathBuf,
    scanner: Scanner,
    rules: Rules,
}

impl House {
    fn new(random: &mut Random) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let (key, folder) = (dir.path().join("key"), dir.path().join("log"));
        std::fs::write(&key, KEY).expect("a key");
        std::fs::create_dir(&folder).expect("a folder");
        logs(&folder, random);
        let packs = Packs::shipped().expect("the shipped packs are sound");
        let org =
            Org { domains: vec!["agency.gov.tw".to_owned()], networks: Vec::new(), zone: Tz::Asia__Taipei };
        let policies = packs.active(&Settings::default().policy);
        let scanner = Scanner::new(packs.engine, read_key(&key).expect("a key"), Tz::Asia__Taipei);
        let scanner = scanner.with_formats(packs.formats);
        Self { _dir: dir, key, logs: folder, scanner, rules: Rules::new(org, policies) }
    }

    fn inputs(&self) -> Vec<Input> {
        inputs(std::slice::from_ref(&self.logs)).expect("logs")
    }

    /// What `scan --json` prints, with the totals of each file.
    fn findings(&self, reading: Reading) -> Vec<String> {
        let inputs = self.inputs();
        let job =
            |input: &Input| Job { input: input.clone(), format: None, is_dated: false, is_hashed: true };
        let jobs: Vec<Job> = inputs.iter().map(job).collect();
        let look = |(): &mut (), format: Format, block: &Block<'_>| {
            self.scanner.findings(format, block, Depth::Hits).0
        };
        let mut told = Vec::new();
        let mut take = |nth: usize, news: News<Vec<Found>>| -> Result<(), ()> {
            let path = inputs[nth].path.file_name().expect("a name").to_string_lossy().into_owned();
            match news {
                News::Block { made, before, .. } => told.extend(made.into_iter().map(|mut found| {
                    found.line += before;
                    report::finding(&path, &found, "key").to_string()
                })),
                News::End(end) => told.push(format!("{path} {:?}", end.expect("a log"))),
            }
            Ok(())
        };
        let done = Crew::new(&self.scanner, reading).read(&jobs, &look, Vec::len, &mut take);
        done.expect("nothing stops it");
        told
    }

    /// What a replay reports of the files, and the cores it comes to.
    fn incidents(&self, reading: Reading) -> (Vec<String>, Value) {
        let dir = tempfile::tempdir().expect("a folder");
        let mut store = Store::open(dir.path(), self.scanner.keys().id()).expect("a store");
        let mut apply = |batch: Batch| -> Result<(), Stop> {
            store.apply(&batch, &self.rules, 0, false).map_err(Stop::Store)?;
            Ok(())
        };
        let mut archive = Archive::new(&self.scanner, None, reading);
        let inputs = self.inputs();
        let reports = archive.read(&inputs, &mut apply).expect("a store");
        archive.complete(&inputs, &mut apply).expect("logs and a store");
        let reports = reports.into_iter().map(|report| format!("{:?}", report.expect("a log")));
        let cores: Vec<_> =
            store.list().expect("a store").into_iter().map(|listed| listed.draft.core.bare()).collect();
        (reports.collect(), report::cores(&cores))
    }

    fn program(&self, arguments: &[&str]) -> Value {
        let mut command = std::process::Command::new(BREACHD);
        command.args(arguments).arg("--key").arg(&self.key).arg(&self.logs).env("LC_ALL", "C.UTF-8");
        let output = command.output().expect("the program runs");
        assert!(output.status.success(), "{output:?}");
        let lines = String::from_utf8(output.stdout).expect("UTF-8");
        lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON")).collect()
    }
}

#[derive(Debug)]
#[expect(dead_code, reason = "shown when a test fails")]
enum Stop {
    Source(source::Error),
    Store(store::Error),
}

impl From<source::Error> for Stop {
    fn from(error: source::Error) -> Self {
        Self::Source(error)
    }
}

/// Threads and block sizes: each block size and each number of threads in everyday runs, all pairs in long ones.
fn readings() -> Vec<Reading> {
    let reading = |threads, block| Reading { threads, block, part: 1 << 20 };
    let blocks = [4 << 10, 64 << 10, 1 << 20, 16 << 20];
    let all = (1..=4).flat_map(|threads| blocks.map(|block| reading(threads, block)));
    let some = [reading(1, blocks[0]), reading(2, blocks[1]), reading(3, blocks[3]), reading(4, blocks[0])];
    if size("BREACHD_READINGS", 4) > 4 { all.collect() } else { some.to_vec() }
}

#[test]
fn findings_are_the_same_by_any_threads_and_blocks() {
    let house = House::new(&mut Random(seed(6)));
    let expected = house.findings(Reading { threads: 1, block: 1 << 20, part: 1 << 20 });
    let endless = expected.iter().find(|told| told.starts_with("endless.log ("));
    assert!(endless.is_some_and(|told| told.contains("bytes: 2200044,")), "{endless:?}");
    for needed in ["long.log", "iis.log", "mail.log.2.gz", "late.log.1.gz", "access.log"] {
        let found = expected.iter().filter(|told| told.contains(&format!("\"path\":\"{needed}\""))).count();
        assert!(found > 4, "{found} in {needed}");
    }
    let late = "\"path\":\"late.log\",";
    assert!(expected.iter().any(|told| told.contains(late) && told.contains("\"format\":\"postfix\"")));
    for reading in readings() {
        let found = house.findings(reading);
        for (found, expected) in found.iter().zip(&expected) {
            assert_eq!(found, expected, "{reading:?}");
        }
        assert_eq!(found.len(), expected.len(), "{reading:?}");
    }
}

#[test]
fn incidents_are_the_same_by_any_threads_and_blocks() {
    let house = House::new(&mut Random(seed(7)));
    let expected = house.incidents(Reading { threads: 1, block: 1 << 20, part: 1 << 20 });
    assert!(expected.1["incidents"].as_array().is_some_and(|all| all.len() >= 4), "{:#}", expected.1);
    for reading in readings() {
        let found = house.incidents(reading);
        assert_eq!(found.0, expected.0, "{reading:?}");
        assert_eq!(found.1, expected.1, "{reading:?}");
    }
}

#[test]
fn the_program_prints_the_same_by_any_threads() {
    let house = House::new(&mut Random(seed(8)));
    let expected = house.program(&["scan", "--json", "--threads", "1"]);
    let mut count = house.program(&["scan", "--count", "--all", "--threads", "1"]);
    count[0]["seconds"] = Value::Null;
    assert!(count[0]["subjects"].as_u64().is_some_and(|subjects| subjects > 50), "{count}");
    for threads in ["2", "4"] {
        assert_eq!(house.program(&["scan", "--json", "--threads", threads]), expected, "{threads}");
        let mut found = house.program(&["scan", "--count", "--all", "--threads", threads]);
        found[0]["seconds"] = Value::Null;
        assert_eq!(found, count, "{threads}");
    }
}
