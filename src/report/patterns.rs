//! Rules and their examples, for people and for programs.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::terminal::{escape, table};
use crate::detect::{Listed, Trial};

/// `patterns list --json`.
pub fn patterns(rules: &[Listed]) -> Value {
    let rule = |rule: &Listed| {
        json!({
            "id": rule.id, "kind": rule.kind.id(), "nature": rule.nature.id(), "scope": rule.scope,
            "file": rule.file, "examples": rule.examples, "counter_examples": rule.counter_examples,
            "reach": rule.reach,
        })
    };
    json!({ "schema": "breachd.patterns/1", "patterns": rules.iter().map(rule).collect::<Vec<_>>() })
}

/// `patterns list`.
pub fn patterns_table(rules: &[Listed]) -> String {
    let heads = ["ID", "KIND", "NATURE", "EXAMPLES", "REACHED BY", "PACK"].map(str::to_owned);
    let row = |rule: &Listed| {
        [
            escape(&rule.id),
            rule.kind.id().to_owned(),
            rule.nature.id().to_owned(),
            format!("{} + {}", rule.examples, rule.counter_examples),
            escape(&rule.reach),
            escape(&rule.file),
        ]
    };
    let rows: Vec<_> = std::iter::once(heads).chain(rules.iter().map(row)).collect();
    table(&rows)
}

/// The outcome of each example of `patterns test`.
pub fn trials(trials: &[Trial]) -> String {
    let mut text = String::new();
    for trial in trials {
        let which = if trial.wanted { "example" } else { "counter-example" };
        let outcome = if trial.fault.is_none() { "ok    " } else { "FAILED" };
        let found = trial.found.as_ref().map_or_else(
            || "nothing found".to_owned(),
            |(verdict, why, masked)| format!("{} {} ({why})", verdict.id(), escape(&masked.to_string())),
        );
        // A String takes every byte.
        let _ = writeln!(
            text,
            "{outcome}  {}:{}  {which} of {}: {found}",
            escape(&trial.file),
            trial.line,
            escape(&trial.rule)
        );
    }
    text
}
