//! One finding in one field of one line, before it becomes part of a record.

use std::ops::Range;

use crate::kind::{Kind, Verdict};
use crate::mask::Sensitive;

/// A finding: what, where, how sure, and why. It holds the value and so never leaves the scanner.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The value.
    pub value: Sensitive,
    /// Byte range within the text of the view in which it was found.
    pub span: Range<usize>,
    /// How sure.
    pub verdict: Verdict,
    /// The reasons, in the order in which they were asked.
    pub why: Why,
}

impl Finding {
    /// What it is.
    pub fn kind(&self) -> Kind {
        self.value.kind()
    }

    /// Whether its value must not be shown: everything but what is none of its kind. A value of an allow-list counts
    /// for nothing, and is somebody's all the same, like an address to which a message goes.
    pub fn is_hidden(&self) -> bool {
        let hidden = [Reason::AllowList, Reason::Addressee, Reason::BesideAddressee];
        self.verdict > Verdict::Rejected || hidden.into_iter().any(|reason| self.why.has(reason))
    }
}

/// Why a value has its verdict. Each is a fixed phrase, so that no log byte enters an explanation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A site's allow-list names the value.
    AllowList,
    /// An address in To or Cc: one is there in every mail.
    Addressee,
    /// What stands beside these addresses.
    BesideAddressee,
    /// A counter-word stands nearer than any keyword.
    CounterWord,
    /// An address of which a word says that it is one of the envelope.
    EnvelopeAddress,
    /// Its check digits leave little to chance.
    CheckDigits,
    /// A bank's code stands before it.
    BankCode,
    /// It stands in a content field of a known format.
    ContentField,
    /// The key that it is the value of names its kind.
    FieldName,
    /// A word near it names its kind.
    Keyword,
    /// Nothing beside it says what it is.
    NoContext,
    /// Its letters are small ones.
    LowerCase,
    /// It is written with separators.
    Separators,
    /// It is written in the groups of its kind.
    Grouping,
    /// Two different values of the kind stand in the text.
    TwoOfKind,
    /// Three do.
    ThreeOfKind,
    /// Its check digits are wrong.
    Checksum,
    /// A mailbox of an office, not of a person.
    RoleMailbox,
    /// No such day was, or nobody lives who was born on it.
    NoSuchDate,
    /// A plate that was never issued.
    NeverIssued,
    /// Part of an id of a queue.
    QueueId,
    /// Part of a UUID.
    Uuid,
    /// Part of an id of a message.
    MessageId,
    /// Part of what its key calls an id.
    ItsKey,
    /// Part of a hash.
    Hash,
    /// Part of the name of a file of a web site.
    AssetName,
    /// The bytes that a web server sent.
    ResponseSize,
}

impl Reason {
    /// As it is told.
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::AllowList => "allow-list",
            Self::Addressee => "an addressee",
            Self::BesideAddressee => "in To or Cc",
            Self::CounterWord => "counter-word nearer",
            Self::EnvelopeAddress => "envelope address",
            Self::CheckDigits => "check digits",
            Self::BankCode => "bank code",
            Self::ContentField => "content field",
            Self::FieldName => "field name",
            Self::Keyword => "keyword",
            Self::NoContext => "no context",
            Self::LowerCase => "lower case",
            Self::Separators => "separators",
            Self::Grouping => "grouping",
            Self::TwoOfKind => "2 of the kind",
            Self::ThreeOfKind => "3 of the kind",
            Self::Checksum => "checksum",
            Self::RoleMailbox => "role mailbox",
            Self::NoSuchDate => "no such date",
            Self::NeverIssued => "never issued",
            Self::QueueId => "opaque id: queue id",
            Self::Uuid => "opaque id: uuid",
            Self::MessageId => "opaque id: message id",
            Self::ItsKey => "opaque id: its key",
            Self::Hash => "opaque id: hash",
            Self::AssetName => "opaque id: asset name",
            Self::ResponseSize => "response size",
        }
    }
}

/// More reasons than any verdict has.
const REASONS_MAX: usize = 6;

/// The reasons for a verdict, in the order in which they were found. A long line has many of these: one is small.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Why([Option<Reason>; REASONS_MAX]);

impl Why {
    /// Whether a reason is among them.
    pub fn has(&self, reason: Reason) -> bool {
        self.0.contains(&Some(reason))
    }

    /// Adds a reason.
    pub fn add(&mut self, reason: Reason) {
        let free = self.0.iter_mut().find(|one| one.is_none_or(|one| one == reason));
        debug_assert!(free.is_some(), "more than {REASONS_MAX} reasons");
        if let Some(free) = free {
            *free = Some(reason);
        }
    }
}

impl From<Reason> for Why {
    fn from(reason: Reason) -> Self {
        let mut why = Self::default();
        why.add(reason);
        why
    }
}

impl std::fmt::Display for Why {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let reasons: Vec<_> = self.0.iter().flatten().map(|reason| reason.phrase()).collect();
        f.write_str(&reasons.join(", "))
    }
}
