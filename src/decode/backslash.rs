//! Escapes with a backslash: `\u8eab` and `\/` of JSON (RFC 8259 section 7), `\xE8` of nginx, `\350` of Samba and
//! vsftpd.

use super::base64;
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
        b'n' | b'r' | b't' if is_before_value(bytes, at + 2) || is_before_word(bytes, at) => {
            // Lines of a body go on over a line end, and not over a blank.
            one(Unit::Byte(if base64::is_line(&bytes[..at]) { b'\n' } else { b' ' }), 2, "json")
        }
        // An escaped escape: `\\u8eab` is `\u8eab` one layer down.
        b'\\'
            if match *bytes.get(at + 2)? {
                b'u' | b'x' | b'0'..=b'7' | b'/' => true,
                b'n' | b'r' | b't' => is_before_word(bytes, at + 1),
                _ => false,
            } =>
        {
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

/// Whether a word begins behind the `\n` at `at`, which its letter would spoil: not in a path.
fn is_before_word(bytes: &[u8], at: usize) -> bool {
    let rest = &bytes[bytes.len().min(at + 2)..];
    rest.first().is_some_and(u8::is_ascii_alphabetic) && !is_path(&bytes[..at]) && !goes_on_as_path(rest)
}

/// How far the beginning and the end of a path are looked for.
const PATH_BYTES_MAX: usize = 128;

/// Whether a text ends in a path of Windows: behind a drive or a server, or with folders whose first letter makes no
/// escape.
fn is_path(text: &[u8]) -> bool {
    let text = &text[text.len().saturating_sub(PATH_BYTES_MAX)..];
    let token = text.rsplit(|byte| matches!(byte, b' ' | b'"' | b'\'')).next().unwrap_or_default();
    let is_drive = |three: &[u8]| three[0].is_ascii_alphabetic() && three[1..] == *b":\\";
    let ends_in_drive = || match token {
        [head @ .., letter, b':'] => {
            letter.is_ascii_alphabetic() && matches!(head, [] | [.., b'\\', b'n' | b'r' | b't'])
        }
        _ => false,
    };
    token == b"\\"
        || token.starts_with(b"\\\\")
        || ends_in_drive()
        || token.windows(3).any(is_drive)
        || has_folder(token)
}

/// Whether a text begins like the rest of a path: with a file's name, or a folder whose first letter makes no escape. An
/// e-mail address ends like a file.
fn goes_on_as_path(text: &[u8]) -> bool {
    let text = &text[..text.len().min(PATH_BYTES_MAX)];
    let is_end = |byte: &u8| matches!(byte, b' ' | b'"' | b'\'' | b':' | b'=' | b',');
    let token = text.split(is_end).next().unwrap_or_default();
    let suffix = token.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
    let is_suffix = (2..=5).contains(&suffix.len()) && suffix.iter().all(u8::is_ascii_alphanumeric);
    is_suffix && suffix.len() < token.len() && !token.contains(&b'@') || has_folder(token)
}

fn has_folder(token: &[u8]) -> bool {
    let is_escape =
        |byte: u8| matches!(byte, b'n' | b'r' | b't' | b'"' | b'\\' | b'/' | b'u' | b'x' | b'0'..=b'3');
    token.windows(2).any(|two| two[0] == b'\\' && !is_escape(two[1]))
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
        check(r"a\nA123456789\tC:\new", r"a A123456789 C:\new");
        check(r"Hello\nName: x\nemail=a\r\nb", r"Hello Name: x email=a\r b");
        check(r"lin@example.com\nwang@example.com\r\nx", r"lin@example.com wang@example.com\r x");
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
        for path in [
            r"D:\2026\users\xampp\new\1",
            r"\\server\reports\new.pdf",
            r"x C:\temp C:\\new",
            r"a\b\new",
            r"share\reports\q1.xlsx",
            r"\reports\names.xlsx",
            r"docs\new\Budget list",
        ] {
            check(path, path);
        }
    }
}
