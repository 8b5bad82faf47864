//! Where the threads of the daemon say how they stand, and whoever asks reads it. Nobody waits long here: a thread that
//! is stuck can still be asked about.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::pulse::Pulse;
use crate::config::{MailSettings, Settings};
use crate::line::SourceId;
use crate::report;
use crate::source::{Notice, SourceStatus};

/// How often sources are looked at for their status when nobody asks: of 10,000 files it takes 70 ms.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// What the threads say.
#[derive(Debug)]
pub(super) struct Board {
    /// Who gets on.
    pub(super) pulse: Pulse,
    /// When the process began.
    pub(super) begun: Instant,
    look_every: Duration,
    is_wanted: AtomicBool,
    said: Mutex<Said>,
    looked: Condvar,
    /// How mail leaves.
    mail: Mutex<MailSettings>,
}

/// What was said last.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// How often sources were looked at.
    pub(super) looks: u64,
    last_look: Option<Instant>,
    /// How they stood.
    pub(super) sources: Vec<SourceStatus>,
    /// The way out of trouble, by file.
    pub(super) hints: HashMap<PathBuf, String>,
    /// Log times that were committed.
    pub(super) clocks: HashMap<SourceId, i64>,
    /// When something was committed, microseconds since the epoch.
    pub(super) last_commit: Option<i64>,
    /// Why nothing is.
    pub(super) store_trouble: Option<String>,
    /// What sends.
    pub(super) mailer: report::Mailer,
    /// The configuration.
    pub(super) configuration: report::Configuration,
}

impl Board {
    /// An empty board; sources are looked at as often as `look_every`, but not less often than is good for a status.
    pub(super) fn new(look_every: Duration) -> Self {
        Self {
            pulse: Pulse::new(),
            begun: Instant::now(),
            look_every: look_every.min(LOOK_EVERY),
            is_wanted: AtomicBool::new(false),
            said: Mutex::new(Said::default()),
            looked: Condvar::new(),
            mail: Mutex::new(Settings::default().mail),
        }
    }

    /// Mail goes this way from now on.
    pub(super) fn mail_by(&self, mail: &MailSettings) {
        mail.clone_into(&mut self.mail.lock().expect("no holder panics"));
    }

    /// How mail leaves.
    pub(super) fn mail(&self) -> MailSettings {
        self.mail.lock().expect("no holder panics").clone()
    }

    /// What was said last, and the place to say more. Held for a moment only.
    pub(super) fn said(&self) -> MutexGuard<'_, Said> {
        self.said.lock().expect("no holder panics")
    }

    /// The reader's word: how its sources stand, where that is wanted or due.
    pub(super) fn look(&self, status: impl FnOnce() -> Vec<SourceStatus>) {
        let is_wanted = self.is_wanted.swap(false, Ordering::Relaxed);
        let is_due = self.said().last_look.is_none_or(|last| last.elapsed() >= self.look_every);
        if is_wanted || is_due {
            let sources = status();
            let mut said = self.said();
            said.sources = sources;
            said.last_look = Some(Instant::now());
            said.looks += 1;
            self.looked.notify_all();
        }
    }

    /// The reader's word of trouble.
    pub(super) fn notice(&self, notice: &Notice) {
        let mut said = self.said();
        // Bounded by the files of the sources; what is well again is forgotten with the next reload or restart.
        said.hints.insert(notice.path.clone(), notice.hint.clone());
    }

    /// Waits for a look that was begun after now, so long at most.
    pub(super) fn fresh(&self, most: Duration) -> MutexGuard<'_, Said> {
        self.is_wanted.store(true, Ordering::Relaxed);
        let said = self.said();
        let before = said.looks;
        let waited = self.looked.wait_timeout_while(said, most, |said| said.looks == before);
        waited.expect("no holder panics").0
    }
}
