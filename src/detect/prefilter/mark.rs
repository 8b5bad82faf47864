//! Marks of an encoding: where one stands, the text beneath is another, and the line is read.

use encoding_rs::BIG5;

use super::Classify;
use super::letters::{Letters, RUN};
use crate::alphabet::{LETTERS_MIN, TRIED_LETTERS, group, is_control, is_letter, is_sign};

/// The mark that begins with `%`, `&`, `*`, `#` or `\` at the front.
#[inline]
pub(super) fn stands(bytes: &[u8]) -> bool {
    match *bytes {
        // The second is a section of a parameter of RFC 2231, which may hold a part of a value; the third ends a line within a
        // message.
        [b'&', b'#', ..]
        | [b'*', b'0'..=b'9', b'=' | b'*' | b'0'..=b'9', ..]
        | [b'#', b'0', b'1', b'1' | b'2' | b'5', ..] => true,
        [b'\\', first @ b'0'..=b'3', second, third, ..] => {
            [first, second, third].iter().all(|digit| matches!(digit, b'0'..=b'7'))
        }
        // An escaped escape.
        [b'\\', b'\\', next, ..] => matches!(next, b'u' | b'x' | b'0'..=b'3'),
        [b'%', high, low, ..] | [b'\\', b'x' | b'X', high, low, ..] => {
            high.is_ascii_hexdigit() && low.is_ascii_hexdigit()
        }
        [b'\\', b'u', ..] => bytes[2..].iter().take(4).filter(|digit| digit.is_ascii_hexdigit()).count() == 4,
        // The blank of HTML may stand within a number.
        [b'&', ..] => bytes.starts_with(b"&amp;#") || bytes.starts_with(b"&nbsp;"),
        _ => false,
    }
}

/// The longest name of a charset in an encoded word, with a language.
const LABEL_BYTES_MAX: usize = 40;

/// Whether what stands at `at`, behind `=`, makes an encoded word of it, or a soft break, which is a mark too where it
/// lies within a field.
#[inline]
pub(super) fn after_equals(bytes: &[u8], at: usize) -> bool {
    let is_word = |rest: &[u8]| {
        let label = rest.iter().take(LABEL_BYTES_MAX).position(|byte| *byte == b'?').unwrap_or(0);
        label > 0 && matches!(rest[label + 1..], [b'B' | b'b' | b'Q' | b'q', b'?', ..])
    };
    match &bytes[at..] {
        [b'?', rest @ ..] => is_word(rest),
        rest => matches!(rest, [b'\n', ..] | [b'\r', b'\n', ..]),
    }
}

/// Whether the `=` at `at` begins the second of two escapes of quoted-printable; between them may stand the second half
/// of a Big5 character.
pub(super) fn second_escape(bytes: &[u8], at: usize) -> bool {
    let is_escape = |at: usize| matches!(bytes[at..], [b'=', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit());
    let beside = at >= 3 && is_escape(at - 3);
    let between = || at >= 4 && is_escape(at - 4) && matches!(bytes[at - 1], b'@'..=b'~');
    is_escape(at) && (beside || between())
}

/// Whether `=3D` ends at `at`: an escaped `=` shows by itself that a text is quoted-printable.
pub(super) fn escaped_equals(bytes: &[u8], at: usize) -> bool {
    matches!(bytes[..=at], [.., b'=', b'3', b'D' | b'd'])
}

/// How far the beginning of such a run is looked for: a longer one is a mark whatever it holds.
const RUN_LETTERS_MAX: usize = 256;

/// Whether the letters around `at` are a run of base64 that is long enough, and may be text. Many lines have such runs,
/// message ids and paths, and of these one byte in eight is a control: the first eight groups show nearly all, at once.
pub(super) fn base64<C: Classify>(bytes: &[u8], at: usize) -> bool {
    let is_within = |before: &&u8| before.is_ascii_alphanumeric();
    let at = at - bytes[..at].iter().rev().take(RUN_LETTERS_MAX).take_while(is_within).count();
    let run = letters_before::<C>(&bytes[..at]);
    if run == RUN_LETTERS_MAX {
        return true;
    }
    let start = at - run;
    // The first letter may be the second half of a character of Big5, or that of `\n`.
    let is_half = || start > 0 && matches!(bytes[start - 1], b'\\' | 0x80..);
    is_text::<C>(&bytes[start..], LETTERS_MIN)
        || run > 0 && is_text::<C>(&bytes[at..], LETTERS_MIN)
        || is_half() && is_text::<C>(&bytes[start + 1..], LETTERS_MIN - 1)
}

/// How many letters of base64 a text ends with, as far as they are counted.
fn letters_before<C: Classify>(text: &[u8]) -> usize {
    if !text.last().is_some_and(|last| is_letter(*last)) {
        return 0;
    }
    let mut letters = 0;
    while letters < RUN_LETTERS_MAX
        && let Some(run) = text[..text.len() - letters].last_chunk()
    {
        let more = C::letters(run).valid.leading_ones() as usize;
        letters += more;
        if more < RUN {
            return letters;
        }
    }
    let rest = text[..text.len() - letters].iter().rev().take(RUN_LETTERS_MAX - letters);
    letters + rest.take_while(|byte| is_letter(**byte)).count()
}

/// Whether a text begins with letters of base64, so many at least, and these as text does, in UTF-8 or Big5, or those up
/// to a sign, behind which something else may stand. The first byte may be the second half of a character.
fn is_text<C: Classify>(bytes: &[u8], letters_min: usize) -> bool {
    let letters = bytes.first_chunk().map(C::letters);
    let is_none = |letters: Letters, but| letters.has_control(but) || letters.is_garbled();
    let is_short = |letters: Letters| (letters.valid.trailing_ones() as usize) < letters_min;
    if letters.is_some_and(|letters| is_short(letters) || is_none(letters.within(letters_min), 1)) {
        return false;
    }
    // The rest of what is tried, where it is all letters.
    let rest = || bytes[TRIED_LETTERS - RUN..].first_chunk().is_none_or(|run| !is_none(C::letters(run), 0));
    let is_whole =
        letters.is_none_or(|letters| !is_none(letters, 1) && (letters.valid != u32::MAX || rest()));
    let tried = &bytes[..bytes.len().min(TRIED_LETTERS)];
    is_whole && is_text_by_groups(bytes, letters_min)
        || (letters_min..tried.len())
            .take_while(|at| is_letter(tried[*at]))
            .filter(|at| is_sign(tried[*at]))
            .any(|end| is_text_by_groups(&tried[..end], letters_min))
}

/// The same, one group after the other.
fn is_text_by_groups(bytes: &[u8], letters_min: usize) -> bool {
    let mut text = [0; TRIED_LETTERS / 4 * 3];
    let (mut len, mut letters) = (0, 0);
    for (four, decoded) in bytes.chunks(4).zip(text.chunks_exact_mut(3)) {
        let Some([one, two, three]) = four.first_chunk().and_then(|letters| group(*letters)) else {
            letters += four.iter().take_while(|letter| is_letter(**letter)).count();
            break;
        };
        letters += 4;
        if is_control(two) || is_control(three) || len > 0 && is_control(one) {
            return false;
        }
        decoded.copy_from_slice(&[one, two, three]);
        len += 3;
    }
    let text = &text[..len];
    letters >= letters_min
        && (text.is_ascii() || (0..=1.min(len)).any(|from| is_utf8(&text[from..]) || is_big5(&text[from..])))
}

/// Whether bytes are UTF-8, but for a character cut at either end.
fn is_utf8(bytes: &[u8]) -> bool {
    let cut = bytes.iter().take(3).take_while(|byte| matches!(byte, 0x80..=0xbf)).count();
    std::str::from_utf8(&bytes[cut..]).map_or_else(|error| error.error_len().is_none(), |_| true)
}

/// Whether bytes are Big5, of which three characters in four are frequent ones and signs (rows A1 to C6). The last one
/// may be cut.
fn is_big5(bytes: &[u8]) -> bool {
    // A fourth of them is the most that others may be, and each takes two bytes.
    let (rare_max, mut rare, mut pairs, mut at) = (bytes.len().div_ceil(2) / 4, 0, 0, 0);
    while at < bytes.len() {
        let is_pair = !bytes[at].is_ascii();
        pairs += usize::from(is_pair);
        rare += usize::from(is_pair && !matches!(bytes[at], 0xa1..=0xc6));
        if rare > rare_max {
            return false;
        }
        at += 1 + usize::from(is_pair);
    }
    let mut decoded = [0; TRIED_LETTERS / 4 * 3 * 3];
    rare * 4 <= pairs && {
        let mut reader = BIG5.new_decoder_without_bom_handling();
        !reader.decode_to_utf8(bytes, &mut decoded, false).3
    }
}

/// Whether the NUL at `at` is the third of three that stand at every other byte: text in UTF-16.
pub(super) fn third_nul(bytes: &[u8], at: usize) -> bool {
    let is_half = |at: usize| bytes[at] == 0 && !matches!(bytes.get(at + 1), Some(0 | b'\n'));
    at >= 4 && is_half(at) && is_half(at - 2) && is_half(at - 4)
}

/// Whether full-width digits or letters begin at `at`, or what stands unseen or as a separator between digits.
pub(super) fn wide(bytes: &[u8], at: usize) -> bool {
    let after_digit = || at.checked_sub(1).is_some_and(|before| bytes[before].is_ascii_digit());
    match bytes[at..] {
        // Full-width digits, letters and `＠` in UTF-8, digits in Big5 (in UTF-8 text these are now and then a Chinese
        // character); characters without width.
        [0xef, 0xbc, 0x90..=0x99 | 0xa0..=0xba, ..]
        | [0xef, 0xbd, 0x81..=0x9a, ..]
        | [0xa2, 0xaf..=0xb8, ..]
        | [0xe2, 0x80, 0x8b..=0x8d, ..]
        | [0xe2, 0x81, 0xa0, ..]
        | [0xef, 0xbb, 0xbf, ..]
        | [0xc2, 0xad, ..] => true,
        // Blank that does not break, dashes, minus, full-width brackets, plus, hyphen and point, wide blank; in Big5 the row of all
        // separators.
        [0xc2, 0xa0, ..]
        | [0xe2, 0x80, 0x90..=0x95, ..]
        | [0xe2, 0x88, 0x92, ..]
        | [0xef, 0xbc, 0x88 | 0x89 | 0x8b | 0x8d | 0x8e, ..]
        | [0xe3, 0x80, 0x80, ..]
        | [0xa1, ..] => after_digit(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::letters::tell;
    use super::*;

    proptest! {
        #[test]
        fn what_is_garbled_is_no_text_group_by_group(
            pieces in proptest::collection::vec((0..6_usize, any::<[u8; 2]>()), 37),
            from in 0..4_usize,
        ) {
            let pieces = pieces.into_iter().flat_map(|(which, [one, two])| match which {
                0 => vec![one, two],
                1 => vec![one | 0x80, two | 0x40],
                2 => vec![b'a' + one % 26],
                3 => "王".into(),
                4 => vec![0xa4, 0x40 + two % 0x3f],
                _ => "é".into(),
            });
            let text: Vec<u8> = pieces.collect();
            let run = data_encoding::BASE64.encode(&text[from..from + 33]);
            let is_text = is_text_by_groups(run.as_bytes(), LETTERS_MIN);
            // 44 letters, of which the last 32 begin with a group too.
            for run in [run.as_bytes().first_chunk(), run.as_bytes().last_chunk()] {
                prop_assert!(!(is_text && tell(run.expect("a run")).is_garbled()), "{text:x?} from {from}");
            }
        }
    }
}
