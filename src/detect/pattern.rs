//! Patterns of sites: a regular expression instead of a shape, compiled to an automaton before it is used.
//!
//! The automaton reads the folded text, ASCII only, from one place on, and ends after [`VALUE_CHARS_MAX`] characters,
//! so that the time a text takes is linear in its length, whatever the pattern. Being an automaton it can also be
//! asked what all of its values have in common, by walking it: whether the prefilter reaches each of them is decided,
//! not guessed from the examples.

use std::collections::HashSet;
use std::ops::Range;

use regex_automata::dfa::{Automaton, dense};
use regex_automata::util::primitives::StateID;
use regex_automata::util::{start, syntax};
use regex_automata::{Anchored, Input, MatchKind};

use super::shape::{Begin, Form, Shape, Shaped};
use super::text::Folded;

/// The longest value, in characters.
const VALUE_CHARS_MAX: usize = 64;

/// Bytes of one automaton, and of the memory in which it is made. `[A-Z][0-9]{8}` takes 2 KiB.
const AUTOMATON_BYTES_MAX: usize = 256 * 1024;
const BUILDER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A run of so many digits is a candidate by itself (`prefilter`).
const REACHED_DIGITS: usize = 8;

/// Letters and digits of the shortest literal that is worth looking for in every line.
const LITERAL_CHARS_MIN: usize = 3;

/// What a rule looks for: a shape of the program, or a site's pattern.
pub(super) enum Sought {
    Shape(Shape),
    Pattern(Box<Pattern>),
}

impl Sought {
    /// The value that begins at `at`: see [`Shape::at`].
    pub(super) fn at(
        &self,
        folded: &Folded<'_>,
        at: usize,
        fits: &dyn Fn(&Shaped) -> bool,
    ) -> Option<Shaped> {
        match self {
            Self::Shape(shape) => shape.at(folded, at, fits),
            Self::Pattern(pattern) => pattern.at(&folded.ascii, at, fits),
        }
    }

    /// Whether it is worth to look for a value there.
    pub(super) fn may_begin(&self, begin: Begin) -> bool {
        match self {
            Self::Shape(shape) => shape.may_begin(begin),
            Self::Pattern(_) => true,
        }
    }

    /// Whether what stands further on may be a value: see [`Shape::may_stand`].
    pub(super) fn may_stand(&self, text: &[u8], run: Range<usize>) -> bool {
        match self {
            Self::Shape(shape) => shape.may_stand(text, run),
            Self::Pattern(_) => true,
        }
    }

    /// The shape of the program.
    pub(super) fn shape(&self) -> Option<Shape> {
        match self {
            Self::Shape(shape) => Some(*shape),
            Self::Pattern(_) => None,
        }
    }

    /// Of a value that was validated, what stands for the person.
    pub(super) fn subject(&self, canonical: String) -> String {
        match self {
            Self::Shape(shape) => shape.subject(canonical),
            Self::Pattern(_) => canonical,
        }
    }

    /// Whether values begin with a Chinese character.
    pub(super) fn is_chinese(&self) -> bool {
        matches!(self, Self::Shape(shape) if shape.is_chinese())
    }

    /// Whether values are asked for only behind their keyword.
    pub(super) fn is_led(&self) -> bool {
        matches!(self, Self::Shape(shape) if shape.is_led())
    }

    /// How the prefilter reaches it; shapes are reached as the tests of the prefilter say.
    pub(super) fn reach(&self) -> Option<&Reach> {
        match self {
            Self::Shape(_) => None,
            Self::Pattern(pattern) => Some(&pattern.reach),
        }
    }
}

/// What the prefilter sees of every value of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// Eight digits in a row.
    Digits,
    /// This literal.
    Literal(String),
    /// Nothing.
    Nothing,
}

/// A compiled pattern.
pub(super) struct Pattern {
    automaton: dense::DFA<Vec<u32>>,
    reach: Reach,
}

impl Pattern {
    /// Compiles a pattern. The error says what is wrong and the way out.
    pub(super) fn new(text: &str) -> Result<Self, String> {
        if !text.is_ascii() {
            return Err("holds more than ASCII: a value is letters and digits; write Chinese words into \
                        `keywords`"
                .to_owned());
        }
        let config = dense::Config::new()
            .match_kind(MatchKind::All)
            .start_kind(regex_automata::dfa::StartKind::Anchored)
            .dfa_size_limit(Some(AUTOMATON_BYTES_MAX))
            .determinize_size_limit(Some(BUILDER_BYTES_MAX));
        let syntax = syntax::Config::new().unicode(false).utf8(false);
        // Asked first by itself, because the builder's error does not say what is wrong with the text.
        syntax::parse_with(text, &syntax).map_err(|error| {
            let told = error.to_string();
            let last = told.lines().last().unwrap_or_default();
            format!("is broken: {}", last.trim_start_matches("error: "))
        })?;
        let automaton = dense::Builder::new().configure(config).syntax(syntax).build(text).map_err(|_| {
            "makes too large an automaton: write smaller repetitions, or two rules".to_owned()
        })?;
        let mut pattern = Self { automaton, reach: Reach::Nothing };
        pattern.check()?;
        pattern.reach = pattern.reached(text);
        Ok(pattern)
    }

    /// The literal that every value holds.
    pub(super) fn literal(&self) -> Option<&str> {
        if let Reach::Literal(literal) = &self.reach { Some(literal) } else { None }
    }

    /// The longest value from `at` on that `fits`, else the longest by the pattern alone.
    fn at(&self, text: &[u8], at: usize, fits: &dyn Fn(&Shaped) -> bool) -> Option<Shaped> {
        let ends = self.ends(text, at);
        let mut by_pattern = None;
        for end in ends.into_iter().rev() {
            let value = text[at..end].iter().filter(|byte| byte.is_ascii_alphanumeric());
            let canonical: String = value.map(|&byte| char::from(byte.to_ascii_uppercase())).collect();
            let shaped = Shaped { range: at..end, canonical, form: Form::Bare };
            if fits(&shaped) {
                return Some(shaped);
            }
            by_pattern = by_pattern.or(Some(shaped));
        }
        by_pattern
    }

    /// Where values that begin at `at` end, ascending. A value ends with a letter or digit, like it begins.
    fn ends(&self, text: &[u8], at: usize) -> Vec<usize> {
        let mut ends = Vec::new();
        let input = Input::new(text).range(at..).anchored(Anchored::Yes);
        let Ok(mut state) = self.automaton.start_state_forward(&input) else { return ends };
        let mut push = |end: usize| {
            if end > at && text[end - 1].is_ascii_alphanumeric() {
                ends.push(end);
            }
        };
        for (end, &byte) in text.iter().enumerate().skip(at).take(VALUE_CHARS_MAX + 1) {
            state = self.automaton.next_state(state, byte);
            if self.automaton.is_match_state(state) {
                // The automaton knows of an end when it has seen what comes after it.
                push(end);
            }
            if self.automaton.is_dead_state(state) || self.automaton.is_quit_state(state) || !byte.is_ascii()
            {
                return ends;
            }
        }
        if text.len() - at <= VALUE_CHARS_MAX
            && self.automaton.is_match_state(self.automaton.next_eoi_state(state))
        {
            push(text.len());
        }
        ends
    }

    /// Refuses patterns that can never be found, or that match everything.
    fn check(&self) -> Result<(), String> {
        let starts = self.starts();
        if starts.iter().any(|&start| self.accepts(start)) {
            return Err("matches an empty text: demand a letter or digit at least".to_owned());
        }
        let odd = (0..128u8).filter(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'+' | b'('));
        for byte in odd {
            let next = starts.iter().map(|&start| self.automaton.next_state(start, byte));
            if next.into_iter().any(|state| self.depth(vec![state]).is_some()) {
                return Err(format!(
                    "may begin with {:?}: a value begins with a letter or a digit; what stands before it is a keyword",
                    char::from(byte)
                ));
            }
        }
        match self.depth(starts) {
            None => Err("matches nothing".to_owned()),
            Some(depth) if depth > VALUE_CHARS_MAX => {
                Err(format!("needs {depth} characters: a value has {VALUE_CHARS_MAX} at most"))
            }
            Some(_) => Ok(()),
        }
    }

    /// Digits that all values hold, else the longest literal of the text that they do.
    fn reached(&self, text: &str) -> Reach {
        let digits = |run: usize, byte: u8| if byte.is_ascii_digit() { run + 1 } else { 0 };
        if self.always(REACHED_DIGITS, digits) {
            return Reach::Digits;
        }
        let mut literals = literals(text);
        literals.sort_by_key(|literal| std::cmp::Reverse(literal.len()));
        let held = literals.into_iter().find(|literal| {
            let literal = literal.as_bytes();
            self.always(literal.len(), |seen, byte| progress(literal, seen, byte))
        });
        held.map_or(Reach::Nothing, Reach::Literal)
    }

    /// Whether on every way to an end some counter, moved on by each byte, comes to `goal`.
    fn always(&self, goal: usize, next: impl Fn(usize, u8) -> usize) -> bool {
        let mut seen: HashSet<(StateID, usize)> = self.starts().into_iter().map(|state| (state, 0)).collect();
        let mut waiting: Vec<_> = seen.iter().copied().collect();
        while let Some((state, count)) = waiting.pop() {
            if self.accepts(state) {
                return false;
            }
            for byte in 0..128 {
                let step = (self.automaton.next_state(state, byte), next(count, byte));
                if step.1 < goal && !self.is_over(step.0) && seen.insert(step) {
                    waiting.push(step);
                }
            }
        }
        true
    }

    /// How many bytes from these states on the nearest end is.
    fn depth(&self, from: Vec<StateID>) -> Option<usize> {
        let mut seen: HashSet<StateID> = from.iter().copied().collect();
        let (mut level, mut depth) = (from, 0);
        while !level.is_empty() {
            if level.iter().any(|&state| self.accepts(state)) {
                return Some(depth);
            }
            let next = level
                .iter()
                .flat_map(|&state| (0..128).map(move |byte| self.automaton.next_state(state, byte)));
            level = next.filter(|&state| !self.is_over(state) && seen.insert(state)).collect();
            depth += 1;
        }
        None
    }

    fn is_over(&self, state: StateID) -> bool {
        self.automaton.is_dead_state(state) || self.automaton.is_quit_state(state)
    }

    /// Whether a value may end here, with whatever comes after it.
    fn accepts(&self, state: StateID) -> bool {
        let is_match = |next| self.automaton.is_match_state(next);
        is_match(self.automaton.next_eoi_state(state))
            || (0..=255).any(|byte| is_match(self.automaton.next_state(state, byte)))
    }

    /// Where a search may begin: it depends on what stands before.
    fn starts(&self) -> Vec<StateID> {
        let before = [None, Some(b' '), Some(b'a'), Some(b'\n'), Some(b'\r'), Some(0xff)];
        let config = |byte| start::Config::new().anchored(Anchored::Yes).look_behind(byte);
        let mut starts: Vec<_> =
            before.iter().filter_map(|&byte| self.automaton.start_state(&config(byte)).ok()).collect();
        starts.sort_unstable();
        starts.dedup();
        starts
    }
}

/// Runs of letters and digits of a pattern's text that may stand for themselves. Whether they do is asked of the
/// automaton.
fn literals(text: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '[' => {
                // A class, in which a bracket is escaped.
                while let Some(c) = chars.next().filter(|&c| c != ']') {
                    if c == '\\' {
                        chars.next();
                    }
                }
                found.push(String::new());
            }
            '\\' => {
                chars.next();
                found.push(String::new());
            }
            '?' | '*' | '{' => {
                // What stands before it may be missing.
                found.last_mut().expect("never empty").pop();
                if c == '{' {
                    chars.find(|&c| c == '}');
                }
                found.push(String::new());
            }
            c if c.is_ascii_alphanumeric() => found.last_mut().expect("never empty").push(c),
            _ => found.push(String::new()),
        }
    }
    found.retain(|literal| literal.len() >= LITERAL_CHARS_MIN);
    found
}

/// How many bytes of a literal have been seen after one more, case aside.
fn progress(literal: &[u8], seen: usize, byte: u8) -> usize {
    let mut text = literal[..seen].to_vec();
    text.push(byte);
    let ends_with = |len: &usize| text[text.len() - len..].eq_ignore_ascii_case(&literal[..*len]);
    (1..=text.len().min(literal.len())).rev().find(ends_with).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(pattern: &str) -> Reach {
        Pattern::new(pattern).unwrap().reach
    }

    fn fault(pattern: &str) -> String {
        Pattern::new(pattern).err().unwrap_or_default()
    }

    fn found(pattern: &str, text: &str) -> Option<(usize, String)> {
        let pattern = Pattern::new(pattern).unwrap();
        let shaped = pattern.at(text.as_bytes(), 0, &|shaped| {
            !text.as_bytes().get(shaped.range.end).is_some_and(u8::is_ascii_alphanumeric)
        })?;
        Some((shaped.range.end, shaped.canonical))
    }

    #[test]
    fn whether_the_prefilter_reaches_every_value_is_decided_by_the_automaton() {
        assert_eq!(reach("[0-9]{8}"), Reach::Digits);
        assert_eq!(reach("[A-Z][0-9]{8,10}"), Reach::Digits);
        assert_eq!(reach("[A-Z]{2}([0-9]{8}|[0-9]{4}[0-9]{5})"), Reach::Digits);
        assert_eq!(reach(r"\d{4}\d{4}"), Reach::Digits);
        assert_eq!(reach("[0-9]{4}-[0-9]{4}"), Reach::Nothing);
        assert_eq!(reach("[A-Z][0-9]{7,8}"), Reach::Nothing);
        assert_eq!(reach("NFU[0-9]{5}"), Reach::Literal("NFU".to_owned()));
        assert_eq!(reach("(?i)(nfu|NFU)-[0-9]{5}"), Reach::Literal("nfu".to_owned()));
        assert_eq!(reach("[0-9]{4}(STAFF)[0-9]"), Reach::Literal("STAFF".to_owned()));
        assert_eq!(reach("STAFF?[0-9]{5}"), Reach::Literal("STAF".to_owned()));
        assert_eq!(reach("(NFU|ABC)[0-9]{5}"), Reach::Nothing);
        assert_eq!(reach("(NFU)?[0-9]{5}"), Reach::Nothing);
    }

    #[test]
    fn the_longest_value_with_a_boundary_is_taken() {
        assert_eq!(found("[0-9]{4}|[0-9]{6}", "123456 x"), Some((6, "123456".to_owned())));
        assert_eq!(found("[0-9]{4}|[0-9]{6}", "1234 x"), Some((4, "1234".to_owned())));
        assert_eq!(found("(?i)b[0-9]+-[0-9]+", "b12-34"), Some((6, "B1234".to_owned())));
        assert_eq!(found("[0-9]{4}.*", "1234\u{ff}"), Some((4, "1234".to_owned())));
        assert_eq!(found("[A-Z]{65,}|[A-Z]", &"A".repeat(70)).map(|(end, _)| end), Some(1));
    }

    #[test]
    fn a_pattern_that_cannot_be_used_says_why() {
        for (pattern, why) in [
            ("[0-9", "unclosed character class"),
            ("(?P<a>", "unclosed group"),
            (r"\p{Han}", "Unicode not allowed here"),
            ("學號[0-9]{9}", "ASCII"),
            ("[0-9]*", "empty text"),
            ("#?[0-9]{6}", "may begin with '#'"),
            (".{6}", "may begin with"),
            ("[0-9]{65}", "needs 65 characters"),
            (r"[0-9]{4}[^\x00-\xff]", "matches nothing"),
            ("([a-z0-9]{1,60}x){1,60}", "too large"),
        ] {
            assert!(fault(pattern).contains(why), "{pattern}: {}", fault(pattern));
        }
    }
}
