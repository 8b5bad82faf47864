//! Incidents: what the facts of an actor's chain of events amount to. Everything here is a pure function of the set
//! of facts; `now` is an argument.

mod bulletin;
mod case;
mod chain;
mod declared;
mod event;
mod exposure;
mod items;
mod life;
mod outcome;
mod phrases;
mod rules;
mod state;
mod telling;
mod unusual;

pub use bulletin::{Bulletin, Content, Digest, Entry, Listing, Read, runs};
pub use case::{Evidence, Judged, judge, people_in_30_days};
pub use chain::{Chain, chains};
pub use event::{Counted, Event, Known, events};
pub use exposure::Exposure;
pub use items::{By, Item, Items, Office, items};
pub use life::{Kept, ThreadFacts};
pub use rules::{Abnormal, OpenRule, Org, Rules, Thresholds};
pub use state::State;
pub use telling::{Daily, Reached, SourcePattern, Storm, Suppressed, Suppression};
pub use unusual::{BASELINE, Unusual};

use serde::{Deserialize, Serialize};

use crate::kind::Nature;
use crate::moment::iso;

/// How data left, or was exposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Route {
    /// Sent by mail.
    MailOut,
    /// Fetched from a server.
    Download,
    /// Taken out of a database or an application.
    Export,
    /// Deleted, renamed or overwritten on a server: 毀損、滅失 (PDPA art. 12).
    Destruction,
    /// Stands in a log line that anybody could have caused: never opens a draft.
    ExposureInLog,
}

impl Route {
    /// Every route.
    pub const ALL: [Self; 5] =
        [Self::MailOut, Self::Download, Self::Export, Self::Destruction, Self::ExposureInLog];

    /// The stable id.
    pub const fn id(self) -> &'static str {
        match self {
            Self::MailOut => "mail-out",
            Self::Download => "download",
            Self::Export => "export",
            Self::Destruction => "destruction",
            Self::ExposureInLog => "exposure-in-log",
        }
    }

    /// The route with this id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|route| route.id() == id)
    }
}

/// What became of an event for one recipient, weakest first: of several the strongest holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// No final word yet.
    Pending,
    /// The final word was not seen.
    Unknown,
    /// Refused before acceptance.
    Blocked,
    /// Not delivered after acceptance.
    Failed,
    /// Delivered inside the organisation.
    InternalOnly,
    /// Left in part.
    LeftPartly,
    /// Left the organisation.
    Left,
}

impl Outcome {
    /// The stable id.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Unknown => "unknown",
            Self::Blocked => "blocked",
            Self::Failed => "failed",
            Self::InternalOnly => "internal-only",
            Self::LeftPartly => "left-partly",
            Self::Left => "left",
        }
    }

    /// Whether an event with this outcome is counted in subjects and level.
    pub const fn counts(self) -> bool {
        matches!(self, Self::Unknown | Self::LeftPartly | Self::Left)
    }
}

/// Points in time as JSON writes them: microseconds inside, RFC 3339 in UTC outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(pub i64);

impl Serialize for Instant {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&iso(self.0))
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        crate::moment::parse_when(&text, crate::moment::Tz::UTC, 0)
            .map(Self)
            .ok_or_else(|| serde::de::Error::custom("expected an RFC 3339 time"))
    }
}

/// The core of an incident: two incidents are equal when their cores are (DESIGN: chains and cases).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Core {
    /// Chain id: ten hex digits.
    pub id: String,
    /// How.
    pub route: Route,
    /// Who.
    pub actor: String,
    /// First counting event.
    pub first: Instant,
    /// Last counting event.
    pub last: Instant,
    /// The people the level was computed on.
    pub subjects: Subjects,
    /// Records (筆) seen.
    pub rows: u64,
    /// The total if possible findings counted too.
    pub possible_subjects: u64,
    /// The total if pending events counted too.
    pub pending_subjects: u64,
    /// What lines or the inventory declare beyond what was seen.
    pub declared: Option<Declared>,
    /// Addresses that messages have shown to each other; none where no message has shown too many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exposed: Option<Exposed>,
    /// Id of the chain that this one continues across a fixed mark; level and duties are computed over both together,
    /// and `level.why` names both numbers.
    pub continues: Option<String>,
    /// Natures of the data, in the order of the level table.
    pub natures: Vec<Nature>,
    /// The level and why.
    pub level: Level,
    /// (event, recipient) pairs by outcome.
    pub outcomes: Outcomes,
    /// At most 1,000.
    pub recipients: Vec<Recipient>,
    /// How many recipients more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipients_more: Option<u64>,
    /// Files, paths, subjects; at most 1,000.
    pub objects: Vec<String>,
    /// How many objects more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objects_more: Option<u64>,
    /// Client addresses; at most 1,000.
    pub origins: Vec<String>,
    /// How many client addresses more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origins_more: Option<u64>,
    /// The 20 smallest by (event time, masked text).
    pub samples: Vec<Sample>,
}

/// Distinct people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subjects {
    /// `general` and `special` together.
    pub total: u64,
    /// People without special-category data.
    pub general: u64,
    /// People with special-category data (PDPA art. 6).
    pub special: u64,
    /// Whether declared or inventory counts are in it.
    pub estimated: bool,
}

/// Records that a line or the inventory declares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declared {
    /// Records.
    pub records: u64,
    /// Of special category.
    pub special: u64,
    /// Where the number comes from.
    pub basis: String,
    /// At least.
    pub low: u64,
    /// At most.
    pub high: u64,
}

/// Outside addresses in To and Cc of messages that show more of them than are allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exposed {
    /// Distinct ones that the log shows.
    pub addresses: u64,
    /// Where headers were cut off in the log: with the outside recipients of the envelope, Bcc among them.
    pub at_most: Option<u64>,
    /// Messages.
    pub messages: u64,
}

/// The level and how it came about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Level {
    /// The computed level.
    pub level: u8,
    /// By number of people.
    pub by_count: u8,
    /// By nature of the data.
    pub by_nature: u8,
    /// One sentence a criterion, with its clause.
    pub why: Vec<String>,
}

/// (event, recipient) pairs by outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each is the outcome of the same name")]
pub struct Outcomes {
    pub left: u64,
    pub left_partly: u64,
    pub internal_only: u64,
    pub blocked: u64,
    pub failed: u64,
    pub pending: u64,
    pub unknown: u64,
}

/// A recipient and what became of it, the strongest outcome of the chain.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Recipient {
    /// The address, hits in it masked; `-` where the log names none.
    pub address: String,
    /// What became of it.
    pub outcome: Outcome,
}

/// Masked evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// Event time.
    pub time: Instant,
    /// What stood there, masked.
    pub masked: String,
    /// Where to look it up; left out of the core.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub place: Option<SamplePlace>,
}

/// Where a sample stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SamplePlace {
    /// File name at the time of reading.
    pub path: String,
    /// Byte offset of the line.
    pub offset: u64,
    /// Physical line, from 1.
    pub line: u64,
}

/// An incident as a person is shown it: the core and what stands around it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    /// The core.
    pub core: Core,
    /// Case number, once people were told.
    pub case: Option<String>,
    /// The highest level ever mailed.
    pub notified_level: Option<u8>,
    /// What must be done by when.
    pub duties: Vec<Duty>,
    /// Distinct people of this actor, all routes that count, over the 30 days that end with its last event.
    pub actor_30d: u64,
    /// Key id.
    pub key: String,
    /// What was read, and what could not be.
    pub completeness: Completeness,
    /// `draft`, until people decide.
    pub state: String,
    /// Systems and owner units of the sources.
    pub systems: Vec<System>,
    /// How the actor is known: `authenticated`, `local`, `envelope`, `network`, `address`.
    pub basis: String,
    /// Cases that were joined into this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// The level that a person has set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_level: Option<DecidedLevel>,
    /// When a person knew of it, as people say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<Instant>,
    /// What else belongs to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<crate::act::Linked>,
}

impl Draft {
    /// The level that holds: the one that a person has set, else the highest that people were told, or what is computed
    /// where that is higher.
    pub fn level(&self) -> u8 {
        let computed = self.core.level.level;
        match &self.decided_level {
            Some(decided) => decided.of(computed),
            None => computed.max(self.notified_level.unwrap_or(0)),
        }
    }
}

/// A level that a person has set, with what is known to have happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecidedLevel {
    /// The level.
    pub level: u8,
    /// What was computed then.
    pub computed: u8,
    /// Ids of the factors.
    pub factors: Vec<String>,
}

impl DecidedLevel {
    /// The level that holds when this one is computed: a person's word, until more becomes known than they knew.
    pub fn of(&self, computed: u8) -> u8 {
        if computed > self.computed { computed.max(self.level) } else { self.level }
    }
}

/// A duty and its clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duty {
    /// The policy it comes from.
    pub policy: String,
    /// `handle`, `close`, `authority` or `data-subjects`.
    pub what: String,
    /// When it is due; none in a replay, which detects nothing.
    pub due: Option<Instant>,
    /// What started the clock: `detected`, or [`KNOWN`](Self::KNOWN).
    pub clock: String,
    /// When the clock started.
    pub from: Option<Instant>,
    /// The clause.
    pub clause: String,
    /// What the clause asks for, in words for the response team.
    pub text: String,
}

impl Duty {
    /// The clock that starts when somebody knew, as a person has said (知悉).
    pub const KNOWN: &'static str = "known";

    /// Whether it runs from when somebody knew, beside the same duty from the detection.
    pub fn is_from_knowledge(&self) -> bool {
        self.clock == Self::KNOWN
    }
}

/// What an incident's numbers rest on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completeness {
    /// Sources and the log time up to which each was read.
    pub sources: Vec<ReadUpTo>,
    /// What could not be read.
    pub gaps: Vec<Missing>,
}

/// A source and how far it was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadUpTo {
    /// The source.
    pub source: String,
    /// Its latest log time.
    pub until: Option<Instant>,
}

/// A range of a source that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// File name.
    pub path: String,
    /// First byte missing.
    pub from: u64,
    /// First byte read again.
    pub to: Option<u64>,
    /// Why.
    pub cause: String,
}

/// Where the data lay.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct System {
    /// Source path.
    pub source: String,
    /// Name of the system, from the configuration.
    pub system: Option<String>,
    /// Owner unit, from the configuration.
    pub owner_unit: Option<String>,
}
