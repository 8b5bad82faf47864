//! How people are told of many incidents at once, and of those that nobody wants to be told of: settings of the
//! organisation, which change who is told when, and never what an incident is.

use globset::{Glob, GlobMatcher};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Core, Outcome};
use crate::kind::Kind;
use crate::line::SourceId;
use crate::moment::{Tz, next_daily};

/// How many mails may go out at once. What is urgent (level 2 and 3, and a duty to report to an authority) is never held
/// back: beyond a number of them in a minute one mail lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Storm {
    /// Mails of level 0 and 1 that may go out one after the other, after a quiet time.
    pub burst: u64,
    /// How many of them an hour gives back.
    pub per_hour: u64,
    /// Urgent mails in a minute, above which one lists those that follow.
    pub urgent_per_minute: u64,
}

impl Default for Storm {
    fn default() -> Self {
        Self { burst: 10, per_hour: 10, urgent_per_minute: 10 }
    }
}

/// When the daily digest is written, and to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Daily {
    /// Minute of the day in the organisation's zone.
    pub minute: u32,
    /// Roles that are told.
    pub roles: Vec<String>,
}

impl Default for Daily {
    fn default() -> Self {
        Self { minute: 8 * 60, roles: vec!["dpo".to_owned()] }
    }
}

impl Daily {
    /// When the next digest is due after an instant, in microseconds.
    pub fn next_due(&self, after: i64, zone: Tz) -> i64 {
        next_daily(after, self.minute, zone)
    }
}

/// A mailbox that a role reaches, and why that one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    /// Where the mail goes.
    pub mailbox: String,
    /// The unit whose own people they are; none of everybody's.
    pub unit: Option<String>,
    /// For whom they step in.
    pub deputy_of: Option<String>,
}

/// Chains that open no draft for a while, because somebody answers for it. Of what it matches by, everything must be so
/// of everything that counts in a chain: one recipient elsewhere, one finding of another kind, and it opens as a whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Suppression {
    /// All likely findings are of this kind.
    pub kind: Option<Kind>,
    /// The actor, as incidents show it.
    pub actor: Option<String>,
    /// All its sources match.
    pub source: Option<SourcePattern>,
    /// All recipients that have it are this address, or in this domain or below.
    pub destination: Option<String>,
    /// Who answers for it.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// The last day of it, as a person writes it.
    pub last_day: String,
    /// When that is over, microseconds since the epoch.
    pub until: i64,
}

/// A glob over source paths.
#[derive(Clone, Debug)]
pub struct SourcePattern {
    text: String,
    matcher: GlobMatcher,
}

impl SourcePattern {
    /// The pattern, or what is wrong with it.
    pub fn new(text: &str) -> Result<Self, globset::Error> {
        Ok(Self { text: text.to_owned(), matcher: Glob::new(text)?.compile_matcher() })
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl PartialEq for SourcePattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Suppression {
    /// Names it by what it matches and by its owner: prolonged or reworded it is the same.
    pub fn id(&self) -> String {
        let source = self.source.as_ref().map(SourcePattern::as_str);
        let name = (self.kind.as_ref().map(Kind::id), &self.actor, source, &self.destination, &self.owner);
        let name = serde_json::to_vec(&name).expect("texts are JSON");
        data_encoding::HEXLOWER.encode(&Sha256::digest(name)[..5])
    }

    /// What it matches, in words: `actor=backup@agency.gov.tw destination=example.com`.
    pub fn words(&self) -> String {
        let parts = [
            ("kind", self.kind.as_ref().map(Kind::id)),
            ("actor", self.actor.as_deref()),
            ("source", self.source.as_ref().map(SourcePattern::as_str)),
            ("destination", self.destination.as_deref()),
        ];
        let parts = parts.iter().filter_map(|(name, part)| Some(format!("{name}={}", (*part)?)));
        parts.collect::<Vec<_>>().join(" ")
    }

    /// Whether all of a chain is what it names. `kinds` are those of its likely findings. A chain that shows only a part
    /// of its recipients cannot be matched by destination.
    pub fn matches(&self, core: &Core, kinds: &[Kind], sources: &[SourceId]) -> bool {
        let kind = self.kind.is_none_or(|kind| !kinds.is_empty() && kinds.iter().all(|of| *of == kind));
        let actor = self.actor.as_ref().is_none_or(|actor| actor.eq_ignore_ascii_case(&core.actor));
        let source = self.source.as_ref().is_none_or(|source| {
            !sources.is_empty() && sources.iter().all(|of| source.matcher.is_match(&*of.0))
        });
        kind && actor && source && self.destination.as_ref().is_none_or(|to| goes_to(core, to))
    }
}

fn goes_to(core: &Core, destination: &str) -> bool {
    let is_meant = |address: &str| {
        let address = address.to_ascii_lowercase();
        let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
        let below = |rest: &str| rest.is_empty() || rest.ends_with('.');
        if destination.contains('@') {
            address == destination.to_ascii_lowercase()
        } else {
            domain.strip_suffix(&destination.to_ascii_lowercase()).is_some_and(below)
        }
    };
    let mut reached = core
        .recipients
        .iter()
        .filter(|recipient| recipient.outcome.counts() || recipient.outcome == Outcome::Pending)
        .peekable();
    core.recipients_more.is_none()
        && reached.peek().is_some()
        && reached.all(|recipient| is_meant(&recipient.address))
}

/// A suppression that stands, or has ended, and what came under it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppressed {
    /// Its id.
    pub id: String,
    /// What it matches.
    pub words: String,
    /// Who answers for it.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// Its last day.
    pub last_day: String,
    /// When it began, or was renewed after its end.
    pub since: super::Instant,
    /// When it ended; none while it stands.
    pub ended: Option<super::Instant>,
    /// Chains that opened no draft.
    pub chains: u64,
    /// People in them, added over chains.
    pub people: u64,
    /// The highest level among them.
    pub level_max: u8,
}
