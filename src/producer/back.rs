//! How far back the other lines of threads are looked for: to the line that opened the life at hand, and a little
//! further. A search that always went to its bound would read 64 MiB again for every message with personal data.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use crate::batch::{Body, Fact};
use crate::event::{AFTER_END, HOP_MAX, Outcome, Role, Thread};

/// How long before the opening line lines are still read: one may stand before it (`pickup` is late under load), and
/// the end of the name's last use, with the lines that come half a minute after that, tells the two apart.
const BEFORE_OPEN: i64 = 4 * AFTER_END;

/// The threads whose other lines are wanted.
#[derive(Debug)]
pub(super) struct Back {
    wanted: BTreeMap<Thread, Wanted>,
    names: BTreeSet<Box<str>>,
    /// Everything since then has been read; none where lines state no time.
    front: i64,
}

/// What is wanted of a thread, and what was found.
#[derive(Debug)]
struct Wanted {
    /// Time of the first line that speaks of it.
    at: i64,
    /// Only a reply names it: most often it is the id of somebody else's server.
    is_hop: bool,
    /// Whether a line of its own is about it then.
    is_ours: bool,
    /// When its life at that time was opened.
    opened: Option<i64>,
}

impl Back {
    /// Wants the threads that facts name, and those that they belong to where these are the facts of hits. A thread
    /// that is named at several times is wanted from the earliest on.
    pub(super) fn new(facts: &[Fact], are_hits: bool) -> Self {
        let mut back = Self { wanted: BTreeMap::new(), names: BTreeSet::new(), front: i64::MAX };
        for fact in facts {
            let at = fact.time.us;
            if are_hits {
                back.want(fact.thread.clone(), at, false);
            }
            match &fact.body {
                Body::Link(link) => back.want(link.to.clone(), at, false),
                Body::Outcome(Outcome { next: Some(next), .. }) => {
                    back.want(Thread { name: next.clone(), ..fact.thread.clone() }, at, true);
                }
                _ => {}
            }
        }
        back
    }

    fn want(&mut self, thread: Thread, at: i64, is_hop: bool) {
        let new = Wanted { at, is_hop, is_ours: false, opened: None };
        let wanted = self.wanted.entry(thread).or_insert(new);
        wanted.at = wanted.at.min(at);
        wanted.is_hop &= is_hop;
    }

    pub(super) fn wants(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// Wants what another wants, too.
    pub(super) fn join(&mut self, other: Self) {
        for (thread, Wanted { at, is_hop, .. }) in other.wanted {
            self.want(thread, at, is_hop);
        }
    }

    /// Leaves out the threads that were followed before (their lines are known), and what was asked for already: in a
    /// full table two threads that name each other may let go of each other for ever. Whether anything is left.
    pub(super) fn ask(&mut self, fresh: &BTreeSet<Thread>, asked: &mut BTreeMap<Thread, i64>) -> bool {
        self.wanted.retain(|thread, wanted| {
            let is_new = asked.get(thread).is_none_or(|at| wanted.at < *at);
            if is_new {
                asked.insert(thread.clone(), wanted.at);
            }
            is_new && fresh.contains(thread)
        });
        self.names = self.wanted.keys().map(|thread| thread.name.clone()).collect();
        !self.wanted.is_empty()
    }

    /// Takes note of what lines of a block say; it begins at a log time. Whether more blocks are wanted.
    pub(super) fn note(&mut self, facts: &[Fact], begins: Option<i64>) -> ControlFlow<()> {
        for fact in facts {
            let Some(wanted) = self.wanted.get_mut(&fact.thread) else { continue };
            let at = fact.time.us;
            if at > wanted.at + AFTER_END {
                continue;
            }
            wanted.is_ours |= at >= wanted.at - HOP_MAX - AFTER_END;
            if fact.role == Role::Open {
                wanted.opened = wanted.opened.max(Some(at));
            }
        }
        self.front = self.front.min(begins.unwrap_or(i64::MAX));
        let front = self.front;
        let is_done = |wanted: &Wanted| match wanted.opened {
            Some(opened) => front < opened - BEFORE_OPEN,
            None => wanted.is_hop && !wanted.is_ours && front < wanted.at - HOP_MAX - BEFORE_OPEN,
        };
        if self.wanted.values().all(is_done) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// Whether a fact is of what is wanted. Lines of earlier lives of the same name are not, because not all of them
    /// were read: what remains of them would be taken for the life at hand. Their ends are kept, because they tell
    /// what else is not of it.
    pub(super) fn keeps(&self, fact: &Fact) -> bool {
        let Some(wanted) = self.wanted.get(&fact.thread) else { return false };
        let is_mark = matches!(fact.role, Role::Open | Role::End);
        let before = if is_mark { BEFORE_OPEN } else { AFTER_END };
        wanted.opened.is_none_or(|opened| fact.time.us >= opened - before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Channel, Status};
    use crate::line::{Place, SourceId};
    use crate::moment::{HOUR, Moment, SECOND};

    const NOW: i64 = 100 * HOUR;

    fn thread(name: &str) -> Thread {
        Thread { channel: Channel::POSTFIX, host: "mx1".into(), name: name.into() }
    }

    /// What a line says that was stamped so many seconds before now.
    fn fact(name: &str, before: i64, role: Role, next: Option<&str>) -> Fact {
        let source = SourceId::new("mail.log");
        let (status, next) = (Status::Sent, next.map(Into::into));
        Fact {
            thread: thread(name),
            time: Moment::exact(NOW - before * SECOND),
            role,
            place: Place { path: source.0.clone(), source, offset: 0, line: 1 },
            body: Body::Outcome(Outcome { recipient: None, original: None, status, next, file: None }),
        }
    }

    /// Wants what facts speak of.
    fn wanting(facts: &[Fact], are_hits: bool) -> Back {
        let mut back = Back::new(facts, are_hits);
        let fresh = ["A", "B"].map(thread).into();
        assert!(back.ask(&fresh, &mut BTreeMap::new()));
        back
    }

    /// Whether a block that begins so many seconds before now is the last one wanted.
    fn is_last(back: &mut Back, facts: &[Fact], before: i64) -> bool {
        back.note(facts, Some(NOW - before * SECOND)).is_break()
    }

    #[test]
    fn a_search_ends_two_minutes_before_the_opening_line() {
        let mut back = wanting(&[fact("A", 0, Role::Content, None)], true);
        assert!(!is_last(&mut back, &[], 86_400), "who sent it is not known yet");
        let mut back = wanting(&[fact("A", 0, Role::Content, None)], true);
        assert!(!is_last(&mut back, &[fact("A", 5, Role::Open, None)], 124));
        assert!(is_last(&mut back, &[], 126));
    }

    #[test]
    fn an_id_that_only_a_reply_names_is_looked_for_as_long_as_a_hop_may_last() {
        let reply = [fact("A", 0, Role::Outcome, Some("B"))];
        let mut back = wanting(&reply, false);
        assert!(!is_last(&mut back, &[fact("B", 3 * 3600, Role::Outcome, None)], 3600));
        assert!(is_last(&mut back, &[], 3600 + 121));
        let mut back = wanting(&reply, false);
        assert!(
            !is_last(&mut back, &[fact("B", 60, Role::Outcome, None)], 86_400),
            "it is ours, and goes on"
        );
    }

    #[test]
    fn what_is_left_of_an_earlier_use_of_the_name_is_not_kept_but_for_its_end() {
        let mut back = wanting(&[fact("A", 0, Role::Content, None)], true);
        is_last(&mut back, &[fact("A", 5, Role::Open, None)], 600);
        let kept = |before, role| back.keeps(&fact("A", before, role, None));
        assert!(kept(7, Role::Content) && !kept(36, Role::Outcome) && kept(36, Role::End));
        assert!(!kept(126, Role::End) && !back.keeps(&fact("B", 1, Role::Open, None)));
    }

    #[test]
    fn a_thread_is_asked_for_again_only_where_an_earlier_time_is_named() {
        let (fresh, mut asked) = ([thread("A")].into(), BTreeMap::new());
        let mut ask =
            |before| Back::new(&[fact("A", before, Role::Content, None)], true).ask(&fresh, &mut asked);
        assert!(ask(10) && !ask(10) && !ask(5) && ask(60));
    }
}
