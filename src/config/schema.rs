//! Every key of the configuration, with the shape of what may stand behind it.

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
    /// Mailboxes, each a text or a table of [`HOLDER`].
    People,
    /// Any unit's name → texts.
    Actors,
    /// Role → people; with `unit` also the table of units.
    Roles {
        unit: bool,
    },
    /// Any unit's name → its roles.
    Units,
}

/// A known key; the example is what a hint shows.
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    pub(super) example: &'static str,
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
    key("units", Shape::Actors, "[units]"),
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

pub(super) const HOLDER: &[Key] = &[
    key("mailbox", Shape::Text, "mailbox = \"name@agency.gov.tw\""),
    key("from", Shape::Day, "from = 2026-08-01"),
    key("until", Shape::Day, "until = 2027-07-31"),
    key("away", Shape::Texts, "away = [\"2026-12-21..2026-12-31\"]"),
    key("deputy", Shape::Text, "deputy = \"name@agency.gov.tw\""),
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
