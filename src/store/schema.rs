//! The schema in numbered steps, each of which is released once and then never changed. A store is opened by the steps
//! that it lacks, in one transaction: it stands at the old version or at the new one, never between.

use std::fs;
use std::os::unix::fs::OpenOptionsExt;

use rusqlite::{Connection, TransactionBehavior};

use super::Error;

/// The steps, from an empty database on: the n-th (from 1) makes version n.
const STEPS: [&str; 3] =
    [include_str!("schema/1.sql"), include_str!("schema/2.sql"), include_str!("schema/3.sql")];

/// Version of the schema that this program writes.
pub(super) const VERSION: i64 = STEPS.len() as i64;

/// The version of a database; 0 of an empty one.
pub(super) fn version(db: &Connection) -> rusqlite::Result<i64> {
    db.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// Takes a database of a known version to [`VERSION`]; `key_id` goes into one that is new.
pub(super) fn migrate(db: &mut Connection, from: i64, key_id: &str) -> rusqlite::Result<()> {
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for step in &STEPS[from.clamp(0, VERSION) as usize..] {
        tx.execute_batch(step)?;
    }
    if from == 0 {
        tx.execute("INSERT INTO meta (name, value) VALUES ('key', ?1)", [key_id])?;
    }
    tx.execute_batch(&format!("PRAGMA user_version = {VERSION}"))?;
    tx.commit()
}

/// A copy of a database of an earlier version at today's, for readers of a store that nobody writes any more. It lies in
/// the folder for temporary files and goes with the connection.
pub(super) fn upgraded_copy(db: &Connection, from: i64) -> super::Result<Connection> {
    let path = std::env::temp_dir().join(format!("breachd-{}.db", std::process::id()));
    let io = |cause| Error::Io { path: path.clone(), cause };
    fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).map_err(io)?;
    let copied = (|| {
        db.execute("VACUUM INTO ?1", [path.to_string_lossy()])?;
        let mut copy = Connection::open(&path)?;
        copy.execute_batch("PRAGMA journal_mode = MEMORY; PRAGMA trusted_schema = OFF;")?;
        migrate(&mut copy, from, "")?;
        Ok(copy)
    })();
    fs::remove_file(&path).map_err(io)?;
    copied.map_err(|cause| Error::Database { path, what: "read an earlier version of", cause })
}

#[cfg(test)]
mod tests;
