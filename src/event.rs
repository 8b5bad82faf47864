//! Who, what, to whom, when, outcome: what single log lines say of an event. None of these is a conclusion; the
//! outcome of an event, its route and whether it counts are computed from all of them (`incident`).

use std::net::IpAddr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::kind::{Label, Nature};
use crate::mask::{Shown, SubjectKey};
use crate::moment::{HOUR, SECOND};

/// How long a thread may go on after its end line: servers log late lines of a message they have removed.
pub const AFTER_END: i64 = 30 * SECOND;
/// How long a message may live: the usual five days in the queue, and an hour.
pub const LIFE_MAX: i64 = 5 * 24 * HOUR + HOUR;
/// How long before the reply the next hop may have begun to write of the message it took over.
pub const HOP_MAX: i64 = HOUR;

/// What a log is about, and so how its outcomes are read and by which route data leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Messages to recipients.
    Mail,
    /// Answers of a web server.
    Web,
    /// Files fetched from a server: FTP, SFTP, SMB, a cloud folder.
    File,
    /// Queries and exports of a database.
    Database,
    /// What an application says of its own exports.
    Application,
    /// Lines of no known format.
    Plain,
}

impl Family {
    /// Every family.
    pub const ALL: [Self; 6] =
        [Self::Mail, Self::Web, Self::File, Self::Database, Self::Application, Self::Plain];

    /// The stable id.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Web => "web",
            Self::File => "file",
            Self::Database => "database",
            Self::Application => "application",
            Self::Plain => "plain",
        }
    }
}

/// A family of formats that names threads in one way: equal ids of two channels are two threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Channel {
    /// What it is about.
    pub family: Family,
    /// The format, or what several formats of one server have in common.
    pub name: Label,
}

impl Channel {
    /// Postfix: queue ids.
    pub const POSTFIX: Self = Self { family: Family::Mail, name: Label::literal("postfix") };
    /// Web access logs: each line its own thread.
    pub const WEB: Self = Self { family: Family::Web, name: Label::literal("web") };
    /// Lines of no known format: each its own thread.
    pub const PLAIN: Self = Self { family: Family::Plain, name: Label::literal("plain") };

    /// The stable id: `postfix`, `web`, `plain`, and `family/name` of all others.
    pub fn id(self) -> String {
        match self {
            Self::POSTFIX | Self::WEB | Self::PLAIN => self.name.as_str().to_owned(),
            Self { family, name } => format!("{}/{}", family.id(), name.as_str()),
        }
    }

    /// The channel with this id.
    pub fn from_id(id: &str) -> Option<Self> {
        let Some((family, name)) = id.split_once('/') else {
            return [Self::POSTFIX, Self::WEB, Self::PLAIN].into_iter().find(|channel| channel.id() == id);
        };
        let family = Family::ALL.into_iter().find(|known| known.id() == family)?;
        Some(Self { family, name: Label::new(name)? })
    }
}

impl Serialize for Channel {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.id())
    }
}

impl<'de> Deserialize<'de> for Channel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::from_id(&id).ok_or_else(|| serde::de::Error::custom("expected the id of a channel"))
    }
}

/// What the log names as one thing: a queue id on a logging host, or a line of its own. Names hold ASCII letters,
/// digits, `.`, `-` and `_` only (formats see to that), so a thread carries no personal data.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Thread {
    /// The format family.
    pub channel: Channel,
    /// The logging host; empty where the format names none.
    pub host: Box<str>,
    /// Queue id, or the keyed hash of a line that is its own thread.
    pub name: Box<str>,
}

/// Where a line stands in the life of its thread; the order decides between lines of one microsecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Opens a life: `client=`, `<=`.
    Open,
    /// Says who or what.
    Context,
    /// May hold personal data.
    Content,
    /// Says where it went.
    Outcome,
    /// Ends a life: `removed`, `Completed`.
    End,
}

/// Who acted, from where, on what, as one line says it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Context {
    /// The actor and how the line knows.
    pub actor: Option<Actor>,
    /// The client's address.
    pub origin: Option<IpAddr>,
    /// File, path or subject.
    pub object: Option<Shown>,
}

/// An actor as a line names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Actor {
    /// The name.
    pub name: Shown,
    /// How the line knows.
    pub basis: Basis,
}

/// How an actor is known, the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// SASL user, HTTP user of an answered request.
    Authenticated,
    /// Submitted on the host itself (`pickup`).
    Local,
    /// Envelope sender: whatever the client wrote.
    Envelope,
    /// A client address only.
    Address,
}

/// What happened to the thing, as one line says it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Outcome {
    /// The recipient that the line is about; none where it is about the whole thread.
    pub recipient: Option<Shown>,
    /// The address the recipient was rewritten from (`orig_to=`).
    pub original: Option<Shown>,
    /// The status as logged.
    pub status: Status,
    /// The id under which the next hop took it over (`queued as X`).
    pub next: Option<Box<str>>,
    /// The file that the line is about, as [`Shown::same`] of its name: a session fetches many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<SubjectKey>,
}

/// A status as logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// The next hop took it.
    Sent,
    /// To be tried again.
    Deferred,
    /// Refused for good after acceptance.
    Bounced,
    /// Given up after the queue's life time.
    Expired,
    /// Refused before acceptance (NOQUEUE, reject).
    Rejected,
    /// Thrown away by a rule.
    Discarded,
    /// Kept back by a rule.
    Held,
    /// The thread is over (`removed`).
    Ended,
    /// Not followed to its end: the table of watched threads was full.
    Evicted,
    /// Answer of an HTTP server.
    Http(u16),
    /// Delivered whole.
    Done,
    /// Broken off: less than the whole was delivered.
    Partial,
    /// Nothing was delivered.
    Failed,
    /// Deleted, renamed or overwritten on the server.
    Deleted,
}

/// Two threads are one event: this line's, and the one it names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Link {
    /// The other thread.
    pub to: Thread,
}

/// How much, where a line says so.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Count {
    /// The object counted.
    pub object: Shown,
    /// Records that the line declares.
    pub records: Option<u64>,
    /// Bytes delivered.
    pub bytes: Option<u64>,
    /// The entry of the inventory that lists the object, by its place as written there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listed: Option<Box<str>>,
    /// What the object's name says of the data in it, where it is such a name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub named: Vec<Nature>,
}

impl Count {
    /// Whether it says more than how many bytes were sent: such a line is an event of its own.
    pub fn is_of_people(&self) -> bool {
        self.records.is_some() || self.listed.is_some() || !self.named.is_empty()
    }
}

/// Part of a source that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Gap {
    /// Why.
    pub cause: GapCause,
    /// First byte not read.
    pub from: u64,
    /// First byte read again; none where the end is not known.
    pub to: Option<u64>,
}

/// Why bytes were not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GapCause {
    /// The file vanished, or was overwritten, before its end was read.
    Vanished,
    /// The file shrank (copytruncate): lines written between copy and truncate may be lost.
    Truncated,
    /// A compressed file ended in the middle, or is damaged.
    Damaged,
    /// A deleted file was let go, because deleted files held too much of the disk: what its writer wrote after that.
    Held,
}

impl GapCause {
    /// The stable id.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Vanished => "vanished",
            Self::Truncated => "truncated",
            Self::Damaged => "damaged",
            Self::Held => "held",
        }
    }
}
