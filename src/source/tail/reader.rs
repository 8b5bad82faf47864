//! One generation that is being read: its file held open, its place, and the check that the bytes before that place
//! are still the ones that were read.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::batch::{Coverage, FileId, Generation, HEAD_BYTES_MAX};
use crate::event::GapCause;
use crate::fault;
use crate::line::{OVERLAP_BYTES, Origin};
use crate::source::blocks::Blocks;
use crate::source::body::{self, Form};
use crate::source::identity::{advance_marker, print};
use crate::source::siblings::folder_of;
use crate::source::{Error, sys};

mod plain;

/// A generation with its file.
#[derive(Debug)]
pub(super) struct Reader {
    pub(super) generation: Generation,
    /// The file that is read, which stays the same when the generation is recognised in a compressed copy.
    pub(super) held: FileId,
    pub(super) input: Input,
    /// Last written, nanoseconds since the epoch.
    pub(super) modified_ns: i64,
    /// The machine's uptime when it last grew, or lost its name.
    pub(super) quiet_since: Duration,
    /// Since when it is shorter than what was read of it.
    short_since: Option<Duration>,
    /// Whether another machine may change it.
    pub(super) is_remote: bool,
    /// Deleted: no name leads to it any more.
    pub(super) is_gone: bool,
    /// What was read since it was taken up, for the ledger.
    coverage: Coverage,
    /// Bytes on disk at the last look.
    disk_bytes: u64,
    /// Up to where it is read before it is let go, so that its bytes leave the disk.
    last_byte: Option<u64>,
    /// The bytes before the offset.
    marker: Vec<u8>,
    /// Up to where bytes were looked at, a last line without newline included.
    seen: u64,
    /// End of the unfinished line that was delivered last, so that it is delivered once.
    fragment: u64,
    checked_ns: i64,
    /// What was read last is a window of a line: what the window before has shown of it, and whether it goes on.
    window: (Vec<u8>, bool),
}

#[derive(Debug)]
pub(super) enum Input {
    Plain(Arc<File>),
    /// Opened when its turn comes: years of archives would hold as many descriptors.
    Packed {
        path: PathBuf,
        blocks: Option<Box<Blocks>>,
    },
}

/// What a reader is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Want {
    /// Bytes at most.
    pub(super) max: usize,
    /// An unfinished last line too, uncommitted.
    pub(super) finish: bool,
    /// The same, and what stands before room that was never written: the file is left.
    pub(super) ending: bool,
    /// The machine's uptime.
    pub(super) now: Duration,
}

/// What one attempt to read brought.
#[derive(Debug)]
pub(super) enum Step {
    /// Bytes from an offset on; the generation is as it is after them.
    Bytes { bytes: Vec<u8>, offset: u64, line: u64 },
    /// So many NUL that are no line.
    Hole(u64),
    /// Nothing right now.
    Nothing,
    /// Other bytes stand in the file.
    Changed(GapCause),
    /// A compressed file is read to its end.
    Ended { damaged: bool },
    /// A compressed file was renamed before it was opened: the next rescan finds its new name. What is newer waits, or
    /// threads would end before their lines are read.
    Moved,
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
    pub(super) fn packed(generation: Generation, path: &Path, stat: &sys::Stat) -> Self {
        Self::new(generation, stat, Input::Packed { path: path.to_owned(), blocks: None })
    }

    fn new(generation: Generation, stat: &sys::Stat, input: Input) -> Self {
        Self {
            held: stat.file,
            modified_ns: stat.modified_ns,
            quiet_since: sys::uptime(),
            short_since: None,
            is_remote: false,
            is_gone: false,
            coverage: Coverage::begin(generation.offset, &generation.covered),
            disk_bytes: 0,
            last_byte: None,
            marker: Vec::new(),
            seen: generation.offset,
            fragment: 0,
            checked_ns: i64::MIN,
            window: (Vec::new(), false),
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

    /// Of the window of a line that was read last: what the window before has shown of it, and whether the line goes on.
    pub(super) fn window(&mut self) -> (Vec<u8>, bool) {
        std::mem::take(&mut self.window)
    }

    /// What two windows of a line share, where the place is within a line.
    fn shared(&self, file: &File) -> io::Result<Vec<u8>> {
        let at = self.generation.offset;
        let is_within = self.marker.last().is_some_and(|byte| !matches!(byte, b'\n' | 0));
        let from = at.saturating_sub(OVERLAP_BYTES as u64);
        if is_within && fault::guards("overlap") { sys::range(file, from, at) } else { Ok(Vec::new()) }
    }

    /// What it holds of the disk while no name leads to it.
    pub(super) fn held_bytes(&self) -> u64 {
        if self.is_gone { self.disk_bytes } else { 0 }
    }

    /// Has it left once what stands in it now is read.
    pub(super) fn let_go(&mut self) {
        self.last_byte.get_or_insert(self.seen.max(self.generation.offset).max(self.disk_bytes));
    }

    /// Whether it is to be left, read to its end or not.
    pub(super) fn is_let_go(&self) -> bool {
        self.last_byte.is_some()
    }

    /// Whether it is to be left now.
    pub(super) fn is_due(&self) -> bool {
        self.last_byte.is_some_and(|last| self.generation.offset >= last)
    }

    /// Up to where its bytes were looked at, a last line without newline included.
    pub(super) fn seen(&self) -> u64 {
        self.seen
    }

    /// Whether a look at its name says something else than the last look at its bytes.
    pub(super) fn differs(&self, stat: &sys::Stat) -> bool {
        stat.size != self.seen || stat.modified_ns != self.modified_ns
    }

    /// Whether there are bytes that nobody looked at yet.
    pub(super) fn has_more(&self) -> bool {
        match &self.input {
            Input::Plain(file) => sys::stat_of(file).is_ok_and(|stat| stat.size > self.seen),
            Input::Packed { blocks, .. } => blocks.as_ref().is_none_or(|blocks| !blocks.is_finished()),
        }
    }

    /// Bytes that are there and not read yet; of an archive it is not known.
    pub(super) fn behind(&self) -> u64 {
        match &self.input {
            Input::Plain(file) => {
                sys::stat_of(file).map_or(0, |stat| stat.size.saturating_sub(self.generation.offset))
            }
            Input::Packed { .. } => 0,
        }
    }

    /// An archive of which no descriptor is held yet: once its name is gone, so are its bytes.
    pub(super) fn is_unopened(&self) -> bool {
        matches!(self.input, Input::Packed { blocks: None, .. })
    }

    /// Looks at the held file: whether it shrank or was overwritten, and whether it has a name.
    pub(super) fn check(&mut self, now: Duration) -> io::Result<Option<GapCause>> {
        let Input::Plain(file) = &self.input else { return Ok(None) };
        let stat = sys::stat_of(file)?;
        self.is_gone = stat.links == 0;
        self.disk_bytes = stat.held;
        if stat.size < self.generation.offset {
            if self.is_remote && self.is_another(file)? {
                return Ok(Some(GapCause::Vanished));
            }
            return Ok(self.is_truncated(&stat, now).then_some(GapCause::Truncated));
        }
        if stat.modified_ns == self.checked_ns {
            return Ok(None);
        }
        let has_its_head = self.has_its_head(file)?;
        let end = self.generation.offset;
        let marker = sys::range(file, end - self.marker.len() as u64, end)?;
        let is_marked = marker == self.marker || !fault::guards("marker");
        if !has_its_head || !is_marked {
            return Ok(Some(GapCause::Vanished));
        }
        self.checked_ns = stat.modified_ns;
        self.refresh_head(stat.size)?;
        Ok(None)
    }

    /// Whether it begins with the bytes by which it is known.
    fn has_its_head(&self, file: &File) -> io::Result<bool> {
        let head = sys::range(file, 0, self.generation.head_len)?;
        Ok(print(&head) == self.generation.head_hash)
    }

    /// Whether another file stands under its name, by the beginning of the bytes.
    fn is_another(&self, file: &File) -> io::Result<bool> {
        let head = sys::range(file, 0, self.generation.head_len)?;
        Ok(head.len() as u64 == self.generation.head_len && print(&head) != self.generation.head_hash)
    }

    /// Whether it seems shorter than what was read of it, and it is too early to believe it.
    pub(super) fn is_short(&self) -> bool {
        self.short_since.is_some()
    }

    /// The next bytes.
    pub(super) fn step(&mut self, want: &Want) -> Result<Step, Error> {
        let path = PathBuf::from(&self.generation.path);
        match &self.input {
            Input::Plain(file) => {
                let file = Arc::clone(file);
                self.step_plain(&file, want).map_err(|cause| Error::io(&path, cause))
            }
            Input::Packed { .. } => self.step_packed(want.max),
        }
    }

    fn step_packed(&mut self, max: usize) -> Result<Step, Error> {
        let held = self.held;
        let Input::Packed { path, blocks } = &mut self.input else { return Ok(Step::Nothing) };
        let path = path.clone();
        let failed = |cause| Error::io(&path, cause);
        let is_new = blocks.is_none();
        if is_new {
            let (file, stat) = match sys::open(&path, sys::Links::DownTo(&folder_of(&path))) {
                Err(error) if error.is_missing() => return Ok(Step::Moved),
                opened => opened?,
            };
            if stat.file != held {
                return Ok(Step::Moved);
            }
            *blocks = Some(Box::new(Blocks::new(body::bytes(&file, Form::of(&path)))));
        }
        let Some(blocks) = blocks else { return Ok(Step::Nothing) };
        if is_new {
            self.marker = blocks.skip_to(self.generation.offset).map_err(failed)?;
            let is_same = self.generation.marker.is_empty() || print(&self.marker) == self.generation.marker;
            if blocks.offset == self.generation.offset && !is_same {
                return Ok(Step::Changed(GapCause::Vanished));
            }
        }
        let piece = blocks.next(max).map_err(failed)?.map(|piece| {
            let before = piece.whole[..piece.whole.len() - piece.bytes.len()].to_vec();
            self.window = (before, piece.goes_on);
            (piece.bytes.to_vec(), piece.offset)
        });
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
            && (length == HEAD_BYTES_MAX || fault::guards("short-beginning"))
        {
            let head = sys::range(file, 0, length)?;
            self.generation.head_len = head.len() as u64;
            self.generation.head_hash = print(&head);
        }
        Ok(())
    }
}
