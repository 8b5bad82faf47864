//! A configuration that is read anew: what it makes, and what it cannot change while the daemon runs.

use super::Post;
use crate::config::{Report, Settings};
use crate::incident::Rules;
use crate::producer::Pipeline;

/// Everything that a configuration makes.
pub struct Loaded {
    /// What reads and scans.
    pub pipeline: Pipeline,
    /// The rest.
    pub conduct: Conduct,
}

/// How the daemon behaves by a configuration.
pub struct Conduct {
    /// What it says.
    pub settings: Settings,
    /// Where it says it, and what was read.
    pub report: Report,
    /// Settings that conclusions depend on.
    pub rules: Rules,
    /// The way to the spool.
    pub post: Post,
    /// Id of the key of the subject keys.
    pub key_id: String,
}

/// Reads the configuration, or says with file and line what is wrong with it, or why it cannot take the place of the
/// one that is given.
pub type Load = dyn Fn(&Settings) -> Result<Loaded, String> + Send + Sync;

/// Why a new configuration cannot take the place of the old one without a restart; one line each, none where it can.
pub fn refusals(old: &Settings, settings: &Settings, report: &Report) -> Vec<String> {
    let mut refusals = Vec::new();
    let mut refuse = |key: &str, why: &str| {
        let place = report.origins.get(key).map_or("the default", String::as_str);
        refusals
            .push(format!("{place}: {key} cannot change while the daemon runs: {why}; restart it for that"));
    };
    if settings.state_dir != old.state_dir {
        refuse("state_dir", &format!("the store in {} is open and locked", old.state_dir.display()));
    }
    if settings.key_file != old.key_file {
        refuse("key.file", "people counted under one key are strangers under another");
    }
    if settings.mail.spool_dir != old.mail.spool_dir {
        refuse("mail.spool_dir", &format!("mails may wait in {}", old.mail.spool_dir.display()));
    }
    if settings.mail.transport != old.mail.transport {
        refuse("mail.transport", "the mailer is started, or not, when the daemon is");
    }
    if settings.control_socket() != old.control_socket() {
        refuse("control.socket", &format!("{} is being listened at", old.control_socket().display()));
    }
    refusals
}
