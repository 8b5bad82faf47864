//! Validators: does a value in canonical form follow the rule of the authority that issued it?
//!
//! One file each, without allocation, naming the document it follows, with true and false vectors beside it.
//! `mobile.rs` is the smallest to copy. A new one is added to [`Validator`], and the compiler names the rest.

mod card;
mod identity;
mod mobile;
mod national_id;
mod resident_id;
mod resident_id_old;

pub(super) use card::issuer_takes;

/// The validators, by the names that packs use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Validator {
    NationalId,
    ResidentId,
    ResidentIdOld,
    Mobile,
    PaymentCard,
    /// The number has no check digit, or its rule is not known.
    None,
}

impl Validator {
    pub(super) const ALL: [Self; 6] = [
        Self::NationalId,
        Self::ResidentId,
        Self::ResidentIdOld,
        Self::Mobile,
        Self::PaymentCard,
        Self::None,
    ];

    /// The name in packs.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::NationalId => "national-id",
            Self::ResidentId => "resident-id",
            Self::ResidentIdOld => "resident-id-old",
            Self::Mobile => "mobile",
            Self::PaymentCard => "payment-card",
            Self::None => "none",
        }
    }

    /// Whether a canonical value (upper case, ASCII, no separators) is one that could have been issued.
    pub(super) fn accepts(self, value: &[u8]) -> bool {
        match self {
            Self::NationalId => national_id::accepts(value),
            Self::ResidentId => resident_id::accepts(value),
            Self::ResidentIdOld => resident_id_old::accepts(value),
            Self::Mobile => mobile::accepts(value),
            Self::PaymentCard => card::accepts(value),
            Self::None => true,
        }
    }
}
