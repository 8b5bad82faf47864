//! Log formats: which bytes of a line are content and which are opaque ids; who, what, to whom, when, outcome.
//!
//! A parser takes one line and returns [`Parsed`]: borrowed pieces of that line, nothing concluded. It never fails
//! because of bytes: a line that is not of the format is `None`, and the caller counts it.
//!
//! Formats are data (`patterns/formats/*.toml`, read by `spec`, applied by `rule`, proved by their own samples in
//! `proof`); [`Formats`] holds all of them and recognises files. Hand-written are the hot ones only: syslog's prefix,
//! Postfix, access logs, and the splitting of JSON and CSV. `plain` is the smallest of these and the one to copy.

mod addressee;
mod advice;
mod catalogue;
mod cef;
mod clf;
mod columns;
mod csv;
mod eight;
mod envelope;
mod governing;
mod header;
mod json;
mod layout;
mod log_format;
mod pairs;
mod part;
mod passing;
mod plain;
mod postfix;
mod proof;
mod rule;
mod shipped;
mod spec;
mod stamp;
mod syslog;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::net::IpAddr;
use std::ops::Range;

use crate::event::{Basis, Channel, Role, Status};
use crate::kind::Label;
use crate::mask::Raw;
use crate::moment::{Moment, Tz};
use crate::record::{FieldName, Writer};

pub use addressee::mailboxes;
pub use advice::Advice;
pub use catalogue::{Formats, Listed};
pub use csv::comma_separated;
pub use envelope::Opened;
pub use header::ADDRESSEES;
pub use log_format::{LogFormat, LogFormatError};
pub use passing::Passing;
pub use proof::{Tested, Trial};
pub use rule::Declares;

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
    /// A format that is data, by its place among those of a [`Formats`].
    Data(u16),
    /// Access logs by the format string of a server's own configuration, by its place among those of a [`Formats`].
    Log(u16),
    /// What `journalctl -o json` prints: lines of syslog in an envelope.
    Journal,
    /// What a container wrote, in the envelope of Docker or of Kubernetes.
    Container(Inner),
}

/// The format of most lines within an envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the format of the same name")]
pub enum Inner {
    Syslog,
    Clf,
    Plain,
    Data(u16),
}

impl From<Inner> for Format {
    fn from(inner: Inner) -> Self {
        match inner {
            Inner::Syslog => Self::Syslog,
            Inner::Clf => Self::Clf,
            Inner::Plain => Self::Plain,
            Inner::Data(at) => Self::Data(at),
        }
    }
}

impl From<Format> for Inner {
    /// No envelope is looked for within another.
    fn from(format: Format) -> Self {
        match format {
            Format::Syslog => Self::Syslog,
            Format::Clf => Self::Clf,
            Format::Data(at) => Self::Data(at),
            Format::Plain | Format::Log(_) | Format::Journal | Format::Container(_) => Self::Plain,
        }
    }
}

/// A format file that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {what}")]
pub struct FormatError {
    /// The file.
    pub file: String,
    /// Line of the fault, from 1.
    pub line: usize,
    /// What is wrong, and the way out.
    pub what: String,
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
    /// The format of this one line, as reports name it: `postfix`, `nginx` (any access log), `syslog` (a line of
    /// another program), `plain`, or the name of a format that is data.
    pub format: Label,
    /// What it is about, and whose threads its own are.
    pub channel: Channel,
    /// Logging host; empty where the format names none.
    pub host: &'l str,
    /// The thread's name (queue id); none where the line is its own thread.
    pub name: Option<Cow<'l, str>>,
    /// Whether the line says all there is to say of its thread, so that no other line of it is looked for. Lines of one
    /// thread are one event all the same.
    pub complete: bool,
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
    pub outcomes: Vec<Happened<'l>>,
    /// Another thread of the same channel and host that is the same event (`orig_queue_id=`).
    pub link: Option<&'l str>,
    /// Bytes delivered.
    pub bytes: Option<u64>,
    /// Records that the line declares.
    pub records: Option<u64>,
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
    /// The log holds only its beginning. Noted of To and Cc.
    pub cut: bool,
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

impl<'l> Parsed<'l> {
    /// A line that says nothing yet.
    fn bare(format: Label, channel: Channel, time: Moment, role: Role, body: Range<usize>) -> Self {
        Self {
            format,
            channel,
            host: "",
            name: None,
            complete: false,
            time,
            role,
            body,
            actor: None,
            origin: None,
            object: None,
            fields: Vec::new(),
            outcomes: Vec::new(),
            link: None,
            bytes: None,
            records: None,
        }
    }

    /// Adds a content field of a known format; `raw` is a piece of `line`.
    fn push(&mut self, line: &'l [u8], name: FieldName, raw: &'l [u8], writer: Writer) {
        let start = raw.as_ptr().addr().wrapping_sub(line.as_ptr().addr());
        debug_assert!(start.checked_add(raw.len()).is_some_and(|end| end <= line.len()));
        let span = start..start + raw.len();
        self.fields.push(Field { name, raw: Raw::new(raw), span, writer, known: true, cut: false });
    }

    /// Adds a range of unknown meaning.
    fn push_line(&mut self, line: &'l [u8], span: Range<usize>) {
        let raw = Raw::new(&line[span.clone()]);
        let (name, writer) = (FieldName::Line, Writer::Sender);
        self.fields.push(Field { name, raw, span, writer, known: false, cut: false });
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

/// The longest name of a thread.
const THREAD_BYTES_MAX: usize = 64;

/// A thread's name holds letters, digits, `.`, `-` and `_` only, so that it can carry no personal data.
fn thread_name(id: &[u8]) -> Option<&str> {
    let fits = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-".contains(byte);
    (!id.is_empty() && id.len() <= THREAD_BYTES_MAX && id.iter().all(fits)).then(|| ascii(id))
}
