//! Rules are proved by their own examples, and shown in a list.

use std::path::Path;

use super::allow::Allowed;
use super::natures::Natures;
use super::pack::{self, Example, Rule};
use super::pattern::Reach;
use super::places::Places;
use super::prefilter::{Depth, Prefilter};
use super::site::{self, Site};
use super::words::Words;
use super::{Engine, FieldContext, PackError};
use crate::kind::{Kind, Nature, Verdict};
use crate::mask::{Masked, Style};
use crate::moment::Day;

/// What became of an example. Its text is not repeated: it may hold a real value.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The rule's id.
    pub rule: String,
    /// What the rule finds.
    pub kind: Kind,
    /// The pack.
    pub file: String,
    /// Line of the example, from 1.
    pub line: usize,
    /// An example, in which the kind is to be found as likely; else a counter-example, in which it is not.
    pub wanted: bool,
    /// The surest finding of the kind: verdict, reasons, the value for a local terminal.
    pub found: Option<(Verdict, String, Masked)>,
    /// What is wrong, and the way out.
    pub fault: Option<&'static str>,
}

/// A rule as `patterns list` shows it.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Its id.
    pub id: String,
    /// What it finds.
    pub kind: Kind,
    /// The class of the data.
    pub nature: Nature,
    /// The organisation that gives out the numbers, of a site's kind.
    pub scope: Option<String>,
    /// The pack.
    pub file: String,
    /// How many examples prove it.
    pub examples: usize,
    /// How many counter-examples do.
    pub counter_examples: usize,
    /// What makes a line worth looking at for its sake.
    pub reach: String,
}

/// What came of reading one pack of a site.
#[derive(Clone, Debug, Default)]
pub struct Tested {
    /// Its rules.
    pub rules: Vec<Listed>,
    /// Every example of it.
    pub trials: Vec<Trial>,
    /// Values of its allow-lists.
    pub allowed: usize,
    /// Everything that keeps the program from starting with it.
    pub errors: Vec<PackError>,
    /// Everything else that somebody should know.
    pub warnings: Vec<PackError>,
}

impl Engine {
    /// From the packs that are part of the program and those of the site: file name and content. `today` decides
    /// which allow-lists have expired. The error lists every fault of every pack.
    pub fn with_site(packs: &[(&Path, &str)], today: Day) -> Result<Self, Vec<PackError>> {
        let (engine, errors, _) = Self::assemble(packs, today);
        if errors.is_empty() { engine.ok_or_else(Vec::new) } else { Err(errors) }
    }

    /// Reads one pack of a site beside those of the program, and tries every example, whatever else is wrong with it.
    pub fn test_site(path: &Path, text: &str, today: Day) -> Tested {
        let (engine, errors, allowed) = Self::assemble(&[(path, text)], today);
        let file = path.display().to_string();
        let Some(engine) = engine else { return Tested { errors, ..Tested::default() } };
        Tested {
            rules: engine.listed().filter(|rule| rule.file == file).collect(),
            trials: engine.trials().into_iter().filter(|trial| trial.file == file).collect(),
            allowed,
            errors,
            warnings: engine.warnings,
        }
    }

    fn assemble(packs: &[(&Path, &str)], today: Day) -> (Option<Self>, Vec<PackError>, usize) {
        let (mut rules, mut site, mut errors) = (Vec::new(), Site::default(), Vec::new());
        for (path, text) in pack::SHIPPED {
            pack::read(Path::new(path), text, &mut rules, &mut errors);
        }
        let own = rules.len();
        for (path, text) in packs {
            site::read(path, text, &mut site, &mut errors);
        }
        rules.append(&mut site.rules);
        alike(&rules, own, &mut errors);
        let engine = Self::of_rules(rules).map(|mut engine| {
            engine.prove(&mut errors);
            engine.warnings.extend(engine.rules.iter().filter_map(costly));
            // Last, so that a pack may allow the value of another pack's example.
            engine.allow(&site.allow, today, &mut errors);
            engine
        });
        errors.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
        let allowed = site.allow.iter().map(|entry| entry.values.len()).sum();
        match engine {
            Ok(engine) => (Some(engine), errors, allowed),
            Err(error) => (None, errors.into_iter().chain([error]).collect(), allowed),
        }
    }

    /// The rules compiled, before they are proved.
    pub(super) fn of_rules(rules: Vec<Rule>) -> Result<Self, PackError> {
        let words = Words::new(&rules).map_err(|error| PackError::too_many("keywords", &error))?;
        let prefilter = Prefilter::of(&rules);
        let (places, natures) = (Places::new(&rules), Natures::shipped()?);
        let (allowed, warnings) = (Allowed::default(), Vec::new());
        Ok(Self { rules, words, places, prefilter, natures, allowed, warnings })
    }

    /// What somebody should know of the packs of the site: costly rules, allow-lists that have expired.
    pub fn warnings(&self) -> &[PackError] {
        &self.warnings
    }

    /// Every rule, in the order of the packs.
    pub fn listed(&self) -> impl Iterator<Item = Listed> + '_ {
        self.rules.iter().map(|rule| Listed {
            id: rule.id.clone(),
            kind: rule.kind,
            nature: rule.nature,
            scope: rule.scope.map(|scope| scope.as_str().to_owned()),
            file: rule.file.clone(),
            examples: rule.examples.len(),
            counter_examples: rule.counter_examples.len(),
            reach: reach(rule),
        })
    }

    /// Runs the examples of every rule.
    ///
    /// An example that is no candidate proves that the prefilter does not reach the rule: it would find its examples,
    /// and never a line of a log.
    pub(super) fn trials(&self) -> Vec<Trial> {
        let of_rule = |rule: &'_ Rule| {
            let wanted = rule.examples.iter().map(|example| self.trial(rule, example, true));
            wanted
                .chain(rule.counter_examples.iter().map(|example| self.trial(rule, example, false)))
                .collect::<Vec<_>>()
        };
        self.rules.iter().flat_map(of_rule).collect()
    }

    fn trial(&self, rule: &Rule, example: &Example, wanted: bool) -> Trial {
        let findings = self.find(&example.text, FieldContext::default()).into_iter();
        let surest = findings.filter(|one| one.kind() == rule.kind).max_by_key(|one| one.verdict);
        let is_likely = surest.as_ref().is_some_and(|one| one.verdict == Verdict::Likely);
        let fault = match (wanted, is_likely) {
            (true, _) => {
                let mut candidates = self.candidates(example.text.as_bytes(), Depth::Hits);
                fault_of_example(is_likely, candidates.next().is_some())
            }
            (false, true) => Some("is found as likely: mend the rule, or move it to `examples`"),
            (false, false) => None,
        };
        Trial {
            rule: rule.id.clone(),
            kind: rule.kind,
            file: example.file.clone(),
            line: example.line,
            wanted,
            found: surest.map(|one| (one.verdict, one.why.to_string(), one.value.mask(Style::Government))),
            fault,
        }
    }
}

/// What is wrong with a rule that says this of its example.
fn fault_of_example(is_likely: bool, is_candidate: bool) -> Option<&'static str> {
    match (is_likely, is_candidate) {
        (true, true) => None,
        (true, false) => Some(
            "has nothing that the prefilter looks for: write a literal that stands in it into `triggers`",
        ),
        (false, _) => Some("is not found as likely: mend the rule, or write it with its keyword"),
    }
}

/// Rules of sites that have one id, or one kind and two natures.
fn alike(rules: &[Rule], own: usize, errors: &mut Vec<PackError>) {
    for (nth, rule) in rules.iter().enumerate().skip(own) {
        let mut before = rules[..nth].iter();
        let what = if let Some(other) = before.clone().find(|other| other.id == rule.id) {
            format!("`{}` is the id of a rule at {}:{} too: give it its own", rule.id, other.file, other.line)
        } else if let Some(other) =
            before.find(|other| other.kind == rule.kind && other.nature != rule.nature)
        {
            format!(
                "`{}` is {} at {}:{} and {} here: a kind has one nature",
                rule.kind.id(),
                other.nature.id(),
                other.file,
                other.line,
                rule.nature.id()
            )
        } else {
            continue;
        };
        errors.push(PackError { file: rule.file.clone(), line: rule.line, what });
    }
}

/// Of the 881 lines under `tests/logs` 82 are candidates by the rules of the program.
fn costly(rule: &Rule) -> Option<PackError> {
    let what = format!(
        "the values of `{}` have neither eight digits in a row nor a literal of three letters, so that every line of \
         every log is looked at, ten times as many as otherwise: add `triggers` with words that stand in its lines",
        rule.id
    );
    rule.needs_every_line().then(|| PackError { file: rule.file.clone(), line: rule.line, what })
}

fn reach(rule: &Rule) -> String {
    if rule.needs_every_line() {
        return "every line".to_owned();
    }
    let digits = matches!(rule.shape.reach(), None | Some(Reach::Digits));
    let digits = digits.then(|| "digits".to_owned());
    let triggers = rule.triggers.iter().map(|trigger| format!("\"{trigger}\""));
    digits.into_iter().chain(triggers).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_packs_of_the_program_prove_themselves_and_tell_why_a_value_is_none() {
        let engine = Engine::shipped().unwrap();
        for (text, why) in [
            ("信箱 service@example.com", "role mailbox"),
            ("生日 79/02/30", "no such date"),
            ("車牌 ABI-1234", "never issued"),
            ("身分證 A123456788", "checksum"),
            ("身分證 A123456789", "keyword"),
            ("A123456789 x", "no context"),
        ] {
            let found = engine.find(text, FieldContext::default());
            let told: Vec<String> = found.iter().map(|found| found.why.to_string()).collect();
            assert_eq!(told, [why], "{text}");
        }
    }

    #[test]
    fn a_word_within_another_introduces_nothing_and_so_does_one_that_is_far() {
        let engine = Engine::shipped().unwrap();
        let kinds = |text: &str| -> Vec<(Kind, Verdict)> {
            let found = engine.find(text, FieldContext::default());
            found.iter().map(|found| (found.kind(), found.verdict)).collect()
        };
        assert_eq!(kinds("mobile 0912345678"), [(Kind::TwMobile, Verdict::Likely)]);
        assert_eq!(kinds("automobile 0912345678"), [(Kind::TwMobile, Verdict::Possible)]);
        assert_eq!(kinds("mobiles 0912345678"), [(Kind::TwMobile, Verdict::Possible)]);
        assert_eq!(kinds("生日 79/01/02"), [(Kind::BirthDate, Verdict::Likely)]);
        assert_eq!(kinds("生日蛋糕訂購 79/01/02"), []);
    }

    #[test]
    fn a_fault_is_on_its_line() {
        let errors = Engine::from_packs(&[(Path::new("x.toml"), "\n\nrule = 1\n")]).unwrap_err();
        assert_eq!((errors[0].file.as_str(), errors[0].line), ("x.toml", 3));
    }

    #[test]
    fn an_allow_list_holds_through_its_last_day() {
        let pack = "[[allow]]\nkind = \"tw-mobile\"\nvalues = [\"0912345678\"]\nowner = \"總務處\"\n\
                    expires = \"2026-11-22\"\nreason = \"總機\"\n";
        let warnings = |day: u32| {
            let today = Day::new(2026, 11, day).unwrap();
            let tested = Engine::test_site(Path::new("x.toml"), pack, today);
            assert!(tested.errors.is_empty(), "{:?}", tested.errors);
            tested.warnings.len()
        };
        assert_eq!((warnings(22), warnings(23)), (0, 1));
    }

    #[test]
    fn a_rule_that_the_prefilter_does_not_reach_is_told_to_have_a_trigger() {
        assert_eq!(fault_of_example(true, true), None);
        assert!(fault_of_example(true, false).unwrap().contains("into `triggers`"));
        assert!(fault_of_example(false, false).unwrap().contains("not found as likely"));
    }
}
