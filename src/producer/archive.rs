//! Logs that are finished: read once for what they hold, and again for the other lines of the threads that hold it,
//! until no new thread is named. Exact: no window, no table that could be full.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use super::times::{Last, Times, join};
use super::{BATCH_BYTES, BLOCK_BYTES, FACTS_MAX, Text};
use crate::batch::{Batch, Body, Fact, FileId, Generation, GenerationState, Progress};
use crate::event::{Channel, Role, Thread};
use crate::format::Format;
use crate::line::{Block, Origin, Place, SourceId};
use crate::moment::{Moment, Quality, SECOND};
use crate::scan::Scanner;
use crate::source::archive::{Input, Reader, Totals, last_lines};

/// How much of a file's end is asked for its last time.
const TAIL_BYTES: u64 = 64 << 10;
/// Reads and scans finished logs.
pub struct Archive<'s> {
    scanner: &'s Scanner,
    format: Option<Format>,
    /// Formats of sources whose files have shown theirs at their beginning.
    settled: HashMap<SourceId, Format>,
    threads: BTreeSet<Thread>,
}

/// What was read of an input.
#[derive(Clone, Debug)]
pub struct InputReport {
    /// The input.
    pub input: Input,
    /// Sizes, hash and gaps.
    pub totals: Totals,
    /// Name of the format in which it was read.
    pub format: String,
    /// Earliest and latest time at which its blocks end.
    pub times: Option<(i64, i64)>,
    /// Candidate lines that were not of the format.
    pub malformed: u64,
}

impl<'s> Archive<'s> {
    /// A reader; `format` settles the format of every input.
    pub fn new(scanner: &'s Scanner, format: Option<Format>) -> Self {
        Self { scanner, format, settled: HashMap::new(), threads: BTreeSet::new() }
    }

    /// Reads an input for the lines that hold personal data. Batches go to `apply`, `number` names the input's
    /// generation.
    pub fn read<E: From<crate::source::Error>>(
        &mut self,
        input: &Input,
        number: i64,
        apply: &mut dyn FnMut(Batch) -> Result<(), E>,
    ) -> Result<InputReport, E> {
        let mut batch = Batch::new(self.scanner.keys().id());
        let (mut committed, mut malformed) = (0, 0);
        let (mut times, mut last, mut asked) = (None, Last::default(), Times::default());
        let mut text = self.text(input, true)?;
        loop {
            let said = text.next(BLOCK_BYTES, |format, block| {
                let lines = block.line - 1 + memchr::memchr_iter(b'\n', block.bytes()).count() as u64;
                let end = block.offset + block.bytes().len() as u64;
                (self.scanner.hits(format, block), asked.of(self.scanner, format, block), end, lines)
            });
            let Some((said, span, read, lines)) = said? else { break };
            malformed += said.malformed;
            self.threads.extend(said.threads.into_iter().map(|(thread, _)| thread));
            batch.facts.extend(said.facts);
            (times, last) = (join(times, span.times), last.then(span.last));
            batch.clocks.extend(span.times.map(|(_, time)| (input.source.clone(), time)));
            if read - committed >= BATCH_BYTES || batch.facts.len() >= FACTS_MAX {
                batch.progress.push(progress(input, number, committed, read, lines));
                committed = read;
                apply(std::mem::replace(&mut batch, Batch::new(self.scanner.keys().id())))?;
            }
        }
        let format = self.scanner.formats().name(text.format()).to_owned();
        let totals = text.totals();
        times = join(times, last.time.map(|time| (time, time)));
        batch.clocks.extend(last.time.map(|time| (input.source.clone(), time)));
        batch.facts.extend(totals.gaps.iter().map(|gap| self.gap(input, gap)));
        batch.progress.push(progress(input, number, committed, totals.bytes, totals.lines));
        apply(batch)?;
        Ok(InputReport { input: input.clone(), totals, format, times, malformed })
    }

    /// Settles the formats of sources by the beginnings of their files, so that it does not matter in what order files
    /// are read. What cannot be read is told when it is its turn.
    pub fn settle(&mut self, inputs: &[Input]) {
        for input in inputs.iter().filter(|input| input.path != Path::new("-")) {
            if self.format.is_some() || self.settled.contains_key(&input.source) {
                continue;
            }
            let Ok(mut reader) = Reader::open(input) else { continue };
            let Ok(head) = reader.head() else { continue };
            match self.scanner.formats().sniff(head) {
                Format::Plain => {}
                format => drop(self.settled.insert(input.source.clone(), format)),
            }
        }
    }

    fn text(&self, input: &Input, is_hashed: bool) -> Result<Text<'s>, crate::source::Error> {
        let written = self.ended(input)?;
        let reader = Reader::open(input)?;
        let reader = if is_hashed { reader.with_hash() } else { reader };
        let format = self.format.or_else(|| self.settled.get(&input.source).copied());
        Ok(Text::new(self.scanner, reader, format).written_by(written))
    }

    /// Reads all inputs again for every other line of the threads that hold personal data, and of the threads that
    /// these name, until none is new. Returns how often the inputs were read.
    pub fn complete<E: From<crate::source::Error>>(
        &mut self,
        inputs: &[Input],
        apply: &mut dyn FnMut(Batch) -> Result<(), E>,
    ) -> Result<u32, E> {
        let mut passes = 0;
        let mut known: BTreeSet<Box<str>> = BTreeSet::new();
        loop {
            let names: BTreeSet<Box<str>> = self
                .threads
                .iter()
                .map(|thread| thread.name.clone())
                .filter(|name| !known.contains(name))
                .collect();
            if names.is_empty() {
                return Ok(passes);
            }
            passes += 1;
            for input in inputs {
                self.collect(input, &names, apply)?;
            }
            known.extend(names);
        }
    }

    fn collect<E: From<crate::source::Error>>(
        &mut self,
        input: &Input,
        names: &BTreeSet<Box<str>>,
        apply: &mut dyn FnMut(Batch) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut batch = Batch::new(self.scanner.keys().id());
        let mut text = self.text(input, false)?;
        loop {
            let here = text.next(BLOCK_BYTES, |format, block| {
                self.scanner.of_threads(format, block, &|name| names.contains(name))
            });
            let Some(here) = here? else { break };
            batch.facts.extend(here.facts);
            self.threads.extend(here.threads.into_iter().map(|(thread, _)| thread));
            if batch.facts.len() >= FACTS_MAX {
                apply(std::mem::replace(&mut batch, Batch::new(self.scanner.keys().id())))?;
            }
        }
        apply(batch)
    }

    /// When the last line of a log without years was written, in seconds: a file that was copied is younger than that, and
    /// by its age alone a line of last November would be one of this November.
    fn ended(&self, input: &Input) -> Result<Option<i64>, crate::source::Error> {
        let tail = last_lines(input, TAIL_BYTES)?;
        let (path, modified) = (input.path.to_string_lossy().as_ref().into(), modified(input));
        let origin = Origin { source: input.source.clone(), path, modified };
        let format = self.format.unwrap_or_else(|| self.scanner.formats().sniff(&tail));
        let last = self.scanner.last_time(format, &Block::new(&tail, &origin, 0, 1));
        let last = last.filter(|last| last.quality == Quality::YearAssumed);
        Ok(last.map(|last| last.us.div_euclid(SECOND)))
    }

    fn gap(&self, input: &Input, gap: &crate::event::Gap) -> Fact {
        let path = input.path.to_string_lossy();
        Fact {
            thread: Thread {
                channel: Channel::PLAIN,
                host: "".into(),
                name: self.scanner.keys().same(path.as_bytes()).to_string().into(),
            },
            time: Moment::exact(modified(input).saturating_mul(SECOND)),
            role: Role::Context,
            place: Place {
                source: input.source.clone(),
                path: path.as_ref().into(),
                offset: gap.from,
                line: 0,
            },
            body: Body::Gap(gap.clone()),
        }
    }
}

/// When the file was last written, in seconds; 0 for a stream.
fn modified(input: &Input) -> i64 {
    let at = std::fs::metadata(&input.path).and_then(|metadata| metadata.modified());
    let since = at.ok().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
    since.map_or(0, |since| since.as_secs() as i64)
}

fn progress(input: &Input, number: i64, from: u64, to: u64, lines: u64) -> Progress {
    Progress {
        from,
        generation: Generation {
            id: number,
            source: input.source.clone(),
            path: input.path.to_string_lossy().into_owned(),
            file: FileId::default(),
            head_len: 0,
            head_hash: String::new(),
            offset: to,
            lines,
            marker: String::new(),
            state: GenerationState::Done,
        },
    }
}
