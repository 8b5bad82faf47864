//! Packs of sites: rules for numbers that only one organisation gives out, and allow-lists.
//!
//! serde stops at the first mistake; this walks the document and collects all of them, because a pack is written by
//! somebody who sees only what `breachd check` says. `patterns/README.md` tells how one is written.

use std::path::Path;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::PackError;
use super::allow::Entry;
use super::boundary::Boundary;
use super::pack::{Reader, Rule};
use super::pattern::{Pattern, Sought};
use super::validate::Validator;
use crate::kind::{Kind, Label, Nature};
use crate::moment::{Day, Tz, parse_when};

/// A field: its name, whether it may be left out, and how it is written.
type Field = (&'static str, Need, &'static str);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    Must,
    May,
}

const RULE: &[Field] = &[
    ("id", Need::Must, "id = \"student-no\""),
    ("kind", Need::Must, "kind = \"student-no\""),
    ("nature", Need::Must, "nature = \"identification\""),
    ("scope", Need::Must, "scope = \"nfu\""),
    ("pattern", Need::Must, "pattern = '[BMD][0-9]{8}'"),
    ("validator", Need::May, "validator = \"none\""),
    ("boundary", Need::May, "boundary = \"alphanumeric\""),
    ("keywords", Need::Must, "keywords = [\"學號\"]"),
    ("field_names", Need::May, "field_names = [\"sid\"]"),
    ("counter_words", Need::May, "counter_words = [\"訂單\"]"),
    ("triggers", Need::May, "triggers = [\"學號\"]"),
    ("examples", Need::Must, "examples = [\"學號 B11012345\"]"),
    ("counter_examples", Need::Must, "counter_examples = [\"訂單 B11012345\"]"),
    ("reference", Need::Must, "reference = \"學則第三條\""),
];

const ALLOW: &[Field] = &[
    ("kind", Need::Must, "kind = \"tw-mobile\""),
    ("value", Need::May, "value = \"0900-000-000\""),
    ("values", Need::May, "values = [\"0900-000-000\"]"),
    ("owner", Need::Must, "owner = \"總務處\""),
    ("reason", Need::Must, "reason = \"值班電話\""),
    ("expires", Need::Must, "expires = 2027-12-31"),
];

/// What the packs of a site say.
#[derive(Default)]
pub(super) struct Site {
    pub(super) rules: Vec<Rule>,
    pub(super) allow: Vec<Entry>,
}

/// Reads one pack; every fault is added to `errors`.
pub(super) fn read(path: &Path, text: &str, site: &mut Site, errors: &mut Vec<PackError>) {
    let (document, mistakes) = DeTable::parse_recoverable(text);
    let mut reader = Reader { file: path.display().to_string(), text, errors };
    if !mistakes.is_empty() {
        // What the parser guessed on a broken line is no mistake of the writer's.
        let mut lines = Vec::new();
        for mistake in mistakes {
            let at = mistake.span().map_or(0, |span| span.start);
            if !lines.contains(&reader.line(at)) {
                lines.push(reader.line(at));
                reader.fault(at, format!("not TOML: {}", mistake.message()));
            }
        }
        return;
    }
    for (name, value) in document.get_ref() {
        match (name.get_ref().as_ref(), value.get_ref()) {
            ("rule", DeValue::Array(items)) => {
                let rules = items.iter().filter_map(|item| Table::new(&mut reader, item, "rule")?.rule());
                site.rules.extend(rules);
            }
            ("allow", DeValue::Array(items)) => {
                let entries = items.iter().filter_map(|item| Table::new(&mut reader, item, "allow")?.entry());
                site.allow.extend(entries);
            }
            ("rule" | "allow", _) => {
                reader.fault(name.span().start, format!("write it as a table: [[{}]]", name.get_ref()));
            }
            (other, _) => {
                let what = format!("unknown key `{other}`: a pack has [[rule]] and [[allow]]");
                reader.fault(name.span().start, what);
            }
        }
    }
}

/// A table of a pack while it is read.
struct Table<'r, 'p, 't> {
    reader: &'r mut Reader<'p>,
    written: &'t DeTable<'t>,
    at: usize,
    fields: &'static [Field],
}

impl<'r, 'p, 't> Table<'r, 'p, 't> {
    /// The table with nothing unknown in it and nothing missing.
    fn new(reader: &'r mut Reader<'p>, item: &'t Spanned<DeValue<'t>>, what: &str) -> Option<Self> {
        let at = item.span().start;
        let DeValue::Table(table) = item.get_ref() else {
            reader.fault(at, format!("write it as a table: [[{what}]]"));
            return None;
        };
        let fields = if what == "rule" { RULE } else { ALLOW };
        for (name, _) in table {
            if !fields.iter().any(|(known, ..)| *known == name.get_ref().as_ref()) {
                let known: Vec<&str> = fields.iter().map(|(known, ..)| *known).collect();
                let what = format!("unknown field `{}`: [[{what}]] has {}", name.get_ref(), known.join(", "));
                reader.fault(name.span().start, what);
            }
        }
        for (name, need, example) in fields {
            if *need == Need::Must && !table.contains_key(*name) {
                reader.fault(at, format!("`{name}` is missing: add {example}"));
            }
        }
        Some(Self { reader, written: table, at, fields })
    }

    fn rule(mut self) -> Option<Rule> {
        let id = self.text("id");
        let kind = self.text("kind").and_then(|kind| self.site_kind(&kind));
        let natures = [Nature::Identification, Nature::Activity, Nature::Financial, Nature::Special];
        let nature = self.text("nature").and_then(|nature| {
            self.reader.one_of("nature", &nature, natures.map(|nature| (nature.id(), nature)))
        });
        let scope = self.text("scope").and_then(|scope| self.label("scope", &scope));
        let pattern = self.text("pattern").and_then(|pattern| self.pattern(&pattern));
        let validator =
            self.one_of("validator", Validator::ALL.map(|one| (one.name(), one)), Validator::None);
        let boundary =
            self.one_of("boundary", Boundary::ALL.map(|one| (one.name(), one)), Boundary::Alphanumeric);
        if let Some(reference) = self.text("reference").filter(|text| text.get_ref().trim().is_empty()) {
            let what = "`reference` is empty: name the rule of your organisation that defines the number";
            self.reader.fault(reference.span().start, what.to_owned());
        }
        let (keywords, field_names) = (self.words("keywords"), self.words("field_names"));
        let (counter_words, mut triggers) = (self.words("counter_words"), self.words("triggers"));
        let (examples, counter_examples) = (self.proofs("examples"), self.proofs("counter_examples"));
        let (id, pattern) = (id?, pattern?);
        if let (true, Some(literal)) = (triggers.is_empty(), pattern.literal()) {
            triggers.push(literal.to_owned());
        }
        Some(Rule {
            file: self.reader.file.clone(),
            line: self.reader.line(id.span().start),
            id: id.into_inner(),
            kind: kind?,
            nature: nature?,
            scope: Some(scope?),
            shape: Sought::Pattern(Box::new(pattern)),
            validator: validator?,
            boundary: boundary?,
            keywords,
            field_names,
            counter_words,
            triggers,
            examples: self.reader.examples(examples),
            counter_examples: self.reader.examples(counter_examples),
        })
    }

    fn entry(mut self) -> Option<Entry> {
        let kind = self.text("kind").and_then(|kind| {
            let known = Kind::from_id(kind.get_ref());
            if known.is_none() {
                self.reader
                    .fault(kind.span().start, "no kind has this id: see `breachd patterns list`".to_owned());
            }
            known
        });
        let mut values = self.texts("values");
        values.extend(self.text("value"));
        if values.is_empty() {
            self.reader.fault(self.at, "no value: add `value` or `values`".to_owned());
        }
        let mut said = |name: &str| {
            let text = self.text(name)?;
            if text.get_ref().trim().is_empty() {
                self.reader.fault(text.span().start, format!("`{name}` is empty: an auditor will ask"));
            }
            Some(text.into_inner())
        };
        let (owner, reason) = (said("owner"), said("reason"));
        let expires = self.day("expires");
        let placed =
            values.into_iter().map(|value| (self.reader.line(value.span().start), value.into_inner()));
        Some(Entry {
            file: self.reader.file.clone(),
            line: self.reader.line(self.at),
            kind: kind?,
            values: placed.map(|(line, value)| (line, value.into())).collect(),
            owner: owner?,
            reason: reason?,
            expires: expires?,
        })
    }

    fn site_kind(&mut self, id: &Spanned<String>) -> Option<Kind> {
        let known = Kind::from_id(id.get_ref());
        if matches!(known, Some(Kind::Site(_))) {
            return known;
        }
        if known.is_none() {
            self.label("kind", id);
        } else {
            let what = format!("`{}` is a kind of the program: give yours an id of its own", id.get_ref());
            self.reader.fault(id.span().start, what);
        }
        None
    }

    fn label(&mut self, name: &str, text: &Spanned<String>) -> Option<Label> {
        let label = Label::new(text.get_ref());
        if label.is_none() {
            let what = format!("`{name}` is 1 to 31 lower-case letters, digits and hyphens");
            self.reader.fault(text.span().start, what);
        }
        label
    }

    fn pattern(&mut self, text: &Spanned<String>) -> Option<Pattern> {
        let pattern = Pattern::new(text.get_ref());
        pattern.map_err(|why| self.reader.fault(text.span().start, format!("the pattern {why}"))).ok()
    }

    /// A word of a closed list, or what stands for it when it is left out.
    fn one_of<T, const N: usize>(&mut self, name: &str, known: [(&str, T); N], default: T) -> Option<T> {
        if !self.written.contains_key(name) {
            return Some(default);
        }
        let said = self.text(name)?;
        self.reader.one_of(name, &said, known)
    }

    fn words(&mut self, name: &str) -> Vec<String> {
        let words = self.texts(name);
        self.reader.words(words)
    }

    /// Texts that prove a rule; there must be one.
    fn proofs(&mut self, name: &str) -> Vec<Spanned<String>> {
        let texts = self.texts(name);
        if let (true, Some(value)) = (texts.is_empty(), self.written.get(name)) {
            let what = format!("`{name}` is empty: a rule is proved by at least one");
            self.reader.fault(value.span().start, what);
        }
        texts
    }

    fn text(&mut self, name: &str) -> Option<Spanned<String>> {
        let value = self.written.get(name)?;
        let text = text_of(value);
        if text.is_none() {
            self.wrong(name, value);
        }
        text
    }

    fn texts(&mut self, name: &str) -> Vec<Spanned<String>> {
        let Some(value) = self.written.get(name) else { return Vec::new() };
        let of_all = |items: &DeArray<'_>| items.iter().map(text_of).collect::<Option<Vec<_>>>();
        let texts = if let DeValue::Array(items) = value.get_ref() { of_all(items) } else { None };
        if texts.is_none() {
            self.wrong(name, value);
        }
        texts.unwrap_or_default()
    }

    /// A day, as a date of TOML or as a text (`"116/12/31"`).
    fn day(&mut self, name: &str) -> Option<Day> {
        let value = self.written.get(name)?;
        let day = match value.get_ref() {
            DeValue::Datetime(at) => {
                at.date.and_then(|date| Day::new(date.year.into(), date.month.into(), date.day.into()))
            }
            DeValue::String(text) if text.contains(['/', '-']) => {
                parse_when(text, Tz::UTC, 0).map(|us| Day::of(us, Tz::UTC))
            }
            _ => None,
        };
        if day.is_none() {
            self.wrong(name, value);
        }
        day
    }

    fn wrong(&mut self, name: &str, value: &Spanned<DeValue<'_>>) {
        let example =
            self.fields.iter().find(|(known, ..)| *known == name).map_or("", |(.., example)| example);
        self.reader.fault(value.span().start, format!("`{name}` cannot be read: write it like {example}"));
    }
}

fn text_of(value: &Spanned<DeValue<'_>>) -> Option<Spanned<String>> {
    let DeValue::String(text) = value.get_ref() else { return None };
    Some(Spanned::new(value.span(), text.to_string()))
}
