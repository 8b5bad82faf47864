//! Letters of base64, 32 at a time: which bytes are, and which of what they stand for is a control.

/// Letters that are looked at together.
pub(in crate::detect) const RUN: usize = 32;

/// What is told of so many bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::detect) struct Letters {
    /// A bit for each byte that is a letter.
    pub(in crate::detect) letters: u32,
    /// Of each group of four letters three bits for the bytes that they stand for: those of controls. Where not all four
    /// are letters they say nothing.
    pub(in crate::detect) controls: u32,
}

impl Letters {
    /// Whether a control stands among what whole groups at the front stand for, but for so many of the first bytes: the
    /// first may be the second half of a character.
    pub(super) fn has_control(self, but: u32) -> bool {
        let letters = self.letters.trailing_ones() / 4 * 4;
        let groups = !u32::MAX.checked_shl(letters).unwrap_or(0);
        self.controls & groups >> but << but != 0
    }
}

/// The letters of 32 bytes. Either alphabet of RFC 4648 is one.
pub(super) fn tell(bytes: &[u8; RUN]) -> Letters {
    let (mut letters, mut controls) = (0, 0);
    for (nth, group) in bytes.as_chunks::<4>().0.iter().enumerate() {
        let values = group.map(value);
        for (at, byte) in values.iter().enumerate() {
            letters |= u32::from(*byte != NO_LETTER) << (4 * nth + at);
        }
        if !values.contains(&NO_LETTER) {
            for (at, byte) in group_of(values).into_iter().enumerate() {
                controls |= u32::from(is_control(byte)) << (4 * nth + at);
            }
        }
    }
    Letters { letters, controls }
}

/// What the values of four letters stand for.
pub(super) fn group_of([one, two, three, four]: [u8; 4]) -> [u8; 3] {
    [one << 2 | two >> 4, two << 4 | three >> 2, three << 6 | four]
}

/// What a letter stands for.
pub(super) fn value(letter: u8) -> u8 {
    VALUES[usize::from(letter)]
}

/// Of what is none.
pub(super) const NO_LETTER: u8 = 0xff;

const VALUES: [u8; 256] = {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut values = [NO_LETTER; 256];
    let mut value = 0;
    while value < 64 {
        values[ALPHABET[value as usize] as usize] = value;
        value += 1;
    }
    values[b'-' as usize] = 62;
    values[b'_' as usize] = 63;
    values
};

/// Whether no text has a byte.
pub(super) fn is_control(byte: u8) -> bool {
    byte < b' ' && !matches!(byte, b'\t' | b'\r' | b'\n') || byte == 0x7f
}

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
            assert_eq!(is_letter, value(byte) != NO_LETTER, "{byte:#x}");
        }
    }

    #[test]
    fn controls_are_told_of_whole_groups_at_the_front() {
        let mut run = [b'!'; RUN];
        run[..12].copy_from_slice(b"QUJDAAAAQUJD");
        let letters = tell(&run);
        assert_eq!((letters.letters, letters.controls), (0xfff, 0b0111 << 4));
        assert!(letters.has_control(1));
        run[6] = b'!';
        assert!(!tell(&run).has_control(1));
        run[..4].copy_from_slice(b"AEFB");
        assert!(!tell(&run).has_control(1) && tell(&run).has_control(0));
    }
}
