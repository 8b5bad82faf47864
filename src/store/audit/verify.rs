//! The auditor's look: every row and every checkpoint computed again, and whatever has a row of its own is looked up in
//! the chain.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use rusqlite::{Connection, OptionalExtension};

use super::seal::{Checkpoint, is_signed};
use crate::store::apply::Step;
use crate::store::{Result, Store};

/// What a look at the whole chain found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Rows that hold.
    pub rows: u64,
    /// Checkpoints that hold.
    pub checkpoints: u64,
    /// Ids of the keys that signed, in the order of their use. More than one needs an explanation.
    pub keys: Vec<String>,
    /// The last checkpoint that holds.
    pub latest: Option<Checkpoint>,
    /// The first thing that does not.
    pub broken: Option<Broken>,
}

/// Something that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The row, or the one that should be there.
    pub seq: i64,
    /// What is wrong.
    pub what: String,
}

/// A row as it stands; texts as bytes, because a damaged one may be none.
struct Row {
    seq: i64,
    us: i64,
    kind: Vec<u8>,
    body: Vec<u8>,
    previous: Vec<u8>,
    hash: Vec<u8>,
}

impl Store {
    /// Computes the whole audit chain again. `witness` is a checkpoint that was kept elsewhere.
    pub fn verify(&self, witness: Option<(i64, &str)>) -> Result<Verified> {
        // One transaction, so that a daemon that writes meanwhile changes nothing of what is seen.
        self.ask("verify the audit chain of", |db| look(&*db.unchecked_transaction()?, witness))
    }

    /// The last checkpoint.
    pub fn checkpoint(&self) -> Result<Option<Checkpoint>> {
        self.ask("read the checkpoint of", |db| {
            let mut last = db.prepare_cached(&format!("{CHECKPOINTS} DESC LIMIT 1"))?;
            Ok(last.query_row([], checkpoint_of).optional()?)
        })
    }
}

const CHECKPOINTS: &str = "SELECT seq, us, hash, key, signature FROM checkpoint ORDER BY seq";

fn checkpoint_of(row: &rusqlite::Row<'_>) -> rusqlite::Result<Checkpoint> {
    Ok(Checkpoint {
        seq: row.get(0)?,
        us: row.get(1)?,
        hash: HEXLOWER.encode(&row.get::<_, Vec<u8>>(2)?),
        key: row.get(3)?,
        signature: HEXLOWER.encode(&row.get::<_, Vec<u8>>(4)?),
    })
}

pub(super) fn look(db: &Connection, witness: Option<(i64, &str)>) -> std::result::Result<Verified, Step> {
    let mut seen = Verified { rows: 0, checkpoints: 0, keys: Vec::new(), latest: None, broken: None };
    let found = walk(db, witness, &mut seen)?;
    seen.broken = match found {
        Some(broken) => Some(broken),
        None => unaccounted(db, &seen)?,
    };
    Ok(seen)
}

fn walk(
    db: &Connection,
    witness: Option<(i64, &str)>,
    seen: &mut Verified,
) -> std::result::Result<Option<Broken>, Step> {
    let broken = |seq, what: &str| Ok(Some(Broken { seq, what: what.to_owned() }));
    let bytes = |row: &rusqlite::Row<'_>, at| Ok::<_, rusqlite::Error>(row.get_ref(at)?.as_bytes()?.to_vec());
    let keys = keys(db)?;
    let mut rows = db.prepare("SELECT seq, us, kind, body, previous, hash FROM audit ORDER BY seq")?;
    let mut rows = rows.query_map([], |row| {
        Ok(Row {
            seq: row.get(0)?,
            us: row.get(1)?,
            kind: bytes(row, 2)?,
            body: bytes(row, 3)?,
            previous: row.get(4)?,
            hash: row.get(5)?,
        })
    })?;
    let mut checkpoints = db.prepare(CHECKPOINTS)?;
    let mut checkpoints = checkpoints.query_map([], checkpoint_of)?.peekable();
    let (mut seq, mut previous) = (0, vec![0; 32]);
    for row in rows.by_ref() {
        let row = row?;
        seq += 1;
        if row.seq != seq {
            return broken(seq, "is missing");
        }
        if row.previous != previous {
            return broken(seq, "does not follow from the row before it");
        }
        if super::hash(seq, row.us, &row.kind, &row.body, &row.previous) != row.hash {
            return broken(seq, "is not what was written");
        }
        if witness.is_some_and(|(at, hash)| at == seq && HEXLOWER.encode(&row.hash) != hash) {
            return broken(seq, "is not what the witness saw");
        }
        if let Some(checkpoint) = next_if(&mut checkpoints, seq)? {
            let key = keys.get(&checkpoint.key).filter(|(since, _)| *since <= seq);
            let signature = HEXLOWER.decode(checkpoint.signature.as_bytes()).unwrap_or_default();
            let is_held = checkpoint.hash == HEXLOWER.encode(&row.hash)
                && checkpoint.us == row.us
                && key.is_some_and(|(_, public)| is_signed(public, &signature, seq, row.us, &row.hash));
            if !is_held {
                return broken(seq, "has a checkpoint that its key did not sign");
            }
            if seen.keys.last() != Some(&checkpoint.key) {
                seen.keys.push(checkpoint.key.clone());
            }
            seen.checkpoints += 1;
            seen.latest = Some(checkpoint);
        }
        seen.rows += 1;
        previous = row.hash;
    }
    let asked = witness.map_or(0, |(at, _)| at);
    if asked > seq {
        return broken(seq + 1, "is missing: the witness saw later ones");
    }
    match checkpoints.next().transpose()? {
        Some(later) if later.seq <= seq => broken(later.seq, "has a checkpoint out of its order"),
        Some(_) => broken(seq + 1, "is missing: a checkpoint signed later ones"),
        None => Ok(None),
    }
}

/// The checkpoint of this row, if the next one is.
fn next_if(
    checkpoints: &mut std::iter::Peekable<impl Iterator<Item = rusqlite::Result<Checkpoint>>>,
    seq: i64,
) -> rusqlite::Result<Option<Checkpoint>> {
    checkpoints.next_if(|next| next.as_ref().map_or(true, |next| next.seq == seq)).transpose()
}

/// Public keys by id, each with the row that introduced it.
fn keys(db: &Connection) -> rusqlite::Result<BTreeMap<String, (i64, Vec<u8>)>> {
    let mut keys = db.prepare("SELECT id, since, public FROM audit_key")?;
    keys.query_map([], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?.collect()
}

/// What the chain should tell of and does not: rows behind the last checkpoint, and letters and cases without a row.
fn unaccounted(db: &Connection, seen: &Verified) -> std::result::Result<Option<Broken>, Step> {
    let (rows, end) = (seen.rows as i64, seen.latest.as_ref().map_or(0, |latest| latest.seq));
    if end < rows {
        return Ok(Some(Broken { seq: end + 1, what: "is not covered by a checkpoint".to_owned() }));
    }
    let untold = |sql: &str| db.query_row(sql, [], |row| row.get::<_, String>(0)).optional();
    let letter = untold(
        "SELECT id FROM outbox WHERE NOT EXISTS
         (SELECT 1 FROM audit WHERE kind = 'letter' AND json_extract(body, '$.id') = outbox.id) ORDER BY id LIMIT 1",
    )?;
    let case = untold(
        "SELECT number FROM incident_case WHERE NOT EXISTS
         (SELECT 1 FROM audit WHERE kind = 'case-opened' AND json_extract(body, '$.case') = incident_case.number)
         ORDER BY number LIMIT 1",
    )?;
    let told = letter.map(|id| format!("letter {id}")).or(case.map(|number| format!("case {number}")));
    Ok(told.map(|what| Broken { seq: rows + 1, what: format!("is missing: nothing tells of {what}") }))
}
