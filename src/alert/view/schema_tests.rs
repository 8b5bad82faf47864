//! What a template gets is documented, name by name.

use std::collections::BTreeSet;

use serde_json::Value;

use super::*;
use crate::alert::Bulletin;

/// The names below a value: `deadlines`, `deadlines[].what`; an object itself has none.
fn names(prefix: &str, value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let at = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
                names(&at, value, found);
            }
        }
        Value::Array(items) => {
            found.insert(prefix.to_owned());
            for item in items.iter().filter(|item| item.is_object()) {
                names(&format!("{prefix}[]"), item, found);
            }
        }
        _ => drop(found.insert(prefix.to_owned())),
    }
}

/// The names that a section of the document lists.
fn listed(section: &str) -> BTreeSet<String> {
    let document = include_str!("../../../docs/templates.md");
    let (_, rest) = document.split_once(&format!("## {section}\n")).expect("the table of values");
    let table = rest.split("\n## ").next().unwrap_or_default();
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    rows.map(str::to_owned).collect()
}

#[test]
fn the_document_lists_just_what_a_template_gets() {
    let mut given = BTreeSet::new();
    for (_, letter) in Letter::samples() {
        names("", &serde_json::to_value(view(&letter, &[])).expect("serialises"), &mut given);
    }
    assert_eq!(listed("Values of a letter"), given);
    for (kind, section) in
        [("digest", "Values of the daily digest"), ("collective", "Values of the collective mail")]
    {
        let mut given = BTreeSet::new();
        for (_, bulletin) in Bulletin::samples().into_iter().filter(|(_, it)| it.kind() == kind) {
            names("", &serde_json::to_value(bulletin.values()).expect("serialises"), &mut given);
        }
        assert_eq!(listed(section), given);
    }
    let document = include_str!("../../../docs/templates.md");
    assert!(crate::alert::Templates::names().all(|name| document.contains(&format!("| `{name}` |"))));
}
