//! The three English lines at the end of a letter, for a reader who has no Chinese.

use super::Letter;
use super::clean::thousands;
use crate::incident::{Core, Route};
use crate::moment::iso_local;

/// Level and numbers, what happened, and what is next.
pub(super) fn english(letter: &Letter) -> [String; 3] {
    let core = &letter.draft.core;
    let did = match core.route {
        Route::MailOut => "mail sent outside",
        Route::Download => "downloads",
        Route::Export => "exports from a database or an application",
        Route::Destruction => "deletion or alteration of files",
        Route::ExposureInLog => "exposure in a log",
    };
    let next =
        letter.draft.duties.iter().filter_map(|duty| Some((duty.due?.0, duty))).min_by_key(|(due, _)| *due);
    let due = next.map_or("No deadline is running.".to_owned(), |(due, duty)| {
        format!("Next deadline ({}): {}.", duty_en(&duty.what), iso_local(due, letter.zone))
    });
    [
        format!(
            "Level {} (by count {}, by nature {}): {} ({} special-category), {}.",
            letter.level(),
            core.level.by_count,
            core.level.by_nature,
            counted(core.subjects.total, "person", "people"),
            thousands(core.subjects.special),
            counted(core.rows, "row", "rows")
        ),
        format!("Suspected {did} by {}{}.", core.actor, exposed(core)),
        format!("{due} This is a draft; nothing has been reported."),
    ]
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

fn duty_en(what: &str) -> &str {
    match what {
        "handle" => "internal handling",
        "close" => "closing the case",
        "authority" => "written report to the authority",
        "data-subjects" => "notice to the people affected",
        other => other,
    }
}

fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", thousands(number), if number == 1 { one } else { many })
}
