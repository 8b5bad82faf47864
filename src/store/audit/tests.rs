use rusqlite::{Connection, params};
use serde_json::json;

use super::*;
use crate::store::Store;

/// A store with some acts, one checkpoint for every three of them.
fn acts(dir: &std::path::Path, transactions: i64) -> Store {
    let mut store = Store::open(dir, "key").expect("a new store");
    for n in 0..transactions {
        let act = |tx: &Transaction<'_>| {
            for part in 0..3 {
                append(tx, 1_000 * n + part, "note", &json!({ "words": format!("act {n} part {part}") }))?;
            }
            Ok(())
        };
        store.transact("act", act).expect("applied");
    }
    store
}

fn broken(db: &Connection) -> Option<Broken> {
    // A row that cannot be read back is found too.
    verify::look(db, None).map_or_else(
        |step| Some(Broken { seq: 0, what: format!("unreadable: {step:?}") }),
        |seen| seen.broken,
    )
}

#[test]
fn a_chain_that_nobody_touched_holds() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = acts(dir.path(), 5);
    let seen = store.verify(None).expect("readable");
    assert_eq!((seen.rows, seen.checkpoints, seen.keys.len()), (16, 5, 1));
    assert_eq!(seen.broken, None);
    let latest = store.checkpoint().expect("readable").expect("one");
    assert_eq!(seen.latest.as_ref(), Some(&latest));
    assert_eq!(store.verify(Some((latest.seq, &latest.hash))).expect("readable").broken, None);
    drop(store);
    assert_eq!(Store::read(dir.path()).expect("readable").verify(None).expect("readable"), seen);
}

#[test]
fn what_a_witness_saw_cannot_be_taken_back() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = acts(dir.path(), 5);
    let latest = store.checkpoint().expect("readable").expect("one");
    // Whoever holds the key may cut the chain and its checkpoints alike.
    store
        .db
        .execute_batch("DELETE FROM audit WHERE seq > 10; DELETE FROM checkpoint WHERE seq > 10")
        .expect("cut");
    assert_eq!(store.verify(None).expect("readable").broken, None);
    let seen = store.verify(Some((latest.seq, &latest.hash))).expect("readable");
    assert_eq!(seen.broken.map(|broken| broken.seq), Some(11));
    let seen = store.verify(Some((10, &latest.hash))).expect("readable");
    assert_eq!(seen.broken.map(|broken| broken.seq), Some(10));
}

#[test]
fn a_new_key_is_told_of_and_the_old_rows_still_hold() {
    let dir = tempfile::tempdir().expect("a folder");
    drop(acts(dir.path(), 2));
    std::fs::remove_file(dir.path().join("audit-key")).expect("the key");
    let store = acts(dir.path(), 2);
    let seen = store.verify(None).expect("readable");
    assert_eq!((seen.broken, seen.keys.len()), (None, 2));
}

#[test]
fn the_signing_key_is_made_once_and_for_nobody_else() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().expect("a folder");
    drop(acts(dir.path(), 1));
    let path = dir.path().join("audit-key");
    let read = || std::fs::read_to_string(&path).expect("a key");
    let (first, mode) = (read(), std::fs::metadata(&path).expect("a file").permissions().mode());
    assert_eq!(mode & 0o777, 0o400);
    drop(acts(dir.path(), 1));
    assert_eq!(read(), first);
}

/// Numbers from a seed (`SplitMix64`).
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end
    }
}

/// Ways to tamper with the rows of the chain.
#[derive(Clone, Copy, Debug)]
enum Way {
    Change,
    ChangeAndHash,
    Delete,
    Swap,
    Insert,
    Cut,
    Forge,
    Rewrite,
}

const WAYS: [Way; 8] = [
    Way::Change,
    Way::ChangeAndHash,
    Way::Delete,
    Way::Swap,
    Way::Insert,
    Way::Cut,
    Way::Forge,
    Way::Rewrite,
];

/// Does it, and returns the first row that is not as it was.
fn tamper(db: &Connection, way: Way, rows: i64, random: &mut Random) -> i64 {
    let seq = 1 + random.below(rows as u64) as i64;
    let run = |sql: &str| db.execute(sql, [seq]).expect("a way to tamper");
    match way {
        Way::Change => {
            let column = ["us", "kind", "body", "previous", "hash"][random.below(5) as usize];
            let value = match column {
                "us" => "us + 1".to_owned(),
                "kind" => "kind || 's'".to_owned(),
                "body" => format!("substr(body, 1, {0}) || '~' || substr(body, {0} + 2)", random.below(30)),
                blob => format!(
                    "cast(substr({blob}, 1, {0}) || x'00ff' || substr({blob}, {0} + 3) AS BLOB)",
                    random.below(28)
                ),
            };
            run(&format!("UPDATE audit SET {column} = {value} WHERE seq = ?1"));
            seq
        }
        Way::ChangeAndHash => {
            rehash(db, seq, "{\"words\":\"another act\"}");
            contradicted(db, seq)
        }
        Way::Delete => {
            run("DELETE FROM audit WHERE seq = ?1");
            seq
        }
        Way::Swap => {
            let other = 1 + (seq + random.below(rows as u64 - 1) as i64) % rows;
            let step = [(seq, -1), (other, seq), (-1, other)];
            for (from, to) in step {
                db.execute("UPDATE audit SET seq = ?2 WHERE seq = ?1", params![from, to]).expect("a swap");
            }
            seq.min(other)
        }
        Way::Insert => {
            db.execute("UPDATE audit SET seq = -(seq + 1) WHERE seq >= ?1", [seq]).expect("room");
            db.execute("UPDATE audit SET seq = -seq WHERE seq < 0", []).expect("room");
            let of =
                "INSERT INTO audit SELECT ?1, us, kind, '{}', previous, hash FROM audit WHERE seq = ?1 + 1";
            run(of);
            rehash(db, seq, "{\"words\":\"an act that was none\"}");
            contradicted(db, seq)
        }
        Way::Cut => {
            run("DELETE FROM audit WHERE seq >= ?1");
            seq
        }
        Way::Forge => {
            let at: i64 = db
                .query_row("SELECT max(seq) FROM checkpoint WHERE seq <= max(?1, 4)", [seq], |row| row.get(0))
                .expect("a checkpoint");
            let forged = KeyPairOf(random).sign(db, at);
            db.execute("UPDATE checkpoint SET signature = ?2 WHERE seq = ?1", params![at, forged])
                .expect("a forgery");
            at
        }
        // The rest of the chain made anew, as only the key's holder could sign it.
        Way::Rewrite => {
            rehash(db, seq, "{\"words\":\"another past\"}");
            for later in seq + 1..=rows {
                db.execute(
                    "UPDATE audit SET previous = (SELECT hash FROM audit WHERE seq = ?1 - 1) WHERE seq = ?1",
                    [later],
                )
                .expect("a row");
                let body: String = db
                    .query_row("SELECT body FROM audit WHERE seq = ?1", [later], |row| row.get(0))
                    .expect("a row");
                rehash(db, later, &body);
            }
            db.query_row("SELECT min(seq) FROM checkpoint WHERE seq >= ?1", [seq], |row| row.get(0))
                .expect("a checkpoint behind it")
        }
    }
}

/// Where a row that agrees with itself is contradicted: by its own checkpoint, or by the row that follows.
fn contradicted(db: &Connection, seq: i64) -> i64 {
    let checkpoint = "SELECT count(*) FROM checkpoint WHERE seq = ?1";
    let is_signed: bool = db.query_row(checkpoint, [seq], |row| row.get(0)).expect("a number");
    if is_signed { seq } else { seq + 1 }
}

/// Gives a row another body and the hash that belongs to it.
fn rehash(db: &Connection, seq: i64, body: &str) {
    let (us, kind, previous): (i64, String, Vec<u8>) = db
        .query_row("SELECT us, kind, previous FROM audit WHERE seq = ?1", [seq], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .expect("a row");
    let hash = hash(seq, us, kind.as_bytes(), body.as_bytes(), &previous);
    db.execute("UPDATE audit SET body = ?2, hash = ?3 WHERE seq = ?1", params![seq, body, hash])
        .expect("a row");
}

/// Somebody else's key.
struct KeyPairOf<'r>(&'r mut Random);

impl KeyPairOf<'_> {
    fn sign(&mut self, db: &Connection, seq: i64) -> Vec<u8> {
        let seed: [u8; 32] = std::array::from_fn(|_| self.0.below(256) as u8);
        let (us, hash): (i64, Vec<u8>) = db
            .query_row("SELECT us, hash FROM checkpoint WHERE seq = ?1", [seq], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .expect("a checkpoint");
        seal::signed_by(seed, seq, us, &hash)
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "a failure is repeated by its seed")]
fn every_tampering_is_found_and_its_first_row_named() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let (seed, times) = (number("BREACHD_SEED").unwrap_or(9), number("BREACHD_TAMPERINGS").unwrap_or(5_000));
    println!("seed {seed} (set BREACHD_SEED to change it), {times} tamperings");
    let dir = tempfile::tempdir().expect("a folder");
    let store = acts(dir.path(), 4);
    let rows: i64 = store.db.query_row("SELECT max(seq) FROM audit", [], |row| row.get(0)).expect("rows");
    assert_eq!(broken(&store.db), None);
    let mut random = Random(seed);
    for n in 0..times {
        let way = WAYS[n as usize % WAYS.len()];
        store.db.execute_batch("SAVEPOINT tamper").expect("a way back");
        let first = tamper(&store.db, way, rows, &mut random);
        let found = broken(&store.db);
        let named = found.as_ref().map(|broken| broken.seq);
        assert_eq!(named, Some(first), "tampering {n}, {way:?} at {first}: {found:?}");
        store.db.execute_batch("ROLLBACK TO tamper; RELEASE tamper").expect("as it was");
    }
    assert_eq!(broken(&store.db), None, "the chain is as it was");
}
