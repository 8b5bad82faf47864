//! Shapes: where in a text a value of a kind may stand, by its letters, digits and separators alone.
//!
//! Each shape is a function from a position to the value that begins there; `identity.rs` is the smallest to copy.
//! Written by hand, because a boundary is a question about two neighbours (`boundary.rs`), which the word boundary
//! of a regular expression answers wrongly beside Chinese.

mod account;
mod address;
mod card;
mod date;
mod digits;
mod email;
mod iban;
mod identity;
mod mobile;
mod mrz;
mod name;
mod plate;
mod telephone;

use std::ops::{Range, RangeInclusive};

use super::text::Folded;
use super::validate::{MRZ_CHARS, is_landline, is_service_phone, mrz_subject};

/// The shapes, by the names that packs use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Letter, 1 or 2, eight digits.
    NationalId,
    /// Letter, 8 or 9, eight digits.
    ResidentId,
    /// Two letters, the second A to D, eight digits.
    ResidentIdOld,
    /// A mobile number as people write it, in the country or from abroad.
    Mobile,
    /// An issuer's prefix and as many digits as it gives out, bare or in the groups that are embossed.
    PaymentCard,
    /// An e-mail address.
    Email,
    /// A date of either calendar.
    Date,
    /// Two to four Chinese characters.
    Name,
    /// A postal address, from county to house.
    Address,
    /// A number plate of a vehicle.
    Plate,
    /// A fixed line as people write it, in the country or from abroad.
    Landline,
    /// The same of a service.
    ServicePhone,
    /// Ten to sixteen digits in any groups, with or without the code of a bank.
    Account,
    /// 局號 and 帳號 of the post office, seven digits each.
    PostOffice,
    /// Country, check digits and as many characters as the country's accounts have.
    Iban,
    /// Second line of a passport's machine-readable zone.
    Mrz,
    /// Eight digits.
    EightDigits,
    /// Nine digits.
    NineDigits,
    /// Twelve digits, bare or in fours.
    TwelveDigits,
}

/// Characters of the longest value that needs a word: groups with separators, the code of a bank before them.
pub(super) const CHARS_MAX: usize = 32;

/// A value by shape.
#[derive(Clone, Debug)]
pub(super) struct Shaped {
    /// Where it stands, in characters of the folded text.
    pub(super) range: Range<usize>,
    /// Upper case, ASCII, no separators.
    pub(super) canonical: String,
    /// How it is written.
    pub(super) form: Form,
}

/// What stands where a value may begin: asked once a place, and not once a place and rule.
#[derive(Clone, Copy, Debug)]
pub(super) struct Begin {
    first: u8,
    /// Digits there, as far as a shape cares.
    digits: usize,
    /// Whether the third and the tenth character are digits.
    third: bool,
    tenth: bool,
    /// Whether an `@` stands anywhere in the text.
    mail: bool,
}

/// Digits as far as a shape cares: one more than the longest number has.
const DIGITS_MAX: usize = 20;

impl Begin {
    /// How many there are, of which each has a number.
    pub(super) const ALL: usize = (256 + 10 * DIGITS_MAX) * 8;

    /// What stands at `at`, in a text that has an `@` or none.
    pub(super) fn at(text: &[u8], at: usize, mail: bool) -> Self {
        let is_digit = |at: usize| text.get(at).is_some_and(u8::is_ascii_digit);
        let first = text[at];
        let digits = if first.is_ascii_digit() { digits::run(text, at, DIGITS_MAX - 1) } else { 0 };
        Self { first, digits, third: is_digit(at + 2), tenth: is_digit(at + 9), mail }
    }

    /// Its number.
    pub(super) fn number(self) -> usize {
        let head = match self.digits {
            0 => usize::from(self.first),
            digits => 256 + usize::from(self.first - b'0') * DIGITS_MAX + digits - 1,
        };
        head * 8 + usize::from(self.third) * 4 + usize::from(self.tenth) * 2 + usize::from(self.mail)
    }

    /// The one of a number.
    pub(super) fn of(number: usize) -> Self {
        let head = number / 8;
        let (first, digits) = match head.checked_sub(256) {
            None => (head as u8, 0),
            Some(digits) => (b'0' + (digits / DIGITS_MAX) as u8, digits % DIGITS_MAX + 1),
        };
        Self { first, digits, third: number & 4 > 0, tenth: number & 2 > 0, mail: number & 1 > 0 }
    }

    /// Whether the code of a bank may stand there, which names an account without a word.
    pub(super) fn may_be_coded(self) -> bool {
        self.first == b'(' || self.digits == 3
    }
}

/// How a value is written, as far as a verdict depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Without separators.
    Bare,
    /// With a lower-case letter.
    LowerCase,
    /// With separators.
    Grouped,
    /// In groups of four, as on a card.
    Fours,
    /// After the code of a bank.
    BankCode,
}

impl Shape {
    pub(super) const ALL: [Self; 19] = [
        Self::NationalId,
        Self::ResidentId,
        Self::ResidentIdOld,
        Self::Mobile,
        Self::PaymentCard,
        Self::Email,
        Self::Date,
        Self::Name,
        Self::Address,
        Self::Plate,
        Self::Landline,
        Self::ServicePhone,
        Self::Account,
        Self::PostOffice,
        Self::Iban,
        Self::Mrz,
        Self::EightDigits,
        Self::NineDigits,
        Self::TwelveDigits,
    ];

    /// The name in packs.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::NationalId => "letter-1-or-2-eight-digits",
            Self::ResidentId => "letter-8-or-9-eight-digits",
            Self::ResidentIdOld => "two-letters-eight-digits",
            Self::Mobile => "mobile-forms",
            Self::PaymentCard => "card-groups",
            Self::Email => "email-address",
            Self::Date => "date-forms",
            Self::Name => "chinese-name",
            Self::Address => "postal-address",
            Self::Plate => "number-plate",
            Self::Landline => "landline-forms",
            Self::ServicePhone => "service-phone-forms",
            Self::Account => "account-forms",
            Self::PostOffice => "post-office-halves",
            Self::Iban => "iban",
            Self::Mrz => "mrz-td3-line-2",
            Self::EightDigits => "eight-digits",
            Self::NineDigits => "nine-digits",
            Self::TwelveDigits => "twelve-digits",
        }
    }

    /// Whether it is worth to look for a value there: most places are none for most rules.
    pub(super) fn may_begin(self, begin: Begin) -> bool {
        let (first, digits) = (begin.first, begin.digits);
        match self {
            Self::NationalId | Self::ResidentId | Self::ResidentIdOld => {
                first.is_ascii_alphabetic() && begin.third && begin.tenth
            }
            Self::Iban => first.is_ascii_uppercase() && begin.third,
            Self::Mobile | Self::Landline | Self::ServicePhone => match first {
                b'0' => digits >= 2,
                b'8' => digits >= 3,
                _ => matches!(first, b'+' | b'('),
            },
            Self::PaymentCard => digits == 4 || digits >= 13,
            Self::Account => first == b'(' || digits >= 3,
            Self::PostOffice => matches!(digits, 6 | 7),
            Self::Mrz => (first.is_ascii_uppercase() || digits > 0) && begin.tenth,
            Self::EightDigits => digits == 8,
            Self::NineDigits => digits == 9,
            Self::TwelveDigits => matches!(digits, 4 | 12),
            Self::Date => matches!(digits, 1..=4 | 7 | 8),
            Self::Email => first.is_ascii_alphanumeric() && begin.mail,
            Self::Plate => first.is_ascii_alphanumeric(),
            Self::Name | Self::Address => true,
        }
    }

    /// Whether what stands further on may be a value, at a place where one may begin: a character that every value has, or
    /// the run of letters and digits that stands there.
    pub(super) fn may_stand(self, text: &[u8], run: Range<usize>) -> bool {
        let at = run.start;
        let is_digit = |at: usize| text.get(at).is_some_and(u8::is_ascii_digit);
        match self {
            Self::Iban => is_digit(at + 3),
            Self::Mrz => is_digit(at + MRZ_CHARS - 1),
            Self::Mobile => telephone::may_stand(text, at, |area| area == b'9'),
            Self::Landline | Self::ServicePhone => {
                telephone::may_stand(text, at, |area| matches!(area, b'2'..=b'8'))
            }
            Self::Account => account::may_stand(text, at),
            Self::Date => date::may_stand(text, at),
            Self::PaymentCard | Self::TwelveDigits => {
                let is_part = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b' ' | b'-');
                text.get(at + 4).is_some_and(is_part)
            }
            Self::Email => email::may_stand(text, at),
            Self::Plate => plate::may_stand(text, run),
            _ => true,
        }
    }

    /// How many digits a value has that is nothing but digits, of shapes whose digits say nothing by themselves.
    pub(super) const fn bare_digits(self) -> Option<RangeInclusive<usize>> {
        match self {
            Self::EightDigits => Some(8..=8),
            Self::NineDigits => Some(9..=9),
            Self::TwelveDigits => Some(12..=12),
            Self::Account => Some(account::DIGITS_MIN..=account::DIGITS_MAX),
            _ => None,
        }
    }

    /// Whether a value begins with a Chinese character.
    pub(super) fn is_chinese(self) -> bool {
        matches!(self, Self::Name | Self::Address)
    }

    /// Whether a value says so little by itself that it is only asked for directly behind its keyword or key.
    pub(super) fn is_led(self) -> bool {
        matches!(self, Self::Date | Self::Name | Self::Plate)
    }

    /// The value that begins at `at`, the longest reading that `fits` (boundary and validator) first; when none
    /// fits, the longest by shape alone is left to be asked again and explained.
    pub(super) fn at(self, folded: &Folded<'_>, at: usize, fits: &dyn Fn(&Shaped) -> bool) -> Option<Shaped> {
        let text: &[u8] = &folded.ascii;
        match self {
            Self::NationalId => identity::at(text, at, |second| matches!(second, b'1' | b'2')),
            Self::ResidentId => identity::at(text, at, |second| matches!(second, b'8' | b'9')),
            Self::ResidentIdOld => identity::at(text, at, |second| matches!(second, b'A'..=b'D')),
            Self::Mobile => mobile::at(text, at),
            Self::PaymentCard => card::at(text, at, fits),
            Self::Email => email::at(text, at),
            Self::Date => date::at(folded, at),
            Self::Name => name::at(folded, at),
            Self::Address => address::at(folded, at),
            Self::Plate => plate::at(text, at),
            Self::Landline => telephone::at(text, at, is_landline),
            Self::ServicePhone => telephone::at(text, at, is_service_phone),
            Self::Account => account::at(text, at),
            Self::PostOffice => account::post_office(text, at),
            Self::Iban => iban::at(text, at),
            Self::Mrz => mrz::at(text, at),
            Self::EightDigits => digits::at(text, at, 8),
            Self::NineDigits => digits::at(text, at, 9),
            Self::TwelveDigits => digits::in_fours(text, at, 12),
        }
    }

    /// Of a value that was validated, what stands for the person: of a machine-readable zone one number, of all others
    /// the whole value.
    pub(super) fn subject(self, canonical: String) -> String {
        match self {
            Self::Mrz => mrz_subject(&canonical).to_owned(),
            _ => canonical,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::boundary::beginnings;
    use super::*;

    proptest! {
        #[test]
        fn a_value_stands_only_where_it_may(
            pieces in proptest::collection::vec(
                prop_oneof![
                    "[0-9]{1,4}", "[0-9]{6,14}", "[-/. ()+年月日]{1,2}", "[-/.]", "0[0-9]", "(\\+|00)?886", "822", "\\(0?[0-9]{2,4}\\)",
                    "[A-Za-z]{1,3}", "[A-Z][1289][0-9]{8}", "T00:00", "[a-z]{1,4}@[a-z]{2,5}\\.(com|tw)", "4111", "[=: ]",
                ],
                1..9,
            ),
        ) {
            let text = pieces.concat();
            let folded = Folded::new(&text);
            let mail = text.contains('@');
            beginnings(&folded.ascii, |run| {
                let begin = Begin::at(&folded.ascii, run.start, mail);
                for shape in Shape::ALL.into_iter().filter(|shape| shape.may_begin(begin)) {
                    let may_stand = shape.may_stand(&folded.ascii, run.clone());
                    let value = || shape.at(&folded, run.start, &|_| true);
                    assert!(may_stand || value().is_none(), "{shape:?} at {} of {text}", run.start);
                }
            });
        }
    }
}
