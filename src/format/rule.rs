//! A line by the rules of a format: the first rule that fits says what is what.

use std::borrow::Cow;
use std::collections::HashSet;
use std::net::IpAddr;
use std::ops::Range;

use super::cef::Dialect;
use super::columns::{Columns, chosen, joined};
use super::layout::Layout;
use super::part::{ALL_OTHERS, Capture, Pattern};
use super::spec::{Framing, Spec};
use super::syslog::{self, Prefix};
use super::{
    Defaults, Field, Happened, Parsed, THREAD_BYTES_MAX, ascii, json, pairs, plain, thread_name, trim_end,
};
use crate::event::{Basis, Family, Role, Status};
use crate::mask::Raw;
use crate::moment::{Moment, Quality};
use crate::record::{FieldName, Writer};

/// What stands under a key or in a column.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) capture: Capture,
    /// Of several the first that says something.
    pub(super) names: Vec<String>,
    /// Whether lines without it are the rule's too.
    pub(super) may_lack: bool,
}

impl Key {
    /// Whether it stands for all that the rule does not name.
    pub(super) fn is_rest(&self) -> bool {
        self.names == [ALL_OTHERS]
    }
}

/// A rule: which lines are its own, and what they say.
#[derive(Debug)]
pub(super) struct Rule {
    /// Literals that its lines hold; asked before the pattern.
    pub(super) when: Vec<String>,
    /// Keys or columns, and the values of which they have one; `*` is any but none.
    pub(super) conditions: Vec<(Vec<String>, Vec<String>)>,
    pub(super) pattern: Option<Pattern>,
    /// Which keys or columns are what. All of them are in its lines.
    pub(super) keys: Vec<Key>,
    pub(super) role: Role,
    pub(super) status: Option<Status>,
    /// What the log's words mean; `*` is any other.
    pub(super) statuses: Vec<(String, Status)>,
}

/// How lines of a format declare a number of records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Declares {
    /// Beside one of these names; none where a pattern tells.
    By(Vec<String>),
    /// In a column without a name in the line.
    Unnamed,
}

impl Spec {
    /// Reads one line, after the line that governs it. None: the line is not of this format.
    pub(super) fn parse<'l>(
        &self,
        line: &'l [u8],
        governing: Option<&'l [u8]>,
        defaults: &Defaults,
    ) -> Option<Parsed<'l>> {
        let alone = self.alone(line, governing, defaults);
        let (Some(continued), Some(head)) = (&self.continued, governing) else { return alone };
        match alone.filter(|parsed| self.is_sure(parsed)) {
            Some(alone) => Some(alone),
            None => goes_on(continued, line, self.alone(head, None, defaults)?),
        }
    }

    /// A line by itself.
    fn alone<'l>(
        &self,
        line: &'l [u8],
        governing: Option<&'l [u8]>,
        defaults: &Defaults,
    ) -> Option<Parsed<'l>> {
        let text = trim_end(line);
        match &self.framing {
            // Its lines are dispatched by program.
            Framing::Syslog { .. } => None,
            Framing::Line => {
                let holds = |literal: &String| memchr::memmem::find(text, literal.as_bytes()).is_some();
                self.detect.iter().all(holds).then_some(())?;
                self.by_patterns(line, text, None, defaults)
            }
            Framing::Json | Framing::JsonArray { .. } => {
                let mut columns: Columns<'l> = Vec::new();
                let whole = json::walk(text, &mut |keys, value| columns.push((joined(keys), value)));
                whole.then(|| self.by_columns(line, &columns, None, defaults))?
            }
            Framing::Pairs => {
                let columns = pairs::pairs(text).into_iter();
                let columns = columns.map(|(key, value)| (String::from_utf8_lossy(key), value)).collect();
                self.by_columns(line, &columns, None, defaults)
            }
            Framing::Cef(dialect) => {
                let bare = Dialect::of(text).is_some();
                let prefix = if bare { None } else { syslog::prefix(text) };
                let start = prefix.as_ref().map_or(syslog::priority(text), |prefix| prefix.message.start);
                let columns = dialect.columns(&text[start..])?;
                self.by_columns(line, &columns, prefix.as_ref(), defaults)
            }
            Framing::Csv { columns: known, separator } => {
                let columns = self.columns(known, *separator, text, governing)?;
                self.by_columns(line, &columns, None, defaults)
            }
        }
    }

    /// Whether what was read of a line shows that it is of this format. Any text with enough commas has the right number
    /// of columns, so of CSV the time must be one too.
    pub(super) fn is_sure(&self, parsed: &Parsed<'_>) -> bool {
        let times = || self.rules.iter().any(|rule| rule.keys.iter().any(|key| key.capture == Capture::Time));
        // Where the columns are named in the log itself, their names are the proof.
        let is_csv = matches!(&self.framing, Framing::Csv { columns, .. } if !columns.is_empty());
        !is_csv || parsed.time.quality != Quality::Absent || !times()
    }

    /// Reads the message of a line of syslog that one of its programs wrote.
    pub(super) fn parse_message<'l>(
        &self,
        line: &'l [u8],
        prefix: &Prefix<'l>,
        defaults: &Defaults,
    ) -> Option<Parsed<'l>> {
        let mut parsed = self.by_patterns(line, &line[prefix.message.clone()], Some(prefix), defaults)?;
        parsed.host = prefix.host;
        if matches!(self.framing, Framing::Syslog { session: true, .. }) {
            parsed.name = parsed.name.or(thread_name(prefix.pid).map(Cow::Borrowed));
        }
        Some(parsed)
    }

    /// By what its lines may declare how many records they are about: names of keys, none where a pattern tells, or where
    /// columns have no name in the line. None where no line does.
    pub(super) fn declares(&self) -> Option<Declares> {
        let is_records = |key: &&Key| key.capture == Capture::Records;
        let keys = self.rules.iter().flat_map(|rule| rule.keys.iter().filter(is_records));
        let names: Vec<String> = keys.flat_map(|key| key.names.iter().cloned()).collect();
        let by_pattern =
            |rule: &Rule| rule.pattern.as_ref().is_some_and(|pattern| pattern.tells(Capture::Records));
        if names.is_empty() && !self.rules.iter().any(by_pattern) {
            return None;
        }
        let has_columns = matches!(self.framing, Framing::Csv { .. });
        let is_named = !has_columns || self.rules.iter().any(by_pattern);
        Some(if is_named { Declares::By(names) } else { Declares::Unnamed })
    }

    /// Whether lines of this program of syslog are its own.
    pub(super) fn is_of(&self, program: &[u8]) -> bool {
        let base = &program[memchr::memrchr(b'/', program).map_or(0, |slash| slash + 1)..];
        matches!(&self.framing, Framing::Syslog { programs, .. } if programs.iter().any(|own| own.as_bytes() == base))
    }

    fn by_patterns<'l>(
        &self,
        line: &'l [u8],
        text: &'l [u8],
        prefix: Option<&Prefix<'l>>,
        defaults: &Defaults,
    ) -> Option<Parsed<'l>> {
        let mut said = Vec::new();
        let fits = |rule: &&Rule| {
            said.clear();
            let holds = |literal: &String| memchr::memmem::find(text, literal.as_bytes()).is_some();
            rule.when.iter().all(holds)
                && rule.pattern.as_ref().is_some_and(|pattern| pattern.read(text, &mut said))
        };
        let rule = self.rules.iter().find(fits)?;
        Some(self.said(rule, &said, line, prefix, defaults))
    }

    fn by_columns<'l>(
        &self,
        line: &'l [u8],
        columns: &Columns<'l>,
        prefix: Option<&Prefix<'l>>,
        defaults: &Defaults,
    ) -> Option<Parsed<'l>> {
        let chosen = |names: &[String]| chosen(columns, names);
        let mut said = Vec::new();
        let fits = |rule: &&Rule| {
            said.clear();
            let is = |(names, values): &(Vec<String>, Vec<String>)| {
                chosen(names).is_some_and(|(_, value)| {
                    values.iter().any(|one| one.as_bytes() == *value || one == "*" && !value.is_empty())
                })
            };
            if !rule.conditions.iter().all(is) {
                return false;
            }
            for key in &rule.keys {
                if key.is_rest() {
                    said.extend(self.others(rule, columns).map(|value| (key.capture, value)));
                } else if let Some((name, _)) = chosen(&key.names) {
                    // Of a list every item is one, such as recipients. A pattern may read a text that is empty.
                    let values = columns.iter().filter(|(other, value)| {
                        other == name && (!value.is_empty() || key.capture == Capture::Text)
                    });
                    for (_, value) in values {
                        let (value, behind) = self.apart(line, key.capture, value);
                        said.push((key.capture, value));
                        said.extend(behind.map(|text| (Capture::Field(FieldName::Line), text)));
                    }
                } else if !key.may_lack {
                    return false;
                }
            }
            let text = said.iter().find(|(capture, _)| *capture == Capture::Text).map(|(_, text)| *text);
            match (&rule.pattern, text) {
                (None, _) => true,
                (Some(pattern), Some(text)) => pattern.read(text, &mut said),
                (Some(_), None) => false,
            }
        };
        let rule = self.rules.iter().find(fits)?;
        Some(self.said(rule, &said, line, prefix, defaults))
    }

    /// What a value says, and words behind it that belong to no key: `user=wang exported A123456789`. A user may have a
    /// name of several words, and keeps them; they are read all the same.
    fn apart<'l>(&self, line: &[u8], capture: Capture, value: &'l [u8]) -> (&'l [u8], Option<&'l [u8]>) {
        let is_quoted = || line[..span(line, value).start].ends_with(b"\"");
        let blank = value.iter().position(u8::is_ascii_whitespace);
        match blank {
            Some(len) if matches!(self.framing, Framing::Pairs) && capture.is_word() && !is_quoted() => {
                let word = if capture == Capture::User { value } else { &value[..len] };
                (word, Some(value[len..].trim_ascii_start()))
            }
            _ => (value, None),
        }
    }

    /// Values that a rule has no use for: those it does not name, and those of names of which another was chosen; but not
    /// what a product says of itself. In CEF a value may go by two names.
    fn others<'l>(&self, rule: &Rule, columns: &Columns<'l>) -> impl Iterator<Item = &'l [u8]> {
        let keys = rule.keys.iter().filter(|key| !key.is_rest()).map(|key| &key.names);
        let used = keys.chain(rule.conditions.iter().map(|(names, _)| names));
        let used: Vec<&str> =
            used.filter_map(|names| chosen(columns, names)).map(|(name, _)| name.as_ref()).collect();
        let is_used = |name: &str| used.contains(&name);
        let dialect = match &self.framing {
            Framing::Cef(dialect) => Some(dialect),
            _ => None,
        };
        let named = columns.iter().filter(|(name, _)| dialect.is_some() && is_used(name));
        let mut taken: HashSet<*const u8> = named.map(|(_, value)| value.as_ptr()).collect();
        let mut others = Vec::new();
        for (nth, (name, value)) in columns.iter().enumerate() {
            let mut is_new = |dialect: &Dialect| !dialect.is_of_product(nth) && taken.insert(value.as_ptr());
            if !value.is_empty() && !is_used(name) && dialect.is_none_or(&mut is_new) {
                others.push(*value);
            }
        }
        others.into_iter()
    }

    /// From parts to what the line says.
    fn said<'l>(
        &self,
        rule: &Rule,
        said: &[(Capture, &'l [u8])],
        line: &'l [u8],
        prefix: Option<&Prefix<'l>>,
        defaults: &Defaults,
    ) -> Parsed<'l> {
        let part =
            |wanted: Capture| said.iter().find(|(capture, _)| *capture == wanted).map(|(_, part)| *part);
        let defaults = Defaults { zone: self.zone.unwrap_or(defaults.zone), ..*defaults };
        let own = || self.time_of(part(Capture::Date), part(Capture::Time), &defaults);
        let time = match prefix {
            Some(prefix) if !matches!(self.framing, Framing::Cef(_)) => prefix.stated(&defaults),
            prefix => own().or_else(|| prefix?.stated(&defaults)),
        };
        let body = prefix.map_or(0..trim_end(line).len(), |prefix| prefix.message.clone());
        let time = time.unwrap_or_else(|| plain::absent(&defaults));
        let mut parsed = Parsed::bare(self.name, self.channel, time, rule.role, body);
        let host = prefix.map_or("", |prefix| prefix.host);
        parsed.host = part(Capture::Host).map_or(host, syslog::host_name);
        parsed.name = thread(part(Capture::Thread), part(Capture::Transaction));
        parsed.complete = self.complete;
        parsed.link = part(Capture::Link).and_then(thread_name);
        parsed.origin = part(Capture::Client).and_then(address);
        let named = |capture| part(capture).filter(|name| !matches!(*name, b"" | b"-" | b"--" | b"?"));
        // A user name that a web server did not let in is whatever the client wrote.
        let refused = part(Capture::Http).and_then(decimal).is_some_and(|code| !(200..300).contains(&code));
        parsed.actor = named(Capture::User)
            .filter(|_| !refused)
            .map(|user| (Raw::new(user), Basis::Authenticated))
            .or_else(|| named(Capture::Local).map(|user| (Raw::new(user), Basis::Local)))
            .or_else(|| named(Capture::Sender).map(|user| (Raw::new(user), Basis::Envelope)))
            .or_else(|| named(Capture::Client).map(|client| (Raw::new(client), Basis::Address)));
        parsed.bytes = part(Capture::Bytes).and_then(decimal);
        parsed.records = part(Capture::Records).and_then(decimal);
        for (capture, raw) in said {
            if let Capture::Field(name) = capture
                && !matches!(*raw, b"" | b"-")
            {
                parsed.fields.push(self.field(line, *name, raw));
            }
        }
        // What an application says of it is told only where it names nothing.
        let objects = parsed.fields.iter().filter(|field| is_object(field.name));
        let object = objects.min_by_key(|field| field.name == FieldName::Message);
        parsed.object = object.map(|field| field.raw);
        if let Some(status) = status(rule, &part, &parsed) {
            let next = part(Capture::Next).and_then(thread_name);
            let original = part(Capture::Original).map(Raw::new);
            let happened = |recipient| Happened { recipient, original, status, next };
            let recipients = said.iter().filter(|(capture, _)| *capture == Capture::Recipient);
            parsed
                .outcomes
                .extend(recipients.flat_map(|(_, all)| addresses(all)).map(|one| happened(Some(one))));
            if parsed.outcomes.is_empty() {
                parsed.outcomes.push(happened(None));
            }
        }
        parsed
    }

    fn time_of(&self, date: Option<&[u8]>, time: Option<&[u8]>, defaults: &Defaults) -> Option<Moment> {
        let joined;
        let text = match (date, time?) {
            (Some(date), time) => {
                joined = [date, b" ", time].concat();
                &joined
            }
            (None, time) => time,
        };
        let iso = [Layout::Iso];
        let layouts = if self.layouts.is_empty() { &iso[..] } else { &self.layouts };
        layouts.iter().find_map(|layout| layout.read(text, defaults))
    }

    /// A piece of the line as a content field, and who wrote it.
    fn field<'l>(&self, line: &'l [u8], name: FieldName, raw: &'l [u8]) -> Field<'l> {
        let writer = match (self.channel.family, name) {
            (_, FieldName::Line | FieldName::Referrer | FieldName::Agent) => Writer::Anybody,
            (Family::Mail | Family::Database | Family::Application | Family::Plain, _) => Writer::Sender,
            (Family::Web | Family::File, _) => Writer::Request,
        };
        let known = name != FieldName::Line;
        Field { name, raw: Raw::new(raw), span: span(line, raw), writer, known, cut: false }
    }
}

/// A line with which the record of another goes on: who, when and what became of it stands there, and all of the line
/// is content of the same kind.
fn goes_on<'l>(continued: &Pattern, line: &'l [u8], mut parsed: Parsed<'l>) -> Option<Parsed<'l>> {
    let (text, mut said) = (trim_end(line), Vec::new());
    continued.read(text, &mut said).then_some(())?;
    let kind = parsed.fields.first().map(|field| (field.name, field.writer, field.known));
    let (name, writer, known) = kind.unwrap_or((FieldName::Line, Writer::Anybody, false));
    parsed.fields = vec![Field { name, raw: Raw::new(text), span: 0..text.len(), writer, known, cut: false }];
    parsed.records = said
        .iter()
        .find_map(|(capture, part)| Some(*part).filter(|_| *capture == Capture::Records).and_then(decimal));
    (parsed.body, parsed.bytes) = (0..text.len(), None);
    Some(parsed)
}

/// What happened: as the rule says, or as the log's own word or number does. A file of which less was delivered
/// than it has is a part of one, and one of which nothing was delivered is none.
fn status<'l>(
    rule: &Rule,
    part: &dyn Fn(Capture) -> Option<&'l [u8]>,
    parsed: &Parsed<'_>,
) -> Option<Status> {
    let meant = |word: &[u8]| {
        let by = |wanted: &[u8]| rule.statuses.iter().find(|(said, _)| said.as_bytes() == wanted);
        by(word).or_else(|| by(b"*")).map(|(_, status)| *status)
    };
    let http = part(Capture::Http).and_then(decimal).map(|code| code.min(999) as u16);
    // Whatever else is said of it, an answer of another kind has delivered nothing that was asked for.
    if let Some(code) = http.filter(|code| !(200..300).contains(code)) {
        return Some(Status::Http(code));
    }
    let status = part(Capture::Status).and_then(meant).or(rule.status).or(http.map(Status::Http))?;
    let size = part(Capture::Size).and_then(decimal);
    Some(match (status, parsed.bytes) {
        (Status::Done | Status::Partial, Some(0)) => Status::Failed,
        (Status::Done, Some(bytes)) if size.is_some_and(|size| bytes < size) => Status::Partial,
        (status, _) => status,
    })
}

/// Whether a field names what was sent or fetched.
fn is_object(name: FieldName) -> bool {
    use FieldName::{Attachment, Message, Path, Statement, Subject};
    matches!(name, Subject | Attachment | Path | Statement | Message)
}

/// Where a piece of a line stands in it.
fn span(line: &[u8], piece: &[u8]) -> Range<usize> {
    let start = piece.as_ptr().addr() - line.as_ptr().addr();
    start..start + piece.len()
}

/// The name of a thread, or of one transaction of a session.
fn thread<'l>(session: Option<&'l [u8]>, transaction: Option<&'l [u8]>) -> Option<Cow<'l, str>> {
    let session = session.and_then(thread_name)?;
    let part: String = ascii(transaction.unwrap_or_default())
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    let whole = session.len() + 1 + part.len() <= THREAD_BYTES_MAX;
    Some(if part.is_empty() || !whole { session.into() } else { format!("{session}-{part}").into() })
}

/// `192.0.2.1`, `192.0.2.1:1234`, `[2001:db8::1]:1234`, `[192.0.2.1]`, `fe80::1%3`.
fn address(text: &[u8]) -> Option<IpAddr> {
    let text = ascii(text).split('%').next().unwrap_or_default();
    let bare = || text.trim_start_matches('[').trim_end_matches(']').parse().ok();
    bare().or_else(|| text.parse().ok().map(|socket: std::net::SocketAddr| socket.ip()))
}

/// Recipients of one field: separated by `;`, `,` or blanks, with or without angle brackets.
fn addresses(all: &[u8]) -> impl Iterator<Item = Raw<'_>> {
    let parts = all.split(|byte| matches!(byte, b';' | b',' | b' ' | b'\t'));
    let bare = parts.map(|part| {
        let part = part.strip_prefix(b"<").unwrap_or(part);
        part.strip_suffix(b">").unwrap_or(part)
    });
    bare.filter(|part| !part.is_empty()).map(Raw::new)
}

fn decimal(digits: &[u8]) -> Option<u64> {
    let fits = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    ascii(digits).parse().ok().filter(|_| fits)
}
