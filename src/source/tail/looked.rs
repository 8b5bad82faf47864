//! Which files need no attention, because they look as they did when it was known what they are.

use super::meet::Found;
use super::source::Source;
use crate::batch::Generation;

/// A file that needs no attention as long as its size and time stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Looked {
    size: u64,
    modified_ns: i64,
    /// The generation of which it is a copy, while that one is being read: copytruncate copies first and truncates
    /// then, and only then the copy is all that is left of the old bytes.
    copy_of: Option<i64>,
}

impl Source {
    /// Whether a packed file has grown since the last look, or is looked at for the first time.
    pub(super) fn is_unfinished(&mut self, one: &Found) -> bool {
        self.unfinished.insert(one.stat.file, one.stat.size) != Some(one.stat.size)
    }

    /// Whether a file was seen to be a copy of a generation that is not read any more, and did not change since.
    pub(super) fn was_copy_of(&self, one: &Found, known: &[Generation]) -> bool {
        self.looked.get(&one.stat.file).is_some_and(|looked| {
            looked.size == one.stat.size
                && looked.modified_ns == one.stat.modified_ns
                && known.iter().any(|known| looked.copy_of == Some(known.id))
        })
    }

    /// Whether a file that was looked at is another size by now.
    pub(super) fn has_changed(&self, one: &Found) -> bool {
        self.looked.get(&one.stat.file).is_some_and(|looked| looked.size != one.stat.size)
    }

    pub(super) fn is_looked_at(&self, one: &Found) -> bool {
        self.looked.get(&one.stat.file).is_some_and(|looked| {
            let is_read_still = |id| self.readers.iter().any(|reader| reader.generation.id == id);
            looked.size == one.stat.size
                && looked.modified_ns == one.stat.modified_ns
                && looked.copy_of.is_none_or(is_read_still)
        })
    }

    pub(super) fn note(&mut self, one: &Found, copy_of: Option<i64>) {
        let looked = Looked { size: one.stat.size, modified_ns: one.stat.modified_ns, copy_of };
        self.looked.insert(one.stat.file, looked);
    }
}
