//! Card numbers: a bare run of digits, or the groups that are embossed on the card.

use super::super::validate::issuer_takes;
use super::{Form, Shaped};

/// Digits of the longest number (ISO/IEC 7812-1).
const DIGITS_MAX: usize = 19;

/// Sizes of the groups, longest number first. Other groupings are columns of a table, not a card.
const GROUPINGS: &[&[usize]] = &[
    &[4, 4, 4, 4, 3],
    &[4, 4, 4, 4, 2],
    &[4, 4, 4, 4, 1],
    &[4, 4, 4, 4],
    &[4, 6, 5],
    &[4, 4, 4, 3],
    &[4, 6, 4],
    &[4, 4, 4, 2],
    &[4, 3, 3, 3],
];

/// The number that begins at `at`: by grouping the longest that fits, else the longest with an issuer.
pub(super) fn at(text: &[u8], at: usize, fits: &dyn Fn(&Shaped) -> bool) -> Option<Shaped> {
    let run = text[at..].iter().take(DIGITS_MAX + 1).take_while(|byte| byte.is_ascii_digit()).count();
    if run != 4 {
        let shaped = Shaped { range: at..at + run, canonical: digits(&text[at..at + run]), form: Form::Bare };
        return ((13..=DIGITS_MAX).contains(&run) && issuer_takes(&text[at..at + run])).then_some(shaped);
    }
    let mut by_shape = None;
    for sizes in GROUPINGS {
        let Some(shaped) = grouped(text, at, sizes) else { continue };
        if fits(&shaped) {
            return Some(shaped);
        }
        by_shape = by_shape.or(Some(shaped));
    }
    by_shape
}

/// The number in groups of these sizes, with the same separator, a blank or a hyphen, between all.
fn grouped(text: &[u8], start: usize, sizes: &[usize]) -> Option<Shaped> {
    let separator = *text.get(start + 4).filter(|byte| matches!(byte, b' ' | b'-'))?;
    let mut at = start;
    for (nth, &size) in sizes.iter().enumerate() {
        if nth > 0 {
            if *text.get(at)? != separator {
                return None;
            }
            at += 1;
        }
        if !text.get(at..at + size)?.iter().all(u8::is_ascii_digit) {
            return None;
        }
        at += size;
    }
    if text.get(at).is_some_and(u8::is_ascii_alphanumeric) {
        // Every boundary refuses it, and nine groupings are asked at each place.
        return None;
    }
    let canonical = digits(&text[start..at]);
    let form = if sizes.starts_with(&[4, 4, 4, 4]) { Form::Fours } else { Form::Grouped };
    issuer_takes(canonical.as_bytes()).then_some(Shaped { range: start..at, canonical, form })
}

fn digits(bytes: &[u8]) -> String {
    bytes.iter().filter(|byte| byte.is_ascii_digit()).map(|&byte| char::from(byte)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<(usize, Form)>) {
        let found = at(text.as_bytes(), 0, &|_| true);
        assert_eq!(found.map(|shaped| (shaped.range.end, shaped.form)), expected, "{text}");
    }

    #[test]
    fn bare_runs_and_embossed_groups_are_cards() {
        check("4111111111111111", Some((16, Form::Bare)));
        check("4111 1111 1111 1111", Some((19, Form::Fours)));
        check("4111-1111-1111-1111 12/27", Some((19, Form::Fours)));
        check("3782 822463 10005", Some((17, Form::Grouped)));
        check("3034 822285 3894", Some((16, Form::Grouped)));
    }

    #[test]
    fn other_groups_other_separators_and_other_issuers_are_none() {
        for none in
            ["4111 1111-1111 1111", "4111  1111 1111 1111", "41111111 11111111", "1111 1111 1111 1111", "4"]
        {
            check(none, None);
        }
        check("41111111111111111111", None);
    }
}
