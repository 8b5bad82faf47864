//! The threads that are followed: those with personal data, and those they are joined to. Bounded; what falls out is
//! a fact, so that nothing is ever taken for delivered that was not seen to be.

use std::collections::{BTreeMap, BTreeSet};

use super::Said;
use crate::batch::{Batch, Body, Fact, OpenThread};
use crate::event::{AFTER_END, LIFE_MAX, Outcome, Role, Status, Thread};
use crate::fault;
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

    /// Whether a thread is followed.
    pub fn has(&self, thread: &Thread) -> bool {
        self.open.contains_key(&key(thread))
    }

    /// Begins to follow the threads that facts belong to or name. Returns those that were not followed before: their
    /// earlier lines must be looked for.
    pub fn begin(&mut self, said: &Said, source: &SourceId, batch: &mut Batch) -> Vec<Thread> {
        let mut new = Vec::new();
        for (thread, at) in &said.threads {
            if self.open.contains_key(&key(thread)) {
                continue;
            }
            new.push(thread.clone());
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
        let gone = self.make_room(batch);
        if !gone.is_empty() {
            // A name may have been used several times by then, of which none is followed.
            let others = said.threads.difference(&gone);
            let others = others.filter(|(thread, _)| !self.open.contains_key(&key(thread)));
            batch.facts.extend(others.map(|(thread, at)| evicted(thread, source, *at)));
        }
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

    /// Lets go of the threads of a source that are over by its log time, and by half a minute more: a line may reach
    /// its file after lines that were stamped later.
    pub fn expire(&mut self, source: &SourceId, clock: i64, batch: &mut Batch) {
        let is_over = |open: &&OpenThread| open.source == *source && open.until + AFTER_END < clock;
        let over = self.open.values().filter(is_over);
        for thread in over.map(|open| open.thread.clone()).collect::<Vec<_>>() {
            self.drop(&thread);
            batch.closed.push(thread);
        }
    }

    /// The oldest go first, with a fact that says so. Returns which went, and since when they had been followed.
    fn make_room(&mut self, batch: &mut Batch) -> BTreeSet<(Thread, i64)> {
        let most = fault::number("open-threads").unwrap_or(OPEN_THREADS_MAX);
        let surplus = self.open.len().saturating_sub(most);
        if surplus == 0 {
            return BTreeSet::new();
        }
        let mut oldest: Vec<&OpenThread> = self.open.values().collect();
        oldest.select_nth_unstable_by(surplus - 1, |a, b| (a.since, &a.thread).cmp(&(b.since, &b.thread)));
        let mut gone = BTreeSet::new();
        for oldest in oldest[..surplus].iter().copied().cloned().collect::<Vec<_>>() {
            self.drop(&oldest.thread);
            self.evicted += 1;
            batch.facts.push(evicted(&oldest.thread, &oldest.source, oldest.since));
            gone.insert((oldest.thread.clone(), oldest.since));
            batch.closed.push(oldest.thread);
        }
        gone
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

/// The fact that a thread is followed no more, from a time on.
fn evicted(thread: &Thread, source: &SourceId, since: i64) -> Fact {
    let (recipient, original, next, file) = (None, None, None, None);
    Fact {
        thread: thread.clone(),
        time: Moment::exact(since),
        role: Role::Outcome,
        place: Place { source: source.clone(), path: source.0.clone(), offset: 0, line: 0 },
        body: Body::Outcome(Outcome { recipient, original, status: Status::Evicted, next, file }),
    }
}

fn key(thread: &Thread) -> (Box<str>, Box<str>) {
    (thread.host.clone(), thread.name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Channel;
    use crate::moment::SECOND;

    fn thread(name: &str) -> Thread {
        Thread { channel: Channel::POSTFIX, host: "mx1".into(), name: name.into() }
    }

    fn fact(name: &str, at: i64, role: Role, status: Status) -> Fact {
        let source = SourceId::new("mail.log");
        Fact {
            thread: thread(name),
            time: Moment::exact(at),
            role,
            place: Place { path: source.0.clone(), source, offset: 0, line: 1 },
            body: Body::Outcome(Outcome { recipient: None, original: None, status, next: None, file: None }),
        }
    }

    /// Follows threads, each from its time on.
    fn following(threads: &[(&str, i64)], batch: &mut Batch) -> Follow {
        let mut follow = Follow::default();
        let threads = threads.iter().map(|(name, at)| (thread(name), *at)).collect();
        let said = Said { threads, ..Said::default() };
        follow.begin(&said, &SourceId::new("mail.log"), batch);
        follow
    }

    #[test]
    fn a_thread_is_let_go_when_no_late_line_of_it_can_come() {
        let mut batch = Batch::new("key");
        let mut follow = following(&[("A1B2C3", 0)], &mut batch);
        follow.note(&[fact("A1B2C3", 0, Role::Outcome, Status::Sent)], &mut batch);
        follow.note(&[fact("A1B2C3", SECOND, Role::End, Status::Ended)], &mut batch);
        // Stamped up to 31 s, such a line may stand behind one that is stamped a little later.
        follow.expire(&SourceId::new("mail.log"), 36 * SECOND, &mut batch);
        assert!(follow.has(&thread("A1B2C3")));
        follow.expire(&SourceId::new("mail.log"), 62 * SECOND, &mut batch);
        assert!(follow.is_empty() && batch.closed == [thread("A1B2C3")]);
    }

    #[test]
    fn a_full_table_lets_go_of_the_oldest_and_says_so() {
        let names: Vec<String> = (0..OPEN_THREADS_MAX + 3).map(|n| format!("{n:06X}")).collect();
        let threads: Vec<(&str, i64)> = names.iter().rev().zip(0..).map(|(name, at)| (&**name, at)).collect();
        let mut batch = Batch::new("key");
        let follow = following(&threads, &mut batch);
        assert_eq!((follow.len(), follow.evicted), (OPEN_THREADS_MAX, 3));
        let is_evicted =
            |fact: &Fact| matches!(&fact.body, Body::Outcome(said) if said.status == Status::Evicted);
        assert!(batch.facts.iter().all(is_evicted));
        let mut evicted: Vec<&Thread> = batch.facts.iter().map(|fact| &fact.thread).collect();
        evicted.sort();
        let mut oldest: Vec<Thread> = names.iter().rev().take(3).map(|name| thread(name)).collect();
        oldest.sort();
        assert!(evicted.into_iter().eq(&oldest));
    }
}
