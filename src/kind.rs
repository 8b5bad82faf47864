//! What can be found, and what it says about a person.
//!
//! A [`Kind`] is one identifier as the law or a standard defines it; its [`Family`] is the name space in which two
//! values are the same person's (the three identity numbers share one); its [`Nature`] is the class of data in
//! which the level table of a policy is written.

use serde::{Deserialize, Serialize};

/// An identifier that breachd detects. The text form is the id used in packs, JSON and the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// 國民身分證統一編號: letter, 1 or 2, eight digits, checksum.
    TwNationalId,
    /// 新式統一證號 (issued since 2021-01-02): letter, 8 or 9, eight digits, the same checksum.
    TwResidentId,
    /// 舊式統一證號 (valid until 2030-12-31): two letters, eight digits, checksum.
    TwResidentIdOld,
    /// Mobile telephone number of the Taiwanese numbering plan, 09 and eight digits.
    TwMobile,
    /// Payment card number: issuer prefix, issuer length, Luhn (ISO/IEC 7812).
    PaymentCard,
}

impl Kind {
    /// Every kind, in the order in which reports list them.
    pub const ALL: [Self; 5] =
        [Self::TwNationalId, Self::TwResidentId, Self::TwResidentIdOld, Self::TwMobile, Self::PaymentCard];

    /// The stable id, as packs, JSON and the store write it.
    pub const fn id(self) -> &'static str {
        match self {
            Self::TwNationalId => "tw-national-id",
            Self::TwResidentId => "tw-resident-id",
            Self::TwResidentIdOld => "tw-resident-id-old",
            Self::TwMobile => "tw-mobile",
            Self::PaymentCard => "payment-card",
        }
    }

    /// The kind with this id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.id() == id)
    }

    /// The name a member of the response team reads.
    pub const fn name_zh(self) -> &'static str {
        match self {
            Self::TwNationalId => "身分證字號",
            Self::TwResidentId => "統一證號（新式）",
            Self::TwResidentIdOld => "統一證號（舊式）",
            Self::TwMobile => "行動電話",
            Self::PaymentCard => "信用卡號",
        }
    }

    /// The name space of its subject keys.
    pub const fn family(self) -> Family {
        match self {
            Self::TwNationalId | Self::TwResidentId | Self::TwResidentIdOld => Family::Twid,
            Self::TwMobile => Family::Mobile,
            Self::PaymentCard => Family::Card,
        }
    }

    /// How surely one value is one person, which decides how it is counted.
    pub const fn tier(self) -> Tier {
        match self {
            Self::TwNationalId | Self::TwResidentId | Self::TwResidentIdOld => Tier::Person,
            Self::TwMobile | Self::PaymentCard => Tier::Pointer,
        }
    }
}

/// A name space of canonical values: equal values of one family are one person's, whatever the kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// National and resident identity numbers.
    Twid,
    /// Mobile telephone numbers.
    Mobile,
    /// Payment cards.
    Card,
}

impl Family {
    /// The domain word that goes into the keyed hash.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Twid => "twid",
            Self::Mobile => "mobile",
            Self::Card => "card",
        }
    }
}

/// How a value stands for a person (`facts` call these tier 1 and tier 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tier {
    /// Always exactly one person.
    Person,
    /// Points at a person, who may have several, or share one.
    Pointer,
}

/// The class of personal data, in the words of the level table (IMS-P-025 6.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Nature {
    /// 一般性之識別資料.
    Identification,
    /// 個人活動相關資料.
    Activity,
    /// 金融財務相關資料.
    Financial,
    /// 個資法第六條之特種個人資料.
    Special,
}

impl Nature {
    /// The stable id, as packs, policies and JSON write it.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Identification => "identification",
            Self::Activity => "activity",
            Self::Financial => "financial",
            Self::Special => "special",
        }
    }

    /// The name a member of the response team reads.
    pub const fn name_zh(self) -> &'static str {
        match self {
            Self::Identification => "一般識別資料",
            Self::Activity => "個人活動資料",
            Self::Financial => "金融財務資料",
            Self::Special => "特種個資",
        }
    }
}

/// How sure a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Explained, never counted.
    Rejected,
    /// Shown with the what-if number.
    Possible,
    /// Counted.
    Likely,
}

impl Verdict {
    /// The stable id, as JSON writes it.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Rejected => "rejected",
            Self::Possible => "possible",
            Self::Likely => "likely",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_in_json_and_ids_in_code_are_the_same() {
        for kind in Kind::ALL {
            assert_eq!(serde_json::to_string(&kind).expect("enums serialise"), format!("\"{}\"", kind.id()));
            assert_eq!(Kind::from_id(kind.id()), Some(kind));
        }
    }
}
