//! Finds personal data in decoded text: shape, boundary, validator, context, verdict.
//!
//! The rules are data (`patterns/detect/*.toml`, read by `pack`; those of a site are read by `site`). A rule names a shape, a
//! boundary and a validator, which are code, and the words that speak for and against it. A new number of a known
//! shape is a new rule; a new shape or validator is one file and one line in its `enum`.

mod allow;
mod boundary;
mod opaque;
mod pack;
mod pattern;
mod prefilter;
mod proof;
mod shape;
mod site;
mod text;
mod trigger;
mod validate;
mod verdict;
mod words;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

pub use proof::{Listed, Tested, Trial};

use crate::hit::{ALLOWED, Finding, Why};
use crate::kind::{Kind, Nature, Verdict};
use crate::mask::Sensitive;

use allow::Allowed;
use pack::Rule;
use shape::Shaped;
use text::Folded;
use trigger::Triggers;
use verdict::Evidence;
use words::{Hit, KeySays, Words};

/// The compiled packs. Built once, shared by reference.
pub struct Engine {
    rules: Vec<Rule>,
    words: Words,
    triggers: Triggers,
    allowed: Allowed,
    warnings: Vec<PackError>,
}

/// How much was proved when the engine was built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proved {
    /// Rules.
    pub rules: usize,
    /// Texts in which their kind is likely.
    pub examples: usize,
    /// Texts in which it is not.
    pub counter_examples: usize,
}

/// What is known of the text beside its bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct FieldContext<'t> {
    /// A content field of a known format: what stands in it was written by or about people.
    pub known: bool,
    /// The name of the field, or of the key or column it is the value of; empty where there is none.
    pub key: &'t str,
}

/// A pack that cannot be used.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{file}:{line}: {what}")]
pub struct PackError {
    /// The pack's file.
    pub file: String,
    /// Line of the fault, from 1.
    pub line: usize,
    /// What is wrong, and the way out.
    pub what: String,
}

/// A value that passed shape and boundary, and the rule that asked.
struct Asked {
    rule: usize,
    shaped: Shaped,
    /// Why it is rejected at once.
    rejected: Option<&'static str>,
}

impl PackError {
    /// An automaton that cannot be built from the words of all packs and sources.
    fn too_many(words: &str, error: &aho_corasick::BuildError) -> Self {
        let what = format!("the {words} of all packs together are too many: {error}");
        Self { file: "packs".to_owned(), line: 1, what }
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Engine")
    }
}

impl Engine {
    /// From the packs that are part of the program.
    pub fn shipped() -> Result<Self, Vec<PackError>> {
        Self::from_packs(&pack::SHIPPED.map(|(path, text)| (Path::new(path), text)))
    }

    /// From pack texts: file name and content. Every example is run; the error lists every fault of every pack.
    pub fn from_packs(packs: &[(&Path, &str)]) -> Result<Self, Vec<PackError>> {
        let (mut rules, mut errors) = (Vec::new(), Vec::new());
        for (path, text) in packs {
            pack::read(path, text, &mut rules, &mut errors);
        }
        let engine = Self::of_rules(rules).map_err(|error| vec![error])?;
        engine.prove(&mut errors);
        if errors.is_empty() { Ok(engine) } else { Err(errors) }
    }

    /// With literals from elsewhere, such as paths of an inventory: each makes a line a candidate exactly like a run
    /// of digits, whatever its case. Empty ones are left out. The error is that there are too many.
    pub fn with_triggers(mut self, literals: impl IntoIterator<Item = Vec<u8>>) -> Result<Self, PackError> {
        let triggers = std::mem::take(&mut self.triggers).with(literals);
        self.triggers = triggers.map_err(|error| PackError::too_many("triggers", &error))?;
        Ok(self)
    }

    /// How many rules there are, and how many texts have proved them.
    pub fn proved(&self) -> Proved {
        let count = |texts: fn(&Rule) -> usize| self.rules.iter().map(texts).sum();
        Proved {
            rules: self.rules.len(),
            examples: count(|rule| rule.examples.len()),
            counter_examples: count(|rule| rule.counter_examples.len()),
        }
    }

    /// The nature of the data that a kind is, by the rule that finds it.
    pub fn nature(&self, kind: Kind) -> Option<Nature> {
        self.rules.iter().find(|rule| rule.kind == kind).map(|rule| rule.nature)
    }

    /// Offsets of bytes, ascending, around whose lines something may be found. It may be generous, never silent.
    pub fn candidates<'b>(&'b self, bytes: &'b [u8]) -> impl Iterator<Item = usize> + 'b {
        self.triggers.candidates(bytes)
    }

    /// Every finding in one view, rejected ones too, in the order of the text. Two findings never overlap: what is
    /// counted goes before what is only explained, then the longer one wins.
    pub fn find(&self, text: &str, context: FieldContext<'_>) -> Vec<Finding> {
        let folded = Folded::new(text);
        let mut asked = self.ask(&folded, context.known);
        if asked.is_empty() {
            return Vec::new();
        }
        // What is allowed is what it is said to be, and no part of something else.
        let explained = |asked: &Asked| asked.rejected.is_some_and(|reason| reason != ALLOWED);
        asked.sort_by_key(|asked| (explained(asked), std::cmp::Reverse(asked.shaped.range.len())));
        let mut kept: BTreeMap<usize, Asked> = BTreeMap::new();
        for asked in asked {
            let range = &asked.shaped.range;
            let before = kept.range(..range.end).next_back();
            if before.is_none_or(|(_, before)| before.shaped.range.end <= range.start) {
                kept.insert(range.start, asked);
            }
        }
        let hits = self.words.hits(&folded);
        let of_kind = self.count(kept.values());
        let judged = kept.into_values().map(|asked| {
            let (kind, scope) = (self.rules[asked.rule].kind, self.rules[asked.rule].scope);
            let of_kind = of_kind.get(&kind).copied().unwrap_or(0);
            let (verdict, why) = self.judge(text, &folded, &hits, context, &asked, of_kind);
            let span = folded.span(asked.shaped.range);
            let value = Sensitive::new(kind, asked.shaped.canonical).within(scope);
            Finding { value, span, verdict, why }
        });
        judged.collect()
    }

    /// Every value by shape and boundary, of every rule.
    fn ask(&self, folded: &Folded, known: bool) -> Vec<Asked> {
        let ascii = &folded.ascii;
        let beginnings = boundary::beginnings(ascii);
        let mut found = Vec::new();
        for (nth, rule) in self.rules.iter().enumerate() {
            let stands = |shaped: &Shaped| rule.boundary.holds(ascii, shaped.range.clone());
            let accepted = |shaped: &Shaped| rule.validator.accepts(shaped.canonical.as_bytes());
            let mut done = 0;
            for &at in &beginnings {
                let fits = |shaped: &Shaped| stands(shaped) && accepted(shaped);
                let shaped = if at < done { None } else { rule.shape.at(ascii, at, &fits).filter(stands) };
                let Some(shaped) = shaped else { continue };
                done = shaped.range.end;
                let rejected = if !accepted(&shaped) {
                    Some("checksum")
                } else if self.allowed.holds(rule.kind, &shaped.canonical) {
                    Some(ALLOWED)
                } else if !known && opaque::is_opaque(ascii, shaped.range.clone()) {
                    Some("opaque id")
                } else {
                    None
                };
                found.push(Asked { rule: nth, shaped, rejected });
            }
        }
        found
    }

    /// How many different values of each kind are not rejected.
    fn count<'a>(&self, asked: impl Iterator<Item = &'a Asked>) -> HashMap<Kind, usize> {
        let mut values: HashMap<Kind, BTreeSet<&str>> = HashMap::new();
        for asked in asked.filter(|asked| asked.rejected.is_none()) {
            values.entry(self.rules[asked.rule].kind).or_default().insert(&asked.shaped.canonical);
        }
        values.into_iter().map(|(kind, values)| (kind, values.len())).collect()
    }

    fn judge(
        &self,
        text: &str,
        folded: &Folded,
        hits: &[Hit],
        context: FieldContext<'_>,
        asked: &Asked,
        of_kind: usize,
    ) -> (Verdict, Why) {
        if let Some(reason) = asked.rejected {
            let mut why = Why::default();
            why.add(reason);
            return (Verdict::Rejected, why);
        }
        let range = &asked.shaped.range;
        let mut key = self.words.key_says(asked.rule, words::key_before(text, folded, range.start));
        if key == KeySays::Nothing {
            key = self.words.key_says(asked.rule, context.key);
        }
        let evidence = Evidence {
            form: asked.shaped.form,
            len: asked.shaped.canonical.len(),
            known: context.known,
            key,
            nearest: self.words.nearest(hits, asked.rule, range),
            of_kind,
        };
        verdict::judge(self.rules[asked.rule].kind, &evidence)
    }

    /// Adds what is wrong with the examples.
    fn prove(&self, errors: &mut Vec<PackError>) {
        let faults = self.trials().into_iter().filter_map(|trial| {
            let what = format!("this text for {} {}", trial.kind.id(), trial.fault?);
            Some(PackError { file: trial.file, line: trial.line, what })
        });
        errors.extend(faults);
    }
}
