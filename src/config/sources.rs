//! What is read: the logs, and the journal.

use super::build::{Builder, flag, number, sub, text, texts};
use super::diagnose::{Severity, suggest};
use super::raw::{At, Node, Table, Value};
use super::settings::{AlarmSettings, JournalSettings, SourceSettings, Start};
use crate::format::{LogFormat, LogFormatError};
use crate::moment::parse_span;

impl<'b> Builder<'b> {
    pub(super) fn sources(&mut self) -> Vec<SourceSettings> {
        let Some(Node { value: Value::Tables(items), .. }) = self.root.get("source") else {
            if self.whole {
                let hint = "add a [[source]] with path = \"/var/log/mail.log\"";
                self.missing("no log to read: there is no [[source]]", hint);
            }
            return Vec::new();
        };
        if items.is_empty() && self.whole {
            let at = self.root["source"].key.clone();
            self.error(&at, "no log to read: the list of sources is empty", "add a [[source]] with a path");
        }
        let mut sources: Vec<SourceSettings> = Vec::new();
        for (table, at) in items {
            let source = self.source(table, at);
            let same = |other: &SourceSettings| !source.path.is_empty() && other.path == source.path;
            if sources.iter().any(same) {
                let at = text(table, "path").map_or(at, |(_, at)| at);
                self.error(at, format!("`{}` is listed twice", source.path), "keep one of the two");
            }
            sources.push(source);
        }
        sources
    }

    fn source(&mut self, table: &'b Table, at: &At) -> SourceSettings {
        let journal = sub(table, "journal").map(|journal| self.journal(journal, at));
        let path = match &journal {
            Some(journal) => format!("{}{}", JournalSettings::SCHEME, journal.units.join(",")),
            None => self.log_path(table, at),
        };
        if let (Some(_), Some((_, at))) = (&journal, text(table, "path")) {
            self.error(at, "a source is a file or the journal, not both", "write two [[source]]");
        }
        let format = match (text(table, "format"), &journal) {
            (None, None) => "auto",
            (None, Some(_)) => JournalSettings::FORMAT,
            (Some((_, at)), Some(_)) => {
                self.error(at, "the journal is in a format of its own", "take this line out");
                JournalSettings::FORMAT
            }
            (Some((format, at)), None) => {
                self.format(format, at);
                format
            }
        };
        let owner_unit = text(table, "owner_unit").map(|(unit, at)| {
            self.warn_of_unknown_unit(unit, at);
            unit.to_owned()
        });
        SourceSettings {
            path,
            format: format.to_owned(),
            start: self.word(table, "start", &Start::WORDS).map_or_else(Start::default, |(start, _)| start),
            timezone: self.timezone(table),
            system: text(table, "system").map(|(system, _)| system.to_owned()),
            owner_unit,
            records_held: number(table, "records_held").map(|(records, _)| records),
            count_all: flag(table, "count_all").unwrap_or(false),
            silent_after: self.span(table, "silent_after"),
            journal,
        }
    }

    fn log_path(&mut self, table: &'b Table, at: &At) -> String {
        if !table.contains_key("path") && self.whole {
            self.error(at, "a source without a path", "add: path = \"/var/log/mail.log\"");
        }
        let path = self.path(table, "path").map_or_else(String::new, |path| path.display().to_string());
        if let (Err(error), Some((_, at))) = (globset::Glob::new(&path), text(table, "path")) {
            self.error(at, format!("`{path}` is not a glob"), error.kind().to_string());
        }
        path
    }

    fn journal(&mut self, table: &'b Table, at: &At) -> JournalSettings {
        let mut units = Vec::new();
        for (unit, at) in texts(table, "units") {
            let is_plain = |c: char| c.is_ascii_alphanumeric() || ":-_.\\@".contains(c);
            if !unit.contains('.') || unit.starts_with('-') || !unit.chars().all(is_plain) {
                let what = format!("`{unit}` is not the name of a unit");
                self.error(at, what, "write it as `systemctl list-units` does: postfix@-.service");
            }
            units.push(unit.to_owned());
        }
        if units.is_empty() {
            let hint = "add: units = [\"postfix.service\"]";
            self.error(at, "a journal without units would be read whole", hint);
        }
        let program = self.path(table, "program").unwrap_or_else(|| JournalSettings::PROGRAM.into());
        JournalSettings { units, program }
    }

    /// A span of time, in microseconds.
    fn span(&mut self, table: &'b Table, key: &str) -> Option<i64> {
        let (span, at) = text(table, key)?;
        let us = parse_span(span);
        if us.is_none() {
            self.error(at, format!("`{span}` is not a span of time"), "write it like 90m, 8h or 2d");
        }
        us
    }

    pub(super) fn alarm(&mut self, alarm: &mut AlarmSettings) {
        let Some(table) = self.section("alarm") else { return };
        alarm.silent_after = self.span(table, "silent_after");
        alarm.unreadable_after = self.span(table, "unreadable_after").unwrap_or(alarm.unreadable_after);
    }

    /// A format's name, or the format string of the server that writes the log.
    fn format(&mut self, format: &str, at: &At) {
        let mut valid = vec!["auto"];
        valid.extend(self.known.formats.iter().map(String::as_str));
        if valid.contains(&format) {
            return;
        }
        if !LogFormat::is_meant(format) {
            self.error(at, format!("unknown log format `{format}`"), suggest(format, &valid));
        } else if let Err(LogFormatError { what, way_out }) = LogFormat::new(format) {
            self.error(at, what, way_out);
        }
    }

    /// A unit may do without people of its own, but where some units have them, a name that none bears is a slip.
    fn warn_of_unknown_unit(&mut self, unit: &str, at: &At) {
        let units = self.section("roles").and_then(|roles| sub(roles, "unit"));
        let Some(units) = units.filter(|units| !units.contains_key(unit)) else { return };
        let names: Vec<&str> = units.keys().map(String::as_str).collect();
        self.push(Severity::Warning, at, format!("no [roles.unit.\"{unit}\"]"), suggest(unit, &names));
    }
}
