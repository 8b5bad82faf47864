//! Reading on in a plain file: whole lines, the check of the bytes before them, and what lies between lines and is none
//! of them.
//!
//! Where a writer went on at its old place in a file that was emptied meanwhile, or the machine fell over, a run of NUL
//! stands in the file, often without a block on the disk. It ends the line before it and is no line itself. A run that
//! reaches to the file's end is room that is not written yet (some writers ask for it in advance), and waited at.

use std::fs::File;
use std::io;
use std::time::Duration;

use super::{Reader, Step, Want};
use crate::event::GapCause;
use crate::fault;
use crate::source::sys;

/// So many NUL in a row are a hole, and no text in any encoding.
const NUL_RUN: usize = 64;
/// How long a last line without newline must not have grown before it is looked at without being committed. Servers
/// that write from a buffer (nginx: `flush=1m`) leave lines in halves for a minute.
const PARTIAL_QUIET: Duration = Duration::from_mins(2);
/// How long a file of another machine may seem shorter than what was read of it: NFS keeps sizes for 3 to 60 s, and
/// for 3 s in a file that changes.
const STALE: Duration = Duration::from_secs(5);

impl Reader {
    pub(super) fn step_plain(&mut self, file: &File, want: &Want) -> io::Result<Step> {
        let stat = sys::stat_of(file)?;
        let from = self.generation.offset;
        if stat.size < from {
            return Ok(if self.is_truncated(&stat, want.now) {
                Step::Changed(GapCause::Truncated)
            } else {
                Step::Nothing
            });
        }
        self.short_since = None;
        let is_quiet = want.now.saturating_sub(self.quiet_since) >= PARTIAL_QUIET;
        let finish = want.finish || want.ending || is_quiet;
        let is_known = stat.size == self.seen && stat.modified_ns == self.modified_ns;
        if is_known && (stat.size == from || !finish || self.fragment == stat.size) {
            return Ok(Step::Nothing);
        }
        // The bytes before the place are read again together with the new ones: the file may have been truncated and
        // have grown past the place since the last look. Before the first one stands nothing, but the beginning is known.
        if from == 0 && !self.has_its_head(file)? && fault::guards("marker") {
            return Ok(Step::Changed(GapCause::Vanished));
        }
        let before = self.marker.len();
        let end = stat.size.min(from + want.max as u64);
        let mut bytes = sys::range(file, from - before as u64, end)?;
        if bytes.len() < before {
            return Ok(Step::Changed(GapCause::Truncated));
        }
        if bytes[..before] != self.marker[..] && fault::guards("marker") {
            return Ok(Step::Changed(GapCause::Vanished));
        }
        bytes.drain(..before);
        if from + bytes.len() as u64 != self.seen {
            self.quiet_since = want.now;
        }
        self.modified_ns = stat.modified_ns;
        self.seen = from + bytes.len() as u64;
        let mut hole = hole(&bytes);
        if let Some(at) = hole {
            match data_after(file, from + at as u64, stat.size)? {
                Some(data) if at == 0 => return Ok(self.skip(data)),
                Some(_) => {
                    bytes.truncate(at);
                    self.seen = from + at as u64;
                }
                None if want.ending => {
                    bytes.truncate(at);
                    hole = None;
                }
                None => {
                    // The line before it may be in the making.
                    bytes.truncate(memchr::memrchr(b'\n', &bytes[..at]).map_or(0, |newline| newline + 1));
                    self.seen = stat.size;
                }
            }
        }
        let line = self.generation.lines + 1;
        // A window is one once something follows it: the last one of a line is told as such.
        let is_window = bytes.len() == want.max && stat.size > end;
        let is_whole = hole.is_some() || is_window;
        self.window.0 = self.shared(file)?;
        let cut = match memchr::memrchr(b'\n', &bytes) {
            _ if hole.is_some() || !fault::guards("whole-lines") => bytes.len(),
            Some(newline) => newline + 1,
            None if is_whole => bytes.len(),
            None if finish && !bytes.is_empty() && self.fragment != self.seen => {
                self.fragment = self.seen;
                return Ok(Step::Bytes { bytes, offset: from, line });
            }
            None => 0,
        };
        if cut == 0 {
            return Ok(Step::Nothing);
        }
        if self.seen < stat.size {
            self.seen = from + cut as u64;
        }
        bytes.truncate(cut);
        self.window.1 = is_window && bytes.last() != Some(&b'\n') && fault::guards("overlap");
        self.advance(&bytes);
        self.refresh_head(stat.size)?;
        Ok(Step::Bytes { bytes, offset: from, line })
    }

    /// Whether a file that is shorter than what was read of it was emptied. Another machine's file may only seem so.
    pub(super) fn is_truncated(&mut self, stat: &sys::Stat, now: Duration) -> bool {
        let since = *self.short_since.get_or_insert(now);
        let is_short = stat.size < self.generation.offset && fault::guards("truncation");
        is_short && (!self.is_remote || now.saturating_sub(since) >= STALE)
    }

    /// Passes over a hole that begins at the place.
    fn skip(&mut self, data: u64) -> Step {
        let hole = data - self.generation.offset;
        self.generation.offset = data;
        self.marker = vec![0; NUL_RUN];
        self.generation.marker = crate::source::identity::print(&self.marker);
        self.seen = data;
        Step::Hole(hole)
    }
}

/// Where a run of NUL begins.
fn hole(bytes: &[u8]) -> Option<usize> {
    if !fault::guards("holes") {
        return None;
    }
    let first = memchr::memchr(0, bytes)?;
    memchr::memmem::find(&bytes[first..], &[0; NUL_RUN]).map(|at| first + at)
}

/// Where the run of NUL at an offset ends; none where it goes on to the end of the file.
fn data_after(file: &File, hole: u64, size: u64) -> io::Result<Option<u64>> {
    let mut at = hole + NUL_RUN as u64;
    while at < size {
        // What lies in no block on the disk is not read.
        at = sys::data_from(file, at)?;
        let bytes = sys::range(file, at, size.min(at + (1 << 16)))?;
        match bytes.iter().position(|byte| *byte != 0) {
            // In UTF-16 the first byte of a character may be NUL too.
            Some(data) => {
                let is_wide = bytes.get(data + 1) == Some(&0) && data > 0;
                return Ok(Some(at + data as u64 - u64::from(is_wide)));
            }
            None if bytes.is_empty() => break,
            None => at += bytes.len() as u64,
        }
    }
    Ok(None)
}
