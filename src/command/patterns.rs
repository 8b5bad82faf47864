//! `breachd patterns`: the rules there are, and a site's own put to the proof.

use std::fmt::Write as _;

use super::{CONFIGURATION, Failure, Outcome, packs, print, say};
use crate::cli::{Global, Patterns, PatternsList, PatternsTest};
use crate::config::{Problem, Report, test_patterns};
use crate::daemon::now;
use crate::detect::{Listed, PackError};
use crate::report;

/// Reads packs and nothing else.
pub(super) fn run(global: &Global, command: &Patterns) -> Outcome {
    match command {
        Patterns::List(options) => list(global, options),
        Patterns::Test(options) => test(global, options),
    }
}

fn list(global: &Global, options: &PatternsList) -> Outcome {
    let packs = packs(global)?;
    let rules: Vec<Listed> = packs.engine.listed().collect();
    if options.json {
        print(&format!("{:#}\n", report::patterns(&rules)))?;
    } else {
        print(&report::patterns_table(&rules))?;
    }
    Ok(0)
}

/// Prints each example's outcome, then what is wrong. Ends with 78 when the daemon would not start with the pack.
fn test(global: &Global, options: &PatternsTest) -> Outcome {
    let tested = test_patterns(&options.file, now()).map_err(|problem: Problem| {
        let report = Report { problems: vec![problem], ..Report::default() };
        super::refused(global, &report)
    })?;
    print(&report::trials(&tested.trials))?;
    let tell = |severity: &str, errors: &[PackError]| {
        for error in errors {
            say(&format!(
                "{severity}: {}:{}: {}",
                report::escape(&error.file),
                error.line,
                report::escape(&error.what)
            ));
        }
    };
    tell("error", &tested.errors);
    tell("warning", &tested.warnings);
    let (rules, trials) = (tested.rules.len(), tested.trials.len());
    let mut summary = format!("rules: {rules}, examples: {trials}");
    if tested.allowed > 0 {
        let _ = write!(summary, ", allowed values: {}", tested.allowed); // a String takes every byte
    }
    if tested.errors.is_empty() {
        say(&format!("{summary}; the pack can be used"));
        return Ok(0);
    }
    Err(Failure {
        code: CONFIGURATION,
        text: format!("{summary}, errors: {}; the pack cannot be used", tested.errors.len()),
    })
}
