//! Duties of a case and their clocks. A clock starts once, at the detection of what made its condition true, and is never
//! moved. Where a person says when it was known, what is owed to others has a second clock from then on; the earlier of the
//! two due times governs.

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::apply::{Step, damaged};
use super::chains::{Asked, Body};
use super::facts::text;
use super::reminders;
use crate::fault;
use crate::incident::{Duty, Instant, Rules};

type Result<T> = std::result::Result<T, Step>;

/// What follows the name of a duty in the key of its second clock.
const KNOWN: &str = "@known";

/// Starts the clock of every duty that the numbers ask for and that has not begun; a clock never restarts. A
/// higher level asks for the same duty with less time: the earlier due time holds. Returns what is new.
pub(super) fn begin(
    tx: &Transaction<'_>,
    number: &str,
    body: &Body,
    rules: &Rules,
    now: i64,
) -> Result<Vec<Duty>> {
    let mut new = Vec::new();
    for demand in &body.demands {
        let due = Some(Instant(rules.calendar.due(now, demand.within, demand.days, rules.org.zone)));
        let duty = Duty { due, from: Some(Instant(now)), ..asked(demand) };
        let running = of_name(tx, number, &duty.policy, &duty.what)?;
        if running.as_ref().is_some_and(|running| !is_shorter(&duty, running)) {
            continue;
        }
        put(tx, number, &duty.what, &duty, now)?;
        reminders::begin(tx, number, &duty.what, &duty)?;
        if running.is_none() {
            new.push(duty);
        }
    }
    Ok(new)
}

/// Somebody knew at a time: of what is owed to an authority or to the data subjects, and runs, there is a second due time
/// from then on. Both are shown; people are reminded of the earlier one, unless the case is taken over already.
pub(super) fn known(
    tx: &Transaction<'_>,
    number: &str,
    body: &Body,
    rules: &Rules,
    at: i64,
    now: i64,
) -> Result<()> {
    for demand in body.demands.iter().filter(|demand| matches!(&*demand.what, "authority" | "data-subjects"))
    {
        let Some(detected) = of_name(tx, number, &demand.policy, &demand.what)? else { continue };
        let due = Some(Instant(rules.calendar.due(at, demand.within, demand.days, rules.org.zone)));
        let duty = Duty { due, from: Some(Instant(at)), clock: Duty::KNOWN.to_owned(), ..asked(demand) };
        let name = format!("{}{KNOWN}", duty.what);
        put(tx, number, &name, &duty, now)?;
        let earlier = duty.due < detected.due;
        if earlier && reminders::end_of(tx, number, &duty.policy, &[&duty.what, &name])? {
            reminders::begin(tx, number, &name, &duty)?;
        }
    }
    Ok(())
}

fn put(tx: &Transaction<'_>, number: &str, name: &str, duty: &Duty, began: i64) -> Result<()> {
    tx.prepare_cached(
        "INSERT OR REPLACE INTO duty (number, policy, what, began, body) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![number, duty.policy, name, began, text(duty)])?;
    Ok(())
}

/// A duty that runs, by the name in its key.
fn of_name(tx: &Transaction<'_>, number: &str, policy: &str, name: &str) -> Result<Option<Duty>> {
    let body: Option<String> = tx
        .prepare_cached("SELECT body FROM duty WHERE number = ?1 AND policy = ?2 AND what = ?3")?
        .query_row([number, policy, name], |row| row.get(0))
        .optional()?;
    body.map(|body| serde_json::from_str(&body).map_err(damaged)).transpose()
}

/// A duty whose clock has not started: nobody was told, or nothing was detected.
pub(super) fn asked(demand: &Asked) -> Duty {
    Duty {
        policy: demand.policy.clone(),
        what: demand.what.clone(),
        due: None,
        clock: "detected".to_owned(),
        from: None,
        clause: demand.clause.clone(),
        text: demand.text.clone(),
    }
}

/// Whether a duty leaves less time than the one that runs, and ends earlier. The second alone is not enough: a clock
/// that is set back would move every deadline.
fn is_shorter(duty: &Duty, running: &Duty) -> bool {
    let time = |duty: &Duty| duty.due.zip(duty.from).map(|(due, from)| due.0 - from.0);
    duty.due < running.due && (time(duty) < time(running) || !fault::guards("clock"))
}

/// The duties of a case, the nearest deadline first.
pub(super) fn of_case(db: &Connection, number: &str) -> Result<Vec<Duty>> {
    let mut rows =
        db.prepare_cached("SELECT body FROM duty WHERE number = ?1 ORDER BY began, policy, what")?;
    let bodies =
        rows.query_map([number], |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
    let duties = bodies.iter().map(|body| serde_json::from_str(body).map_err(damaged));
    let mut duties = duties.collect::<Result<Vec<Duty>>>()?;
    duties.sort_by_key(|duty| duty.due);
    Ok(duties)
}
