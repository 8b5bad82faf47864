//! Fixed lines and service numbers as people write them: `02-2713-8546`, `(02)27138546`, `+886-2-2713-8546`,
//! `0800-123-456`, with an extension (`#123`, `ext. 123`, `x123`) that is part of the place and not of the value.
//!
//! Where the area code ends is the plan's affair, not the separators': `035-884938` is how many still write
//! `03-588-4938`. An extension in Chinese (`分機12`, `轉1234`) stands beyond the value; Chinese is a boundary.

use super::{Form, Shaped};

/// Digits of the longest and the shortest number in the domestic form.
const DIGITS_MAX: usize = 11;
const DIGITS_MIN: usize = 9;

/// The most groups in which a number is written.
const GROUPS_MAX: usize = 4;

/// Digits of the longest extension.
const EXTENSION_DIGITS_MAX: usize = 6;

/// Whether a number may begin so, with the country or with a zero and the first digit of an area.
pub(super) fn may_stand(text: &[u8], at: usize, is_area: impl Fn(u8) -> bool) -> bool {
    let text = &text[at..];
    let text = text.strip_prefix(b"(").unwrap_or(text);
    match text {
        [b'0', b'0', rest @ ..] | [b'+', rest @ ..] => rest.starts_with(b"886"),
        [b'0', area, ..] => is_area(*area),
        _ => text.starts_with(b"886"),
    }
}

/// The number that begins at `at`, which is a digit, `+` or `(`, and that the numbering plan takes.
pub(super) fn at(text: &[u8], at: usize, plan: fn(&[u8]) -> bool) -> Option<Shaped> {
    let head = match text[at] {
        b'+' | b'8' => abroad(text, at)?,
        b'0' | b'(' => abroad(text, at).or_else(|| domestic(text, at))?,
        _ => return None,
    };
    let digits = Digits::read(text, &head);
    let total = (DIGITS_MIN..=digits.len).rev().find(|&total| {
        let ends = !text.get(digits.ends[total - 1]).is_some_and(u8::is_ascii_digit);
        let closed = !head.open || digits.groups[total - 1] > 0;
        ends && closed && digits.are_grouped_well(total, head.abroad) && plan(&digits.values[..total])
    })?;
    let grouped = head.separated || digits.groups[total - 1] > 0;
    let end = digits.ends[total - 1];
    Some(Shaped {
        range: at..extension_end(text, end).unwrap_or(end),
        canonical: digits.values[..total].iter().map(|&digit| char::from(digit)).collect(),
        form: if grouped { Form::Grouped } else { Form::Bare },
    })
}

/// What stands before the digits that are read.
struct Head {
    /// Where they begin.
    at: usize,
    /// A bracket is open, which closes after the area code.
    open: bool,
    /// A country code stood before, and the leading zero did not.
    abroad: bool,
    /// Something stood between them.
    separated: bool,
}

fn domestic(text: &[u8], start: usize) -> Option<Head> {
    let open = text[start] == b'(';
    let at = start + usize::from(open);
    // No area and no service begins with 00, 01 or 09.
    let is_area = matches!(text.get(at..at + 2), Some([b'0', b'2'..=b'8']));
    is_area.then_some(Head { at, open, abroad: false, separated: open })
}

/// After the country code, and the zero of the domestic form where it was kept: `+886-(0)2`, `+886 (02)`, `+88602`.
fn abroad(text: &[u8], start: usize) -> Option<Head> {
    let bracket = text[start] == b'(';
    let code = start + usize::from(bracket);
    let len =
        [b"+886".as_slice(), b"00886", b"886"].iter().find(|known| text[code..].starts_with(known))?.len();
    let mut at = code + len;
    let mut separated = bracket;
    if bracket {
        at += usize::from(text.get(at) == Some(&b')'));
        separated = text[at - 1] == b')';
        if !separated {
            return None;
        }
    }
    skip_separator(text, &mut at, &mut separated);
    if text.get(at..)?.starts_with(b"(0)") {
        at += 3;
        separated = true;
        skip_separator(text, &mut at, &mut separated);
        return Some(Head { at, open: false, abroad: true, separated });
    }
    let open = text.get(at) == Some(&b'(');
    at += usize::from(open);
    at += usize::from(text.get(at) == Some(&b'0'));
    Some(Head { at, open, abroad: true, separated: separated || open })
}

fn skip_separator(text: &[u8], at: &mut usize, separated: &mut bool) {
    if text.get(*at).is_some_and(|&byte| is_separator(byte)) {
        *at += 1;
        *separated = true;
    }
}

const fn is_separator(byte: u8) -> bool {
    matches!(byte, b'-' | b' ' | b'.')
}

/// Digits in groups with one separator between each, in the domestic form.
struct Digits {
    values: [u8; DIGITS_MAX],
    /// For each digit, the place after it and its group.
    ends: [usize; DIGITS_MAX],
    groups: [usize; DIGITS_MAX],
    /// For each digit, whether points and other separators stood before it.
    points: [bool; DIGITS_MAX],
    others: [bool; DIGITS_MAX],
    len: usize,
}

impl Digits {
    /// Reads as many digits as a number may have.
    fn read(text: &[u8], head: &Head) -> Self {
        let mut digits = Self {
            values: [b'0'; DIGITS_MAX],
            ends: [head.at; DIGITS_MAX],
            groups: [0; DIGITS_MAX],
            points: [false; DIGITS_MAX],
            others: [false; DIGITS_MAX],
            len: usize::from(head.abroad),
        };
        let (mut at, mut group, mut open) = (head.at, 0, head.open);
        let (mut point, mut other) = (false, false);
        let mut after_digit = false;
        while let Some(&byte) = text.get(at).filter(|_| digits.len < DIGITS_MAX) {
            at += 1;
            match byte {
                b'0'..=b'9' => {
                    digits.values[digits.len] = byte;
                    digits.ends[digits.len] = at;
                    digits.groups[digits.len] = group;
                    digits.points[digits.len] = point;
                    digits.others[digits.len] = other;
                    digits.len += 1;
                    after_digit = true;
                }
                b')' if open && after_digit => {
                    open = false;
                    at += usize::from(text.get(at).is_some_and(|&byte| is_separator(byte)));
                    group += 1;
                    after_digit = false;
                }
                byte if is_separator(byte) && after_digit && !open => {
                    point |= byte == b'.';
                    other |= byte != b'.';
                    group += 1;
                    after_digit = false;
                }
                _ => break,
            }
        }
        digits
    }

    /// Whether the first `total` digits stand in groups as people write them: few, none of a single digit but an area
    /// code after the country code, the last of three at least, points with points only.
    fn are_grouped_well(&self, total: usize, abroad: bool) -> bool {
        let groups = &self.groups[..total];
        let last = groups[total - 1];
        let size = |group: usize| groups.iter().filter(|&&of| of == group).count();
        let smallest = (0..=last).map(size).min().unwrap_or(0);
        last < GROUPS_MAX
            && (last == 0 || smallest >= 2 && size(last) >= 3 && (abroad || size(0) < 7))
            && !(self.points[total - 1] && self.others[total - 1])
    }
}

/// Where an extension ends that begins at `at`.
fn extension_end(text: &[u8], at: usize) -> Option<usize> {
    let skip_blank = |at: usize| at + usize::from(text.get(at) == Some(&b' '));
    let word = skip_blank(at);
    let rest = text.get(word..)?;
    let is_word =
        |known: &&&[u8]| rest.get(..known.len()).is_some_and(|start| start.eq_ignore_ascii_case(known));
    let known = [b"#".as_slice(), b"extension", b"ext.", b"ext", b"x"];
    let after = word + known.iter().find(is_word)?.len();
    let after = skip_blank(after + usize::from(text.get(after) == Some(&b':')));
    let digits = text[after..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let end = after + digits;
    let stands = !text.get(end).is_some_and(u8::is_ascii_alphanumeric);
    ((1..=EXTENSION_DIGITS_MAX).contains(&digits) && stands).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::super::super::validate::{is_landline, is_service_phone};
    use super::*;

    fn check(text: &str, canonical: &str, end: usize) {
        let found = at(text.as_bytes(), 0, is_landline);
        assert_eq!(
            found.map(|found| (found.canonical, found.range.end)),
            Some((canonical.into(), end)),
            "{text}"
        );
    }

    #[test]
    fn every_usual_form_is_one_number() {
        for text in [
            "0227138546",
            "02-27138546",
            "02-2713-8546",
            "(02)27138546",
            "(02) 2713-8546",
            "02 2713 8546",
            "02.2713.8546",
            "022713-8546",
            "+886227138546",
            "+886-2-2713-8546",
            "+886 2 27138546",
            "+886-(0)2-2713-8546",
            "+886 (02) 2713-8546",
            "+886(2)27138546",
            "(+886)2-2713-8546",
            "00886-2-27138546",
            "886227138546",
            "+8860227138546",
            "(886) 2 2713 8546",
        ] {
            check(text, "0227138546", text.len());
        }
        for text in ["03-588-4938", "(03)588-4938", "035-884938", "+886-3-588-4938", "035884938"] {
            check(text, "035884938", text.len());
        }
        for text in ["0826-62075", "082-662075", "(082)662-075", "+886-826-62075", "+886-82-662075"] {
            check(text, "082662075", text.len());
        }
    }

    #[test]
    fn an_extension_is_part_of_the_place() {
        for extension in
            ["#123", " #123", " ext 123", " ext. 123", "ext123", "x123", " x 123", " Ext:12", " extension 9"]
        {
            let text = format!("02-2713-8546{extension}");
            check(&text, "0227138546", text.len());
        }
        for other in ["#", "# a", " ext", "#1234567", " 123"] {
            check(&format!("02-2713-8546{other}"), "0227138546", 12);
        }
    }

    #[test]
    fn numbers_outside_of_the_plan_and_odd_groups_are_none() {
        for text in [
            "0912345678",
            "02-1713-8546",
            "02-2713-85466",
            "02-2713-854",
            "02--2713-8546",
            "0-2-2713-8546",
            "02-2-713-8546",
            "02-2713.8546",
            "(0227138546)",
            "(02-2713-8546",
            "02-27-13-85-46",
            "+886-9-2713-8546",
            "+887-2-2713-8546",
            "0",
            "(",
            "+886",
            "+886(",
        ] {
            assert!(at(text.as_bytes(), 0, is_landline).is_none(), "{text}");
        }
    }

    #[test]
    fn services_are_read_the_same_way() {
        for text in [
            "0800-123-456",
            "0800123456",
            "(0800)123456",
            "0809-012-345",
            "070-1234-5678",
            "+886-800-123-456",
        ] {
            assert!(
                at(text.as_bytes(), 0, is_service_phone).is_some_and(|found| found.range.end == text.len()),
                "{text}"
            );
            assert!(at(text.as_bytes(), 0, is_landline).is_none(), "{text}");
        }
    }
}
