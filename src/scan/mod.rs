//! From bytes to facts: the only place where the stages meet. Pure: no I/O, no clock, and nothing is allocated for a
//! block without a candidate.
//!
//! [`Scanner::hits`] finds the lines with personal data in a block and the threads to be followed;
//! [`Scanner::of_threads`] collects what every line of such threads says. `watch` and `replay` differ only in where
//! they take the blocks for the second question from.

mod addressee;
mod examine;
mod explain;
mod follow;
mod lines;
mod say;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;

use globset::GlobMatcher;

pub use examine::Found;
pub use explain::{Content, Explained, Opaque};
pub use follow::{Follow, OPEN_THREADS_MAX};
pub use lines::Carried;

use self::lines::{Lines, Reading};
use crate::batch::{Body, Fact};
use crate::decode::{Marks, beneath};
use crate::detect::{Candidate, Candidates, Depth, Engine};
use crate::event::{Outcome, Thread};
use crate::format::{Defaults, Format, Formats};
use crate::line::{Block, Line, LineCounter, Place};
use crate::mask::Keys;
use crate::moment::{Moment, Quality, Tz};

/// Everything that scanning needs; shared by reference, never changed.
#[derive(Debug)]
pub struct Scanner {
    engine: Engine,
    formats: Formats,
    keys: Keys,
    zone: Tz,
    /// Zones of sources that have their own.
    zones: Vec<(GlobMatcher, Tz)>,
    /// How many addressees outside one message may show; none where nobody asks.
    addressees: Option<u64>,
}

/// What a block says.
#[derive(Debug, Default)]
pub struct Said {
    /// The facts.
    pub facts: Vec<Fact>,
    /// Threads that these facts belong to or name, with the time of the line: their other lines are wanted.
    pub threads: BTreeSet<(Thread, i64)>,
    /// Candidate lines that were not of the source's format, and were read as plain text.
    pub malformed: u64,
}

impl Said {
    /// Leaves only some of the facts, and the threads that these name.
    pub fn retain(&mut self, keep: impl FnMut(&Fact) -> bool) {
        self.facts.retain(keep);
        self.threads = self
            .facts
            .iter()
            .flat_map(|fact| {
                let other = match &fact.body {
                    Body::Link(link) => Some(link.to.clone()),
                    Body::Outcome(Outcome { next: Some(next), .. }) => {
                        Some(Thread { name: next.clone(), ..fact.thread.clone() })
                    }
                    _ => None,
                };
                [Some(fact.thread.clone()), other].into_iter().flatten().map(|thread| (thread, fact.time.us))
            })
            .collect();
    }
}

/// How many lines from a block's end, or its beginning, are asked for their time before it is taken to have none.
const CLOCK_LINES_MAX: usize = 64;

/// How far beside marks what they hide is read: forty characters to a keyword, of three bytes, a value and a key.
const BESIDE_BYTES: usize = 240;

thread_local! {
    /// What the marks of a line hide, overwritten by the next line.
    static BENEATH: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl Scanner {
    /// A scanner whose logs are in `zone` where they state none.
    pub fn new(engine: Engine, keys: Keys, zone: Tz) -> Self {
        Self { engine, formats: Formats::shipped(), keys, zone, zones: Vec::new(), addressees: None }
    }

    /// With sources whose logs are in a zone of their own, by their paths.
    #[must_use]
    pub fn with_zones(self, zones: Vec<(GlobMatcher, Tz)>) -> Self {
        Self { zones, ..self }
    }

    /// With formats of the site too.
    #[must_use]
    pub fn with_formats(self, formats: Formats) -> Self {
        Self { formats, ..self }
    }

    /// The formats it knows.
    pub fn formats(&self) -> &Formats {
        &self.formats
    }

    /// The key under which subjects are hashed.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Facts of the lines of a block in which personal data was found, or too many addressees may be.
    pub fn hits(&self, format: Format, block: &Block<'_>) -> Said {
        let mut said = Said::default();
        self.candidates(format, block, Depth::Hits, &mut said, |scanner, said, read, place| {
            let Reading { parsed, text, .. } = read;
            let many = scanner.shows_many(parsed);
            // To and Cc stand in lines of their own, of which there is one for every mail.
            if !many && parsed.fields.iter().all(|field| field.name.lists_addressees()) {
                return;
            }
            let start = (place.offset - block.offset) as usize;
            let examined = scanner.examine_in(block, start, read, Depth::Hits);
            if many || examined.iter().any(examine::Examined::has_hits) {
                scanner.say(said, parsed, &examined, text, place);
            }
        });
        said
    }

    /// Findings of a block, for `scan`: rejected ones too, all of them where the depth asks for them.
    pub fn findings(&self, format: Format, block: &Block<'_>, depth: Depth) -> (Vec<Found>, u64) {
        let mut found = Vec::new();
        let mut said = Said::default();
        self.candidates(format, block, depth, &mut said, |scanner, _, read, place| {
            let Reading { parsed, opened, .. } = read;
            let start = (place.offset - block.offset) as usize;
            for examined in scanner.examine_in(block, start, read, depth) {
                found.extend(scanner.found(parsed, &examined, place.line).into_iter().map(|found| Found {
                    offset: place.offset + opened.place(found.offset as usize) as u64,
                    ..found
                }));
            }
        });
        (found, said.malformed)
    }

    /// Everything that the lines of wanted threads say.
    pub fn of_threads(&self, format: Format, block: &Block<'_>, wanted: &dyn Fn(&str) -> bool) -> Said {
        let mut said = Said::default();
        let mut counter = LineCounter::new(block.line);
        let defaults = self.defaults(block);
        Lines::new(&self.formats, format, block).all(|lines, line| {
            let Some(opened) = self.formats.open(format, line.bytes()) else { return };
            let governing = lines.governing(&line);
            let name = self.formats.thread_name(opened.format, &opened.text, governing);
            if name.is_none_or(|name| !wanted(&name)) {
                return;
            }
            let place = block.place(&line, counter.number_at(block.bytes(), line.start));
            self.read(format, &line, governing, &defaults, |Reading { parsed, text, .. }| {
                let examined = self.examine(parsed, Depth::Hits);
                self.say(&mut said, parsed, &examined, text, &place);
            });
        });
        said
    }

    /// The log time up to which a block was written: that of its last line that states one.
    pub fn clock(&self, format: Format, block: &Block<'_>) -> Option<i64> {
        self.last_time(format, block).map(|time| time.us)
    }

    /// The time of the last line of a block that states one.
    pub fn last_time(&self, format: Format, block: &Block<'_>) -> Option<Moment> {
        let defaults = self.defaults(block);
        let governing = self.governing(format, block);
        let mut end = block.bytes().len();
        for _ in 0..CLOCK_LINES_MAX {
            end = block.bytes()[..end].trim_ascii_end().len();
            if end == 0 {
                return None;
            }
            let line = block.line_at(end - 1);
            let time = self.time(format, line.bytes(), governing, &defaults);
            if time.is_some() {
                return time;
            }
            end = line.start;
        }
        None
    }

    /// The time that a line states, or else its envelope.
    fn time(
        &self,
        format: Format,
        line: &[u8],
        governing: Option<&[u8]>,
        defaults: &Defaults,
    ) -> Option<Moment> {
        let opened = self.formats.open(format, line)?;
        let time = self.formats.time(opened.format, &opened.text, governing, defaults);
        time.filter(|time| time.quality != Quality::Absent).or(opened.stamp)
    }

    /// The line of a block, or before it, that tells how what comes after the block is to be read.
    pub fn governing<'b>(&self, format: Format, block: &Block<'b>) -> Option<&'b [u8]> {
        self.formats.governing(format, block.bytes(), block.offset == 0).or(block.governing)
    }

    /// The log time from which on a block was written: the latest of its first lines, so that a host whose clock is
    /// behind does not make it look older. None where they state none.
    pub fn begins(&self, format: Format, block: &Block<'_>) -> Option<i64> {
        let defaults = self.defaults(block);
        let lines = block.lines().take(CLOCK_LINES_MAX);
        lines
            .filter_map(|line| self.time(format, line.bytes(), block.governing, &defaults))
            .map(|time| time.us)
            .max()
    }

    /// Runs the prefilter over the block, and `look` once over each line with a candidate.
    fn candidates(
        &self,
        format: Format,
        block: &Block<'_>,
        depth: Depth,
        said: &mut Said,
        mut look: impl FnMut(&Self, &mut Said, &Reading<'_>, &Place),
    ) {
        let mut lines = Lines::new(&self.formats, format, block);
        let mut counter = LineCounter::new(block.line);
        let defaults = self.defaults(block);
        let mut take = |lines: &mut Lines<'_, '_>, line: &Line<'_>| {
            let place = block.place(line, counter.number_at(block.bytes(), line.start));
            self.read(format, line, lines.governing(line), &defaults, |reading| {
                said.malformed += u64::from(reading.is_malformed);
                look(self, said, reading, &place);
            });
        };
        if self.engine.needs_every_line() {
            // A candidate a line would show the first of many records in it.
            lines.all(|lines, line| take(lines, &line));
            return;
        }
        let tells_of_content = |at: usize| {
            let line = block.line_at(at);
            (line.start + line.bytes().len() + 1, !self.formats.may_hold_content(format, line.bytes()))
        };
        let pass = self.formats.tells_of_content(format).then_some(&tells_of_content as &dyn Fn(usize) -> _);
        let mut candidates = self.engine.candidates_but(block.bytes(), depth, pass);
        while let Some(candidate) = candidates.next() {
            let line = lines.at(candidate.at);
            let end = line.start + line.bytes().len();
            let (is_value, last) = weigh(candidate, end, &mut candidates);
            let is_worth_reading = is_value || self.hides_value(&line, candidate.at..last, depth);
            candidates.skip_to(end + 1);
            if is_worth_reading {
                take(&mut lines, &line);
            }
        }
    }

    /// Whether what the marks of a line hide may be a value. The first and the last of them stand at the ends of `marks`;
    /// what is far from all of them was looked at as it stands.
    fn hides_value(&self, line: &Line<'_>, marks: Range<usize>, depth: Depth) -> bool {
        // Cut between words, so that none that is encoded begins elsewhere than it does.
        let is_between = |byte: &u8| matches!(byte, b' ' | b'"');
        let bytes = line.bytes();
        let from = (marks.start - line.start).saturating_sub(BESIDE_BYTES);
        let from = bytes[..from].iter().rposition(is_between).unwrap_or(0);
        let to = bytes.len().min(marks.end - line.start + BESIDE_BYTES);
        let to = bytes[to..].iter().position(is_between).map_or(bytes.len(), |at| to + at);
        let line = &bytes[from..to];
        let has_escapes = memchr::memchr3(b'%', b'\\', b'&', line).is_some();
        let has_words = memchr::memchr_iter(b'?', line).any(|at| line[..at].ends_with(b"="));
        // Words within escapes, or escapes within words: the views say what comes of it.
        let marks = if has_words { Marks::Words } else { Marks::Escapes };
        BENEATH.with_borrow_mut(|bytes| {
            has_escapes && has_words
                || !beneath(line, marks, bytes)
                || self.engine.candidates(bytes, depth).next().is_some()
        })
    }

    fn defaults(&self, block: &Block<'_>) -> Defaults {
        let source = &*block.origin.source.0;
        let own = self.zones.iter().find(|(path, _)| path.is_match(source)).map(|(_, zone)| *zone);
        Defaults { zone: own.unwrap_or(self.zone), anchor: block.origin.modified }
    }
}

/// Whether a line has a candidate that is more than a mark, among its first one and those that come next; and where the
/// last one stands that was asked for.
fn weigh(first: Candidate, end: usize, rest: &mut Candidates<'_>) -> (bool, usize) {
    let mut last = first;
    while last.is_mark {
        match rest.next_before(end) {
            Some(next) => last = next,
            None => break,
        }
    }
    (!last.is_mark, last.at)
}

#[cfg(test)]
mod addressee_tests;
#[cfg(test)]
mod encoding_tests;
#[cfg(test)]
mod object_tests;
#[cfg(test)]
mod opaque_tests;
#[cfg(test)]
mod redact_tests;
#[cfg(test)]
mod text_tests;
#[cfg(test)]
mod vector_tests;
#[cfg(test)]
mod worst_tests;
