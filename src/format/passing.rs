//! Lines of Postfix that tell only of the envelope are passed over: nine of ten of a mail server's.
//!
//! The lines of a server begin alike: with stamps of one hour, its name and `postfix/`. Where one beginning was read as a
//! prefix of syslog, those of the next lines are compared with it, eight bytes at a time, and what comes after is read
//! alone: some 250 instructions for a line of 180 bytes, a quarter of what reading the whole prefix takes.

use std::ops::Range;

use super::eight::{self, TOPS};
use super::syslog::{self, Prefix};
use super::{postfix, stamp, trim_end};

/// Beginnings that are remembered: the hosts whose lines stand in one file, roughly.
const KNOWN_MAX: usize = 4;

/// The longest beginning that is remembered.
const BEGINNING_BYTES_MAX: usize = 64;

/// The name of most of Postfix's programs begins so.
const POSTFIX: &[u8] = b"postfix/";

/// How far behind it the message begins at most: `submission/smtpd[4194304]: `.
const TAG_BYTES_MAX: usize = 48;

/// What was learned of the beginnings of lines.
#[derive(Debug, Default)]
pub struct Passing {
    known: [Option<Beginning>; KNOWN_MAX],
    oldest: usize,
    /// Which one the line before began with.
    last: usize,
}

impl Passing {
    /// What may hold content of the first line at or after `from`, which begins one, that has any, with the byte behind it,
    /// where a place may be told; and where the next line begins. Empty at the end.
    pub fn next(&mut self, bytes: &[u8], mut from: usize) -> (Range<usize>, usize) {
        while from < bytes.len() {
            let message = self.message(&bytes[from..]).map(|at| from + at);
            let rest = message.unwrap_or(from);
            let end = memchr::memchr(b'\n', &bytes[rest..]).map_or(bytes.len(), |at| rest + at);
            let next = bytes.len().min(end + 1);
            let content = match message {
                Some(message) => postfix::content(trim_end(&bytes[message..end]))
                    .map(|content| message + content.start..next.min(message + content.end + 1)),
                None => self.learn(&bytes[from..end]).map(|content| {
                    let end = if content.end == end - from { next } else { from + content.end + 1 };
                    from + content.start..end
                }),
            };
            if let Some(content) = content {
                return (content, next);
            }
            from = next;
        }
        (from..from, from)
    }

    /// Where the message begins of a text that begins like a line of Postfix.
    fn message(&mut self, text: &[u8]) -> Option<usize> {
        if !syslog::may_be_prefixed(text) {
            return None;
        }
        let fits = |nth: &usize| self.known[*nth].as_ref().is_some_and(|known| known.fits(text));
        self.last = Some(self.last).filter(fits).or_else(|| (0..KNOWN_MAX).find(fits))?;
        let len = self.known[self.last].as_ref()?.len;
        let tag = &text[len..text.len().min(len + TAG_BYTES_MAX)];
        let name = match tag.first_chunk().map(|eight| eight::letters(*eight)) {
            Some(letters) if tag[letters..].first() == Some(&b'[') => letters,
            _ => tag.iter().position(|byte| !matches!(byte, b'a'..=b'z' | b'/' | b'-'))?,
        };
        let pid = tag[name..].strip_prefix(b"[")?;
        let digits = match pid.first_chunk().map(|eight| eight::digits(*eight)) {
            Some(digits) if digits < 8 => digits,
            _ => pid.iter().position(|byte| !byte.is_ascii_digit())?,
        };
        // Blanks before the message are not looked through here.
        let [b']', b':', b' ', b'!'..=b'~', ..] = pid[digits..] else { return None };
        Some(len + name + 1 + digits + 3)
    }

    /// What of a line may hold content, by its whole prefix, which is remembered.
    fn learn(&mut self, line: &[u8]) -> Option<Range<usize>> {
        let whole = Some(0..line.len());
        if !syslog::may_be_prefixed(line) {
            return whole;
        }
        let prefix = syslog::prefix(line).filter(|prefix| postfix::is_postfix(prefix.program));
        let Some(prefix) = prefix else { return whole };
        if let Some(beginning) = Beginning::of(line, &prefix) {
            self.known[self.oldest] = Some(beginning);
            self.last = self.oldest;
            self.oldest = (self.oldest + 1) % KNOWN_MAX;
        }
        let message = prefix.message;
        let content = postfix::content(&line[message.clone()])?;
        Some(message.start + content.start..message.start + content.end)
    }
}

/// The beginning of a line, in which minutes, seconds and what comes after may be others.
#[derive(Clone, Debug)]
struct Beginning {
    len: usize,
    words: [Word; BEGINNING_BYTES_MAX / 8],
}

/// Eight bytes of it.
#[derive(Clone, Copy, Debug, Default)]
struct Word {
    /// The bytes; of digits, `0`.
    bytes: [u8; 8],
    /// 0xff where a byte is asked for, 0 beyond the beginning.
    asked: [u8; 8],
    /// What added to the difference from `bytes` reaches the top bit when it is too large.
    slack: [u8; 8],
}

impl Beginning {
    /// Of a line of syslog whose program is one of Postfix's under its usual name.
    fn of(line: &[u8], prefix: &Prefix<'_>) -> Option<Self> {
        let program = prefix.program.as_ptr().addr() - line.as_ptr().addr();
        let len = program + POSTFIX.len();
        // Of lines with a priority, or structured data, the prefix is read each time.
        let (clock, fraction) = if let Some((_, len)) = stamp::rfc3164(line) {
            (len - 8, len..len)
        } else {
            stamp::iso(line)?;
            let digits = line[20..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            (11, 20..20 + if matches!(line[19], b'.' | b',') { digits } else { 0 })
        };
        if !prefix.program.starts_with(POSTFIX) || prefix.host.is_empty() || len > BEGINNING_BYTES_MAX {
            return None;
        }
        let mut words = [Word::default(); BEGINNING_BYTES_MAX / 8];
        for (at, byte) in line[..len].iter().enumerate() {
            // Of minutes and seconds the tens and the rest.
            let digits = match at.wrapping_sub(clock) {
                3 | 6 => Some(5),
                4 | 7 => Some(9),
                _ => fraction.contains(&at).then_some(9),
            };
            let word = &mut words[at / 8];
            word.bytes[at % 8] = if digits.is_some() { b'0' } else { *byte };
            word.asked[at % 8] = 0xff;
            word.slack[at % 8] = 0x7f - digits.unwrap_or(0);
        }
        Some(Self { len, words })
    }

    fn fits(&self, text: &[u8]) -> bool {
        let (eights, words) = (text.as_chunks::<8>().0, &self.words[..self.len.div_ceil(8)]);
        eights.len() >= words.len() && words.iter().zip(eights).all(|(word, eight)| word.fits(*eight))
    }
}

impl Word {
    fn fits(&self, eight: [u8; 8]) -> bool {
        let number = u64::from_le_bytes;
        let differs = (number(eight) ^ number(self.bytes)) & number(self.asked);
        (((differs & !TOPS) + number(self.slack)) | differs) & TOPS == 0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LINES: &[&str] = &[
        "Nov  1 00:00:00 mx1 postfix/smtpd[64519]: connect from unknown[36.39.93.6]",
        "Nov 11 09:59:59 mx1 postfix/smtpd[64519]: 356342A605F: client=mx14.example.tw[10.8.26.87]",
        "Nov  1 00:00:09 mx1 postfix/qmgr[9]: 356342A605F: removed",
        "Nov  1 00:00:09 mx1 postfix/qmgr[9]: 356342A605F: removed\r",
        "Nov  1 00:00:09 mx1 postfix/cleanup[9]: 356342A605F: warning: header Subject: x from y",
        "Nov  1 00:00:09 mx1 postfix/smtpd[9]: NOQUEUE: reject: RCPT from x",
        "Nov  1 00:00:09 mx1 postfix/smtpd[9]: NOQUEUE: reject: RCPT from x: 550; from=<a@b.c> to=<d@e.f> helo=<g>",
        "2026-11-01T00:00:00.153114+08:00 mx2 postfix/smtpd[40960]: connect from mx4.example[163.11.12.253]",
        "2026-11-01T00:00:00.273059+08:00 mx2 postfix/submission/smtpd[1]: 4kD1m51T7QszLrx: client=x[1.2.3.4]",
        "2026-11-01T00:00:00Z mx2 postfix/smtp[1]: 4kD1m51T7QszLrx: to=<a@b.c>, status=sent (250 ok)",
        "2026-11-01T00:00:00Z mx2 dovecot: imap-login: Login: user=<a>",
        "<22>Nov  1 00:00:09 mx1 postfix/qmgr[9]: 356342A605F: removed",
        "<22>1 2026-11-01T00:00:00Z mx2 postfix/smtp 9 - - 356342A605F: removed",
        "36.39.9.42 - - [01/Nov/2026:00:00:00 +0800] \"GET / HTTP/2.0\" 302 18166",
        "Nov  1 00:00:09 mx1 postfix/qmgr[9]:  356342A605F: removed",
        "Nov  1 00:00:09 mx1 postfix/qmgr[9]: ",
        "Nov  1 00:00:60 mx1 postfix/qmgr: 356342A605F: x",
        "",
    ];

    /// What may hold content of each line, by its whole prefix.
    fn slowly(bytes: &[u8]) -> Vec<Range<usize>> {
        let mut from = 0;
        let lines = bytes.split_inclusive(|byte| *byte == b'\n').map(|line| {
            from += line.len();
            from - line.len()..from
        });
        let content = |line: Range<usize>| {
            let text = &bytes[line.clone()];
            let content = Passing::default().learn(text.strip_suffix(b"\n").unwrap_or(text))?;
            Some(line.start + content.start..line.end.min(line.start + content.end + 1))
        };
        lines.filter_map(content).collect()
    }

    fn check(bytes: &[u8]) {
        let (mut passing, mut found, mut from) = (Passing::default(), Vec::new(), 0);
        while from < bytes.len() {
            let (content, next) = passing.next(bytes, from);
            from = next;
            found.extend(Some(content).filter(|content| !content.is_empty()));
        }
        assert_eq!(found, slowly(bytes), "{}", String::from_utf8_lossy(bytes));
    }

    #[test]
    fn lines_of_the_envelope_are_passed_over() {
        let text = LINES.join("\n");
        let found = slowly(text.as_bytes()).len();
        assert_eq!(found, 4);
        check(text.as_bytes());
        check(format!("{text}\n{text}").as_bytes());
    }

    proptest! {
        #[test]
        fn what_was_remembered_says_what_the_whole_prefix_says(
            lines in proptest::collection::vec((0..LINES.len(), 0..80_usize, any::<u8>(), 0..4_u8), 1..12),
        ) {
            let mut text = Vec::new();
            for (nth, at, byte, how) in lines {
                let mut line = LINES[nth].as_bytes().to_vec();
                if at < line.len() {
                    match how {
                        0 => line[at] = byte,
                        1 => line[at] = b'0' + byte % 10,
                        2 => line.truncate(at),
                        _ => {}
                    }
                }
                text.extend(line);
                text.push(b'\n');
            }
            check(&text);
        }
    }
}
