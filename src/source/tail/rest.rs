//! Logs at rest: one that has not grown for a minute holds no descriptor. What is known of it is what the store knows,
//! and it is looked at from outside; when it does not look as it did, it is taken up as after a restart.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::Tail;
use super::meet::Found;
use super::reader::Input;
use super::source::Source;
use crate::batch::GenerationState;
use crate::fault;
use crate::source::siblings::Folders;
use crate::source::{Error, descriptors};

/// Files that are held open while looks are paced: the others wait until one of these rests.
const OPEN_MAX: usize = 4096;

/// How many files may be held open; the process's own limit is raised as far as it may be.
pub(super) fn open_max() -> usize {
    OPEN_MAX.min(descriptors::allowed() / 2).max(1)
}

impl Tail {
    /// How many sources rest.
    pub fn at_rest(&self) -> usize {
        self.sources.iter().filter(|source| source.resting.is_some()).count()
    }
}

impl Source {
    /// Whether it rests and looks as it did when it went to rest.
    pub(super) fn rests_still(&self, folders: &mut Folders) -> bool {
        self.resting.is_some() && self.resting == self.look(folders).map(|(look, _)| look)
    }

    /// What its files look like from outside: their names, sizes and times. None where one cannot be looked at.
    fn look(&self, folders: &mut Folders) -> Option<(u64, Vec<Found>)> {
        let mut errors: Vec<Error> = Vec::new();
        let found = self.list(folders, &mut errors).filter(|_| errors.is_empty())?;
        let mut look = DefaultHasher::new();
        for one in &found {
            (&one.path, one.stat.file, one.stat.size, one.stat.modified_ns).hash(&mut look);
        }
        Some((look.finish(), found))
    }

    /// Goes to rest, if all that it has is a live file that is read to its end and was not written for so long.
    pub(super) fn rest(&mut self, folders: &mut Folders, quiet: Duration) {
        self.resting = self.look_at_rest(folders, quiet).filter(|_| fault::guards("rest"));
        if self.resting.is_some() {
            self.known.extend(self.readers.pop().map(|reader| reader.generation));
            self.shrink();
        }
    }

    fn look_at_rest(&self, folders: &mut Folders, quiet: Duration) -> Option<u64> {
        let [reader] = &self.readers[..] else { return None };
        let is_plain = matches!(reader.input, Input::Plain(_)) && !reader.is_remote;
        let is_live = reader.generation.state == GenerationState::Live;
        if !is_plain || !is_live || self.quiet_since().is_none() || !is_older(reader.modified_ns, quiet) {
            return None;
        }
        let (look, found) = self.look(folders)?;
        let live = found.last().filter(|one| one.is_live)?;
        let is_read = live.stat.file == reader.held && live.stat.size == reader.generation.offset;
        (is_read && is_older(live.stat.modified_ns, quiet)).then_some(look)
    }
}

/// Whether a time lies so far back; one in the future does not tell when it was written.
fn is_older(modified_ns: i64, than: Duration) -> bool {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let modified = Duration::from_nanos(u64::try_from(modified_ns).unwrap_or(0));
    now.checked_sub(modified).is_some_and(|age| age >= than)
}
