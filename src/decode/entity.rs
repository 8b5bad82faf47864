//! Character references of HTML: decimal, hexadecimal, and the few names that programs write.

use super::escape::{Escape, Unit};

/// Names that stand between values, with their characters.
const NAMED: [(&[u8], char); 6] =
    [(b"amp;", '&'), (b"nbsp;", ' '), (b"quot;", '"'), (b"apos;", '\''), (b"lt;", '<'), (b"gt;", '>')];

/// Digits of the longest reference.
const DIGITS_MAX: usize = 7;

/// The reference with the `&` at `at`. Its `;` may be lost, as in what old browsers sent.
pub(super) fn escape(bytes: &[u8], at: usize) -> Option<Escape> {
    let one = |c, len| Some(Escape { unit: Unit::Char(c), len, name: "html" });
    let rest = &bytes[at + 1..];
    if rest.first() != Some(&b'#') {
        let (name, c) = NAMED.iter().find(|(name, _)| rest.starts_with(name))?;
        return one(*c, 1 + name.len());
    }
    let (radix, head) = if matches!(rest.get(1), Some(b'x' | b'X')) { (16, 2) } else { (10, 1) };
    let digits = rest[head..].iter().take(DIGITS_MAX).map_while(|digit| char::from(*digit).to_digit(radix));
    let (len, code) = digits.fold((0, 0u32), |(len, code), digit| (len + 1, code * radix + digit));
    if len == 0 {
        return None;
    }
    let end = usize::from(rest.get(head + len) == Some(&b';'));
    one(
        char::from_u32(code).filter(|c| *c != '\0').unwrap_or(char::REPLACEMENT_CHARACTER),
        1 + head + len + end,
    )
}

#[cfg(test)]
mod tests {
    use crate::decode::views;
    use crate::mask::Raw;

    fn check(raw: &str, text: &str) {
        assert_eq!(views(Raw::new(raw.as_bytes())).last().unwrap().text(), text);
    }

    #[test]
    fn references_are_characters() {
        check("&#36523;&#x5206;&#X8B49 &#65;", "身分證 A");
        check("0912&nbsp;345&nbsp;678", "0912 345 678");
        check("&amp;#36523;", "身");
        check("&#0;&#xd800;&#9999999;", "\u{fffd}\u{fffd}\u{fffd}");
    }

    #[test]
    fn queries_stay() {
        check("a=1&b=2&#&#x&name;", "a=1&b=2&#&#x&name;");
    }
}
