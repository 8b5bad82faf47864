//! The fields of one line of CSV (RFC 4180) or of W3C's extended log format, as they are written.

use std::ops::Range;

/// How many fields a line has at most; the rest is one field more.
const FIELDS_MAX: usize = 256;

/// The fields of a line. A field in quotes is given without them, doubled quotes within as they stand. Nothing is an
/// error: a quote that never closes takes the rest of the line.
pub(super) fn fields(line: &[u8], separator: u8) -> Vec<&[u8]> {
    let mut fields = Vec::new();
    let mut at = 0;
    loop {
        let rest = &line[at..];
        let (field, len) = if rest.first() == Some(&b'"') {
            quoted(rest, separator)
        } else {
            let len = memchr::memchr(separator, rest).unwrap_or(rest.len());
            (&rest[..len], len)
        };
        fields.push(field);
        at += len;
        if at >= line.len() {
            return fields;
        }
        at += 1;
        if separator == b' ' {
            // W3C writes `-` for what is empty, so one blank more is no field more.
            at += line[at..].iter().take_while(|byte| **byte == b' ').count();
            if at == line.len() {
                return fields;
            }
        }
        // A separator at the end has an empty field behind it.
        if at == line.len() || fields.len() == FIELDS_MAX {
            fields.push(&line[at..]);
            return fields;
        }
    }
}

/// The fields of a line as they are meant, without quotes, and where each stands in the line.
pub fn comma_separated(line: &str) -> Vec<(String, Range<usize>)> {
    let place = |field: &[u8]| {
        let start = field.as_ptr().addr().saturating_sub(line.as_ptr().addr()).min(line.len());
        (String::from_utf8_lossy(field).replace("\"\"", "\""), start..(start + field.len()).min(line.len()))
    };
    fields(line.as_bytes(), b',').into_iter().map(place).collect()
}

/// The field that a quote opens, and the length of what is written.
fn quoted(text: &[u8], separator: u8) -> (&[u8], usize) {
    let mut at = 1;
    loop {
        let Some(quote) = memchr::memchr(b'"', &text[at..]).map(|skipped| at + skipped) else {
            return (&text[1..], text.len());
        };
        match text.get(quote + 1) {
            Some(b'"') => at = quote + 2,
            None => return (&text[1..quote], quote + 1),
            Some(next) if *next == separator => return (&text[1..quote], quote + 1),
            // A quote inside of a field that a careless program has quoted.
            Some(_) => at = quote + 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(line: &str) -> Vec<&str> {
        fields(line.as_bytes(), b',').into_iter().map(|field| std::str::from_utf8(field).unwrap()).collect()
    }

    #[test]
    fn fields_are_given_without_their_quotes() {
        assert_eq!(told("a,\"b, \"\"c\"\"\",,d"), ["a", "b, \"\"c\"\"", "", "d"]);
        assert_eq!(told(""), [""]);
        assert_eq!(told("a,"), ["a", ""]);
        assert_eq!(told(",a"), ["", "a"]);
        assert_eq!(told("\"a\""), ["a"]);
    }

    #[test]
    fn of_fields_between_blanks_none_is_empty() {
        assert_eq!(fields(b"a  - \"b c\" ", b' '), [&b"a"[..], b"-", b"b c"]);
        assert_eq!(fields(b"", b' '), [&b""[..]]);
    }

    #[test]
    fn a_quote_that_is_none_loses_nothing() {
        assert_eq!(told("\"a,b"), ["a,b"]);
        assert_eq!(told("\"a\"b\",c"), ["a\"b", "c"]);
        assert_eq!(told("\""), [""]);
        assert_eq!(told(&"x,".repeat(300)).len(), FIELDS_MAX + 1);
    }
}
