//! Many incidents at once, in virtual time.

use super::*;
use crate::incident::{Bulletin, Content, Digest, Suppression};
use crate::moment::{DAY, MINUTE, iso_local};
use crate::store::{Effects, Outgoing};

/// A message with one person's number by an actor of its own.
fn by(n: usize, nature: Nature) -> Vec<Fact> {
    let (actor, thread) = (format!("user{n:05}@agency.gov.tw"), format!("{n:05}T"));
    message_by(&actor, &thread, 0, &format!("A{n}"), nature, Some(Status::Sent))
}

fn apply(store: &mut Store, facts: Vec<Fact>, rules: &Rules, now: i64) -> Effects {
    store.apply(&batch(facts), rules, now, false).expect("applied")
}

fn bulletins(store: &Store) -> Vec<Bulletin> {
    let mails = store.unspooled().expect("readable").into_iter();
    mails
        .filter_map(|mail| match mail {
            Outgoing::Bulletin(bulletin) => Some(*bulletin),
            Outgoing::Case(_) => None,
        })
        .collect()
}

fn digests(store: &Store) -> Vec<Digest> {
    let bulletins = bulletins(store).into_iter();
    bulletins
        .filter_map(|bulletin| match bulletin.content {
            Content::Digest(digest) => Some(*digest),
            Content::Collective(_) => None,
        })
        .collect()
}

/// 08:00 of the day after in Taipei.
const MORNING: i64 = START + DAY;

#[test]
fn what_a_storm_holds_back_is_told_in_the_digest_and_its_duties_run_from_the_detection() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut store = open(dir.path());
    let rules = rules();
    let at_once = (0..40).flat_map(|n| by(n, if n == 20 { Nature::Special } else { Nature::Identification }));
    let effects = apply(&mut store, at_once.collect(), &rules, START + 1);
    let cases = store.list().expect("readable");
    assert_eq!(cases.iter().filter(|listed| listed.draft.case.is_some()).count(), 40, "all have a number");
    assert_eq!(effects.letters.len(), 11, "a burst of ten, and the one of level 3: {:?}", effects.letters);
    let grave = cases.iter().find(|listed| listed.draft.core.level.level == 3).expect("one");
    assert!(effects.letters.contains(&format!("{}.r0", grave.draft.case.clone().expect("a case"))));
    for listed in &cases {
        let begun = listed.draft.duties.iter().all(|duty| duty.from.is_some_and(|from| from.0 == START + 1));
        assert!(begun && !listed.draft.duties.is_empty(), "{:?}", listed.draft.duties);
    }
    drop(store);
    let mut store = open(dir.path());
    let more = |store: &mut Store, n, now| apply(store, by(n, Nature::Identification), &rules, now).letters;
    assert!(more(&mut store, 90, START + 5 * MINUTE).is_empty(), "a restart gives nothing back");
    assert_eq!(more(&mut store, 91, START + 7 * MINUTE), ["BD-2026-000042.r0"], "an hour gives ten back");
    let morning = apply(&mut store, Vec::new(), &rules, MORNING).letters;
    assert!(morning.iter().any(|id| id.starts_with("digest-")), "{morning:?}");
    let digest = &digests(&store)[0];
    assert_eq!(digest.opened, [41, 0, 0, 1]);
    assert!(!digest.is_quiet());
    assert_eq!(digest.held.total as usize, digest.held.entries.len());
    assert!(digest.held.entries.iter().all(|entry| entry.due.is_some() && entry.people == 1));
    // Reminders of half the time have been held back with the rest: nobody gets forty of them.
    let mails = store.unspooled().expect("readable");
    assert!(mails.len() < 12 + 24 * 10 && digest.held.total >= 29, "{} {}", mails.len(), digest.held.total);
    assert!(apply(&mut store, Vec::new(), &rules, MORNING + MINUTE).letters.is_empty(), "told once");
}

#[test]
fn a_case_that_was_told_in_the_digest_has_a_thread_of_its_own_once_it_grows() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut store = open(dir.path());
    let rules = Rules { storm: crate::incident::Storm { burst: 1, ..Default::default() }, ..rules() };
    let first = apply(
        &mut store,
        [by(0, Nature::Identification), by(1, Nature::Identification)].concat(),
        &rules,
        START,
    );
    assert_eq!(first.letters.len(), 1);
    let held = if first.letters[0] == "BD-2026-000001.r0" { "BD-2026-000002" } else { "BD-2026-000001" };
    let listed = store.list().expect("readable");
    let of_held = listed.iter().find(|listed| listed.draft.case.as_deref() == Some(held)).expect("listed");
    let actor = of_held.draft.core.actor.clone();
    // It grows before anybody was told: its first mail, with everything.
    let grown = message_by(&actor, "GROWN", 9, "A9", Nature::Financial, Some(Status::Sent));
    let rise = apply(&mut store, grown, &rules, START + SECOND).letters;
    assert_eq!(rise, [format!("{held}.r0")]);
    let mails = store.unspooled().expect("readable");
    let Some(Outgoing::Case(telling)) = mails.iter().find(|mail| mail.id() == rise[0]) else {
        panic!("a mail")
    };
    assert_eq!((telling.kind, telling.revision, telling.told.is_none()), (LetterKind::First, 0, true));
    let twice = apply(
        &mut store,
        message_by(&actor, "MORE", 10, "A10", Nature::Financial, Some(Status::Sent)),
        &rules,
        START + 2 * SECOND,
    );
    assert!(twice.letters.is_empty(), "a minute after the last mail of its case");
    assert_eq!(apply(&mut store, Vec::new(), &rules, START + 61 * SECOND).letters, [format!("{held}.r1")]);
}

#[test]
fn beyond_ten_urgent_ones_in_a_minute_one_mail_lists_the_others_at_once() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut store = open(dir.path());
    let rules = rules();
    let at_once = (0..300).flat_map(|n| by(n, if n % 2 == 0 { Nature::Financial } else { Nature::Special }));
    let letters = apply(&mut store, at_once.collect(), &rules, START).letters;
    assert_eq!(letters.len(), 11, "{letters:?}");
    let bulletin = bulletins(&store).remove(0);
    let Content::Collective(listing) = &bulletin.content else { panic!("{bulletin:?}") };
    assert_eq!((listing.total, listing.entries.len()), (290, 100));
    assert!(listing.entries[0].level >= listing.entries[99].level, "the gravest first");
    assert_eq!(bulletin.roles.len(), 4, "everybody whom one of them concerns: {:?}", bulletin.roles);
    assert_eq!(bulletin.sources, ["mail.log"]);
    // Those that still come are listed together every ten seconds, whatever comes in between.
    let more = |store: &mut Store, n, seconds| {
        apply(store, by(n, Nature::Special), &rules, START + seconds * SECOND)
    };
    let waits = more(&mut store, 400, 1);
    assert_eq!((waits.letters.len(), waits.next_due), (0, Some(START + 10 * SECOND)));
    assert_eq!(apply(&mut store, Vec::new(), &rules, START + 10 * SECOND).letters.len(), 1);
    assert_eq!(more(&mut store, 401, 61).letters.len(), 1, "a mail of its own when the minute is over");
    assert!(digests(&store).is_empty());
}

#[test]
fn the_digest_comes_once_a_day_late_if_nobody_was_there_and_never_twice() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut store = open(dir.path());
    let rules = rules();
    let begun = apply(&mut store, Vec::new(), &rules, START + 1);
    assert_eq!((begun.letters.len(), begun.next_due), (0, Some(MORNING)), "nothing was read yet");
    assert!(apply(&mut store, Vec::new(), &rules, MORNING - 1).letters.is_empty());
    assert_eq!(apply(&mut store, Vec::new(), &rules, MORNING).letters.len(), 1, "at its minute");
    assert!(digests(&store)[0].is_quiet());
    drop(store);
    let mut store = open(dir.path());
    assert!(apply(&mut store, Vec::new(), &rules, MORNING + SECOND).letters.is_empty(), "told already");
    // Three days later, at noon.
    let late = MORNING + 3 * DAY + 4 * HOUR;
    assert_eq!(apply(&mut store, Vec::new(), &rules, late).letters.len(), 1);
    let last = digests(&store).pop().expect("one");
    assert_eq!((last.from.0, last.to.0), (MORNING, late), "nothing is left out");
    assert!(apply(&mut store, Vec::new(), &rules, MORNING + 4 * DAY - 1).letters.is_empty());
    let next = apply(&mut store, Vec::new(), &rules, MORNING + 4 * DAY);
    assert_eq!((next.letters.len(), next.next_due), (1, Some(MORNING + 5 * DAY)));
    // The clock is set back by a month, and ahead again: nothing twice, and no month of silence.
    assert!(apply(&mut store, Vec::new(), &rules, MORNING - 30 * DAY).letters.is_empty());
    assert_eq!(apply(&mut store, Vec::new(), &rules, MORNING - 29 * DAY).letters.len(), 1);
}

#[test]
fn a_digest_comes_at_its_minute_on_a_leap_day_and_where_clocks_are_changed() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut store = open(dir.path());
    let mut rules = rules();
    (rules.org.zone, rules.digest.minute) = (Tz::Europe__Berlin, 150);
    let mut now = crate::moment::parse_when("2028-02-27", rules.org.zone, 0).expect("a day");
    apply(&mut store, Vec::new(), &rules, now);
    let mut days = Vec::new();
    for _ in 0..32 {
        now = apply(&mut store, Vec::new(), &rules, now).next_due.expect("one is always due");
        assert_eq!(apply(&mut store, Vec::new(), &rules, now).letters.len(), 1);
        days.push(iso_local(now, rules.org.zone));
    }
    let at = |time: &str| days.iter().filter(|day| day[11..16] == *time).count();
    assert_eq!((at("02:30"), at("03:00")), (31, 1), "the night that has no 02:30");
    assert!(days.contains(&"2028-02-29T02:30:00+01:00".to_owned()));
    assert_eq!(days.last().map(String::as_str), Some("2028-03-29T02:30:00+02:00"));
}

fn suppression(until: i64) -> Suppression {
    Suppression {
        kind: Some(Kind::TwNationalId),
        actor: None,
        source: None,
        destination: Some("example.com".to_owned()),
        owner: "人事室".to_owned(),
        reason: "薪資".to_owned(),
        last_day: "2026-11-17".to_owned(),
        until,
    }
}

#[test]
fn what_is_suppressed_opens_no_draft_counts_on_and_is_told_when_it_ends() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut store = open(dir.path());
    let rules = Rules { suppress: vec![suppression(START + 10 * HOUR)], ..rules() };
    let quiet: Vec<Fact> = (0..3).flat_map(|n| by(n, Nature::Financial)).collect();
    let effects = apply(&mut store, quiet, &rules, START);
    assert_eq!((effects.letters.len(), effects.next_due), (0, Some(START + 10 * HOUR)));
    let listed = store.list().expect("readable");
    assert!(listed.iter().all(|one| one.opens && one.draft.case.is_none() && one.suppressed.is_some()));
    // Level 3 opens whatever a configuration says, and so does what goes elsewhere too.
    let grave = apply(&mut store, by(7, Nature::Special), &rules, START + SECOND);
    assert_eq!(grave.letters.len(), 1);
    let mut elsewhere = by(8, Nature::Identification);
    elsewhere.extend(by(8, Nature::Identification).into_iter().filter_map(|fact| match fact.body {
        Body::Outcome(outcome) => {
            let recipient = Some(shown("lin@example.org"));
            Some(Fact { body: Body::Outcome(Outcome { recipient, ..outcome }), ..fact })
        }
        _ => None,
    }));
    assert_eq!(apply(&mut store, elsewhere, &rules, START + 2 * SECOND).letters.len(), 1);
    // It has ended; of the grave one an hour to handle it is over, which its people are told.
    assert_eq!(apply(&mut store, Vec::new(), &rules, START + 10 * HOUR).letters, ["BD-2026-000001.r1"]);
    let after = apply(&mut store, by(9, Nature::Financial), &rules, START + 10 * HOUR + 1);
    assert_eq!(after.letters.len(), 1, "what comes now is told");
    apply(&mut store, Vec::new(), &rules, MORNING);
    let digest = digests(&store).remove(0);
    assert!(digest.standing.is_empty());
    let ended: Vec<_> = digest.ended.iter().map(|one| (one.chains, one.people, one.level_max)).collect();
    assert_eq!(ended, [(3, 3, 2)]);
    assert_eq!(digest.ended[0].ended.expect("an end").0, START + 10 * HOUR, "at its minute");
    apply(&mut store, Vec::new(), &rules, MORNING + DAY);
    assert!(digests(&store)[1].ended.is_empty(), "told once");
}

#[test]
fn possible_findings_are_told_in_the_digest_only() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut store = open(dir.path());
    let rules = rules();
    let mut possible = by(1, Nature::Identification);
    for fact in &mut possible {
        if let Body::Hit(record) = &mut fact.body {
            record.values[0].verdict = Verdict::Possible;
        }
    }
    assert!(apply(&mut store, possible, &rules, START).letters.is_empty());
    apply(&mut store, Vec::new(), &rules, MORNING);
    let digest = digests(&store).remove(0);
    assert_eq!((digest.possible.total, digest.possible.entries[0].possible), (1, 1));
    assert!(digest.possible.entries[0].case.is_none() && !digest.is_quiet());
}
