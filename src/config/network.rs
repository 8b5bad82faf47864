//! An address range as `org.networks` and `--network` write it.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// A range of addresses in CIDR form: `10.0.0.0/8`, `2001:db8::/32`. A bare address is itself alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IpNetwork {
    first: IpAddr,
    prefix: u8,
}

impl IpNetwork {
    /// First address and prefix length.
    pub fn parts(self) -> (IpAddr, u8) {
        (self.first, self.prefix)
    }

    /// Whether the address lies in the range. An IPv4 address that a dual-stack socket logged as `::ffff:a.b.c.d`
    /// is the IPv4 address.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.first, address.to_canonical()) {
            (IpAddr::V4(first), IpAddr::V4(address)) => {
                u32::from(first) == u32::from(address) & mask32(self.prefix)
            }
            (IpAddr::V6(first), IpAddr::V6(address)) => {
                u128::from(first) == u128::from(address) & mask128(self.prefix)
            }
            _ => false,
        }
    }
}

impl fmt::Display for IpNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.prefix)
    }
}

/// Why a text is no address range, with the way out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// Not an address at all.
    #[error("not an address range; write it like 10.0.0.0/8 or 2001:db8::/32")]
    Address,
    /// The prefix is no number or longer than the address.
    #[error("the prefix must be a number from 0 to {0}")]
    Prefix(u8),
    /// The address has bits outside the prefix, so one of the two is a slip.
    #[error("the address has bits beyond its prefix; did you mean {0}?")]
    HostBits(IpNetwork),
}

impl FromStr for IpNetwork {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let (address, prefix) = text.split_once('/').map_or((text, None), |(a, p)| (a, Some(p)));
        let address: IpAddr = address.parse().map_err(|_| NetworkError::Address)?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => bits,
            Some(digits) => {
                digits.parse().ok().filter(|prefix| *prefix <= bits).ok_or(NetworkError::Prefix(bits))?
            }
        };
        let first = match address {
            IpAddr::V4(v4) => IpAddr::from((u32::from(v4) & mask32(prefix)).to_be_bytes()),
            IpAddr::V6(v6) => IpAddr::from((u128::from(v6) & mask128(prefix)).to_be_bytes()),
        };
        let network = Self { first, prefix };
        if first == address { Ok(network) } else { Err(NetworkError::HostBits(network)) }
    }
}

// A shift by the whole width is an overflow, hence the checked shifts for the prefix 0.
fn mask32(prefix: u8) -> u32 {
    u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0)
}

fn mask128(prefix: u8) -> u128 {
    u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(network: &str, address: &str) -> bool {
        let network: IpNetwork = network.parse().expect("a valid range");
        network.contains(address.parse().expect("a valid address"))
    }

    #[test]
    fn a_range_holds_its_first_and_last_address_and_no_neighbour() {
        assert!(contains("10.0.0.0/8", "10.0.0.0"));
        assert!(contains("10.0.0.0/8", "10.255.255.255"));
        assert!(!contains("10.0.0.0/8", "11.0.0.0"));
        assert!(contains("2001:db8::/32", "2001:db8:ffff::1"));
        assert!(!contains("2001:db8::/32", "2001:db9::"));
        assert!(contains("192.0.2.7", "192.0.2.7"));
        assert!(!contains("192.0.2.7", "192.0.2.6"));
    }

    #[test]
    fn the_prefix_zero_holds_every_address_of_its_family_only() {
        assert!(contains("0.0.0.0/0", "203.0.113.9"));
        assert!(contains("::/0", "2001:db8::1"));
        assert!(!contains("::/0", "203.0.113.9"));
    }

    #[test]
    fn a_mapped_address_is_its_ipv4_address() {
        assert!(contains("10.0.0.0/8", "::ffff:10.1.2.3"));
    }

    #[test]
    fn a_slip_names_the_way_out() {
        let error = |text: &str| text.parse::<IpNetwork>().expect_err("a slip").to_string();
        assert_eq!(error("ten/8"), "not an address range; write it like 10.0.0.0/8 or 2001:db8::/32");
        assert_eq!(error("10.0.0.0/33"), "the prefix must be a number from 0 to 32");
        assert_eq!(error("10.1.0.0/8"), "the address has bits beyond its prefix; did you mean 10.0.0.0/8?");
    }
}
