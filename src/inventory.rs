//! The personal-data inventory (個資盤點清冊) that an organisation keeps (施行細則 §12 II (2); 內政部指定營建類…管理辦法 §6): which file or
//! table holds whose data, and how many records.
//!
//! A log names what was fetched, seldom what is in it; the inventory says that. Paths are compared as they read decoded.
//! A path without a wildcard is looked up; one with a wildcard is tried only where its longest literal stands, so that
//! thousands of entries cost no more than a few.

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use aho_corasick::AhoCorasick;
use globset::{GlobBuilder, GlobMatcher};

use crate::kind::Nature;

/// Entries that are read of one inventory, all its files together.
pub const ENTRIES_MAX: usize = 100_000;
/// Characters of a file's name, wildcards aside, that make it a name of its own: `*.xlsx` names nothing.
const NAME_CHARS_MIN: usize = 2;

/// What holds personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The path glob or the table, as the inventory writes it: the name by which facts refer to it.
    pub place: Box<str>,
    /// Whether it is a table.
    pub is_table: bool,
    /// Entries of one data set are about the same people.
    pub data_set: String,
    /// The system that holds it.
    pub system: Option<String>,
    /// The unit that owns it.
    pub owner_unit: Option<String>,
    /// How many people it is about (筆).
    pub records: u64,
    /// Its size, for the share that was delivered.
    pub bytes: Option<u64>,
    /// Natures of the data; special-category data is one of them.
    pub natures: Vec<Nature>,
    /// The day of the count, as written.
    pub as_of: Option<String>,
}

impl Entry {
    /// Whether its people are special: all of them, because an inventory counts files, not columns.
    pub fn is_special(&self) -> bool {
        self.natures.contains(&Nature::Special)
    }
}

/// The inventory, ready to be asked.
#[derive(Debug, Default)]
pub struct Inventory {
    entries: Vec<Entry>,
    by_place: HashMap<Box<str>, usize>,
    paths: Globs,
    /// File names alone, for attachments; those of several data sets say nothing and are left out.
    names: Globs,
    tables: Option<(AhoCorasick, Vec<usize>)>,
}

impl Inventory {
    /// From entries whose globs [`fault`] has found sound. Of two with one place the later holds.
    pub fn new(entries: Vec<Entry>) -> Self {
        let by_place = entries.iter().enumerate().map(|(at, entry)| (entry.place.clone(), at)).collect();
        let files = || entries.iter().enumerate().filter(|(_, entry)| !entry.is_table);
        let paths = Globs::new(files().map(|(at, entry)| (entry.place.to_string(), at)));
        let mut sets: BTreeMap<&str, Option<(&str, usize)>> = BTreeMap::new();
        for (at, entry) in files() {
            let Some(name) = own_name(&entry.place) else { continue };
            let one = Some((entry.data_set.as_str(), at));
            let known = sets.entry(name).or_insert(one);
            if known.is_some_and(|(set, _)| set != entry.data_set) {
                *known = None;
            }
        }
        let names = sets.iter().filter_map(|(name, of)| Some(((*name).to_owned(), (*of)?.1)));
        let names = Globs::new(names);
        let tables: Vec<usize> =
            entries.iter().enumerate().filter(|(_, entry)| entry.is_table).map(|(at, _)| at).collect();
        let words = tables.iter().map(|at| entries[*at].place.to_ascii_lowercase());
        // An automaton of the tables of one organisation is small; one that cannot be built finds none.
        let automaton = AhoCorasick::new(words).ok().filter(|_| !tables.is_empty());
        let tables = automaton.map(|automaton| (automaton, tables));
        Self { entries, by_place, paths, names, tables }
    }

    /// Whether nothing is listed.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Every entry, in the order of the files.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entry that a fact refers to; none where the inventory has lost it since.
    pub fn entry(&self, place: &str) -> Option<&Entry> {
        self.by_place.get(place).map(|at| &self.entries[*at])
    }

    /// The entry of a decoded path: the one with the longest glob.
    pub fn path(&self, path: &str) -> Option<&Entry> {
        self.paths.find(path).map(|at| &self.entries[at])
    }

    /// The entry of a file's name without its path, as mails have it.
    pub fn name(&self, name: &str) -> Option<&Entry> {
        self.names.find(name).map(|at| &self.entries[at])
    }

    /// The entry of a table that a statement names as a whole word.
    pub fn table(&self, statement: &str) -> Option<&Entry> {
        let (automaton, of) = self.tables.as_ref()?;
        let text = statement.to_ascii_lowercase();
        let is_part =
            |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
        let whole = automaton.find_overlapping_iter(&text).filter(|found| {
            let bytes = text.as_bytes();
            let before = found.start().checked_sub(1).and_then(|before| bytes.get(before));
            !is_part(before) && !is_part(bytes.get(found.end()))
        });
        let longest = whole.max_by_key(|found| (found.len(), std::cmp::Reverse(found.start())));
        longest.map(|found| &self.entries[of[found.pattern().as_usize()]])
    }

    /// Literals of which every path, name and table of the inventory holds at least one: what the first pass over a log
    /// looks for. They are few where paths have folders or endings in common, whatever their number: the ones that stand
    /// for the most entries are taken first.
    pub fn literals(&self) -> Vec<Vec<u8>> {
        let mut wanted: Vec<Vec<String>> = Vec::new();
        for entry in &self.entries {
            if entry.is_table {
                wanted.push(vec![entry.place.to_lowercase()]);
                continue;
            }
            wanted.push(pieces(&entry.place));
            wanted.extend(own_name(&entry.place).map(pieces));
        }
        cover(wanted)
    }
}

/// What is wrong with a glob, in words; none where it is sound.
pub fn fault(glob: &str) -> Option<String> {
    built(glob).err()
}

fn built(glob: &str) -> Result<GlobMatcher, String> {
    let built = GlobBuilder::new(glob).literal_separator(true).build();
    built.map(|glob| glob.compile_matcher()).map_err(|error| error.kind().to_string())
}

/// Globs and the entries they stand for.
#[derive(Debug, Default)]
struct Globs {
    whole: HashMap<String, usize>,
    /// Those with wildcards: entry, glob, and its matcher once it was asked.
    wild: Vec<(usize, String, OnceLock<Option<GlobMatcher>>)>,
    /// The longest literal of each, by the place in `wild`.
    literals: Option<AhoCorasick>,
}

impl Globs {
    fn new(globs: impl Iterator<Item = (String, usize)>) -> Self {
        let mut all = Self::default();
        for (glob, at) in globs {
            if is_wild(&glob) {
                all.wild.push((at, glob, OnceLock::new()));
            } else {
                all.whole.insert(glob, at);
            }
        }
        let longest = |glob: &str| runs(glob).into_iter().max_by_key(String::len).unwrap_or_default();
        let literals = all.wild.iter().map(|(_, glob, _)| longest(glob));
        all.literals = AhoCorasick::new(literals).ok().filter(|_| !all.wild.is_empty());
        all
    }

    fn find(&self, text: &str) -> Option<usize> {
        if let Some(at) = self.whole.get(text) {
            return Some(*at);
        }
        let mut near: Vec<usize> = self
            .literals
            .as_ref()?
            .find_overlapping_iter(text)
            .map(|found| found.pattern().as_usize())
            .collect();
        near.sort_unstable_by_key(|nth| (std::cmp::Reverse(self.wild[*nth].1.len()), *nth));
        near.dedup();
        let fits = |nth: &usize| {
            let (_, glob, matcher) = &self.wild[*nth];
            matcher.get_or_init(|| built(glob).ok()).as_ref().is_some_and(|matcher| matcher.is_match(text))
        };
        near.into_iter().find(fits).map(|nth| self.wild[nth].0)
    }
}

fn is_wild(glob: &str) -> bool {
    glob.contains(['*', '?', '[', '{', '\\'])
}

/// What stands between wildcards.
fn runs(glob: &str) -> Vec<String> {
    let (mut runs, mut run, mut depth) = (Vec::new(), String::new(), 0u8);
    for c in glob.chars() {
        match c {
            '[' | '{' => depth = depth.saturating_add(1),
            ']' | '}' => depth = depth.saturating_sub(1),
            '*' | '?' | '\\' => {}
            _ if depth == 0 => {
                run.push(c);
                continue;
            }
            _ => continue,
        }
        runs.push(std::mem::take(&mut run));
    }
    runs.push(run);
    runs.retain(|run| !run.is_empty());
    runs
}

/// The file's name of a glob, where it names a file: `*.xlsx` does not.
fn own_name(glob: &str) -> Option<&str> {
    let name = glob.rsplit('/').next()?;
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    (runs(stem).iter().map(|run| run.chars().count()).max() >= Some(NAME_CHARS_MIN)).then_some(name)
}

/// The literals of a glob that the first pass may look for: folders, names and endings, each with what parts it from
/// its neighbours, and the whole of what stands between wildcards.
fn pieces(glob: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    for run in runs(glob) {
        let parts: Vec<&str> = run.split('/').collect();
        for (nth, part) in parts.iter().enumerate().filter(|(_, part)| part.len() >= NAME_CHARS_MIN) {
            let before = if nth > 0 { "/" } else { "" };
            let after = if nth + 1 < parts.len() { "/" } else { "" };
            pieces.push(format!("{before}{part}{after}").to_lowercase());
        }
        pieces.push(run.to_lowercase());
    }
    pieces
}

/// The fewest literals that this is easily done with: of those left the one that stands for the most, and of equals the
/// longest, which is the rarest.
fn cover(wanted: Vec<Vec<String>>) -> Vec<Vec<u8>> {
    let mut holders: HashMap<&str, Vec<u32>> = HashMap::new();
    for (nth, pieces) in wanted.iter().enumerate() {
        for piece in pieces.iter().filter(|piece| piece.len() >= LITERAL_BYTES_MIN) {
            holders.entry(piece).or_default().push(nth as u32);
        }
    }
    let mut order: Vec<(&str, Vec<u32>)> = holders.into_iter().collect();
    // Once sorted they are not counted again: a literal that comes to stand for fewer is taken somewhat early.
    order.sort_by_key(|(piece, of)| (std::cmp::Reverse(of.len()), std::cmp::Reverse(piece.len()), *piece));
    let mut covered = vec![false; wanted.len()];
    let mut taken: Vec<Vec<u8>> = Vec::new();
    for (piece, of) in order {
        if of.iter().any(|nth| !covered[*nth as usize]) {
            for nth in &of {
                covered[*nth as usize] = true;
            }
            taken.push(piece.as_bytes().to_vec());
        }
    }
    // What has nothing so long is looked for by the longest it has.
    let short = wanted.iter().zip(&covered).filter(|(_, covered)| !**covered);
    taken.extend(
        short
            .filter_map(|(pieces, _)| pieces.iter().max_by_key(|piece| piece.len()))
            .map(|piece| piece.as_bytes().to_vec()),
    );
    taken
}

/// Shorter literals stand in too many lines.
const LITERAL_BYTES_MIN: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(place: &str, data_set: &str) -> Entry {
        Entry {
            place: place.into(),
            is_table: !place.contains(['/', '.']) || place.starts_with("hr."),
            data_set: data_set.to_owned(),
            system: None,
            owner_unit: None,
            records: 500,
            bytes: None,
            natures: vec![Nature::Identification],
            as_of: None,
        }
    }

    fn inventory(places: &[(&str, &str)]) -> Inventory {
        Inventory::new(places.iter().map(|(place, set)| entry(place, set)).collect())
    }

    #[test]
    fn a_path_is_found_by_its_longest_glob() {
        let listed = inventory(&[
            ("/hr/員工名冊.xlsx", "員工"),
            ("/hr/*.xlsx", "人事"),
            ("/hr/**/健檢-*.pdf", "健檢"),
        ]);
        let set = |path: &str| listed.path(path).map(|entry| entry.data_set.as_str());
        assert_eq!(set("/hr/員工名冊.xlsx"), Some("員工"));
        assert_eq!(set("/hr/other.xlsx"), Some("人事"));
        assert_eq!(set("/hr/a/b/健檢-115.pdf"), Some("健檢"));
        assert_eq!(set("/hr/a/other.xlsx"), None, "one star is one folder");
        assert_eq!(set("/acc/員工名冊.xlsx"), None);
    }

    #[test]
    fn an_attachment_is_found_by_a_name_that_is_of_one_data_set() {
        let listed = inventory(&[
            ("/hr/員工名冊.xlsx", "員工"),
            ("/a/list.csv", "甲"),
            ("/b/list.csv", "乙"),
            ("/c/*.csv", "丙"),
        ]);
        assert!(listed.name("員工名冊.xlsx").is_some());
        assert!(listed.name("list.csv").is_none(), "two data sets have files of that name");
        assert!(listed.name("x.csv").is_none(), "an ending is no name");
    }

    #[test]
    fn a_table_is_a_whole_word_of_a_statement() {
        let listed = inventory(&[("hr.employee", "員工"), ("students", "學生")]);
        assert!(listed.table("COPY HR.employee TO STDOUT").is_some());
        assert!(listed.table("SELECT * FROM hr.employee_old").is_none());
        assert!(listed.table("select * from public.students;").is_some());
    }

    #[test]
    fn every_entry_holds_one_of_the_literals_and_thousands_need_few() {
        let places: Vec<String> =
            (0..5000).map(|nth| format!("/files/unit{:02}/{nth:05}/roster.xlsx", nth % 20)).collect();
        let listed = Inventory::new(places.iter().map(|place| entry(place, "x")).collect());
        let literals = listed.literals();
        assert!(literals.len() <= 2, "{}", literals.len());
        let odd: Vec<String> = (0..300).map(|nth| format!("/{:x}.q", nth * 7919 + 65536)).collect();
        let listed = Inventory::new(odd.iter().map(|place| entry(place, "x")).collect());
        let literals = listed.literals();
        for place in &odd {
            let holds = |literal: &Vec<u8>| place.contains(std::str::from_utf8(literal).unwrap());
            assert!(literals.iter().any(holds), "{place}");
        }
    }

    #[test]
    fn a_broken_glob_says_what_is_wrong() {
        assert!(
            fault("/hr/[a.xlsx").is_some_and(|what| what.contains("unclosed")),
            "{:?}",
            fault("/hr/[a.xlsx")
        );
        assert_eq!(fault("/hr/**/a-{1,2}.xlsx"), None);
    }
}
