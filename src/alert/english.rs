//! The English block of a letter: the same six answers, for a reader who has no Chinese.

use serde::Serialize;

use super::clean::thousands;
use super::letter::{Acknowledge, Letter, LetterKind};
use crate::incident::{Core, Duty, Outcome, Route, Subjects};
use crate::moment::{SECOND, iso_local};

/// The words.
#[derive(Debug, Serialize)]
pub(super) struct English {
    level: String,
    happened: String,
    people: String,
    source: String,
    time: String,
    deadlines: Vec<String>,
    /// The next of them.
    deadline: String,
    steps: Vec<String>,
    acknowledge: String,
    notice: &'static str,
}

/// The English words of a letter.
pub(super) fn english(letter: &Letter) -> English {
    let (draft, core) = (&letter.draft, &letter.draft.core);
    let deadlines = deadlines(letter);
    let system = draft.systems.first();
    let unit = system.and_then(|system| system.owner_unit.as_deref());
    let name = system.and_then(|system| system.system.as_deref()).unwrap_or("a system without a name");
    let (first, last) = (iso_local(core.first.0, letter.zone), iso_local(core.last.0, letter.zone));
    let authority = draft.duties.iter().any(|duty| duty.what == "authority");
    let acknowledge = acknowledge(letter);
    let mut steps = vec![
        "Tell the people named above by telephone.".to_owned(),
        acknowledge.clone(),
        format!("Look at the whole case: breachd incident show {}", letter.case),
        "Have the logs named above kept: neither deleted nor overwritten.".to_owned(),
    ];
    if authority {
        steps.push(
            "Decide whether to report to the authority; the system neither decides nor reports.".to_owned(),
        );
    }
    English {
        level: format!(
            "{}: level {} (by count {}, by nature {})",
            kind_en(letter.kind),
            letter.level(),
            core.level.by_count,
            core.level.by_nature
        ),
        happened: format!("{} by {}{}{}", route_en(core.route), core.actor, exposed(core), outcomes(core)),
        people: people(core.subjects, core.rows),
        source: unit.map_or_else(|| name.to_owned(), |unit| format!("{name}, owned by {unit}")),
        time: if first == last { first } else { format!("{first} to {last}") },
        deadline: deadlines
            .first()
            .map_or("No deadline is running.".to_owned(), |next| format!("Next deadline: {next}.")),
        deadlines,
        steps,
        acknowledge,
        notice: "A draft, written by a program. Nothing has been reported to anybody; people decide.",
    }
}

fn people(subjects: Subjects, rows: u64) -> String {
    if subjects.total == 0 && subjects.estimated {
        return "not known yet".to_owned();
    }
    let about = if subjects.estimated { "about " } else { "" };
    format!(
        "{about}{} ({} special-category), {}",
        counted(subjects.total, "person", "people"),
        thousands(subjects.special),
        counted(rows, "row", "rows")
    )
}

/// All deadlines, the next one first; those that are over at the end.
fn deadlines(letter: &Letter) -> Vec<String> {
    let duties = letter.draft.duties.iter();
    let mut due: Vec<(bool, i64, &Duty)> =
        duties.filter_map(|duty| Some((duty.due?.0 < letter.now, duty.due?.0, duty))).collect();
    due.sort_by_key(|(is_over, due, _)| (*is_over, *due));
    let words = |(is_over, due, duty): (bool, i64, &Duty)| {
        let minutes = (due - letter.now).abs() / (60 * SECOND);
        let (hours, minutes) = (minutes / 60, minutes % 60);
        let left = match (hours, minutes) {
            (0, 0) => "due now".to_owned(),
            _ if is_over => format!("overdue by {hours} h {minutes} min"),
            _ => format!("left: {hours} h {minutes} min"),
        };
        let clock = if duty.is_from_knowledge() { ", from knowledge," } else { "" };
        format!("{}{clock} {} ({left})", duty_en(&duty.what), iso_local(due, letter.zone))
    };
    due.into_iter().take(40).map(words).collect()
}

fn acknowledge(letter: &Letter) -> String {
    match &letter.acknowledge {
        Acknowledge::Reply { until, .. } => format!(
            "Answer this mail to acknowledge the case; what you write is kept as a note (once, until {}).",
            iso_local(*until, letter.zone)
        ),
        Acknowledge::Phone { whom } => {
            let whom = if whom.is_empty() { "the system administrators" } else { whom };
            format!("Telephone {whom} to acknowledge the case; an answer to this mail is not read.")
        }
    }
}

fn outcomes(core: &Core) -> String {
    let outcomes = &core.outcomes;
    let parts = [
        (Outcome::Left, outcomes.left),
        (Outcome::LeftPartly, outcomes.left_partly),
        (Outcome::Unknown, outcomes.unknown),
        (Outcome::Pending, outcomes.pending),
        (Outcome::Failed, outcomes.failed),
        (Outcome::Blocked, outcomes.blocked),
        (Outcome::InternalOnly, outcomes.internal_only),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(_, number)| *number > 0)
        .map(|(outcome, number)| format!("{} {}", thousands(number), outcome.id()))
        .collect();
    if parts.is_empty() { String::new() } else { format!(" [{}]", parts.join(", ")) }
}

/// What To and Cc have shown, where that is too much.
fn exposed(core: &Core) -> String {
    let Some(exposed) = core.exposed else { return String::new() };
    let number = exposed.at_most.map_or_else(
        || thousands(exposed.addresses),
        |most| format!("at least {}, at most about {},", thousands(exposed.addresses), thousands(most)),
    );
    format!(
        ": To and Cc show {number} outside e-mail addresses to every recipient (Bcc should have been used)"
    )
}

pub(super) const fn route_en(route: Route) -> &'static str {
    match route {
        Route::MailOut => "Suspected mail sent outside",
        Route::Download => "Suspected downloads",
        Route::Export => "Suspected exports from a database or an application",
        Route::Destruction => "Suspected deletion or alteration of files",
        Route::ExposureInLog => "Suspected exposure in a log",
    }
}

const fn kind_en(kind: LetterKind) -> &'static str {
    match kind {
        LetterKind::First => "New case",
        LetterKind::Update => "Update",
        LetterKind::Rise => "The level has risen",
        LetterKind::Reminder => "Reminder, nobody has acknowledged yet",
        LetterKind::Escalation => "Escalation, nobody has acknowledged yet",
    }
}

fn duty_en(what: &str) -> &str {
    match what {
        "handle" => "internal handling",
        "close" => "closing the case",
        "authority" => "written report to the authority",
        "data-subjects" => "notice to the people affected",
        other => other,
    }
}

pub(super) fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", thousands(number), if number == 1 { one } else { many })
}
