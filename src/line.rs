//! Where bytes come from: a block of a log, a line in it, a place that a person can look up.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The name of a source: the path of its live file, shared by all its rotated siblings, so that `mail.log`,
/// `mail.log.1` and `mail.log.2.gz` are one source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SourceId(pub Arc<str>);

impl SourceId {
    /// A source by the path of its live file.
    pub fn new(path: &str) -> Self {
        Self(path.into())
    }
}

/// Where a line stands, for the person who looks it up. Offsets are those of the decompressed bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// The source.
    pub source: SourceId,
    /// The file as it was named when the line was read.
    pub path: Arc<str>,
    /// Byte offset of the line's first byte.
    pub offset: u64,
    /// Physical line number, from 1.
    pub line: u64,
}

/// The file that a block was read from.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The source.
    pub source: SourceId,
    /// The file's name at the time of reading.
    pub path: Arc<str>,
    /// Seconds since the epoch at which the file was last written: the anchor for stamps without a year.
    pub modified: i64,
}

/// Bytes of a line longer than a block that two windows of it share, so that a value at their border stands whole in one
/// of them. It is told with the window that holds more of what stands around it: each window tells what begins before
/// the middle of what it shares with the next.
pub const OVERLAP_BYTES: usize = 256;

/// Whole lines of one file, in one buffer. The last line of the last block of a finished file may lack its newline.
#[derive(Clone, Copy)]
pub struct Block<'b> {
    bytes: &'b [u8],
    /// Where they come from.
    pub origin: &'b Origin,
    /// Byte offset of the first byte in the (decompressed) file.
    pub offset: u64,
    /// Physical line number of the first line, from 1.
    pub line: u64,
    /// The line before the block that tells how its first lines are to be read: names of columns, or the beginning of a
    /// record that goes on. None where nothing is known of it, or the format needs none.
    pub governing: Option<&'b [u8]>,
    /// Which of its bytes it tells the values of: those that begin in them. All but for windows of a long line.
    own: (usize, usize),
}

/// One line of a block, without its line end.
#[derive(Clone, Copy)]
pub struct Line<'b> {
    bytes: &'b [u8],
    /// Offset of its first byte within the block.
    pub start: usize,
}

impl<'b> Block<'b> {
    /// A block of whole lines.
    pub fn new(bytes: &'b [u8], origin: &'b Origin, offset: u64, line: u64) -> Self {
        Self { bytes, origin, offset, line, governing: None, own: (0, usize::MAX) }
    }

    /// The same block after a line that tells how its first lines are to be read.
    #[must_use]
    pub fn after(self, governing: Option<&'b [u8]>) -> Self {
        Self { governing, ..self }
    }

    /// The same block as a window of a longer line: so many of its bytes stand in the window before it too, and the line
    /// goes on in another one.
    #[must_use]
    pub fn window(self, before: usize, goes_on: bool) -> Self {
        let end = if goes_on { self.bytes.len().saturating_sub(OVERLAP_BYTES / 2) } else { usize::MAX };
        Self { own: (before.saturating_sub(OVERLAP_BYTES / 2), end), ..self }
    }

    /// Whether a value that begins at this byte is told with this block, and not with the window before or after it.
    pub fn owns(&self, at: usize) -> bool {
        (self.own.0..self.own.1).contains(&at)
    }

    /// The log bytes: to be read by the stages, never to be kept.
    pub fn bytes(&self) -> &'b [u8] {
        self.bytes
    }

    /// The line around a byte of the block.
    pub fn line_at(&self, at: usize) -> Line<'b> {
        let start = memchr::memrchr(b'\n', &self.bytes[..at]).map_or(0, |newline| newline + 1);
        let end = memchr::memchr(b'\n', &self.bytes[at..]).map_or(self.bytes.len(), |newline| at + newline);
        Line::new(&self.bytes[start..end], start)
    }

    /// Every line in order.
    pub fn lines(&self) -> impl Iterator<Item = Line<'b>> + use<'b> {
        let bytes = self.bytes;
        let mut start = 0;
        std::iter::from_fn(move || {
            if start >= bytes.len() {
                return None;
            }
            let end = memchr::memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |newline| start + newline);
            let line = Line::new(&bytes[start..end], start);
            start = end + 1;
            Some(line)
        })
    }

    /// The place of a line; `number` is its physical line number within the file.
    pub fn place(&self, line: &Line<'_>, number: u64) -> Place {
        Place {
            source: self.origin.source.clone(),
            path: self.origin.path.clone(),
            offset: self.offset + line.start as u64,
            line: number,
        }
    }
}

impl<'b> Line<'b> {
    fn new(bytes: &'b [u8], start: usize) -> Self {
        Self { bytes: bytes.strip_suffix(b"\r").unwrap_or(bytes), start }
    }

    /// A part of the line that is read as a line of its own.
    #[must_use]
    pub fn part(&self, range: std::ops::Range<usize>) -> Self {
        Self { start: self.start + range.start, bytes: &self.bytes[range] }
    }

    /// A line that is not part of a block.
    pub fn alone(bytes: &'b [u8]) -> Self {
        Self::new(bytes, 0)
    }

    /// The log bytes, without the line end.
    pub fn bytes(&self) -> &'b [u8] {
        self.bytes
    }
}

impl std::fmt::Debug for Block<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Block({} bytes at {} of {})", self.bytes.len(), self.offset, self.origin.path)
    }
}

impl std::fmt::Debug for Line<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Line({} bytes)", self.bytes.len())
    }
}

/// Counts newlines from a known line on, so that a line's number costs one pass over the bytes between questions.
/// Questions must come in ascending order.
#[derive(Debug)]
pub struct LineCounter {
    counted_to: usize,
    line: u64,
}

impl LineCounter {
    /// Starts at the first byte of a block whose first line has this number.
    pub fn new(first_line: u64) -> Self {
        Self { counted_to: 0, line: first_line }
    }

    /// The number of the line that starts at `start`.
    pub fn number_at(&mut self, bytes: &[u8], start: usize) -> u64 {
        self.line += memchr::memchr_iter(b'\n', &bytes[self.counted_to..start]).count() as u64;
        self.counted_to = start;
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin() -> Origin {
        Origin { source: SourceId::new("mail.log"), path: "mail.log".into(), modified: 0 }
    }

    #[test]
    fn a_line_is_found_around_any_of_its_bytes() {
        let origin = origin();
        let block = Block::new(b"one\r\ntwo\n\nlast", &origin, 0, 1);
        assert_eq!(block.line_at(6).bytes(), b"two");
        assert_eq!(block.line_at(12).bytes(), b"last");
        let lines: Vec<_> = block.lines().map(|line| line.bytes().to_vec()).collect();
        assert_eq!(lines, [b"one".to_vec(), b"two".to_vec(), b"".to_vec(), b"last".to_vec()]);
    }

    #[test]
    fn debug_of_log_bytes_says_only_their_size() {
        let origin = origin();
        let block = Block::new(b"A123456789\n", &origin, 0, 1);
        assert!(!format!("{block:?} {:?}", block.line_at(0)).contains("A1234"));
    }

    #[test]
    fn line_numbers_count_physical_lines() {
        let mut counter = LineCounter::new(10);
        assert_eq!(counter.number_at(b"a\nb\n\nc\n", 0), 10);
        assert_eq!(counter.number_at(b"a\nb\n\nc\n", 5), 13);
    }
}
