use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::{Compression, write::GzEncoder};
use tempfile::TempDir;

use super::*;
use crate::batch::GenerationState;
use crate::event::GapCause;
use crate::source::Start;

mod downtime;
mod first_sight;
mod kept;
mod looking_back;
mod property;
mod race;
mod rest;
mod restart;
mod running;

/// A folder with a log in it, and what a store would have committed.
struct Site {
    dir: TempDir,
    start: Start,
    stored: BTreeMap<i64, Generation>,
    gaps: Vec<(String, GapCause)>,
}

impl Site {
    fn new(start: Start) -> Self {
        Self { dir: tempfile::tempdir().unwrap(), start, stored: BTreeMap::new(), gaps: Vec::new() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn append(&self, name: &str, text: &str) {
        let mut file = fs::OpenOptions::new().append(true).create(true).open(self.path(name)).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn rename(&self, from: &str, to: &str) {
        fs::rename(self.path(from), self.path(to)).unwrap();
    }

    /// As the compressor does it: another file, then the plain one goes.
    fn compress(&self, name: &str) {
        self.write_gzip(&format!("{name}.gz"), &fs::read(self.path(name)).unwrap());
        fs::remove_file(self.path(name)).unwrap();
    }

    fn write_gzip(&self, name: &str, bytes: &[u8]) {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        fs::write(self.path(name), encoder.finish().unwrap()).unwrap();
    }

    /// A reader as it starts after a stop: it knows what was committed.
    fn tail(&self) -> Tail {
        self.tail_of("a.log")
    }

    fn tail_of(&self, glob: &str) -> Tail {
        let spec = Spec { glob: self.path(glob).to_string_lossy().into_owned(), start: self.start };
        let next = self.stored.keys().last().map_or(1, |id| id + 1);
        let mut tail = Tail::new(vec![spec], self.stored.values().cloned().collect(), next);
        tail.rescan();
        tail
    }

    /// Commits as the store does, by compare-and-set on the offset.
    fn commit(&mut self, chunk: &Chunk) {
        let generation = &chunk.progress.generation;
        let before = self.stored.insert(generation.id, generation.clone());
        assert_eq!(before.map_or(chunk.progress.from, |before| before.offset), chunk.progress.from);
        assert!(generation.offset >= chunk.progress.from);
        if let Some(gap) = &chunk.gap {
            let name = Path::new(&generation.path).file_name().unwrap().to_string_lossy().into_owned();
            self.gaps.push((name, gap.cause));
        }
    }

    /// Reads and commits all that is there.
    fn drain(&mut self, tail: &mut Tail) -> String {
        let mut text = Vec::new();
        while let Some(chunk) = tail.read(CHUNK_BYTES, false).unwrap() {
            self.commit(&chunk);
            text.extend(chunk.bytes);
        }
        String::from_utf8(text).unwrap()
    }

    fn rescan(&mut self, tail: &mut Tail) -> String {
        tail.rescan();
        self.drain(tail)
    }

    fn states(&self) -> Vec<(String, GenerationState)> {
        let name = |path: &str| Path::new(path).file_name().unwrap().to_string_lossy().into_owned();
        self.stored.values().map(|one| (name(&one.path), one.state)).collect()
    }
}

/// Lines long enough that a few of them fill head and marker.
fn lines(range: std::ops::Range<u32>) -> String {
    range.map(|n| format!("line {n:06} of a log that somebody writes\n")).collect::<Vec<_>>().concat()
}
