//! Opaque tokens of lines of unknown meaning: queue ids, message ids, UUIDs, trace ids. Never personal data, though
//! some pass every checksum: on 333,624 lines of public logs all 16 checksum-valid identity numbers were Postfix
//! queue ids. A known format has told content from ids before; this is the guard where no format did.

use std::ops::Range;

use crate::hit::Reason;

/// Digits of the size of an answer: below a terabyte.
const SIZE_DIGITS_MAX: usize = 12;

/// How far back and forth a token is looked at, in characters: a message id is rarely longer.
const TOKEN_CHARS_MAX: usize = 200;

/// Words after which an id follows, directly or after `=`, `:`, a blank, a quote or `<`.
const ID_KEYS: &[&str] = &[
    "queued as",
    "queue_id",
    "queueid",
    "orig_queue_id",
    "queue-id",
    "qid",
    "message-id",
    "messageid",
    "msgid",
    "message_id",
    "in-reply-to",
    "references",
    "resent-message-id",
    "mail_id",
    "trace_id",
    "traceid",
    "span_id",
    "spanid",
    "request_id",
    "requestid",
    "request-id",
    "x-request-id",
    "correlation_id",
    "correlation-id",
    "etag",
    "sha1",
    "sha256",
    "md5",
    "checksum",
    "hash",
    "nonce",
    "inode",
    "blk",
    "epoch",
    "timestamp",
    "bytes",
    "size",
    "offset",
    "content-length",
    "bytes_sent",
    "body_bytes_sent",
    "length",
    "duration",
    "elapsed",
    "epoch_ms",
    "ts",
    "mtime",
    "iat",
    "exp",
    "nbf",
    "expires",
    "uuid",
    "guid",
    "sha",
    "sha512",
    "crc32",
    "digest",
    "if-none-match",
    "session_id",
    "sessionid",
    "session",
    "transaction_id",
    "txid",
    "job_id",
    "task_id",
    "thread_id",
    "req_id",
    "x-amz-request-id",
    "x-amz-id-2",
    "traceparent",
    "parent_id",
    "commit",
    "pid",
    "nrcpt",
    "internalmessageid",
];

/// The last letters of these.
const ENDS_OF_KEYS: [bool; 256] = {
    let (mut ends, mut at) = ([false; 256], 0);
    while at < ID_KEYS.len() {
        let key = ID_KEYS[at].as_bytes();
        ends[key[key.len() - 1] as usize] = true;
        at += 1;
    }
    ends
};

/// Words with which Postfix goes on after a queue id.
const AFTER_QUEUE_ID: &[&str] = &[
    "from=",
    "to=",
    "client=",
    "message-id=",
    "uid=",
    "removed",
    "reject",
    "warning:",
    "hold:",
    "replace:",
    "info:",
];

/// Programs that begin a line with the queue id of Postfix, and no process number.
const FILTERS: &[&str] =
    &["opendkim", "opendmarc", "amavis", "spamd", "clamsmtpd", "policyd", "postsrsd", "milter", "rspamd"];

/// Ends of files that a build names by their hash. A picture or a document may be named after a person.
const ASSETS: &[&str] =
    &[".js", ".css", ".map", ".mjs", ".woff", ".woff2", ".ttf", ".chunk", ".bundle", ".min"];

/// Why the value at `range` of a folded text is an id or part of one; none where it is not.
pub(super) fn reason(text: &[u8], range: Range<usize>) -> Option<Reason> {
    if is_queue_id(text, &range) {
        Some(Reason::QueueId)
    } else if is_in_uuid(text, &range) {
        Some(Reason::Uuid)
    } else if is_in_message_id(text, range.start) {
        Some(Reason::MessageId)
    } else if has_id_key(text, range.start) {
        Some(Reason::ItsKey)
    } else if is_in_hash(text, &range) {
        Some(Reason::Hash)
    } else if is_asset(text, &range) {
        Some(Reason::AssetName)
    } else if is_size(text, &range) {
        Some(Reason::ResponseSize)
    } else {
        None
    }
}

/// `postfix/qmgr[7]: A984547489: from=<…>`.
fn is_queue_id(text: &[u8], range: &Range<usize>) -> bool {
    let Some(rest) = text[range.end..].strip_prefix(b": ") else { return false };
    let before = &text[..range.start];
    let program = before.strip_suffix(b": ").unwrap_or_default();
    let is_filter = |name: &&str| program.to_ascii_lowercase().ends_with(name.as_bytes());
    before.ends_with(b"]: ")
        || AFTER_QUEUE_ID.iter().any(|word| starts_with(rest, word))
        || FILTERS.iter().any(is_filter)
}

/// Hex digits in groups, sixteen and more beside the value, with letters of lower case among them: people write no
/// such groups, and identity numbers have letters of upper case.
fn is_in_hash(text: &[u8], range: &Range<usize>) -> bool {
    let is_part = |byte: &&u8| byte.is_ascii_hexdigit() || matches!(byte, b'-' | b':');
    let back = text[..range.start].iter().rev().take(TOKEN_CHARS_MAX).take_while(is_part).count();
    let forth = text[range.end..].iter().take(TOKEN_CHARS_MAX).take_while(is_part).count();
    let beside = || text[range.start - back..range.start].iter().chain(&text[range.end..range.end + forth]);
    let digits = beside().filter(|byte| byte.is_ascii_hexdigit()).count();
    digits >= 16 && beside().any(u8::is_ascii_lowercase)
}

/// `app.0912345678.js`: a part of a file name that a build gave.
fn is_asset(text: &[u8], range: &Range<usize>) -> bool {
    let rest = &text[range.end..];
    let is_end =
        |end: &&str| starts_with(rest, end) && !rest.get(end.len()).is_some_and(u8::is_ascii_alphanumeric);
    matches!(text[..range.start].last(), Some(b'.' | b'-' | b'_' | b'/')) && ASSETS.iter().any(is_end)
}

/// `HTTP/1.1" 304 15508357`: what a server sent, in bytes. A parameter of the request is no keyword of it, and one number of
/// eight digits in five is a 統一編號. A mobile number begins as no size does, and a card is longer than any.
fn is_size(text: &[u8], range: &Range<usize>) -> bool {
    let is_number = text[range.clone()].iter().all(u8::is_ascii_digit)
        && text[range.start] != b'0'
        && range.len() <= SIZE_DIGITS_MAX;
    let Some((before, [b'"', b' ', status @ .., b' '])) = text[..range.start].split_last_chunk::<6>() else {
        return false;
    };
    let request = before.strip_suffix(b"\\").unwrap_or(before);
    let protocol = request.rsplit(|byte| *byte == b' ').next().unwrap_or_default();
    is_number && status.iter().all(u8::is_ascii_digit) && starts_with(protocol, "http/")
}

/// Eight, four, four, four and twelve hex digits around it.
fn is_in_uuid(text: &[u8], range: &Range<usize>) -> bool {
    const LEN: usize = 36;
    // Few values stand in so long a token of its letters.
    let is_part = |byte: &&u8| byte.is_ascii_hexdigit() || **byte == b'-';
    let back = text[..range.start].iter().rev().take(LEN).take_while(is_part).count();
    let forth = text[range.start..].iter().take(LEN).take_while(is_part).count();
    if back + forth < LEN {
        return false;
    }
    let first = (range.start + 1).saturating_sub(LEN);
    let is_uuid = |token: &[u8]| {
        token.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
    };
    (first..=range.start).any(|start| text.get(start..start + LEN).is_some_and(is_uuid))
}

/// `message-id=<A247201984.0@host>`: the token begins with `<` and an id key stands before it.
fn is_in_message_id(text: &[u8], at: usize) -> bool {
    let back = text[..at].iter().rev().take(TOKEN_CHARS_MAX);
    let len = back.take_while(|byte| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>' | b',')).count();
    let open = at - len;
    open > 0 && text[open - 1] == b'<' && has_id_key(text, open - 1)
}

/// An id key stands directly before `at`, whole.
fn has_id_key(text: &[u8], at: usize) -> bool {
    let gap = text[..at].iter().rev().take(6);
    let end = at
        - gap
            .take_while(|byte| matches!(byte, b'=' | b':' | b' ' | b'"' | b'\'' | b'<' | b'_' | b'\\'))
            .count();
    let Some(last) = text[..end].last().map(u8::to_ascii_lowercase).filter(|_| end < at) else {
        return false;
    };
    ENDS_OF_KEYS[usize::from(last)]
        && ID_KEYS.iter().any(|key| {
            key.as_bytes().last() == Some(&last)
                && end >= key.len()
                && text[end - key.len()..end].eq_ignore_ascii_case(key.as_bytes())
                && !text[..end - key.len()].last().is_some_and(u8::is_ascii_alphanumeric)
        })
}

fn starts_with(text: &[u8], word: &str) -> bool {
    text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, opaque: bool) {
        let values = ["A123456789", "0912345678", "1550835700", "4111111111111111"];
        let found = values.iter().find_map(|value| text.find(value).map(|at| at..at + value.len())).unwrap();
        assert_eq!(reason(text.as_bytes(), found).is_some(), opaque, "{text}");
    }

    #[test]
    fn ids_of_the_machine_are_opaque() {
        check("mx1 postfix/qmgr[7]: A123456789: from=<a@b>, size=1", true);
        check("postfix/qmgr 7 - - 0912345678: removed", true);
        check("status=sent (250 2.0.0 Ok: queued as A123456789)", true);
        check("message-id=<A123456789.0@host>", true);
        check("Message-ID: <x.0912345678.0@host>", true);
        check(r#"{"trace_id":"A123456789"}"#, true);
        check("11111111-1111-4111-8111-110912345678", true);
        check("etag: \"0912345678-5f3a\"", true);
        check("id 5f3a9c01de-0912345678-7be3a01f", true);
        check("GET /assets/app.0912345678.js HTTP/1.1", true);
        check("opendkim: A123456789: DKIM-Signature field added", true);
        check("\"GET /?ubn=1 HTTP/1.1\" 200 1550835700 \"-\"", true);
        check(r#""GET /?ubn=1 HTTP/2\" 304 1550835700 \"-"#, true);
    }

    #[test]
    fn values_beside_ids_are_not() {
        check("to=<A123456789@host>", false);
        check("身分證: A123456789: ok", false);
        check("message-id=<1@host> phone 0912345678", false);
        check("resize=A123456789", false);
        check("A123456789-B202810446-C182455340", false);
        check("GET /photos/A123456789.png HTTP/1.1", false);
        check("0912345678.json", false);
        check("\"王小明\" 200 1550835700", false);
        check("\"GET /?ubn=1 HTTP/1.1\" 200 15 1550835700", false);
        check("\"GET /?phone=1 HTTP/1.1\" 200 0912345678", false);
        check("\"GET /?id=1 HTTP/1.1\" 200 A123456789", false);
        check("\"GET /?card=1 HTTP/1.1\" 200 4111111111111111", false);
    }
}
