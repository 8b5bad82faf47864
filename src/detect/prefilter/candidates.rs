//! Candidates one after the other, each as it is asked for: what a reader passes over is not looked at.

use std::ops::Range;

use super::masks::Places;
use super::{Depth, Prefilter, STEP, marks};

/// A place where something may be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The byte.
    pub at: usize,
    /// Whether it is a mark only, so that it is the text beneath that may hold something.
    pub is_mark: bool,
}

/// Of a byte, where its line ends, and whether that line can hold nothing. Asked once a line that has any place worth a
/// look: nine of ten lines of a mail server tell only of the envelope, and all have ids and stamps.
pub type Passed<'p> = Option<&'p dyn Fn(usize) -> (usize, bool)>;

/// What a block may hold.
pub struct Candidates<'b> {
    filter: &'b Prefilter,
    bytes: &'b [u8],
    depth: Depth,
    pass: Passed<'b>,
    /// Up to where lines are known to be worth a look.
    asked: usize,
    /// Where the next bytes begin.
    next: usize,
    /// Places among the last ones that were not looked at yet.
    places: Places,
    /// Marks and values that were not told yet.
    marks: u64,
    values: u64,
    /// Where no word stands that names a value.
    nameless: Range<usize>,
}

impl<'b> Candidates<'b> {
    pub(super) fn new(filter: &'b Prefilter, bytes: &'b [u8], depth: Depth, pass: Passed<'b>) -> Self {
        let places = Places::default();
        Self { filter, bytes, depth, pass, asked: 0, next: 0, places, marks: 0, values: 0, nameless: 0..0 }
    }

    /// Leaves out what comes before a byte, which begins a line.
    pub fn skip_to(&mut self, at: usize) {
        if at >= self.next {
            (self.next, self.places, self.marks, self.values) = (at, Places::default(), 0, 0);
        } else if let Some(bit) = at.checked_sub(self.base()) {
            let rest = u64::MAX << bit;
            self.places = self.places.only(rest);
            (self.marks, self.values) = (self.marks & rest, self.values & rest);
        }
    }

    /// The next candidate before a byte.
    pub fn next_before(&mut self, end: usize) -> Option<Candidate> {
        if self.filter.every_line {
            return self.next_line(end);
        }
        while self.marks | self.values == 0 {
            let places = self.places.any();
            if places != 0 {
                self.look(self.base() + places.trailing_zeros() as usize);
            } else if self.next < end {
                let prints = self.filter.literals.prints();
                self.places = (self.filter.kernel.places)(self.bytes, &mut self.next, prints);
            } else {
                return None;
            }
        }
        let bit = (self.marks | self.values).trailing_zeros();
        let at = self.base() + bit as usize;
        if at >= end {
            return None;
        }
        let is_mark = self.values >> bit & 1 == 0;
        let rest = u64::MAX << bit << 1;
        (self.marks, self.values) = (self.marks & rest, self.values & rest);
        Some(Candidate { at, is_mark })
    }

    /// Looks at the places of the line around `at`, which is the first of them.
    fn look(&mut self, at: usize) {
        let mut line = u64::MAX;
        if let Some(pass) = self.pass {
            if at >= self.asked {
                let (end, is_passed) = pass(at);
                // A place at the line end itself belongs to the line, whose end is told without it.
                let end = end.max(at + 1);
                if is_passed {
                    return self.skip_to(end);
                }
                self.asked = end;
            }
            let bytes = self.asked - self.base();
            line = if bytes < 64 { !(u64::MAX << bytes) } else { u64::MAX };
        }
        let (base, places) = (self.base(), self.places.only(line));
        self.places = self.places.only(!line);
        self.marks = marks(self.bytes, base, &places);
        self.values = self.filter.values(self.bytes, base, &places, self.depth, &mut self.nameless);
    }

    /// Where the last bytes begin.
    fn base(&self) -> usize {
        self.next.saturating_sub(STEP)
    }

    /// The beginning of the next line.
    fn next_line(&mut self, end: usize) -> Option<Candidate> {
        let at = self.next;
        let rest = self.bytes.get(at..end).filter(|rest| !rest.is_empty())?;
        self.next = memchr::memchr(b'\n', rest).map_or(end, |len| at + len + 1);
        Some(Candidate { at, is_mark: false })
    }
}

impl Iterator for Candidates<'_> {
    type Item = Candidate;

    fn next(&mut self) -> Option<Candidate> {
        self.next_before(self.bytes.len())
    }
}
