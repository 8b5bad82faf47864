//! What opens a draft: thresholds, rules for single routes, actors and sources, abnormal use, the inventory.

use super::build::{Builder, number, text, texts};
use super::raw::{At, Node, Table, Value};
use super::settings::{AbnormalSettings, OpenRule, OpenThresholds};
use crate::incident::{Known, Route, Unusual};

/// Kinds of actor, by the word in the file.
const ACTORS: [(&str, Known); 7] = [
    ("authenticated", Known::Authenticated),
    ("local", Known::Local),
    ("network", Known::Network),
    ("envelope", Known::Envelope),
    ("forwarder", Known::Forwarder),
    ("address", Known::Address),
    ("unknown", Known::Nothing),
];

/// Routes that can open a draft, by the word in the file.
const ROUTES: [(&str, Route); 4] = [
    ("mail-out", Route::MailOut),
    ("download", Route::Download),
    ("export", Route::Export),
    ("destruction", Route::Destruction),
];

impl<'b> Builder<'b> {
    pub(super) fn open(&mut self, open: &mut OpenThresholds) {
        let Some(table) = self.section("open") else { return };
        let places = [
            ("mail", &mut open.mail),
            ("download_outside", &mut open.download_outside),
            ("download_inside", &mut open.download_inside),
            ("export", &mut open.export),
            ("declared", &mut open.declared),
        ];
        for (key, place) in places {
            if let Some(threshold) = self.threshold(table, key) {
                *place = threshold;
            }
        }
        if let Some(Node { value: Value::Tables(items), .. }) = table.get("rule") {
            open.rules = items.iter().filter_map(|(item, at)| self.open_rule(item, at)).collect();
        }
    }

    fn open_rule(&mut self, table: &'b Table, at: &At) -> Option<OpenRule> {
        let source = text(table, "source").map(|(source, at)| {
            if let Err(error) = globset::Glob::new(source) {
                self.error(at, format!("`{source}` is not a glob"), error.kind().to_string());
            }
            source.to_owned()
        });
        let people = self.threshold(table, "people");
        if people.is_none() {
            self.error(at, "a rule without a threshold", "add: people = 5");
        }
        Some(OpenRule {
            route: self.word(table, "route", &ROUTES).map(|(route, _)| route),
            actor: self.word(table, "actor", &ACTORS).map(|(actor, _)| actor),
            source,
            people: people?,
        })
    }

    fn threshold(&mut self, table: &'b Table, key: &str) -> Option<u64> {
        let (threshold, at) = number(table, key)?;
        if threshold == 0 {
            self.error(at, format!("`{key}` must be 1 or more"), "0 would open a draft for nobody");
        }
        Some(threshold)
    }

    pub(super) fn abnormal(&mut self, abnormal: &mut AbnormalSettings) {
        let Some(table) = self.section("abnormal") else { return };
        abnormal.records_held = self.threshold(table, "records_held").unwrap_or(abnormal.records_held);
        abnormal.times = self.threshold(table, "times").unwrap_or(abnormal.times);
        abnormal.objects = self.threshold(table, "objects").unwrap_or(abnormal.objects);
        if let Some((hours, at)) = text(table, "hours") {
            if let Some(minutes) = minutes(hours) {
                abnormal.hours = minutes;
            } else {
                self.error(at, format!("`{hours}` are no hours of a day"), "write them like 07:00-20:00");
            }
        }
        for (word, at) in texts(table, "opens") {
            if let Some(unusual) = Unusual::ALL.into_iter().find(|unusual| unusual.id() == word) {
                abnormal.opens.push(unusual);
            } else {
                let hint = format!("there are {}", Unusual::ALL.map(Unusual::id).join(", "));
                self.error(at, format!("`{word}` is no abnormal use"), hint);
            }
        }
    }

    pub(super) fn inventory_files(&mut self) -> Vec<std::path::PathBuf> {
        let Some(table) = self.section("inventory") else { return Vec::new() };
        let mut files = Vec::new();
        for (file, at) in texts(table, "files") {
            if !file.starts_with('/') && !file.starts_with("./") {
                let hint = "begin it with `/`, or with `./` for the current directory";
                self.error(at, format!("`{file}` is not an absolute path"), hint);
            }
            files.push(file.into());
        }
        files
    }
}

/// `07:00-20:00` as minutes of the day.
fn minutes(hours: &str) -> Option<(u16, u16)> {
    let minute = |clock: &str| {
        let (hour, minute) = clock.trim().split_once(':')?;
        let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
        (hour <= 24 && minute < 60 && hour * 60 + minute <= 24 * 60).then_some(hour * 60 + minute)
    };
    let (from, to) = hours.split_once('-')?;
    let (from, to) = (minute(from)?, minute(to)?);
    (from < to).then_some((from, to))
}

/// The hours as they are written.
pub(super) fn hours((from, to): (u16, u16)) -> String {
    let clock = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
    format!("{}-{}", clock(from), clock(to))
}
