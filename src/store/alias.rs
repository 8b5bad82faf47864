//! Which case a chain belongs to, and what becomes of cases whose chains turn out to be one: the lowest open number stays,
//! the others become its aliases. Both histories are kept; no clock that ran is lost.

use rusqlite::{Transaction, params};
use serde_json::json;

use super::apply::Step;
use super::audit;
use super::cases::{Case, Desk};
use super::facts::text;
use crate::incident::State;

type Result<T> = std::result::Result<T, Step>;

impl Desk<'_> {
    /// The lowest open case among a chain's events; the others become its aliases.
    pub(super) fn case_of(&self, members: &[i64]) -> Result<Option<Case>> {
        let mut of_events = self.tx.prepare_cached(
            "SELECT DISTINCT ce.number FROM json_each(?1) e CROSS JOIN fact f ON f.event = e.value
             CROSS JOIN case_event ce ON ce.thread = f.thread AND ce.us = f.us
             CROSS JOIN incident_case c ON c.number = ce.number
             WHERE c.alias_of IS NULL AND c.state NOT IN ('closed', 'dismissed') ORDER BY ce.number",
        )?;
        let numbers = of_events.query_map([text(&members)], |row| row.get(0))?;
        let numbers = numbers.collect::<rusqlite::Result<Vec<String>>>()?;
        let Some((lowest, others)) = numbers.split_first() else { return Ok(None) };
        for other in others {
            join(self.tx, other, lowest, self.now)?;
        }
        self.load(lowest)
    }
}

/// What a case hands over to the one that it is joined into: its events and chains, its aliases and links, of two clocks
/// of one duty the one that ends first, what people have said of it, and how far they are.
const HAND_OVER: [&str; 15] = [
    "UPDATE incident_case SET alias_of = ?2, update_due = NULL WHERE number = ?1 OR alias_of = ?1",
    "UPDATE case_event SET number = ?2 WHERE number = ?1",
    "UPDATE chain SET number = ?2 WHERE number = ?1",
    "UPDATE incident_case SET notified_level =
     max(notified_level, (SELECT notified_level FROM incident_case WHERE number = ?1)) WHERE number = ?2",
    "DELETE FROM held WHERE number = ?1 AND number <> ?2",
    "INSERT OR IGNORE INTO duty SELECT ?2, policy, what, began, body FROM duty WHERE number = ?1",
    "UPDATE duty SET began = o.began, body = o.body FROM duty o WHERE duty.number = ?2 AND o.number = ?1
     AND o.policy = duty.policy AND o.what = duty.what AND o.body ->> '$.due' < duty.body ->> '$.due'",
    "INSERT OR IGNORE INTO reminder SELECT ?2, policy, what, share, due FROM reminder WHERE number = ?1",
    "UPDATE reminder SET share = o.share, due = o.due FROM reminder o WHERE reminder.number = ?2 AND o.number = ?1
     AND o.policy = reminder.policy AND o.what = reminder.what AND o.due < reminder.due",
    "DELETE FROM reminder WHERE number = ?1 AND number <> ?2",
    "INSERT OR IGNORE INTO case_level SELECT ?2, body FROM case_level WHERE number = ?1",
    "INSERT INTO case_known SELECT ?2, at FROM case_known WHERE number = ?1
     ON CONFLICT (number) DO UPDATE SET at = min(at, excluded.at)",
    "INSERT OR IGNORE INTO case_link SELECT ?2, other, body FROM case_link WHERE number = ?1 AND other <> ?2",
    "UPDATE OR IGNORE case_link SET other = ?2, body = json_object('case', ?2) WHERE other = ?1 AND number <> ?2",
    "DELETE FROM case_link WHERE other IN (?1, ?2) AND number IN (?1, ?2)",
];

fn join(tx: &Transaction<'_>, other: &str, into: &str, now: i64) -> Result<()> {
    let state = further(tx, other, into)?;
    for step in HAND_OVER {
        tx.prepare_cached(step)?.execute([other, into])?;
    }
    tx.prepare_cached("UPDATE incident_case SET state = ?2 WHERE number = ?1")?
        .execute(params![into, state.id()])?;
    audit::append(tx, now, "case-joined", &json!({ "case": other, "into": into, "state": state.id() }))?;
    Ok(())
}

/// The further of the states of two open cases: what somebody has taken over, is.
fn further(tx: &Transaction<'_>, one: &str, other: &str) -> Result<State> {
    let mut state = tx.prepare_cached("SELECT state FROM incident_case WHERE number = ?1")?;
    let mut states = Vec::new();
    for number in [one, other] {
        let id: String = state.query_row([number], |row| row.get(0))?;
        states.push(State::from_id(&id).ok_or(Step::Sql(rusqlite::Error::InvalidQuery))?);
    }
    let order = |state: &State| State::ALL.iter().position(|each| each == state);
    Ok(states.into_iter().max_by_key(order).unwrap_or(State::Draft))
}
