//! Files that grow: finds them, follows them through rotation, copying, compression and truncation, and reads them
//! in blocks of whole lines.
//!
//! [`Tail::rescan`] looks at folders and decides which bytes are which generation; [`Tail::read`] only reads. Events
//! of the file system (notify) are hints that a rescan is due, never the truth. A descriptor is held until its file
//! has been renamed or deleted, is read to its end, and was quiet for a while, because writers go on writing to a
//! renamed file until they are told (nginx before USR1).
//!
//! Nothing is committed here. Every chunk carries the generation as it is after the chunk; what the caller committed
//! is what it hands to [`Tail::new`] next time. A new generation is first told by a chunk without bytes, and so is a
//! change of name or state (`progress.from == progress.generation.offset`).

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

mod globs;
mod health;
mod held;
mod look;
mod look_back;
mod looked;
mod meet;
mod reader;
mod respec;
mod rest;
mod source;
mod take;

pub use self::health::{Health, health};

use self::globs::Pattern;
use self::reader::Want;
use self::source::Source;
use super::siblings::{self, Folders};
use super::{BackSink, Error, Spec, Start, sys};
use crate::batch::{Generation, Progress};
use crate::event::Gap;
use crate::fault;
use crate::line::{Origin, SourceId};

/// Bytes of a chunk that is read by default, and the window in which a longer line is delivered.
pub const CHUNK_BYTES: usize = 1 << 20;
/// How long a renamed file must not have grown before it is left.
pub const QUIET: Duration = Duration::from_mins(10);

/// Whole lines of one generation, and where reading stands after them.
#[derive(Clone, Debug)]
pub struct Chunk {
    /// The file.
    pub origin: Origin,
    /// Whole lines; empty where only the generation's name or state changed. The last line may lack its newline
    /// where the file is finished or `finish` was asked for; a line longer than a chunk comes in windows.
    pub bytes: Vec<u8>,
    /// What the window before has shown of the same line, at most [`crate::line::OVERLAP_BYTES`]; most often nothing.
    pub before: Vec<u8>,
    /// Whether it is a window of a line that goes on in the next chunk of this file.
    pub goes_on: bool,
    /// Offset of the first byte in the decompressed file.
    pub offset: u64,
    /// Physical number of the first line, from 1.
    pub line: u64,
    /// What to commit with the facts of these lines.
    pub progress: Progress,
    /// Something that could not be read; the file is `progress.generation.path`.
    pub gap: Option<Gap>,
    /// Nothing more is there right now in this source.
    pub last: bool,
}

/// Something a person should know about a file. Told when it begins or changes, not at every rescan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The file.
    pub path: PathBuf,
    /// What is the matter.
    pub what: String,
    /// The way out.
    pub hint: String,
}

/// How a source stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceStatus {
    /// The live file.
    pub path: PathBuf,
    /// Its state.
    pub state: State,
    /// Bytes of NUL that were passed over since the start.
    pub hole_bytes: u64,
    /// Bytes that are there and not read yet, rotated files included; of compressed ones it is not known.
    pub behind: u64,
    /// Seconds since the epoch when it was last written, as far as was seen; 0 where nothing was.
    pub modified: i64,
}

/// Whether a source is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It is.
    Reading {
        /// Bytes read of the live file.
        offset: u64,
        /// Its size.
        size: u64,
    },
    /// It is not.
    Blind {
        /// Why.
        reason: String,
    },
}

/// All sources of a configuration.
#[derive(Debug)]
pub struct Tail {
    patterns: Vec<Pattern>,
    sources: Vec<Source>,
    /// Generations from the store whose source has not been met yet.
    stored: HashMap<SourceId, Vec<Generation>>,
    setting: Setting,
    /// Whose turn it is.
    turn: usize,
    told: BTreeMap<PathBuf, Notice>,
    /// What is wrong with globs.
    not_meant: Vec<Notice>,
    /// The sources that the last look was at; all of them, if none are named.
    awake: Option<HashSet<usize>>,
    looking: Option<look::Looking>,
}

/// What all sources share.
#[derive(Debug)]
struct Setting {
    next_id: i64,
    quiet: Duration,
    /// How long a log must not have grown before it is looked at rarely.
    idle_after: Duration,
    /// What deleted files may hold of the disk.
    held_bytes_max: u64,
    /// Seconds since the epoch: a sibling written after that is new, whenever its source is first seen.
    started: i64,
    has_looked: bool,
}

impl Setting {
    fn take_id(&mut self) -> i64 {
        self.next_id += 1;
        self.next_id - 1
    }
}

impl Tail {
    /// `stored` is what the store knows of every generation; `next_id` is the first free row id.
    pub fn new(specs: Vec<Spec>, stored: Vec<Generation>, next_id: i64) -> Self {
        let started = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .map_or(0, |since| since.as_secs() as i64);
        let mut by_source: HashMap<_, Vec<_>> = HashMap::new();
        for generation in stored {
            by_source.entry(generation.source.clone()).or_default().push(generation);
        }
        Self {
            patterns: specs.into_iter().map(Pattern::new).collect(),
            sources: Vec::new(),
            stored: by_source,
            setting: Setting {
                next_id,
                quiet: QUIET,
                idle_after: look::IDLE_AFTER,
                held_bytes_max: held::HELD_BYTES_MAX,
                started,
                has_looked: false,
            },
            turn: 0,
            told: BTreeMap::new(),
            not_meant: Vec::new(),
            awake: None,
            looking: None,
        }
    }

    /// Sets how long a renamed file must not have grown before it is left ([`QUIET`]).
    #[must_use]
    pub fn quiet(mut self, quiet: Duration) -> Self {
        self.setting.quiet = quiet;
        self
    }

    /// Sets how long a log must not have grown before it is looked at rarely (a minute).
    #[must_use]
    pub fn idle_after(mut self, quiet: Duration) -> Self {
        self.setting.idle_after = quiet;
        self
    }

    /// Looks at the file system: new files, rotations, truncations, names. Says what is new in what is wrong.
    pub fn rescan(&mut self) -> Vec<Notice> {
        self.not_meant = self.expand();
        self.awake = None;
        let mut folders = Folders::default();
        for source in &mut self.sources {
            source.told = source.rescan(&mut folders, &mut self.setting);
        }
        self.tell_news(Vec::new())
    }

    /// What is wrong now and was not at the last look, with what is wrong beside the sources.
    fn tell_news(&mut self, mut notices: Vec<Notice>) -> Vec<Notice> {
        notices.extend_from_slice(&self.not_meant);
        notices.extend(self.sources.iter().flat_map(|source| &source.told).cloned());
        if fault::guards("held-bytes") {
            notices.extend(self.let_go());
        }
        self.setting.has_looked = true;
        let now: BTreeMap<_, _> = notices.into_iter().map(|notice| (notice.path.clone(), notice)).collect();
        let changed =
            now.values().filter(|notice| self.told.get(&notice.path) != Some(notice)).cloned().collect();
        self.told = now;
        changed
    }

    /// The next chunk of at most `max` bytes, the sources taking turns, older generations of a source before newer;
    /// none when everything is read. `finish` also delivers a last line without newline, which stays uncommitted
    /// (`progress.offset` is the line's start). A file that cannot be read is named once, then left until the
    /// next rescan; the others go on.
    pub fn read(&mut self, max: usize, finish: bool) -> Result<Option<Chunk>, Error> {
        let max = if fault::guards("chunk-bound") { max.max(1) } else { usize::MAX >> 1 };
        let want = Want { max, finish, ending: false, now: sys::uptime() };
        let first = if fault::guards("fair-turns") { self.turn } else { 0 };
        for next in 0..self.sources.len() {
            let turn = (first + next) % self.sources.len();
            self.turn = turn + 1;
            if self.awake.as_ref().is_some_and(|awake| !awake.contains(&turn)) {
                continue;
            }
            if let Some(chunk) = self.sources[turn].next(&want, &mut self.setting)? {
                return Ok(Some(chunk));
            }
        }
        Ok(None)
    }

    /// Delivers the whole lines that stand before a chunk in its source, newest file and newest block first, at most
    /// `budget` bytes, in blocks of [`CHUNK_BYTES`]; within a compressed file, which is read from its beginning, the
    /// oldest block first. `sink(origin, offset, first line, bytes)` says when it has enough; `is_enough`: it has so
    /// from the start. What was read of files that are newer than the chunk's is delivered in any case.
    pub fn look_back(
        &self,
        chunk: &Chunk,
        budget: u64,
        is_enough: bool,
        sink: &mut BackSink<'_>,
    ) -> Result<(), Error> {
        match self.source_of(chunk) {
            Some(source) => look_back::look_back(source, chunk, budget, is_enough, sink),
            None => Ok(()),
        }
    }

    /// Delivers the whole lines that stand before a chunk in its own file, as [`Tail::look_back`] does.
    pub fn before(&self, chunk: &Chunk, budget: u64, sink: &mut BackSink<'_>) -> Result<(), Error> {
        match self.source_of(chunk) {
            Some(source) => look_back::before(source, chunk, budget, sink),
            None => Ok(()),
        }
    }

    /// The first bytes of a chunk's file, up to the chunk.
    pub fn head(&self, chunk: &Chunk, max: u64) -> Result<Vec<u8>, Error> {
        self.source_of(chunk).map_or_else(|| Ok(Vec::new()), |source| look_back::head(source, chunk, max))
    }

    fn source_of(&self, chunk: &Chunk) -> Option<&Source> {
        self.sources.iter().find(|source| source.id == chunk.origin.source)
    }

    /// The folders in which something can happen.
    pub fn directories(&self) -> Vec<PathBuf> {
        let folders: BTreeSet<_> = self
            .patterns
            .iter()
            .map(|pattern| pattern.folder.clone())
            .chain(self.sources.iter().map(|source| siblings::folder_of(&source.path)))
            .collect();
        folders.into_iter().collect()
    }

    /// How many sources cannot be read, and globs that mean nothing.
    pub fn troubled(&self) -> usize {
        self.sources.iter().filter(|source| !source.told.is_empty()).count() + self.not_meant.len()
    }

    /// How every source stands.
    pub fn status(&self) -> Vec<SourceStatus> {
        self.sources.iter().map(Source::status).collect()
    }

    /// Meets the sources that match by now. A source once met stays, whether or not its live file exists.
    fn expand(&mut self) -> Vec<Notice> {
        let mut notices = Vec::new();
        let mut met: HashSet<_> = self.sources.iter().map(|source| source.path.clone()).collect();
        for pattern in &self.patterns {
            let (found, failed) = pattern.expand(&met);
            notices.extend(failed);
            for path in found {
                if !met.insert(path.clone()) {
                    continue;
                }
                let mut source = Source::new(path, pattern.below(), pattern.spec.start);
                source.remember(self.stored.remove(&source.id).unwrap_or_default());
                self.sources.push(source);
            }
        }
        notices
    }
}

#[cfg(test)]
mod tests;
