//! Where in a text each rule is worth asking: what stands at a place is looked at once, and tells which rules may have a
//! value there; most have none at most places.

use super::boundary;
use super::pack::Rule;
use super::shape::Begin;
use super::text::Folded;

/// The rules that may have a value where a text goes on in some way, by the number of the [`Begin`].
pub(super) struct Places(Vec<Box<[u32]>>);

/// A rule and a place of a text where a value of it may begin.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) rule: usize,
    pub(super) at: usize,
}

impl Places {
    /// Of all rules whose values do not begin with a Chinese character.
    pub(super) fn new(rules: &[Rule]) -> Self {
        let rules = || rules.iter().zip(0..).filter(|(rule, _)| !rule.shape.is_chinese());
        let may_begin = |begin: Begin| {
            rules().filter(|(rule, _)| rule.shape.may_begin(begin)).map(|(_, nth)| nth).collect()
        };
        Self((0..Begin::ALL).map(|number| may_begin(Begin::of(number))).collect())
    }

    /// Those of a text, in its order.
    pub(super) fn each(&self, rules: &[Rule], folded: &Folded<'_>, take: &mut impl FnMut(Place)) {
        let text: &[u8] = &folded.ascii;
        let mail = memchr::memchr(b'@', text).is_some();
        boundary::beginnings(text, |run| {
            for rule in self.0[Begin::at(text, run.start, mail).number()].iter().map(|rule| *rule as usize) {
                if rules[rule].shape.may_stand(text, run.clone()) {
                    take(Place { rule, at: run.start });
                }
            }
        });
    }
}
