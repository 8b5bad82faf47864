//! Messages that show too many outside addresses to each other: To and Cc where Bcc was meant. No pattern finds this
//! leak, and no single address is one.
//!
//! A log holds 200 bytes of a header, some eight addresses. Where one was cut off, the outside recipients of the envelope
//! say how many there were; those of Bcc are among them, so that number is an estimate. It counts only beside an outside
//! address that was seen, so that no mailing by Bcc alone is taken for one.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::case::Evidence;
use super::event::Whole;
use super::outcome;
use super::{Declared, Exposed, Org, Outcome};
use crate::batch::Body;
use crate::event::Family;
use crate::mask::{Shown, SubjectKey};
use crate::record::Record;
use crate::severity::{self, Measured, Policy};

/// More outside addresses in To and Cc of one message than are allowed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exposure {
    /// Distinct outside recipients of the envelope, where a header was cut off; else none.
    pub envelope: Vec<SubjectKey>,
}

/// The exposure of an event whose sources have been read up to `now`, and the facts of the outside addresses. Copies of
/// a message that a filter has handed back are the same event, and their addresses the same.
pub(super) fn of(whole: &Whole<'_>, now: i64) -> Option<(Exposure, BTreeSet<i64>)> {
    let allowed = whole.rules.exposed_recipients;
    if allowed == 0 || whole.family() != Family::Mail {
        return None;
    }
    let org = &whole.rules.org;
    let (mut addresses, mut facts, mut cut) = (BTreeSet::new(), BTreeSet::new(), false);
    for (id, record) in addressees(whole) {
        cut |= record.cut;
        if let Some(address) = outside(record, org) {
            addresses.insert(address);
            facts.insert(id);
        }
    }
    let envelope = if cut { envelope(whole) } else { BTreeSet::new() };
    let shown = addresses.len().max(envelope.len()) as u64;
    let is_exposure = !addresses.is_empty() && shown > allowed && may_have_left(whole, now);
    is_exposure.then(|| (Exposure { envelope: envelope.into_iter().collect() }, facts))
}

/// Every addressee that lines of the event show.
fn addressees<'f>(whole: &Whole<'f>) -> impl Iterator<Item = (i64, &'f Record)> {
    let kept = whole.part.iter().flat_map(|life| whole.lives[*life].facts.iter());
    kept.filter_map(|kept| match &kept.fact.body {
        Body::Hit(record) if record.field.lists_addressees() => Some((kept.id, record)),
        _ => None,
    })
}

/// The address of a record, where it is outside. Its mask keeps the domain.
fn outside(record: &Record, org: &Org) -> Option<SubjectKey> {
    let value = record.values.first()?;
    (!org.is_internal(&value.masked.to_string())).then_some(value.key)
}

/// Outside recipients as the sender wrote them: the members of an alias were in no header.
fn envelope(whole: &Whole<'_>) -> BTreeSet<SubjectKey> {
    let written = whole.facts().filter_map(|fact| match &fact.body {
        Body::Outcome(said) => Some((said.recipient.as_ref()?, said.original.as_ref())),
        _ => None,
    });
    let is_outside =
        |address: &Shown| address.text.contains('@') && !whole.rules.org.is_internal(&address.text);
    written
        .filter(|(recipient, original)| is_outside(recipient) && original.is_none_or(is_outside))
        .map(|(recipient, original)| original.unwrap_or(recipient).same)
        .collect()
}

/// Whether somebody outside has it, or may get it yet: an exposure within the organisation, or one that came in from
/// outside, is none of ours.
fn may_have_left(whole: &Whole<'_>, now: i64) -> bool {
    let fate = outcome::fate(whole, std::iter::empty(), now);
    fate.recipients.iter().any(|(recipient, outcome)| {
        outcome.counts() || *outcome == Outcome::Pending && !whole.rules.org.is_internal(&recipient.text)
    })
}

/// What the exposures among these events amount to.
pub(super) fn exposed(evidence: &[Evidence<'_>]) -> Option<Exposed> {
    let [mut seen, mut whole, mut envelope] = [const { BTreeSet::<SubjectKey>::new() }; 3];
    let mut messages = 0;
    for (exposure, evidence) in evidence.iter().filter_map(|each| Some((each.event.exposure.as_ref()?, each)))
    {
        let records = evidence.hits.iter().filter(|(record, _)| record.field.lists_addressees());
        let addresses: Vec<SubjectKey> =
            records.flat_map(|(record, _)| &record.values).map(|value| value.key).collect();
        seen.extend(&addresses);
        // The two are hashed apart, so an address that is in both is two here: at most so many.
        if exposure.envelope.is_empty() {
            whole.extend(addresses);
        }
        envelope.extend(&exposure.envelope);
        messages += 1;
    }
    let (addresses, most) = (seen.len() as u64, (whole.len() + envelope.len()) as u64);
    let at_most = Some(most).filter(|most| *most > addresses && !envelope.is_empty());
    (messages > 0).then_some(Exposed { addresses, at_most, messages })
}

/// Which level the estimate would give, where it is another one.
pub(super) fn what_if(policies: &[Policy], measured: &Measured, unseen: u64, level: u8) -> Option<String> {
    let total = measured.total + unseen;
    let estimated = Measured { total, general: measured.general + unseen, ..measured.clone() };
    let other = severity::judge(policies, &estimated).level;
    (other != level).then(|| format!("如以至多 {total} 人計 → 第 {other} 級，請查證實際人數"))
}

impl Exposed {
    /// Addresses that the log does not show.
    pub fn unseen(self) -> u64 {
        self.at_most.map_or(0, |most| most - self.addresses)
    }

    /// How many, in words.
    pub fn number_zh(self) -> String {
        self.at_most.map_or_else(|| self.addresses.to_string(), |most| format!("至多約 {most}"))
    }

    /// The reason in a sentence.
    pub(super) fn why(self, allowed: u64) -> String {
        let Self { addresses, messages, .. } = self;
        let what = format!(
            "收件人／副本欄揭露 {} 個外部電子郵件地址（應使用密件副本），計 {messages} 封，單封超過 {allowed} 個即成案",
            self.number_zh()
        );
        if self.at_most.is_none() {
            return what;
        }
        format!(
            "{what}；標頭於紀錄檔中遭截斷，僅見 {addresses} 個，至多數係以信封外部收件人估計，含密件副本收件人"
        )
    }

    /// The estimate as a declared number; none where every address was seen.
    pub(super) fn declared(self) -> Option<Declared> {
        let high = self.at_most?;
        let basis = "信封外部收件人，含密件副本收件人；收件人／副本欄於紀錄檔中遭截斷".to_owned();
        Some(Declared { records: high, special: 0, basis, low: self.addresses, high })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Kind;
    use crate::mask::{Sensitive, Style};
    use crate::moment::Tz;

    #[test]
    fn the_mask_of_an_address_keeps_the_domain_that_says_whether_it_is_outside() {
        let org =
            Org { domains: vec!["agency.gov.tw".to_owned()], networks: Vec::new(), zone: Tz::Asia__Taipei };
        let is_internal = |address: &str| {
            let masked = Sensitive::new(Kind::Email, address.to_owned()).mask(Style::Strict);
            org.is_internal(&masked.to_string())
        };
        for inside in ["wang@agency.gov.tw", "w@hr.agency.gov.tw", "0912345678@agency.gov.tw"] {
            assert!(is_internal(inside), "{inside}");
        }
        for outside in ["wang@evil-agency.gov.tw", "agency.gov.tw@x.tw", "w@12345678.tw"] {
            assert!(!is_internal(outside), "{outside}");
        }
    }

    #[test]
    fn what_is_said_names_what_was_seen_and_what_is_estimated() {
        let whole = Exposed { addresses: 24, at_most: None, messages: 1 };
        assert!(whole.why(20).starts_with("收件人／副本欄揭露 24 個外部電子郵件地址（應使用密件副本）"));
        assert_eq!((whole.unseen(), whole.declared()), (0, None));
        let cut = Exposed { addresses: 8, at_most: Some(30), messages: 2 };
        let why = cut.why(20);
        for part in ["至多約 30 個", "計 2 封", "超過 20 個", "僅見 8 個", "含密件副本"] {
            assert!(why.contains(part), "{part}: {why}");
        }
        let declared = cut.declared().expect("an estimate");
        assert_eq!((cut.unseen(), declared.low, declared.high, declared.records), (22, 8, 30, 30));
    }
}
