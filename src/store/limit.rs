//! How many mails may go out at once: a bucket of tokens for those of level 0 and 1, which refills with time, and a count
//! of urgent ones in the last minute. Both are rows of the store, so that a restart gives nobody a second helping.

use rusqlite::{OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};

use super::apply::Step;
use super::facts::text;
use crate::incident::Storm;
use crate::moment::{HOUR, MINUTE};

type Result<T> = std::result::Result<T, Step>;

/// Name of the row.
const STATE: &str = "storm";
/// What one mail costs. An hour, counted in microseconds, gives back `per_hour` of them.
const TOKEN: i64 = HOUR;

/// What has gone out lately.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct State {
    /// Spent of the bucket, in parts of [`TOKEN`], at `us`.
    spent: i64,
    /// When that was so, microseconds since the epoch.
    us: i64,
    /// Times of urgent mails of the last minute, at most as many as may go out.
    urgent: Vec<i64>,
}

/// Takes what one mail costs, if there is some left. `is_urgent` is told by [`is_urgent`](super::cases::is_urgent): such
/// mails pay nothing, and what is refused is listed at once.
pub(super) fn admit(tx: &Transaction<'_>, storm: &Storm, now: i64, is_urgent: bool) -> Result<bool> {
    let row: Option<String> = tx
        .prepare_cached("SELECT value FROM meta WHERE name = ?1")?
        .query_row([STATE], |row| row.get(0))
        .optional()?;
    // A row that does not read back is one of an earlier version: nothing is spent.
    let mut state: State = row.and_then(|row| serde_json::from_str(&row).ok()).unwrap_or_default();
    if !state.take(storm, now, is_urgent) {
        return Ok(false);
    }
    tx.prepare_cached("INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)")?
        .execute(params![STATE, text(&state)])?;
    Ok(true)
}

impl State {
    fn take(&mut self, storm: &Storm, now: i64, is_urgent: bool) -> bool {
        if is_urgent {
            self.urgent.retain(|us| (now - MINUTE + 1..=now).contains(us));
            let has_room = (self.urgent.len() as u64) < storm.urgent_per_minute;
            self.urgent.extend(has_room.then_some(now));
            return has_room;
        }
        // A clock that was set back gives nothing back, and takes nothing.
        let elapsed = now.saturating_sub(self.us).clamp(0, i64::MAX / 10_000);
        let given_back = elapsed.saturating_mul(storm.per_hour.cast_signed());
        let spent = self.spent.saturating_sub(given_back).max(0) + TOKEN;
        let has_room = spent <= storm.burst.cast_signed().saturating_mul(TOKEN);
        if has_room {
            (self.spent, self.us) = (spent, now);
        } else if now < self.us {
            // Else nothing would come back until the clock is there again.
            self.us = now;
        }
        has_room
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moment::SECOND;

    const STORM: Storm = Storm { burst: 3, per_hour: 6, urgent_per_minute: 2 };

    fn taken(state: &mut State, now: i64, is_urgent: bool) -> usize {
        (0..9).filter(|_| state.take(&STORM, now, is_urgent)).count()
    }

    #[test]
    fn a_burst_goes_out_and_then_what_time_gives_back() {
        let mut state = State::default();
        let now = 1_000 * HOUR;
        assert_eq!(taken(&mut state, now, false), 3);
        assert_eq!(taken(&mut state, now + 599 * SECOND, false), 0);
        assert_eq!(taken(&mut state, now + 600 * SECOND, false), 1);
        assert_eq!(taken(&mut state, now + 10 * HOUR, false), 3, "never more than a burst");
    }

    #[test]
    fn urgent_mails_pay_nothing_and_are_counted_by_the_minute() {
        let mut state = State::default();
        let now = 1_000 * HOUR;
        assert_eq!(taken(&mut state, now, true), 2);
        assert_eq!(taken(&mut state, now + 59 * SECOND, true), 0);
        assert_eq!(taken(&mut state, now + 60 * SECOND, true), 2);
        assert_eq!(taken(&mut state, now + 60 * SECOND, false), 3);
    }

    #[test]
    fn a_clock_that_is_set_back_neither_opens_the_bucket_nor_closes_it_for_ever() {
        let mut state = State::default();
        let later = 9_000 * HOUR;
        assert_eq!(taken(&mut state, later, false), 3);
        assert_eq!(taken(&mut state, later, true), 2);
        let earlier = 1_000 * HOUR;
        assert_eq!(taken(&mut state, earlier, false), 0);
        assert_eq!(taken(&mut state, earlier, true), 2);
    }
}
