//! What stands at each of 64 bytes, as one bit a byte and class: all that the first pass asks of a byte.
//!
//! Sets are products of low and high halves of a byte, because that is what a processor looks up 32 bytes at a time
//! (`simd`); here the same products are a table of 256. The two must say the same of every byte, and nothing that
//! comes after knows which of them was asked.

use super::letters::{self, Letters, RUN};
use super::literals::{PRINT, Prints};
use super::stretch::with_any;

/// Bytes of which each gets a bit.
pub(in crate::detect) const CHUNK: usize = 64;

/// Bytes that are looked at for them: a print of a literal that begins at the last one reaches three further.
pub(in crate::detect) const WINDOW: usize = CHUNK + PRINT - 1;

/// What fills a window beyond the end of the text: of no class.
pub(super) const PADDING: u8 = 1;

/// One set a bit: `0` to `9`.
pub(in crate::detect) const DIGIT: u8 = 1;
/// What stands between groups of digits: blank, `(`, `)`, `+`, `-`, `.`.
pub(in crate::detect) const SEPARATOR: u8 = 1 << 1;
/// After `=`: `?` of an encoded word, line ends of a soft break (and `:`, `=`, SI for the product's sake).
pub(in crate::detect) const AFTER_EQUALS: u8 = 1 << 2;
/// `A` to `O` and `a` to `o`, `P` to `Z` and `p` to `z`.
const FIRST_LETTERS: u8 = 1 << 3;
pub(in crate::detect) const LAST_LETTERS: u8 = 1 << 6;
/// Letters and digits.
pub(in crate::detect) const WORD: u8 = FIRST_LETTERS | LAST_LETTERS | DIGIT;
/// `\`.
const BACKSLASH: u8 = 1 << 4;
/// `#`, `%`, `&` and `*`.
const MARKS: u8 = 1 << 5;
/// First bytes of full-width characters and of those without width, in UTF-8 and in Big5, and some more.
pub(in crate::detect) const WIDE: u8 = 1 << 7;
/// What is looked at one by one, and may be a mark.
pub(in crate::detect) const LOOKED_AT: u8 = BACKSLASH | MARKS;

/// For each low half of a byte the classes that have such bytes, and for each high half.
pub(in crate::detect) const LOW: [u8; 16] = halves(false);
pub(in crate::detect) const HIGH: [u8; 16] = halves(true);

/// The classes of each byte.
pub(in crate::detect) const CLASSES: [u8; 256] = product(&LOW, &HIGH);

/// High halves and low halves, as sets of bits, of each class.
const PRODUCTS: [(u8, u16, u16); 8] = [
    (DIGIT, 1 << 3, 0x03ff),
    (SEPARATOR, 1 << 2, 1 | 1 << 8 | 1 << 9 | 1 << 0xb | 1 << 0xd | 1 << 0xe),
    (AFTER_EQUALS, 1 | 1 << 3, 1 << 0xa | 1 << 0xd | 1 << 0xf),
    (FIRST_LETTERS, 1 << 4 | 1 << 6, 0xfffe),
    (LAST_LETTERS, 1 << 5 | 1 << 7, 0x07ff),
    (BACKSLASH, 1 << 5, 1 << 0xc),
    (MARKS, 1 << 2, 1 << 3 | 1 << 5 | 1 << 6 | 1 << 0xa),
    (WIDE, 1 << 0xa | 1 << 0xc | 1 << 0xe, 1 << 1 | 1 << 2 | 1 << 3 | 1 << 0xf),
];

const fn halves(high: bool) -> [u8; 16] {
    let mut table = [0; 16];
    let mut nth = 0;
    while nth < PRODUCTS.len() {
        let (class, highs, lows) = PRODUCTS[nth];
        let mut half = 0;
        while half < 16 {
            if (if high { highs } else { lows }) >> half & 1 == 1 {
                table[half] |= class;
            }
            half += 1;
        }
        nth += 1;
    }
    table
}

/// What the two halves of each byte have in common.
const fn product(low: &[u8; 16], high: &[u8; 16]) -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = low[byte & 15] & high[byte >> 4];
        byte += 1;
    }
    table
}

/// The classes of 64 bytes; the first byte is the lowest bit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::detect) struct Classes {
    pub(in crate::detect) digit: u64,
    pub(in crate::detect) separator: u64,
    pub(in crate::detect) hyphen: u64,
    pub(in crate::detect) after_equals: u64,
    /// Letters, and digits.
    pub(in crate::detect) word: u64,
    pub(in crate::detect) looked_at: u64,
    pub(in crate::detect) nul: u64,
    pub(in crate::detect) underscore: u64,
    pub(in crate::detect) plus: u64,
    /// The bit that small letters have and capitals have not.
    pub(in crate::detect) small: u64,
    pub(in crate::detect) at_sign: u64,
    pub(in crate::detect) equals: u64,
    /// `P` to `Z` and `p` to `z`.
    pub(in crate::detect) last_letter: u64,
    /// `0` and `8`, with which telephone numbers begin.
    pub(in crate::detect) zero_or_eight: u64,
    pub(in crate::detect) wide: u64,
    /// Where a literal's print begins.
    pub(in crate::detect) literal: u64,
}

impl Classes {
    /// Puts in what was told of some of the bytes, from `at` on; of literals nothing is.
    #[inline(always)]
    pub(in crate::detect) fn put(&mut self, at: usize, part: &Self) {
        self.digit |= part.digit << at;
        self.separator |= part.separator << at;
        self.hyphen |= part.hyphen << at;
        self.after_equals |= part.after_equals << at;
        self.word |= part.word << at;
        self.looked_at |= part.looked_at << at;
        self.nul |= part.nul << at;
        self.underscore |= part.underscore << at;
        self.plus |= part.plus << at;
        self.small |= part.small << at;
        self.at_sign |= part.at_sign << at;
        self.equals |= part.equals << at;
        self.last_letter |= part.last_letter << at;
        self.zero_or_eight |= part.zero_or_eight << at;
        self.wide |= part.wide << at;
    }
}

/// Something that tells the classes of a window.
pub(in crate::detect) trait Classify {
    /// The classes of the first 64 bytes.
    fn classes(window: &[u8; WINDOW], prints: &Prints) -> Classes;

    /// Which of eight masks have any bit.
    fn with_any(masks: &[u64; 8]) -> u8;

    /// Where in the first 64 bytes a literal's print begins.
    fn literals(window: &[u8; WINDOW], prints: &Prints) -> u64;

    /// Whether the first 64 bytes are ASCII.
    fn is_ascii(window: &[u8; WINDOW]) -> bool;

    /// The letters of base64 among some bytes.
    fn letters(bytes: &[u8; RUN]) -> Letters;
}

/// For every processor.
pub(in crate::detect) struct Portable;

impl Classify for Portable {
    #[inline(always)]
    fn classes(window: &[u8; WINDOW], prints: &Prints) -> Classes {
        let mut rows = [[0; 8]; 2];
        for (nth, eight) in window[..CHUNK].as_chunks::<8>().0.iter().enumerate() {
            for (at, byte) in eight.iter().enumerate() {
                let [first, second] = SPREAD[usize::from(*byte)];
                rows[0][nth] |= first << at;
                rows[1][nth] |= second << at;
            }
        }
        let [digit, separator, after_equals, word, looked_at, wide, nul, underscore] = turned(rows[0]);
        let [plus, small, hyphen, at_sign, equals, zero_or_eight, last_letter, _] = turned(rows[1]);
        Classes {
            digit,
            separator,
            hyphen,
            after_equals,
            word,
            looked_at,
            nul,
            underscore,
            plus,
            small,
            at_sign,
            equals,
            last_letter,
            zero_or_eight,
            wide,
            literal: Self::literals(window, prints),
        }
    }

    #[inline(always)]
    fn with_any(masks: &[u64; 8]) -> u8 {
        with_any(masks)
    }

    #[inline(always)]
    fn literals(window: &[u8; WINDOW], prints: &Prints) -> u64 {
        let mut found = 0;
        for from in (0..CHUNK).step_by(8) {
            let eleven: &[u8; 8 + PRINT - 1] = window[from..].first_chunk().expect("bytes of a window");
            let of = eleven.map(|byte| prints.joined[usize::from(byte)]);
            let pairs: [u32; 8 + PRINT - 2] = std::array::from_fn(|at| of[at] & of[at + 1] >> 8);
            let buckets: [u32; 8] = std::array::from_fn(|at| pairs[at] & pairs[at + 2] >> 16);
            // Of ten such groups nine have none.
            if buckets.iter().fold(0, |any, buckets| any | buckets) & 0xff != 0 {
                for (at, buckets) in buckets.iter().enumerate() {
                    found |= u64::from(buckets & 0xff != 0) << (from + at);
                }
            }
        }
        found
    }

    #[inline(always)]
    fn is_ascii(window: &[u8; WINDOW]) -> bool {
        window[..CHUNK].is_ascii()
    }

    #[inline(always)]
    fn letters(bytes: &[u8; RUN]) -> Letters {
        letters::tell(bytes)
    }
}

/// The classes of each byte, each as the lowest bit of a byte of its own.
const SPREAD: [[u64; 2]; 256] = {
    let mut table = [[0; 2]; 256];
    let mut byte = 0;
    while byte < 256 {
        let sets = CLASSES[byte];
        let is = byte as u8;
        let first = [
            sets & DIGIT != 0,
            sets & SEPARATOR != 0,
            sets & AFTER_EQUALS != 0,
            sets & WORD != 0,
            sets & LOOKED_AT != 0,
            sets & WIDE != 0,
            is == 0,
            is == b'_',
        ];
        let second = [
            is == b'+',
            is & 0x20 != 0,
            is == b'-',
            is == b'@',
            is == b'=',
            is & 0xf7 == b'0',
            sets & LAST_LETTERS != 0,
            false,
        ];
        let mut nth = 0;
        while nth < 8 {
            table[byte][0] |= (first[nth] as u64) << (8 * nth);
            table[byte][1] |= (second[nth] as u64) << (8 * nth);
            nth += 1;
        }
        byte += 1;
    }
    table
};

/// Byte `k` of eight words as word `k`: a matrix of eight by eight bytes, mirrored at its diagonal (as of bits in Hacker's
/// Delight, 7-3).
#[inline(always)]
fn turned(mut words: [u64; 8]) -> [u64; 8] {
    for (apart, mask) in [(4, 0xffff_ffff), (2, 0xffff_0000_ffff), (1, 0x00ff_00ff_00ff_00ff)] {
        for first in (0..8).filter(|nth| nth & apart == 0) {
            let shift = 8 * apart;
            let swapped = (words[first] >> shift ^ words[first + apart]) & mask;
            words[first + apart] ^= swapped;
            words[first] ^= swapped << shift;
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(class: u8) -> Vec<u8> {
        (0..=255).filter(|byte| CLASSES[*byte as usize] & class != 0).collect()
    }

    #[test]
    fn the_products_are_the_sets() {
        assert_eq!(set(DIGIT), b"0123456789");
        assert_eq!(set(SEPARATOR), b" ()+-.");
        assert_eq!(set(AFTER_EQUALS), b"\n\r\x0f:=?");
        let words: Vec<u8> = (0..=255_u8).filter(u8::is_ascii_alphanumeric).collect();
        assert_eq!(set(WORD), words);
        assert_eq!(set(LOOKED_AT), b"#%&*\\");
        assert!([0xa1, 0xa2, 0xc2, 0xe2, 0xe3, 0xef].iter().all(|lead| set(WIDE).contains(lead)));
        assert_eq!(set(WIDE).len(), 12);
        assert_eq!(CLASSES[PADDING as usize], 0);
    }

    #[test]
    fn each_byte_gets_its_bits_wherever_it_stands() {
        let prints = Prints::default();
        for byte in 0..=255_u8 {
            for at in 0..WINDOW {
                let mut window = [PADDING; WINDOW];
                window[at] = byte;
                let classes = Portable::classes(&window, &prints);
                let bit = |is: bool| if is && at < CHUNK { 1 << at } else { 0 };
                assert_eq!(classes.digit, bit(byte.is_ascii_digit()));
                assert_eq!(classes.separator, bit(b" ()+-.".contains(&byte)));
                assert_eq!(classes.after_equals, bit(b"\n\r\x0f:=?".contains(&byte)));
                assert_eq!(classes.word, bit(byte.is_ascii_alphanumeric()));
                assert_eq!(classes.looked_at, bit(b"#%&*\\".contains(&byte)));
                assert_eq!(classes.nul, bit(byte == 0));
                assert_eq!(classes.underscore, bit(byte == b'_'));
                assert_eq!(classes.plus, bit(byte == b'+'));
                assert_eq!(classes.small, bit(byte & 0x20 != 0));
                assert_eq!(classes.equals, bit(byte == b'='));
                assert_eq!(classes.hyphen, bit(byte == b'-'));
                assert_eq!(classes.at_sign, bit(byte == b'@'));
                assert_eq!(classes.last_letter, bit(matches!(byte | 0x20, b'p'..=b'z')));
                assert_eq!(classes.zero_or_eight, bit(matches!(byte, b'0' | b'8')));
                assert_eq!(classes.wide, bit(set(WIDE).contains(&byte)));
                assert_eq!(classes.literal, 0);
            }
        }
    }
}
