//! The thread that copies the store once a day, so that a damaged one costs a day of reading and not all of it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::signals::Asked;
use crate::{fault, observe, store};

/// How old the last snapshot may be, in seconds.
const AGE_MAX: u64 = 24 * 60 * 60;
/// How long a fresh daemon reads before it makes its first, in seconds: a store that is just filling is copied for nothing.
const FIRST: usize = 600;
/// How often it is asked whether the daemon stops.
const LOOK: Duration = Duration::from_millis(200);
/// How long a copy that failed is not tried again.
const AFTER_FAILURE: Duration = Duration::from_hours(1);

pub(super) fn snapshots(dir: PathBuf, asked: Arc<Asked>) -> JoinHandle<()> {
    let first = fault::number("snapshot-after").unwrap_or(FIRST);
    let work = move || {
        let mut not_before = Instant::now() + Duration::from_secs(first as u64);
        while !asked.stop.load(Ordering::Relaxed) {
            thread::sleep(LOOK);
            if Instant::now() < not_before || store::snapshot_age(&dir).is_some_and(|age| age < AGE_MAX) {
                continue;
            }
            match store::snapshot(&dir) {
                Ok(path) => observe::snapshot_made(&path),
                Err(error) => {
                    observe::no_snapshot(&error);
                    not_before = Instant::now() + AFTER_FAILURE;
                }
            }
        }
    };
    thread::Builder::new().name("snapshots".into()).spawn(work).expect("a process may have a fourth thread")
}
