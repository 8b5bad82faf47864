//! Access logs of nginx and Apache: `[vhost] client ident user [time] "request" status bytes ["referrer" "agent"]`.
//!
//! Both servers escape quotes inside of fields (`\"`, `\x22`), so the first `] "` of a line stands after the time,
//! whatever the client gave for a user name. Lines without ident and user are read too. What an [`Answer`] means is said
//! here for every layout of such a log (`log_format`).

use std::borrow::Cow;
use std::net::IpAddr;

use super::plain::absent;
use super::stamp::{self, Stamp};
use super::{Defaults, Happened, Parsed, thread_name, trim_end};
use crate::event::{Basis, Channel, Role, Status};
use crate::kind::Label;
use crate::mask::Raw;
use crate::moment::Moment;
use crate::record::{FieldName, Writer};

/// How reports name the format: no line tells which of the two servers wrote it.
const NGINX: Label = Label::literal("nginx");

/// Reads a line.
pub(super) fn read<'l>(line: &'l [u8], defaults: &Defaults) -> Option<Parsed<'l>> {
    let pieces = split(trim_end(line))?;
    let (method, path, query) = request(pieces.request);
    let answer = Answer {
        client: pieces.client,
        user: pieces.user,
        time: pieces.stamp.moment(defaults),
        method,
        path,
        query,
        status: Some(pieces.status),
        bytes: pieces.bytes,
        referrer: pieces.referrer,
        agent: pieces.agent,
        aborted: pieces.is_aborted,
        ..Answer::default()
    };
    Some(answer.parsed(line, defaults))
}

/// What a line of an access log says, whatever its layout. What it does not say is empty.
#[derive(Default)]
pub(super) struct Answer<'l> {
    pub(super) client: &'l [u8],
    pub(super) user: Option<&'l [u8]>,
    pub(super) time: Option<Moment>,
    pub(super) method: &'l [u8],
    pub(super) path: &'l [u8],
    pub(super) query: &'l [u8],
    pub(super) status: Option<u16>,
    pub(super) bytes: Option<u64>,
    pub(super) referrer: &'l [u8],
    pub(super) agent: &'l [u8],
    /// Name of a file as the server's answer says it.
    pub(super) attachment: &'l [u8],
    /// Headers and the like: anybody may have written them.
    pub(super) others: Vec<&'l [u8]>,
    /// The client went away before the end.
    pub(super) aborted: bool,
    /// The server's own id of the request: of two servers that log it the lines are one event.
    pub(super) request_id: &'l [u8],
}

impl<'l> Answer<'l> {
    /// What that means: who, what, and whether it was delivered.
    pub(super) fn parsed(self, line: &'l [u8], defaults: &Defaults) -> Parsed<'l> {
        let time = self.time.unwrap_or_else(|| absent(defaults));
        let mut parsed = Parsed::bare(NGINX, Channel::WEB, time, Role::Content, 0..trim_end(line).len());
        parsed.name = thread_name(self.request_id).map(Cow::Borrowed);
        parsed.complete = true;
        parsed.origin = ip(self.client);
        parsed.actor = match self.user {
            // A user name that was not let in is whatever the client wrote.
            Some(user) if self.status.is_some_and(|status| (200..300).contains(&status)) => {
                Some((Raw::new(user), Basis::Authenticated))
            }
            _ => (!self.client.is_empty()).then(|| (Raw::new(self.client), Basis::Address)),
        };
        parsed.object = said(self.path).map(Raw::new);
        let fields = [
            (FieldName::Path, self.path, Writer::Request),
            (FieldName::Query, self.query, Writer::Request),
            (FieldName::Referrer, self.referrer, Writer::Anybody),
            (FieldName::Agent, self.agent, Writer::Anybody),
            (FieldName::Attachment, self.attachment, Writer::Request),
        ];
        for (name, raw, writer) in fields {
            if let Some(raw) = said(raw) {
                parsed.push(line, name, raw, writer);
            }
        }
        for raw in self.others.iter().filter_map(|raw| said(raw)) {
            parsed.push(line, FieldName::Line, raw, Writer::Anybody);
            // Of unknown meaning, unlike the others.
            parsed.fields.last_mut().expect("one was pushed").known = false;
        }
        // The answer to HEAD has no body, whatever a server counts.
        parsed.bytes = if self.method == b"HEAD" { Some(0) } else { self.bytes };
        let status = self.status.map(|status| match parsed.bytes {
            _ if !self.aborted || !(200..300).contains(&status) => Status::Http(status),
            Some(0) => Status::Failed,
            _ => Status::Partial,
        });
        let happened = |status| Happened { recipient: None, original: None, status, next: None };
        parsed.outcomes.extend(status.map(happened));
        parsed
    }
}

/// Method, path and query of a request line; of what is no request the path is the whole.
pub(super) fn request(request: &[u8]) -> (&[u8], &[u8], &[u8]) {
    let (method, target) = method_and_target(request);
    if method.is_empty() {
        return (method, target, b"");
    }
    let (path, query) = path_and_query(target);
    (method, path, query)
}

pub(super) fn path_and_query(target: &[u8]) -> (&[u8], &[u8]) {
    match memchr::memchr(b'?', target) {
        Some(mark) => (&target[..mark], &target[mark + 1..]),
        None => (target, b""),
    }
}

/// The stamp of a line.
pub(super) fn time(line: &[u8], defaults: &Defaults) -> Option<Moment> {
    head_and_stamp(line)?.1.moment(defaults)
}

struct Pieces<'l> {
    client: &'l [u8],
    user: Option<&'l [u8]>,
    stamp: Stamp,
    request: &'l [u8],
    status: u16,
    bytes: Option<u64>,
    referrer: &'l [u8],
    agent: &'l [u8],
    is_aborted: bool,
}

fn split(line: &[u8]) -> Option<Pieces<'_>> {
    let (head, stamp, rest) = head_and_stamp(line)?;
    let (client, user) = client_and_user(head)?;
    let (request, status, rest) = request_and_status(rest)?;
    let len = memchr::memchr(b' ', rest).unwrap_or(rest.len());
    let bytes = match &rest[..len] {
        b"-" | b"" => None,
        digits => Some(decimal(digits)?),
    };
    let is_aborted = is_aborted(&rest[len..]);
    let (referrer, rest) = quoted(&rest[len..]).unwrap_or_default();
    let (agent, _) = quoted(rest).unwrap_or_default();
    Some(Pieces { client, user, stamp, request, status, bytes, referrer, agent, is_aborted })
}

/// What stands before ` [time] "`, the time, and what follows.
fn head_and_stamp(line: &[u8]) -> Option<(&[u8], Stamp, &[u8])> {
    let end = memchr::memchr_iter(b']', line).find(|end| line[*end..].starts_with(b"] \""))?;
    let start = memchr::memrchr(b'[', &line[..end])?;
    let (stamp, len) = stamp::clf(&line[start + 1..end])?;
    let head = line[..start].strip_suffix(b" ")?;
    (start + 1 + len == end).then_some((head, stamp, &line[end + 3..]))
}

/// `[vhost] client ident user`: the ident is `-` wherever nobody runs identd, so a second word that is an
/// address, or is not `-` and has a `-` after it, is a client behind a virtual host.
fn client_and_user(head: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    let (first, rest) = next_word(head);
    let (second, third) = next_word(rest);
    let behind_vhost = second != b"-" && (ip(second).is_some() || third.starts_with(b"- "));
    let (client, rest) = if behind_vhost { (second, third) } else { (first, rest) };
    let (_ident, user) = next_word(rest);
    let user = user.trim_ascii();
    let absent = matches!(user, b"" | b"-" | b"\"\"");
    (!client.is_empty() && !client.contains(&b'"')).then_some((client, (!absent).then_some(user)))
}

fn next_word(text: &[u8]) -> (&[u8], &[u8]) {
    match memchr::memchr(b' ', text) {
        Some(blank) => (&text[..blank], text[blank..].trim_ascii_start()),
        None => (text, b""),
    }
}

/// The request ends at the first quote without a backslash; in logs of servers that do not escape, at the first one
/// that a status follows.
fn request_and_status(text: &[u8]) -> Option<(&[u8], u16, &[u8])> {
    let mut from = 0;
    loop {
        let end = from + closing_quote(&text[from..])?;
        if let Some(found) = status(&text[end + 1..]) {
            return Some((&text[..end], found.0, found.1));
        }
        from = end + 1;
    }
}

/// ` 200 ` and what follows.
fn status(text: &[u8]) -> Option<(u16, &[u8])> {
    let digits = text.strip_prefix(b" ")?.get(..3)?;
    let rest = &text[4..];
    let ends = rest.is_empty() || rest[0] == b' ';
    Some((decimal(digits).filter(|_| ends)? as u16, rest.strip_prefix(b" ").unwrap_or_default()))
}

/// ` "text"` and what follows.
fn quoted(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let inner = text.strip_prefix(b" \"")?;
    // A line that was cut short keeps what there is of its last field.
    let end = closing_quote(inner).unwrap_or(inner.len());
    Some((&inner[..end], inner.get(end + 1..).unwrap_or_default()))
}

/// Whether the client went away before the answer was whole: Apache's `%X` is `X` then, a word of its own outside of
/// quotes, and else `+` or `-`.
fn is_aborted(mut text: &[u8]) -> bool {
    loop {
        let quote = memchr::memchr(b'"', text);
        let bare = &text[..quote.unwrap_or(text.len())];
        if bare.split(|byte| *byte == b' ').any(|word| word == b"X") {
            return true;
        }
        let Some(inner) = quote.map(|quote| &text[quote + 1..]) else { return false };
        text = closing_quote(inner).map_or(&b""[..], |end| &inner[end + 1..]);
    }
}

fn closing_quote(text: &[u8]) -> Option<usize> {
    let mut escaped = false;
    text.iter().position(|byte| {
        let plain = !std::mem::take(&mut escaped);
        escaped = plain && *byte == b'\\';
        plain && *byte == b'"'
    })
}

/// `GET /path?query HTTP/1.1`; the method is empty, and the target the whole request, where it is not one.
fn method_and_target(request: &[u8]) -> (&[u8], &[u8]) {
    let blank = memchr::memchr(b' ', request).unwrap_or(0);
    let (method, rest) = request.split_at(blank);
    let is_method = |byte: &u8| byte.is_ascii_uppercase() || matches!(byte, b'-' | b'_');
    if method.is_empty() || !method.iter().all(is_method) {
        return (b"", request);
    }
    (method, without_version(&rest[1..]))
}

/// Only a version at the very end is cut off: `/a HTTP/A123456789.csv` is a path.
fn without_version(target: &[u8]) -> &[u8] {
    let mut blanks = memchr::memrchr_iter(b' ', target);
    let start = blanks.find(|blank| target[*blank..].starts_with(b" HTTP/")).unwrap_or(target.len());
    let version = target.get(start + 6..).unwrap_or_default();
    let is_version = version.len() <= 3 && version.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
    if is_version { &target[..start] } else { target }
}

pub(super) fn ip(text: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(text).ok()?;
    text.parse().ok().or_else(|| text.parse().ok().map(|socket: std::net::SocketAddr| socket.ip()))
}

fn said(text: &[u8]) -> Option<&[u8]> {
    (!matches!(text, b"" | b"-")).then_some(text)
}

pub(super) fn decimal(digits: &[u8]) -> Option<u64> {
    let fits = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(digits).ok().filter(|_| fits)?.parse().ok()
}
