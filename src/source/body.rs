//! The bytes of a log, whether its file is plain or packed, and prints to recognise them by.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;

use super::identity::{Prints, advance_marker};
use super::packing::Packing;
use super::sys;
use crate::batch::{HEAD_BYTES_MAX, MARKER_BYTES_MAX};

/// How a file holds its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Plain,
    Packed(Packing),
}

impl Form {
    /// By the file's name: what rotation and people go by.
    pub(super) fn of(path: &Path) -> Self {
        let name = path.file_name().unwrap_or_default();
        Packing::strip(name.as_bytes()).map_or(Self::Plain, |(_, packing)| Self::Packed(packing))
    }
}

/// Reads a shared descriptor from a place of its own; the descriptor's own offset is never used.
#[derive(Debug)]
struct Cursor {
    file: Arc<File>,
    at: u64,
}

impl Read for Cursor {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = sys::read_at(&self.file, buffer, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

/// The decompressed bytes of a file, from its beginning. Those of a plain file go straight into the buffer that is read
/// into.
pub(super) fn bytes(file: &Arc<File>, form: Form) -> Box<dyn Read + Send> {
    match form {
        Form::Plain => plain_from(file, 0),
        Form::Packed(packing) => {
            let cursor = Cursor { file: Arc::clone(file), at: 0 };
            packing.unpack(BufReader::with_capacity(1 << 16, cursor))
        }
    }
}

/// The bytes of a plain file from an offset on.
pub(super) fn plain_from(file: &Arc<File>, at: u64) -> Box<dyn Read + Send> {
    Box::new(Cursor { file: Arc::clone(file), at })
}

/// Whether an error says that compressed bytes are cut off or corrupt, not that the disk could not be read.
pub(super) fn is_damage(cause: &io::Error) -> bool {
    use io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
    cause.raw_os_error().is_none() && matches!(cause.kind(), UnexpectedEof | InvalidData | InvalidInput)
}

/// The beginning of a file, up to [`HEAD_BYTES_MAX`].
pub(super) fn head(file: &Arc<File>, form: Form) -> io::Result<Vec<u8>> {
    if form == Form::Plain {
        return sys::range(file, 0, HEAD_BYTES_MAX);
    }
    let mut head = Vec::new();
    let mut input = bytes(file, form).take(HEAD_BYTES_MAX);
    match input.read_to_end(&mut head) {
        Err(cause) if !is_damage(&cause) => Err(cause),
        _ => Ok(head),
    }
}

/// What is needed to recognise a file: a few reads of a plain one, one pass over a compressed one.
pub(super) fn prints(file: &Arc<File>, form: Form, at: &[u64]) -> io::Result<Prints> {
    let mut prints = Prints { head: head(file, form)?, ..Prints::default() };
    if form != Form::Plain {
        return packed_prints(file, form, prints, at);
    }
    prints.length = sys::stat_of(file)?.size;
    let before = |end: u64| sys::range(file, end.saturating_sub(MARKER_BYTES_MAX), end);
    prints.tail = before(prints.length)?;
    for &offset in at.iter().filter(|&&offset| offset <= prints.length) {
        prints.markers.push((offset, before(offset)?));
    }
    Ok(prints)
}

fn packed_prints(file: &Arc<File>, form: Form, mut prints: Prints, at: &[u64]) -> io::Result<Prints> {
    let mut wanted = at.to_vec();
    wanted.sort_unstable();
    wanted.dedup();
    let mut wanted = wanted.into_iter().peekable();
    let mut input = bytes(file, form);
    let mut block = vec![0; 1 << 16];
    loop {
        let read = match input.read(&mut block) {
            Ok(read) => read,
            Err(cause) if is_damage(&cause) => {
                prints.damaged = true;
                0
            }
            Err(cause) => return Err(cause),
        };
        let end = prints.length + read as u64;
        while let Some(offset) = wanted.next_if(|&offset| offset <= end) {
            let mut marker = prints.tail.clone();
            advance_marker(&mut marker, &block[..(offset - prints.length) as usize]);
            prints.markers.push((offset, marker));
        }
        if read == 0 {
            return Ok(prints);
        }
        advance_marker(&mut prints.tail, &block[..read]);
        prints.length = end;
    }
}

/// Length that a packed file claims for itself: what a skipped archive is recorded with. That of gzip, in its last four
/// bytes, is wrong above 4 GiB and for several members, and others claim none where they were packed from a pipe, as
/// logrotate does it; then a later look at what has the same bytes and another inode ends in reading it, never in
/// skipping.
pub(super) fn claimed_length(file: &File, packing: Packing, size: u64) -> io::Result<u64> {
    if packing != Packing::Gzip {
        return Ok(0);
    }
    let claim = sys::range(file, size.saturating_sub(4), size)?;
    Ok(claim.try_into().map_or(0, |claim| u64::from(u32::from_le_bytes(claim))))
}

/// When the file that was packed was last written, where it is said: gzip alone has a place for it (RFC 1952, MTIME).
pub(super) fn written(file: &File, form: Form) -> io::Result<Option<i64>> {
    if form != Form::Packed(Packing::Gzip) {
        return Ok(None);
    }
    let head = sys::range(file, 0, 8)?;
    let seconds = head.strip_prefix(b"\x1f\x8b").and_then(|rest| rest.get(2..6)?.try_into().ok());
    Ok(seconds.map(u32::from_le_bytes).filter(|seconds| *seconds > 0).map(i64::from))
}

/// Newlines in some bytes.
pub(super) fn newlines(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

/// Newlines in a range of a plain file, and the offset behind the last of them.
pub(super) fn count_lines(file: &File, from: u64, to: u64) -> io::Result<(u64, u64)> {
    let (mut lines, mut end, mut at) = (0, from, from);
    while at < to {
        let bytes = sys::range(file, at, to.min(at + (1 << 20)))?;
        if bytes.is_empty() {
            break;
        }
        lines += newlines(&bytes);
        if let Some(newline) = memchr::memrchr(b'\n', &bytes) {
            end = at + newline as u64 + 1;
        }
        at += bytes.len() as u64;
    }
    Ok((lines, end))
}
