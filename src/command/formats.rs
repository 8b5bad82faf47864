//! `breachd formats`: the log formats there are, and a site's own put to the proof.

use super::{CONFIGURATION, Failure, Outcome, packs, print, say};
use crate::cli::{Formats, FormatsList, FormatsTest, Global};
use crate::config::{Report, test_format};
use crate::report;

/// Reads packs and formats, and nothing else.
pub(super) fn run(global: &Global, command: &Formats) -> Outcome {
    match command {
        Formats::List(options) => list(global, options),
        Formats::Test(options) => test(global, options),
    }
}

fn list(global: &Global, options: &FormatsList) -> Outcome {
    let formats = packs(global)?.formats.listed();
    if options.json {
        print(&format!("{:#}\n", report::formats(&formats)))?;
    } else {
        print(&report::formats_table(&formats))?;
    }
    Ok(0)
}

/// Prints each sample's outcome, then what is wrong. Ends with 78 when the daemon would not start with the format.
fn test(global: &Global, options: &FormatsTest) -> Outcome {
    let tested = test_format(&options.file).map_err(|problem| {
        let report = Report { problems: vec![problem], ..Report::default() };
        super::refused(global, &report)
    })?;
    print(&report::samples(&tested.trials))?;
    for error in &tested.errors {
        let (file, what) = (report::escape(&error.file), report::escape(&error.what));
        say(&format!("error: {file}:{}: {what}", error.line));
    }
    let summary = format!("samples: {}", tested.trials.len());
    if tested.errors.is_empty() {
        say(&format!("{summary}; the format can be used"));
        return Ok(0);
    }
    Err(Failure {
        code: CONFIGURATION,
        text: format!("{summary}, errors: {}; the format cannot be used", tested.errors.len()),
    })
}
