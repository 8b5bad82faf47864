//! The token in the address to which a mail is answered: which letter of which case, until when, and that we said so to
//! this recipient.
//!
//! `breachd-reply+TOKEN@agency.gov.tw`: base32 in lower case, because mail programs change the case of addresses. The
//! MAC (HMAC-SHA-256, 128 bits) covers the recipient too, who is not written in it: whoever holds the secret tries the
//! mailboxes of the configuration, so that nobody is told by a token who else was.

use data_encoding::Encoding;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::moment::MINUTE;

/// Characters before the `+`: with them the token fills the 64 that RFC 5321 gives to a local part (4.5.3.1.1).
pub const REPLY_LOCAL_MAX: usize = 16;
/// How long a letter can be answered: longer than any limit within which a case is closed.
pub const REPLY_TIME: i64 = 14 * 24 * 60 * MINUTE;

/// What the MAC is about, and its version.
const DOMAIN: &[u8] = b"breachd-reply/1";
/// The one thing that a token is good for: to acknowledge the case, with words or without.
const ACKNOWLEDGE: u8 = 1;
const HEAD_BYTES: usize = 13;
const MAC_BYTES: usize = 16;

/// The secret by which tokens are made and known.
#[derive(Clone)]
pub struct Tokens(Zeroizing<[u8; 32]>);

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens")
    }
}

/// A letter that was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// The token, by which it is known to have been used.
    pub token: String,
    /// The case.
    pub case: String,
    /// To whom the letter had been sent.
    pub recipient: String,
    /// Until when it is good, microseconds since the epoch.
    pub until: i64,
}

impl Tokens {
    /// With this secret.
    pub fn new(secret: Zeroizing<[u8; 32]>) -> Self {
        Self(secret)
    }

    /// The address behind `reply_to` by which this recipient answers a letter of a case; none where the number is not
    /// one of ours.
    pub fn address(
        &self,
        reply_to: &str,
        recipient: &str,
        case: &str,
        revision: u32,
        until: i64,
    ) -> Option<String> {
        let (local, domain) = reply_to.split_once('@')?;
        let (year, number) = case.strip_prefix("BD-")?.split_once('-')?;
        let mut bytes = Vec::with_capacity(HEAD_BYTES + MAC_BYTES);
        bytes.extend(year.parse::<u16>().ok()?.to_be_bytes());
        bytes.extend(number.parse::<u32>().ok()?.to_be_bytes());
        bytes.extend(u16::try_from(revision).ok()?.to_be_bytes());
        bytes.push(ACKNOWLEDGE);
        bytes.extend(u32::try_from(until / MINUTE).ok()?.to_be_bytes());
        let mac = self.mac(&bytes, recipient).finalize().into_bytes();
        bytes.extend(&mac[..MAC_BYTES]);
        Some(format!("{local}+{}@{domain}", base32().encode(&bytes)))
    }

    /// What the token in an address says, if one of these recipients was given it.
    pub fn read<'r>(&self, address: &str, recipients: impl Iterator<Item = &'r str>) -> Option<Ticket> {
        let local = address.rsplit_once('@').map_or(address, |(local, _)| local);
        let token = local.rsplit_once('+').map_or(local, |(_, token)| token).to_ascii_lowercase();
        let bytes =
            base32().decode(token.as_bytes()).ok().filter(|bytes| bytes.len() == HEAD_BYTES + MAC_BYTES)?;
        let (head, mac) = bytes.split_at(HEAD_BYTES);
        let is_for = |recipient: &&str| self.mac(head, recipient).verify_truncated_left(mac).is_ok();
        let recipient = { recipients }.find(is_for)?.to_owned();
        let number = |from: usize, bytes: usize| {
            head[from..from + bytes].iter().fold(0, |n, b| n << 8 | i64::from(*b))
        };
        let case = format!("BD-{}-{:06}", number(0, 2), number(2, 4));
        Some(Ticket { token, case, recipient, until: number(9, 4) * MINUTE })
    }

    fn mac(&self, head: &[u8], recipient: &str) -> Hmac<Sha256> {
        let mac = Hmac::<Sha256>::new_from_slice(&*self.0).expect("HMAC takes a key of any length");
        let recipient = recipient.to_ascii_lowercase();
        [DOMAIN, head, recipient.as_bytes()].iter().fold(mac, Mac::chain_update)
    }
}

fn base32() -> Encoding {
    let mut base32 = data_encoding::Specification::new();
    base32.symbols.push_str("abcdefghijklmnopqrstuvwxyz234567");
    base32.encoding().expect("32 symbols")
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNTIL: i64 = 1_796_432_520_000_000;
    const TEAM: [&str; 2] = ["privacy@agency.gov.tw", "head@agency.gov.tw"];

    fn tokens(byte: u8) -> Tokens {
        Tokens::new(Zeroizing::new([byte; 32]))
    }

    fn address() -> String {
        let address =
            tokens(1).address("breachd-reply-16@agency.gov.tw", TEAM[1], "BD-2026-000017", 3, UNTIL);
        address.expect("a number of ours")
    }

    #[test]
    fn a_token_says_case_recipient_and_time_and_fits_into_a_local_part() {
        let address = address();
        assert_eq!(address.split('@').next().expect("a local part").len(), 64);
        for said in [address.clone(), address.to_uppercase(), address.replace("@agency.gov.tw", "")] {
            let ticket = tokens(1).read(&said, TEAM.into_iter()).expect("ours");
            assert_eq!((&*ticket.case, &*ticket.recipient, ticket.until), ("BD-2026-000017", TEAM[1], UNTIL));
        }
    }

    #[test]
    fn a_token_of_another_secret_recipient_or_letter_is_none() {
        let address = address();
        assert_eq!(tokens(2).read(&address, TEAM.into_iter()), None);
        assert_eq!(tokens(1).read(&address, TEAM[..1].iter().copied()), None, "only its recipient's");
        for at in address.find('+').expect("a token") + 1..address.find('@').expect("a domain") {
            let other = if address.as_bytes()[at] == b'a' { "b" } else { "a" };
            let mut changed = address.clone();
            changed.replace_range(at..=at, other);
            assert_eq!(tokens(1).read(&changed, TEAM.into_iter()), None, "{changed}");
        }
        for odd in ["", "+", "x", "a+b+c@d", "breachd+%00@x", "breachd-reply+＠"] {
            assert_eq!(tokens(1).read(odd, TEAM.into_iter()), None, "{odd}");
        }
    }
}
