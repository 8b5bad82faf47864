//! The JSON contract. Every object carries its schema.

use serde::Serialize;
use serde_json::{Value, json};

use crate::incident::{Core, Draft, Items};
use crate::kind::{Kind, Tier, Verdict};
use crate::scan::Found;

/// One finding of `scan`. `key` is the key id, or `ephemeral`.
pub fn finding(path: &str, found: &Found, key: &str) -> Value {
    json!({
        "schema": "breachd.finding/1",
        "path": path,
        "line": found.line,
        "offset": found.offset,
        "format": found.format.as_str(),
        "field": found.field.id(),
        "kind": found.kind.id(),
        "nature": found.nature.id(),
        "verdict": found.verdict.id(),
        "why": found.why,
        "view": found.view,
        "masked": found.masked.to_string(),
        "subject": (found.kind.tier() != Tier::Nobody).then(|| found.subject.to_string()),
        "key": key,
    })
}

/// `scan --count`: findings by kind and verdict, rejected ones only where they were asked for.
pub fn scan_count(
    (bytes, lines): (u64, u64),
    findings: &std::collections::BTreeMap<(Kind, Verdict), u64>,
    subjects: u64,
    seconds: f64,
) -> Value {
    let mut by_kind = serde_json::Map::new();
    for ((kind, verdict), count) in findings {
        by_kind.entry(kind.id()).or_insert_with(|| json!({}))[verdict.id()] = json!(count);
    }
    json!({
        "schema": "breachd.scan/1",
        "bytes": bytes,
        "lines": lines,
        "findings": by_kind,
        "subjects": subjects,
        "seconds": (seconds * 1000.0).round() / 1000.0,
    })
}

/// An incident with everything around its core.
pub fn incident(draft: &Draft) -> Value {
    #[derive(Serialize)]
    struct Incident<'d> {
        schema: &'static str,
        #[serde(flatten)]
        core: &'d Core,
        case: &'d Option<String>,
        notified_level: Option<u8>,
        duties: Vec<Value>,
        actor_30d: Value,
        key: &'d str,
        completeness: &'d crate::incident::Completeness,
        state: &'d str,
        #[serde(skip_serializing_if = "<[String]>::is_empty")]
        aliases: &'d [String],
        #[serde(skip_serializing_if = "Option::is_none")]
        decided_level: Option<&'d crate::incident::DecidedLevel>,
        #[serde(skip_serializing_if = "Option::is_none")]
        known: Option<crate::incident::Instant>,
        #[serde(skip_serializing_if = "<[crate::act::Linked]>::is_empty")]
        links: &'d [crate::act::Linked],
    }
    let duty = |duty: &crate::incident::Duty| {
        json!({
            "policy": duty.policy, "what": duty.what, "due": duty.due, "clock": duty.clock,
            "from": duty.from, "clause": duty.clause,
        })
    };
    let incident = Incident {
        schema: "breachd.incident/1",
        core: &draft.core,
        case: &draft.case,
        notified_level: draft.notified_level,
        duties: draft.duties.iter().map(duty).collect(),
        actor_30d: json!({ "subjects": draft.actor_30d }),
        key: &draft.key,
        completeness: &draft.completeness,
        state: &draft.state,
        aliases: &draft.aliases,
        decided_level: draft.decided_level.as_ref(),
        known: draft.known,
        links: &draft.links,
    };
    serde_json::to_value(incident).expect("incidents are JSON")
}

/// The same with the items of the written report within 72 hours, each filled, drafted or left to a named person.
pub fn incident_with_items(draft: &Draft, items: &Items) -> Value {
    let mut value = incident(draft);
    value["report_items"] = json!(items.nine());
    value
}

/// Cores in canonical order.
pub fn cores(cores: &[Core]) -> Value {
    json!({ "schema": "breachd.cores/1", "incidents": cores })
}

/// `incident list`.
pub fn list<'d>(drafts: impl Iterator<Item = &'d Draft>) -> Value {
    let row = |draft: &Draft| {
        json!({
            "id": draft.core.id, "case": draft.case, "route": draft.core.route, "actor": draft.core.actor,
            "first": draft.core.first, "last": draft.core.last, "level": draft.core.level.level,
            "subjects": draft.core.subjects.total, "state": draft.state,
        })
    };
    json!({ "schema": "breachd.incidents/1", "incidents": drafts.map(row).collect::<Vec<_>>() })
}

/// `replay`.
pub fn replay<'d>(inputs: Vec<Value>, drafts: impl Iterator<Item = &'d Draft>) -> Value {
    json!({
        "schema": "breachd.replay/1",
        "inputs": inputs,
        "incidents": drafts.map(incident).collect::<Vec<_>>(),
    })
}
