//! The prefix of syslog lines: when, where, and which program; the message is another module's matter.

use std::ops::Range;

use super::cef::Dialect;
use super::stamp::{self, Stamp};
use super::{Defaults, Parsed, ascii, trim_end};
use crate::event::{Channel, Role};
use crate::kind::Label;
use crate::moment::Moment;

/// How reports name a line after whose prefix nothing is known.
pub(super) const SYSLOG: Label = Label::literal("syslog");

/// What stands before the message.
pub(super) struct Prefix<'l> {
    stamp: Option<Stamp>,
    /// The logging host; empty where the line names none or has bytes in it that no host name has.
    pub(super) host: &'l str,
    /// The program; empty where the line names none.
    pub(super) program: &'l [u8],
    /// The process id, in digits; empty where the line names none.
    pub(super) pid: &'l [u8],
    /// Where the message stands in the line, without blanks before it: rsyslog's RFC 5424 lines have one more
    /// than the same lines in its other formats, and all of them are one line.
    pub(super) message: Range<usize>,
}

impl Prefix<'_> {
    /// The stamp; none where the line states none, or a day that the calendar does not have.
    pub(super) fn stated(&self, defaults: &Defaults) -> Option<Moment> {
        self.stamp?.moment(defaults)
    }
}

/// Whether a prefix may begin so: most lines of other formats end here.
pub(super) fn may_be_prefixed(line: &[u8]) -> bool {
    matches!(line, [b'<', ..] | [_, _, _, b' ', ..] | [_, _, _, _, b'-', ..])
}

/// Reads the prefix: RFC 5424, RFC 3339 with a tag, RFC 3164 with or without one.
///
/// The RFC 3339 form needs its tag, because applications write such stamps too: of `2026-11-21T23:52:53Z A123456789
/// exported` nothing may be taken for a host name and be lost as content. CEF and LEEF, which have none, are as sure.
pub(super) fn prefix(line: &[u8]) -> Option<Prefix<'_>> {
    let priority = priority(line);
    let rest = &line[priority..];
    if priority > 0 && rest.starts_with(b"1 ") {
        return rfc5424(line, priority + 2);
    }
    let (stamp, len, tag_needed) = match stamp::rfc3164(rest) {
        Some((stamp, len)) => (stamp, len, false),
        None => stamp::iso(rest).map(|(stamp, len)| (stamp, len, true))?,
    };
    let mut at = priority + len;
    let is_event = |at: usize| line.get(at + 1..).is_some_and(|rest| Dialect::of(rest).is_some());
    // Some devices write no host either.
    let host = if is_event(at) { b"" } else { word(line, &mut at)? };
    let (program, pid) = tag(line, &mut at);
    if program.is_empty() && tag_needed && !is_event(at) {
        return None;
    }
    Some(Prefix { stamp: Some(stamp), host: host_name(host), program, pid, message: message(line, at) })
}

/// A line of a program that is not understood: its message is content as a whole.
pub(super) fn unknown<'l>(line: &'l [u8], prefix: &Prefix<'l>, time: Moment) -> Parsed<'l> {
    let body = prefix.message.clone();
    let mut parsed = Parsed::bare(SYSLOG, Channel::PLAIN, time, Role::Content, body);
    parsed.host = prefix.host;
    parsed.push_line(line, prefix.message.clone());
    parsed
}

/// The length of `<22>`, or 0.
pub(super) fn priority(line: &[u8]) -> usize {
    let digits = line.iter().skip(1).take(3).take_while(|byte| byte.is_ascii_digit()).count();
    let closed = line.first() == Some(&b'<') && line.get(digits + 1) == Some(&b'>');
    if closed && digits > 0 { digits + 2 } else { 0 }
}

/// RFC 5424 §6 from the stamp on.
fn rfc5424(line: &[u8], start: usize) -> Option<Prefix<'_>> {
    let stamp = match line.get(start)? {
        b'-' => None,
        _ => Some(stamp::iso(&line[start..])?),
    };
    let mut at = start + stamp.map_or(1, |(_, len)| len);
    let host = word(line, &mut at)?;
    let program = word(line, &mut at)?;
    let (pid, _msgid) = (word(line, &mut at)?, word(line, &mut at)?);
    let pid = if pid.iter().all(u8::is_ascii_digit) { pid } else { b"" };
    at = structured_data(line, at)?;
    let bom = line[at..].strip_prefix(b" ").is_some_and(|rest| rest.starts_with(BOM));
    let message = message(line, if bom { at + 1 + BOM.len() } else { at });
    let host = if host == b"-" { "" } else { host_name(host) };
    Some(Prefix { stamp: stamp.map(|(stamp, _)| stamp), host, program, pid, message })
}

/// The end of ` -` or ` [id name="value"]…`; elements that do not close are left to the message, so that nothing
/// is lost.
fn structured_data(line: &[u8], at: usize) -> Option<usize> {
    let rest = line.get(at..)?.strip_prefix(b" ")?;
    if rest.first() == Some(&b'-') {
        return Some(at + 2);
    }
    let (mut end, mut quoted, mut escaped, mut depth) = (0, false, false, 0);
    for (index, byte) in rest.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'[' if !quoted => depth = 1,
            b']' if !quoted && depth == 1 => (depth, end) = (0, index + 1),
            _ if depth == 0 => break,
            _ => {}
        }
    }
    Some(at + 1 + end)
}

/// The next word after one blank.
fn word<'l>(line: &'l [u8], at: &mut usize) -> Option<&'l [u8]> {
    let rest = line.get(*at..)?.strip_prefix(b" ")?;
    let word = &rest[..memchr::memchr(b' ', rest).unwrap_or(rest.len())];
    *at += 1 + word.len();
    (!word.is_empty()).then_some(word)
}

/// ` prog[pid]: ` or ` prog: `, program and pid; empty, and nothing taken, where the line goes on otherwise
/// (`last message repeated 3 times`).
fn tag<'l>(line: &'l [u8], at: &mut usize) -> (&'l [u8], &'l [u8]) {
    let rest = line[*at..].strip_prefix(b" ").unwrap_or_default();
    let len = rest.iter().take_while(|byte| is_program(**byte)).count();
    let (mut end, mut pid) = (len, &b""[..]);
    if rest.get(end) == Some(&b'[') {
        let digits = rest[end + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        pid = &rest[end + 1..=end + digits];
        end += digits + 1;
        end += usize::from(rest.get(end) == Some(&b']'));
    }
    let closed = rest.get(end) == Some(&b':') && matches!(rest.get(end + 1), None | Some(b' '));
    if len == 0 || len > PROGRAM_BYTES_MAX || !closed {
        return (b"", b"");
    }
    *at += end + 2;
    (&rest[..len], pid)
}

fn is_program(byte: u8) -> bool {
    WORDS[usize::from(byte)] & PROGRAM > 0
}

/// Which bytes names of programs and of hosts have: every line is asked for both where threads are followed.
const WORDS: [u8; 256] = words();
const PROGRAM: u8 = 1;
const HOST: u8 = 2;

const fn words() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let at = byte as u8;
        if at.is_ascii_alphanumeric() || matches!(at, b'.' | b'_' | b'-') {
            table[byte] = PROGRAM | HOST;
        } else if matches!(at, b'/' | b'@' | b'(' | b')' | b'+') {
            table[byte] = PROGRAM;
        } else if at == b':' {
            table[byte] = HOST;
        }
        byte += 1;
    }
    table
}

fn message(line: &[u8], at: usize) -> Range<usize> {
    let end = trim_end(line).len();
    let blanks = line.get(at..end).unwrap_or_default().iter().take_while(|byte| **byte == b' ').count();
    (at + blanks).min(end)..end
}

/// Threads carry this name, so it holds only bytes that host names and addresses have.
pub(super) fn host_name(host: &[u8]) -> &str {
    let fits = host.len() <= HOST_BYTES_MAX && host.iter().all(|byte| WORDS[usize::from(*byte)] & HOST > 0);
    if fits { ascii(host) } else { "" }
}

const BOM: &[u8] = b"\xef\xbb\xbf";
const HOST_BYTES_MAX: usize = 64;
const PROGRAM_BYTES_MAX: usize = 64;
