//! Header lines of Postfix's cleanup: what the sender wrote into a message.

use memchr::memmem;

use super::Parsed;
use super::postfix::address;
use crate::event::{Basis, Role};
use crate::mask::Raw;
use crate::record::{FieldName, Writer};

/// What stands in a line with To or Cc. Such a line holds addresses and nothing else by which it would be a candidate.
pub const ADDRESSEES: [&[u8]; 2] = [b"header To:", b"header Cc:"];

/// Bytes of a header, its name included, that cleanup logs at most (Postfix 3.7: `%.200s`; measured). A header of just
/// so many is taken to be cut off.
const LOGGED_BYTES_MAX: usize = 200;

/// Reads `Subject: … from host[ip]; from=<s> to=<r> proto=ESMTP helo=<h>`, the text after `info: header `.
///
/// The text of the header ends at the last ` from client; from=<`, so a subject that imitates the tail only makes
/// the field longer. `replace` and `prepend` write their own text after the tail; the sender's stands before it.
pub(super) fn header<'l>(parsed: &mut Parsed<'l>, line: &'l [u8], text: &'l [u8]) {
    parsed.role = Role::Content;
    let (text, tail) = text.split_at(content_end(text));
    parsed.actor = envelope_sender(tail).map(|sender| (Raw::new(sender), Basis::Envelope));
    let Some(colon) = memchr::memchr(b':', text) else { return };
    let (name, value) = (&text[..colon], trim_start(&text[colon + 1..]));
    if name.eq_ignore_ascii_case(b"Subject") && !value.is_empty() {
        parsed.push(line, FieldName::Subject, value, Writer::Sender);
        parsed.object = Some(Raw::new(value));
    } else if let Some(field) = addressees(name).filter(|_| !value.is_empty()) {
        parsed.push(line, field, value, Writer::Sender);
        parsed.fields.last_mut().expect("pushed above").cut = text.len() >= LOGGED_BYTES_MAX;
    } else if name.eq_ignore_ascii_case(b"Content-Disposition") || name.eq_ignore_ascii_case(b"Content-Type")
    {
        let Some(names) = name_parameters(value) else { return };
        parsed.push(line, FieldName::Attachment, names, Writer::Sender);
        parsed.object = first_value(names).map(Raw::new);
    }
}

/// How much of the same text may hold content: the header, if it is one that [`header`] reads.
pub(super) fn content_of_header(text: &[u8]) -> Option<usize> {
    let name = &text[..memchr::memchr(b':', text)?];
    let is = |wanted: &[u8]| name.eq_ignore_ascii_case(wanted);
    let is_read =
        is(b"Subject") || addressees(name).is_some() || is(b"Content-Disposition") || is(b"Content-Type");
    is_read.then(|| content_end(text))
}

fn addressees(name: &[u8]) -> Option<FieldName> {
    let is = |wanted: &[u8]| name.eq_ignore_ascii_case(wanted);
    if is(b"To") { Some(FieldName::To) } else { is(b"Cc").then_some(FieldName::Cc) }
}

/// Where the tail begins; the whole text where there is none (a line cut short by syslog's limit).
fn content_end(text: &[u8]) -> usize {
    let mut search = text;
    while let Some(at) = rfind_sender(search) {
        // The client holds no blank: it is `local` or `host[ip]`.
        let client = memchr::memrchr(b' ', &search[..at]).unwrap_or(0);
        if search[..client].ends_with(b" from") {
            return client - b" from".len();
        }
        search = &search[..at];
    }
    text.len()
}

/// Where the last `; from=<` stands, which is nearly always at the last semicolon.
pub(super) fn rfind_sender(text: &[u8]) -> Option<usize> {
    memchr::memrchr_iter(b';', text).find(|at| text[*at..].starts_with(b"; from=<"))
}

/// The envelope sender, from the tail: of refused and discarded mail no other line names it.
fn envelope_sender(tail: &[u8]) -> Option<&[u8]> {
    let at = memmem::find(tail, b"; from=<")?;
    address(&tail[at + b"; from=".len()..]).filter(|sender| !sender.is_empty())
}

fn trim_start(text: &[u8]) -> &[u8] {
    let blanks = text.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    &text[blanks..]
}

/// The parameters `filename…` and `name…`, from the first to the last of them in a row (RFC 2231 §3 spreads a name
/// over `filename*0=`, `filename*1=`). Cleanup writes `?` for the newline of a folded header.
fn name_parameters(value: &[u8]) -> Option<&[u8]> {
    let may_begin = |at: &usize| matches!(value[*at] | 0x20, b'f' | b'n');
    let start = (0..value.len()).find(|at| may_begin(at) && is_name(&value[*at..]))?;
    let text = &value[start..];
    let mut quoted = false;
    let end = text.iter().enumerate().position(|(at, byte)| {
        quoted ^= *byte == b'"' && text[at - usize::from(at > 0)] != b'\\';
        *byte == b';' && !quoted && !is_name(skip_fold(&text[at + 1..]))
    });
    Some(&text[..end.unwrap_or(text.len())])
}

fn skip_fold(text: &[u8]) -> &[u8] {
    let fold = text.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'?')).count();
    &text[fold..]
}

/// Whether `filename=`, `name=`, `filename*=`, `name*0*=` … begins here.
fn is_name(text: &[u8]) -> bool {
    let starts = |word: &[u8]| text.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word));
    let Some(word) = [&b"filename"[..], b"name"].into_iter().find(|word| starts(word)) else { return false };
    let rest = &text[word.len()..];
    let marks = rest.iter().take_while(|byte| matches!(byte, b'*' | b' ' | b'0'..=b'9')).count();
    rest.get(marks) == Some(&b'=') && (marks == 0 || matches!(rest[0], b'*' | b' '))
}

/// The file name of the first parameter: its value without quotes and, where the name of the parameter ends with `*`,
/// without the charset and language before it (RFC 2231 §4). The charset is not missed: escapes are read as UTF-8
/// where they are that, else as Big5, because labels lie.
fn first_value(names: &[u8]) -> Option<&[u8]> {
    let equals = memchr::memchr(b'=', names)?;
    let is_extended = names[..equals].trim_ascii_end().ends_with(b"*");
    let value = trim_start(&names[equals + 1..]);
    let value = match value.strip_prefix(b"\"") {
        Some(inner) => {
            let closes = |at: &usize| inner[*at] == b'"' && (*at == 0 || inner[*at - 1] != b'\\');
            &inner[..(0..inner.len()).find(closes).unwrap_or(inner.len())]
        }
        None => &value[..memchr::memchr(b';', value).unwrap_or(value.len())],
    };
    let value = if is_extended { after_charset(value) } else { value };
    (!value.is_empty()).then_some(value)
}

/// What follows `UTF-8''` or `big5'zh-TW'`: both tags may be empty, and neither holds a blank or an escape.
fn after_charset(value: &[u8]) -> &[u8] {
    let is_tag = |tag: &[u8]| tag.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:+".contains(byte));
    let mut parts = value.splitn(3, |byte| *byte == b'\'');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(charset), Some(language), Some(name)) if is_tag(charset) && is_tag(language) => name,
        _ => value,
    }
}
