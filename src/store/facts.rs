//! Offsets and facts: the part of the store that only grows.

use std::collections::{BTreeSet, HashMap};

use rusqlite::{OptionalExtension, Transaction, params};

use super::apply::{Step, damaged};
use super::{Error, ledger};
use crate::batch::{
    Batch, Body, Covered, Fact, FactKey, FileId, Generation, GenerationState, OpenThread, Progress,
};
use crate::event::{Channel, Thread};
use crate::incident::{Event, Kept, ThreadFacts};
use crate::line::{Place, SourceId};
use crate::moment::Moment;

type Result<T> = std::result::Result<T, Step>;

/// Advances the offsets of what a batch has read; refuses the whole batch when one does not stand where it started.
/// What was read goes into the ledger.
pub(super) fn advance(tx: &Transaction<'_>, batch: &Batch, now: i64) -> Result<()> {
    for progress in &batch.progress {
        advance_one(tx, progress, now)?;
        ledger::cover(tx, progress, now)?;
    }
    for note in &batch.notes {
        ledger::note(tx, note, now)?;
    }
    for (source, latest) in &batch.clocks {
        tx.prepare_cached(
            "INSERT INTO clock (source, latest) VALUES (?1, ?2)
             ON CONFLICT (source) DO UPDATE SET latest = max(latest, excluded.latest)",
        )?
        .execute(params![source.0, latest])?;
    }
    Ok(())
}

fn advance_one(tx: &Transaction<'_>, progress: &Progress, now: i64) -> Result<()> {
    let g = &progress.generation;
    let expected: Option<i64> = tx
        .prepare_cached("SELECT offset FROM generation WHERE id = ?1")?
        .query_row([g.id], |row| row.get(0))
        .optional()?;
    if expected.is_some_and(|offset| offset != progress.from as i64) {
        return Err(Step::Refused(Error::Conflict {
            generation: g.id,
            source_path: g.source.0.to_string(),
            expected: expected.map(|offset| offset as u64),
            given: progress.from,
        }));
    }
    tx.prepare_cached(
        "INSERT INTO generation
         (id, source, path, device, inode, born, head_len, head_hash, offset, lines, marker, state, version,
          range_from, range_hash, met, advanced)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?16)
         ON CONFLICT (id) DO UPDATE SET path = ?3, device = ?4, inode = ?5, born = ?6, head_len = ?7, head_hash = ?8,
         offset = ?9, lines = ?10, marker = ?11, state = ?12, version = ?13, range_from = ?14, range_hash = ?15,
         advanced = ?16",
    )?
    .execute(params![
        g.id,
        g.source.0,
        g.path,
        g.file.device as i64,
        g.file.inode as i64,
        g.file.born,
        g.head_len as i64,
        g.head_hash,
        g.offset as i64,
        g.lines as i64,
        g.marker,
        g.state.id(),
        g.version,
        g.covered.from as i64,
        g.covered.hash,
        now,
    ])?;
    Ok(())
}

/// Adds the facts of a batch and its open threads. Returns the threads about which something new is known: those
/// with a new fact, and those of events whose patience has run out by their sources' clocks.
pub(super) fn add(tx: &Transaction<'_>, batch: &Batch, now: i64) -> Result<BTreeSet<i64>> {
    let mut threads = Threads { tx, ids: HashMap::new(), now };
    let mut touched = BTreeSet::new();
    let advanced = batch.progress.iter().filter(|progress| progress.from < progress.generation.offset);
    let again = batch.unfinished.iter().map(|(generation, _)| *generation);
    let gone_on: BTreeSet<i64> = advanced.map(|progress| progress.generation.id).chain(again).collect();
    for generation in gone_on {
        touched.extend(withdraw_unfinished(tx, generation)?);
    }
    for fact in &batch.facts {
        touched.extend(add_fact(tx, &mut threads, fact, None)?);
    }
    for (generation, fact) in &batch.unfinished {
        touched.extend(add_fact(tx, &mut threads, fact, Some(*generation))?);
    }
    for open in &batch.opened {
        let thread = threads.id(&open.thread)?;
        tx.prepare_cached(
            "INSERT OR REPLACE INTO open_thread (thread, source, since, until) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![thread, open.source.0, open.since, open.until])?;
    }
    for thread in &batch.closed {
        let thread = threads.id(thread)?;
        tx.prepare_cached("DELETE FROM open_thread WHERE thread = ?1")?.execute([thread])?;
    }
    touched.extend(out_of_patience(tx)?);
    Ok(touched)
}

/// Takes back what the unfinished last line of a generation said, now that the file has gone on.
fn withdraw_unfinished(tx: &Transaction<'_>, generation: i64) -> Result<Vec<i64>> {
    let mut withdrawn = tx.prepare_cached(
        "DELETE FROM fact WHERE id IN (SELECT fact FROM unfinished WHERE generation = ?1) RETURNING thread",
    )?;
    let threads = withdrawn.query_map([generation], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    tx.prepare_cached("DELETE FROM unfinished WHERE generation = ?1")?.execute([generation])?;
    Ok(threads)
}

/// Row ids of threads, each looked up once a batch.
struct Threads<'t> {
    tx: &'t Transaction<'t>,
    ids: HashMap<Thread, i64>,
    now: i64,
}

impl Threads<'_> {
    fn id(&mut self, thread: &Thread) -> Result<i64> {
        if let Some(id) = self.ids.get(thread) {
            return Ok(*id);
        }
        let key = params![thread.channel.id(), thread.host, thread.name];
        self.tx
            .prepare_cached("INSERT OR IGNORE INTO thread (channel, host, name) VALUES (?1, ?2, ?3)")?
            .execute(key)?;
        let id = self
            .tx
            .prepare_cached("SELECT id FROM thread WHERE channel = ?1 AND host = ?2 AND name = ?3")?
            .query_row(key, |row| row.get(0))?;
        self.ids.insert(thread.clone(), id);
        Ok(id)
    }
}

/// Returns the fact's thread when it is new. A fact seen in a second source keeps the place in the source that comes
/// first by name, so that the place too is a function of the set. `unfinished` is the generation of a line that has no
/// end yet.
fn add_fact(
    tx: &Transaction<'_>,
    threads: &mut Threads<'_>,
    fact: &Fact,
    unfinished: Option<i64>,
) -> Result<Option<i64>> {
    let thread = threads.id(&fact.thread)?;
    let (place, key) = (&fact.place, fact.key());
    let known: Option<(i64, String)> = tx
        .prepare_cached("SELECT id, source FROM fact WHERE key = ?1")?
        .query_row([&key.0[..]], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    if let Some((id, source)) = known {
        if unfinished.is_none() {
            tx.prepare_cached("DELETE FROM unfinished WHERE fact = ?1")?.execute([id])?;
        }
        if *place.source.0 < *source {
            tx.prepare_cached(
                "UPDATE fact SET source = ?2, path = ?3, offset = ?4, line = ?5 WHERE id = ?1",
            )?
            .execute(params![
                id,
                place.source.0,
                place.path,
                place.offset as i64,
                place.line as i64
            ])?;
            return Ok(Some(thread));
        }
        return Ok(None);
    }
    tx.prepare_cached(
        "INSERT INTO fact (key, thread, us, quality, role, source, path, offset, line, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute(params![
        &key.0[..],
        thread,
        fact.time.us,
        text(&fact.time.quality),
        text(&fact.role),
        place.source.0,
        place.path,
        place.offset as i64,
        place.line as i64,
        text(&fact.body),
    ])?;
    if let Some(generation) = unfinished {
        tx.prepare_cached("INSERT INTO unfinished (fact, generation) VALUES (last_insert_rowid(), ?1)")?
            .execute([generation])?;
    }
    match &fact.body {
        Body::Link(link) => join(tx, thread, threads.id(&link.to)?)?,
        Body::Outcome(outcome) => {
            if let Some(next) = &outcome.next {
                let next = Thread { name: next.clone(), ..fact.thread.clone() };
                join(tx, thread, threads.id(&next)?)?;
            }
        }
        Body::Gap(gap) => {
            let fact = tx.last_insert_rowid();
            tx.execute("INSERT INTO gap (fact, source) VALUES (?1, ?2)", params![fact, place.source.0])?;
            ledger::gap(tx, place, gap, threads.now)?;
        }
        Body::Hit(_) | Body::Context(_) | Body::Count(_) => {}
    }
    Ok(Some(thread))
}

fn join(tx: &Transaction<'_>, a: i64, b: i64) -> Result<()> {
    for pair in [[a, b], [b, a]] {
        tx.prepare_cached("INSERT OR IGNORE INTO link (a, b) VALUES (?1, ?2)")?.execute(pair)?;
    }
    Ok(())
}

/// Threads of events that wait for a final word, and whose sources' log time has reached their next mark.
fn out_of_patience(tx: &Transaction<'_>) -> Result<Vec<i64>> {
    let mut due = tx.prepare_cached(
        "SELECT id, recheck, body FROM event WHERE recheck <= (SELECT max(latest) FROM clock)",
    )?;
    let due: Vec<(i64, i64, String)> = due
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let mut threads = Vec::new();
    for (event, recheck, body) in due {
        let body: Event = serde_json::from_str(&body).map_err(damaged)?;
        let mut latest = i64::MIN;
        for source in &body.sources {
            latest = latest.max(clock(tx, source)?);
        }
        if latest >= recheck {
            let mut of_event = tx.prepare_cached("SELECT thread FROM event_thread WHERE event = ?1")?;
            threads.extend(
                of_event.query_map([event], |row| row.get(0))?.collect::<rusqlite::Result<Vec<i64>>>()?,
            );
        }
    }
    Ok(threads)
}

/// The latest log time of a source.
pub(super) fn clock(tx: &rusqlite::Connection, source: &SourceId) -> Result<i64> {
    let latest = tx
        .prepare_cached("SELECT latest FROM clock WHERE source = ?1")?
        .query_row([&source.0], |row| row.get(0))
        .optional()?;
    Ok(latest.unwrap_or(i64::MIN))
}

/// A thread with all its facts.
pub(super) fn load_thread(tx: &Transaction<'_>, id: i64) -> Result<ThreadFacts> {
    let thread = tx
        .prepare_cached("SELECT channel, host, name FROM thread WHERE id = ?1")?
        .query_row([id], |row| thread_of(row, 0))?;
    let mut rows = tx.prepare_cached(
        "SELECT id, key, us, quality, role, source, path, offset, line, body FROM fact WHERE thread = ?1",
    )?;
    let mut rows = rows.query([id])?;
    let mut facts = Vec::new();
    while let Some(row) = rows.next()? {
        let key: [u8; 16] = row.get(1)?;
        let fact = Fact {
            thread: thread.clone(),
            time: Moment { us: row.get(2)?, quality: parsed(row, 3)? },
            role: parsed(row, 4)?,
            place: place_of(row, 5)?,
            body: parsed(row, 9)?,
        };
        facts.push(Kept { id: row.get(0)?, key: FactKey(key), fact });
    }
    Ok(ThreadFacts { thread, facts })
}

pub(super) fn place_of(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<Place> {
    Ok(Place {
        source: SourceId(row.get(at)?),
        path: row.get(at + 1)?,
        offset: row.get::<_, i64>(at + 2)? as u64,
        line: row.get::<_, i64>(at + 3)? as u64,
    })
}

pub(super) fn thread_of(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<Thread> {
    let channel: String = row.get(at)?;
    Ok(Thread {
        channel: Channel::from_id(&channel).ok_or(rusqlite::Error::InvalidQuery)?,
        host: row.get(at + 1)?,
        name: row.get(at + 2)?,
    })
}

/// Columns of a generation, as [`generation_of`] reads them.
pub(super) const GENERATION: &str = "id, source, path, device, inode, born, head_len, head_hash, offset, lines, marker, \
                                     state, version, range_from, range_hash";

pub(super) fn generation_of(row: &rusqlite::Row<'_>) -> rusqlite::Result<Generation> {
    let state: String = row.get(11)?;
    Ok(Generation {
        id: row.get(0)?,
        source: SourceId(row.get(1)?),
        path: row.get(2)?,
        file: FileId {
            device: row.get::<_, i64>(3)? as u64,
            inode: row.get::<_, i64>(4)? as u64,
            born: row.get(5)?,
        },
        version: row.get(12)?,
        head_len: row.get::<_, i64>(6)? as u64,
        head_hash: row.get(7)?,
        offset: row.get::<_, i64>(8)? as u64,
        lines: row.get::<_, i64>(9)? as u64,
        marker: row.get(10)?,
        state: GenerationState::from_id(&state).ok_or(rusqlite::Error::InvalidQuery)?,
        covered: Covered { from: row.get::<_, i64>(13)? as u64, hash: row.get(14)? },
    })
}

pub(super) fn open_thread_of(row: &rusqlite::Row<'_>) -> rusqlite::Result<OpenThread> {
    Ok(OpenThread {
        thread: thread_of(row, 0)?,
        source: SourceId(row.get(3)?),
        since: row.get(4)?,
        until: row.get(5)?,
    })
}

/// JSON of a value of ours; it has neither map keys nor floats that JSON could refuse.
pub(super) fn text<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("values of ours are JSON")
}

/// A number of things, as a column has it.
pub(super) fn count_at(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<u64> {
    Ok(row.get::<_, i64>(at)?.cast_unsigned())
}

pub(super) fn parsed<T: serde::de::DeserializeOwned>(row: &rusqlite::Row<'_>, at: usize) -> Result<T> {
    let text: String = row.get(at)?;
    serde_json::from_str(&text).map_err(damaged)
}
