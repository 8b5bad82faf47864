//! Keywords, counter-words and field names: what the text beside a value says it is.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::pack::Rule;
use super::places::RuleSet;
use super::shape::CHARS_MAX;
use super::text::{Folded, keyword_char};

/// How far a keyword reaches, in characters between it and the value. Purview reads 300, which in a log line is the
/// whole line; 40 and the key of the value are enough for log lines.
pub(super) const REACH_CHARS: usize = 40;

/// Characters that may stand between a key and its value (`"phone": ["`), and the longest key that is read.
const KEY_GAP_CHARS_MAX: usize = 6;
const KEY_CHARS_MAX: usize = 48;

/// How far before a value its key begins at most; brackets may close it.
pub(super) const KEY_REACH_CHARS: usize = KEY_GAP_CHARS_MAX + 2 + KEY_CHARS_MAX;

/// Characters that may stand between a keyword and the value it leads to (`出生日期（民國）：`).
const LEAD_CHARS_MAX: usize = 8;

/// What a word is to a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Keyword,
    Counter,
}

/// The words of all rules in one automaton.
pub(super) struct Words {
    automaton: AhoCorasick,
    /// For each word, the rules that use it.
    uses: Vec<Vec<(usize, Class)>>,
    /// Whether a word begins and ends with an ASCII letter or digit, and so needs a boundary there.
    edges: Vec<(bool, bool)>,
    /// Field names of each rule.
    field_names: Vec<Vec<String>>,
}

/// A word in a text.
pub(super) struct Hit {
    range: Range<usize>,
    word: usize,
}

/// What the name of a field says of its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeySays {
    /// It is of the rule's kind.
    Kind,
    /// It is something else that looks alike.
    Other,
    /// Nothing.
    Nothing,
}

/// How near, in characters, the nearest words of a rule stand to a value.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Nearest {
    pub(super) keyword: Option<usize>,
    pub(super) counter: Option<usize>,
    /// Whether the nearest keyword stands behind the value.
    pub(super) behind: bool,
}

impl Nearest {
    /// Smaller is nearer; a value without a keyword comes last.
    pub(super) fn keyword_rank(self) -> (usize, bool) {
        (self.keyword.unwrap_or(usize::MAX), self.behind)
    }
}

impl Words {
    pub(super) fn new(rules: &[Rule]) -> Result<Self, aho_corasick::BuildError> {
        let mut ids: HashMap<String, usize> = HashMap::new();
        let mut uses: Vec<Vec<(usize, Class)>> = Vec::new();
        for (nth, rule) in rules.iter().enumerate() {
            let keywords = rule.keywords.iter().map(|word| (word, Class::Keyword));
            for (word, class) in keywords.chain(rule.counter_words.iter().map(|word| (word, Class::Counter)))
            {
                let id = *ids.entry(word.chars().map(keyword_char).collect()).or_insert(uses.len());
                uses.resize_with(uses.len().max(id + 1), Vec::new);
                uses[id].push((nth, class));
            }
        }
        let mut words = vec![String::new(); ids.len()];
        for (word, id) in ids {
            words[id] = word;
        }
        let is_ascii = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        let edges = words.iter().map(|word| (is_ascii(word.chars().next()), is_ascii(word.chars().last())));
        // The longest word wins, so that 健保卡號 does not count as 卡號. Each line that is read is run through it: a table of
        // 1.4 MB, made in 6 ms, takes a third of the time of the smaller automaton.
        let mut automaton = AhoCorasick::builder();
        automaton.kind(Some(AhoCorasickKind::DFA)).match_kind(MatchKind::LeftmostLongest);
        Ok(Self {
            edges: edges.collect(),
            automaton: automaton.build(&words)?,
            uses,
            field_names: rules
                .iter()
                .map(|rule| rule.field_names.iter().map(|name| key_words(name)).collect())
                .collect(),
        })
    }

    /// What the words of a text say.
    pub(super) fn of<'w>(&'w self, folded: &'w Folded<'w>) -> Spoken<'w> {
        Spoken { words: self, folded, hits: OnceCell::new(), rules: OnceCell::new() }
    }

    /// Latin words need a boundary; Chinese ones have none.
    fn is_word(&self, text: &[u8], range: Range<usize>, word: usize) -> bool {
        let (first, last) = self.edges[word];
        let touches =
            |at: Option<usize>| at.and_then(|at| text.get(at)).is_some_and(u8::is_ascii_alphanumeric);
        !(first && touches(range.start.checked_sub(1)) || last && touches(Some(range.end)))
    }

    /// Every word of a text, in its order. They do not overlap.
    fn hits(&self, folded: &Folded<'_>) -> Vec<Hit> {
        let (mut hits, mut byte, mut chars) = (Vec::new(), 0, 0);
        let lower = folded.lower();
        for found in self.automaton.find_iter(lower) {
            chars += lower[byte..found.start()].chars().count();
            let len = lower[found.range()].chars().count();
            if self.is_word(lower.as_bytes(), found.range(), found.pattern().as_usize()) {
                hits.push(Hit { range: chars..chars + len, word: found.pattern().as_usize() });
            }
            chars += len;
            byte = found.end();
        }
        hits
    }

    /// What a field name, key or column name says to a rule.
    pub(super) fn key_says(&self, rule: usize, key: &str) -> KeySays {
        let key = key_words(key);
        if key.is_empty() {
            return KeySays::Nothing;
        }
        if self.field_names[rule].contains(&key) {
            return KeySays::Kind;
        }
        let mut says = KeySays::Nothing;
        for found in self.automaton.find_iter(&key) {
            let word = found.pattern().as_usize();
            if !self.is_word(key.as_bytes(), found.range(), word) {
                continue;
            }
            match self.uses[word].iter().find(|&&(of, _)| of == rule) {
                Some((_, Class::Keyword)) => return KeySays::Kind,
                Some((_, Class::Counter)) => says = KeySays::Other,
                None => {}
            }
        }
        says
    }
}

/// The words of a text, found when they are first asked for.
pub(super) struct Spoken<'w> {
    words: &'w Words,
    folded: &'w Folded<'w>,
    hits: OnceCell<Vec<Hit>>,
    rules: OnceCell<RuleSet>,
}

impl Spoken<'_> {
    fn hits(&self) -> &[Hit] {
        self.hits.get_or_init(|| self.words.hits(self.folded))
    }

    /// Those that end no more than so many characters before a place, or stand at it or behind.
    fn from(&self, at: usize, reach: usize) -> &[Hit] {
        let hits = self.hits();
        &hits[hits.partition_point(|hit| hit.range.end + reach < at)..]
    }

    fn is_keyword(&self, hit: &Hit, rule: usize) -> bool {
        self.words.uses[hit.word].contains(&(rule, Class::Keyword))
    }

    /// The rules of which a keyword stands anywhere: of most rules none does, and places are many.
    pub(super) fn rules(&self) -> &RuleSet {
        self.rules.get_or_init(|| {
            let mut rules = RuleSet::of(self.words.field_names.len(), |_| false);
            let uses = self.hits().iter().flat_map(|hit| &self.words.uses[hit.word]);
            uses.filter(|(_, class)| *class == Class::Keyword).for_each(|(rule, _)| rules.add(*rule));
            rules
        })
    }

    /// Whether a keyword of the rule stands in reach of a value that begins at `at`.
    pub(super) fn is_near(&self, rule: usize, at: usize) -> bool {
        self.has_keyword_from(rule, at, REACH_CHARS)
    }

    /// Whether one may introduce a value that begins at `at`: it stands directly before or behind.
    pub(super) fn may_lead(&self, rule: usize, at: usize) -> bool {
        self.has_keyword_from(rule, at, LEAD_CHARS_MAX)
    }

    /// Whether one stands no more than so many characters from a value that begins at `at`.
    fn has_keyword_from(&self, rule: usize, at: usize, reach: usize) -> bool {
        let near = || self.from(at, reach).iter().take_while(|hit| hit.range.start <= at + CHARS_MAX + reach);
        self.rules().has(rule) && near().any(|hit| self.is_keyword(hit, rule))
    }

    /// The nearest words of a rule to a value, within reach.
    pub(super) fn nearest(&self, rule: usize, value: &Range<usize>) -> Nearest {
        let mut nearest = Nearest::default();
        let near = self.from(value.start, REACH_CHARS).iter();
        for hit in near.take_while(|hit| hit.range.start <= value.end + REACH_CHARS) {
            let gap = if hit.range.end <= value.start {
                value.start - hit.range.end
            } else {
                hit.range.start.saturating_sub(value.end)
            };
            for &(_, class) in self.words.uses[hit.word].iter().filter(|&&(of, _)| of == rule) {
                let slot = match class {
                    Class::Keyword => &mut nearest.keyword,
                    Class::Counter => &mut nearest.counter,
                };
                if slot.is_none_or(|known| gap < known) {
                    *slot = Some(gap);
                    nearest.behind = match class {
                        Class::Keyword => hit.range.start >= value.end,
                        Class::Counter => nearest.behind,
                    };
                }
            }
        }
        nearest
    }

    /// Whether the value is introduced: its key, or a keyword before it with nothing between but marks and
    /// words without weight, or one directly after it (`75年3月4日出生`).
    pub(super) fn leads(
        &self,
        rule: usize,
        (text, folded): (&str, &Folded<'_>),
        value: &Range<usize>,
        key: &str,
    ) -> bool {
        match self.words.key_says(rule, key_before(text, folded, value.start)) {
            KeySays::Kind => return true,
            KeySays::Other => return false,
            KeySays::Nothing => {}
        }
        let is_first = || folded.ascii[..value.start].iter().all(|byte| matches!(byte, b' ' | b'"' | b'\''));
        if !key.is_empty() && is_first() && self.words.key_says(rule, key) == KeySays::Kind {
            return true;
        }
        let near = self.from(value.start, LEAD_CHARS_MAX).iter();
        let near = near.take_while(|hit| hit.range.start <= value.end);
        near.filter(|hit| self.is_keyword(hit, rule)).any(|hit| {
            let mut between = hit.range.end..value.start;
            hit.range.start == value.end
                || between.start <= between.end
                    && between.all(|at| folded.char_at(at).is_some_and(is_weightless))
        })
    }
}

/// Marks, and words that stand between a label and its value.
fn is_weightless(c: char) -> bool {
    matches!(c, ' ' | ':' | '=' | '"' | '\'' | '(' | ')' | '[' | ']' | '>' | '*' | '.' | '\\' | '+')
        || "「『【】』」為是民國西元".contains(c)
}

/// Whether a key may stand directly before a value: something ties them.
pub(super) fn may_have_key(ascii: &[u8], value: usize) -> bool {
    let gap = ascii[..value].iter().rev().take(KEY_GAP_CHARS_MAX).take_while(|byte| is_gap(**byte));
    gap.into_iter().any(|byte| matches!(byte, b'=' | b':'))
}

/// What may stand between a key and its value.
fn is_gap(byte: u8) -> bool {
    matches!(byte, b' ' | b'"' | b'\'' | b'[' | b'(' | b'<' | b'\\' | b'=' | b':' | b'+' | b'>')
}

/// The key directly before a value, as `key=`, `"key": "`, `鍵：`; empty where there is none.
pub(super) fn key_before<'t>(text: &'t str, folded: &Folded<'_>, value: usize) -> &'t str {
    let ascii = &folded.ascii;
    let is_key =
        |byte: u8| byte.is_ascii_alphanumeric() || !byte.is_ascii() || matches!(byte, b'_' | b'-' | b'.');
    let mut end = value;
    let mut tied = false;
    while end > 0 && value - end < KEY_GAP_CHARS_MAX && is_gap(ascii[end - 1]) {
        end -= 1;
        tied |= matches!(ascii[end], b'=' | b':');
    }
    // `phone[]=` and `user[phone]=`.
    end -= ascii[..end].iter().rev().take(2).take_while(|&&byte| byte == b']' || byte == b'[').count();
    let len = ascii[..end].iter().rev().take(KEY_CHARS_MAX).take_while(|&&byte| is_key(byte)).count();
    if tied && len > 0 { &text[folded.span(end - len..end)] } else { "" }
}

/// A key as words: `contactPhoneNo2` is `contact phone no`.
fn key_words(key: &str) -> String {
    let mut words = String::with_capacity(key.len() + 4);
    let mut previous = ' ';
    for c in key.chars() {
        if c.is_ascii_uppercase() && previous.is_ascii_lowercase() {
            words.push(' ');
        }
        words.push(if matches!(c, '.' | '[' | ']') { ' ' } else { keyword_char(c) });
        previous = c;
    }
    words.trim_matches(|c: char| c == ' ' || c.is_ascii_digit()).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_words() {
        for (key, words) in [
            ("contactPhoneNo2", "contact phone no"),
            ("user[id_no]", "user id no"),
            ("ID", "id"),
            ("手機_1", "手機"),
        ] {
            assert_eq!(key_words(key), words);
        }
    }

    #[test]
    fn the_key_of_a_value_stands_directly_before_it() {
        for (text, key) in [
            ("a=1&phone=X", "phone"),
            (r#"{"id_no": "X"}"#, "id_no"),
            (r#"{\"id_no\": \"X\"}"#, "id_no"),
            ("身分證號：X", "身分證號"),
            ("user[phone]=X", "phone"),
            ("phone X", ""),
            ("=X", ""),
            ("X", ""),
        ] {
            let folded = Folded::new(text);
            let value = folded.ascii.iter().rposition(|&byte| byte == b'X').unwrap();
            assert_eq!(key_before(text, &folded, value), key, "{text}");
        }
    }
}
