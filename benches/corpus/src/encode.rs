//! The encodings in which texts stand in logs.

use crate::big5;
use crate::random::Random;

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const UPPER: &[u8; 16] = b"0123456789ABCDEF";

/// Characters of an encoded word, with its frame (RFC 2047, 2).
const WORD_CHARS_MAX: usize = 75;

fn hex(out: &mut Vec<u8>, byte: u8) {
    out.extend([UPPER[usize::from(byte >> 4)], UPPER[usize::from(byte & 15)]]);
}

/// Base64 with padding.
pub(crate) fn base64(bytes: &[u8], out: &mut Vec<u8>) {
    for group in bytes.chunks(3) {
        let bits =
            group.iter().fold(0_u32, |bits, &byte| bits << 8 | u32::from(byte)) << (8 * (3 - group.len()));
        for nth in 0..4 {
            let letter = BASE64[(bits >> (18 - 6 * nth) & 63) as usize];
            out.push(if nth <= group.len() { letter } else { b'=' });
        }
    }
}

/// What cleanup writes between two lines of a header, of which the second begins with a blank or a tab.
const FOLDS: [&str; 3] = ["? ", "??", " "];

/// The bytes of a text in a charset of an encoded word, character by character.
fn characters(text: &str, charset: &str) -> Vec<Vec<u8>> {
    let is_big5 = charset.eq_ignore_ascii_case("big5");
    let mut letter = [0; 4];
    text.chars()
        .map(|c| {
            let text = &*c.encode_utf8(&mut letter);
            if is_big5 { big5::encode(text).expect("a character of the corpus") } else { text.into() }
        })
        .collect()
}

/// Encoded words in base64. Where a word may end within a character, as some programs let it, it does.
pub(crate) fn words_b(
    text: &str,
    charset: &str,
    random: &mut Random,
    split_characters: bool,
    out: &mut Vec<u8>,
) {
    let room = (WORD_CHARS_MAX - charset.len() - 7) / 4 * 3;
    // Programs that fold do so early: a line of a header has 76 characters with its name.
    let room = random.within(room as u64 / 2, room as u64) as usize / 3 * 3;
    let fold = FOLDS[random.below(3) as usize];
    let mut parts = characters(text, charset);
    if split_characters {
        parts = parts.concat().into_iter().map(|byte| vec![byte]).collect();
    }
    let (mut word, mut first) = (Vec::with_capacity(room), true);
    let mut end = |word: &mut Vec<u8>| {
        if !first {
            out.extend_from_slice(fold.as_bytes());
        }
        first = false;
        out.extend_from_slice(b"=?");
        out.extend_from_slice(charset.as_bytes());
        out.extend_from_slice(b"?B?");
        base64(word, out);
        out.extend_from_slice(b"?=");
        word.clear();
    };
    for part in parts {
        if word.len() + part.len() > room {
            end(&mut word);
        }
        word.extend(part);
    }
    end(&mut word);
}

/// Encoded words in quoted-printable.
pub(crate) fn words_q(text: &str, charset: &str, random: &mut Random, out: &mut Vec<u8>) {
    let room = WORD_CHARS_MAX - charset.len() - 7;
    let fold = FOLDS[random.below(3) as usize];
    let (mut used, mut first, mut part) = (room + 1, true, Vec::new());
    for character in characters(text, charset) {
        part.clear();
        for byte in character {
            match byte {
                b' ' => part.push(b'_'),
                b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'.' | b'/' | b'+' | b'@' => part.push(byte),
                _ => {
                    part.push(b'=');
                    hex(&mut part, byte);
                }
            }
        }
        if used + part.len() > room {
            if !first {
                out.extend_from_slice(b"?=");
                out.extend_from_slice(fold.as_bytes());
            }
            first = false;
            out.extend_from_slice(b"=?");
            out.extend_from_slice(charset.as_bytes());
            out.extend_from_slice(b"?Q?");
            used = 0;
        }
        out.extend_from_slice(&part);
        used += part.len();
    }
    if !first {
        out.extend_from_slice(b"?=");
    }
}

/// How much is escaped by percent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Percent {
    /// What a browser escapes: all but letters, digits and `-_.~`.
    Browser,
    /// Every byte.
    Everything,
    /// As a browser, twice.
    Twice,
    /// As a browser in a page in Big5, where the second halves of many characters are letters and stay.
    Big5,
}

/// Percent-encoding; a blank is `%20`, or `+` in a form.
pub(crate) fn percent(text: &str, how: Percent, form: bool, out: &mut Vec<u8>) {
    let in_big5 = (how == Percent::Big5).then(|| big5::encode(text).expect("a character of the corpus"));
    for &byte in in_big5.as_deref().unwrap_or(text.as_bytes()) {
        let plain = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
        if plain && how != Percent::Everything {
            out.push(byte);
        } else if form && byte == b' ' {
            out.push(b'+');
        } else {
            out.extend_from_slice(if how == Percent::Twice { b"%25" } else { b"%" });
            hex(out, byte);
        }
    }
}

/// `\xE8` for what is not ASCII, as nginx (`upper`) and Apache write it.
pub(crate) fn backslash_x(text: &str, upper: bool, out: &mut Vec<u8>) {
    for &byte in text.as_bytes() {
        if byte.is_ascii() {
            out.push(byte);
        } else {
            let at = out.len() + 2;
            out.extend_from_slice(b"\\x");
            hex(out, byte);
            if !upper {
                out[at..].make_ascii_lowercase();
            }
        }
    }
}

/// `\u8eab` for what is not ASCII, or for everything.
pub(crate) fn backslash_u(text: &str, everything: bool, out: &mut Vec<u8>) {
    let mut units = [0; 2];
    for c in text.chars() {
        if c.is_ascii() && !everything {
            out.push(c as u8);
            continue;
        }
        for unit in c.encode_utf16(&mut units) {
            out.extend_from_slice(b"\\u");
            let at = out.len();
            hex(out, (*unit >> 8) as u8);
            hex(out, *unit as u8);
            out[at..].make_ascii_lowercase();
        }
    }
}

/// `&#36523;` for what is not ASCII, decimal or hexadecimal.
pub(crate) fn entities(text: &str, decimal: bool, out: &mut Vec<u8>) {
    for c in text.chars() {
        if c.is_ascii() {
            out.push(c as u8);
        } else if decimal {
            out.extend_from_slice(format!("&#{};", c as u32).as_bytes());
        } else {
            out.extend_from_slice(format!("&#x{:x};", c as u32).as_bytes());
        }
    }
}

/// Quoted-printable without line breaks (RFC 2045, 6.7).
pub(crate) fn quoted_printable(text: &str, out: &mut Vec<u8>) {
    for &byte in text.as_bytes() {
        if byte.is_ascii_graphic() && byte != b'=' && byte != b'"' || byte == b' ' {
            out.push(byte);
        } else {
            out.push(b'=');
            hex(out, byte);
        }
    }
}

/// Letters, digits and signs of ASCII as full-width ones.
pub(crate) fn full_width(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            ' ' => '\u{3000}',
            '!'..='~' => char::from_u32(c as u32 + 0xfee0).unwrap_or(c),
            _ => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(write: impl Fn(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).expect("all encodings are ASCII")
    }

    #[test]
    fn encodings_are_those_of_the_standards() {
        assert_eq!(made(|out| base64(b"f", out)), "Zg==");
        assert_eq!(made(|out| base64(b"foob", out)), "Zm9vYg==");
        assert_eq!(made(|out| base64(b"foobar", out)), "Zm9vYmFy");
        assert_eq!(made(|out| percent("a 身", Percent::Browser, true, out)), "a+%E8%BA%AB");
        assert_eq!(made(|out| percent("1 2", Percent::Twice, false, out)), "1%25202");
        assert_eq!(made(|out| percent("1", Percent::Everything, false, out)), "%31");
        assert_eq!(made(|out| percent("姓名1", Percent::Big5, false, out)), "%A9m%A6W1");
        assert_eq!(made(|out| words_q("姓名1", "big5", &mut Random::new(1), out)), "=?big5?Q?=A9m=A6W1?=");
        assert_eq!(made(|out| backslash_x("a身", false, out)), r"a\xe8\xba\xab");
        assert_eq!(made(|out| backslash_u("a身", false, out)), r"a\u8eab");
        assert_eq!(made(|out| entities("a身", true, out)), "a&#36523;");
        assert_eq!(made(|out| quoted_printable("a=身", out)), "a=3D=E8=BA=AB");
        assert_eq!(full_width("A1 -"), "Ａ１　－");
    }

    #[test]
    fn encoded_words_have_75_characters_at_most() {
        let mut random = Random::new(3);
        let text = "身分證字號 A123456789 更正，請於期限內回覆承辦人，謝謝您的協助";
        for _ in 0..50 {
            for words in [
                made(|out| words_b(text, "UTF-8", &mut random.clone(), false, out)),
                made(|out| words_q(text, "utf-8", &mut random.clone(), out)),
            ] {
                let longest =
                    words.split("?=").map(|word| word.trim_start_matches(['?', ' ']).len() + 2).max();
                assert!(longest <= Some(WORD_CHARS_MAX + 1), "{words}");
            }
            random.bits();
        }
    }
}
