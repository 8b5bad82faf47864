//! The first pass over a block: at which bytes may there be anything at all?
//!
//! It splits no lines and decides nothing. It must never be silent where a rule could find something, in any view;
//! a test feeds it every carrier. It may be generous, and is made so that the dates, times and addresses at the
//! head of every log line are none: `2026-11-22 09:04` is ten digits once separators are skipped.

/// Digits of the shortest run that is a candidate by itself: two letters and eight digits are the shortest value.
const RUN_DIGITS: usize = 8;

/// Digits of the shortest value that is written in groups: a mobile number.
const MOBILE_DIGITS: usize = 10;

/// Digits of the shortest fixed line.
const LANDLINE_DIGITS: usize = 9;

/// Digits of the shortest card number.
const CARD_DIGITS: usize = 13;

/// Digits of the shortest account, and of an international one that stand together in fours at least.
const ACCOUNT_DIGITS: usize = 10;

/// Digits of each half of a post-office account, and of each date with its check digit in a machine-readable zone.
const HALF_DIGITS: usize = 7;

/// Bytes between the halves of a post-office account.
const HALF_GAP_MAX: usize = 24;

/// What a byte may begin.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Start {
    Nothing,
    Digit,
    /// `=?`, `=E5=A7`, `=` at a line's end, `%41`, `\x41`, `\345`, `\u0041`, `&#65;`.
    Mark,
    /// A group of base64 that may stand for three characters of a number.
    Base64,
    /// Half of an ASCII character in UTF-16.
    Null,
    /// `@`.
    At,
    /// A lead byte of full-width and invisible characters, in UTF-8 or in Big5.
    Wide,
}

const STARTS: [Start; 256] = starts();

const fn starts() -> [Start; 256] {
    let mut table = [Start::Nothing; 256];
    let mut digit = b'0';
    while digit <= b'9' {
        table[digit as usize] = Start::Digit;
        digit += 1;
    }
    let mut letter = b'I';
    while letter <= b'O' {
        table[letter as usize] = Start::Base64;
        letter += 1;
    }
    table[0] = Start::Null;
    table[b'@' as usize] = Start::At;
    let (marks, wides) = (b"=%\\&", [0xa1, 0xa2, 0xc2, 0xe2, 0xe3, 0xef]);
    let mut at = 0;
    while at < marks.len() {
        table[marks[at] as usize] = Start::Mark;
        at += 1;
    }
    at = 0;
    while at < wides.len() {
        table[wides[at] as usize] = Start::Wide;
        at += 1;
    }
    table
}

/// Offsets at which a run of digits or a mark begins, ascending.
pub(super) fn candidates(bytes: &[u8]) -> Runs<'_> {
    Runs { bytes, at: 0 }
}

/// What [`candidates`] found.
pub(super) struct Runs<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl Iterator for Runs<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        loop {
            let skipped =
                self.bytes[self.at..].iter().position(|&byte| STARTS[byte as usize] != Start::Nothing)?;
            let at = self.at + skipped;
            let (hit, len) = match STARTS[self.bytes[at] as usize] {
                Start::Digit => run(&self.bytes[at..]),
                Start::Mark => (is_mark(&self.bytes[at..]), 1),
                Start::Base64 => (is_base64(self.bytes, at), 1),
                Start::Null => nulls(&self.bytes[at..]),
                Start::At => (is_content_address(self.bytes, at), 1),
                Start::Wide | Start::Nothing => (is_wide(self.bytes, at), 1),
            };
            self.at = at + len;
            if hit {
                return Some(at);
            }
        }
    }
}

/// Whether a value may begin with the run of digits at the front, and the length of the run.
fn run(bytes: &[u8]) -> (bool, usize) {
    let len = bytes.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(bytes.len());
    let begins = |with: &[u8]| bytes.starts_with(with);
    let hit = len >= RUN_DIGITS
        || (begins(b"09") || begins(b"886") || begins(b"00886")) && grouped(bytes, MOBILE_DIGITS, b"-. ()+")
        // Points and pluses apart: `05.692635+00:00` is the end of every stamp of that second.
        || is_area(bytes) && [&b"-. ()"[..], b"-+ ()"].iter().any(|with| grouped(bytes, LANDLINE_DIGITS, with))
        || bytes.get(len) == Some(&b'-') && grouped(bytes, ACCOUNT_DIGITS, b"-")
        || len == 4 && (grouped(bytes, CARD_DIGITS, b"- +") || is_in_fours(bytes))
        || matches!(len, 6 | HALF_DIGITS) && is_pair(bytes, len);
    (hit, len)
}

/// The first digits of a fixed line or a service: those of most months and days are none (`02-11-2026 09:04`).
fn is_area(bytes: &[u8]) -> bool {
    match bytes {
        [b'0', b'2'..=b'8', rest @ ..] => {
            let next = rest.iter().find(|byte| !matches!(byte, b'-' | b'.' | b' ' | b'(' | b')'));
            next.is_none_or(|next| matches!(next, b'2'..=b'9') || rest.first() == Some(&b'0'))
        }
        _ => false,
    }
}

/// Four digits, four digits and two, with one blank or hyphen between.
fn is_in_fours(bytes: &[u8]) -> bool {
    let is_part = |(at, byte): (usize, &u8)| {
        if at % 5 == 4 { *byte == bytes[4] && matches!(byte, b' ' | b'-') } else { byte.is_ascii_digit() }
    };
    bytes.get(..12).is_some_and(|start| start.iter().enumerate().all(is_part))
}

/// The two halves of a post-office account, with words between; or two dates of a machine-readable zone, with the sex.
fn is_pair(bytes: &[u8], len: usize) -> bool {
    let half = |bytes: &[u8]| match bytes.iter().take_while(|byte| byte.is_ascii_digit()).count() {
        HALF_DIGITS => true,
        6 => matches!(bytes[6..], [b'-', last, ..] if last.is_ascii_digit()),
        _ => false,
    };
    if !half(bytes) {
        return false;
    }
    let rest = &bytes[HALF_DIGITS + usize::from(len < HALF_DIGITS)..];
    let gap = rest.iter().take(HALF_GAP_MAX).position(u8::is_ascii_digit);
    gap.is_some_and(|gap| half(&rest[gap..]))
}

/// Whether so many digits follow when separators are skipped, of which three may stand together (`) (0`).
fn grouped(bytes: &[u8], digits_min: usize, separators: &[u8]) -> bool {
    let (mut digits, mut between) = (0, 0);
    for byte in bytes {
        if byte.is_ascii_digit() {
            (digits, between) = (digits + 1, 0);
        } else if between < 3 && separators.contains(byte) {
            between += 1;
        } else {
            return false;
        }
        if digits == digits_min {
            return true;
        }
    }
    false
}

/// How far a local part is looked at.
const LOCAL_BYTES_MAX: usize = 64;

/// Keys of envelope addresses that are written without brackets.
const ENVELOPE_KEYS: [&[u8]; 6] = [b"username=", b"user=", b"from=", b"to=", b"sender=", b"rcpt="];

/// Whether an e-mail address around this `@` may be content. Every line of a mail log has addresses: `from=<a@b>`,
/// `message-id=<1@host>`, `sasl_username=a@b`, `imap(a@b)`. So an address is a candidate only where none of these stand
/// before it; in a log of Postfix this leaves those of subjects.
fn is_content_address(bytes: &[u8], at: usize) -> bool {
    let is_local = |byte: &&u8| byte.is_ascii_alphanumeric() || b"._%+-".contains(byte);
    let len = bytes[..at].iter().rev().take(LOCAL_BYTES_MAX).take_while(is_local).count();
    let is_domain = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    let mut domain = bytes[at + 1..].iter().take(LOCAL_BYTES_MAX).take_while(is_domain);
    if len == 0 || !domain.any(|byte| *byte == b'.') {
        return false;
    }
    let before = &bytes[..at - len];
    match before {
        [.., b'=' | b',', b'<'] => false,
        [.., letter, b'('] => !letter.is_ascii_alphabetic(),
        [.., b'='] => !ENVELOPE_KEYS.iter().any(|key| before.ends_with(key)),
        _ => true,
    }
}

fn is_mark(bytes: &[u8]) -> bool {
    match *bytes {
        // A soft break that lies within a field is a mark too.
        [b'=', b'?' | b'\n', ..] | [b'=', b'\r', b'\n', ..] | [b'&', b'#', ..] => true,
        [b'\\', first @ b'0'..=b'3', second, third, ..] => {
            [first, second, third].iter().all(|digit| matches!(digit, b'0'..=b'7'))
        }
        // An escaped escape.
        [b'\\', b'\\', next, ..] => matches!(next, b'u' | b'x' | b'0'..=b'3'),
        [b'%', high, low, ..] | [b'\\', b'x' | b'X', high, low, ..] => {
            high.is_ascii_hexdigit() && low.is_ascii_hexdigit()
        }
        [b'\\', b'u', ..] => bytes[2..].iter().take(4).filter(|digit| digit.is_ascii_hexdigit()).count() == 4,
        // The blank of HTML may stand within a number.
        [b'&', ..] => bytes.starts_with(b"&amp;#") || bytes.starts_with(b"&nbsp;"),
        // Two escapes of quoted-printable, or one and the second half of a Big5 character between them.
        [b'=', _, _, b'@'..=b'~', ..] => is_escape(bytes) && is_escape(&bytes[4..]),
        [b'=', _, _, ..] => is_escape(bytes) && is_escape(&bytes[3..]),
        _ => false,
    }
}

/// Whether bytes begin with `=E5`.
fn is_escape(bytes: &[u8]) -> bool {
    matches!(*bytes, [b'=', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit())
}

/// Letters of the shortest run of base64 that is decoded.
const BASE64_LETTERS: usize = 24;

/// Whether two groups of four letters, of a run that is long enough, may stand for six characters of a number. Runs
/// without regard to what they hold are in nearly every line: message ids, hashes and paths. But of eight characters
/// of a value at least two groups hold nothing else, and digits and the separators among them (20 to 39 hex) leave so
/// few letters that a group passes by chance once in six hundred times.
fn is_base64(bytes: &[u8], at: usize) -> bool {
    let is_group = |group: &[u8]| {
        matches!(
            group,
            [
                b'I'..=b'O',
                b'C' | b'D' | b'S' | b'T' | b'i' | b'j' | b'y' | b'z',
                b'A' | b'E' | b'I' | b'M' | b'Q' | b'U' | b'Y' | b'c' | b'g' | b'k' | b'o' | b's' | b'w'
                | b'0' | b'4' | b'8',
                b'g'..=b'z' | b'0'..=b'5',
            ]
        )
    };
    let Some((one, two)) = bytes.get(at..at + 8).map(|groups| groups.split_at(4)) else { return false };
    is_group(one) && is_group(two) && {
        let is_letter =
            |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_');
        let before = bytes[..at].iter().rev().take(BASE64_LETTERS).take_while(is_letter).count();
        let after = bytes[at..].iter().take(BASE64_LETTERS).take_while(is_letter).count();
        before + after >= BASE64_LETTERS
    }
}

/// Whether a NUL stands at every other byte, three times, and how far such a run goes in its line. What is none may
/// hide no mark behind a NUL.
fn nulls(bytes: &[u8]) -> (bool, usize) {
    let is_half = |pair: &&[u8]| matches!(**pair, [0, 1..=9 | 11..=255] | [0]);
    let pairs = bytes.chunks(2).take_while(is_half).count();
    if pairs >= 3 { (true, (2 * pairs).min(bytes.len())) } else { (false, 1) }
}

/// Full-width digits and letters, and what stands unseen or as a separator between digits.
fn is_wide(bytes: &[u8], at: usize) -> bool {
    let after_digit = || at.checked_sub(1).is_some_and(|before| bytes[before].is_ascii_digit());
    match bytes[at..] {
        // Full-width digits in UTF-8 and in Big5 (in UTF-8 text the latter is now and then a Chinese character);
        // characters without width.
        [0xef, 0xbc, 0x90..=0x99, ..]
        | [0xa2, 0xaf..=0xb8, ..]
        | [0xe2, 0x80, 0x8b..=0x8d, ..]
        | [0xe2, 0x81, 0xa0, ..] => true,
        // Invisible hyphen, blank that does not break, byte order mark, dashes, minus, full-width brackets and
        // points, wide blank; in Big5 the row of all separators.
        [0xc2, 0xad | 0xa0, ..]
        | [0xef, 0xbb, 0xbf, ..]
        | [0xe2, 0x80, 0x90..=0x95, ..]
        | [0xe2, 0x88, 0x92, ..]
        | [0xef, 0xbc, 0x88..=0x8e, ..]
        | [0xe3, 0x80, 0x80, ..]
        | [0xa1, ..] => after_digit(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, at: &[usize]) {
        assert_eq!(candidates(text.as_bytes()).collect::<Vec<_>>(), at, "{text}");
    }

    #[test]
    fn runs_groups_and_marks_are_candidates() {
        check("id A123456789\nx", &[4]);
        check("x AB12345678", &[4]);
        check("tel 0912-345-678", &[4]);
        check("tel +886 (0)912 345 678", &[5]);
        check("4111 1111 1111 1111", &[0, 5]);
        check("tel 02-2713-8546 (02)2713-8546 +886-2-2713-8546", &[4, 18, 21, 26, 32]);
        check("035-884938 0800-123-456 0826-62075", &[0, 11, 24]);
        check("GB82 WEST 1234 5698 7654 32", &[10, 15]);
        check("123-456-789012 0000 1234 5678", &[0, 15]);
        check("局號 0001234 帳號 0123456 000123-4, 012345-6", &[7, 22, 30]);
        check("C01X00T478D<<6408125F2702283<<<<<<<<<<<<<<<4", &[13]);
        check("=?utf-8?B?x?= %E5 \\xE5 \\u8eab &#36523;", &[0, 14, 18, 23, 30]);
        check(r"\345 \2024 \\u8eab &nbsp; &amp;#1 &amp;x", &[0, 5, 11, 12, 19, 26]);
        check("=E5=A7 =A9m=A6W a=\n a=10&b=20", &[0, 7, 17]);
        check("0912+345+678", &[0]);
        check("id\x001\x002\x003\x00x", &[2]);
        check("\0=?x?= \0\0%E5", &[1, 9]);
        check("０９", &[0, 3]);
        check("A1234\u{200b}56789", &[5]);
        check("header Subject: a.b@c.d \"x@y.z\" email=a@b.c ?m=a@b.c <a@b.c>", &[19, 26, 39, 48, 55]);
    }

    #[test]
    fn a_number_in_base64_is_a_candidate_wherever_it_stands() {
        for number in ["A123456789", "AB12345678", "0912-345-678", "0912 345 678", "4111 1111 1111 1111"] {
            for before in ["", "x", "xy", "身分證", "姓名x"] {
                let run = data_encoding::BASE64.encode(format!("{before}{number} of some text").as_bytes());
                assert!(candidates(run.as_bytes()).next().is_some(), "{before}{number}");
            }
        }
    }

    #[test]
    fn the_heads_of_log_lines_are_none() {
        check("2026-11-22 09:04:05 192.168.100.200 GET /a=b?c 200 1234567", &[]);
        check("2026-11-22T09:04:05.123456+08:00 mx1 postfix/smtpd[12345]: 4F00000A: ", &[]);
        check("2026-11-22T09:04:05.692635+00:00 mx1 postfix/smtpd[12345]: 4F00000A: ", &[]);
        check("message-id=<CAFQZGXn4dZ8fKx0T3q7uVbWm1LpHs9oYcRe2-x@mail.example>", &[]);
        check("/static/javascripts/application/Main/controller/INSTANCE", &[]);
        check("\x00\x00\x00\x00 C:\\new\\users id=A1234 k=", &[]);
        check(
            "from=<a@b.c>, to=<c@d.e>, message-id=<1.2@h.i> sasl_username=a@b.c imap(a@b.c)<7>: logged in @ x.y ftpd: (wang@localhost)",
            &[],
        );
        check("02-11-2026 09:04:05 x=1234567 2026-04-22 07:08:09.123", &[]);
        check("10.0.0.1 - - [22/Nov/2026:09:04:05 +0800] \"GET / HTTP/1.1\" 200 53 100%", &[]);
    }

    #[test]
    fn every_line_of_utf_16_is_a_candidate() {
        let text = "x id A123456789\nid F131104093\n";
        let little: Vec<u8> = text.bytes().flat_map(|byte| [byte, 0]).collect();
        let big: Vec<u8> = text.bytes().flat_map(|byte| [0, byte]).collect();
        for (bytes, line) in [(little, 1), (big, 0)] {
            let second = 2 * text.find('\n').unwrap() + 1;
            let found: Vec<_> = candidates(&bytes).collect();
            assert!(found.contains(&line) && found.iter().any(|&at| at >= second), "{found:?}");
        }
    }

    #[test]
    fn a_block_may_end_anywhere() {
        for end in ["%", "%4", "=", "\\", "&", "\u{ff10}", "09", "09-", "4111 "] {
            for cut in 0..=end.len() {
                let hits = candidates(&end.as_bytes()[..cut]).count();
                assert!(hits <= 1);
            }
        }
    }
}
