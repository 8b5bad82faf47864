//! Mobile numbers as people write them: `0912345678`, `0912-345-678`, `(0912)345678`, `+886 912 345 678`,
//! `00886-(0)912.345.678`.

use super::{Form, Shaped};

/// Sizes of the digit groups in the domestic form, one decimal digit a group.
const DOMESTIC: &[u32] = &[46, 433, 424, 4222, 28, 244, 2233, 334, 37];

/// The same after the country code, without the leading zero.
const ABROAD: &[u32] = &[9, 36, 333, 324, 3222, 18, 144, 1233, 234];

/// The number that begins at `at`, which is a digit, `+` or `(`.
pub(super) fn at(text: &[u8], at: usize) -> Option<Shaped> {
    match text.get(at)? {
        b'+' | b'8' => abroad(text, at),
        b'0' => abroad(text, at).or_else(|| domestic(text, at)),
        b'(' => abroad(text, at).or_else(|| domestic(text, at)),
        _ => None,
    }
}

fn domestic(text: &[u8], start: usize) -> Option<Shaped> {
    let open = text[start] == b'(';
    let first = start + usize::from(open);
    if text.get(first..first + 2)? != b"09" {
        return None;
    }
    let groups = Groups::read(text, first, 10, open)?;
    // Ten digits are no number of groups in decimal, and need none.
    let fits = groups.sizes == 0 && !open || DOMESTIC.contains(&groups.sizes);
    fits.then_some(Shaped {
        range: start..groups.end,
        canonical: groups.digits,
        form: if groups.sizes == 0 { Form::Bare } else { Form::Grouped },
    })
}

fn abroad(text: &[u8], start: usize) -> Option<Shaped> {
    let open = text[start] == b'(';
    let code = &text[start + usize::from(open)..];
    let len = [b"+886".as_slice(), b"00886", b"886"].iter().find(|known| code.starts_with(known))?.len();
    let mut at = start + usize::from(open) + len;
    let mut separated = false;
    if open {
        separated = *text.get(at)? == b')';
        at += usize::from(separated);
    }
    skip_separator(text, &mut at, &mut separated);
    // The zero of the domestic form, wrongly kept.
    if text.get(at..)?.starts_with(b"(0)") {
        at += 3;
        separated = true;
        skip_separator(text, &mut at, &mut separated);
    } else if text.get(at)? == &b'0' {
        at += 1;
    }
    if text.get(at)? != &b'9' {
        return None;
    }
    let groups = Groups::read(text, at, 9, false)?;
    separated |= groups.sizes != 0;
    let fits = groups.sizes == 0 || ABROAD.contains(&groups.sizes);
    fits.then(|| Shaped {
        range: start..groups.end,
        canonical: format!("0{}", groups.digits),
        form: if separated { Form::Grouped } else { Form::Bare },
    })
}

fn skip_separator(text: &[u8], at: &mut usize, separated: &mut bool) {
    if text.get(*at).is_some_and(|&byte| is_separator(byte)) {
        *at += 1;
        *separated = true;
    }
}

fn is_separator(byte: u8) -> bool {
    matches!(byte, b'-' | b' ' | b'.')
}

/// Digits in groups with one separator between each.
struct Groups {
    digits: String,
    /// The sizes as decimal digits, the first one foremost; 0 for a single group.
    sizes: u32,
    end: usize,
}

impl Groups {
    /// Reads exactly `count` digits from `at`. `closing`: the first group ends with `)`, which a separator may
    /// follow. Points go with points only: beside other separators they end a sentence.
    fn read(text: &[u8], mut at: usize, count: usize, closing: bool) -> Option<Self> {
        let mut digits = String::with_capacity(10);
        let (mut sizes, mut size, mut groups) = (0, 0, 0);
        let (mut points, mut others) = (false, false);
        loop {
            match *text.get(at)? {
                digit @ b'0'..=b'9' => {
                    digits.push(char::from(digit));
                    size += 1;
                    at += 1;
                    if digits.len() == count {
                        break;
                    }
                    continue;
                }
                b')' if closing && groups == 0 => {
                    at += 1;
                    at += usize::from(text.get(at).is_some_and(|&byte| is_separator(byte)));
                }
                separator if size > 0 && is_separator(separator) && !(closing && groups == 0) => {
                    points |= separator == b'.';
                    others |= separator != b'.';
                    at += 1;
                }
                _ => return None,
            }
            sizes = sizes * 10 + size;
            groups += 1;
            size = 0;
        }
        let sizes = if groups == 0 { 0 } else { sizes * 10 + size };
        (!(points && others)).then_some(Self { digits, sizes, end: at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<Form>) {
        let found = at(text.as_bytes(), 0);
        assert_eq!(found.as_ref().map(|shaped| shaped.form), expected, "{text}");
        if let Some(shaped) = found {
            assert_eq!(shaped.canonical, "0912345678", "{text}");
            assert_eq!(shaped.range, 0..text.len(), "{text}");
        }
    }

    #[test]
    fn every_usual_form_is_one_number() {
        for bare in ["0912345678", "+886912345678", "00886912345678", "886912345678", "+8860912345678"] {
            check(bare, Some(Form::Bare));
        }
        let grouped = [
            "0912-345-678",
            "0912 345 678",
            "0912-345678",
            "0912.345.678",
            "(0912)345678",
            "(0912) 345-678",
            "09-12345678",
            "(09)12345678",
            "09 1234 5678",
            "+886-912-345-678",
            "+886 912345678",
            "(+886)912345678",
            "+886(0)912345678",
            "+886 (0) 912-345-678",
            "00886-912-345678",
            "(886) 912 345 678",
            "886.912.345.678",
        ];
        for grouped in grouped {
            check(grouped, Some(Form::Grouped));
        }
    }

    #[test]
    fn other_numbers_and_odd_groups_are_none() {
        let none = [
            "0812345678",
            "0912--345678",
            "0912-345.678",
            "091-2-345678",
            "+887912345678",
            "+88612345678",
            "(0912345678)",
            "0912-3456-78",
            "912345678",
            "09123",
            "+886",
            "(",
        ];
        for none in none {
            check(none, None);
        }
    }
}
