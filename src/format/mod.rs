//! Log formats: which bytes of a line are content and which are opaque ids; who, what, to whom, when, outcome.
//!
//! A parser takes one line and returns [`Parsed`]: borrowed pieces of that line, nothing concluded. It never fails
//! because of bytes: a line that is not of the format is `None`, and the caller counts it.
//!
//! `plain` is the smallest parser and the one to copy.

mod clf;
mod header;
mod plain;
mod postfix;
mod stamp;
mod syslog;
#[cfg(test)]
mod tests;

use std::net::IpAddr;
use std::ops::Range;

use crate::event::{Basis, Channel, Role, Status};
use crate::mask::Raw;
use crate::moment::{Moment, Tz};
use crate::record::{FieldName, Writer};

/// A log format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Syslog lines (RFC 3164, RFC 3339 or RFC 5424 prefix), dispatched by program: Postfix is understood, lines of
    /// other programs are content as a whole after the prefix.
    Syslog,
    /// Common and combined access logs of nginx and Apache, with or without a leading virtual host.
    Clf,
    /// No known format: the line is content, its opaque tokens are masked out.
    Plain,
}

/// What a line does not state.
#[derive(Clone, Copy, Debug)]
pub struct Defaults {
    /// Zone of stamps that state none.
    pub zone: Tz,
    /// Seconds since the epoch when the file was last written, for stamps without a year, and for lines without a
    /// stamp.
    pub anchor: i64,
}

/// What one line says, in pieces of that line.
#[derive(Clone, Debug)]
pub struct Parsed<'l> {
    /// Format family.
    pub channel: Channel,
    /// Logging host; empty where the format names none.
    pub host: &'l str,
    /// The thread's name (queue id); none where the line is its own thread.
    pub name: Option<&'l str>,
    /// The line's time.
    pub time: Moment,
    /// The line's place in the life of its thread.
    pub role: Role,
    /// The line from here on, after its syslog prefix, makes a thread of its own.
    pub body: Range<usize>,
    /// Who acted.
    pub actor: Option<(Raw<'l>, Basis)>,
    /// The client's address.
    pub origin: Option<IpAddr>,
    /// File, path or subject that was sent or fetched.
    pub object: Option<Raw<'l>>,
    /// What may hold personal data.
    pub fields: Vec<Field<'l>>,
    /// What happened.
    pub outcome: Option<Happened<'l>>,
    /// Another thread of the same channel and host that is the same event (`orig_queue_id=`).
    pub link: Option<&'l str>,
    /// Bytes delivered.
    pub bytes: Option<u64>,
}

/// A content field.
#[derive(Clone, Debug)]
pub struct Field<'l> {
    /// Its name.
    pub name: FieldName,
    /// Its bytes.
    pub raw: Raw<'l>,
    /// Where they stand in the line.
    pub span: Range<usize>,
    /// Who wrote it.
    pub writer: Writer,
    /// A content field of a known format, rather than a line of unknown meaning.
    pub known: bool,
}

/// An outcome as one line states it.
#[derive(Clone, Debug)]
pub struct Happened<'l> {
    /// Recipient; none where the line is about the whole thread.
    pub recipient: Option<Raw<'l>>,
    /// The address it was rewritten from.
    pub original: Option<Raw<'l>>,
    /// Status as logged.
    pub status: Status,
    /// The id under which the next hop took it over.
    pub next: Option<&'l str>,
}

impl Format {
    /// The format with this name in a configuration; `auto` is none.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "syslog" | "postfix" => Some(Self::Syslog),
            "clf" | "combined" | "nginx" | "apache" => Some(Self::Clf),
            "plain" | "none" => Some(Self::Plain),
            _ => None,
        }
    }

    /// The name by which people are told of it; [`Format::from_name`] knows it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Syslog => "syslog",
            Self::Clf => "nginx",
            Self::Plain => "plain",
        }
    }

    /// Recognises a format from the beginning of a file (up to 64 KiB): the first 50 complete lines that are not
    /// empty vote, and half of them decide. A file of one unfinished line is judged by that.
    pub fn sniff(head: &[u8]) -> Self {
        let complete = memchr::memrchr(b'\n', head).map_or(head, |end| &head[..end]);
        let lines = complete.split(|byte| *byte == b'\n').filter(|line| !trim_end(line).is_empty());
        let (mut all, mut access, mut logged) = (0, 0, 0);
        // A vote needs no time, so any defaults do.
        let defaults = Defaults { zone: Tz::UTC, anchor: 0 };
        for line in lines.take(VOTES_MAX) {
            all += 1;
            access += usize::from(clf::read(line, &defaults).is_some());
            logged += usize::from(syslog::prefix(line).is_some());
        }
        match all {
            0 => Self::Plain,
            _ if access * 2 >= all => Self::Clf,
            _ if logged * 2 >= all => Self::Syslog,
            _ => Self::Plain,
        }
    }

    /// Reads one line. None: the line is not of this format.
    pub fn parse<'l>(self, line: &'l [u8], defaults: &Defaults) -> Option<Parsed<'l>> {
        match self {
            Self::Syslog => {
                let prefix = syslog::prefix(line)?;
                let time = prefix.stated(defaults).unwrap_or_else(|| plain::absent(defaults));
                Some(if postfix::is_postfix(prefix.program) {
                    postfix::read(line, &prefix, time)
                } else {
                    syslog::unknown(line, &prefix, time)
                })
            }
            Self::Clf => clf::read(line, defaults),
            Self::Plain => Some(plain::read(line, defaults)),
        }
    }

    /// Only the thread's name of a line, by position: the cheap question for lines of watched threads.
    pub fn thread_name(self, line: &[u8]) -> Option<&str> {
        let prefix = (self == Self::Syslog).then(|| syslog::prefix(line))??;
        postfix::is_postfix(prefix.program).then(|| postfix::queue_id(&line[prefix.message]))?
    }

    /// The program that a line of syslog names.
    pub fn program(self, line: &[u8]) -> Option<Raw<'_>> {
        let prefix = (self == Self::Syslog).then(|| syslog::prefix(line))??;
        (!prefix.program.is_empty()).then(|| Raw::new(prefix.program))
    }

    /// Only the time of a line, for the source's clock.
    pub fn time(self, line: &[u8], defaults: &Defaults) -> Option<Moment> {
        match self {
            Self::Syslog => syslog::prefix(line)?.stated(defaults),
            Self::Clf => clf::time(line, defaults),
            Self::Plain => plain::time(line, defaults),
        }
    }
}

impl<'l> Parsed<'l> {
    /// The format of this one line, as reports name it: `postfix`, `nginx` (any access log), `syslog` (a line of
    /// another program) or `plain`.
    pub fn format_id(&self) -> &'static str {
        match self.channel {
            Channel::Postfix => "postfix",
            Channel::Web => "nginx",
            Channel::Plain if self.body.start > 0 => "syslog",
            Channel::Plain => "plain",
        }
    }

    /// A line that says nothing yet.
    fn bare(channel: Channel, host: &'l str, time: Moment, role: Role, body: Range<usize>) -> Self {
        Self {
            channel,
            host,
            name: None,
            time,
            role,
            body,
            actor: None,
            origin: None,
            object: None,
            fields: Vec::new(),
            outcome: None,
            link: None,
            bytes: None,
        }
    }

    /// Adds a content field of a known format; `raw` is a piece of `line`.
    fn push(&mut self, line: &'l [u8], name: FieldName, raw: &'l [u8], writer: Writer) {
        let start = raw.as_ptr().addr().wrapping_sub(line.as_ptr().addr());
        debug_assert!(start.checked_add(raw.len()).is_some_and(|end| end <= line.len()));
        let span = start..start + raw.len();
        self.fields.push(Field { name, raw: Raw::new(raw), span, writer, known: true });
    }

    /// Adds a range of unknown meaning.
    fn push_line(&mut self, line: &'l [u8], span: Range<usize>) {
        let raw = Raw::new(&line[span.clone()]);
        self.fields.push(Field { name: FieldName::Line, raw, span, writer: Writer::Sender, known: false });
    }
}

/// The line without the carriage return that a log from Windows or a relay may end with.
fn trim_end(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Bytes of which the caller knows that they are ASCII; empty otherwise.
fn ascii(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

/// How many lines decide what a file is.
const VOTES_MAX: usize = 50;
