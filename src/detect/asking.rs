//! Every value of a text by shape and boundary, of every rule. Most places are none for any rule, and most of the others
//! want a word near that does not stand there: that is asked first, and a shape is read last.

use super::places::Place;
use super::shape::{Begin, Shaped};
use super::text::Folded;
use super::words::{self, Spoken};
use super::{Asked, Engine, FieldContext, opaque};
use crate::hit::Reason;

/// A text that is asked for values.
pub(super) struct Asking<'a> {
    pub(super) engine: &'a Engine,
    pub(super) text: &'a str,
    pub(super) folded: &'a Folded<'a>,
    pub(super) spoken: &'a Spoken<'a>,
    pub(super) context: FieldContext<'a>,
}

impl Asking<'_> {
    /// In the order of the rules, and for each in that of the text.
    pub(super) fn values(&self) -> Vec<Asked> {
        let Engine { rules, places, .. } = self.engine;
        let mut found: Vec<Asked> = Vec::new();
        let mut done = vec![0; rules.len()];
        let mut take = |place: Place| {
            let asked = self.ask(place, &mut done[place.rule]);
            found.extend(asked);
        };
        let named = |begin: Begin, at: usize| {
            (!begin.may_be_coded() && !self.is_keyed(at)).then(|| self.spoken.rules())
        };
        places.each(rules, &self.folded.ascii, named, &mut take);
        let chinese = self.folded.chinese();
        for (rule, _) in rules.iter().enumerate().filter(|(_, rule)| rule.shape.is_chinese()) {
            for &at in &chinese {
                take(Place { rule, at });
            }
        }
        found.sort_by_key(|asked| asked.rule);
        found
    }

    /// The value of a rule at a place that comes after the one before it, which ends at `done`.
    fn ask(&self, place: Place, done: &mut usize) -> Option<Asked> {
        let Self { engine, text, folded, spoken, context } = *self;
        let Place { rule: nth, at } = place;
        let rule = &engine.rules[nth];
        let ascii: &[u8] = &folded.ascii;
        if at < *done || !self.may_be_named(place) {
            return None;
        }
        let stands = |shaped: &Shaped| rule.boundary.holds(ascii, shaped.range.clone());
        let accepted = |shaped: &Shaped| rule.validator.accepts(shaped.canonical.as_bytes());
        let is_led = |shaped: &Shaped| {
            !rule.shape.is_led() || spoken.leads(nth, (text, folded), &shaped.range, context.key)
        };
        let fits = |shaped: &Shaped| stands(shaped) && accepted(shaped);
        let shaped = rule.shape.at(folded, at, &fits).filter(stands).filter(is_led)?;
        *done = shaped.range.end;
        let rejected = if !accepted(&shaped) {
            Some(rule.validator.fault())
        } else if engine.allowed.holds(rule.kind, &shaped.canonical) {
            Some(Reason::AllowList)
        } else if context.known {
            None
        } else {
            opaque::reason(ascii, shaped.range.clone())
        };
        Some(Asked { rule: nth, shaped, rejected })
    }

    /// Whether a word may name a value there, or none is needed: kinds that are nothing without one are not even looked
    /// for.
    fn may_be_named(&self, Place { rule: nth, at }: Place) -> bool {
        let rule = &self.engine.rules[nth];
        if !rule.needs_word() || self.is_keyed(at) {
            return true;
        }
        if rule.shape.is_led() {
            return self.spoken.may_lead(nth, at);
        }
        Begin::at(&self.folded.ascii, at, false).may_be_coded() || self.spoken.is_near(nth, at)
    }

    /// Whether what stands there may be the value of a key.
    fn is_keyed(&self, at: usize) -> bool {
        !self.context.key.is_empty() || words::may_have_key(&self.folded.ascii, at)
    }
}
