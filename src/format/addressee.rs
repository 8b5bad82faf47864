//! The mailboxes in a header that lists addressees (RFC 5322 §3.4), as cleanup logs it.
//!
//! `Wang <a@x.tw>, "Wang, X" <b@x.tw>, c@x.tw (office), staff: d@x.tw, e@x.tw;` are five. Commas within quotes and
//! comments part nothing. Cleanup writes `?` for the newline of a folded header and for a tab, so those count as blanks
//! between mailboxes. What is no address is left out; nothing is decoded, because addresses never are.

use std::ops::Range;

/// Longest local part and domain (RFC 5321, section 4.5.3.1).
const LOCAL_BYTES_MAX: usize = 64;
const DOMAIN_BYTES_MAX: usize = 255;

/// Where the addresses stand in the text of a header, in order. The last one of a text that is `cut` counts only where
/// something follows that ends it: it may have lost its end.
pub fn mailboxes(text: &[u8], cut: bool) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let element = Element::read(text, at);
        let whole = element.end < text.len() || !cut;
        let bare = || element.bare.clone().filter(|_| whole);
        let address = if element.angle.is_some() { element.angle } else { bare() };
        found.extend(address.filter(|range| is_address(&text[range.clone()])));
        at = element.end + 1;
    }
    found
}

/// What stands between two separators.
struct Element {
    /// Between `<` and `>`.
    angle: Option<Range<usize>>,
    /// What is neither blank nor comment, from its first to its last byte.
    bare: Option<Range<usize>>,
    /// Its separator, or the end of the text.
    end: usize,
}

impl Element {
    fn read(text: &[u8], from: usize) -> Self {
        let mut element = Self { angle: None, bare: None, end: text.len() };
        let mut at = from;
        while at < text.len() {
            let end = match text[at] {
                b'"' => closed(text, at, b'"').unwrap_or(at + 1),
                b'(' => {
                    at = comment(text, at).unwrap_or(text.len());
                    continue;
                }
                b'<' => {
                    let end = closed(text, at, b'>');
                    element.angle = element.angle.or(end.map(|end| at + 1..end - 1));
                    end.unwrap_or(at + 1)
                }
                b',' | b';' => {
                    element.end = at;
                    break;
                }
                // The name of a group (RFC 5322 §3.4): what follows is its first mailbox.
                b':' => {
                    element.bare = None;
                    at += 1;
                    continue;
                }
                byte if is_blank(byte) => {
                    at += 1;
                    continue;
                }
                _ => at + 1,
            };
            element.bare = Some(element.bare.map_or(at, |bare| bare.start)..end);
            at = end;
        }
        element
    }
}

/// Blanks, and what cleanup writes for those that cannot be printed. A `?` that stands in a local part is between other
/// bytes of it, and stays within its range.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'?')
}

/// Behind the byte that closes what opens at `at`, past quoted pairs; none where nothing does.
fn closed(text: &[u8], at: usize, closing: u8) -> Option<usize> {
    let (mut escaped, quotes) = (false, closing == b'"');
    let inner = text[at + 1..].iter().position(|&byte| {
        let plain = !std::mem::take(&mut escaped);
        escaped = plain && quotes && byte == b'\\';
        plain && byte == closing
    });
    inner.map(|len| at + len + 2)
}

/// Behind a comment, which may hold others; none where it does not close.
fn comment(text: &[u8], at: usize) -> Option<usize> {
    let (mut depth, mut escaped) = (0usize, false);
    let end = text[at..].iter().position(|&byte| {
        if std::mem::take(&mut escaped) {
            return false;
        }
        match byte {
            b'\\' => escaped = true,
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        depth == 0
    });
    end.map(|len| at + len + 1)
}

/// A local part of atoms, one `@`, and a domain of two labels and more: an address without a dot is one of this host.
/// Quoted local parts are none here, because nobody's is.
fn is_address(text: &[u8]) -> bool {
    let Some(at) = memchr::memrchr(b'@', text) else { return false };
    let (local, domain) = (&text[..at], &text[at + 1..]);
    let is_local = |byte: &u8| byte.is_ascii_alphanumeric() || !byte.is_ascii() || SPECIALS.contains(byte);
    let is_domain =
        |byte: &u8| byte.is_ascii_alphanumeric() || !byte.is_ascii() || matches!(byte, b'-' | b'.' | b'_');
    let is_label = |label: &[u8]| !label.is_empty();
    (1..=LOCAL_BYTES_MAX).contains(&local.len())
        && domain.len() <= DOMAIN_BYTES_MAX
        && local.iter().all(is_local)
        && domain.iter().all(is_domain)
        && domain.contains(&b'.')
        && domain.split(|byte| *byte == b'.').all(is_label)
}

/// What may stand in an atom beside letters and digits, and the dot (RFC 5322 §3.2.3).
const SPECIALS: &[u8] = b"!#$%&'*+-/=?^_`{|}~.";

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, cut: bool, expected: &[&str]) {
        let found = mailboxes(text.as_bytes(), cut);
        let found: Vec<&str> = found.into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn mailboxes_are_parted_by_commas_outside_of_quotes_and_comments() {
        check("a@x.tw", false, &["a@x.tw"]);
        check("a@x.tw,b@x.tw , c@x.tw", false, &["a@x.tw", "b@x.tw", "c@x.tw"]);
        check(r#""Wang, X" <a@x.tw>, "Lee \", Y" <b@x.tw>"#, false, &["a@x.tw", "b@x.tw"]);
        check("a@x.tw (in (the, old), office), (c@x.tw) b@x.tw", false, &["a@x.tw", "b@x.tw"]);
        check(r#""a@x.tw, b@x.tw" <c@x.tw>"#, false, &["c@x.tw"]);
        check("王小明 <a@x.tw>, 王@例子.tw", false, &["a@x.tw", "王@例子.tw"]);
        check("staff: a@x.tw, Lee <b@x.tw>;, c@x.tw", false, &["a@x.tw", "b@x.tw", "c@x.tw"]);
    }

    #[test]
    fn encoded_names_and_folds_are_passed_over() {
        check(
            "=?UTF-8?B?5biC5rCRMA==?= <a@x.tw>,? =?UTF-8?B?5biC5rCRMQ==?= <b@x.tw>,??c@x.tw",
            false,
            &["a@x.tw", "b@x.tw", "c@x.tw"],
        );
        check("=?utf-8?Q?Wang,_X?= <a@x.tw>", false, &["a@x.tw"]);
        check("a?b@x.tw", false, &["a?b@x.tw"]);
    }

    #[test]
    fn what_was_cut_off_counts_only_where_it_was_ended() {
        check("a@x.tw, b@x.t", true, &["a@x.tw"]);
        check("a@x.tw, b@x.tw", false, &["a@x.tw", "b@x.tw"]);
        check("a@x.tw, b@x.tw,", true, &["a@x.tw", "b@x.tw"]);
        check("A <a@x.tw>", true, &["a@x.tw"]);
        check("A <a@x.tw>, B <b@x.t", true, &["a@x.tw"]);
        check(r#""A" <a@x.tw>, "b@x.tw, Wang"#, true, &["a@x.tw"]);
        check("a@x.tw (unclosed, b@x.tw, ", true, &[]);
    }

    #[test]
    fn what_is_no_address_is_left_out() {
        for none in [
            "",
            "undisclosed-recipients:;",
            "root",
            "root@localhost",
            "<>",
            "a@b@",
            "@x.tw",
            "a@.tw",
            "a@x..tw",
            "a b@",
            "<a b@x.tw>",
            "\"a b\"@x.tw",
            "a@x.tw b@x.tw",
        ] {
            check(none, false, &[]);
        }
        check(&format!("{}@x.tw", "x".repeat(65)), false, &[]);
    }

    #[test]
    fn any_bytes_are_read_to_their_end() {
        for text in [&b"\"<(\\,;:@?\xff"[..], b"(((", b"\"\\", b"<<a@x.tw>>", b",,,;;;"] {
            for cut in 0..=text.len() {
                for range in mailboxes(&text[..cut], true) {
                    assert!(range.end <= cut);
                }
            }
        }
    }
}
