//! Number plates: two groups of letters and digits, with or without a hyphen between.

use std::ops::Range;

use super::{Form, Shaped};

/// Sizes of the two groups, the present form first.
const SIZES: [(usize, usize); 4] = [(3, 4), (2, 4), (4, 2), (3, 3)];

/// The plate that begins at `at`.
pub(super) fn at(text: &[u8], at: usize) -> Option<Shaped> {
    SIZES.into_iter().find_map(|(first, second)| {
        let hyphen = usize::from(text.get(at + first) == Some(&b'-'));
        let rest = at + first + hyphen;
        let (front, back) = (text.get(at..at + first)?, text.get(rest..rest + second)?);
        let ends = !text.get(rest + second).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
        let is_plain = front.iter().chain(back).all(u8::is_ascii_alphanumeric);
        (ends && is_plain && is_mixed(front, back)).then(|| Shaped {
            range: at..rest + second,
            canonical: front.iter().chain(back).map(|byte| char::from(byte.to_ascii_uppercase())).collect(),
            form: if hyphen == 1 { Form::Grouped } else { Form::Bare },
        })
    })
}

/// Whether a run of letters and digits may begin a plate: it is a group before a hyphen, or both groups.
pub(super) fn may_stand(text: &[u8], run: Range<usize>) -> bool {
    match run.len() {
        2..=4 => text.get(run.end) == Some(&b'-'),
        6 | 7 => text[run].iter().any(u8::is_ascii_digit),
        _ => false,
    }
}

/// One group is of digits alone, and the other is not.
fn is_mixed(front: &[u8], back: &[u8]) -> bool {
    let is_number = |group: &[u8]| group.iter().all(u8::is_ascii_digit);
    is_number(front) != is_number(back)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plates_of_all_ages_are_read() {
        for (text, canonical) in [
            ("ABC-1235", "ABC1235"),
            ("abc1235", "ABC1235"),
            ("AB-1234", "AB1234"),
            ("1234-AB", "1234AB"),
            ("2A-1234", "2A1234"),
            ("ABC-123", "ABC123"),
            ("123-ABC", "123ABC"),
        ] {
            let found = at(text.as_bytes(), 0).map(|shaped| (shaped.canonical, shaped.range));
            assert_eq!(found, Some((canonical.to_owned(), 0..text.len())));
        }
        for none in ["ABCD-1234", "123-456", "ABC-DEF", "A-1", "ABC-12356", "ABC_1235", "AB-1234-5"] {
            assert!(at(none.as_bytes(), 0).is_none(), "{none}");
        }
    }
}
