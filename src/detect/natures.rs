//! Natures by words: what a text says the data about a person in it is (個資法 §6 for special-category data, the level
//! table of IMS-P-025 6.2.2 for the rest).
//!
//! The words are data (`patterns/detect/natures.toml`). A word alone says nothing of a person, so this is asked only of
//! records that have one.

use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};
use serde::Deserialize;

use super::PackError;
use super::text::{Folded, keyword_char};
use crate::kind::Nature;

/// The shipped words.
const SHIPPED: (&str, &str) =
    ("patterns/detect/natures.toml", include_str!("../../patterns/detect/natures.toml"));

/// What the words of one or more texts say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    strong: Vec<Nature>,
    /// Natures and the words, of which two different ones are needed.
    weak: Vec<(Nature, u32)>,
}

impl Terms {
    /// With the words of another text of the same line.
    pub fn join(&mut self, other: &Self) {
        self.strong.extend(&other.strong);
        self.weak.extend(&other.weak);
        self.settle();
    }

    /// The natures, ascending: by one strong word, or by two different weak ones.
    pub fn natures(&self) -> Vec<Nature> {
        let pairs = self.weak.windows(2).filter(|pair| pair[0].0 == pair[1].0).map(|pair| pair[0].0);
        let mut natures: Vec<Nature> = self.strong.iter().copied().chain(pairs).collect();
        natures.sort_unstable();
        natures.dedup();
        natures
    }

    fn settle(&mut self) {
        self.strong.sort_unstable();
        self.strong.dedup();
        self.weak.sort_unstable();
        self.weak.dedup();
    }
}

/// What a word means.
#[derive(Clone, Copy, Debug)]
enum Meaning {
    Strong(Nature),
    Weak(Nature),
    /// A code within so many characters of it has this nature.
    Code(Nature, usize),
    Nothing,
}

/// The words in one automaton.
pub(super) struct Natures {
    automaton: AhoCorasick,
    meanings: Vec<Meaning>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PackText {
    neutral: Vec<String>,
    nature: Vec<NatureText>,
    code: Vec<CodeText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NatureText {
    nature: Nature,
    #[serde(rename = "class")]
    _class: String,
    strength: Strength,
    terms: Vec<String>,
    #[serde(rename = "reference")]
    _reference: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Strength {
    Strong,
    Weak,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CodeText {
    nature: Nature,
    keywords: Vec<String>,
    within: usize,
    #[serde(rename = "reference")]
    _reference: String,
}

impl Natures {
    /// The shipped words.
    pub(super) fn shipped() -> Result<Self, PackError> {
        let (file, text) = SHIPPED;
        let fault = |what: String, at: usize| {
            let line = 1 + text.bytes().take(at).filter(|&byte| byte == b'\n').count();
            PackError { file: file.to_owned(), line, what }
        };
        let pack: PackText = toml::from_str(text)
            .map_err(|error| fault(error.message().to_owned(), error.span().map_or(0, |span| span.start)))?;
        let (mut words, mut meanings) = (Vec::new(), Vec::new());
        let mut add = |terms: Vec<String>, meaning: Meaning| {
            meanings.extend(terms.iter().map(|_| meaning));
            words.extend(terms.iter().map(|term| term.chars().map(keyword_char).collect::<String>()));
        };
        add(pack.neutral, Meaning::Nothing);
        for class in pack.nature {
            let meaning = match class.strength {
                Strength::Strong => Meaning::Strong(class.nature),
                Strength::Weak => Meaning::Weak(class.nature),
            };
            add(class.terms, meaning);
        }
        for code in pack.code {
            add(code.keywords, Meaning::Code(code.nature, code.within));
        }
        let automaton = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&words);
        let automaton = automaton.map_err(|error| fault(format!("too many words: {error}"), 0))?;
        Ok(Self { automaton, meanings })
    }

    /// What the words of a text say.
    pub(super) fn of(&self, folded: &Folded<'_>) -> Terms {
        let lower = folded.lower();
        let text = lower.as_bytes();
        let mut terms = Terms::default();
        for found in self.automaton.find_iter(text).filter(|found| stands_alone(text, found.range())) {
            let word = found.pattern();
            match self.meanings[word.as_usize()] {
                Meaning::Strong(nature) => terms.strong.push(nature),
                Meaning::Weak(nature) => terms.weak.push((nature, word.as_u32())),
                Meaning::Code(nature, within) => {
                    let from = lower[..found.start()].chars().count();
                    let to = from + lower[found.range()].chars().count();
                    if has_code(&folded.ascii, from..to, within) {
                        terms.strong.push(nature);
                    }
                }
                Meaning::Nothing => {}
            }
        }
        terms.settle();
        terms
    }
}

/// Latin words need a boundary; Chinese ones have none.
fn stands_alone(text: &[u8], range: Range<usize>) -> bool {
    let joined = |inner: usize, outer: Option<usize>| {
        let is_part = |at: usize| text.get(at).is_some_and(u8::is_ascii_alphanumeric);
        is_part(inner) && outer.is_some_and(is_part)
    };
    !joined(range.start, range.start.checked_sub(1)) && !joined(range.end - 1, Some(range.end))
}

/// Whether a code of the ICD-10 begins within reach of a word: a letter but U, two digits, and a point with one to four
/// more if it is there.
fn has_code(text: &[u8], word: Range<usize>, within: usize) -> bool {
    let from = word.start.saturating_sub(within + 3);
    let places = (from..word.start).chain(word.end..text.len().min(word.end + within));
    places.into_iter().any(|at| is_code(text, at))
}

fn is_code(text: &[u8], at: usize) -> bool {
    let Some([letter, tens, units]) = text.get(at..at + 3) else { return false };
    let is_shaped =
        matches!(letter, b'A'..=b'T' | b'V'..=b'Z') && tens.is_ascii_digit() && units.is_ascii_digit();
    let mut end = at + 3;
    if text.get(end) == Some(&b'.') {
        let more = text[end + 1..].iter().take(5).take_while(|byte| byte.is_ascii_alphanumeric()).count();
        end += if (1..=4).contains(&more) { more + 1 } else { 0 };
    }
    let touches = |at: Option<usize>| at.and_then(|at| text.get(at)).is_some_and(u8::is_ascii_alphanumeric);
    is_shaped && !touches(at.checked_sub(1)) && !touches(Some(end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Nature::{Activity, Financial, Special};

    fn check(text: &str, expected: &[Nature]) {
        let natures = Natures::shipped().unwrap();
        assert_eq!(natures.of(&Folded::new(text)).natures(), expected, "{text}");
    }

    #[test]
    fn one_strong_word_is_enough() {
        check("115年新生健檢名冊.xlsx", &[Special]);
        check("Medical_Records 2026", &[Special]);
        check("薪資單", &[Financial]);
        check("成績單", &[Activity]);
        check("薪資與病歷及出缺勤", &[Activity, Financial, Special]);
    }

    #[test]
    fn weak_words_are_needed_twice_and_different() {
        check("病患名單", &[]);
        check("病患 病患 病患", &[]);
        check("醫院 掛號", &[Special]);
        check("醫院 銀行", &[]);
        check("PAN expiry", &[Financial]);
    }

    #[test]
    fn everyday_words_that_hold_another_say_nothing() {
        for text in [
            "彈性生活",
            "前科長",
            "硬體檢查",
            "此處方便",
            "執行程式",
            "使用者帳戶",
            "panda hive salaryman",
            "系統診斷",
        ] {
            check(text, &[]);
        }
        check("前科長的診斷書", &[Special]);
    }

    #[test]
    fn codes_of_diseases_count_near_their_word_only() {
        check("ICD: E11.9", &[Special]);
        check("E11.9 (ICD)", &[Special]);
        check("room E11, ICD", &[Special]);
        check("ICD driver, room 5", &[]);
        check("ICD ................................. E11.9", &[]);
        check("ICD: E119999 U07.1 XE11", &[]);
    }

    #[test]
    fn words_of_several_texts_add_up() {
        let natures = Natures::shipped().unwrap();
        let mut terms = natures.of(&Folded::new("醫院"));
        terms.join(&natures.of(&Folded::new("醫院")));
        assert_eq!(terms.natures(), []);
        terms.join(&natures.of(&Folded::new("血型")));
        assert_eq!(terms.natures(), [Special]);
    }

    #[test]
    fn no_word_stands_twice() {
        let (_, text) = SHIPPED;
        let pack: PackText = toml::from_str(text).unwrap();
        let mut terms: Vec<String> = pack.neutral;
        terms.extend(pack.nature.into_iter().flat_map(|class| class.terms));
        let all = terms.len();
        terms.sort_unstable();
        terms.dedup();
        assert_eq!(terms.len(), all);
    }
}
