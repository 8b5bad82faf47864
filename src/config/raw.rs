//! The files as they are written: known keys, their shapes, and one merged tree in which every value remembers its
//! place.
//!
//! serde stops at the first mistake; this walks the parsed document against [`ROOT`] and collects all of them.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::diagnose::{Excerpt, Problem, Report, Severity, suggest};
pub(super) use super::schema::{HOLDER, INVENTORY_ENTRY, Key, ROLES, ROOT, Shape, key};

/// A file's text under its index in the reading order.
pub(super) type Texts = Vec<Arc<str>>;

/// Where something stands: the file by its index, and the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct At {
    pub(super) file: usize,
    pub(super) span: Range<usize>,
}

/// A table of the merged tree.
pub(super) type Table = BTreeMap<String, Node>;

/// A value and the places of its key and of itself.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) key: At,
    pub(super) at: At,
    pub(super) value: Value,
}

/// A value whose shape is right.
#[derive(Debug)]
pub(super) enum Value {
    Text(String),
    Texts(Vec<(String, At)>),
    Number(u64),
    Flag(bool),
    Table(Table),
    Tables(Vec<(Table, At)>),
    People(Vec<(Table, At)>),
}

/// Lays `over` onto `base`: tables merge, arrays of tables append, all else is replaced.
pub(super) fn merge(base: &mut Table, over: Table) {
    for (name, node) in over {
        match (base.get_mut(&name).map(|old| &mut old.value), node.value) {
            (Some(Value::Table(old)), Value::Table(new)) => merge(old, new),
            (Some(Value::Tables(old)), Value::Tables(new)) => old.extend(new),
            (_, value) => {
                base.insert(name, Node { value, ..node });
            }
        }
    }
}

/// Reads one file's text, collecting its mistakes.
pub(super) struct Reader<'r> {
    pub(super) file: usize,
    pub(super) path: &'r Path,
    pub(super) text: &'r Arc<str>,
    /// Roles that the policies demand beside [`ROLES`].
    pub(super) roles: &'r [&'r str],
    pub(super) report: &'r mut Report,
}

impl Reader<'_> {
    /// The file's tree without what is wrong in it; `false` when its syntax is broken, so that a key may be missing
    /// only because its line could not be read.
    pub(super) fn read(self) -> (Table, bool) {
        self.read_as(ROOT)
    }

    /// The same of a file with keys of its own.
    pub(super) fn read_as(mut self, shape: Shape) -> (Table, bool) {
        let text = Arc::clone(self.text);
        let (document, errors) = DeTable::parse_recoverable(&text);
        let broken = self.syntax(errors);
        let before = self.report.problems.len();
        let table = self.table(document.get_ref(), shape);
        // What the parser guessed on a broken line is no mistake of the writer's.
        let mut n = 0;
        self.report.problems.retain(|problem| {
            n += 1;
            n <= before || !problem.place.as_ref().is_some_and(|p| broken.contains(&p.line_column().0))
        });
        (table, broken.is_empty())
    }

    /// Reports syntax errors, the first of each line (those that follow on it are its echo), and says which lines.
    fn syntax(&mut self, mut errors: Vec<toml::de::Error>) -> Vec<usize> {
        errors.sort_by_key(|error| error.span().map_or(0, |span| span.start));
        let mut lines = Vec::new();
        for error in errors {
            let span = error.span().unwrap_or(0..0);
            let line = Excerpt { text: Arc::clone(self.text), span: span.clone() }.line_column().0;
            if !lines.contains(&line) {
                lines.push(line);
                self.problem(span, format!("not TOML: {}", error.message()), String::new());
            }
        }
        lines
    }

    fn table(&mut self, table: &DeTable<'_>, shape: Shape) -> Table {
        let mut read = Table::new();
        for (name, value) in table {
            let Some((shape, example)) = self.known(shape, name.get_ref()) else {
                let hint = suggest(name.get_ref(), &self.names(shape));
                self.problem(name.span(), format!("unknown key `{}`", name.get_ref()), hint);
                continue;
            };
            if let Some(value_read) = self.value(name.get_ref(), value, shape, &example) {
                let node = Node { key: self.at(name.span()), at: self.at(value.span()), value: value_read };
                read.insert(name.get_ref().to_string(), node);
            }
        }
        read
    }

    fn value(
        &mut self,
        name: &str,
        value: &Spanned<DeValue<'_>>,
        shape: Shape,
        example: &str,
    ) -> Option<Value> {
        let read = match (shape, value.get_ref()) {
            (Shape::Text | Shape::Day, DeValue::String(text)) => Some(Value::Text(text.to_string())),
            (Shape::Flag, DeValue::Boolean(flag)) => Some(Value::Flag(*flag)),
            (Shape::Number, DeValue::Integer(number)) => {
                u64::from_str_radix(number.as_str(), number.radix()).ok().map(Value::Number)
            }
            (Shape::Day, DeValue::Datetime(day)) if day.time.is_none() => Some(Value::Text(day.to_string())),
            (Shape::Texts, DeValue::Array(items)) => self.texts(items).map(Value::Texts),
            (Shape::People, DeValue::Array(items)) => self.people(items).map(Value::People),
            (Shape::Table(_) | Shape::Roles { .. } | Shape::Units | Shape::Actors, DeValue::Table(table)) => {
                Some(Value::Table(self.table(table, shape)))
            }
            (Shape::Tables(keys), DeValue::Array(items)) => self.tables(items, keys).map(Value::Tables),
            _ => None,
        };
        if read.is_none() {
            let what = format!("`{name}` must be {}", wanted(shape));
            self.problem(value.span(), what, format!("write it like: {example}"));
        }
        read
    }

    fn texts(&self, items: &DeArray<'_>) -> Option<Vec<(String, At)>> {
        let text = |item: &Spanned<DeValue<'_>>| {
            item.get_ref().as_str().map(|text| (text.to_owned(), self.at(item.span())))
        };
        items.iter().map(text).collect()
    }

    fn tables(&mut self, items: &DeArray<'_>, keys: &'static [Key]) -> Option<Vec<(Table, At)>> {
        let mut read = Vec::new();
        for item in items {
            let DeValue::Table(table) = item.get_ref() else { return None };
            read.push((self.table(table, Shape::Table(keys)), self.at(item.span())));
        }
        Some(read)
    }

    fn people(&mut self, items: &DeArray<'_>) -> Option<Vec<(Table, At)>> {
        let mut read = Vec::new();
        for item in items {
            let at = self.at(item.span());
            let holder = match item.get_ref() {
                DeValue::String(text) => {
                    let value = Value::Text(text.to_string());
                    Table::from([("mailbox".to_owned(), Node { key: at.clone(), at: at.clone(), value })])
                }
                DeValue::Table(table) => self.table(table, Shape::Table(HOLDER)),
                _ => return None,
            };
            read.push((holder, at));
        }
        Some(read)
    }

    /// Shape and example of a key in a table of this shape.
    fn known(&self, shape: Shape, name: &str) -> Option<(Shape, String)> {
        let example = |key: &str, value: &str| format!("{key} = {value}");
        match shape {
            Shape::Table(keys) => {
                keys.iter().find(|key| key.name == name).map(|key| (key.shape, key.example.to_owned()))
            }
            Shape::Roles { unit: true } if name == "unit" => {
                Some((Shape::Units, "[roles.unit.\"人事室\"]".to_owned()))
            }
            Shape::Roles { .. } if ROLES.contains(&name) || self.roles.contains(&name) => {
                Some((Shape::People, example(name, "[\"name@agency.gov.tw\"]")))
            }
            Shape::Actors => {
                Some((Shape::Texts, example(&format!("\"{name}\""), "[\"hr-*@agency.gov.tw\"]")))
            }
            Shape::Units => Some((Shape::Roles { unit: false }, format!("[roles.unit.\"{name}\"]"))),
            _ => None,
        }
    }

    fn names(&self, shape: Shape) -> Vec<&str> {
        match shape {
            Shape::Table(keys) => keys.iter().map(|key| key.name).collect(),
            Shape::Roles { unit } => {
                let more = self.roles.iter().copied().filter(|role| !ROLES.contains(role));
                ROLES.into_iter().chain(more).chain(unit.then_some("unit")).collect()
            }
            _ => Vec::new(),
        }
    }

    fn at(&self, span: Range<usize>) -> At {
        At { file: self.file, span }
    }

    fn problem(&mut self, span: Range<usize>, what: String, hint: String) {
        let place = Some(Excerpt { text: Arc::clone(self.text), span });
        let file = self.path.to_owned();
        self.report.problems.push(Problem { severity: Severity::Error, file, place, what, hint });
    }
}

fn wanted(shape: Shape) -> &'static str {
    match shape {
        Shape::Text => "a text",
        Shape::Texts => "a list of texts",
        Shape::Number => "a whole number, 0 or more",
        Shape::Flag => "true or false",
        Shape::Day => "a day",
        Shape::Tables(_) => "a list of tables",
        Shape::People => "a list of mailboxes",
        Shape::Table(_) | Shape::Roles { .. } | Shape::Units | Shape::Actors => "a table",
    }
}
