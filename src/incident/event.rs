//! Events: what the lives of joined threads amount to. Who acted, whether the content can count, and what became of
//! it for each recipient. Pure functions of facts, settings and the source's log time.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::exposure::{self, Exposure};
use super::life::{Joined, Kept, Life, ThreadFacts, join, lives};
use super::outcome::{self, Fate};
use super::{Outcome, Route, Rules};
use crate::batch::{Body, Fact};
use crate::event::{Basis, Context, Count, Family, LIFE_MAX, Role, Status};
use crate::line::SourceId;
use crate::mask::{Shown, SubjectKey};
use crate::moment::{HOUR, SECOND};
use crate::record::Writer;

/// How long after acceptance a message without a final word opens a draft, in log time.
const PENDING_PATIENCE: i64 = 15 * 60 * SECOND;

/// One event on one route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Name: hash of its earliest life and its route.
    pub name: String,
    /// How data left.
    pub route: Route,
    /// Who.
    pub actor: Shown,
    /// How the actor is known.
    pub basis: Known,
    /// Whether the client was in the organisation's networks.
    pub inside: bool,
    /// Time of its first Hit or Count.
    pub first: i64,
    /// What became of it, for each recipient.
    pub recipients: Vec<(Shown, Outcome)>,
    /// Files, paths, subjects.
    pub objects: Vec<Shown>,
    /// Client addresses.
    pub origins: Vec<IpAddr>,
    /// Fact ids of its hits.
    pub hits: Vec<i64>,
    /// The lives it is made of: index of the thread, first and last time.
    pub lives: Vec<(usize, i64, i64)>,
    /// Without a final word, and out of patience.
    pub late: bool,
    /// Log time at which it must be looked at again, while it has no final word.
    pub recheck: Option<i64>,
    /// Sources of its facts.
    pub sources: Vec<SourceId>,
    /// The message shows more outside addresses than are allowed: these are among its hits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exposure: Option<Exposure>,
    /// What its lines say of people whom they do not show.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub counted: Vec<Counted>,
}

/// A number that a line declares, or an object that the inventory or its name says is of people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// Fact id.
    pub fact: i64,
    /// What the line says.
    pub count: Count,
    /// Whether the whole was delivered, by the server's word.
    pub whole: bool,
}

impl Event {
    /// Whether it is counted in subjects and level.
    pub fn counts(&self) -> bool {
        self.recipients.iter().any(|(_, outcome)| outcome.counts())
    }

    /// Whether someone still waits for a final word.
    pub fn pending(&self) -> bool {
        self.recipients.iter().any(|(_, outcome)| *outcome == Outcome::Pending)
    }

    /// The hour, UTC, that it falls into.
    pub fn bucket(&self) -> i64 {
        self.first.div_euclid(HOUR)
    }
}

/// How the actor of an event is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Known {
    /// Authenticated by the server.
    Authenticated,
    /// Submitted on the host itself.
    Local,
    /// Envelope sender, from a client in the organisation's networks.
    Network,
    /// Envelope sender, from anywhere.
    Envelope,
    /// The local address that forwarded.
    Forwarder,
    /// A client address only.
    Address,
    /// Not at all: the lines that would say were not found.
    Nothing,
}

impl Known {
    /// The stable id.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Authenticated => "authenticated",
            Self::Local => "local",
            Self::Network => "network",
            Self::Envelope => "envelope",
            Self::Forwarder => "forwarder",
            Self::Address => "address",
            Self::Nothing => "unknown",
        }
    }
}

/// The events of threads that lines have joined, directly or not. `clock` is the latest log time of a source.
pub fn events(threads: &[ThreadFacts], rules: &Rules, clock: &dyn Fn(&SourceId) -> i64) -> Vec<Event> {
    let lives: Vec<Life<'_>> = threads.iter().flat_map(lives).collect();
    let joined = join(&lives);
    let mut parts: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (life, event) in joined.event.iter().enumerate() {
        parts.entry(*event).or_default().push(life);
    }
    let mut events = Vec::new();
    for mut part in parts.into_values() {
        part.sort_by_key(|life| (lives[*life].start(), lives[*life].thread));
        let whole = Whole { lives: &lives, part: &part, joined: &joined, rules };
        let mut hits = whole.hits();
        let mut counts = whole.counts();
        let exposure = exposure::of(&whole, whole.now(clock));
        let is_shown = |hit: &Hit| exposure.as_ref().is_some_and(|(_, facts)| facts.contains(&hit.id));
        hits.retain(|hit| !hit.addressee || is_shown(hit));
        for route in Route::ALL {
            let hits: Vec<&Hit> = hits.iter().filter(|hit| hit.route == route).collect();
            let counted: Vec<Counting> = counts.extract_if(.., |count| count.route == route).collect();
            let exposure = exposure.as_ref().map(|(exposure, _)| exposure.clone());
            let event = whole.event(route, &hits, &counted, threads, clock);
            let with = |event: Event| Event {
                exposure: exposure.filter(|_| route == Route::MailOut),
                counted: counted.into_iter().map(|counting| counting.counted).collect(),
                ..event
            };
            events.extend(event.map(with));
        }
    }
    events
}

/// A record with personal data in it.
struct Hit {
    /// Fact id.
    id: i64,
    time: i64,
    route: Route,
    /// What became of it.
    statuses: Vec<Status>,
    /// An address in To or Cc.
    addressee: bool,
}

/// A number of people that a line declares, or an object that is known to be of people.
struct Counting {
    time: i64,
    route: Route,
    statuses: Vec<Status>,
    counted: Counted,
}

/// The lives of one event, earliest first.
pub(super) struct Whole<'f> {
    pub(super) lives: &'f [Life<'f>],
    pub(super) part: &'f [usize],
    pub(super) joined: &'f Joined,
    pub(super) rules: &'f Rules,
}

impl<'f> Whole<'f> {
    /// Every fact of the event, earlier lives first.
    pub(super) fn facts(&self) -> impl Iterator<Item = &'f Fact> + '_ {
        self.part.iter().flat_map(|life| self.lives[*life].facts.iter().map(|kept| &kept.fact))
    }

    fn contexts(&self) -> impl Iterator<Item = &'f Context> + '_ {
        self.facts().filter_map(|fact| match &fact.body {
            Body::Context(context) => Some(context),
            _ => None,
        })
    }

    /// Every hit with its route.
    fn hits(&self) -> Vec<Hit> {
        // Asked once: a session may fetch thousands of files.
        let is_known = self.authenticated() || self.inside();
        let answered = self.answered();
        let statuses = self.statuses();
        let hit = |kept: &&'f Kept| match &kept.fact.body {
            Body::Hit(record) => {
                let file = Some(record.sample.same).filter(|_| self.family() == Family::File);
                let statuses = statuses.get(&file).cloned().unwrap_or_default();
                let route = self.route(record.writer, is_known, answered, &statuses);
                let addressee = record.field.lists_addressees();
                Some(Hit { id: kept.id, time: kept.fact.time.us, route, statuses, addressee })
            }
            _ => None,
        };
        self.part.iter().flat_map(|life| self.lives[*life].facts.iter()).filter_map(hit).collect()
    }

    /// Every count that is of people, with its route. What was not delivered is of nobody: of such a line no value
    /// stands in the log either.
    fn counts(&self) -> Vec<Counting> {
        let is_known = self.authenticated() || self.inside();
        let answered = self.answered();
        let all = self.statuses();
        let writer = match self.family() {
            Family::Mail | Family::Database | Family::Application => Writer::Sender,
            Family::Web | Family::File | Family::Plain => Writer::Request,
        };
        let counting = |kept: &&'f Kept| match &kept.fact.body {
            Body::Count(count) if count.is_of_people() => {
                let file = Some(count.object.same).filter(|_| self.family() == Family::File);
                let statuses = all.get(&file).cloned().unwrap_or_default();
                let route = self.route(writer, is_known, answered, &statuses);
                let is_whole =
                    |status: &Status| matches!(status, Status::Http(200) | Status::Done | Status::Sent);
                let whole = self.family() == Family::Mail || statuses.iter().any(is_whole);
                let counted = Counted { fact: kept.id, count: count.clone(), whole };
                Some(Counting { time: kept.fact.time.us, route, statuses, counted })
            }
            _ => None,
        };
        let counts = self.part.iter().flat_map(|life| self.lives[*life].facts.iter()).filter_map(counting);
        counts.filter(|counting| counting.route != Route::ExposureInLog).collect()
    }

    /// What lines say became of each file, or of all there is: a session fetches many files, of which others are nobody's.
    fn statuses(&self) -> BTreeMap<Option<SubjectKey>, Vec<Status>> {
        let mut statuses: BTreeMap<_, Vec<Status>> = BTreeMap::new();
        for fact in self.facts() {
            if let Body::Outcome(outcome) = &fact.body {
                statuses.entry(outcome.file).or_default().push(outcome.status);
            }
        }
        statuses
    }

    fn event(
        &self,
        route: Route,
        hits: &[&Hit],
        counts: &[Counting],
        threads: &[ThreadFacts],
        clock: &dyn Fn(&SourceId) -> i64,
    ) -> Option<Event> {
        let times = hits.iter().map(|hit| hit.time).chain(counts.iter().map(|count| count.time));
        let first = times.min()?;
        let start = self.lives[self.part[0]].start();
        let now = self.now(clock);
        let fate = if route == Route::ExposureInLog {
            outcome::exposed()
        } else {
            let of_hits = hits.iter().flat_map(|hit| &hit.statuses);
            let of_counts = counts.iter().flat_map(|count| &count.statuses);
            outcome::fate(self, of_hits.chain(of_counts).copied(), now)
        };
        let (actor, basis) = self.actor(route, &fate);
        let mut event = Event {
            name: self.name(route, start),
            route,
            actor,
            basis,
            inside: self.inside(),
            first,
            recipients: fate.recipients,
            objects: distinct(self.contexts().filter_map(|context| context.object.clone())),
            origins: self.origins(),
            hits: hits.iter().map(|hit| hit.id).collect(),
            lives: self.part.iter().map(|life| self.extent(*life, threads)).collect(),
            late: false,
            recheck: None,
            sources: self.sources(),
            exposure: None,
            counted: Vec::new(),
        };
        if event.pending() {
            event.late = now >= start + PENDING_PATIENCE;
            event.recheck = Some(if event.late { start + LIFE_MAX } else { start + PENDING_PATIENCE });
        }
        Some(event)
    }

    fn sources(&self) -> Vec<SourceId> {
        distinct(self.facts().map(|fact| fact.place.source.clone()))
    }

    /// The log time up to which its sources were read.
    fn now(&self, clock: &dyn Fn(&SourceId) -> i64) -> i64 {
        self.sources().iter().map(clock).max().unwrap_or(i64::MIN)
    }

    /// Trust: who wrote the field, was the client one whose words count, and what became of it?
    fn route(&self, writer: Writer, is_known: bool, answered: bool, statuses: &[Status]) -> Route {
        let said = |wanted: &[Status]| statuses.iter().any(|status| wanted.contains(status));
        match (self.family(), writer) {
            (Family::Mail, Writer::Sender) => Route::MailOut,
            (Family::Database | Family::Application, Writer::Sender) => Route::Export,
            (Family::Web, Writer::Request) if answered && is_known => Route::Download,
            (Family::File, Writer::Request) if is_known => {
                if said(&[Status::Done, Status::Partial]) || statuses.is_empty() {
                    Route::Download
                } else if said(&[Status::Deleted]) {
                    Route::Destruction
                } else {
                    Route::ExposureInLog
                }
            }
            _ => Route::ExposureInLog,
        }
    }

    pub(super) fn family(&self) -> Family {
        self.lives[self.part[0]].thread.channel.family
    }

    /// Whether a web server delivered something. Bytes of zero are a HEAD, or an empty answer.
    fn answered(&self) -> bool {
        let delivered =
            self.facts().all(|fact| !matches!(&fact.body, Body::Count(count) if count.bytes == Some(0)));
        let is_delivered =
            |status| matches!(status, Status::Http(200..=299) | Status::Done | Status::Partial);
        let ok = |fact: &Fact| matches!(&fact.body, Body::Outcome(outcome) if is_delivered(outcome.status));
        delivered && self.facts().any(ok)
    }

    fn authenticated(&self) -> bool {
        self.best_actor().is_some_and(|(_, basis)| basis == Basis::Authenticated)
    }

    fn inside(&self) -> bool {
        self.origins().iter().any(|address| self.rules.org.is_inside(*address))
    }

    /// The surest actor that any line names; of equally sure ones the earliest. A header's line is asked last: the
    /// queue manager's has the sender as it was rewritten.
    fn best_actor(&self) -> Option<(&'f Shown, Basis)> {
        let actors = self.facts().filter_map(|fact| match &fact.body {
            Body::Context(Context { actor: Some(actor), .. }) => Some((fact.role, actor)),
            _ => None,
        });
        let best = actors.min_by_key(|(role, actor)| (actor.basis, *role == Role::Content));
        best.map(|(_, actor)| (&actor.name, actor.basis))
    }

    /// Who acted. Mail that came in from outside and went out again was forwarded by a local address.
    fn actor(&self, route: Route, fate: &Fate) -> (Shown, Known) {
        let nobody = || Shown { text: "-".to_owned(), same: SubjectKey([0; 16]) };
        let Some((name, basis)) = self.best_actor() else { return (nobody(), Known::Nothing) };
        let known = match basis {
            Basis::Authenticated => Known::Authenticated,
            Basis::Local => Known::Local,
            Basis::Address => Known::Address,
            Basis::Envelope if self.inside() => Known::Network,
            Basis::Envelope => Known::Envelope,
        };
        match &fate.forwarder {
            Some(local) if known == Known::Envelope && route == Route::MailOut => {
                (local.clone(), Known::Forwarder)
            }
            _ => (name.clone(), known),
        }
    }

    /// Addresses of the client: those of the earliest life that names any. Later lives are our own hops.
    fn origins(&self) -> Vec<IpAddr> {
        let of_life = |life: &usize| -> Vec<IpAddr> {
            let contexts = self.lives[*life].facts.iter().filter_map(|kept| match &kept.fact.body {
                Body::Context(context) => context.origin,
                _ => None,
            });
            distinct(contexts)
        };
        self.part.iter().map(of_life).find(|origins| !origins.is_empty()).unwrap_or_default()
    }

    fn extent(&self, life: usize, threads: &[ThreadFacts]) -> (usize, i64, i64) {
        let life = &self.lives[life];
        let thread = threads.iter().position(|facts| std::ptr::eq(&raw const facts.thread, life.thread));
        let last = life.facts.last().map_or(0, |kept| kept.fact.time.us);
        (thread.expect("lives are made of these threads"), life.start(), last)
    }

    fn name(&self, route: Route, start: i64) -> String {
        let thread = self.lives[self.part[0]].thread;
        let text =
            format!("{}\0{}\0{}\0{start}\0{}", thread.channel.id(), thread.host, thread.name, route.id());
        data_encoding::HEXLOWER.encode(&Sha256::digest(text)[..8])
    }
}

fn distinct<T: Ord>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut items: Vec<T> = items.collect();
    items.sort();
    items.dedup();
    items
}
