//! How much room the store has, and how much of it is taken.

use super::{Result, Store};

/// Shares of the bound from which on a person is warned: long before anything stops.
const WARN: (u64, u64) = (4, 5);

/// Bytes of the database against its bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Room {
    /// Bytes of the database, without its write-ahead log.
    pub bytes: u64,
    /// Its bound.
    pub bytes_max: u64,
}

impl Room {
    /// Whether a person should do something about it.
    pub fn is_short(self) -> bool {
        self.bytes.saturating_mul(WARN.1) >= self.bytes_max.saturating_mul(WARN.0)
    }
}

impl Store {
    /// Bounds the database. A commit that would go beyond is refused as on a full disk.
    pub fn limit(&mut self, bytes_max: u64) -> Result<()> {
        let page = self.pragma("page_size")?;
        let pages = (bytes_max / page).max(1);
        self.db
            .execute_batch(&format!("PRAGMA max_page_count = {pages}"))
            .map_err(|cause| self.failed("bound", cause))
    }

    /// How much is taken.
    pub fn room(&self) -> Result<Room> {
        let page = self.pragma("page_size")?;
        Ok(Room {
            bytes: self.pragma("page_count")? * page,
            bytes_max: self.pragma("max_page_count")? * page,
        })
    }

    fn pragma(&self, name: &'static str) -> Result<u64> {
        self.ask(name, |db| {
            Ok(db.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0))? as u64)
        })
    }
}
