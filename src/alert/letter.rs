//! A letter about a case: everything that it is made of, and what its header says.

use crate::incident::Draft;
use crate::mask::hide_digits;
use crate::moment::Tz;

use super::Error;
use super::clean::clean;

/// Characters of a system's name in a subject.
const SYSTEM_CHARS_MAX: usize = 20;

/// What the id of a letter ends in that tells a case to those who have not been told of it, beside one to those who have.
pub const ADDED: &str = "-added";

/// Why the letter is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LetterKind {
    /// The case is told for the first time.
    First,
    /// Numbers, outcomes or state have changed.
    Update,
    /// The level has risen: the one time that the subject changes.
    Rise,
    /// The time of a duty passes, and nobody has acknowledged the case.
    Reminder,
    /// The time of a duty is over, and the next role is told.
    Escalation,
}

impl LetterKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::First, Self::Update, Self::Rise, Self::Reminder, Self::Escalation];

    /// The word of the `X-Breachd-Kind` header.
    pub const fn id(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Update => "update",
            Self::Rise => "rise",
            Self::Reminder => "reminder",
            Self::Escalation => "escalation",
        }
    }
}

/// A language of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// 正體中文: the language of the procedures, and of what they are cited in.
    Chinese,
    /// English.
    English,
}

impl Language {
    /// The word of the configuration for each.
    pub const WORDS: [(&'static str, Self); 2] = [("zh-TW", Self::Chinese), ("en", Self::English)];

    /// The tag of RFC 5646.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh-TW",
            Self::English => "en",
        }
    }
}

/// How a recipient says that the case is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Acknowledge {
    /// By answering the mail.
    Reply {
        /// The address with its token.
        to: String,
        /// Until when it is good, microseconds since the epoch.
        until: i64,
    },
    /// By telephone to whoever can type it.
    Phone {
        /// Whom, in the organisation's words; may be empty.
        whom: String,
    },
}

/// Everything that a letter is made of; nothing else goes into its bytes.
#[derive(Clone, Debug)]
pub struct Letter {
    /// The mail's own id, its file name in the spool: `BD-2026-000017.r0`.
    pub id: String,
    /// The case: `BD-2026-000017`.
    pub case: String,
    /// Why it is written.
    pub kind: LetterKind,
    /// Which letter of the case, from 0.
    pub revision: u32,
    /// Whether its recipients have the first letter of the case, so that this one belongs to its thread.
    pub is_reply: bool,
    /// When it was created, in microseconds: its `Date`, and the time from which what is left of a limit is told.
    pub now: i64,
    /// What it tells.
    pub draft: Draft,
    /// Name of the level in the policy, such as 大; may be empty.
    pub level_name: String,
    /// The organisation.
    pub org_name: String,
    /// The system in which the data lay, as the subject names it: that of the first letter; may be empty.
    pub system: String,
    /// The zone in which times are told.
    pub zone: Tz,
    /// The languages, Chinese first.
    pub languages: Vec<Language>,
    /// Whether only case and deadlines are told, for sites that forbid details in mail.
    pub is_minimal: bool,
    /// How it is acknowledged.
    pub acknowledge: Acknowledge,
    /// The sender.
    pub from: String,
    /// The recipients, from the configuration only.
    pub to: Vec<String>,
    /// The organisation's domains, whose people the mail may name.
    pub own_domains: Vec<String>,
    /// Role id and its addresses, in the order in which they are told.
    pub role_names: Vec<(String, Vec<String>)>,
    /// Right-hand side of Message-ID and List-Id.
    pub domain: String,
    /// What has changed since the last letter, in our own words.
    pub note: Vec<String>,
    /// The end of the store's audit chain, signed: the recipients' mailboxes are its witnesses.
    pub checkpoint: Option<String>,
}

impl Letter {
    /// The level that the mail is about: what people were told falls only by a person's act.
    pub fn level(&self) -> u8 {
        self.draft.level()
    }

    /// The subject, the same for all letters of a case until its level rises: mail programs keep together what has one
    /// subject. It is made of enums, numbers and the configuration, and lands in logs, on phones, and in our own input.
    pub fn subject(&self) -> String {
        if self.is_minimal {
            return format!("[breachd] {} 期限通知（草稿）", self.case);
        }
        let system = subject_word(&self.system);
        format!("[breachd] {} 第{}級 疑似個資外洩（草稿）{system}", self.case, self.level())
    }

    /// Its Message-ID: that of the first letter is made of the case alone.
    pub(super) fn message_id(&self) -> String {
        let root = self.root_id();
        if self.id == format!("{}.r0", self.case) { root } else { format!("<{}@{}>", self.id, self.domain) }
    }

    /// The Message-ID of the first letter, which all others of its thread answer.
    pub(super) fn root_id(&self) -> String {
        format!("<{}@{}>", self.case, self.domain)
    }

    /// The deadline that is next, or, where all are over, the last that was.
    pub(super) fn next_due(&self) -> Option<i64> {
        let due = || self.draft.duties.iter().filter_map(|duty| Some(duty.due?.0));
        due().filter(|due| *due >= self.now).min().or_else(|| due().max())
    }

    /// The policies whose limits run.
    pub(super) fn policies(&self) -> String {
        let mut ids: Vec<&str> = self.draft.duties.iter().map(|duty| duty.policy.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        ids.retain(|id| super::spool::is_id(id));
        ids.join(", ")
    }

    pub(super) fn fault(&self, what: impl Into<String>) -> Error {
        Error::Compose { id: self.id.clone(), what: what.into() }
    }
}

/// A name of the configuration as it may stand in a subject: short, letters only, without long numbers.
fn subject_word(name: &str) -> String {
    let plain = |char: &char| char.is_alphanumeric() || " -_.（）()".contains(*char);
    hide_digits(&clean(name))
        .chars()
        .filter(plain)
        .take(SYSTEM_CHARS_MAX)
        .collect::<String>()
        .trim()
        .to_owned()
}
