//! Which of several readings of the same characters is told: one place is one finding of one kind.
//!
//! 1. What may count goes before what is only explained: eight digits that are no 統一編號 hide no date of birth.
//! 2. What its keyword introduces goes before what only looks so, a number before the e-mail address it is part of.
//! 3. The longer: `(822)123456789012` is one account, not an account within one.
//! 4. The surer: likely before possible; then kinds whose check digits leave little to chance (`信用卡帳號
//!    4111111111111111` is a card); then the kind that the value's own key names; then the one whose keyword stands
//!    nearest, of two at the same distance the one before the value (`帳號 001234567890 健保卡號 000012345678`).
//! 5. The order of [`Kind`].

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::Asked;
use super::verdict::Evidence;
use super::words::KeySays;
use crate::hit::{Reason, Why};
use crate::kind::{Kind, Verdict};

/// A value with all that is known of it alone.
pub(super) struct Weighed {
    pub(super) asked: Asked,
    pub(super) kind: Kind,
    pub(super) evidence: Evidence,
    /// As it would be if it stood alone in the text.
    pub(super) verdict: Verdict,
    pub(super) why: Why,
}

/// What its keyword introduces (a date of birth, a name) goes before what only looks so, and a number before the e-mail
/// address that it is part of.
fn turn(weighed: &Weighed) -> u8 {
    match weighed.kind {
        Kind::BirthDate | Kind::PersonName | Kind::Plate => 0,
        Kind::Email => 2,
        _ => 1,
    }
}

/// The values that are told, in the order of the text. No two overlap.
pub(super) fn resolve(mut weighed: Vec<Weighed>) -> Vec<Weighed> {
    if weighed.len() < 2 {
        return weighed;
    }
    // Numbers are put in order, not the values, which are large.
    let mut order: Vec<usize> = (0..weighed.len()).collect();
    order.sort_by_cached_key(|at| rank(&weighed[*at]));
    let mut ends = BTreeMap::new();
    let mut is_told = vec![false; weighed.len()];
    for at in order {
        let range = &weighed[at].asked.shaped.range;
        let before = ends.range(..range.end).next_back();
        if before.is_none_or(|(_, end)| *end <= range.start) {
            ends.insert(range.start, range.end);
            is_told[at] = true;
        }
    }
    let mut told = is_told.into_iter();
    weighed.retain(|_| told.next() == Some(true));
    weighed.sort_by_key(|weighed| weighed.asked.shaped.range.start);
    weighed
}

/// What goes before what: the least is told.
fn rank(weighed: &Weighed) -> impl Ord + use<> {
    let named = weighed.evidence.key == KeySays::Kind;
    let keyword = weighed.evidence.nearest.keyword_rank();
    // What is allowed is what it is said to be, and no part of something else.
    let explained = weighed.asked.rejected.is_some_and(|reason| reason != Reason::AllowList);
    (
        explained || weighed.verdict == Verdict::Rejected && weighed.asked.rejected.is_none(),
        turn(weighed),
        Reverse(weighed.asked.shaped.range.len()),
        Reverse(weighed.verdict),
        !is_checked(weighed.kind),
        !named,
        keyword,
        weighed.kind,
    )
}

/// Whether so few random values pass that the form itself is evidence. (One in five passes as 統一編號.)
const fn is_checked(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::TwNationalId
            | Kind::TwResidentId
            | Kind::TwResidentIdOld
            | Kind::Mrz
            | Kind::PaymentCard
            | Kind::Iban
    )
}
