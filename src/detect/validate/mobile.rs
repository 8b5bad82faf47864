//! Mobile numbers of 數位發展部's 公眾電信網路號碼計畫: 09 and eight digits, 090 to 099.

/// Whether this is a mobile number in the domestic form.
pub(super) fn accepts(value: &[u8]) -> bool {
    matches!(value, [b'0', b'9', rest @ ..] if rest.len() == 8 && rest.iter().all(u8::is_ascii_digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plan_decides() {
        assert!(accepts(b"0912345678") && accepts(b"0990000000"));
        for invalid in ["0819621331", "094195583", "09338170002", "1935968710", "886912345678", "0912.8a486"]
        {
            assert!(!accepts(invalid.as_bytes()), "{invalid}");
        }
    }
}
