//! May a value stand around these digits? Asked of the few places that the masks leave, before a line is read.
//!
//! Each number has its check digits, its first digits or a word that must stand near. What passes none of these is no
//! finding, whatever the line is: logs are full of stamps, sizes and ids of eight digits and more, and reading a line
//! takes a hundred times as long as a look at the number. Neighbours are asked as generously as any rule asks them.

use std::ops::RangeInclusive;

use super::super::shape::Shape;
use super::super::validate::{Validator, iban_length, is_bank};

/// Digits of a run that is told by the masks.
pub(super) const RUN_DIGITS: usize = 8;

/// Digits of a mobile number, which is the shortest value that is written in groups but for a fixed line.
const MOBILE_DIGITS: usize = 10;

/// Digits of the shortest fixed line.
const LANDLINE_DIGITS: usize = 9;

/// Digits of the shortest card number.
const CARD_DIGITS: usize = 13;
const CARD_DIGITS_MAX: usize = 19;

/// Digits of the shortest account.
const ACCOUNT_DIGITS: usize = 10;

/// Digits of each half of a post-office account, and of each date with its check digit in a machine-readable zone.
const HALF_DIGITS: usize = 7;

/// Bytes between the halves of a post-office account: eight characters.
const HALF_GAP_MAX: usize = 24;

/// The longest value of letters and digits: an account number of Saint Lucia or Malta, with letters before its digits.
const TOKEN_BYTES_MAX: usize = 34;

/// What may be said of digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Says {
    /// A value stands there by its digits.
    Value,
    /// A value stands there if a word says so.
    ValueIfNamed,
    /// None.
    Nothing,
}

/// What digits alone may be if a word says so: how many, and who tells whether these are.
#[derive(Clone)]
pub(super) struct Bare {
    digits: RangeInclusive<usize>,
    validator: Validator,
}

impl Bare {
    /// Of a rule for such digits.
    pub(super) fn of(shape: Shape, validator: Validator) -> Option<Self> {
        Some(Self { digits: shape.bare_digits()?, validator })
    }

    fn may_be(&self, value: &[u8]) -> bool {
        // Of accounts, which have no length of their own, the digits say nothing.
        let is_any = || self.digits.start() < self.digits.end();
        self.digits.contains(&value.len()) && (is_any() || self.validator.accepts(value))
    }
}

/// What eight digits and more say, of which the eighth stands at `at`.
pub(super) fn run(bytes: &[u8], at: usize, named: &[Bare]) -> Says {
    let start = at + 1 - RUN_DIGITS;
    let len = digits(&bytes[start..]);
    let letters = letters_before(&bytes[..start]);
    let ended = !bytes.get(start + len).is_some_and(u8::is_ascii_alphanumeric);
    // The letter of `\n` belongs to no value, and neither does the second half of a character of Big5.
    let escaped = letters > 0 && start > letters && matches!(bytes[start - letters - 1], b'\\' | 0x81..);
    if is_zone(bytes, start) {
        return Says::Value;
    }
    let lettered = |letters: usize| letters > 0 && is_lettered(bytes, start - letters, letters, len, ended);
    if lettered(letters) || escaped && lettered(letters - 1) {
        Says::Value
    } else if letters == usize::from(escaped) && ended {
        bare(bytes, start, len, named)
    } else {
        Says::Nothing
    }
}

/// Digits that stand alone.
fn bare(bytes: &[u8], start: usize, len: usize, named: &[Bare]) -> Says {
    let value = &bytes[start..start + len];
    let is_card = || (CARD_DIGITS..=CARD_DIGITS_MAX).contains(&len) && Validator::PaymentCard.accepts(value);
    // An account goes on behind a hyphen.
    let may_be_named =
        || bytes.get(start + len) == Some(&b'-') || named.iter().any(|bare| bare.may_be(value));
    if is_coded(&bytes[..start]) {
        Says::Value
    } else if is_joined(bytes, start, start + len) {
        Says::Nothing
    } else if is_telephone(value) || is_card() {
        Says::Value
    } else if may_be_named() {
        Says::ValueIfNamed
    } else {
        Says::Nothing
    }
}

/// Whether a group of digits hangs on the digits at `start..end`, behind or before a point, a line or a slash: by every
/// boundary these are parts of one longer number. Behind a hyphen more of the number may follow.
fn is_joined(bytes: &[u8], start: usize, end: usize) -> bool {
    let is_digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    let is_joint = |at: Option<usize>| {
        at.and_then(|at| bytes.get(at)).is_some_and(|byte| matches!(byte, b'.' | b'_' | b'/'))
    };
    is_joint(start.checked_sub(1)) && is_digit(start.checked_sub(2))
        || is_joint(Some(end)) && is_digit(Some(end + 1))
}

/// `0912345678`, `0227138546`, `07012345678`, `886912345678`, `00886227138546`.
fn is_telephone(value: &[u8]) -> bool {
    let national = |rest: &[u8]| (8..=10).contains(&rest.len());
    match value {
        [b'0', b'2'..=b'9', rest @ ..] => (7..=9).contains(&rest.len()),
        [b'8', b'8', b'6', rest @ ..] | [b'0', b'0', b'8', b'8', b'6', rest @ ..] => national(rest),
        _ => false,
    }
}

/// Whether the code of a bank ends there: `(822)`, `822-`, `(822) `.
fn is_coded(before: &[u8]) -> bool {
    let before = match before {
        [head @ .., b'-' | b' '] if head.ends_with(b")") => head,
        _ => before,
    };
    match before {
        [.., b'(', one, two, three, b')'] => is_bank(&[*one, *two, *three]),
        // Of four digits and more the last three are no code.
        [head @ .., one, two, three, b'-'] => {
            !head.last().is_some_and(u8::is_ascii_digit) && is_bank(&[*one, *two, *three])
        }
        _ => false,
    }
}

/// Whether seven digits and one character stand before the digits: the date of birth, the sex and the date of expiry
/// of a machine-readable zone.
fn is_zone(bytes: &[u8], start: usize) -> bool {
    start > HALF_DIGITS
        && matches!(bytes[start - 1], b'M' | b'F' | b'X' | b'<')
        && trailing_digits(&bytes[..start - 1]) == HALF_DIGITS
}

/// Whether a number that begins with letters stands at `start`, so many of them before its digits.
fn is_lettered(bytes: &[u8], start: usize, letters: usize, digits: usize, ended: bool) -> bool {
    let token = &bytes[start..start + letters + digits];
    if letters <= 2 && token.len() == 10 && ended {
        let mut value = [0; 10];
        value.copy_from_slice(token);
        value[..2].make_ascii_uppercase();
        let numbers = [Validator::NationalId, Validator::ResidentId, Validator::ResidentIdOld];
        if numbers.iter().any(|number| number.accepts(&value)) {
            return true;
        }
    }
    let is_whole = |len: usize| {
        let rest = bytes[start + token.len()..].iter().take(len);
        token.len() + rest.take_while(|byte| byte.is_ascii_alphanumeric()).count() == len
    };
    token[..2].iter().all(u8::is_ascii_uppercase)
        && token[2..4].iter().all(u8::is_ascii_digit)
        && iban_length(&token[..2]).is_some_and(is_whole)
}

/// How many letters and digits a text ends with, as far as a value may begin with them.
fn letters_before(text: &[u8]) -> usize {
    match text.last() {
        Some(last) if last.is_ascii_alphanumeric() => {
            let back = text.iter().rev().take(TOKEN_BYTES_MAX);
            back.take_while(|byte| byte.is_ascii_alphanumeric()).count()
        }
        _ => 0,
    }
}

/// A telephone number in groups that begins at `start`.
pub(super) fn telephone(bytes: &[u8], start: usize) -> bool {
    // The letter of an escape, or the second half of a character of Big5, is none that runs on.
    let runs_on = match &bytes[..start] {
        [.., b'\\' | 0x81.., _] => false,
        before => before.last().is_some_and(u8::is_ascii_alphanumeric),
    };
    let bytes = &bytes[start..];
    let begins = |with: &[u8]| bytes.starts_with(with);
    // Points and pluses apart: `09.692635+08:00` is the end of every stamp of that second.
    let is_grouped =
        |digits: usize| [&b"-. ()"[..], b"-+ ()"].iter().any(|with| grouped(bytes, digits, with));
    !runs_on
        && digits(bytes) < RUN_DIGITS
        && ((begins(b"09") || begins(b"886") || begins(b"00886")) && is_grouped(MOBILE_DIGITS)
            || is_area(bytes) && is_grouped(LANDLINE_DIGITS))
}

/// Four digits and more in groups that begin at `start`: a card, an international account behind its first groups, or a
/// number that needs a word.
pub(super) fn fours(bytes: &[u8], start: usize) -> Says {
    let separator = bytes[start + 4];
    let is_in_fours =
        || bytes[start + 5..start + 9].iter().all(u8::is_ascii_digit) && bytes[start + 9] == separator;
    // An international account begins with its country, as many groups before as there are.
    let follows_country = || {
        let is_group =
            |group: &[u8]| group.iter().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
        let mut first = start;
        while let [.., one, two, three, four, last] = &bytes[..first]
            && *last == separator
            && is_group(&[*one, *two, *three, *four])
        {
            first -= 5;
        }
        bytes[first..].iter().take(2).all(u8::is_ascii_uppercase)
    };
    if is_card(&bytes[start..]) {
        Says::Value
    } else if !matches!(separator, b' ' | b'-' | b'+') || !is_in_fours() {
        Says::Nothing
    } else if follows_country() {
        Says::Value
    } else {
        Says::ValueIfNamed
    }
}

fn is_card(bytes: &[u8]) -> bool {
    let is_part = |byte: &&u8| byte.is_ascii_digit() || matches!(byte, b'-' | b' ' | b'+');
    let end = bytes.iter().take(2 * CARD_DIGITS_MAX).take_while(is_part).count();
    // A group with a letter behind it is none.
    let lettered = bytes.get(end).is_some_and(u8::is_ascii_alphabetic);
    let last = if lettered { trailing_digits(&bytes[..end]) } else { 0 };
    grouped(&bytes[..end - last], CARD_DIGITS, b"- +")
}

/// An account in groups that begins at `start`.
pub(super) fn account(bytes: &[u8], start: usize) -> Says {
    let len = digits(&bytes[start..]);
    let is_long = |start: usize| grouped(&bytes[start..], ACCOUNT_DIGITS, b"-");
    if bytes.get(start + len) != Some(&b'-') || !is_long(start) {
        Says::Nothing
    } else if is_coded(&bytes[..start]) || is_bank(&bytes[start..start + len]) && is_long(start + len + 1) {
        Says::Value
    } else {
        Says::ValueIfNamed
    }
}

/// The two halves of a post-office account, of which the first ends before `at` or with the digit behind the hyphen
/// there; or two dates of a machine-readable zone, with the sex between.
pub(super) fn half(bytes: &[u8], at: usize) -> Says {
    let half = |bytes: &[u8]| match digits(bytes) {
        HALF_DIGITS => true,
        6 => matches!(bytes[6..], [b'-', last, ..] if last.is_ascii_digit()),
        _ => false,
    };
    let hyphened = bytes.get(at) == Some(&b'-') && half(&bytes[at - 6..]);
    let rest = bytes.get(if hyphened { at + 2 } else { at }..).unwrap_or_default();
    let gap = others(&rest[..rest.len().min(HALF_GAP_MAX)]);
    let gap = if rest.get(gap).is_some_and(u8::is_ascii_digit) && gap < HALF_GAP_MAX { gap } else { 0 };
    if gap == 0 || !half(&rest[gap..]) {
        Says::Nothing
    } else if gap == 1 && matches!(rest[0], b'M' | b'F' | b'X' | b'<') {
        Says::Value
    } else if rest[..gap].is_ascii() && rest[..gap].iter().any(u8::is_ascii_alphanumeric) {
        Says::Nothing
    } else {
        Says::ValueIfNamed
    }
}

/// How many digits a text begins with.
fn digits(bytes: &[u8]) -> usize {
    leading(bytes, no_digits, u8::is_ascii_digit)
}

/// How many bytes a text begins with that are no digits.
fn others(bytes: &[u8]) -> usize {
    leading(bytes, |eight| no_digits(eight) ^ TOPS, |byte| !byte.is_ascii_digit())
}

/// How many bytes a text begins with of which each is one, eight at a time: `unlike` tells of eight by their top bits
/// which are none.
#[inline(always)]
fn leading(bytes: &[u8], unlike: impl Fn(u64) -> u64, is_one: impl Fn(&u8) -> bool) -> usize {
    let mut len = 0;
    for eight in bytes.as_chunks::<8>().0 {
        let unlike = unlike(u64::from_le_bytes(*eight));
        if unlike != 0 {
            return len + unlike.trailing_zeros() as usize / 8;
        }
        len += 8;
    }
    len + bytes[len..].iter().take_while(|byte| is_one(byte)).count()
}

/// The top bit of each byte.
const TOPS: u64 = 0x8080_8080_8080_8080;

/// The top bits of those of eight bytes that are no digits.
#[inline(always)]
fn no_digits(eight: u64) -> u64 {
    let apart = eight ^ 0x3030_3030_3030_3030;
    (((apart & !TOPS) + 0x7676_7676_7676_7676) | apart) & TOPS
}

/// How many digits a text ends with.
fn trailing_digits(bytes: &[u8]) -> usize {
    bytes.iter().rev().take_while(|byte| byte.is_ascii_digit()).count()
}

/// The first digits of a fixed line or a service: those of most months and days are none (`02-11-2026 09:04`). Services
/// begin with 070 and 080, wherever they are parted.
fn is_area(bytes: &[u8]) -> bool {
    match bytes {
        [b'0', area @ b'2'..=b'8', rest @ ..] => {
            let next = rest.iter().find(|byte| !matches!(byte, b'-' | b'.' | b' ' | b'(' | b')' | b'+'));
            next.is_none_or(|next| matches!(next, b'2'..=b'9'))
                || rest.first() == Some(&b'0')
                || next == Some(&b'0') && matches!(area, b'7' | b'8')
        }
        _ => false,
    }
}

/// Whether so many digits follow when separators are skipped, of which three may stand together (`) (0`).
fn grouped(bytes: &[u8], digits_min: usize, separators: &[u8]) -> bool {
    let (mut digits, mut between) = (0, 0);
    for byte in bytes {
        if byte.is_ascii_digit() {
            (digits, between) = (digits + 1, 0);
        } else if between < 3 && separators.contains(byte) {
            between += 1;
        } else {
            return false;
        }
        if digits == digits_min {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_counted_eight_at_a_time_as_one_by_one() {
        for byte in 0..=255_u8 {
            for at in 0..20 {
                let (mut run, mut gap) = ([b'7'; 20], [b'/'; 20]);
                run[at] = byte;
                gap[at] = byte;
                assert_eq!(digits(&run), if byte.is_ascii_digit() { 20 } else { at }, "{byte:#x} at {at}");
                assert_eq!(others(&gap), if byte.is_ascii_digit() { at } else { 20 }, "{byte:#x} at {at}");
            }
        }
    }

    #[test]
    fn an_account_is_as_long_as_its_country_has_it() {
        let says =
            |text: &str| run(text.as_bytes(), text.find(|c: char| c.is_ascii_digit()).unwrap() + 7, &[]);
        assert_eq!(says("x DE89370400440532013000"), Says::Value);
        assert_eq!(says("x DE893704004405320130001"), Says::Nothing);
        assert_eq!(says("x DE8937040044053201300"), Says::Nothing);
        assert_eq!(says("x de89370400440532013000"), Says::Nothing);
    }
}
