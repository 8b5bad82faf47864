//! The thread that reads and scans.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::SyncSender;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::signals::Asked;
use crate::batch::Batch;
use crate::observe;
use crate::producer::Live;

/// How often files are looked at when nothing wakes the reader.
const POLL: Duration = Duration::from_millis(250);
/// After a wake-up, how long further changes are waited for: a file written at full speed is read in large pieces.
const COALESCE: Duration = Duration::from_millis(2);
/// And how long where the last look brought much: what comes now has company, and each look costs a commit.
const COALESCE_BUSY: Duration = Duration::from_millis(10);
/// So many bytes in one look are much.
const BUSY_BYTES: u64 = 64 << 10;

/// The thread that reads and scans.
pub(super) fn reader(mut live: Live, asked: Arc<Asked>, batches: SyncSender<Batch>) -> JoinHandle<()> {
    let work = move || {
        live = live.watched();
        while !asked.stop.load(Ordering::Relaxed) {
            for notice in live.look() {
                observe::source_troubled(&notice.path, &notice.what, &notice.hint);
            }
            // A log that grows without a pause is never read to its end: names are looked at all the same.
            let until = Instant::now() + POLL;
            let (mut is_behind, mut bytes) = (false, 0);
            while let Some(batch) = live.next(false) {
                bytes += batch.progress.iter().map(|one| one.generation.offset - one.from).sum::<u64>();
                if batches.send(batch).is_err() || asked.stop.load(Ordering::Relaxed) {
                    return;
                }
                is_behind = Instant::now() >= until;
                if is_behind {
                    break;
                }
            }
            for trouble in live.troubles() {
                observe::read_failed(&trouble);
            }
            // While this sleeps the kernel collects what it tells of one file in one notice.
            if !is_behind && live.wait(POLL) {
                thread::sleep(if bytes < BUSY_BYTES { COALESCE } else { COALESCE_BUSY });
            }
        }
    };
    thread::Builder::new().name("reader".into()).spawn(work).expect("a process may have a second thread")
}
