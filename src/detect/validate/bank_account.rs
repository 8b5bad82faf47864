//! Accounts at banks and the post office. There is no check digit that all of them share: 10 to 16 digits, as 財金公司's
//! TWQR 轉帳規格 bounds them. The post office's 局號 and 帳號 have a check digit each, whose rule is not published.

/// Codes of 金融機構代號一覽表 (財金公司) under which private accounts are held.
const BANKS: &[&[u8; 3]] = &[
    b"004", b"005", b"006", b"007", b"008", b"009", b"011", b"012", b"013", b"016", b"017", b"048", b"050",
    b"052", b"053", b"054", b"081", b"103", b"108", b"118", b"147", b"700", b"803", b"805", b"806", b"807",
    b"808", b"809", b"810", b"812", b"816", b"822", b"823", b"824", b"826",
];

/// Whether a bank has this code.
pub(crate) fn is_bank(code: &[u8]) -> bool {
    BANKS.iter().any(|bank| bank.as_slice() == code)
}

/// Whether an account may have this number: one digit over and over is a placeholder.
pub(super) fn accepts(value: &[u8]) -> bool {
    (10..=16).contains(&value.len())
        && value.iter().all(u8::is_ascii_digit)
        && value.iter().any(|digit| *digit != value[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_alone_decides() {
        for valid in ["0012345678", "001234567890", "1234567890123456"] {
            assert!(accepts(valid.as_bytes()), "{valid}");
        }
        for invalid in ["123456789", "12345678901234567", "000000000000", "12345678901A", ""] {
            assert!(!accepts(invalid.as_bytes()), "{invalid}");
        }
    }

    #[test]
    fn codes_of_banks_are_known() {
        assert!(is_bank(b"822") && is_bank(b"700") && !is_bank(b"999") && !is_bank(b"82") && !is_bank(b""));
    }
}
