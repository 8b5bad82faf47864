use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::types::Value;

use super::*;
use crate::store::Store;

/// The key of the stores in `tests/stores`.
const KEY_ID_OF: &str = "SELECT value FROM meta WHERE name = 'key'";

/// A small store of each released version, as that version wrote it, and the incidents it held. A version that is
/// released adds its own two files here and is never changed again.
const RELEASED: [(i64, &str, &str); 2] = [
    (1, include_str!("../../../tests/stores/1.sql"), include_str!("../../../tests/stores/1.json")),
    (2, include_str!("../../../tests/stores/2.sql"), include_str!("../../../tests/stores/2.json")),
];

/// Tables of the chain that goes on: that it is signed from now on, and by which key, is an act.
const GO_ON: [&str; 3] = ["audit", "audit_key", "checkpoint"];

fn stored(dir: &Path, text: &str) -> String {
    let db = Connection::open(dir.join("state.db")).expect("a database");
    db.execute_batch("PRAGMA foreign_keys = OFF;").expect("tables come by name");
    db.execute_batch(text).expect("a store as text");
    db.query_row(KEY_ID_OF, [], |row| row.get(0)).expect("a key id")
}

/// Every row of every table, by the columns that are asked for.
fn rows(dir: &Path, columns: &BTreeMap<String, Vec<String>>) -> BTreeMap<String, Vec<Vec<Value>>> {
    let db = Connection::open(dir.join("state.db")).expect("a database");
    let of_table = |(table, columns): (&String, &Vec<String>)| {
        let sql = format!("SELECT {0} FROM {table} ORDER BY {0}", columns.join(", "));
        let mut rows = db.prepare(&sql).expect("a table");
        let rows = rows.query_map([], |row| (0..columns.len()).map(|at| row.get(at)).collect());
        (table.clone(), rows.expect("rows").collect::<rusqlite::Result<_>>().expect("values"))
    };
    columns.iter().map(of_table).collect()
}

fn columns(dir: &Path) -> BTreeMap<String, Vec<String>> {
    let db = Connection::open(dir.join("state.db")).expect("a database");
    let mut columns: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut named = db
        .prepare(
            "SELECT t.name, c.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c
             WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' ORDER BY 1, c.cid",
        )
        .expect("a schema");
    let named = named.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("names");
    for (table, column) in named.map(|named| named.expect("a name")) {
        columns.entry(table).or_default().push(column);
    }
    columns
}

#[test]
fn every_released_store_is_taken_to_todays_schema_without_loss() {
    for (version, text, cores) in RELEASED {
        let dir = tempfile::tempdir().expect("a folder");
        let key_id = stored(dir.path(), text);
        let columns = columns(dir.path());
        let read = Store::read(dir.path()).expect("readable as it is").cores().expect("readable");
        let before = rows(dir.path(), &columns);
        assert!(before["fact"].len() > 20 && !before["gap"].is_empty(), "version {version} holds something");
        let store = Store::open(dir.path(), &key_id).expect("it opens");
        assert_eq!(super::version(&store.db).expect("a version"), VERSION);
        let mut after = rows(dir.path(), &columns);
        for (table, rows) in &before {
            if GO_ON.contains(&table.as_str()) {
                after.get_mut(table).expect("a table").retain(|row| rows.contains(row));
            }
            assert!(after[table] == *rows, "version {version}: rows of {table} have changed");
        }
        assert_eq!(store.verify(None).expect("readable").broken, None, "version {version}");
        let cores: serde_json::Value = serde_json::from_str(cores).expect("JSON");
        let held = serde_json::to_value(store.cores().expect("readable")).expect("JSON");
        assert_eq!(held, cores["incidents"], "version {version}");
        assert_eq!(store.cores().expect("readable"), read, "version {version}, left as it was");
        let ledger = store.ledger().expect("readable");
        let gaps = ledger.sources.values().flat_map(crate::store::Standing::gaps).count();
        assert_eq!(gaps, before["gap"].len(), "version {version}: its gaps are in the ledger");
        drop(store);
        Store::open(dir.path(), &key_id).expect("it opens again");
    }
}

#[test]
fn a_new_store_and_one_that_grew_up_have_one_schema() {
    let schema = |dir: &Path| {
        let db = Connection::open(dir.join("state.db")).expect("a database");
        let mut rows = db.prepare("SELECT name, sql FROM sqlite_schema ORDER BY name").expect("a schema");
        let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("rows");
        rows.collect::<rusqlite::Result<Vec<(String, Option<String>)>>>().expect("texts")
    };
    let new = tempfile::tempdir().expect("a folder");
    Store::open(new.path(), "key").expect("a new store");
    for (version, text, _) in RELEASED {
        let old = tempfile::tempdir().expect("a folder");
        let key_id = stored(old.path(), text);
        Store::open(old.path(), &key_id).expect("it opens");
        assert_eq!(schema(old.path()), schema(new.path()), "version {version}");
    }
}

#[test]
fn every_table_is_strict() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = Store::open(dir.path(), "key").expect("a new store");
    let loose = "SELECT group_concat(name) FROM pragma_table_list WHERE type = 'table' AND NOT strict
                 AND name NOT LIKE 'sqlite_%'";
    let loose: Option<String> = store.db.query_row(loose, [], |row| row.get(0)).expect("a list");
    assert_eq!(loose, None);
}

#[test]
fn a_store_of_a_later_program_is_left_alone() {
    let dir = tempfile::tempdir().expect("a folder");
    Store::open(dir.path(), "key").expect("a new store");
    let db = Connection::open(dir.path().join("state.db")).expect("a database");
    db.execute_batch(&format!("PRAGMA user_version = {}", VERSION + 1)).expect("a later version");
    let refused = Store::open(dir.path(), "key").expect_err("a later store").to_string();
    assert!(refused.contains("install the newer one"), "{refused}");
    let refused = Store::read(dir.path()).expect_err("a later store").to_string();
    assert!(refused.contains("install the newer one"), "{refused}");
}
