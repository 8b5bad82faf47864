//! `explain`: what every stage says of a line.

use std::fmt::Write as _;
use std::ops::Range;

use serde_json::{Value, json};

use super::json::finding;
use super::terminal::{escape, table};
use crate::batch::{Body, Fact};
use crate::event::Status;
use crate::kind::Verdict;
use crate::moment::{Tz, iso_local};
use crate::scan::{Content, Explained, Opaque};

/// `explain --json`. `key` is the key id, or `ephemeral`.
pub fn explained(explained: &Explained, key: &str) -> Value {
    let bytes = |range: &Range<usize>| json!([range.start, range.end]);
    let content = |field: &Content| {
        json!({
            "field": field.name, "writer": field.writer, "known": field.known, "bytes": bytes(&field.bytes),
            "views": field.views, "shown": field.shown,
        })
    };
    let opaque = |part: &Opaque| json!({ "bytes": bytes(&part.bytes), "holds": part.holds });
    let fact = |fact: &Fact| json!({ "role": fact.role, "says": fact.body });
    json!({
        "schema": "breachd.explain/1",
        "line": explained.line,
        "candidate": explained.candidate,
        "format": explained.format.as_str(),
        "program": explained.program,
        "malformed": explained.malformed,
        "time": explained.time.iso(),
        "role": explained.role,
        "thread": explained.thread,
        "content": explained.content.iter().map(content).collect::<Vec<_>>(),
        "opaque": explained.opaque.iter().map(opaque).collect::<Vec<_>>(),
        "hits": explained.hits.iter().map(|hit| finding("-", hit, key)).collect::<Vec<_>>(),
        "facts": explained.facts.iter().map(fact).collect::<Vec<_>>(),
        "key": key,
    })
}

/// Quotes and signs between two fields, which a person need not be told of.
const MARKS_MAX: usize = 3;

/// `explain` at a terminal; times in `zone`.
pub fn explained_text(explained: &Explained, zone: Tz) -> String {
    let mut rows = vec![row("line", explained.line.clone()), row("format", format(explained))];
    if !explained.candidate {
        rows.push(row("prefilter", "no candidate: nothing in it could be a value".to_owned()));
    }
    let time = iso_local(explained.time.us, zone);
    rows.push(row("time", format!("{time} ({})", word(&explained.time.quality))));
    let thread = explained.thread.as_ref();
    let thread =
        thread.map_or_else(|| "of its own".to_owned(), |thread| format!("{}/{}", thread.host, thread.name));
    rows.push(row("thread", format!("{thread} · {}", word(&explained.role))));
    rows.extend(list("content", explained.content.iter().map(content)));
    let told = explained.opaque.iter().filter(|part| part.bytes.len() > MARKS_MAX || !part.holds.is_empty());
    rows.extend(list("opaque", told.map(opaque)));
    rows.extend(list("views", explained.content.iter().map(views)));
    rows.extend(list("hits", hits(explained).into_iter()));
    rows.extend(list("event", event(&explained.facts).into_iter()));
    rows.extend(list("record", explained.facts.iter().filter_map(record)));
    let mut text = String::new();
    for [head, said] in &rows {
        let _ = writeln!(text, "{head:<9} {}", escape(said)); // a String takes every byte
    }
    text
}

fn row(head: &str, text: String) -> [String; 2] {
    [head.to_owned(), text]
}

/// The head once, and a dash where there is nothing.
fn list(head: &str, texts: impl Iterator<Item = String>) -> Vec<[String; 2]> {
    let mut rows: Vec<_> = texts.map(|text| row("", text)).collect();
    if rows.is_empty() {
        rows.push(row("", "-".to_owned()));
    }
    head.clone_into(&mut rows[0][0]);
    rows
}

/// The id of a closed list, as JSON writes it.
fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn format(explained: &Explained) -> String {
    let program =
        explained.program.as_ref().map(|program| format!(" (program {program})")).unwrap_or_default();
    let malformed = if explained.malformed { ", because it is not of the format asked for" } else { "" };
    format!("{}{program}{malformed}", explained.format.as_str())
}

fn place(bytes: &Range<usize>) -> String {
    format!("bytes {}–{}", bytes.start, bytes.end)
}

fn content(field: &Content) -> String {
    let meaning = if field.known { "" } else { ", of unknown meaning" };
    format!("{} ({}), written by {}{meaning}", field.name.id(), place(&field.bytes), word(&field.writer))
}

fn opaque(part: &Opaque) -> String {
    let holds = if part.holds.is_empty() { "no content".to_owned() } else { part.holds.join(", ") };
    format!("{holds} ({})", place(&part.bytes))
}

fn views(field: &Content) -> String {
    format!("{}: {} → {}", field.name.id(), field.views.join(" → "), field.shown)
}

fn hits(explained: &Explained) -> Vec<String> {
    let rows: Vec<[String; 4]> = explained
        .hits
        .iter()
        .map(|hit| {
            [
                hit.kind.id().to_owned(),
                hit.masked.to_string(),
                hit.verdict.id().to_owned(),
                format!("{} · {} · {} · byte {}", hit.why, hit.field.id(), hit.view, hit.offset),
            ]
        })
        .collect();
    table(&rows).lines().map(str::to_owned).collect()
}

fn event(facts: &[Fact]) -> Vec<String> {
    facts.iter().filter_map(|fact| said(&fact.body)).collect()
}

fn said(body: &Body) -> Option<String> {
    Some(match body {
        Body::Context(context) => {
            let actor = context
                .actor
                .as_ref()
                .map(|actor| format!("actor {} ({})", actor.name.text, word(&actor.basis)));
            let origin = context.origin.map(|origin| format!("origin {origin}"));
            let object = context.object.as_ref().map(|object| format!("object {}", object.text));
            [actor, origin, object].into_iter().flatten().collect::<Vec<_>>().join(" · ")
        }
        Body::Outcome(outcome) => {
            let recipient = outcome.recipient.as_ref().map(|recipient| format!(" for {}", recipient.text));
            let next = outcome.next.as_ref().map(|next| format!(", taken over as {next}"));
            let status = match outcome.status {
                Status::Http(code) => format!("HTTP {code}"),
                status => word(&status),
            };
            format!("outcome {status}{}{}", recipient.unwrap_or_default(), next.unwrap_or_default())
        }
        Body::Link(link) => format!("the same message as {}", link.to.name),
        Body::Count(count) => {
            let bytes = count.bytes.map(|bytes| format!("{bytes} bytes")).unwrap_or_default();
            let records =
                count.records.map(|records| format!("{records} records declared")).unwrap_or_default();
            format!("{bytes}{records} of {}", count.object.text)
        }
        Body::Hit(_) | Body::Gap(_) => return None,
    })
}

fn record(fact: &Fact) -> Option<String> {
    let Body::Hit(record) = &fact.body else { return None };
    let of = |verdict| record.values.iter().filter(|value| value.verdict == verdict).count();
    let natures: Vec<&str> = record.natures.iter().map(|nature| nature.id()).collect();
    let natures = if natures.is_empty() { "none that counts".to_owned() } else { natures.join(", ") };
    let keys: Vec<String> =
        record.values.iter().map(|value| format!("{} {}", value.kind.id(), value.key)).collect();
    Some(format!(
        "{}: {} likely, {} possible; nature {natures}; {}",
        record.field.id(),
        of(Verdict::Likely),
        of(Verdict::Possible),
        keys.join(", ")
    ))
}
