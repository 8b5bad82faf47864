//! Opening a store that may be damaged: looked at from end to end, moved aside when it does not hold, and replaced by the
//! last good snapshot, or by an empty one that is filled by reading again whatever logs are there. Facts are a set, so
//! reading again counts nobody twice.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::{DATABASE, Error, Result, Store, lock, wal};
use crate::batch::{Note, NoteKind};
use crate::fault;
use crate::moment::utc_compact;

/// The last good copy's name within the state directory.
pub(super) const SNAPSHOT: &str = "snapshot.db";
/// Files of a database.
const FILES: [&str; 3] = ["state.db", "state.db-wal", "state.db-shm"];

/// What became of a damaged store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mended {
    /// What was found, in `SQLite`'s words or ours.
    pub damage: String,
    /// Where the damaged files lie now.
    pub aside: PathBuf,
    /// Whether a snapshot stands in its place; else nothing did, and every log is read from its beginning.
    pub from_snapshot: bool,
}

impl Store {
    /// Opens the store for writing as [`Store::open`] does, after a look at all of it. `now` names the folder into which
    /// a damaged one is moved.
    pub fn open_sound(dir: &Path, key_id: &str, now: i64) -> Result<(Self, Option<Mended>)> {
        let held = lock(dir)?;
        if !fault::guards("integrity") {
            return Ok((Self::open_locked(dir, key_id, held)?, None));
        }
        let database = dir.join(DATABASE);
        let Some(damage) = damage(&database)? else {
            return Ok((Self::open_locked(dir, key_id, held)?, None));
        };
        let aside = set_aside(dir, now)?;
        let from_snapshot = restore(dir)?;
        let mut store = Self::open_locked(dir, key_id, held)?;
        let mended = Mended { damage, aside, from_snapshot };
        store.note(Note::new(NoteKind::Rebuilt, mended.to_string()), now)?;
        Ok((store, Some(mended)))
    }
}

impl std::fmt::Display for Mended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let now = if self.from_snapshot {
            "the last snapshot stands in its place, and what came after it is read again"
        } else {
            "there was no sound snapshot, so every log is read again from its beginning"
        };
        write!(f, "the store was damaged ({}) and is moved to {}; {now}", self.damage, self.aside.display())
    }
}

/// What is wrong with a database; none where there is nothing to be wrong. A database that cannot be read for another
/// reason than its bytes is an error: it may be sound.
fn damage(path: &Path) -> Result<Option<String>> {
    if !path.exists() {
        return Ok(None);
    }
    let log = path.with_extension("db-wal");
    let io = |cause| Error::Io { path: log.clone(), cause };
    if wal::is_damaged(&log).map_err(io)? {
        return Ok(Some("its write-ahead log does not check".to_owned()));
    }
    let checked = Connection::open(path)
        .and_then(|db| db.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0)));
    match checked {
        Ok(word) if word == "ok" => Ok(None),
        Ok(word) => Ok(Some(word)),
        Err(cause) => {
            let error = Error::Database { path: path.to_owned(), what: "check", cause };
            if error.is_damage() { Ok(Some(error.to_string())) } else { Err(error) }
        }
    }
}

/// Moves the files of the database into a folder of their own; nothing of them is deleted.
fn set_aside(dir: &Path, now: i64) -> Result<PathBuf> {
    let aside = dir.join(format!("damaged-{}", utc_compact(now)));
    let io = |path: &Path| {
        let path = path.to_owned();
        move |cause| Error::Io { path, cause }
    };
    fs::create_dir_all(&aside).map_err(io(&aside))?;
    for name in FILES {
        let from = dir.join(name);
        if from.exists() {
            fs::rename(&from, aside.join(name)).map_err(io(&from))?;
        }
    }
    Ok(aside)
}

/// Puts the snapshot in the database's place, if there is a sound one.
fn restore(dir: &Path) -> Result<bool> {
    let (snapshot, path) = (dir.join(SNAPSHOT), dir.join(DATABASE));
    if !snapshot.exists() || damage(&snapshot)?.is_some() {
        return Ok(false);
    }
    let started = dir.join("state.db.new");
    let io = |cause| Error::Io { path: started.clone(), cause };
    fs::copy(&snapshot, &started).map_err(io)?;
    fs::File::open(&started).and_then(|file| file.sync_all()).map_err(io)?;
    fs::rename(&started, &path).map_err(io)?;
    Ok(true)
}
