//! Who has got on, and when: the service manager's watchdog is fed only while every thread does.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A thread that has work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Worker {
    /// Reads and scans.
    Reader,
    /// Commits.
    Store,
    /// Sends.
    Mailer,
}

impl Worker {
    const ALL: [(Self, &'static str); 3] =
        [(Self::Reader, "the reader"), (Self::Store, "the store"), (Self::Mailer, "the mailer")];
}

/// When each thread last got on, in milliseconds since the start.
#[derive(Debug)]
pub(super) struct Pulse {
    origin: Instant,
    beats: [AtomicU64; 3],
    /// The reader has a batch and the store no room for it: who is slow then is the store.
    is_handing_over: AtomicBool,
}

impl Pulse {
    /// All of them begin now; who has no work to do says so by [`Pulse::rest`].
    pub(super) fn new() -> Self {
        Self {
            origin: Instant::now(),
            beats: [const { AtomicU64::new(0) }; 3],
            is_handing_over: AtomicBool::new(false),
        }
    }

    /// A round of work is done, or there was none.
    pub(super) fn beat(&self, worker: Worker) {
        self.beats[worker as usize].store(self.now(), Ordering::Relaxed);
    }

    /// Nothing more is expected of it.
    pub(super) fn rest(&self, worker: Worker) {
        self.beats[worker as usize].store(u64::MAX, Ordering::Relaxed);
    }

    /// Does what may wait for the store.
    pub(super) fn while_handing_over<T>(&self, work: impl FnOnce() -> T) -> T {
        self.is_handing_over.store(true, Ordering::Relaxed);
        let done = work();
        self.is_handing_over.store(false, Ordering::Relaxed);
        self.beat(Worker::Reader);
        done
    }

    /// A thread that has not got on for so long.
    pub(super) fn stuck(&self, limit: Duration) -> Option<&'static str> {
        let oldest = self.now().saturating_sub(limit.as_millis() as u64);
        let is_stuck = |worker: Worker| {
            let waits = worker == Worker::Reader && self.is_handing_over.load(Ordering::Relaxed);
            !waits && self.beats[worker as usize].load(Ordering::Relaxed) < oldest
        };
        Worker::ALL.into_iter().find(|(worker, _)| is_stuck(*worker)).map(|(_, name)| name)
    }

    fn now(&self) -> u64 {
        self.origin.elapsed().as_millis() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_does_not_get_on_is_named_unless_it_waits_for_another() {
        let limit = Duration::from_millis(200);
        let pulse = Pulse::new();
        assert_eq!(pulse.stuck(limit), None, "all have just begun");
        std::thread::sleep(limit * 2);
        pulse.rest(Worker::Mailer);
        pulse.beat(Worker::Reader);
        assert_eq!(pulse.stuck(limit), Some("the store"));
        std::thread::sleep(limit * 2);
        pulse.beat(Worker::Store);
        assert_eq!(pulse.stuck(limit), Some("the reader"));
        pulse.while_handing_over(|| assert_eq!(pulse.stuck(limit), None));
        assert_eq!(pulse.stuck(limit), None, "it has got on");
    }
}
