//! Where in a text each rule is worth asking: what stands at a place is looked at once, and tells which rules may have a
//! value there; most have none at most places.

use super::boundary;
use super::pack::Rule;
use super::shape::Begin;
use super::text::Folded;

/// The rules that may have a value where a text goes on in some way, by the number of the [`Begin`].
pub(super) struct Places(Vec<Box<[u32]>>);

/// A rule and a place of a text; in the order of the rules, and for each in that of the text.
pub(super) type Place = (u32, u32);

impl Places {
    /// Of all rules whose values do not begin with a Chinese character.
    pub(super) fn new(rules: &[Rule]) -> Self {
        let rules = || rules.iter().zip(0..).filter(|(rule, _)| !rule.shape.is_chinese());
        let may_begin = |begin: Begin| {
            rules().filter(|(rule, _)| rule.shape.may_begin(begin)).map(|(_, nth)| nth).collect()
        };
        Self((0..Begin::ALL).map(|number| may_begin(Begin::of(number))).collect())
    }

    /// Those of a text.
    pub(super) fn of(&self, rules: &[Rule], folded: &Folded<'_>) -> Vec<Place> {
        let text: &[u8] = &folded.ascii;
        let mut places = Vec::new();
        let mail = memchr::memchr(b'@', text).is_some();
        boundary::beginnings(text, |run| {
            for &nth in &self.0[Begin::at(text, run.start, mail).number()] {
                if rules[nth as usize].shape.may_stand(text, run.clone()) {
                    places.push((nth, run.start as u32));
                }
            }
        });
        places.sort_unstable();
        places
    }
}
