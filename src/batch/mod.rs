//! What a producer (`watch`, `replay`) hands to the store: the facts since the last batch and the byte ranges they
//! came from. A batch is versioned, serialisable and complete in itself; the store does not care who made it.

mod coverage;
mod note;

pub use coverage::{Coverage, Covered, RANGE_BYTES};
pub use note::{Note, NoteKind};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::act::Signed;
use crate::event::{Context, Count, Gap, Link, Outcome, Role, Thread};
use crate::line::{Place, SourceId};
use crate::moment::Moment;
use crate::record::Record;

/// Version of the serialised form.
pub const VERSION: u32 = 1;

/// Facts and the ranges they came from. Applied as a whole or not at all.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Batch {
    /// [`VERSION`].
    pub version: u32,
    /// The key under which its subjects are hashed; nothing merges across key ids.
    pub key_id: String,
    /// What the lines say.
    pub facts: Vec<Fact>,
    /// What last lines without a newline say, by the generation they stand in; withdrawn when that goes on.
    pub unfinished: Vec<(i64, Fact)>,
    /// What was read.
    pub progress: Vec<Progress>,
    /// Threads to be followed from now on.
    pub opened: Vec<OpenThread>,
    /// Threads no longer followed.
    pub closed: Vec<Thread>,
    /// The latest log time of each source, microseconds since the epoch. Numbers only grow.
    pub clocks: Vec<(SourceId, i64)>,
    /// What people decided.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub acts: Vec<Signed>,
    /// What happened to sources, for the ledger.
    #[serde(default)]
    pub notes: Vec<Note>,
}

impl Batch {
    /// An empty batch.
    pub fn new(key_id: &str) -> Self {
        Self {
            version: VERSION,
            key_id: key_id.to_owned(),
            facts: Vec::new(),
            unfinished: Vec::new(),
            progress: Vec::new(),
            opened: Vec::new(),
            closed: Vec::new(),
            clocks: Vec::new(),
            acts: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Whether applying it would change nothing.
    pub fn is_empty(&self) -> bool {
        self.facts.is_empty()
            && self.unfinished.is_empty()
            && self.progress.is_empty()
            && self.opened.is_empty()
            && self.closed.is_empty()
            && self.clocks.is_empty()
            && self.acts.is_empty()
            && self.notes.is_empty()
    }
}

/// What one line says. Facts are only ever added (but for those of an unfinished line); the same fact twice is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// What the log names it by.
    pub thread: Thread,
    /// The line's time.
    pub time: Moment,
    /// The line's place in the life of its thread.
    pub role: Role,
    /// Where the line stands. Not part of the fact's identity: the same line in two files is one line.
    pub place: Place,
    /// What it says.
    pub body: Body,
}

/// The six facts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Body {
    /// Personal data in a content field.
    Hit(Record),
    /// Who, from where, what.
    Context(Context),
    /// What happened to it.
    Outcome(Outcome),
    /// Another thread is the same event.
    Link(Link),
    /// How much.
    Count(Count),
    /// Something could not be read.
    Gap(Gap),
}

/// Identity of a fact: 128 bits of SHA-256 over what it says, without its place and its sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FactKey(pub [u8; 16]);

impl Fact {
    /// The fact's identity.
    pub fn key(&self) -> FactKey {
        let body = match &self.body {
            // Whether it was cut belongs to it: of two headers of one second, one may be whole.
            Body::Hit(record) => {
                serde_json::to_vec(&(if record.cut { "hit-cut" } else { "hit" }, record.identity()))
            }
            Body::Gap(gap) => serde_json::to_vec(&("gap", &self.place.path, gap)),
            body => serde_json::to_vec(body),
        };
        let mut hash = Sha256::new();
        hash.update(
            serde_json::to_vec(&(&self.thread, self.time.us, self.role)).expect("no map keys, no floats"),
        );
        hash.update(body.expect("no map keys, no floats"));
        FactKey(hash.finalize()[..16].try_into().expect("SHA-256 has 32 bytes"))
    }
}

/// A thread that is followed until its end line, its age, or the table's bound.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenThread {
    /// The thread.
    pub thread: Thread,
    /// The source group in which its lines stand.
    pub source: SourceId,
    /// Log time of its first fact.
    pub since: i64,
    /// Log time after which it is not followed any more: 30 s after an end line, else 5 d 1 h after `since`.
    pub until: i64,
}

/// A byte range of one generation of a source: one body of bytes that grows at its end, however it is named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The generation after the range was read.
    pub generation: Generation,
    /// The offset from which it was read: the committed one, or the batch is refused as a whole.
    pub from: u64,
}

/// A generation of a source, with what is needed to know it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generation {
    /// Row id in the store; unique for ever, given by the reader when it first meets the generation.
    pub id: i64,
    /// The source.
    pub source: SourceId,
    /// The name it had last.
    pub path: String,
    /// Device and inode of the plain file.
    pub file: FileId,
    /// The generation of its inode, 0 where it is not known.
    #[serde(default)]
    pub version: u32,
    /// How many bytes at its beginning `head_hash` covers, at most [`HEAD_BYTES_MAX`].
    pub head_len: u64,
    /// First 128 bits of the SHA-256 of its beginning, hex.
    pub head_hash: String,
    /// Bytes read and committed: the offset of the first byte that is not.
    pub offset: u64,
    /// Newlines before `offset`.
    pub lines: u64,
    /// The same of the up to [`MARKER_BYTES_MAX`] bytes before `offset`.
    pub marker: String,
    /// Whether more can come.
    pub state: GenerationState,
    /// The range being read; the default where a producer keeps no ledger.
    #[serde(default)]
    pub covered: Covered,
}

/// The beginning of a file by which it is known again, in bytes.
pub const HEAD_BYTES_MAX: u64 = 1024;
/// The bytes before the committed offset by which a continuation is known, at most.
pub const MARKER_BYTES_MAX: u64 = 64;

/// Which file it is, as far as the file system can say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FileId {
    /// Device.
    pub device: u64,
    /// Inode.
    pub inode: u64,
    /// Birth time in nanoseconds, 0 where the file system has none: tells a reused inode.
    pub born: i64,
}

/// Whether more can come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GenerationState {
    /// Stands under its source's path and grows.
    Live,
    /// Was renamed, and is read to its end.
    Rotated,
    /// Read to its end.
    Done,
    /// Lost before its end.
    Lost,
}

impl GenerationState {
    /// Whether nothing more is read of it.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Lost)
    }

    /// The stable id.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Rotated => "rotated",
            Self::Done => "done",
            Self::Lost => "lost",
        }
    }

    /// The state with this id.
    pub fn from_id(id: &str) -> Option<Self> {
        [Self::Live, Self::Rotated, Self::Done, Self::Lost].into_iter().find(|state| state.id() == id)
    }
}
