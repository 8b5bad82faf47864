//! `breachd check`: reads configuration and packs, runs every example, renders the templates of the alert, and shows
//! all problems at once.

use super::{CONFIGURATION, Outcome, print, say, settings, stderr_color};
use crate::alert::Templates;
use crate::cli::{Check as Options, Global};
use crate::config::{self, Packs, Severity};
use crate::daemon::now;

/// Ends with 0 when `watch` would start, and every role has somebody from today on.
pub(super) fn run(global: &Global, options: &Options) -> Outcome {
    let (settings, packs, mut report) = settings(global)?;
    config::vacancies(&settings, &packs.needed_roles(), Severity::Error, &mut report, now());
    if options.dump {
        print(&config::dump(&settings, &report))?;
    }
    say(&proved(&packs));
    if report.problems.is_empty() {
        say(&report.summary());
    } else {
        say(report.render(stderr_color(global)).trim_end());
    }
    Ok(if report.errors() == 0 { 0 } else { CONFIGURATION })
}

/// What was proved when the packs were compiled. Packs that fail their examples never get here.
fn proved(packs: &Packs) -> String {
    let proved = packs.engine.proved();
    let formats = packs.formats.listed();
    let own = packs.templates.own().count();
    format!(
        "packs: {} rules with {} examples and {} counter-examples proved; {} formats with {} samples; {} policies; \
         {} mail templates, {own} of them yours",
        proved.rules,
        proved.examples,
        proved.counter_examples,
        formats.len(),
        formats.iter().map(|format| format.samples).sum::<usize>(),
        packs.policies.len(),
        Templates::names().count(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_proved_is_told_in_numbers() {
        let packs = Packs::shipped().unwrap();
        let told = proved(&packs);
        let rules = packs.engine.proved().rules;
        assert!(
            told.starts_with(&format!("packs: {rules} rules with "))
                && told.contains(" mail templates, 0 of them yours"),
            "{told}"
        );
    }
}
