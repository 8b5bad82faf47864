//! `breachd incident`: the drafts, and what people decided about them.

use super::{CONFIGURATION, FAILED, Failure, Outcome, print, say, settings, stderr_color, words};
use crate::cli::{Global, Incident, List, Show};
use crate::config::Settings;
use crate::incident::Draft;
use crate::report;
use crate::store::{Shown, Store};

/// Reads the store without disturbing the daemon.
pub(super) fn run(global: &Global, command: &Incident) -> Outcome {
    let (settings, _, problems) = settings(global)?;
    if global.verbose > 0 && !problems.problems.is_empty() {
        say(problems.render(stderr_color(global)).trim_end());
    }
    let store = Store::read(&settings.state_dir)?;
    match command {
        Incident::List(options) => list(global, options, &settings, &store),
        Incident::Show(options) => show(global, options, &settings, &store),
    }
}

fn list(global: &Global, options: &List, settings: &Settings, store: &Store) -> Outcome {
    if options.core {
        print(&format!("{:#}\n", report::cores(&store.cores()?)))?;
        return Ok(0);
    }
    let listed = store.list()?;
    let wanted = |draft: &Draft, opens: bool| {
        if options.possible { draft.case.is_none() && !opens } else { draft.case.is_some() || opens }
    };
    let drafts =
        listed.iter().filter(|listed| wanted(&listed.draft, listed.opens)).map(|listed| &listed.draft);
    if options.json {
        print(&format!("{:#}\n", report::list(drafts)))?;
    } else {
        print(&report::list_table(drafts, settings.org.timezone, words(global)))?;
    }
    Ok(0)
}

fn show(global: &Global, options: &Show, settings: &Settings, store: &Store) -> Outcome {
    let draft = match store.show(&options.id)? {
        Shown::Draft(draft) => *draft,
        Shown::Alias(other) => {
            say(&format!("{} was joined with {other}, which is shown", options.id));
            match store.show(&other)? {
                Shown::Draft(draft) => *draft,
                _ => return Err(Failure { code: FAILED, text: format!("{other} is not in the store") }),
            }
        }
        Shown::Unknown => {
            let text = format!(
                "no incident has the id `{}`; `breachd incident list` shows those there are",
                options.id
            );
            return Err(Failure { code: FAILED, text });
        }
    };
    let text = match (options.core, options.json) {
        (true, _) => {
            let core = serde_json::to_value(draft.core.bare());
            format!("{:#}\n", core.map_err(|error| Failure { code: CONFIGURATION, text: error.to_string() })?)
        }
        (false, true) => format!("{:#}\n", report::incident(&draft)),
        (false, false) => report::incident_text(&draft, settings.org.timezone, words(global)),
    };
    print(&text)?;
    Ok(0)
}
