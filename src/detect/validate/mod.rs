//! Validators: does a value in canonical form follow the rule of the authority that issued it?
//!
//! One file each, without allocation, naming the document it follows, with true and false vectors beside it.
//! `mobile.rs` is the smallest to copy. A new one is added to [`Validator`], and the compiler names the rest.

mod bank_account;
mod birth_date;
mod card;
mod digits;
mod email;
mod iban;
mod identity;
mod landline;
mod mobile;
mod mrz;
mod national_id;
mod plate;
mod resident_id;
mod resident_id_old;
mod service_phone;
mod ubn;

pub(super) use bank_account::is_bank;
pub(super) use card::issuer_takes;
pub(super) use iban::length as iban_length;
pub(super) use landline::accepts as is_landline;
pub(super) use mrz::{CHARS as MRZ_CHARS, is_line as is_mrz_line, subject as mrz_subject};
pub(super) use service_phone::accepts as is_service_phone;

use crate::hit::Reason;

/// The validators, by the names that packs use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Validator {
    NationalId,
    ResidentId,
    ResidentIdOld,
    Mobile,
    PaymentCard,
    Email,
    BirthDate,
    Plate,
    Landline,
    ServicePhone,
    BankAccount,
    Iban,
    Mrz,
    Passport,
    NhiCard,
    Ubn,
    /// The shape is all there is.
    None,
}

impl Validator {
    pub(super) const ALL: [Self; 17] = [
        Self::NationalId,
        Self::ResidentId,
        Self::ResidentIdOld,
        Self::Mobile,
        Self::PaymentCard,
        Self::Email,
        Self::BirthDate,
        Self::Plate,
        Self::Landline,
        Self::ServicePhone,
        Self::BankAccount,
        Self::Iban,
        Self::Mrz,
        Self::Passport,
        Self::NhiCard,
        Self::Ubn,
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
            Self::Email => "email",
            Self::BirthDate => "birth-date",
            Self::Plate => "plate",
            Self::Landline => "landline",
            Self::ServicePhone => "service-phone",
            Self::BankAccount => "bank-account",
            Self::Iban => "iban",
            Self::Mrz => "mrz",
            Self::Passport => "passport",
            Self::NhiCard => "nhi-card",
            Self::Ubn => "ubn",
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
            Self::Email => email::accepts(value),
            Self::BirthDate => birth_date::accepts(value),
            Self::Plate => plate::accepts(value),
            Self::Landline => landline::accepts(value),
            Self::ServicePhone => service_phone::accepts(value),
            Self::BankAccount => bank_account::accepts(value),
            Self::Iban => iban::accepts(value),
            Self::Mrz => mrz::accepts(value),
            Self::Passport => digits::is_passport(value),
            Self::NhiCard => digits::is_nhi_card(value),
            Self::Ubn => ubn::accepts(value),
            Self::None => true,
        }
    }

    /// Why a value that is not accepted is rejected.
    pub(super) const fn fault(self) -> Reason {
        match self {
            Self::Email => Reason::RoleMailbox,
            Self::BirthDate => Reason::NoSuchDate,
            Self::Plate => Reason::NeverIssued,
            _ => Reason::Checksum,
        }
    }
}
