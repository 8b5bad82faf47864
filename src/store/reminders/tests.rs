use super::super::tests::{START, batch, keys, message, open, rules};
use crate::act::{Act, Decision, Reason, Signed, Who};
use crate::batch::{Batch, Note, NoteKind};
use crate::event::Status;
use crate::moment::{DAY, HOUR};
use crate::store::{LetterKind, Outgoing, Store, Telling};

/// One person's number left: level 0, 24 hours to handle it, 7 days to close it.
fn with_case(store: &mut Store) {
    let effects = store.apply(&batch(message("AAAAAA", 0, "A1", Some(Status::Sent))), &rules(), START, true);
    assert_eq!(effects.expect("applied").letters, ["BD-2026-000001.r0"]);
}

fn tick(store: &mut Store, now: i64) -> Vec<Telling> {
    let before = letters(store).len();
    store.apply(&Batch::new(keys().id()), &rules(), now, false).expect("applied");
    letters(store).split_off(before)
}

/// Mails about cases; the digest comes every day.
fn letters(store: &Store) -> Vec<Telling> {
    let mails = store.unspooled().expect("readable");
    mails.into_iter().filter_map(Outgoing::into_case).collect()
}

/// What a letter reminds of, and whom it newly tells.
fn told(telling: &Telling) -> (LetterKind, Vec<(&str, i64)>, usize) {
    let reminds = telling.reminds.iter().map(|remind| (remind.duty.what.as_str(), remind.share)).collect();
    (telling.kind, reminds, telling.roles.len())
}

fn act(store: &mut Store, decision: Decision, now: i64) {
    let by = Who::shell(1000, "chen");
    let reason = Some(Reason::new("已電詢").expect("short"));
    let act = Signed { act: Act::Case { id: "BD-2026-000001".to_owned(), decision }, by, reason };
    let batch = Batch { acts: vec![act], ..Batch::new(keys().id()) };
    store.apply(&batch, &rules(), now, false).expect("an act that can be done");
}

/// Lets time pass from wake-up to wake-up, as the daemon does.
fn until(store: &mut Store, end: i64) -> Vec<(i64, Telling)> {
    let (mut letters, mut now) = (Vec::new(), START);
    loop {
        let empty = Batch::new(keys().id());
        let next = store.apply(&empty, &rules(), now, false).expect("applied").next_due;
        let Some(due) = next.filter(|due| *due <= end) else { return letters };
        now = due;
        letters.extend(tick(store, now).into_iter().map(|telling| (now - START, telling)));
    }
}

#[test]
fn a_duty_reminds_at_50_80_and_100_percent_and_goes_up_until_nobody_stands_above() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut store = open(dir.path());
    with_case(&mut store);
    let letters = until(&mut store, START + 4 * DAY);
    let wanted = [
        (12 * HOUR, LetterKind::Reminder, vec![("handle", 50)], 1),
        (HOUR * 24 * 8 / 10, LetterKind::Reminder, vec![("handle", 80)], 1),
        (DAY, LetterKind::Escalation, vec![("handle", 100)], 2),
        (DAY * 3 / 2, LetterKind::Escalation, vec![("handle", 150)], 3),
        (DAY * 2, LetterKind::Escalation, vec![("handle", 200)], 4),
        (DAY * 7 / 2, LetterKind::Reminder, vec![("close", 50)], 4),
    ];
    let seen: Vec<_> = letters
        .iter()
        .map(|(after, telling)| {
            let (kind, reminds, roles) = told(telling);
            (*after, kind, reminds, roles)
        })
        .collect();
    assert_eq!(seen, wanted);
    let before = letters[2].1.before.as_ref().expect("somebody was told");
    assert_eq!((before.roles.as_slice(), before.at - START), (&["dpo".to_owned()][..], HOUR * 24 * 8 / 10));
    assert_eq!(letters[2].1.roles, ["dpo", "unit-head"]);
}

#[test]
fn an_acknowledgement_ends_the_reminders_and_a_note_does_not() {
    for (decision, letters) in
        [(Decision::Note, 7), (Decision::Ack, 1), (Decision::Confirm, 1), (Decision::Dismiss, 1)]
    {
        let dir = tempfile::tempdir().expect("a folder");
        let mut store = open(dir.path());
        with_case(&mut store);
        assert_eq!(until(&mut store, START + 12 * HOUR).len(), 1);
        act(&mut store, decision, START + 13 * HOUR);
        let after = until(&mut store, START + 6 * DAY);
        assert_eq!(after.len() + 1, letters, "{decision:?}");
    }
}

#[test]
fn marks_that_passed_meanwhile_are_one_letter_and_none_comes_twice() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut store = open(dir.path());
    with_case(&mut store);
    drop(store);
    let mut store = open(dir.path());
    let letters = tick(&mut store, START + 25 * HOUR);
    assert_eq!(
        letters.iter().map(told).collect::<Vec<_>>(),
        [(LetterKind::Escalation, vec![("handle", 100)], 2)]
    );
    assert!(tick(&mut store, START + 25 * HOUR).is_empty());
    assert!(tick(&mut store, START).is_empty(), "a clock that goes back takes nothing back");
    assert!(tick(&mut store, START + 26 * HOUR).is_empty());
}

#[test]
fn a_clock_that_jumped_and_came_back_holds_no_reminder_back() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut store = open(dir.path());
    with_case(&mut store);
    let jumped = tick(&mut store, START + 365 * DAY);
    assert_eq!(jumped.len(), 1, "what a jump passes over is one letter");
    assert_eq!(jumped[0].reminds.len(), 2);
    let step = Note::new(NoteKind::ClockStep, "the wall clock was set by -31536000 s".to_owned());
    let batch = Batch { notes: vec![step], ..Batch::new(keys().id()) };
    let next = store.apply(&batch, &rules(), START + HOUR, false).expect("applied").next_due;
    assert!(next.is_some_and(|due| due <= START + 14 * HOUR), "{next:?}");
}

#[test]
fn that_a_time_is_over_is_told_though_nobody_was_there_for_long_and_nobody_stands_above() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut store = open(dir.path());
    with_case(&mut store);
    assert_eq!(until(&mut store, START + 4 * DAY).len(), 6, "everybody was told");
    let letters = tick(&mut store, START + 30 * DAY);
    assert_eq!(
        letters.iter().map(told).collect::<Vec<_>>(),
        [(LetterKind::Reminder, vec![("close", 100)], 4)]
    );
    assert!(tick(&mut store, START + 60 * DAY).is_empty());
}

#[test]
fn a_duty_that_begins_later_runs_by_its_own_clock() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut store = open(dir.path());
    with_case(&mut store);
    let mut facts = Vec::new();
    for n in 0..1_000 {
        facts.extend(message("BBBBBB", 60, &format!("B{n}"), Some(Status::Sent)));
    }
    for (n, fact) in facts.iter_mut().enumerate() {
        fact.place.line = n as u64 + 2;
        fact.place.offset = n as u64 * 10 + 100;
    }
    store.apply(&batch(facts), &rules(), START + HOUR, true).expect("applied");
    let letters = until(&mut store, START + 80 * HOUR);
    let authority: Vec<_> = letters
        .iter()
        .flat_map(|(after, telling)| telling.reminds.iter().map(move |remind| (after, remind)))
        .filter(|(_, remind)| remind.duty.what == "authority")
        .map(|(after, remind)| (after / HOUR, remind.share))
        .collect();
    assert_eq!(authority, [(37, 50), (58, 80), (73, 100)], "72 hours from the thousandth person on");
}
