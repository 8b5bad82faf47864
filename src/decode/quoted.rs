//! Quoted-printable (RFC 2045 section 6.7) outside encoded words: bodies and excerpts of them.

use super::escape::byte_of;
use super::view::{Builder, Mapped, View};
use super::{base64, charset};

/// The view with its escapes and soft breaks undone, or `None` where `=` and two hex digits is more likely the value
/// of a query (`id=A123456789` holds the escape of A1).
pub(super) fn decode(view: &View) -> Option<View> {
    let text = view.text();
    let bytes = text.as_bytes();
    if !memchr::memchr_iter(b'=', bytes).any(|at| is_evidence(bytes, at)) {
        return None;
    }
    let (mut builder, mut mapped) = (Builder::beneath(view), Mapped::default());
    let mut at = 0;
    while at < bytes.len() && !builder.is_full() {
        if let Some(len) = soft_break(bytes, at) {
            at += len;
        } else if let Some(byte) = escape(bytes, at) {
            mapped.push(byte, view.union(at..at + 3));
            at += 3;
        } else if bytes[at].is_ascii_graphic() {
            mapped.push(bytes[at], view.span(at));
            at += 1;
        } else {
            charset::flush(&mut builder, &mut mapped);
            let len = text[at..].chars().next().map_or(1, char::len_utf8);
            builder.copy(view, at..at + len);
            at += len;
        }
    }
    charset::flush(&mut builder, &mut mapped);
    Some(builder.finish("quoted-printable"))
}

/// Whether the `=` at `at` shows that the text is quoted-printable: a soft break, an escaped `=`, or two escapes of a
/// character side by side (`=E5=A7`, and in Big5 also `=A9m=A6`).
fn is_evidence(bytes: &[u8], at: usize) -> bool {
    let is_high = |at: usize| escape(bytes, at).is_some_and(|byte| !byte.is_ascii());
    let is_trail = || bytes.get(at + 3).is_some_and(|byte| (0x40..0x7f).contains(byte));
    match escape(bytes, at) {
        None => soft_break(bytes, at).is_some(),
        Some(byte) => byte == b'=' || is_high(at) && (is_high(at + 3) || is_trail() && is_high(at + 4)),
    }
}

fn escape(bytes: &[u8], at: usize) -> Option<u8> {
    if bytes.get(at) == Some(&b'=') { byte_of(bytes, at + 1) } else { None }
}

/// The length of a soft break. The line end must be part of the field: a line of a log that ends with `=` ends there.
/// The padding of base64 is none.
fn soft_break(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = bytes[at..].strip_prefix(b"=")?;
    let len = match rest {
        [b'\n', ..] => 2,
        [b'\r', b'\n', ..] => 3,
        _ => return None,
    };
    (!base64::is_padding(bytes, at)).then_some(len)
}

#[cfg(test)]
mod tests {
    use crate::decode::views;
    use crate::mask::Raw;

    fn check(raw: &str, text: &str) {
        assert_eq!(views(Raw::new(raw.as_bytes())).last().unwrap().text(), text);
    }

    #[test]
    fn a_value_over_a_soft_break_is_whole() {
        check("A1=\n23456789", "A123456789");
        check("A1=\r\n23456789 =E8=BA=\r\n=AB", "A123456789 身");
        check("=A9m=A6W=3D1", "姓名=1");
    }

    #[test]
    fn queries_are_no_quoted_printable() {
        for query in ["id=A123456789&id=B223456789", "a=10&b=20", "k=c3f1&j=B9D", "x=", "a==b"] {
            check(query, query);
        }
    }
}
