//! Packs: rules as data, one family a file, proved by their own examples when the engine is built.

use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use super::PackError;
use super::boundary::Boundary;
use super::pattern::{Reach, Sought};
use super::shape::Shape;
use super::validate::Validator;
use super::verdict;
use crate::kind::{Kind, Label, Nature};

/// The packs that are part of the program.
pub(super) const SHIPPED: [(&str, &str); 9] = [
    ("patterns/detect/identity.toml", include_str!("../../patterns/detect/identity.toml")),
    ("patterns/detect/mobile.toml", include_str!("../../patterns/detect/mobile.toml")),
    ("patterns/detect/card.toml", include_str!("../../patterns/detect/card.toml")),
    ("patterns/detect/telephone.toml", include_str!("../../patterns/detect/telephone.toml")),
    ("patterns/detect/account.toml", include_str!("../../patterns/detect/account.toml")),
    ("patterns/detect/passport.toml", include_str!("../../patterns/detect/passport.toml")),
    ("patterns/detect/health.toml", include_str!("../../patterns/detect/health.toml")),
    ("patterns/detect/business.toml", include_str!("../../patterns/detect/business.toml")),
    ("patterns/detect/text.toml", include_str!("../../patterns/detect/text.toml")),
];

/// A rule, ready to be used.
pub(super) struct Rule {
    pub(super) id: String,
    /// The pack, and the line of the id.
    pub(super) file: String,
    pub(super) line: usize,
    pub(super) kind: Kind,
    pub(super) nature: Nature,
    /// The organisation that gives out the numbers of a site's kind.
    pub(super) scope: Option<Label>,
    pub(super) shape: Sought,
    pub(super) validator: Validator,
    pub(super) boundary: Boundary,
    pub(super) keywords: Vec<String>,
    pub(super) field_names: Vec<String>,
    pub(super) counter_words: Vec<String>,
    /// Literals that make a line a candidate.
    pub(super) triggers: Vec<String>,
    /// Texts in which a value of the kind is likely.
    pub(super) examples: Vec<Example>,
    /// Texts in which none is.
    pub(super) counter_examples: Vec<Example>,
}

impl Rule {
    /// Whether a value is none without a word near it, or directly before it.
    pub(super) fn needs_word(&self) -> bool {
        self.shape.is_led() || verdict::needs_word(self.kind)
    }

    /// Whether neither its values nor its triggers are seen by the prefilter.
    pub(super) fn needs_every_line(&self) -> bool {
        self.shape.reach() == Some(&Reach::Nothing) && self.triggers.is_empty()
    }
}

/// An example, and where it stands.
pub(super) struct Example {
    pub(super) text: String,
    pub(super) file: String,
    pub(super) line: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PackText {
    rule: Vec<RuleText>,
}

/// A rule as written. The fields are described in the packs.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleText {
    id: Spanned<String>,
    kind: Spanned<String>,
    nature: Spanned<Nature>,
    shape: Spanned<String>,
    validator: Spanned<String>,
    boundary: Spanned<String>,
    keywords: Vec<Spanned<String>>,
    field_names: Vec<Spanned<String>>,
    counter_words: Vec<Spanned<String>>,
    #[serde(default)]
    triggers: Vec<Spanned<String>>,
    examples: Spanned<Vec<Spanned<String>>>,
    counter_examples: Spanned<Vec<Spanned<String>>>,
    reference: Spanned<String>,
}

/// Reads one pack, appending its rules; every fault is added to `errors`.
pub(super) fn read(path: &Path, text: &str, rules: &mut Vec<Rule>, errors: &mut Vec<PackError>) {
    let mut pack = Reader { file: path.display().to_string(), text, errors };
    match toml::from_str::<PackText>(text) {
        Ok(parsed) => {
            let mut ids: Vec<String> = Vec::new();
            for rule in parsed.rule {
                if ids.contains(rule.id.get_ref()) {
                    pack.fault(
                        rule.id.span().start,
                        format!("a second rule `{}`: give it an id of its own", rule.id.get_ref()),
                    );
                }
                ids.push(rule.id.get_ref().clone());
                rules.extend(pack.rule(rule));
            }
        }
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start);
            pack.fault(at, error.message().to_owned());
        }
    }
}

/// One pack while it is read.
pub(super) struct Reader<'p> {
    pub(super) file: String,
    pub(super) text: &'p str,
    pub(super) errors: &'p mut Vec<PackError>,
}

impl Reader<'_> {
    pub(super) fn line(&self, at: usize) -> usize {
        1 + self.text.bytes().take(at).filter(|&byte| byte == b'\n').count()
    }

    pub(super) fn fault(&mut self, at: usize, what: String) {
        self.errors.push(PackError { file: self.file.clone(), line: self.line(at), what });
    }

    fn rule(&mut self, rule: RuleText) -> Option<Rule> {
        let known = Kind::ALL;
        let kind = self.one_of("kind", &rule.kind, known.each_ref().map(|kind| (kind.id(), *kind)));
        let shape = self.one_of("shape", &rule.shape, Shape::ALL.map(|shape| (shape.name(), shape)));
        let validator =
            self.one_of("validator", &rule.validator, Validator::ALL.map(|known| (known.name(), known)));
        let boundary =
            self.one_of("boundary", &rule.boundary, Boundary::ALL.map(|known| (known.name(), known)));
        for (name, list) in [("examples", &rule.examples), ("counter_examples", &rule.counter_examples)] {
            if list.get_ref().is_empty() {
                self.fault(list.span().start, format!("`{name}` is empty: a rule is proved by at least one"));
            }
        }
        if rule.reference.get_ref().trim().is_empty() {
            let what = "`reference` is empty: name the document that defines the number";
            self.fault(rule.reference.span().start, what.to_owned());
        }
        Some(Rule {
            file: self.file.clone(),
            line: self.line(rule.id.span().start),
            id: rule.id.into_inner(),
            scope: None,
            nature: *rule.nature.get_ref(),
            keywords: self.words(rule.keywords),
            field_names: self.words(rule.field_names),
            counter_words: self.words(rule.counter_words),
            triggers: self.words(rule.triggers),
            examples: self.examples(rule.examples.into_inner()),
            counter_examples: self.examples(rule.counter_examples.into_inner()),
            kind: kind?,
            shape: Sought::Shape(shape?),
            validator: validator?,
            boundary: boundary?,
        })
    }

    pub(super) fn one_of<T, const N: usize>(
        &mut self,
        what: &str,
        name: &Spanned<String>,
        known: [(&str, T); N],
    ) -> Option<T> {
        let names = known.each_ref().map(|(name, _)| *name).join(", ");
        let found = known.into_iter().find(|(known, _)| known == name.get_ref());
        if found.is_none() {
            self.fault(name.span().start, format!("no {what} `{}`: it is one of {names}", name.get_ref()));
        }
        found.map(|(_, known)| known)
    }

    pub(super) fn words(&mut self, words: Vec<Spanned<String>>) -> Vec<String> {
        let mut kept = Vec::with_capacity(words.len());
        for word in words {
            if word.get_ref().trim().is_empty() {
                self.fault(
                    word.span().start,
                    "an empty word stands beside every value: take it out".to_owned(),
                );
            } else {
                kept.push(word.into_inner());
            }
        }
        kept
    }

    pub(super) fn examples(&self, examples: Vec<Spanned<String>>) -> Vec<Example> {
        let placed = examples.into_iter().map(|example| Example {
            file: self.file.clone(),
            line: self.line(example.span().start),
            text: example.into_inner(),
        });
        placed.collect()
    }
}
