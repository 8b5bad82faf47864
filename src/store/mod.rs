//! The store: one `SQLite` file that holds offsets, facts, conclusions, cases, outbox and audit, and changes them in one
//! transaction a batch. One writer, who holds the lock; any number of readers.
//!
//! The way in is [`Store::apply`]; `watch` and `replay` have no other.

mod acts;
mod alarms;
mod alias;
mod apply;
mod audit;
mod cases;
mod chains;
mod copy;
mod digest;
mod duties;
mod facts;
mod held;
mod key;
mod ledger;
mod level;
mod limit;
mod mend;
mod merge;
mod outbox;
mod read;
mod reminders;
mod replies;
mod reserve;
mod room;
mod schema;
mod shelf;
mod suppress;
mod wal;

pub use acts::{Decided, Recorded};
pub use alarms::{Alarm, Trouble};
pub use apply::Effects;
pub use audit::{Broken, Checkpoint, Verified};
pub use cases::is_due;
pub use cases::{Before, LetterKind, Telling};
pub use copy::{snapshot, snapshot_age};
pub use key::{KeyError, KeyPlace, Secret, load_key, load_reply_secret, random_key, read_key};
pub use ledger::{Covering, Happening, Ledger, Standing};
pub use mend::Mended;
pub use outbox::Outgoing;
pub use read::{Listed, Shown, Summary};
pub use reminders::Remind;
pub use replies::{LATE, USED};
pub use reserve::Reserve;
pub use room::Room;

use std::fs;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension};

use crate::fault;

/// The database's name within the state directory.
const DATABASE: &str = "state.db";

/// Statements that stay made: all of a batch.
const STATEMENTS_MAX: usize = 256;

/// Why the store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database refused.
    #[error("store {path}: {what}: {cause}")]
    Database {
        /// The database file.
        path: PathBuf,
        /// What was being done.
        what: &'static str,
        /// Why it failed.
        #[source]
        cause: rusqlite::Error,
    },
    /// The file system refused.
    #[error("{path}: {cause}")]
    Io {
        /// File or directory.
        path: PathBuf,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// The key that signs the audit chain cannot be read or made.
    #[error("{cause}")]
    Key {
        /// Why.
        #[source]
        cause: KeyError,
    },
    /// Another process writes.
    #[error("{path} is locked by another breachd; stop it first, or use another state_dir")]
    Locked {
        /// The lock file.
        path: PathBuf,
    },
    /// The directory was never used.
    #[error("{path}: no store here yet; `breachd watch` makes one")]
    Absent {
        /// The directory.
        path: PathBuf,
    },
    /// The store was written under another key.
    #[error(
        "{path} was written under subject key {stored}, but the key at hand is {given}; put the old key back, \
             or move the state directory aside (it stays readable) and start anew"
    )]
    OtherKey {
        /// The database file.
        path: PathBuf,
        /// Key id in the store.
        stored: String,
        /// Key id at hand.
        given: String,
    },
    /// The store was written by a later version.
    #[error(
        "{path} has schema version {found}; this breachd knows versions up to {}; install the newer one",
        schema::VERSION
    )]
    TooNew {
        /// The database file.
        path: PathBuf,
        /// Its version.
        found: i64,
    },
    /// A range was read from elsewhere than where the store stands: applied twice, or out of order.
    #[error(
        "generation {generation} of {source_path} stands at {expected:?}, the batch starts at {given}; nothing was applied"
    )]
    Conflict {
        /// Generation.
        generation: i64,
        /// Its source.
        source_path: String,
        /// The committed offset; none where the generation is unknown.
        expected: Option<u64>,
        /// Where the batch starts.
        given: u64,
    },
    /// A person's act that cannot be done.
    #[error("{why}")]
    ActRefused {
        /// Why, and what can be done.
        why: String,
    },
    /// A batch made under another key, or by a later version.
    #[error("batch of version {version} under key {key_id} cannot be applied here")]
    Foreign {
        /// Version of the batch.
        version: u32,
        /// Key id of the batch.
        key_id: String,
    },
}

impl Error {
    /// Whether trying again later may help: a full disk, an I/O error, a busy database.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Io { .. } => true,
            Self::Database { cause, .. } => cause.sqlite_error_code().is_some_and(|code| {
                use rusqlite::ErrorCode as Code;
                matches!(
                    code,
                    Code::DiskFull
                        | Code::SystemIoFailure
                        | Code::DatabaseBusy
                        | Code::DatabaseLocked
                        | Code::CannotOpen
                        | Code::ReadOnly
                        | Code::PermissionDenied
                )
            }),
            _ => false,
        }
    }

    fn code(&self) -> Option<rusqlite::ErrorCode> {
        match self {
            Self::Database { cause, .. } => cause.sqlite_error_code(),
            _ => None,
        }
    }

    /// Whether there was no room: the disk is full, or the store is at its bound.
    pub fn is_full(&self) -> bool {
        self.code() == Some(rusqlite::ErrorCode::DiskFull)
    }

    /// Whether the bytes of the database are not those of a database any more.
    pub fn is_damage(&self) -> bool {
        use rusqlite::ErrorCode as Code;
        matches!(self.code(), Some(Code::DatabaseCorrupt | Code::NotADatabase))
    }

    /// The way out, as far as a person has one.
    pub fn hint(&self) -> &'static str {
        use rusqlite::ErrorCode as Code;
        let kind = match self {
            Self::Io { cause, .. } => Some(cause.kind()),
            _ => None,
        };
        match (self.code(), kind) {
            (Some(Code::DiskFull), _) => "free some space, or raise [store] max; reading goes on by itself",
            (Some(Code::SystemIoFailure), _) => {
                "the disk fails: see `dmesg`, and move state_dir to a sound one"
            }
            (Some(Code::ReadOnly), _) | (_, Some(std::io::ErrorKind::ReadOnlyFilesystem)) => {
                "its file system is mounted read-only: see `dmesg`, check it and mount it again"
            }
            (_, Some(std::io::ErrorKind::AlreadyExists)) => {
                "nothing is written over a file that is there: name another one, or move it away"
            }
            (Some(Code::CannotOpen | Code::PermissionDenied), _)
            | (_, Some(std::io::ErrorKind::PermissionDenied)) => {
                "state_dir must belong to the user of the service, with mode 0700"
            }
            (Some(Code::DatabaseCorrupt | Code::NotADatabase), _) => {
                "start again: it is moved aside, and the last snapshot or the logs take its place"
            }
            _ => "",
        }
    }
}

pub(crate) type Result<T> = std::result::Result<T, Error>;

/// An open store.
#[derive(Debug)]
pub struct Store {
    db: Connection,
    path: PathBuf,
    key_id: String,
    /// What only the writer has.
    writer: Option<Writer>,
    /// What a busy actor's next event is judged with.
    shelf: shelf::Shelf,
}

/// Held as long as the writer lives.
#[derive(Debug)]
struct Writer {
    signer: audit::Signer,
    _lock: fs::File,
}

impl Store {
    /// Opens the store in a directory for writing, making both where they are missing. `key_id` names the key under
    /// which its subjects are hashed.
    pub fn open(dir: &Path, key_id: &str) -> Result<Self> {
        Self::open_locked(dir, key_id, lock(dir)?)
    }

    fn open_locked(dir: &Path, key_id: &str, lock: fs::File) -> Result<Self> {
        let path = dir.join(DATABASE);
        let io = |cause| Error::Io { path: path.clone(), cause };
        fs::OpenOptions::new().create(true).append(true).mode(0o600).open(&path).map_err(io)?;
        let db = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_WRITE)
            .map_err(|cause| Error::Database { path: path.clone(), what: "open", cause })?;
        let signer = audit::Signer::load(dir).map_err(|cause| Error::Key { cause })?;
        let writer = Some(Writer { signer, _lock: lock });
        let mut store = Self { db, path, key_id: key_id.to_owned(), writer, shelf: shelf::Shelf::default() };
        store.prepare()?;
        Ok(store)
    }

    /// Opens the store in a directory for reading.
    pub fn read(dir: &Path) -> Result<Self> {
        Self::read_file(&dir.join(DATABASE))
    }

    /// Opens a store by its file, which may be a copy.
    pub fn read_file(path: &Path) -> Result<Self> {
        let path = path.to_owned();
        let absent = || Error::Absent { path: path.clone() };
        if !path.exists() {
            return Err(absent());
        }
        let database = |cause| Error::Database { path: path.clone(), what: "open", cause };
        let mut db =
            Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(database)?;
        db.execute_batch("PRAGMA busy_timeout = 5000; PRAGMA trusted_schema = OFF;").map_err(database)?;
        match schema::version(&db).map_err(database)? {
            0 => return Err(absent()),
            found if found > schema::VERSION => return Err(Error::TooNew { path, found }),
            found if found < schema::VERSION => db = schema::upgraded_copy(&db, found)?,
            _ => {}
        }
        let key_id = db
            .query_row("SELECT value FROM meta WHERE name = 'key'", [], |row| row.get(0))
            .optional()
            .map_err(database)?;
        let key_id = key_id.ok_or_else(absent)?;
        Ok(Self { db, path, key_id, writer: None, shelf: shelf::Shelf::default() })
    }

    /// The database's file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Key id of the subjects in it.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// Whether a directory holds a store.
    pub fn exists(dir: &Path) -> bool {
        dir.join(DATABASE).exists()
    }

    /// FULL, not NORMAL: after a power cut a mail that was sent must not speak of a state that is gone.
    fn prepare(&mut self) -> Result<()> {
        self.db
            .execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
                 PRAGMA secure_delete = ON; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;
                 PRAGMA mmap_size = 0; PRAGMA busy_timeout = 5000; PRAGMA wal_autocheckpoint = 4000;",
            )
            .map_err(|cause| self.failed("prepare", cause))?;
        // A plan must not hang on what is bound to it: SQLite would make each anew that looks events up by the index of
        // those that are some, for every event.
        self.db
            .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
            .map_err(|cause| self.failed("prepare", cause))?;
        self.db.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
        let version = schema::version(&self.db).map_err(|cause| self.failed("read version", cause))?;
        if version > schema::VERSION {
            return Err(Error::TooNew { path: self.path.clone(), found: version });
        }
        if version > 0 {
            self.check_key()?;
        }
        if version < schema::VERSION {
            schema::migrate(&mut self.db, version, &self.key_id)
                .map_err(|cause| self.failed("migrate", cause))?;
        }
        // Rows of a version that did not sign are signed now.
        self.transact("sign", |_| Ok(()))
    }

    fn check_key(&self) -> Result<()> {
        let stored: String = self
            .db
            .query_row("SELECT value FROM meta WHERE name = 'key'", [], |row| row.get(0))
            .map_err(|cause| self.failed("read key id", cause))?;
        if stored == self.key_id {
            return Ok(());
        }
        Err(Error::OtherKey { path: self.path.clone(), stored, given: self.key_id.clone() })
    }

    fn failed(&self, what: &'static str, cause: rusqlite::Error) -> Error {
        Error::Database { path: self.path.clone(), what, cause }
    }
}

/// One writer a directory: an exclusive lock that the kernel drops with the process.
fn lock(dir: &Path) -> Result<fs::File> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |cause| Error::Io { path, cause }
    };
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(io(dir))?;
    let path = dir.join("lock");
    let file = fs::OpenOptions::new().create(true).append(true).mode(0o600).open(&path).map_err(io(&path))?;
    rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive)
        .or_else(|_| if fault::guards("lock") { Err(Error::Locked { path }) } else { Ok(()) })?;
    Ok(file)
}

#[cfg(test)]
mod tests;
