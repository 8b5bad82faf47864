//! 新式統一證號 (內政部移民署, issued since 2021-01-02): letter, 8 (male) or 9 (female), seven digits and the check
//! digit of the national number.

use super::identity;

/// Whether this is a resident number of the new form. The third digit tells who (0 to 6 foreign or stateless, 7
/// 無戶籍國民, 8 港澳, 9 大陸) and takes all ten values.
pub(super) fn accepts(value: &[u8]) -> bool {
    match value {
        [letter, second @ (b'8' | b'9'), rest @ ..] => {
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
        for valid in ["A873599135", "C889765281", "D920944049", "H914002883"] {
            assert!(accepts(valid.as_bytes()), "{valid}");
        }
        for invalid in ["B966060399", "C88976528", "D9209440497", "U893842904", "A123456789", "Z990690722"] {
            assert!(!accepts(invalid.as_bytes()), "{invalid}");
        }
    }
}
