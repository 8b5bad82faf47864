//! Postfix: one function for each kind of line, chosen by the first words after the queue id. `pickup` is the
//! smallest to copy. What is not listed here is context without fields, so that nothing opaque is ever content.
//!
//! Log grammar: the samples under `tests/logs/postfix-*.log` (Postfix 3.7), postconf(5), `header_checks(5)`,
//! access(5).

use std::borrow::Cow;
use std::net::IpAddr;
use std::ops::Range;

use memchr::memmem;

use super::eight::find_near;
use super::header::{content_of_header, header, rfind_sender};
use super::syslog::{self, Prefix};
use super::{Happened, Parsed, ascii};
use crate::event::{Basis, Channel, Role, Status};
use crate::mask::Raw;
use crate::moment::Moment;
use crate::record::{FieldName, Writer};

/// Whether a program is part of Postfix. `syslog_name` may be anything before the last `/`, so the last element
/// decides; under the usual names every program is Postfix's. A tag that is a path (`/usr/sbin/sendmail`) is not.
/// rsyslog's APP-NAME of RFC 5424 ends before the first `/` (parser.permitSlashInProgramName is off): it is `postfix`
/// for all of them.
pub(super) fn is_postfix(program: &[u8]) -> bool {
    let Some(slash) = memchr::memrchr(b'/', program) else { return program == b"postfix" };
    let usual = program.starts_with(b"postfix/") || program.starts_with(b"postfix-");
    usual || (slash > 0 && program[0] != b'/' && DAEMONS.contains(&&program[slash + 1..]))
}

/// Whether a line is one of Postfix, by its prefix of syslog.
pub(super) fn is_line(line: &[u8]) -> bool {
    syslog::may_be_prefixed(line) && syslog::prefix(line).is_some_and(|prefix| is_postfix(prefix.program))
}

/// The queue id that opens a message.
pub(super) fn queue_id(message: &[u8]) -> Option<&str> {
    id_len(message).map(|len| ascii(&message[..len]))
}

/// How long the queue id is that opens a message.
fn id_len(message: &[u8]) -> Option<usize> {
    let (len, kinds) = id_kinds(message);
    (is_id(len, kinds) && message[len..].starts_with(b": ")).then_some(len)
}

/// Short ids are 6 to 20 upper-case hexadecimal digits, long ones 12 to 20 digits and consonants (postconf(5),
/// `enable_long_queue_ids`). Without vowels, no word is one.
fn is_queue_id(id: &[u8]) -> bool {
    let (len, kinds) = id_kinds(id);
    len == id.len() && is_id(len, kinds)
}

/// How many bytes of ids a text begins with, up to one more than an id has, and of which kinds all of them are.
fn id_kinds(text: &[u8]) -> (usize, u8) {
    let (mut len, mut kinds) = (0, SHORT | LONG);
    for byte in text.iter().take(ID_BYTES_MAX + 1) {
        let kind = ID_BYTES[usize::from(*byte)];
        if kind == 0 {
            break;
        }
        (len, kinds) = (len + 1, kinds & kind);
    }
    (len, kinds)
}

fn is_id(len: usize, kinds: u8) -> bool {
    len <= ID_BYTES_MAX && (kinds & SHORT != 0 && len >= 6 || kinds & LONG != 0 && len >= 12)
}

/// Which bytes short and long queue ids have: nearly every line is asked.
const ID_BYTES: [u8; 256] = {
    let mut bytes = [0; 256];
    let mut at = 0;
    while at < 256 {
        let byte = at as u8;
        let is_vowel = matches!(byte.to_ascii_lowercase(), b'a' | b'e' | b'i' | b'o' | b'u');
        let short = matches!(byte, b'0'..=b'9' | b'A'..=b'F');
        bytes[at] =
            if short { SHORT } else { 0 } | if byte.is_ascii_alphanumeric() && !is_vowel { LONG } else { 0 };
        at += 1;
    }
    bytes
};
const SHORT: u8 = 1;
const LONG: u8 = 2;

/// What of a message may hold content: all fields that [`read`] finds stand in it. That there are none is told of most
/// by their first word.
pub(super) fn content(message: &[u8]) -> Option<Range<usize>> {
    // The id ends at the first colon; whether it is one need not be known of what is passed over.
    let start = find_near(message, b':', ID_BYTES_MAX + 1)? + 2;
    let rest = message.get(start..)?;
    let is_envelope = match rest {
        [b't', b'o', b'=', ..] | [b'f', b'r', b'o', b'm', b'=', ..] | [b'u', b'i', b'd', b'=', ..] => true,
        [b'c', rest @ ..] => rest.starts_with(b"lient="),
        [b'm', rest @ ..] => rest.starts_with(b"essage-id="),
        rest => rest == b"removed",
    };
    if is_envelope || id_len(message).is_none() && !message.starts_with(NO_QUEUE) {
        return None;
    }
    let Refusal { status, text, .. } = Refusal::of(rest)?;
    let start = message.len() - text.len();
    match text.strip_prefix(HEADER) {
        Some(header) => content_of_header(header).map(|len| start..start + HEADER.len() + len),
        None => status.and_then(|_| refused_tail(text)).map(|tail| start + tail..message.len()),
    }
}

/// Reads the message of a Postfix line.
pub(super) fn read<'l>(line: &'l [u8], prefix: &Prefix<'l>, time: Moment) -> Parsed<'l> {
    let message = &line[prefix.message.clone()];
    let body = prefix.message.clone();
    let mut parsed = Parsed::bare(Channel::POSTFIX.name, Channel::POSTFIX, time, Role::Context, body);
    parsed.host = prefix.host;
    let id = queue_id(message);
    parsed.name = id.map(Cow::Borrowed);
    let Some(id) = id else {
        if let Some(rest) = message.strip_prefix(NO_QUEUE) {
            refusal(&mut parsed, line, rest);
        }
        return parsed;
    };
    let rest = &message[id.len() + 2..];
    if let Some(client) = rest.strip_prefix(b"client=") {
        opening(&mut parsed, client);
    } else if rest.starts_with(b"uid=") {
        pickup(&mut parsed, rest);
    } else if let Some(sender) = rest.strip_prefix(b"from=") {
        queue(&mut parsed, sender);
    } else if let Some(recipient) = rest.strip_prefix(b"to=") {
        delivery(&mut parsed, recipient);
    } else if rest == b"removed" {
        parsed.role = Role::End;
        parsed.outcomes.push(whole(Status::Ended));
    } else {
        refusal(&mut parsed, line, rest);
    }
    parsed
}

/// smtpd: `client=host[ip], sasl_method=PLAIN, sasl_username=wang@agency.gov.tw`, `…, orig_queue_id=…`.
fn opening<'l>(parsed: &mut Parsed<'l>, text: &'l [u8]) {
    parsed.role = Role::Open;
    parsed.origin = bracketed_ip(text);
    let user = after(text, b", sasl_username=").map(until_attribute).filter(|user| !user.is_empty());
    parsed.actor = user.map(|user| (Raw::new(user), Basis::Authenticated));
    let link = after(text, b", orig_queue_id=").map(until_attribute).filter(|id| is_queue_id(id)).map(ascii);
    parsed.link = link.filter(|link| parsed.name.as_deref() != Some(link));
}

/// An attribute of a `client=` line ends where the next one begins; a user name may hold commas.
fn until_attribute(text: &[u8]) -> &[u8] {
    let next = [&b", sasl_"[..], b", orig_"].iter().filter_map(|mark| memmem::find(text, mark)).min();
    &text[..next.unwrap_or(text.len())]
}

/// pickup: `uid=0 from=<root@mail.agency.gov.tw>`.
fn pickup<'l>(parsed: &mut Parsed<'l>, text: &'l [u8]) {
    parsed.role = Role::Open;
    let sender = after(text, b" from=").and_then(address).filter(|sender| !sender.is_empty());
    parsed.actor = sender.map(|sender| (Raw::new(sender), Basis::Local));
}

/// qmgr: `from=<s>, size=1193, nrcpt=3 (queue active)` or `from=<s>, status=expired, returned to sender`.
fn queue<'l>(parsed: &mut Parsed<'l>, text: &'l [u8]) {
    let Some(sender) = address(text) else { return };
    if !sender.is_empty() {
        parsed.actor = Some((Raw::new(sender), Basis::Envelope));
    }
    let rest = after_address(text, sender);
    if rest.starts_with(b", status=expired") || rest.starts_with(b", status=force-expired") {
        parsed.role = Role::Outcome;
        parsed.outcomes.push(whole(Status::Expired));
    }
}

/// Delivery agents: `to=<r>, orig_to=<o>, relay=h[ip]:25, delay=…, dsn=2.0.0, status=sent (250 … queued as X)`.
fn delivery<'l>(parsed: &mut Parsed<'l>, text: &'l [u8]) {
    let Some(recipient) = address(text) else { return };
    let rest = after_address(text, recipient);
    let original = rest.strip_prefix(b", orig_to=").and_then(address);
    let Some(said) = after(rest, b", status=") else { return };
    let word = &said[..memchr::memchr2(b' ', b',', said).unwrap_or(said.len())];
    let Some(status) = delivery_status(word) else { return };
    parsed.role = Role::Outcome;
    parsed.outcomes.push(Happened {
        recipient: Some(Raw::new(recipient)),
        original: original.map(Raw::new),
        status,
        next: if status == Status::Sent { queued_as(said) } else { None },
    });
}

/// A probe that succeeds (`deliverable`) delivered nothing and is no outcome.
fn delivery_status(word: &[u8]) -> Option<Status> {
    match word {
        b"sent" => Some(Status::Sent),
        b"deferred" | b"SOFTBOUNCE" => Some(Status::Deferred),
        b"bounced" | b"undeliverable" => Some(Status::Bounced),
        b"expired" => Some(Status::Expired),
        _ => None,
    }
}

/// The id at the end of `(250 2.0.0 Ok: queued as 4jX8Bj2Fl6zmwjZ)`.
fn queued_as(reply: &[u8]) -> Option<&str> {
    let reply = reply.strip_suffix(b")").unwrap_or(reply);
    let id = &reply[memmem::rfind(reply, QUEUED_AS)? + QUEUED_AS.len()..];
    is_queue_id(id).then(|| ascii(id))
}

/// `reject: RCPT from host[ip]: 554 …; from=<s> to=<r> proto=ESMTP helo=<h>` and its like, and cleanup's
/// `info: header Subject: …`. What the client said is written by anybody.
fn refusal<'l>(parsed: &mut Parsed<'l>, line: &'l [u8], text: &'l [u8]) {
    let Some(Refusal { status, text: rest }) = Refusal::of(text) else { return };
    if let Some(text) = rest.strip_prefix(HEADER) {
        header(parsed, line, text);
        parsed.outcomes.extend(status.map(whole));
        return;
    }
    let Some(status) = status else { return };
    let stage = &rest[..memchr::memchr2(b' ', b':', rest).unwrap_or(rest.len())];
    if !stage.iter().all(|byte| byte.is_ascii_uppercase() || *byte == b'-') {
        // `reject: body …`: the text is not a field yet, its fate is known.
        parsed.role = Role::Outcome;
        parsed.outcomes.push(whole(status));
        return;
    }
    let tail = refused_tail(rest).map_or(&b""[..], |at| &rest[at..]);
    let recipient = after(tail, b" to=").and_then(address).filter(|recipient| !recipient.is_empty());
    let helo = after(tail, b" helo=").and_then(last_address).filter(|helo| !helo.is_empty());
    parsed.role = Role::Content;
    parsed.origin = rest[stage.len()..].strip_prefix(b" from ").and_then(bracketed_ip);
    for (name, raw) in [(FieldName::Recipient, recipient), (FieldName::Helo, helo)] {
        if let Some(raw) = raw {
            parsed.push(line, name, raw, Writer::Anybody);
        }
    }
    // A queued message is refused as a whole, `to=` being only its last recipient, unless it is the one recipient
    // of a RCPT command that is refused (access(5): HOLD and DISCARD affect all recipients).
    let one = parsed.name.is_none() || (status == Status::Rejected && stage == b"RCPT");
    parsed.outcomes.push(Happened { recipient: recipient.filter(|_| one).map(Raw::new), ..whole(status) });
}

/// What was done to a message, or a header of it, and the text after that.
struct Refusal<'l> {
    status: Option<Status>,
    text: &'l [u8],
}

impl<'l> Refusal<'l> {
    fn of(text: &'l [u8]) -> Option<Self> {
        let head = &text[..text.len().min(ACTION_BYTES_MAX + 1)];
        let (action, rest) =
            text.split_at(head.iter().position(|byte| !(byte.is_ascii_lowercase() || *byte == b'-'))?);
        Some(Self { status: refusal_status(action), text: rest.strip_prefix(b": ")? })
    }
}

/// Where the sender and the recipient begin that a refusal names, and after which the client wrote nothing but its name.
fn refused_tail(text: &[u8]) -> Option<usize> {
    rfind_sender(text)
}

fn refusal_status(action: &[u8]) -> Option<Status> {
    let by_filter = [&b"milter-"[..], b"proxy-"].iter().find_map(|filter| action.strip_prefix(*filter));
    match by_filter.unwrap_or(action) {
        b"reject" => Some(Status::Rejected),
        b"discard" => Some(Status::Discarded),
        b"hold" => Some(Status::Held),
        _ => None,
    }
}

/// An outcome of the message as a whole.
fn whole<'l>(status: Status) -> Happened<'l> {
    Happened { recipient: None, original: None, status, next: None }
}

/// What follows the first `mark`.
fn after<'l>(text: &'l [u8], mark: &[u8]) -> Option<&'l [u8]> {
    memmem::find(text, mark).map(|at| &text[at + mark.len()..])
}

/// The address that opens `text`: `<a@b>`, with quoted strings in it (RFC 5321 §4.1.2) that may hold `>`; or bare,
/// as old releases wrote it, up to a comma.
pub(super) fn address(text: &[u8]) -> Option<&[u8]> {
    let Some(inner) = text.strip_prefix(b"<") else {
        let bare = &text[..memchr::memchr2(b',', b' ', text).unwrap_or(text.len())];
        return (!bare.is_empty()).then_some(bare);
    };
    let (mut quoted, mut escaped) = (false, false);
    let end = inner.iter().position(|byte| {
        let plain = !std::mem::take(&mut escaped);
        escaped = plain && quoted && *byte == b'\\';
        quoted ^= plain && *byte == b'"';
        plain && !quoted && *byte == b'>'
    });
    // A quote that never closes is no quoted string.
    end.or_else(|| memchr::memchr(b'>', inner)).map(|end| &inner[..end])
}

/// The last attribute of a line: it ends with the line where the line ends with `>`, whatever the client wrote.
fn last_address(text: &[u8]) -> Option<&[u8]> {
    let inner = text.strip_prefix(b"<").and_then(|text| text.strip_suffix(b">"));
    inner.or_else(|| address(text))
}

/// What follows an address that [`address`] found in `text`.
fn after_address<'l>(text: &'l [u8], address: &[u8]) -> &'l [u8] {
    let brackets = if text.starts_with(b"<") { 2 } else { 0 };
    &text[address.len() + brackets..]
}

/// The address in `host[192.0.2.1]`, `unknown[IPv6:2001:db8::1]:2525`.
fn bracketed_ip(text: &[u8]) -> Option<IpAddr> {
    let inner = &text[memchr::memchr(b'[', text)? + 1..];
    let inner = &inner[..memchr::memchr(b']', inner)?];
    std::str::from_utf8(inner.strip_prefix(b"IPv6:").unwrap_or(inner)).ok()?.parse().ok()
}

const ID_BYTES_MAX: usize = 20;
/// `milter-quarantine` is the longest action there is.
const ACTION_BYTES_MAX: usize = 20;
const NO_QUEUE: &[u8] = b"NOQUEUE: ";
const HEADER: &[u8] = b"header ";
const QUEUED_AS: &[u8] = b"queued as ";

/// Daemons and commands of Postfix (master(5), postfix(1)).
const DAEMONS: [&[u8]; 36] = [
    b"anvil",
    b"bounce",
    b"cleanup",
    b"defer",
    b"discard",
    b"dnsblog",
    b"error",
    b"flush",
    b"lmtp",
    b"local",
    b"master",
    b"nqmgr",
    b"oqmgr",
    b"pickup",
    b"pipe",
    b"postdrop",
    b"postfix-script",
    b"postlogd",
    b"postqueue",
    b"postscreen",
    b"postsuper",
    b"proxymap",
    b"qmgr",
    b"qmqpd",
    b"relay",
    b"retry",
    b"scache",
    b"sendmail",
    b"showq",
    b"smtp",
    b"smtpd",
    b"tlsmgr",
    b"tlsproxy",
    b"trace",
    b"trivial-rewrite",
    b"virtual",
];
