//! Number plates of 交通部公路局: since December 2012 three letters without I and O, and four digits without 4; before
//! that six letters and digits, one group of which is a number.

/// Whether a plate so written could have been issued.
pub(super) fn accepts(value: &[u8]) -> bool {
    match value.len() {
        7 => {
            let (letters, digits) = value.split_at(3);
            letters.iter().all(|byte| byte.is_ascii_uppercase() && !matches!(byte, b'I' | b'O'))
                && digits.iter().all(|byte| byte.is_ascii_digit() && *byte != b'4')
        }
        6 => {
            let is_plain = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
            value.iter().all(is_plain) && value.iter().any(u8::is_ascii_uppercase)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_and_digits_that_are_not_used_are_refused() {
        for valid in ["ABC1235", "AB1234", "1234AB", "ABC123"] {
            assert!(accepts(valid.as_bytes()), "{valid}");
        }
        for invalid in ["ABI1235", "AOC1235", "ABC1234", "123456", "ABC12", "abc1235"] {
            assert!(!accepts(invalid.as_bytes()), "{invalid}");
        }
    }
}
