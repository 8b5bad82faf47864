//! Sources that give nothing: of which the administrators are told once when it begins, and once when it is over. An
//! alarm is committed before its letter is put into the spool, and says whether it was, so that a crash between the two
//! loses no letter and writes none twice.

use std::collections::BTreeMap;

use rusqlite::{Transaction, params};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::apply::{Step, damaged};
use super::facts::text;
use super::{Result, Store, audit, ledger};
use crate::batch::{Note, NoteKind};
use crate::line::SourceId;

/// What the names of its rows begin with.
const ALARM: &str = "alarm/";
/// The same of the rows of learned silences.
const SILENCE: &str = "silence/";

/// A source that gives nothing, or gave nothing until a moment ago.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarm {
    /// The source.
    pub source: SourceId,
    /// What is the matter.
    pub trouble: Trouble,
    /// Since when it gives nothing, microseconds since the epoch.
    pub since: i64,
    /// When it gave something again; none while it does not.
    pub over: Option<i64>,
    /// Whether the letter about its beginning lies in the spool, or about its end where it is over.
    pub is_told: bool,
}

/// Why a source gives nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trouble {
    /// It can be read, and has no new line.
    Silent,
    /// It cannot be read, for the reason given.
    Unreadable(String),
}

impl Store {
    /// The alarms that stand, or whose end was not told yet.
    pub fn alarms(&self) -> Result<Vec<Alarm>> {
        let rows = self.meta(ALARM)?;
        rows.values()
            .map(|text| self.ask("read alarms", |_| serde_json::from_str(text).map_err(damaged)))
            .collect()
    }

    /// Records that an alarm begins or ends, in the audit and the ledger too.
    pub fn alarm(&mut self, alarm: &Alarm, now: i64) -> Result<()> {
        self.transact("record an alarm", |tx| {
            put(tx, alarm)?;
            let (kind, act, words) = match (&alarm.trouble, alarm.over) {
                (_, Some(_)) => (NoteKind::Seeing, "source-over", String::new()),
                (Trouble::Silent, None) => (NoteKind::Silent, "source-silent", String::new()),
                (Trouble::Unreadable(why), None) => (NoteKind::Blind, "source-blind", why.clone()),
            };
            ledger::note(tx, &Note::of(&alarm.source, kind, words), now)?;
            audit::append(tx, now, act, &json!({ "source": alarm.source, "since": alarm.since }))?;
            Ok(())
        })
    }

    /// Records that the letter of an alarm lies in the spool. With the letter about its end it is over and done.
    pub fn alarm_told(&mut self, alarm: &Alarm) -> Result<()> {
        self.transact("mark an alarm as told", |tx| {
            if alarm.over.is_none() {
                return put(tx, &Alarm { is_told: true, ..alarm.clone() });
            }
            tx.execute("DELETE FROM meta WHERE name = ?1", [format!("{ALARM}{}", alarm.source.0)])?;
            Ok(())
        })
    }

    /// The longest silence from which each source has come back, in microseconds, of those with long ones.
    pub fn silences(&self) -> Result<BTreeMap<SourceId, i64>> {
        let known = self.meta(SILENCE)?.into_iter();
        Ok(known.filter_map(|(source, us)| Some((SourceId::new(&source), us.parse().ok()?))).collect())
    }

    /// Records the longest silence of a source.
    pub fn silence(&mut self, source: &SourceId, us: i64) -> Result<()> {
        self.transact("record a silence", |tx| {
            tx.execute(
                "INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)",
                params![format!("{SILENCE}{}", source.0), us.to_string()],
            )?;
            Ok(())
        })
    }

    /// The rows whose names begin so, by the rest of the name.
    fn meta(&self, prefix: &str) -> Result<BTreeMap<String, String>> {
        self.ask("read marks of sources", |db| {
            let mut rows =
                db.prepare("SELECT name, value FROM meta WHERE substr(name, 1, length(?1)) = ?1")?;
            let rows = rows.query_map([prefix], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))?;
            let rows = rows.collect::<rusqlite::Result<Vec<_>>>()?.into_iter();
            Ok(rows.map(|(name, value)| (name[prefix.len()..].to_owned(), value)).collect())
        })
    }
}

fn put(tx: &Transaction<'_>, alarm: &Alarm) -> std::result::Result<(), Step> {
    tx.execute(
        "INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)",
        params![format!("{ALARM}{}", alarm.source.0), text(alarm)],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{START, open};
    use super::*;

    #[test]
    fn an_alarm_stands_until_its_end_is_told_and_leaves_rows_behind() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut store = open(dir.path());
        let source = SourceId::new("/var/log/mail.log");
        let trouble = Trouble::Unreadable("it is a folder".to_owned());
        let begun = Alarm { source: source.clone(), trouble, since: START, over: None, is_told: false };
        store.alarm(&begun, START).expect("recorded");
        store.alarm_told(&begun).expect("marked");
        assert_eq!(store.alarms().expect("read"), [Alarm { is_told: true, ..begun.clone() }]);
        let over = Alarm { over: Some(START + 5), ..begun };
        store.alarm(&over, START + 5).expect("recorded");
        assert_eq!(store.alarms().expect("read"), std::slice::from_ref(&over), "its end is to be told");
        store.alarm_told(&over).expect("marked");
        assert_eq!(store.alarms().expect("read"), []);
        let ledger = store.ledger().expect("read");
        let kinds: Vec<_> = ledger.sources[&source].happenings.iter().map(|one| one.kind.as_str()).collect();
        assert_eq!(kinds, ["blind", "seeing"]);
        store.silence(&source, 7).expect("recorded");
        assert_eq!(store.silences().expect("read"), BTreeMap::from([(source, 7)]));
    }
}
