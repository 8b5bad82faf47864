//! Cases whose mail was held back. Those of level 0 and 1 wait for the digest; urgent ones are listed in one mail at once,
//! then every ten seconds as long as more come.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension, Transaction, params};

use super::apply::{Step, damaged};
use super::chains::Body;
use super::facts::{count_at, text};
use super::{duties, outbox};
use crate::incident::{Bulletin, Content, Core, Draft, Entry, Listing, runs};
use crate::moment::{SECOND, utc_compact};

type Result<T> = std::result::Result<T, Step>;

/// Incidents that a list shows one by one; of the others it tells the numbers.
pub(super) const ENTRIES_MAX: usize = 100;
/// How long a list waits after the one before it.
const COLLECTIVE_WAIT: i64 = 10 * SECOND;
/// Name of the row that says when the last list was written.
const LAST: &str = "collective";

/// Why a case waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waits {
    /// Nobody was told of it yet.
    First,
    /// Something new about it.
    Update,
    /// It is urgent, and waits for the next list. Nobody was told of it yet.
    UrgentFirst,
    /// It is urgent: something new about it.
    Urgent,
}

impl Waits {
    const fn id(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Update => "update",
            Self::UrgentFirst => "urgent-first",
            Self::Urgent => "urgent",
        }
    }

    pub(super) const fn of(is_first: bool, is_urgent: bool) -> Self {
        match (is_first, is_urgent) {
            (true, true) => Self::UrgentFirst,
            (true, false) => Self::First,
            (false, true) => Self::Urgent,
            (false, false) => Self::Update,
        }
    }
}

/// Holds a case back; `told` is what people know of it. What it was held back for before it grew more urgent is kept.
pub(super) fn hold(
    tx: &Transaction<'_>,
    number: &str,
    waits: Waits,
    draft: &Draft,
    told: Option<&Core>,
    now: i64,
) -> Result<()> {
    let level = draft.core.level.level.max(draft.notified_level.unwrap_or(0));
    tx.prepare_cached(
        "INSERT INTO held (number, us, kind, level, people, told) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (number) DO UPDATE SET level = max(level, excluded.level), people = excluded.people,
         kind = iif(kind IN ('first', 'urgent-first'),
                    iif(excluded.kind IN ('urgent', 'urgent-first'), 'urgent-first', kind), excluded.kind)",
    )?
    .execute(params![
        number,
        now,
        waits.id(),
        level,
        draft.core.subjects.total.cast_signed(),
        told.map(text)
    ])?;
    Ok(())
}

/// What people know of a case that was held back.
#[derive(Debug)]
pub(super) enum Known {
    /// Nothing yet.
    Nothing,
    /// What the last mail said.
    Told(Box<Core>),
}

/// A mail of its own goes out now: a case is held back no more. None of one that was not.
pub(super) fn release(tx: &Transaction<'_>, number: &str) -> Result<Option<Known>> {
    let told: Option<Option<String>> = tx
        .prepare_cached("DELETE FROM held WHERE number = ?1 RETURNING told")?
        .query_row([number], |row| row.get(0))
        .optional()?;
    let Some(told) = told else { return Ok(None) };
    Ok(Some(match told {
        Some(told) => Known::Told(Box::new(serde_json::from_str(&told).map_err(damaged)?)),
        None => Known::Nothing,
    }))
}

/// What waits of these kinds, the gravest first, and the numbers of all.
pub(super) fn listing(tx: &Transaction<'_>, urgent: bool) -> Result<Listing> {
    let kinds = if urgent { ["urgent", "urgent-first"] } else { ["first", "update"] };
    let mut numbers = tx.prepare_cached("SELECT number FROM held WHERE kind IN (?1, ?2) ORDER BY number")?;
    let numbers = numbers.query_map(kinds, |row| row.get::<_, String>(0))?;
    let numbers = numbers.collect::<rusqlite::Result<Vec<_>>>()?;
    let mut gravest = tx.prepare_cached(
        "SELECT number FROM held WHERE kind IN (?1, ?2) ORDER BY level DESC, people DESC, number LIMIT ?3",
    )?;
    let gravest =
        gravest.query_map(params![kinds[0], kinds[1], ENTRIES_MAX as i64], |row| row.get::<_, String>(0))?;
    let mut entries = Vec::new();
    for number in gravest.collect::<rusqlite::Result<Vec<_>>>()? {
        entries.extend(entry_of_case(tx, &number)?);
    }
    Ok(Listing { total: numbers.len() as u64, entries, numbers: runs(numbers) })
}

/// A case as it stands.
fn entry_of_case(tx: &Transaction<'_>, number: &str) -> Result<Option<Entry>> {
    let row: Option<(u8, String)> = tx
        .prepare_cached(
            "SELECT i.notified_level, c.body FROM chain c JOIN incident_case i ON i.number = c.number
             WHERE c.number = ?1 ORDER BY c.first LIMIT 1",
        )?
        .query_row([number], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((notified, body)) = row else { return Ok(None) };
    let body: Body = serde_json::from_str(&body).map_err(damaged)?;
    let due = duties::of_case(tx, number)?.iter().filter_map(|duty| duty.due).min();
    Ok(Some(Entry { case: Some(number.to_owned()), due, ..entry(&body.core, Some(notified)) }))
}

/// An incident in a line, as people are told it.
pub(super) fn entry(core: &Core, notified: Option<u8>) -> Entry {
    Entry {
        case: None,
        chain: core.id.clone(),
        level: core.level.level.max(notified.unwrap_or(0)),
        people: core.subjects.total,
        possible: core.possible_subjects,
        route: core.route,
        actor: core.actor.clone(),
        first: core.first,
        last: core.last,
        due: None,
    }
}

/// Whether a case is held back.
pub(super) fn is_held(tx: &Transaction<'_>, number: &str) -> Result<bool> {
    let held = "SELECT EXISTS (SELECT 1 FROM held WHERE number = ?1)";
    Ok(tx.prepare_cached(held)?.query_row([number], |row| row.get(0))?)
}

/// Whether something waits for the digest.
pub(super) fn waits(tx: &Transaction<'_>) -> Result<bool> {
    let waits = "SELECT EXISTS (SELECT 1 FROM held WHERE kind IN ('first', 'update'))";
    Ok(tx.prepare_cached(waits)?.query_row([], |row| row.get(0))?)
}

/// What was held back is told now.
pub(super) fn told(tx: &Transaction<'_>, urgent: bool) -> Result<()> {
    let kinds = if urgent { ["urgent", "urgent-first"] } else { ["first", "update"] };
    tx.prepare_cached("DELETE FROM held WHERE kind IN (?1, ?2)")?.execute(kinds)?;
    Ok(())
}

/// Lists the urgent cases that were held back, in a mail to everybody whom any of them concerns.
pub(super) fn collective(tx: &Transaction<'_>, now: i64, flush: bool) -> Result<Option<String>> {
    match next_collective(tx, now)? {
        Some(due) if due <= now || flush => {}
        _ => return Ok(None),
    }
    let bulletin = Bulletin {
        id: format!("collective-{}", utc_compact(now)),
        created: now,
        roles: of_urgent(tx, "$.roles")?,
        sources: of_urgent(tx, "$.sources")?,
        content: Content::Collective(listing(tx, true)?),
    };
    told(tx, true)?;
    tx.prepare_cached("INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)")?
        .execute(params![LAST, now.to_string()])?;
    outbox::put_bulletin(tx, &bulletin)?;
    Ok(Some(bulletin.id))
}

/// When the next list is due; none while nothing urgent waits.
pub(super) fn next_collective(tx: &Transaction<'_>, now: i64) -> Result<Option<i64>> {
    let waits: bool = tx
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM held WHERE kind IN ('urgent', 'urgent-first'))")?
        .query_row([], |row| row.get(0))?;
    if !waits {
        return Ok(None);
    }
    let last: Option<String> = tx
        .prepare_cached("SELECT value FROM meta WHERE name = ?1")?
        .query_row([LAST], |row| row.get(0))
        .optional()?;
    let last: i64 = last.and_then(|last| last.parse().ok()).unwrap_or(i64::MIN);
    // A list of the future was written by a clock that was set back since.
    Ok(Some(if last > now { now } else { last.saturating_add(COLLECTIVE_WAIT) }))
}

/// The distinct values of a list in the chains of urgent cases.
fn of_urgent(tx: &Transaction<'_>, list: &str) -> Result<Vec<String>> {
    let mut values = tx.prepare_cached(
        "SELECT each.value, count(*) FROM held JOIN chain ON chain.number = held.number, json_each(chain.body, ?1) each
         WHERE held.kind IN ('urgent', 'urgent-first') GROUP BY each.value",
    )?;
    let values = values.query_map([list], |row| Ok((row.get(0)?, count_at(row, 1)?)))?;
    let values: BTreeMap<String, u64> = values.collect::<rusqlite::Result<_>>()?;
    let mut values: Vec<(String, u64)> = values.into_iter().collect();
    // The roles that all levels tell come first.
    values.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    Ok(values.into_iter().map(|(value, _)| value).collect())
}

/// A chain that opens no draft has changed: the digest tells of it, if there is anything to tell.
pub(super) fn unopened(tx: &Transaction<'_>, chain: &str, body: &Body, now: i64) -> Result<()> {
    if body.core.subjects.total > 0 || body.core.possible_subjects > 0 {
        tx.prepare_cached("INSERT OR REPLACE INTO unopened (chain, us) VALUES (?1, ?2)")?
            .execute(params![chain, now])?;
    }
    Ok(())
}
