//! Lines of `key=value`: logfmt, and what gateways and applications write in its manner.

/// How many pairs a line has at most; the rest of it is part of the last value.
const PAIRS_MAX: usize = 256;
/// The name under which the words before the first pair are given.
const HEAD: &[u8] = b"head";

/// The pairs of a line, after the words before the first one (`head`). A value in quotes is given without them, its
/// escapes as they stand. A value without quotes goes on to the next pair, whatever blanks are in it, so that no word
/// of a line is lost.
pub(super) fn pairs(line: &[u8]) -> Vec<(&[u8], &[u8])> {
    let mut pairs = Vec::new();
    let mut next = first_key(line, 0);
    let head = line[..next.map_or(line.len(), |(start, _)| start)].trim_ascii();
    if !head.is_empty() {
        pairs.push((HEAD, head));
    }
    while let Some((start, equals)) = next {
        let value = equals + 1;
        let quoted = (line.get(value) == Some(&b'"')).then(|| closing_quote(&line[value + 1..])).flatten();
        let (text, end) = match quoted {
            Some(len) => (&line[value + 1..value + 1 + len], value + 2 + len),
            None => (&line[value..], value),
        };
        next = if pairs.len() < PAIRS_MAX { first_key(line, end) } else { None };
        let until = next.map_or(line.len(), |(start, _)| start);
        // Words behind a closing quote are the value's too.
        let alone = quoted.is_some() && bare(&line[end..until]).is_empty();
        let text = if alone { text } else { bare(&line[value..until]) };
        pairs.push((&line[start..equals], text));
    }
    pairs
}

/// A value without quotes ends before the blank, comma, semicolon or bar that parts it from the next key.
fn bare(text: &[u8]) -> &[u8] {
    let text = text.trim_ascii_end();
    text.strip_suffix(b",")
        .or_else(|| text.strip_suffix(b";"))
        .or_else(|| text.strip_suffix(b"|"))
        .unwrap_or(text)
}

/// Where the next key begins, at the start of a word, and where its `=` stands.
fn first_key(line: &[u8], from: usize) -> Option<(usize, usize)> {
    // A key may be written in Chinese, in whatever character set.
    let is_key = |byte: &u8| {
        byte.is_ascii_alphanumeric() || !byte.is_ascii() || matches!(byte, b'_' | b'-' | b'.' | b'@' | b'/')
    };
    memchr::memchr_iter(b'=', &line[from..]).map(|at| from + at).find_map(|equals| {
        let len = line[from..equals].iter().rev().take_while(|byte| is_key(byte)).count();
        let start = equals - len;
        let parted = start == 0 || matches!(line[start - 1], b' ' | b'\t' | b',' | b';' | b'"' | b'|');
        (len > 0 && parted).then_some((start, equals))
    })
}

fn closing_quote(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr::memchr2(b'"', b'\\', text.get(at..)?)?;
        if text[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(line: &str) -> Vec<String> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        pairs(line.as_bytes()).into_iter().map(|(key, value)| text(key) + "=" + &text(value)).collect()
    }

    #[test]
    fn pairs_are_given_in_their_order_after_the_words_before_them() {
        assert_eq!(
            told(r#"2026-11-21 INFO user=wang msg="a \"b\" c=d" rows=12"#),
            ["head=2026-11-21 INFO", "user=wang", r#"msg=a \"b\" c=d"#, "rows=12"]
        );
        assert_eq!(told("a=1, b=2; c=|d=3"), ["a=1", "b=2", "c=", "d=3"]);
        assert_eq!(told("a= 筆數=2"), ["a=", "筆數=2"]);
        assert_eq!(told("no pair"), ["head=no pair"]);
        assert_eq!(told(""), Vec::<String>::new());
    }

    #[test]
    fn no_word_of_a_line_is_lost() {
        assert_eq!(told("msg=exported 名冊 A123456789 rows=1"), ["msg=exported 名冊 A123456789", "rows=1"]);
        assert_eq!(told("a=\"b c"), ["a=\"b c"]);
        assert_eq!(told("a=\"b\" A123456789 c=1"), ["a=\"b\" A123456789", "c=1"]);
        assert_eq!(told("url=/a?b=c&d=e"), ["url=/a?b=c&d=e"]);
        assert_eq!(told("==="), ["head===="]);
        let many = "a=1 ".repeat(999);
        assert_eq!(pairs(many.as_bytes()).len(), PAIRS_MAX + 1);
    }
}
