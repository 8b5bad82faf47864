//! Second line of a passport's machine-readable zone (ICAO Doc 9303 part 4, TD3): 44 characters; number, birth, expiry
//! and optional data with a check digit each, and one over all four (part 3, 4.9: weights 7, 3, 1).

use super::{national_id, resident_id, resident_id_old};

/// Characters of the line.
pub(crate) const CHARS: usize = 44;

/// Whether these 44 characters are of the classes that stand in their places.
pub(crate) fn is_line(line: &[u8]) -> bool {
    let number = |byte: &u8| byte.is_ascii_digit() || byte.is_ascii_uppercase() || *byte == b'<';
    let letter = |byte: &u8| byte.is_ascii_uppercase() || *byte == b'<';
    let date = |byte: &u8| byte.is_ascii_digit() || *byte == b'<';
    line.len() == CHARS
        && line[..9].iter().all(number)
        && line[10..13].iter().all(letter)
        && line[13..19].iter().all(date)
        && matches!(line[20], b'M' | b'F' | b'X' | b'<')
        && line[21..27].iter().all(u8::is_ascii_digit)
        && line[28..42].iter().all(number)
        && [9, 19, 27, 43].iter().all(|&at| line[at].is_ascii_digit())
        && (line[42].is_ascii_digit() || line[42] == b'<')
}

/// Whether all five check digits are right. That of optional data which is empty may be left out.
pub(super) fn accepts(line: &[u8]) -> bool {
    if !is_line(line) {
        return false;
    }
    let part = |from: usize, to: usize| digit_of(line[from..to].iter()) == line[to];
    let all = line[..10].iter().chain(&line[13..20]).chain(&line[21..43]);
    let left_out = line[42] == b'<' && line[28..42].iter().all(|&byte| byte == b'<');
    part(0, 9) && part(13, 19) && part(21, 27) && (left_out || part(28, 42)) && digit_of(all) == line[43]
}

/// Whose line it is: the identity number in the optional data, where there is one, else the document number.
pub(crate) fn subject(line: &str) -> &str {
    let optional = line.get(28..42).unwrap_or_default().trim_end_matches('<');
    let is_identity = [national_id::accepts, resident_id::accepts, resident_id_old::accepts];
    if is_identity.iter().any(|accepts| accepts(optional.as_bytes())) {
        return optional;
    }
    line.get(..9).unwrap_or_default().trim_end_matches('<')
}

/// The check digit of these characters: digits count as they stand, A to Z from 10, fillers nothing.
fn digit_of<'l>(characters: impl Iterator<Item = &'l u8>) -> u8 {
    let values = characters.map(|&byte| char::from(byte).to_digit(36).unwrap_or(0));
    let sum: u32 = values.zip([7, 3, 1].into_iter().cycle()).map(|(value, weight)| value * weight).sum();
    b'0' + (sum % 10) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_five_check_digits_decide() {
        let valid = [
            "3088906738TWN6104173F2605281M253291476<<<<90",
            "3146615152TWN7301094F2705033X176163882<<<<94",
            "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
            "C01X00T478D<<6408125F2702283<<<<<<<<<<<<<<<4",
            // Born on an unknown day; without optional data, whose check digit is there or not.
            "3000000171TWN7908<<2F3012316<<<<<<<<<<<<<<06",
            "3000000171TWN7908057F3012316<<<<<<<<<<<<<<<6",
        ];
        for valid in valid {
            assert!(accepts(valid.as_bytes()), "{valid}");
        }
        let invalid = [
            "3794905703TWN8204055F3511163Y192636176<<<<92",
            "3921274477TWN8305273M2705147T223678069<<<<29",
            "3088906738TWN6104173F2605281M253291476<<<<91",
            "3088906738TWN6104173F2605281M253291476<<<<9",
            // All digits right, and a letter in a date; the digit of optional data left out, or wrong.
            "3000000171TWN79A8057F3012316<<<<<<<<<<<<<<06",
            "3000000171TWN7908057F3012316AB12<<<<<<<<<<<4",
            "3000000171TWN7908057F3012316<<<<<<<<<<<<<<51",
            "",
        ];
        for invalid in invalid {
            assert!(!accepts(invalid.as_bytes()), "{invalid}");
        }
    }

    #[test]
    fn the_subject_is_the_identity_number_or_else_the_document() {
        assert_eq!(subject("3088906738TWN6104173F2605281M253291476<<<<90"), "M253291476");
        assert_eq!(subject("L898902C36UTO7408122F1204159ZE184226B<<<<<10"), "L898902C3");
        assert_eq!(subject("C01X00T478D<<6408125F2702283<<<<<<<<<<<<<<<4"), "C01X00T47");
    }
}
