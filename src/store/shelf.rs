//! Events read back to be judged, each once: a long chain is most of its actor's thirty days. Those of busy actors stay
//! from batch to batch, for each of their downloads has the whole chain judged anew. An event row is never changed, only
//! replaced by one with another id, so what stands here is what the store holds; after a transaction that failed, whose ids
//! are given again, the shelf is emptied.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use rusqlite::Transaction;

use super::apply::{Step, damaged};
use super::facts::{parsed, place_of};
use crate::batch::Body;
use crate::incident::{Event, Evidence};
use crate::line::Place;
use crate::record::Record;

/// An actor's events on a route, from which on they stay. Of ordinary traffic they would never be asked for again.
pub(super) const BUSY: usize = 200;
/// What the events that stay may take, in bytes.
const BYTES_MAX: usize = 64 << 20;
/// Bytes that an event takes in memory for each byte of its rows' JSON.
const BYTES_A_BYTE: usize = 4;

type Result<T> = std::result::Result<T, Step>;

/// An event with its hits, read back.
#[derive(Debug)]
struct Loaded {
    event: Event,
    hits: Vec<(Record, Place)>,
    /// What it takes, about.
    bytes: usize,
    /// When it was last asked for.
    turn: u64,
}

impl Loaded {
    fn of(tx: &Transaction<'_>, id: i64, turn: u64) -> Result<Self> {
        let mut rows = tx.prepare_cached(
            "SELECT body, source, path, offset, line FROM fact WHERE event = ?1 ORDER BY us, key",
        )?;
        let mut rows = rows.query([id])?;
        let mut hits = Vec::new();
        let (event, mut json_bytes) = event_of(tx, id)?;
        while let Some(row) = rows.next()? {
            json_bytes += row.get_ref(0)?.as_bytes().map_or(0, <[u8]>::len);
            if let Body::Hit(record) = parsed(row, 0)? {
                hits.push((record, place_of(row, 1)?));
            }
        }
        Ok(Self { event, hits, bytes: json_bytes * BYTES_A_BYTE, turn })
    }

    fn evidence(&self) -> Evidence<'_> {
        Evidence { event: &self.event, hits: &self.hits }
    }
}

#[derive(Debug, Default)]
pub(super) struct Shelf {
    events: HashMap<i64, Loaded>,
    bytes: usize,
    turn: u64,
}

impl Shelf {
    pub(super) fn load(&mut self, tx: &Transaction<'_>, ids: &[i64]) -> Result<()> {
        for id in ids {
            match self.events.entry(*id) {
                Entry::Occupied(mut kept) => kept.get_mut().turn = self.turn,
                Entry::Vacant(place) => {
                    let loaded = Loaded::of(tx, *id, self.turn)?;
                    self.bytes += loaded.bytes;
                    place.insert(loaded);
                }
            }
        }
        Ok(())
    }

    /// What stands under ids that were loaded.
    pub(super) fn evidence(&self, ids: &[i64]) -> Vec<Evidence<'_>> {
        ids.iter().filter_map(|id| self.events.get(id)).map(Loaded::evidence).collect()
    }

    /// Keeps the bound: half of it is freed at once, of what was longest not asked for.
    pub(super) fn settle(&mut self) {
        self.turn += 1;
        if self.bytes <= BYTES_MAX {
            return;
        }
        let mut oldest: Vec<(u64, i64)> = self.events.iter().map(|(id, kept)| (kept.turn, *id)).collect();
        oldest.sort_unstable();
        for (_, id) in oldest {
            if self.bytes <= BYTES_MAX / 2 {
                break;
            }
            self.bytes -= self.events.remove(&id).map_or(0, |gone| gone.bytes);
        }
        self.events.shrink_to_fit();
    }
}

pub(super) fn load_event(tx: &Transaction<'_>, id: i64) -> Result<Event> {
    Ok(event_of(tx, id)?.0)
}

/// An event, and the length of its JSON.
fn event_of(tx: &Transaction<'_>, id: i64) -> Result<(Event, usize)> {
    let body: String =
        tx.prepare_cached("SELECT body FROM event WHERE id = ?1")?.query_row([id], |row| row.get(0))?;
    Ok((serde_json::from_str(&body).map_err(damaged)?, body.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loaded(bytes: usize, turn: u64) -> Loaded {
        let event = serde_json::json!({
            "name": "", "route": "download", "actor": { "text": "chen", "same": "00".repeat(16) }, "basis": "authenticated",
            "inside": false, "first": 0, "recipients": [], "objects": [], "origins": [], "hits": [], "lives": [],
            "late": false, "recheck": null, "sources": [],
        });
        Loaded { event: serde_json::from_value(event).expect("an event"), hits: Vec::new(), bytes, turn }
    }

    #[test]
    fn what_was_longest_not_asked_for_leaves_first() {
        let mut shelf = Shelf::default();
        for id in 0..64 {
            shelf.events.insert(id, loaded(1 << 20, id.unsigned_abs()));
            shelf.bytes += 1 << 20;
        }
        shelf.settle();
        assert_eq!((shelf.events.len(), shelf.bytes), (64, BYTES_MAX));
        shelf.events.insert(64, loaded(1 << 20, 64));
        shelf.bytes += 1 << 20;
        shelf.settle();
        assert_eq!(shelf.bytes, BYTES_MAX / 2);
        let mut left: Vec<i64> = shelf.events.keys().copied().collect();
        left.sort_unstable();
        assert_eq!(left, (33..=64).collect::<Vec<_>>());
    }
}
