//! Deleted files that are held: their writers may go on, so they are read, but what they hold of the disk is seen by
//! nobody, and a writer that never closes its file would fill it.

use std::path::PathBuf;

use super::reader::Reader;
use super::{Notice, Tail};

/// What all deleted files together may hold of the disk.
pub(super) const HELD_BYTES_MAX: u64 = 1 << 30;

impl Tail {
    /// Sets how much of the disk deleted files may hold (1 GiB).
    #[must_use]
    pub fn held_bytes_max(mut self, bytes: u64) -> Self {
        self.setting.held_bytes_max = bytes;
        self
    }

    /// What deleted files held of the disk at the last look, in bytes.
    pub fn held_bytes(&self) -> u64 {
        self.sources.iter().flat_map(|source| &source.readers).map(Reader::held_bytes).sum()
    }

    /// Marks the largest deleted files to be let go, as soon as what stands in them now is read, until the rest is
    /// within the bound.
    pub(super) fn let_go(&mut self) -> Vec<Notice> {
        let mut notices = Vec::new();
        let mut held = self.held_bytes();
        let mut gone: Vec<_> = self
            .sources
            .iter_mut()
            .flat_map(|source| &mut source.readers)
            .filter(|reader| reader.held_bytes() > 0)
            .collect();
        gone.sort_by_key(|reader| std::cmp::Reverse(reader.held_bytes()));
        for reader in gone {
            if held <= self.setting.held_bytes_max {
                break;
            }
            held -= reader.held_bytes();
            reader.let_go();
            notices.push(Notice {
                path: PathBuf::from(&reader.generation.path),
                what: format!(
                    "{} was deleted, and its writer holds {} bytes of the disk in it: it is read and let go",
                    reader.generation.path,
                    reader.held_bytes()
                ),
                hint: "make the writer open its log anew after a rotation (postrotate)".to_owned(),
            });
        }
        notices
    }
}
