//! Services of 數位發展部's 公眾電信網路號碼計畫: 0800 and 0809 (the called party pays) and six digits, 020 (premium; 0202 is
//! not given out), a digit and six, 070 (網路電話) and eight. Whoever answers is a service, never a person.

/// Whether this is a service number in the domestic form, digits only.
pub(crate) fn accepts(value: &[u8]) -> bool {
    value.iter().all(u8::is_ascii_digit)
        && match value {
            [b'0', b'8', b'0', b'0' | b'9', rest @ ..] => rest.len() == 6,
            [b'0', b'2', b'0', class, rest @ ..] => *class != b'2' && rest.len() == 6,
            [b'0', b'7', b'0', rest @ ..] => rest.len() == 8,
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plan_decides() {
        for valid in ["0800557414", "0809916454", "07026615136", "0204123456", "0209123456"] {
            assert!(accepts(valid.as_bytes()), "{valid}");
        }
        let invalid = ["080055741", "08090369571", "0802123456", "0202123456", "0702661513", "0992661513611"];
        for invalid in invalid {
            assert!(!accepts(invalid.as_bytes()), "{invalid}");
        }
    }
}
