//! Where in a text each rule is worth asking: what stands at a place is looked at once, and tells which rules may have a
//! value there; most have none at most places.

use super::boundary;
use super::pack::Rule;
use super::shape::Begin;

/// A bit for each rule.
#[derive(Clone, Debug)]
pub(super) struct RuleSet(Box<[u64]>);

impl RuleSet {
    /// Those of so many rules that are in it.
    pub(super) fn of(rules: usize, is_in: impl Fn(usize) -> bool) -> Self {
        let mut set = Self(vec![0; rules.div_ceil(64)].into());
        (0..rules).filter(|rule| is_in(*rule)).for_each(|rule| set.add(rule));
        set
    }

    pub(super) fn add(&mut self, rule: usize) {
        self.0[rule / 64] |= 1 << (rule % 64);
    }

    pub(super) fn has(&self, rule: usize) -> bool {
        self.0[rule / 64] >> (rule % 64) & 1 == 1
    }
}

/// The rules that may have a value where a text goes on in some way, by the number of the [`Begin`].
pub(super) struct Places {
    begins: Vec<u64>,
    /// Words of the set of each.
    words: usize,
    /// Rules that need no word.
    wordless: RuleSet,
}

/// A rule and a place of a text where a value of it may begin.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) rule: usize,
    pub(super) at: usize,
}

impl Places {
    /// Of all rules whose values do not begin with a Chinese character.
    pub(super) fn new(rules: &[Rule]) -> Self {
        let may_begin = |begin: Begin| {
            let is_in = |nth: usize| {
                let shape = &rules[nth].shape;
                !shape.is_chinese() && shape.may_begin(begin)
            };
            RuleSet::of(rules.len(), is_in).0
        };
        Self {
            begins: (0..Begin::ALL).flat_map(|number| may_begin(Begin::of(number))).collect(),
            words: rules.len().div_ceil(64),
            wordless: RuleSet::of(rules.len(), |nth| !rules[nth].needs_word()),
        }
    }

    /// Those of a text, in its order. `named` tells of a place which rules may have the word there that they need; all
    /// where it says none.
    pub(super) fn each<'n>(
        &self,
        rules: &[Rule],
        text: &[u8],
        named: impl Fn(Begin, usize) -> Option<&'n RuleSet>,
        mut take: impl FnMut(Place),
    ) {
        let mail = memchr::memchr(b'@', text).is_some();
        boundary::beginnings(text, |run| {
            let begin = Begin::at(text, run.start, mail);
            let sets = &self.begins[begin.number() * self.words..][..self.words];
            for (nth, (set, wordless)) in sets.iter().zip(&self.wordless.0).enumerate() {
                let mut left = *set;
                if left & !wordless != 0
                    && let Some(named) = named(begin, run.start)
                {
                    left &= wordless | named.0[nth];
                }
                while left != 0 {
                    let rule = 64 * nth + left.trailing_zeros() as usize;
                    left &= left - 1;
                    if rules[rule].shape.may_stand(text, run.clone()) {
                        take(Place { rule, at: run.start });
                    }
                }
            }
        });
    }
}
