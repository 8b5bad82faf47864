//! Candidates one after the other, each as it is asked for: what a reader passes over is not looked at.

use std::ops::Range;

use super::seen::Sight;
use super::stretch::{LANES, STRETCH};
use super::{Depth, Prefilter};

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

/// The first line at or after a byte, which begins one, that is worth a look: what of it may hold something, and where
/// the next one begins; empty where there is none. Nine of ten lines of a mail server tell only of the envelope, and all
/// have ids and stamps.
pub type NextLine<'p> = Option<&'p mut dyn FnMut(usize) -> (Range<usize>, usize)>;

/// What a block may hold.
pub struct Candidates<'b, 'p> {
    filter: &'b Prefilter,
    bytes: &'b [u8],
    depth: Depth,
    lines: NextLine<'p>,
    /// What is looked at: of a line, or of some that follow each other; or all bytes where lines are not asked for.
    asked: Range<usize>,
    /// Where the line begins that comes then, and what was asked of it already.
    next_line: usize,
    ahead: Option<(Range<usize>, usize)>,
    /// What was seen last, and in which lanes something may be left.
    sight: Sight,
    left: u8,
    /// Where the next bytes begin.
    next: usize,
}

impl<'b, 'p> Candidates<'b, 'p> {
    pub(super) fn new(filter: &'b Prefilter, bytes: &'b [u8], depth: Depth, lines: NextLine<'p>) -> Self {
        let asked = 0..if lines.is_some() { 0 } else { bytes.len() };
        Self {
            filter,
            bytes,
            depth,
            lines,
            next_line: asked.end,
            asked,
            ahead: None,
            sight: Sight::default(),
            left: 0,
            next: 0,
        }
    }

    /// Leaves out what comes before a byte, which begins a line.
    pub fn skip_to(&mut self, at: usize) {
        for lane in self.lanes() {
            let before = self.sight.stretch.before(lane, at);
            self.clear(lane, before);
        }
        self.next = self.next.max(at);
    }

    /// The next candidate before a byte.
    pub fn next_before(&mut self, end: usize) -> Option<Candidate> {
        if self.filter.every_line {
            return self.next_line(end);
        }
        loop {
            if self.left != 0 {
                let lane = self.left.trailing_zeros() as usize % LANES;
                let any = self.sight.seen.any(lane);
                let bit = any & any.wrapping_neg();
                let at = self.sight.stretch.at(lane, bit);
                if at >= end {
                    return None;
                }
                let is_value = self.sight.seen.values[lane] & bit != 0;
                let is_run = self.sight.seen.runs[lane] & bit != 0;
                let is_other = !is_value && self.sight.is_mark(self.bytes, lane, bit);
                self.clear(lane, bit);
                if is_value || is_run || is_other {
                    let is_mark = !is_value;
                    return Some(Candidate { at, is_mark, is_run: is_mark && !is_other });
                }
            } else if self.next >= self.asked.end {
                let (asked, next_line) = if self.next_line < end { self.ask()? } else { return None };
                // At the end of all lines there is an empty one.
                if asked.is_empty() {
                    return None;
                }
                (self.next, self.asked, self.next_line) = (asked.start, asked, next_line);
            } else if self.next < end {
                self.look();
            } else {
                return None;
            }
        }
    }

    /// What is to be expected of a line, by `first` and its other candidates.
    pub fn weigh(&mut self, first: Candidate, end: usize) -> Prospect {
        let mut prospect =
            Prospect { is_value: !first.is_mark, has_marks: first.is_mark && !first.is_run, last: first.at };
        while !prospect.is_value && !self.filter.every_line {
            self.weigh_seen(&mut prospect, end);
            if self.next >= end.min(self.asked.end) {
                break;
            }
            self.look();
        }
        prospect
    }

    /// What was seen of a line, and is left.
    fn weigh_seen(&mut self, prospect: &mut Prospect, end: usize) {
        let Sight { stretch, seen, .. } = &self.sight;
        prospect.is_value = self.lanes().any(|lane| seen.values[lane] & stretch.before(lane, end) != 0);
        if prospect.is_value {
            return;
        }
        let last = |mask: u64| mask.checked_ilog2().map(|bit| 1 << bit);
        let mut is_last_known = false;
        for lane in self.lanes().rev() {
            let within = self.sight.stretch.before(lane, end);
            let mut marks = self.sight.seen.marks[lane] & within;
            // Text in escapes has one in three bytes; the last one is enough.
            while !(is_last_known && prospect.has_marks)
                && let Some(mark) = last(marks)
            {
                marks &= !mark;
                if self.sight.is_mark(self.bytes, lane, mark) {
                    prospect.has_marks = true;
                    self.sight.seen.runs[lane] |= mark;
                    break;
                }
            }
            let run = last(self.sight.seen.runs[lane] & within).filter(|_| !is_last_known);
            if let Some(run) = run {
                prospect.last = self.sight.stretch.at(lane, run);
                is_last_known = true;
            }
            self.clear(lane, within);
        }
    }

    /// The lanes in which something may be left.
    fn lanes(&self) -> impl DoubleEndedIterator<Item = usize> + use<> {
        let left = self.left;
        (0..LANES).filter(move |lane| left >> lane & 1 == 1)
    }

    fn clear(&mut self, lane: usize, mask: u64) {
        self.sight.seen.clear(lane, mask);
        self.left &= !(u8::from(self.sight.seen.any(lane) == 0) << lane);
    }

    /// What is looked at around the last candidate; at least what is asked of its line.
    pub fn asked(&self) -> Range<usize> {
        self.asked.clone()
    }

    /// What is asked of the next line.
    fn ask(&mut self) -> Option<(Range<usize>, usize)> {
        let Self { ahead, lines, next_line, .. } = self;
        ahead.take().or_else(|| lines.as_mut().map(|lines| lines(*next_line)))
    }

    /// Looks at what comes next, with the lines that follow without a gap.
    fn look(&mut self) {
        while self.asked.end - self.next < STRETCH && self.ahead.is_none() {
            match self.ask() {
                Some((asked, next_line)) if asked.start == self.asked.end && !asked.is_empty() => {
                    (self.asked.end, self.next_line) = (asked.end, next_line);
                }
                Some(line) => self.ahead = Some(line),
                None => break,
            }
        }
        let Self { filter, bytes, depth, next, .. } = *self;
        (filter.kernel.see)(filter, bytes, next..self.asked.end, depth, &mut self.sight);
        let seen = &self.sight.seen;
        self.left = (0..LANES).fold(0, |left, lane| left | u8::from(seen.any(lane) != 0) << lane);
        self.next = self.sight.stretch.end();
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
