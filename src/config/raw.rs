//! The files as they are written: known keys, their shapes, and one merged tree in which every value remembers its
//! place.
//!
//! serde stops at the first mistake; this walks the parsed document against [`ROOT`] and collects all of them.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::diagnose::{Excerpt, Problem, Report, Severity, suggest};

/// What may stand in a place.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    Text,
    Texts,
    Number,
    Flag,
    /// A day of the calendar, as TOML writes dates or in quotes; read as a text.
    Day,
    Table(&'static [Key]),
    Tables(&'static [Key]),
    /// Role → mailboxes; with `unit` also the table of units.
    Roles {
        unit: bool,
    },
    /// Any unit's name → its roles.
    Units,
}

/// A known key; the example is what a hint shows.
pub(super) struct Key {
    name: &'static str,
    shape: Shape,
    example: &'static str,
}

pub(super) const fn key(name: &'static str, shape: Shape, example: &'static str) -> Key {
    Key { name, shape, example }
}

/// The roles that exist without any policy. A policy may demand others, which are then known too.
pub(super) const ROLES: [&str; 5] = ["dpo", "unit-head", "exec-secretary", "ciso", "sysadmin"];

/// Every key of the file.
pub(super) const ROOT: Shape = Shape::Table(&[
    key("state_dir", Shape::Text, "state_dir = \"/var/lib/breachd\""),
    key("org", Shape::Table(ORG), "[org]"),
    key("source", Shape::Tables(SOURCE), "[[source]]"),
    key("policy", Shape::Table(POLICY), "[policy]"),
    key("roles", Shape::Roles { unit: true }, "[roles]"),
    key("incident", Shape::Table(INCIDENT), "[incident]"),
    key("open", Shape::Table(OPEN), "[open]"),
    key("abnormal", Shape::Table(ABNORMAL), "[abnormal]"),
    key("inventory", Shape::Table(INVENTORY), "[inventory]"),
    key("mail", Shape::Table(MAIL), "[mail]"),
    key("key", Shape::Table(KEY), "[key]"),
    key("store", Shape::Table(STORE), "[store]"),
    key("control", Shape::Table(CONTROL), "[control]"),
    key("alarm", Shape::Table(ALARM), "[alarm]"),
    key("form", Shape::Table(FORM), "[form]"),
    key("storm", Shape::Table(STORM), "[storm]"),
    key("digest", Shape::Table(DIGEST), "[digest]"),
    key("suppress", Shape::Tables(SUPPRESS), "[[suppress]]"),
]);

const ORG: &[Key] = &[
    key("name", Shape::Text, "name = \"…\""),
    key("domains", Shape::Texts, "domains = [\"agency.gov.tw\"]"),
    key("networks", Shape::Texts, "networks = [\"10.0.0.0/8\"]"),
    key("timezone", Shape::Text, "timezone = \"Asia/Taipei\""),
];

const SOURCE: &[Key] = &[
    key("path", Shape::Text, "path = \"/var/log/mail.log\""),
    key("journal", Shape::Table(JOURNAL), "journal = { units = [\"postfix.service\"] }"),
    key("format", Shape::Text, "format = \"auto\""),
    key("start", Shape::Text, "start = \"beginning\""),
    key("timezone", Shape::Text, "timezone = \"UTC\""),
    key("system", Shape::Text, "system = \"mail gateway\""),
    key("owner_unit", Shape::Text, "owner_unit = \"人事室\""),
    key("records_held", Shape::Number, "records_held = 10000"),
    key("count_all", Shape::Flag, "count_all = true"),
    key("silent_after", Shape::Text, "silent_after = \"24h\""),
];

const JOURNAL: &[Key] = &[
    key("units", Shape::Texts, "units = [\"postfix.service\"]"),
    key("program", Shape::Text, "program = \"/usr/bin/journalctl\""),
];

const POLICY: &[Key] = &[
    key("active", Shape::Texts, "active = [\"nfu-ims-p-025\"]"),
    key("nature_mode", Shape::Text, "nature_mode = \"max\""),
    key("unit", Shape::Text, "unit = \"subjects\""),
    key("general_counts", Shape::Text, "general_counts = \"total\""),
    key("bounds", Shape::Text, "bounds = \"inclusive\""),
    key("day_kind", Shape::Text, "day_kind = \"calendar\""),
    key("holidays", Shape::Texts, "holidays = [\"/etc/breachd/115.csv\"]"),
];

const INCIDENT: &[Key] = &[
    key("gap", Shape::Text, "gap = \"8h\""),
    key("span", Shape::Text, "span = \"7d\""),
    key("exposed_recipients", Shape::Number, "exposed_recipients = 20"),
];

const OPEN: &[Key] = &[
    key("mail", Shape::Number, "mail = 1"),
    key("download_outside", Shape::Number, "download_outside = 1"),
    key("download_inside", Shape::Number, "download_inside = 21"),
    key("export", Shape::Number, "export = 21"),
    key("declared", Shape::Number, "declared = 21"),
    key("rule", Shape::Tables(OPEN_RULE), "[[open.rule]]"),
];

const OPEN_RULE: &[Key] = &[
    key("route", Shape::Text, "route = \"download\""),
    key("actor", Shape::Text, "actor = \"authenticated\""),
    key("source", Shape::Text, "source = \"/var/log/nginx/access.log\""),
    key("people", Shape::Number, "people = 5"),
];

const ABNORMAL: &[Key] = &[
    key("records_held", Shape::Number, "records_held = 5000"),
    key("times", Shape::Number, "times = 10"),
    key("objects", Shape::Number, "objects = 100"),
    key("hours", Shape::Text, "hours = \"07:00-20:00\""),
    key("opens", Shape::Texts, "opens = [\"volume\", \"mass-download\"]"),
];

const INVENTORY: &[Key] = &[key("files", Shape::Texts, "files = [\"/etc/breachd/inventory.csv\"]")];

/// An entry of an inventory that is written as TOML.
pub(super) const INVENTORY_ENTRY: &[Key] = &[
    key("path", Shape::Text, "path = \"/hr/**/*.xlsx\""),
    key("table", Shape::Text, "table = \"hr.employee\""),
    key("data_set", Shape::Text, "data_set = \"員工名冊\""),
    key("system", Shape::Text, "system = \"檔案伺服器\""),
    key("owner_unit", Shape::Text, "owner_unit = \"人事室\""),
    key("records", Shape::Number, "records = 500"),
    key("bytes", Shape::Number, "bytes = 120000"),
    key("natures", Shape::Texts, "natures = [\"identification\", \"financial\"]"),
    key("special", Shape::Flag, "special = true"),
    key("as_of", Shape::Text, "as_of = \"2026-06-30\""),
];

const MAIL: &[Key] = &[
    key("transport", Shape::Text, "transport = \"smtp\""),
    key("mailer", Shape::Text, "mailer = \"thread\""),
    key("spool_dir", Shape::Text, "spool_dir = \"/var/spool/breachd\""),
    key("from", Shape::Text, "from = \"breachd@agency.gov.tw\""),
    key("host", Shape::Text, "host = \"localhost\""),
    key("port", Shape::Number, "port = 25"),
    key("tls", Shape::Text, "tls = \"starttls\""),
    key("user", Shape::Text, "user = \"breachd\""),
    key("password_file", Shape::Text, "password_file = \"/etc/breachd/smtp-password\""),
    key("ca_file", Shape::Text, "ca_file = \"/etc/ssl/certs/agency-ca.pem\""),
    key("second", Shape::Table(RELAY), "second = { host = \"relay2.agency.gov.tw\" }"),
    key("timeout", Shape::Text, "timeout = \"60s\""),
    key("last_resort", Shape::Text, "last_resort = \"/usr/local/sbin/page-the-team\""),
    key("languages", Shape::Texts, "languages = [\"zh-TW\", \"en\"]"),
    key("body", Shape::Text, "body = \"full\""),
    key("attach", Shape::Texts, "attach = [\"form\", \"ics\"]"),
    key("phone", Shape::Text, "phone = \"資訊室值班（分機 1234）\""),
    key("reply_to", Shape::Text, "reply_to = \"breachd-reply@agency.gov.tw\""),
    key("templates", Shape::Text, "templates = \"/etc/breachd/templates\""),
];

const RELAY: &[Key] = &[
    key("host", Shape::Text, "host = \"relay2.agency.gov.tw\""),
    key("port", Shape::Number, "port = 25"),
    key("tls", Shape::Text, "tls = \"starttls\""),
    key("user", Shape::Text, "user = \"breachd\""),
    key("password_file", Shape::Text, "password_file = \"/etc/breachd/smtp-password\""),
    key("ca_file", Shape::Text, "ca_file = \"/etc/ssl/certs/agency-ca.pem\""),
];

const KEY: &[Key] = &[key("file", Shape::Text, "file = \"/etc/breachd/subject.key\"")];

const STORE: &[Key] =
    &[key("max", Shape::Text, "max = \"10GiB\""), key("reserve", Shape::Text, "reserve = \"64MiB\"")];

const CONTROL: &[Key] = &[key("socket", Shape::Text, "socket = \"/run/breachd/control.sock\"")];

const ALARM: &[Key] = &[
    key("silent_after", Shape::Text, "silent_after = \"24h\""),
    key("unreadable_after", Shape::Text, "unreadable_after = \"60s\""),
];

const FORM: &[Key] = &[
    key("authority", Shape::Text, "authority = \"臺北市政府\""),
    key("address", Shape::Text, "address = \"臺北市信義區市府路1號\""),
    key("name", Shape::Text, "name = \"…\""),
    key("title", Shape::Text, "title = \"…\""),
    key("telephone", Shape::Text, "telephone = \"02-…\""),
    key("email", Shape::Text, "email = \"privacy@agency.gov.tw\""),
];

const STORM: &[Key] = &[
    key("burst", Shape::Number, "burst = 10"),
    key("per_hour", Shape::Number, "per_hour = 10"),
    key("urgent_per_minute", Shape::Number, "urgent_per_minute = 10"),
];

const DIGEST: &[Key] =
    &[key("at", Shape::Text, "at = \"08:00\""), key("roles", Shape::Texts, "roles = [\"dpo\"]")];

const SUPPRESS: &[Key] = &[
    key("kind", Shape::Text, "kind = \"tw-mobile\""),
    key("actor", Shape::Text, "actor = \"backup@agency.gov.tw\""),
    key("source", Shape::Text, "source = \"/var/log/mail.log\""),
    key("destination", Shape::Text, "destination = \"example.com\""),
    key("owner", Shape::Text, "owner = \"資訊室 王股長\""),
    key("reason", Shape::Text, "reason = \"…\""),
    key("expires", Shape::Day, "expires = 2026-12-31"),
];

/// A file's text under its index in the reading order.
pub(super) type Texts = Vec<Arc<str>>;

/// Where something stands: the file by its index, and the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct At {
    pub(super) file: usize,
    pub(super) span: Range<usize>,
}

/// A table of the merged tree.
pub(super) type Table = BTreeMap<String, Node>;

/// A value and the places of its key and of itself.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) key: At,
    pub(super) at: At,
    pub(super) value: Value,
}

/// A value whose shape is right.
#[derive(Debug)]
pub(super) enum Value {
    Text(String),
    Texts(Vec<(String, At)>),
    Number(u64),
    Flag(bool),
    Table(Table),
    Tables(Vec<(Table, At)>),
}

/// Lays `over` onto `base`: tables merge, arrays of tables append, all else is replaced.
pub(super) fn merge(base: &mut Table, over: Table) {
    for (name, node) in over {
        match (base.get_mut(&name).map(|old| &mut old.value), node.value) {
            (Some(Value::Table(old)), Value::Table(new)) => merge(old, new),
            (Some(Value::Tables(old)), Value::Tables(new)) => old.extend(new),
            (_, value) => {
                base.insert(name, Node { value, ..node });
            }
        }
    }
}

/// Reads one file's text, collecting its mistakes.
pub(super) struct Reader<'r> {
    pub(super) file: usize,
    pub(super) path: &'r Path,
    pub(super) text: &'r Arc<str>,
    /// Roles that the policies demand beside [`ROLES`].
    pub(super) roles: &'r [&'r str],
    pub(super) report: &'r mut Report,
}

impl Reader<'_> {
    /// The file's tree without what is wrong in it; `false` when its syntax is broken, so that a key may be missing
    /// only because its line could not be read.
    pub(super) fn read(self) -> (Table, bool) {
        self.read_as(ROOT)
    }

    /// The same of a file with keys of its own.
    pub(super) fn read_as(mut self, shape: Shape) -> (Table, bool) {
        let text = Arc::clone(self.text);
        let (document, errors) = DeTable::parse_recoverable(&text);
        let broken = self.syntax(errors);
        let before = self.report.problems.len();
        let table = self.table(document.get_ref(), shape);
        // What the parser guessed on a broken line is no mistake of the writer's.
        let mut n = 0;
        self.report.problems.retain(|problem| {
            n += 1;
            n <= before || !problem.place.as_ref().is_some_and(|p| broken.contains(&p.line_column().0))
        });
        (table, broken.is_empty())
    }

    /// Reports syntax errors, the first of each line (those that follow on it are its echo), and says which lines.
    fn syntax(&mut self, mut errors: Vec<toml::de::Error>) -> Vec<usize> {
        errors.sort_by_key(|error| error.span().map_or(0, |span| span.start));
        let mut lines = Vec::new();
        for error in errors {
            let span = error.span().unwrap_or(0..0);
            let line = Excerpt { text: Arc::clone(self.text), span: span.clone() }.line_column().0;
            if !lines.contains(&line) {
                lines.push(line);
                self.problem(span, format!("not TOML: {}", error.message()), String::new());
            }
        }
        lines
    }

    fn table(&mut self, table: &DeTable<'_>, shape: Shape) -> Table {
        let mut read = Table::new();
        for (name, value) in table {
            let Some((shape, example)) = self.known(shape, name.get_ref()) else {
                let hint = suggest(name.get_ref(), &self.names(shape));
                self.problem(name.span(), format!("unknown key `{}`", name.get_ref()), hint);
                continue;
            };
            if let Some(value_read) = self.value(name.get_ref(), value, shape, &example) {
                let node = Node { key: self.at(name.span()), at: self.at(value.span()), value: value_read };
                read.insert(name.get_ref().to_string(), node);
            }
        }
        read
    }

    fn value(
        &mut self,
        name: &str,
        value: &Spanned<DeValue<'_>>,
        shape: Shape,
        example: &str,
    ) -> Option<Value> {
        let read = match (shape, value.get_ref()) {
            (Shape::Text | Shape::Day, DeValue::String(text)) => Some(Value::Text(text.to_string())),
            (Shape::Flag, DeValue::Boolean(flag)) => Some(Value::Flag(*flag)),
            (Shape::Number, DeValue::Integer(number)) => {
                u64::from_str_radix(number.as_str(), number.radix()).ok().map(Value::Number)
            }
            (Shape::Day, DeValue::Datetime(day)) if day.time.is_none() => Some(Value::Text(day.to_string())),
            (Shape::Texts, DeValue::Array(items)) => self.texts(items).map(Value::Texts),
            (Shape::Table(_) | Shape::Roles { .. } | Shape::Units, DeValue::Table(table)) => {
                Some(Value::Table(self.table(table, shape)))
            }
            (Shape::Tables(keys), DeValue::Array(items)) => self.tables(items, keys).map(Value::Tables),
            _ => None,
        };
        if read.is_none() {
            let what = format!("`{name}` must be {}", wanted(shape));
            self.problem(value.span(), what, format!("write it like: {example}"));
        }
        read
    }

    fn texts(&self, items: &DeArray<'_>) -> Option<Vec<(String, At)>> {
        let text = |item: &Spanned<DeValue<'_>>| {
            item.get_ref().as_str().map(|text| (text.to_owned(), self.at(item.span())))
        };
        items.iter().map(text).collect()
    }

    fn tables(&mut self, items: &DeArray<'_>, keys: &'static [Key]) -> Option<Vec<(Table, At)>> {
        let mut read = Vec::new();
        for item in items {
            let DeValue::Table(table) = item.get_ref() else { return None };
            read.push((self.table(table, Shape::Table(keys)), self.at(item.span())));
        }
        Some(read)
    }

    /// Shape and example of a key in a table of this shape.
    fn known(&self, shape: Shape, name: &str) -> Option<(Shape, String)> {
        let example = |key: &str, value: &str| format!("{key} = {value}");
        match shape {
            Shape::Table(keys) => {
                keys.iter().find(|key| key.name == name).map(|key| (key.shape, key.example.to_owned()))
            }
            Shape::Roles { unit: true } if name == "unit" => {
                Some((Shape::Units, "[roles.unit.\"人事室\"]".to_owned()))
            }
            Shape::Roles { .. } if ROLES.contains(&name) || self.roles.contains(&name) => {
                Some((Shape::Texts, example(name, "[\"name@agency.gov.tw\"]")))
            }
            Shape::Units => Some((Shape::Roles { unit: false }, format!("[roles.unit.\"{name}\"]"))),
            _ => None,
        }
    }

    fn names(&self, shape: Shape) -> Vec<&str> {
        match shape {
            Shape::Table(keys) => keys.iter().map(|key| key.name).collect(),
            Shape::Roles { unit } => {
                let more = self.roles.iter().copied().filter(|role| !ROLES.contains(role));
                ROLES.into_iter().chain(more).chain(unit.then_some("unit")).collect()
            }
            _ => Vec::new(),
        }
    }

    fn at(&self, span: Range<usize>) -> At {
        At { file: self.file, span }
    }

    fn problem(&mut self, span: Range<usize>, what: String, hint: String) {
        let place = Some(Excerpt { text: Arc::clone(self.text), span });
        let file = self.path.to_owned();
        self.report.problems.push(Problem { severity: Severity::Error, file, place, what, hint });
    }
}

fn wanted(shape: Shape) -> &'static str {
    match shape {
        Shape::Text => "a text",
        Shape::Texts => "a list of texts",
        Shape::Number => "a whole number, 0 or more",
        Shape::Flag => "true or false",
        Shape::Day => "a day",
        Shape::Tables(_) => "a list of tables",
        Shape::Table(_) | Shape::Roles { .. } | Shape::Units => "a table",
    }
}
