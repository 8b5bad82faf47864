//! `breachd incident`: the drafts, and what people decided about them.

use super::{CONFIGURATION, FAILED, Failure, Outcome, act, print, say, settings, stderr_color, words};
use crate::act::{Decision, Via};
use crate::cli::{Global, Incident, List, Show};
use crate::config::{self, Packs, Settings, Systems};
use crate::daemon::now;
use crate::incident::{self, Draft, Reached};
use crate::moment::roc_short;
use crate::report::{self, Words};
use crate::severity;
use crate::store::{Listed, Recorded, Shown, Store};

/// Reads the store without disturbing the daemon, or tells it what was decided.
pub(super) fn run(global: &Global, command: &Incident) -> Outcome {
    match command {
        Incident::List(options) => reading(global, |settings, store| list(global, options, settings, store)),
        Incident::Show(options) => show(global, options),
        Incident::Ack(options) => act::ack(global, options),
        Incident::Confirm(options) => act::step(global, Decision::Confirm, options),
        Incident::Dismiss(options) => act::step(global, Decision::Dismiss, options),
        Incident::Note(options) => act::step(global, Decision::Note, options),
        Incident::Report(options) => act::step(global, Decision::Report, options),
        Incident::Investigate(options) => act::step(global, Decision::Investigate, options),
        Incident::Correct(options) => act::step(global, Decision::Correct, options),
        Incident::Close(options) => act::step(global, Decision::Close, options),
        Incident::Level(options) => act::level(global, options),
        Incident::Known(options) => act::known(global, options),
        Incident::Link(options) => act::link(global, options),
    }
}

fn reading(global: &Global, work: impl FnOnce(&Settings, &Store) -> Outcome) -> Outcome {
    let (settings, _, problems) = settings(global)?;
    if global.verbose > 0 && !problems.problems.is_empty() {
        say(problems.render(stderr_color(global)).trim_end());
    }
    let store = Store::read(&settings.state_dir)?;
    work(&settings, &store)
}

/// What people decided, one act a line.
fn decided(acts: &[Recorded], settings: &Settings, words: Words) -> String {
    let line = |one: &Recorded| {
        let via = match (one.signed.by.via, words) {
            (Via::Shell, _) => "",
            (Via::Phone, Words::Chinese) => "（電話）",
            (Via::Phone, Words::English) => " (by phone)",
            (Via::Mail, Words::Chinese) => "（電子郵件）",
            (Via::Mail, Words::English) => " (by mail)",
        };
        let reason = one
            .signed
            .reason
            .as_ref()
            .map_or_else(String::new, |reason| format!(": {}", report::escape(reason.as_str())));
        let when = roc_short(one.us, settings.org.timezone);
        let (who, what) = (report::escape(&one.signed.by.name), one.signed.act.words());
        format!("  {when}  {who}{via}  {}{reason}\n", report::escape(&what))
    };
    let lines: String = acts.iter().map(line).collect();
    match (lines.is_empty(), words) {
        (true, _) => lines,
        (_, Words::Chinese) => format!("處置紀錄\n{lines}"),
        (_, Words::English) => format!("decided\n{lines}"),
    }
}

fn list(global: &Global, options: &List, settings: &Settings, store: &Store) -> Outcome {
    if options.core {
        print(&format!("{:#}\n", report::cores(&store.cores()?)))?;
        return Ok(0);
    }
    let listed = store.list()?;
    let wanted = |listed: &Listed| {
        let (is_case, is_suppressed) = (listed.draft.case.is_some(), listed.suppressed.is_some());
        match (options.all, options.possible, options.suppressed) {
            (true, ..) => true,
            (_, true, _) => !is_case && !listed.opens,
            (.., true) => is_suppressed,
            _ => is_case || listed.opens && !is_suppressed,
        }
    };
    let drafts = listed.iter().filter(|listed| wanted(listed)).map(|listed| &listed.draft);
    if options.json {
        print(&format!("{:#}\n", report::list(drafts)))?;
    } else {
        print(&report::list_table(drafts, settings.org.timezone, words(global)))?;
    }
    Ok(0)
}

/// The draft of a case number or of a chain.
pub(super) fn draft(store: &Store, id: &str) -> Result<Draft, Failure> {
    match store.show(id)? {
        Shown::Draft(draft) => Ok(*draft),
        Shown::Alias(other) => {
            say(&format!("{id} was joined with {other}, which is shown"));
            match store.show(&other)? {
                Shown::Draft(draft) => Ok(*draft),
                _ => Err(Failure { code: FAILED, text: format!("{other} is not in the store") }),
            }
        }
        Shown::Unknown => {
            let text =
                format!("no incident has the id `{id}`; `breachd incident list` shows those there are");
            Err(Failure { code: FAILED, text })
        }
    }
}

/// Whom an incident reaches today: the roles of its level, as the policies in force when it began name them.
fn told(draft: &Draft, settings: &Settings, packs: &Packs) -> Vec<(String, Vec<Reached>)> {
    let policies = packs.active(&settings.policy);
    let policies = severity::in_force(&policies, draft.core.first.0, settings.org.timezone);
    let owners: Vec<Option<&str>> = draft.systems.iter().map(|one| one.owner_unit.as_deref()).collect();
    let units = settings.roles.units(&owners, Some(&draft.core.actor));
    let today = settings.day(now());
    let reached = |role: String| {
        let people = settings.roles.of_units(&role, &units, today);
        (role, people)
    };
    severity::at_level(&policies, draft.level()).roles.into_iter().map(reached).collect()
}

fn show(global: &Global, options: &Show) -> Outcome {
    let (settings, packs, _) = settings(global)?;
    let store = Store::read(&settings.state_dir)?;
    let mut draft = draft(&store, &options.id)?;
    let systems = Systems::new(&settings);
    draft.systems = draft.completeness.sources.iter().map(|read| systems.of(&read.source)).collect();
    let items = incident::items(&draft, &config::office(&settings));
    let told = told(&draft, &settings, &packs);
    let text = match (options.core, options.json) {
        (true, _) => {
            let core = serde_json::to_value(draft.core.bare());
            format!("{:#}\n", core.map_err(|error| Failure { code: CONFIGURATION, text: error.to_string() })?)
        }
        (false, true) => {
            let mut shown = report::incident_with_items(&draft, &items);
            shown["told"] = report::told_json(&told);
            format!("{shown:#}\n")
        }
        (false, false) => {
            let acts = draft.case.as_deref().map(|case| store.acts(case)).transpose()?.unwrap_or_default();
            let text = report::incident_text(&draft, settings.org.timezone, words(global));
            let said = report::told_text(&told, words(global)) + &report::items_text(&items, words(global));
            text + &said + &decided(&acts, &settings, words(global))
        }
    };
    print(&text)?;
    Ok(0)
}
