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
const LAST_LETTERS: u8 = 1 << 6;
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
        let mut classes = Classes::default();
        for nth in 0..CHUNK / 8 {
            let at = nth * 8;
            let eight: &[u8; 8] = window[at..at + 8].try_into().expect("eight bytes of a window");
            let word = u64::from_le_bytes(*eight);
            let [digit, separator, after_equals, first, backslash, mark, last, wide] =
                bits(u64::from_le_bytes(eight.map(|byte| CLASSES[byte as usize])));
            let put = |mask: &mut u64, eight: u8| *mask |= u64::from(eight) << at;
            put(&mut classes.digit, digit);
            put(&mut classes.separator, separator);
            put(&mut classes.after_equals, after_equals);
            put(&mut classes.word, first | last | digit);
            put(&mut classes.looked_at, backslash | mark);
            put(&mut classes.nul, gathered(zeros(word)));
            put(&mut classes.underscore, gathered(zeros(word ^ repeat(b'_'))));
            put(&mut classes.plus, gathered(zeros(word ^ repeat(b'+'))));
            put(&mut classes.small, gathered(word << 2));
            put(&mut classes.equals, gathered(zeros(word ^ repeat(b'='))));
            put(&mut classes.hyphen, gathered(zeros(word ^ repeat(b'-'))));
            put(&mut classes.at_sign, gathered(zeros(word ^ repeat(b'@'))));
            put(&mut classes.zero_or_eight, gathered(zeros(word & repeat(0xf7) ^ repeat(b'0'))));
            put(&mut classes.wide, wide);
        }
        classes.literal = Self::literals(window, prints);
        classes
    }

    #[inline(always)]
    fn with_any(masks: &[u64; 8]) -> u8 {
        with_any(masks)
    }

    #[inline(always)]
    fn literals(window: &[u8; WINDOW], prints: &Prints) -> u64 {
        let four = |at: usize| [window[at], window[at + 1], window[at + 2], window[at + 3]];
        (0..CHUNK).fold(0, |found, at| found | u64::from(prints.may_begin(four(at))) << at)
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

const fn repeat(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

/// The top bit of each byte that is zero.
fn zeros(word: u64) -> u64 {
    !((word & repeat(0x7f)).wrapping_add(repeat(0x7f)) | word)
}

/// The top bits of eight bytes in one, the first byte's the lowest.
fn gathered(word: u64) -> u8 {
    (((word & repeat(0x80)) >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) as u8
}

/// Bit `k` of eight bytes in byte `k`: a matrix of eight by eight bits, mirrored at its diagonal (Hacker's Delight,
/// 7-3).
fn bits(mut word: u64) -> [u8; 8] {
    let mut swapped = (word ^ word >> 7) & 0x00aa_00aa_00aa_00aa;
    word ^= swapped ^ swapped << 7;
    swapped = (word ^ word >> 14) & 0x0000_cccc_0000_cccc;
    word ^= swapped ^ swapped << 14;
    swapped = (word ^ word >> 28) & 0x0000_0000_f0f0_f0f0;
    word ^= swapped ^ swapped << 28;
    word.to_le_bytes()
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
                assert_eq!(classes.zero_or_eight, bit(matches!(byte, b'0' | b'8')));
                assert_eq!(classes.wide, bit(set(WIDE).contains(&byte)));
                assert_eq!(classes.literal, 0);
            }
        }
    }
}
