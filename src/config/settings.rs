//! What the program needs to know, after reading: every value typed, every default filled in.

use std::path::PathBuf;

use super::form::FormSettings;
use super::letter::LetterSettings;
use super::network::IpNetwork;
use super::policy::{PolicyReading, PolicySettings};
use super::relay::RelaySettings;
use super::roles::Roles;
use super::store::StoreSettings;
use crate::incident::{Daily, Known, Route, Storm, Suppression, Unusual};
use crate::moment::{HOUR, MINUTE, Tz};
use crate::severity::ACTIVE;

/// The whole configuration. `Settings::default()` is what an empty file says.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Folder of the store; only the daemon writes there.
    pub state_dir: PathBuf,
    /// The organisation: what is inside.
    pub org: Org,
    /// The logs to read.
    pub sources: Vec<SourceSettings>,
    /// The rules to judge by.
    pub policy: PolicySettings,
    /// Who is told.
    pub roles: Roles,
    /// How events become incidents.
    pub incident: IncidentSettings,
    /// From how many subjects on a chain opens a draft.
    pub open: OpenThresholds,
    /// When use of a large system is abnormal.
    pub abnormal: AbnormalSettings,
    /// Files of the personal-data inventory.
    pub inventory: Vec<PathBuf>,
    /// How mail leaves.
    pub mail: MailSettings,
    /// The file with the key of the subject keys; without it a credential or the store's own key is used.
    pub key_file: Option<PathBuf>,
    /// How much room the store has.
    pub store: StoreSettings,
    /// The socket over which the daemon is asked and told; see [`Settings::control_socket`].
    pub control_socket: Option<PathBuf>,
    /// When the system administrators are told of a source.
    pub alarm: AlarmSettings,
    /// What the official forms say of the organisation.
    pub form: FormSettings,
    /// How many mails may go out at once.
    pub storm: Storm,
    /// When the daily digest is written.
    pub digest: Daily,
    /// What opens no draft for a while.
    pub suppress: Vec<Suppression>,
}

impl Settings {
    /// The control socket: as set, else in the run-time directory, or beside a store that is not in the usual place, so
    /// that two daemons on one host do not meet.
    pub fn control_socket(&self) -> PathBuf {
        match &self.control_socket {
            Some(socket) => socket.clone(),
            None if self.state_dir == Self::default().state_dir => "/run/breachd/control.sock".into(),
            None => self.state_dir.join("control.sock"),
        }
    }
}

/// The organisation, and what counts as inside it.
#[derive(Clone, Debug, PartialEq)]
pub struct Org {
    /// Its name, as forms and mails print it.
    pub name: String,
    /// Mail to these domains, and those below them, is internal. Lower case.
    pub domains: Vec<String>,
    /// Clients in these ranges are inside.
    pub networks: Vec<IpNetwork>,
    /// Zone of logs that state none.
    pub timezone: Tz,
}

/// One log with its rotated siblings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceSettings {
    /// Path or glob of the live file.
    pub path: String,
    /// A format's name, or `auto`.
    pub format: String,
    /// What is read of the things that exist when the source is first seen.
    pub start: Start,
    /// Zone of its stamps that state none; if left out the organisation's.
    pub timezone: Option<Tz>,
    /// The system that writes the log, for the report.
    pub system: Option<String>,
    /// The unit that owns the system; chooses among `roles.unit`.
    pub owner_unit: Option<String>,
    /// How many people's records the system holds.
    pub records_held: Option<u64>,
    /// Whether every line of it is read, so that declared numbers without a name in their line are seen.
    pub count_all: bool,
    /// After how much silence an alarm is raised, in place of `alarm.silent_after`.
    pub silent_after: Option<i64>,
    /// The journal, in place of a file; then `path` is the name of the source, `journal:UNIT,…`.
    pub journal: Option<JournalSettings>,
}

/// Where the journal of systemd is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalSettings {
    /// Units whose lines are read.
    pub units: Vec<String>,
    /// The program that reads it.
    pub program: PathBuf,
}

impl JournalSettings {
    /// What the names of such sources begin with.
    pub const SCHEME: &'static str = "journal:";
    /// The format of what it prints.
    pub const FORMAT: &'static str = "journald";
    /// Where Debian and others install it.
    pub const PROGRAM: &'static str = "/usr/bin/journalctl";
}

/// When the system administrators are told of a source, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlarmSettings {
    /// Without a new line for so long; 0 is never. None: a day, or twice the longest silence that the source has ever
    /// come back from, whichever is longer.
    pub silent_after: Option<i64>,
    /// Unreadable for so long.
    pub unreadable_after: i64,
}

/// What is read of the things that exist when a source is first seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// The live file from its first byte.
    #[default]
    Beginning,
    /// The live file and its rotated siblings.
    All,
    /// Only what is written from now on.
    End,
}

impl Start {
    /// The word in the file for each.
    pub const WORDS: [(&'static str, Self); 3] =
        [("beginning", Self::Beginning), ("all", Self::All), ("end", Self::End)];
}

/// How events become incidents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IncidentSettings {
    /// The longest silence inside a chain, in microseconds.
    pub gap_us: i64,
    /// Days after which a chain is cut.
    pub span_days: i64,
    /// How many outside addresses one mail may show in To and Cc; 0 is any number.
    pub exposed_recipients: u64,
}

/// From how many likely subjects on a chain opens a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenThresholds {
    /// Mail to an outside recipient.
    pub mail: u64,
    /// Download by an outside client that logged in.
    pub download_outside: u64,
    /// Download by a client in `org.networks`.
    pub download_inside: u64,
    /// Export from a database or an application.
    pub export: u64,
    /// From how many records, declared on a line without personal data, the line is told.
    pub declared: u64,
    /// Thresholds for single routes, kinds of actor and sources, before those above.
    pub rules: Vec<OpenRule>,
}

/// A threshold for some events; what is left out fits all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenRule {
    /// The route.
    pub route: Option<Route>,
    /// How the actor is known.
    pub actor: Option<Known>,
    /// Glob of the source.
    pub source: Option<String>,
    /// From how many people on.
    pub people: u64,
}

/// When use of a system that holds many records is abnormal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AbnormalSettings {
    /// From how many records of a source's system on it is watched.
    pub records_held: u64,
    /// So many times the daily average of the actor's thirty days is much.
    pub times: u64,
    /// So many files are many.
    pub objects: u64,
    /// The hours of work, as minutes of the day.
    pub hours: (u16, u16),
    /// What opens a draft by itself.
    pub opens: Vec<Unusual>,
}

/// How mail leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailSettings {
    /// By SMTP, or not at all.
    pub transport: Transport,
    /// Who sends what lies in the spool.
    pub mailer: Mailer,
    /// Folder of the frozen messages.
    pub spool_dir: PathBuf,
    /// The sender's address.
    pub from: String,
    /// The relay.
    pub relay: RelaySettings,
    /// What is asked where the first relay does not take a mail.
    pub second: Option<RelaySettings>,
    /// How long handing over a mail may take, in microseconds.
    pub timeout_us: i64,
    /// The program that takes a mail about the highest level once no relay has taken it for five minutes.
    pub last_resort: Option<PathBuf>,
    /// How letters are written.
    pub letter: LetterSettings,
}

/// Whether mail leaves by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// To the relay.
    Smtp,
    /// The files stay in `spool_dir/new`.
    None,
}

impl Transport {
    /// The word in the file for each.
    pub const WORDS: [(&'static str, Self); 2] = [("smtp", Self::Smtp), ("none", Self::None)];
}

/// Who sends what lies in the spool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mailer {
    /// A thread of the daemon.
    Thread,
    /// Its own process, `breachd mailer`.
    Process,
}

impl Mailer {
    /// The word in the file for each.
    pub const WORDS: [(&'static str, Self); 2] = [("thread", Self::Thread), ("process", Self::Process)];
}

/// How the connection to the relay is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// Not at all: only to loopback.
    None,
    /// STARTTLS (RFC 3207), demanded.
    StartTls,
    /// TLS from the first byte (RFC 8314).
    Implicit,
}

impl Tls {
    /// The word in the file for each.
    pub const WORDS: [(&'static str, Self); 3] =
        [("none", Self::None), ("starttls", Self::StartTls), ("implicit", Self::Implicit)];
}

/// The word in the file for a value of a closed list.
pub(super) fn word<T: PartialEq>(words: &[(&'static str, T)], value: &T) -> &'static str {
    words.iter().find(|(_, each)| each == value).map_or("", |(word, _)| word)
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            state_dir: "/var/lib/breachd".into(),
            org: Org {
                name: String::new(),
                domains: Vec::new(),
                networks: Vec::new(),
                timezone: Tz::Asia__Taipei,
            },
            sources: Vec::new(),
            policy: PolicySettings {
                active: ACTIVE.map(str::to_owned).to_vec(),
                reading: PolicyReading::default(),
                holidays: Vec::new(),
            },
            roles: Roles::default(),
            incident: IncidentSettings { gap_us: 8 * HOUR, span_days: 7, exposed_recipients: 20 },
            open: OpenThresholds {
                mail: 1,
                download_outside: 1,
                download_inside: 21,
                export: 21,
                declared: 21,
                rules: Vec::new(),
            },
            abnormal: AbnormalSettings {
                records_held: 5000,
                times: 10,
                objects: 100,
                hours: (7 * 60, 20 * 60),
                opens: Vec::new(),
            },
            inventory: Vec::new(),
            mail: MailSettings {
                transport: Transport::Smtp,
                mailer: Mailer::Thread,
                spool_dir: "/var/spool/breachd".into(),
                from: "breachd@localhost".into(),
                relay: RelaySettings::local(),
                second: None,
                timeout_us: MINUTE,
                last_resort: None,
                letter: LetterSettings::default(),
            },
            key_file: None,
            store: StoreSettings::default(),
            control_socket: None,
            alarm: AlarmSettings { silent_after: None, unreadable_after: MINUTE },
            form: FormSettings::default(),
            storm: Storm::default(),
            digest: Daily::default(),
            suppress: Vec::new(),
        }
    }
}
