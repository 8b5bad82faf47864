//! Finds personal data in decoded text: shape, boundary, validator, context, verdict.
//!
//! The rules are data (`patterns/detect/*.toml`, read by `pack`; those of a site are read by `site`). A rule names a shape, a
//! boundary and a validator, which are code, and the words that speak for and against it. A new number of a known
//! shape is a new rule; a new shape or validator is one file and one line in its `enum`.

mod allow;
mod asking;
mod boundary;
mod names;
mod natures;
mod opaque;
mod overlap;
mod pack;
mod pattern;
mod places;
#[allow(
    clippy::inline_always,
    reason = "code for a processor is code of its kind only where it is inlined into it"
)]
mod prefilter;
mod proof;
mod shape;
#[allow(clippy::inline_always, reason = "as above")]
mod simd;
mod site;
mod text;
mod validate;
mod verdict;
mod words;

use std::path::Path;

pub use proof::{Listed, Tested, Trial};

use crate::hit::{Finding, Reason};
use crate::kind::{Kind, Nature, Verdict};
use crate::mask::Sensitive;

pub use names::FileNames;
pub use natures::Terms;
pub use prefilter::{Candidate, Candidates, Depth, NextLine, Promise, Prospect};

use allow::Allowed;
use asking::Asking;
use natures::Natures;
use overlap::Weighed;
use pack::Rule;
use places::Places;
use prefilter::Prefilter;
use shape::Shaped;
use text::Folded;
use verdict::Evidence;
use words::{KeySays, Nearest, Spoken, Words};

/// The compiled packs. Built once, shared by reference.
pub struct Engine {
    rules: Vec<Rule>,
    words: Words,
    places: Places,
    prefilter: Prefilter,
    allowed: Allowed,
    warnings: Vec<PackError>,
    natures: Natures,
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
    rejected: Option<Reason>,
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
    /// of digits, whatever its case. Empty ones are left out.
    #[must_use]
    pub fn with_triggers(self, literals: impl IntoIterator<Item = Vec<u8>>) -> Self {
        Self { prefilter: self.prefilter.with(literals), ..self }
    }

    /// With a first pass that needs nothing of the processor; it finds the same.
    #[must_use]
    pub fn portable(self) -> Self {
        Self { prefilter: self.prefilter.portable(), ..self }
    }

    /// Without the first pass: every line is read, in every view and by every rule, as a rule that nothing announces has
    /// it. It finds the same, and takes many times as long; what is chosen is proved against it.
    #[must_use]
    pub fn without_prefilter(self) -> Self {
        Self { prefilter: self.prefilter.of_every_line(), ..self }
    }

    /// Whether every line is looked at, so that there is no use in asking for candidates.
    pub fn needs_every_line(&self) -> bool {
        self.prefilter.needs_every_line()
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

    /// What the words of a text say of the data about a person in it.
    pub fn terms(&self, text: &str) -> Terms {
        self.natures.of(&Folded::new(text))
    }

    /// Offsets of bytes around whose lines something may be found, in the order of the lines. It may be generous, never
    /// silent.
    pub fn candidates<'b>(&'b self, bytes: &'b [u8], depth: Depth) -> Candidates<'b, 'b> {
        self.prefilter.candidates(bytes, depth, None)
    }

    /// The same, of the lines that are asked for.
    pub fn candidates_in<'b, 'p>(
        &'b self,
        bytes: &'b [u8],
        depth: Depth,
        lines: NextLine<'p>,
    ) -> Candidates<'b, 'p> {
        self.prefilter.candidates(bytes, depth, lines)
    }

    /// What a text that is no block promises: as generous.
    pub fn promise(&self, text: &[u8], depth: Depth) -> Promise {
        self.prefilter.promise(text, depth)
    }

    /// Whether anything may be found in a view: the same question as for a block, asked of decoded text.
    pub fn may_find(&self, text: &str, context: FieldContext<'_>, depth: Depth) -> bool {
        self.prefilter.may_be_in(text.as_bytes(), context.key.as_bytes(), depth)
    }

    /// Every finding in one view, rejected ones too, in the order of the text. Two findings never overlap (`overlap`
    /// says which one is told).
    pub fn find(&self, text: &str, context: FieldContext<'_>) -> Vec<Finding> {
        let folded = Folded::new(text);
        let spoken = self.words.of(&folded);
        let asked = Asking { engine: self, text, folded: &folded, spoken: &spoken, context }.values();
        if asked.is_empty() {
            return Vec::new();
        }
        let weigh = |asked| self.weigh(text, &folded, &spoken, context, asked);
        let kept = overlap::resolve(asked.into_iter().filter_map(weigh).collect());
        let of_kind = count(&kept);
        let judged = kept.into_iter().map(|mut weighed| {
            let of_kind = of_kind.iter().find(|(kind, _)| *kind == weighed.kind);
            weighed.evidence.of_kind = of_kind.map_or(1, |(_, count)| *count);
            let (verdict, why) = match weighed.verdict {
                Verdict::Rejected => (Verdict::Rejected, weighed.why),
                _ => verdict::judge(weighed.kind, &weighed.evidence),
            };
            let Shaped { range, canonical, .. } = weighed.asked.shaped;
            let rule = &self.rules[weighed.asked.rule];
            let value = Sensitive::new(weighed.kind, rule.shape.subject(canonical)).within(rule.scope);
            Finding { value, span: folded.span(range), verdict, why }
        });
        judged.collect()
    }

    /// What is known of a value alone, and the verdict if there were no other of its kind. None where the kind needs a
    /// word and there is none: every size and stamp of a log would be told as a passport that it is not.
    fn weigh(
        &self,
        text: &str,
        folded: &Folded<'_>,
        spoken: &Spoken<'_>,
        context: FieldContext<'_>,
        asked: Asked,
    ) -> Option<Weighed> {
        let kind = self.rules[asked.rule].kind;
        let mut evidence = Evidence {
            form: asked.shaped.form,
            len: asked.shaped.canonical.len(),
            known: context.known,
            key: KeySays::Nothing,
            nearest: Nearest::default(),
            of_kind: 1,
        };
        // No word saves a wrong checksum, and lines full of those are the worst that can be asked about.
        if let Some(reason) = asked.rejected.filter(|_| !verdict::needs_word(kind)) {
            return Some(Weighed { asked, kind, evidence, verdict: Verdict::Rejected, why: reason.into() });
        }
        let range = &asked.shaped.range;
        evidence.nearest = spoken.nearest(asked.rule, range);
        evidence.key = self.words.key_says(asked.rule, words::key_before(text, folded, range.start));
        if evidence.key == KeySays::Nothing {
            evidence.key = self.words.key_says(asked.rule, context.key);
        }
        if !verdict::may_be(kind, &evidence) {
            return None;
        }
        let (mut verdict, mut why) = verdict::judge(kind, &evidence);
        if let Some(reason) = asked.rejected.filter(|_| verdict > Verdict::Rejected) {
            (verdict, why) = (Verdict::Rejected, reason.into());
        }
        Some(Weighed { asked, kind, evidence, verdict, why })
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

/// How many different values of each kind are not rejected.
fn count(kept: &[Weighed]) -> Vec<(Kind, usize)> {
    let counted = kept.iter().filter(|weighed| weighed.verdict > Verdict::Rejected);
    let mut values: Vec<(Kind, &str)> =
        counted.map(|weighed| (weighed.kind, &*weighed.asked.shaped.canonical)).collect();
    values.sort_unstable();
    values.dedup();
    values.chunk_by(|a, b| a.0 == b.0).map(|of_kind| (of_kind[0].0, of_kind.len())).collect()
}
