//! The mail server's side: one log, appended in small writes, rotated and compressed, with the place of every message
//! that holds personal data known at any time.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::support::postfix::{Line, Shape, Stage, log};
use crate::support::{Random, Site};

/// Writes the same bytes, and does the same to the files, in the log folders of several sites.
pub struct Writer {
    logs: Vec<Log>,
    lines: Vec<Line>,
    shape: Shape,
    /// Lines written whole.
    pub written: usize,
    /// Bytes written of the line after them.
    half: usize,
    /// Messages with personal data under way: the last stage on disk.
    open: BTreeMap<usize, Stage>,
    /// Rotated files, newest first: whether each is compressed.
    archives: Vec<bool>,
    /// Whether some rotations copy the log and cut it off.
    pub copies: bool,
    pub random: Random,
}

/// `mail.log` in one folder.
struct Log {
    folder: PathBuf,
    file: File,
}

/// What is to be under way when the daemon is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    BeforeSubject,
    BeforeStatus,
    Anywhere,
    /// Personal data is in the line that was written last.
    #[cfg_attr(not(feature = "faults"), expect(dead_code, reason = "asked for by the fault's test"))]
    AfterHit,
}

impl Writer {
    pub fn new(sites: &[&Site], shape: Shape, mut random: Random) -> Self {
        let logs = sites.iter().map(|site| Log::new(site.path("log"))).collect();
        let lines = log(shape, &mut random);
        Self {
            logs,
            lines,
            shape,
            written: 0,
            half: 0,
            open: BTreeMap::new(),
            archives: Vec::new(),
            copies: false,
            random,
        }
    }

    /// How many people each sender has sent out: every message with personal data names one, and reaches at least one
    /// outside recipient.
    pub fn truth(&self) -> BTreeMap<String, u64> {
        let mut truth = BTreeMap::new();
        for message in (0..self.shape.messages).filter(|message| self.has_hit(*message)) {
            *truth.entry(format!("user{:02}@agency.gov.tw", message % self.shape.actors)).or_default() += 1;
        }
        truth
    }

    /// Messages with personal data whose first line is on disk and whose last is not.
    pub fn open(&self) -> usize {
        self.open.len()
    }

    pub fn is_at(&self, moment: Moment) -> bool {
        let any = |holds: &dyn Fn(&Stage) -> bool| self.open.values().any(holds);
        match moment {
            Moment::BeforeSubject => any(&|stage| *stage < Stage::Subject),
            Moment::BeforeStatus => any(&|stage| (Stage::Subject..Stage::Status).contains(stage)),
            Moment::Anywhere => !self.open.is_empty(),
            Moment::AfterHit => self.written.checked_sub(1).is_some_and(|last| {
                let line = &self.lines[last];
                line.stage == Stage::Subject && self.has_hit(line.message)
            }),
        }
    }

    pub fn is_done(&self) -> bool {
        self.written == self.lines.len()
    }

    /// One write: up to three lines, of which the last may be cut short, and now and then a rotation before it.
    pub fn step(&mut self) {
        if self.random.below(25) == 0 {
            self.rotate();
        }
        self.write();
        std::thread::sleep(Duration::from_micros(self.random.below(2000) as u64));
    }

    /// Writes the rest as fast as it goes. At that pace copies would be cut off, moved and compressed several within one
    /// look: nobody reads these in time.
    pub fn finish(&mut self) {
        self.copies = false;
        while !self.is_done() {
            self.step();
        }
    }

    /// Renames as logrotate does; the server may hold the old file for a few more lines.
    pub fn rotate(&mut self) {
        let copies = self.copies && self.random.below(2) == 0;
        if copies {
            self.write_rest_of_line();
        }
        for at in (0..self.archives.len()).rev() {
            self.rename(at + 1, at + 2);
        }
        self.archives.insert(0, false);
        if copies {
            return self.copy_and_truncate();
        }
        for log in &self.logs {
            move_file(&log.folder.join("mail.log"), &log.folder.join("mail.log.1"));
        }
        let is_created_first = self.random.below(2) == 0;
        if is_created_first {
            self.create();
        }
        for _ in 0..self.random.below(3) {
            self.write();
        }
        self.write_rest_of_line();
        for log in &mut self.logs {
            log.file = appending(&log.folder);
        }
    }

    /// Nothing is written between copy and end, so nothing is lost.
    fn copy_and_truncate(&self) {
        for log in &self.logs {
            fs::copy(log.folder.join("mail.log"), log.folder.join("mail.log.1")).expect("a disk with room");
            log.file.set_len(0).expect("a log can be cut off");
        }
    }

    /// Compresses the newest rotated file that is not yet, as gzip does: the new file first, then the old one goes.
    pub fn compress(&mut self) -> bool {
        let Some(at) = self.archives.iter().position(|compressed| !compressed) else { return false };
        for log in &self.logs {
            let plain = log.folder.join(format!("mail.log.{}", at + 1));
            let bytes = fs::read(&plain).expect("a rotated file");
            let gzip = File::create(plain.with_added_extension("gz")).expect("an archive");
            let mut gzip = flate2::write::GzEncoder::new(gzip, flate2::Compression::fast());
            gzip.write_all(&bytes).expect("a disk with room");
            gzip.finish().expect("a disk with room");
            fs::remove_file(&plain).expect("a rotated file goes");
        }
        self.archives[at] = true;
        true
    }

    /// All files of a site's log, oldest first.
    pub fn files(&self, site: &Site) -> Vec<PathBuf> {
        let rotated = self.archives.iter().enumerate().rev().map(|(at, is_gzip)| name(at + 1, *is_gzip));
        rotated.chain([String::from("mail.log")]).map(|name| site.log(&name)).collect()
    }

    fn has_hit(&self, message: usize) -> bool {
        message.is_multiple_of(self.shape.every)
    }

    fn write(&mut self) {
        let end = (self.written + 1 + self.random.below(3)).min(self.lines.len());
        let mut bytes = Vec::new();
        for line in &self.lines[self.written..end] {
            bytes.extend_from_slice(line.text.as_bytes());
        }
        bytes.drain(..self.half);
        let last = self.lines[..end].last().map_or(0, |line| line.text.len());
        let is_cut = last > 1 && end > self.written + 1 && self.random.below(4) == 0;
        let cut = if is_cut { 1 + self.random.below(last - 1) } else { 0 };
        bytes.truncate(bytes.len() - cut);
        self.append(&bytes);
        let whole = if is_cut { end - 1 } else { end };
        self.note(whole);
        self.half = if is_cut { last - cut } else { 0 };
    }

    fn write_rest_of_line(&mut self) {
        if self.half > 0 {
            let rest = self.lines[self.written].text.as_bytes()[self.half..].to_vec();
            self.append(&rest);
            self.note(self.written + 1);
            self.half = 0;
        }
    }

    fn append(&mut self, bytes: &[u8]) {
        for log in &mut self.logs {
            log.file.write_all(bytes).expect("a disk with room");
        }
    }

    /// These lines are on disk.
    fn note(&mut self, end: usize) {
        for at in self.written..end {
            let (message, stage) = (self.lines[at].message, self.lines[at].stage);
            if stage == Stage::Removed {
                self.open.remove(&message);
            } else if self.has_hit(message) {
                self.open.insert(message, stage);
            }
        }
        self.written = end;
    }

    fn rename(&self, from: usize, to: usize) {
        let is_gzip = self.archives[from - 1];
        for log in &self.logs {
            move_file(&log.folder.join(name(from, is_gzip)), &log.folder.join(name(to, is_gzip)));
        }
    }

    fn create(&self) {
        for log in &self.logs {
            drop(appending(&log.folder));
        }
    }
}

impl Log {
    fn new(folder: PathBuf) -> Self {
        Self { file: appending(&folder), folder }
    }
}

fn name(number: usize, is_gzip: bool) -> String {
    format!("mail.log.{number}{}", if is_gzip { ".gz" } else { "" })
}

fn move_file(from: &Path, to: &Path) {
    fs::rename(from, to).expect("a log can be renamed");
}

fn appending(folder: &Path) -> File {
    OpenOptions::new().create(true).append(true).open(folder.join("mail.log")).expect("a log")
}
