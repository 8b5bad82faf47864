//! Who is told: the mailboxes of a role, and why these: the people of a unit, or a deputy.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::terminal::{Words, escape};
use crate::incident::Reached;
use crate::severity::{role_en, role_zh};

/// The mailboxes of a role in a line: `lin@agency.gov.tw（人事室；代理 chen@agency.gov.tw）`.
pub(super) fn text(reached: &[Reached], words: Words) -> String {
    if reached.is_empty() {
        return words.pick("（未設定信箱）", "(no mailbox)").to_owned();
    }
    let one = |one: &Reached| {
        let deputy = one.deputy_of.as_ref().map(|of| format!("{} {of}", words.pick("代理", "deputy of")));
        let why: Vec<String> = one.unit.clone().into_iter().chain(deputy).collect();
        match (why.is_empty(), words) {
            (true, _) => one.mailbox.clone(),
            (_, Words::Chinese) => format!("{}（{}）", one.mailbox, why.join("；")),
            (_, Words::English) => format!("{} ({})", one.mailbox, why.join("; ")),
        }
    };
    reached.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// The same for programs.
pub(super) fn json(role: &str, reached: &[Reached]) -> Value {
    let person =
        |one: &Reached| json!({ "address": one.mailbox, "unit": one.unit, "deputy_of": one.deputy_of });
    let addresses: Vec<&str> = reached.iter().map(|one| one.mailbox.as_str()).collect();
    json!({ "role": role, "addresses": addresses, "people": reached.iter().map(person).collect::<Vec<_>>() })
}

/// Who would be told of an incident today, a role a line.
pub fn told_text(roles: &[(String, Vec<Reached>)], words: Words) -> String {
    let mut page = String::new();
    if !roles.is_empty() {
        page.push_str(words.pick("通報對象（今日）\n", "told (as of today)\n"));
    }
    for (role, reached) in roles {
        let (name, to) = match words {
            Words::Chinese => (format!("{}：", role_zh(role)), text(reached, words)),
            Words::English => (format!("{} ({role}): ", role_en(role)), text(reached, words)),
        };
        // A String takes every byte.
        let _ = writeln!(page, "  {name}{}", escape(&to));
    }
    page
}

/// The same for programs.
pub fn told_json(roles: &[(String, Vec<Reached>)]) -> Value {
    json!(roles.iter().map(|(role, reached)| json(role, reached)).collect::<Vec<_>>())
}
