//! A log in a folder of its own, and a reader that commits what it reads as the store does.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use breachd::batch::Generation;
use breachd::event::{Gap, GapCause};
use breachd::source::{Notice, Spec, Start, Tail};
use tempfile::TempDir;

use crate::row::Outcome;

/// Bytes that a reader asks for at once.
const CHUNK_BYTES: usize = 1 << 20;

/// A log, what was written to it, and what was committed of it.
pub struct Log {
    pub dir: TempDir,
    pub start: Start,
    /// Whether a renamed file is left as soon as it is read to its end.
    pub quiet: Duration,
    pub written: Vec<String>,
    pub read: Vec<u8>,
    pub stored: BTreeMap<i64, Generation>,
    pub gaps: Vec<Gap>,
    pub notices: Vec<Notice>,
}

impl Log {
    pub fn new() -> Self {
        Self::within(&std::env::temp_dir())
    }

    /// In a folder that somebody else removes: who waits for ever does not, nor who may not.
    pub fn within(folder: &Path) -> Self {
        Self {
            dir: tempfile::tempdir_in(folder).unwrap(),
            start: Start::All,
            quiet: breachd::source::tail::QUIET,
            written: Vec::new(),
            read: Vec::new(),
            stored: BTreeMap::new(),
            gaps: Vec::new(),
            notices: Vec::new(),
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn live(&self) -> PathBuf {
        self.path("a.log")
    }

    /// Numbered lines that count, as text.
    pub fn lines(&mut self, count: usize) -> String {
        let first = self.written.len();
        let fresh = (first..first + count).map(|n| format!("line {n:06} of a log that somebody writes"));
        self.written.extend(fresh);
        self.written[first..].join("\n") + "\n"
    }

    /// Appends numbered lines to a file, as a writer that opens it for each write.
    pub fn append(&mut self, name: &str, count: usize) {
        let lines = self.lines(count);
        self.append_bytes(name, lines.as_bytes());
    }

    /// Appends bytes that count for nothing.
    pub fn append_bytes(&self, name: &str, bytes: &[u8]) {
        append(&self.path(name), bytes);
    }

    pub fn rename(&self, from: &str, to: &str) {
        fs::rename(self.path(from), self.path(to)).unwrap();
    }

    /// A reader as it starts: it knows what was committed.
    pub fn reader(&mut self) -> Tail {
        self.reader_of("a.log")
    }

    pub fn reader_of(&mut self, glob: &str) -> Tail {
        let spec = Spec { glob: self.path(glob).to_string_lossy().into_owned(), start: self.start };
        let next = self.stored.keys().last().map_or(1, |id| id + 1);
        let mut tail = Tail::new(vec![spec], self.stored.values().cloned().collect(), next).quiet(self.quiet);
        self.notices.extend(tail.rescan());
        tail
    }

    /// Starts, reads what is there, and stops.
    pub fn drain_once(&mut self) {
        let mut tail = self.reader();
        self.drain(&mut tail);
    }

    /// Reads and commits everything that is there, without a look at names.
    pub fn drain(&mut self, tail: &mut Tail) {
        self.drain_some(tail, CHUNK_BYTES, usize::MAX);
    }

    /// The same, so many chunks of so many bytes at most.
    pub fn drain_some(&mut self, tail: &mut Tail, max: usize, chunks: usize) {
        for _ in 0..chunks {
            let Ok(Some(chunk)) = tail.read(max, false) else { return };
            let generation = &chunk.progress.generation;
            let before = self.stored.insert(generation.id, generation.clone());
            let expected = before.map_or(chunk.progress.from, |before| before.offset);
            assert_eq!(expected, chunk.progress.from, "compare-and-set on the offset");
            self.gaps.extend(chunk.gap);
            self.read.extend(chunk.bytes);
            // What a chunk ends with is a line of its own for whoever reads it.
            if self.read.last().is_some_and(|last| *last != b'\n') {
                self.read.push(b'\n');
            }
        }
    }

    /// Looks at names, then reads.
    pub fn rescan(&mut self, tail: &mut Tail) {
        self.notices.extend(tail.rescan());
        self.drain(tail);
    }

    pub fn has_gap(&self, cause: GapCause) -> bool {
        self.gaps.iter().any(|gap| gap.cause == cause)
    }

    /// What was written against what was read.
    pub fn outcome(&self) -> Outcome {
        let read = String::from_utf8_lossy(&self.read);
        Outcome::of(self.written.iter().map(String::as_str), read.lines())
    }
}

pub fn append(path: &Path, bytes: &[u8]) {
    let mut file = fs::OpenOptions::new().append(true).create(true).open(path).unwrap();
    file.write_all(bytes).unwrap();
}
