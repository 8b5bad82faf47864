//! When the store has something to do although nothing new was read.

use crate::store::{self, Effects};

/// The next updates and the next of everything else, microseconds since the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Due {
    update: Option<i64>,
    other: Option<i64>,
}

impl Due {
    /// Something is due at once.
    pub(super) const fn now() -> Self {
        Self { update: None, other: Some(i64::MIN) }
    }

    /// As a commit has left it.
    pub(super) const fn of(effects: &Effects) -> Self {
        Self { update: effects.next_update, other: effects.next_due }
    }

    /// Whether its time has come.
    pub(super) fn is_past(self, now: i64) -> bool {
        self.update.is_some_and(|due| store::is_due(due, now)) || self.other.is_some_and(|due| due <= now)
    }
}
