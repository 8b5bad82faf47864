//! What a template gets is documented, name by name.

use std::collections::BTreeSet;

use serde_json::Value;

use super::*;

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

#[test]
fn the_document_lists_just_what_a_template_gets() {
    let mut given = BTreeSet::new();
    for (_, letter) in Letter::samples() {
        names("", &serde_json::to_value(view(&letter, &[])).expect("serialises"), &mut given);
    }
    let document = include_str!("../../../docs/templates.md");
    let (_, table) = document.split_once("## Values").expect("the table of values");
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    assert_eq!(rows.map(str::to_owned).collect::<BTreeSet<_>>(), given);
    let files: BTreeSet<_> =
        document.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    assert!(crate::alert::Templates::names().all(|name| files.contains(name)), "{files:?}");
}
