//! A request from one thread to another that may be given up, and is then not done: whoever asked is never told "no" of
//! something that happens later.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

const WAITING: u8 = 0;
const TAKEN: u8 = 1;
const GIVEN_UP: u8 = 2;

/// A request with the way back for its answer.
#[derive(Debug)]
pub(super) struct Request<T> {
    /// What is asked for.
    pub(super) what: T,
    state: Arc<AtomicU8>,
    answer: SyncSender<Result<String, String>>,
}

impl<T> Request<T> {
    /// Whether it is still wanted. From here on it must be done, or answered with why not.
    pub(super) fn take(&self) -> bool {
        self.state.compare_exchange(WAITING, TAKEN, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }

    /// The answer.
    pub(super) fn answer(&self, answer: Result<String, String>) {
        let _ = self.answer.send(answer); // whoever asked may have gone
    }

    /// The same request about something else.
    pub(super) fn map<U>(self, change: impl FnOnce(T) -> U) -> Request<U> {
        Request { what: change(self.what), state: self.state, answer: self.answer }
    }
}

/// Hands a request over and waits for its answer: `patience` until it is taken, and as long again as it takes then, up
/// to `most`.
pub(super) fn hand_over<T>(
    way: &SyncSender<Request<T>>,
    what: T,
    patience: Duration,
    most: Duration,
) -> Result<String, String> {
    let busy = || "the daemon is busy and has not done it; `breachd ctl status` shows with what".to_owned();
    let (answer, answers): (_, Receiver<_>) = sync_channel(1);
    let state = Arc::new(AtomicU8::new(WAITING));
    match way.try_send(Request { what, state: Arc::clone(&state), answer }) {
        Ok(()) => {}
        Err(TrySendError::Full(_)) => return Err(busy()),
        Err(TrySendError::Disconnected(_)) => return Err("the daemon is stopping".to_owned()),
    }
    if let Ok(answer) = answers.recv_timeout(patience) {
        return answer;
    }
    if state.compare_exchange(WAITING, GIVEN_UP, Ordering::SeqCst, Ordering::SeqCst).is_ok() {
        return Err(busy());
    }
    answers.recv_timeout(most).unwrap_or_else(|_| {
        Err("it was begun and has not ended yet; look again before you repeat it".to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_up_is_not_done_and_what_is_begun_is_waited_for() {
        let (way, requests) = sync_channel(1);
        let (short, patience) = (Duration::from_millis(10), Duration::from_millis(500));
        let refused = hand_over(&way, "first", short, short);
        assert!(refused.is_err_and(|why| why.contains("has not done it")));
        assert!(!requests.recv().expect("it was sent").take(), "it is not wanted any more");
        let worker = std::thread::spawn(move || {
            let request = requests.recv().expect("sent");
            assert!(request.take());
            std::thread::sleep(patience + short);
            request.answer(Ok(request.what.to_owned()));
        });
        assert_eq!(hand_over(&way, "second", patience, Duration::from_secs(20)), Ok("second".to_owned()));
        worker.join().expect("no panic");
        assert!(hand_over(&way, "third", short, short).is_err_and(|why| why.contains("stopping")));
    }
}
