//! A record (筆): the smallest unit that describes one person, here one content field of one line, with the keys of
//! the values found in it. Keys of one record are linked, unless it is a list; `tally` counts from these alone.

use serde::{Deserialize, Serialize};

use crate::kind::{Kind, Nature, Verdict};
use crate::mask::{Masked, Shown, SubjectKey};

/// The name of a content field, such as `subject` or `query`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FieldName {
    /// Subject of a message.
    Subject,
    /// Name of an attachment.
    Attachment,
    /// To of a message: addresses that every recipient sees.
    To,
    /// Cc of a message: likewise.
    Cc,
    /// Path of a request, or a file name.
    Path,
    /// Query string of a request.
    Query,
    /// Referrer of a request.
    Referrer,
    /// User agent of a request.
    Agent,
    /// Recipient of refused mail.
    Recipient,
    /// HELO of refused mail.
    Helo,
    /// Query of a database.
    Statement,
    /// What an application wrote of its own.
    Message,
    /// Whole line of an unknown format.
    Line,
}

impl FieldName {
    /// The stable id.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::Attachment => "attachment",
            Self::To => "to",
            Self::Cc => "cc",
            Self::Path => "path",
            Self::Query => "query",
            Self::Referrer => "referrer",
            Self::Agent => "agent",
            Self::Recipient => "recipient",
            Self::Helo => "helo",
            Self::Statement => "statement",
            Self::Message => "message",
            Self::Line => "line",
        }
    }

    /// Whether it lists the addressees of a message. Its addresses are no personal data by themselves, or every mail
    /// would leak; they count where one message shows too many of them (`incident`).
    pub const fn lists_addressees(self) -> bool {
        matches!(self, Self::To | Self::Cc)
    }
}

/// Who wrote a field: decides whether its values can count, together with who the client was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Writer {
    /// The organisation's own application, or the sender of a message.
    Sender,
    /// The client's request: path and query.
    Request,
    /// Anybody, about anything: referrer, agent, HELO, recipients of refused mail.
    Anybody,
}

/// One value of a record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Value {
    /// What it is.
    pub kind: Kind,
    /// How sure: likely or possible.
    pub verdict: Verdict,
    /// Keyed hash of the canonical value.
    pub key: SubjectKey,
    /// Strictly masked.
    pub masked: Masked,
}

/// What counting needs of a value: no text of it, not even a masked one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// What it is.
    pub kind: Kind,
    /// How sure.
    pub verdict: Verdict,
    /// Keyed hash of the canonical value.
    pub key: SubjectKey,
}

impl From<&Value> for Counted {
    fn from(value: &Value) -> Self {
        Self { kind: value.kind, verdict: value.verdict, key: value.key }
    }
}

/// One record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Record {
    /// The field.
    pub field: FieldName,
    /// Who wrote the field.
    pub writer: Writer,
    /// The n-th record of its line and field, from 0.
    pub nth: u16,
    /// The values, in the order of the text.
    pub values: Vec<Value>,
    /// Natures of the data, from kinds and context.
    pub natures: Vec<Nature>,
    /// The field, redacted.
    pub sample: Shown,
    /// The log holds only the beginning of the field, so there may be more records than were seen. Noted of addressees.
    #[serde(default, skip_serializing_if = "is_false")]
    pub cut: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape that serde asks for")]
fn is_false(value: &bool) -> bool {
    !value
}

impl Record {
    /// What makes it this row and no other: field, sorted subject keys, position in its line. The sample is left
    /// out, so that a better decoder never makes a second row.
    pub fn identity(&self) -> (FieldName, u16, Vec<(Kind, Verdict, SubjectKey)>) {
        let mut keys: Vec<_> =
            self.values.iter().map(|value| (value.kind, value.verdict, value.key)).collect();
        keys.sort_unstable();
        (self.field, self.nth, keys)
    }
}
