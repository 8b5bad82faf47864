//! What the three identity numbers share: the code of a letter, and the weighted sum.
//!
//! 內政部戶政司, 國民身分證統一編號檢查碼: the first letter stands for two digits by the place of first registration;
//! the weights are 1, 9, 8, … 1, 1, and the sum is divisible by ten.

/// The two digits that a letter stands for, tens and units. The codes run from 10 in this order because I, O, W
/// and Z came later; L, R, S and Y are no longer issued and stay valid.
pub(super) fn letter_code(letter: u8) -> Option<u32> {
    const ORDER: &[u8; 26] = b"ABCDEFGHJKLMNPQRSTUVXYWZIO";
    ORDER.iter().position(|&known| known == letter).map(|at| at as u32 + 10)
}

/// Whether letter, second digit and the eight digits after it sum up to a multiple of ten.
pub(super) fn sums_up(letter: u8, second: u32, rest: &[u8]) -> bool {
    let Some(code) = letter_code(letter) else { return false };
    if rest.len() != 8 || !rest.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let weights = [7, 6, 5, 4, 3, 2, 1, 1];
    let tail: u32 = rest.iter().zip(weights).map(|(&digit, weight)| u32::from(digit - b'0') * weight).sum();
    (code / 10 + code % 10 * 9 + second * 8 + tail).is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_has_its_published_code() {
        let codes = [
            (b'A', 10),
            (b'H', 17),
            (b'I', 34),
            (b'J', 18),
            (b'O', 35),
            (b'V', 29),
            (b'W', 32),
            (b'X', 30),
            (b'Y', 31),
            (b'Z', 33),
        ];
        for (letter, code) in codes {
            assert_eq!(letter_code(letter), Some(code), "{}", char::from(letter));
        }
        assert_eq!(letter_code(b'a'), None);
    }
}
