//! The configuration in force, each value with its origin, for `breachd check --dump`. There is no secret in it: keys
//! and passwords are named by their files.

use std::fmt::{Display, Write as _};

use super::diagnose::{Excerpt, Report};
use super::letter::{Attach, Body, LetterSettings, words};
use super::opening;
use super::raw::{At, Table, Texts, Value};
use super::relay::RelaySettings;
use super::roles::{Holder, Roles};
use super::settings::{Mailer, OpenRule, Settings, SourceSettings, Start, Tls, Transport, word};
use super::{PolicyReading, PolicySettings, store, telling};
use crate::alert::Language;
use crate::incident::{SourcePattern, Suppression};
use crate::moment::{HOUR, SECOND};
use crate::severity::{DayKind, GeneralCounts, Mode, Unit};

/// The settings as a file that would give the same settings, with `# file:line` or `# default` after each value.
pub fn dump(settings: &Settings, report: &Report) -> String {
    let mut page = Page { text: String::new(), prefix: String::new(), report };
    page.text_value("state_dir", settings.state_dir.display());
    page.table("org");
    page.text_value("name", &settings.org.name);
    page.list("domains", &settings.org.domains);
    let networks: Vec<String> = settings.org.networks.iter().map(ToString::to_string).collect();
    page.list("networks", &networks);
    page.text_value("timezone", settings.org.timezone);
    for (n, source) in settings.sources.iter().enumerate() {
        page.source(n, source);
    }
    page.table("policy");
    page.policy(&settings.policy);
    page.roles(&settings.roles);
    page.table("incident");
    page.text_value("gap", span(settings.incident.gap_us));
    page.text_value("span", format!("{}d", settings.incident.span_days));
    page.value("exposed_recipients", settings.incident.exposed_recipients);
    page.table("open");
    page.value("mail", settings.open.mail);
    page.value("download_outside", settings.open.download_outside);
    page.value("download_inside", settings.open.download_inside);
    page.value("export", settings.open.export);
    page.value("declared", settings.open.declared);
    page.open_rules(&settings.open.rules);
    page.table("abnormal");
    page.value("records_held", settings.abnormal.records_held);
    page.value("times", settings.abnormal.times);
    page.value("objects", settings.abnormal.objects);
    page.text_value("hours", opening::hours(settings.abnormal.hours));
    let opens = settings.abnormal.opens.iter().map(|unusual| unusual.id().to_owned());
    page.list("opens", &opens.collect::<Vec<_>>());
    page.table("inventory");
    let files = settings.inventory.iter().map(|file| file.display().to_string());
    page.list("files", &files.collect::<Vec<_>>());
    page.table("mail");
    page.text_value("transport", word(&Transport::WORDS, &settings.mail.transport));
    page.text_value("mailer", word(&Mailer::WORDS, &settings.mail.mailer));
    page.text_value("spool_dir", settings.mail.spool_dir.display());
    page.text_value("from", &settings.mail.from);
    page.relay(&settings.mail.relay);
    page.text_value("timeout", span(settings.mail.timeout_us));
    if let Some(program) = &settings.mail.last_resort {
        page.text_value("last_resort", program.display());
    }
    page.letter(&settings.mail.letter);
    if let Some(second) = &settings.mail.second {
        page.table("mail.second");
        page.relay(second);
    }
    if let Some(file) = &settings.key_file {
        page.table("key");
        page.text_value("file", file.display());
    }
    page.table("store");
    page.text_value("max", store::shown(settings.store.bytes_max));
    page.text_value("reserve", store::shown(settings.store.reserve));
    page.table("control");
    if let Some(socket) = &settings.control_socket {
        page.text_value("socket", socket.display());
    }
    page.table("alarm");
    if let Some(silent_after) = settings.alarm.silent_after {
        page.text_value("silent_after", span(silent_after));
    }
    page.text_value("unreadable_after", span(settings.alarm.unreadable_after));
    page.table("form");
    for (key, value) in settings.form.clone().fields() {
        page.text_value(key, value);
    }
    page.table("storm");
    page.value("burst", settings.storm.burst);
    page.value("per_hour", settings.storm.per_hour);
    page.value("urgent_per_minute", settings.storm.urgent_per_minute);
    page.table("digest");
    page.text_value("at", telling::clock(settings.digest.minute));
    page.list("roles", &settings.digest.roles);
    for (n, suppression) in settings.suppress.iter().enumerate() {
        page.suppression(n, suppression);
    }
    page.text
}

/// Notes where each value of the merged tree was set.
pub(super) fn origins(root: &Table, texts: &Texts, report: &mut Report) {
    let mut waiting = vec![(String::new(), root)];
    while let Some((prefix, table)) = waiting.pop() {
        for (name, node) in table {
            let key = format!("{prefix}{name}");
            match &node.value {
                Value::Table(table) => waiting.push((format!("{key}."), table)),
                Value::Tables(items) => waiting
                    .extend(items.iter().enumerate().map(|(n, (table, _))| (format!("{key}.{n}."), table))),
                Value::Text(_) | Value::Texts(_) | Value::People(_) | Value::Number(_) | Value::Flag(_) => {
                    let place = place(&node.key, texts, report);
                    report.origins.insert(key, place);
                }
            }
        }
    }
}

fn place(at: &At, texts: &Texts, report: &Report) -> String {
    let line = Excerpt { text: texts[at.file].clone(), span: at.span.clone() }.line_column().0;
    format!("{}:{line}", report.files_read[at.file].display())
}

fn span(us: i64) -> String {
    if us % HOUR == 0 { format!("{}h", us / HOUR) } else { format!("{}s", us / SECOND) }
}

struct Page<'p> {
    text: String,
    prefix: String,
    report: &'p Report,
}

impl Page<'_> {
    fn source(&mut self, n: usize, source: &SourceSettings) {
        self.text.push_str("\n[[source]]\n");
        self.prefix = format!("source.{n}.");
        if let Some(journal) = &source.journal {
            self.list("journal.units", &journal.units);
            self.text_value("journal.program", journal.program.display());
        } else {
            self.text_value("path", &source.path);
            self.text_value("format", &source.format);
        }
        self.text_value("start", word(&Start::WORDS, &source.start));
        if let Some(zone) = source.timezone {
            self.text_value("timezone", zone);
        }
        if let Some(system) = &source.system {
            self.text_value("system", system);
        }
        if let Some(unit) = &source.owner_unit {
            self.text_value("owner_unit", unit);
        }
        if let Some(records) = source.records_held {
            self.value("records_held", records);
        }
        if source.count_all {
            self.value("count_all", true);
        }
        if let Some(silent_after) = source.silent_after {
            self.text_value("silent_after", span(silent_after));
        }
    }

    fn open_rules(&mut self, rules: &[OpenRule]) {
        for (n, rule) in rules.iter().enumerate() {
            self.text.push_str("\n[[open.rule]]\n");
            self.prefix = format!("open.rule.{n}.");
            if let Some(route) = rule.route {
                self.text_value("route", route.id());
            }
            if let Some(actor) = rule.actor {
                self.text_value("actor", actor.id());
            }
            if let Some(source) = &rule.source {
                self.text_value("source", source);
            }
            self.value("people", rule.people);
        }
    }

    fn suppression(&mut self, n: usize, suppression: &Suppression) {
        self.text.push_str("\n[[suppress]]\n");
        self.prefix = format!("suppress.{n}.");
        let parts = [
            ("kind", suppression.kind.as_ref().map(crate::kind::Kind::id)),
            ("actor", suppression.actor.as_deref()),
            ("source", suppression.source.as_ref().map(SourcePattern::as_str)),
            ("destination", suppression.destination.as_deref()),
            ("owner", Some(suppression.owner.as_str())),
            ("reason", Some(suppression.reason.as_str())),
            ("expires", Some(suppression.last_day.as_str())),
        ];
        for (key, value) in parts {
            if let Some(value) = value {
                self.text_value(key, value);
            }
        }
    }

    fn letter(&mut self, letter: &LetterSettings) {
        self.list("languages", &words(&Language::WORDS, &letter.languages));
        self.text_value("body", word(&Body::WORDS, &letter.body));
        self.list("attach", &words(&Attach::WORDS, &letter.attach));
        self.text_value("phone", &letter.phone);
        if let Some(address) = &letter.reply_to {
            self.text_value("reply_to", address);
        }
        self.text_value("templates", letter.templates_dir.display());
    }

    fn policy(&mut self, policy: &PolicySettings) {
        self.list("active", &policy.active);
        let PolicyReading { nature_mode, unit, general_counts, inclusive, day_kind } = policy.reading;
        let words = [
            ("nature_mode", nature_mode.map(|mode| word(&Mode::WORDS, &mode))),
            ("unit", unit.map(|unit| word(&Unit::WORDS, &unit))),
            ("general_counts", general_counts.map(|counts| word(&GeneralCounts::WORDS, &counts))),
            ("bounds", inclusive.map(|inclusive| word(&PolicyReading::BOUNDS, &inclusive))),
            ("day_kind", day_kind.map(|kind| word(&DayKind::WORDS, &kind))),
        ];
        for (key, said) in words {
            if let Some(said) = said {
                self.text_value(key, said);
            }
        }
        let holidays: Vec<String> = policy.holidays.iter().map(|path| path.display().to_string()).collect();
        if !holidays.is_empty() {
            self.list("holidays", &holidays);
        }
    }

    fn roles(&mut self, roles: &Roles) {
        self.table("roles");
        for (role, holders) in &roles.global {
            self.value(role, people(holders));
        }
        for (unit, roles) in &roles.unit {
            // Writing to a String cannot fail.
            let _ = writeln!(self.text, "\n[roles.unit.{}]", quoted(unit));
            self.prefix = format!("roles.unit.{unit}.");
            for (role, holders) in roles {
                self.value(role, people(holders));
            }
        }
        if !roles.actors.is_empty() {
            self.table("units");
        }
        for (unit, patterns) in &roles.actors {
            let items: Vec<String> = patterns.iter().map(|pattern| quoted(pattern.as_str())).collect();
            let origin = self.report.origins.get(&format!("units.{unit}")).map_or("default", String::as_str);
            let _ = writeln!(self.text, "{} = [{}]  # {origin}", quoted(unit), items.join(", "));
        }
    }

    fn relay(&mut self, relay: &RelaySettings) {
        self.text_value("host", &relay.host);
        self.value("port", relay.port);
        self.text_value("tls", word(&Tls::WORDS, &relay.tls));
        if let Some(user) = &relay.user {
            self.text_value("user", user);
        }
        for (key, file) in [("password_file", &relay.password_file), ("ca_file", &relay.ca_file)] {
            if let Some(file) = file {
                self.text_value(key, file.display());
            }
        }
    }

    fn table(&mut self, name: &str) {
        let _ = writeln!(self.text, "\n[{name}]");
        self.prefix = format!("{name}.");
    }

    fn text_value(&mut self, key: &str, value: impl Display) {
        self.value(key, quoted(&value.to_string()));
    }

    fn list(&mut self, key: &str, items: &[String]) {
        let items: Vec<String> = items.iter().map(|item| quoted(item)).collect();
        self.value(key, format!("[{}]", items.join(", ")));
    }

    fn value(&mut self, key: &str, value: impl Display) {
        let origin = self.report.origins.get(&format!("{}{key}", self.prefix));
        let origin = origin.map_or("default", String::as_str);
        let _ = writeln!(self.text, "{key} = {value}  # {origin}");
    }
}

/// Those of whom nothing but the mailbox is said are texts.
fn people(holders: &[Holder]) -> String {
    let one = |holder: &Holder| {
        let Holder { mailbox, from, until, away, deputy } = holder;
        let mut parts = vec![format!("mailbox = {}", quoted(mailbox))];
        parts.extend(from.map(|day| format!("from = {day}")));
        parts.extend(until.map(|day| format!("until = {day}")));
        if !away.is_empty() {
            let away: Vec<String> = away.iter().map(|(a, b)| quoted(&format!("{a}..{b}"))).collect();
            parts.push(format!("away = [{}]", away.join(", ")));
        }
        parts.extend(deputy.as_ref().map(|deputy| format!("deputy = {}", quoted(deputy))));
        if parts.len() == 1 { quoted(mailbox) } else { format!("{{ {} }}", parts.join(", ")) }
    };
    format!("[{}]", holders.iter().map(one).collect::<Vec<_>>().join(", "))
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}
