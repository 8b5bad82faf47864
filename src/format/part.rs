//! Parts of a line, by the names that patterns and `keys` give them, and the patterns that find them.

use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};

use crate::record::FieldName;

/// A part of a line, by the name that patterns and `keys` give it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Capture {
    /// Day, where it stands apart from the time.
    Date,
    Time,
    Host,
    /// The id of the thread: queue id, session, request.
    Thread,
    /// What within a session is an event of its own.
    Transaction,
    /// The id of another thread that is the same event.
    Link,
    /// The id under which the next server took it over.
    Next,
    /// Who has logged in.
    User,
    /// Envelope sender.
    Sender,
    /// Who acted on the host itself.
    Local,
    /// The client's address.
    Client,
    /// One recipient or several.
    Recipient,
    /// The address that the recipient was rewritten from.
    Original,
    /// What the status was, in the log's words.
    Status,
    /// Answer of an HTTP server.
    Http,
    /// Bytes delivered.
    Bytes,
    /// Bytes of the whole.
    Size,
    /// Records declared.
    Records,
    /// Text in which the pattern is looked for.
    Text,
    /// A content field.
    Field(FieldName),
}

impl Capture {
    /// Whether a word says it: what stands behind that is something else.
    pub(super) fn is_word(self) -> bool {
        use Capture::{
            Bytes, Client, Host, Http, Link, Local, Next, Original, Records, Sender, Size, Thread,
            Transaction, User,
        };
        matches!(
            self,
            Host | Thread
                | Transaction
                | Link
                | Next
                | User
                | Sender
                | Local
                | Client
                | Original
                | Http
                | Bytes
                | Size
                | Records
        )
    }

    /// Every part, by its name.
    pub(super) const NAMES: [(&'static str, Self); 28] = [
        ("date", Self::Date),
        ("time", Self::Time),
        ("host", Self::Host),
        ("thread", Self::Thread),
        ("transaction", Self::Transaction),
        ("link", Self::Link),
        ("next", Self::Next),
        ("user", Self::User),
        ("sender", Self::Sender),
        ("local", Self::Local),
        ("client", Self::Client),
        ("recipient", Self::Recipient),
        ("original", Self::Original),
        ("status", Self::Status),
        ("http", Self::Http),
        ("bytes", Self::Bytes),
        ("size", Self::Size),
        ("records", Self::Records),
        ("text", Self::Text),
        ("subject", Self::Field(FieldName::Subject)),
        ("attachment", Self::Field(FieldName::Attachment)),
        ("path", Self::Field(FieldName::Path)),
        ("query", Self::Field(FieldName::Query)),
        ("referrer", Self::Field(FieldName::Referrer)),
        ("agent", Self::Field(FieldName::Agent)),
        ("statement", Self::Field(FieldName::Statement)),
        ("message", Self::Field(FieldName::Message)),
        ("line", Self::Field(FieldName::Line)),
    ];
}

/// A pattern, and which of its groups is what. It is compiled when the first line asks for it: of all formats a source
/// needs one, and compiling takes longer than reading a small log.
#[derive(Debug)]
pub(super) struct Pattern {
    text: String,
    compiled: OnceLock<Compiled>,
}

#[derive(Debug)]
struct Compiled {
    regex: Regex,
    groups: Vec<(usize, Capture)>,
}

/// The largest compiled pattern.
const PATTERN_BYTES_MAX: usize = 1 << 20;

impl Pattern {
    /// A pattern that is known to be right.
    pub(super) fn known(text: &str) -> Self {
        Self { text: text.to_owned(), compiled: OnceLock::new() }
    }

    /// A pattern that is compiled at once. The error says what is wrong and the way out.
    pub(super) fn checked(text: &str) -> Result<Self, String> {
        Ok(Self { text: text.to_owned(), compiled: OnceLock::from(Compiled::new(text)?) })
    }

    /// Whether it may find a part.
    pub(super) fn tells(&self, capture: Capture) -> bool {
        let name = Self::name_of(capture);
        self.text.contains(&format!("?<{name}>")) || self.text.contains(&format!("?P<{name}>"))
    }

    fn name_of(capture: Capture) -> &'static str {
        Capture::NAMES.iter().find(|(_, known)| *known == capture).map_or("", |(name, _)| name)
    }

    /// Adds the parts of a text; false where the pattern does not fit.
    pub(super) fn read<'l>(&self, text: &'l [u8], said: &mut Vec<(Capture, &'l [u8])>) -> bool {
        let compiled = self
            .compiled
            .get_or_init(|| Compiled::new(&self.text).expect("a test compiles the program's own"));
        let Some(found) = compiled.regex.captures(text) else { return false };
        for (group, capture) in &compiled.groups {
            said.extend(found.get(*group).map(|part| (*capture, part.as_bytes())));
        }
        true
    }
}

impl Compiled {
    /// Bytes, not characters, so that no line is too odd for it.
    fn new(text: &str) -> Result<Self, String> {
        let regex = RegexBuilder::new(text).unicode(false).size_limit(PATTERN_BYTES_MAX).build();
        let regex = regex.map_err(|error| {
            let told = error.to_string();
            let last = told.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            format!("the pattern is broken: {last}")
        })?;
        let mut groups = Vec::new();
        for (at, name) in regex.capture_names().enumerate().filter_map(|(at, name)| Some((at, name?))) {
            let known = Capture::NAMES.iter().find(|(known, _)| *known == name);
            let Some((_, capture)) = known else {
                let names: Vec<&str> = Capture::NAMES.iter().map(|(name, _)| *name).collect();
                return Err(format!("no part `{name}`: a group is named one of {}", names.join(", ")));
            };
            groups.push((at, *capture));
        }
        Ok(Self { regex, groups })
    }
}

/// The name for all keys or columns that the rule does not name otherwise.
pub(super) const ALL_OTHERS: &str = "*";
