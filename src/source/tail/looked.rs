//! Which files need no attention, because they look as they did when it was known what they are.

use std::path::Path;

use super::meet::Found;
use super::source::Source;
use crate::batch::Generation;
use crate::source::body::Form;

/// A file that needs no attention as long as its size and time stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Looked {
    size: u64,
    modified_ns: i64,
    /// The generation of whose first bytes, so many, it is a copy, while that one is being read: copytruncate copies first
    /// and truncates then, and only then the copy is all that is left of the old bytes.
    copy_of: Option<(i64, u64)>,
}

impl Source {
    /// Whether a packed file has grown since the last look, or is looked at for the first time.
    pub(super) fn is_unfinished(&mut self, one: &Found) -> bool {
        self.unfinished.insert(one.stat.file, one.stat.size) != Some(one.stat.size)
    }

    /// Whether a file was seen to be a copy of a generation that was read beyond its end, and did not change since.
    pub(super) fn was_copy_of(&self, one: &Found, known: &[Generation]) -> bool {
        self.looked.get(&one.stat.file).is_some_and(|looked| {
            looked.size == one.stat.size
                && looked.modified_ns == one.stat.modified_ns
                && looked.copy_of.is_some_and(|(of, length)| {
                    known.iter().any(|known| known.id == of && known.offset >= length)
                })
        })
    }

    /// Whether a file that was looked at is another size by now.
    pub(super) fn has_changed(&self, one: &Found) -> bool {
        self.looked.get(&one.stat.file).is_some_and(|looked| looked.size != one.stat.size)
    }

    /// Where the bytes of a finished generation end: behind its offset, if it ends in half a line.
    pub(super) fn end_of(&self, done: &Generation) -> u64 {
        let is_plain = Form::of(Path::new(&done.path)) == Form::Plain;
        let looked = self.looked.get(&done.file).filter(|_| is_plain);
        looked.map_or(done.offset, |looked| looked.size.max(done.offset))
    }

    pub(super) fn is_looked_at(&self, one: &Found) -> bool {
        self.looked.get(&one.stat.file).is_some_and(|looked| {
            let is_read_still = |(id, _)| self.readers.iter().any(|reader| reader.generation.id == id);
            looked.size == one.stat.size
                && looked.modified_ns == one.stat.modified_ns
                && looked.copy_of.is_none_or(is_read_still)
        })
    }

    pub(super) fn note(&mut self, one: &Found, copy_of: Option<(i64, u64)>) {
        let looked = Looked { size: one.stat.size, modified_ns: one.stat.modified_ns, copy_of };
        self.looked.insert(one.stat.file, looked);
    }

    /// Notes how the file of a reader that is left looks.
    pub(super) fn note_left(&mut self, at: usize) {
        let reader = &self.readers[at];
        let looked = Looked { size: reader.seen(), modified_ns: reader.modified_ns, copy_of: None };
        self.looked.insert(reader.held, looked);
    }
}
