//! Checkpoints: the end of the audit chain, signed in the transaction that wrote it.
//!
//! The key is made once and lies beside the store, so it proves nothing against whoever may read that folder. What does
//! is the checkpoint at the foot of every mail: the mailboxes of the recipients hold it, and no act on this host can
//! take it back.

use std::fmt;
use std::path::Path;

use data_encoding::HEXLOWER;
use ed25519_compact::{KeyPair, PublicKey, Seed, Signature};
use rusqlite::{OptionalExtension, Transaction, params};
use serde_json::json;

use super::append;
use crate::store::key::{self, KeyError};

/// Name of the signing key's file in the state directory.
const NAME: &str = "audit-key";

/// What is signed begins with this, so that a signature of ours can mean nothing else.
const DOMAIN: &[u8] = b"breachd audit checkpoint 1\n";

/// Signs for one store.
pub(crate) struct Signer {
    pair: KeyPair,
    id: String,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.id)
    }
}

impl Signer {
    /// The key of a state directory, made where there is none.
    pub(crate) fn load(state: &Path) -> Result<Self, KeyError> {
        let seed = key::read_or_make(state, NAME)?;
        let pair = KeyPair::from_seed(Seed::new(*seed));
        Ok(Self { id: id(&pair.pk), pair })
    }
}

/// The end of the chain at some time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Number of the last row.
    pub seq: i64,
    /// Its time, microseconds since the epoch.
    pub us: i64,
    /// Its hash, hex.
    pub hash: String,
    /// Id of the key that signed.
    pub key: String,
    /// The signature, hex.
    pub signature: String,
}

/// As it stands at the foot of a mail, and as `verify --witness` reads it.
impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} {}", self.seq, self.hash, self.key, self.signature)
    }
}

/// Short name of a public key: the first half of it is enough to tell keys of one store apart.
fn id(key: &PublicKey) -> String {
    HEXLOWER.encode(&key[..16])
}

fn message(seq: i64, us: i64, hash: &[u8]) -> Vec<u8> {
    [DOMAIN, &seq.to_be_bytes(), &us.to_be_bytes(), hash].concat()
}

/// Whether a key signed the end of the chain.
pub(super) fn is_signed(public: &[u8], signature: &[u8], seq: i64, us: i64, hash: &[u8]) -> bool {
    let parts = PublicKey::from_slice(public).ok().zip(Signature::from_slice(signature).ok());
    parts.is_some_and(|(key, signature)| key.verify(message(seq, us, hash), &signature).is_ok())
}

/// Signs the end of the chain, if rows were added since it was signed last. The first checkpoint of a key is of the row
/// that tells of the key.
pub(crate) fn seal(tx: &Transaction<'_>, signer: &Signer) -> rusqlite::Result<()> {
    let Some((_, us, _)) = end(tx)? else { return Ok(()) };
    introduce(tx, signer, us)?;
    let Some((seq, us, hash)) = end(tx)? else { return Ok(()) };
    let signature = signer.pair.sk.sign(message(seq, us, &hash), None);
    tx.prepare_cached("INSERT INTO checkpoint (seq, us, hash, key, signature) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![seq, us, hash, signer.id, &signature[..]])?;
    Ok(())
}

/// Number, time and hash of the last row, if nobody signed it yet.
fn end(tx: &Transaction<'_>) -> rusqlite::Result<Option<(i64, i64, Vec<u8>)>> {
    tx.prepare_cached(
        "SELECT seq, us, hash FROM audit WHERE seq > (SELECT coalesce(max(seq), 0) FROM checkpoint)
         ORDER BY seq DESC LIMIT 1",
    )?
    .query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
    .optional()
}

/// Makes a key known to the store, with the one that signed before it.
fn introduce(tx: &Transaction<'_>, signer: &Signer, now: i64) -> rusqlite::Result<()> {
    let known = tx
        .prepare_cached("SELECT 1 FROM audit_key WHERE id = ?1")?
        .query_row([&signer.id], |_| Ok(()))
        .optional()?;
    if known.is_some() {
        return Ok(());
    }
    let before: Option<String> = tx
        .query_row("SELECT id FROM audit_key ORDER BY since DESC LIMIT 1", [], |row| row.get(0))
        .optional()?;
    append(tx, now, "audit-key", &json!({ "key": signer.id, "before": before }))?;
    tx.execute(
        "INSERT INTO audit_key (id, public, since) SELECT ?1, ?2, max(seq) FROM audit",
        params![signer.id, &signer.pair.pk[..]],
    )?;
    Ok(())
}

/// What another key would have signed, for the test that forges checkpoints.
#[cfg(test)]
pub(super) fn signed_by(seed: [u8; 32], seq: i64, us: i64, hash: &[u8]) -> Vec<u8> {
    KeyPair::from_seed(Seed::new(seed)).sk.sign(message(seq, us, hash), None).to_vec()
}
