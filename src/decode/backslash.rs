//! Escapes with a backslash: `\u8eab` and `\/` of JSON (RFC 8259 section 7), `\xE8` of nginx, `\350` of Samba and
//! vsftpd.

use super::escape::{Escape, Unit, byte_of, hex};

/// The escape with the backslash at `at`. What only looks like one in a Windows path (`D:\2026\new`) stays.
pub(super) fn escape(bytes: &[u8], at: usize) -> Option<Escape> {
    let one = |unit, len, name| Some(Escape { unit, len, name });
    match *bytes.get(at + 1)? {
        b'x' | b'X' => one(Unit::Byte(byte_of(bytes, at + 2)?), 4, "hex"),
        b'u' => {
            let (c, len) = character(bytes, at)?;
            one(Unit::Char(c), len, "json")
        }
        b'/' => one(Unit::Byte(b'/'), 2, "json"),
        b'n' | b'r' | b't' if is_before_value(bytes, at + 2) => one(Unit::Byte(b' '), 2, "json"),
        // An escaped escape: `\\u8eab` is `\u8eab` one layer down.
        b'\\' if matches!(bytes.get(at + 2), Some(b'u' | b'x' | b'0'..=b'7' | b'/')) => {
            one(Unit::Char('\\'), 2, "json")
        }
        b'0'..=b'3' => one(Unit::Byte(octal_escape(bytes, at)?), 4, "octal"),
        _ => None,
    }
}

/// The character of `\u`: half a pair of surrogates stands for no character.
fn character(bytes: &[u8], at: usize) -> Option<(char, usize)> {
    let high = code(bytes, at)?;
    let low = (0xd800..0xdc00).contains(&high).then(|| code(bytes, at + 6)).flatten();
    match low.filter(|low| (0xdc00..0xe000).contains(low)) {
        Some(low) => {
            let c = char::from_u32(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00));
            Some((c.unwrap_or(char::REPLACEMENT_CHARACTER), 12))
        }
        None => Some((char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER), 6)),
    }
}

/// The code unit of a `\u` at `at`.
fn code(bytes: &[u8], at: usize) -> Option<u32> {
    let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
    digits.iter().try_fold(0, |code, digit| Some(code << 4 | u32::from(hex(*digit)?)))
}

/// Whether a value may begin here, whose boundary the letter of `\n` would spoil.
fn is_before_value(bytes: &[u8], at: usize) -> bool {
    let is = |at: usize, test: fn(&u8) -> bool| bytes.get(at).is_some_and(test);
    is(at, u8::is_ascii_alphanumeric) && is(at + 2, u8::is_ascii_digit)
}

/// The byte of `\345`, unless it is the folder `\2026`: a digit follows only where another escape stands beside it, or
/// after a blank.
fn octal_escape(bytes: &[u8], at: usize) -> Option<u8> {
    let byte = octal(bytes, at)?;
    let beside =
        || octal(bytes, at + 4).is_some() || at.checked_sub(4).is_some_and(|at| octal(bytes, at).is_some());
    let is_folder = byte > b' ' && bytes.get(at + 4).is_some_and(u8::is_ascii_digit) && !beside();
    (!is_folder).then_some(byte)
}

fn octal(bytes: &[u8], at: usize) -> Option<u8> {
    let [b'\\', first @ b'0'..=b'3', second @ b'0'..=b'7', third @ b'0'..=b'7'] = *bytes.get(at..at + 4)?
    else {
        return None;
    };
    Some((first - b'0') << 6 | (second - b'0') << 3 | (third - b'0'))
}

#[cfg(test)]
mod tests {
    use crate::decode::views;
    use crate::mask::Raw;

    fn check(raw: &str, text: &str) {
        assert_eq!(views(Raw::new(raw.as_bytes())).last().unwrap().text(), text);
    }

    #[test]
    fn json_escapes_are_characters() {
        check(r#"{"a":"\u8eab\u5206 75\/03\/04"}"#, r#"{"a":"身分 75/03/04"}"#);
        check(r"\ud83d\ude00 \ud83d \ude00\u4e", "\u{1f600} \u{fffd} \u{fffd}\\u4e");
        check(r"\\u8eab", "身");
        check(r"a\nA123456789\tC:\new", r"a A123456789\tC:\new");
    }

    #[test]
    fn hex_and_octal_escapes_are_bytes_of_any_charset() {
        check(r"\xE8\xba\xAB", "身");
        check(r"\xA9m\xA6W", "姓名");
        check(r"\345\247\2230912", "姓0912");
        check(r"\251m\246W\0400912", "姓名 0912");
    }

    #[test]
    fn windows_paths_stay() {
        check(r"D:\2026\users\xampp\new\1", r"D:\2026\users\xampp\new\1");
    }
}
