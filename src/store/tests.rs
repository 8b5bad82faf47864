use std::path::Path;

use super::*;
use crate::batch::{Batch, Body, Covered, Fact, FileId, Generation, GenerationState, Progress};
use crate::event::{Actor, Basis, Channel, Context, Outcome, Role, Status, Thread};
use crate::incident::{self, Org, Rules};
use crate::kind::{Family, Kind, Nature, Verdict};
use crate::line::{Place, SourceId};
use crate::mask::{Keys, Sensitive, Shown, Style};
use crate::moment::{HOUR, Moment, SECOND, Tz};
use crate::record::{FieldName, Record, Value, Writer};
use crate::severity::{ACTIVE, Policy, shipped};

/// 2026-11-17T00:00:00Z, a Tuesday.
pub(super) const START: i64 = 1_794_873_600 * SECOND;

pub(super) fn keys() -> Keys {
    Keys::new(&[1; 32])
}

pub(super) fn rules() -> Rules {
    let policies = shipped()
        .into_iter()
        .take(ACTIVE.len())
        .map(|(file, text)| Policy::parse(file, text).expect("shipped"));
    let org = Org { domains: vec!["agency.gov.tw".to_owned()], networks: Vec::new(), zone: Tz::Asia__Taipei };
    Rules::new(org, policies.collect())
}

pub(super) fn open(dir: &Path) -> Store {
    Store::open(dir, keys().id()).expect("a new store")
}

fn shown(text: &str) -> Shown {
    Shown::own(text, &keys())
}

fn fact(thread: &str, seconds: i64, role: Role, body: Body) -> Fact {
    Fact {
        thread: Thread { channel: Channel::POSTFIX, host: "mx1".into(), name: thread.into() },
        time: Moment::exact(START + seconds * SECOND),
        role,
        place: Place { source: SourceId::new("mail.log"), path: "mail.log".into(), offset: 0, line: 1 },
        body,
    }
}

/// A message of `user@agency.gov.tw` with one person's number, and what became of it.
pub(super) fn message(thread: &str, seconds: i64, person: &str, status: Option<Status>) -> Vec<Fact> {
    message_by("user@agency.gov.tw", thread, seconds, person, Nature::Identification, status)
}

/// The same of any actor, with data of any nature.
pub(super) fn message_by(
    actor: &str,
    thread: &str,
    seconds: i64,
    person: &str,
    nature: Nature,
    status: Option<Status>,
) -> Vec<Fact> {
    let actor = Actor { name: shown(actor), basis: Basis::Authenticated };
    let value = Value {
        kind: Kind::TwNationalId,
        verdict: Verdict::Likely,
        key: keys().subject(Family::Twid, person),
        masked: Sensitive::new(Kind::TwNationalId, person.to_owned()).mask(Style::Strict),
    };
    let record = Record {
        field: FieldName::Subject,
        writer: Writer::Sender,
        nth: 0,
        values: vec![value],
        natures: vec![nature],
        cut: false,
        sample: shown("A1********"),
    };
    let context = Context { actor: Some(actor), origin: None, object: None };
    let mut facts = vec![
        fact(thread, seconds, Role::Open, Body::Context(context)),
        fact(thread, seconds, Role::Content, Body::Hit(record)),
    ];
    facts.extend(status.map(|status| {
        let outcome = Outcome {
            recipient: Some(shown("chen@example.com")),
            original: None,
            status,
            next: None,
            file: None,
        };
        fact(thread, seconds + 1, Role::Outcome, Body::Outcome(outcome))
    }));
    facts
}

pub(super) fn batch(facts: Vec<Fact>) -> Batch {
    Batch { facts, ..Batch::new(keys().id()) }
}

fn progress(from: u64, to: u64) -> Progress {
    let generation = Generation {
        id: 1,
        source: SourceId::new("mail.log"),
        path: "mail.log".to_owned(),
        file: FileId::default(),
        version: 0,
        head_len: 0,
        head_hash: String::new(),
        offset: to,
        lines: 0,
        marker: String::new(),
        state: GenerationState::Live,
        covered: Covered::default(),
    };
    Progress { generation, from }
}

#[test]
fn a_range_is_applied_exactly_once() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut store = open(dir.path());
    let first =
        Batch { progress: vec![progress(0, 100)], ..batch(message("AAAAAA", 0, "A1", Some(Status::Sent))) };
    store.apply(&first, &rules(), START, false).expect("a new range");
    let before = store.cores().expect("readable");
    let more =
        Batch { progress: vec![progress(50, 150)], ..batch(message("BBBBBB", 9, "A2", Some(Status::Sent))) };
    for wrong in [&first, &more] {
        let refused = store.apply(wrong, &rules(), START, false);
        assert!(matches!(refused, Err(Error::Conflict { generation: 1, .. })), "{refused:?}");
    }
    assert_eq!(store.cores().expect("readable"), before, "a refused batch changes nothing");
    assert_eq!(store.generations().expect("readable")[0].offset, 100);
}

#[test]
fn a_batch_of_another_key_is_refused() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut store = open(dir.path());
    let foreign = Batch { key_id: "other".to_owned(), ..batch(Vec::new()) };
    assert!(matches!(store.apply(&foreign, &rules(), START, false), Err(Error::Foreign { .. })));
}

#[test]
fn a_store_has_one_writer_and_one_key() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = open(dir.path());
    let second = Store::open(dir.path(), keys().id());
    assert!(matches!(second, Err(Error::Locked { .. })), "{second:?}");
    Store::read(dir.path()).expect("readers are welcome while a writer writes");
    drop(store);
    assert!(matches!(Store::open(dir.path(), "other key"), Err(Error::OtherKey { .. })));
}

#[test]
fn a_draft_opens_when_the_mail_has_left_and_not_before() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut store = open(dir.path());
    let waiting = store.apply(&batch(message("AAAAAA", 0, "A1", None)), &rules(), START, false);
    assert_eq!(waiting.expect("applied").letters, Vec::<String>::new());
    let sent = store.apply(&batch(message("AAAAAA", 0, "A1", Some(Status::Sent))), &rules(), START, false);
    assert_eq!(sent.expect("applied").letters, ["BD-2026-000001.r0"]);
    let listed = store.list().expect("readable");
    assert_eq!(listed[0].draft.core.subjects.total, 1);
    assert_eq!(listed[0].draft.core.recipients[0].outcome, incident::Outcome::Left);
}

#[test]
fn an_update_waits_a_minute_unless_waits_are_flushed() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut store = open(dir.path());
    let apply = |store: &mut Store, facts, now, flush| {
        store.apply(&batch(facts), &rules(), now, flush).expect("applied").letters
    };
    assert_eq!(apply(&mut store, message("AAAAAA", 0, "A1", Some(Status::Sent)), START, false).len(), 1);
    assert!(
        apply(&mut store, message("BBBBBB", 5, "A2", Some(Status::Sent)), START + SECOND, false).is_empty()
    );
    assert!(apply(&mut store, Vec::new(), START + 59 * SECOND, false).is_empty());
    assert_eq!(apply(&mut store, Vec::new(), START + 61 * SECOND, false), ["BD-2026-000001.r1"]);
    assert!(
        apply(&mut store, message("CCCCCC", 7, "A3", Some(Status::Sent)), START + 62 * SECOND, false)
            .is_empty()
    );
    assert_eq!(apply(&mut store, Vec::new(), START + 63 * SECOND, true), ["BD-2026-000001.r2"]);
    assert!(apply(&mut store, Vec::new(), START + HOUR * 9, true).is_empty(), "nothing new, no mail");
}

#[test]
fn a_rise_never_waits_and_the_notified_level_never_falls() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut store = open(dir.path());
    store
        .apply(&batch(message("AAAAAA", 0, "A0", Some(Status::Sent))), &rules(), START, false)
        .expect("applied");
    let many =
        (1..=20).flat_map(|n| message(&format!("BBBB{n:02}"), n, &format!("A{n}"), Some(Status::Sent)));
    let effects = store.apply(&batch(many.collect()), &rules(), START + SECOND, false).expect("applied");
    assert_eq!(effects.letters, ["BD-2026-000001.r1"]);
    let draft = &store.list().expect("readable")[0].draft;
    assert_eq!((draft.core.subjects.total, draft.core.level.level, draft.notified_level), (21, 1, Some(1)));
    let handle = draft.duties.iter().find(|duty| duty.what == "handle").expect("a duty");
    assert_eq!(handle.due.expect("begun").0, START + SECOND + 8 * HOUR, "the clock starts with the rise");
}

#[test]
fn facts_in_any_order_and_number_make_one_core() {
    let facts: Vec<Fact> = (0..12)
        .flat_map(|n| {
            let status = [Some(Status::Sent), Some(Status::Bounced), None][n % 3];
            message(&format!("AAAA{n:02}"), n as i64 * 4000, &format!("A{}", n % 5), status)
        })
        .collect();
    let core = |order: &[usize], size: usize| {
        let dir = tempfile::tempdir().expect("a folder");
        let mut store = open(dir.path());
        for part in order.chunks(size) {
            let facts = part.iter().map(|at| facts[*at].clone()).collect();
            store.apply(&batch(facts), &rules(), START, false).expect("applied");
        }
        store.cores().expect("readable")
    };
    let straight: Vec<usize> = (0..facts.len()).collect();
    let expected = core(&straight, facts.len());
    assert!(!expected.is_empty());
    for step in [5, 7, 11, 13] {
        let shuffled: Vec<usize> = (0..2 * facts.len()).map(|at| at * step % facts.len()).collect();
        assert_eq!(core(&shuffled, step), expected, "step {step}");
    }
}

#[test]
fn the_audit_rows_are_a_chain() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut store = open(dir.path());
    store
        .apply(&batch(message("AAAAAA", 0, "A1", Some(Status::Sent))), &rules(), START, false)
        .expect("applied");
    store.receipt("BD-2026-000001.r0", true, &serde_json::json!({}), START).expect("noted");
    let mut rows = store.db.prepare("SELECT kind, previous, hash FROM audit ORDER BY seq").expect("a table");
    let rows: Vec<(String, Vec<u8>, Vec<u8>)> = rows
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .expect("rows")
        .collect::<rusqlite::Result<_>>()
        .expect("rows");
    let kinds: Vec<&str> = rows.iter().map(|(kind, _, _)| kind.as_str()).collect();
    assert_eq!(kinds, ["case-opened", "letter", "audit-key", "sent"]);
    assert!(rows.windows(2).all(|pair| pair[0].2 == pair[1].1));
}

#[test]
fn a_receipt_can_only_mark_a_waiting_row() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut store = open(dir.path());
    let nothing = serde_json::json!({});
    assert!(!store.receipt("BD-2026-000009.r0", true, &nothing, START).expect("asked"), "no such row");
    store
        .apply(&batch(message("AAAAAA", 0, "A1", Some(Status::Sent))), &rules(), START, false)
        .expect("applied");
    assert_eq!(store.unspooled().expect("readable").len(), 1);
    store.spooled("BD-2026-000001.r0", &["BD-2026-000001.r0".to_owned()]).expect("noted");
    assert!(store.unspooled().expect("readable").is_empty());
    assert!(store.receipt("BD-2026-000001.r0", true, &nothing, START).expect("asked"));
    assert!(!store.receipt("BD-2026-000001.r0", false, &nothing, START).expect("asked"), "sent is sent");
}

mod decided;
mod storm;
mod upkeep;
mod year;
