//! Formats as data, one a file: what is written, checked and compiled. `patterns/formats/README.md` tells the fields.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use super::FormatError;
use super::cef::Dialect;
use super::layout::Layout;
use super::part::{ALL_OTHERS, Capture, Pattern};
use super::rule::{Key, Rule};
use crate::event::{Channel, Family, Role, Status};
use crate::kind::Label;
use crate::moment::Tz;

/// Samples that prove a format, at least.
const SAMPLES_MIN: usize = 3;

/// A format, ready to be used.
#[derive(Debug)]
pub(super) struct Spec {
    pub(super) file: String,
    pub(super) name: Label,
    pub(super) channel: Channel,
    pub(super) framing: Framing,
    /// Literals that every line of it holds.
    pub(super) detect: Vec<String>,
    /// Of two formats that read a file equally well the one with the greater number is it.
    pub(super) priority: i64,
    pub(super) layouts: Vec<Layout>,
    /// Zone of its times that state none, whatever the source says.
    pub(super) zone: Option<Tz>,
    pub(super) rules: Vec<Rule>,
    /// Lines that go on with the record of the line above.
    pub(super) continued: Option<Pattern>,
    /// Whether each line says all there is to say of its thread.
    pub(super) complete: bool,
    pub(super) samples: Vec<Sample>,
}

/// How a line is taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// By the patterns of the rules.
    Line,
    /// Its message by the patterns of the rules, after the prefix of syslog, if one of these programs wrote it. With
    /// `session` all lines of a process are one thread.
    Syslog { programs: Vec<String>, session: bool },
    /// A JSON object a line.
    Json,
    /// JSON objects in an array: under this key of the object that the line is, or the line itself. A line that is an
    /// object and holds no such array is one of them.
    JsonArray { key: Option<String> },
    /// `key=value` one after the other.
    Pairs,
    /// CEF or LEEF, with or without a prefix of syslog.
    Cef(Dialect),
    /// Columns: a line of the log names them, or the number of fields of a line says which of these they are.
    Csv { columns: Vec<Vec<String>>, separator: u8 },
}

/// A line, and what is to be read of it.
#[derive(Debug)]
pub(super) struct Sample {
    pub(super) at: usize,
    /// The line that governs it.
    pub(super) after: Option<String>,
    pub(super) line: String,
    pub(super) expect: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileText {
    format: FormatText,
    rule: Vec<Spanned<RuleText>>,
    #[serde(default)]
    sample: Vec<Spanned<SampleText>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FormatText {
    name: Spanned<String>,
    family: Spanned<String>,
    threads: Option<Spanned<String>>,
    framing: Spanned<String>,
    #[serde(default)]
    programs: Vec<String>,
    #[serde(default)]
    session: bool,
    #[serde(default)]
    columns: ColumnsText,
    separator: Option<Spanned<String>>,
    array: Option<String>,
    #[serde(default)]
    detect: Vec<String>,
    #[serde(default)]
    priority: i64,
    #[serde(default)]
    time: Vec<Spanned<String>>,
    zone: Option<Spanned<String>>,
    continued: Option<Spanned<String>>,
    #[serde(default)]
    complete: bool,
    reference: Spanned<String>,
}

/// The columns of a format, or of each of the ways in which a server may be told to write it.
#[derive(Deserialize)]
#[serde(untagged)]
enum ColumnsText {
    One(Vec<String>),
    Several(Vec<Vec<String>>),
}

impl Default for ColumnsText {
    fn default() -> Self {
        Self::Several(Vec::new())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleText {
    #[serde(default)]
    when: Vec<String>,
    #[serde(default, rename = "is")]
    conditions: BTreeMap<String, Vec<String>>,
    pattern: Option<Spanned<String>>,
    #[serde(default)]
    keys: BTreeMap<Spanned<String>, String>,
    role: Option<Spanned<String>>,
    status: Option<Spanned<String>>,
    #[serde(default)]
    statuses: BTreeMap<String, Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SampleText {
    after: Option<String>,
    line: String,
    expect: BTreeMap<String, toml::Value>,
}

/// Reads one format; every fault is added to `errors`. Patterns are compiled only if `checked`: those of the program are
/// known to be right.
pub(super) fn read(path: &Path, text: &str, checked: bool, errors: &mut Vec<FormatError>) -> Option<Spec> {
    let before = errors.len();
    let mut reader = Reader { checked, file: path.display().to_string(), text, errors };
    let parsed = match toml::from_str::<FileText>(text) {
        Ok(parsed) => parsed,
        Err(error) => {
            reader.fault(error.span().map_or(0, |span| span.start), error.message().to_owned());
            return None;
        }
    };
    let spec = reader.spec(parsed);
    spec.filter(|_| errors.len() == before)
}

struct Reader<'t> {
    checked: bool,
    file: String,
    text: &'t str,
    errors: &'t mut Vec<FormatError>,
}

/// The words for what a line says of an event.
const STATUSES: [(&str, Status); 12] = [
    ("sent", Status::Sent),
    ("deferred", Status::Deferred),
    ("bounced", Status::Bounced),
    ("expired", Status::Expired),
    ("rejected", Status::Rejected),
    ("discarded", Status::Discarded),
    ("held", Status::Held),
    ("ended", Status::Ended),
    ("done", Status::Done),
    ("partial", Status::Partial),
    ("failed", Status::Failed),
    ("deleted", Status::Deleted),
];

const ROLES: [(&str, Role); 5] = [
    ("open", Role::Open),
    ("context", Role::Context),
    ("content", Role::Content),
    ("outcome", Role::Outcome),
    ("end", Role::End),
];

/// The word for a status.
pub(super) fn status_word(status: Status) -> String {
    match status {
        Status::Http(code) => code.to_string(),
        status => STATUSES.iter().find(|(_, known)| *known == status).map_or("", |(word, _)| word).to_owned(),
    }
}

/// The word for a role.
pub(super) fn role_word(role: Role) -> &'static str {
    ROLES.iter().find(|(_, known)| *known == role).map_or("", |(word, _)| word)
}

impl Reader<'_> {
    fn line(&self, at: usize) -> usize {
        1 + self.text.bytes().take(at).filter(|&byte| byte == b'\n').count()
    }

    fn fault(&mut self, at: usize, what: String) {
        self.errors.push(FormatError { file: self.file.clone(), line: self.line(at), what });
    }

    fn one_of<T: Copy>(&mut self, what: &str, name: &Spanned<String>, known: &[(&str, T)]) -> Option<T> {
        let found = known.iter().find(|(known, _)| known == name.get_ref());
        if found.is_none() {
            let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
            let what = format!("no {what} `{}`: it is one of {}", name.get_ref(), names.join(", "));
            self.fault(name.span().start, what);
        }
        found.map(|(_, known)| *known)
    }

    fn label(&mut self, name: &Spanned<String>) -> Option<Label> {
        let label = Label::new(name.get_ref());
        if label.is_none() {
            let what = format!(
                "`{}` is no name: lower-case letters, digits and hyphens, 31 at most",
                name.get_ref()
            );
            self.fault(name.span().start, what);
        }
        label
    }

    fn spec(&mut self, parsed: FileText) -> Option<Spec> {
        let mut format = parsed.format;
        let at = format.name.span().start;
        let name = self.label(&format.name);
        let threads = format.threads.as_ref().map_or(name, |threads| self.label(threads));
        let families = Family::ALL.map(|family| (family.id(), family));
        let family = self.one_of("family", &format.family, &families);
        let framing = self.framing(&mut format);
        if format.reference.get_ref().trim().is_empty() {
            let what =
                "`reference` is empty: name the manual or the version whose lines these are".to_owned();
            self.fault(format.reference.span().start, what);
        }
        let mut layouts = Vec::new();
        for layout in &format.time {
            match Layout::new(layout.get_ref()) {
                Ok(layout) => layouts.push(layout),
                Err(what) => self.fault(layout.span().start, what),
            }
        }
        let zone = format.zone.as_ref().and_then(|zone| {
            let known = zone.get_ref().parse::<Tz>();
            if known.is_err() {
                let what = format!(
                    "no time zone `{}`: write one such as \"Asia/Taipei\" or \"UTC\"",
                    zone.get_ref()
                );
                self.fault(zone.span().start, what);
            }
            known.ok()
        });
        if parsed.sample.len() < SAMPLES_MIN {
            let what =
                format!("{} samples: a format is proved by {SAMPLES_MIN} at least", parsed.sample.len());
            self.fault(at, what);
        }
        if matches!(framing, Some(Framing::Line)) && format.detect.is_empty() {
            let what =
                "`detect` is empty: write a literal that all of its lines hold, or every file is tried";
            self.fault(at, what.to_owned());
        }
        let rules: Vec<_> =
            parsed.rule.into_iter().filter_map(|rule| self.rule(rule, framing.as_ref()?)).collect();
        let samples = parsed.sample.into_iter().map(|sample| self.sample(sample)).collect();
        let continued = format.continued.as_ref().and_then(|text| self.pattern(text));
        Some(Spec {
            file: self.file.clone(),
            name: name?,
            channel: Channel { family: family?, name: threads? },
            framing: framing?,
            detect: format.detect,
            priority: format.priority,
            layouts,
            zone,
            rules,
            continued,
            complete: format.complete,
            samples,
        })
    }

    fn framing(&mut self, format: &mut FormatText) -> Option<Framing> {
        let at = format.framing.span().start;
        match format.framing.get_ref().as_str() {
            "line" => Some(Framing::Line),
            "json" | "json-lines" => Some(Framing::Json),
            "json-array" => Some(Framing::JsonArray { key: format.array.clone() }),
            "pairs" => Some(Framing::Pairs),
            "cef" => Some(Framing::Cef(Dialect::Cef)),
            "leef" => Some(Framing::Cef(Dialect::Leef)),
            "syslog" => {
                if format.programs.is_empty() {
                    self.fault(at, "`programs` is empty: name the programs whose lines these are".to_owned());
                }
                Some(Framing::Syslog { programs: format.programs.clone(), session: format.session })
            }
            kind @ ("csv" | "w3c") => {
                let columns = match std::mem::take(&mut format.columns) {
                    ColumnsText::One(columns) => vec![columns],
                    ColumnsText::Several(columns) => columns,
                };
                if columns.iter().any(|columns| columns.len() < 2) {
                    let what = "`columns` names the columns in their order, two at least; leave it out where the log names \
                                them in a line of its own";
                    self.fault(at, what.to_owned());
                }
                let mut lens: Vec<usize> = columns.iter().map(Vec::len).collect();
                lens.sort_unstable();
                lens.dedup();
                if lens.len() < columns.len() {
                    let what =
                        "two lists of `columns` are equally long: the number of fields tells them apart";
                    self.fault(at, what.to_owned());
                }
                let usual = if kind == "csv" { b"," } else { b" " };
                let separator =
                    format.separator.as_ref().map_or(&usual[..], |written| written.get_ref().as_bytes());
                let &[separator] = separator else {
                    let what = "`separator` is one ASCII character, such as \";\" or \"\\t\"".to_owned();
                    self.fault(at, what);
                    return None;
                };
                Some(Framing::Csv { columns, separator })
            }
            other => {
                let known = "line, syslog, json, json-array, pairs, csv, w3c, cef, leef";
                self.fault(at, format!("no framing `{other}`: it is one of {known}"));
                None
            }
        }
    }

    fn rule(&mut self, rule: Spanned<RuleText>, framing: &Framing) -> Option<Rule> {
        let at = rule.span().start;
        let rule = rule.into_inner();
        let keyed = !matches!(framing, Framing::Line | Framing::Syslog { .. });
        if keyed == rule.keys.is_empty() {
            let what = if keyed {
                "`keys` says which key or column is what: keys = { time = \"timestamp\", path = \"uri\" }"
            } else {
                "`keys` is for json, pairs, csv, cef and leef; here `pattern` says what is what, by the names of its groups"
            };
            self.fault(at, what.to_owned());
        }
        let mut keys = Vec::new();
        for (capture, name) in rule.keys {
            let Some(capture) = self.one_of("part", &capture, &Capture::NAMES) else { continue };
            let may_lack = name.ends_with('?');
            let names = self.names(at, name.trim_end_matches('?'), framing);
            keys.push(Key { capture, names, may_lack });
        }
        let conditions = rule.conditions.into_iter();
        let conditions =
            conditions.map(|(names, values)| (self.names(at, &names, framing), values)).collect();
        let pattern = match &rule.pattern {
            Some(text) => self.pattern(text),
            None if keyed => None,
            None => {
                self.fault(at, "a rule needs a `pattern`, by the groups of which a line is read".to_owned());
                None
            }
        };
        let stands = rule.role.as_ref().map_or(Some(Role::Content), |role| self.one_of("role", role, &ROLES));
        let status = rule.status.as_ref().map(|status| self.one_of("status", status, &STATUSES));
        let mut statuses = Vec::new();
        for (said, status) in &rule.statuses {
            statuses.extend(self.one_of("status", status, &STATUSES).map(|status| (said.clone(), status)));
        }
        Some(Rule {
            when: rule.when,
            conditions,
            pattern,
            keys,
            role: stands?,
            status: status.flatten(),
            statuses,
        })
    }

    fn pattern(&mut self, text: &Spanned<String>) -> Option<Pattern> {
        if !self.checked {
            return Some(Pattern::known(text.get_ref()));
        }
        let pattern = Pattern::checked(text.get_ref());
        pattern.map_err(|what| self.fault(text.span().start, what)).ok()
    }

    /// `a|b`: keys or columns of which the first that says something is taken.
    fn names(&mut self, at: usize, written: &str, framing: &Framing) -> Vec<String> {
        let names: Vec<String> = written.split('|').map(str::to_owned).collect();
        if let Framing::Csv { columns, .. } = framing {
            let known = |name: &String| {
                name == ALL_OTHERS || columns.is_empty() || columns.iter().flatten().any(|own| own == name)
            };
            for name in names.iter().filter(|name| !known(name)) {
                let columns = columns.iter().max_by_key(|columns| columns.len());
                let columns = columns.map(|columns| columns.join(", ")).unwrap_or_default();
                self.fault(at, format!("no column `{name}`: `columns` has {columns}"));
            }
        }
        names
    }

    fn sample(&self, sample: Spanned<SampleText>) -> Sample {
        let at = self.line(sample.span().start);
        let sample = sample.into_inner();
        let expect = sample.expect.into_iter().map(|(name, value)| match value {
            toml::Value::String(text) => (name, text),
            other => (name, other.to_string()),
        });
        Sample { at, after: sample.after, line: sample.line, expect: expect.collect() }
    }
}
