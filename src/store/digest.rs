//! The daily digest: once a day at its minute, late if nobody was there at that minute, and never twice.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};

use super::apply::{Step, damaged};
use super::chains::Body;
use super::facts::{clock, count_at, text};
use super::{audit, held, outbox, suppress};
use crate::incident::{Bulletin, Content, Digest, Instant, Listing, Missing, Read, Route, Rules};
use crate::line::SourceId;
use crate::moment::{DAY, utc_compact};

type Result<T> = std::result::Result<T, Step>;

/// Name of the row that says what was told last.
const STATE: &str = "digest";
/// Sources that are listed, those with most lines first.
const SOURCES_MAX: usize = 50;
/// Gaps that are listed.
const GAPS_MAX: i64 = 20;

/// Up to where the last digest told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct State {
    /// Its time, microseconds since the epoch: the next one is due at the minute after that.
    last: i64,
    /// What happened after this was not told; in a new store also what happens in its first moment.
    since: i64,
    /// The last rows of audit and ledger that were told of. Rows have an order that no clock changes.
    #[serde(default)]
    rows: Rows,
    /// Lines and bytes of each source that had been read then.
    read: BTreeMap<String, (u64, u64)>,
}

/// The last row of each table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Rows {
    audit: i64,
    ledger: i64,
}

impl Rows {
    /// Those that were written before an instant.
    fn before(tx: &Transaction<'_>, us: i64) -> Result<Self> {
        let last =
            |sql: &str| -> Result<i64> { Ok(tx.prepare_cached(sql)?.query_row([us], |row| row.get(0))?) };
        Ok(Self {
            audit: last("SELECT coalesce(max(seq), 0) FROM audit WHERE us < ?1")?,
            ledger: last("SELECT coalesce(max(id), 0) FROM ledger WHERE us < ?1")?,
        })
    }

    fn now(tx: &Transaction<'_>) -> Result<Self> {
        Self::before(tx, i64::MAX)
    }
}

/// When the next digest is due. A store that is new, and one whose clock was set back by more than a day, begins to count
/// now.
pub(super) fn next_due(tx: &Transaction<'_>, rules: &Rules, now: i64) -> Result<i64> {
    let state = if let Some(state) = state(tx)? {
        state
    } else {
        let rows = Rows::before(tx, now)?;
        save(tx, State { last: now, since: now - 1, rows, ..State::default() })?
    };
    let due = rules.digest.next_due(state.last, rules.org.zone);
    if due <= now.saturating_add(2 * DAY) {
        return Ok(due);
    }
    save(tx, State { last: now, ..state })?;
    Ok(rules.digest.next_due(now, rules.org.zone))
}

/// Writes the digest if it is due; with `flush` also when something was held back that waits for it.
pub(super) fn write(tx: &Transaction<'_>, rules: &Rules, now: i64, flush: bool) -> Result<Option<String>> {
    let is_due = next_due(tx, rules, now)? <= now;
    let waits = flush && held::waits(tx)?;
    if !is_due && !waits {
        return Ok(None);
    }
    let before = state(tx)?.unwrap_or_default();
    let read = lines(tx)?;
    let digest = gather(tx, &before, &read, now)?;
    let bulletin = Bulletin {
        id: format!("digest-{}", utc_compact(now)),
        created: now,
        roles: rules.digest.roles.clone(),
        sources: Vec::new(),
        content: Content::Digest(Box::new(digest)),
    };
    // One that was written early is none of a day.
    let last = if is_due { now } else { before.last };
    save(tx, State { last, since: now, rows: Rows::now(tx)?, read })?;
    held::told(tx, false)?;
    tx.prepare_cached("DELETE FROM unopened")?.execute([])?;
    outbox::put_bulletin(tx, &bulletin)?;
    audit::append(tx, now, "digest", &serde_json::json!({ "id": bulletin.id }))?;
    Ok(Some(bulletin.id))
}

fn gather(
    tx: &Transaction<'_>,
    before: &State,
    read: &BTreeMap<String, (u64, u64)>,
    now: i64,
) -> Result<Digest> {
    let (exposed, possible) = unopened(tx)?;
    let (ended, standing) = suppress::told(tx)?;
    let (gaps_total, gaps) = gaps(tx, before.rows.ledger)?;
    let mut sources = Vec::new();
    for (source, (lines, bytes)) in read {
        let (known_lines, known_bytes) = before.read.get(source).copied().unwrap_or_default();
        let until = clock(tx, &SourceId::new(source))?;
        sources.push(Read {
            source: source.clone(),
            lines: lines.saturating_sub(known_lines),
            bytes: bytes.saturating_sub(known_bytes),
            until: (until > i64::MIN).then_some(Instant(until)),
        });
    }
    sources.sort_by(|a, b| b.lines.cmp(&a.lines).then_with(|| a.source.cmp(&b.source)));
    let sources_more = sources.len().saturating_sub(SOURCES_MAX) as u64;
    sources.truncate(SOURCES_MAX);
    Ok(Digest {
        from: Instant(before.since.min(now)), // the clock may have been set back since
        to: Instant(now),
        opened: opened(tx, before.rows.audit)?,
        unsettled: tx
            .prepare_cached(
                "SELECT count(*) FROM incident_case WHERE alias_of IS NULL AND state NOT IN ('closed', 'dismissed')",
            )?
            .query_row([], |row| count_at(row, 0))?,
        held: held::listing(tx, false)?,
        exposed,
        possible,
        ended,
        standing,
        sources,
        sources_more,
        gaps,
        gaps_total,
    })
}

/// Cases opened after that row, by level.
fn opened(tx: &Transaction<'_>, after: i64) -> Result<Vec<u64>> {
    let mut rows = tx.prepare_cached(
        "SELECT c.notified_level, count(*) FROM audit a JOIN incident_case c ON c.number = a.body ->> '$.case'
         WHERE a.seq > ?1 AND a.kind = 'case-opened' GROUP BY c.notified_level",
    )?;
    let rows = rows.query_map([after], |row| Ok((row.get::<_, u8>(0)?, count_at(row, 1)?)))?;
    let mut opened = Vec::new();
    for (level, count) in rows.collect::<rusqlite::Result<Vec<_>>>()? {
        opened.resize(opened.len().max(usize::from(level) + 1), 0);
        opened[usize::from(level)] += count;
    }
    Ok(opened)
}

/// What changed and opens no draft: personal data in the log's own fields, and what is possible or too little.
fn unopened(tx: &Transaction<'_>) -> Result<(Listing, Listing)> {
    let mut rows = tx.prepare_cached(
        "SELECT c.body FROM unopened u JOIN chain c ON c.id = u.chain WHERE c.number IS NULL AND c.opens = 0
         ORDER BY c.body ->> '$.core.subjects.total' DESC, c.body ->> '$.core.possible_subjects' DESC, c.id",
    )?;
    let mut rows = rows.query([])?;
    let (mut exposed, mut possible) = (Listing::default(), Listing::default());
    while let Some(row) = rows.next()? {
        let body: String = row.get(0)?;
        let body: Body = serde_json::from_str(&body).map_err(damaged)?;
        let list = if body.core.route == Route::ExposureInLog { &mut exposed } else { &mut possible };
        list.total += 1;
        if list.entries.len() < held::ENTRIES_MAX {
            list.entries.push(held::entry(&body.core, None));
        }
    }
    Ok((exposed, possible))
}

/// How many gaps were found after that row, and the latest.
fn gaps(tx: &Transaction<'_>, after: i64) -> Result<(u64, Vec<Missing>)> {
    let total = tx
        .prepare_cached("SELECT count(*) FROM ledger WHERE is_gap = 1 AND id > ?1")?
        .query_row([after], |row| count_at(row, 0))?;
    let mut rows = tx.prepare_cached(
        "SELECT note, coalesce(start, 0), stop, kind FROM ledger WHERE is_gap = 1 AND id > ?1 ORDER BY id DESC LIMIT ?2",
    )?;
    let gap = |row: &rusqlite::Row<'_>| {
        Ok(Missing {
            path: row.get(0)?,
            from: row.get::<_, i64>(1)?.cast_unsigned(),
            to: row.get::<_, Option<i64>>(2)?.map(i64::cast_unsigned),
            cause: row.get(3)?,
        })
    };
    let gaps = rows.query_map(params![after, GAPS_MAX], gap)?.collect::<rusqlite::Result<_>>()?;
    Ok((total, gaps))
}

/// Lines and bytes that were ever read of each source.
fn lines(tx: &Transaction<'_>) -> Result<BTreeMap<String, (u64, u64)>> {
    let mut rows =
        tx.prepare_cached("SELECT source, sum(lines), sum(offset) FROM generation GROUP BY source")?;
    let rows = rows.query_map([], |row| Ok((row.get(0)?, (count_at(row, 1)?, count_at(row, 2)?))))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn state(tx: &Transaction<'_>) -> Result<Option<State>> {
    let row: Option<String> = tx
        .prepare_cached("SELECT value FROM meta WHERE name = ?1")?
        .query_row([STATE], |row| row.get(0))
        .optional()?;
    row.map(|row| serde_json::from_str(&row).map_err(damaged)).transpose()
}

fn save(tx: &Transaction<'_>, state: State) -> Result<State> {
    tx.prepare_cached("INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)")?
        .execute(params![STATE, text(&state)])?;
    Ok(state)
}
