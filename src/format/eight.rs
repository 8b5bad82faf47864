//! Eight bytes at a time, for the lines of which there are most.

/// The top bit of each byte.
pub(super) const TOPS: u64 = 0x8080_8080_8080_8080;

const fn each(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

/// Where a byte stands first among so many at the front of a text.
pub(super) fn find_near(text: &[u8], byte: u8, most: usize) -> Option<usize> {
    let near = &text[..text.len().min(most)];
    let (eights, rest) = near.as_chunks();
    let found = eights.iter().map(|eight| first(*eight, byte)).position(|at| at < 8);
    match found {
        Some(nth) => Some(8 * nth + first(eights[nth], byte)),
        None => rest.iter().position(|other| *other == byte).map(|at| 8 * eights.len() + at),
    }
}

/// Where a byte stands first; 8 where it does not.
pub(super) fn first(eight: [u8; 8], byte: u8) -> usize {
    let unlike = u64::from_le_bytes(eight) ^ each(byte);
    // Behind the first byte that is zero others may seem so.
    at_first(unlike.wrapping_sub(each(1)) & !unlike & TOPS)
}

/// How many small letters stand at the front.
pub(super) fn letters(eight: [u8; 8]) -> usize {
    let word = u64::from_le_bytes(eight);
    let low = word & !TOPS;
    let is_letter = (low + each(0x80 - b'a')) & !(low + each(0x7f - b'z')) & !word;
    at_first(!is_letter & TOPS)
}

/// How many digits stand at the front.
pub(super) fn digits(eight: [u8; 8]) -> usize {
    let apart = u64::from_le_bytes(eight) ^ each(b'0');
    at_first((((apart & !TOPS) + each(0x7f - 9)) | apart) & TOPS)
}

/// The byte of the first top bit that is set.
fn at_first(tops: u64) -> usize {
    tops.trailing_zeros() as usize / 8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_is_told_at_each_place() {
        for byte in 0..=255_u8 {
            for at in 0..8 {
                let with = |around: u8| {
                    let mut eight = [around; 8];
                    eight[at] = byte;
                    eight
                };
                assert_eq!(letters(with(b'm')), if byte.is_ascii_lowercase() { 8 } else { at }, "{byte:#x}");
                assert_eq!(digits(with(b'5')), if byte.is_ascii_digit() { 8 } else { at }, "{byte:#x}");
                for around in [b'x', byte.wrapping_sub(1), byte ^ 0x80] {
                    let text = [[around; 8], with(around), [byte; 8]].concat();
                    let found = text.iter().position(|other| *other == byte);
                    assert_eq!(find_near(&text, byte, 24), found);
                    assert_eq!(find_near(&text, byte, 8 + at), found.filter(|found| *found < 8 + at));
                }
            }
        }
    }
}
