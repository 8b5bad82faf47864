//! The level that a person has set, with the reason: one that they raised is the floor of what is computed, one that they
//! lowered holds until something new makes the computed level rise above what it was then.

use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde_json::json;

use super::apply::{Step, damaged};
use super::chains::{Asked, Body};
use super::facts::text;
use super::{Error, audit};
use crate::act::Factor;
use crate::incident::{DecidedLevel, Rules};
use crate::severity::{self, Policy};

type Result<T> = std::result::Result<T, Step>;

/// Sets the level of a case: to a number, or as high as these factors make it by the policies in force. A factor alone
/// never lowers a level.
pub(super) fn set(
    tx: &Transaction<'_>,
    number: &str,
    level: Option<u8>,
    factors: &[Factor],
    rules: &Rules,
    now: i64,
) -> Result<()> {
    let Some(body) = body_of(tx, number)? else {
        return Err(refused(format!("nothing in the logs stands behind {number} any more; note it instead")));
    };
    let policies = in_force(rules, &body);
    let highest = policies.iter().flat_map(|policy| &policy.levels).map(|row| row.n).max();
    let Some(highest) = highest else {
        return Err(refused("no policy in force has levels".to_owned()));
    };
    if level.is_some_and(|level| level > highest) {
        return Err(refused(format!("the policies in force have levels 0 to {highest}")));
    }
    let mut by_factor = None;
    for factor in factors {
        let known =
            policies.iter().flat_map(|policy| &policy.factors).filter(|known| known.id == factor.id());
        let Some(known) = known.map(|known| known.level).max() else {
            return Err(refused(format!(
                "no policy in force says which level `{}` makes; set it with --to",
                factor.id()
            )));
        };
        by_factor = by_factor.max(Some(known));
    }
    let before = of_case(tx, number)?;
    let standing = before.as_ref().map_or(body.core.level.level, |before| before.of(body.core.level.level));
    let level = match (level, by_factor) {
        (Some(level), _) => level,
        (None, Some(level)) => level.max(standing),
        (None, None) => {
            return Err(refused("say which level (--to), or what has happened (--media …)".to_owned()));
        }
    };
    let mut all: Vec<String> = before.map_or_else(Vec::new, |before| before.factors);
    all.extend(factors.iter().map(|factor| factor.id().to_owned()));
    all.sort();
    all.dedup();
    let decided = DecidedLevel { level, computed: body.core.level.level, factors: all };
    tx.prepare_cached("INSERT OR REPLACE INTO case_level (number, body) VALUES (?1, ?2)")?
        .execute(params![number, text(&decided)])?;
    let told =
        json!({ "case": number, "level": level, "computed": decided.computed, "factors": decided.factors });
    audit::append(tx, now, "level-set", &told)?;
    Ok(())
}

fn refused(why: String) -> Step {
    Step::Refused(Error::ActRefused { why })
}

/// What a person has set; none where nobody has.
pub(super) fn of_case(db: &Connection, number: &str) -> Result<Option<DecidedLevel>> {
    let body: Option<String> = db
        .prepare_cached("SELECT body FROM case_level WHERE number = ?1")?
        .query_row([number], |row| row.get(0))
        .optional()?;
    body.map(|body| serde_json::from_str(&body).map_err(damaged)).transpose()
}

/// The conclusions of a chain as they hold for its case: with the roles and time limits of the level that a person has set.
pub(super) fn decided(tx: &Transaction<'_>, number: &str, mut body: Body, rules: &Rules) -> Result<Body> {
    let Some(set) = of_case(tx, number)? else { return Ok(body) };
    let level = set.of(body.core.level.level);
    if level != body.core.level.level {
        let policies = in_force(rules, &body);
        let at = severity::at_level(&policies, level);
        body.demands.retain(|demand| !matches!(demand.what.as_str(), "handle" | "close"));
        body.demands.extend(at.demands.into_iter().map(Asked::from));
        (body.roles, body.level_name) = (at.roles, at.level_name);
    }
    body.decided = Some(level);
    Ok(body)
}

/// The first chain of a case.
pub(super) fn body_of(tx: &Transaction<'_>, number: &str) -> Result<Option<Body>> {
    let body: Option<String> = tx
        .prepare_cached("SELECT body FROM chain WHERE number = ?1 ORDER BY first LIMIT 1")?
        .query_row([number], |row| row.get(0))
        .optional()?;
    body.map(|body| serde_json::from_str(&body).map_err(damaged)).transpose()
}

/// The policies in force when a chain began.
fn in_force(rules: &Rules, body: &Body) -> Vec<Policy> {
    let began = body.core.first.0;
    rules.policies.iter().filter(|policy| policy.applies(began, rules.org.zone)).cloned().collect()
}
