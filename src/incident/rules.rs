//! What an organisation has settled: who is inside, what opens a draft, which policies hold.

use std::net::IpAddr;
use std::sync::Arc;

use globset::GlobMatcher;

use super::{Daily, Event, Evidence, Known, Route, Storm, Suppression, Unusual};
use crate::inventory::Inventory;
use crate::line::SourceId;
use crate::moment::{HOUR, Tz};
use crate::severity::{Calendar, Policy};

/// The settings that conclusions depend on. Everything else is facts.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The organisation.
    pub org: Org,
    /// Policies in force.
    pub policies: Vec<Policy>,
    /// Days on which offices work.
    pub calendar: Calendar,
    /// How many records the systems behind sources hold; of several that match the first.
    pub held: Vec<(GlobMatcher, u64)>,
    /// How many people open a draft.
    pub open: Thresholds,
    /// How many outside addresses one message may show in To and Cc; one more opens a draft. 0 is any number.
    pub exposed_recipients: u64,
    /// Thresholds for single routes, kinds of actor and sources: of those that fit an event the first holds.
    pub open_rules: Vec<OpenRule>,
    /// When use of a large system is abnormal.
    pub abnormal: Abnormal,
    /// What the organisation keeps of personal data.
    pub inventory: Arc<Inventory>,
    /// Silence that ends a chain, in microseconds.
    pub gap: i64,
    /// Days between the fixed marks at which chains are cut.
    pub span_days: i64,
    /// How many mails may go out at once.
    pub storm: Storm,
    /// When the daily digest is written, and to whom.
    pub digest: Daily,
    /// What opens no draft for a while.
    pub suppress: Vec<Suppression>,
}

/// Who is inside.
#[derive(Clone, Debug)]
pub struct Org {
    /// Domains whose addresses, and those of their subdomains, are internal; lower case.
    pub domains: Vec<String>,
    /// Networks whose clients are inside: address and prefix length.
    pub networks: Vec<(IpAddr, u8)>,
    /// Zone of logs that state none, and of everything that is shown.
    pub zone: Tz,
}

/// From how many people on a chain opens a draft.
#[derive(Clone, Copy, Debug)]
pub struct Thresholds {
    /// Mail to outside recipients.
    pub mail: u64,
    /// Download by an authenticated client from outside.
    pub download_outside: u64,
    /// Download by a client inside.
    pub download_inside: u64,
    /// Export from a database or an application.
    pub export: u64,
}

/// A threshold for some events.
#[derive(Clone, Debug)]
pub struct OpenRule {
    /// Of this route; none is all of them.
    pub route: Option<Route>,
    /// By an actor who is known so.
    pub actor: Option<Known>,
    /// Seen in a source whose path fits.
    pub source: Option<GlobMatcher>,
    /// From how many people on a draft is opened.
    pub people: u64,
}

impl OpenRule {
    /// Whether it is for this event.
    pub(super) fn fits(&self, event: &Event) -> bool {
        let is_of = |glob: &GlobMatcher| event.sources.iter().any(|source| glob.is_match(&*source.0));
        self.route.is_none_or(|route| route == event.route)
            && self.actor.is_none_or(|actor| actor == event.basis)
            && self.source.as_ref().is_none_or(is_of)
    }
}

/// When use of a system is abnormal.
#[derive(Clone, Debug)]
pub struct Abnormal {
    /// Sources of systems that hold enough records to be watched (§15: 5,000).
    pub sources: Vec<GlobMatcher>,
    /// So many times the average of a day is much.
    pub times: u64,
    /// So many files are many.
    pub objects: u64,
    /// The hours of work, as minutes of the day: from, and before. Saturday and Sunday have none.
    pub hours: (u16, u16),
    /// What opens a draft by itself.
    pub opens: Vec<Unusual>,
}

impl Default for Abnormal {
    fn default() -> Self {
        Self { sources: Vec::new(), times: 10, objects: 100, hours: (7 * 60, 20 * 60), opens: Vec::new() }
    }
}

impl Abnormal {
    /// Whether an event was seen in a system that is watched.
    pub(super) fn is_large(&self, evidence: &Evidence<'_>) -> bool {
        let is_of =
            |glob: &GlobMatcher| evidence.event.sources.iter().any(|source| glob.is_match(&*source.0));
        self.sources.iter().any(is_of)
    }
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { mail: 1, download_outside: 1, download_inside: 21, export: 21 }
    }
}

impl Rules {
    /// Rules with the default thresholds, gap (8 h) and span (7 days).
    pub fn new(org: Org, policies: Vec<Policy>) -> Self {
        let open = Thresholds::default();
        Self {
            org,
            policies,
            calendar: Calendar::default(),
            held: Vec::new(),
            open,
            exposed_recipients: 20,
            open_rules: Vec::new(),
            abnormal: Abnormal::default(),
            inventory: Arc::default(),
            gap: 8 * HOUR,
            span_days: 7,
            storm: Storm::default(),
            digest: Daily::default(),
            suppress: Vec::new(),
        }
    }

    /// How many records the system holds that writes a source; 0 where nobody has said.
    pub fn held(&self, source: &SourceId) -> u64 {
        self.held.iter().find(|(glob, _)| glob.is_match(&*source.0)).map_or(0, |(_, held)| *held)
    }
}

impl Org {
    /// Whether mail to this address stays inside.
    pub fn is_internal(&self, address: &str) -> bool {
        let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain).to_ascii_lowercase();
        self.domains.iter().any(|own| {
            domain.strip_suffix(own.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        })
    }

    /// Whether a client address is inside. IPv4-mapped addresses are their IPv4 address. Loopback is outside unless
    /// a network lists it.
    pub fn is_inside(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks.iter().any(|(network, prefix)| match (network.to_canonical(), address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                same_prefix(u128::from(network.to_bits()), u128::from(address.to_bits()), 32, *prefix)
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                same_prefix(network.to_bits(), address.to_bits(), 128, *prefix)
            }
            _ => false,
        })
    }
}

fn same_prefix(a: u128, b: u128, width: u32, prefix: u8) -> bool {
    let host_bits = width.saturating_sub(u32::from(prefix));
    host_bits >= 128 || (a >> host_bits) == (b >> host_bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn org() -> Org {
        Org {
            domains: vec!["agency.gov.tw".to_owned()],
            networks: vec![
                ("10.0.0.0".parse().expect("an address"), 8),
                ("2001:db8::".parse().expect("one"), 32),
            ],
            zone: Tz::Asia__Taipei,
        }
    }

    #[test]
    fn subdomains_are_internal_and_lookalikes_are_not() {
        assert!(org().is_internal("a@agency.gov.tw") && org().is_internal("a@HR.Agency.gov.tw"));
        assert!(!org().is_internal("a@evil-agency.gov.tw") && !org().is_internal("a@example.com"));
        assert!(!org().is_internal("agency.gov.tw"));
    }

    #[test]
    fn networks_hold_their_addresses_and_loopback_is_outside() {
        let inside = |text: &str| org().is_inside(text.parse().expect("an address"));
        assert!(inside("10.200.1.1") && inside("::ffff:10.1.1.1") && inside("2001:db8:1::5"));
        assert!(!inside("11.0.0.1") && !inside("127.0.0.1") && !inside("2001:db9::1"));
    }
}
