//! From bytes to characters: UTF-8, else Big5 as Taiwan writes it, else byte by byte.
//!
//! Big5 is decoded before anything is matched, because a third of its characters end in an ASCII letter: 碼 is
//! `BD 58`, and `號碼120000005` read as bytes holds `X120000005`, which passes the checksum of an identity number.

use encoding_rs::BIG5;

use super::view::{Builder, Mapped, View};
use crate::alphabet::is_control;

/// A charset that a label names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Charset {
    /// UTF-8, and US-ASCII with it. Senders who label Big5 as this exist, so that it is only the first guess.
    Utf8,
    /// Big5, code page 950 and Hong Kong's supplement: one decoder reads them all, though the WHATWG index and code
    /// page 950 differ in some signs (whatwg/encoding#75), none of which stands in a value or a keyword.
    Big5,
    /// ISO 8859-1.
    Latin1,
}

impl Charset {
    /// The charset with this label. The names that Java, Python and old mailers write are not WHATWG labels, hence
    /// a list of our own; an unknown label is guessed as UTF-8, then Big5.
    pub(super) fn from_label(label: &str) -> Self {
        const BIG5_LABELS: [&str; 9] = [
            "big5",
            "big-5",
            "cp950",
            "ms950",
            "x-x-big5",
            "big5_tw",
            "big5-hkscs",
            "windows-950",
            "x-windows-950",
        ];
        // RFC 2231 section 5 lets a language follow: `utf-8*zh-TW`.
        let label = label.split('*').next().unwrap_or(label);
        if BIG5_LABELS.iter().any(|known| known.eq_ignore_ascii_case(label)) {
            Self::Big5
        } else if label.eq_ignore_ascii_case("iso-8859-1") || label.eq_ignore_ascii_case("latin1") {
            Self::Latin1
        } else {
            Self::Utf8
        }
    }
}

/// The first view of a field: its bytes as text.
pub(super) fn raw_view(bytes: &[u8]) -> View {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return View::same("raw", text.to_owned());
    }
    let mut builder = Builder::whole();
    let name = if guess(bytes) == Charset::Big5 { "big5" } else { "raw" };
    read(bytes, &mut |c, start, end| builder.push(c, start as u32..end as u32));
    builder.finish(name)
}

/// Appends bytes in the charset that their label names, or in the one they are evidently in: labels lie.
pub(super) fn append(builder: &mut Builder, mapped: &Mapped, charset: Charset) {
    let mut push = |c: char, start: usize, end: usize| {
        let spans = &mapped.spans[start..end];
        let from = spans.iter().map(|span| span.start).min().unwrap_or(0);
        let to = spans.iter().map(|span| span.end).max().unwrap_or(0);
        builder.push(c, from..to);
    };
    match charset {
        Charset::Latin1 => {
            for (at, &byte) in mapped.bytes.iter().enumerate() {
                push(char::from(byte), at, at + 1);
            }
        }
        Charset::Big5 if !is_evidently_utf8(&mapped.bytes) => read_big5(&mapped.bytes, &mut push),
        Charset::Big5 | Charset::Utf8 => read(&mapped.bytes, &mut push),
    }
}

/// Appends bytes without a label and forgets them.
pub(super) fn flush(builder: &mut Builder, mapped: &mut Mapped) {
    append(builder, mapped, Charset::Utf8);
    mapped.clear();
}

/// Whether bytes without a label are text: no controls, and UTF-8 but for a character cut at either end, or Big5 of
/// which three characters in four are frequent ones and signs (rows A1 to C6). What is none of these is a hash or an id.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    if bytes.is_empty() || bytes.iter().copied().any(is_control) {
        return false;
    }
    let cut = bytes.iter().take(3).take_while(|byte| matches!(byte, 0x80..=0xbf)).count();
    match std::str::from_utf8(&bytes[cut..]) {
        Ok(_) => return true,
        Err(error) if error.error_len().is_none() && error.valid_up_to() > 0 => return true,
        Err(_) => {}
    }
    is_plausible_big5(bytes) && {
        let (pairs, frequent) = pairs(bytes).fold((0, 0), |(pairs, frequent), lead| {
            (pairs + 1, frequent + usize::from((0xa1..=0xc6).contains(&lead)))
        });
        frequent * 4 >= pairs * 3
    }
}

/// The first bytes of the pairs of a text in Big5.
fn pairs(bytes: &[u8]) -> impl Iterator<Item = u8> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        at += bytes.get(at..)?.iter().position(|byte| !byte.is_ascii())?;
        at += 2;
        bytes.get(at - 2).copied()
    })
}

/// What takes a character and the range of bytes it came from.
type Push<'p> = dyn FnMut(char, usize, usize) + 'p;

/// Reads bytes of unknown charset.
fn read(bytes: &[u8], push: &mut Push<'_>) {
    if guess(bytes) == Charset::Big5 {
        return read_big5(bytes, push);
    }
    let mut at = 0;
    while at < bytes.len() {
        let valid = valid_prefix(&bytes[at..]);
        for (within, c) in valid.char_indices() {
            push(c, at + within, at + within + c.len_utf8());
        }
        at += valid.len();
        let Some(&lost) = bytes.get(at) else { break };
        // A stray Big5 character takes its second byte along, or that byte would pass for the letter of a value.
        let pair = bytes.get(at + 1).and_then(|&trail| big5_char(lost, trail));
        let len = 1 + usize::from(pair.is_some());
        push(pair.unwrap_or(char::REPLACEMENT_CHARACTER), at, at + len);
        at += len;
    }
}

/// The valid UTF-8 at the beginning of bytes.
fn valid_prefix(bytes: &[u8]) -> &str {
    bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid())
}

/// Valid UTF-8, also when cut within its last character, is UTF-8; otherwise what reads as Big5 without fault is.
fn guess(bytes: &[u8]) -> Charset {
    let is_utf8 = match std::str::from_utf8(bytes) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none() && error.valid_up_to() > 0 && is_cut_utf8(bytes, &error),
    };
    if !is_utf8 && is_plausible_big5(bytes) { Charset::Big5 } else { Charset::Utf8 }
}

/// Labelled Big5, and yet no Big5 but UTF-8.
fn is_evidently_utf8(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok() && !is_plausible_big5(bytes)
}

/// A cut last character proves UTF-8 only beside whole ones: a lone Big5 lead byte at the end looks the same.
fn is_cut_utf8(bytes: &[u8], error: &std::str::Utf8Error) -> bool {
    !bytes[..error.valid_up_to()].is_ascii() || bytes.len() - error.valid_up_to() > 1
}

/// Every pair decodes, but for a lead byte cut off at the end, and four in five are of the standard's own rows
/// (A1 to F9): what Latin-1 or a broken UTF-8 makes of it is strewn over all rows.
fn is_plausible_big5(bytes: &[u8]) -> bool {
    let (mut at, mut pairs, mut standard) = (0, 0usize, 0usize);
    while at < bytes.len() {
        if bytes[at].is_ascii() {
            at += 1;
        } else if at + 1 == bytes.len() {
            break;
        } else if big5_char(bytes[at], bytes[at + 1]).is_some() {
            pairs += 1;
            standard += usize::from((0xa1..=0xf9).contains(&bytes[at]));
            at += 2;
        } else {
            return false;
        }
    }
    pairs > 0 && standard * 5 >= pairs * 4
}

fn read_big5(bytes: &[u8], push: &mut Push<'_>) {
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let pair = bytes.get(at + 1).and_then(|&trail| big5_char(byte, trail));
        match pair {
            _ if byte.is_ascii() => push(char::from(byte), at, at + 1),
            Some(c) => {
                push(c, at, at + 2);
                at += 1;
            }
            None => push(char::REPLACEMENT_CHARACTER, at, at + 1),
        }
        at += 1;
    }
}

/// The character of a Big5 pair. Four pairs of Hong Kong's supplement are two characters: the first one is kept.
fn big5_char(lead: u8, trail: u8) -> Option<char> {
    let pair = [lead, trail];
    let text = BIG5.decode_without_bom_handling_and_without_replacement(&pair)?;
    if lead.is_ascii() { None } else { text.chars().next() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn big5_is_read_by_characters_and_keeps_its_place() {
        let bytes = b"\xb8\xb9\xbdX120000005";
        let view = raw_view(bytes);
        assert_eq!(view.text(), "號碼120000005");
        assert_eq!(view.name, "big5");
        assert_eq!(&bytes[view.raw(6..15)], b"120000005");
    }

    #[test]
    fn utf8_cut_within_a_character_stays_utf8() {
        let bytes = &"身分證號碼".as_bytes()[..14];
        assert!(raw_view(bytes).text().starts_with("身分證號"));
    }

    #[test]
    fn bytes_of_no_charset_are_kept_one_by_one() {
        let view = raw_view(b"\xff\xff\x00A123456789\xff");
        assert_eq!(view.text(), "\u{fffd}\u{fffd}\0A123456789\u{fffd}");
        assert_eq!(view.raw(7..17), 3..13);
    }

    #[test]
    fn a_big5_character_amid_utf8_keeps_its_second_byte() {
        let bytes = [b"\xff".as_slice(), "號碼".as_bytes(), b"\xbdX120000005"].concat();
        assert!(raw_view(&bytes).text().ends_with("碼120000005"));
    }

    #[test]
    fn labels_that_no_standard_lists_are_known() {
        for label in ["Big5", "cp950", "MS950", "x-x-big5", "big5_tw", "BIG5-HKSCS", "big5*zh-TW"] {
            assert_eq!(Charset::from_label(label), Charset::Big5, "{label}");
        }
        assert_eq!(Charset::from_label("us-ascii"), Charset::Utf8);
        assert_eq!(Charset::from_label("ISO-8859-1"), Charset::Latin1);
    }
}
