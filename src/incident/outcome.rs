//! What became of a message for each recipient, by the first rule that fits (DESIGN: mail outcome).

use std::collections::BTreeMap;

use super::Outcome;
use super::event::Whole;
use crate::batch::Body;
use crate::event::{Family, LIFE_MAX, Outcome as Said, Role, Status};
use crate::mask::{Shown, SubjectKey};

/// What became of an event.
pub(super) struct Fate {
    /// Each recipient and the strongest outcome.
    pub(super) recipients: Vec<(Shown, Outcome)>,
    /// The local address from which a recipient outside was rewritten.
    pub(super) forwarder: Option<Shown>,
}

/// Personal data in a log line that anybody could have caused: it lies in the log, nobody received it.
pub(super) fn exposed() -> Fate {
    Fate { recipients: vec![(nobody(), Outcome::Unknown)], forwarder: None }
}

/// The fate of an event, when its sources have been read up to `now` (log time). `statuses` is what is said of its
/// records.
pub(super) fn fate(whole: &Whole<'_>, statuses: impl Iterator<Item = Status>, now: i64) -> Fate {
    let start = whole.lives[whole.part[0]].start();
    let mut fate = match whole.family() {
        Family::Mail | Family::Plain => mail(whole),
        Family::Web | Family::File | Family::Database | Family::Application => {
            Fate { recipients: vec![(nobody(), delivered(statuses))], forwarder: None }
        }
    };
    if now >= start.saturating_add(LIFE_MAX) {
        for (_, outcome) in fate.recipients.iter_mut().filter(|(_, outcome)| *outcome == Outcome::Pending) {
            *outcome = Outcome::Unknown;
        }
    }
    fate
}

fn nobody() -> Shown {
    Shown { text: "-".to_owned(), same: SubjectKey([0; 16]) }
}

/// What was fetched, by the strongest word.
fn delivered(statuses: impl Iterator<Item = Status>) -> Outcome {
    let outcome = |status| match status {
        Status::Done | Status::Sent | Status::Deleted | Status::Http(_) => Outcome::Left,
        Status::Partial => Outcome::LeftPartly,
        Status::Failed | Status::Bounced | Status::Expired => Outcome::Failed,
        Status::Rejected | Status::Discarded | Status::Held => Outcome::Blocked,
        Status::Evicted => Outcome::Unknown,
        Status::Deferred | Status::Ended => Outcome::Pending,
    };
    statuses.map(outcome).max().unwrap_or(Outcome::Pending)
}

fn mail(whole: &Whole<'_>) -> Fate {
    let mut recipients: BTreeMap<SubjectKey, (Shown, Outcome)> = BTreeMap::new();
    let mut forwarder: Option<Shown> = None;
    for &life in whole.part {
        for kept in &whole.lives[life].facts {
            let Body::Outcome(said) = &kept.fact.body else { continue };
            let Some(recipient) = &said.recipient else { continue };
            let hop = whole.joined.hops.iter().find(|(fact, _)| *fact == kept.id).map(|(_, next)| *next);
            let outcome = match hop {
                Some(next) => match handed_over(whole, next, recipient) {
                    Some(Outcome::Pending) => for_all(whole, &[next]),
                    Some(outcome) => outcome,
                    None => continue,
                },
                None if whole.joined.lost.contains(&kept.id) => Outcome::Unknown,
                // What is said of one part of a message is not said of those in another.
                None => match own(whole, said, recipient) {
                    Outcome::Pending => for_all(whole, &[life]),
                    outcome => outcome,
                },
            };
            if outcome == Outcome::Left {
                forwarder = forwarder.into_iter().chain(said.original.clone()).min();
            }
            let strongest = recipients.entry(recipient.same).or_insert_with(|| (recipient.clone(), outcome));
            strongest.1 = strongest.1.max(outcome);
        }
    }
    let mut recipients: Vec<_> = recipients.into_values().collect();
    recipients.sort();
    if recipients.is_empty() {
        recipients.push((nobody(), for_all(whole, whole.part)));
    }
    let rest = for_all(whole, whole.part);
    let says_unknown = |(_, outcome): &(Shown, Outcome)| *outcome == Outcome::Unknown;
    if rest == Outcome::Unknown && !recipients.iter().any(says_unknown) {
        // Let go before its end: there may be recipients of whom no line was seen.
        recipients.insert(0, (nobody(), Outcome::Unknown));
    }
    Fate { recipients, forwarder }
}

/// What a line says of its recipient, where no further hop of ours is known.
fn own(whole: &Whole<'_>, said: &Said, recipient: &Shown) -> Outcome {
    match said.status {
        Status::Sent if whole.rules.org.is_internal(&recipient.text) => Outcome::InternalOnly,
        Status::Sent | Status::Http(_) | Status::Done | Status::Deleted => Outcome::Left,
        Status::Partial => Outcome::LeftPartly,
        Status::Bounced | Status::Expired | Status::Failed => Outcome::Failed,
        Status::Rejected | Status::Discarded | Status::Held => Outcome::Blocked,
        Status::Deferred | Status::Ended => Outcome::Pending,
        Status::Evicted => Outcome::Unknown,
    }
}

/// A hop gives way to what its child says of the same recipient (none here: it is counted where the child says it);
/// pending while the child has said nothing. A child that ended with other recipients has rewritten this one.
fn handed_over(whole: &Whole<'_>, child: usize, recipient: &Shown) -> Option<Outcome> {
    let said = whole.lives[child].facts.iter().filter_map(|kept| match &kept.fact.body {
        Body::Outcome(said) => said.recipient.as_ref(),
        _ => None,
    });
    let said: Vec<_> = said.collect();
    let ended = whole.lives[child].ended().is_some();
    let gone = said.iter().any(|other| other.same == recipient.same) || (ended && !said.is_empty());
    (!gone).then_some(Outcome::Pending)
}

/// What lines about whole messages make of a recipient of theirs without a final word.
fn for_all(whole: &Whole<'_>, lives: &[usize]) -> Outcome {
    let facts = lives.iter().flat_map(|life| &whole.lives[*life].facts).map(|kept| &kept.fact);
    let said = facts.filter_map(|fact| match &fact.body {
        Body::Outcome(said) if said.recipient.is_none() && fact.role != Role::End => Some(said.status),
        _ => None,
    });
    said.map(|status| match status {
        Status::Expired | Status::Bounced | Status::Failed => Outcome::Failed,
        Status::Rejected | Status::Discarded | Status::Held => Outcome::Blocked,
        Status::Evicted => Outcome::Unknown,
        Status::Sent
        | Status::Deferred
        | Status::Ended
        | Status::Http(_)
        | Status::Done
        | Status::Partial
        | Status::Deleted => Outcome::Pending,
    })
    .max()
    .unwrap_or(Outcome::Pending)
}
