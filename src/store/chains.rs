//! Conclusions: events and chains, computed anew for whatever new facts touch.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use rusqlite::{OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::apply::{Step, damaged};
use super::facts::{clock, load_thread, text};
use super::shelf::{self, Shelf};
use crate::incident::{self, Chain, Core, Event, Route, Rules};
use crate::kind::{Kind, Verdict};
use crate::line::SourceId;
use crate::severity::{Days, Demand};

type Result<T> = std::result::Result<T, Step>;

/// A chain as the store keeps it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Body {
    pub(super) core: Core,
    pub(super) demands: Vec<Asked>,
    pub(super) roles: Vec<String>,
    pub(super) level_name: String,
    pub(super) basis: String,
    pub(super) sources: Vec<SourceId>,
    pub(super) actor_30d: u64,
    /// Kinds of its likely findings.
    #[serde(default)]
    pub(super) kinds: Vec<Kind>,
    /// The level that holds for its case, where a person has set one.
    #[serde(skip)]
    pub(super) decided: Option<u8>,
}

impl Body {
    /// The level that holds.
    pub(super) fn level(&self) -> u8 {
        self.decided.unwrap_or(self.core.level.level)
    }
}

/// A duty that a policy asks for, before its clock has started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Asked {
    pub(super) policy: String,
    pub(super) what: String,
    pub(super) within: i64,
    /// The limit in days, where it is counted in them.
    #[serde(default)]
    pub(super) days: Option<Days>,
    pub(super) clause: String,
    pub(super) text: String,
}

impl From<Demand> for Asked {
    fn from(demand: Demand) -> Self {
        Self {
            policy: demand.policy,
            what: demand.what.to_owned(),
            within: demand.within_us,
            days: demand.days,
            clause: demand.clause,
            text: demand.text,
        }
    }
}

/// All events of one actor on one route; what chains are cut from.
type Line = (Route, [u8; 16]);

/// Computes the events of these threads and the chains that change with them. Returns the ids of changed chains.
pub(super) fn renew(
    tx: &Transaction<'_>,
    shelf: &mut Shelf,
    touched: BTreeSet<i64>,
    rules: &Rules,
) -> Result<Vec<String>> {
    let mut lines: BTreeSet<Line> = BTreeSet::new();
    let mut done: HashSet<i64> = HashSet::new();
    for thread in touched {
        if !done.contains(&thread) {
            let joined = joined(tx, thread)?;
            done.extend(&joined);
            renew_events(tx, &joined, rules, &mut lines)?;
        }
    }
    let mut changed = Vec::new();
    for line in lines {
        changed.extend(renew_chains(tx, shelf, line, rules)?);
        shelf.settle();
    }
    // Cases are numbered in this order: by time, not by the actor's keyed hash, which differs from key to key.
    changed.sort();
    Ok(changed.into_iter().map(|(_, chain)| chain).collect())
}

/// Threads that lines have joined to this one, directly or not.
fn joined(tx: &Transaction<'_>, thread: i64) -> Result<Vec<i64>> {
    let mut of = tx.prepare_cached(
        "WITH RECURSIVE joined (id) AS (SELECT ?1 UNION SELECT link.b FROM link JOIN joined ON link.a = joined.id)
         SELECT id FROM joined ORDER BY id",
    )?;
    let threads = of.query_map([thread], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    Ok(threads)
}

/// Computes the events of joined threads anew; `lines` collects whose chains that may change.
fn renew_events(tx: &Transaction<'_>, ids: &[i64], rules: &Rules, lines: &mut BTreeSet<Line>) -> Result<()> {
    for thread in ids {
        let mut old = tx.prepare_cached(
            "DELETE FROM event WHERE id IN (SELECT event FROM event_thread WHERE thread = ?1)
             RETURNING route, actor",
        )?;
        let mut rows = old.query([thread])?;
        while let Some(row) = rows.next()? {
            lines.insert((route_of(row, 0)?, row.get(1)?));
        }
        tx.prepare_cached("DELETE FROM event_thread WHERE thread = ?1")?.execute([thread])?;
        tx.prepare_cached("UPDATE fact SET event = NULL WHERE thread = ?1 AND event IS NOT NULL")?
            .execute([thread])?;
    }
    let threads = ids.iter().map(|id| load_thread(tx, *id)).collect::<Result<Vec<_>>>()?;
    let mut clocks: BTreeMap<SourceId, i64> = BTreeMap::new();
    for kept in threads.iter().flat_map(|thread| &thread.facts) {
        let source = &kept.fact.place.source;
        if !clocks.contains_key(source) {
            clocks.insert(source.clone(), clock(tx, source)?);
        }
    }
    let events = incident::events(&threads, rules, &|source| clocks.get(source).copied().unwrap_or(i64::MIN));
    for event in events {
        insert_event(tx, ids, &event)?;
        lines.insert((event.route, event.actor.same.0));
    }
    Ok(())
}

fn insert_event(tx: &Transaction<'_>, threads: &[i64], event: &Event) -> Result<()> {
    tx.prepare_cached("INSERT INTO event (route, actor, first, recheck, body) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![
            event.route.id(),
            &event.actor.same.0[..],
            event.first,
            event.recheck,
            text(event)
        ])?;
    let id = tx.last_insert_rowid();
    let counted = event.counted.iter().map(|counted| &counted.fact);
    for fact in event.hits.iter().chain(counted) {
        tx.prepare_cached("UPDATE fact SET event = ?1 WHERE id = ?2")?.execute([id, *fact])?;
    }
    for (thread, _, _) in &event.lives {
        tx.prepare_cached("INSERT OR IGNORE INTO event_thread (thread, event) VALUES (?1, ?2)")?
            .execute([threads[*thread], id])?;
    }
    Ok(())
}

/// Cuts the chains of one actor on one route, and judges those whose events, or whose predecessor's, have changed:
/// returns the time of their first event, and their ids.
fn renew_chains(
    tx: &Transaction<'_>,
    shelf: &mut Shelf,
    line: Line,
    rules: &Rules,
) -> Result<Vec<(i64, String)>> {
    let (route, actor) = (line.0, line.1);
    let mut heads =
        tx.prepare_cached("SELECT id, first FROM event WHERE route = ?1 AND actor = ?2 ORDER BY first, id")?;
    let heads: Vec<(i64, i64)> = heads
        .query_map(params![route.id(), &actor[..]], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let mut old = tx.prepare_cached("SELECT id, members FROM chain WHERE route = ?1 AND actor = ?2")?;
    let mut old: BTreeMap<String, String> = old
        .query_map(params![route.id(), &actor[..]], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let times: Vec<i64> = heads.iter().map(|(_, first)| *first).collect();
    let chains = match heads.first() {
        Some((event, _)) => incident::chains(&times, route, &shelf::load_event(tx, *event)?.actor, rules),
        None => Vec::new(),
    };
    let mut own = Shelf::default();
    let shelf = if heads.len() < shelf::BUSY { &mut own } else { shelf };
    let mut changed = Vec::new();
    for chain in &chains {
        let before = chain.continues.map(|before| &chains[before]);
        let baseline = baseline(chain, &heads, rules);
        let members = members(chain, before, &baseline, &heads);
        if old.remove(&chain.id).is_none_or(|old| old != members) {
            let past = Past { before, baseline: &baseline };
            judge(tx, shelf, line, (chain, &members), past, &heads, rules)?;
            changed.push((times[chain.events[0]], chain.id.clone()));
        }
    }
    for gone in old.into_keys() {
        tx.prepare_cached("DELETE FROM chain WHERE id = ?1")?.execute([gone])?;
    }
    Ok(changed)
}

/// The event rows that a chain's conclusions rest on. Event rows are never changed, only replaced by ones with a new
/// id, so equal lists mean equal conclusions.
fn members(chain: &Chain, before: Option<&Chain>, baseline: &[i64], heads: &[(i64, i64)]) -> String {
    let ids = |chain: &Chain| chain.events.iter().map(|event| heads[*event].0).collect::<Vec<_>>();
    let past = if baseline.is_empty() { String::new() } else { hash(baseline) };
    text(&(ids(chain), before.map(ids), past))
}

fn hash(ids: &[i64]) -> String {
    let mut hash = Sha256::new();
    for id in ids {
        hash.update(id.to_be_bytes());
    }
    data_encoding::HEXLOWER.encode(&hash.finalize()[..8])
}

/// The event rows of the actor's thirty days before a chain, where anybody asks: of large systems only.
fn baseline(chain: &Chain, heads: &[(i64, i64)], rules: &Rules) -> Vec<i64> {
    if rules.abnormal.sources.is_empty() {
        return Vec::new();
    }
    let first = heads[chain.events[0]].1;
    let until = heads.partition_point(|(_, at)| *at < first);
    let from = heads.partition_point(|(_, at)| *at < first - incident::BASELINE);
    heads[from..until].iter().map(|(id, _)| *id).collect()
}

/// What a chain is judged with.
#[derive(Clone, Copy)]
struct Past<'p> {
    before: Option<&'p Chain>,
    baseline: &'p [i64],
}

fn judge(
    tx: &Transaction<'_>,
    shelf: &mut Shelf,
    line: Line,
    (chain, members): (&Chain, &str),
    past: Past<'_>,
    heads: &[(i64, i64)],
    rules: &Rules,
) -> Result<()> {
    let ids = |chain: &Chain| chain.events.iter().map(|event| heads[*event].0).collect::<Vec<_>>();
    let (own, earlier) = (ids(chain), past.before.map(ids));
    for ids in [&own[..], earlier.as_deref().unwrap_or_default(), past.baseline] {
        shelf.load(tx, ids)?;
    }
    let (own, earlier) = (shelf.evidence(&own), earlier.map(|ids| shelf.evidence(&ids)));
    let baseline = shelf.evidence(past.baseline);
    let before = past.before.zip(earlier.as_deref()).map(|(before, evidence)| (before.id.as_str(), evidence));
    let judged = incident::judge(chain, &own, before, &baseline, rules);
    let mut sources: Vec<SourceId> = own.iter().flat_map(|evidence| evidence.event.sources.clone()).collect();
    sources.sort();
    sources.dedup();
    let records = own.iter().filter(|evidence| evidence.event.counts()).flat_map(|evidence| evidence.hits);
    let likely = records.flat_map(|(record, _)| &record.values).filter(|of| of.verdict == Verdict::Likely);
    let mut kinds: Vec<Kind> = likely.map(|value| value.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let basis = own[0].event.basis.id().to_owned();
    let body = Body {
        kinds,
        decided: None,
        actor_30d: people_in_30_days(tx, shelf, line.1, judged.core.last.0)?,
        demands: judged.demands.into_iter().map(Asked::from).collect(),
        roles: judged.roles,
        level_name: judged.level_name,
        basis,
        sources,
        core: judged.core,
    };
    tx.prepare_cached(
        "INSERT INTO chain (id, route, actor, first, opens, members, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (id) DO UPDATE SET
         first = excluded.first, opens = excluded.opens, members = excluded.members, body = excluded.body",
    )?
    .execute(params![
        chain.id,
        line.0.id(),
        &line.1[..],
        body.core.first.0,
        judged.opens,
        members,
        text(&body)
    ])?;
    Ok(())
}

/// Distinct people of one actor, over all routes.
fn people_in_30_days(tx: &Transaction<'_>, shelf: &mut Shelf, actor: [u8; 16], last: i64) -> Result<u64> {
    let mut ids = tx.prepare_cached(
        "SELECT id FROM event WHERE route IN ('mail-out', 'download') AND actor = ?1 AND first > ?2 AND first <= ?3",
    )?;
    let ids: Vec<i64> = ids
        .query_map(params![&actor[..], last - 30 * crate::moment::DAY, last], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    shelf.load(tx, &ids)?;
    Ok(incident::people_in_30_days(&shelf.evidence(&ids), last))
}

/// A chain's conclusions.
pub(super) fn load(tx: &Transaction<'_>, id: &str) -> Result<Option<(bool, Body, Vec<i64>)>> {
    let row: Option<(bool, String, String)> = tx
        .prepare_cached("SELECT opens, body, members FROM chain WHERE id = ?1")?
        .query_row([id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((opens, body, members)) = row else { return Ok(None) };
    let (own, ..): (Vec<i64>, Option<Vec<i64>>, String) = serde_json::from_str(&members).map_err(damaged)?;
    Ok(Some((opens, serde_json::from_str(&body).map_err(damaged)?, own)))
}

fn route_of(row: &rusqlite::Row<'_>, at: usize) -> Result<Route> {
    let id: String = row.get(at)?;
    Route::from_id(&id).ok_or(Step::Sql(rusqlite::Error::InvalidQuery))
}
