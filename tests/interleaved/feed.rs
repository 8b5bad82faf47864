//! A log in files: cut at line ends into rotated and compressed ones, or written piece by piece.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::generator::Line;
use crate::support::Random;

/// All of a log.
pub fn bytes(lines: &[Line]) -> Vec<u8> {
    lines.iter().flat_map(|line| line.text.bytes()).collect()
}

/// Writes a log as a rotated one: `mail.log.3.gz`, `mail.log.2.gz`, `mail.log.1`, `mail.log`. Returns their paths.
pub fn rotated(folder: &Path, bytes: &[u8], random: &mut Random) -> Vec<PathBuf> {
    let mut marks: Vec<usize> = (0..3).map(|_| line_end(bytes, random.below(bytes.len()))).collect();
    marks.extend([0, bytes.len()]);
    marks.sort_unstable();
    let names = ["mail.log.3", "mail.log.2", "mail.log.1", "mail.log"];
    let mut paths = Vec::new();
    for (name, range) in names.iter().zip(marks.windows(2)) {
        let path = folder.join(name);
        fs::write(&path, &bytes[range[0]..range[1]]).expect("a log");
        let is_old = name.ends_with(['2', '3']);
        paths.push(if is_old { compress(&path) } else { path });
    }
    paths
}

fn line_end(bytes: &[u8], at: usize) -> usize {
    memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |newline| at + newline + 1)
}

/// As gzip does: the new file first, then the old one goes.
fn compress(path: &Path) -> PathBuf {
    let target = path.with_added_extension("gz");
    let gzip = fs::File::create(&target).expect("an archive");
    let mut gzip = flate2::write::GzEncoder::new(gzip, flate2::Compression::fast());
    gzip.write_all(&fs::read(path).expect("a rotated file")).expect("a disk with room");
    gzip.finish().expect("a disk with room");
    fs::remove_file(path).expect("a rotated file goes");
    target
}

/// A log that grows in pieces that end anywhere, and rotates between them.
#[derive(Debug)]
pub struct Feed {
    path: PathBuf,
    bytes: Vec<u8>,
    /// Where pieces end.
    marks: Vec<usize>,
    written: usize,
    /// Rotated files, newest first: whether each is compressed.
    archives: Vec<bool>,
    pub rotations: usize,
    pub compressions: usize,
}

/// Rotated files kept by logrotate: none is deleted before it was read.
const ARCHIVES_MAX: usize = 8;

impl Feed {
    pub fn new(path: PathBuf, bytes: Vec<u8>, pieces: usize, random: &mut Random) -> Self {
        let mut marks: Vec<usize> = (1..pieces).map(|_| random.below(bytes.len())).collect();
        marks.push(bytes.len());
        marks.sort_unstable();
        marks.reverse();
        Self { path, bytes, marks, written: 0, archives: Vec::new(), rotations: 0, compressions: 0 }
    }

    /// Writes the next piece; false when there is none.
    pub fn piece(&mut self, random: &mut Random) -> bool {
        let Some(end) = self.marks.pop() else { return false };
        let is_at_line_end = self.written == 0 || self.bytes[self.written - 1] == b'\n';
        if self.written > 0 && is_at_line_end && random.below(2) == 0 {
            self.rotate();
        } else if self.written > 0 && random.below(2) == 0 {
            // The rest of the line is written to the file under its new name, as by a server that was not told yet.
            let rest = line_end(&self.bytes, self.written - 1).min(end);
            self.append(rest);
            if self.bytes[self.written - 1] == b'\n' {
                self.rotate();
            }
        }
        if random.below(2) == 0 {
            self.compress();
        }
        self.append(end);
        true
    }

    fn append(&mut self, end: usize) {
        let mut file = OpenOptions::new().create(true).append(true).open(&self.path).expect("a log");
        file.write_all(&self.bytes[self.written..end]).expect("a disk with room");
        self.written = end;
    }

    fn rotate(&mut self) {
        if self.archives.len() == ARCHIVES_MAX {
            self.archives.pop();
        }
        for at in (0..self.archives.len()).rev() {
            let is_gzip = self.archives[at];
            fs::rename(self.archive(at + 1, is_gzip), self.archive(at + 2, is_gzip)).expect("a rename");
        }
        fs::rename(&self.path, self.archive(1, false)).expect("a rename");
        self.archives.insert(0, false);
        self.rotations += 1;
    }

    /// All but the newest: a server may still write to that.
    fn compress(&mut self) {
        for at in (1..self.archives.len()).filter(|at| !self.archives[*at]).collect::<Vec<_>>() {
            compress(&self.archive(at + 1, false));
            self.archives[at] = true;
            self.compressions += 1;
        }
    }

    fn archive(&self, number: usize, is_gzip: bool) -> PathBuf {
        let name = format!("mail.log.{number}{}", if is_gzip { ".gz" } else { "" });
        self.path.with_file_name(name)
    }
}
