//! One generation that is being read: its file held open, its place, and the check that the bytes before that place
//! are still the ones that were read.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use crate::batch::{Coverage, FileId, Generation, HEAD_BYTES_MAX};
use crate::event::GapCause;
use crate::line::Origin;
use crate::source::blocks::Blocks;
use crate::source::body::{self, Form};
use crate::source::identity::{advance_marker, print};
use crate::source::{Error, sys};

/// A generation with its file.
#[derive(Debug)]
pub(super) struct Reader {
    pub(super) generation: Generation,
    /// The file that is read, which stays the same when the generation is recognised in a compressed copy.
    pub(super) held: FileId,
    pub(super) input: Input,
    /// Last written, nanoseconds since the epoch.
    pub(super) modified_ns: i64,
    /// When it last grew, or lost its name.
    pub(super) quiet_since: Instant,
    /// Deleted: no name leads to it any more.
    pub(super) is_gone: bool,
    /// What was read since it was taken up, for the ledger.
    coverage: Coverage,
    /// The bytes before the offset.
    marker: Vec<u8>,
    /// Up to where bytes were looked at, a last line without newline included.
    seen: u64,
    /// End of the unfinished line that was delivered last, so that it is delivered once.
    fragment: u64,
    checked_ns: i64,
}

#[derive(Debug)]
pub(super) enum Input {
    Plain(Arc<File>),
    /// Opened when its turn comes: years of archives would hold as many descriptors.
    Gzip {
        path: PathBuf,
        blocks: Option<Box<Blocks>>,
    },
}

/// What one attempt to read brought.
#[derive(Debug)]
pub(super) enum Step {
    /// Bytes from an offset on; the generation is as it is after them.
    Bytes { bytes: Vec<u8>, offset: u64, line: u64 },
    /// Nothing right now.
    Nothing,
    /// Other bytes stand in the file.
    Changed(GapCause),
    /// A compressed file is read to its end.
    Ended { damaged: bool },
    /// A compressed file is still being written.
    Unfinished,
}

impl Reader {
    /// A plain file from the generation's offset on.
    pub(super) fn plain(generation: Generation, file: Arc<File>, stat: &sys::Stat) -> io::Result<Self> {
        let marker = sys::range(
            &file,
            generation.offset.saturating_sub(crate::batch::MARKER_BYTES_MAX),
            generation.offset,
        )?;
        let mut reader = Self::new(generation, stat, Input::Plain(file));
        reader.marker = marker;
        reader.refresh_head(stat.size)?;
        Ok(reader)
    }

    /// A compressed file from the generation's offset on.
    pub(super) fn gzip(generation: Generation, path: &Path, stat: &sys::Stat) -> Self {
        Self::new(generation, stat, Input::Gzip { path: path.to_owned(), blocks: None })
    }

    fn new(generation: Generation, stat: &sys::Stat, input: Input) -> Self {
        Self {
            held: stat.file,
            modified_ns: stat.modified_ns,
            quiet_since: Instant::now(),
            is_gone: false,
            coverage: Coverage::begin(generation.offset, &generation.covered),
            marker: Vec::new(),
            seen: generation.offset,
            fragment: 0,
            checked_ns: i64::MIN,
            input,
            generation,
        }
    }

    pub(super) fn origin(&self) -> Origin {
        Origin {
            source: self.generation.source.clone(),
            path: self.generation.path.as_str().into(),
            modified: self.modified_ns.div_euclid(1_000_000_000),
        }
    }

    /// Whether there are bytes that nobody looked at yet.
    pub(super) fn has_more(&self) -> bool {
        match &self.input {
            Input::Plain(file) => sys::stat_of(file).is_ok_and(|stat| stat.size > self.seen),
            Input::Gzip { blocks, .. } => blocks.as_ref().is_none_or(|blocks| !blocks.is_finished()),
        }
    }

    /// Bytes that are there and not read yet; of an archive it is not known.
    pub(super) fn behind(&self) -> u64 {
        match &self.input {
            Input::Plain(file) => {
                sys::stat_of(file).map_or(0, |stat| stat.size.saturating_sub(self.generation.offset))
            }
            Input::Gzip { .. } => 0,
        }
    }

    /// An archive of which no descriptor is held yet: once its name is gone, so are its bytes.
    pub(super) fn is_unopened(&self) -> bool {
        matches!(self.input, Input::Gzip { blocks: None, .. })
    }

    /// Looks at the held file: whether it shrank or was overwritten, and whether it has a name.
    pub(super) fn check(&mut self) -> io::Result<Option<GapCause>> {
        let Input::Plain(file) = &self.input else { return Ok(None) };
        let stat = sys::stat_of(file)?;
        self.is_gone = stat.links == 0;
        if stat.size < self.generation.offset {
            return Ok(Some(GapCause::Truncated));
        }
        if stat.modified_ns == self.checked_ns {
            return Ok(None);
        }
        let head = sys::range(file, 0, self.generation.head_len)?;
        let end = self.generation.offset;
        let marker = sys::range(file, end - self.marker.len() as u64, end)?;
        if print(&head) != self.generation.head_hash || marker != self.marker {
            return Ok(Some(GapCause::Vanished));
        }
        self.checked_ns = stat.modified_ns;
        self.refresh_head(stat.size)?;
        Ok(None)
    }

    /// The next bytes. `finish` also brings an unfinished last line, uncommitted; `ending` brings and commits it.
    pub(super) fn step(&mut self, max: usize, finish: bool, ending: bool) -> Result<Step, Error> {
        let path = PathBuf::from(&self.generation.path);
        match &self.input {
            Input::Plain(file) => {
                let file = Arc::clone(file);
                self.step_plain(&file, max, finish, ending).map_err(|cause| Error::io(&path, cause))
            }
            Input::Gzip { .. } => self.step_gzip(max),
        }
    }

    fn step_plain(&mut self, file: &File, max: usize, finish: bool, ending: bool) -> io::Result<Step> {
        let stat = sys::stat_of(file)?;
        let from = self.generation.offset;
        if stat.size < from {
            return Ok(Step::Changed(GapCause::Truncated));
        }
        let is_known = stat.size == self.seen && stat.modified_ns == self.modified_ns;
        if is_known && (stat.size == from || !(ending || finish && self.fragment != stat.size)) {
            return Ok(Step::Nothing);
        }
        // The bytes before the place are read again together with the new ones: the file may have been truncated and
        // have grown past the place since the last look.
        let before = self.marker.len();
        let end = stat.size.min(from + max as u64);
        let mut bytes = sys::range(file, from - before as u64, end)?;
        if bytes.len() < before {
            return Ok(Step::Changed(GapCause::Truncated));
        }
        if bytes[..before] != self.marker[..] {
            return Ok(Step::Changed(GapCause::Vanished));
        }
        bytes.drain(..before);
        if from + bytes.len() as u64 != self.seen {
            self.quiet_since = Instant::now();
        }
        self.modified_ns = stat.modified_ns;
        self.seen = from + bytes.len() as u64;
        let line = self.generation.lines + 1;
        let cut = match memchr::memrchr(b'\n', &bytes) {
            Some(newline) => newline + 1,
            None if bytes.len() == max || ending => bytes.len(),
            None if finish && !bytes.is_empty() && self.fragment != self.seen => {
                self.fragment = self.seen;
                return Ok(Step::Bytes { bytes, offset: from, line });
            }
            None => 0,
        };
        if cut == 0 {
            return Ok(Step::Nothing);
        }
        if cut < bytes.len() && self.seen < stat.size {
            self.seen = from + cut as u64;
        }
        bytes.truncate(cut);
        self.advance(&bytes);
        self.refresh_head(stat.size)?;
        Ok(Step::Bytes { bytes, offset: from, line })
    }

    fn step_gzip(&mut self, max: usize) -> Result<Step, Error> {
        let held = self.held;
        let Input::Gzip { path, blocks } = &mut self.input else { return Ok(Step::Nothing) };
        let path = path.clone();
        let failed = |cause| Error::io(&path, cause);
        let is_new = blocks.is_none();
        if is_new {
            let (file, stat) = match sys::open(&path, false) {
                Err(error) if error.is_missing() => return Ok(Step::Nothing),
                opened => opened?,
            };
            if stat.file != held {
                return Ok(Step::Nothing); // renamed meanwhile: the next rescan finds its new name
            }
            *blocks = Some(Box::new(Blocks::new(body::bytes(&file, Form::Gzip))));
        }
        let Some(blocks) = blocks else { return Ok(Step::Nothing) };
        if is_new {
            self.marker = blocks.skip_to(self.generation.offset).map_err(failed)?;
            let is_same = self.generation.marker.is_empty() || print(&self.marker) == self.generation.marker;
            if blocks.offset == self.generation.offset && !is_same {
                return Ok(Step::Changed(GapCause::Vanished));
            }
        }
        let piece = blocks.next(max).map_err(failed)?.map(|piece| (piece.bytes.to_vec(), piece.offset));
        let is_open = piece.as_ref().is_none_or(|(bytes, _)| bytes.last() != Some(&b'\n'));
        if blocks.damaged
            && is_open
            && sys::stat(&path, false).is_ok_and(|stat| stat.modified_ns != self.modified_ns)
        {
            return Ok(Step::Unfinished);
        }
        let damaged = blocks.damaged;
        let Some((bytes, offset)) = piece else { return Ok(Step::Ended { damaged }) };
        let line = self.generation.lines + 1;
        self.advance(&bytes);
        self.seen = self.generation.offset;
        Ok(Step::Bytes { bytes, offset, line })
    }

    fn advance(&mut self, bytes: &[u8]) {
        advance_marker(&mut self.marker, bytes);
        self.coverage.take(self.generation.offset, bytes);
        self.generation.covered = self.coverage.covered();
        self.generation.offset += bytes.len() as u64;
        self.generation.lines += body::newlines(bytes);
        self.generation.marker = print(&self.marker);
    }

    /// The head grows with the file until it is full; what it covered is still the same, or the file was overwritten.
    fn refresh_head(&mut self, size: u64) -> io::Result<()> {
        let length = size.min(HEAD_BYTES_MAX);
        if let Input::Plain(file) = &self.input
            && length > self.generation.head_len
        {
            let head = sys::range(file, 0, length)?;
            self.generation.head_len = head.len() as u64;
            self.generation.head_hash = print(&head);
        }
        Ok(())
    }
}
