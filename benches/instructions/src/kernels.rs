//! What is counted: each kernel is a closure over its text, which comes from a fixed seed. A new one is one entry of
//! [`kernels`], and `instructions record` once.

use std::hint::black_box;

use breachd::batch::Body;
use breachd::detect::{Depth, Engine, FileNames};
use breachd::format::Format;
use breachd::inventory::{Entry, Inventory};
use breachd::kind::{Kind, Nature, Verdict};
use breachd::line::{Block, LineCounter, Origin, SourceId};
use breachd::mask::{Keys, Sensitive, Style};
use breachd::moment::Tz;
use breachd::record::Value;
use breachd::scan::Scanner;
use breachd::tally::{self, Row};
use breachd_corpus::{Corpus, Density, Mix};

/// A kernel. What it returns keeps the work from being left out.
pub(crate) struct Kernel {
    pub(crate) name: &'static str,
    pub(crate) run: Box<dyn Fn() -> u64>,
}

/// The seed of all texts.
const SEED: u64 = 1;
/// Enough for a thousand lines or so, each kind of which comes up many times.
const BLOCK_BYTES: usize = 256 << 10;
/// Lines of each encoding. Of a single one the count would hang on that line's length.
const LINES: usize = 100;
const RECORDS: u64 = 10_000;

/// A kernel that finds nothing, or something where there is nothing, would be fast for the wrong reason.
fn checked(name: &'static str, run: impl Fn() -> u64 + 'static, expected: impl Fn(u64) -> bool) -> Kernel {
    let result = run();
    assert!(expected(result), "the kernel {name} came to {result}");
    Kernel { name, run: Box::new(run) }
}

/// All of them, the ones without a match first.
pub(crate) fn kernels() -> Vec<Kernel> {
    let (clean, dense) = (block(Density::Clean), block(Density::Dense));
    let mut all = vec![
        newlines(clean),
        candidates("candidates-clean", engine(), clean),
        candidates("candidates-clean-portable", engine().portable(), clean),
        candidates("candidates-dense", engine(), dense),
    ];
    let scanner: &'static Scanner =
        Box::leak(Box::new(Scanner::new(engine(), Keys::new(&[7; 32]), Tz::Asia__Taipei)));
    let listed: &'static Scanner = Box::leak(Box::new(listed()));
    all.extend([
        hits("listed-clean", listed, Format::Syslog, block_of(MAIL, Density::Clean), |found| found < 10),
        hits("listed-web-clean", listed, Format::Syslog, block_of(WEB, Density::Clean), |found| found < 10),
        hits("listed-json-clean", listed, Format::Syslog, block_of(JSON, Density::Clean), |found| found < 10),
        hits("hits-clean", scanner, Format::Syslog, block_of(MAIL, Density::Clean), |found| found < 10),
        hits("hits-web-clean", scanner, Format::Syslog, block_of(WEB, Density::Clean), |found| found < 10),
        hits("hits-json-clean", scanner, Format::Syslog, block_of(JSON, Density::Clean), |found| found < 10),
        hits("hits-dense", scanner, Format::Syslog, block_of(MAIL, Density::Dense), |found| found > 20),
        lines("hits-subject-rfc2047", scanner, "syslog", MAIL, "rfc2047-b"),
        lines("hits-access-percent", scanner, "nginx", WEB, "percent"),
        lines("hits-json", scanner, "json", JSON, "raw"),
        counts("counts-subject-rfc2047", scanner, "syslog", MAIL, "rfc2047-b"),
        counts("counts-access-percent", scanner, "nginx", WEB, "percent"),
        counts("counts-json", scanner, "json", JSON, "raw"),
        people(),
    ]);
    all
}

const MAIL: Mix = Mix { mail: 100, web: 0, json: 0 };
const WEB: Mix = Mix { mail: 0, web: 100, json: 0 };
const JSON: Mix = Mix { mail: 0, web: 0, json: 100 };

fn engine() -> Engine {
    Engine::shipped().unwrap_or_else(|errors| panic!("{}", errors[0]))
}

/// Files of the inventory, in folders of twenty units without a root in common.
const LISTED: usize = 5000;

/// A scanner that looks for files of an inventory too: of each `hits` kernel without a match there is one with it, to be
/// compared with that.
fn listed() -> Scanner {
    let kinds = ["名冊.xlsx", "roster.csv", "健檢.pdf", "applicants.ods", "payroll-2026.xlsx"];
    let entry = |nth: usize| Entry {
        place: format!("/unit{:02}/{:04}/{}", nth % 20, nth / 20, kinds[nth % 5]).into(),
        is_table: false,
        data_set: format!("set {}", nth / 5),
        system: None,
        owner_unit: None,
        records: 100,
        bytes: None,
        natures: vec![Nature::Identification],
        as_of: None,
    };
    let names = FileNames::shipped().unwrap_or_else(|error| panic!("{error}"));
    let inventory = Inventory::new((0..LISTED).map(entry).collect());
    Scanner::new(engine(), Keys::new(&[7; 32]), Tz::Asia__Taipei).with_inventory(inventory.into(), names, 21)
}

/// Whole lines of the usual mix.
fn block(density: Density) -> &'static [u8] {
    block_of(Mix::ALL[0], density)
}

fn block_of(mix: Mix, density: Density) -> &'static [u8] {
    let (mut corpus, mut text) = (Corpus::new(mix, density, SEED), Vec::new());
    while text.len() < BLOCK_BYTES {
        corpus.line(&mut text, &mut Vec::new());
    }
    text.leak()
}

/// The first lines in which something is planted behind this encoding.
fn encoded(mix: Mix, encoding: &str) -> &'static [u8] {
    let (mut corpus, mut text) = (Corpus::new(mix, Density::Dense, SEED), Vec::new());
    let mut found = 0;
    while found < LINES {
        let (before, mut planted) = (text.len(), Vec::new());
        corpus.line(&mut text, &mut planted);
        if planted.iter().any(|value| value.encoding == encoding) {
            found += 1;
        } else {
            text.truncate(before);
        }
    }
    text.leak()
}

/// Counting lines, as numbering them does.
fn newlines(text: &'static [u8]) -> Kernel {
    let run = || LineCounter::new(0).number_at(black_box(text), text.len());
    checked("newlines", run, |lines| lines > 500)
}

/// The pass that every byte goes through.
fn candidates(name: &'static str, engine: Engine, text: &'static [u8]) -> Kernel {
    let run = move || engine.candidates(black_box(text), Depth::Hits).count() as u64;
    checked(name, run, |found| found > 0)
}

/// From a block to facts.
fn hits(
    name: &'static str,
    scanner: &'static Scanner,
    format: Format,
    text: &'static [u8],
    expected: impl Fn(u64) -> bool,
) -> Kernel {
    let origin = Origin { source: SourceId::new("log"), path: "log".into(), modified: 1_795_000_000 };
    let run = move || {
        let said = scanner.hits(format, &Block::new(black_box(text), &origin, 0, 1));
        said.facts.iter().filter(|fact| is_likely(&fact.body)).count() as u64
    };
    checked(name, run, expected)
}

fn is_likely(body: &Body) -> bool {
    matches!(body, Body::Hit(record) if record.values.iter().any(|value| value.verdict == Verdict::Likely))
}

/// The same of lines each of which is a candidate.
fn lines(name: &'static str, scanner: &'static Scanner, format: &str, mix: Mix, encoding: &str) -> Kernel {
    let format = scanner.formats().by_name(format).expect("it is one of the program's");
    let text = encoded(mix, encoding);
    hits(name, scanner, format, text, |found| found as usize > LINES / 2)
}

/// The same lines, of which only the numbers are wanted: `scan --count`.
fn counts(name: &'static str, scanner: &'static Scanner, format: &str, mix: Mix, encoding: &str) -> Kernel {
    let format = scanner.formats().by_name(format).expect("it is one of the program's");
    let text = encoded(mix, encoding);
    let origin = Origin { source: SourceId::new("log"), path: "log".into(), modified: 1_795_000_000 };
    let run = move || {
        let counts = scanner.counts(format, &Block::new(black_box(text), &origin, 0, 1));
        counts.findings.iter().filter(|((_, verdict), _)| *verdict == Verdict::Likely).map(|(_, n)| n).sum()
    };
    checked(name, run, |found| found as usize > LINES / 2)
}

/// How the names of [`links`] begin.
pub(crate) const LINKS: &str = "links";

/// Counting linked people at three sizes, up to 30,000 with 100,000 links. Not among those that are compared each time:
/// `instructions growth` counts them.
pub(crate) fn links() -> Vec<Kernel> {
    vec![linked("links-7500", 7500), linked("links-15000", 15_000), linked("links-30000", 30_000)]
}

/// Each person by a number, two telephones and an address in three records, and for every hundred of them a switchboard
/// that stands beside two in three of their addresses: twelve links for three people.
fn linked(name: &'static str, people: u64) -> Kernel {
    let keys = Keys::new(&[7; 32]);
    let value = |kind: Kind, canonical: String| {
        let value = Sensitive::new(kind, canonical);
        Value { kind, verdict: Verdict::Likely, key: value.key(&keys), masked: value.mask(Style::Strict) }
    };
    let mobile = |nth: u64| value(Kind::TwMobile, format!("09{nth:08}"));
    let records = (0..people).flat_map(|nth| {
        let identity = value(Kind::TwNationalId, format!("A1{nth:08}"));
        let email = value(Kind::Email, format!("p{nth}@example.com"));
        let own = vec![mobile(2 * nth), email.clone()];
        let other = vec![email.clone(), value(Kind::PaymentCard, format!("4{nth:015}"))];
        let shared = vec![email, mobile(50_000_000 + nth / 100)];
        let third = (nth % 3 == 0).then(|| vec![identity.clone(), mobile(2 * nth + 1)]);
        [vec![identity, mobile(2 * nth)], own, other, shared]
            .into_iter()
            .take(3 + (nth % 3 != 2) as usize)
            .chain(third)
    });
    let records: Vec<Vec<Value>> = records.collect();
    let run = move || {
        let rows = black_box(&records).iter().map(|values| Row { values, special: false });
        tally::count(rows, Verdict::Likely).total
    };
    checked(name, run, move |counted| counted == people)
}

/// Counting people: an identity number and a telephone a record, every other record a repetition.
fn people() -> Kernel {
    let keys = Keys::new(&[7; 32]);
    let value = |kind: Kind, canonical: String| {
        let value = Sensitive::new(kind, canonical);
        Value { kind, verdict: Verdict::Likely, key: value.key(&keys), masked: value.mask(Style::Strict) }
    };
    let records: Vec<[Value; 2]> = (0..RECORDS)
        .map(|nth| nth / 2)
        .map(|nth| {
            let identity = value(Kind::TwNationalId, format!("A1{nth:08}"));
            [identity, value(Kind::TwMobile, format!("09{:08}", nth * 7))]
        })
        .collect();
    let run = move || {
        let rows = black_box(&records).iter().map(|values| Row { values, special: false });
        tally::count(rows, Verdict::Likely).total
    };
    checked("tally-10000", run, |people| people == RECORDS / 2)
}
