//! Questions to the store: what is listed, what is shown, what the mailer and the readers of logs need at start.

use rusqlite::{Connection, OptionalExtension};

use super::apply::{Step, damaged};
use super::chains::Body;
use super::facts::{GENERATION, clock, generation_of, open_thread_of};
use super::{Recorded, Result, Store, acts, duties, level};
use crate::batch::{Generation, OpenThread};
use crate::event::Gap;
use crate::incident::{Completeness, Core, Draft, Instant, Missing, ReadUpTo};
use crate::line::SourceId;

/// An incident in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// The draft.
    pub draft: Draft,
    /// Whether the chain opens by the facts as they are.
    pub opens: bool,
    /// The suppression that it comes under, with its owner and reason; none where it is told.
    pub suppressed: Option<String>,
}

/// What is asked for by id.
#[derive(Clone, Debug, PartialEq)]
pub enum Shown {
    /// The incident.
    Draft(Box<Draft>),
    /// Another case holds its events now.
    Alias(String),
    /// Nothing has this id.
    Unknown,
}

/// Numbers for a summary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Facts in the store.
    pub facts: u64,
    /// Cases ever opened.
    pub cases: u64,
    /// Mails not yet handed over.
    pub waiting: u64,
    /// Mails that the relay refused for every recipient.
    pub failed: u64,
}

impl Store {
    /// All chains and cases, in order of their first event, then id.
    pub fn list(&self) -> Result<Vec<Listed>> {
        self.ask("list", |db| {
            let mut rows = db.prepare(
                "SELECT c.opens, c.number, c.body, s.rule || coalesce(' ' || p.body ->> '$.owner', '')
                 FROM chain c LEFT JOIN suppressed s ON s.chain = c.id AND s.opened = 0 AND c.number IS NULL
                 LEFT JOIN suppression p ON p.id = s.rule ORDER BY c.first, c.id",
            )?;
            let mut rows = rows.query([])?;
            let mut listed = Vec::new();
            while let Some(row) = rows.next()? {
                let body: String = row.get(2)?;
                let body: Body = serde_json::from_str(&body).map_err(damaged)?;
                let draft = current(db, &self.key_id, &body, row.get(1)?)?;
                listed.push(Listed { draft, opens: row.get(0)?, suppressed: row.get(3)? });
            }
            listed.extend(orphans(db)?);
            listed.sort_by(|a, b| {
                (a.draft.core.first, &a.draft.core.id).cmp(&(b.draft.core.first, &b.draft.core.id))
            });
            Ok(listed)
        })
    }

    /// The incident with this case number or chain id.
    pub fn show(&self, id: &str) -> Result<Shown> {
        let alias: Option<Option<String>> = self.ask("show", |db| {
            Ok(db
                .query_row("SELECT alias_of FROM incident_case WHERE number = ?1", [id], |row| row.get(0))
                .optional()?)
        })?;
        if let Some(Some(other)) = alias {
            return Ok(Shown::Alias(other));
        }
        let found = self
            .list()?
            .into_iter()
            .find(|listed| listed.draft.case.as_deref() == Some(id) || listed.draft.core.id == id);
        Ok(found.map_or(Shown::Unknown, |listed| Shown::Draft(Box::new(listed.draft))))
    }

    /// The cores of the chains that open, in canonical order.
    pub fn cores(&self) -> Result<Vec<Core>> {
        Ok(self
            .list()?
            .into_iter()
            .filter(|listed| listed.opens)
            .map(|listed| listed.draft.core.bare())
            .collect())
    }

    /// Every generation ever met, oldest first.
    pub fn generations(&self) -> Result<Vec<Generation>> {
        self.ask("read generations", |db| {
            let mut rows = db.prepare(&format!("SELECT {GENERATION} FROM generation ORDER BY id"))?;
            Ok(rows.query_map([], generation_of)?.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// The threads that are followed.
    pub fn open_threads(&self) -> Result<Vec<OpenThread>> {
        self.ask("read open threads", |db| {
            let mut rows = db.prepare(
                "SELECT t.channel, t.host, t.name, o.source, o.since, o.until
                 FROM open_thread o JOIN thread t ON t.id = o.thread ORDER BY o.since, o.thread",
            )?;
            Ok(rows.query_map([], open_thread_of)?.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// What people decided about a case, oldest first.
    pub fn acts(&self, number: &str) -> Result<Vec<Recorded>> {
        self.ask("read acts", |db| acts::of_case(db, number))
    }

    /// The latest log time of every source, microseconds since the epoch.
    pub fn clocks(&self) -> Result<Vec<(SourceId, i64)>> {
        self.ask("read clocks", |db| {
            let mut rows = db.prepare("SELECT source, latest FROM clock")?;
            Ok(rows
                .query_map([], |row| Ok((SourceId(row.get(0)?), row.get(1)?)))?
                .collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Numbers for a summary.
    pub fn summary(&self) -> Result<Summary> {
        let count =
            |sql: &str| self.ask("count", |db| Ok(db.query_row(sql, [], |row| row.get::<_, i64>(0))? as u64));
        Ok(Summary {
            facts: count("SELECT count(*) FROM fact")?,
            cases: count("SELECT count(*) FROM incident_case")?,
            waiting: count("SELECT count(*) FROM outbox WHERE state IN ('new', 'spooled')")?,
            failed: count("SELECT count(*) FROM outbox WHERE state = 'failed'")?,
        })
    }

    pub(super) fn ask<T>(
        &self,
        what: &'static str,
        question: impl FnOnce(&Connection) -> std::result::Result<T, Step>,
    ) -> Result<T> {
        question(&self.db).map_err(|step| match step {
            Step::Sql(cause) => self.failed(what, cause),
            Step::Refused(error) => error,
        })
    }
}

/// A chain as it stands, with what people were told of it.
fn current(
    db: &Connection,
    key_id: &str,
    body: &Body,
    number: Option<String>,
) -> std::result::Result<Draft, Step> {
    let mut until = Vec::new();
    for source in &body.sources {
        until.push((source.clone(), clock(db, source)?));
    }
    let draft = draft(body, key_id, &until, gaps(db, &body.sources)?);
    match number {
        Some(number) => of_case(db, &number, draft),
        None => Ok(draft),
    }
}

/// A draft with what people were told of its case, and what they have said of it.
pub(super) fn of_case(db: &Connection, number: &str, mut draft: Draft) -> std::result::Result<Draft, Step> {
    let case = db
        .prepare_cached("SELECT notified_level, state FROM incident_case WHERE number = ?1")?
        .query_row([number], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((level, state)) = case else { return Ok(draft) };
    (draft.notified_level, draft.state) = (Some(level), state);
    draft.duties = duties::of_case(db, number)?;
    draft.case = Some(number.to_owned());
    draft.decided_level = level::of_case(db, number)?;
    draft.known = db
        .prepare_cached("SELECT at FROM case_known WHERE number = ?1")?
        .query_row([number], |row| Ok(Instant(row.get(0)?)))
        .optional()?;
    let mut aliases =
        db.prepare_cached("SELECT number FROM incident_case WHERE alias_of = ?1 ORDER BY number")?;
    draft.aliases = aliases.query_map([number], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let mut links = db.prepare_cached("SELECT body FROM case_link WHERE number = ?1 ORDER BY other")?;
    let links =
        links.query_map([number], |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
    draft.links = links
        .iter()
        .map(|link| serde_json::from_str(link).map_err(damaged))
        .collect::<std::result::Result<_, _>>()?;
    Ok(draft)
}

/// Cases none of whose chains stands any more: shown as they were mailed.
fn orphans(db: &Connection) -> std::result::Result<Vec<Listed>, Step> {
    let mut rows = db.prepare(
        "SELECT draft, state FROM incident_case c WHERE alias_of IS NULL
         AND NOT EXISTS (SELECT 1 FROM chain WHERE chain.number = c.number)",
    )?;
    let cases = rows
        .query_map([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let listed = cases.into_iter().map(|(draft, state)| {
        let draft: Draft = serde_json::from_str(&draft).map_err(damaged)?;
        Ok(Listed { draft: Draft { state, ..draft }, opens: false, suppressed: None })
    });
    listed.collect()
}

/// A draft of which nobody was told: duties without clocks.
pub(super) fn draft(body: &Body, key_id: &str, until: &[(SourceId, i64)], gaps: Vec<Missing>) -> Draft {
    let sources = until.iter().map(|(source, latest)| ReadUpTo {
        source: source.0.to_string(),
        until: (*latest > i64::MIN).then_some(Instant(*latest)),
    });
    Draft {
        core: body.core.clone(),
        case: None,
        notified_level: None,
        duties: body.demands.iter().map(duties::asked).collect(),
        actor_30d: body.actor_30d,
        key: key_id.to_owned(),
        completeness: Completeness { sources: sources.collect(), gaps },
        state: "draft".to_owned(),
        systems: Vec::new(),
        basis: body.basis.clone(),
        aliases: Vec::new(),
        decided_level: None,
        known: None,
        links: Vec::new(),
    }
}

/// What could not be read of these sources.
pub(super) fn gaps(db: &Connection, sources: &[SourceId]) -> std::result::Result<Vec<Missing>, Step> {
    let mut missing = Vec::new();
    for source in sources {
        let mut rows = db.prepare_cached(
            "SELECT f.path, f.body FROM gap g JOIN fact f ON f.id = g.fact WHERE g.source = ?1",
        )?;
        let mut rows = rows.query([&source.0])?;
        while let Some(row) = rows.next()? {
            let body: String = row.get(1)?;
            let body: crate::batch::Body = serde_json::from_str(&body).map_err(damaged)?;
            if let crate::batch::Body::Gap(Gap { cause, from, to }) = body {
                missing.push(Missing { path: row.get(0)?, from, to, cause: cause.id().to_owned() });
            }
        }
    }
    Ok(missing)
}
