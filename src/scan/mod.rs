//! From bytes to facts: the only place where the stages meet. Pure: no I/O, no clock, and nothing is allocated for a
//! block without a candidate.
//!
//! [`Scanner::hits`] finds the lines with personal data in a block and the threads to be followed;
//! [`Scanner::of_threads`] collects what every line of such threads says. `watch` and `replay` differ only in where
//! they take the blocks for the second question from.

mod addressee;
mod declared;
mod examine;
mod explain;
mod follow;
mod lines;
mod say;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use globset::GlobMatcher;

use examine::Examined;
pub use examine::Found;
pub use explain::{Content, Explained, Opaque};
pub use follow::{Follow, OPEN_THREADS_MAX};
pub use lines::Carried;

use self::lines::{Lines, Reading};
use crate::batch::{Body, Fact};
use crate::decode::{Marks, beneath};
use crate::detect::{Depth, Engine, Promise};
use crate::event::{Outcome, Thread};
use crate::format::{Defaults, Format, Formats};
use crate::kind::{Kind, Verdict};
use crate::line::{Block, Line, LineCounter, Place};
use crate::mask::Keys;
use crate::moment::{Moment, Quality, Tz};
use crate::record::Counted;
use crate::tally::People;

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
    /// What is asked beside personal data: the inventory, telling names, declared numbers.
    asked: Option<declared::Asked>,
    /// Sources of which every line is read.
    every_line: Vec<GlobMatcher>,
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

/// What is found in a block, as numbers.
#[derive(Debug, Default)]
pub struct Counts {
    /// How many values of each kind and verdict, without those that are only explained.
    pub findings: BTreeMap<(Kind, Verdict), u64>,
    /// Whose they are, as far as they are likely. Which of them are special is not asked.
    pub people: People,
}

impl Counts {
    fn add(&mut self, values: &[Counted]) {
        for value in values {
            *self.findings.entry((value.kind, value.verdict)).or_default() += 1;
        }
        self.people.add_counted(values.iter().copied(), false, Verdict::Likely);
    }
}

/// How many lines from a block's end, or its beginning, are asked for their time before it is taken to have none.
const CLOCK_LINES_MAX: usize = 64;

/// How far beside marks what they hide is read: forty characters to a keyword, of three bytes, a value and a key.
const BESIDE_BYTES: usize = 240;

thread_local! {
    /// What the marks of a line hide, and what those hide that are found there, overwritten by the next line.
    static BENEATH: RefCell<[Vec<u8>; 2]> = const { RefCell::new([Vec::new(), Vec::new()]) };
}

impl Scanner {
    /// A scanner for the formats of the program, whose logs are in `zone` where they state none.
    pub fn new(engine: Engine, keys: Keys, zone: Tz) -> Self {
        Self::of(engine, Formats::shipped(), keys, zone)
    }

    /// The same for formats that were read already.
    pub fn of(engine: Engine, formats: Formats, keys: Keys, zone: Tz) -> Self {
        Self {
            engine,
            formats,
            keys,
            zone,
            zones: Vec::new(),
            addressees: None,
            asked: None,
            every_line: Vec::new(),
        }
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
        self.candidates(format, block, Depth::Hits, &mut said, |scanner, said, read, start, place| {
            if let Some(examined) = scanner.telling(block, start, read) {
                scanner.say(said, read.parsed, &examined, read.text, &place());
            }
        });
        said
    }

    /// What is found in a line, where it is more than explained or its addressees may be too many.
    fn telling<'l>(&self, block: &Block<'_>, start: usize, read: &Reading<'l>) -> Option<Vec<Examined<'l>>> {
        let parsed = read.parsed;
        let many = self.shows_many(parsed);
        // To and Cc stand in lines of their own, of which there is one for every mail.
        let only_lists = parsed.fields.iter().all(|field| field.name.lists_addressees());
        if !many && only_lists && parsed.records.is_none() {
            return None;
        }
        let examined = self.examine_in(block, start, read, Depth::Hits);
        let is_told = || examined.iter().any(Examined::has_hits) || self.told(parsed, &examined).is_some();
        (many || is_told()).then_some(examined)
    }

    /// How much is found in a block: what [`Scanner::hits`] says, counted, without a text of any of it.
    pub fn counts(&self, format: Format, block: &Block<'_>) -> Counts {
        let mut counts = Counts::default();
        let mut said = Said::default();
        self.candidates(format, block, Depth::Hits, &mut said, |scanner, _, read, start, _| {
            let Some(examined) = scanner.telling(block, start, read) else { return };
            let of_addressees = scanner.addressee_records(&examined).into_iter();
            let of_addressees = of_addressees.map(|record| record.values.iter().map(Counted::from).collect());
            let of_fields = examined.iter().map(|examined| scanner.counted(examined));
            of_fields.chain(of_addressees).for_each(|values: Vec<Counted>| counts.add(&values));
        });
        counts
    }

    /// Findings of a block, for `scan`: rejected ones too, all of them where the depth asks for them.
    pub fn findings(&self, format: Format, block: &Block<'_>, depth: Depth) -> (Vec<Found>, u64) {
        let mut found = Vec::new();
        let mut said = Said::default();
        self.candidates(format, block, depth, &mut said, |scanner, _, read, start, place| {
            let Reading { parsed, opened, .. } = read;
            for examined in scanner.examine_in(block, start, read, depth) {
                let place = place();
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

    /// Runs the prefilter over the block, and `look` once over each line with a candidate: it is told where in the block
    /// the line begins, and may ask for its place, for which lines are counted.
    fn candidates(
        &self,
        format: Format,
        block: &Block<'_>,
        depth: Depth,
        said: &mut Said,
        mut look: impl FnMut(&Self, &mut Said, &Reading<'_>, usize, &mut dyn FnMut() -> Place),
    ) {
        let mut lines = Lines::new(&self.formats, format, block);
        let mut counter = LineCounter::new(block.line);
        let defaults = self.defaults(block);
        let mut take = |lines: &mut Lines<'_, '_>, line: &Line<'_>| {
            let mut place = || block.place(line, counter.number_at(block.bytes(), line.start));
            self.read(format, line, lines.governing(line), &defaults, |reading| {
                said.malformed += u64::from(reading.is_malformed);
                look(self, said, reading, line.start, &mut place);
            });
        };
        if self.engine.needs_every_line() || self.reads_every_line(&block.origin.source.0, format) {
            // A candidate a line would show the first of many records in it.
            lines.all(|lines, line| take(lines, &line));
            return;
        }
        let mut passing = self.formats.passing(format);
        let mut next_line = passing.as_mut().map(|passing| |from| passing.next(block.bytes(), from));
        let next_line = next_line.as_mut().map(|next| next as &mut dyn FnMut(usize) -> _);
        let mut candidates = self.engine.candidates_in(block.bytes(), depth, next_line);
        let mut declared = self.declared_at(format, block.bytes());
        while let Some(candidate) = candidates.next() {
            let line = lines.at(candidate.at);
            let end = line.start + line.bytes().len();
            while let Some(at) = declared.before(line.start) {
                let line = lines.at(at);
                declared.pass(line.start + line.bytes().len());
                take(&mut lines, &line);
            }
            let weighed = candidates.weigh(candidate, end);
            let is_worth_reading = declared.pass(end)
                || weighed.is_value
                || self.hides_value(
                    &line,
                    &candidates.asked(),
                    candidate.at..weighed.last,
                    weighed.has_marks,
                    depth,
                );
            candidates.skip_to(end + 1);
            if is_worth_reading {
                take(&mut lines, &line);
            }
        }
        while let Some(at) = declared.before(usize::MAX) {
            let line = lines.at(at);
            declared.pass(line.start + line.bytes().len());
            take(&mut lines, &line);
        }
    }

    /// Whether what the marks of a line hide may be a value. The first and the last of them stand at the ends of `range`;
    /// what is far from all of them was looked at as it stands. Without other marks they are runs of base64.
    fn hides_value(
        &self,
        line: &Line<'_>,
        asked: &Range<usize>,
        range: Range<usize>,
        has_marks: bool,
        depth: Depth,
    ) -> bool {
        // Cut between words, so that none that is encoded begins elsewhere than it does.
        let is_between = |byte: &u8| matches!(byte, b' ' | b'"');
        let end = line.bytes().len().min(asked.end - line.start);
        let bytes = &line.bytes()[..end];
        let from = (range.start - line.start).saturating_sub(BESIDE_BYTES);
        let from = bytes[..from].iter().rposition(is_between).unwrap_or(0);
        let from = from.max(asked.start.saturating_sub(line.start));
        let to = bytes.len().min(range.end - line.start + BESIDE_BYTES);
        let to = bytes[to..].iter().position(is_between).map_or(bytes.len(), |at| to + at);
        let text = &bytes[from..to];
        BENEATH.with_borrow_mut(|[first, second]| {
            let text = if has_marks {
                let has_words = memchr::memchr_iter(b'?', text).any(|at| text[..at].ends_with(b"="));
                let has_escapes =
                    || memchr::memchr3(b'%', b'\\', b'&', text).is_some() || text.contains(&b'#');
                // Words within escapes, or escapes within words: the views say what comes of it.
                let marks = if has_words { Marks::Words } else { Marks::Escapes };
                if has_words && has_escapes() || !beneath(text, marks, first) {
                    return true;
                }
                match self.engine.promise(first, depth) {
                    Promise::Nothing => return false,
                    Promise::Run => first,
                    Promise::Marks | Promise::Value => return true,
                }
            } else {
                text
            };
            // In Big5 the second half of a character may be a letter. What is decoded is shorter; a token or a hash that
            // only looked like text stays.
            std::str::from_utf8(text).is_err()
                || !beneath(text, Marks::Base64, second)
                || second.len() < text.len() && self.engine.promise(second, depth) > Promise::Nothing
        })
    }

    fn defaults(&self, block: &Block<'_>) -> Defaults {
        let source = &*block.origin.source.0;
        let own = self.zones.iter().find(|(path, _)| path.is_match(source)).map(|(_, zone)| *zone);
        Defaults { zone: own.unwrap_or(self.zone), anchor: block.origin.modified }
    }
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
