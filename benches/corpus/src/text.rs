//! Putting numbers and bytes into a line without allocating.

use crate::random::Random;

const HEX: &[u8; 16] = b"0123456789abcdef";
const UPPER_HEX: &[u8; 16] = b"0123456789ABCDEF";

/// Letters of Postfix's long queue ids: base 52, without vowels.
const BASE_52: &[u8; 52] = b"0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";
const BASE_62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// What can be appended to a line.
pub(crate) trait Line {
    /// A text.
    fn text(&mut self, text: &str) -> &mut Self;
    /// A number.
    fn number(&mut self, number: u64) -> &mut Self;
    /// A number with so many digits at least.
    fn padded(&mut self, number: u64, digits: usize) -> &mut Self;
    /// So many random digits.
    fn digits(&mut self, random: &mut Random, count: usize) -> &mut Self;
    /// So many random hex digits.
    fn hex(&mut self, random: &mut Random, count: usize) -> &mut Self;
    /// So many random hex digits in upper case.
    fn upper_hex(&mut self, random: &mut Random, count: usize) -> &mut Self;
    /// So many of the letters of a queue id.
    fn base52(&mut self, random: &mut Random, count: usize) -> &mut Self;
    /// So many letters and digits.
    fn base62(&mut self, random: &mut Random, count: usize) -> &mut Self;
    /// A UUID of version 4.
    fn uuid(&mut self, random: &mut Random) -> &mut Self;
}

fn letters(line: &mut Vec<u8>, random: &mut Random, of: &[u8], count: usize) {
    let mut left = count;
    while left > 0 {
        // Eight bytes of a draw, one letter each: the small bias does not matter, the speed does.
        for byte in random.bits().to_le_bytes().into_iter().take(left.min(8)) {
            line.push(of[(usize::from(byte) * of.len()) >> 8]);
        }
        left = left.saturating_sub(8);
    }
}

impl Line for Vec<u8> {
    fn text(&mut self, text: &str) -> &mut Self {
        self.extend_from_slice(text.as_bytes());
        self
    }

    fn number(&mut self, number: u64) -> &mut Self {
        self.padded(number, 1)
    }

    fn padded(&mut self, number: u64, digits: usize) -> &mut Self {
        let (mut buffer, mut at, mut rest) = ([b'0'; 24], 24, number);
        while rest > 0 {
            at -= 1;
            buffer[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        let from = at.min(24 - digits);
        self.extend_from_slice(&buffer[from..]);
        self
    }

    fn digits(&mut self, random: &mut Random, count: usize) -> &mut Self {
        letters(self, random, b"0123456789", count);
        self
    }

    fn hex(&mut self, random: &mut Random, count: usize) -> &mut Self {
        letters(self, random, HEX, count);
        self
    }

    fn upper_hex(&mut self, random: &mut Random, count: usize) -> &mut Self {
        letters(self, random, UPPER_HEX, count);
        self
    }

    fn base52(&mut self, random: &mut Random, count: usize) -> &mut Self {
        letters(self, random, BASE_52, count);
        self
    }

    fn base62(&mut self, random: &mut Random, count: usize) -> &mut Self {
        letters(self, random, BASE_62, count);
        self
    }

    fn uuid(&mut self, random: &mut Random) -> &mut Self {
        self.hex(random, 8).text("-").hex(random, 4).text("-4").hex(random, 3).text("-");
        let variant = random.byte(b"89ab");
        self.push(variant);
        self.hex(random, 3).text("-").hex(random, 12)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_with_their_digits() {
        let mut line = Vec::new();
        line.number(0).text(" ").number(1203).text(" ").padded(7, 3).text(" ").padded(12_345, 2);
        assert_eq!(line, b"0 1203 007 12345");
    }
}
