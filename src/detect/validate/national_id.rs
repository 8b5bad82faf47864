//! 國民身分證統一編號 (內政部戶政司): letter, 1 (male) or 2 (female), seven digits and a check digit.

use super::identity;

/// Whether this is a national identity number. The third digit is not judged: 0 to 5 are given at birth, 6 to 9 to
/// those who were naturalised or settled.
pub(super) fn accepts(value: &[u8]) -> bool {
    match value {
        [letter, second @ (b'1' | b'2'), rest @ ..] => {
            identity::sums_up(*letter, u32::from(second - b'0'), rest)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_digit_decides() {
        for valid in ["A123456789", "A100401062", "B202810446", "C182455340", "D259850203"] {
            assert!(accepts(valid.as_bytes()), "{valid}");
        }
        for invalid in
            ["A123456788", "A100401063", "C18245534", "D2598502031", "a123456789", "A923456789", ""]
        {
            assert!(!accepts(invalid.as_bytes()), "{invalid}");
        }
    }
}
