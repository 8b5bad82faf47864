//! The writer's side: a log and its rotated siblings, with what stands in each of them.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

/// A folder of a log, and the truth about it.
pub struct Folder {
    dir: PathBuf,
    text: fn(usize) -> String,
    bodies: Vec<Body>,
    /// What stands under the live name.
    live: Option<usize>,
    /// Rotated files, newest first.
    archives: Vec<Archive>,
    /// What the writer has open.
    held: (usize, File),
    /// Lines written whole.
    pub written: usize,
    /// Bytes written of the line after them.
    half: usize,
    /// Lines of which the last copy is gone.
    pub vanished: Vec<Vanished>,
    pub rotations: usize,
    pub compressions: usize,
}

/// The bytes of one file.
#[derive(Clone, Default)]
struct Body {
    lines: Vec<Place>,
    size: u64,
}

/// A whole line in a body.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub line: usize,
    pub from: u64,
    pub to: u64,
}

#[derive(Clone, Copy)]
struct Archive {
    body: usize,
    is_compressed: bool,
}

/// A line that is nowhere any more.
#[derive(Clone, Copy, Debug)]
pub struct Vanished {
    pub place: Place,
    /// Whether something of its file had been counted by then: only then a reader can know of it.
    pub is_known: bool,
}

/// So many bytes of a line do not reach its number.
const SAYS_NOTHING: usize = 55;

impl Folder {
    /// `text` gives each line.
    pub fn new(dir: &Path, text: fn(usize) -> String) -> Self {
        let file = appending(&dir.join("access.log"));
        Self {
            dir: dir.to_owned(),
            text,
            bodies: vec![Body::default()],
            live: Some(0),
            archives: Vec::new(),
            held: (0, file),
            written: 0,
            half: 0,
            vanished: Vec::new(),
            rotations: 0,
            compressions: 0,
        }
    }

    pub fn live_path(&self) -> PathBuf {
        self.dir.join("access.log")
    }

    /// Lines of which a whole copy stands in the folder.
    pub fn present(&self) -> BTreeSet<usize> {
        let archives = self.archives.iter().map(|archive| archive.body);
        let bodies = self.live.into_iter().chain(archives);
        bodies.flat_map(|body| self.bodies[body].lines.iter().map(|place| place.line)).collect()
    }

    pub fn append(&mut self, lines: usize) {
        let text: String = (self.written..self.written + lines).map(self.text).collect();
        self.write(&text.as_bytes()[self.half..], lines);
    }

    pub fn piece(&mut self, bytes: usize) {
        let text = (self.text)(self.written);
        let end = (self.half + bytes).min(text.len() - 1);
        if end > self.half {
            let half = std::mem::replace(&mut self.half, end);
            self.held.1.write_all(&text.as_bytes()[half..end]).expect("a disk with room");
            self.bodies[self.held.0].size += (end - half) as u64;
        }
    }

    /// Ends the line that is begun.
    pub fn whole_line(&mut self) {
        if self.half > 0 {
            self.append(1);
        }
    }

    fn write(&mut self, bytes: &[u8], lines: usize) {
        self.held.1.write_all(bytes).expect("a disk with room");
        let body = &mut self.bodies[self.held.0];
        let mut from = body.size - self.half as u64;
        for line in self.written..self.written + lines {
            let to = from + (self.text)(line).len() as u64;
            body.lines.push(Place { line, from, to });
            from = to;
        }
        body.size = from;
        self.written += lines;
        self.half = 0;
    }

    pub fn shift(&mut self) {
        let Some(live) = self.live else { return };
        self.shift_archives();
        rename(&self.live_path(), &self.name(0, false));
        self.archives.insert(0, Archive { body: live, is_compressed: false });
        self.live = None;
        self.rotations += 1;
    }

    pub fn reopen(&mut self) {
        self.whole_line();
        let file = appending(&self.live_path());
        let live = *self.live.get_or_insert_with(|| {
            self.bodies.push(Body::default());
            self.bodies.len() - 1
        });
        self.held = (live, file);
    }

    /// A copy that ends in half a line with its number would tell of a person by itself: such a line is ended first.
    pub fn copy(&mut self) {
        let Some(live) = self.live else { return };
        if self.half > SAYS_NOTHING {
            self.whole_line();
        }
        self.shift_archives();
        fs::copy(self.live_path(), self.name(0, false)).expect("a disk with room");
        self.bodies.push(self.bodies[live].clone());
        self.archives.insert(0, Archive { body: self.bodies.len() - 1, is_compressed: false });
        self.rotations += 1;
    }

    pub fn truncate(&mut self, counted: &dyn Fn(usize) -> bool) {
        let Some(live) = self.live else { return };
        if self.held.0 == live {
            self.whole_line();
        }
        OpenOptions::new().write(true).truncate(true).open(self.live_path()).expect("a log can be cut off");
        let gone = std::mem::take(&mut self.bodies[live]);
        self.vanish(&gone, counted);
    }

    pub fn delete(&mut self, counted: &dyn Fn(usize) -> bool) {
        let Some(archive) = self.archives.last().copied().filter(|archive| archive.body != self.held.0)
        else {
            return;
        };
        let at = self.archives.len() - 1;
        fs::remove_file(self.name(at, archive.is_compressed)).expect("an archive goes");
        let _ = fs::remove_file(self.name(at, true)); // what an unfinished compression left
        self.archives.pop();
        let gone = std::mem::take(&mut self.bodies[archive.body]);
        self.vanish(&gone, counted);
    }

    fn vanish(&mut self, gone: &Body, counted: &dyn Fn(usize) -> bool) {
        let present = self.present();
        let is_known = gone.lines.iter().any(|place| counted(place.line));
        let lost = gone.lines.iter().filter(|place| !present.contains(&place.line));
        self.vanished.extend(lost.map(|place| Vanished { place: *place, is_known }));
    }

    /// Part of an archive, beside the file it is made of.
    pub fn begin_compression(&mut self) {
        let Some(at) = self.to_compress() else { return };
        let bytes = gzip(&fs::read(self.name(at, false)).expect("a rotated file"));
        fs::write(self.name(at, true), &bytes[..bytes.len() * 2 / 3]).expect("a disk with room");
    }

    /// As gzip does: the new file first, then the old one goes.
    pub fn compress(&mut self) {
        let Some(at) = self.to_compress() else { return };
        let plain = self.name(at, false);
        let bytes = gzip(&fs::read(&plain).expect("a rotated file"));
        fs::write(self.name(at, true), bytes).expect("a disk with room");
        fs::remove_file(plain).expect("a rotated file goes");
        self.archives[at].is_compressed = true;
        self.compressions += 1;
    }

    fn to_compress(&self) -> Option<usize> {
        self.archives.iter().position(|archive| !archive.is_compressed && archive.body != self.held.0)
    }

    fn shift_archives(&mut self) {
        for at in (0..self.archives.len()).rev() {
            let is_compressed = self.archives[at].is_compressed;
            rename(&self.name(at, is_compressed), &self.name(at + 1, is_compressed));
            // logrotate would stop at an unfinished archive; whoever cleans up after it deletes it.
            let _ = fs::remove_file(self.name(at, true));
        }
    }

    fn name(&self, at: usize, is_compressed: bool) -> PathBuf {
        self.dir.join(format!("access.log.{}{}", at + 1, if is_compressed { ".gz" } else { "" }))
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(bytes).expect("memory takes every byte");
    gzip.finish().expect("memory takes every byte")
}

fn rename(from: &Path, to: &Path) {
    fs::rename(from, to).expect("a log can be renamed");
}

fn appending(path: &Path) -> File {
    OpenOptions::new().create(true).append(true).open(path).expect("a log")
}
