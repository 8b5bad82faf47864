//! Cases: what people were told. A case is opened with the first mail of a chain and stays with the events it showed.

use rusqlite::{OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};

use super::apply::{Effects, Step, damaged};
use super::chains::{self, Body};
use super::facts::{clock, text};
use super::reminders::{self, Remind};
use super::{acts, audit, digest, duties, held, level, limit, outbox, read, suppress};
use crate::fault;
use crate::incident::{Core, Draft, Duty, Rules};
use crate::moment::{HOUR, SECOND, year};
use crate::severity;

type Result<T> = std::result::Result<T, Step>;

/// The level from which on no mail waits for others.
const LEVEL_URGENT: u8 = 2;
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
    /// The source that the first mail of the case named first: by its system the case is known in every subject.
    #[serde(default)]
    pub first_source: Option<String>,
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

/// Decides for every changed chain, every case whose level a person has set, every waiting update and every reminder whose time has
/// come, whether people are told.
pub(super) fn tell(
    tx: &Transaction<'_>,
    changed: &[String],
    levels: &[String],
    rules: &Rules,
    key_id: &str,
    now: i64,
    flush: bool,
) -> Result<Effects> {
    suppress::turn(tx, rules, now)?;
    let mut effects = Effects::default();
    let desk = Desk { tx, rules, key_id, now };
    for id in changed {
        if let Some((opens, body, members)) = chains::load(tx, id)? {
            effects.letters.extend(desk.weigh(id, opens, &body, &members)?);
        }
    }
    for number in levels {
        effects.letters.extend(desk.relevel(number)?);
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
    effects.letters.extend(held::collective(tx, now, flush)?);
    effects.letters.extend(digest::write(tx, rules, now, flush)?);
    effects.next_update = tx
        .prepare_cached("SELECT min(update_due) FROM incident_case WHERE update_due IS NOT NULL")?
        .query_row([], |row| row.get(0))?;
    let digest = Some(digest::next_due(tx, rules, now)?);
    let others =
        [reminders::next(tx)?, held::next_collective(tx, now)?, suppress::next_end(rules, now), digest];
    effects.next_due = others.into_iter().flatten().min();
    Ok(effects)
}

/// Whether the numbers ask for a report to an authority.
pub(super) fn asks_for_authority(body: &Body) -> bool {
    body.demands.iter().any(|demand| demand.what == "authority")
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
        let Some(case) = self.case_of(members)? else {
            // What people have settled stays so, whatever is learned of it later, unless it is worse than they knew.
            return match acts::settled(self.tx, members)? {
                Some((_, known)) if level <= known => Ok(None),
                Some((number, _)) => {
                    acts::reopen(self.tx, &number, self.now)?;
                    self.weigh(chain, opens, body, members)
                }
                None if !opens => held::unopened(self.tx, chain, body, self.now).map(|()| None),
                None if suppress::covers(self.tx, self.rules, chain, body, self.now)? => Ok(None),
                None => self.open(chain, body, members),
            };
        };
        self.attach(&case.number, chain, members)?;
        let body = &level::decided(self.tx, &case.number, body.clone(), self.rules)?;
        let level = body.level();
        let begun = duties::begin(self.tx, &case.number, body, self.rules, self.now)?;
        if level > case.notified_level {
            return self.mail(&case, Mail { begun, ..Mail::new(LetterKind::Rise) }, body);
        }
        if !begun.is_empty() {
            return self.mail(&case, Mail { begun, ..Mail::new(LetterKind::Update) }, body);
        }
        // What was held back is told as it stands by then.
        let wait = if held::is_held(self.tx, &case.number)? { None } else { self.wait(&case, body) };
        if wait.is_some_and(|due| due <= self.now) {
            return self.mail(&case, Mail::new(LetterKind::Update), body);
        }
        if wait != case.update_due {
            self.tx
                .prepare_cached("UPDATE incident_case SET update_due = ?2 WHERE number = ?1")?
                .execute(params![case.number, wait])?;
        }
        Ok(None)
    }

    /// When an update of this case is due: none when nothing a reader was told has changed. The first update waits a
    /// minute, further ones an hour from the last mail, a minute when a number has doubled. At level 2 and 3 it is due at
    /// once, or a minute after the last mail: recipients of one message are logged one by one.
    fn wait(&self, case: &Case, body: &Body) -> Option<i64> {
        let (told, is) = (&case.draft.core, &body.core);
        let recipients = |core: &Core| core.recipients.len();
        if told.clone().bare() == is.clone().bare() {
            return None;
        }
        let doubled = is.subjects.total >= 2 * told.subjects.total.max(1)
            || recipients(is) >= 2 * recipients(told).max(1);
        let soon = self.now + UPDATE_WAIT;
        let due = if case.notified_level.max(body.level()) >= LEVEL_URGENT {
            // A mail of the future was written by a clock that was set back since.
            self.now.max(case.mailed.min(self.now) + UPDATE_WAIT)
        } else if case.revision == 0 || doubled {
            soon
        } else {
            soon.max(case.mailed + UPDATE_INTERVAL)
        };
        Some(case.update_due.map_or(due, |waiting| waiting.min(due)))
    }

    /// The first chain of a case.
    fn chain_of(&self, number: &str) -> Result<Option<String>> {
        let mut chain =
            self.tx.prepare_cached("SELECT id FROM chain WHERE number = ?1 ORDER BY first LIMIT 1")?;
        Ok(chain.query_row([number], |row| row.get(0)).optional()?)
    }

    /// A waiting update whose time has come.
    fn update(&self, number: &str) -> Result<Option<String>> {
        let loaded = match self.chain_of(number)? {
            Some(chain) => chains::load(self.tx, &chain)?,
            None => None,
        };
        let (Some((_, body, _)), Some(case)) = (loaded, self.load(number)?) else {
            return Ok(None);
        };
        let body = level::decided(self.tx, number, body, self.rules)?;
        self.mail(&case, Mail::new(LetterKind::Update), &body)
    }

    /// A person has set the level: people are told at once, and whoever is new to it everything.
    fn relevel(&self, number: &str) -> Result<Option<String>> {
        let Some(chain) = self.chain_of(number)? else { return Ok(None) };
        let (Some((_, body, _)), Some(case)) = (chains::load(self.tx, &chain)?, self.load(number)?) else {
            return Ok(None);
        };
        let body = level::decided(self.tx, number, body, self.rules)?;
        let begun = duties::begin(self.tx, number, &body, self.rules, self.now)?;
        if body.level() == case.notified_level && begun.is_empty() {
            return Ok(None);
        }
        let rises = body.level() > case.notified_level;
        let kind = if rises { LetterKind::Rise } else { LetterKind::Update };
        self.mail(&case, Mail { begun, ..Mail::new(kind) }, &body)
    }

    fn open(&self, chain: &str, body: &Body, members: &[i64]) -> Result<Option<String>> {
        let year = year(self.now, self.rules.org.zone);
        // A range of the key, not a pattern: a storm opens thousands of cases, and each would look at all of them.
        let last: Option<String> = self
            .tx
            .prepare_cached(
                "SELECT number FROM incident_case WHERE number BETWEEN ?1 AND ?2 ORDER BY number DESC LIMIT 1",
            )?
            .query_row([format!("BD-{year}-"), format!("BD-{year}-~")], |row| row.get(0))
            .optional()?;
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
        duties::begin(self.tx, &number, body, self.rules, self.now)?;
        audit::append(
            self.tx,
            self.now,
            "case-opened",
            &serde_json::json!({ "case": number, "chain": chain, "level": body.core.level.level }),
        )?;
        let begun = duties::of_case(self.tx, &number)?;
        self.write(&number, None, Mail { begun, ..Mail::new(LetterKind::First) }, body)
    }

    /// The next mail of a case that people know.
    pub(super) fn mail(&self, case: &Case, mail: Mail, body: &Body) -> Result<Option<String>> {
        if mail.kind == LetterKind::Rise {
            audit::append(
                self.tx,
                self.now,
                "level-raised",
                &serde_json::json!({ "case": case.number, "level": body.level() }),
            )?;
        }
        self.write(&case.number, Some(case), mail, body)
    }

    /// Writes a mail, or holds it back until a list or the digest tells of the case. Either way the case stands as it is
    /// told, and its duties run.
    fn write(&self, number: &str, case: Option<&Case>, mail: Mail, body: &Body) -> Result<Option<String>> {
        let known = case.map_or(0, |case| case.notified_level);
        // What people were told falls by a person's act only.
        let level = body.decided.unwrap_or_else(|| body.core.level.level.max(known));
        self.tx
            .prepare_cached(
                "UPDATE incident_case SET mailed = ?2, update_due = NULL, notified_level = ?3 WHERE number = ?1",
            )?
            .execute(params![number, self.now, level])?;
        let draft = self.draft(number, body)?;
        self.tx
            .prepare_cached("UPDATE incident_case SET draft = ?2 WHERE number = ?1")?
            .execute(params![number, text(&draft)])?;
        let told = case.map(|case| case.draft.core.clone());
        let is_urgent = level >= LEVEL_URGENT || mail.begun.iter().any(|duty| duty.what == "authority");
        if !limit::admit(self.tx, &self.rules.storm, self.now, is_urgent)? {
            let waits = held::Waits::of(case.is_none(), is_urgent);
            held::hold(self.tx, number, waits, &draft, told.as_ref(), self.now)?;
            return Ok(None);
        }
        let (kind, told) = match held::release(self.tx, number)? {
            Some(held::Known::Nothing) => (LetterKind::First, None),
            Some(held::Known::Told(known)) => (mail.kind, Some(*known)),
            None => (mail.kind, told),
        };
        let is_first = kind == LetterKind::First;
        let mut roles = body.roles.clone();
        roles.extend(case.map_or(&[][..], |case| &case.roles).iter().cloned());
        roles.extend(mail.added);
        severity::in_order(&mut roles);
        let revision = self.next_revision(number, &roles)?;
        let first_source = outbox::first_source(self.tx, number, &draft)?;
        let telling = Telling {
            id: format!("{number}.r{revision}"),
            number: number.to_owned(),
            kind,
            revision,
            created: self.now,
            draft,
            roles,
            level_name: body.level_name.clone(),
            told,
            begun: if is_first { Vec::new() } else { mail.begun },
            reminds: mail.reminds,
            before: case.filter(|_| !is_first).map(Case::before),
            first_source,
        };
        outbox::put(self.tx, &telling)?;
        Ok(Some(telling.id))
    }

    /// The first mail of a case is the root of its thread, also where a list has told of the case before.
    fn next_revision(&self, number: &str, roles: &[String]) -> Result<u32> {
        let revision = if outbox::has(self.tx, &format!("{number}.r0"))? { "revision + 1" } else { "0" };
        let sql = format!(
            "UPDATE incident_case SET revision = {revision}, roles = ?2 WHERE number = ?1 RETURNING revision"
        );
        let revision = self.tx.prepare_cached(&sql)?.query_row([number, &text(&roles)], |row| row.get(0))?;
        Ok(revision)
    }

    fn draft(&self, number: &str, body: &Body) -> Result<Draft> {
        let mut until = Vec::new();
        for source in &body.sources {
            until.push((source.clone(), clock(self.tx, source)?));
        }
        let draft = read::draft(body, self.key_id, &until, read::gaps(self.tx, &body.sources)?);
        read::of_case(self.tx, number, draft)
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
        self.tx
            .prepare_cached(
                "INSERT OR IGNORE INTO case_event (thread, us, number)
                 SELECT f.thread, f.us, ?2 FROM json_each(?1) e CROSS JOIN fact f ON f.event = e.value",
            )?
            .execute([&text(&members), number])?;
        self.tx.prepare_cached("UPDATE chain SET number = ?2 WHERE id = ?1")?.execute([chain, number])?;
        Ok(())
    }
}
