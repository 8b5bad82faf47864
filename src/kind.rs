//! What can be found, and what it says about a person.
//!
//! A [`Kind`] is one identifier as the law or a standard defines it; its [`Family`] is the name space in which two
//! values are the same person's (the three identity numbers share one); its [`Nature`] is the class of data in
//! which the level table of a policy is written.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An identifier that breachd detects. The text form is the id used in packs, JSON and the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// 國民身分證統一編號: letter, 1 or 2, eight digits, checksum.
    TwNationalId,
    /// 新式統一證號 (issued since 2021-01-02): letter, 8 or 9, eight digits, the same checksum.
    TwResidentId,
    /// 舊式統一證號 (valid until 2030-12-31): two letters, eight digits, checksum.
    TwResidentIdOld,
    /// 中華民國護照號碼: nine digits, no checksum.
    TwPassport,
    /// Second line of a passport's machine-readable zone (ICAO 9303, TD3): five check digits.
    Mrz,
    /// 健保卡號: twelve digits, no checksum.
    TwNhiCard,
    /// Mobile telephone number of the Taiwanese numbering plan, 09 and eight digits.
    TwMobile,
    /// Fixed line of the Taiwanese numbering plan: area code and subscriber number.
    TwLandline,
    /// Toll-free, premium and `VoIP` numbers: never a person.
    TwServicePhone,
    /// Payment card number: issuer prefix, issuer length, Luhn (ISO/IEC 7812).
    PaymentCard,
    /// Account at a bank or the post office.
    BankAccount,
    /// International bank account number: mod 97 (ISO 13616).
    Iban,
    /// 營利事業統一編號: eight digits, mod 5; never a person.
    TwUbn,
    /// E-mail address within content.
    Email,
    /// Date of birth, in either calendar.
    BirthDate,
    /// A person's name.
    PersonName,
    /// Postal address of three levels and more.
    Address,
    /// Number plate of a vehicle.
    Plate,
    /// A kind of a site's own pack, by its id.
    Site(Label),
}

impl Kind {
    /// Every kind of the program's own packs, in the order in which reports list them.
    pub const ALL: [Self; 18] = [
        Self::TwNationalId,
        Self::TwResidentId,
        Self::TwResidentIdOld,
        Self::TwPassport,
        Self::Mrz,
        Self::TwNhiCard,
        Self::TwMobile,
        Self::TwLandline,
        Self::TwServicePhone,
        Self::PaymentCard,
        Self::BankAccount,
        Self::Iban,
        Self::TwUbn,
        Self::Email,
        Self::BirthDate,
        Self::PersonName,
        Self::Address,
        Self::Plate,
    ];

    /// The stable id, as packs, JSON and the store write it.
    pub fn id(&self) -> &str {
        match self {
            Self::TwNationalId => "tw-national-id",
            Self::TwResidentId => "tw-resident-id",
            Self::TwResidentIdOld => "tw-resident-id-old",
            Self::TwPassport => "tw-passport",
            Self::Mrz => "mrz",
            Self::TwNhiCard => "tw-nhi-card",
            Self::TwMobile => "tw-mobile",
            Self::TwLandline => "tw-landline",
            Self::TwServicePhone => "tw-service-phone",
            Self::PaymentCard => "payment-card",
            Self::BankAccount => "bank-account",
            Self::Iban => "iban",
            Self::TwUbn => "tw-ubn",
            Self::Email => "email",
            Self::BirthDate => "birth-date",
            Self::PersonName => "person-name",
            Self::Address => "address",
            Self::Plate => "plate",
            Self::Site(label) => label.as_str(),
        }
    }

    /// The kind with this id; an id that is none of the program's own is a site's. None where it is too long, or
    /// holds anything but lower-case letters, digits and hyphens.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.id() == id).or_else(|| Label::new(id).map(Self::Site))
    }

    /// The name a member of the response team reads; a site's kind has its id.
    pub fn name_zh(&self) -> &str {
        match self {
            Self::TwNationalId => "身分證字號",
            Self::TwResidentId => "統一證號（新式）",
            Self::TwResidentIdOld => "統一證號（舊式）",
            Self::TwPassport => "護照號碼",
            Self::Mrz => "護照機讀區",
            Self::TwNhiCard => "健保卡號",
            Self::TwMobile => "行動電話",
            Self::TwLandline => "市內電話",
            Self::TwServicePhone => "服務電話",
            Self::PaymentCard => "信用卡號",
            Self::BankAccount => "銀行帳號",
            Self::Iban => "國際銀行帳號",
            Self::TwUbn => "統一編號",
            Self::Email => "電子郵件",
            Self::BirthDate => "出生日期",
            Self::PersonName => "姓名",
            Self::Address => "地址",
            Self::Plate => "車牌號碼",
            Self::Site(label) => label.as_str(),
        }
    }

    /// How surely one value is one person, which decides how it is counted.
    pub const fn tier(self) -> Tier {
        match self {
            Self::TwNationalId
            | Self::TwResidentId
            | Self::TwResidentIdOld
            | Self::TwPassport
            | Self::Mrz => Tier::Person,
            Self::TwNhiCard
            | Self::TwMobile
            | Self::PaymentCard
            | Self::BankAccount
            | Self::Iban
            | Self::Email
            | Self::Site(_) => Tier::Pointer,
            Self::TwLandline | Self::BirthDate | Self::PersonName | Self::Address | Self::Plate => Tier::Weak,
            Self::TwServicePhone | Self::TwUbn => Tier::Nobody,
        }
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::from_id(&id).ok_or_else(|| serde::de::Error::custom("expected the id of a kind"))
    }
}

/// Longest id of a site's kind, in bytes.
pub const LABEL_BYTES_MAX: usize = 31;

/// A short id, kept in place: lower-case ASCII letters, digits and hyphens.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label {
    bytes: [u8; LABEL_BYTES_MAX],
    len: u8,
}

impl Label {
    /// An id, unless it is empty, too long or holds anything else.
    pub fn new(id: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if id.is_empty() || id.len() > LABEL_BYTES_MAX || !id.bytes().all(plain) {
            return None;
        }
        let mut bytes = [0; LABEL_BYTES_MAX];
        bytes[..id.len()].copy_from_slice(id.as_bytes());
        Some(Self { bytes, len: id.len() as u8 })
    }

    /// An id of the program's own.
    ///
    /// # Panics
    /// When it is none, which is a mistake in the program: constants are made when it is compiled.
    pub const fn literal(id: &str) -> Self {
        let (from, mut bytes, mut at) = (id.as_bytes(), [0; LABEL_BYTES_MAX], 0);
        while at < from.len() {
            assert!(matches!(from[at], b'a'..=b'z' | b'0'..=b'9' | b'-'), "a letter that no id has");
            bytes[at] = from[at];
            at += 1;
        }
        Self { bytes, len: at as u8 }
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..usize::from(self.len)]).expect("made of ASCII")
    }
}

impl std::fmt::Debug for Label {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Label({})", self.as_str())
    }
}

/// A name space of canonical values: equal values of one family are one person's, whatever the kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// National and resident identity numbers, and such a number within a machine-readable zone.
    Twid,
    /// Passport numbers, and those of machine-readable zones without an identity number.
    Passport,
    /// Health insurance cards.
    Nhi,
    /// Mobile telephone numbers.
    Mobile,
    /// Fixed lines.
    Landline,
    /// E-mail addresses.
    Email,
    /// Payment cards.
    Card,
    /// Bank and post-office accounts.
    Account,
    /// International bank account numbers.
    Iban,
    /// Names.
    Name,
    /// Postal addresses.
    Address,
    /// Dates of birth.
    Birth,
    /// Number plates.
    Plate,
    /// Numbers that stand for nobody; hashed only to tell them apart.
    Nobody,
    /// A site's own kind, and the organisation that gives out its numbers.
    Site(Label, Option<Label>),
}

impl Family {
    /// The family of a value. A machine-readable zone is counted by the identity number in it, else by the passport.
    pub fn of(kind: Kind, canonical: &str) -> Self {
        match kind {
            Kind::TwNationalId | Kind::TwResidentId | Kind::TwResidentIdOld => Self::Twid,
            // An identity number has ten characters, the number of a document nine at most (ICAO Doc 9303 part 4).
            Kind::Mrz if canonical.len() == 10 => Self::Twid,
            Kind::Mrz | Kind::TwPassport => Self::Passport,
            Kind::TwNhiCard => Self::Nhi,
            Kind::TwMobile => Self::Mobile,
            Kind::TwLandline => Self::Landline,
            Kind::PaymentCard => Self::Card,
            Kind::BankAccount => Self::Account,
            Kind::Iban => Self::Iban,
            Kind::Email => Self::Email,
            Kind::BirthDate => Self::Birth,
            Kind::PersonName => Self::Name,
            Kind::Address => Self::Address,
            Kind::Plate => Self::Plate,
            Kind::TwServicePhone | Kind::TwUbn => Self::Nobody,
            Kind::Site(label) => Self::Site(label, None),
        }
    }

    /// The family within one organisation: student 410012345 of another university is another person. Numbers of the
    /// program's own kinds are of the whole country, and stay as they are.
    #[must_use]
    pub fn within(self, scope: Option<Label>) -> Self {
        match self {
            Self::Site(label, _) => Self::Site(label, scope),
            national => national,
        }
    }

    /// The domain word that goes into the keyed hash.
    pub fn id(&self) -> String {
        let word = match self {
            Self::Twid => "twid",
            Self::Passport => "passport",
            Self::Nhi => "nhi",
            Self::Mobile => "mobile",
            Self::Landline => "landline",
            Self::Email => "email",
            Self::Card => "card",
            Self::Account => "account",
            Self::Iban => "iban",
            Self::Name => "name",
            Self::Address => "address",
            Self::Birth => "birth",
            Self::Plate => "plate",
            Self::Nobody => "nobody",
            Self::Site(label, None) => return format!("site/{}", label.as_str()),
            Self::Site(label, Some(scope)) => return format!("site/{}/{}", label.as_str(), scope.as_str()),
        };
        word.to_owned()
    }
}

/// How a value stands for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tier {
    /// Always exactly one person.
    Person,
    /// Points at a person, who may have several, or share one.
    Pointer,
    /// Says something of a person whom it does not name: two different ones in a record are somebody.
    Weak,
    /// Never a person.
    Nobody,
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
    /// Every nature, the least grave first.
    pub const ALL: [Self; 4] = [Self::Identification, Self::Activity, Self::Financial, Self::Special];

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

    #[test]
    fn a_zone_is_counted_by_its_identity_number_or_else_by_its_passport() {
        assert_eq!(Family::of(Kind::Mrz, "M253291476"), Family::Twid);
        assert_eq!(Family::of(Kind::Mrz, "308890673"), Family::Passport);
        assert_eq!(Family::of(Kind::Mrz, "L898902C3"), Family::Passport);
    }

    #[test]
    fn a_site_may_name_kinds_of_its_own() {
        let kind = Kind::from_id("student-no").expect("a plain id");
        assert_eq!((kind.id(), kind.tier()), ("student-no", Tier::Pointer));
        let family = Family::of(kind, "410012345");
        assert_eq!(family.id(), "site/student-no");
        assert_eq!(family.within(Label::new("nfu")).id(), "site/student-no/nfu");
        assert_eq!(Family::Twid.within(Label::new("nfu")), Family::Twid);
        assert_eq!(serde_json::from_str::<Kind>("\"student-no\"").expect("reads back"), kind);
        assert!(Kind::from_id("Student No").is_none() && Kind::from_id(&"x".repeat(32)).is_none());
    }
}
