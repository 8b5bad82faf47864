//! Account numbers: `001234567890`, `001-234-567890`, `(822)123456789012`, `0012 3456 7890 12`, and the two halves of an
//! account at the post office.
//!
//! The first group has three digits at least (a branch, or a bank). The code of the bank is left out of the value, so that an account written with and without it is one.

use super::super::validate::is_bank;
use super::digits::{run, shaped};
use super::{Form, Shaped};

/// Digits of an account.
pub(super) const DIGITS_MIN: usize = 10;
pub(super) const DIGITS_MAX: usize = 16;

/// The most groups in which an account is written.
const GROUPS_MAX: usize = 6;

/// Digits of each half of an account at the post office, and the most characters between the halves.
const HALF_DIGITS: usize = 7;
const HALF_GAP_MAX: usize = 8;

/// Whether an account may begin at `at`: in brackets stands the code of a bank, and behind a group another one.
pub(super) fn may_stand(text: &[u8], at: usize) -> bool {
    if text[at] == b'(' {
        return run(text, at + 1, 3) == 3 && text.get(at + 4) == Some(&b')');
    }
    let len = run(text, at, DIGITS_MAX);
    let is_digit = |at: usize| text.get(at).is_some_and(u8::is_ascii_digit);
    len >= DIGITS_MIN
        || match text.get(at + len) {
            Some(b'-') => len == 3 || is_digit(at + len + 1),
            Some(b' ') => matches!(len, 3 | 4),
            _ => false,
        }
}

/// The account that begins at `at`, with the code of its bank where one stands before it.
pub(super) fn at(text: &[u8], at: usize) -> Option<Shaped> {
    coded(text, at).or_else(|| number(text, at))
}

/// `(822)…`, `822-…`, `822 …`; after a blank the code is no evidence.
fn coded(text: &[u8], start: usize) -> Option<Shaped> {
    let open = text[start] == b'(';
    let code = start + usize::from(open);
    let mut at = code + 3;
    if run(text, code, 3) != 3 || !is_bank(&text[code..at]) {
        return None;
    }
    let after = *text.get(at)?;
    if open != (after == b')') || !open && !matches!(after, b'-' | b' ') {
        return None;
    }
    at += 1;
    if open && matches!(text.get(at), Some(b'-' | b' ')) {
        at += 1;
    }
    let number = number(text, at)?;
    let form = if after == b' ' { Form::Grouped } else { Form::BankCode };
    Some(Shaped { range: start..number.range.end, canonical: number.canonical, form })
}

/// Bare, in any groups with hyphens, or in fours with blanks.
fn number(text: &[u8], start: usize) -> Option<Shaped> {
    let first = run(text, start, DIGITS_MAX);
    let joined = |at: usize, joint: u8| text.get(at) == Some(&joint) && run(text, at + 1, 1) > 0;
    if first >= DIGITS_MIN && !joined(start + first, b'-') {
        return (first <= DIGITS_MAX).then(|| shaped(text, start..start + first, Form::Bare));
    }
    let (mut digits, mut at, mut groups) = (first, start + first, 1);
    if joined(at, b'-') {
        while joined(at, b'-') && digits <= DIGITS_MAX {
            let size = run(text, at + 1, DIGITS_MAX);
            (digits, at, groups) = (digits + size, at + 1 + size, groups + 1);
        }
    } else {
        let mut size = first;
        while size == 4 && joined(at, b' ') {
            size = run(text, at + 1, 4);
            if size > 4 || digits + size > DIGITS_MAX {
                break;
            }
            (digits, at, groups) = (digits + size, at + 1 + size, groups + 1);
        }
    }
    let fits = (DIGITS_MIN..=DIGITS_MAX).contains(&digits) && groups <= GROUPS_MAX;
    fits.then(|| shaped(text, start..at, Form::Grouped))
}

/// `局號 0001234 帳號 0123456`, with or without a hyphen before the last digit of each half.
pub(super) fn post_office(text: &[u8], start: usize) -> Option<Shaped> {
    let first = half_end(text, start)?;
    let is_gap = |byte: &&u8| !byte.is_ascii_alphanumeric();
    let gap = text[first..].iter().take(HALF_GAP_MAX).take_while(is_gap).count();
    let end = half_end(text, first + gap).filter(|_| gap > 0)?;
    Some(shaped(text, start..end, Form::Grouped))
}

fn half_end(text: &[u8], start: usize) -> Option<usize> {
    match run(text, start, HALF_DIGITS) {
        HALF_DIGITS => Some(start + HALF_DIGITS),
        len if len + 1 == HALF_DIGITS => {
            let last = start + HALF_DIGITS;
            (text.get(start + len) == Some(&b'-') && run(text, last, 1) == 1).then_some(last + 1)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<(&str, Form)>) {
        let found = at(text.as_bytes(), 0);
        let found = found.as_ref().map(|found| (found.canonical.as_str(), found.form));
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn accounts_are_bare_or_in_groups_with_or_without_their_bank() {
        check("001234567890", Some(("001234567890", Form::Bare)));
        check("001-234-567890", Some(("001234567890", Form::Grouped)));
        check("0012 3456 7890 12", Some(("00123456789012", Form::Grouped)));
        check("822-54-0123456", Some(("822540123456", Form::Grouped)));
        for coded in ["(822)123456789012", "(822) 123456789012", "822-123456789012", "(822)1234-5678-9012"] {
            check(coded, Some(("123456789012", Form::BankCode)));
        }
        check("822 123456789012", Some(("123456789012", Form::Grouped)));
        check("001234567890 500", Some(("001234567890", Form::Bare)));
    }

    #[test]
    fn other_lengths_groups_and_codes_are_none() {
        for none in [
            "123456789",
            "12345678901234567",
            "(999)123456789012",
            "2026-11-22",
            "1-2-3-4-5-6-7890",
            "(822",
            "1",
        ] {
            check(none, None);
        }
    }

    #[test]
    fn the_halves_of_a_post_office_account_are_one() {
        let texts =
            ["0001234\u{ff}\u{ff}\u{ff}0123456", "0001234-0123456", "000123-4, 012345-6", "0001234 0123456"];
        for text in texts {
            let found = post_office(text.as_bytes(), 0);
            assert_eq!(found.map(|found| found.canonical).as_deref(), Some("00012340123456"), "{text}");
        }
        for none in ["0001234", "00012340123456", "0001234 012345", "0001234 a 0123456", "000123 0123456"] {
            assert!(post_office(none.as_bytes(), 0).is_none(), "{none}");
        }
    }
}
