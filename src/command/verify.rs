//! `breachd verify`: the audit chain of the store, computed again.

use std::path::Path;

use serde_json::json;

use super::{FAILED, Failure, Outcome, USAGE, print, settings};
use crate::cli::{Global, Verify as Options};
use crate::moment::iso;
use crate::store::{Checkpoint, Store, Verified};

/// Reads the store, or a copy of one, without disturbing the daemon.
pub(super) fn run(global: &Global, options: &Options) -> Outcome {
    let store = match &options.store {
        Some(path) => Store::read_file(path)?,
        None => Store::read(&settings(global)?.0.state_dir)?,
    };
    let witness = options.witness.as_deref().map(witness).transpose()?;
    let seen = store.verify(witness)?;
    let text = if options.json { format!("{:#}\n", as_json(&seen)) } else { as_text(&seen, store.path()) };
    print(&text)?;
    Ok(if seen.broken.is_some() { FAILED } else { 0 })
}

/// Number and hash of a checkpoint as a mail has it.
fn witness(text: &str) -> Result<(i64, &str), Failure> {
    let mut words = text.split_whitespace();
    let parts = words.next().and_then(|seq| seq.parse().ok()).zip(words.next());
    parts.filter(|(seq, hash)| *seq > 0 && hash.len() == 64).ok_or_else(|| Failure {
        code: USAGE,
        text: "--witness: write the number and the hash as they stand at the foot of a mail".to_owned(),
    })
}

fn as_text(seen: &Verified, path: &Path) -> String {
    let path = path.display();
    let (rows, checkpoints) = (seen.rows, seen.checkpoints);
    let latest = seen.latest.as_ref().map_or_else(String::new, |latest| {
        format!("latest checkpoint, of {}:\n  {latest}\n", iso(latest.us))
    });
    let keys = match &seen.keys[..] {
        [] => String::new(),
        [key] => format!("signed by key {key}\n"),
        keys => {
            format!("signed by {} keys, each new one needs an explanation: {}\n", keys.len(), keys.join(", "))
        }
    };
    match &seen.broken {
        None => format!("{path}: all {rows} audit rows and {checkpoints} checkpoints hold\n{keys}{latest}"),
        Some(broken) => format!(
            "{path}: audit row {} {}; {rows} rows before it and {checkpoints} checkpoints hold\n{keys}{latest}",
            broken.seq, broken.what
        ),
    }
}

fn as_json(seen: &Verified) -> serde_json::Value {
    let latest = |latest: &Checkpoint| {
        json!({ "seq": latest.seq, "time": iso(latest.us), "hash": latest.hash, "key": latest.key,
                "signature": latest.signature })
    };
    json!({
        "schema": "breachd.verify/1",
        "rows": seen.rows,
        "checkpoints": seen.checkpoints,
        "keys": seen.keys,
        "latest": seen.latest.as_ref().map(latest),
        "broken": seen.broken.as_ref().map(|broken| json!({ "row": broken.seq, "what": broken.what })),
    })
}
