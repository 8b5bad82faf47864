//! From the tree to the settings: every value checked, every default filled in. `contact` has the part that says
//! who is told, and how.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use chrono_tz::TZ_VARIANTS;

use super::diagnose::{Excerpt, Problem, Report, Severity, nearest, suggest};
use super::raw::{At, Node, Table, Texts, Value};
use super::settings::{IncidentSettings, Org, Settings};
use super::{IpNetwork, Known};
use crate::moment::{DAY, Tz, parse_span};

/// Recipients of one message that Postfix takes as it is set up by default (postconf(5), `smtpd_recipient_limit`).
const EXPOSED_RECIPIENTS_MAX: u64 = 1000;

/// Makes the settings and collects what is wrong with values.
pub(super) struct Builder<'b> {
    pub(super) root: &'b Table,
    pub(super) texts: &'b Texts,
    pub(super) known: &'b Known<'b>,
    pub(super) report: &'b mut Report,
    /// Every file's syntax was sound, so that what is missing is missing.
    pub(super) whole: bool,
}

/// A text of the file and its place.
pub(super) type Said<'b> = (&'b str, &'b At);

impl<'b> Builder<'b> {
    /// The settings, complete; of a wrong value the default stands in, which nobody sees, since an error is reported.
    pub(super) fn settings(mut self) -> Settings {
        let mut settings = Settings::default();
        if let Some(path) = self.path(self.root, "state_dir") {
            settings.state_dir = path;
        }
        self.org(&mut settings.org);
        if settings.org.domains.is_empty() && self.whole {
            self.warn_of_no_domains();
        }
        settings.sources = self.sources();
        self.policy(&mut settings.policy);
        settings.roles = self.roles();
        self.incident(&mut settings.incident);
        self.open(&mut settings.open);
        self.abnormal(&mut settings.abnormal);
        settings.inventory = self.inventory_files();
        self.mail(&mut settings.mail);
        settings.key_file = self.section("key").and_then(|table| self.path(table, "file"));
        self.store(&mut settings.store);
        settings.control_socket = self.section("control").and_then(|table| self.path(table, "socket"));
        self.alarm(&mut settings.alarm);
        self.form(&mut settings.form);
        self.storm(&mut settings.storm);
        self.digest(&mut settings.digest);
        settings.suppress = self.suppressions(settings.org.timezone);
        self.mailboxes_for_needed_roles(&settings);
        settings
    }

    fn org(&mut self, org: &mut Org) {
        let Some(table) = self.section("org") else { return };
        if let Some((name, _)) = text(table, "name") {
            name.clone_into(&mut org.name);
        }
        for (domain, at) in texts(table, "domains") {
            if is_domain(domain) {
                org.domains.push(domain.to_ascii_lowercase());
            } else {
                self.error(at, format!("`{domain}` is not a mail domain"), "write only what follows the @");
            }
        }
        for (network, at) in texts(table, "networks") {
            match IpNetwork::from_str(network) {
                Ok(network) => org.networks.push(network),
                Err(error) => {
                    self.error(at, format!("`{network}` is not an address range"), error.to_string());
                }
            }
        }
        org.timezone = self.timezone(table).unwrap_or(org.timezone);
    }

    pub(super) fn timezone(&mut self, table: &'b Table) -> Option<Tz> {
        let (zone, at) = text(table, "timezone")?;
        let known = Tz::from_str(zone).ok();
        if known.is_none() {
            let names: Vec<&str> = TZ_VARIANTS.iter().map(|zone| zone.name()).collect();
            let hint = nearest(zone, &names).map_or_else(
                || "write a name of the IANA database, like `Asia/Taipei`".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            self.error(at, format!("unknown time zone `{zone}`"), hint);
        }
        known
    }

    /// Legal, and seldom meant: a mail between two colleagues would be a leak.
    fn warn_of_no_domains(&mut self) {
        let what = "no mail domain is internal, so every mail counts as having left";
        let hint = "add to [org]: domains = [\"agency.gov.tw\"]";
        let main = self.report.files_read.first().cloned().unwrap_or_default();
        let problem = Problem::of_file(&main, what, hint);
        self.report.problems.push(Problem { severity: Severity::Warning, ..problem });
    }

    fn incident(&mut self, incident: &mut IncidentSettings) {
        let Some(table) = self.section("incident") else { return };
        if let Some((span, at)) = text(table, "gap") {
            match parse_span(span) {
                Some(us) => incident.gap_us = us,
                None => {
                    self.error(at, format!("`{span}` is not a span of time"), "write it like 90m, 8h or 2d");
                }
            }
        }
        if let Some((span, at)) = text(table, "span") {
            match parse_span(span).filter(|us| *us > 0 && us % DAY == 0) {
                Some(us) => incident.span_days = us / DAY,
                None => self.error(at, format!("`{span}` is not a number of whole days"), "write it like 7d"),
            }
        }
        if let Some((allowed, at)) = number(table, "exposed_recipients") {
            if allowed > EXPOSED_RECIPIENTS_MAX {
                let what = format!("`exposed_recipients` must be at most {EXPOSED_RECIPIENTS_MAX}");
                self.error(at, what, "a message has no more recipients in Postfix; 0 switches the rule off");
            }
            incident.exposed_recipients = allowed;
        }
    }

    pub(super) fn section(&self, name: &str) -> Option<&'b Table> {
        sub(self.root, name)
    }

    /// A path that does not depend on where the daemon happens to be started, unless it says so with `./`.
    pub(super) fn path(&mut self, table: &'b Table, key: &str) -> Option<PathBuf> {
        let (path, at) = text(table, key)?;
        if !path.starts_with('/') && !path.starts_with("./") {
            let hint = "begin it with `/`, or with `./` for the current directory";
            self.error(at, format!("`{key}` is not an absolute path"), hint);
        }
        Some(path.into())
    }

    /// A value of a closed list.
    pub(super) fn word<T: Copy>(
        &mut self,
        table: &'b Table,
        key: &str,
        words: &[(&'static str, T)],
    ) -> Option<(T, &'b At)> {
        let (said, at) = text(table, key)?;
        let found = words.iter().find(|(word, _)| *word == said);
        if found.is_none() {
            let valid: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.error(at, format!("`{key}` cannot be `{said}`"), suggest(said, &valid));
        }
        found.map(|(_, value)| (*value, at))
    }

    pub(super) fn error(&mut self, at: &At, what: impl Into<String>, hint: impl Into<String>) {
        self.push(Severity::Error, at, what.into(), hint.into());
    }

    /// Something that no file says is a problem of the main file.
    pub(super) fn missing(&mut self, what: &str, hint: &str) {
        let main = self.report.files_read.first().cloned().unwrap_or_default();
        self.report.problems.push(Problem::of_file(&main, what, hint));
    }

    pub(super) fn push(&mut self, severity: Severity, at: &At, what: String, hint: String) {
        let file = self.report.files_read[at.file].clone();
        let place = Some(Excerpt { text: Arc::clone(&self.texts[at.file]), span: at.span.clone() });
        self.report.problems.push(Problem { severity, file, place, what, hint });
    }
}

pub(super) fn sub<'b>(table: &'b Table, name: &str) -> Option<&'b Table> {
    match &table.get(name)?.value {
        Value::Table(table) => Some(table),
        _ => None,
    }
}

pub(super) fn text<'b>(table: &'b Table, key: &str) -> Option<Said<'b>> {
    match table.get(key)? {
        Node { value: Value::Text(text), at, .. } => Some((text, at)),
        _ => None,
    }
}

pub(super) fn number<'b>(table: &'b Table, key: &str) -> Option<(u64, &'b At)> {
    match table.get(key)? {
        Node { value: Value::Number(number), at, .. } => Some((*number, at)),
        _ => None,
    }
}

pub(super) fn flag(table: &Table, key: &str) -> Option<bool> {
    match table.get(key)? {
        Node { value: Value::Flag(flag), .. } => Some(*flag),
        _ => None,
    }
}

pub(super) fn texts<'b>(table: &'b Table, key: &str) -> impl Iterator<Item = Said<'b>> + use<'b> {
    let items = match table.get(key) {
        Some(Node { value: Value::Texts(items), .. }) => items.as_slice(),
        _ => &[],
    };
    items.iter().map(|(text, at)| (text.as_str(), at))
}

pub(super) fn is_domain(domain: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
    };
    domain.split('.').all(label)
}
