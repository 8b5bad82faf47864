//! What opens no draft for a while: which suppression a chain comes under, what has come under each, and its end. Level 3
//! and what must be reported to an authority open nevertheless: nobody's word on a configuration file outweighs a clause.

use rusqlite::{OptionalExtension, Transaction, params};
use serde_json::json;

use super::apply::{Step, damaged};
use super::chains::Body;
use super::facts::{count_at, text};
use super::{audit, cases};
use crate::incident::{Instant, Rules, Suppressed, Suppression};

type Result<T> = std::result::Result<T, Step>;

/// The level from which on nothing is suppressed.
const LEVEL_OPENS: u8 = 3;

/// Begins and ends suppressions as configuration and time say.
pub(super) fn turn(tx: &Transaction<'_>, rules: &Rules, now: i64) -> Result<()> {
    let mut known = tx.prepare_cached("SELECT id, body, ended FROM suppression")?;
    let known = known.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let known: Vec<(String, String, Option<i64>)> = known.collect::<rusqlite::Result<_>>()?;
    let stands: Vec<(String, &Suppression)> =
        rules.suppress.iter().filter(|one| now < one.until).map(|one| (one.id(), one)).collect();
    for (id, one) in &stands {
        let before = known.iter().find(|(other, _, _)| other == id);
        let since = match before {
            Some((_, body, None)) => serde_json::from_str::<Suppressed>(body).map_err(damaged)?.since,
            _ => Instant(now),
        };
        let body = text(&row(id, one, since));
        if before.is_none_or(|(_, known, ended)| *known != body || ended.is_some()) {
            tx.prepare_cached("INSERT OR REPLACE INTO suppression (id, body) VALUES (?1, ?2)")?
                .execute(params![id, body])?;
            record(tx, now, "suppression", &row(id, one, since))?;
        }
    }
    for (id, body, ended) in &known {
        if ended.is_none() && !stands.iter().any(|(other, _)| other == id) {
            tx.prepare_cached("UPDATE suppression SET ended = ?2 WHERE id = ?1")?
                .execute(params![id, now])?;
            let over = counted(tx, serde_json::from_str(body).map_err(damaged)?)?;
            record(tx, now, "suppression-ended", &over)?;
        }
    }
    Ok(())
}

fn row(id: &str, one: &Suppression, since: Instant) -> Suppressed {
    Suppressed {
        id: id.to_owned(),
        words: one.words(),
        owner: one.owner.clone(),
        reason: one.reason.clone(),
        last_day: one.last_day.clone(),
        since,
        ended: None,
        chains: 0,
        people: 0,
        level_max: 0,
    }
}

fn record(tx: &Transaction<'_>, now: i64, kind: &str, one: &Suppressed) -> Result<()> {
    let body = json!({ "suppression": one.id, "matches": one.words, "owner": one.owner, "reason": one.reason,
                       "last_day": one.last_day, "chains": one.chains, "people": one.people });
    audit::append(tx, now, kind, &body)?;
    Ok(())
}

/// When the next suppression ends, after an instant.
pub(super) fn next_end(rules: &Rules, now: i64) -> Option<i64> {
    rules.suppress.iter().map(|one| one.until).filter(|until| *until > now).min()
}

/// Whether a chain that would open a draft comes under a suppression, which counts it. One that is too grave opens, and
/// the audit says so.
pub(super) fn covers(
    tx: &Transaction<'_>,
    rules: &Rules,
    chain: &str,
    body: &Body,
    now: i64,
) -> Result<bool> {
    let stands = rules
        .suppress
        .iter()
        .find(|one| now < one.until && one.matches(&body.core, &body.kinds, &body.sources));
    let Some(one) = stands else {
        if !rules.suppress.is_empty() {
            tx.prepare_cached("DELETE FROM suppressed WHERE chain = ?1")?.execute([chain])?;
        }
        return Ok(false);
    };
    let opens = body.core.level.level >= LEVEL_OPENS || cases::asks_for_authority(body);
    let rule = one.id();
    let known: Option<bool> = tx
        .prepare_cached("SELECT opened FROM suppressed WHERE chain = ?1 AND rule = ?2")?
        .query_row([chain, &rule], |row| row.get(0))
        .optional()?;
    if known != Some(opens) {
        tx.prepare_cached(
            "INSERT OR REPLACE INTO suppressed (chain, rule, us, opened) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![chain, rule, now, opens])?;
        let kind = if opens { "suppression-outweighed" } else { "suppressed" };
        let level = body.core.level.level;
        audit::append(tx, now, kind, &json!({ "chain": chain, "suppression": rule, "level": level }))?;
    }
    Ok(!opens)
}

/// Those that have ended since the last digest, and those that stand, each with what came under it.
pub(super) fn told(tx: &Transaction<'_>) -> Result<(Vec<Suppressed>, Vec<Suppressed>)> {
    let mut rows = tx.prepare_cached("SELECT body, ended FROM suppression ORDER BY id")?;
    let rows = rows.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, Option<i64>>(1)?)))?;
    let (mut ended, mut standing) = (Vec::new(), Vec::new());
    for (body, end) in rows.collect::<rusqlite::Result<Vec<_>>>()? {
        let one = counted(tx, serde_json::from_str(&body).map_err(damaged)?)?;
        match end {
            Some(end) => ended.push(Suppressed { ended: Some(Instant(end)), ..one }),
            None => standing.push(one),
        }
    }
    tx.prepare_cached("DELETE FROM suppression WHERE ended IS NOT NULL")?.execute([])?;
    Ok((ended, standing))
}

fn counted(tx: &Transaction<'_>, one: Suppressed) -> Result<Suppressed> {
    let (chains, people, level_max): (u64, u64, u8) = tx
        .prepare_cached(
            "SELECT count(*), coalesce(sum(c.body ->> '$.core.subjects.total'), 0),
             coalesce(max(c.body ->> '$.core.level.level'), 0)
             FROM suppressed s JOIN chain c ON c.id = s.chain WHERE s.rule = ?1 AND s.us >= ?2 AND s.opened = 0",
        )?
        .query_row(params![one.id, one.since.0], |row| Ok((count_at(row, 0)?, count_at(row, 1)?, row.get(2)?)))?;
    Ok(Suppressed { chains, people, level_max, ..one })
}
