//! One source: the generations that are read, the ones that were, and what the store has not been told yet.

use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::meet::Looked;
use super::reader::{Input, Reader, Step};
use super::{Chunk, Setting, SourceStatus, Start, State};
use crate::batch::{Covered, FileId, Generation, GenerationState, Progress};
use crate::event::{Gap, GapCause};
use crate::line::{Origin, SourceId};
use crate::source::{Error, sys};

/// Finished generations remembered by a source. One that is forgotten is read again if its file ever comes back
/// under another inode.
const DONE_KEPT_MAX: usize = 1000;
/// How long a deleted file is held after its last growth: it costs disk space that nobody can see.
const QUIET_DELETED: Duration = Duration::from_secs(30);

/// A log with its rotated siblings.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) id: SourceId,
    /// The live file.
    pub(super) path: PathBuf,
    pub(super) start: Start,
    /// Nothing of it was ever recorded.
    pub(super) is_new: bool,
    /// Generations being read, oldest first.
    pub(super) readers: Vec<Reader>,
    /// The others that we know.
    pub(super) known: Vec<Generation>,
    /// Files that need no attention as long as they look the same.
    pub(super) looked: HashMap<FileId, Looked>,
    /// Archives that looked unfinished at the last rescan, with their size.
    pub(super) unfinished: HashMap<FileId, u64>,
    pub(super) blind: Option<String>,
    pub(super) was_missing: bool,
    /// What the store must learn before anything else is read.
    news: VecDeque<Chunk>,
    /// A read failed: wait for the next rescan.
    pub(super) is_stuck: bool,
}

impl Source {
    pub(super) fn new(path: PathBuf, start: Start) -> Self {
        Self {
            id: SourceId::new(&path.to_string_lossy()),
            path,
            start,
            is_new: true,
            readers: Vec::new(),
            known: Vec::new(),
            looked: HashMap::new(),
            unfinished: HashMap::new(),
            blind: None,
            was_missing: true,
            news: VecDeque::new(),
            is_stuck: false,
        }
    }

    /// Takes over what the store knows of it.
    pub(super) fn remember(&mut self, mut stored: Vec<Generation>) {
        self.is_new &= stored.is_empty();
        stored.sort_by_key(|generation| generation.id);
        self.known = stored;
        self.forget();
    }

    /// Keeps the bound on finished generations; the oldest leave first.
    pub(super) fn forget(&mut self) {
        let mut surplus = self.known.len().saturating_sub(DONE_KEPT_MAX);
        self.known.retain(|generation| {
            let is_over = matches!(generation.state, GenerationState::Done | GenerationState::Lost);
            let leaves = is_over && surplus > 0;
            surplus -= usize::from(leaves);
            !leaves
        });
    }

    /// The next chunk of this source.
    pub(super) fn next(
        &mut self,
        max: usize,
        finish: bool,
        now: Instant,
        setting: &mut Setting,
    ) -> Result<Option<Chunk>, Error> {
        if self.is_stuck {
            return Ok(None);
        }
        let chunk = self
            .news
            .pop_front()
            .map_or_else(|| self.step(max, finish, now, setting), |chunk| Ok(Some(chunk)));
        match chunk {
            Ok(Some(mut chunk)) => {
                chunk.last = self.news.is_empty() && !self.readers.iter().any(Reader::has_more);
                Ok(Some(chunk))
            }
            Ok(None) => Ok(None),
            Err(error) => {
                self.is_stuck = true;
                self.blind = Some(error.to_string());
                Err(error)
            }
        }
    }

    fn step(
        &mut self,
        max: usize,
        finish: bool,
        now: Instant,
        setting: &mut Setting,
    ) -> Result<Option<Chunk>, Error> {
        let mut at = 0;
        while at < self.readers.len() && self.news.is_empty() {
            let reader = &mut self.readers[at];
            let from = reader.generation.offset;
            let mut step = reader.step(max, finish, false)?;
            let is_over = matches!(step, Step::Nothing) && is_over(reader, now, setting.quiet);
            if is_over {
                step = reader.step(max, false, true)?;
            }
            match step {
                Step::Bytes { bytes, offset, line } => {
                    let progress = Progress { generation: reader.generation.clone(), from };
                    let origin = reader.origin();
                    return Ok(Some(Chunk { origin, bytes, offset, line, progress, gap: None, last: false }));
                }
                Step::Nothing if is_over => self.leave(at, GenerationState::Done, None),
                Step::Nothing => at += 1,
                Step::Changed(cause) => self.replace(at, cause, setting)?,
                Step::Ended { damaged } => {
                    let cause = damaged.then_some(GapCause::Damaged);
                    self.leave(at, GenerationState::Done, cause);
                }
                Step::Unfinished => {
                    let reader = self.readers.remove(at);
                    self.looked.remove(&reader.held);
                    self.known.push(reader.generation);
                }
            }
        }
        Ok(self.news.pop_front())
    }

    /// Closes a generation.
    pub(super) fn leave(&mut self, at: usize, state: GenerationState, gap: Option<GapCause>) {
        let mut reader = self.readers.remove(at);
        reader.generation.state = state;
        let gap = gap.map(|cause| Gap { cause, from: reader.generation.offset, to: None });
        self.tell(&reader.generation, reader.origin().modified, gap);
        self.known.push(reader.generation);
        self.forget();
    }

    /// Other bytes stand in the file of a reader: its generation ends here, a new one begins at 0.
    pub(super) fn replace(&mut self, at: usize, cause: GapCause, setting: &mut Setting) -> Result<(), Error> {
        let reader = &self.readers[at];
        let (state, path, is_gone) =
            (reader.generation.state, reader.generation.path.clone(), reader.is_gone);
        let failed = |cause| Error::io(Path::new(&path), cause);
        let mut fresh = match &reader.input {
            Input::Plain(file) => {
                let stat = sys::stat_of(file).map_err(failed)?;
                let generation = self.begin(&path, stat.file, state, setting);
                Reader::plain(generation, file.clone(), &stat).map_err(failed)?
            }
            Input::Gzip { path, .. } => {
                let stat = sys::stat(path, false)?;
                Reader::gzip(self.begin(&path.to_string_lossy(), stat.file, state, setting), path, &stat)
            }
        };
        self.leave(at, GenerationState::Lost, Some(cause));
        fresh.is_gone = is_gone;
        self.insert(at, fresh);
        Ok(())
    }

    /// A generation that starts at 0.
    pub(super) fn begin(
        &self,
        path: &str,
        file: FileId,
        state: GenerationState,
        setting: &mut Setting,
    ) -> Generation {
        Generation {
            id: setting.take_id(),
            source: self.id.clone(),
            path: path.to_owned(),
            file,
            head_len: 0,
            head_hash: String::new(),
            offset: 0,
            lines: 0,
            marker: String::new(),
            state,
            covered: Covered::default(),
        }
    }

    /// Takes up a reader and tells the store of it.
    pub(super) fn insert(&mut self, at: usize, reader: Reader) {
        self.tell(&reader.generation, reader.origin().modified, None);
        self.readers.insert(at, reader);
    }

    /// Lets the store learn a generation as it is now.
    pub(super) fn tell(&mut self, generation: &Generation, modified: i64, gap: Option<Gap>) {
        self.news.push_back(Chunk {
            origin: Origin { source: self.id.clone(), path: generation.path.as_str().into(), modified },
            bytes: Vec::new(),
            offset: generation.offset,
            line: generation.lines + 1,
            progress: Progress { generation: generation.clone(), from: generation.offset },
            gap,
            last: false,
        });
    }

    pub(super) fn status(&self) -> SourceStatus {
        let state = match (&self.blind, self.readers.last()) {
            (Some(reason), _) => State::Blind { reason: reason.clone() },
            (None, Some(reader)) => {
                let size = match &reader.input {
                    Input::Plain(file) => sys::stat_of(file).map_or(0, |stat| stat.size),
                    Input::Gzip { .. } => reader.generation.offset,
                };
                State::Reading { offset: reader.generation.offset, size }
            }
            (None, None) => {
                State::Blind { reason: "its file was not looked at yet, or is missing".to_owned() }
            }
        };
        let modified = self.readers.iter().map(|reader| reader.origin().modified).max().unwrap_or(0);
        let behind = self.readers.iter().map(Reader::behind).sum();
        SourceStatus { path: self.path.clone(), state, behind, modified }
    }
}

/// Whether nobody will write to a file that is read to its end: renamed or deleted, and quiet for long enough.
fn is_over(reader: &Reader, now: Instant, quiet: Duration) -> bool {
    let quiet = if reader.is_gone { quiet.min(QUIET_DELETED) } else { quiet };
    matches!(reader.input, Input::Plain(_))
        && reader.generation.state == GenerationState::Rotated
        && now.saturating_duration_since(reader.quiet_since) >= quiet
}
