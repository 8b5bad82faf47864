//! Lives: the facts of a thread, cut where the log used its name again, and joined with those of other threads
//! where a line says that they are one event.

use std::collections::BTreeSet;

use crate::batch::{Body, Fact, FactKey};
use crate::event::{AFTER_END, Family, HOP_MAX, LIFE_MAX, Outcome, Role, Status, Thread};
use crate::moment::{HOUR, SECOND};

/// How long after its opening line a message may say what is in it. Where the line that ended it was not read, a later
/// one is of another message with the same name.
const CONTENT_MAX: i64 = HOUR;
/// The same of a message that was let go, of which later lines are not read at all.
const CONTENT_MAX_LET_GO: i64 = 300 * SECOND;

/// A fact as the store keeps it.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Row id.
    pub id: i64,
    /// Identity; decides the order of facts of one time and role.
    pub key: FactKey,
    /// The fact.
    pub fact: Fact,
}

/// All facts of one thread.
#[derive(Clone, Debug)]
pub struct ThreadFacts {
    /// The thread.
    pub thread: Thread,
    /// Its facts, in any order.
    pub facts: Vec<Kept>,
}

/// One life: facts of one thread, in order of (time, role).
#[derive(Debug)]
pub(super) struct Life<'f> {
    pub(super) thread: &'f Thread,
    pub(super) facts: Vec<&'f Kept>,
}

impl Life<'_> {
    pub(super) fn start(&self) -> i64 {
        self.facts[0].fact.time.us
    }

    /// Whether it was followed no more before its end.
    fn was_let_go(&self) -> bool {
        self.facts.iter().any(|kept| is_evicted(&kept.fact))
    }

    pub(super) fn ended(&self) -> Option<i64> {
        self.facts.iter().find(|kept| kept.fact.role == Role::End).map(|kept| kept.fact.time.us)
    }
}

fn is_evicted(fact: &Fact) -> bool {
    matches!(&fact.body, Body::Outcome(Outcome { status: Status::Evicted, .. }))
}

/// Cuts the facts of a thread into lives. A function of the set: order and repetition do not matter.
pub(super) fn lives(thread: &ThreadFacts) -> Vec<Life<'_>> {
    let mut facts: Vec<&Kept> = thread.facts.iter().collect();
    facts.sort_by_key(|kept| (kept.fact.time.us, kept.fact.role, kept.key));
    let mut lives: Vec<Life<'_>> = Vec::new();
    let (mut opened, mut ended, mut first, mut is_let_go) = (None, None, None, false);
    for kept in facts {
        let (at, role) = (kept.fact.time.us, kept.fact.role);
        let again = role == Role::Open && opened.is_some_and(|opened| !is_one_second(opened, at));
        let over = ended.is_some_and(|ended| at > ended + AFTER_END);
        let old = first.is_some_and(|first| at > first + LIFE_MAX);
        // What is in a message is told as it comes in, and `pickup` opens it late.
        let is_mail = thread.thread.channel.family == Family::Mail;
        let most = if is_let_go { CONTENT_MAX_LET_GO } else { CONTENT_MAX };
        let other = is_mail && role == Role::Content && opened.is_some_and(|opened| at > opened + most);
        if lives.is_empty() || again || over || old || other {
            lives.push(Life { thread: &thread.thread, facts: Vec::new() });
            (opened, ended, first, is_let_go) = (None, None, None, false);
        }
        is_let_go |= is_evicted(&kept.fact);
        match role {
            Role::Open => opened = opened.or(Some(at)),
            Role::End => ended = ended.or(Some(at)),
            _ => {}
        }
        if matches!(kept.fact.body, Body::Hit(_) | Body::Count(_)) {
            first = first.or(Some(at));
        }
        lives.last_mut().expect("pushed above").facts.push(kept);
    }
    lives
}

/// RFC 3164 writes whole seconds: the same line stands in two files with two times, of which one has no parts.
fn is_one_second(a: i64, b: i64) -> bool {
    let is_whole = |us: i64| us.rem_euclid(SECOND) == 0;
    a == b || (a.div_euclid(SECOND) == b.div_euclid(SECOND) && (is_whole(a) || is_whole(b)))
}

/// Joined lives: which are one event, and which hop of which life is which other life.
pub(super) struct Joined {
    /// For each life the first life of its event.
    pub(super) event: Vec<usize>,
    /// (fact id of the reply, life that took the message over).
    pub(super) hops: Vec<(i64, usize)>,
    /// Fact ids of replies that name a life of which not every line was seen: it may be that one, or what somebody
    /// else's server calls by the same id after its unseen end.
    pub(super) lost: BTreeSet<i64>,
}

/// Joins lives by what their lines say: `orig_queue_id=` names the life before, `queued as` the one after.
pub(super) fn join(lives: &[Life<'_>]) -> Joined {
    let mut joined = Joined { event: (0..lives.len()).collect(), hops: Vec::new(), lost: BTreeSet::new() };
    for (at, life) in lives.iter().enumerate() {
        for kept in &life.facts {
            let time = kept.fact.time.us;
            let other = match &kept.fact.body {
                Body::Link(link) => find(lives, &link.to, time, i64::MAX),
                Body::Outcome(outcome) => outcome.next.as_ref().and_then(|next| {
                    let to = Thread { name: next.clone(), ..life.thread.clone() };
                    find(lives, &to, time, HOP_MAX)
                }),
                _ => None,
            };
            let Some(other) = other.filter(|other| *other != at) else { continue };
            if matches!(kept.fact.body, Body::Outcome(_)) {
                if lives[other].was_let_go() {
                    joined.lost.insert(kept.id);
                    continue;
                }
                joined.hops.push((kept.id, other));
            }
            let (a, b) = (joined.event[at], joined.event[other]);
            for event in &mut joined.event {
                if *event == a.max(b) {
                    *event = a.min(b);
                }
            }
        }
    }
    joined
}

/// The life of a thread that was under way at a time: the last that had begun by then, not more than `age` before,
/// and had not ended.
fn find(lives: &[Life<'_>], thread: &Thread, time: i64, age: i64) -> Option<usize> {
    lives
        .iter()
        .enumerate()
        .filter(|(_, life)| life.thread == thread && life.start() <= time + AFTER_END)
        .filter(|(_, life)| time.saturating_sub(life.start()) <= age)
        .filter(|(_, life)| life.ended().is_none_or(|ended| ended + AFTER_END >= time))
        .max_by_key(|(_, life)| life.start())
        .map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Channel, Context};
    use crate::line::{Place, SourceId};
    use crate::moment::{Moment, SECOND};

    /// Lives of a thread, by the times of the facts in each; `times` are microseconds and roles.
    fn check(facts: &[(i64, Role)], expected: &[&[i64]]) {
        let thread = Thread { channel: Channel::POSTFIX, host: "mx1".into(), name: "670F89CA20A".into() };
        let place = Place { source: SourceId::new("mail.log"), path: "mail.log".into(), offset: 0, line: 1 };
        let facts = facts.iter().zip(1..).map(|(&(us, role), id)| {
            let (time, body) = (Moment::exact(us), Body::Context(Context::default()));
            let fact = Fact { thread: thread.clone(), time, role, place: place.clone(), body };
            Kept { id, key: fact.key(), fact }
        });
        let thread = ThreadFacts { thread: thread.clone(), facts: facts.collect() };
        let times = |life: Life<'_>| life.facts.iter().map(|kept| kept.fact.time.us).collect::<Vec<_>>();
        assert_eq!(lives(&thread).into_iter().map(times).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn the_same_lines_with_and_without_parts_of_a_second_are_one_life() {
        let (whole, exact) = (7 * SECOND, 7 * SECOND + 422_236);
        let facts =
            [(whole, Role::Open), (whole, Role::Content), (exact, Role::Open), (exact, Role::Content)];
        check(&facts, &[&[whole, whole, exact, exact]]);
    }

    #[test]
    fn what_is_in_a_message_is_not_told_an_hour_after_it_was_opened() {
        let (open, late) = (7 * SECOND, 7 * SECOND + HOUR);
        check(&[(open, Role::Open), (late, Role::Content)], &[&[open, late]]);
        let next = late + 1;
        let facts = [(open, Role::Open), (late, Role::Outcome), (next, Role::Content), (next, Role::Open)];
        check(&facts, &[&[open, late], &[next, next]]);
    }

    #[test]
    fn a_name_that_opens_again_is_another_life() {
        let (first, next) = (8 * SECOND - 1, 8 * SECOND);
        check(&[(next, Role::Open), (first, Role::Open), (next, Role::End)], &[&[first], &[next, next]]);
        // Both have parts of a second, so they are not one line.
        let (first, next) = (8 * SECOND + 1, 8 * SECOND + 2);
        check(&[(first, Role::Open), (next, Role::Open)], &[&[first], &[next]]);
    }
}
