//! Numbers of which only the length is published: 中華民國護照 (外交部領事事務局: nine digits, those with a chip begin with 3)
//! and 健保卡 (中央健康保險署: twelve digits). They are nothing without a word.

/// Whether this is the number of a passport.
pub(super) fn is_passport(value: &[u8]) -> bool {
    is_number(value, 9)
}

/// Whether this is the number of a health insurance card.
pub(super) fn is_nhi_card(value: &[u8]) -> bool {
    is_number(value, 12)
}

/// So many digits, not the same over and over: that is a placeholder.
fn is_number(value: &[u8], digits: usize) -> bool {
    value.len() == digits
        && value.iter().all(u8::is_ascii_digit)
        && value.iter().any(|digit| *digit != value[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_alone_decides() {
        assert!(is_passport(b"312345678") && is_nhi_card(b"000012345678"));
        for invalid in
            ["31234567", "3123456789", "000000000", "00001234567", "0000123456789", "30001234567A", ""]
        {
            assert!(!is_passport(invalid.as_bytes()) && !is_nhi_card(invalid.as_bytes()), "{invalid}");
        }
    }
}
