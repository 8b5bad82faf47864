//! What must hold when the log has ended: the same cores by every way, and the numbers that the writer knows.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::Site;
use crate::writer::Writer;

/// A killed site stands as a replay of its files and as the writer knows; every letter that was decided lies once in
/// the spool and was taken by the relay, more than once only as the same mail, and its row says so.
#[cfg(feature = "faults")]
pub fn stands(site: &Site, writer: &Writer, relay: &crate::relay::Relay) {
    let cores = site.cores();
    same("the killed run", &cores, "a replay", &replayed(site, writer));
    assert_eq!(subjects(&cores), writer.truth());
    let listed = site.json(&["incident", "list", "--json"]);
    let cases = listed["incidents"].as_array().expect("a list").iter();
    let firsts: Vec<String> =
        cases.map(|incident| format!("{}.r0", incident["case"].as_str().expect("a case"))).collect();
    let mails = names(&site.mails());
    for first in &firsts {
        assert!(mails.contains(first), "the first letter {first} is lost; there are {mails:?}");
    }
    let store = rusqlite::Connection::open(site.path("state/state.db")).expect("a store");
    let mut decided = store.prepare("SELECT id FROM outbox ORDER BY id").expect("a table of letters");
    let decided = decided.query_map([], |row| row.get(0)).expect("letters");
    assert_eq!(decided.collect::<rusqlite::Result<Vec<String>>>().expect("their ids"), mails);
    let ids: std::collections::BTreeSet<_> = site.mails().iter().map(|mail| message_id(mail)).collect();
    assert_eq!(ids.len(), mails.len(), "each letter has a Message-ID of its own");
    let taken = relay.taken();
    assert_eq!(taken.keys().cloned().collect::<std::collections::BTreeSet<_>>(), ids, "every letter is sent");
    let again: usize = taken.values().map(|mails| mails.len() - 1).sum();
    for (id, mails) in &taken {
        assert!(mails.iter().all(|mail| mail == &mails[0]), "{id} was sent with two texts");
    }
    let open = store.query_row("SELECT count(*) FROM outbox WHERE state != 'sent'", [], |row| row.get(0));
    assert_eq!(open, Ok(0), "rows of letters that are not marked as sent");
    println!("{} cases, {} letters, {again} of them taken twice", firsts.len(), mails.len());
}

#[cfg(feature = "faults")]
fn names(mails: &[std::path::PathBuf]) -> Vec<String> {
    mails.iter().map(|mail| mail.file_stem().expect("a name").to_string_lossy().into_owned()).collect()
}

#[cfg(feature = "faults")]
fn message_id(mail: &std::path::Path) -> String {
    let text = std::fs::read_to_string(mail).expect("a mail is text");
    let line = text.lines().find(|line| line.to_ascii_lowercase().starts_with("message-id:"));
    line.unwrap_or_else(|| panic!("{} has no Message-ID", mail.display())).to_owned()
}

/// Characters of a field that are shown where two cores differ.
const SHOWN_MAX: usize = 300;

/// Lets a restarted daemon read the rest of the log while it is written, then whatever that one has not read yet.
pub fn settle(site: &Site, writer: &mut Writer) {
    let mut daemon = site.watch(&[]);
    writer.finish();
    assert_eq!(daemon.stop(), Some(0), "{}", daemon.words());
    site.ok(&["watch", "--once"]);
}

pub fn replayed(site: &Site, writer: &Writer) -> Value {
    site.replayed(&writer.files(site))
}

/// The killed site, the uninterrupted one, a replay of the files and the writer's own count agree.
pub fn agree(killed: &Site, whole: &Site, writer: &Writer) {
    assert_eq!(gaps(killed), Vec::<Value>::new(), "every byte was there");
    let cores = killed.cores();
    same("the killed run", &cores, "a replay", &replayed(killed, writer));
    same("the killed run", &cores, "the uninterrupted run", &whole.cores());
    assert_eq!(subjects(&cores), writer.truth());
}

/// People by sender.
pub fn subjects(cores: &Value) -> BTreeMap<String, u64> {
    let cores = cores.as_array().expect("a list");
    let of = |core: &Value| {
        let actor = core["actor"].as_str().expect("a text").to_owned();
        (actor, core["subjects"]["total"].as_u64().expect("a number"))
    };
    cores.iter().map(of).collect()
}

/// Compares cores field by field, because one core is a page.
pub fn same(a_name: &str, a: &Value, b_name: &str, b: &Value) {
    if a == b {
        return;
    }
    let (subjects_a, subjects_b) = (subjects(a), subjects(b));
    let mut text = format!("{a_name}: {subjects_a:?}\n{b_name}: {subjects_b:?}\n");
    let none = Vec::new();
    for (a, b) in a.as_array().unwrap_or(&none).iter().zip(b.as_array().unwrap_or(&none)) {
        for (key, of_a) in a.as_object().expect("a core") {
            if *of_a != b[key] {
                text +=
                    &[a["actor"].to_string().as_str(), key, &short(of_a), &short(&b[key]), ""].join("\n  ");
            }
        }
    }
    panic!("{a_name} and {b_name} differ\n{text}");
}

fn short(value: &Value) -> String {
    let mut text: String = value.to_string().chars().take(SHOWN_MAX).collect();
    if text.chars().count() == SHOWN_MAX {
        text.push('…');
    }
    text
}

/// What the drafts say could not be read.
fn gaps(site: &Site) -> Vec<Value> {
    let listed = site.json(&["incident", "list", "--json"]);
    let mut gaps = Vec::new();
    for incident in listed["incidents"].as_array().expect("a list") {
        let id = incident["id"].as_str().expect("a chain id");
        let shown = site.json(&["incident", "show", id, "--json"]);
        gaps.extend(shown["completeness"]["gaps"].as_array().expect("a list").iter().cloned());
    }
    gaps
}
