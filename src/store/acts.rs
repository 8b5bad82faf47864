//! What people decided: the state of a case, and the rows that say who, when and why.

use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde_json::json;

use super::apply::{Step, damaged};
use super::facts::text;
use super::{Error, audit, duties, level, reminders, replies};
use crate::act::{Act, Decision, Linked, Signed};
use crate::incident::{Rules, State};
use crate::moment::iso;

type Result<T> = std::result::Result<T, Step>;

/// The kind of an audit row that an act wrote.
pub(super) const KIND: &str = "act";

/// An act as it was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// When, microseconds since the epoch.
    pub us: i64,
    /// The act with who and why.
    pub signed: Signed,
}

/// What became of a case by an act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// The case's number.
    pub number: String,
    /// Its state from now on.
    pub state: State,
}

/// Does what an act says and records it. An act that cannot be done refuses the whole batch.
pub(super) fn act(tx: &Transaction<'_>, signed: &Signed, rules: &Rules, now: i64) -> Result<Option<Decided>> {
    let has_reason = signed.reason.as_ref().is_some_and(|reason| !reason.is_empty());
    let decided = match &signed.act {
        Act::Case { id, decision } => Some(decide(tx, id, *decision, has_reason)?),
        Act::Reply { id, token, until } => {
            replies::use_once(tx, token, *until, now)?;
            let decision = case(tx, id)?.map_or(Decision::Ack, |(_, state)| replies::decision(state));
            Some(decide(tx, id, decision, true)?)
        }
        Act::Level { id, level, factors } => {
            let decided = found(tx, id, &signed.act, has_reason)?;
            level::set(tx, &decided.number, *level, factors, rules, now)?;
            Some(decided)
        }
        Act::Known { id, at } => Some(known(tx, found(tx, id, &signed.act, has_reason)?, *at, rules, now)?),
        Act::Link { id, to } => Some(link(tx, found(tx, id, &signed.act, has_reason)?, to)?),
        Act::Reload { .. } => None,
    };
    let mut body = json!({ "signed": signed });
    if let Some(decided) = &decided {
        body["case"] = json!(decided.number);
        body["state"] = json!(decided.state.id());
    }
    audit::append(tx, now, KIND, &body)?;
    Ok(decided)
}

fn refused(why: String) -> Step {
    Step::Refused(Error::ActRefused { why })
}

/// The case that an act is about; every act but a step of the case needs a reason.
fn found(tx: &Transaction<'_>, id: &str, act: &Act, has_reason: bool) -> Result<Decided> {
    let Some((number, state)) = case(tx, id)? else { return Err(unknown(id)) };
    if !has_reason {
        let words = act.words();
        let what = words.split(' ').next().unwrap_or_default();
        return Err(refused(format!("{what} {number} needs --reason, which is kept in the audit")));
    }
    Ok(Decided { number, state })
}

fn unknown(id: &str) -> Step {
    refused(format!("no case has the number `{id}`; `breachd incident list` shows those there are"))
}

/// The earliest time that people give is kept; the time of the detection stays beside it.
fn known(tx: &Transaction<'_>, case: Decided, at: i64, rules: &Rules, now: i64) -> Result<Decided> {
    if at > now {
        return Err(refused(format!("{} is yet to come; nobody can have known by then", iso(at))));
    }
    tx.prepare_cached(
        "INSERT INTO case_known (number, at) VALUES (?1, ?2) ON CONFLICT (number) DO UPDATE SET at = min(at, ?2)",
    )?
    .execute(params![case.number, at])?;
    let earliest: i64 = tx
        .prepare_cached("SELECT at FROM case_known WHERE number = ?1")?
        .query_row([&case.number], |row| row.get(0))?;
    if let Some(body) = level::body_of(tx, &case.number)? {
        duties::known(tx, &case.number, &body, rules, earliest, now)?;
    }
    Ok(case)
}

/// Two cases are linked both ways; a report is kept beside the case.
fn link(tx: &Transaction<'_>, case: Decided, to: &Linked) -> Result<Decided> {
    let mut put =
        tx.prepare_cached("INSERT OR REPLACE INTO case_link (number, other, body) VALUES (?1, ?2, ?3)")?;
    match to {
        Linked::Report(report) => {
            put.execute([&case.number, &report.sha256, &text(to)])?;
        }
        Linked::Case(id) => {
            let Some((other, _)) = self::case(tx, id)? else { return Err(unknown(id)) };
            if other == case.number {
                return Err(refused(format!("{id} is {other} itself")));
            }
            for (one, other) in [(&case.number, &other), (&other, &case.number)] {
                put.execute([one, other, &text(&Linked::Case(other.clone()))])?;
            }
        }
    }
    Ok(case)
}

fn decide(tx: &Transaction<'_>, id: &str, decision: Decision, has_reason: bool) -> Result<Decided> {
    let Some((number, state)) = case(tx, id)? else { return Err(unknown(id)) };
    if decision.needs_reason() && !has_reason {
        return Err(refused(format!(
            "{} {number} needs --reason, which is kept in the audit",
            decision.id()
        )));
    }
    // What began after somebody took the case over reminds again, until somebody says that they know.
    let again = decision == Decision::Ack && !state.is_settled() && reminders::run(tx, &number)?;
    let Some(next) = state.after(decision).or(again.then_some(state)) else {
        let noted = format!("`breachd incident note {number} --reason …` adds words to it");
        return Err(refused(format!("{number} is {} and cannot be {}; {noted}", state.id(), past(decision))));
    };
    // Of what is settled nobody is told any more.
    tx.prepare_cached(
        "UPDATE incident_case SET state = ?2, update_due = iif(?3, NULL, update_due) WHERE number = ?1",
    )?
    .execute(params![number, next.id(), next.is_settled()])?;
    if decision != Decision::Note {
        reminders::end(tx, &number)?;
    }
    Ok(Decided { number, state: next })
}

const fn past(decision: Decision) -> &'static str {
    match decision {
        Decision::Ack => "acknowledged",
        Decision::Confirm => "confirmed",
        Decision::Dismiss => "dismissed",
        Decision::Note => "noted",
        Decision::Report => "reported",
        Decision::Investigate => "investigated",
        Decision::Correct => "corrected",
        Decision::Close => "closed",
    }
}

/// The case of a number or of a chain's id, in whose place stands the case that it was joined with.
fn case(db: &Connection, id: &str) -> Result<Option<(String, State)>> {
    let row: Option<(String, String)> = db
        .prepare_cached(
            "SELECT main.number, main.state FROM incident_case c
             JOIN incident_case main ON main.number = coalesce(c.alias_of, c.number)
             WHERE c.number = ?1 OR c.number = (SELECT number FROM chain WHERE id = ?1)",
        )?
        .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((number, state)) = row else { return Ok(None) };
    let state = State::from_id(&state).ok_or(Step::Sql(rusqlite::Error::InvalidQuery))?;
    Ok(Some((number, state)))
}

/// The case that people have settled and that has shown every one of these events, with the level they know.
pub(super) fn settled(tx: &Transaction<'_>, members: &[i64]) -> Result<Option<(String, u8)>> {
    let mut found: Option<(String, u8)> = None;
    for event in members {
        let mut hits = tx.prepare_cached(
            "SELECT (SELECT c.number FROM case_event ce JOIN incident_case c ON c.number = ce.number
                     WHERE ce.thread = f.thread AND ce.us = f.us AND c.state IN ('closed', 'dismissed')
                     ORDER BY c.number DESC LIMIT 1)
             FROM fact f WHERE f.event = ?1",
        )?;
        let hits = hits.query_map([event], |row| row.get::<_, Option<String>>(0))?;
        for number in hits.collect::<rusqlite::Result<Vec<_>>>()? {
            let Some(number) = number else { return Ok(None) };
            let level = tx
                .prepare_cached("SELECT notified_level FROM incident_case WHERE number = ?1")?
                .query_row([&number], |row| row.get(0))?;
            if found.as_ref().is_none_or(|(last, _)| *last < number) {
                found = Some((number, level));
            }
        }
    }
    Ok(found)
}

/// A settled case is a draft again.
pub(super) fn reopen(tx: &Transaction<'_>, number: &str, now: i64) -> Result<()> {
    tx.prepare_cached("UPDATE incident_case SET state = ?2 WHERE number = ?1")?
        .execute([number, State::Draft.id()])?;
    audit::append(tx, now, "case-reopened", &json!({ "case": number }))?;
    Ok(())
}

/// The acts about a case, oldest first, and those about the cases that were joined into it.
pub(super) fn of_case(db: &Connection, number: &str) -> Result<Vec<Recorded>> {
    let mut rows = db.prepare(
        "SELECT us, body ->> '$.signed' FROM audit WHERE kind = ?1 AND (body ->> '$.case' = ?2
         OR body ->> '$.case' IN (SELECT number FROM incident_case WHERE alias_of = ?2)) ORDER BY seq",
    )?;
    let rows = rows
        .query_map([KIND, number], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let recorded = rows.into_iter().map(|(us, signed)| {
        serde_json::from_str(&signed).map(|signed| Recorded { us, signed }).map_err(damaged)
    });
    recorded.collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{START, batch, keys, message, open, rules};
    use super::*;
    use crate::act::{Reason, Who};
    use crate::batch::Batch;
    use crate::event::Status;
    use crate::store::{Effects, Shown, Store};

    fn signed(id: &str, decision: Decision, reason: Option<&str>) -> Batch {
        let by = Who::shell(1000, "chen");
        let reason = reason.map(|reason| Reason::new(reason).expect("short"));
        let act = Signed { act: Act::Case { id: id.to_owned(), decision }, by, reason };
        Batch { acts: vec![act], ..Batch::new(keys().id()) }
    }

    fn apply(store: &mut Store, batch: &Batch) -> std::result::Result<Effects, String> {
        store.apply(batch, &rules(), START, true).map_err(|error| error.to_string())
    }

    /// A store with one case of one person.
    fn with_case(dir: &std::path::Path) -> (Store, String) {
        let mut store = open(dir);
        apply(&mut store, &batch(message("AAAAAA", 0, "A1", Some(Status::Sent)))).expect("applied");
        let chain = store.list().expect("readable")[0].draft.core.id.clone();
        (store, chain)
    }

    #[test]
    fn acts_change_the_state_and_are_recorded_with_who_and_why() {
        let dir = tempfile::tempdir().expect("a folder");
        let (mut store, chain) = with_case(dir.path());
        let by_chain =
            apply(&mut store, &signed(&chain, Decision::Ack, None)).expect("a draft can be acknowledged");
        assert_eq!(by_chain.decided[0].state, State::Acknowledged);
        let number = by_chain.decided[0].number.clone();
        let again = apply(&mut store, &signed(&number, Decision::Ack, None)).expect_err("it is acknowledged");
        assert!(again.contains("is acknowledged and cannot be acknowledged"), "{again}");
        let bare = apply(&mut store, &signed(&number, Decision::Dismiss, None)).expect_err("no reason");
        assert!(bare.contains("needs --reason"), "{bare}");
        apply(&mut store, &signed(&number, Decision::Dismiss, Some("測試資料"))).expect("dismissed");
        let unknown = apply(&mut store, &signed("BD-1999-000001", Decision::Ack, None)).expect_err("none");
        assert!(unknown.contains("no case has the number"), "{unknown}");
        let acts = store.acts(&number).expect("readable");
        let told: Vec<_> = acts.iter().map(|act| (act.us, act.signed.by.uid)).collect();
        assert_eq!(told, [(START, Some(1000)); 2], "what was refused is not recorded");
        assert_eq!(acts[1].signed.reason, Some(Reason::new("測試資料").expect("short")));
        let Shown::Draft(draft) = store.show(&number).expect("readable") else { panic!("shown") };
        assert_eq!(draft.state, "dismissed");
    }

    #[test]
    fn what_is_dismissed_stays_so_until_something_new_comes() {
        let dir = tempfile::tempdir().expect("a folder");
        let (mut store, chain) = with_case(dir.path());
        apply(&mut store, &signed(&chain, Decision::Dismiss, Some("演練"))).expect("dismissed");
        let late = message("AAAAAA", 0, "A1", Some(Status::Bounced));
        assert!(
            apply(&mut store, &batch(late)).expect("applied").letters.is_empty(),
            "a late word opens nothing"
        );
        let new = message("BBBBBB", 5, "A2", Some(Status::Sent));
        assert_eq!(apply(&mut store, &batch(new)).expect("applied").letters, ["BD-2026-000002.r0"]);
    }
}
