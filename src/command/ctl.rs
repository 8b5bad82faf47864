//! `breachd ctl`: asks the running daemon.

use super::{CONFIGURATION, FAILED, Failure, Outcome, act, print, say, words};
use crate::cli::{Ctl, Global};
use crate::config;
use crate::daemon::{Answer, Ask, ask};
use crate::report;

/// The configuration is read only as far as it names the socket: it may be wrong, and the daemon runs by an older one.
pub(super) fn run(global: &Global, command: Ctl) -> Outcome {
    let settings = config::as_far_as_readable(global.config_path());
    let question = match command {
        Ctl::Status { .. } => Ask::Status,
        Ctl::Reload => Ask::Reload,
    };
    match (ask(&settings.control_socket(), &question)?, command) {
        (Answer::Status(status), Ctl::Status { json: true }) => {
            let json = serde_json::to_string_pretty(&*status);
            print(&json.map_err(|error| Failure { code: FAILED, text: error.to_string() })?)?;
            print("\n")?;
        }
        (Answer::Status(status), _) => {
            print(&report::status_text(&status, settings.org.timezone, words(global)))?;
        }
        (Answer::Reloaded { report }, _) => {
            say(&format!("{}\nthe new configuration is in force", report.trim_end()));
        }
        (Answer::Refused(why), Ctl::Reload) => {
            say(why.trim_end());
            let text = "the configuration was not changed; the old one stays in force".to_owned();
            return Err(Failure { code: CONFIGURATION, text });
        }
        (Answer::Refused(text), _) => return Err(Failure { code: FAILED, text }),
        (Answer::Decided { .. } | Answer::Unanswered { .. }, _) => return Err(act::other_version()),
    }
    Ok(0)
}
