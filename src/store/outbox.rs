//! Mails that were decided: rows that are frozen in the transaction of what they tell, and that become files of the spool
//! afterwards.

use rusqlite::{OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};

use super::apply::{Step, damaged};
use super::cases::Telling;
use super::facts::text;
use super::{Result, Store, audit};
use crate::incident::{Bulletin, Draft};

/// A mail to be written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Outgoing {
    /// About a case.
    Case(Box<Telling>),
    /// About many, or about none.
    Bulletin(Box<Bulletin>),
}

impl Outgoing {
    /// Its id in the outbox and in the spool.
    pub fn id(&self) -> &str {
        match self {
            Self::Case(telling) => &telling.id,
            Self::Bulletin(bulletin) => &bulletin.id,
        }
    }

    /// The mail about a case, if it is one.
    pub fn into_case(self) -> Option<Telling> {
        match self {
            Self::Case(telling) => Some(*telling),
            Self::Bulletin(_) => None,
        }
    }
}

/// The source that the first mail of a case named first, so that a subject stays as it was when further ones join.
pub(super) fn first_source(
    tx: &Transaction<'_>,
    number: &str,
    draft: &Draft,
) -> std::result::Result<Option<String>, Step> {
    let known: Option<Option<String>> = tx
        .prepare_cached("SELECT body ->> '$.first_source' FROM outbox WHERE id = ?1")?
        .query_row([format!("{number}.r0")], |row| row.get(0))
        .optional()?;
    let own = || draft.completeness.sources.first().map(|read| read.source.clone());
    Ok(known.flatten().or_else(own))
}

impl Store {
    /// Mails decided but not yet in the spool, oldest first.
    pub fn unspooled(&self) -> Result<Vec<Outgoing>> {
        self.ask("read outbox", |db| {
            let mut rows =
                db.prepare_cached("SELECT body FROM outbox WHERE state = 'new' ORDER BY created, id")?;
            let bodies =
                rows.query_map([], |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
            bodies.iter().map(|body| serde_json::from_str(body).map_err(damaged)).collect()
        })
    }

    /// Ids of the mails that lie in the spool and have no receipt yet.
    pub fn on_their_way(&self) -> Result<Vec<String>> {
        self.ask("read outbox", |db| {
            let mut rows = db.prepare_cached("SELECT id FROM outbox WHERE state = 'spooled'")?;
            Ok(rows.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Notes that a mail lies in the spool, as one letter or as several, which are sent each by itself.
    pub fn spooled(&mut self, id: &str, letters: &[String]) -> Result<()> {
        self.transact("mark as spooled", |tx| {
            let mut row = tx.prepare_cached(
                "INSERT OR IGNORE INTO outbox (id, number, created, state, body)
                 SELECT ?2, number, created, 'spooled', '{}' FROM outbox WHERE id = ?1",
            )?;
            for letter in letters.iter().filter(|letter| *letter != id) {
                row.execute([id, letter])?;
            }
            tx.execute("UPDATE outbox SET state = 'spooled' WHERE id = ?1 AND state = 'new'", [id])?;
            Ok(())
        })
    }

    /// Notes a receipt: it can only mark a row sent or failed. Returns whether the row was waiting for it.
    pub fn receipt(&mut self, id: &str, sent: bool, receipt: &serde_json::Value, now: i64) -> Result<bool> {
        let state = if sent { "sent" } else { "failed" };
        self.transact("mark as sent", |tx| {
            let changed = tx.execute(
                "UPDATE outbox SET state = ?2, receipt = ?3 WHERE id = ?1 AND state IN ('new', 'spooled')",
                params![id, state, receipt.to_string()],
            )?;
            if changed > 0 {
                audit::append(tx, now, state, &serde_json::json!({ "id": id, "receipt": receipt }))?;
            }
            Ok(changed > 0)
        })
    }
}

/// Puts the mail of a case into the outbox.
pub(super) fn put(tx: &Transaction<'_>, telling: &Telling) -> std::result::Result<(), Step> {
    put_row(tx, &telling.id, &telling.number, telling.created, &text(telling))
}

/// Puts a bulletin into the outbox.
pub(super) fn put_bulletin(tx: &Transaction<'_>, bulletin: &Bulletin) -> std::result::Result<(), Step> {
    put_row(tx, &bulletin.id, "", bulletin.created, &text(bulletin))
}

fn put_row(
    tx: &Transaction<'_>,
    id: &str,
    number: &str,
    created: i64,
    body: &str,
) -> std::result::Result<(), Step> {
    tx.prepare_cached(
        "INSERT INTO outbox (id, number, created, state, body) VALUES (?1, ?2, ?3, 'new', ?4)",
    )?
    .execute(params![id, number, created, body])?;
    Ok(())
}

/// Whether a mail with this id was ever decided.
pub(super) fn has(tx: &Transaction<'_>, id: &str) -> std::result::Result<bool, Step> {
    let mut found = tx.prepare_cached("SELECT EXISTS (SELECT 1 FROM outbox WHERE id = ?1)")?;
    Ok(found.query_row([id], |row| row.get(0))?)
}
