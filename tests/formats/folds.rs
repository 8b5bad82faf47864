//! Events that span lines: the facts of a whole log, through the program's own joining of threads, against rows that
//! `tests/expect/events.py` folds by itself.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use breachd::batch::{Body, Fact};
use breachd::detect::Engine;
use breachd::event::{Family, Role, Thread};
use breachd::format::Format;
use breachd::incident::{Event, Kept, Org, Rules, ThreadFacts, events};
use breachd::line::{Block, Origin, SourceId};
use breachd::mask::{Keys, Shown, SubjectKey};
use breachd::moment::{Moment, Tz, iso};
use breachd::record::{FieldName, Record, Writer};
use breachd::scan::Scanner;

use super::cases::{ANCHOR, FORMATS, Row, compare, every_alteration_differs, python, root};
use super::logs::{LOGS, Log};

static SCANNER: LazyLock<Scanner> = LazyLock::new(|| {
    let engine = Engine::shipped().expect("the rules of the program");
    Scanner::new(engine, Keys::new(&[7; 32]), Tz::Asia__Taipei)
});

#[test]
fn lines_of_one_event_become_that_event() {
    for log in LOGS.iter().filter(|log| log.spans) {
        check(log);
    }
}

fn check(Log { file, format, reader, .. }: &Log) {
    let bytes = std::fs::read(root(file)).expect("a log");
    let format = FORMATS.by_name(format).expect("a format");
    let threads = with_hits(threads(format, &bytes));
    let ours = told(&threads);
    let mut theirs: Vec<Row> = python("rows of texts", "tests/expect/events.py", &[reader, file]);
    theirs.iter_mut().for_each(hide);
    if let Err(difference) = compare(&ours, &theirs) {
        panic!("{file}, left by the program, right by events.py: {difference}");
    }
    assert!(!ours.is_empty(), "{file} has no event");
    every_alteration_differs(&ours, &mut theirs);
}

/// What every line of every thread of a log says.
pub(crate) fn threads(format: Format, log: &[u8]) -> Vec<ThreadFacts> {
    let origin = Origin { source: SourceId::new("a.log"), path: "a.log".into(), modified: ANCHOR };
    let said = SCANNER.of_threads(format, &Block::new(log, &origin, 0, 1), &|_| true);
    let mut threads: BTreeMap<Thread, BTreeMap<_, Fact>> = BTreeMap::new();
    // The same fact twice is one.
    for fact in said.facts {
        threads.entry(fact.thread.clone()).or_default().entry(fact.key()).or_insert(fact);
    }
    let kept = |(key, fact)| Kept { id: 0, key, fact };
    let threads = threads.into_iter();
    let threads =
        threads.map(|(thread, facts)| ThreadFacts { thread, facts: facts.into_iter().map(kept).collect() });
    numbered(threads.collect())
}

/// Facts with ids of their own.
fn numbered(mut threads: Vec<ThreadFacts>) -> Vec<ThreadFacts> {
    for (nth, kept) in threads.iter_mut().flat_map(|thread| &mut thread.facts).enumerate() {
        kept.id = nth as i64;
    }
    threads
}

/// The threads as if there were personal data in each message and in each file's name, and nowhere else: only such
/// threads become events.
fn with_hits(mut threads: Vec<ThreadFacts>) -> Vec<ThreadFacts> {
    for ThreadFacts { thread, facts } in &mut threads {
        facts.retain(|kept| !matches!(kept.fact.body, Body::Hit(_)));
        let mut first: BTreeMap<Option<SubjectKey>, Fact> = BTreeMap::new();
        for Kept { fact, .. } in &*facts {
            let file = match &fact.body {
                Body::Outcome(outcome) => outcome.file,
                _ => None,
            };
            let known = first.entry(file).or_insert_with(|| fact.clone());
            if fact.time.us < known.time.us {
                *known = fact.clone();
            }
        }
        let is_file = thread.channel.family == Family::File;
        let hits = first.into_iter().filter(|(file, _)| file.is_some() == is_file);
        let hits: Vec<Fact> = hits.map(|(file, fact)| hit(is_file, file, fact)).collect();
        facts.extend(hits.into_iter().map(|fact| Kept { id: 0, key: fact.key(), fact }));
    }
    numbered(threads)
}

/// A hit where a fact stands.
fn hit(is_file: bool, file: Option<SubjectKey>, fact: Fact) -> Fact {
    let record = Record {
        field: if is_file { FieldName::Path } else { FieldName::Subject },
        writer: if is_file { Writer::Request } else { Writer::Sender },
        nth: 0,
        values: Vec::new(),
        natures: Vec::new(),
        sample: Shown { text: String::new(), same: file.unwrap_or(SubjectKey([0; 16])) },
        cut: false,
    };
    Fact { role: Role::Content, body: Body::Hit(record), ..fact }
}

/// The events of threads, for an organisation of our own.
pub(crate) fn joined(threads: &[ThreadFacts]) -> Vec<Event> {
    let networks = vec![("10.0.0.0".parse().expect("an address"), 8)];
    let org = Org { domains: vec!["agency.gov.tw".to_owned()], networks, zone: Tz::Asia__Taipei };
    events(threads, &Rules::new(org, Vec::new()), &|_| i64::MIN)
}

/// Every event in words, as events.py has them; objects by their keyed hash.
fn told(threads: &[ThreadFacts]) -> Vec<Row> {
    let mut rows: Vec<Row> = joined(threads).iter().map(|event| row(event, threads)).collect();
    rows.sort_by(|a, b| (&a["threads"], &a["route"]).cmp(&(&b["threads"], &b["route"])));
    rows
}

fn row(event: &Event, threads: &[ThreadFacts]) -> Row {
    let words = |mut words: Vec<String>| {
        words.sort();
        words.join(" ")
    };
    let names = event.lives.iter().map(|(thread, ..)| threads[*thread].thread.name.to_string());
    let recipients =
        event.recipients.iter().map(|(shown, outcome)| format!("{}={}", shown.text, outcome.id()));
    let (bytes, records) = counted(event, threads);
    let said = [
        ("threads", words(names.collect())),
        ("route", event.route.id().to_owned()),
        (
            "first",
            if event.first == Moment::exact(ANCHOR * 1_000_000).us {
                String::new()
            } else {
                iso(event.first)
            },
        ),
        ("actor", event.actor.text.clone()),
        ("basis", event.basis.id().to_owned()),
        ("origins", event.origins.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")),
        ("objects", words(event.objects.iter().map(|shown| shown.same.to_string()).collect())),
        ("recipients", words(recipients.collect())),
        ("bytes", bytes.to_string()),
        ("records", records.to_string()),
    ];
    said.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Bytes and records that the lines of an event declare.
fn counted(event: &Event, threads: &[ThreadFacts]) -> (u64, u64) {
    let (mut bytes, mut records) = (0, 0);
    for (thread, start, end) in &event.lives {
        for kept in threads[*thread].facts.iter().filter(|kept| (*start..=*end).contains(&kept.fact.time.us))
        {
            if let Body::Count(count) = &kept.fact.body {
                bytes += count.bytes.unwrap_or(0);
                records += count.records.unwrap_or(0);
            }
        }
    }
    (bytes, records)
}

/// The hashes of the objects that Python gives as bytes in hex, and addresses without the one value that is in any.
fn hide(row: &mut Row) {
    for name in ["actor", "recipients"] {
        let shown = row[name].replace("A123456789", "A1********");
        row.insert(name.to_owned(), shown);
    }
    let objects = row.get_mut("objects").expect("a part of every event");
    let same = |hex: &str| {
        SCANNER.keys().same(&data_encoding::HEXLOWER.decode(hex.as_bytes()).expect("hex")).to_string()
    };
    let mut hidden: Vec<String> = objects.split_whitespace().map(same).collect();
    hidden.sort();
    *objects = hidden.join(" ");
}
