//! What a value may bring into a mail: visible text on one line, no longer than a person reads.
//!
//! Every value that a template prints goes through [`clean`], by way of the formatter of the template engine, so that
//! no template can forget it. The HTML part is escaped after it, by the engine.

/// Characters of one value that are shown; a path or a subject is shorter, an attack is not.
const VALUE_CHARS_MAX: usize = 400;

/// Stands where a value had a line break or a tabulator: a value cannot begin a line of its own in the letter.
const BLANK: char = '␣';

/// The value on one line, without control characters and without characters that turn the direction of writing or
/// cannot be seen.
pub(super) fn clean(value: &str) -> String {
    let mut out = String::with_capacity(value.len().min(VALUE_CHARS_MAX * 4));
    for (at, shown) in value.chars().filter_map(visible).enumerate() {
        if at == VALUE_CHARS_MAX {
            out.push('…');
            break;
        }
        out.push(shown);
    }
    out
}

/// The same of a line that a person wrote, however long it is.
pub(super) fn clean_line(line: &str) -> String {
    line.replace('\t', " ").chars().filter_map(visible).collect()
}

/// Bytes that a value takes where it is shown: a line break of one byte has a sign of three in its place.
pub(super) fn shown_bytes(value: &str) -> usize {
    value.chars().filter_map(visible).map(char::len_utf8).sum()
}

fn visible(char: char) -> Option<char> {
    match char {
        '\t' | '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some(BLANK),
        _ if char.is_control() => None,
        // Marks and overrides of direction, zero-width characters, tags (UTR 36).
        '\u{61c}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{e0000}'..='\u{e007f}' => None,
        _ => Some(char),
    }
}

/// `1284` as `1,284`.
pub(super) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stays_on_its_line_and_in_its_direction() {
        assert_eq!(clean("a\r\nBcc: x\t\u{202e}gpj\u{2066}\u{0}\u{1b}[31m\u{9b}"), "a␣␣Bcc: x␣gpj[31m");
        assert_eq!(clean("名冊\u{2028}.csv\u{200b}\u{feff}"), "名冊␣.csv");
        assert_eq!(clean(&"長".repeat(9_999)).chars().count(), VALUE_CHARS_MAX + 1);
    }

    #[test]
    fn numbers_are_grouped_by_three() {
        assert_eq!([0, 999, 1_000, 1_284_000].map(thousands), ["0", "999", "1,000", "1,284,000"]);
    }
}
