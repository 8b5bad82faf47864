//! What people say of a case beside its state, and cases that turn out to be one.

use super::*;
use crate::act::{Act, Decision, Factor, Linked, Reason, ReplayReport, Signed, Who};
use crate::store::{Effects, LetterKind, Outgoing, Shown};

fn apply(store: &mut Store, facts: Vec<Fact>, now: i64) -> Effects {
    store.apply(&batch(facts), &rules(), now, false).expect("applied")
}

fn act(store: &mut Store, act: Act, now: i64) -> std::result::Result<Effects, String> {
    let reason = Some(Reason::new("媒體來電查證").expect("short"));
    let act = Signed { act, by: Who::shell(1000, "chen"), reason };
    let batch = Batch { acts: vec![act], ..Batch::new(keys().id()) };
    store.apply(&batch, &rules(), now, false).map_err(|error| error.to_string())
}

fn level(to: Option<u8>, factors: &[Factor]) -> Act {
    Act::Level { id: "BD-2026-000001".to_owned(), level: to, factors: factors.to_vec() }
}

fn draft(store: &Store, id: &str) -> crate::incident::Draft {
    match store.show(id).expect("readable") {
        Shown::Draft(draft) => *draft,
        other => panic!("{id}: {other:?}"),
    }
}

/// A store with one case of one person, level 0.
fn with_case(dir: &std::path::Path) -> Store {
    let mut store = open(dir);
    apply(&mut store, message("AAAAAA", 0, "A1", Some(Status::Sent)), START);
    store
}

#[test]
fn what_no_log_shows_raises_the_level_tells_the_added_roles_and_starts_their_clocks() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut store = with_case(dir.path());
    let raised = act(&mut store, level(None, &[Factor::Media]), START + HOUR).expect("it can be done");
    assert_eq!(raised.letters, ["BD-2026-000001.r1"]);
    let mails: Vec<_> =
        store.unspooled().expect("readable").into_iter().filter_map(Outgoing::into_case).collect();
    let rise = mails.last().expect("a mail");
    assert_eq!((rise.kind, rise.roles.len()), (LetterKind::Rise, 4), "up to the ciso");
    let is = draft(&store, "BD-2026-000001");
    assert_eq!((is.level(), is.core.level.level, is.notified_level), (3, 0, Some(3)));
    let handle = is.duties.iter().find(|duty| duty.what == "handle").expect("a duty");
    assert_eq!(handle.due.expect("begun").0, START + 2 * HOUR, "an hour from the act");
    // The computed level may come nearer; people know of level 3.
    let more = (0..21).flat_map(|n| message(&format!("B{n:05}"), 9, &format!("B{n}"), Some(Status::Sent)));
    apply(&mut store, more.collect(), START + 2 * HOUR);
    assert_eq!(draft(&store, "BD-2026-000001").level(), 3);
}

#[test]
fn a_lowered_level_holds_until_something_new_is_worse() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut store = open(dir.path());
    let grave = message_by("user@agency.gov.tw", "AAAAAA", 0, "A1", Nature::Financial, Some(Status::Sent));
    apply(&mut store, grave, START);
    let lowered = act(&mut store, level(Some(0), &[]), START + 600 * SECOND).expect("with a reason it can");
    assert_eq!(lowered.letters.len(), 1, "people are told that it fell");
    assert_eq!(draft(&store, "BD-2026-000001").notified_level, Some(0));
    apply(&mut store, message("BBBBBB", 5, "A2", Some(Status::Sent)), START + 601 * SECOND);
    assert_eq!(draft(&store, "BD-2026-000001").level(), 0, "one more person is nothing new");
    let worse = message_by("user@agency.gov.tw", "CCCCCC", 9, "A3", Nature::Special, Some(Status::Sent));
    assert_eq!(apply(&mut store, worse, START + 602 * SECOND).letters.len(), 1);
    let is = draft(&store, "BD-2026-000001");
    assert_eq!((is.level(), is.notified_level), (3, Some(3)));
    assert!(
        act(&mut store, level(Some(9), &[]), START).expect_err("no such level").contains("levels 0 to 3")
    );
}

#[test]
fn when_somebody_knew_stays_beside_the_detection_and_moves_no_clock() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut store = with_case(dir.path());
    let before = draft(&store, "BD-2026-000001").duties;
    let known = |at| Act::Known { id: "BD-2026-000001".to_owned(), at };
    act(&mut store, known(START - HOUR), START + HOUR).expect("known");
    act(&mut store, known(START - 30 * SECOND), START + HOUR).expect("known later");
    let is = draft(&store, "BD-2026-000001");
    assert_eq!(is.known.map(|at| at.0), Some(START - HOUR), "the earliest");
    assert_eq!(is.duties, before);
    let words = act(&mut store, known(START + 2 * HOUR), START + HOUR).expect_err("not yet");
    assert!(words.contains("yet to come"), "{words}");
    assert_eq!(store.acts("BD-2026-000001").expect("readable").len(), 2);
}

/// 72 hours from the detection of a thousand people, and from when somebody knew: who is reminded, by which clock.
fn check_known(known: i64, governs: &str, marks: [i64; 3]) {
    let dir = tempfile::tempdir().expect("a folder");
    let mut store = open(dir.path());
    let mut facts: Vec<Fact> =
        (0..1_000).flat_map(|n| message("AAAAAA", 0, &format!("A{n}"), Some(Status::Sent))).collect();
    for (line, fact) in (1..).zip(&mut facts) {
        (fact.place.line, fact.place.offset) = (line, line * 100);
    }
    apply(&mut store, facts, START);
    let mut now = START + 2 * HOUR;
    act(&mut store, Act::Known { id: "BD-2026-000001".to_owned(), at: known }, now).expect("known");
    let is = draft(&store, "BD-2026-000001");
    let mut authority: Vec<_> = is.duties.iter().filter(|duty| duty.what == "authority").collect();
    assert_eq!(authority[0].clock, governs, "the earlier one is first");
    authority.sort_by_key(|duty| duty.clock.clone());
    let both: Vec<_> = authority
        .iter()
        .map(|duty| (duty.clock.as_str(), duty.from.expect("begun").0, duty.due.expect("begun").0))
        .collect();
    let hours = 72 * HOUR;
    assert_eq!(both, [("detected", START, START + hours), ("known", known, known + hours)]);
    while let Some(due) = apply(&mut store, Vec::new(), now).next_due.filter(|due| *due < START + 90 * HOUR) {
        now = due;
    }
    let letters = store.unspooled().expect("readable").into_iter().filter_map(Outgoing::into_case);
    let reminded: Vec<_> = letters
        .flat_map(|letter| letter.reminds.into_iter().map(move |remind| (letter.created, remind)))
        .filter(|(_, remind)| remind.duty.what == "authority")
        .map(|(at, remind)| (at - START, remind.duty.clock, remind.share))
        .collect();
    let wanted: Vec<_> =
        marks.into_iter().zip([50, 80, 100]).map(|(at, share)| (at, governs.to_owned(), share)).collect();
    assert_eq!(reminded, wanted);
}

#[test]
fn what_is_owed_to_an_authority_is_due_from_knowledge_too_and_the_earlier_time_governs() {
    let minute = HOUR / 60;
    check_known(START - 10 * HOUR, "known", [26 * HOUR, 47 * HOUR + 36 * minute, 62 * HOUR]);
    check_known(START + HOUR, "detected", [36 * HOUR, 57 * HOUR + 36 * minute, 72 * HOUR]);
}

#[test]
fn cases_and_reports_are_linked_by_reference_and_never_counted_in() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut store = with_case(dir.path());
    let other =
        message_by("lin@agency.gov.tw", "BBBBBB", 0, "A2", Nature::Identification, Some(Status::Sent));
    apply(&mut store, other, START);
    let id = || "BD-2026-000001".to_owned();
    let case = Linked::Case("BD-2026-000002".to_owned());
    act(&mut store, Act::Link { id: id(), to: case.clone() }, START).expect("linked");
    let report = ReplayReport {
        sha256: "ab".repeat(32),
        key: "another".to_owned(),
        incidents: 3,
        people: 500,
        rows: 510,
        level: 1,
    };
    let report = Linked::Report(report);
    act(&mut store, Act::Link { id: id(), to: report.clone() }, START).expect("linked");
    let is = draft(&store, "BD-2026-000001");
    assert_eq!((is.links, is.core.subjects.total), (vec![case, report], 1));
    assert_eq!(draft(&store, "BD-2026-000002").links, [Linked::Case(id())], "both ways");
    let itself = Act::Link { id: id(), to: Linked::Case(is.core.id) };
    assert!(act(&mut store, itself, START).expect_err("itself").contains("itself"));
}

#[test]
fn a_late_event_joins_two_cases_and_both_histories_stay() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut store = with_case(dir.path());
    let far = 16 * 3600;
    let grave = message_by("user@agency.gov.tw", "BBBBBB", far, "A2", Nature::Financial, Some(Status::Sent));
    apply(&mut store, grave, START + 17 * HOUR);
    let confirm = Act::Case { id: "BD-2026-000002".to_owned(), decision: Decision::Confirm };
    act(&mut store, confirm, START + 17 * HOUR).expect("confirmed");
    let first = draft(&store, "BD-2026-000001");
    let second = draft(&store, "BD-2026-000002");
    assert_ne!(first.core.id, second.core.id, "eight hours lie between");
    // What happened in between becomes known.
    apply(&mut store, message("CCCCCC", far / 2, "A3", Some(Status::Sent)), START + 18 * HOUR);
    assert_eq!(store.show("BD-2026-000002").expect("readable"), Shown::Alias("BD-2026-000001".to_owned()));
    let is = draft(&store, "BD-2026-000001");
    assert_eq!((is.core.subjects.total, is.state.as_str()), (3, "confirmed"), "how far people are stays");
    assert_eq!(is.aliases, ["BD-2026-000002"]);
    let acts = store.acts("BD-2026-000001").expect("readable");
    assert_eq!(acts.len(), 1, "what was done about the other number is shown");
    let due = |draft: &crate::incident::Draft, what: &str| {
        draft.duties.iter().filter(|duty| duty.what == what).filter_map(|duty| duty.due).min()
    };
    for what in ["handle", "close"] {
        assert_eq!(due(&is, what), due(&first, what).min(due(&second, what)), "{what}: no clock is lost");
    }
    // The old number is still one that decides.
    let note = Act::Case { id: "BD-2026-000002".to_owned(), decision: Decision::Note };
    let noted = act(&mut store, note, START + 19 * HOUR).expect("noted");
    assert_eq!(noted.decided[0].number, "BD-2026-000001");
}
