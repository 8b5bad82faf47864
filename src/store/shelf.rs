//! Events read back to be judged, each once: a long chain is most of its actor's thirty days.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use rusqlite::Transaction;

use super::apply::{Step, damaged};
use super::facts::{parsed, place_of};
use crate::batch::Body;
use crate::incident::{Event, Evidence};
use crate::line::Place;
use crate::record::Record;

type Result<T> = std::result::Result<T, Step>;

/// An event with its hits, read back.
struct Loaded {
    event: Event,
    hits: Vec<(Record, Place)>,
}

impl Loaded {
    fn of(tx: &Transaction<'_>, id: i64) -> Result<Self> {
        let mut rows = tx.prepare_cached(
            "SELECT body, source, path, offset, line FROM fact WHERE event = ?1 ORDER BY us, key",
        )?;
        let mut rows = rows.query([id])?;
        let mut hits = Vec::new();
        while let Some(row) = rows.next()? {
            if let Body::Hit(record) = parsed(row, 0)? {
                hits.push((record, place_of(row, 1)?));
            }
        }
        Ok(Self { event: load_event(tx, id)?, hits })
    }

    fn evidence(&self) -> Evidence<'_> {
        Evidence { event: &self.event, hits: &self.hits }
    }
}

#[derive(Default)]
pub(super) struct Shelf(BTreeMap<i64, Loaded>);

impl Shelf {
    pub(super) fn load(&mut self, tx: &Transaction<'_>, ids: &[i64]) -> Result<()> {
        for id in ids {
            if let Entry::Vacant(place) = self.0.entry(*id) {
                place.insert(Loaded::of(tx, *id)?);
            }
        }
        Ok(())
    }

    /// What stands under ids that were loaded.
    pub(super) fn evidence(&self, ids: &[i64]) -> Vec<Evidence<'_>> {
        ids.iter().filter_map(|id| self.0.get(id)).map(Loaded::evidence).collect()
    }
}

pub(super) fn load_event(tx: &Transaction<'_>, id: i64) -> Result<Event> {
    let body: String =
        tx.prepare_cached("SELECT body FROM event WHERE id = ?1")?.query_row([id], |row| row.get(0))?;
    serde_json::from_str(&body).map_err(damaged)
}
