//! Shapes: where in a text a value of a kind may stand, by its letters, digits and separators alone.
//!
//! Each shape is a function from a position to the value that begins there; `identity.rs` is the smallest to copy.
//! Written by hand, because a boundary is a question about two neighbours (`boundary.rs`), which the word boundary
//! of a regular expression answers wrongly beside Chinese.

mod card;
mod identity;
mod mobile;

use std::ops::Range;

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
}

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
}

impl Shape {
    pub(super) const ALL: [Self; 5] =
        [Self::NationalId, Self::ResidentId, Self::ResidentIdOld, Self::Mobile, Self::PaymentCard];

    /// The name in packs.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::NationalId => "letter-1-or-2-eight-digits",
            Self::ResidentId => "letter-8-or-9-eight-digits",
            Self::ResidentIdOld => "two-letters-eight-digits",
            Self::Mobile => "mobile-forms",
            Self::PaymentCard => "card-groups",
        }
    }

    /// The value that begins at `at`, the longest reading that `fits` (boundary and validator) first; when none
    /// fits, the longest by shape alone is left to be asked again and explained.
    pub(super) fn at(self, text: &[u8], at: usize, fits: &dyn Fn(&Shaped) -> bool) -> Option<Shaped> {
        match self {
            Self::NationalId => identity::at(text, at, |second| matches!(second, b'1' | b'2')),
            Self::ResidentId => identity::at(text, at, |second| matches!(second, b'8' | b'9')),
            Self::ResidentIdOld => identity::at(text, at, |second| matches!(second, b'A'..=b'D')),
            Self::Mobile => mobile::at(text, at),
            Self::PaymentCard => card::at(text, at, fits),
        }
    }
}
