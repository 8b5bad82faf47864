//! Logs as they grow.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::ControlFlow;
use std::sync::Arc;

use super::back::Back;
use super::{BATCH_BYTES, Configured, FACTS_MAX, Pipeline, SNIFF_BYTES, SNIFF_BYTES_MAX, Settled, is_enough};
use crate::batch::{Batch, Body, Fact, Generation, OpenThread};
use crate::event::{Channel, Role, Thread};
use crate::fault;
use crate::format::Format;
use crate::line::{Block, Origin, Place, SourceId};
use crate::moment::{Moment, SECOND};
use crate::scan::{Carried, Follow, Said, Scanner};
use crate::source::{self, Chunk, Journals, Notice, SourceStatus, Tail};

/// How far back the other lines of a thread are looked for, in bytes of the file and its predecessors.
const LOOK_BACK_BYTES: u64 = 64 << 20;
/// How much is read at once.
const CHUNK_BYTES: usize = 1 << 20;

/// Reads and scans growing logs.
pub struct Live {
    tail: Tail,
    journals: Journals,
    /// Whether the journals come first this time: neither they nor the files starve the other.
    is_journals_turn: bool,
    scanner: Arc<Scanner>,
    follow: Follow,
    formats: Settled,
    configured: Configured,
    /// By generation, the line that governs what comes next; of formats that need one.
    carried: HashMap<i64, Carried>,
    /// Candidate lines that were not of their source's format.
    pub malformed: u64,
    troubles: Vec<source::Error>,
    /// Bytes read at once, and of a batch.
    portions: (usize, u64),
}

impl Live {
    /// Goes on where a store stands. `configured` says which sources have a format that is not to be recognised.
    pub fn new(tail: Tail, scanner: Arc<Scanner>, open: Vec<OpenThread>, configured: Configured) -> Self {
        Self {
            tail,
            journals: Journals::default(),
            is_journals_turn: false,
            scanner,
            follow: Follow::new(open),
            formats: Settled::default(),
            configured,
            carried: HashMap::new(),
            malformed: 0,
            troubles: Vec::new(),
            portions: (CHUNK_BYTES, BATCH_BYTES),
        }
    }

    /// Reads these journals too.
    #[must_use]
    pub fn with_journals(self, journals: Journals) -> Self {
        Self { journals, ..self }
    }

    /// Goes on by a configuration that was read anew: open files and positions stay, and so do the threads that are
    /// followed. `stored` is what the store knows of every generation.
    pub fn reconfigure(&mut self, pipeline: Pipeline, stored: &[Generation]) {
        let Pipeline { specs, journals, scanner, configured } = pipeline;
        self.tail.respec(specs);
        self.journals.respec(journals, stored);
        (self.scanner, self.configured) = (scanner, configured);
        // Recognised anew, and governing lines are found as after a restart.
        self.formats = Settled::default();
        self.carried.clear();
    }

    /// Reads so many bytes at once and so many a batch, instead of 1 MiB and 8 MiB: a small log is then read in as many
    /// steps as a large one.
    #[must_use]
    pub fn in_portions(mut self, chunk: usize, batch: u64) -> Self {
        self.portions = (chunk, batch);
        self
    }

    /// Looks at the file system: new files, rotations, growth.
    pub fn rescan(&mut self) -> Vec<Notice> {
        self.tail.rescan()
    }

    /// Has change notices make looks come earlier.
    #[must_use]
    pub fn watched(self) -> Self {
        Self { tail: self.tail.watched(), ..self }
    }

    /// Looks at the logs whose time has come.
    pub fn look(&mut self) -> Vec<Notice> {
        self.tail.look()
    }

    /// Waits until something may have happened, at most so long; says whether something was told.
    pub fn wait(&self, most: std::time::Duration) -> bool {
        self.tail.wait(most)
    }

    /// How many sources cannot be read, or mean nothing.
    pub fn troubled(&self) -> usize {
        self.tail.troubled()
    }

    /// Where each source stands.
    pub fn status(&self) -> Vec<SourceStatus> {
        let mut status = self.tail.status();
        status.extend(self.journals.status());
        status
    }

    /// How many threads are followed.
    pub fn followed(&self) -> usize {
        self.follow.len()
    }

    /// What could not be read since the last call; the other files went on.
    pub fn troubles(&mut self) -> Vec<source::Error> {
        std::mem::take(&mut self.troubles)
    }

    /// Everything that can be read now, at most 8 MiB of it ([`Live::in_portions`]), as one batch; none when there is nothing. `finish`: a
    /// last line without newline is read too, without being committed.
    pub fn next(&mut self, finish: bool) -> Option<Batch> {
        let mut batch = Batch::new(self.scanner.keys().id());
        let mut bytes = 0;
        while bytes < self.portions.1 && batch.facts.len() < FACTS_MAX {
            match self.read(finish) {
                Ok(Some(chunk)) => {
                    fault::point("live.read");
                    bytes += chunk.bytes.len() as u64;
                    self.scan(&chunk, &mut batch);
                    batch.progress.push(chunk.progress);
                    fault::point("live.scanned");
                }
                Ok(None) => break,
                Err(trouble) => self.troubles.push(trouble),
            }
        }
        // A name that was let go and used again within one batch is followed, whatever the order of the two lists.
        batch.closed.retain(|thread| !self.follow.has(thread));
        batch.opened.retain(|open| self.follow.has(&open.thread));
        fault::point("live.batch");
        (!batch.is_empty()).then_some(batch)
    }

    /// The next chunk of a file or a journal, whichever has one.
    fn read(&mut self, finish: bool) -> Result<Option<Chunk>, source::Error> {
        self.is_journals_turn = !self.is_journals_turn;
        for is_journals_turn in [self.is_journals_turn, !self.is_journals_turn] {
            let chunk = if is_journals_turn {
                self.journals.read(self.portions.0, finish, &mut || self.tail.take_id())
            } else {
                self.tail.read(self.portions.0, finish)
            };
            if let Some(chunk) = chunk? {
                return Ok(Some(chunk));
            }
        }
        Ok(None)
    }

    fn scan(&mut self, chunk: &Chunk, batch: &mut Batch) {
        let source = &chunk.origin.source;
        if let Some(gap) = &chunk.gap {
            batch.facts.push(self.gap(chunk, gap));
        }
        if chunk.bytes.is_empty() {
            if chunk.progress.generation.state.is_over() {
                self.carried.remove(&chunk.progress.generation.id);
            }
            return;
        }
        let format = self.format(chunk);
        let generation = &chunk.progress.generation;
        let carried = self.carried(chunk, format);
        let seen = chunk.before.len();
        let joined = if seen > 0 { [&chunk.before[..], &chunk.bytes].concat() } else { Vec::new() };
        let bytes = if seen > 0 { &joined } else { &chunk.bytes };
        let block = Block::new(bytes, &chunk.origin, chunk.offset - seen as u64, chunk.line);
        let block = block.after(carried.line()).window(seen, chunk.goes_on);
        batch.unfinished.retain(|(other, _)| *other != generation.id);
        fault::spill(bytes);
        let said = self.scanner.hits(format, &block);
        self.malformed += said.malformed;
        // Threads that are followed from here on; of the others every line is known already.
        let (mut fresh, mut asked) = (BTreeSet::new(), BTreeMap::new());
        let mut unknown = Back::new(&said.facts, true);
        self.take(said, generation, batch, &mut fresh);
        if !self.follow.is_empty() {
            let is_known = |name: &str| self.follow.wants(name);
            let mut here = self.scanner.of_threads(format, &block, &is_known);
            here.retain(|fact| self.follow.has(&fact.thread) && !fresh.contains(&fact.thread));
            unknown.join(Back::new(&here.facts, false));
            self.take(here, generation, batch, &mut fresh);
        }
        while unknown.ask(&fresh, &mut asked) {
            let mut here = self.scanner.of_threads(format, &block, &|name| unknown.wants(name));
            let is_done = unknown.note(&here.facts, self.scanner.begins(format, &block)).is_break();
            let (scanner, mut earlier) = (&self.scanner, Said::default());
            let mut sink = |origin: &Origin, offset: u64, line: u64, bytes: &[u8]| {
                let block = Block::new(bytes, origin, offset, line).after(carried.line());
                let said = scanner.of_threads(format, &block, &|name| unknown.wants(name));
                let flow = unknown.note(&said.facts, scanner.begins(format, &block));
                earlier.facts.extend(said.facts);
                earlier.threads.extend(said.threads);
                flow
            };
            let looked = match self.journals.has(source) {
                true if is_done => Ok(()),
                true => self.journals.look_back(chunk, LOOK_BACK_BYTES, &mut sink),
                false => self.tail.look_back(chunk, LOOK_BACK_BYTES, is_done, &mut sink),
            };
            self.troubles.extend(looked.err());
            fault::point("live.looked-back");
            here.retain(|fact| unknown.keeps(fact));
            earlier.retain(|fact| unknown.keeps(fact));
            unknown = Back::new(&here.facts, false);
            unknown.join(Back::new(&earlier.facts, false));
            self.take(here, generation, batch, &mut fresh);
            self.take_finished(earlier, source, batch, &mut fresh);
        }
        if let Some(clock) = self.scanner.clock(format, &block) {
            batch.clocks.push((source.clone(), clock));
            self.follow.expire(source, clock, batch);
        }
    }

    /// The format of a chunk: where it is not settled, the beginning of the file says it, which a chunk in its middle may
    /// not do. Where all of that is nothing known, the chunk may be something all the same.
    fn format(&mut self, chunk: &Chunk) -> Format {
        let source = &chunk.origin.source;
        let configured = (self.configured)(source);
        if let Some(format) = self.formats.known(source, configured) {
            return format;
        }
        let mut head = self.head(chunk);
        if !is_enough(&head) {
            head.extend(chunk.bytes.iter().take(SNIFF_BYTES_MAX - head.len()));
        }
        match self.formats.by_beginning(&self.scanner, source, &head) {
            Format::Plain if is_enough(&head) => {
                self.formats.of(&self.scanner, source, configured, &chunk.bytes)
            }
            format => format,
        }
    }

    /// The line before a chunk that governs it. What is carried on from here is that of the bytes that are committed: the
    /// others are read again.
    fn carried(&mut self, chunk: &Chunk, format: Format) -> Carried {
        if !self.scanner.formats().is_governed(format) {
            return Carried::default();
        }
        let generation = &chunk.progress.generation;
        let carried = match self.carried.remove(&generation.id) {
            Some(carried) => carried,
            None if chunk.offset == 0 => Carried::default(),
            None => self.found_before(chunk, format),
        };
        let committed = generation.offset.saturating_sub(chunk.offset) as usize;
        let bytes = &chunk.bytes[..committed.min(chunk.bytes.len())];
        let block = Block::new(bytes, &chunk.origin, chunk.offset, chunk.line).after(carried.line());
        if !generation.state.is_over() {
            self.carried.insert(generation.id, self.scanner.carry(format, &block));
        }
        carried
    }

    /// After a restart nothing is known of what was read before.
    fn found_before(&mut self, chunk: &Chunk, format: Format) -> Carried {
        let (scanner, mut last) = (&self.scanner, (0, Carried::default()));
        let looked = self.tail.before(chunk, LOOK_BACK_BYTES, &mut |origin, offset, line, bytes| {
            let carried = scanner.carry(format, &Block::new(bytes, origin, offset, line));
            if carried.line().is_none() {
                return ControlFlow::Continue(());
            }
            if offset >= last.0 {
                last = (offset, carried);
            }
            ControlFlow::Break(())
        });
        self.troubles.extend(looked.err());
        if last.1.line().is_some() {
            return last.1;
        }
        let head = self.head(chunk);
        self.scanner.carry(format, &Block::new(&head, &chunk.origin, 0, 1))
    }

    /// The beginning of a chunk's file, up to the chunk. Asked at every chunk of plain text, so no more is read than tells
    /// the format.
    fn head(&mut self, chunk: &Chunk) -> Vec<u8> {
        if chunk.offset == 0 {
            return Vec::new();
        }
        let read = |bytes: usize| self.tail.head(chunk, bytes as u64);
        let head = read(SNIFF_BYTES).and_then(|head| {
            let is_all = head.len() < SNIFF_BYTES || is_enough(&head);
            if is_all { Ok(head) } else { read(SNIFF_BYTES_MAX) }
        });
        head.unwrap_or_else(|trouble| {
            self.troubles.push(trouble);
            Vec::new()
        })
    }

    /// Takes what lines of the chunk have said, those behind the committed offset apart: their line has no end yet.
    /// `fresh` collects the threads that are followed from now on.
    fn take(
        &mut self,
        mut said: Said,
        generation: &Generation,
        batch: &mut Batch,
        fresh: &mut BTreeSet<Thread>,
    ) {
        let is_unfinished = |fact: &Fact| fact.place.offset >= generation.offset;
        let unfinished: Vec<Fact> = said.facts.extract_if(.., |fact| is_unfinished(fact)).collect();
        batch.unfinished.extend(unfinished.into_iter().map(|fact| (generation.id, fact)));
        self.take_finished(said, &generation.source, batch, fresh);
    }

    fn take_finished(
        &mut self,
        said: Said,
        source: &SourceId,
        batch: &mut Batch,
        fresh: &mut BTreeSet<Thread>,
    ) {
        fresh.extend(self.follow.begin(&said, source, batch));
        self.follow.note(&said.facts, batch);
        batch.facts.extend(said.facts);
    }

    fn gap(&self, chunk: &Chunk, gap: &crate::event::Gap) -> Fact {
        let path: Arc<str> = chunk.progress.generation.path.as_str().into();
        // Of two truncations within a second, at one place, each is told.
        let generation = format!("{path}\0{}", chunk.progress.generation.id);
        let name = self.scanner.keys().same(generation.as_bytes()).to_string();
        Fact {
            thread: Thread { channel: Channel::PLAIN, host: "".into(), name: name.into() },
            time: Moment::exact(chunk.origin.modified.saturating_mul(SECOND)),
            role: Role::Context,
            place: Place { source: chunk.origin.source.clone(), path, offset: gap.from, line: 0 },
            body: Body::Gap(gap.clone()),
        }
    }
}
