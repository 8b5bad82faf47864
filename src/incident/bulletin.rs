//! Mails that are about no single case: the daily digest, and the list of urgent incidents that came too fast for a mail
//! each. What they say is frozen when it is decided, and consists of shown texts, ids and numbers.

use serde::{Deserialize, Serialize};

use super::{Instant, Missing, Route, Suppressed};

/// A mail that is about many incidents, or about none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bulletin {
    /// Its id in outbox and spool: `digest-…` or `collective-…` and the time.
    pub id: String,
    /// When it was decided, microseconds since the epoch.
    pub created: i64,
    /// Roles that are told.
    pub roles: Vec<String>,
    /// Sources whose owner units are told; where there are none, everybody with the roles.
    pub sources: Vec<String>,
    /// What it says.
    pub content: Content,
}

/// What a bulletin says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Content {
    /// Once a day.
    Digest(Box<Digest>),
    /// At once.
    Collective(Listing),
}

/// What happened between two digests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    /// After this.
    pub from: Instant,
    /// Until this.
    pub to: Instant,
    /// Cases opened meanwhile, by level from 0 on.
    pub opened: Vec<u64>,
    /// Cases that nobody has settled.
    pub unsettled: u64,
    /// What the limiter held back: told here for the first time.
    pub held: Listing,
    /// Personal data in fields that anybody could have written: opens no draft.
    pub exposed: Listing,
    /// Possible findings, and what stays below the thresholds.
    pub possible: Listing,
    /// Suppressions that ended, with what came under them.
    pub ended: Vec<Suppressed>,
    /// Suppressions that stand, with what has come under them so far.
    pub standing: Vec<Suppressed>,
    /// What was read.
    pub sources: Vec<Read>,
    /// Sources that are not listed.
    pub sources_more: u64,
    /// What could not be read; the latest.
    pub gaps: Vec<Missing>,
    /// All of it, however many are listed.
    pub gaps_total: u64,
}

impl Digest {
    /// Whether there is nothing to tell but that all is well. Suppressions that stand are as they should be.
    pub fn is_quiet(&self) -> bool {
        let lists = [&self.held, &self.exposed, &self.possible];
        self.opened.iter().all(|count| *count == 0)
            && lists.iter().all(|list| list.total == 0)
            && self.ended.is_empty()
            && self.gaps_total == 0
    }
}

/// Incidents, the gravest first. All are named: those that are not listed one by one stand in `numbers`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// How many.
    pub total: u64,
    /// The gravest.
    pub entries: Vec<Entry>,
    /// The case numbers of all, runs joined: `BD-2026-000017 – BD-2026-000431`.
    pub numbers: Vec<String>,
}

/// An incident in a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its case; none of what opens no draft.
    pub case: Option<String>,
    /// Its chain.
    pub chain: String,
    /// Its level.
    pub level: u8,
    /// People.
    pub people: u64,
    /// People if possible findings counted too.
    pub possible: u64,
    /// How.
    pub route: Route,
    /// Who.
    pub actor: String,
    /// First counting event.
    pub first: Instant,
    /// Last counting event.
    pub last: Instant,
    /// The nearest deadline.
    pub due: Option<Instant>,
}

/// A source, and what was read of it since the last digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Read {
    /// The source.
    pub source: String,
    /// Lines.
    pub lines: u64,
    /// Bytes.
    pub bytes: u64,
    /// Its latest log time.
    pub until: Option<Instant>,
}

/// Joins case numbers that follow each other: three or more are told by their first and last. They come in order.
pub fn runs(numbers: impl IntoIterator<Item = String>) -> Vec<String> {
    let serial = |number: &str| number.rsplit_once('-').and_then(|(_, serial)| serial.parse::<u64>().ok());
    let follows = |last: &str, next: &str| {
        let year = |number: &str| number.rsplit_once('-').map_or(0, |(year, _)| year.len());
        last.get(..year(last)) == next.get(..year(next))
            && serial(last).zip(serial(next)).is_some_and(|(last, next)| last + 1 == next)
    };
    let mut runs: Vec<(String, String, u64)> = Vec::new();
    for number in numbers {
        match runs.last_mut() {
            Some((_, last, count)) if follows(last, &number) => (*last, *count) = (number, *count + 1),
            _ => runs.push((number.clone(), number, 1)),
        }
    }
    let told = runs.into_iter().flat_map(|(first, last, count)| match count {
        1 => vec![first],
        2 => vec![first, last],
        _ => vec![format!("{first} – {last}")],
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_follow_each_other_are_told_as_a_run() {
        let told = |serials: &[u64]| runs(serials.iter().map(|n| format!("BD-2026-{n:06}"))).join(", ");
        assert_eq!(
            told(&[1, 2, 3, 7, 8, 10]),
            "BD-2026-000001 – BD-2026-000003, BD-2026-000007, BD-2026-000008, BD-2026-000010"
        );
        assert_eq!(told(&[]), "");
        let years = ["BD-2026-000002", "BD-2027-000003", "BD-2027-000004"].map(str::to_owned);
        assert_eq!(runs(years.clone()), years, "years do not follow each other");
    }
}
