//! People whom no line shows: what lines declare, and what the inventory lists (DESIGN: share delivered).
//!
//! An object counts the largest of what was seen of it, what a line declares, and its records in the inventory times
//! the share that was delivered. Objects of one data set are about the same people, so the largest of them holds;
//! different data sets add up. Which people are in two data sets is not known: at least those of the largest, at most
//! all together. The level is computed on the most, and the draft says 推定.

use std::collections::BTreeMap;

use super::case::{Evidence, people};
use super::{Declared, Rules};
use crate::inventory::Entry;
use crate::kind::{Nature, Verdict};
use crate::mask::SubjectKey;
use crate::severity::thousands;
use crate::tally::Tally;

/// What a chain's events say of people whom they do not show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Estimate {
    /// People beyond those seen, general and special.
    pub(super) general: u64,
    pub(super) special: u64,
    /// The numbers as the draft tells them.
    pub(super) declared: Option<Declared>,
    /// Natures by the inventory and by telling names.
    pub(super) natures: Vec<Nature>,
    /// An object that the inventory lists was delivered.
    pub(super) is_listed: bool,
    /// Something was delivered that is of an unknown number of people.
    pub(super) is_open: bool,
}

/// Which people an object is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Set<'e> {
    /// Those of a data set of the inventory.
    Named(&'e str),
    /// Its own.
    Object(SubjectKey),
}

/// One object of the chain.
#[derive(Default)]
struct Object<'e> {
    entry: Option<&'e Entry>,
    /// The most that a line declares.
    records: u64,
    /// Bytes of all answers, and the largest answer that was whole.
    bytes: u64,
    largest: u64,
    /// A delivery of unknown size.
    is_whole: bool,
    natures: Vec<Nature>,
}

impl Object<'_> {
    /// How many people it is about, as far as it was delivered; part of a record is a record.
    fn people(&self) -> u64 {
        let listed = self.entry.map_or(0, |entry| {
            let size = entry.bytes.unwrap_or(self.largest);
            if size == 0 || self.is_whole || self.bytes >= size {
                return entry.records;
            }
            let part = u128::from(entry.records) * u128::from(self.bytes);
            u64::try_from(part.div_ceil(u128::from(size))).unwrap_or(u64::MAX)
        });
        listed.max(self.records)
    }
}

/// People of one data set.
#[derive(Default)]
struct Sum {
    people: u64,
    special: bool,
}

/// What these events say beyond the people seen in them. `observed` is who was seen in all of them.
pub(super) fn estimate(evidence: &[Evidence<'_>], observed: Tally, rules: &Rules) -> Estimate {
    if evidence.iter().all(|evidence| evidence.event.counted.is_empty()) {
        return Estimate::default();
    }
    let objects = objects(evidence, rules);
    let set = |same: &SubjectKey| {
        let entry = objects.get(same).and_then(|object| object.entry);
        entry.map_or(Set::Object(*same), |entry| Set::Named(&entry.data_set))
    };
    let mut sets: BTreeMap<Set<'_>, Sum> = BTreeMap::new();
    let mut out = Estimate::default();
    for (same, object) in &objects {
        let sum = sets.entry(set(same)).or_default();
        sum.people = sum.people.max(object.people());
        sum.special |= object.natures.contains(&Nature::Special);
        out.natures.extend(&object.natures);
        out.is_listed |= object.entry.is_some();
        out.is_open |= object.people() == 0 && !object.natures.is_empty();
    }
    out.natures.sort_unstable();
    out.natures.dedup();
    // Who is seen in an event is among those of the largest set that it delivered, and in no other.
    let leading = |evidence: &Evidence<'_>| {
        let of_event = evidence.event.counted.iter().map(|counted| set(&counted.count.object.same));
        of_event.max_by_key(|set| sets.get(set).map_or(0, |sum| sum.people))
    };
    for (set, sum) in &sets {
        let own = evidence.iter().filter(|evidence| leading(evidence).as_ref() == Some(set));
        let seen = people(own, Verdict::Likely);
        if sum.special {
            out.special += sum.people.saturating_sub(seen.special.max(seen.total));
        } else {
            out.general += sum.people.saturating_sub(seen.total);
        }
    }
    out.declared = declared(&sets, &objects, observed, &out);
    out
}

/// Every object that is of people, with all that the events deliver of it.
fn objects<'e>(evidence: &[Evidence<'_>], rules: &'e Rules) -> BTreeMap<SubjectKey, Object<'e>> {
    let mut objects: BTreeMap<SubjectKey, Object<'e>> = BTreeMap::new();
    for counted in evidence.iter().flat_map(|evidence| &evidence.event.counted) {
        let count = &counted.count;
        let object = objects.entry(count.object.same).or_default();
        object.entry = object.entry.or_else(|| rules.inventory.entry(count.listed.as_deref()?));
        object.records = object.records.max(count.records.unwrap_or(0));
        let bytes = count.bytes.unwrap_or(0);
        object.bytes = object.bytes.saturating_add(bytes);
        if counted.whole {
            object.largest = object.largest.max(bytes);
        }
        // An answer that names no size is taken to be all of it: never too few.
        object.is_whole |= count.bytes.is_none();
        let natures = object.entry.map_or(&count.named, |entry| &entry.natures);
        object.natures.extend(natures);
        // What the inventory has lost since is still a file of people.
        if count.listed.is_some() && object.entry.is_none() {
            object.natures.push(Nature::Identification);
        }
    }
    objects
}

fn declared(
    sets: &BTreeMap<Set<'_>, Sum>,
    objects: &BTreeMap<SubjectKey, Object<'_>>,
    observed: Tally,
    out: &Estimate,
) -> Option<Declared> {
    let records: u64 = sets.values().map(|sum| sum.people).sum();
    let special = sets.values().filter(|sum| sum.special).map(|sum| sum.people).sum();
    let largest = sets.values().map(|sum| sum.people).max().unwrap_or(0);
    let mut basis: Vec<String> = Vec::new();
    let listed = objects.values().filter_map(|object| object.entry);
    let mut named: Vec<String> = listed
        .map(|entry| {
            let as_of = entry.as_of.as_ref().map_or(String::new(), |day| format!("，盤點日 {day}"));
            format!("個資盤點清冊「{}」{} 筆{as_of}", entry.data_set, thousands(entry.records))
        })
        .collect();
    named.sort();
    named.dedup();
    if named.len() > SETS_SHOWN_MAX {
        let more = named.len() - SETS_SHOWN_MAX;
        named.truncate(SETS_SHOWN_MAX);
        named.push(format!("另 {more} 項資料集"));
    }
    basis.extend(named);
    if objects.values().any(|object| object.entry.is_none() && object.records > 0) {
        basis.push("紀錄檔欄位載明之筆數".to_owned());
    }
    if out.is_open {
        basis.push("檔名疑為個資檔案而未列於清冊，筆數待查".to_owned());
    }
    let low = observed.total.max(largest);
    let high = observed.total + out.general + out.special;
    (!basis.is_empty()).then(|| Declared { records, special, basis: basis.join("；"), low, high })
}

/// Data sets that the basis names.
const SETS_SHOWN_MAX: usize = 10;

impl Estimate {
    /// People beyond those seen.
    pub(super) fn unseen(&self) -> u64 {
        self.general + self.special
    }

    /// The people seen, and those beyond them.
    pub(super) fn with(&self, seen: Tally) -> Tally {
        let (general, special) = (seen.general + self.general, seen.special + self.special);
        Tally { total: general + special, general, special, ..seen }
    }

    /// The reason in a sentence, where the number is more than what was seen.
    pub(super) fn why(&self, seen: u64) -> Option<String> {
        let Declared { basis, low, high, .. } = self.declared.as_ref()?;
        if self.unseen() == 0 {
            return self.is_open.then(|| basis.clone());
        }
        let range = if low == high { String::new() } else { format!("{} 至 ", thousands(*low)) };
        Some(format!("推定 {range}{} 人（實見 {} 人；{basis}）", thousands(*high), thousands(seen)))
    }
}
