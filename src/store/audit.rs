//! Every act of the program and of its users, as a hash chain: a row holds the hash of the row before, so that none can
//! be altered, taken out or put in without all later hashes being wrong. [`seal`] signs the chain's end, so that it
//! cannot be made anew without the key, nor be cut short; [`verify`] looks at all of it.

mod seal;
mod verify;

pub use seal::Checkpoint;
pub(super) use seal::{Signer, seal};
pub use verify::{Broken, Verified};

use rusqlite::{OptionalExtension, Transaction, params};
use sha2::{Digest, Sha256};

/// Appends an act.
pub(super) fn append(
    tx: &Transaction<'_>,
    now: i64,
    kind: &str,
    body: &serde_json::Value,
) -> rusqlite::Result<()> {
    let last: Option<(i64, Vec<u8>)> = tx
        .prepare_cached("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (seq, previous) = last.map_or((1, vec![0; 32]), |(seq, hash)| (seq + 1, hash));
    let body = body.to_string();
    let hash = hash(seq, now, kind.as_bytes(), body.as_bytes(), &previous);
    tx.prepare_cached(
        "INSERT INTO audit (seq, us, kind, body, previous, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![seq, now, kind, body, previous, hash])?;
    Ok(())
}

/// Every part is preceded by its length, so that no two rows have one image.
fn hash(seq: i64, now: i64, kind: &[u8], body: &[u8], previous: &[u8]) -> Vec<u8> {
    let mut hash = Sha256::new();
    for part in [&seq.to_be_bytes()[..], &now.to_be_bytes(), kind, body, previous] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().to_vec()
}

#[cfg(test)]
mod tests;
