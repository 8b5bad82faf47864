//! Logs within logs: what journald and container engines write around the line that a program wrote. What is within is
//! read as the log that it is; `container` is the smallest to copy.
//!
//! Written as systemd.journal-fields(7) with `journalctl -o json`, Docker's json-file driver, and the CRI log format of
//! Kubernetes say.

use std::borrow::Cow;

use super::spec::Framing;
use super::{Defaults, Format, Formats, Inner, ascii, json, postfix, stamp};
use crate::moment::{Moment, Tz, iso};

/// A line out of its envelope.
#[derive(Debug)]
pub struct Opened<'l> {
    /// The format of what is within.
    pub format: Format,
    /// What is within; the line itself where nothing is around it.
    pub text: Cow<'l, [u8]>,
    /// When the envelope was written, for lines that state no time.
    pub stamp: Option<Moment>,
    /// Where a byte within and all after it, up to the next place, stand in the line.
    places: Vec<(usize, usize)>,
}

impl<'l> Opened<'l> {
    fn bare(format: Format, line: &'l [u8]) -> Self {
        Self { format, text: Cow::Borrowed(line), stamp: None, places: Vec::new() }
    }

    /// Where a byte of the text stands in the line.
    pub fn place(&self, at: usize) -> usize {
        let next = self.places.partition_point(|(within, _)| *within <= at);
        let last = next.checked_sub(1).map(|last| self.places[last]);
        last.map_or(at, |(within, raw)| raw + (at - within))
    }
}

impl Formats {
    /// Takes a line out of its envelope. None: it has not the envelope of its format.
    pub fn open<'l>(&self, format: Format, line: &'l [u8]) -> Option<Opened<'l>> {
        match format {
            Format::Journal => journal(line),
            Format::Container(inner) => {
                let mut opened = container(line)?;
                opened.format = self.within(inner, &opened.text);
                Some(opened)
            }
            _ => Some(Opened::bare(self.own_format(format, line), line)),
        }
    }

    /// The format of a line by itself. An access log or lines of JSON may have those of a mail server among them, which
    /// no other line looks like: as plain text all of the envelope would be content.
    fn own_format(&self, format: Format, line: &[u8]) -> Format {
        let is_json = || self.spec(format).is_some_and(|spec| matches!(spec.framing, Framing::Json));
        let is_other = (format == Format::Clf || is_json()) && postfix::is_line(line);
        if is_other { Format::Syslog } else { format }
    }

    /// A container writes more than one log to its output: a line that is not of the usual format is recognised by itself.
    fn within(&self, inner: Inner, text: &[u8]) -> Format {
        let usual = Format::from(inner);
        let defaults = Defaults { zone: Tz::UTC, anchor: 0 };
        let is_usual = usual != Format::Plain && self.parse(usual, text, &defaults).is_some();
        if is_usual { usual } else { self.sniff_lines(text) }
    }

    /// Which envelope a line has, if any.
    pub(super) fn envelope(line: &[u8]) -> Option<Format> {
        let is_journal = || journal(line).is_some();
        let is_container = || container(line).is_some();
        if is_journal() {
            return Some(Format::Journal);
        }
        is_container().then_some(Format::Container(Inner::Plain))
    }
}

/// `{"MESSAGE":"…","SYSLOG_IDENTIFIER":"postfix/smtp","_PID":"1","_HOSTNAME":"mx1","__REALTIME_TIMESTAMP":"…"}` is the
/// line that syslog would have written of it.
fn journal(line: &[u8]) -> Option<Opened<'_>> {
    // `-o json-seq` begins each with a record separator.
    let object = line.strip_prefix(b"\x1e").unwrap_or(line);
    object.starts_with(b"{").then_some(())?;
    let (mut message, mut bytes) = (None, Vec::new());
    let (mut host, mut program, mut pid, mut at) = (&b"-"[..], &b""[..], &b""[..], None);
    let whole = json::walk(object, &mut |keys, value| match keys {
        [b"MESSAGE"] => message = Some(value),
        // What is no UTF-8 is written as numbers.
        [b"MESSAGE", b""] => bytes.extend(ascii(value).parse::<u8>()),
        [b"_HOSTNAME"] => host = value,
        [b"SYSLOG_IDENTIFIER"] => program = value,
        [b"_COMM"] if program.is_empty() => program = value,
        [b"_PID" | b"SYSLOG_PID"] if pid.is_empty() => pid = value,
        [b"__REALTIME_TIMESTAMP"] => at = ascii(value).parse::<i64>().ok(),
        _ => {}
    });
    let stamp = Moment::exact(at.filter(|_| whole)?);
    let program = if program.is_empty() { b"journal" } else { program };
    let mut text = Vec::new();
    for part in [iso(stamp.us).as_bytes(), b" ", host, b" ", program] {
        text.extend_from_slice(part);
    }
    if !pid.is_empty() {
        text.extend([b"[", pid, b"]"].concat());
    }
    text.extend_from_slice(b": ");
    let mut places = vec![(0, 0)];
    match message {
        Some(message) => unescape(message, start_in(line, message), &mut text, &mut places),
        None if bytes.is_empty() => return None,
        None => text.extend(bytes),
    }
    trim(&mut text);
    Some(Opened { format: Format::Syslog, text: Cow::Owned(text), stamp: Some(stamp), places })
}

/// `{"log":"…\n","stream":"stdout","time":"…Z"}`, or `…Z stdout F …`.
fn container(line: &[u8]) -> Option<Opened<'_>> {
    let defaults = Defaults { zone: Tz::UTC, anchor: 0 };
    let moment = |text: &[u8]| stamp::iso(text).and_then(|(stamp, _)| stamp.moment(&defaults));
    if !line.starts_with(b"{") {
        let mut words = line.splitn(4, |byte| *byte == b' ');
        let (at, stream, tag) = (words.next()?, words.next()?, words.next()?);
        let is_cri = matches!(stream, b"stdout" | b"stderr") && matches!(tag, b"F" | b"P");
        let stamp = moment(at).filter(|_| is_cri)?;
        let text = words.next().unwrap_or_default();
        let places = vec![(0, line.len() - text.len())];
        return Some(Opened { format: Format::Plain, text: Cow::Borrowed(text), stamp: Some(stamp), places });
    }
    let (mut log, mut stream, mut at) = (None, false, None);
    let whole = json::walk(line, &mut |keys, value| match keys {
        [b"log"] => log = Some(value),
        [b"stream"] => stream = matches!(value, b"stdout" | b"stderr"),
        [b"time"] => at = moment(value),
        _ => {}
    });
    let log = log.filter(|_| whole && stream)?;
    let (mut text, mut places) = (Vec::new(), Vec::new());
    unescape(log, start_in(line, log), &mut text, &mut places);
    trim(&mut text);
    Some(Opened { format: Format::Plain, text: Cow::Owned(text), stamp: at, places })
}

/// Adds what the escapes of a JSON string mean, and where it stands.
fn unescape(written: &[u8], start: usize, text: &mut Vec<u8>, places: &mut Vec<(usize, usize)>) {
    places.push((text.len(), start));
    let mut at = 0;
    while let Some(escape) = memchr::memchr(b'\\', &written[at..]).map(|skipped| at + skipped) {
        text.extend_from_slice(&written[at..escape]);
        at = escape + 2;
        match written.get(escape + 1) {
            Some(b'n') => text.push(b'\n'),
            Some(b't') => text.push(b'\t'),
            Some(b'r') => text.push(b'\r'),
            Some(b'b' | b'f') => text.push(b' '),
            Some(b'u') => {
                let (meant, len) = unicode(&written[escape..]);
                let mut encoded = [0; 4];
                text.extend_from_slice(meant.encode_utf8(&mut encoded).as_bytes());
                at = escape + len;
            }
            Some(other) => text.push(*other),
            None => {}
        }
        places.push((text.len(), start + at));
    }
    text.extend_from_slice(written.get(at..).unwrap_or_default());
}

/// `\u4e2d`, or a pair of surrogates: the character, and how many bytes were read. What is none is U+FFFD.
fn unicode(written: &[u8]) -> (char, usize) {
    let unit = |at: usize| {
        let digits = written.get(at..at + 6).filter(|digits| digits.starts_with(b"\\u"))?;
        u16::from_str_radix(ascii(&digits[2..]), 16).ok()
    };
    let Some(first) = unit(0) else { return (char::REPLACEMENT_CHARACTER, 2.min(written.len())) };
    let pair = unit(6).and_then(|second| char::decode_utf16([first, second]).next()?.ok());
    match char::from_u32(u32::from(first)) {
        Some(alone) => (alone, 6),
        None => pair.map_or((char::REPLACEMENT_CHARACTER, 6), |pair| (pair, 12)),
    }
}

/// A line within has no line end; one in its middle parts it no more than a blank does.
fn trim(text: &mut Vec<u8>) {
    let end = text.trim_ascii_end().len();
    text.truncate(end);
    text.iter_mut().filter(|byte| **byte == b'\n').for_each(|byte| *byte = b' ');
}

fn start_in(line: &[u8], piece: &[u8]) -> usize {
    piece.as_ptr().addr() - line.as_ptr().addr()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(line: &str) -> Option<(String, String)> {
        let formats = Formats::shipped();
        let format = Formats::envelope(line.as_bytes())?;
        let opened = formats.open(format, line.as_bytes())?;
        Some((formats.name(opened.format).to_owned(), String::from_utf8_lossy(&opened.text).into_owned()))
    }

    #[test]
    fn what_is_within_is_the_line_that_a_program_wrote() {
        let is = |format: &str, text: &str| Some((format.to_owned(), text.to_owned()));
        assert_eq!(
            opened(
                r#"{"MESSAGE":"6DE0252E68F: info: header Content-Type: x; name=\"\u540d\u518a.csv\" from local","SYSLOG_IDENTIFIER":"postfix/cleanup","_PID":"12","_HOSTNAME":"mx1","__REALTIME_TIMESTAMP":"1795305138125000"}"#
            ),
            is(
                "syslog",
                "2026-11-21T23:52:18.125000Z mx1 postfix/cleanup[12]: 6DE0252E68F: info: header Content-Type: x; name=\"名冊.csv\" from local"
            )
        );
        assert_eq!(
            opened(r#"{"MESSAGE":[65,66,10],"_COMM":"cat","__REALTIME_TIMESTAMP":"1795305138000000"}"#),
            is("syslog", "2026-11-21T23:52:18Z - cat: AB")
        );
        let access = r#"192.0.2.7 - wang [21/Nov/2026:23:52:18 +0000] "GET /a HTTP/1.1" 200 5 "-" "x""#;
        let docker = format!(
            r#"{{"log":"{}\n","stream":"stdout","time":"2026-11-21T23:52:18.5Z"}}"#,
            access.replace('"', "\\\"")
        );
        assert_eq!(opened(&docker), is("nginx", access));
        assert_eq!(opened(&format!("2026-11-21T23:52:18.5Z stdout F {access}")), is("nginx", access));
        assert_eq!(opened("2026-11-21T23:52:18.5Z stderr P hi"), is("plain", "hi"));
    }

    #[test]
    fn most_lines_decide_whether_a_log_has_an_envelope() {
        let wrapped = r#"{"log":"hi\n","stream":"stdout","time":"2026-11-21T23:52:18Z"}"#;
        let sniffed = |head: &str| Formats::shipped().sniff(head.as_bytes());
        let own = Format::Container(Inner::Plain);
        assert_eq!(sniffed(&format!("cut off\n{wrapped}\n{wrapped}\n")), own);
        assert_ne!(sniffed(&format!("hi\nhi\n{wrapped}\n")), own);
    }

    #[test]
    fn a_line_of_postfix_is_one_among_others() {
        let formats = Formats::shipped();
        let mail = "Nov  1 00:00:09 mx1 postfix/cleanup[9]: 356342A605F: info: header Subject: x from y";
        let access = r#"192.0.2.7 - - [21/Nov/2026:23:52:18 +0000] "GET /postfix/a[1]: HTTP/1.1" 200 5"#;
        let other = "Nov  1 00:00:09 mx1 dovecot: imap-login: Login: user=<a>";
        let json = formats.by_name("json").expect("a format");
        for format in [Format::Clf, json, Format::Plain] {
            let own = |line: &str| formats.open(format, line.as_bytes()).map(|opened| opened.format);
            assert_eq!(own(mail), Some(if format == Format::Plain { format } else { Format::Syslog }));
            assert_eq!([own(access), own(other)], [Some(format); 2]);
        }
    }

    #[test]
    fn what_has_no_envelope_is_none() {
        for line in [
            "",
            "{}",
            r#"{"MESSAGE":"x"}"#,
            r#"{"log":"x","level":"info"}"#,
            r#"{"log":"x","stream":"stdout""#,
            "2026-11-21T23:52:18.5Z stdout G hi",
            "2026-11-21T23:52:18Z mx1 postfix/smtp[1]: hi",
        ] {
            assert_eq!(opened(line), None, "{line}");
        }
    }

    #[test]
    fn a_byte_within_stands_where_it_was_written() {
        let line = br#"{"log":"a\"b\u4e2d\ud83d\ude00c\n","stream":"stdout","time":"2026-11-21T23:52:18Z"}"#;
        let opened = container(line).expect("an envelope");
        assert_eq!(&*opened.text, "a\"b中😀c".as_bytes());
        let place = |wanted: u8| {
            let at = opened.text.iter().position(|byte| *byte == wanted).expect("a byte within");
            line[opened.place(at)]
        };
        assert_eq!([place(b'a'), place(b'b'), place(b'c')], *b"abc");
        let cut = container(br#"{"log":"\ud83dx\u12","stream":"stdout"}"#).expect("an envelope");
        assert_eq!(&*cut.text, "\u{fffd}x\u{fffd}12".as_bytes());
    }
}
