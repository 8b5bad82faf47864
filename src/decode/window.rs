//! Windows: a long field in overlapping pieces, so that the work and memory of one piece are bounded and no byte of
//! the field is skipped.
//!
//! A field of up to 16 KiB, as nearly all are, is one window. In a longer one a finding belongs to the window that
//! owns its first raw byte: the owned ranges follow each other without gap or overlap, so nothing is found twice, and
//! a value that a window cuts through is found whole by its neighbour.

use std::ops::Range;

use crate::mask::Raw;

/// Bytes that are decoded together. Read as text they grow threefold at most, which stays below the bound of views.
const WINDOW_BYTES_MAX: usize = 16 * 1024;

/// Bytes around the owned range: 40 characters of keywords and a value, escaped three times over, take 1 KiB.
const MARGIN_BYTES: usize = 2 * 1024;

/// A piece of a field, in raw bytes of the field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// What is decoded.
    pub bytes: Range<usize>,
    /// What begins here belongs to this window.
    pub own: Range<usize>,
}

/// The windows of a field, in order; at least one.
pub fn windows(field: Raw<'_>) -> impl Iterator<Item = Window> {
    let bytes = field.bytes();
    let mut next = Some(0);
    std::iter::from_fn(move || {
        let from = next?;
        let rest = bytes.len() - from;
        let end = if from + rest <= WINDOW_BYTES_MAX || rest <= WINDOW_BYTES_MAX - 2 * MARGIN_BYTES {
            bytes.len()
        } else {
            from + WINDOW_BYTES_MAX - 2 * MARGIN_BYTES
        };
        next = (end < bytes.len()).then_some(end);
        let start = from.checked_sub(MARGIN_BYTES).map_or(0, |start| seam(bytes, start));
        Some(Window { bytes: start..bytes.len().min(end + MARGIN_BYTES), own: from..end })
    })
}

/// Where a window that should begin at `start` may: after a delimiter, so that no escape, word or character is cut.
/// Where there is none, after a byte that is whole in UTF-8 and in Big5, else on a character of UTF-8.
fn seam(bytes: &[u8], start: usize) -> usize {
    let near = &bytes[start..start + MARGIN_BYTES / 2];
    let is_delimiter = |byte: &u8| matches!(byte, b' ' | b'&' | b'?' | b';' | b'/' | b'"' | b'=' | b',');
    let is_whole = |byte: &u8| *byte < 0x40;
    let after = near.iter().position(is_delimiter).or_else(|| near.iter().position(is_whole));
    let continued = || near.iter().take(3).take_while(|byte| matches!(byte, 0x80..=0xbf)).count();
    start + after.map_or_else(continued, |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_field_is_one_window() {
        for len in [0, 1, WINDOW_BYTES_MAX] {
            let field = vec![b'x'; len];
            let all: Vec<_> = windows(Raw::new(&field)).collect();
            assert_eq!(all, [Window { bytes: 0..len, own: 0..len }]);
        }
    }

    #[test]
    fn every_byte_is_owned_once_and_has_its_margins() {
        for len in [16_385, 20_000, 28_672, 28_673, 1 << 20] {
            let field = vec![b'x'; len];
            let mut owned = 0;
            for Window { bytes, own } in windows(Raw::new(&field)) {
                assert_eq!(own.start, owned);
                assert!(bytes.len() <= WINDOW_BYTES_MAX, "{len}: {bytes:?}");
                assert!(bytes.start == 0 || own.start - bytes.start >= MARGIN_BYTES / 2);
                assert!(bytes.end == len || bytes.end - own.end == MARGIN_BYTES);
                owned = own.end;
            }
            assert_eq!(owned, len);
        }
    }

    #[test]
    fn a_delimiter_that_is_far_takes_no_margin_away() {
        for period in [1_500, 3_000, 5_000] {
            let field = format!("{} ", "x".repeat(period)).repeat(40);
            for Window { bytes, own } in windows(Raw::new(field.as_bytes())) {
                assert!(
                    bytes.start == 0 || own.start - bytes.start >= MARGIN_BYTES / 2,
                    "{period}: {bytes:?}"
                );
            }
        }
    }

    #[test]
    fn a_window_begins_where_a_character_does() {
        for text in ["碼", "碼碼 ", "%E7%A2%BC", "x=%E7%A2%BC&"] {
            let field = text.repeat(20_000);
            for window in windows(Raw::new(field.as_bytes())) {
                assert!(field.is_char_boundary(window.bytes.start));
            }
        }
        let field = "%E7%A2%BC&".repeat(20_000);
        assert!(windows(Raw::new(field.as_bytes())).all(|w| w.bytes.start % 10 == 0));
    }
}
