//! The threads that are followed: those with personal data, and those they are joined to. Bounded; what falls out is
//! a fact, so that nothing is ever taken for delivered that was not seen to be.

use std::collections::BTreeMap;

use super::Said;
use crate::batch::{Batch, Body, Fact, OpenThread};
use crate::event::{AFTER_END, LIFE_MAX, Outcome, Role, Status, Thread};
use crate::line::{Place, SourceId};
use crate::moment::Moment;

/// How many threads are followed at one time.
pub const OPEN_THREADS_MAX: usize = 65_536;

/// The followed threads, by name: a line is asked for its thread's name before anything else.
#[derive(Debug, Default)]
pub struct Follow {
    open: BTreeMap<(Box<str>, Box<str>), OpenThread>,
    names: BTreeMap<Box<str>, usize>,
    /// How many threads were given up because the table was full.
    pub evicted: u64,
}

impl Follow {
    /// Goes on where a store stands.
    pub fn new(open: Vec<OpenThread>) -> Self {
        let mut follow = Self::default();
        for open in open {
            follow.put(open);
        }
        follow
    }

    /// How many threads are followed.
    pub fn len(&self) -> usize {
        self.open.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// Whether a thread of this name is followed, on any host.
    pub fn wants(&self, name: &str) -> bool {
        self.names.contains_key(name)
    }

    /// Begins to follow the threads that facts belong to or name. Returns the names that were not followed before:
    /// their earlier lines must be looked for.
    pub fn begin(&mut self, said: &Said, source: &SourceId, batch: &mut Batch) -> Vec<Box<str>> {
        let mut new = Vec::new();
        for (thread, at) in &said.threads {
            if self.open.contains_key(&key(thread)) {
                continue;
            }
            new.push(thread.name.clone());
            // Until a line of its own is seen, it may be the id of a server that is not ours.
            let open = OpenThread {
                thread: thread.clone(),
                source: source.clone(),
                since: *at,
                until: at.saturating_add(AFTER_END),
            };
            batch.opened.push(open.clone());
            self.put(open);
        }
        self.make_room(batch);
        new
    }

    /// Takes note of what lines of followed threads have said: a line of its own keeps a thread open, an end line lets
    /// it go half a minute later, a line after that is the name used again.
    pub fn note(&mut self, facts: &[Fact], batch: &mut Batch) {
        let mut facts: Vec<&Fact> = facts.iter().collect();
        facts.sort_by_key(|fact| (fact.time.us, fact.role));
        for fact in facts {
            let Some(open) = self.open.get_mut(&key(&fact.thread)) else { continue };
            let (at, was) = (fact.time.us, open.until);
            let whole_life = open.since.saturating_add(LIFE_MAX);
            if at >= open.since && fact.role == Role::End {
                open.until = at.saturating_add(AFTER_END);
            } else if at > open.until
                || (at > open.since && fact.role == Role::Open && open.until < whole_life)
            {
                open.since = at;
                open.until = at.saturating_add(LIFE_MAX);
            } else if open.until == open.since.saturating_add(AFTER_END) {
                open.until = whole_life;
            }
            if open.until != was {
                batch.opened.push(open.clone());
            }
        }
    }

    /// Lets go of the threads of a source that are over by its log time.
    pub fn expire(&mut self, source: &SourceId, clock: i64, batch: &mut Batch) {
        let over = self.open.values().filter(|open| open.source == *source && open.until < clock);
        for thread in over.map(|open| open.thread.clone()).collect::<Vec<_>>() {
            self.drop(&thread);
            batch.closed.push(thread);
        }
    }

    /// The oldest goes first, with a fact that says so.
    fn make_room(&mut self, batch: &mut Batch) {
        while self.open.len() > OPEN_THREADS_MAX {
            let oldest = self.open.values().min_by_key(|open| (open.since, &open.thread)).cloned();
            let oldest = oldest.expect("a table over its bound is not empty");
            self.drop(&oldest.thread);
            self.evicted += 1;
            batch.facts.push(Fact {
                thread: oldest.thread.clone(),
                time: Moment::exact(oldest.since),
                role: Role::Outcome,
                place: Place {
                    source: oldest.source.clone(),
                    path: oldest.source.0.clone(),
                    offset: 0,
                    line: 0,
                },
                body: Body::Outcome(Outcome {
                    recipient: None,
                    original: None,
                    status: Status::Evicted,
                    next: None,
                    file: None,
                }),
            });
            batch.closed.push(oldest.thread);
        }
    }

    fn put(&mut self, open: OpenThread) {
        let name = open.thread.name.clone();
        if self.open.insert(key(&open.thread), open).is_none() {
            *self.names.entry(name).or_default() += 1;
        }
    }

    fn drop(&mut self, thread: &Thread) {
        self.open.remove(&key(thread));
        if let Some(count) = self.names.get_mut(&thread.name) {
            *count -= 1;
            if *count == 0 {
                self.names.remove(&thread.name);
            }
        }
    }
}

fn key(thread: &Thread) -> (Box<str>, Box<str>) {
    (thread.host.clone(), thread.name.clone())
}
