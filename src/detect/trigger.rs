//! Literals that make a line a candidate exactly like a run of digits: what a rule, an inventory or a format looks
//! for where no digits stand.
//!
//! Case does not matter. A literal of a pack is looked for in UTF-8 and in Big5; wrapped in an encoding it needs no
//! literal, because the mark of the encoding is a candidate already. Without literals there is no automaton, and a
//! block is passed over once, as before.

use std::iter::Peekable;

use aho_corasick::{AhoCorasick, BuildError, FindIter};
use encoding_rs::BIG5;

use super::pack::Rule;
use super::prefilter::{self, Runs};

/// The literals in one automaton.
#[derive(Default)]
pub(super) struct Triggers {
    literals: Vec<Vec<u8>>,
    automaton: Option<AhoCorasick>,
    /// Some rule finds what neither run, mark nor literal shows.
    every_line: bool,
}

impl Triggers {
    /// The literals of all rules.
    pub(super) fn of(rules: &[Rule]) -> Result<Self, BuildError> {
        let every_line = rules.iter().any(Rule::needs_every_line);
        Self { every_line, ..Self::default() }.with(rules.iter().flat_map(|rule| &rule.triggers).flat_map(
            |text| {
                let (big5, _, lossy) = BIG5.encode(text);
                let big5 = (!lossy && !text.is_ascii()).then(|| big5.into_owned());
                [Some(text.as_bytes().to_vec()), big5].into_iter().flatten()
            },
        ))
    }

    /// These and more. An empty literal is left out: it would stand at every byte.
    pub(super) fn with(mut self, more: impl IntoIterator<Item = Vec<u8>>) -> Result<Self, BuildError> {
        self.literals.extend(more.into_iter().filter(|literal| !literal.is_empty()));
        self.literals.sort_unstable();
        self.literals.dedup();
        if !self.literals.is_empty() {
            self.automaton = Some(AhoCorasick::builder().ascii_case_insensitive(true).build(&self.literals)?);
        }
        Ok(self)
    }

    /// Offsets of runs, marks and literals, ascending and each once.
    pub(super) fn candidates<'b>(&'b self, bytes: &'b [u8]) -> Candidates<'b> {
        if self.every_line {
            return Candidates::Lines(bytes, 0);
        }
        let runs = prefilter::candidates(bytes);
        match &self.automaton {
            None => Candidates::Runs(runs),
            Some(automaton) => {
                Candidates::Merged(runs.peekable(), Box::new(automaton.find_iter(bytes).peekable()))
            }
        }
    }
}

/// What [`Triggers::candidates`] found. The choice is made once a candidate, not once a byte.
pub(super) enum Candidates<'b> {
    Runs(Runs<'b>),
    Merged(Peekable<Runs<'b>>, Box<Peekable<FindIter<'b, 'b>>>),
    /// Every line from here on.
    Lines(&'b [u8], usize),
}

impl Iterator for Candidates<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let (runs, literals) = match self {
            Self::Runs(runs) => return runs.next(),
            Self::Merged(runs, literals) => (runs, literals),
            Self::Lines(bytes, from) => return next_line(bytes, from),
        };
        let at = match (runs.peek().copied(), literals.peek().map(aho_corasick::Match::start)) {
            (Some(run), Some(literal)) => run.min(literal),
            (Some(at), None) | (None, Some(at)) => at,
            (None, None) => return None,
        };
        runs.next_if_eq(&at);
        literals.next_if(|literal| literal.start() == at);
        Some(at)
    }
}

/// The beginning of the next line.
fn next_line(bytes: &[u8], from: &mut usize) -> Option<usize> {
    let at = *from;
    let rest = bytes.get(at..).filter(|rest| !rest.is_empty())?;
    *from = memchr::memchr(b'\n', rest).map_or(bytes.len(), |len| at + len + 1);
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(literals: &[&str], text: &[u8], at: &[usize]) {
        let literals = literals.iter().map(|literal| literal.as_bytes().to_vec());
        let triggers = Triggers::default().with(literals).unwrap();
        assert_eq!(triggers.candidates(text).collect::<Vec<_>>(), at);
    }

    #[test]
    fn a_line_with_only_a_trigger_is_a_candidate() {
        check(&["header To:"], b"a\ninfo: header to: x\nb", &[8]);
        check(&["/export/"], b"GET /export/list", &[4]);
        check(&["/export/"], b"GET /import/list", &[]);
    }

    #[test]
    fn runs_and_triggers_are_merged_in_ascending_order_each_once() {
        check(&["list", "12345678", "st"], b"list 12345678 %41 list", &[0, 5, 14, 18]);
    }

    #[test]
    fn a_rule_that_nothing_reaches_makes_every_line_a_candidate() {
        let triggers = Triggers { every_line: true, ..Triggers::default() };
        for (text, at) in [("", vec![]), ("a", vec![0]), ("a\n\nbc\n", vec![0, 2, 3]), ("\nab", vec![0, 1])] {
            assert_eq!(triggers.candidates(text.as_bytes()).collect::<Vec<_>>(), at, "{text:?}");
        }
    }

    #[test]
    fn without_triggers_the_candidates_are_those_of_the_prefilter() {
        let text = b"A123456789 %41 list \xa2\xaf";
        let runs: Vec<_> = prefilter::candidates(text).collect();
        check(&[], text, &runs);
        check(&[""], text, &runs);
        assert!(matches!(Triggers::default().candidates(text), Candidates::Runs(_)));
    }
}
