//! Chains: runs of an actor's events on one route, without a silence longer than the gap, cut at fixed marks.

use sha2::{Digest, Sha256};

use super::{Route, Rules};
use crate::mask::Shown;
use crate::moment::{HOUR, span_start};

/// A run of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// First ten hex digits of SHA-256 over route, actor and first bucket.
    pub id: String,
    /// Indices of its events in the list that was cut.
    pub events: Vec<usize>,
    /// Index of the chain before, when only a mark stands between them.
    pub continues: Option<usize>,
}

/// Cuts one actor's events on one route, given by the times of their first Hit or Count, into chains in order of
/// time. Depends on the set of times only.
pub fn chains(times: &[i64], route: Route, actor: &Shown, rules: &Rules) -> Vec<Chain> {
    let week = |time: i64| span_start(time, rules.span_days, rules.org.zone);
    let mut order: Vec<usize> = (0..times.len()).collect();
    order.sort_by_key(|&event| (times[event], event));
    let mut chains: Vec<Chain> = Vec::new();
    let mut before: Option<i64> = None;
    for event in order {
        let time = times[event];
        let joined = before.is_some_and(|before| silence(before, time) <= rules.gap);
        let cut = before.is_some_and(|before| week(before) != week(time));
        if !joined || cut {
            let continues = (joined && cut).then(|| chains.len() - 1);
            chains.push(Chain { id: id(route, actor, time, week(time)), events: Vec::new(), continues });
        }
        chains.last_mut().expect("pushed above").events.push(event);
        before = Some(time);
    }
    chains
}

/// From the end of one bucket to the start of the next.
fn silence(before: i64, time: i64) -> i64 {
    (time.div_euclid(HOUR) - before.div_euclid(HOUR) - 1) * HOUR
}

/// The actor enters by its text, so that the same archive gives the same ids everywhere; by its keyed hash where a
/// part of the text is masked, because two people may then look alike.
fn id(route: Route, actor: &Shown, time: i64, week: i64) -> String {
    let actor = if actor.text.contains('*') { actor.same.to_string() } else { actor.text.clone() };
    let bucket = (time.div_euclid(HOUR) * HOUR).max(week);
    let hash = Sha256::digest(format!("{}\0{actor}\0{bucket}", route.id()));
    data_encoding::HEXLOWER.encode(&hash[..5])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::incident::Org;
    use crate::mask::SubjectKey;
    use crate::moment::{Tz, parse_when};

    /// Number of events in each chain, `+` before one that continues the chain before.
    fn check(times: &[&str], expected: &str) {
        let rules =
            Rules::new(Org { domains: Vec::new(), networks: Vec::new(), zone: Tz::Asia__Taipei }, Vec::new());
        let actor = Shown { text: "a@b".to_owned(), same: SubjectKey([0; 16]) };
        let times: Vec<i64> =
            times.iter().map(|text| parse_when(text, Tz::UTC, 0).expect("a valid time")).collect();
        let cut = chains(&times, Route::MailOut, &actor, &rules);
        let shape = cut.iter().map(|chain| {
            format!("{}{}", if chain.continues.is_some() { "+" } else { "" }, chain.events.len())
        });
        assert_eq!(shape.collect::<Vec<_>>().join(" "), expected);
        let mut ids: Vec<_> = cut.iter().map(|chain| &chain.id).collect();
        ids.dedup();
        assert_eq!(ids.len(), cut.len(), "every chain has its own id");
    }

    #[test]
    fn a_silence_of_eight_whole_hours_still_joins() {
        check(&["2026-11-17T00:59:59Z", "2026-11-17T09:00:00Z"], "2");
        check(&["2026-11-17T00:00:00Z", "2026-11-17T10:00:00Z"], "1 1");
    }

    #[test]
    fn the_order_of_events_does_not_matter() {
        check(&["2026-11-17T20:00:00Z", "2026-11-17T01:00:00Z", "2026-11-17T02:00:00Z"], "2 1");
    }

    #[test]
    fn a_leak_across_sunday_midnight_is_two_chains_of_which_one_continues_the_other() {
        check(&["2026-11-22T22:00:00+08:00", "2026-11-23T02:00:00+08:00"], "1 +1");
    }
}
