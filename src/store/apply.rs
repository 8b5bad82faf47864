//! The one way in: a batch, applied as a whole or not at all.

use rusqlite::{Transaction, TransactionBehavior};

use super::shelf::Shelf;
use super::{Decided, Error, Result, Store, acts, audit, cases, chains, facts, ledger, reminders};
use crate::act::Act;
use crate::batch::{self, Batch, Note, NoteKind};
use crate::fault;
use crate::incident::Rules;

/// What a batch changed for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// Mails that are now in the outbox.
    pub letters: Vec<String>,
    /// When the next waiting update is due, microseconds since the epoch.
    pub next_update: Option<i64>,
    /// When something else is due: a reminder, the digest, a list, the end of a suppression. Microseconds since the epoch.
    pub next_due: Option<i64>,
    /// What became of cases by acts, in the order of the acts.
    pub decided: Vec<Decided>,
}

impl Store {
    /// Applies a batch in one transaction: offsets (compare and set), acts, facts, open threads, the incidents they
    /// change, audit and outbox. `now` starts the clocks of duties; `flush` ends every wait of updates.
    pub fn apply(&mut self, batch: &Batch, rules: &Rules, now: i64, flush: bool) -> Result<Effects> {
        if batch.version != batch::VERSION || batch.key_id != self.key_id {
            return Err(Error::Foreign { version: batch.version, key_id: batch.key_id.clone() });
        }
        if fault::is_on("split-commit") {
            return self.apply_in_two(batch, rules, now, flush);
        }
        // Emptied where the transaction fails.
        let mut kept = std::mem::take(&mut self.shelf);
        let effects = self.transact("apply", |tx| {
            facts::advance(tx, batch, now)?;
            fault::point("store.offsets-advanced");
            conclude(tx, &mut kept, batch, rules, now, flush)
        })?;
        self.shelf = kept;
        Ok(effects)
    }

    /// The fault that the kill test must notice: offsets first, what was read later.
    fn apply_in_two(&mut self, batch: &Batch, rules: &Rules, now: i64, flush: bool) -> Result<Effects> {
        self.transact("advance", |tx| facts::advance(tx, batch, now))?;
        std::thread::sleep(std::time::Duration::from_millis(20));
        self.transact("conclude", |tx| conclude(tx, &mut Shelf::default(), batch, rules, now, flush))
    }

    /// Writes an act of the program into the ledger and into the audit chain.
    pub fn note(&mut self, note: Note, now: i64) -> Result<()> {
        self.transact("note", |tx| {
            ledger::note(tx, &note, now)?;
            audit::append(tx, now, note.kind.id(), &serde_json::json!({ "words": note.text }))?;
            Ok(())
        })
    }

    /// Cases of this year are numbered from the next one on: lower ones were given by a store that was lost.
    pub fn number_after(&mut self, year: i32, number: u64) -> Result<()> {
        self.transact("number cases", |tx| {
            tx.execute(
                "INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)",
                rusqlite::params![format!("numbers/{year}"), number.to_string()],
            )?;
            Ok(())
        })
    }

    /// Runs a closure in a transaction that is committed when it succeeds.
    pub(super) fn transact<T>(
        &mut self,
        what: &'static str,
        work: impl FnOnce(&Transaction<'_>) -> std::result::Result<T, Step>,
    ) -> Result<T> {
        let path = self.path.clone();
        let failed = |cause| Error::Database { path: path.clone(), what, cause };
        fault::point("store.before-begin");
        let signer = self.writer.as_ref().map(|writer| &writer.signer);
        let tx = self.db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        fault::point("store.begun");
        let done = work(&tx).map_err(|step| match step {
            Step::Sql(cause) => failed(cause),
            Step::Refused(error) => error,
        })?;
        if let Some(signer) = signer {
            audit::seal(&tx, signer).map_err(failed)?;
        }
        fault::point("store.before-commit");
        tx.commit().map_err(failed)?;
        fault::point("store.after-commit");
        Ok(done)
    }
}

fn conclude(
    tx: &Transaction<'_>,
    shelf: &mut Shelf,
    batch: &Batch,
    rules: &Rules,
    now: i64,
    flush: bool,
) -> std::result::Result<Effects, Step> {
    let (mut decided, mut levels) = (Vec::new(), Vec::new());
    for signed in &batch.acts {
        let done = acts::act(tx, signed, rules, now)?;
        if let (Act::Level { .. }, Some(done)) = (&signed.act, &done) {
            levels.push(done.number.clone());
        }
        decided.extend(done);
    }
    if batch.notes.iter().any(|note| note.kind == NoteKind::ClockStep) {
        reminders::after_step(tx, now)?;
    }
    let touched = facts::add(tx, batch, now)?;
    fault::point("store.facts-added");
    let changed = chains::renew(tx, shelf, touched, rules)?;
    fault::point("store.chains-renewed");
    let mut effects = cases::tell(tx, &changed, &levels, rules, &batch.key_id, now, flush)?;
    fault::point("store.cases-told");
    effects.decided = decided;
    for id in &effects.letters {
        audit::append(tx, now, "letter", &serde_json::json!({ "id": id }))?;
        fault::point("store.audited");
    }
    Ok(effects)
}

/// Why a step of a transaction failed: the database, or a rule of ours.
#[derive(Debug)]
pub(super) enum Step {
    Sql(rusqlite::Error),
    Refused(Error),
}

impl From<rusqlite::Error> for Step {
    fn from(cause: rusqlite::Error) -> Self {
        Self::Sql(cause)
    }
}

/// A row that does not read back: written by another program, or damaged.
pub(super) fn damaged(cause: impl std::error::Error + Send + Sync + 'static) -> Step {
    Step::Sql(rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(cause)))
}
