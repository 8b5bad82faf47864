//! Dates as people write them: `1986-03-04`, `19860304`, `75/03/04`, `075.03.04`, `0750304`, `75年3月4日`. A year of
//! three digits and fewer is one of the Republic (民國), of which the first is 1912.

use super::super::text::Folded;
use super::{Form, Shaped};

/// What is added to a year of the Republic.
const REPUBLIC: u32 = 1911;

/// Whether a date may begin at `at`: behind a year stand a joint and the month.
pub(super) fn may_stand(text: &[u8], at: usize) -> bool {
    let end = at + digits(text, at);
    let is_digit = |at: usize| text.get(at).is_some_and(u8::is_ascii_digit);
    match text.get(end) {
        _ if end - at > 4 => true,
        Some(b'-' | b'/' | b'.') => is_digit(end + 1),
        joint => joint.is_some_and(|byte| !byte.is_ascii()),
    }
}

/// The date that begins at `at`; whether there is such a day is the validator's to say.
pub(super) fn at(folded: &Folded<'_>, at: usize) -> Option<Shaped> {
    let text = &folded.ascii;
    let digits = digits(text, at);
    let number = |from: usize, len: usize| number(&text[from..from + len]);
    let (year, month, day, end) = match digits {
        8 => (number(at, 4), number(at + 4, 2), number(at + 6, 2), at + 8),
        7 => (REPUBLIC + number(at, 3), number(at + 3, 2), number(at + 5, 2), at + 7),
        1..=4 => {
            let (month, day, end) = parts(folded, at + digits)?;
            let year = number(at, digits);
            (if digits == 4 { year } else { year + REPUBLIC }, month, day, end)
        }
        _ => return None,
    };
    let digits_of = [year / 1000, year / 100, year / 10, year, month / 10, month, day / 10, day];
    let canonical = digits_of.iter().map(|number| char::from(b'0' + (number % 10) as u8)).collect();
    let form = if digits > 4 { Form::Bare } else { Form::Grouped };
    Some(Shaped { range: at..end + midnight(&text[end..]), canonical, form })
}

/// Month and day after a year, and where they end: `-03-04`, `/3/4`, `年3月4日`.
fn parts(folded: &Folded<'_>, at: usize) -> Option<(u32, u32, usize)> {
    let text = &folded.ascii;
    let first = folded.char_at(at)?;
    let (second, last) = match first {
        '-' | '/' | '.' => (first, None),
        '年' => ('月', Some('日')),
        _ => return None,
    };
    let blank = |at: usize| at + usize::from(last.is_some() && text.get(at) == Some(&b' '));
    let read = |at: usize| {
        let len = digits(text, at);
        (1..=2).contains(&len).then(|| (number(&text[at..at + len]), blank(at + len)))
    };
    let (month, at) = read(blank(at + 1))?;
    if folded.char_at(at) != Some(second) {
        return None;
    }
    let (day, at) = read(blank(at + 1))?;
    match last {
        Some(last) if folded.char_at(at) == Some(last) => Some((month, day, at + 1)),
        Some(_) => None,
        None => Some((month, day, at)),
    }
}

/// The time of day that databases add to a date, `T00:00:00.000Z`.
fn midnight(text: &[u8]) -> usize {
    let Some(rest) = text.strip_prefix(b"T00:00") else { return 0 };
    let is_part = |byte: u8| byte.is_ascii_digit() || matches!(byte, b':' | b'.' | b'+' | b'Z');
    6 + rest.iter().take(16).take_while(|&&byte| is_part(byte)).count()
}

fn digits(text: &[u8], at: usize) -> usize {
    text.get(at..).unwrap_or_default().iter().take(9).take_while(|byte| byte.is_ascii_digit()).count()
}

fn number(digits: &[u8]) -> u32 {
    digits.iter().fold(0, |sum, &digit| sum * 10 + u32::from(digit - b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        let folded = Folded::new(text);
        let found = at(&folded, 0);
        assert_eq!(found.as_ref().map(|shaped| shaped.canonical.as_str()), expected, "{text}");
        assert!(found.is_none_or(|shaped| shaped.range == (0..folded.ascii.len())), "{text}");
    }

    #[test]
    fn both_calendars_give_one_date() {
        for text in [
            "1986-03-04",
            "19860304",
            "1986/3/4",
            "1986.03.04",
            "75/03/04",
            "075.03.04",
            "0750304",
            "75年3月4日",
            "75-3-4",
            "1986年3月4日",
            "75年 3月 4日",
            "７５／０３／０４",
            "1986-03-04T00:00:00.000Z",
        ] {
            check(text, Some("19860304"));
        }
        check("104年13月27日", Some("20151327"));
    }

    #[test]
    fn other_numbers_are_none() {
        for none in
            ["75/03-04", "75年3月", "123456", "123456789", "75", "1986-003-04", "12:30:00", "75-3", "年"]
        {
            check(none, None);
        }
    }
}
