//! The ledger: which bytes of which source were read, with a chained hash, and what stood in the way. Evidence of
//! completeness, for the auditor, the status and the metrics.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use rusqlite::{Transaction, params};

use super::apply::{Step, damaged};
use super::facts::{GENERATION, generation_of};
use super::{Result, Store};
use crate::batch::{Generation, Note, Progress};
use crate::event::Gap;
use crate::incident::Missing;
use crate::line::{Place, SourceId};

/// Lines of the ledger that are kept of what is no gap; of gaps all are.
const NOTES_MAX: i64 = 100_000;

/// Everything that the store knows of the reading of its sources.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// By source.
    pub sources: BTreeMap<SourceId, Standing>,
    /// What is about no source, oldest first.
    pub process: Vec<Happening>,
}

/// One source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Its generations, oldest first, each with what was read of it.
    pub generations: Vec<(Generation, Vec<Covering>)>,
    /// What happened to it, oldest first, gaps among it.
    pub happenings: Vec<Happening>,
    /// When one of them last advanced, microseconds since the epoch by the wall clock; 0 where it is not known.
    pub advanced: i64,
}

impl Standing {
    /// Bytes of which the ledger has the hash.
    pub fn bytes_read(&self) -> u64 {
        self.generations.iter().flat_map(|(_, ranges)| ranges).map(|range| range.to - range.from).sum()
    }

    /// What could not be read.
    pub fn gaps(&self) -> impl Iterator<Item = &Happening> {
        self.happenings.iter().filter(|happening| happening.is_gap)
    }
}

/// A range that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Covering {
    /// First byte.
    pub from: u64,
    /// First byte behind it.
    pub to: u64,
    /// SHA-256 over the hash of the range before it in its generation, if there is one, and its bytes; hex.
    pub hash: String,
    /// When its last byte was committed, microseconds since the epoch by the wall clock.
    pub us: i64,
}

/// A line of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happening {
    /// When it was noted, microseconds since the epoch by the wall clock; 0 where a store of version 1 did not say.
    pub us: i64,
    /// Id of a [`NoteKind`](crate::batch::NoteKind), or of a [`GapCause`](crate::event::GapCause).
    pub kind: String,
    /// The generation it is about.
    pub generation: Option<i64>,
    /// First byte that it is about.
    pub from: Option<u64>,
    /// First byte that it is not about.
    pub to: Option<u64>,
    /// Words: of a gap the path, else what happened.
    pub note: String,
    /// Whether bytes were not read.
    pub is_gap: bool,
}

impl Store {
    /// The whole ledger.
    pub fn ledger(&self) -> Result<Ledger> {
        self.ask("read the ledger", |db| {
            let mut ledger = Ledger::default();
            let mut ranges: BTreeMap<i64, Vec<Covering>> = BTreeMap::new();
            let mut rows = db.prepare(
                "SELECT generation, start, stop, hash, us FROM coverage ORDER BY generation, start",
            )?;
            let mut rows = rows.query([])?;
            while let Some(row) = rows.next()? {
                ranges.entry(row.get(0)?).or_default().push(Covering {
                    from: row.get::<_, i64>(1)? as u64,
                    to: row.get::<_, i64>(2)? as u64,
                    hash: HEXLOWER.encode(&row.get::<_, Vec<u8>>(3)?),
                    us: row.get(4)?,
                });
            }
            let mut rows =
                db.prepare(&format!("SELECT {GENERATION}, advanced FROM generation ORDER BY id"))?;
            let mut rows = rows.query([])?;
            while let Some(row) = rows.next()? {
                let generation = generation_of(row)?;
                let ranges = ranges.remove(&generation.id).unwrap_or_default();
                let standing = ledger.sources.entry(generation.source.clone()).or_default();
                standing.advanced = standing.advanced.max(row.get("advanced")?);
                standing.generations.push((generation, ranges));
            }
            let mut rows = db.prepare(
                "SELECT us, kind, generation, start, stop, note, is_gap, source FROM ledger ORDER BY id",
            )?;
            let mut rows = rows.query([])?;
            while let Some(row) = rows.next()? {
                let source: Option<String> = row.get(7)?;
                let happening = happening_of(row)?;
                match source {
                    Some(source) => {
                        let source = SourceId::new(&source);
                        ledger.sources.entry(source).or_default().happenings.push(happening);
                    }
                    None => ledger.process.push(happening),
                }
            }
            Ok(ledger)
        })
    }
}

impl Store {
    /// How many gaps there are, and the latest of them, newest first.
    pub fn latest_gaps(&self, most: usize) -> Result<(u64, Vec<Missing>)> {
        self.ask("read gaps", |db| {
            let total: i64 =
                db.query_row("SELECT count(*) FROM ledger WHERE is_gap", [], |row| row.get(0))?;
            let mut rows = db.prepare(
                "SELECT note, kind, start, stop FROM ledger WHERE is_gap ORDER BY id DESC LIMIT ?1",
            )?;
            let rows = rows.query_map([most as i64], |row| {
                Ok(Missing {
                    path: row.get(0)?,
                    cause: row.get(1)?,
                    from: row.get::<_, i64>(2)? as u64,
                    to: row.get::<_, Option<i64>>(3)?.map(|to| to as u64),
                })
            })?;
            Ok((total as u64, rows.collect::<rusqlite::Result<_>>()?))
        })
    }
}

fn happening_of(row: &rusqlite::Row<'_>) -> rusqlite::Result<Happening> {
    let place = |at| row.get::<_, Option<i64>>(at).map(|offset| offset.map(|offset| offset as u64));
    Ok(Happening {
        us: row.get(0)?,
        kind: row.get(1)?,
        generation: row.get(2)?,
        from: place(3)?,
        to: place(4)?,
        note: row.get(5)?,
        is_gap: row.get(6)?,
    })
}

/// Extends the range that a generation's progress belongs to.
pub(super) fn cover(tx: &Transaction<'_>, progress: &Progress, now: i64) -> std::result::Result<(), Step> {
    let g = &progress.generation;
    if g.covered.hash.is_empty() || g.offset == progress.from {
        return Ok(());
    }
    let hash = HEXLOWER.decode(g.covered.hash.as_bytes()).map_err(damaged)?;
    tx.prepare_cached(
        "INSERT INTO coverage (generation, start, stop, hash, us) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (generation, start) DO UPDATE SET stop = ?3, hash = ?4, us = ?5",
    )?
    .execute(params![g.id, g.covered.from as i64, g.offset as i64, hash, now])?;
    Ok(())
}

/// Writes a line.
pub(super) fn note(tx: &Transaction<'_>, note: &Note, now: i64) -> std::result::Result<(), Step> {
    insert(tx)?.execute(params![
        now,
        note.kind.id(),
        note.source.as_ref().map(|source| &source.0),
        note.generation,
        note.from.map(|offset| offset as i64),
        note.to.map(|offset| offset as i64),
        note.text,
        false,
    ])?;
    tx.prepare_cached("DELETE FROM ledger WHERE id <= last_insert_rowid() - ?1 AND NOT is_gap")?
        .execute([NOTES_MAX])?;
    Ok(())
}

/// Writes a gap, which is a fact too.
pub(super) fn gap(tx: &Transaction<'_>, place: &Place, gap: &Gap, now: i64) -> std::result::Result<(), Step> {
    insert(tx)?.execute(params![
        now,
        gap.cause.id(),
        place.source.0,
        None::<i64>,
        gap.from as i64,
        gap.to.map(|offset| offset as i64),
        place.path,
        true,
    ])?;
    Ok(())
}

fn insert<'t>(tx: &'t Transaction<'_>) -> rusqlite::Result<rusqlite::CachedStatement<'t>> {
    tx.prepare_cached(
        "INSERT INTO ledger (us, kind, source, generation, start, stop, note, is_gap)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )
}
