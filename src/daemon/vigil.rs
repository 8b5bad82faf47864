//! Sources that give nothing: since when, and whether somebody must be told. Pure: looks and clocks come in, turns go
//! out; nothing here reads a file or writes a mail.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use crate::line::SourceId;
use crate::moment::{DAY, SECOND};
use crate::source::{SourceStatus, State};
use crate::store::{Alarm, Trouble};

/// A silence that is longer is remembered when the source comes back from it.
const REMEMBERED: i64 = DAY / 2;

/// How long a source may give nothing, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limits {
    /// Without a new line; 0 is for ever, none is as long as the source's own silences last.
    pub(super) silent: Option<i64>,
    /// Unreadable.
    pub(super) unreadable: i64,
}

/// The two clocks: that of the wall names moments, the other measures, because it is never set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    /// Since the process began.
    pub(super) elapsed: Duration,
    /// Microseconds since the epoch.
    pub(super) wall: i64,
}

/// What is to be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// An alarm begins, or gets worse.
    Begins(Alarm),
    /// It is over.
    Ends(Alarm),
    /// Its source is not configured any more.
    Dropped(Alarm),
    /// The longest silence of a source, in microseconds.
    Silence(SourceId, i64),
}

/// What is known of all sources.
#[derive(Debug, Default)]
pub(super) struct Vigil {
    seen: HashMap<SourceId, Seen>,
    alarms: BTreeMap<SourceId, Alarm>,
    silences: BTreeMap<SourceId, i64>,
}

/// What is known of a source.
#[derive(Debug)]
struct Seen {
    /// When it was last written. Bytes that are read say nothing: they may be old.
    modified: i64,
    /// When it last gave something, by the clock that measures; below zero where it was before the start.
    moved: i64,
    /// Since when it cannot be read, by both clocks.
    blind: Option<(i64, i64)>,
}

impl Vigil {
    /// Goes on where a store stands.
    pub(super) fn new(alarms: Vec<Alarm>, silences: BTreeMap<SourceId, i64>) -> Self {
        let alarms = alarms.into_iter().filter(|alarm| alarm.over.is_none());
        let alarms = alarms.map(|alarm| (alarm.source.clone(), alarm)).collect();
        Self { seen: HashMap::new(), alarms, silences }
    }

    /// The alarms that stand.
    pub(super) fn alarms(&self) -> impl Iterator<Item = &Alarm> {
        self.alarms.values()
    }

    /// Takes a look at all sources.
    pub(super) fn weigh(
        &mut self,
        sources: &[SourceStatus],
        limits: &dyn Fn(&SourceId) -> Limits,
        clock: Clock,
    ) -> Vec<Turn> {
        let mut turns = Vec::new();
        let mut before = std::mem::take(&mut self.seen);
        for status in sources {
            let id = SourceId::new(&status.path.to_string_lossy());
            let limits = limits(&id);
            let seen = self.see(before.remove(&id), &id, status, limits, clock, &mut turns);
            self.judge(&id, status, &seen, limits, clock, &mut turns);
            self.seen.insert(id, seen);
        }
        let gone: Vec<SourceId> =
            self.alarms.keys().filter(|id| !self.seen.contains_key(*id)).cloned().collect();
        turns.extend(gone.iter().filter_map(|id| self.alarms.remove(id)).map(Turn::Dropped));
        turns
    }

    fn see(
        &mut self,
        before: Option<Seen>,
        id: &SourceId,
        status: &SourceStatus,
        limits: Limits,
        clock: Clock,
        turns: &mut Vec<Turn>,
    ) -> Seen {
        let now = micros(clock.elapsed);
        let mut seen = match before {
            Some(before) if before.modified > 0 || status.modified == 0 => before,
            before => {
                // What it was silent for before it was seen is silence too; a file of the future is of now.
                let quiet = (clock.wall - status.modified.saturating_mul(SECOND)).max(0);
                let moved = if status.modified == 0 { now } else { now - quiet };
                Seen { modified: status.modified, moved, blind: before.and_then(|before| before.blind) }
            }
        };
        if status.modified > seen.modified {
            let quiet = now - seen.moved;
            let longest = self.silences.get(id).copied().unwrap_or(0).max(REMEMBERED);
            if limits.silent.is_none() && quiet > longest {
                self.silences.insert(id.clone(), quiet);
                turns.push(Turn::Silence(id.clone(), quiet));
            }
            seen.moved = now;
        }
        seen.modified = seen.modified.max(status.modified);
        seen.blind = match status.state {
            State::Blind { .. } => seen.blind.or(Some((now, clock.wall))),
            State::Reading { .. } => None,
        };
        seen
    }

    fn judge(
        &mut self,
        id: &SourceId,
        status: &SourceStatus,
        seen: &Seen,
        limits: Limits,
        clock: Clock,
        turns: &mut Vec<Turn>,
    ) {
        let now = micros(clock.elapsed);
        let usual = || (2 * self.silences.get(id).copied().unwrap_or(0)).max(DAY);
        let silent = limits.silent.unwrap_or_else(usual);
        let trouble = match (&status.state, seen.blind) {
            (State::Blind { reason }, Some((began, wall))) if now - began >= limits.unreadable => {
                Some((Trouble::Unreadable(reason.clone()), wall))
            }
            // It is told as silent, or not yet: whether it has lines cannot be seen.
            (State::Blind { .. }, _) => return,
            _ if silent > 0 && now - seen.moved >= silent => {
                Some((Trouble::Silent, clock.wall - (now - seen.moved)))
            }
            _ => None,
        };
        let standing = self.alarms.get(id);
        match (trouble, standing) {
            (Some((trouble, since)), standing)
                if standing.is_none_or(|standing| is_worse(&trouble, standing)) =>
            {
                let alarm = Alarm { source: id.clone(), trouble, since, over: None, is_told: false };
                self.alarms.insert(id.clone(), alarm.clone());
                turns.push(Turn::Begins(alarm));
            }
            (None, Some(_)) => {
                let over = self.alarms.remove(id).map(|alarm| Alarm {
                    over: Some(clock.wall),
                    is_told: false,
                    ..alarm
                });
                turns.extend(over.map(Turn::Ends));
            }
            _ => {}
        }
    }
}

/// Not to be readable is worse than to be silent; another reason for it is no news.
fn is_worse(trouble: &Trouble, standing: &Alarm) -> bool {
    matches!((trouble, &standing.trouble), (Trouble::Unreadable(_), Trouble::Silent))
}

fn micros(time: Duration) -> i64 {
    time.as_micros() as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moment::{HOUR, MINUTE};

    const WALL: i64 = 1_794_873_600 * SECOND;
    const LIMITS: Limits = Limits { silent: None, unreadable: MINUTE };

    /// A look at one source after so many microseconds; `modified` is in the same time.
    fn look(vigil: &mut Vigil, at: i64, limits: Limits, modified: i64, blind: bool) -> Vec<String> {
        let state = if blind {
            State::Blind { reason: "permission denied".to_owned() }
        } else {
            State::Reading { offset: 10, size: 10 }
        };
        let modified = (WALL + modified) / SECOND;
        let status =
            SourceStatus { path: "/var/log/mail.log".into(), state, hole_bytes: 0, behind: 0, modified };
        let clock = Clock { elapsed: Duration::from_micros(at as u64), wall: WALL + at };
        let told = |turn: Turn| match turn {
            Turn::Begins(alarm) => format!("{:?} since {}", alarm.trouble, (alarm.since - WALL) / SECOND),
            Turn::Ends(alarm) => format!("over at {}", (alarm.over.unwrap_or(0) - WALL) / SECOND),
            Turn::Dropped(_) => "dropped".to_owned(),
            Turn::Silence(_, us) => format!("silence of {} h", us / HOUR),
        };
        vigil.weigh(&[status], &|_| limits, clock).into_iter().map(told).collect()
    }

    #[test]
    fn an_unreadable_source_is_told_once_after_a_minute_and_once_when_it_is_over() {
        let mut vigil = Vigil::default();
        let none: [&str; 0] = [];
        assert_eq!(look(&mut vigil, 0, LIMITS, 0, false), none);
        assert_eq!(look(&mut vigil, SECOND, LIMITS, 0, true), none);
        assert_eq!(look(&mut vigil, 60 * SECOND, LIMITS, 0, true), none, "59 seconds");
        assert_eq!(
            look(&mut vigil, 61 * SECOND, LIMITS, 0, true),
            ["Unreadable(\"permission denied\") since 1"]
        );
        assert_eq!(look(&mut vigil, 300 * SECOND, LIMITS, 0, true), none);
        assert_eq!(look(&mut vigil, 301 * SECOND, LIMITS, 0, false), ["over at 301"]);
        assert_eq!(look(&mut vigil, 302 * SECOND, LIMITS, 0, true), none, "a new occurrence begins anew");
        assert_eq!(look(&mut vigil, 400 * SECOND, LIMITS, 0, true).len(), 1);
    }

    #[test]
    fn silence_is_measured_against_the_sources_own() {
        let mut vigil = Vigil::default();
        let none: [&str; 0] = [];
        assert_eq!(look(&mut vigil, 0, LIMITS, 0, false), none);
        assert_eq!(look(&mut vigil, 23 * HOUR, LIMITS, 0, false), none);
        assert_eq!(look(&mut vigil, 24 * HOUR, LIMITS, 0, false), ["Silent since 0"]);
        assert_eq!(
            look(&mut vigil, 60 * HOUR, LIMITS, 60 * HOUR, false),
            ["silence of 60 h", "over at 216000"]
        );
        assert_eq!(look(&mut vigil, 150 * HOUR, LIMITS, 60 * HOUR, false), none, "a weekend is known by now");
        assert_eq!(look(&mut vigil, 180 * HOUR, LIMITS, 60 * HOUR, false), ["Silent since 216000"]);
    }

    #[test]
    fn a_limit_that_is_set_holds_and_zero_is_never() {
        let none: [&str; 0] = [];
        let (mut vigil, hour) = (Vigil::default(), Limits { silent: Some(HOUR), ..LIMITS });
        assert_eq!(
            look(&mut vigil, 0, hour, -2 * HOUR, false),
            ["Silent since -7200"],
            "silent before the start"
        );
        let (mut vigil, never) = (Vigil::default(), Limits { silent: Some(0), ..LIMITS });
        assert_eq!(look(&mut vigil, 0, never, -1000 * HOUR, false), none);
    }

    #[test]
    fn what_was_told_before_a_restart_is_not_told_again_and_is_dropped_with_its_source() {
        let alarm = Alarm {
            source: SourceId::new("/var/log/mail.log"),
            trouble: Trouble::Unreadable("gone".to_owned()),
            since: WALL,
            over: None,
            is_told: true,
        };
        let none: [&str; 0] = [];
        let mut vigil = Vigil::new(vec![alarm], BTreeMap::new());
        assert_eq!(look(&mut vigil, 0, LIMITS, 0, true), none);
        assert_eq!(look(&mut vigil, HOUR, LIMITS, 0, true), none);
        let clock = Clock { elapsed: Duration::from_secs(4000), wall: WALL };
        assert!(matches!(vigil.weigh(&[], &|_| LIMITS, clock)[..], [Turn::Dropped(_)]));
    }

    #[test]
    fn a_wall_clock_that_is_set_raises_nothing() {
        let mut vigil = Vigil::default();
        look(&mut vigil, 0, LIMITS, 0, false);
        let status = SourceStatus {
            hole_bytes: 0,
            path: "/var/log/mail.log".into(),
            state: State::Reading { offset: 10, size: 10 },
            behind: 0,
            modified: WALL / SECOND,
        };
        for wall in [WALL + 365 * DAY, WALL - 365 * DAY] {
            let clock = Clock { elapsed: Duration::from_mins(1), wall };
            assert_eq!(vigil.weigh(std::slice::from_ref(&status), &|_| LIMITS, clock), []);
        }
    }
}
