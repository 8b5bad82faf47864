//! Counts people: distinct data subjects from records, whatever their order, number of repetitions, or source.
//!
//! No statute defines 筆. The level table turns it into claimants (「20 筆以內（團體訴訟不成立）」), so the number that
//! counts is distinct subjects; rows are counted beside it. The rules, by their numbers in the tests:
//! R1 two identity numbers are two people, but an old and a new resident number in one record are one;
//! R2 a record with at most one value of each kind links its keys;
//! R3 a pointer (phone, card) linked to an identity number adds nothing, else each linked group is one person;
//! R4 in a list, columns of equal length pair up by position, shorter columns are people already counted;
//! R5 a pointer with more than three neighbours of one kind (a switchboard) links nothing and is nobody;
//! R6 a record with weak values only, two different ones, is one unnamed person;
//! R9 a person is special if any of their records is;
//! R10 beyond [`ENTRIES_MAX`] the number is an estimate, marked 約: the largest threshold is 20,001, so levels stay exact.
//!
//! R7, that what is read twice is counted once, needs no rule of its own: these are sets.
//!
//! Cost: what is kept is each distinct value and each distinct combination of values once, however many records hold
//! them: 22 to 43 bytes for a value that stands alone (18 in a table that is half to seven eighths full), some 100 for
//! a combination of two. Sorting at the end, n log n in the number of values in combinations.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, Hasher};

use sha2::{Digest, Sha256};

use crate::kind::{Kind, Tier, Verdict};
use crate::mask::SubjectKey;
use crate::record::{Counted, Value};

/// One record as counting sees it.
#[derive(Clone, Copy, Debug)]
pub struct Row<'r> {
    /// The record's values.
    pub values: &'r [Value],
    /// Whether the record holds special-category data.
    pub special: bool,
}

/// Distinct people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// `general` and `special` together.
    pub total: u64,
    /// People none of whose records is special.
    pub general: u64,
    /// People with a special record.
    pub special: u64,
    /// More values were gathered than are kept (R10): the numbers are an estimate, marked 約.
    pub is_estimate: bool,
}

/// Distinct values and combinations of values that are kept. Four records of different values each for 1,000,000 people:
/// up to there the count is exact. Beyond, those whose keys begin with a zero bit are kept, and the rest is multiplied;
/// keys are hashes, so they are a fair half. Whoever is kept depends on the set alone, not on its order.
pub const ENTRIES_MAX: usize = 4_000_000;

/// From how many neighbours of one kind on a pointer is a hub (R5).
const HUB_NEIGHBOURS_MIN: usize = 4;

/// Counts the people of these records, on the values whose verdict is at least `floor`.
pub fn count<'r>(rows: impl IntoIterator<Item = Row<'r>>, floor: Verdict) -> Tally {
    let mut people = People::default();
    for row in rows {
        people.add(row, floor);
    }
    people.tally()
}

/// What records say of people, gathered one by one: the same record again adds nothing.
#[derive(Clone, Debug, Default)]
pub struct People {
    /// Values that stand alone in some record; whether one of those is special.
    alone: HashMap<SubjectKey, (Kind, bool), Keyed>,
    /// Values that stand beside each other in some record; likewise.
    groups: HashMap<Members, bool, Keyed>,
    /// Of how many zero bits at their beginning the keys are that are kept: one in 2ⁿ.
    thinned: u32,
}

/// Keys that stand for one person in one record, with what each is of.
type Members = Box<[Member]>;
type Member = (Kind, SubjectKey);

impl People {
    /// Adds a record, with the values whose verdict is at least `floor`.
    pub fn add(&mut self, row: Row<'_>, floor: Verdict) {
        self.add_counted(row.values.iter().map(Counted::from), row.special, floor);
    }

    /// The same of values without a text.
    pub fn add_counted(
        &mut self,
        values: impl Iterator<Item = Counted> + Clone,
        special: bool,
        floor: Verdict,
    ) {
        groups(values, floor, |members| match *members {
            [(kind, key)] => self.add_alone(key, kind, special),
            _ => self.add_group(members, special),
        });
    }

    /// Adds what others have gathered.
    pub fn join(&mut self, other: Self) {
        if other.thinned > self.thinned {
            self.thin(other.thinned);
        }
        for (key, (kind, special)) in other.alone {
            self.add_alone(key, kind, special);
        }
        for (members, special) in other.groups {
            self.add_group(&members, special);
        }
    }

    /// How many distinct values and combinations were gathered.
    pub fn len(&self) -> usize {
        self.alone.len() + self.groups.len()
    }

    /// Whether nothing was gathered.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn add_alone(&mut self, key: SubjectKey, kind: Kind, special: bool) {
        if !is_kept(key, self.thinned) {
            return;
        }
        let known = self.alone.entry(key).or_insert((kind, special));
        *known = (known.0.min(kind), known.1 || special);
        self.bound(ENTRIES_MAX);
    }

    /// A combination is kept for the sake of each of its values: whoever is counted is known by all their records.
    fn add_group(&mut self, members: &[Member], special: bool) {
        match self.groups.get_mut(members) {
            Some(known) => *known |= special,
            None if members.iter().any(|(_, key)| is_kept(*key, self.thinned)) => {
                self.groups.insert(members.into(), special);
                self.bound(ENTRIES_MAX);
            }
            None => {}
        }
    }

    /// Keeps no more than so many: whoever goes would go in any order, because what is kept only grows with the set.
    fn bound(&mut self, entries_max: usize) {
        while self.len() > entries_max && self.thinned < THINNED_MAX {
            self.thin(self.thinned + 1);
        }
    }

    fn thin(&mut self, bits: u32) {
        self.thinned = bits;
        self.alone.retain(|key, _| is_kept(*key, bits));
        self.groups.retain(|members, _| members.iter().any(|(_, key)| is_kept(*key, bits)));
    }

    /// Counts them. A value that never stands beside another is a person by itself, and no part of the graph.
    pub fn tally(self) -> Tally {
        let bits = self.thinned;
        let groups: Vec<(Members, bool)> = self.groups.into_iter().collect();
        let mut graph = Graph::new(&groups);
        let mut tally = Tally::default();
        for (key, (kind, special)) in self.alone {
            if let Some(node) = graph.find(key) {
                graph.note(node, kind, special);
            } else {
                tally.total += 1;
                tally.special += u64::from(special);
            }
        }
        for (members, _) in &groups {
            graph.link(members);
        }
        let linked = graph.tally(&groups, bits);
        let (total, special) =
            ((tally.total + linked.total) << bits, (tally.special + linked.special) << bits);
        Tally { total, special, general: total - special, is_estimate: bits > 0 }
    }
}

/// Keys are thinned to one in 2³² at most, which is more than there are people.
const THINNED_MAX: u32 = 32;

/// Whether a key is of those that are kept.
fn is_kept(key: SubjectKey, bits: u32) -> bool {
    let [a, b, c, d, ..] = key.0;
    u32::from_be_bytes([a, b, c, d]).leading_zeros() >= bits
}

/// Hashes what is a keyed hash already: nobody chooses these, so that words folded together are enough.
#[derive(Clone, Copy, Debug, Default)]
struct Keyed(u64);

impl BuildHasher for Keyed {
    type Hasher = Self;

    fn build_hasher(&self) -> Self {
        *self
    }
}

impl Hasher for Keyed {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u64(&mut self, word: u64) {
        /// An odd number whose bits are as good as random (2⁶⁴ by the golden ratio).
        const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(SPREAD);
    }

    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }

    fn finish(&self) -> u64 {
        // Tables look at the lowest bits, into which the product carries least.
        self.0.rotate_left(26)
    }
}

/// Values of a record of which each is compared with all before it; with more of them a table is asked.
const FEW: usize = 16;

/// Splits a record into the people it describes (R2, R4).
fn groups(values: impl Iterator<Item = Counted> + Clone, floor: Verdict, mut take: impl FnMut(&[Member])) {
    let named = values.filter(|value| value.verdict >= floor && value.kind.tier() != Tier::Nobody);
    let is_strong = named.clone().any(|value| value.kind.tier() < Tier::Weak);
    let counted = named.filter(|value| !is_strong || value.kind.tier() < Tier::Weak);
    let (mut members, mut is_list): (Vec<Member>, _) = (Vec::new(), false);
    // One line may hold an export of a million rows.
    let mut known: HashSet<Member, Keyed> = HashSet::default();
    for member in counted.map(|value| (value.kind, value.key)) {
        if members.len() == FEW && known.is_empty() {
            known.extend(&members);
        }
        let is_new = if members.len() < FEW { !members.contains(&member) } else { known.insert(member) };
        if is_new {
            is_list = is_list || members.iter().any(|(kind, _)| *kind == member.0);
            members.push(member);
        }
    }
    let mut person = |members: Vec<Member>| {
        let person = if is_strong { Some(members) } else { unnamed(members) };
        person.iter().filter(|members| !members.is_empty()).for_each(|members| take(members));
    };
    if !is_list {
        return person(members);
    }
    let mut columns: Vec<(Kind, Vec<SubjectKey>)> = Vec::new();
    for (kind, key) in members {
        match columns.iter_mut().find(|(of, _)| *of == kind) {
            Some((_, keys)) => keys.push(key),
            None => columns.push((kind, vec![key])),
        }
    }
    let longest = columns.iter().map(|(_, keys)| keys.len()).max().unwrap_or(0);
    columns.retain(|(_, keys)| keys.len() == longest);
    (0..longest).for_each(|nth| person(columns.iter().map(|(kind, keys)| (*kind, keys[nth])).collect()));
}

/// R6: two different weak values and nothing else are somebody, known by them together.
fn unnamed(mut weak: Vec<Member>) -> Option<Vec<Member>> {
    weak.sort_unstable_by_key(|(_, key)| *key);
    let (kind, _) = *weak.first().filter(|_| weak.len() > 1)?;
    let mut hash = Sha256::new();
    for (_, key) in &weak {
        hash.update(key.0);
    }
    let key = hash.finalize()[..16].try_into().expect("SHA-256 has 32 bytes");
    Some(vec![(kind, SubjectKey(key))])
}

/// The keys as nodes of a union-find; identity numbers are joined only as R1 allows.
struct Graph {
    keys: Vec<(SubjectKey, Kind)>,
    /// By the first bits of a key, where in the list those that begin so stand: they are spread evenly, so that these are
    /// one or two.
    starts: Vec<u32>,
    bits: u32,
    parent: Vec<u32>,
    hub: Vec<bool>,
    special: Vec<bool>,
}

/// The first bits of a key as a number.
fn begins(key: SubjectKey, bits: u32) -> usize {
    let [a, b, c, d, ..] = key.0;
    let first = u64::from(u32::from_be_bytes([a, b, c, d]));
    (first >> (32 - bits.min(32))) as usize
}

impl Graph {
    fn new(groups: &[(Members, bool)]) -> Self {
        let members = groups.iter().flat_map(|(members, _)| members);
        let mut keys: Vec<_> = members.map(|&(kind, key)| (key, kind)).collect();
        keys.sort_unstable();
        keys.dedup_by_key(|(key, _)| *key);
        let bits = keys.len().max(1).ilog2();
        let mut starts = vec![0; (1 << bits) + 1];
        for (key, _) in &keys {
            starts[begins(*key, bits) + 1] += 1;
        }
        let mut before = 0;
        for start in &mut starts {
            before += *start;
            *start = before;
        }
        let (hub, special) = (vec![false; keys.len()], vec![false; keys.len()]);
        let parent = (0..keys.len() as u32).collect();
        let mut graph = Self { keys, starts, bits, parent, hub, special };
        graph.find_hubs(groups);
        graph
    }

    /// The node of a key, where it has one.
    fn find(&self, key: SubjectKey) -> Option<usize> {
        let nth = begins(key, self.bits);
        let (start, end) = (self.starts[nth] as usize, self.starts[nth + 1] as usize);
        self.keys[start..end].iter().position(|(other, _)| *other == key).map(|at| start + at)
    }

    fn node(&self, key: SubjectKey) -> usize {
        self.find(key).expect("every member was collected")
    }

    /// Takes note of a record with the value of a node and no other.
    fn note(&mut self, node: usize, kind: Kind, special: bool) {
        self.keys[node].1 = self.keys[node].1.min(kind);
        self.special[node] |= special;
    }

    /// The nodes of these members that are no hubs.
    fn nodes<'m>(&self, members: impl Iterator<Item = &'m Member>) -> Vec<usize> {
        members.map(|(_, key)| self.node(*key)).filter(|node| !self.hub[*node]).collect()
    }

    /// R5: marks pointers that stand beside too many different values of one kind.
    fn find_hubs(&mut self, groups: &[(Members, bool)]) {
        let mut neighbours: Vec<(usize, Kind, SubjectKey)> = Vec::new();
        for (members, _) in groups {
            for &(kind, key) in members.iter().filter(|(kind, _)| kind.tier() == Tier::Pointer) {
                let others = members.iter().filter(|other| **other != (kind, key));
                neighbours.extend(others.map(|&(other, neighbour)| (self.node(key), other, neighbour)));
            }
        }
        neighbours.sort_unstable();
        neighbours.dedup();
        for of_one_kind in neighbours.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            self.hub[of_one_kind[0].0] |= of_one_kind.len() >= HUB_NEIGHBOURS_MIN;
        }
    }

    fn root(&mut self, mut node: usize) -> usize {
        while self.parent[node] as usize != node {
            self.parent[node] = self.parent[self.parent[node] as usize];
            node = self.parent[node] as usize;
        }
        node
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.parent[a.max(b)] = a.min(b) as u32;
    }

    /// Joins the pointers of a group (R2), and an old with a new resident number (R1).
    fn link(&mut self, members: &[Member]) {
        let of = |wanted: fn(Kind) -> bool| members.iter().filter(move |(kind, _)| wanted(*kind));
        let residents = of(|kind| matches!(kind, Kind::TwResidentId | Kind::TwResidentIdOld));
        let pointers = of(|kind| kind.tier() == Tier::Pointer);
        for nodes in [self.nodes(residents), self.nodes(pointers)] {
            for pair in nodes.windows(2) {
                self.join(pair[0], pair[1]);
            }
        }
    }

    /// R3 and R9: who is a person of their own, and who is special.
    /// Of those who are known by their records, because their first key is kept.
    fn tally(mut self, groups: &[(Members, bool)], bits: u32) -> Tally {
        let nodes = self.keys.len();
        let (mut special, mut has_person) = (vec![false; nodes], vec![false; nodes]);
        for node in (0..nodes).filter(|&node| !self.hub[node]).collect::<Vec<_>>() {
            let root = self.root(node);
            special[root] |= self.special[node];
        }
        let mut belongs: Vec<(usize, usize)> = Vec::new();
        for (members, is_special) in groups {
            let members = self.nodes(members.iter());
            let members: Vec<usize> = members.into_iter().map(|node| self.root(node)).collect();
            for &member in &members {
                special[member] |= is_special;
            }
            let (people, pointers): (Vec<usize>, Vec<usize>) =
                members.into_iter().partition(|node| self.keys[*node].1.tier() == Tier::Person);
            for pointer in pointers {
                belongs.extend(people.iter().map(|person| (pointer, *person)));
                has_person[pointer] |= !people.is_empty();
            }
        }
        for (pointer, person) in belongs {
            special[person] |= special[pointer];
        }
        let mut tally = Tally::default();
        for node in (0..nodes).filter(|&node| self.parent[node] as usize == node) {
            if !self.hub[node] && !has_person[node] && is_kept(self.keys[node].0, bits) {
                tally.total += 1;
                tally.special += u64::from(special[node]);
            }
        }
        tally
    }
}

#[cfg(test)]
mod tests;
