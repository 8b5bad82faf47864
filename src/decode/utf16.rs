//! UTF-16, as Exchange and PowerShell write whole logs.
//!
//! Lines are cut at the byte 0A before anything is decoded, so that a line may begin with the second half of its
//! predecessor's line end, and end with the first half of its own. Hence both alignments are tried for both orders of
//! bytes. NULs tell which two of the four are possible, and of these the one is right whose characters are common.

use encoding_rs::BIG5;

use super::view::{Builder, View};
use crate::fault;

/// NULs at every other byte that are UTF-16 whatever else the field holds: no value is shorter.
const ALTERNATING_MIN: usize = 8;

/// How many characters beyond ASCII are judged.
const JUDGED_MAX: usize = 16;

/// By how many of a thousand common characters one layout must lead for the other to be left out.
const DOUBT: usize = 300;

/// The order of the two bytes of a unit, and where the first unit begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Layout {
    big_endian: bool,
    start: usize,
}

/// The views of a field in UTF-16, the likelier one last: two where both layouts make sense, as for the few characters
/// of `id 證T858073029`; none where it is in no UTF-16.
pub(super) fn decode(bytes: &[u8]) -> Vec<View> {
    layouts(bytes).into_iter().flatten().map(|layout| read(bytes, layout)).collect()
}

fn read(bytes: &[u8], layout: Layout) -> View {
    let mut builder = Builder::whole();
    if layout.start == 1 && bytes[0] != 0 {
        builder.push(char::REPLACEMENT_CHARACTER, 0..1);
    }
    let mut at = layout.start;
    for c in characters(bytes, layout) {
        let len = 2 * c.len_utf16();
        builder.push(c, at as u32..(at + len) as u32);
        at += len;
    }
    builder.finish("utf16")
}

/// The characters from the first unit on; half a pair of surrogates is one without meaning, and a last single byte is
/// none.
fn characters(bytes: &[u8], layout: Layout) -> impl Iterator<Item = char> + '_ {
    let units = bytes[layout.start..].chunks_exact(2).map(move |pair| {
        let pair = [pair[0], pair[1]];
        if layout.big_endian { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }
    });
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
}

/// The likelier layout last.
fn layouts(bytes: &[u8]) -> [Option<Layout>; 2] {
    match bytes {
        [0xff, 0xfe, ..] => return [None, Some(Layout { big_endian: false, start: 2 })],
        [0xfe, 0xff, ..] => return [None, Some(Layout { big_endian: true, start: 2 })],
        _ => {}
    }
    let Some(at) = nul_parity(bytes).filter(|_| fault::guards("utf16-lines")) else { return [None, None] };
    // The NUL is the second byte of a unit of the one, and the first of the other.
    let little = Layout { big_endian: false, start: 1 - at };
    let big = Layout { big_endian: true, start: at };
    match (common(bytes, little), common(bytes, big)) {
        // All is ASCII, and reads alike but for a half unit at an end: none is lost from the first byte on.
        (None, None) => [None, Some(if at == 0 { big } else { little })],
        (Some(of_little), Some(of_big)) if of_little > of_big + DOUBT => [None, Some(little)],
        (Some(of_little), Some(of_big)) if of_big > of_little + DOUBT => [None, Some(big)],
        (of_little, of_big) if of_big > of_little => [Some(little), Some(big)],
        _ => [Some(big), Some(little)],
    }
}

/// Whether NULs stand at even offsets (0) or at odd ones (1): at three in ten of them, or at eight in turn.
fn nul_parity(bytes: &[u8]) -> Option<usize> {
    memchr::memchr(0, bytes)?;
    let (mut count, mut in_turn, mut last, mut is_run) = ([0usize; 2], 0, usize::MAX, false);
    for at in memchr::memchr_iter(0, bytes) {
        count[at % 2] += 1;
        in_turn = if last.wrapping_add(2) == at { in_turn + 1 } else { 1 };
        is_run |= in_turn >= ALTERNATING_MIN;
        last = at;
    }
    let parity = usize::from(count[1] > count[0]);
    let is_share = count[parity] * 2 * 10 > bytes.len() * 3 && count[1 - parity] * 4 <= count[parity];
    (is_run || is_share && bytes.len() >= 4).then_some(parity)
}

/// How many of a thousand characters beyond ASCII are of the frequent rows of Big5 (A1 to C6); none where all are ASCII,
/// which both layouts read alike. In the wrong one the two bytes of a character belong to two characters of the right
/// one, and three in four such mixtures are rare.
fn common(bytes: &[u8], layout: Layout) -> Option<usize> {
    let mut buffer = [0; 4];
    let mut is_common = |c: char| {
        let (encoded, _, lossy) = BIG5.encode(c.encode_utf8(&mut buffer));
        !lossy && encoded.first().is_some_and(|lead| (0xa1..=0xc6).contains(lead))
    };
    let is_wide = |c: &char| !matches!(c, ' '..='~' | '\r' | '\n' | '\t');
    let (mut all, mut good) = (0, 0);
    for c in characters(bytes, layout).filter(is_wide).take(JUDGED_MAX) {
        all += 1;
        good += usize::from(is_common(c));
    }
    (good * 1000).checked_div(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str, big_endian: bool) -> Vec<u8> {
        let unit = |unit: u16| if big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() };
        text.encode_utf16().flat_map(unit).collect()
    }

    #[test]
    fn ascii_alone_is_read_once_and_three_in_ten_are_enough() {
        assert_eq!(decode(&bytes("id A123456789", false)).len(), 1);
        // Two Chinese characters and three others in turn: never eight NULs in a row.
        let mixed = "姓名A12身分345證號678號碼9AB".repeat(3);
        for big_endian in [false, true] {
            let field = bytes(&mixed, big_endian);
            assert!(decode(&field).iter().any(|view| view.text() == mixed), "big endian: {big_endian}");
        }
    }

    #[test]
    fn every_line_of_a_file_is_read_in_either_order() {
        let lines =
            ["姓名王小明 身分證A123456789", "plain text 0912345678", "id 證T858073029 x", "名A123456789"];
        let text = lines.join("\r\n");
        for big_endian in [false, true] {
            let file = bytes(&text, big_endian);
            for (line, text) in file.split(|byte| *byte == b'\n').zip(lines) {
                let views = decode(line);
                let view = views.iter().find(|view| view.text().trim_end_matches('\r') == text);
                let view = view.unwrap_or_else(|| panic!("{text}, big endian: {big_endian}"));
                let at = view.text().find('8').unwrap();
                assert!(line[view.raw(at..at + 1)].contains(&b'8'));
            }
        }
    }

    #[test]
    fn a_value_amid_many_characters_is_enough() {
        let text = format!("{}A123456789{}", "身分證號碼".repeat(20), "姓名".repeat(20));
        assert_eq!(decode(&bytes(&text, false))[0].text(), text);
    }

    #[test]
    fn the_mark_of_byte_order_decides_alone() {
        assert_eq!(decode(&bytes("\u{feff}姓名", true))[0].text(), "姓名");
        assert_eq!(decode(&bytes("\u{feff}姓名", false))[0].text(), "姓名");
    }

    #[test]
    fn other_bytes_are_not_utf16() {
        for other in [&b""[..], b"plain", b"\0", b"\0\0\0\0\0\0\0\0", b"a\0b", "姓名".as_bytes()] {
            assert!(decode(other).is_empty(), "{other:?}");
        }
    }
}
