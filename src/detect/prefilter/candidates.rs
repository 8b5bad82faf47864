//! Candidates one after the other, each as it is asked for: what a reader passes over is not looked at.

use std::ops::Range;

use super::classes::CHUNK;
use super::masks::HISTORY;
use super::stretch::{STEP, STRETCH, Stretch};
use super::{Depth, Prefilter, marks};

/// A place where something may be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The byte.
    pub at: usize,
    /// Whether it is a mark only, so that it is the text beneath that may hold something.
    pub is_mark: bool,
    /// Whether this mark is a run of base64, which has no other mark than its letters.
    pub is_run: bool,
}

/// What is to be expected of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prospect {
    /// One of its candidates is more than a mark. Then the rest is not asked for.
    pub is_value: bool,
    /// Some are marks other than runs of base64.
    pub has_marks: bool,
    /// Where the last one stands that was looked for.
    pub last: usize,
}

/// The first line at or after a byte, which begins one, that is worth a look; empty where there is none. Nine of ten
/// lines of a mail server tell only of the envelope, and all have ids and stamps.
pub type NextLine<'p> = Option<&'p mut dyn FnMut(usize) -> Range<usize>>;

/// What a block may hold.
pub struct Candidates<'b, 'p> {
    filter: &'b Prefilter,
    bytes: &'b [u8],
    depth: Depth,
    lines: NextLine<'p>,
    /// Where the line ends that is looked at, or all bytes where lines are not asked for.
    end: usize,
    /// The line that comes then, if it was asked for already.
    ahead: Option<Range<usize>>,
    /// What was seen, up to `next`, and from where on it is of use.
    stretch: Stretch,
    next: usize,
    least: usize,
    /// Where the window begins of which these are.
    base: usize,
    /// Marks and values that were not told yet, and which of the marks are runs of base64.
    marks: u64,
    runs: u64,
    values: u64,
    /// Where no word stands that names a value.
    nameless: Range<usize>,
}

impl<'b, 'p> Candidates<'b, 'p> {
    pub(super) fn new(filter: &'b Prefilter, bytes: &'b [u8], depth: Depth, lines: NextLine<'p>) -> Self {
        let end = if lines.is_some() { 0 } else { bytes.len() };
        Self {
            filter,
            bytes,
            depth,
            lines,
            end,
            ahead: None,
            stretch: Stretch::default(),
            next: 0,
            least: 0,
            base: 0,
            marks: 0,
            runs: 0,
            values: 0,
            nameless: 0..0,
        }
    }

    /// Leaves out what comes before a byte, which begins a line.
    pub fn skip_to(&mut self, at: usize) {
        let rest = !self.before(at);
        (self.marks, self.values) = (self.marks & rest, self.values & rest);
        self.stretch.skip_to(at);
        (self.next, self.least) = (self.next.max(at), self.least.max(at));
    }

    /// The next candidate before a byte.
    pub fn next_before(&mut self, end: usize) -> Option<Candidate> {
        if self.filter.every_line {
            return self.next_line(end);
        }
        while self.marks | self.values == 0 {
            if let Some(begins) = self.stretch.begins() {
                if begins >= end {
                    return None;
                }
                self.weigh_places(begins);
            } else if self.next >= self.end {
                let line = if self.end < end { self.line_from(self.end)? } else { return None };
                // At the end of all lines there is an empty one.
                (self.next, self.end) = if line.is_empty() { return None } else { (line.start, line.end) };
            } else if self.next < end {
                self.look();
            } else {
                return None;
            }
        }
        let told = self.marks | self.values;
        let at = self.base.wrapping_add(told.trailing_zeros() as usize);
        if at >= end {
            return None;
        }
        let lowest = told & told.wrapping_neg();
        let is_mark = self.values & lowest == 0;
        let is_run = is_mark && self.runs & lowest != 0;
        let rest = told & (told - 1);
        (self.marks, self.values) = (self.marks & rest, self.values & rest);
        Some(Candidate { at, is_mark, is_run })
    }

    /// What is to be expected of a line, by `first` and its other candidates.
    pub fn weigh(&mut self, first: Candidate, end: usize) -> Prospect {
        // The bits of the first one's window that were told already are gone: what it is stands in itself.
        let mut prospect =
            Prospect { is_value: !first.is_mark, has_marks: first.is_mark && !first.is_run, last: first.at };
        while !prospect.is_value
            && let Some(next) = self.next_before(end)
        {
            let within = self.before(end);
            prospect.is_value = !next.is_mark || self.values & within != 0;
            // The other marks of the window come with it: text in escapes has one in three bytes.
            let others = self.marks & within;
            prospect.has_marks |= next.is_mark && !next.is_run || others & !self.runs != 0;
            prospect.last =
                others.checked_ilog2().map_or(next.at, |bit| self.base.wrapping_add(bit as usize));
            self.marks &= !within;
        }
        prospect
    }

    /// The first line at or after a byte that is asked for.
    fn line_from(&mut self, from: usize) -> Option<Range<usize>> {
        let Self { ahead, lines, .. } = self;
        ahead.take().or_else(|| lines.as_mut().map(|lines| lines(from)))
    }

    /// Looks at what comes next, with the lines that follow without a gap.
    fn look(&mut self) {
        while self.end - self.next < STRETCH && self.ahead.is_none() {
            let Some(line) = self.line_from(self.end) else { break };
            if line.start == self.end && !line.is_empty() {
                self.end = line.end;
            } else {
                self.ahead = Some(line);
            }
        }
        let Self { filter, bytes, next, end, .. } = *self;
        self.next = (filter.kernel.look)(&mut self.stretch, bytes, next, end, filter.literals.prints());
    }

    /// Asks of the places of a window whether they are candidates.
    fn weigh_places(&mut self, begins: usize) {
        let Self { filter, bytes, depth, end, least, .. } = *self;
        let mut places = self.stretch.take();
        self.base = begins.wrapping_sub(HISTORY);
        if least > begins || begins + STEP > end {
            places = places.only(self.before(end) & !self.before(least));
        }
        (self.marks, self.runs) = marks(bytes, self.base, &places);
        self.values = filter.values(bytes, self.base, &places, depth, &mut self.nameless);
    }

    /// The bits of the last window that stand before a byte.
    fn before(&self, at: usize) -> u64 {
        let bits = at.wrapping_sub(self.base).cast_signed().clamp(0, CHUNK.cast_signed());
        if bits < CHUNK.cast_signed() { !(u64::MAX << bits) } else { u64::MAX }
    }

    /// The beginning of the next line.
    fn next_line(&mut self, end: usize) -> Option<Candidate> {
        let at = self.next;
        let rest = self.bytes.get(at..end).filter(|rest| !rest.is_empty())?;
        self.next = memchr::memchr(b'\n', rest).map_or(end, |len| at + len + 1);
        Some(Candidate { at, is_mark: false, is_run: false })
    }
}

impl Iterator for Candidates<'_, '_> {
    type Item = Candidate;

    fn next(&mut self) -> Option<Candidate> {
        self.next_before(self.bytes.len())
    }
}
