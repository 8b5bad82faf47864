//! Whole lines, cut from a stream, in one buffer that is used again and again.
//!
//! Where blocks end does not change what is found: a line that fits into [`LINE_BYTES_MAX`] always stands in one block,
//! however small blocks are, and a longer one always comes in windows of that size from its beginning, however large
//! they are. So memory is bounded whatever is sent.

use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::sync::Arc;

use super::beside::Beside;
use super::body::{self, is_damage, newlines};
use super::identity::advance_marker;
use crate::fault;
use crate::line::OVERLAP_BYTES;

/// The longest line that is delivered whole.
pub(super) const LINE_BYTES_MAX: usize = 1 << 20;

/// Bytes asked of a stream that is passed over.
const SKIP_BYTES: usize = 1 << 16;

/// Bytes in which the end of a line is looked for first: most lines are shorter.
const PROBE_BYTES: u64 = 1 << 12;

/// A stream and its buffer.
pub(super) struct Blocks {
    input: Box<dyn Read + Send>,
    /// As long as it ever was: a byte is cleared once, before the first use.
    buffer: Vec<u8>,
    /// What of the buffer was read and not delivered.
    unread: Range<usize>,
    /// Offset of the next block.
    pub(super) offset: u64,
    /// Line number at which the next block starts.
    pub(super) line: u64,
    /// The lines that begin at this offset or after it are somebody else's.
    end: u64,
    /// A block ends before the first line that begins here or later.
    stop: u64,
    ended: bool,
    /// Whether the last byte that was delivered, if any was, ended a line.
    pub(super) is_at_line: bool,
    /// Whether the stream ended in the middle or is corrupt.
    pub(super) damaged: bool,
}

/// A block of whole lines.
#[derive(Clone, Copy)]
pub struct Piece<'b> {
    /// The lines.
    pub bytes: &'b [u8],
    /// Offset of the first byte.
    pub offset: u64,
    /// Number of the first line, from 1 where the reading began.
    pub line: u64,
    /// The same bytes after those of the same line that the window before them ended with.
    pub whole: &'b [u8],
    /// Whether it is a window of a line that goes on in another one.
    pub goes_on: bool,
}

impl Blocks {
    pub(super) fn new(input: Box<dyn Read + Send>) -> Self {
        Self {
            input,
            buffer: Vec::new(),
            unread: 0..0,
            offset: 0,
            line: 1,
            end: u64::MAX,
            stop: u64::MAX,
            ended: false,
            is_at_line: true,
            damaged: false,
        }
    }

    /// The lines of a plain file that begin in a range of it; line numbers count from 1 there.
    pub(super) fn part(file: &Arc<File>, range: &Range<u64>) -> io::Result<Self> {
        let start = line_start(file, range.start, range.end)?;
        let ended = start >= range.end;
        let blocks = Self::new(body::plain_from(file, start));
        Ok(Self { offset: if ended { range.start } else { start }, end: range.end, ended, ..blocks })
    }

    /// The same, whose stream is read by a thread of its own.
    pub(super) fn beside(self) -> Self {
        Self { input: Box::new(Beside::new(self.input)), ..self }
    }

    /// With the buffer of another.
    pub(super) fn with_buffer(self, buffer: Vec<u8>) -> Self {
        Self { buffer, ..self }
    }

    /// The buffer, for another.
    pub(super) fn into_buffer(self) -> Vec<u8> {
        self.buffer
    }

    /// Whether nothing more comes.
    pub(super) fn is_finished(&self) -> bool {
        self.ended && self.unread.is_empty()
    }

    /// Lets a block end before the first line that begins at an offset or after it.
    pub(super) fn stop_at(&mut self, offset: u64) {
        self.stop = offset;
    }

    /// Leaves out the bytes before an offset and returns the marker before it; a shorter stream ends.
    pub(super) fn skip_to(&mut self, offset: u64) -> io::Result<Vec<u8>> {
        let mut marker = Vec::new();
        while self.offset < offset && !self.is_finished() {
            self.fill(SKIP_BYTES)?;
            let skipped = self.unread.len().min((offset - self.offset) as usize);
            let bytes = &self.buffer[self.unread.start..self.unread.start + skipped];
            advance_marker(&mut marker, bytes);
            self.offset += skipped as u64;
            self.line += newlines(bytes);
            self.is_at_line = bytes.last().is_none_or(|byte| *byte == b'\n');
            self.unread.start += skipped;
        }
        Ok(marker)
    }

    /// What comes next, so many bytes of it where there are as many.
    pub(super) fn peek(&mut self, len: usize) -> io::Result<&[u8]> {
        self.fill(len)?;
        Ok(&self.buffer[self.unread.start..self.unread.start + len.min(self.unread.len())])
    }

    /// The next block: the lines in `max` bytes; where no line ends in them, in twice as many.
    pub(super) fn next(&mut self, max: usize) -> io::Result<Option<Piece<'_>>> {
        let mut wanted = max;
        let len = loop {
            self.fill(wanted)?;
            let len = self.unread.len().min(wanted);
            if len == 0 {
                return Ok(None);
            }
            let is_all = self.ended && len == self.unread.len();
            let bytes = &self.buffer[self.unread.start..self.unread.start + len];
            // What follows damage is no line's end: the lines before it come first.
            match cut(bytes, is_all && !self.damaged) {
                0 if is_all => break len.min(LINE_BYTES_MAX),
                0 => wanted = (2 * wanted).min(LINE_BYTES_MAX),
                len => break len,
            }
        };
        let len = self.shorten(len);
        let is_open = self.buffer[self.unread.start + len - 1] != b'\n' && fault::guards("overlap");
        if is_open {
            self.fill(len + 1)?;
        }
        let is_within = !self.is_at_line && fault::guards("overlap");
        let before = if is_within { self.unread.start.min(OVERLAP_BYTES) } else { 0 };
        let whole = &self.buffer[self.unread.start - before..self.unread.start + len];
        let (bytes, goes_on) = (&whole[before..], is_open && self.unread.len() > len);
        let piece = Piece { bytes, offset: self.offset, line: self.line, whole, goes_on };
        self.unread.start += len;
        self.offset += len as u64;
        self.line += newlines(bytes);
        self.is_at_line = bytes.last() == Some(&b'\n');
        if self.offset >= self.end && self.is_at_line {
            (self.ended, self.unread) = (true, 0..0);
        }
        Ok(Some(piece))
    }

    /// How much of a block comes before the lines that are somebody else's, or that are wanted apart.
    fn shorten(&self, len: usize) -> usize {
        let mut len = len;
        for border in [self.end, self.stop] {
            let is_past = border <= self.offset && self.is_at_line;
            if is_past || self.offset + len as u64 <= border {
                continue;
            }
            // The line around the byte before the border is the last.
            let from = border.saturating_sub(self.offset + 1) as usize;
            let bytes = &self.buffer[self.unread.start..self.unread.start + len];
            len = memchr::memchr(b'\n', &bytes[from..]).map_or(len, |newline| from + newline + 1);
        }
        len
    }

    /// Reads until so much is unread, or the stream has ended. Only what is left of the last line is moved for it, and
    /// what a window shares with the one before.
    fn fill(&mut self, len: usize) -> io::Result<()> {
        if self.unread.len() >= len || self.ended {
            return Ok(());
        }
        let kept = self.unread.start.min(OVERLAP_BYTES);
        if self.unread.start > kept {
            self.buffer.copy_within(self.unread.start - kept..self.unread.end, 0);
            self.unread = kept..kept + self.unread.len();
        }
        let end = kept + len;
        if self.buffer.len() < end {
            self.buffer.resize(end, 0);
        }
        while self.unread.end < end && !self.ended {
            match self.input.read(&mut self.buffer[self.unread.end..end]) {
                Ok(0) => self.ended = true,
                Ok(read) => self.unread.end += read,
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
                Err(cause) if is_damage(&cause) => (self.ended, self.damaged) = (true, true),
                Err(cause) => return Err(cause),
            }
        }
        Ok(())
    }
}

impl std::fmt::Debug for Blocks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Blocks(at {})", self.offset)
    }
}

impl std::fmt::Debug for Piece<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Piece({} bytes at {})", self.bytes.len(), self.offset)
    }
}

/// How many bytes, from the beginning of a line, are a block: whole lines, none of which is longer than the longest, or
/// a window of one that is. 0: the line is not there to its end yet. `is_all`: nothing follows.
fn cut(bytes: &[u8], is_all: bool) -> usize {
    let mut whole = 0;
    loop {
        let window = &bytes[whole..bytes.len().min(whole + LINE_BYTES_MAX)];
        match memchr::memrchr(b'\n', window) {
            Some(newline) => whole += newline + 1,
            None if window.len() == LINE_BYTES_MAX => return if whole == 0 { LINE_BYTES_MAX } else { whole },
            None => return if is_all { bytes.len() } else { whole },
        }
    }
}

/// The first start of a line at or after `from`; `end` where there is none before it.
pub(super) fn line_start(file: &File, from: u64, end: u64) -> io::Result<u64> {
    if from == 0 {
        return Ok(0);
    }
    let (mut at, mut len) = (from - 1, PROBE_BYTES);
    while at < end {
        let bytes = super::sys::range(file, at, end.min(at + len))?;
        match memchr::memchr(b'\n', &bytes) {
            Some(newline) => return Ok(at + newline as u64 + 1),
            None if bytes.is_empty() => break,
            None => at += bytes.len() as u64,
        }
        len = LINE_BYTES_MAX as u64;
    }
    Ok(end)
}
