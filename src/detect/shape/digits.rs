//! Numbers of so many digits, bare or, where they are printed on a card, in groups of four.

use super::{Form, Shaped};

/// A run of exactly so many digits.
pub(super) fn at(text: &[u8], at: usize, digits: usize) -> Option<Shaped> {
    (run(text, at, digits) == digits).then(|| shaped(text, at..at + digits, Form::Bare))
}

/// The same, or fours with one blank or hyphen between.
pub(super) fn in_fours(text: &[u8], start: usize, digits: usize) -> Option<Shaped> {
    if let Some(bare) = at(text, start, digits) {
        return Some(bare);
    }
    let separator = *text.get(start + 4).filter(|byte| matches!(byte, b' ' | b'-'))?;
    let end = start + digits + digits / 4 - 1;
    let is_part =
        |(at, byte): (usize, &u8)| if at % 5 == 4 { *byte == separator } else { byte.is_ascii_digit() };
    let fits = text.get(start..end)?.iter().enumerate().all(is_part);
    fits.then(|| shaped(text, start..end, Form::Fours))
}

/// How many digits stand at `at`, counted to one more than `most`.
pub(super) fn run(text: &[u8], at: usize, most: usize) -> usize {
    text.get(at..).unwrap_or_default().iter().take(most + 1).take_while(|byte| byte.is_ascii_digit()).count()
}

/// The digits of a range as a value.
pub(super) fn shaped(text: &[u8], range: std::ops::Range<usize>, form: Form) -> Shaped {
    let digits = text[range.clone()].iter().filter(|byte| byte.is_ascii_digit());
    Shaped { canonical: digits.map(|&byte| char::from(byte)).collect(), range, form }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_whole_and_fours_have_one_separator() {
        assert!(at(b"312345678", 0, 9).is_some());
        assert!(at(b"3123456789", 0, 9).is_none() && at(b"31234567", 0, 9).is_none());
        for fours in ["000012345678", "0000 1234 5678", "0000-1234-5678"] {
            let found = in_fours(fours.as_bytes(), 0, 12).unwrap();
            assert_eq!((found.canonical.as_str(), found.range.end), ("000012345678", fours.len()));
        }
        for other in ["0000 1234-5678", "0000 1234 567", "0000  1234 5678", "0000.1234.5678", "0000 "] {
            assert!(in_fours(other.as_bytes(), 0, 12).is_none(), "{other}");
        }
    }
}
