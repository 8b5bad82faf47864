//! The wall clock, and whether somebody set it. Waits and deadlines are told in wall time, because people are; that it
//! jumped must stand in the ledger, and must neither hold a letter back nor move a deadline.

use crate::batch::{Note, NoteKind};
use crate::moment::SECOND;

/// A difference that is a step and not a clock that runs a little fast, in microseconds.
const STEP: i64 = 2 * SECOND;

/// Compares the wall clock with the time since boot, which nobody can set and which goes on while the machine sleeps.
#[derive(Debug)]
pub(super) struct Clock {
    /// Wall time at boot, as it looked last.
    boot: i64,
}

impl Clock {
    pub(super) fn new(now: i64) -> Self {
        Self { boot: now - since_boot() }
    }

    /// A note for the ledger, if the clock was set since the last look, and by how many seconds.
    pub(super) fn look(&mut self, now: i64) -> Option<(Note, i64)> {
        self.compare(now - since_boot())
    }

    fn compare(&mut self, boot: i64) -> Option<(Note, i64)> {
        let by = boot - self.boot;
        self.boot = boot;
        if by.abs() <= STEP {
            return None;
        }
        let seconds = by / SECOND;
        Some((Note::new(NoteKind::ClockStep, format!("the wall clock was set by {seconds} s")), seconds))
    }
}

fn since_boot() -> i64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    time.tv_sec * SECOND + time.tv_nsec / 1_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_told_once_and_drift_is_not() {
        let mut clock = Clock { boot: 0 };
        assert_eq!(clock.compare(STEP), None);
        assert_eq!(clock.compare(2 * STEP), None, "drift, a little each time");
        let (note, by) = clock.compare(2 * STEP - 365 * 86_400 * SECOND).expect("a step");
        assert_eq!((note.kind, by), (NoteKind::ClockStep, -365 * 86_400));
        assert_eq!(clock.compare(2 * STEP - 365 * 86_400 * SECOND), None);
    }
}
