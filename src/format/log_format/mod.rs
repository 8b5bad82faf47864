//! Access logs by the format string of the server's own configuration: Apache's `LogFormat`, nginx's `log_format`.
//!
//! `paste` takes the string out of what surrounds it there, `apache` and `nginx` (the smaller one) make tokens of it,
//! `token` one regular expression of these. What a line says then means what `clf` says of every access log.

mod apache;
mod nginx;
mod paste;
#[cfg(test)]
mod tests;
mod token;

use super::clf::{self, Answer};
use super::layout::Layout;
use super::{Defaults, Parsed, trim_end};
use crate::moment::Moment;
use paste::{Pasted, Server, unwrap};
use token::{Compiled, Slot};

/// The longest string, in bytes. Apache itself takes 8,192 of a line.
const TEXT_BYTES_MAX: usize = 4096;

/// A format string, ready to be used.
#[derive(Debug)]
pub struct LogFormat {
    /// As it was pasted: the name by which a source asks for it.
    pub(super) text: String,
    compiled: Compiled,
}

/// A format string that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}: {way_out}")]
pub struct LogFormatError {
    /// What is wrong, and where.
    pub what: String,
    /// The way out.
    pub way_out: String,
}

impl LogFormatError {
    fn new(what: impl Into<String>, way_out: impl Into<String>) -> Self {
        Self { what: what.into(), way_out: way_out.into() }
    }

    /// About what stands at `at`; the text before it shows the place, since a pasted string has other columns.
    fn at(text: &str, at: usize, what: &str, way_out: impl Into<String>) -> Self {
        let before = &text[..at];
        let from = before.char_indices().rev().nth(19).map_or(0, |(from, _)| from);
        let place = if at == 0 { "at the start".to_owned() } else { format!("after `{}`", &before[from..]) };
        Self::new(format!("{what} {place}"), way_out)
    }
}

impl LogFormat {
    /// Whether a text is meant to be a format string rather than a format's name.
    pub fn is_meant(text: &str) -> bool {
        text.trim().contains(|c: char| matches!(c, '%' | '$' | '"' | '\'' | '{') || c.is_whitespace())
    }

    /// Makes a format of the string as the server's configuration has it, with or without the directive around it.
    pub fn new(text: &str) -> Result<Self, LogFormatError> {
        if text.len() > TEXT_BYTES_MAX {
            let what = format!("a log format of {} bytes, {TEXT_BYTES_MAX} at most", text.len());
            return Err(LogFormatError::new(what, "paste the one format that this log is written by"));
        }
        let Pasted { server, format, escapes } = unwrap(text)?;
        let tokens = match server {
            Server::Apache => apache::tokens(&format)?,
            Server::Nginx => nginx::tokens(&format)?,
        };
        Ok(Self { text: text.to_owned(), compiled: token::compile(tokens, escapes)? })
    }

    /// Reads one line. None: the line was not written by this format.
    pub(super) fn read<'l>(&self, line: &'l [u8], defaults: &Defaults) -> Option<Parsed<'l>> {
        let (mut answer, mut all_bytes) = (Answer::default(), None);
        self.compiled.read(trim_end(line), |slot, raw| match slot {
            Slot::AllBytes => all_bytes = clf::decimal(raw),
            slot => self.take(&mut answer, slot, raw, defaults),
        })?;
        answer.bytes = match (answer.bytes, all_bytes) {
            // Of an answer that the client broke off Apache 2.4 counts the body it had (%b), and what it sent (%O).
            (Some(bytes), Some(all)) => Some(bytes.min(all)),
            (None, all) if !self.compiled.slots.contains(&Slot::Bytes) => all,
            (bytes, _) => bytes,
        };
        Some(answer.parsed(line, defaults))
    }

    /// The stamp of a line.
    pub(super) fn time(&self, line: &[u8], defaults: &Defaults) -> Option<Moment> {
        let mut time = None;
        self.compiled.read(trim_end(line), |slot, raw| {
            if slot == Slot::Time {
                time = self.layout().read(raw, defaults);
            }
        })?;
        time
    }

    fn layout(&self) -> &Layout {
        &self.compiled.layout
    }

    fn take<'l>(&self, answer: &mut Answer<'l>, slot: Slot, raw: &'l [u8], defaults: &Defaults) {
        match slot {
            Slot::Client => answer.client = raw,
            Slot::User => {
                let user = raw.trim_ascii();
                answer.user = (!matches!(user, b"" | b"-" | b"\"\"")).then_some(user);
            }
            Slot::Time => answer.time = self.layout().read(raw, defaults),
            Slot::Request => (answer.method, answer.path, answer.query) = clf::request(raw),
            Slot::Method => answer.method = raw,
            Slot::Target => (answer.path, answer.query) = clf::path_and_query(raw),
            Slot::Path => answer.path = raw,
            Slot::Query => answer.query = raw,
            Slot::Status => answer.status = clf::decimal(raw).map(|code| code.min(999) as u16),
            Slot::Bytes => answer.bytes = clf::decimal(raw),
            Slot::Referrer => answer.referrer = raw,
            Slot::Agent => answer.agent = raw,
            Slot::Attachment => answer.attachment = raw,
            Slot::Aborted => answer.aborted |= raw == b"X",
            Slot::Completion => answer.aborted |= raw != b"OK",
            Slot::RequestId => answer.request_id = raw,
            Slot::AllBytes => {}
            Slot::Forwarded if is_addresses(raw) => {}
            Slot::Forwarded | Slot::Other => answer.others.push(raw),
        }
    }
}

/// A proxy's list of addresses is nobody's data; whatever else is said to be one is what a client wrote.
fn is_addresses(raw: &[u8]) -> bool {
    let mut words = raw.split(|byte| matches!(byte, b',' | b' '));
    words.all(|word| matches!(word, b"" | b"-" | b"unknown") || clf::ip(word).is_some())
}
