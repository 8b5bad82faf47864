//! E-mail addresses (RFC 5321, section 4.1.2): a dot-string before the `@`, a domain of two labels and more after it.

use super::{Form, Shaped};

/// Longest local part and domain (RFC 5321, section 4.5.3.1).
const LOCAL_CHARS_MAX: usize = 64;
const DOMAIN_CHARS_MAX: usize = 255;

/// Last labels that are no top-level domains: `icon@2x.png`, `user@1000.service`.
const NOT_DOMAINS: [&str; 17] = [
    "png",
    "jpg",
    "jpeg",
    "gif",
    "svg",
    "webp",
    "ico",
    "css",
    "js",
    "map",
    "pdf",
    "service",
    "socket",
    "target",
    "timer",
    "slice",
    "localdomain",
];

const fn is_local(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'%' | b'+' | b'-')
}

/// The address that begins at `at`; in lower case, because no server tells two apart by it.
pub(super) fn at(text: &[u8], at: usize) -> Option<Shaped> {
    let local = text[at..].iter().take(LOCAL_CHARS_MAX + 1).take_while(|&&byte| is_local(byte)).count();
    let domain = at + local + 1;
    let is_part = text[..at].ends_with(b"@") || text[..at].ends_with(b"//");
    if is_part || local == 0 || local > LOCAL_CHARS_MAX || text.get(domain - 1) != Some(&b'@') {
        return None;
    }
    let local = &text[at..domain - 1];
    if !local[0].is_ascii_alphanumeric() || local.ends_with(b".") || local.windows(2).any(|two| two == b"..")
    {
        return None;
    }
    let end = domain + domain_len(&text[domain..])?;
    let canonical = text[at..end].iter().map(|byte| char::from(byte.to_ascii_lowercase())).collect();
    Some(Shaped { range: at..end, canonical, form: Form::Bare })
}

/// Whether an address may begin at a letter or digit: the part before its `@`.
pub(super) fn may_stand(text: &[u8], at: usize) -> bool {
    let near = &text[at..text.len().min(at + LOCAL_CHARS_MAX + 1)];
    memchr::memchr(b'@', near).is_some_and(|end| near[..end].iter().all(|&byte| is_local(byte)))
}

/// The length of the domain at the beginning.
fn domain_len(text: &[u8]) -> Option<usize> {
    let is_domain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    let len = text.iter().take(DOMAIN_CHARS_MAX).take_while(|&&byte| is_domain(byte)).count();
    let len = text[..len].iter().rposition(u8::is_ascii_alphanumeric)? + 1;
    let mut labels = 0;
    let mut last: &[u8] = &[];
    for label in text[..len].split(|&byte| byte == b'.') {
        if label.is_empty() || label.len() > 63 || label[0] == b'-' || label.ends_with(b"-") {
            return None;
        }
        labels += 1;
        last = label;
    }
    let is_known = !NOT_DOMAINS.iter().any(|not| last.eq_ignore_ascii_case(not.as_bytes()));
    let is_top = last.len() >= 2 && last.iter().all(u8::is_ascii_alphabetic) && is_known;
    (labels >= 2 && is_top).then_some(len)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(at(text.as_bytes(), 0).map(|shaped| shaped.canonical).as_deref(), expected, "{text}");
    }

    #[test]
    fn addresses_end_where_their_domain_does() {
        check("Wang.A+x@Mail.Example.com.tw. Next", Some("wang.a+x@mail.example.com.tw"));
        check("a_1@example.org>", Some("a_1@example.org"));
        check("0912345678@example.tw", Some("0912345678@example.tw"));
    }

    #[test]
    fn what_only_has_an_at_sign_is_none() {
        for none in [
            "icon@2x.png",
            "a@localhost",
            "user@1000.service",
            "a@1.2.3.4",
            "a..b@c.tw",
            "a.@c.tw",
            "a@-.tw",
            "@",
        ] {
            check(none, None);
        }
        check(&format!("{}@c.tw", "x".repeat(65)), None);
        assert!(at(b"https://git@example.org", 8).is_none() && at(b"a@b@example.org", 2).is_none());
    }
}
