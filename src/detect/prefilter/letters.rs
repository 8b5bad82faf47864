//! Letters of base64, 32 at a time: which bytes are, and which of what they stand for is a control.

use crate::alphabet::{self, is_control, is_letter};

/// Letters that are looked at together.
pub(in crate::detect) const RUN: usize = 32;

/// What is told of so many bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::detect) struct Letters {
    /// A bit for each byte that is a letter.
    pub(in crate::detect) valid: u32,
    /// Of each group of four letters three bits for the bytes that they stand for: those of controls. Where not all four
    /// are letters they say nothing.
    pub(in crate::detect) controls: u32,
    /// The same: those that are not ASCII.
    pub(in crate::detect) high: u32,
    /// The same: those that may be the second half of a character of Big5.
    pub(in crate::detect) seconds: u32,
}

impl Letters {
    /// What is told of so many at the front.
    pub(super) fn within(self, letters: usize) -> Self {
        let first = !u32::MAX.checked_shl(letters as u32).unwrap_or(0);
        Self { valid: self.valid & first, ..self }
    }

    /// Whether a control stands among what whole groups at the front stand for, but for so many of the first bytes: the
    /// first may be the second half of a character.
    pub(super) fn has_control(self, but: u32) -> bool {
        self.controls & self.groups() >> but << but != 0
    }

    /// Whether what whole groups at the front stand for is neither UTF-8 nor Big5, whatever comes before and after it.
    pub(super) fn is_garbled(self) -> bool {
        let groups = self.groups();
        let high = self.high & groups;
        let behind = |mask: u32| (mask & FIRST_TWO) << 1 | (mask & THIRD) << 2;
        let starts = high & !behind(high);
        // Of the first character some bytes may be missing, or the first one may be the half of another; of the last one
        // too.
        let first = 3;
        let last = (groups & THIRD).checked_ilog2().map_or(0, |last| 1 << last);
        let is_followed = |by: u32| by >> 1 & FIRST_TWO | by >> 2 & THIRD | last;
        let is_utf8 = starts & !is_followed(high) & !first == 0;
        // What is not ASCII behind what is begins a character.
        let is_big5 = || starts & !is_followed(self.seconds) & !1 == 0;
        !is_utf8 && !is_big5()
    }

    /// The letters of whole groups at the front.
    fn groups(self) -> u32 {
        let letters = self.valid.trailing_ones() / 4 * 4;
        !u32::MAX.checked_shl(letters).unwrap_or(0)
    }
}

/// Of each group the bits of the first two bytes that it stands for, and of the third.
const FIRST_TWO: u32 = 0x3333_3333;
const THIRD: u32 = 0x4444_4444;

/// The letters of 32 bytes. Either alphabet of RFC 4648 is one.
pub(super) fn tell(bytes: &[u8; RUN]) -> Letters {
    let (mut valid, mut told) = (0, [0; 2]);
    for (nth, group) in bytes.as_chunks::<4>().0.iter().enumerate() {
        let Some(decoded) = alphabet::group(*group) else {
            for (at, byte) in group.iter().enumerate() {
                valid |= u32::from(is_letter(*byte)) << (4 * nth + at);
            }
            continue;
        };
        valid |= 0xf << (4 * nth);
        for (at, byte) in decoded.into_iter().enumerate() {
            let [first, seconds] = STANDS_FOR[usize::from(byte)];
            told[0] |= first << (4 * nth + at);
            told[1] |= seconds << (4 * nth + at);
        }
    }
    let [first, seconds] = told;
    Letters { valid, controls: first as u32, high: (first >> 32) as u32, seconds: seconds as u32 }
}

/// Of each byte whether it is a control, and from the 32nd bit on whether it is not ASCII; whether it may be the second
/// half of a character of Big5.
const STANDS_FOR: [[u64; 2]; 256] = {
    let mut table = [[0; 2]; 256];
    let mut at = 0;
    while at < 256 {
        let byte = at as u8;
        let first = is_control(byte) as u64 | (!byte.is_ascii() as u64) << 32;
        table[at] = [first, matches!(byte, 0x40..=0x7e | 0xa1..=0xfe) as u64];
        at += 1;
    }
    table
};

/// Sets of letters by the low and by the high half of a byte, one set a bit: `+-/`, digits, `A` to `O` and `a` to `o`,
/// `P` to `Z` and `_`, `p` to `z`.
pub(in crate::detect) const LETTERS_LOW: [u8; 16] = [
    0b1_1010, 0b1_1110, 0b1_1110, 0b1_1110, 0b1_1110, 0b1_1110, 0b1_1110, 0b1_1110, 0b1_1110, 0b1_1110,
    0b1_1100, 0b0_0101, 0b0_0100, 0b0_0101, 0b0_0100, 0b0_1101,
];
pub(in crate::detect) const LETTERS_HIGH: [u8; 16] =
    [0, 0, 1, 1 << 1, 1 << 2, 1 << 3, 1 << 2, 1 << 4, 0, 0, 0, 0, 0, 0, 0, 0];

/// By the high half what added to a letter makes its value: of `/`, digits, capitals and small letters.
pub(in crate::detect) const LETTER_SHIFTS: [i8; 16] =
    [0, 0, 63 - 0x2f, 52 - 0x30, -0x41, -0x41, 26 - 0x61, 26 - 0x61, 0, 0, 0, 0, 0, 0, 0, 0];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_halves_are_the_letters_of_both_alphabets() {
        for byte in 0..=255_u8 {
            let is_letter = LETTERS_LOW[usize::from(byte & 15)] & LETTERS_HIGH[usize::from(byte >> 4)] != 0;
            assert_eq!(is_letter, alphabet::is_letter(byte), "{byte:#x}");
        }
    }

    #[test]
    fn controls_are_told_of_whole_groups_at_the_front() {
        let mut run = [b'!'; RUN];
        run[..12].copy_from_slice(b"QUJDAAAAQUJD");
        let letters = tell(&run);
        assert_eq!((letters.valid, letters.controls), (0xfff, 0b0111 << 4));
        assert!(letters.has_control(1));
        run[6] = b'!';
        assert!(!tell(&run).has_control(1));
        run[..4].copy_from_slice(b"AEFB");
        assert!(!tell(&run).has_control(1) && tell(&run).has_control(0));
    }

    #[test]
    fn what_is_garbled_is_text_in_neither_charset_however_it_is_cut() {
        let letters =
            |bytes: &[u8]| tell(data_encoding::BASE64.encode(bytes).as_bytes().first_chunk().unwrap());
        let text = "姓名王小明電話, 身分證 A123456789 與 x，住址臺北市".repeat(2);
        let (big5, _, _) = encoding_rs::BIG5.encode(&text);
        for bytes in [text.as_bytes(), &big5[..]] {
            for from in 0..bytes.len() - 24 {
                assert!(!letters(&bytes[from..from + 24]).is_garbled(), "from {from}");
            }
        }
        // A lead of neither at the fifth place.
        assert!(letters(b"abcd\xe51bcdefghijklmnopqrst").is_garbled());
        // In Big5 what follows may be a letter.
        assert!(!letters(b"abcd\xe5abcdefghijklmnopqrst").is_garbled());
    }
}
