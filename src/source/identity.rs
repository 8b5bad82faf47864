//! Whether the bytes that stand in a file now are the ones we were reading. Pure: what was stored and what was
//! observed go in, a decision comes out.
//!
//! Device, inode and birth time come first, because many logs begin alike (`#Software: …`); content is the check
//! on them (ext4 gives a deleted file's inode to the next one at once) and the only means once a file was
//! copied or compressed. Any doubt ends in reading again.

use std::path::PathBuf;

use sha2::{Digest, Sha256};

use crate::batch::{FileId, Generation, HEAD_BYTES_MAX, MARKER_BYTES_MAX};
use crate::event::GapCause;
use crate::fault;

/// A file as it stands now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// Its name.
    pub path: PathBuf,
    /// Which file it is.
    pub file: FileId,
    /// The generation of its inode, 0 where it is not known.
    pub version: u32,
    /// Bytes on disk.
    pub size: u64,
    /// Whether the log's bytes are compressed in it.
    pub compressed: bool,
    /// Whether it stands under the path of its source.
    pub is_live: bool,
}

/// What was read of a file to recognise it. Lengths and offsets are those of the decompressed bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prints {
    /// Its length.
    pub length: u64,
    /// Its first bytes, up to [`crate::batch::HEAD_BYTES_MAX`].
    pub head: Vec<u8>,
    /// The up to [`MARKER_BYTES_MAX`] bytes before each offset asked for that the file reaches.
    pub markers: Vec<(u64, Vec<u8>)>,
    /// The same before its end.
    pub tail: Vec<u8>,
    /// Whether a compressed file ended in the middle.
    pub damaged: bool,
}

/// What to do with a file, given a generation that we know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The same file, grown or not: go on at the stored offset.
    Resume,
    /// Another file with the same bytes (renamed, copied, compressed): go on in it at the stored offset.
    Continue,
    /// The same file with other bytes: a new generation at 0, and what is left of the old one may be lost.
    Restart(GapCause),
    /// Nothing to do with this generation.
    Stranger,
}

/// Compares a generation with a file. `prints` must answer for `stored.offset`; for the compressed file that the
/// generation was last seen in, its head is enough.
pub fn decide(stored: &Generation, observed: &Observed, prints: &Prints) -> Decision {
    let head_is_same = prints.head_print(stored.head_len).is_some_and(|head| head == stored.head_hash);
    let is_same_version = stored.version == observed.version || stored.version == 0 || observed.version == 0;
    if stored.file == observed.file && is_same_version {
        if !observed.compressed && prints.length < stored.offset {
            return Decision::Restart(GapCause::Truncated);
        }
        let is_same = head_is_same && (observed.compressed || is_marked(stored, prints));
        return if is_same { Decision::Resume } else { Decision::Restart(GapCause::Vanished) };
    }
    // An empty beginning tells nothing: every file has one. Nor does a short one of a live file: a service that writes
    // the same banner at each start makes it anew.
    let is_telling = stored.head_len > 0 && !(observed.is_live && stored.head_len < HEAD_BYTES_MAX);
    if is_telling && head_is_same && prints.length >= stored.offset && is_marked(stored, prints) {
        return Decision::Continue;
    }
    Decision::Stranger
}

/// A skipped archive has an offset and no marker, because it was not decompressed: only a file of exactly its length
/// is the same.
fn is_marked(stored: &Generation, prints: &Prints) -> bool {
    if !fault::guards("marker") {
        return true;
    }
    if stored.marker.is_empty() {
        return stored.offset == 0 || stored.offset == prints.length;
    }
    prints.marker_print(stored.offset).is_some_and(|marker| marker == stored.marker)
}

impl Prints {
    /// Hash of the first `length` bytes; none where the file is shorter.
    pub fn head_print(&self, length: u64) -> Option<String> {
        self.head.get(..length as usize).map(print)
    }

    /// Hash of the bytes before an offset; none where that offset was not asked for or does not exist.
    pub fn marker_print(&self, offset: u64) -> Option<String> {
        self.markers.iter().find(|(at, _)| *at == offset).map(|(_, bytes)| print(bytes))
    }
}

/// The first 128 bits of SHA-256, hex; empty for no bytes.
pub fn print(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return String::new();
    }
    data_encoding::HEXLOWER.encode(&Sha256::digest(bytes)[..16])
}

/// The last bytes of what was read so far: `marker` followed by `bytes`.
pub(super) fn advance_marker(marker: &mut Vec<u8>, bytes: &[u8]) {
    let keep = MARKER_BYTES_MAX as usize;
    marker.extend_from_slice(&bytes[bytes.len().saturating_sub(keep)..]);
    marker.drain(..marker.len().saturating_sub(keep));
}

#[cfg(test)]
mod tests;
