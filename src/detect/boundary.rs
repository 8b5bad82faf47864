//! Boundaries: may a value begin and end here? Asked of the neighbouring characters, by hand.

use std::ops::Range;

/// The boundary classes, by the names that packs use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Boundary {
    /// No ASCII letter or digit beside it. Chinese and `_` are boundaries: `身分證字號A123456789`, `id_A123456789.pdf`.
    Alphanumeric,
    /// The same, and no digit group joined to it by `.`, `-`, `_`, `/`, and no sign: `0.0912345678`,
    /// `2023-0912345678` and `blk_-4162832865986721185` are other numbers.
    Numeric,
    /// The same, and `+` is a sign too: what follows it is a telephone number, not a card.
    Signed,
    /// None: the shape is of Chinese characters, and says itself where it ends.
    Open,
}

impl Boundary {
    pub(super) const ALL: [Self; 4] = [Self::Alphanumeric, Self::Numeric, Self::Signed, Self::Open];

    /// The name in packs.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Alphanumeric => "alphanumeric",
            Self::Numeric => "numeric",
            Self::Signed => "signed",
            Self::Open => "open",
        }
    }

    /// Whether a value may stand at `range` of a folded text.
    pub(super) fn holds(self, text: &[u8], range: Range<usize>) -> bool {
        let alone = Self::stands_alone(text, range.clone());
        match self {
            Self::Open => true,
            Self::Alphanumeric => alone,
            Self::Numeric => alone && !is_joined(text, range.clone()) && !is_negative(text, range),
            Self::Signed => {
                let plus = before(text, range.start, 1) == Some(b'+')
                    && !before(text, range.start, 2).is_some_and(|byte| byte.is_ascii_alphabetic());
                alone && !plus && !is_joined(text, range.clone()) && !is_negative(text, range)
            }
        }
    }

    fn stands_alone(text: &[u8], range: Range<usize>) -> bool {
        let touches = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
        // `+886…` and `(0912)…` bring their own beginning.
        let opened = !text[range.start].is_ascii_alphanumeric();
        let before = before(text, range.start, 1);
        // After `%` the first two digits are an escape, which the next view has decoded.
        let escaped = before == Some(b'%') && text[range.clone()].iter().take(2).all(u8::is_ascii_hexdigit);
        !escaped && !touches(text.get(range.end).copied()) && (opened || !touches(before))
    }
}

/// Where a value may begin by every boundary: not within a run of letters and digits, nor at a character that begins
/// none. Three in four places of a text are left out by this one question. Each is told with the run that begins there,
/// which is empty at a mark.
pub(super) fn beginnings(text: &[u8], mut take: impl FnMut(Range<usize>)) {
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        let start = at;
        while text.get(at).is_some_and(u8::is_ascii_alphanumeric) {
            at += 1;
        }
        if at > start {
            take(start..at);
        } else {
            if matches!(byte, b'+' | b'(') {
                take(start..start);
            }
            at += 1;
        }
    }
}

/// The character `steps` before `at`.
fn before(text: &[u8], at: usize, steps: usize) -> Option<u8> {
    at.checked_sub(steps).map(|at| text[at])
}

/// A digit group hangs on it.
fn is_joined(text: &[u8], range: Range<usize>) -> bool {
    let is_digit = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_digit());
    let is_joint = |byte: Option<u8>| matches!(byte, Some(b'.' | b'-' | b'_' | b'/'));
    let opened = !text[range.start].is_ascii_digit();
    let front = is_joint(before(text, range.start, 1)) && is_digit(before(text, range.start, 2));
    let back = is_joint(text.get(range.end).copied()) && is_digit(text.get(range.end + 1).copied());
    !opened && front || back
}

/// A minus stands before it: a hyphen that follows no letter. (`手機-0912345678` is a label and its number.)
fn is_negative(text: &[u8], range: Range<usize>) -> bool {
    let is_letter =
        |byte: u8| byte.is_ascii_alphanumeric() || !byte.is_ascii() || matches!(byte, b')' | b']');
    before(text, range.start, 1) == Some(b'-') && !before(text, range.start, 2).is_some_and(is_letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(boundary: Boundary, text: &str, holds: bool) {
        let folded = super::super::text::Folded::new(text);
        let start = folded.ascii.iter().position(|&byte| byte == b'[').unwrap();
        let end = folded.ascii.iter().position(|&byte| byte == b']').unwrap() - 1;
        let mut ascii = folded.ascii.into_owned();
        ascii.retain(|byte| !matches!(byte, b'[' | b']'));
        assert_eq!(boundary.holds(&ascii, start..end), holds, "{text}");
    }

    #[test]
    fn chinese_and_underscore_are_boundaries_and_letters_are_not() {
        for text in [
            "號[A123456789]號",
            "id_[A123456789].pdf",
            "[A123456789]",
            "2-[A123456789]-3",
            "\"[A123456789]\"",
        ] {
            check(Boundary::Alphanumeric, text, true);
        }
        for text in ["X[A123456789]", "[A123456789]0", "%[A1]23456789"] {
            check(Boundary::Alphanumeric, text, false);
        }
    }

    #[test]
    fn numbers_refuse_groups_and_signs() {
        for text in
            ["手機-[0912345678]", "a-[0912345678]-b", "[0912345678].pdf", "/[0912345678]/", "[0912345678], 2"]
        {
            check(Boundary::Numeric, text, true);
        }
        let refused =
            ["0.[0912345678]", "2023-[0912345678]", "[0912345678]_2", "[0912345678]/3", "_-[4162832865]"];
        for text in refused {
            check(Boundary::Numeric, text, false);
        }
        check(Boundary::Numeric, "x=+[0912345678]", true);
        check(Boundary::Signed, "x=+[6281234567890123]", false);
    }
}
