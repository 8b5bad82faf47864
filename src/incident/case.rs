//! What a chain amounts to: numbers, level, samples, and whether it opens a draft.

use std::collections::BTreeMap;

use super::chain::Chain;
use super::declared::{self, Estimate};
use super::event::Event;
use super::exposure;
use super::unusual;
use super::{
    Core, Exposed, Instant, Level, Outcome, Outcomes, Recipient, Route, Rules, Sample, SamplePlace, Subjects,
};
use crate::kind::{Nature, Verdict};
use crate::line::Place;
use crate::mask::{Shown, SubjectKey};
use crate::moment::DAY;
use crate::record::Record;
use crate::severity::{self, Demand, Measured};
use crate::tally::{self, Row, Tally};

/// Recipients, objects and origins listed in an incident; the rest of each is a number.
const LISTED_MAX: usize = 1000;
/// Samples kept of an incident.
const SAMPLES_MAX: usize = 20;
/// Characters of one sample.
const SAMPLE_CHARS_MAX: usize = 200;

/// An event with its records.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'e> {
    /// The event.
    pub event: &'e Event,
    /// Its hits, with their places.
    pub hits: &'e [(Record, Place)],
}

/// A chain, judged.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The core of the incident.
    pub core: Core,
    /// Whether it opens a draft by the thresholds.
    pub opens: bool,
    /// Duties that the level and the numbers ask for.
    pub demands: Vec<Demand>,
    /// Roles to be told.
    pub roles: Vec<String>,
    /// Name of the level.
    pub level_name: String,
}

/// Judges a chain, together with the one that it continues. `baseline` is what its actor did by its route in the thirty
/// days before it.
pub fn judge(
    chain: &Chain,
    own: &[Evidence<'_>],
    before: Option<(&str, &[Evidence<'_>])>,
    baseline: &[Evidence<'_>],
    rules: &Rules,
) -> Judged {
    let counted = |evidence: &[Evidence<'_>], select: fn(&Event) -> bool, floor| {
        people(evidence.iter().filter(|evidence| select(evidence.event)), floor)
    };
    let earlier = before.map_or(&[][..], |(_, evidence)| evidence);
    let both: Vec<Evidence<'_>> = own.iter().chain(earlier).copied().collect();
    let subjects = counted(own, Event::counts, Verdict::Likely);
    let together = counted(&both, Event::counts, Verdict::Likely);
    let shown = shown(own);
    let unseen_own = declared::estimate(&shown, subjects, rules);
    let unseen_both = declared::estimate(&counting(&both), together, rules);
    let (seen, subjects) = (subjects.total, unseen_own.with(subjects));
    let together = unseen_both.with(together);
    let natures = with_natures(natures(&shown), &unseen_own);
    let measured = Measured {
        total: together.total,
        general: together.general,
        special: together.special,
        rows: rows(&counting(&both)),
        natures: with_natures(self::natures(&self::shown(&both)), &unseen_both),
        held: held(&both, rules),
    };
    let began = own.iter().chain(earlier).map(|evidence| evidence.event.first).min().unwrap_or(0);
    let in_force = severity::in_force(&rules.policies, began, rules.org.zone);
    let judgement = severity::judge(&in_force, &measured);
    let exposed = exposure::exposed(&shown);
    let unseen = exposed.filter(|_| subjects.total > 0).map_or(0, Exposed::unseen);
    let mut why = exposed.map_or(Vec::new(), |exposed| vec![exposed.why(rules.exposed_recipients)]);
    why.extend(unseen_own.why(seen));
    why.extend(judgement.why);
    if unseen > 0 {
        why.extend(exposure::what_if(&in_force, &measured, unseen, judgement.level));
    }
    if let Some((id, _)) = before {
        why.push(format!(
            "與前一時段 {id} 合併計算：本時段 {} 人，合計 {} 人",
            subjects.total, together.total
        ));
    }
    let unusual = unusual::unusual(&shown, &counting(baseline), subjects.total, rules);
    let is_opening = unusual.iter().any(|(unusual, _)| rules.abnormal.opens.contains(unusual));
    why.extend(unusual.into_iter().map(|(_, words)| words));
    let in_log = own.first().is_some_and(|evidence| evidence.event.route == Route::ExposureInLog);
    let level = if in_log { 0 } else { judgement.level };
    let event = own.first().expect("a chain has events").event;
    let (objects, objects_more) = listed(texts(shown.iter().flat_map(|evidence| &evidence.event.objects)));
    let (origins, origins_more) = listed(origins(&shown));
    let core = Core {
        id: chain.id.clone(),
        route: event.route,
        actor: event.actor.text.clone(),
        first: Instant(shown.iter().map(|evidence| evidence.event.first).min().unwrap_or(event.first)),
        last: Instant(shown.iter().map(|evidence| evidence.event.first).max().unwrap_or(event.first)),
        subjects: Subjects {
            total: subjects.total,
            general: subjects.general,
            special: subjects.special,
            estimated: unseen > 0 || unseen_own.unseen() > 0 || unseen_own.is_open || subjects.is_estimate,
        },
        rows: rows(&shown),
        possible_subjects: counted(own, Event::counts, Verdict::Possible).total
            + unseen
            + unseen_own.unseen(),
        pending_subjects: pending(own, rules),
        declared: unseen_own.declared.or_else(|| exposed.and_then(Exposed::declared)),
        exposed,
        continues: before.map(|(id, _)| id.to_owned()),
        natures,
        level: Level { level, by_count: judgement.by_count, by_nature: judgement.by_nature, why },
        outcomes: outcomes(own),
        recipients: Vec::new(),
        recipients_more: None,
        objects,
        objects_more,
        origins,
        origins_more,
        samples: samples(&shown),
    };
    Judged {
        opens: opens(&both, rules) || is_opening && !in_log,
        core: with_recipients(core, own),
        demands: judgement.demands,
        roles: judgement.roles,
        level_name: judgement.level_name,
    }
}

fn counting<'e>(evidence: &[Evidence<'e>]) -> Vec<Evidence<'e>> {
    evidence.iter().filter(|evidence| evidence.event.counts()).copied().collect()
}

/// The total if pending events counted too, with what they declare.
fn pending(own: &[Evidence<'_>], rules: &Rules) -> u64 {
    let open = own.iter().filter(|evidence| evidence.event.counts() || evidence.event.pending());
    let open: Vec<Evidence<'_>> = open.copied().collect();
    let seen = people(open.iter(), Verdict::Likely);
    declared::estimate(&open, seen, rules).with(seen).total
}

fn with_natures(mut natures: Vec<Nature>, estimate: &Estimate) -> Vec<Nature> {
    natures.extend(&estimate.natures);
    natures.sort_unstable();
    natures.dedup();
    natures
}

/// Distinct people of an actor over the 30 days that end with the last event, all routes that count.
pub fn people_in_30_days(evidence: &[Evidence<'_>], last: i64) -> u64 {
    let recent = evidence.iter().filter(|evidence| {
        let event = evidence.event;
        event.counts()
            && event.route != Route::ExposureInLog
            && event.first > last - 30 * DAY
            && event.first <= last
    });
    people(recent, Verdict::Likely).total
}

pub(super) fn people<'e>(evidence: impl Iterator<Item = &'e Evidence<'e>>, floor: Verdict) -> Tally {
    let records = evidence.flat_map(|evidence| evidence.hits);
    let rows = records.map(|(record, _)| Row {
        values: &record.values,
        special: record.natures.contains(&Nature::Special),
    });
    tally::count(rows, floor)
}

/// The events that the draft describes: those that count, or, where none does yet, those out of patience.
/// What the largest of the systems holds from which the data came.
fn held(evidence: &[Evidence<'_>], rules: &Rules) -> u64 {
    let counting = evidence.iter().filter(|evidence| evidence.event.counts());
    let sources = counting.flat_map(|evidence| evidence.hits).map(|(_, place)| &place.source);
    sources.map(|source| rules.held(source)).max().unwrap_or(0)
}

fn shown<'e>(evidence: &[Evidence<'e>]) -> Vec<Evidence<'e>> {
    let counting: Vec<_> = evidence.iter().filter(|evidence| evidence.event.counts()).copied().collect();
    if counting.is_empty() {
        return evidence.iter().filter(|evidence| evidence.event.late).copied().collect();
    }
    counting
}

/// Records, each once per event, field, set of keys and position in its line: a resend of a message by a filter is
/// the same event, and the same row.
pub(super) fn rows(evidence: &[Evidence<'_>]) -> u64 {
    let mut rows: Vec<_> = evidence
        .iter()
        .flat_map(|evidence| {
            let likely = evidence.hits.iter().filter(|(record, _)| is_likely(record));
            likely.map(|(record, _)| (&evidence.event.name, record.identity()))
        })
        .collect();
    rows.sort();
    rows.dedup();
    rows.len() as u64
}

fn is_likely(record: &Record) -> bool {
    record.values.iter().any(|value| value.verdict == Verdict::Likely)
}

fn natures(evidence: &[Evidence<'_>]) -> Vec<Nature> {
    let likely = evidence.iter().flat_map(|evidence| evidence.hits).filter(|(record, _)| is_likely(record));
    let mut natures: Vec<Nature> = likely.flat_map(|(record, _)| record.natures.iter().copied()).collect();
    natures.sort_unstable();
    natures.dedup();
    natures
}

fn opens(evidence: &[Evidence<'_>], rules: &Rules) -> bool {
    let route = evidence.first().map(|evidence| evidence.event.route);
    let in_log = route == Some(Route::ExposureInLog);
    let open: Vec<Evidence<'_>> =
        evidence.iter().filter(|evidence| evidence.event.counts() || evidence.event.late).copied().collect();
    let reaches = |select: &dyn Fn(&Event) -> bool, threshold: u64| {
        let weighed: Vec<_> = open.iter().filter(|evidence| select(evidence.event)).copied().collect();
        let seen = people(weighed.iter(), Verdict::Likely);
        let estimate = declared::estimate(&weighed, seen, rules);
        // A file whose name tells of people is of somebody, however many.
        estimate.with(seen).total.max(u64::from(estimate.is_open)) >= threshold.max(1)
    };
    // Addressees are among the people only of messages that show too many, and those open by themselves.
    let exposes = || open.iter().any(|evidence| evidence.event.exposure.is_some());
    let counting = counting(&open);
    let estimate = declared::estimate(&counting, Tally::default(), rules);
    let special = || {
        estimate.natures.contains(&Nature::Special) || people(counting.iter(), Verdict::Likely).special > 0
    };
    let rule_of = |event: &Event| rules.open_rules.iter().position(|rule| rule.fits(event));
    let by_rule = |nth: usize| reaches(&|event| rule_of(event) == Some(nth), rules.open_rules[nth].people);
    if (0..rules.open_rules.len()).any(by_rule) && !in_log {
        return true;
    }
    match route {
        Some(Route::MailOut) => reaches(&|event| rule_of(event).is_none(), rules.open.mail) || exposes(),
        Some(Route::Download) => {
            reaches(&|event| !event.inside && rule_of(event).is_none(), rules.open.download_outside)
                || reaches(&|event| rule_of(event).is_none(), rules.open.download_inside)
                || estimate.is_listed
                || special()
        }
        Some(Route::Export) => reaches(&|event| rule_of(event).is_none(), rules.open.export) || special(),
        Some(Route::Destruction) => reaches(&|event| rule_of(event).is_none(), 1),
        Some(Route::ExposureInLog) | None => false,
    }
}

fn outcomes(evidence: &[Evidence<'_>]) -> Outcomes {
    let mut outcomes = Outcomes::default();
    for (_, outcome) in evidence.iter().flat_map(|evidence| &evidence.event.recipients) {
        *match outcome {
            Outcome::Left => &mut outcomes.left,
            Outcome::LeftPartly => &mut outcomes.left_partly,
            Outcome::InternalOnly => &mut outcomes.internal_only,
            Outcome::Blocked => &mut outcomes.blocked,
            Outcome::Failed => &mut outcomes.failed,
            Outcome::Pending => &mut outcomes.pending,
            Outcome::Unknown => &mut outcomes.unknown,
        } += 1;
    }
    outcomes
}

/// Every recipient once, with its strongest outcome over the chain's events.
fn with_recipients(mut core: Core, evidence: &[Evidence<'_>]) -> Core {
    let mut strongest: BTreeMap<SubjectKey, (&Shown, Outcome)> = BTreeMap::new();
    for (recipient, outcome) in evidence.iter().flat_map(|evidence| &evidence.event.recipients) {
        let entry = strongest.entry(recipient.same).or_insert((recipient, *outcome));
        entry.1 = entry.1.max(*outcome);
    }
    let recipients = strongest.into_values();
    let mut recipients: Vec<Recipient> =
        recipients.map(|(shown, outcome)| Recipient { address: shown.text.clone(), outcome }).collect();
    recipients.sort();
    (core.recipients, core.recipients_more) = listed(recipients);
    core
}

/// What is listed, and how much more there is.
fn listed<T>(mut all: Vec<T>) -> (Vec<T>, Option<u64>) {
    let more = all.len().saturating_sub(LISTED_MAX) as u64;
    all.truncate(LISTED_MAX);
    (all, (more > 0).then_some(more))
}

/// Texts of fields, each field once, in the order of their texts.
fn texts<'s>(fields: impl Iterator<Item = &'s Shown>) -> Vec<String> {
    let fields: BTreeMap<SubjectKey, &Shown> = fields.map(|shown| (shown.same, shown)).collect();
    let mut texts: Vec<String> = fields.into_values().map(|shown| shown.text.clone()).collect();
    texts.sort();
    texts
}

fn origins(evidence: &[Evidence<'_>]) -> Vec<String> {
    let mut origins: Vec<_> = evidence.iter().flat_map(|evidence| evidence.event.origins.clone()).collect();
    origins.sort();
    origins.dedup();
    origins.iter().map(ToString::to_string).collect()
}

/// The 20 smallest by (event time, masked text); of equal ones the first by place.
fn samples(evidence: &[Evidence<'_>]) -> Vec<Sample> {
    let mut samples: Vec<(i64, String, &Place)> = evidence
        .iter()
        .flat_map(|evidence| {
            let likely = evidence.hits.iter().filter(|(record, _)| is_likely(record));
            likely.map(|(record, place)| {
                let masked = record.sample.text.chars().take(SAMPLE_CHARS_MAX).collect();
                (evidence.event.first, masked, place)
            })
        })
        .collect();
    samples.sort();
    samples.dedup_by(|a, b| (a.0, &a.1) == (b.0, &b.1));
    samples.truncate(SAMPLES_MAX);
    let sample = |(time, masked, place): (i64, String, &Place)| Sample {
        time: Instant(time),
        masked,
        place: Some(SamplePlace { path: place.path.to_string(), offset: place.offset, line: place.line }),
    };
    samples.into_iter().map(sample).collect()
}

impl Core {
    /// The core as it is compared: samples without their places.
    #[must_use]
    pub fn bare(mut self) -> Self {
        for sample in &mut self.samples {
            sample.place = None;
        }
        self
    }
}
