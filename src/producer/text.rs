//! A finished log as blocks of text whose format is known, and the line that governs each.

use crate::format::Format;
use crate::line::{Block, Origin};
use crate::moment::{Quality, SECOND};
use crate::scan::{Carried, Scanner};
use crate::source::Error;
use crate::source::archive::{Input, Reader, Totals, last_lines};

/// A log that nothing is known of is asked again here, and wherever it has grown to twice of that: it may begin with
/// what somebody else wrote.
const AGAIN_BYTES: u64 = 1 << 20;

/// A log that is read from its beginning. What format its lines have depends on its bytes alone, not on where blocks end.
#[derive(Debug)]
pub struct Text<'s> {
    scanner: &'s Scanner,
    reader: Reader,
    origin: Origin,
    format: Option<Format>,
    ask_at: u64,
    carried: Carried,
}

impl<'s> Text<'s> {
    /// The text of a log; without a format it is recognised.
    pub fn new(scanner: &'s Scanner, reader: Reader, format: Option<Format>) -> Self {
        let origin = reader.origin().clone();
        Self { scanner, reader, origin, format, ask_at: 0, carried: Carried::default() }
    }

    /// The same, of which lines without a year are older than this, in seconds since the epoch.
    #[must_use]
    pub fn written_by(mut self, seconds: Option<i64>) -> Self {
        self.origin.modified = self.origin.modified.min(seconds.unwrap_or(i64::MAX));
        self
    }

    /// The format of the lines that were read last.
    pub fn format(&self) -> Format {
        self.format.unwrap_or(Format::Plain)
    }

    /// Where the next block starts, and how many lines have ended before it.
    pub fn place(&self) -> (u64, u64) {
        (self.reader.offset(), self.reader.lines())
    }

    /// Hands on the next block of about `max` bytes; none at the end.
    pub fn next<R>(
        &mut self,
        max: usize,
        look: impl FnOnce(Format, &Block<'_>) -> R,
    ) -> Result<Option<R>, Error> {
        self.recognise()?;
        let format = self.format();
        let Some(piece) = self.reader.next(max)? else { return Ok(None) };
        let before = std::mem::take(&mut self.carried);
        let seen = piece.whole.len() - piece.bytes.len();
        let block = Block::new(piece.whole, &self.origin, piece.offset - seen as u64, piece.line);
        let block = block.after(before.line()).window(seen, piece.goes_on);
        self.carried = self.scanner.carry(format, &block);
        Ok(Some(look(format, &block)))
    }

    /// What was read, and the buffer.
    pub fn totals(self) -> (Totals, Vec<u8>) {
        self.reader.totals()
    }

    fn recognise(&mut self) -> Result<(), Error> {
        let offset = self.reader.offset();
        if self.format.is_some() || offset < self.ask_at || !self.reader.is_at_line() {
            return Ok(());
        }
        let format = self.scanner.formats().sniff(self.reader.head()?);
        self.format = (format != Format::Plain).then_some(format);
        self.ask_at = if self.format.is_some() { u64::MAX } else { ask_after(offset) };
        self.reader.stop_at(self.ask_at);
        Ok(())
    }
}

/// The formats of the lines of a plain file, by the offsets from which on they are, as [`Text`] finds them on its way.
pub(super) fn formats_of(scanner: &Scanner, input: &Input, size: u64) -> Result<Vec<(u64, Format)>, Error> {
    let mut formats = vec![(0, Format::Plain)];
    let mut at = 0;
    while at < size {
        let mut reader = Reader::part(input, &(at..size))?;
        if reader.is_finished() {
            break;
        }
        let offset = reader.offset();
        at = ask_after(offset);
        let format = scanner.formats().sniff(reader.head()?);
        if format != Format::Plain {
            formats.push((offset, format));
            break;
        }
    }
    if formats.get(1).is_some_and(|(offset, _)| *offset == 0) {
        formats.remove(0);
    }
    Ok(formats)
}

/// How much of a file's end is asked for its last time.
const TAIL_BYTES: u64 = 64 << 10;

/// When the last line of a log without years was written, in seconds: a file that was copied is younger than that, and
/// by its age alone a line of last November would be one of this November.
pub(super) fn ended(scanner: &Scanner, input: &Input, format: Option<Format>) -> Result<Option<i64>, Error> {
    let tail = last_lines(input, TAIL_BYTES)?;
    let (path, modified) = (input.path.to_string_lossy().as_ref().into(), modified(input));
    let origin = Origin { source: input.source.clone(), path, modified };
    let format = format.unwrap_or_else(|| scanner.formats().sniff(&tail));
    let last = scanner.last_time(format, &Block::new(&tail, &origin, 0, 1));
    let last = last.filter(|last| last.quality == Quality::YearAssumed);
    Ok(last.map(|last| last.us.div_euclid(SECOND)))
}

/// When the file was last written, in seconds; 0 for a stream.
pub(super) fn modified(input: &Input) -> i64 {
    let at = std::fs::metadata(&input.path).and_then(|metadata| metadata.modified());
    let since = at.ok().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
    since.map_or(0, |since| since.as_secs() as i64)
}

/// Where a log that is not recognised by the lines at an offset is asked again.
fn ask_after(offset: u64) -> u64 {
    (offset + 1).next_power_of_two().max(AGAIN_BYTES)
}
