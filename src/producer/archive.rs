//! Logs that are finished: read once for what they hold, and again for the other lines of the threads that hold it,
//! until no new thread is named. Exact: no window, no table that could be full.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use super::text::modified;
use super::times::{Last, Span, Times, join};
use super::{BATCH_BYTES, Crew, FACTS_MAX, Job, News, Reading};
use crate::batch::{Batch, Body, Covered, Fact, FileId, Generation, GenerationState, Progress};
use crate::event::{Channel, Role, Thread};
use crate::format::Format;
use crate::line::{Block, Place, SourceId};
use crate::moment::{Moment, SECOND};
use crate::scan::{Said, Scanner};
use crate::source;
use crate::source::archive::{Input, Reader, Totals};

/// Reads and scans finished logs.
pub struct Archive<'s> {
    scanner: &'s Scanner,
    format: Option<Format>,
    reading: Reading,
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
    pub fn new(scanner: &'s Scanner, format: Option<Format>, reading: Reading) -> Self {
        Self { scanner, format, reading, settled: HashMap::new(), threads: BTreeSet::new() }
    }

    /// Reads inputs for the lines that hold personal data. Batches go to `apply`; the place of an input names its
    /// generation, from 1. Inputs that cannot be read are errors of their own.
    pub fn read<E>(
        &mut self,
        inputs: &[Input],
        apply: &mut dyn FnMut(Batch) -> Result<(), E>,
    ) -> Result<Vec<Result<InputReport, source::Error>>, E> {
        self.settle(inputs);
        let look = |times: &mut Times, format: Format, block: &Block<'_>| {
            (self.scanner.hits(format, block), times.of(self.scanner, format, block))
        };
        let weigh = |(said, _): &(Said, Span)| said.facts.len();
        let (mut reports, mut threads) = (Vec::new(), BTreeSet::new());
        let mut pass = Pass::new(self.scanner);
        let mut take = |nth: usize, news: News<(Said, Span)>| -> Result<(), E> {
            let (input, number) = (&inputs[nth], nth as i64 + 1);
            match news {
                News::Block { made: (mut said, span), before, bytes, lines } => {
                    threads.extend(std::mem::take(&mut said.threads).into_iter().map(|(thread, _)| thread));
                    pass.add(input, said, span, before);
                    if bytes - pass.committed >= BATCH_BYTES || pass.batch.facts.len() >= FACTS_MAX {
                        pass.batch.progress.push(progress(input, number, pass.committed, bytes, lines));
                        pass.committed = bytes;
                        let next = Batch::new(self.scanner.keys().id());
                        return apply(std::mem::replace(&mut pass.batch, next));
                    }
                    Ok(())
                }
                News::End(Ok((totals, format))) => {
                    let pass = std::mem::replace(&mut pass, Pass::new(self.scanner));
                    let (batch, report) = self.end(pass, input, number, totals, format);
                    reports.push(Ok(report));
                    apply(batch)
                }
                News::End(Err(error)) => {
                    // What was read of it stays, as far as it was told; the rest of a batch goes with it.
                    pass = Pass::new(self.scanner);
                    reports.push(Err(error));
                    Ok(())
                }
            }
        };
        Crew::new(self.scanner, self.reading).read(&self.jobs(inputs, true), &look, weigh, &mut take)?;
        self.threads.extend(threads);
        Ok(reports)
    }

    /// The last batch of an input, and what was read of it.
    fn end(
        &self,
        pass: Pass,
        input: &Input,
        number: i64,
        totals: Totals,
        format: Format,
    ) -> (Batch, InputReport) {
        let Pass { mut batch, committed, malformed, times, last } = pass;
        let times = join(times, last.time.map(|time| (time, time)));
        batch.clocks.extend(last.time.map(|time| (input.source.clone(), time)));
        batch.facts.extend(totals.gaps.iter().map(|gap| self.gap(input, gap)));
        batch.progress.push(progress(input, number, committed, totals.bytes, totals.lines));
        let format = self.scanner.formats().name(format).to_owned();
        (batch, InputReport { input: input.clone(), totals, format, times, malformed })
    }

    /// Settles the formats of sources by the beginnings of their files, so that it does not matter in what order files
    /// are read. What cannot be read is told when it is its turn.
    fn settle(&mut self, inputs: &[Input]) {
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

    fn jobs(&self, inputs: &[Input], is_hashed: bool) -> Vec<Job> {
        let format = |input: &Input| self.format.or_else(|| self.settled.get(&input.source).copied());
        let job =
            |input: &Input| Job { input: input.clone(), format: format(input), is_dated: true, is_hashed };
        inputs.iter().map(job).collect()
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
            self.collect(inputs, &names, apply)?;
            known.extend(names);
        }
    }

    fn collect<E: From<source::Error>>(
        &mut self,
        inputs: &[Input],
        names: &BTreeSet<Box<str>>,
        apply: &mut dyn FnMut(Batch) -> Result<(), E>,
    ) -> Result<(), E> {
        let look = |(): &mut (), format: Format, block: &Block<'_>| {
            self.scanner.of_threads(format, block, &|name| names.contains(name))
        };
        let weigh = |said: &Said| said.facts.len();
        let (mut pass, mut threads) = (Pass::new(self.scanner), BTreeSet::new());
        let mut take = |nth: usize, news: News<Said>| -> Result<(), E> {
            let is_end = match news {
                News::Block { made: mut said, before, .. } => {
                    threads.extend(std::mem::take(&mut said.threads).into_iter().map(|(thread, _)| thread));
                    pass.add(&inputs[nth], said, Span::default(), before);
                    false
                }
                News::End(Ok(_)) => true,
                News::End(Err(error)) => return Err(error.into()),
            };
            if is_end || pass.batch.facts.len() >= FACTS_MAX {
                let full = std::mem::replace(&mut pass, Pass::new(self.scanner));
                apply(full.batch)?;
            }
            Ok(())
        };
        Crew::new(self.scanner, self.reading).read(&self.jobs(inputs, false), &look, weigh, &mut take)?;
        self.threads.extend(threads);
        Ok(())
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

/// What was read of an input so far.
struct Pass {
    batch: Batch,
    committed: u64,
    malformed: u64,
    times: Option<(i64, i64)>,
    last: Last,
}

impl Pass {
    fn new(scanner: &Scanner) -> Self {
        let batch = Batch::new(scanner.keys().id());
        Self { batch, committed: 0, malformed: 0, times: None, last: Last::default() }
    }

    /// Adds what a block says, before whose part of the input there are so many lines.
    fn add(&mut self, input: &Input, said: Said, span: Span, before: u64) {
        self.malformed += said.malformed;
        (self.times, self.last) = (join(self.times, span.times), self.last.then(span.last));
        self.batch.clocks.extend(span.times.map(|(_, time)| (input.source.clone(), time)));
        self.batch.facts.extend(said.facts.into_iter().map(|mut fact| {
            fact.place.line += before;
            fact
        }));
    }
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
            covered: Covered::default(),
        },
    }
}
