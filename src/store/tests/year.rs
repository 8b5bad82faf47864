//! A year's clock in virtual time: 2028, with its 29 February, in Taipei and in New York, where clocks are put forward on
//! 12 March and back on 5 November. What is due when is reckoned by [`reckoning`], minute by minute.

use std::collections::{BTreeMap, BTreeSet};

use self::reckoning::{
    Clocks, D, DAYS_OFF, H, LIMITS, MADE_UP, civil, days_later, new_york, taipei, written,
};
use super::*;
use crate::act::{Act, Decision, Signed, Who};
use crate::batch::{Note, NoteKind};
use crate::incident::{Content, Suppression};
use crate::moment::{DAY, Day, MINUTE, end_of_day};
use crate::severity::{Calendar, DayKind};
use crate::store::{Effects, LetterKind, Outgoing, Telling};

mod reckoning;

/// What happens in the year, and is told to the store: shown by clocks there, in the summer's reading of the hour that is
/// repeated unless it says otherwise.
struct Plan {
    zone: Tz,
    clocks: Clocks,
    /// When the digest comes, `08:00`.
    digest: &'static str,
    working: bool,
    /// When a case opens, its level, its people.
    opens: Vec<(&'static str, u8, i64)>,
    /// When a case, by its place in `opens`, is acknowledged.
    acks: Vec<(&'static str, usize)>,
    /// Last days of suppressions.
    suppressed: Vec<&'static str>,
}

impl Plan {
    /// The instant of a time as it is written here: with `again` it is the second of the two that clocks show.
    fn at(&self, text: &str) -> i64 {
        let (text, later) = text.strip_suffix(" again").map_or((text, 0), |text| (text, H));
        self.clocks.first(civil(text)).expect("clocks show it") + later
    }

    fn rules(&self) -> Rules {
        let mut rules = rules();
        rules.org.zone = self.zone;
        rules.digest.minute = u32::try_from(civil(&format!("1970-01-01 {}", self.digest))).expect("a day's");
        if self.working {
            rules.policies.iter_mut().for_each(|policy| policy.combine.day_kind = DayKind::Working);
            let day = |(text, off): (&str, u8)| format!("{text},,{off},\n");
            let days = DAYS_OFF.into_iter().map(|text| (text, 2)).chain([(MADE_UP, 0)]);
            let text = format!("西元日期,星期,是否放假,備註\n{}", days.map(day).collect::<String>());
            rules.calendar = Calendar::parse(&text).expect("a calendar");
        }
        rules.suppress = self.suppressed.iter().map(|day| suppression(day, self.zone)).collect();
        rules
    }

    fn seconds(at: i64) -> i64 {
        at * 60 - START / SECOND
    }

    /// The message that opens a case.
    fn message(&self, n: usize) -> Vec<Fact> {
        let (text, level, people) = self.opens[n];
        let seconds = Self::seconds(self.at(text));
        let nature = [Nature::Identification, Nature::Activity, Nature::Financial, Nature::Special];
        let nature = nature[usize::from(level)];
        let person = |k: i64| {
            message_by(&actor(n), &format!("T{n}"), seconds, &format!("P{n}.{k}"), nature, Some(Status::Sent))
        };
        let mut facts: Vec<Fact> = (0..people).flat_map(person).collect();
        for (line, fact) in (1..).zip(&mut facts) {
            (fact.place.line, fact.place.offset) = (line, line * 100);
        }
        facts
    }

    /// Everything that people are told in the year, by its minute.
    fn reckoned(&self, start: i64, end: i64) -> BTreeSet<(i64, String)> {
        let mut told = BTreeSet::new();
        for (n, (text, level, people)) in self.opens.iter().enumerate() {
            let opened = self.at(text);
            told.insert((opened, format!("{} first", actor(n))));
            let acked = self.acks.iter().find(|(_, of)| *of == n).map_or(end + 1, |(text, _)| self.at(text));
            let level = if *people >= 21 { (*level).max(1) } else { *level };
            self.reminders(n, opened, level, *people >= 1_000, acked.min(end + 1), &mut told);
        }
        let (mut before, mut day) = (start - 1, self.clocks.shown(start) / D * D);
        loop {
            let minute = civil(&format!("1970-01-01 {}", self.digest));
            let at = self.clocks.daily(day + minute);
            day += D;
            if at > end {
                return told;
            }
            let opened = self.opens.iter().filter(|(text, ..)| (before + 1..=at).contains(&self.at(text)));
            let over = |last: &&&str| {
                let over = self.clocks.first(civil(last) + D).expect("midnight is shown");
                (before + 1..=at).contains(&over).then_some(written(over))
            };
            let ended: Vec<String> = self.suppressed.iter().filter_map(|last| over(&last)).collect();
            told.insert((at, format!("digest: {} opened, ended {ended:?}", opened.count())));
            before = at;
        }
    }

    /// 50, 80 and 100 % of each time limit, then every half of it, while somebody is left who was not told.
    fn reminders(
        &self,
        n: usize,
        from: i64,
        level: u8,
        authority: bool,
        until: i64,
        told: &mut BTreeSet<(i64, String)>,
    ) {
        let (hours, days) = LIMITS[usize::from(level)];
        let close = self.clocks.same_time(days_later(self.clocks.shown(from), days, self.working));
        let mut duties = vec![("handle", hours * H), ("close", if days == 0 { 0 } else { close - from })];
        if authority {
            duties.push(("authority", 72 * H));
        }
        let mut marks: BTreeMap<i64, Vec<String>> = BTreeMap::new();
        for (what, time) in duties.into_iter().filter(|(_, time)| *time > 0) {
            for share in [50, 80, 100, 150, 200, 250] {
                assert_eq!(time * share % 100, 0, "{what} of {time} minutes");
                marks.entry(from + time * share / 100).or_default().push(format!("{what} {share}"));
            }
        }
        let mut roles = usize::from(level) + 1;
        for (at, shares) in marks.range(..until) {
            let share =
                |text: &String| text.rsplit(' ').next().and_then(|n| n.parse::<i64>().ok()).unwrap_or(0);
            let mut shares: Vec<&String> =
                shares.iter().filter(|text| share(text) <= 100 || roles < 4).collect();
            shares.sort();
            let is_over = shares.iter().any(|text| share(text) >= 100);
            let word = if is_over && roles < 4 { "escalation" } else { "reminder" };
            roles = (roles + usize::from(is_over)).min(4);
            if !shares.is_empty() {
                told.insert((*at, format!("{} {word} {shares:?} to {roles}", actor(n))));
            }
        }
    }
}

fn actor(n: usize) -> String {
    format!("user{n:02}@agency.gov.tw")
}

fn suppression(day: &str, zone: Tz) -> Suppression {
    Suppression {
        kind: None,
        actor: Some(format!("quiet-{day}@agency.gov.tw")),
        source: None,
        destination: None,
        owner: "人事室".to_owned(),
        reason: "薪資".to_owned(),
        last_day: day.to_owned(),
        until: end_of_day(Day::parse(day).expect("a day"), zone),
    }
}

/// A store and a clock that a test turns.
struct Clock {
    store: Store,
    rules: Rules,
    told: BTreeSet<(i64, String)>,
    due: Option<i64>,
}

impl Clock {
    fn apply(&mut self, batch: &Batch, now: i64) -> Vec<Outgoing> {
        let Effects { next_due, next_update, .. } =
            self.store.apply(batch, &self.rules, now, false).expect("applied");
        self.due = next_due.into_iter().chain(next_update).min();
        let mails = self.store.unspooled().expect("readable");
        for mail in &mails {
            self.store.spooled(mail.id(), &[mail.id().to_owned()]).expect("marked");
        }
        mails
    }

    /// The next whole minute to be tried: what is due is due at a minute.
    fn next(&self, now: i64, each_minute: bool) -> i64 {
        let due = self.due.expect("a digest is always due");
        assert_eq!(due % MINUTE, 0, "{due}");
        let due = (due / MINUTE).max(now + 1);
        if each_minute { now + 1 } else { due }
    }
}

fn said(mail: &Outgoing) -> String {
    match mail {
        Outgoing::Case(telling) => said_of_case(telling),
        Outgoing::Bulletin(bulletin) => {
            let Content::Digest(digest) = &bulletin.content else { panic!("{bulletin:?}") };
            let ended: Vec<String> =
                digest.ended.iter().map(|one| written(one.ended.expect("an end").0 / MINUTE)).collect();
            format!("digest: {} opened, ended {ended:?}", digest.opened.iter().sum::<u64>())
        }
    }
}

fn said_of_case(telling: &Telling) -> String {
    let actor = &telling.draft.core.actor;
    let word = match telling.kind {
        LetterKind::First => return format!("{actor} first"),
        LetterKind::Reminder => "reminder",
        LetterKind::Escalation => "escalation",
        other => panic!("{other:?} of {actor}"),
    };
    let mut shares: Vec<String> =
        telling.reminds.iter().map(|one| format!("{} {}", one.duty.what, one.share)).collect();
    shares.sort();
    format!("{actor} {word} {shares:?} to {}", telling.roles.len())
}

/// How many days are gone through minute by minute, those with something unusual first.
fn days_by_minutes() -> usize {
    std::env::var("BREACHD_YEAR_DAYS").ok().and_then(|n| n.parse().ok()).unwrap_or(4)
}

/// The whole year, from due time to due time, and some days minute by minute; a moment before each minute nothing comes.
fn check(plan: &Plan) {
    let (start, end) = (plan.at("2028-01-01 00:00"), plan.at("2029-01-09 00:00"));
    let dir = tempfile::tempdir().expect("a folder");
    let (store, rules) = (open(dir.path()), plan.rules());
    let mut clock = Clock { store, rules, told: BTreeSet::new(), due: None };
    let mut feed: BTreeMap<i64, Vec<Batch>> = BTreeMap::new();
    for (n, (text, ..)) in plan.opens.iter().enumerate() {
        feed.entry(plan.at(text)).or_default().push(batch(plan.message(n)));
    }
    for (text, n) in &plan.acks {
        let by = Who::shell(1000, "chen");
        let id = format!("BD-2028-{:06}", n + 1);
        let act = Signed { act: Act::Case { id, decision: Decision::Ack }, by, reason: None };
        let act = Batch { acts: vec![act], ..Batch::new(keys().id()) };
        feed.entry(plan.at(text)).or_default().push(act);
    }
    let unusual = ["2028-03-12", "2028-11-05", "2028-02-29", "2028-12-31"].map(|day| civil(day) / D);
    let usual = (civil("2028-01-01") / D..civil("2029-01-09") / D).filter(|day| !unusual.contains(day));
    let by_minutes: BTreeSet<i64> = unusual.into_iter().chain(usual).take(days_by_minutes()).collect();
    let mut now = start;
    while now <= end {
        let batches = feed.remove(&now).unwrap_or_else(|| vec![Batch::new(keys().id())]);
        for batch in batches {
            for mail in clock.apply(&batch, now * MINUTE) {
                let is_new = clock.told.insert((now, said(&mail)));
                assert!(is_new, "{} {} came twice", written(now), said(&mail));
            }
        }
        let each_minute = by_minutes.contains(&(plan.clocks.shown(now) / D));
        let next = clock.next(now, each_minute).min(feed.keys().next().copied().unwrap_or(i64::MAX));
        if !each_minute {
            let early = clock.apply(&Batch::new(keys().id()), next * MINUTE - 1);
            assert!(
                early.is_empty(),
                "before {}: {:?}",
                written(next),
                early.iter().map(said).collect::<Vec<_>>()
            );
        }
        now = next;
    }
    assert!(feed.is_empty());
    let wanted = plan.reckoned(start, end);
    let lines = |of: BTreeSet<(i64, String)>| -> Vec<String> {
        of.into_iter().map(|(at, said)| format!("{} {said}", written(plan.clocks.shown(at)))).collect()
    };
    let missing = lines(wanted.difference(&clock.told).cloned().collect());
    let unwanted = lines(clock.told.difference(&wanted).cloned().collect());
    assert!(missing.is_empty() && unwanted.is_empty(), "missing {missing:#?}\nunwanted {unwanted:#?}");
    assert!(clock.told.len() > 374, "a digest on each of 374 days: {}", clock.told.len());
}

#[test]
fn in_taipei_a_leap_year_of_working_days_is_told_at_its_minutes() {
    check(&Plan {
        zone: Tz::Asia__Taipei,
        clocks: taipei(),
        digest: "08:00",
        working: true,
        opens: vec![
            ("2028-01-01 00:00", 0, 1),
            ("2028-01-21 17:30", 2, 3), // a Friday before a week off
            ("2028-02-11 23:59", 0, 1), // a Saturday of work comes
            ("2028-02-25 09:15", 2, 1), // 28 February is off, 29 is not
            ("2028-02-28 12:00", 1, 5),
            ("2028-02-29 23:59", 0, 20),
            ("2028-02-29 23:59", 3, 1),
            ("2028-06-15 08:00", 0, 1), // the minute of the digest
            ("2028-08-01 10:00", 0, 1_000),
            ("2028-10-09 18:00", 2, 1),
            ("2028-12-22 16:00", 0, 1),
            ("2028-12-31 23:00", 2, 2),
        ],
        acks: vec![("2028-06-15 21:00", 7)],
        suppressed: vec!["2028-02-28", "2028-02-29", "2028-12-31"],
    });
}

#[test]
fn in_new_york_the_hours_that_are_skipped_and_repeated_move_no_clock() {
    check(&Plan {
        zone: Tz::America__New_York,
        clocks: new_york(),
        digest: "02:30", // skipped on 12 March
        working: false,
        opens: vec![
            ("2028-02-22 09:00", 0, 1), // seven days end on the leap day
            ("2028-02-29 02:30", 0, 1),
            ("2028-03-05 02:30", 0, 1), // seven days end in the hour that is skipped
            ("2028-03-09 02:10", 2, 1), // three do
            ("2028-03-11 03:30", 0, 1), // 24 hours, of a day that has 23
            ("2028-03-11 12:00", 0, 1_000),
            ("2028-03-12 01:59", 0, 1),
            ("2028-03-12 03:00", 1, 1),
            ("2028-11-04 20:00", 1, 1),
            ("2028-12-31 23:30", 2, 1),
        ],
        acks: vec![("2028-03-12 03:00", 4)],
        suppressed: vec!["2028-03-11", "2028-03-12"],
    });
}

#[test]
fn in_new_york_what_is_due_in_the_hour_that_is_repeated_comes_once() {
    check(&Plan {
        zone: Tz::America__New_York,
        clocks: new_york(),
        digest: "01:30", // shown twice on 5 November
        working: false,
        opens: vec![
            ("2028-10-29 01:30", 0, 1), // seven days end in the hour that is repeated
            ("2028-11-02 01:10", 2, 1), // three do
            ("2028-11-05 00:30", 2, 1),
            ("2028-11-05 01:30", 0, 1),
            ("2028-11-05 01:30 again", 0, 1),
        ],
        acks: vec![("2028-11-05 01:30 again", 3)],
        suppressed: vec!["2028-11-04", "2028-11-05"],
    });
}

/// Numbers that look drawn.
struct Drawn(u64);

impl Drawn {
    fn below(&mut self, n: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as i64 % n
    }
}

#[expect(clippy::print_stdout, reason = "a failure is repeated by its seed")]
#[test]
fn a_clock_that_jumps_back_and_forth_un_fires_nothing_and_doubles_nothing() {
    let seed = std::env::var("BREACHD_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(2_028);
    println!("seed {seed}");
    let mut drawn = Drawn(seed);
    let dir = tempfile::tempdir().expect("a folder");
    let mut rules = rules();
    (rules.storm.burst, rules.storm.per_hour) = (10_000, 10_000); // nothing is held back for a digest
    let mut clock = Clock { store: open(dir.path()), rules, told: BTreeSet::new(), due: None };
    let (mut now, mut cases) = (START, 0_usize);
    let (mut reminds, mut told_to) = (BTreeMap::<String, usize>::new(), BTreeMap::<String, usize>::new());
    let mut opened = 0;
    let mut take = |mails: Vec<Outgoing>, opened: &mut u64| {
        for mail in mails {
            match mail {
                Outgoing::Case(telling) => {
                    let actor = telling.draft.core.actor.clone();
                    for remind in &telling.reminds {
                        let key = format!("{actor} {} {}", remind.duty.what, remind.share);
                        *reminds.entry(key).or_default() += 1;
                    }
                    let before = told_to.insert(actor.clone(), telling.roles.len()).unwrap_or(0);
                    assert!(before <= telling.roles.len(), "who was told stays told: {actor}");
                }
                Outgoing::Bulletin(bulletin) => {
                    let Content::Digest(digest) = bulletin.content else { panic!("no list is due") };
                    assert!(digest.from.0 <= digest.to.0, "{} to {}", digest.from.0, digest.to.0);
                    *opened += digest.opened.iter().sum::<u64>();
                }
            }
        }
    };
    for step in 0..300 {
        let jumps = drawn.below(5) == 0;
        let mut batch = Batch::new(keys().id());
        if step % 10 == 0 {
            let seconds = (now - START) / SECOND;
            let thread = format!("T{cases}");
            batch.facts = message_by(
                &actor(cases),
                &thread,
                seconds,
                &format!("P{cases}"),
                Nature::Identification,
                Some(Status::Sent),
            );
            cases += 1;
        }
        if jumps {
            now += drawn.below(6 * DAY) - 3 * DAY;
            batch.notes.push(Note::new(NoteKind::ClockStep, "the wall clock was set".to_owned()));
        } else {
            now += drawn.below(12 * HOUR);
        }
        take(clock.apply(&batch, now), &mut opened);
    }
    // The clock goes right from now on: everything that is left comes.
    for _ in 0..60 {
        now += DAY;
        take(clock.apply(&Batch::new(keys().id()), now), &mut opened);
    }
    let twice: Vec<_> = reminds.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
    assert_eq!((told_to.len(), opened), (cases, cases as u64), "each case is in one digest");
    for n in 0..cases {
        assert_eq!(told_to[&actor(n)], 4, "{} went up to the end", actor(n));
        let close = format!("{} close 100", actor(n));
        assert!(reminds.contains_key(&close), "{close} is missing");
    }
}
