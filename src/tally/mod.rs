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
//! R9 a person is special if any of their records is.
//!
//! Cost: what is kept is each distinct value and each distinct combination of values once, however many records hold
//! them: 22 to 43 bytes for a value that stands alone (18 in a table that is half to seven eighths full), some 100 for
//! a combination of two. Sorting at the end, n log n in the number of values in combinations.

use std::collections::{HashMap, HashSet};

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
}

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
    alone: HashMap<SubjectKey, (Kind, bool)>,
    groups: HashSet<Group>,
}

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
        for members in groups(values, floor) {
            match members[..] {
                [(kind, key)] => self.add_alone(key, kind, special),
                _ => drop(self.groups.insert(Group { members: members.into(), special })),
            }
        }
    }

    /// Adds what others have gathered.
    pub fn join(&mut self, other: Self) {
        for (key, (kind, special)) in other.alone {
            self.add_alone(key, kind, special);
        }
        self.groups.extend(other.groups);
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
        let known = self.alone.entry(key).or_insert((kind, special));
        *known = (known.0.min(kind), known.1 || special);
    }

    /// Counts them. A value that never stands beside another is a person by itself, and no part of the graph.
    pub fn tally(self) -> Tally {
        let mut groups: Vec<Group> = self.groups.into_iter().collect();
        let members = groups.iter().flat_map(|group| &group.members);
        let mut grouped: Vec<SubjectKey> = members.map(|(_, key)| *key).collect();
        grouped.sort_unstable();
        let mut tally = Tally::default();
        for (key, (kind, special)) in self.alone {
            if grouped.binary_search(&key).is_ok() {
                groups.push(Group { members: [(kind, key)].into(), special });
            } else {
                tally.total += 1;
                tally.special += u64::from(special);
            }
        }
        let mut graph = Graph::new(&groups);
        for group in &groups {
            graph.link(group);
        }
        let linked = graph.tally(&groups);
        tally.total += linked.total;
        tally.special += linked.special;
        Tally { general: tally.total - tally.special, ..tally }
    }
}

/// Keys that stand for one person in one record.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Group {
    members: Box<[(Kind, SubjectKey)]>,
    special: bool,
}

/// Keys of a record with what each is of.
type Members = Vec<(Kind, SubjectKey)>;

/// Splits a record into the people it describes (R2, R4).
fn groups(values: impl Iterator<Item = Counted> + Clone, floor: Verdict) -> Vec<Members> {
    let mut columns: Vec<(Kind, Vec<SubjectKey>)> = Vec::new();
    let named = values.filter(|value| value.verdict >= floor && value.kind.tier() != Tier::Nobody);
    let is_strong = named.clone().any(|value| value.kind.tier() < Tier::Weak);
    for value in named.filter(|value| !is_strong || value.kind.tier() < Tier::Weak) {
        match columns.iter_mut().find(|(kind, _)| *kind == value.kind) {
            Some((_, keys)) if keys.contains(&value.key) => {}
            Some((_, keys)) => keys.push(value.key),
            None => columns.push((value.kind, vec![value.key])),
        }
    }
    let longest = columns.iter().map(|(_, keys)| keys.len()).max().unwrap_or(0);
    columns.retain(|(_, keys)| keys.len() == longest);
    let people =
        (0..longest).map(|i| columns.iter().map(|(kind, keys)| (*kind, keys[i])).collect::<Members>());
    people.filter_map(|members| if is_strong { Some(members) } else { unnamed(members) }).collect()
}

/// R6: two different weak values and nothing else are somebody, known by them together.
fn unnamed(mut weak: Members) -> Option<Members> {
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
    parent: Vec<u32>,
    hub: Vec<bool>,
}

impl Graph {
    fn new(groups: &[Group]) -> Self {
        let mut keys: Vec<_> =
            groups.iter().flat_map(|group| group.members.iter().map(|&(kind, key)| (key, kind))).collect();
        keys.sort_unstable();
        keys.dedup_by_key(|(key, _)| *key);
        let parent = (0..keys.len() as u32).collect();
        let mut graph = Self { hub: vec![false; keys.len()], keys, parent };
        graph.find_hubs(groups);
        graph
    }

    fn node(&self, key: SubjectKey) -> usize {
        self.keys.binary_search_by_key(&key, |(key, _)| *key).expect("every member was collected")
    }

    /// The nodes of these members that are no hubs.
    fn nodes<'m>(&self, members: impl Iterator<Item = &'m (Kind, SubjectKey)>) -> Vec<usize> {
        members.map(|(_, key)| self.node(*key)).filter(|node| !self.hub[*node]).collect()
    }

    /// R5: marks pointers that stand beside too many different values of one kind.
    fn find_hubs(&mut self, groups: &[Group]) {
        let mut neighbours: Vec<(usize, Kind, SubjectKey)> = Vec::new();
        for group in groups.iter().filter(|group| group.members.len() > 1) {
            for &(kind, key) in group.members.iter().filter(|(kind, _)| kind.tier() == Tier::Pointer) {
                let others = group.members.iter().filter(|other| **other != (kind, key));
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
    fn link(&mut self, group: &Group) {
        let of = |wanted: fn(Kind) -> bool| group.members.iter().filter(move |(kind, _)| wanted(*kind));
        let residents = of(|kind| matches!(kind, Kind::TwResidentId | Kind::TwResidentIdOld));
        let pointers = of(|kind| kind.tier() == Tier::Pointer);
        for nodes in [self.nodes(residents), self.nodes(pointers)] {
            for pair in nodes.windows(2) {
                self.join(pair[0], pair[1]);
            }
        }
    }

    /// R3 and R9: who is a person of their own, and who is special.
    fn tally(mut self, groups: &[Group]) -> Tally {
        let nodes = self.keys.len();
        let (mut special, mut has_person) = (vec![false; nodes], vec![false; nodes]);
        let mut belongs: Vec<(usize, usize)> = Vec::new();
        for group in groups {
            let members = self.nodes(group.members.iter());
            let members: Vec<usize> = members.into_iter().map(|node| self.root(node)).collect();
            for &member in &members {
                special[member] |= group.special;
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
            if !self.hub[node] && !has_person[node] {
                tally.total += 1;
                tally.special += u64::from(special[node]);
            }
        }
        tally
    }
}

#[cfg(test)]
mod tests;
