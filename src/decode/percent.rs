//! Percent escapes of URLs (RFC 3986 section 2.1) and of header parameters (RFC 2231 section 4).

use super::charset::{self, Charset};
use super::view::{Builder, Mapped, View};

/// The view with its escapes undone, or `None` where there are none.
///
/// `+` stays `+`: it is a blank in a form and a plus in a path, and a telephone number may begin with it. The charset
/// is guessed anew between delimiters, because two fields of a query may have been written by two programs. All
/// delimiters are below 40 hex, so that none is the second half of a Big5 character (`%A9m` is 姓).
pub(super) fn decode(view: &View) -> Option<View> {
    let text = view.text();
    let bytes = text.as_bytes();
    if !memchr::memchr_iter(b'%', bytes).any(|at| escape(bytes, at).is_some()) {
        return None;
    }
    let mut builder = Builder::default();
    let mut mapped = Mapped::default();
    let mut at = 0;
    while at < bytes.len() && !builder.is_full() {
        if let Some(byte) = escape(bytes, at) {
            mapped.push(byte, view.union(at..at + 3));
            at += 3;
        } else if bytes[at].is_ascii() && !is_delimiter(bytes[at]) {
            mapped.push(bytes[at], view.span(at));
            at += 1;
        } else {
            charset::append(&mut builder, &mapped, Charset::Utf8);
            mapped.clear();
            let len = text[at..].chars().next().map_or(1, char::len_utf8);
            builder.copy(view, at..at + len);
            at += len;
        }
    }
    charset::append(&mut builder, &mapped, Charset::Utf8);
    Some(builder.finish("percent"))
}

fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b'&' | b'?' | b';' | b'/' | b' ' | b'"' | b'=')
}

/// The byte that an escape at `at` stands for.
fn escape(bytes: &[u8], at: usize) -> Option<u8> {
    let [b'%', high, low] = *bytes.get(at..at + 3)? else { return None };
    Some(hex(high)? << 4 | hex(low)?)
}

/// The value of a hex digit.
pub(super) fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).map(|value| value as u8)
}

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
    fn plus_stays_plus_and_broken_escapes_stay_as_they_are() {
        check("tel=%2B886912345678+x", "tel=+886912345678+x");
        check("100% of %4", "100% of %4");
        check("%41%4%zz", "A%4%zz");
    }

    #[test]
    fn four_escapings_are_one_more_than_is_undone() {
        check("%2525252541", "%2541");
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
