//! Cases: what people were told. A case is opened with the first mail of a chain and stays with the events it showed.

use rusqlite::{OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};

use super::apply::{Effects, Step, damaged};
use super::chains::{self, Body};
use super::facts::{clock, text};
use super::reminders::{self, Remind};
use super::{acts, audit, duties, read};
use crate::fault;
use crate::incident::{Core, Draft, Duty, Rules};
use crate::moment::{HOUR, SECOND, year};
use crate::severity;

type Result<T> = std::result::Result<T, Step>;

/// How long an update waits for more of its kind.
const UPDATE_WAIT: i64 = 60 * SECOND;
/// How long further updates wait, unless a number has doubled.
const UPDATE_INTERVAL: i64 = HOUR;

/// A mail to be written: everything that the letter says, frozen when it was decided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Telling {
    /// Outbox id: case number and revision.
    pub id: String,
    /// Case number.
    pub number: String,
    /// Why it is written.
    pub kind: LetterKind,
    /// The n-th mail of the case, from 0.
    pub revision: u32,
    /// When it was decided, microseconds since the epoch.
    pub created: i64,
    /// The draft.
    pub draft: Draft,
    /// Roles to be told.
    pub roles: Vec<String>,
    /// Name of the level.
    pub level_name: String,
    /// What people were told last; none in the first mail.
    pub told: Option<Core>,
    /// Duties that begin with this mail.
    pub begun: Vec<Duty>,
    /// Duties that it reminds of.
    #[serde(default)]
    pub reminds: Vec<Remind>,
    /// Who was told before; none in the first mail. Whoever was not is told everything, all others by a reply.
    #[serde(default)]
    pub before: Option<Before>,
}

/// To whom the last mail of a case went: mailboxes are the configuration's to say, for roles, units and a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    /// Roles.
    pub roles: Vec<String>,
    /// Sources, whose units have people of their own.
    pub sources: Vec<String>,
    /// When, microseconds since the epoch.
    pub at: i64,
}

/// Why a mail is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LetterKind {
    /// The case is new.
    First,
    /// Numbers or outcomes have changed, or a new duty began.
    Update,
    /// The level rose.
    Rise,
    /// The time of a duty passes, and nobody has acknowledged the case.
    Reminder,
    /// It is over, and the next role is told.
    Escalation,
}

/// A case as it was left by its last mail.
pub(super) struct Case {
    number: String,
    notified_level: u8,
    revision: u32,
    mailed: i64,
    update_due: Option<i64>,
    draft: Draft,
    /// Who was told, by escalation too.
    pub(super) roles: Vec<String>,
}

/// A mail to be written, beside its case and chain.
pub(super) struct Mail {
    pub(super) kind: LetterKind,
    pub(super) begun: Vec<Duty>,
    pub(super) reminds: Vec<Remind>,
    /// A role beyond those of the level.
    pub(super) added: Option<String>,
}

impl Mail {
    pub(super) const fn new(kind: LetterKind) -> Self {
        Self { kind, begun: Vec::new(), reminds: Vec::new(), added: None }
    }
}

impl Case {
    fn before(&self) -> Before {
        let sources = self.draft.completeness.sources.iter().map(|read| read.source.clone()).collect();
        Before { roles: self.roles.clone(), sources, at: self.mailed }
    }
}

/// Decides for every changed chain, every waiting update and every reminder whose time has
/// come, whether people are told.
pub(super) fn tell(
    tx: &Transaction<'_>,
    changed: &[String],
    rules: &Rules,
    key_id: &str,
    now: i64,
    flush: bool,
) -> Result<Effects> {
    let mut effects = Effects::default();
    let desk = Desk { tx, rules, key_id, now };
    for id in changed {
        if let Some((opens, body, members)) = chains::load(tx, id)? {
            effects.letters.extend(desk.weigh(id, opens, &body, &members)?);
        }
    }
    let mut waiting =
        tx.prepare_cached("SELECT number, update_due FROM incident_case WHERE update_due IS NOT NULL")?;
    let waiting: Vec<(String, i64)> =
        waiting.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?;
    for (number, due) in waiting {
        if flush || is_due(due, now) {
            effects.letters.extend(desk.update(&number)?);
        }
    }
    effects.letters.extend(desk.remind()?);
    effects.next_due = reminders::next(tx)?;
    effects.next_update =
        tx.query_row("SELECT min(update_due) FROM incident_case", [], |row| row.get(0)).optional()?.flatten();
    Ok(effects)
}

/// Whether an update that waits until `due` is due. One that would wait for longer than any may was decided by a clock
/// that has been set back since.
pub fn is_due(due: i64, now: i64) -> bool {
    due <= now || fault::guards("clock") && due > now + UPDATE_INTERVAL
}

pub(super) struct Desk<'t> {
    pub(super) tx: &'t Transaction<'t>,
    pub(super) rules: &'t Rules,
    key_id: &'t str,
    pub(super) now: i64,
}

impl Desk<'_> {
    /// A changed chain: a first mail, a rise, a new duty, or an update that waits.
    fn weigh(&self, chain: &str, opens: bool, body: &Body, members: &[i64]) -> Result<Option<String>> {
        let level = body.core.level.level;
        let Some(mut case) = self.case_of(members)? else {
            // What people have settled stays so, whatever is learned of it later, unless it is worse than they knew.
            return match acts::settled(self.tx, members)? {
                Some((_, known)) if level <= known => Ok(None),
                Some((number, _)) => {
                    acts::reopen(self.tx, &number, self.now)?;
                    self.weigh(chain, opens, body, members)
                }
                None if opens => self.open(chain, body, members).map(Some),
                None => Ok(None),
            };
        };
        self.attach(&case.number, chain, members)?;
        let begun = duties::begin(self.tx, &case.number, body, self.now)?;
        if level > case.notified_level {
            return self.mail(&mut case, Mail { begun, ..Mail::new(LetterKind::Rise) }, body).map(Some);
        }
        if !begun.is_empty() {
            return self.mail(&mut case, Mail { begun, ..Mail::new(LetterKind::Update) }, body).map(Some);
        }
        let wait = self.wait(&case, body);
        if wait != case.update_due {
            self.tx
                .prepare_cached("UPDATE incident_case SET update_due = ?2 WHERE number = ?1")?
                .execute(params![case.number, wait])?;
        }
        Ok(None)
    }

    /// When an update of this case is due: none when nothing a reader was told has changed. The first update waits a
    /// minute, further ones an hour from the last mail, a minute when a number has doubled.
    fn wait(&self, case: &Case, body: &Body) -> Option<i64> {
        let (told, is) = (&case.draft.core, &body.core);
        let recipients = |core: &Core| core.recipients.len();
        if told.clone().bare() == is.clone().bare() {
            return None;
        }
        let doubled = is.subjects.total >= 2 * told.subjects.total.max(1)
            || recipients(is) >= 2 * recipients(told).max(1);
        let soon = self.now + UPDATE_WAIT;
        let due = if case.revision == 0 || doubled { soon } else { soon.max(case.mailed + UPDATE_INTERVAL) };
        Some(case.update_due.map_or(due, |waiting| waiting.min(due)))
    }

    /// A waiting update whose time has come.
    fn update(&self, number: &str) -> Result<Option<String>> {
        let chain: Option<String> = self
            .tx
            .prepare_cached("SELECT id FROM chain WHERE number = ?1 ORDER BY first LIMIT 1")?
            .query_row([number], |row| row.get(0))
            .optional()?;
        let loaded = match chain {
            Some(chain) => chains::load(self.tx, &chain)?,
            None => None,
        };
        let (Some((_, body, _)), Some(mut case)) = (loaded, self.load(number)?) else {
            return Ok(None);
        };
        self.mail(&mut case, Mail::new(LetterKind::Update), &body).map(Some)
    }

    fn open(&self, chain: &str, body: &Body, members: &[i64]) -> Result<String> {
        let year = year(self.now, self.rules.org.zone);
        let pattern = format!("BD-{year}-%");
        let last: Option<String> = self
            .tx
            .prepare_cached("SELECT max(number) FROM incident_case WHERE number LIKE ?1")?
            .query_row([pattern], |row| row.get(0))?;
        let last = last.and_then(|number| number.rsplit_once('-')?.1.parse::<u64>().ok()).unwrap_or(0);
        let given: Option<String> = self
            .tx
            .prepare_cached("SELECT value FROM meta WHERE name = ?1")?
            .query_row([format!("numbers/{year}")], |row| row.get(0))
            .optional()?;
        let last = last.max(given.and_then(|given| given.parse().ok()).unwrap_or(0));
        let number = format!("BD-{year}-{:06}", last + 1);
        self.tx
            .prepare_cached(
                "INSERT INTO incident_case (number, state, notified_level, revision, created, mailed, draft)
                 VALUES (?1, 'draft', ?2, 0, ?3, ?3, '')",
            )?
            .execute(params![number, body.core.level.level, self.now])?;
        self.attach(&number, chain, members)?;
        duties::begin(self.tx, &number, body, self.now)?;
        audit::append(
            self.tx,
            self.now,
            "case-opened",
            &serde_json::json!({ "case": number, "chain": chain, "level": body.core.level.level }),
        )?;
        self.write(&number, 0, None, Mail::new(LetterKind::First), body)
    }

    /// The next mail of a case that people know.
    pub(super) fn mail(&self, case: &mut Case, mail: Mail, body: &Body) -> Result<String> {
        case.revision += 1;
        if mail.kind == LetterKind::Rise {
            audit::append(
                self.tx,
                self.now,
                "level-raised",
                &serde_json::json!({ "case": case.number, "level": body.core.level.level }),
            )?;
        }
        self.write(&case.number, case.revision, Some(case), mail, body)
    }

    fn write(
        &self,
        number: &str,
        revision: u32,
        case: Option<&Case>,
        mail: Mail,
        body: &Body,
    ) -> Result<String> {
        let level = body.core.level.level;
        let mut roles = body.roles.clone();
        roles.extend(case.map_or(&[][..], |case| &case.roles).iter().cloned());
        roles.extend(mail.added);
        severity::in_order(&mut roles);
        self.tx
            .prepare_cached(
                "UPDATE incident_case SET revision = ?2, mailed = ?3, update_due = NULL, roles = ?5,
                 notified_level = max(notified_level, ?4) WHERE number = ?1",
            )?
            .execute(params![number, revision, self.now, level, text(&roles)])?;
        let draft = self.draft(number, body)?;
        self.tx
            .prepare_cached("UPDATE incident_case SET draft = ?2 WHERE number = ?1")?
            .execute(params![number, text(&draft)])?;
        let telling = Telling {
            id: format!("{number}.r{revision}"),
            number: number.to_owned(),
            kind: mail.kind,
            revision,
            created: self.now,
            draft,
            roles,
            level_name: body.level_name.clone(),
            told: case.map(|case| case.draft.core.clone()),
            begun: mail.begun,
            reminds: mail.reminds,
            before: case.map(Case::before),
        };
        self.tx
            .prepare_cached(
                "INSERT INTO outbox (id, number, created, state, body) VALUES (?1, ?2, ?3, 'new', ?4)",
            )?
            .execute(params![telling.id, number, self.now, text(&telling)])?;
        Ok(telling.id)
    }

    fn draft(&self, number: &str, body: &Body) -> Result<Draft> {
        let mut until = Vec::new();
        for source in &body.sources {
            until.push((source.clone(), clock(self.tx, source)?));
        }
        let mut draft = read::draft(body, self.key_id, &until, read::gaps(self.tx, &body.sources)?);
        let case: (u8, String) = self
            .tx
            .prepare_cached("SELECT notified_level, state FROM incident_case WHERE number = ?1")?
            .query_row([number], |row| Ok((row.get(0)?, row.get(1)?)))?;
        draft.case = Some(number.to_owned());
        (draft.notified_level, draft.state) = (Some(case.0), case.1);
        draft.duties = duties::of_case(self.tx, number)?;
        Ok(draft)
    }

    /// The lowest open case among a chain's events; the others become its aliases.
    fn case_of(&self, members: &[i64]) -> Result<Option<Case>> {
        let mut numbers: Vec<String> = Vec::new();
        for event in members {
            let mut of_event = self.tx.prepare_cached(
                "SELECT DISTINCT ce.number FROM fact f JOIN case_event ce ON ce.thread = f.thread AND ce.us = f.us
                 JOIN incident_case c ON c.number = ce.number
                 WHERE f.event = ?1 AND c.alias_of IS NULL AND c.state NOT IN ('closed', 'dismissed')",
            )?;
            let found = of_event.query_map([event], |row| row.get(0))?;
            numbers.extend(found.collect::<rusqlite::Result<Vec<_>>>()?);
        }
        numbers.sort();
        numbers.dedup();
        let Some((lowest, others)) = numbers.split_first() else { return Ok(None) };
        for other in others {
            self.tx
                .prepare_cached(
                    "UPDATE incident_case SET alias_of = ?2, update_due = NULL WHERE number = ?1",
                )?
                .execute([other, lowest])?;
            self.tx
                .prepare_cached("UPDATE case_event SET number = ?2 WHERE number = ?1")?
                .execute([other, lowest])?;
            audit::append(
                self.tx,
                self.now,
                "case-joined",
                &serde_json::json!({ "case": other, "into": lowest }),
            )?;
        }
        self.load(lowest)
    }

    pub(super) fn load(&self, number: &str) -> Result<Option<Case>> {
        let row = self
            .tx
            .prepare_cached(
                "SELECT notified_level, revision, mailed, update_due, draft, roles FROM incident_case WHERE number = ?1",
            )?
            .query_row([number], |row| {
                let texts: (String, String) = (row.get(4)?, row.get(5)?);
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, texts))
            })
            .optional()?;
        let Some((notified_level, revision, mailed, update_due, (draft, roles))) = row else {
            return Ok(None);
        };
        let draft = serde_json::from_str(&draft).map_err(damaged)?;
        let roles = serde_json::from_str(&roles).map_err(damaged)?;
        let number = number.to_owned();
        Ok(Some(Case { number, notified_level, revision, mailed, update_due, draft, roles }))
    }

    /// The case now speaks of these events, and of this chain.
    fn attach(&self, number: &str, chain: &str, members: &[i64]) -> Result<()> {
        for event in members {
            self.tx
                .prepare_cached(
                    "INSERT OR IGNORE INTO case_event (thread, us, number)
                     SELECT DISTINCT thread, us, ?2 FROM fact WHERE event = ?1",
                )?
                .execute(params![event, number])?;
        }
        self.tx.prepare_cached("UPDATE chain SET number = ?2 WHERE id = ?1")?.execute([chain, number])?;
        Ok(())
    }
}
