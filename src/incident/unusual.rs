//! Abnormal use of systems that hold many records (內政部指定營建類非公務機關個人資料檔案安全維護管理辦法 §15 (6): 非法或異常使用行為之監控): the
//! chain against what the same actor did by the same route in the thirty days before. Only lines with personal data, or
//! with files that are known to be of people, are compared; the others are not in the store.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Rules;
use super::case::{Evidence, rows};
use super::rules::Abnormal;
use crate::moment::{DAY, Day, minute_of_week};
use crate::severity::thousands;

/// How long back an actor is compared with itself.
pub const BASELINE: i64 = 30 * DAY;
/// Days with events from which on an average says something.
const DAYS_MIN: usize = 5;

/// A way in which use is abnormal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unusual {
    /// Many times what the actor takes on a day.
    Volume,
    /// Outside the hours of work.
    OffHours,
    /// To a domain, or from an address, that the actor has not used.
    NewDestination,
    /// Very many files.
    MassDownload,
}

impl Unusual {
    /// Every way.
    pub const ALL: [Self; 4] = [Self::Volume, Self::OffHours, Self::NewDestination, Self::MassDownload];

    /// The stable id.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Volume => "volume",
            Self::OffHours => "off-hours",
            Self::NewDestination => "new-destination",
            Self::MassDownload => "mass-download",
        }
    }
}

/// What is abnormal in these events of a large system, each with a sentence; `people` is the chain's number.
pub(super) fn unusual(
    own: &[Evidence<'_>],
    baseline: &[Evidence<'_>],
    people: u64,
    rules: &Rules,
) -> Vec<(Unusual, String)> {
    let of_large: Vec<Evidence<'_>> =
        own.iter().filter(|one| rules.abnormal.is_large(one)).copied().collect();
    if of_large.is_empty() {
        return Vec::new();
    }
    let abnormal = &rules.abnormal;
    [
        volume(&of_large, baseline, people, rules).map(|words| (Unusual::Volume, words)),
        off_hours(&of_large, rules).map(|words| (Unusual::OffHours, words)),
        new_destination(&of_large, baseline).map(|words| (Unusual::NewDestination, words)),
        mass_download(&of_large, abnormal).map(|words| (Unusual::MassDownload, words)),
    ]
    .into_iter()
    .flatten()
    .map(|(unusual, words)| (unusual, format!("異常使用（第十五條第六款）：{words}")))
    .collect()
}

/// 「平日 40 筆/日，本次 1,284 筆」.
fn volume(own: &[Evidence<'_>], baseline: &[Evidence<'_>], people: u64, rules: &Rules) -> Option<String> {
    let days: BTreeSet<Day> = baseline.iter().map(|one| Day::of(one.event.first, rules.org.zone)).collect();
    if days.len() < DAYS_MIN {
        return None;
    }
    let daily = rows(baseline).div_ceil(days.len() as u64).max(1);
    let now = rows(own).max(people);
    let is_more = now >= daily.saturating_mul(rules.abnormal.times);
    is_more.then(|| format!("平日 {} 筆/日，本次 {} 筆", thousands(daily), thousands(now)))
}

fn off_hours(own: &[Evidence<'_>], rules: &Rules) -> Option<String> {
    let (from, to) = rules.abnormal.hours;
    let is_off = |one: &&Evidence<'_>| {
        let (weekday, minute) = minute_of_week(one.event.first, rules.org.zone);
        weekday >= 5 || !(from..to).contains(&minute)
    };
    let off = own.iter().filter(is_off).count();
    (off > 0).then(|| format!("上班時間外 {} 次", thousands(off as u64)))
}

/// Of mail a domain of a recipient, of others the client's address; without a past everything would be new.
fn new_destination(own: &[Evidence<'_>], baseline: &[Evidence<'_>]) -> Option<String> {
    let known: BTreeSet<String> = baseline.iter().flat_map(destinations).collect();
    if known.is_empty() {
        return None;
    }
    let new: BTreeSet<String> = own.iter().flat_map(destinations).filter(|to| !known.contains(to)).collect();
    let first = new.first()?;
    let more = if new.len() > 1 { format!(" 等 {} 處", new.len()) } else { String::new() };
    Some(format!("近 30 日未曾有之去向 {first}{more}"))
}

fn destinations(one: &Evidence<'_>) -> Vec<String> {
    let event = one.event;
    let counts = event.recipients.iter().filter(|(_, outcome)| outcome.counts());
    let domains: Vec<String> =
        counts.filter_map(|(to, _)| Some(to.text.rsplit_once('@')?.1.to_ascii_lowercase())).collect();
    if domains.is_empty() { event.origins.iter().map(ToString::to_string).collect() } else { domains }
}

fn mass_download(own: &[Evidence<'_>], abnormal: &Abnormal) -> Option<String> {
    let objects: BTreeSet<_> =
        own.iter().flat_map(|one| &one.event.objects).map(|object| object.same).collect();
    let many = objects.len() as u64;
    (many >= abnormal.objects).then(|| format!("大量標的 {} 項", thousands(many)))
}
