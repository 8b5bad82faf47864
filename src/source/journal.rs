//! The journal of systemd, for hosts whose servers write no files.
//!
//! The position is the cursor of the last entry that was committed: it names one entry for ever, so that nothing of what
//! a file needs (identity, rotation, truncation) is needed here. Reading goes on **at** that entry, which must come first
//! and is dropped; where another comes first the journal was vacuumed past it, and that is a gap.
//!
//! A journal is one generation for ever: its offset and lines count what was printed of it, its marker is the cursor.

use std::io::{BufRead, BufReader, Read};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

mod child;

use self::child::{Running, Where, cursor};
use super::{BackSink, Chunk, Error, SourceStatus, Start, State};
use crate::batch::{Coverage, Covered, FileId, Generation, GenerationState, Progress};
use crate::event::{Gap, GapCause};
use crate::line::{Origin, SourceId};

/// The longest entry; a longer one is left out, and is a gap. What syslog and servers write is far below.
const ENTRY_BYTES_MAX: usize = 8 << 20;
/// A block of a look back.
const BLOCK_BYTES: usize = 256 << 10;
/// Before the program is started again; each further wait is twice as long.
const WAIT_FIRST: Duration = Duration::from_secs(1);
/// The longest such wait.
const WAIT_MAX: Duration = Duration::from_mins(1);
/// After so long without an end it is taken to run well.
const SETTLED: Duration = Duration::from_secs(2);

/// One `[[source]]` that is the journal, as far as reading needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalSpec {
    /// The source.
    pub id: SourceId,
    /// The units whose lines are read.
    pub units: Vec<String>,
    /// `journalctl`.
    pub program: PathBuf,
    /// What of the entries that exist at first sight is read.
    pub start: Start,
}

/// All journals of a configuration.
#[derive(Debug, Default)]
pub struct Journals {
    all: Vec<Journal>,
    turn: usize,
}

impl Journals {
    /// `stored` is what the store knows of every generation.
    pub fn new(specs: Vec<JournalSpec>, stored: &[Generation]) -> Self {
        let known = |spec: &JournalSpec| stored.iter().find(|known| known.source == spec.id).cloned();
        Self { all: specs.into_iter().map(|spec| Journal::new(known(&spec), spec)).collect(), turn: 0 }
    }

    /// Reads what is configured now: what was read before goes on where it stands.
    pub fn respec(&mut self, specs: Vec<JournalSpec>, stored: &[Generation]) {
        let mut before = std::mem::take(&mut self.all);
        for spec in specs {
            if let Some(at) = before.iter().position(|journal| journal.spec == spec) {
                self.all.push(before.swap_remove(at));
                continue;
            }
            let same = before.iter().find(|journal| journal.spec.id == spec.id);
            let stands = same.and_then(|journal| journal.generation.clone());
            let stored = || stored.iter().find(|known| known.source == spec.id).cloned();
            self.all.push(Journal::new(stands.or_else(stored), spec));
        }
    }

    /// The next chunk of about `max` bytes, the journals taking turns; none when everything is read. `finish`: what is
    /// there is read to its end, and nothing is waited for. `take_id` gives the row id of a new generation.
    pub fn read(
        &mut self,
        max: usize,
        finish: bool,
        take_id: &mut dyn FnMut() -> i64,
    ) -> Result<Option<Chunk>, Error> {
        for _ in 0..self.all.len() {
            let turn = self.turn % self.all.len();
            self.turn = turn + 1;
            if let Some(chunk) = self.all[turn].read(max, finish, take_id)? {
                return Ok(Some(chunk));
            }
        }
        Ok(None)
    }

    /// Whether a source is a journal.
    pub fn has(&self, source: &SourceId) -> bool {
        self.all.iter().any(|journal| journal.spec.id == *source)
    }

    /// How every journal stands.
    pub fn status(&self) -> Vec<SourceStatus> {
        self.all.iter().map(Journal::status).collect()
    }

    /// Delivers the entries before a chunk, newest block first, at most `budget` bytes, as
    /// [`Tail::look_back`](super::Tail::look_back) does.
    pub fn look_back(&self, chunk: &Chunk, budget: u64, sink: &mut BackSink<'_>) -> Result<(), Error> {
        let journal = self.all.iter().find(|journal| journal.spec.id == chunk.origin.source);
        journal.map_or(Ok(()), |journal| journal.look_back(chunk, budget, sink))
    }
}

/// One of them.
#[derive(Debug)]
struct Journal {
    spec: JournalSpec,
    /// None before it was first looked at.
    generation: Option<Generation>,
    coverage: Option<Coverage>,
    running: Option<Running>,
    /// Whether its first entry was compared with the cursor.
    is_checked: bool,
    /// Printed, and not delivered yet.
    buffer: Vec<u8>,
    /// The rest of an entry that is too long.
    is_skipping: bool,
    started: Instant,
    wait: Duration,
    trouble: Option<String>,
    /// Everything that there was has been read, where nothing is waited for.
    is_finished: bool,
    /// Seconds since the epoch when the last entry came.
    modified: i64,
}

impl Journal {
    fn new(generation: Option<Generation>, spec: JournalSpec) -> Self {
        Self {
            spec,
            generation,
            coverage: None,
            running: None,
            is_checked: false,
            buffer: Vec::new(),
            is_skipping: false,
            started: Instant::now(),
            wait: Duration::ZERO,
            trouble: None,
            is_finished: false,
            modified: seconds(),
        }
    }

    fn read(
        &mut self,
        max: usize,
        finish: bool,
        take_id: &mut dyn FnMut() -> i64,
    ) -> Result<Option<Chunk>, Error> {
        if self.generation.is_none() {
            return self.begin(take_id).map(Some);
        }
        if self.running.is_none() && !self.is_due(finish) {
            return Ok(None);
        }
        let (chunk, ended) = loop {
            let ended = self.fill(max, finish).map_err(|error| self.failed(error))?;
            let there = self.buffer.len();
            let chunk = self.cut();
            // The entry at the cursor was taken off alone: what follows it is not looked at yet.
            if chunk.is_some() || ended || self.buffer.len() == there {
                break (chunk, ended);
            }
        };
        if chunk.is_some() {
            self.modified = seconds();
            self.wait = Duration::ZERO;
        } else if ended {
            self.is_finished = finish;
            self.buffer.clear(); // an entry without its end: it is printed again
            self.is_skipping = false;
            if let Some(error) = self.running.take().and_then(Running::last_words) {
                return Err(self.failed(error));
            }
            self.pause();
        }
        if self.running.is_some() && self.started.elapsed() >= SETTLED {
            self.trouble = None;
        }
        Ok(chunk)
    }

    fn is_due(&self, finish: bool) -> bool {
        !(finish && self.is_finished) && self.started.elapsed() >= self.wait
    }

    fn failed(&mut self, error: Error) -> Error {
        self.trouble = Some(error.to_string());
        self.running = None;
        self.is_finished = true;
        self.pause();
        error
    }

    fn pause(&mut self) {
        self.started = Instant::now();
        self.wait = (self.wait * 2).clamp(WAIT_FIRST, WAIT_MAX);
    }

    /// First sight: where only what comes from now on is wanted, the last entry is where reading begins.
    fn begin(&mut self, take_id: &mut dyn FnMut() -> i64) -> Result<Chunk, Error> {
        let mut marker = String::new();
        if self.spec.start == Start::End {
            let mut last = Vec::new();
            let mut running = Running::start(&self.spec, Where::Last).map_err(|error| self.failed(error))?;
            running.fill(&mut last, ENTRY_BYTES_MAX).map_err(|error| self.failed(error))?;
            if let Some(error) = running.last_words() {
                return Err(self.failed(error));
            }
            cursor(&last).unwrap_or_default().clone_into(&mut marker);
        }
        let generation = Generation {
            id: take_id(),
            source: self.spec.id.clone(),
            path: self.spec.id.0.to_string(),
            file: FileId::default(),
            version: 0,
            head_len: 0,
            head_hash: String::new(),
            offset: 0,
            lines: 0,
            marker,
            covered: Covered::default(),
            state: GenerationState::Live,
        };
        self.generation = Some(generation.clone());
        Ok(self.chunk(generation, Vec::new(), None))
    }

    /// Takes what was printed; whether nothing more is.
    fn fill(&mut self, max: usize, finish: bool) -> Result<bool, Error> {
        if self.running.is_none() {
            let generation = self.generation.as_ref();
            let marker = generation.map(|known| known.marker.as_str()).filter(|marker| !marker.is_empty());
            let from = if finish { Where::Entry(marker) } else { Where::EntryAndFollow(marker) };
            self.is_checked = marker.is_none();
            self.started = Instant::now();
            self.running = Some(Running::start(&self.spec, from)?);
        }
        let Some(running) = &mut self.running else { return Ok(true) };
        loop {
            let more =
                if self.buffer.len() < max { max } else { 2 * self.buffer.len() }.min(ENTRY_BYTES_MAX + 1);
            let ended = running.fill(&mut self.buffer, more)?;
            let is_whole = memchr::memchr(b'\n', &self.buffer).is_some();
            if ended || is_whole || self.buffer.len() < more || self.buffer.len() > ENTRY_BYTES_MAX {
                return Ok(ended);
            }
        }
    }

    /// Whole entries off the buffer.
    fn cut(&mut self) -> Option<Chunk> {
        let Some(newline) = memchr::memrchr(b'\n', &self.buffer) else {
            if self.buffer.len() > ENTRY_BYTES_MAX {
                self.buffer.clear();
                self.is_skipping = true;
            }
            return None;
        };
        let rest = self.buffer.split_off(newline + 1);
        let mut bytes = std::mem::replace(&mut self.buffer, rest);
        let mut generation = self.generation.clone()?;
        let mut gap = None;
        if std::mem::take(&mut self.is_skipping) {
            bytes.drain(..first_line(&bytes));
            gap = Some(GapCause::Damaged);
        }
        if !std::mem::replace(&mut self.is_checked, true) {
            if cursor(&bytes[..first_line(&bytes)]) == Some(&generation.marker) {
                bytes.drain(..first_line(&bytes));
            } else {
                gap = Some(GapCause::Vanished);
            }
        }
        if bytes.is_empty() && gap.is_none() {
            return None;
        }
        let gap = gap.map(|cause| Gap { cause, from: generation.offset, to: Some(generation.offset) });
        let lines = bytes.split_inclusive(|byte| *byte == b'\n');
        if let Some(last) = lines.rev().find_map(cursor) {
            last.clone_into(&mut generation.marker);
        }
        if !bytes.is_empty() {
            let coverage =
                self.coverage.get_or_insert_with(|| Coverage::begin(generation.offset, &generation.covered));
            coverage.take(generation.offset, &bytes);
            generation.covered = coverage.covered();
        }
        generation.offset += bytes.len() as u64;
        generation.lines += memchr::memchr_iter(b'\n', &bytes).count() as u64;
        let before = self.generation.replace(generation)?;
        Some(self.chunk(before, bytes, gap))
    }

    /// A chunk from where `before` stood.
    fn chunk(&self, before: Generation, bytes: Vec<u8>, gap: Option<Gap>) -> Chunk {
        Chunk {
            origin: self.origin(),
            bytes,
            before: Vec::new(),
            goes_on: false,
            offset: before.offset,
            line: before.lines + 1,
            progress: Progress { from: before.offset, generation: self.generation.clone().unwrap_or(before) },
            gap,
            last: self.buffer.is_empty(),
        }
    }

    fn origin(&self) -> Origin {
        Origin { source: self.spec.id.clone(), path: self.spec.id.0.clone(), modified: seconds() }
    }

    fn status(&self) -> SourceStatus {
        let offset = self.generation.as_ref().map_or(0, |generation| generation.offset);
        let behind = self.buffer.len() as u64;
        SourceStatus {
            path: PathBuf::from(&*self.spec.id.0),
            state: match &self.trouble {
                Some(reason) => State::Blind { reason: reason.clone() },
                None => State::Reading { offset, size: offset + behind },
            },
            hole_bytes: 0,
            behind,
            modified: self.modified,
        }
    }

    fn look_back(&self, chunk: &Chunk, budget: u64, sink: &mut BackSink<'_>) -> Result<(), Error> {
        let Some(first) = cursor(&chunk.bytes[..first_line(&chunk.bytes)]) else { return Ok(()) };
        let mut running = Running::start(&self.spec, Where::Before(first))?;
        let mut output = BufReader::new(running.output());
        let (mut entries, mut bytes) = (Vec::new(), 0);
        let (mut offset, mut line, mut left) = (chunk.offset, chunk.line, budget);
        loop {
            let mut entry = Vec::new();
            let read = output.by_ref().take(ENTRY_BYTES_MAX as u64).read_until(b'\n', &mut entry);
            let read = read.map_err(|cause| Error::io(&self.spec.program, cause))?;
            left = left.saturating_sub(read as u64);
            let is_over = read == 0 || left == 0;
            if entry.last() == Some(&b'\n') && cursor(&entry) != Some(first) {
                bytes += entry.len();
                entries.push(entry);
            }
            if !entries.is_empty() && (is_over || bytes >= BLOCK_BYTES) {
                entries.reverse();
                offset = offset.saturating_sub(bytes as u64);
                line = line.saturating_sub(entries.len() as u64).max(1);
                if sink(&self.origin(), offset, line, &entries.concat()) == ControlFlow::Break(()) {
                    return Ok(());
                }
                (entries, bytes) = (Vec::new(), 0);
            }
            if is_over {
                return Ok(());
            }
        }
    }
}

/// Where the first line ends.
fn first_line(bytes: &[u8]) -> usize {
    memchr::memchr(b'\n', bytes).map_or(bytes.len(), |newline| newline + 1)
}

fn seconds() -> i64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64)
}

#[cfg(test)]
mod tests;
