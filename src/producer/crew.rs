//! Finished logs, read by several threads and told in their order: what is told does not depend on how many there are.
//!
//! A log is one task, or one for each 4 MiB of a large plain file. Tasks are begun in order, so that the one whose turn
//! it is to be told is always at work or done; those after it wait where they have found more than may wait. One thread
//! alone hands nothing over: it scans what it has read and tells what it has found.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::BLOCK_BYTES;
use super::text::{Text, ended, formats_of};
use crate::format::Format;
use crate::line::Block;
use crate::scan::Scanner;
use crate::source::Error;
use crate::source::archive::{Input, Reader, Totals, plain_size};

/// How finished logs are read.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// How many threads scan.
    pub threads: usize,
    /// How much is read at once, in bytes.
    pub block: usize,
    /// How much of a large plain file is one task, in bytes: MiB, because in each the log time is asked once.
    pub part: u64,
}

impl Reading {
    /// So many threads; without a number as many as there are processors.
    pub fn by(threads: Option<usize>) -> Self {
        let threads = threads.or_else(|| std::thread::available_parallelism().ok().map(usize::from));
        Self { threads: threads.unwrap_or(1), block: BLOCK_BYTES, part: 4 << 20 }
    }
}

/// A log that is to be read.
#[derive(Clone, Debug)]
pub struct Job {
    /// The log.
    pub input: Input,
    /// Its format; none is to be recognised.
    pub format: Option<Format>,
    /// Whether its lines without a year are dated by its last one.
    pub is_dated: bool,
    /// Whether its SHA-256 is wanted.
    pub is_hashed: bool,
}

/// What is told of a log.
#[derive(Debug)]
pub enum News<T> {
    /// What was made of a block.
    Block {
        /// By whoever looked at it. Its first line counts from 1 where its part of the log begins.
        made: T,
        /// Lines before that part.
        before: u64,
        /// Bytes up to the block's end.
        bytes: u64,
        /// Newlines up to there.
        lines: u64,
    },
    /// The log was read to its end, in this format at the end; or it cannot be read any further.
    End(Result<(Totals, Format), Error>),
}

/// How much may wait to be told of one task, in facts: a part of a log that holds little else.
const WAITING_MAX: usize = 4_096;
/// And how many of such heaps.
const HEAPS_WAITING_MAX: usize = 2;
/// What a block weighs of which there is nothing to tell.
const EMPTY_WEIGHT: usize = 16;

/// What a task is to read.
#[derive(Clone, Debug)]
enum What {
    Whole,
    /// The lines that begin in a range; with their format, and when the log was written.
    Part(Range<u64>, Format, Option<i64>),
    /// Only its bytes, for their hash.
    Hash,
}

#[derive(Debug)]
struct Task<'j> {
    number: usize,
    job: &'j Job,
    what: What,
    /// Whether it is the last one of its log.
    is_last: bool,
}

/// What a task tells of itself.
enum Told<T> {
    Block { made: T, bytes: u64, lines: u64 },
    End(Result<(Totals, Format), Error>),
}

/// Reads logs with several threads.
#[derive(Debug)]
pub struct Crew<'s> {
    scanner: &'s Scanner,
    reading: Reading,
    buffers: Mutex<Vec<Vec<u8>>>,
    is_stopped: AtomicBool,
}

impl<'s> Crew<'s> {
    /// A crew that reads for a scanner.
    pub fn new(scanner: &'s Scanner, reading: Reading) -> Self {
        Self { scanner, reading, buffers: Mutex::default(), is_stopped: AtomicBool::new(false) }
    }

    /// Reads the logs. `look` is asked on any thread what it makes of each block, with a state of its own for each part
    /// of a log that is read at a stretch, and `weigh` how many facts that holds; `take` is told in the order of the
    /// logs, with the number of the log. What it returns ends the reading.
    pub fn read<S: Default, T: Send, E>(
        &self,
        jobs: &[Job],
        look: &(impl Fn(&mut S, Format, &Block<'_>) -> T + Sync),
        weigh: fn(&T) -> usize,
        take: &mut dyn FnMut(usize, News<T>) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.reading.threads > 1 {
            return self.read_together(jobs, look, weigh, take);
        }
        for (number, job) in jobs.iter().enumerate() {
            let (mut desk, mut stopped) = (Desk::default(), None);
            let task = Task { number, job, what: What::Whole, is_last: true };
            self.work(&task, look, &mut |told| {
                stopped = desk.pass(&task, told, take).err();
                stopped.is_none()
            });
            stopped.map_or(Ok(()), Err)?;
        }
        Ok(())
    }

    fn read_together<S: Default, T: Send, E>(
        &self,
        jobs: &[Job],
        look: &(impl Fn(&mut S, Format, &Block<'_>) -> T + Sync),
        weigh: fn(&T) -> usize,
        take: &mut dyn FnMut(usize, News<T>) -> Result<(), E>,
    ) -> Result<(), E> {
        let threads = self.reading.threads;
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.expect("a process may have a thread for each processor");
        pool.in_place_scope_fifo(|scope| {
            let mut tasks = jobs.iter().enumerate().flat_map(|(number, job)| self.tasks(number, job));
            let mut waiting: VecDeque<(Task<'_>, Receiver<Vec<Told<T>>>)> = VecDeque::new();
            let (mut desk, mut hashes) = (Desk::default(), VecDeque::new());
            loop {
                while waiting.len() < 2 * threads
                    && let Some(task) = tasks.next()
                {
                    let (sender, receiver) = sync_channel(HEAPS_WAITING_MAX);
                    let own = Task { what: task.what.clone(), ..task };
                    scope.spawn_fifo(move |_| self.work_apart(&own, look, weigh, &sender));
                    match task.what {
                        What::Hash => hashes.push_back(receiver),
                        _ => waiting.push_back((task, receiver)),
                    }
                }
                let Some((task, heaps)) = waiting.pop_front() else { return Ok(()) };
                for told in heaps.into_iter().flatten() {
                    let told = match told {
                        Told::End(end) if task.is_last && matches!(task.what, What::Part(..)) => {
                            Told::End(with_hash(end, task.job, &mut hashes))
                        }
                        told => told,
                    };
                    if let Err(stopped) = desk.pass(&task, told, take) {
                        self.is_stopped.store(true, Ordering::Relaxed);
                        return Err(stopped);
                    }
                }
            }
        })
    }

    /// The tasks of a log: a large plain file is read in parts where its lines do not depend on each other.
    fn tasks<'j>(&self, number: usize, job: &'j Job) -> Vec<Task<'j>> {
        let whole = || vec![Task { number, job, what: What::Whole, is_last: true }];
        let Some(size) = plain_size(&job.input).filter(|size| *size > self.reading.part) else {
            return whole();
        };
        let formats = match job.format {
            Some(format) => Ok(vec![(0, format)]),
            None => formats_of(self.scanner, &job.input, size),
        };
        let written = if job.is_dated { ended(self.scanner, &job.input, job.format) } else { Ok(None) };
        // What cannot be read is told by the task that reads it.
        let (Ok(formats), Ok(written)) = (formats, written) else { return whole() };
        let mut parts = Vec::new();
        for (nth, &(start, format)) in formats.iter().enumerate() {
            let end = formats.get(nth + 1).map_or(size, |(next, _)| *next);
            let mut at = start;
            while at < end {
                let is_governed = self.scanner.formats().is_governed(format);
                let next =
                    if is_governed { end } else { end.min((at / self.reading.part + 1) * self.reading.part) };
                parts.push(What::Part(at..next, format, written));
                at = next;
            }
        }
        if let Some(What::Part(range, ..)) = parts.last_mut() {
            // What is appended meanwhile is read too.
            range.end = u64::MAX;
        }
        let last = parts.len() - 1;
        let parts = parts.into_iter().enumerate();
        let parts = parts.map(|(nth, what)| Task { number, job, what, is_last: nth == last });
        let hash = job.is_hashed.then_some(Task { number, job, what: What::Hash, is_last: false });
        hash.into_iter().chain(parts).collect()
    }

    /// Works on a task and heaps up what it tells.
    fn work_apart<S: Default, T>(
        &self,
        task: &Task<'_>,
        look: &impl Fn(&mut S, Format, &Block<'_>) -> T,
        weigh: fn(&T) -> usize,
        heaps: &SyncSender<Vec<Told<T>>>,
    ) {
        let (mut heap, mut weight) = (Vec::new(), 0);
        self.work(task, look, &mut |told| {
            weight += EMPTY_WEIGHT + if let Told::Block { made, .. } = &told { weigh(made) } else { 0 };
            heap.push(told);
            if weight < WAITING_MAX {
                return !self.is_stopped.load(Ordering::Relaxed);
            }
            weight = 0;
            heaps.send(std::mem::take(&mut heap)).is_ok()
        });
        let _ = heaps.send(heap); // nobody listens when the reading was ended
    }

    /// Works on a task until `tell` wants no more.
    fn work<S: Default, T>(
        &self,
        task: &Task<'_>,
        look: &impl Fn(&mut S, Format, &Block<'_>) -> T,
        tell: &mut dyn FnMut(Told<T>) -> bool,
    ) {
        let mut state = S::default();
        let end = self.text(task).and_then(|mut text| {
            let is_asked = !matches!(task.what, What::Hash);
            let mut look = |format, block: &Block<'_>| is_asked.then(|| look(&mut state, format, block));
            while let Some(made) = text.next(self.reading.block, &mut look)? {
                let (bytes, lines) = text.place();
                if made.is_some_and(|made| !tell(Told::Block { made, bytes, lines })) {
                    break;
                }
            }
            let format = text.format();
            let (totals, buffer) = text.totals();
            self.buffers.lock().expect("no panic").push(buffer);
            Ok((totals, format))
        });
        tell(Told::End(end));
    }

    fn text(&self, task: &Task<'_>) -> Result<Text<'s>, Error> {
        let job = task.job;
        let (reader, format, written) = match &task.what {
            What::Part(range, format, written) => (Reader::part(&job.input, range)?, Some(*format), *written),
            What::Hash => (Reader::open(&job.input)?, Some(Format::Plain), None),
            What::Whole => {
                let written = if job.is_dated { ended(self.scanner, &job.input, job.format)? } else { None };
                (Reader::open(&job.input)?, job.format, written)
            }
        };
        let is_hashed = job.is_hashed && !matches!(task.what, What::Part(..));
        let reader = if is_hashed { reader.with_hash() } else { reader };
        let reader = if self.reading.threads > 1 { reader.beside() } else { reader };
        let buffer = self.buffers.lock().expect("no panic").pop().unwrap_or_default();
        Ok(Text::new(self.scanner, reader.with_buffer(buffer), format).written_by(written))
    }
}

/// Waits for the hash of a log that was read in parts.
fn with_hash<T>(
    end: Result<(Totals, Format), Error>,
    job: &Job,
    hashes: &mut VecDeque<Receiver<Vec<Told<T>>>>,
) -> Result<(Totals, Format), Error> {
    if !job.is_hashed {
        return end;
    }
    let told = hashes.pop_front().into_iter().flatten().flatten().next();
    let (mut totals, format) = end?;
    if let Some(Told::End(hash)) = told {
        totals.sha256 = hash?.0.sha256;
    }
    Ok((totals, format))
}

/// Puts together what the tasks of one log tell after each other.
#[derive(Debug, Default)]
struct Desk {
    totals: Totals,
    is_failed: bool,
}

impl Desk {
    fn pass<T, E>(
        &mut self,
        task: &Task<'_>,
        told: Told<T>,
        take: &mut dyn FnMut(usize, News<T>) -> Result<(), E>,
    ) -> Result<(), E> {
        let is_end = task.is_last && matches!(told, Told::End(_));
        let news = match told {
            // What comes after a place that cannot be read is not told.
            _ if self.is_failed => None,
            Told::Block { made, bytes, lines } => {
                let before = self.totals.lines;
                Some(News::Block { made, before, bytes, lines: before + lines })
            }
            Told::End(Ok((totals, format))) => {
                self.totals.bytes = self.totals.bytes.max(totals.bytes);
                self.totals.lines += totals.lines;
                self.totals.gaps.extend(totals.gaps);
                self.totals.sha256 = totals.sha256.or(self.totals.sha256.take());
                task.is_last.then(|| News::End(Ok((self.totals.clone(), format))))
            }
            Told::End(Err(error)) => {
                self.is_failed = true;
                Some(News::End(Err(error)))
            }
        };
        if is_end {
            *self = Self::default();
        }
        news.map_or(Ok(()), |news| take(task.number, news))
    }
}
