//! `breachd check`: reads configuration and packs, runs every example, renders the templates of the alert, and shows
//! all problems at once.

use std::path::Path;

use super::{CONFIGURATION, Outcome, print, say, settings, stderr_color};
use crate::alert::{self, Letter, Templates, render_html, render_text};
use crate::cli::{Check as Options, Global};
use crate::config::{self, Packs, Problem};

/// Ends with 0 when `watch` would start.
pub(super) fn run(global: &Global, options: &Options) -> Outcome {
    let (settings, packs, mut report) = settings(global)?;
    if options.dump {
        print(&config::dump(&settings, &report))?;
    }
    let unrendered = unrendered(&Templates::default());
    say(&proved(&packs, unrendered.len()));
    report.problems.extend(unrendered);
    if report.problems.is_empty() {
        say(&report.summary());
    } else {
        say(report.render(stderr_color(global)).trim_end());
    }
    Ok(if report.errors() == 0 { 0 } else { CONFIGURATION })
}

/// What was proved when the packs were compiled. Packs that fail their examples never get here.
fn proved(packs: &Packs, faults: usize) -> String {
    let proved = packs.engine.proved();
    let formats = packs.formats.listed();
    let templates = if faults == 0 { "templates render" } else { "templates do not render" };
    format!(
        "packs: {} rules with {} examples and {} counter-examples proved; {} formats with {} samples; {} policies; \
         {templates}",
        proved.rules,
        proved.examples,
        proved.counter_examples,
        formats.len(),
        formats.iter().map(|format| format.samples).sum::<usize>(),
        packs.policies.len(),
    )
}

/// The templates of the alert that do not render the sample letter.
fn unrendered(templates: &Templates) -> Vec<Problem> {
    let letter = Letter::sample();
    let parts = [render_text(&letter, templates), render_html(&letter, templates)];
    let problem = |error: alert::Error| {
        let file = match &error {
            alert::Error::Template { template, .. } => template,
            _ => "alert",
        };
        let hint = "mend the template, or go back to the one that is part of the program";
        Problem::of_file(Path::new(file), error.to_string(), hint)
    };
    parts.into_iter().filter_map(Result::err).map(problem).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_templates_of_the_program_render_and_broken_ones_are_problems_by_name() {
        assert_eq!(unrendered(&Templates::default()), []);
        let broken = Templates { text: "{{ nobody }}".to_owned(), html: "{% if %}".to_owned() };
        let problems = unrendered(&broken);
        let files: Vec<_> = problems.iter().map(|problem| problem.file.to_string_lossy()).collect();
        assert_eq!(files, ["alert.txt.j2", "alert.html.j2"]);
    }

    #[test]
    fn what_was_proved_is_told_in_numbers() {
        let packs = Packs::shipped().unwrap();
        let told = proved(&packs, 0);
        let rules = packs.engine.proved().rules;
        assert!(
            told.starts_with(&format!("packs: {rules} rules with ")) && told.ends_with("; templates render"),
            "{told}"
        );
    }
}
