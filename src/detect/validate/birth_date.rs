//! Dates of birth: a day of the calendar, in years in which somebody alive may have been born.

/// Years. Whoever was born before the first is dead, and no personal data any more (個資法施行細則 §2).
const YEARS: std::ops::RangeInclusive<u32> = 1895..=2099;

/// Whether there is such a day. `value` is `YYYYMMDD`.
pub(super) fn accepts(value: &[u8]) -> bool {
    if value.len() != 8 || !value.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let number = |part: &[u8]| part.iter().fold(0, |sum, &digit| sum * 10 + u32::from(digit - b'0'));
    let (year, month, day) = (number(&value[..4]), number(&value[4..6]), number(&value[6..]));
    let is_leap = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    let days = match month {
        2 => 28 + u32::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    YEARS.contains(&year) && (1..=days).contains(&day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calendar_decides() {
        for valid in ["19860304", "20000229", "20240229", "19120101", "20231231"] {
            assert!(accepts(valid.as_bytes()), "{valid}");
        }
        for invalid in
            ["20151327", "19230013", "19000229", "20230229", "19800431", "18940101", "0000", "1986030x"]
        {
            assert!(!accepts(invalid.as_bytes()), "{invalid}");
        }
    }
}
