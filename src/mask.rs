//! Personal data by type: what may be read, what may be kept, what may be printed.
//!
//! [`Raw`] is log bytes, [`Sensitive`] a matched value: neither can be printed, and only the stages touch them. What
//! leaves the scanner is [`Masked`] (a value with its digits hidden), [`Shown`] (a text with every value in it
//! hidden) and [`SubjectKey`] (a keyed hash). These are all that facts, store, mail and reports can own.

use std::fmt;
use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::kind::{Family, Kind, Label};

/// Bytes of a log line, as they were written. They live as long as their block.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Raw<'b>(&'b [u8]);

impl<'b> Raw<'b> {
    /// Log bytes.
    pub fn new(bytes: &'b [u8]) -> Self {
        Self(bytes)
    }

    /// To be read by a stage.
    pub fn bytes(self) -> &'b [u8] {
        self.0
    }
}

impl fmt::Debug for Raw<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Raw({} bytes)", self.0.len())
    }
}

/// A matched value in canonical form (upper case, ASCII digits, no separators; names and addresses as they stand). It
/// has no `Display`:
///
/// ```compile_fail
/// let value = breachd::mask::Sensitive::new(breachd::kind::Kind::TwMobile, "0900000000".to_owned());
/// println!("{value}");
/// ```
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Sensitive {
    #[zeroize(skip)]
    kind: Kind,
    #[zeroize(skip)]
    scope: Option<Label>,
    canonical: String,
}

impl Sensitive {
    /// A matched value.
    pub fn new(kind: Kind, canonical: String) -> Self {
        Self { kind, scope: None, canonical }
    }

    /// A value that is one person's only within an organisation.
    #[must_use]
    pub fn within(mut self, scope: Option<Label>) -> Self {
        self.scope = scope;
        self
    }

    /// What it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The only printable form. Lengths are kept, so that a reader sees that two values differ in shape.
    pub fn mask(&self, style: Style) -> Masked {
        let (head, tail) = self.clear(style);
        let hidden = head..self.canonical.chars().count().saturating_sub(tail);
        let mask = if matches!(self.kind, Kind::PersonName | Kind::Address) { '○' } else { '*' };
        Masked(
            self.canonical
                .chars()
                .enumerate()
                .map(|(i, c)| if hidden.contains(&i) { mask } else { c })
                .collect(),
        )
    }

    /// How many characters stay clear at the beginning and at the end.
    fn clear(&self, style: Style) -> (usize, usize) {
        let strict = style == Style::Strict;
        match self.kind {
            Kind::TwNationalId | Kind::TwResidentId | Kind::TwResidentIdOld if strict => (2, 0),
            Kind::TwNationalId | Kind::TwResidentId | Kind::TwResidentIdOld => (6, 0),
            Kind::Mrz | Kind::BirthDate if strict => (0, 0),
            Kind::TwPassport | Kind::Mrz | Kind::Plate | Kind::Site(_) => (0, 2),
            Kind::TwMobile | Kind::TwLandline if strict => (2, 2),
            Kind::TwMobile => (4, 3),
            Kind::TwLandline => (2, 4),
            Kind::PaymentCard if !strict => (6, 4),
            Kind::PaymentCard | Kind::BankAccount | Kind::Iban | Kind::TwNhiCard | Kind::TwUbn => (0, 4),
            Kind::TwServicePhone | Kind::BirthDate => (4, 0),
            Kind::PersonName => (1, 0),
            Kind::Address => (3, 0),
            Kind::Email => {
                let local = self.canonical.find('@').unwrap_or(0);
                (usize::from(local > 1), self.canonical[local..].chars().count())
            }
        }
    }

    /// The keyed hash by which equal values are counted once.
    pub fn key(&self, keys: &Keys) -> SubjectKey {
        keys.subject(Family::of(self.kind, &self.canonical).within(self.scope), &self.canonical)
    }

    /// Whether two spellings are one value, without showing either.
    pub fn is(&self, canonical: &str) -> bool {
        self.canonical == canonical
    }
}

impl fmt::Debug for Sensitive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sensitive({}, {} bytes)", self.kind.id(), self.canonical.len())
    }
}

/// How much of a value may be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// For whatever leaves the host or is stored: `A1********`. (The last four digits of an identity number leave
    /// 1,000 candidates, because one of them is a check digit.)
    Strict,
    /// The government's habit, for local terminals only: `A12345****` (國發會 103.12.31 發資字第1031501471號).
    Government,
}

/// A value with its digits hidden.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Masked(String);

impl fmt::Display for Masked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Text of a log with every value in it hidden, and a keyed hash of what it was: two fields are the same when
/// `same` is, however alike their texts look once masked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Shown {
    /// What may be printed (by the escaper of the medium).
    pub text: String,
    /// Keyed hash of the canonical raw field.
    pub same: SubjectKey,
}

/// What else [`Shown::redact`] hides beside the hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clearness {
    /// Content, file names, URLs, sample lines: runs of seven digits and names after name keys too.
    Content,
    /// Actor, recipient, origin: nothing else, because the team must act on them.
    Address,
}

/// The longest text kept of one field, in bytes. Longer ones end in `…`.
const SHOWN_BYTES_MAX: usize = 1024;

impl Shown {
    /// Hides in `text` every hit (byte range and masked form; overlapping ranges are joined) and what `clearness`
    /// says. `raw` is the field's canonical raw form, for `same`.
    pub fn redact(
        text: &str,
        hits: &[(Range<usize>, Masked)],
        clearness: Clearness,
        raw: &[u8],
        keys: &Keys,
    ) -> Self {
        let mut shown = mask_ranges(text, hits);
        if clearness == Clearness::Content {
            shown = mask_digit_runs(&mask_names(&shown));
        }
        if shown.len() > SHOWN_BYTES_MAX {
            shown.truncate(shown.floor_char_boundary(SHOWN_BYTES_MAX));
            shown.push('…');
        }
        Self { text: shown, same: keys.same(raw) }
    }

    /// A text that holds no log bytes but numbers and words of our own, such as `-`.
    pub fn own(text: &str, keys: &Keys) -> Self {
        Self { text: text.to_owned(), same: keys.same(text.as_bytes()) }
    }
}

fn mask_ranges(text: &str, hits: &[(Range<usize>, Masked)]) -> String {
    let mut hits: Vec<_> = hits.iter().filter(|(range, _)| range.end <= text.len()).collect();
    hits.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
    let mut shown = String::with_capacity(text.len());
    let mut at = 0;
    for (range, masked) in hits {
        if range.start >= at {
            shown.push_str(&text[text.floor_char_boundary(at)..text.floor_char_boundary(range.start)]);
            shown.push_str(&masked.0);
        } else if range.end > at {
            shown.extend(
                text[text.ceil_char_boundary(at)..text.ceil_char_boundary(range.end)].chars().map(|_| '*'),
            );
        }
        at = at.max(text.ceil_char_boundary(range.end));
    }
    shown.push_str(&text[at..]);
    shown
}

/// A text of a site's own files without the numbers that may be somebody's: see [`Clearness::Content`].
pub fn hide_digits(text: &str) -> String {
    mask_digit_runs(text)
}

/// Hides digits in runs of seven and more, and in groups joined by single hyphens or blanks that hold nine and more
/// (a date written with hyphens has eight and stays readable).
fn mask_digit_runs(text: &str) -> String {
    let is_digit = |c: char| c.is_ascii_digit() || ('０'..='９').contains(&c);
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_digit) {
        shown.push_str(&rest[..start]);
        let group = &rest[start..];
        let mut chars = group.char_indices().peekable();
        let (mut end, mut digits, mut run, mut longest) = (0, 0, 0, 0);
        while let Some((at, c)) = chars.next() {
            if is_digit(c) {
                digits += 1;
                run += 1;
                longest = longest.max(run);
            } else if matches!(c, '-' | ' ' | '－') && chars.peek().is_some_and(|(_, next)| is_digit(*next))
            {
                run = 0;
            } else {
                break;
            }
            end = at + c.len_utf8();
        }
        if longest >= 7 || digits >= 9 {
            shown.extend(group[..end].chars().map(|c| if is_digit(c) { '*' } else { c }));
        } else {
            shown.push_str(&group[..end]);
        }
        rest = &group[end..];
    }
    shown.push_str(rest);
    shown
}

/// Keys after which a person's name stands, separated by blanks: those of the rule for names (`patterns/detect`).
const NAME_KEYS: &str = "姓名 名字 戶名 本名 收件人 聯絡人 申請人 承租人 持卡人 病患 病人 患者 當事人 被保險人 要保人 受款人 \
    負責人 監護人 家長 name";

/// Hides the name after a name key: `姓名：王小明` is shown as `姓名：王○○`.
fn mask_names(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((key_start, key_len)) = next_name_key(rest, shown.chars().last()) {
        let after = key_start + key_len;
        let gap = rest[after..]
            .find(|c: char| !matches!(c, ':' | '：' | '=' | '＝' | ' ' | '"' | '\''))
            .unwrap_or(0);
        let name: String = rest[after + gap..].chars().take_while(|c| is_han(*c)).take(4).collect();
        shown.push_str(&rest[..after + gap]);
        if name.chars().count() >= 2 && (gap > 0 || key_len > 4) {
            shown.extend(name.chars().enumerate().map(|(i, c)| if i == 0 { c } else { '○' }));
        } else {
            shown.push_str(&name);
        }
        rest = &rest[after + gap + name.len()..];
    }
    shown.push_str(rest);
    shown
}

fn next_name_key(text: &str, before: Option<char>) -> Option<(usize, usize)> {
    static KEYS: LazyLock<AhoCorasick> = LazyLock::new(|| {
        let keys = AhoCorasick::builder().ascii_case_insensitive(true).build(NAME_KEYS.split(' '));
        keys.expect("these are few")
    });
    let mut found = KEYS.find_iter(text).map(|found| (found.start(), found.range().len()));
    found.find(|&(at, len)| len != 4 || word_starts(text, at, before))
}

fn word_starts(text: &str, at: usize, before: Option<char>) -> bool {
    !text[..at].chars().next_back().or(before).is_some_and(|c| c.is_ascii_alphanumeric())
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
}

/// 128 bits of a keyed hash: of a person's value, or of a field.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubjectKey(pub [u8; 16]);

impl fmt::Display for SubjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for SubjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SubjectKey({self})")
    }
}

impl Serialize for SubjectKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SubjectKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        let bytes =
            data_encoding::HEXLOWER.decode(text.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or_else(|| serde::de::Error::custom("expected 32 hex digits"))
    }
}

/// The secret under which subjects are hashed. An unkeyed hash of an identity number is plain text: there are
/// 5.2 × 10⁸ of them, three minutes' work for one core.
#[derive(Clone)]
pub struct Keys {
    mac: Hmac<Sha256>,
    id: String,
}

impl Keys {
    /// From 32 secret bytes.
    pub fn new(secret: &[u8; 32]) -> Self {
        let mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of every length");
        let mut keys = Self { mac, id: String::new() };
        keys.id = data_encoding::HEXLOWER.encode(&keys.hash(&["key-id"], b"")[..8]);
        keys
    }

    /// The key's public name: 16 hex digits.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The key of a person's canonical value.
    pub fn subject(&self, family: Family, canonical: &str) -> SubjectKey {
        SubjectKey(self.hash(&["subject", &family.id()], canonical.as_bytes()))
    }

    /// The key of a field, by which fields are compared.
    pub fn same(&self, raw: &[u8]) -> SubjectKey {
        SubjectKey(self.hash(&["same"], raw))
    }

    fn hash(&self, domain: &[&str], value: &[u8]) -> [u8; 16] {
        let mut mac = self.mac.clone();
        for word in domain {
            mac.update(word.as_bytes());
            mac.update(&[0]);
        }
        mac.update(value);
        let digest = mac.finalize().into_bytes();
        digest[..16].try_into().expect("SHA-256 has 32 bytes")
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({})", self.id)
    }
}

#[cfg(test)]
mod tests;
