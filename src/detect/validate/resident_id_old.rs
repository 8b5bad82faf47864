//! 舊式統一證號 (內政部移民署, valid until 2030-12-31): letter, A to D, seven digits and a check digit.
//!
//! The second letter tells who: A and B 無戶籍國民, 大陸, 港澳 (male, female), C and D 外國人. The units digit of its code
//! stands in the sum where the national number has its second digit (財政部 eng/download/16968).

use super::identity;

/// Whether this is a resident number of the old form.
pub(super) fn accepts(value: &[u8]) -> bool {
    match value {
        [letter, second @ b'A'..=b'D', rest @ ..] => {
            // Its weight is 8, so that the tens digit of the code (80) leaves nothing of ten.
            identity::letter_code(*second).is_some_and(|code| identity::sums_up(*letter, code, rest))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_digit_decides() {
        for valid in ["CC63448443", "FB48645223", "GC01616243", "HD91056578"] {
            assert!(accepts(valid.as_bytes()), "{valid}");
        }
        for invalid in ["BB28350290", "DD132528928", "FB84645223", "SF94525058", "UA93053992", "XB63466519"] {
            assert!(!accepts(invalid.as_bytes()), "{invalid}");
        }
    }
}
