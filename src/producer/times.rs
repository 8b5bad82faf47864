//! The log time up to which a finished log goes, asked of a few of its lines: the first of each MiB that state one, and
//! the last. Which lines these are does not depend on where blocks end.

use crate::format::Format;
use crate::line::Block;
use crate::scan::Scanner;

/// In each of these stretches of a log its time is asked once.
const STRETCH_BYTES: u64 = 1 << 20;

/// How many lines are asked for their time before a stretch, or the end, is taken to state none.
const LINES_MAX: usize = 64;

/// Where the asking stands.
#[derive(Debug, Default)]
pub(super) struct Times {
    stretch: Option<(u64, Format)>,
    /// How many lines of it may still be asked.
    left: usize,
}

/// What the lines of a block say of the time.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Span {
    /// Earliest and latest of the lines that were asked.
    pub(super) times: Option<(i64, i64)>,
    pub(super) last: Last,
}

/// The time of the last line that states one, and how many lines follow it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Last {
    pub(super) time: Option<i64>,
    lines: usize,
}

impl Last {
    /// The same after further lines.
    pub(super) fn then(self, next: Self) -> Self {
        let lines = self.lines + next.lines;
        match next.time {
            None if lines < LINES_MAX => Self { time: self.time, lines },
            _ => next,
        }
    }
}

/// Earliest and latest of two spans.
pub(super) fn join(a: Option<(i64, i64)>, b: Option<(i64, i64)>) -> Option<(i64, i64)> {
    match (a, b) {
        (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
        (a, b) => a.or(b),
    }
}

impl Times {
    /// Asks the lines of the next block.
    pub(super) fn of(&mut self, scanner: &Scanner, format: Format, block: &Block<'_>) -> Span {
        let bytes = block.bytes();
        let (mut times, mut at) = (None, 0);
        while at < bytes.len() {
            let stretch = (block.offset + at as u64) / STRETCH_BYTES;
            if self.stretch != Some((stretch, format)) {
                *self = Self { stretch: Some((stretch, format)), left: LINES_MAX };
            }
            let from = if self.left == 0 {
                ((stretch + 1) * STRETCH_BYTES - block.offset) as usize - 1
            } else {
                let time = time(scanner, format, block, at);
                times = join(times, time.map(|time| (time, time)));
                self.left = if time.is_some() { 0 } else { self.left - 1 };
                at
            };
            let rest = bytes.get(from..).unwrap_or_default();
            at = memchr::memchr(b'\n', rest).map_or(bytes.len(), |newline| from + newline + 1);
        }
        Span { times, last: last(scanner, format, block) }
    }
}

fn last(scanner: &Scanner, format: Format, block: &Block<'_>) -> Last {
    let (mut end, mut lines) = (block.bytes().len(), 0);
    while lines < LINES_MAX {
        end = block.bytes()[..end].trim_ascii_end().len();
        if end == 0 {
            break;
        }
        end = block.line_at(end - 1).start;
        if let Some(time) = time(scanner, format, block, end) {
            return Last { time: Some(time), lines };
        }
        lines += 1;
    }
    Last { time: None, lines }
}

/// The time that the line at a place of a block states.
fn time(scanner: &Scanner, format: Format, block: &Block<'_>, at: usize) -> Option<i64> {
    let (before, rest) = block.bytes().split_at(at);
    let len = memchr::memchr(b'\n', rest).map_or(rest.len(), |newline| newline + 1);
    let before = Block::new(before, block.origin, block.offset, 1).after(block.governing);
    let governing = scanner.governing(format, &before);
    scanner
        .clock(format, &Block::new(&rest[..len], block.origin, block.offset + at as u64, 1).after(governing))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_time_is_that_of_one_of_the_last_lines() {
        let at = |time, lines| Last { time, lines };
        assert_eq!(at(Some(1), 3).then(at(None, 5)), at(Some(1), 8));
        assert_eq!(at(Some(1), 3).then(at(Some(2), 5)), at(Some(2), 5));
        assert_eq!(at(Some(1), 3).then(at(None, 61)).time, None);
        assert_eq!(at(Some(1), 3).then(at(None, 30)).then(at(None, 31)).time, None);
        assert_eq!(at(None, 0).then(at(Some(2), 0)), at(Some(2), 0));
    }
}
