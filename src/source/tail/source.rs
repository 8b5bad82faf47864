//! One source: the generations that are read, the ones that were, and what the store has not been told yet.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::looked::Looked;
use super::reader::{Input, Reader, Step, Want};
use super::take::CutOff;
use super::{Chunk, Notice, Setting, SourceStatus, Start, State};
use crate::batch::{Covered, FileId, Generation, GenerationState, Progress};
use crate::event::{Gap, GapCause};
use crate::fault;
use crate::line::{Origin, SourceId};
use crate::source::{Error, sys};

/// Finished generations remembered by a source whose files are there.
const DONE_KEPT_MAX: usize = 10_000;
/// The same of those whose files are not. One that is forgotten is read again if its bytes ever come back.
const GONE_KEPT_MAX: usize = 32;
/// How long a deleted file is held after its last growth: it costs disk space that nobody can see.
const QUIET_DELETED: Duration = Duration::from_secs(30);

/// A log with its rotated siblings.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) id: SourceId,
    /// The live file.
    pub(super) path: PathBuf,
    /// The folder below which no symbolic link is followed; none where a person named the live file itself.
    folder: Option<PathBuf>,
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
    /// What its files looked like when it went to rest.
    pub(super) resting: Option<u64>,
    /// Who changes its files.
    pub(super) disk: sys::Disk,
    /// What is wrong with it, as it was told.
    pub(super) told: Vec<Notice>,
    /// The machine's uptime when it is looked at again.
    pub(super) due: Duration,
    /// How often in a row it could not be read.
    pub(super) refusals: u32,
    /// NUL that were passed over.
    hole_bytes: u64,
    /// What the store must learn before anything else is read.
    news: VecDeque<Chunk>,
    /// Generations whose file holds other bytes since the last look, of which is told once their copies were looked for.
    pub(super) cut_off: Vec<CutOff>,
    /// A read failed: wait for the next rescan.
    pub(super) is_stuck: bool,
}

impl Source {
    pub(super) fn new(path: PathBuf, folder: Option<PathBuf>, start: Start) -> Self {
        Self {
            folder,
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
            resting: None,
            disk: sys::Disk::Own,
            told: Vec::new(),
            due: Duration::ZERO,
            refusals: 0,
            hole_bytes: 0,
            news: VecDeque::new(),
            cut_off: Vec::new(),
            is_stuck: false,
        }
    }

    /// Reads nothing until it was looked at, which is to be soon.
    fn wait_for_look(&mut self) {
        (self.is_stuck, self.due) = (true, Duration::ZERO);
    }

    /// How a file of it is opened.
    pub(super) fn links<'s>(&'s self, path: &'s Path) -> sys::Links<'s> {
        match &self.folder {
            Some(folder) => sys::Links::DownTo(folder),
            None if path == self.path => sys::Links::Followed,
            None => sys::Links::DownTo(path.parent().unwrap_or(path)),
        }
    }

    /// Whether a file of it may be a symbolic link.
    pub(super) fn follows(&self, path: &Path) -> bool {
        matches!(self.links(path), sys::Links::Followed) || !fault::guards("planted-links")
    }

    /// Looks at one of its names.
    pub(super) fn stat(&self, path: &Path) -> Result<sys::Stat, Error> {
        if path == self.path && !fault::guards("link-anew") {
            let live = self.readers.iter().find(|reader| reader.generation.state == GenerationState::Live);
            if let Some(Reader { input: Input::Plain(file), held, .. }) = live {
                return Ok(sys::Stat {
                    file: *held,
                    ..sys::stat_of(file).map_err(|cause| Error::io(path, cause))?
                });
            }
        }
        Ok(self.by_name(path, sys::stat(path, self.follows(path))?))
    }

    /// Opens one of its files.
    pub(super) fn open(&self, path: &Path) -> Result<(Arc<File>, sys::Stat), Error> {
        let (file, stat) = sys::open(path, self.links(path))?;
        Ok((file, self.by_name(path, stat)))
    }

    /// Where another machine gives out inode numbers, a file is known by its name and its bytes only.
    fn by_name(&self, path: &Path, stat: sys::Stat) -> sys::Stat {
        if self.disk == sys::Disk::Own {
            return stat;
        }
        let digest = Sha256::digest(path.as_os_str().as_encoded_bytes());
        let inode = digest[..8].iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        sys::Stat { file: FileId { device: u64::MAX, inode, born: 0 }, ..stat }
    }

    /// Since when nothing was written to it, by the machine's uptime; none where that is not known.
    pub(super) fn quiet_since(&self) -> Option<Duration> {
        let is_told = self.news.is_empty() && self.cut_off.is_empty();
        let is_read = !self.is_stuck && self.unfinished.is_empty() && is_told;
        let since = self.readers.iter().map(|reader| reader.quiet_since).max();
        since.filter(|_| is_read && self.blind.is_none())
    }

    /// Whether its name leads elsewhere, where no notice is asked for.
    pub(super) fn is_behind_link(&self) -> bool {
        sys::stat(&self.path, false).is_ok_and(|stat| stat.kind == rustix::fs::FileType::Symlink)
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
            let leaves = generation.state.is_over() && surplus > 0;
            surplus -= usize::from(leaves);
            !leaves
        });
    }

    /// Forgets finished generations of which no file is there any more, but for the latest: a packed copy may be in the
    /// making somewhere else. A file holds one generation, its latest.
    pub(super) fn forget_gone(&mut self, mut there: HashSet<FileId>) {
        for reader in &self.readers {
            there.remove(&reader.held);
        }
        let gone = |known: &&Generation| !there.remove(&known.file) && known.state.is_over();
        let left = self.known.iter().rev().filter(gone).skip(GONE_KEPT_MAX).map(|known| known.id);
        let left: HashSet<i64> = left.collect();
        self.known.retain(|known| !left.contains(&known.id));
    }

    /// The next chunk of this source.
    pub(super) fn next(&mut self, want: &Want, setting: &mut Setting) -> Result<Option<Chunk>, Error> {
        if self.is_stuck {
            return Ok(None);
        }
        let chunk = self.news.pop_front().map_or_else(|| self.step(want, setting), |chunk| Ok(Some(chunk)));
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

    fn step(&mut self, want: &Want, setting: &mut Setting) -> Result<Option<Chunk>, Error> {
        let mut at = 0;
        while at < self.readers.len() && self.news.is_empty() {
            let reader = &mut self.readers[at];
            let from = reader.generation.offset;
            let mut step = if reader.is_due() { Step::Nothing } else { reader.step(want)? };
            let is_over = matches!(step, Step::Nothing)
                && (reader.is_let_go() || is_over(reader, want.now, setting.quiet));
            if is_over {
                step = reader.step(&Want { finish: false, ending: true, ..*want })?;
            }
            match step {
                Step::Bytes { bytes, offset, line } => {
                    let progress = Progress { generation: reader.generation.clone(), from };
                    let (before, goes_on) = reader.window();
                    let chunk = silent(reader.origin(), progress, None);
                    return Ok(Some(Chunk { bytes, before, goes_on, offset, line, ..chunk }));
                }
                Step::Hole(bytes) => {
                    self.hole_bytes += bytes;
                    let reader = &self.readers[at];
                    let progress = Progress { generation: reader.generation.clone(), from };
                    return Ok(Some(silent(reader.origin(), progress, None)));
                }
                Step::Nothing if self.readers[at].is_let_go() => {
                    self.leave(at, GenerationState::Lost, Some(GapCause::Held));
                }
                Step::Nothing if is_over => {
                    // A last line without its newline is not committed: it is read again if the file goes on.
                    self.note_left(at);
                    self.leave(at, GenerationState::Done, None);
                }
                Step::Nothing => at += 1,
                Step::Moved => {
                    self.wait_for_look();
                    return Ok(None);
                }
                // A copy of what is gone may stand beside it, and is older than what comes now.
                Step::Changed(cause) => {
                    self.replace(at, cause, setting)?;
                    self.wait_for_look();
                }
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

    /// Gives back the room that is kept for more readers and news: it is larger than all else that a resting source has.
    pub(super) fn shrink(&mut self) {
        self.readers.shrink_to_fit();
        self.known.shrink_to_fit();
        self.news.shrink_to_fit();
    }

    /// Closes a generation.
    pub(super) fn leave(&mut self, at: usize, state: GenerationState, gap: Option<GapCause>) {
        fault::point("tail.left");
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
                let stat = sys::Stat { file: reader.held, ..sys::stat_of(file).map_err(failed)? };
                let version = reader.generation.version;
                let generation = Generation { version, ..self.begin(&path, stat.file, state, setting) };
                Reader::plain(generation, file.clone(), &stat).map_err(failed)?
            }
            Input::Packed { path, .. } => {
                let stat = sys::stat(path, false)?;
                Reader::packed(self.begin(&path.to_string_lossy(), stat.file, state, setting), path, &stat)
            }
        };
        let is_told = cause != GapCause::Truncated || fault::guards("truncation-gap");
        fault::point("tail.left");
        let before = self.readers.remove(at);
        let (id, modified) = (before.generation.id, before.origin().modified);
        self.cut_off.push(CutOff { id, modified, cause: is_told.then_some(cause) });
        self.known.push(Generation { state: GenerationState::Lost, ..before.generation });
        fault::point("tail.replaced");
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
            version: 0,
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
        // Nearly every source has one, and ten thousand of them room for three more would be 15 MiB.
        self.readers.reserve_exact(1);
        self.readers.insert(at, reader);
    }

    /// Lets the store learn a generation as it is now.
    pub(super) fn tell(&mut self, generation: &Generation, modified: i64, gap: Option<Gap>) {
        let origin = Origin { source: self.id.clone(), path: generation.path.as_str().into(), modified };
        let progress = Progress { generation: generation.clone(), from: generation.offset };
        self.news.reserve_exact(1);
        self.news.push_back(silent(origin, progress, gap));
    }

    /// The live file, where it is read to its end and not held.
    fn at_rest(&self) -> Option<&Generation> {
        self.known.iter().rfind(|known| known.state == GenerationState::Live)
    }

    pub(super) fn status(&self) -> SourceStatus {
        let state = match (&self.blind, self.readers.last()) {
            (Some(reason), _) => State::Blind { reason: reason.clone() },
            (None, Some(reader)) => {
                let size = match &reader.input {
                    Input::Plain(file) => sys::stat_of(file).map_or(0, |stat| stat.size),
                    Input::Packed { .. } => reader.generation.offset,
                };
                State::Reading { offset: reader.generation.offset, size }
            }
            (None, None) if self.at_rest().is_some() => {
                let offset = self.at_rest().map_or(0, |generation| generation.offset);
                State::Reading { offset, size: offset }
            }
            (None, None) => {
                State::Blind { reason: "its file was not looked at yet, or is missing".to_owned() }
            }
        };
        let modified = self.readers.iter().map(|reader| reader.origin().modified).max().unwrap_or(0);
        let behind = self.readers.iter().map(Reader::behind).sum();
        SourceStatus { path: self.path.clone(), state, hole_bytes: self.hole_bytes, behind, modified }
    }
}

/// A chunk without bytes.
fn silent(origin: Origin, progress: Progress, gap: Option<Gap>) -> Chunk {
    let (offset, line) = (progress.generation.offset, progress.generation.lines + 1);
    let (bytes, before) = (Vec::new(), Vec::new());
    Chunk { origin, bytes, before, goes_on: false, offset, line, progress, gap, last: false }
}

/// Whether nobody will write to a file that is read to its end: renamed or deleted, and quiet for long enough.
fn is_over(reader: &Reader, now: Duration, quiet: Duration) -> bool {
    let quiet = if reader.is_gone { quiet.min(QUIET_DELETED) } else { quiet };
    let quiet = if fault::guards("quiet-time") { quiet } else { Duration::ZERO };
    matches!(reader.input, Input::Plain(_))
        && reader.generation.state == GenerationState::Rotated
        && now.saturating_sub(reader.quiet_since) >= quiet
}
