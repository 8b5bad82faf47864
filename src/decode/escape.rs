//! Escapes that stand in the middle of a text: percent (RFC 3986 section 2.1, RFC 2231 section 4), backslash (JSON,
//! nginx, Samba) and HTML. One pass undoes one layer of all of them, because one line may hold several kinds side by
//! side, and a text of one charset may be half escaped.

use std::ops::Range;

use super::charset;
use super::view::{Builder, Mapped, View, ViewName};
use super::{backslash, base64, entity};

/// An escape: what it stands for, how long it is in the text, and how it is written.
pub(super) struct Escape {
    /// What it stands for.
    pub(super) unit: Unit,
    /// Bytes of the text.
    pub(super) len: usize,
    /// The name of a view that begins with it.
    pub(super) name: ViewName,
}

/// What an escape stands for.
#[derive(Clone, Copy)]
pub(super) enum Unit {
    /// A byte of a charset that is not known yet.
    Byte(u8),
    /// A character.
    Char(char),
}

/// The view with one layer of escapes undone, or `None` where there are none.
///
/// The charset is guessed anew between delimiters, because two fields of a query may have been written by two
/// programs. All delimiters are below 40 hex, so that none is the second half of a Big5 character (`%A9m` is 姓).
pub(super) fn decode(view: &View) -> Option<View> {
    let text = view.text();
    let bytes = text.as_bytes();
    let name = first_mark(bytes)?;
    let (mut builder, mut mapped, mut form) = (Builder::beneath(view), Mapped::default(), Form::default());
    let (mut marks, mut at) = (Marks::default(), 0);
    while at < bytes.len() && !builder.is_full() {
        if mapped.is_empty() {
            // As far as no mark stands between two delimiters the text is what it is.
            let mark = marks.next(bytes, at);
            let is_end = |byte: &u8| !byte.is_ascii() || is_delimiter(*byte);
            let end = if mark == bytes.len() { Some(mark - 1) } else { rfind(&bytes[..mark], at, is_end) };
            if let Some(end) = end {
                form.note_all(&bytes[at..=end]);
                builder.copy(view, at..end + 1);
                at = end + 1;
                continue;
            }
        }
        let found = escape(bytes, at).or_else(|| form.blank(bytes, at));
        let len =
            found.as_ref().map_or_else(|| text[at..].chars().next().map_or(1, char::len_utf8), |e| e.len);
        match found.map(|found| found.unit) {
            Some(Unit::Byte(byte)) => {
                form.in_value |= byte == b'=';
                mapped.push(byte, view.union(at..at + len));
            }
            Some(Unit::Char(c)) => {
                charset::flush(&mut builder, &mut mapped);
                builder.push(c, view.union(at..at + len));
            }
            None if bytes[at].is_ascii() && !is_delimiter(bytes[at]) => mapped.push(bytes[at], view.span(at)),
            None => {
                form.note(bytes[at]);
                charset::flush(&mut builder, &mut mapped);
                builder.copy(view, at..at + len);
            }
        }
        at += len;
    }
    charset::flush(&mut builder, &mut mapped);
    Some(builder.finish(name))
}

/// Appends a text with one layer of escapes undone, as bytes.
pub(super) fn append(text: &[u8], bytes: &mut Vec<u8>) {
    let has_form = memchr::memchr_iter(b'+', text).any(|at| Form::may_be_blank(text, at));
    let mut marks = Marks { blank: if has_form { 0 } else { text.len() }, ..Marks::default() };
    let (mut form, mut told, mut at) = (Form::default(), 0, 0);
    while at < text.len() {
        let mark = marks.next(text, at);
        if mark == text.len() {
            break;
        }
        form.note_all(&text[at..mark]);
        at = mark;
        let Some(found) = escape(text, at).or_else(|| form.blank(text, at)) else {
            at += 1;
            continue;
        };
        bytes.extend_from_slice(&text[told..at]);
        at += found.len;
        match found.unit {
            Unit::Byte(byte) => {
                form.in_value |= byte == b'=';
                bytes.push(byte);
            }
            Unit::Char(c) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
        // Of Chinese in escapes one byte comes after the other.
        while let Some(byte) = text.get(at).filter(|byte| **byte == b'%').and_then(|_| byte_of(text, at + 1))
        {
            form.in_value |= byte == b'=';
            bytes.push(byte);
            at += 3;
        }
        told = at;
    }
    bytes.extend_from_slice(&text[told..]);
}

/// Where the next mark stands of an escape, of a control and of a form's blank: each byte is looked at once, however many
/// marks of the others come first.
#[derive(Default)]
struct Marks {
    escape: usize,
    control: usize,
    blank: usize,
}

impl Marks {
    /// The next one from a place on, which only goes forth.
    fn next(&mut self, bytes: &[u8], at: usize) -> usize {
        let from = |found: Option<usize>| found.map_or(bytes.len(), |skipped| at + skipped);
        if self.escape <= at {
            self.escape = from(memchr::memchr3(b'%', b'\\', b'&', &bytes[at..]));
        }
        if self.control <= at {
            self.control = from(memchr::memchr(b'#', &bytes[at..]));
        }
        if self.blank <= at {
            self.blank = from(memchr::memchr(b'+', &bytes[at..]));
        }
        self.escape.min(self.control).min(self.blank)
    }
}

/// The last byte from a place on that is one of these.
fn rfind(bytes: &[u8], from: usize, is: impl Fn(&u8) -> bool) -> Option<usize> {
    bytes[from..].iter().rposition(is).map(|at| from + at)
}

/// How the first escape is written.
fn first_mark(bytes: &[u8]) -> Option<ViewName> {
    let mut marks = memchr::memchr3_iter(b'%', b'\\', b'&', bytes).chain(memchr::memchr_iter(b'#', bytes));
    if let Some(found) = marks.find_map(|at| escape(bytes, at)) {
        return Some(found.name);
    }
    // A form's blank stands in a value.
    memchr::memchr(b'=', bytes)?;
    let (mut form, mut told) = (Form::default(), 0);
    memchr::memchr_iter(b'+', bytes).find_map(|at| {
        form.note_all(&bytes[told..at]);
        told = at;
        form.blank(bytes, at).map(|blank| blank.name)
    })
}

fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b'&' | b'?' | b';' | b'/' | b' ' | b'"' | b'=')
}

/// The escape at `at`.
fn escape(bytes: &[u8], at: usize) -> Option<Escape> {
    match bytes[at] {
        b'%' => percent(bytes, at),
        b'\\' => backslash::escape(bytes, at),
        b'&' => entity::escape(bytes, at),
        b'#' => control(bytes, at),
        _ => None,
    }
}

/// `#012`: as rsyslog writes what ends a line within a message, and tabulators.
fn control(bytes: &[u8], at: usize) -> Option<Escape> {
    let byte = match bytes.get(at..at + 4)? {
        b"#011" => b'\t',
        b"#012" => b'\n',
        b"#015" => b'\r',
        _ => return None,
    };
    Some(Escape { unit: Unit::Byte(byte), len: 4, name: "octal" })
}

/// `%41`.
fn percent(bytes: &[u8], at: usize) -> Option<Escape> {
    let byte = byte_of(bytes, at + 1)?;
    Some(Escape { unit: Unit::Byte(byte), len: 3, name: "percent" })
}

/// The blank of a form: a `+` in the value of a query, where a number follows, or between capitals and digits in fours,
/// as accounts abroad are written. Elsewhere it stays, because in a path it is a plus, and a telephone number may begin
/// with it (`tel=+886…`); and in base64 it is a letter, though it should have been escaped.
#[derive(Default)]
struct Form {
    in_value: bool,
    /// The letters of base64 in which a `+` was seen last, and whether they are text.
    letters: (Range<usize>, bool),
}

impl Form {
    /// Takes note of a delimiter.
    fn note(&mut self, byte: u8) {
        match byte {
            b'=' => self.in_value = true,
            b'&' | b'?' | b';' | b' ' | b'"' => self.in_value = false,
            _ => {}
        }
    }

    /// Takes note of the delimiters of a text.
    fn note_all(&mut self, bytes: &[u8]) {
        let last = bytes.iter().rfind(|byte| matches!(byte, b'=' | b'&' | b'?' | b';' | b' ' | b'"'));
        if let Some(&last) = last {
            self.note(last);
        }
    }

    fn blank(&mut self, bytes: &[u8], at: usize) -> Option<Escape> {
        let is_blank =
            self.in_value && bytes[at] == b'+' && Self::may_be_blank(bytes, at) && !self.is_letter(bytes, at);
        is_blank.then_some(Escape { unit: Unit::Byte(b' '), len: 1, name: "percent" })
    }

    fn is_letter(&mut self, bytes: &[u8], at: usize) -> bool {
        if !self.letters.0.contains(&at) {
            self.letters = base64::around(bytes, at);
        }
        self.letters.1
    }

    /// Whether the `+` at `at` is a blank where it stands in a value. Behind these it does not: `[21/Nov/2026 +0800]`.
    fn may_be_blank(bytes: &[u8], at: usize) -> bool {
        let is_four = |four: Option<&[u8]>| {
            four.is_some_and(|four| {
                four.iter().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
            })
        };
        !matches!(bytes[..at].last(), Some(b'=' | b' ' | b'"' | b'&' | b'?'))
            && (bytes.get(at + 1).is_some_and(|next| next.is_ascii_digit() || *next == b'(')
                || is_four(at.checked_sub(4).map(|from| &bytes[from..at]))
                    && is_four(bytes.get(at + 1..at + 5)))
    }
}

/// The byte of the two hex digits at `at`.
pub(super) fn byte_of(bytes: &[u8], at: usize) -> Option<u8> {
    let &[high, low] = bytes.get(at..at + 2)? else { return None };
    Some(hex(high)? << 4 | hex(low)?)
}

/// The value of a hex digit.
pub(super) fn hex(digit: u8) -> Option<u8> {
    let value = HEX[usize::from(digit)];
    (value < 16).then_some(value)
}

/// The value of each byte as a hex digit; 16 for what is none.
const HEX: [u8; 256] = {
    let mut values = [16; 256];
    let mut value = 0;
    while value < 16 {
        values[b"0123456789abcdef"[value as usize] as usize] = value;
        values[b"0123456789ABCDEF"[value as usize] as usize] = value;
        value += 1;
    }
    values
};

#[cfg(test)]
mod tests {
    use crate::decode::views;
    use crate::mask::Raw;

    fn check(raw: &str, text: &str) {
        let views = views(Raw::new(raw.as_bytes()));
        let last = views.last().unwrap();
        assert_eq!(last.text(), text);
        assert_eq!(last.name, if raw == text { "raw" } else { "percent" });
    }

    #[test]
    fn escapes_are_utf8_or_big5_field_by_field() {
        check("/a%20b", "/a b");
        check("n=%A9m%A6W&m=%E5%A7%93%E5%90%8D", "n=姓名&m=姓名");
        check("filename*=UTF-8''%E5%A7%93.csv", "filename*=UTF-8''姓.csv");
    }

    #[test]
    fn an_escaped_letter_is_decoded_before_its_boundary_is_asked() {
        check("%B8%B9%BDX120000005", "號碼120000005");
        check("%B8%B9%BD%58120000005", "號碼120000005");
    }

    #[test]
    fn line_ends_of_rsyslog_are_line_ends() {
        let last = |raw: &str| views(Raw::new(raw.as_bytes())).pop().unwrap().text().to_owned();
        assert_eq!(last("dump:#012A123456789#0120912345678#011x"), "dump:\nA123456789\n0912345678\tx");
        assert_eq!(last("#01 #013 #0 colour #fff"), "#01 #013 #0 colour #fff");
    }

    #[test]
    fn a_plus_is_a_blank_only_where_a_form_has_a_number() {
        check("tel=%2B886912345678+x", "tel=+886912345678+x");
        check("tel=+886912345678&q=%E5%A7%93+0912", "tel=+886912345678&q=姓 0912");
        check("tel=0912+345+678", "tel=0912 345 678");
        check("/a+1/0912+345", "/a+1/0912+345");
        check("iban=GB82+WEST+1234+5698+7654+32", "iban=GB82 WEST 1234 5698 7654 32");
        check("q=GB82+west+x&r=AB+CD", "q=GB82+west+x&r=AB+CD");
        check("q=Wang+Xiao+Ming+tel+0912345678&x=1", "q=Wang+Xiao+Ming+tel 0912345678&x=1");
    }

    #[test]
    fn a_plus_in_base64_is_a_letter() {
        for query in
            ["d=UmU6IOWnk+WQje+8mueOi+Wwj+aYjg==&x=1", "d=UmU6IOWnk%2BWQje%2B8mueOi%2BWwj%2BaYjg%3D%3D&x=1"]
        {
            let views = views(Raw::new(query.as_bytes()));
            assert_eq!(views.last().unwrap().text(), "d=Re: 姓名：王小明&x=1");
        }
    }

    #[test]
    fn broken_escapes_stay_as_they_are() {
        check("100% of %4", "100% of %4");
        check("%41%4%zz", "A%4%zz");
    }

    #[test]
    fn four_escapings_are_one_more_than_is_undone() {
        check("%2525252541", "%2541");
    }

    #[test]
    fn escapes_of_several_kinds_are_one_layer() {
        check(r"%E5%A7%93\u540d\xE7\x8E\x8B&#23567;\346\230\216", "姓名王小明");
    }

    #[test]
    fn the_raw_range_covers_the_escapes() {
        let raw = b"q=%41123456789&r";
        let views = views(Raw::new(raw));
        let text = views[1].text();
        let at = text.find("A123").unwrap();
        assert_eq!(&raw[views[1].raw(at..at + 10)], b"%41123456789");
    }
}
