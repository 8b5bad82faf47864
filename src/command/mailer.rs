//! `breachd mailer`: sends what lies in the spool, in a process that knows nothing else.

use super::{CONFIGURATION, FAILED, Failure, INTERRUPTED, Outcome, say, settings};
use crate::cli::Global;
use crate::config::{Mailer, Transport};
use crate::daemon::{self, Stopped};

/// Sends until it is asked to stop.
pub(super) fn run(global: &Global) -> Outcome {
    let (settings, _, _) = settings(global)?;
    let mail = &settings.mail;
    if (mail.transport, mail.mailer) != (Transport::Smtp, Mailer::Process) {
        let text = "the mailer of this configuration is a part of `breachd watch`, or there is none; for one of its own \
                    write mailer = \"process\" into [mail]";
        return Err(Failure { code: CONFIGURATION, text: text.to_owned() });
    }
    match daemon::send(mail, || say("ready"))? {
        Some(Stopped::Asked) => Ok(0),
        Some(Stopped::Interrupted) => Ok(INTERRUPTED),
        None => {
            let text = format!("another mailer sends from {}", mail.spool_dir.display());
            Err(Failure { code: FAILED, text })
        }
    }
}
