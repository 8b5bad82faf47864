//! Reminders: of every duty whose time passes while nobody has acknowledged the case. At 50 and 80 % of the time the
//! people who were told are reminded; at 100 % it goes one role up as well, and once more with every further half of the
//! time, until somebody acknowledges it or nobody stands above.
//!
//! A mark fires once. Marks that passed while nothing ran, or that a clock jumped over, are one letter, of the last.

use rusqlite::{OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};

use super::apply::{Step, damaged};
use super::cases::{Desk, LetterKind, Mail};
use super::{chains, level};
use crate::incident::{Duty, Rules};
use crate::severity::ROLES;

type Result<T> = std::result::Result<T, Step>;

/// The first mark: so much of the time has passed, in percent.
const FIRST: i64 = 50;
/// The time is over.
const OVER: i64 = 100;
/// Between marks after that.
const FURTHER: i64 = FIRST;

/// What a letter reminds of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remind {
    /// The duty.
    pub duty: Duty,
    /// How much of its time has passed, in percent: 50, 80, 100, 150 and so on.
    pub share: i64,
}

/// A mark that has come.
struct Mark {
    number: String,
    policy: String,
    what: String,
    share: i64,
}

/// From now on people are reminded of a duty that begins, by the name in its key. 立即 has no half.
pub(super) fn begin(tx: &Transaction<'_>, number: &str, name: &str, duty: &Duty) -> Result<()> {
    let Some(due) = at(duty, FIRST) else { return Ok(()) };
    tx.prepare_cached(
        "INSERT OR REPLACE INTO reminder (number, policy, what, share, due) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![number, duty.policy, name, FIRST, due])?;
    Ok(())
}

/// Somebody has taken the case over, or it is none.
pub(super) fn end(tx: &Transaction<'_>, number: &str) -> Result<()> {
    tx.prepare_cached("DELETE FROM reminder WHERE number = ?1")?.execute([number])?;
    Ok(())
}

/// People are reminded no more of a duty by these names; says whether they were.
pub(super) fn end_of(tx: &Transaction<'_>, number: &str, policy: &str, names: &[&str]) -> Result<bool> {
    let mut ended = 0;
    for name in names {
        ended += tx
            .prepare_cached("DELETE FROM reminder WHERE number = ?1 AND policy = ?2 AND what = ?3")?
            .execute([number, policy, *name])?;
    }
    Ok(ended > 0)
}

/// Whether people are still reminded of a case.
pub(super) fn run(tx: &Transaction<'_>, number: &str) -> Result<bool> {
    let run = "SELECT EXISTS (SELECT 1 FROM reminder WHERE number = ?1)";
    Ok(tx.prepare_cached(run)?.query_row([number], |row| row.get(0))?)
}

/// When the next mark comes.
pub(super) fn next(tx: &Transaction<'_>) -> Result<Option<i64>> {
    Ok(tx.prepare_cached("SELECT min(due) FROM reminder")?.query_row([], |row| row.get(0))?)
}

/// The clock was set: no mark waits for longer than any does.
pub(super) fn after_step(tx: &Transaction<'_>, now: i64) -> Result<()> {
    let mut rows = tx.prepare("SELECT number, policy, what, share FROM reminder WHERE share > 0")?;
    let marks = rows.query_map([], mark_of)?.collect::<rusqlite::Result<Vec<_>>>()?;
    for mark in marks {
        let due = duty_of(tx, &mark)?.and_then(|duty| wait(&duty, mark.share, now));
        tx.prepare_cached("UPDATE reminder SET due = ?4 WHERE number = ?1 AND policy = ?2 AND what = ?3")?
            .execute(params![mark.number, mark.policy, mark.what, due.unwrap_or(now)])?;
    }
    Ok(())
}

impl Desk<'_> {
    /// A letter for every case that has come to a mark.
    pub(super) fn remind(&self) -> Result<Vec<String>> {
        let mut rows = self.tx.prepare_cached(
            "SELECT number, policy, what, share FROM reminder WHERE due <= ?1 ORDER BY number, policy, what",
        )?;
        let marks = rows.query_map([self.now], mark_of)?.collect::<rusqlite::Result<Vec<_>>>()?;
        let mut letters = Vec::new();
        for of_case in marks.chunk_by(|a, b| a.number == b.number) {
            letters.extend(self.remind_of(&of_case[0].number, of_case)?);
        }
        Ok(letters)
    }

    fn remind_of(&self, number: &str, marks: &[Mark]) -> Result<Option<String>> {
        let chain: Option<String> = self
            .tx
            .prepare_cached("SELECT id FROM chain WHERE number = ?1 ORDER BY first LIMIT 1")?
            .query_row([number], |row| row.get(0))
            .optional()?;
        let loaded = chain.map(|chain| chains::load(self.tx, &chain)).transpose()?.flatten();
        let (Some((_, body, _)), Some(case)) = (loaded, self.load(number)?) else {
            end(self.tx, number)?; // its events are another's now, or none's
            return Ok(None);
        };
        let body = level::decided(self.tx, number, body, self.rules)?;
        let told: Vec<String> = case.roles.iter().chain(&body.roles).cloned().collect();
        let above = above(self.rules, &told);
        let mut reminds = Vec::new();
        for mark in marks {
            reminds.extend(self.pass(mark, above.is_some())?);
        }
        let is_over = reminds.iter().any(|remind| remind.share >= OVER);
        if above.is_none() {
            reminds.retain(|remind| remind.share <= OVER); // nobody is left to whom it could go up
        }
        if reminds.is_empty() {
            return Ok(None);
        }
        let added = above.filter(|_| is_over);
        let kind = if added.is_some() { LetterKind::Escalation } else { LetterKind::Reminder };
        let mail = Mail { reminds, added, ..Mail::new(kind) };
        self.mail(&case, mail, &body)
    }

    /// The mark is passed and the next one waited for. None where there is nothing to remind of.
    fn pass(&self, mark: &Mark, goes_on: bool) -> Result<Option<Remind>> {
        let key = params![mark.number, mark.policy, mark.what];
        let is_old = mark.share == 0;
        let passed = duty_of(self.tx, mark)?.and_then(|duty| Some((passed(&duty, self.now)?, duty)));
        // Where nobody is left to whom it could go up, that it is over is told once, however long it has been.
        let last = if goes_on { i64::MAX } else { OVER.max(mark.share) };
        let remind = passed.map(|(share, duty)| Remind { duty, share: share.max(mark.share).min(last) });
        // What passed before there were reminders is not escalated all at once.
        let waits = remind.as_ref().and_then(|remind| {
            let next = after(remind.share);
            let ends = next > OVER && (is_old || !goes_on);
            Some((next, wait(&remind.duty, next, self.now)?)).filter(|_| !ends)
        });
        if let Some((next, due)) = waits {
            self.tx
                .prepare_cached(
                    "UPDATE reminder SET share = ?4, due = ?5 WHERE number = ?1 AND policy = ?2 AND what = ?3",
                )?
                .execute(params![mark.number, mark.policy, mark.what, next, due])?;
        } else {
            self.tx
                .prepare_cached("DELETE FROM reminder WHERE number = ?1 AND policy = ?2 AND what = ?3")?
                .execute(key)?;
        }
        Ok(remind.filter(|_| !is_old))
    }
}

/// The role that is told next when those below do not answer: the lowest of the active policies' that was not told.
fn above(rules: &Rules, told: &[String]) -> Option<String> {
    let known = |role: &&str| {
        let mut levels = rules.policies.iter().flat_map(|policy| &policy.levels);
        levels.any(|level| level.roles.iter().any(|named| named == role))
    };
    ROLES.into_iter().filter(known).find(|role| !told.iter().any(|told| told == role)).map(str::to_owned)
}

fn mark_of(row: &rusqlite::Row<'_>) -> rusqlite::Result<Mark> {
    Ok(Mark { number: row.get(0)?, policy: row.get(1)?, what: row.get(2)?, share: row.get(3)? })
}

fn duty_of(tx: &Transaction<'_>, mark: &Mark) -> Result<Option<Duty>> {
    let body: Option<String> = tx
        .prepare_cached("SELECT body FROM duty WHERE number = ?1 AND policy = ?2 AND what = ?3")?
        .query_row([&mark.number, &mark.policy, &mark.what], |row| row.get(0))
        .optional()?;
    body.map(|body| serde_json::from_str(&body).map_err(damaged)).transpose()
}

/// How long a duty has, and since when; none of one that is due at once.
fn time(duty: &Duty) -> Option<(i64, i64)> {
    let (from, due) = (duty.from?.0, duty.due?.0);
    (due > from).then_some((due - from, from))
}

/// When so much of a duty's time has passed.
fn at(duty: &Duty, share: i64) -> Option<i64> {
    let (time, from) = time(duty)?;
    Some(from + time / 100 * share + time % 100 * share / 100)
}

/// When a mark is waited for until: no mark is further than half of the time away, unless the clock was set back.
fn wait(duty: &Duty, share: i64, now: i64) -> Option<i64> {
    let (time, _) = time(duty)?;
    Some(at(duty, share)?.min(now + time / 2 + 1))
}

/// The last mark that has been passed; 0 before the first.
fn passed(duty: &Duty, now: i64) -> Option<i64> {
    let (time, from) = time(duty)?;
    let half = (time * FURTHER / 100).max(1);
    let further = (now - from - time).div_euclid(half) * FURTHER;
    if further >= 0 {
        return Some(OVER + further);
    }
    Some([80, FIRST].into_iter().find(|share| at(duty, *share).is_some_and(|at| at <= now)).unwrap_or(0))
}

fn after(share: i64) -> i64 {
    match share {
        ..50 => FIRST,
        50..80 => 80,
        80..100 => OVER,
        share => share + FURTHER,
    }
}

#[cfg(test)]
mod tests;
