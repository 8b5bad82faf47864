//! From evidence to verdict: the table of docs/detection.md, one function a row.

use crate::hit::{Reason, Why};
use crate::kind::{Kind, Verdict};

use super::shape::Form;
use super::words::{KeySays, Nearest};

/// What is known of a value that passed shape, boundary and validator.
pub(super) struct Evidence {
    pub(super) form: Form,
    /// Length of the canonical value.
    pub(super) len: usize,
    /// A content field of a known format.
    pub(super) known: bool,
    pub(super) key: KeySays,
    pub(super) nearest: Nearest,
    /// Different values of the kind in the text.
    pub(super) of_kind: usize,
}

/// Whether a value of this kind is worth a verdict: kinds that need a word are nothing at all without one.
pub(super) fn may_be(kind: Kind, evidence: &Evidence) -> bool {
    let named = named(evidence).iter().any(|&(holds, _)| holds);
    !needs_word(kind) || named || evidence.form == Form::BankCode
}

/// Likely or possible, and why.
pub(super) fn judge(kind: Kind, evidence: &Evidence) -> (Verdict, Why) {
    let mut why = Why::default();
    let verdict = if kind == Kind::Email {
        email(evidence, &mut why)
    } else if is_countered(evidence) {
        why.add(Reason::CounterWord);
        if needs_word(kind) { Verdict::Rejected } else { Verdict::Possible }
    } else {
        match kind {
            Kind::TwNationalId | Kind::TwResidentId | Kind::TwResidentIdOld => identity(evidence, &mut why),
            Kind::TwMobile => mobile(evidence, &mut why),
            Kind::PaymentCard => card(evidence, &mut why),
            Kind::Mrz | Kind::Iban => {
                why.add(Reason::CheckDigits);
                Verdict::Likely
            }
            // A site's numbers are mostly bare digits without a checksum, like the dates in file names.
            Kind::TwLandline | Kind::TwServicePhone | Kind::Site(_) => any(&mut why, &named(evidence)),
            Kind::PersonName | Kind::Address | Kind::Plate => any(
                &mut why,
                &[(evidence.known, Reason::ContentField), named(evidence)[0], named(evidence)[1]],
            ),
            Kind::BankAccount if evidence.form == Form::BankCode => {
                why.add(Reason::BankCode);
                Verdict::Likely
            }
            Kind::TwPassport
            | Kind::TwNhiCard
            | Kind::BankAccount
            | Kind::BirthDate
            | Kind::TwUbn
            | Kind::Email => only_named(evidence, &mut why),
        }
    };
    (verdict, why)
}

/// Without check digits, or with ones that say little, a number is these only where a word says so.
pub(super) const fn needs_word(kind: Kind) -> bool {
    matches!(kind, Kind::TwPassport | Kind::TwNhiCard | Kind::BankAccount | Kind::BirthDate | Kind::TwUbn)
}

/// A counter-word stands nearer than any keyword. The key of the value is nearer than all words.
fn is_countered(evidence: &Evidence) -> bool {
    match (evidence.key, evidence.nearest.counter) {
        (KeySays::Kind, _) | (KeySays::Nothing, None) => false,
        (KeySays::Other, _) => true,
        (KeySays::Nothing, Some(counter)) => evidence.nearest.keyword.is_none_or(|keyword| counter < keyword),
    }
}

/// Adds the reasons that hold; likely when any does.
fn any(why: &mut Why, reasons: &[(bool, Reason)]) -> Verdict {
    let mut verdict = Verdict::Possible;
    for &(_, reason) in reasons.iter().filter(|&&(holds, _)| holds) {
        why.add(reason);
        verdict = Verdict::Likely;
    }
    if verdict == Verdict::Possible {
        why.add(Reason::NoContext);
    }
    verdict
}

fn named(evidence: &Evidence) -> [(bool, Reason); 2] {
    [
        (evidence.key == KeySays::Kind, Reason::FieldName),
        (evidence.nearest.keyword.is_some(), Reason::Keyword),
    ]
}

/// One of ten random numbers of this shape passes the checksum, so that context is needed. Lower case needs a word.
fn identity(evidence: &Evidence, why: &mut Why) -> Verdict {
    let [field_name, keyword] = named(evidence);
    if evidence.form == Form::LowerCase {
        why.add(Reason::LowerCase);
        return if field_name.0 || keyword.0 { any(why, &[field_name, keyword]) } else { Verdict::Possible };
    }
    let many = evidence.of_kind >= 3;
    any(why, &[(evidence.known, Reason::ContentField), field_name, keyword, (many, Reason::ThreeOfKind)])
}

fn mobile(evidence: &Evidence, why: &mut Why) -> Verdict {
    let [field_name, keyword] = named(evidence);
    let separators = (evidence.form == Form::Grouped, Reason::Separators);
    let many = (evidence.of_kind >= 3, Reason::ThreeOfKind);
    any(why, &[(evidence.known, Reason::ContentField), field_name, keyword, separators, many])
}

/// Every line of a mail log has addresses, and none of them leaked: an address is somebody's data only in content, or
/// where a word says so.
fn email(evidence: &Evidence, why: &mut Why) -> Verdict {
    if is_countered(evidence) {
        why.add(Reason::EnvelopeAddress);
        return Verdict::Rejected;
    }
    let [field_name, keyword] = named(evidence);
    match any(why, &[(evidence.known, Reason::ContentField), field_name, keyword]) {
        Verdict::Likely => Verdict::Likely,
        _ => Verdict::Rejected,
    }
}

/// Numbers without a checksum are these only where a word says so; without one they are not even possible.
fn only_named(evidence: &Evidence, why: &mut Why) -> Verdict {
    match any(why, &named(evidence)) {
        Verdict::Likely => Verdict::Likely,
        _ => Verdict::Rejected,
    }
}

/// Bare runs of 13 to 19 digits are anything; a content field alone makes no card of them.
fn card(evidence: &Evidence, why: &mut Why) -> Verdict {
    let [field_name, keyword] = named(evidence);
    let usual = matches!(evidence.len, 15 | 16);
    let grouping = evidence.form == Form::Fours || usual && evidence.form == Form::Grouped;
    let many = (usual && evidence.of_kind >= 2, Reason::TwoOfKind);
    any(why, &[(usual && field_name.0, field_name.1), keyword, (grouping, Reason::Grouping), many])
}
