//! What people decide: acts, which travel like facts, and are recorded with who, when and why.
//!
//! An act changes the state of a case, adds words to it, or tells the daemon to read its configuration anew. None can
//! change a recipient, a threshold or a key: those are the configuration's.

use serde::{Deserialize, Serialize};

use crate::mask::hide_digits;
use crate::moment::iso;

/// The longest reason, in bytes. A longer one is refused where it is given.
pub const REASON_BYTES_MAX: usize = 4096;

/// Characters of the name of a person at the telephone.
const NAME_CHARS_MAX: usize = 100;

/// What is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// Something is decided about a case.
    Case {
        /// Its number, or the id of one of its chains.
        id: String,
        /// What.
        decision: Decision,
    },
    /// The recipient of a letter has answered it: the case is acknowledged, or, where it is known already, noted.
    Reply {
        /// The case's number.
        id: String,
        /// The token that the letter bore, good once.
        token: String,
        /// Until when, microseconds since the epoch.
        until: i64,
    },
    /// A person sets the level of a case, or says what has happened that a log cannot show.
    Level {
        /// Its number, or the id of one of its chains.
        id: String,
        /// The level; without it the factors say.
        level: Option<u8>,
        /// What has happened.
        factors: Vec<Factor>,
    },
    /// Somebody knew of it at a time: kept beside the time of the detection, which it does not move.
    Known {
        /// Its number, or the id of one of its chains.
        id: String,
        /// When, microseconds since the epoch.
        at: i64,
    },
    /// Something else belongs to it; it is kept beside the case and never counted in.
    Link {
        /// Its number, or the id of one of its chains.
        id: String,
        /// What.
        to: Linked,
    },
    /// The daemon works by a configuration that was read anew.
    Reload {
        /// The files it was read from.
        files: Vec<String>,
    },
}

impl Act {
    /// What was done, in a line, as the command says it.
    pub fn words(&self) -> String {
        match self {
            Self::Case { decision, .. } => decision.id().to_owned(),
            Self::Level { level, factors, .. } => {
                let level = level.iter().map(ToString::to_string);
                let parts = level.chain(factors.iter().map(|factor| factor.id().to_owned()));
                format!("level {}", parts.collect::<Vec<_>>().join(" "))
            }
            Self::Known { at, .. } => format!("known {}", iso(*at)),
            Self::Link { to: Linked::Case(number), .. } => format!("link {number}"),
            Self::Link { to: Linked::Report(report), .. } => format!("link sha256:{}", report.sha256),
            Self::Reply { .. } => "reply".to_owned(),
            Self::Reload { .. } => "reload".to_owned(),
        }
    }
}

/// What has happened that a log cannot show; which level it makes, a policy says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Factor {
    /// 當事人向高層主管提出抱怨或申訴.
    Complaint,
    /// 當事人向機關以外之政府單位或相關機構檢舉、抱怨及申訴.
    OutsideComplaint,
    /// 公眾媒體報導.
    Media,
    /// 上級單位、政府機構糾正、要求改善.
    AuthorityOrder,
    /// 司法訴訟.
    Litigation,
}

impl Factor {
    /// The stable id, as packs and options write it.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Complaint => "complaint",
            Self::OutsideComplaint => "outside-complaint",
            Self::Media => "media",
            Self::AuthorityOrder => "authority-order",
            Self::Litigation => "litigation",
        }
    }
}

/// What belongs to a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Linked {
    /// Another case, by its number.
    Case(String),
    /// What a replay found, perhaps under another subject key: its numbers, and the hash of the report.
    Report(ReplayReport),
}

/// The numbers of a report of `breachd replay --json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayReport {
    /// SHA-256 of the file, hex.
    pub sha256: String,
    /// Key id under which its people are counted.
    pub key: String,
    /// Incidents in it.
    pub incidents: u64,
    /// People, added over incidents.
    pub people: u64,
    /// Records, added over incidents.
    pub rows: u64,
    /// The highest level.
    pub level: u8,
}

/// What is decided about a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// Somebody has seen it and looks into it.
    Ack,
    /// It is an incident.
    Confirm,
    /// It is none; the reason says why.
    Dismiss,
    /// Words for whoever reads it next; the state stays.
    Note,
    /// The authority was told.
    Report,
    /// Causes and extent are known (深入調查).
    Investigate,
    /// What had to be corrected is (矯正).
    Correct,
    /// Everything is done (結案).
    Close,
}

impl Decision {
    /// The stable id, which is the command's name.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Ack => "ack",
            Self::Confirm => "confirm",
            Self::Dismiss => "dismiss",
            Self::Note => "note",
            Self::Report => "report",
            Self::Investigate => "investigate",
            Self::Correct => "correct",
            Self::Close => "close",
        }
    }

    /// Whether it cannot do without a reason.
    pub const fn needs_reason(self) -> bool {
        matches!(self, Self::Dismiss | Self::Note | Self::Close)
    }
}

/// An act with who did it and why; when is the store's to say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// What.
    pub act: Act,
    /// Who, as the kernel says.
    pub by: Who,
    /// Why.
    pub reason: Option<Reason>,
}

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    /// The number of the user who typed it; none of a signal or a mail, whose senders the kernel does not tell.
    pub uid: Option<u32>,
    /// The person's name: the user's, the address that the mail had been sent to, or whom the one at the telephone was.
    pub name: String,
    /// How it came here.
    #[serde(default, skip_serializing_if = "Via::is_shell")]
    pub via: Via,
}

/// How a decision came here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Via {
    /// Typed by the person, on the host.
    #[default]
    Shell,
    /// By a reply to a mail of ours; who it was is said by the token in its address.
    Mail,
    /// Told on the telephone to the user of the number.
    Phone,
}

impl Via {
    /// Whether the person typed it.
    #[must_use]
    pub fn is_shell(&self) -> bool {
        matches!(self, Self::Shell)
    }
}

impl Who {
    /// A user of the host, as the kernel says.
    pub fn shell(uid: u32, name: impl Into<String>) -> Self {
        Self { uid: Some(uid), name: name.into(), via: Via::Shell }
    }

    /// The recipient of a mail, who answered it.
    pub fn by_mail(address: impl Into<String>) -> Self {
        Self { uid: None, name: address.into(), via: Via::Mail }
    }

    /// A person at the telephone, as this user says, whose number stays.
    #[must_use]
    pub fn at_the_telephone(&self, name: &str) -> Self {
        let name = hide_digits(name.trim()).chars().take(NAME_CHARS_MAX).collect();
        Self { uid: self.uid, name, via: Via::Phone }
    }

    /// A person at the telephone, as the user says who typed it.
    pub fn by_phone(uid: u32, name: impl Into<String>) -> Self {
        Self { uid: Some(uid), name: name.into(), via: Via::Phone }
    }
}

/// Why, in a person's words. Long numbers in them are hidden: no value of a log is kept, whoever writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Reason(String);

impl Reason {
    /// The words, or how many bytes there are too many.
    pub fn new(text: &str) -> Result<Self, usize> {
        match text.len().checked_sub(REASON_BYTES_MAX + 1) {
            Some(more) => Err(more + 1),
            None => Ok(Self(hide_digits(text.trim()))),
        }
    }

    /// The words.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_keeps_no_long_number_and_has_a_bound() {
        let reason = Reason::new(" 已電詢 A123456789 本人，工單 4711 ").expect("short");
        assert!(!reason.as_str().contains("23456789"), "{}", reason.as_str());
        assert!(reason.as_str().contains("4711"));
        assert_eq!(Reason::new(&"x".repeat(REASON_BYTES_MAX + 3)), Err(3));
    }

    #[test]
    fn how_a_decision_came_is_written_only_where_it_was_not_typed() {
        let json = |who: &Who| serde_json::to_string(who).expect("serialises");
        let typed = Who::shell(1000, "chen");
        assert_eq!(json(&typed), r#"{"uid":1000,"name":"chen"}"#);
        assert_eq!(serde_json::from_str::<Who>(&json(&typed)).expect("reads"), typed);
        let answered = Who::by_mail("privacy@agency.gov.tw");
        assert_eq!(json(&answered), r#"{"uid":null,"name":"privacy@agency.gov.tw","via":"mail"}"#);
        assert_eq!(json(&Who::by_phone(0, "王主任")), r#"{"uid":0,"name":"王主任","via":"phone"}"#);
    }
}
