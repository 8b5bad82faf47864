//! Finished files for `replay` and `scan`: plain or packed, folders, standard input.

use std::io::{self, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use sha2::{Digest, Sha256};

use super::blocks::{Blocks, LINE_BYTES_MAX};
use super::body::{self, Form, newlines};
use super::{Error, siblings, sys};
use crate::event::{Gap, GapCause};
use crate::line::{Origin, SourceId};

pub use super::blocks::Piece;

/// A file to be read once, from its beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// The file; `-` is standard input.
    pub path: PathBuf,
    /// Its source: the name of the live file it was rotated from.
    pub source: SourceId,
}

/// What was read of an input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Decompressed bytes.
    pub bytes: u64,
    /// Lines, a last one without newline included.
    pub lines: u64,
    /// SHA-256 of the decompressed bytes, hex, where it was asked for.
    pub sha256: Option<String>,
    /// What could not be read.
    pub gaps: Vec<Gap>,
}

/// Finds the files to read: folders are walked, symlinks in them are not followed; sorted, each file once.
pub fn inputs(paths: &[PathBuf]) -> Result<Vec<Input>, Vec<Error>> {
    let (mut found, mut errors) = (Vec::new(), Vec::new());
    for path in paths {
        if path == Path::new("-") {
            found.push(path.clone());
            continue;
        }
        match sys::stat(path, true) {
            Ok(_) if path.is_dir() => walk(path, &mut found, &mut errors),
            Ok(stat) => match stat.regular(path) {
                Ok(()) => found.push(path.clone()),
                Err(error) => errors.push(error),
            },
            Err(error) => errors.push(error),
        }
    }
    found.sort();
    found.dedup();
    if !errors.is_empty() {
        return Err(errors);
    }
    Ok(found.into_iter().map(|path| Input { source: source_of(&path), path }).collect())
}

/// The source of a file by its name alone: without the suffixes of rotation and packing.
pub fn source_of(path: &Path) -> SourceId {
    let live = siblings::live_name(path).unwrap_or_else(|| match Form::of(path) {
        Form::Packed(_) => path.with_extension(""),
        Form::Plain => path.to_owned(),
    });
    SourceId::new(&live.to_string_lossy())
}

/// An input that is being read, in blocks of whole lines.
#[derive(Debug)]
pub struct Reader {
    path: PathBuf,
    origin: Origin,
    blocks: Blocks,
    hash: Option<Sha256>,
}

/// How much of a file is looked at to recognise its format.
const HEAD_BYTES: usize = 64 << 10;
/// So many lines show what it is; where they are not in as many bytes, lines are long, and more bytes are looked at.
const HEAD_LINES: u64 = 64;

impl Reader {
    /// Opens an input. A damaged archive is delivered as far as it goes, with a gap.
    pub fn open(input: &Input) -> Result<Self, Error> {
        let (stream, modified) = open(input)?;
        Ok(Self::new(input, Blocks::new(stream), modified))
    }

    /// Opens the lines of a plain file that begin in a range of it, whose numbers count from 1 there.
    pub fn part(input: &Input, range: &Range<u64>) -> Result<Self, Error> {
        let (file, stat) = sys::open(&input.path, sys::Links::Followed)?;
        sys::will_be_read(&file);
        let blocks = Blocks::part(&file, range).map_err(|cause| Error::io(&input.path, cause))?;
        Ok(Self::new(input, blocks, stat.modified()))
    }

    fn new(input: &Input, blocks: Blocks, modified: i64) -> Self {
        let path = input.path.to_string_lossy().as_ref().into();
        let origin = Origin { source: input.source.clone(), path, modified };
        Self { path: input.path.clone(), origin, blocks, hash: None }
    }

    /// The same; what is compressed is decompressed by a thread of its own.
    #[must_use]
    pub fn beside(self) -> Self {
        let is_plain = Form::of(&self.path) == Form::Plain && self.path != Path::new("-");
        if is_plain { self } else { Self { blocks: self.blocks.beside(), ..self } }
    }

    /// With a buffer that another reader has left.
    #[must_use]
    pub fn with_buffer(self, buffer: Vec<u8>) -> Self {
        Self { blocks: self.blocks.with_buffer(buffer), ..self }
    }

    /// With the SHA-256 of all that is delivered.
    #[must_use]
    pub fn with_hash(self) -> Self {
        Self { hash: Some(Sha256::new()), ..self }
    }

    /// The file.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Where the next block starts.
    pub fn offset(&self) -> u64 {
        self.blocks.offset
    }

    /// Whether there is none.
    pub fn is_finished(&self) -> bool {
        self.blocks.is_finished()
    }

    /// How many lines have ended before it.
    pub fn lines(&self) -> u64 {
        self.blocks.line - 1
    }

    /// Whether the next block starts with the beginning of a line.
    pub fn is_at_line(&self) -> bool {
        self.blocks.is_at_line
    }

    /// What the next lines are recognised by: 64 KiB, or 1 MiB where that is a few lines only.
    pub fn head(&mut self) -> Result<&[u8], Error> {
        let failed = |cause| Error::io(&self.path, cause);
        let head = self.blocks.peek(HEAD_BYTES).map_err(failed)?;
        let len = if newlines(head) < HEAD_LINES { LINE_BYTES_MAX } else { HEAD_BYTES };
        self.blocks.peek(len).map_err(failed)
    }

    /// Lets a block end before the first line that begins at an offset or after it.
    pub fn stop_at(&mut self, offset: u64) {
        self.blocks.stop_at(offset);
    }

    /// The next block: the lines in `max` bytes, in more where no line ends in them; of a line above 1 MiB a window.
    pub fn next(&mut self, max: usize) -> Result<Option<Piece<'_>>, Error> {
        let piece = self.blocks.next(max).map_err(|cause| Error::io(&self.path, cause))?;
        if let (Some(piece), Some(hash)) = (&piece, &mut self.hash) {
            hash.update(piece.bytes);
        }
        Ok(piece)
    }

    /// What was read, and the buffer.
    pub fn totals(self) -> (Totals, Vec<u8>) {
        let Self { blocks, hash, .. } = self;
        let gap = Gap { cause: GapCause::Damaged, from: blocks.offset, to: None };
        let totals = Totals {
            bytes: blocks.offset,
            lines: blocks.line - 1 + u64::from(!blocks.is_at_line),
            sha256: hash.map(|hash| data_encoding::HEXLOWER.encode(&hash.finalize())),
            gaps: if blocks.damaged { vec![gap] } else { Vec::new() },
        };
        (totals, blocks.into_buffer())
    }
}

/// The size of a plain file; of others it is not known before they are read.
pub fn plain_size(input: &Input) -> Option<u64> {
    let is_plain = input.path != Path::new("-") && Form::of(&input.path) == Form::Plain;
    is_plain.then(|| sys::stat(&input.path, true).ok().map(|stat| stat.size))?
}

/// The last bytes of a plain file, from the start of a line on; nothing of one that has to be read to its end for them.
pub fn last_lines(input: &Input, max: u64) -> Result<Vec<u8>, Error> {
    if input.path == Path::new("-") || Form::of(&input.path) != Form::Plain {
        return Ok(Vec::new());
    }
    let (file, stat) = sys::open(&input.path, sys::Links::Followed)?;
    let from = stat.size.saturating_sub(max);
    let mut bytes = sys::range(&file, from, stat.size).map_err(|cause| Error::io(&input.path, cause))?;
    if from > 0 {
        let cut = memchr::memchr(b'\n', &bytes).map_or(bytes.len(), |newline| newline + 1);
        bytes.drain(..cut);
    }
    Ok(bytes)
}

/// The bytes of an input, and when it was last written, in seconds: what comes in by a pipe is written now, and a gzip
/// file says when that was which was compressed.
fn open(input: &Input) -> Result<(Box<dyn Read + Send>, i64), Error> {
    if input.path == Path::new("-") {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        return Ok((Box::new(io::stdin()), now.map_or(0, |now| now.as_secs() as i64)));
    }
    let (file, stat) = sys::open(&input.path, sys::Links::Followed)?;
    sys::will_be_read(&file);
    let form = Form::of(&input.path);
    let written = body::written(&file, form).map_err(|cause| Error::io(&input.path, cause))?;
    let modified = written.map_or(stat.modified(), |written| written.min(stat.modified()));
    Ok((body::bytes(&file, form), modified))
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>, errors: &mut Vec<Error>) {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(cause) => return errors.push(Error::io(folder, cause)),
    };
    for entry in entries {
        match entry.and_then(|entry| Ok((entry.path(), entry.file_type()?))) {
            Ok((path, kind)) if kind.is_dir() => walk(&path, found, errors),
            Ok((path, kind)) if kind.is_file() => found.push(path),
            Ok(_) => {}
            Err(cause) => errors.push(Error::io(folder, cause)),
        }
    }
}

#[cfg(test)]
mod tests;
