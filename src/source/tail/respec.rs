//! A configuration that was read anew: what is still configured goes on where it stands, with the files it holds open.

use std::collections::HashSet;
use std::time::Duration;

use super::globs::Pattern;
use super::{Source, Spec, Tail};
use crate::batch::Generation;

impl Tail {
    /// Reads what is configured now. A source that is not any more is let go of; what it knows is kept, in case it is
    /// configured again.
    pub fn respec(&mut self, specs: Vec<Spec>) {
        self.patterns = specs.into_iter().map(Pattern::new).collect();
        let known: HashSet<_> = self.sources.iter().map(|source| source.path.clone()).collect();
        // A glob may mean a live file by its rotated siblings only, or one that is not there for a moment.
        let found: Vec<_> = self.patterns.iter().map(|pattern| pattern.expand(&known).0).collect();
        for mut source in std::mem::take(&mut self.sources) {
            let means =
                |at: &usize| found[*at].contains(&source.path) || self.patterns[*at].means(&source.path);
            if let Some(at) = (0..self.patterns.len()).find(means) {
                source.start = self.patterns[at].spec.start;
                source.due = Duration::ZERO;
                self.sources.push(source);
            } else {
                self.stored.insert(source.id.clone(), generations(source));
            }
        }
        self.told.clear();
        self.awake = None;
        if let Some(looking) = &mut self.looking {
            looking.forget_all();
        }
    }

    /// A row id for a generation that is none of a file.
    pub fn take_id(&mut self) -> i64 {
        self.setting.take_id()
    }
}

/// Everything that a source knows of.
fn generations(source: Source) -> Vec<Generation> {
    source.readers.into_iter().map(|reader| reader.generation).chain(source.known).collect()
}
