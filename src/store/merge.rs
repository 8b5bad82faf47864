//! Everything that lines have said to a store, as batches for another one: what two stores were told apart, one that
//! is told both concludes as if it had read all of it.
//!
//! Only facts and log times go: offsets and followed threads belong to the reader whose files they are, cases and duties
//! to the people who were told. What the unfinished last line of a file says may be withdrawn, and stays too.

use rusqlite::{Connection, params};

use super::apply::Step;
use super::facts::{parsed, place_of, thread_of};
use super::{Result, Store};
use crate::batch::{Batch, Fact};
use crate::line::SourceId;
use crate::moment::Moment;

/// Facts of one batch.
const FACTS_MAX: usize = 4096;

impl Store {
    /// Gives everything that was told to this store, in batches that any store with the same key can apply.
    pub fn told(&self, mut give: impl FnMut(Batch) -> Result<()>) -> Result<()> {
        let mut batch = Batch::new(&self.key_id);
        batch.clocks = self.ask("read clocks", clocks)?;
        give(batch)?;
        let mut after = 0;
        loop {
            let (last, facts) = self.ask("read facts", |db| page(db, after))?;
            if facts.is_empty() {
                return Ok(());
            }
            after = last;
            give(Batch { facts, ..Batch::new(&self.key_id) })?;
        }
    }
}

fn clocks(db: &Connection) -> std::result::Result<Vec<(SourceId, i64)>, Step> {
    let mut rows = db.prepare("SELECT source, latest FROM clock")?;
    let clocks = rows.query_map([], |row| Ok((SourceId(row.get(0)?), row.get(1)?)))?;
    Ok(clocks.collect::<rusqlite::Result<_>>()?)
}

/// The next facts after a row, and the last row of them.
fn page(db: &Connection, after: i64) -> std::result::Result<(i64, Vec<Fact>), Step> {
    let mut rows = db.prepare_cached(
        "SELECT f.id, t.channel, t.host, t.name, f.us, f.quality, f.role, f.source, f.path, f.offset, f.line, f.body
         FROM fact f JOIN thread t ON t.id = f.thread
         WHERE f.id > ?1 AND f.id NOT IN (SELECT fact FROM unfinished) ORDER BY f.id LIMIT ?2",
    )?;
    let mut rows = rows.query(params![after, FACTS_MAX as i64])?;
    let (mut last, mut facts) = (after, Vec::new());
    while let Some(row) = rows.next()? {
        last = row.get(0)?;
        facts.push(Fact {
            thread: thread_of(row, 1)?,
            time: Moment { us: row.get(4)?, quality: parsed(row, 5)? },
            role: parsed(row, 6)?,
            place: place_of(row, 7)?,
            body: parsed(row, 11)?,
        });
    }
    Ok((last, facts))
}
