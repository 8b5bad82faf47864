//! What a store says of each event, beside the truth.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use hmac::{Hmac, KeyInit, Mac};
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;
use sha2::Sha256;

use crate::generator::Truth;
use crate::support::KEY;

/// An event as the store has it.
#[derive(Debug)]
struct Event {
    actor: String,
    origins: Vec<String>,
    objects: BTreeSet<String>,
    /// Keys of subjects.
    people: BTreeSet<String>,
    recipients: BTreeMap<String, String>,
    first: i64,
}

/// How many events were right, and how many said *unknown* where there was an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    pub right: usize,
    pub unknown: usize,
}

/// Compares the events of a store with the truth, one to one. Everything that is wrong is shown, and fails.
pub fn check(state: &Path, truths: &[Truth], unknown_allowed: bool) -> Figures {
    let events = events(state);
    let mut of_person: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, event) in events.iter().enumerate() {
        for person in &event.people {
            of_person.entry(person).or_default().push(at);
        }
    }
    let (mut figures, mut wrong) = (Figures::default(), Vec::new());
    let mut seen: BTreeSet<usize> = BTreeSet::new();
    for truth in truths {
        let people: BTreeSet<String> = truth.people.iter().map(|id| key(id)).collect();
        // The first of a message's people is in no other message: its number is the highest.
        let own = key(truth.people.iter().max_by_key(|id| id[2..9].to_owned()).expect("it names people"));
        let found = of_person.get(own.as_str()).map_or(&[][..], Vec::as_slice);
        seen.extend(found);
        if truth.is_open {
            continue;
        }
        if unknown_allowed
            && found.len() > 1
            && are_parts(found.iter().map(|at| &events[*at]), truth, &people)
        {
            figures.unknown += 1;
            continue;
        }
        let [at] = found else {
            let found: Vec<&Event> = found.iter().map(|at| &events[*at]).collect();
            wrong.push(format!("{}: {} events instead of one\n  {found:?}", truth.story, found.len()));
            continue;
        };
        match compare(&events[*at], truth, &people) {
            Ok(false) => figures.right += 1,
            Ok(true) if unknown_allowed => figures.unknown += 1,
            Ok(true) => wrong.push(format!("{}: unknown\n  {:?}\n  {truth:?}", truth.story, events[*at])),
            Err(what) => {
                wrong.push(format!("{}: {what}\n  {:?}\n  {truth:?}", truth.story, events[*at]));
            }
        }
    }
    let invented = (0..events.len()).filter(|at| !seen.contains(at));
    wrong.extend(invented.map(|at| format!("an event of no message: {:?}", events[at])));
    let count = wrong.len();
    wrong.truncate(SHOWN_MAX);
    assert!(count == 0, "{count} of {} are wrong\n{}", truths.len(), wrong.join("\n"));
    figures
}

/// Whether two events are a message and what a filter made of it, of which one was let go before a line joined them:
/// that one is not known, and nothing that either says of a recipient is wrong.
fn are_parts<'e>(parts: impl Iterator<Item = &'e Event>, truth: &Truth, people: &BTreeSet<String>) -> bool {
    let parts: Vec<&Event> = parts.collect();
    let is_unknown = |outcome: &String| outcome == "unknown";
    let is_right = |(address, outcome): (&String, &String)| {
        is_unknown(outcome) || truth.recipients.get(address).is_some_and(|fate| fate.id() == outcome)
    };
    parts.iter().any(|part| part.recipients.values().any(is_unknown))
        && parts.iter().all(|part| part.people.is_subset(people) && part.recipients.iter().all(is_right))
}

/// How many mistakes are shown.
const SHOWN_MAX: usize = 12;

/// Whether an event says *unknown* where there is an answer; what is wrong, otherwise.
fn compare(event: &Event, truth: &Truth, people: &BTreeSet<String>) -> Result<bool, String> {
    let differs = |what: &str, holds: bool| if holds { Ok(()) } else { Err(format!("{what} differs")) };
    let expected = |address: &str| truth.recipients.get(address).map(|fate| fate.id());
    let says_unknown =
        |(address, outcome): (&String, &String)| outcome == "unknown" && expected(address) != Some("unknown");
    let unknown = event.recipients.iter().any(says_unknown);
    // A message that was let go of may have said more later: who submitted it, or another attachment.
    let is_sender = unknown && (event.actor == truth.sender || event.actor == truth.envelope);
    differs("actor", event.actor == truth.actor || is_sender)?;
    differs("people", event.people == *people)?;
    differs(
        "objects",
        event.objects == truth.objects || (unknown && event.objects.is_subset(&truth.objects)),
    )?;
    differs("first", event.first == truth.first)?;
    if let Some(origin) = &truth.origin {
        differs("origins", event.origins == [origin.clone()] || (unknown && event.origins.is_empty()))?;
    }
    for (address, outcome) in &event.recipients {
        let is_unknown = says_unknown((address, outcome));
        differs(address, is_unknown || expected(address) == Some(outcome))?;
    }
    // One who is missing is not told of, unless the event says that something is not known.
    let missing = truth.recipients.keys().find(|address| !event.recipients.contains_key(*address));
    match missing {
        Some(address) if !unknown => Err(format!("{address} is missing")),
        _ => Ok(unknown),
    }
}

fn events(state: &Path) -> Vec<Event> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let store = Connection::open_with_flags(state.join("state.db"), flags).expect("a store");
    let mut hits: BTreeMap<i64, BTreeSet<String>> = BTreeMap::new();
    let mut rows = store
        .prepare("SELECT event, body FROM fact WHERE event IS NOT NULL AND body ->> '$.hit' IS NOT NULL")
        .expect("facts");
    let mut rows = rows.query([]).expect("facts");
    while let Some(row) = rows.next().expect("facts") {
        let body: String = row.get(1).expect("a text");
        let body: Value = serde_json::from_str(&body).expect("JSON");
        let values = body["hit"]["values"].as_array().expect("values of a hit").clone();
        let likely = values.iter().filter(|value| value["verdict"] == "likely");
        let keys = likely.map(|value| text(&value["key"]));
        hits.entry(row.get(0).expect("an id")).or_default().extend(keys);
    }
    let mut rows = store.prepare("SELECT id, body FROM event").expect("events");
    let event = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?));
    let rows = rows.query_map([], event).expect("events").map(|row| row.expect("an event"));
    // An event of which only a name of an attachment counts (a list of people, say) holds no value to compare.
    rows.filter_map(|(id, body)| {
        let people = hits.remove(&id)?;
        let body: Value = serde_json::from_str(&body).expect("JSON");
        assert_eq!(body["route"], "mail-out");
        let list = |key: &str| body[key].as_array().expect("a list").clone();
        Some(Event {
            actor: text(&body["actor"]["text"]),
            origins: list("origins").iter().map(text).collect(),
            objects: list("objects").iter().map(|object| text(&object["text"])).collect(),
            people,
            recipients: list("recipients")
                .iter()
                .map(|recipient| (text(&recipient[0]["text"]), text(&recipient[1])))
                .collect(),
            first: body["first"].as_i64().expect("a number"),
        })
    })
    .collect()
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// The key of an identity number under the tests' key (HMAC-SHA-256, its first half).
fn key(id: &str) -> String {
    let secret = data_encoding::HEXLOWER.decode(KEY.as_bytes()).expect("hex");
    let mut mac = Hmac::<Sha256>::new_from_slice(&secret).expect("keys of every length");
    mac.update(format!("subject\0twid\0{id}").as_bytes());
    data_encoding::HEXLOWER.encode(&mac.finalize().into_bytes()[..16])
}
