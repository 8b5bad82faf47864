//! How much of what is planted in a log is found, value by value: `breachd scan --json` on the logs of `benches/corpus`
//! against their truth. A value counts as found when the line has a likely finding of the kind with the same subject:
//! the right value, in the one way in which it is compared, not something beside it.
//!
//! `BREACHD_RECALL` is the size of each log in bytes (the long run takes a gigabyte), `BREACHD_SEED` the seed.
#![allow(missing_docs, reason = "a test has no readers of its documentation but those who read it here")]
#![allow(clippy::print_stdout, reason = "a test says its seed and its figures")]

mod support;

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use breachd::kind::{Family, Kind, Tier};
use breachd::mask::{Keys, Sensitive, Style};
use breachd_corpus::{Corpus, Density, Mix, Planted};
use serde_json::Value;

/// Bytes of each log in the everyday run.
const EVERYDAY_BYTES: usize = 4 << 20;

/// Values of each kind, raw and encoded apart, without which a run says nothing.
const PLANTED_MIN: u64 = 20;

/// The same of each encoding.
const ENCODED_MIN: u64 = 10;

/// Of so many values one may be missed.
const ONE_OF: u64 = 1000;

/// A value as the program tells it: the keyed hash of whom it stands for, or the mask where it stands for nobody.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Told {
    kind: String,
    subject: String,
}

/// What is planted in each line that has anything.
type Truth = HashMap<u64, Vec<(Told, &'static str)>>;

/// What was counted, of a kind or of an encoding.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
struct Count {
    planted: u64,
    found: u64,
}

#[derive(Default, Debug)]
struct Recall {
    /// By kind and whether it stands behind an encoding.
    kinds: BTreeMap<(String, bool), Count>,
    encodings: BTreeMap<&'static str, Count>,
    /// Line, kind and encoding of the first that were missed; never a value.
    missed: Vec<(u64, String, &'static str)>,
    /// Likely findings of values that were not planted, or are told twice.
    beside: u64,
}

impl Recall {
    /// Takes what was found in the lines of one log.
    fn count(&mut self, truth: Truth, mut found: HashMap<u64, Vec<Told>>) {
        for (line, values) in truth {
            let mut likely = found.remove(&line).unwrap_or_default();
            for (value, encoding) in values {
                let at = likely.iter().position(|other| *other == value);
                let is_found = u64::from(at.is_some());
                if let Some(at) = at {
                    likely.swap_remove(at);
                } else if self.missed.len() < 40 {
                    self.missed.push((line, value.kind.clone(), encoding));
                }
                let kind = self.kinds.entry((value.kind, encoding != "raw")).or_default();
                let encoding = self.encodings.entry(encoding).or_default();
                for count in [kind, encoding] {
                    count.planted += 1;
                    count.found += is_found;
                }
            }
            self.beside += likely.len() as u64;
        }
        self.beside += found.values().map(|values| values.len() as u64).sum::<u64>();
    }

    /// What is not as it should be.
    fn faults(&self, planted_min: u64, encoded_min: u64) -> Vec<String> {
        let too_few = |name: &str, count: &Count, planted_min: u64| {
            let missed = count.planted - count.found;
            let fault = if count.planted < planted_min {
                "too few planted to say anything"
            } else if missed * ONE_OF > count.planted {
                "too many missed"
            } else {
                return None;
            };
            Some(format!("{name}: {fault}: {} of {} found", count.found, count.planted))
        };
        let both =
            Kind::ALL.iter().flat_map(|kind| [(kind.id().to_owned(), false), (kind.id().to_owned(), true)]);
        let kinds = both.filter_map(|key| {
            let name = format!("{} {}", key.0, if key.1 { "encoded" } else { "raw" });
            too_few(&name, self.kinds.get(&key).unwrap_or(&Count::default()), planted_min)
        });
        let encodings = self.encodings.iter().filter_map(|(name, count)| too_few(name, count, encoded_min));
        kinds.chain(encodings).collect()
    }

    fn print(&self) {
        for ((kind, is_encoded), count) in &self.kinds {
            let how = if *is_encoded { "encoded" } else { "raw" };
            println!("{kind:20} {how:8} {:7} of {:7}", count.found, count.planted);
        }
        for (encoding, count) in &self.encodings {
            println!("{encoding:20} {:16} of {:7}", count.found, count.planted);
        }
        println!("likely and not planted: {}", self.beside);
        for (line, kind, encoding) in &self.missed {
            println!("missed: line {line}, {kind}, {encoding}");
        }
    }
}

fn told(planted: &Planted, keys: &Keys) -> Told {
    let kind = Kind::from_id(planted.kind.id()).expect("kinds of the corpus are kinds of the program");
    // Mailboxes are compared without case.
    let canonical = &planted.canonical;
    let subject = if kind.tier() == Tier::Nobody {
        Sensitive::new(kind, canonical.clone()).mask(Style::Government).to_string()
    } else {
        keys.subject(Family::of(kind, canonical), canonical).to_string()
    };
    Told { kind: kind.id().to_owned(), subject }
}

/// Writes a log of the corpus, and returns its truth and the number of its lines.
fn write(path: &Path, mix: Mix, density: Density, seed: u64, bytes: u64) -> (Truth, u64) {
    let keys = Keys::new(&key());
    let mut truth = Truth::new();
    let mut file = std::fs::File::create(path).expect("a log");
    let totals =
        breachd_corpus::write(Corpus::new(mix, density, seed), bytes, &mut file, &mut |line, planted| {
            truth.entry(line).or_default().push((told(planted, &keys), planted.encoding));
            Ok(())
        });
    (truth, totals.expect("a log").lines)
}

fn key() -> [u8; 32] {
    std::array::from_fn(|at| at as u8)
}

/// Likely findings of `breachd scan --json`, by line; and how many there were in all.
fn scan(path: &Path) -> HashMap<u64, Vec<Told>> {
    let key = path.with_extension("key");
    std::fs::File::create(&key).and_then(|mut file| file.write_all(support::KEY.as_bytes())).expect("a key");
    let mut program = Command::new(support::BREACHD)
        .args(["scan", "--json", "--key"])
        .args([&key, path])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program");
    let mut found: HashMap<u64, Vec<Told>> = HashMap::new();
    for line in BufReader::new(program.stdout.take().expect("a pipe")).lines() {
        let finding: Value = serde_json::from_str(&line.expect("UTF-8")).expect("JSON");
        if finding["verdict"] != "likely" {
            continue;
        }
        let text = |name: &str| finding[name].as_str().map(str::to_owned);
        let subject = text("subject").or_else(|| text("masked")).expect("a subject or a mask");
        let value = Told { kind: text("kind").expect("a kind"), subject };
        found.entry(finding["line"].as_u64().expect("a number")).or_default().push(value);
    }
    assert!(program.wait().expect("the program").success());
    found
}

fn size() -> u64 {
    support::size("BREACHD_RECALL", EVERYDAY_BYTES) as u64
}

#[test]
fn planted_values_of_every_kind_are_found_raw_and_encoded() {
    let (seed, dir) = (support::seed(1), tempfile::tempdir().expect("a folder"));
    let mut recall = Recall::default();
    for mix in Mix::ALL {
        let log = dir.path().join("dense.log");
        let (truth, _) = write(&log, mix, Density::Dense, seed, size());
        recall.count(truth, scan(&log));
    }
    recall.print();
    let faults = recall.faults(PLANTED_MIN, ENCODED_MIN);
    assert!(faults.is_empty(), "{faults:#?}");
    let planted: u64 = recall.encodings.values().map(|count| count.planted).sum();
    assert!(recall.encodings.len() >= 16, "encodings: {:?}", recall.encodings.keys());
    // A size beside 統一編號 is one of a business by chance, once in five.
    assert!(recall.beside * 200 < planted, "{} likely findings of values that nobody planted", recall.beside);
}

#[test]
fn nothing_is_likely_in_a_log_without_personal_data() {
    let (seed, dir) = (support::seed(1), tempfile::tempdir().expect("a folder"));
    let log = dir.path().join("clean.log");
    for mix in Mix::ALL {
        let (truth, lines) = write(&log, mix, Density::Clean, seed, size());
        assert!(truth.is_empty() && lines > size() / 400, "{lines} lines");
        let found = scan(&log);
        let kinds: Vec<_> =
            found.iter().flat_map(|(line, told)| told.iter().map(move |told| (line, &told.kind))).collect();
        assert!(kinds.is_empty(), "{mix:?}: {kinds:?}");
    }
}

#[test]
fn a_sparse_log_is_told_from_a_clean_one() {
    let (seed, dir) = (support::seed(1), tempfile::tempdir().expect("a folder"));
    let log = dir.path().join("sparse.log");
    let (truth, _) = write(&log, Mix::ALL[2], Density::Sparse, seed, size());
    let lines = truth.len();
    let found = scan(&log);
    assert!(lines > 0 && truth.keys().all(|line| found.contains_key(line)), "{lines} lines with a value");
}

#[test]
fn a_value_that_is_missed_or_is_another_one_is_a_fault() {
    let value = |kind: &str, subject: &str| Told { kind: kind.to_owned(), subject: subject.to_owned() };
    let truth = || Truth::from([(7, vec![(value("tw-mobile", "a"), "raw"); 999])]);
    for (told, faults) in [
        (vec![value("tw-mobile", "a"); 999], None),
        (vec![value("tw-mobile", "a"); 998], Some("tw-mobile raw: too many missed: 998 of 999 found")),
        (vec![value("tw-mobile", "b"); 999], Some("tw-mobile raw: too many missed: 0 of 999 found")),
        (vec![value("tw-landline", "a"); 999], Some("tw-mobile raw: too many missed: 0 of 999 found")),
    ] {
        let mut recall = Recall::default();
        recall.count(truth(), HashMap::from([(7, told)]));
        let all = recall.faults(1, 1);
        assert_eq!(all.iter().find(|fault| fault.starts_with("tw-mobile raw")).map(String::as_str), faults);
        // Kinds that were not planted at all are faults too.
        assert!(all.iter().any(|fault| fault.starts_with("iban encoded: too few planted")));
    }
}
