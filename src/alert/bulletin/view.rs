//! What a bulletin says, in words: the values of its templates, as docs/templates.md lists them. Lists are bounded as
//! those of a letter are; of a collective mail all cases that fit.

use serde::Serialize;

use super::Bulletin;
use crate::alert::clean::{shown_bytes, thousands};
use crate::alert::english::{counted, route_en};
use crate::alert::view::{bounded_by, gaps, lines};
use crate::alert::words::route_zh;
use crate::incident::{self, Entry, Listing, Read};
use crate::moment::{iso_local, roc, roc_short};

/// Cases of a list of the digest, and bytes of their actors; the same of a collective mail.
const CASES: (usize, usize) = (50, 4 << 10);
const URGENT: (usize, usize) = (100, 8 << 10);
/// Runs of case numbers, and their bytes.
const NUMBERS: (usize, usize) = (2_000, 40 << 10);

/// The values of the digest's templates. A site's own templates may rely on these names.
#[derive(Debug, Serialize)]
pub(super) struct Digest {
    kind: &'static str,
    languages: Vec<&'static str>,
    org: String,
    quiet: bool,
    from: String,
    to: String,
    from_iso: String,
    to_iso: String,
    opened: Vec<Opened>,
    opened_total: String,
    unsettled: String,
    held: Cases,
    exposed: Cases,
    possible: Cases,
    ended: Vec<String>,
    standing: Vec<String>,
    sources_total: String,
    lines: String,
    read: Vec<Source>,
    /// Sources that are not listed; empty where all are.
    read_more: String,
    gaps: Vec<String>,
    gaps_total: String,
    /// Whether there are more gaps than are listed.
    gaps_more: bool,
    checkpoint: Option<String>,
}

/// The values of the templates of a collective mail. A site's own templates may rely on these names.
#[derive(Debug, Serialize)]
pub(super) struct Collective {
    kind: &'static str,
    languages: Vec<&'static str>,
    org: String,
    at: String,
    at_iso: String,
    incidents: Cases,
    /// The nearest deadline of those that are listed; empty where none runs.
    due: String,
    due_iso: String,
    checkpoint: Option<String>,
}

/// New cases of a level.
#[derive(Debug, Serialize)]
struct Opened {
    level: usize,
    number: String,
}

/// Incidents, the gravest first.
#[derive(Debug, Serialize)]
struct Cases {
    total: String,
    list: Vec<Case>,
    /// Whether there are more than are listed.
    more: bool,
    /// The numbers of all, where not all are listed; none of what opens no case.
    numbers: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Case {
    name: String,
    level: u8,
    number: String,
    /// People if possible findings counted too; empty where there are none.
    possible: String,
    route: &'static str,
    actor: String,
    time: String,
    due: String,
    en: String,
}

#[derive(Debug, Serialize)]
struct Source {
    name: String,
    lines: String,
    bytes: String,
    until: String,
}

pub(super) fn digest(bulletin: &Bulletin, said: &incident::Digest) -> Digest {
    let zone = bulletin.zone;
    let opened = said.opened.iter().enumerate().filter(|(_, count)| **count > 0);
    let suppressed = |list: &[incident::Suppressed]| {
        let bytes = |one: &incident::Suppressed| {
            [&one.words, &one.owner, &one.reason, &one.last_day]
                .into_iter()
                .map(|text| shown_bytes(text))
                .sum()
        };
        lines(list, bytes, |one| suppressed(bulletin, one))
    };
    let fits = bounded_by(CASES, &said.sources, |read| shown_bytes(&read.source));
    let source = |read: &Read| Source {
        name: read.source.clone(),
        lines: thousands(read.lines),
        bytes: thousands(read.bytes),
        until: read.until.map_or_else(String::new, |until| iso_local(until.0, zone)),
    };
    let unlisted = (said.sources.len() - fits) as u64 + said.sources_more;
    let gaps_listed = gaps(&said.gaps);
    Digest {
        kind: bulletin.kind(),
        languages: languages(bulletin),
        org: bulletin.org_name.clone(),
        quiet: said.is_quiet(),
        from: roc_short(said.from.0, zone),
        to: roc_short(said.to.0, zone),
        from_iso: iso_local(said.from.0, zone),
        to_iso: iso_local(said.to.0, zone),
        opened: opened.map(|(level, count)| Opened { level, number: thousands(*count) }).collect(),
        opened_total: thousands(said.opened.iter().sum()),
        unsettled: thousands(said.unsettled),
        held: cases(bulletin, &said.held, CASES),
        exposed: cases(bulletin, &said.exposed, CASES),
        possible: cases(bulletin, &said.possible, CASES),
        ended: suppressed(&said.ended),
        standing: suppressed(&said.standing),
        sources_total: thousands(said.sources.len() as u64 + said.sources_more),
        lines: thousands(said.sources.iter().map(|read| read.lines).sum()),
        read: said.sources[..fits].iter().map(source).collect(),
        read_more: if unlisted > 0 { thousands(unlisted) } else { String::new() },
        gaps_more: said.gaps_total > gaps_listed.len() as u64,
        gaps: gaps_listed,
        gaps_total: thousands(said.gaps_total),
        checkpoint: bulletin.checkpoint.clone(),
    }
}

pub(super) fn collective(bulletin: &Bulletin, listing: &Listing) -> Collective {
    let (at, zone) = (bulletin.said.created, bulletin.zone);
    let due = listing.entries.iter().filter_map(|entry| Some(entry.due?.0)).min();
    Collective {
        kind: bulletin.kind(),
        languages: languages(bulletin),
        org: bulletin.org_name.clone(),
        at: roc(at, zone),
        at_iso: iso_local(at, zone),
        incidents: cases(bulletin, listing, URGENT),
        due: due.map_or_else(String::new, |due| format!("{} 前", roc_short(due, zone))),
        due_iso: due.map_or_else(String::new, |due| iso_local(due, zone)),
        checkpoint: bulletin.checkpoint.clone(),
    }
}

fn languages(bulletin: &Bulletin) -> Vec<&'static str> {
    bulletin.languages.iter().map(|language| language.tag()).collect()
}

fn cases(bulletin: &Bulletin, listing: &Listing, bound: (usize, usize)) -> Cases {
    let listed = bounded_by(bound, &listing.entries, |entry| shown_bytes(&entry.actor));
    let more = listing.total > listed as u64;
    let mut numbers = Vec::new();
    if more {
        let fits = bounded_by(NUMBERS, &listing.numbers, String::len);
        numbers.extend_from_slice(&listing.numbers[..fits]);
        if fits < listing.numbers.len() {
            numbers.push("…（breachd incident list）".to_owned());
        }
    }
    Cases {
        total: thousands(listing.total),
        list: listing.entries[..listed].iter().map(|entry| case(bulletin, entry)).collect(),
        more,
        numbers,
    }
}

fn case(bulletin: &Bulletin, entry: &Entry) -> Case {
    let zone = bulletin.zone;
    let name = entry.case.as_deref().unwrap_or(&entry.chain).to_owned();
    let (first, last) = (roc_short(entry.first.0, zone), roc_short(entry.last.0, zone));
    let time = match (first.split_once(' '), last.split_once(' ')) {
        _ if first == last => first,
        (Some((day, _)), Some((same, clock))) if day == same => format!("{first} 至 {clock}"),
        _ => format!("{first} 至 {last}"),
    };
    let due = entry.due.map(|due| due.0);
    let due_en = due.map_or_else(String::new, |due| format!("; next deadline {}", iso_local(due, zone)));
    Case {
        level: entry.level,
        number: format!("{} 人", thousands(entry.people)),
        possible: if entry.possible > entry.people {
            format!("{} 人", thousands(entry.possible))
        } else {
            String::new()
        },
        route: route_zh(entry.route),
        actor: entry.actor.clone(),
        time,
        due: due.map_or_else(String::new, |due| format!("{} 前", roc_short(due, zone))),
        en: format!(
            "level {}, {}; {} by {}{due_en}",
            entry.level,
            counted(entry.people, "person", "people"),
            route_en(entry.route),
            entry.actor
        ),
        name,
    }
}

fn suppressed(bulletin: &Bulletin, one: &incident::Suppressed) -> String {
    let end = one.ended.map_or_else(
        || format!("至 {} 止", one.last_day),
        |ended| format!("已於 {} 結束", roc_short(ended.0, bulletin.zone)),
    );
    format!(
        "{}（{}：{}）{end}；期間 {} 件、{} 人、最高第 {} 級，未另行通知",
        one.words,
        one.owner,
        one.reason,
        thousands(one.chains),
        thousands(one.people),
        one.level_max
    )
}
