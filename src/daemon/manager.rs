//! What the service manager is told: readiness, progress, a line of status. Without one all of this does nothing.

use std::time::{Duration, Instant};

use sd_notify::NotifyState;

use super::pulse::Pulse;
use crate::observe;

/// How often the line of status is said anew, at most.
const STATUS_EVERY: Duration = Duration::from_secs(2);

/// The watchdog and the line of status, both the store's thread's: when it is stuck nothing is said at all.
#[derive(Debug)]
pub(super) struct Manager {
    /// After how long without a word the manager ends us.
    limit: Option<Duration>,
    fed: Option<Instant>,
    said: Option<(Instant, String)>,
    is_warned: bool,
}

impl Manager {
    /// As the environment says.
    pub(super) fn new() -> Self {
        Self { limit: sd_notify::watchdog_enabled(), fed: None, said: None, is_warned: false }
    }

    /// Feeds the watchdog, four times in its limit, unless a thread has not got on for as long as the limit.
    pub(super) fn feed(&mut self, pulse: &Pulse) {
        let Some(limit) = self.limit else { return };
        if let Some(thread) = pulse.stuck(limit) {
            if !std::mem::replace(&mut self.is_warned, true) {
                observe::stuck(thread, limit.as_secs());
            }
            return;
        }
        self.is_warned = false;
        if self.fed.is_none_or(|fed| fed.elapsed() >= limit / 4) {
            tell(&[NotifyState::Watchdog]);
            self.fed = Some(Instant::now());
        }
    }

    /// Says the line of status, if it is another one.
    pub(super) fn say(&mut self, line: impl FnOnce() -> String) {
        if self.said.as_ref().is_some_and(|(when, _)| when.elapsed() < STATUS_EVERY) {
            return;
        }
        let line = line();
        if self.said.as_ref().is_none_or(|(_, said)| *said != line) {
            tell(&[NotifyState::Status(&line)]);
        }
        self.said = Some((Instant::now(), line));
    }
}

/// Everything is open.
pub(super) fn ready() {
    tell(&[NotifyState::Ready]);
}

/// The configuration is being read anew; [`ready`] ends it.
pub(super) fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(_) => tell(&[NotifyState::Reloading]), // managers before 253 ask for no more
    }
}

/// The end.
pub(super) fn stopping() {
    tell(&[NotifyState::Stopping]);
}

fn tell(state: &[NotifyState<'_>]) {
    let _ = sd_notify::notify(state); // a manager that cannot be told decides by its own time-out
}
