//! What happened to a source, or to the reading of it, for the ledger. Bytes that were not read are a
//! [`Gap`](crate::event::Gap), which is a fact, because it bears on what incidents say.

use serde::{Deserialize, Serialize};

use crate::line::SourceId;

/// A line of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// What happened.
    pub kind: NoteKind,
    /// To which source; none where it is about the process.
    pub source: Option<SourceId>,
    /// To which generation.
    pub generation: Option<i64>,
    /// First byte that it is about.
    pub from: Option<u64>,
    /// First byte that it is not about.
    pub to: Option<u64>,
    /// In words of ours; never log bytes.
    pub text: String,
}

impl Note {
    /// A note about a source as a whole.
    pub fn of(source: &SourceId, kind: NoteKind, text: impl Into<String>) -> Self {
        Self { source: Some(source.clone()), ..Self::new(kind, text) }
    }

    /// A note about the process.
    pub fn new(kind: NoteKind, text: impl Into<String>) -> Self {
        Self { kind, source: None, generation: None, from: None, to: None, text: text.into() }
    }
}

/// What can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoteKind {
    /// The process took up the store.
    Started,
    /// The store was lost, and is made anew from what there is.
    Rebuilt,
    /// The wall clock was set.
    ClockStep,
    /// The live file was renamed; another one stands in its place.
    Rotated,
    /// A line longer than a window was read in windows.
    Oversize,
    /// A hole was skipped: it holds no bytes.
    Hole,
    /// What existed at first sight was passed over as configured.
    PassedOver,
    /// The source cannot be read.
    Blind,
    /// It can be read, and has had no new line for too long.
    Silent,
    /// It gives lines again.
    Seeing,
}

impl NoteKind {
    /// The stable id.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Rebuilt => "rebuilt",
            Self::ClockStep => "clock-step",
            Self::Rotated => "rotated",
            Self::Oversize => "oversize",
            Self::Hole => "hole",
            Self::PassedOver => "passed-over",
            Self::Blind => "blind",
            Self::Silent => "silent",
            Self::Seeing => "seeing",
        }
    }
}
