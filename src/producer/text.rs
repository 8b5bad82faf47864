//! A finished log as blocks of text whose format is known, and the line that governs each.

use crate::format::Format;
use crate::line::{Block, Origin};
use crate::scan::{Carried, Scanner};
use crate::source::Error;
use crate::source::archive::{Reader, Totals};

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
        let block = Block::new(piece.bytes, &self.origin, piece.offset, piece.line).after(before.line());
        self.carried = self.scanner.carry(format, &block);
        Ok(Some(look(format, &block)))
    }

    /// What was read.
    pub fn totals(self) -> Totals {
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

/// Where a log that is not recognised by the lines at an offset is asked again.
fn ask_after(offset: u64) -> u64 {
    (offset + 1).next_power_of_two().max(AGAIN_BYTES)
}
