//! The thread that reads and scans.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use notify::{RecursiveMode, Watcher};

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
/// How long change notices are taken in before they may wait once more. A storm of notices of many files drains in it.
const DRAIN: Duration = Duration::from_micros(50);

/// The thread that reads and scans.
pub(super) fn reader(mut live: Live, asked: Arc<Asked>, batches: SyncSender<Batch>) -> JoinHandle<()> {
    let work = move || {
        let (wake, woken) = sync_channel(1);
        let mut watcher = watcher(wake);
        let mut known = Vec::new();
        while !asked.stop.load(Ordering::Relaxed) {
            for notice in live.rescan() {
                observe::source_troubled(&notice.path, &notice.what, &notice.hint);
            }
            if let Some(watcher) = &mut watcher {
                watch_new(watcher, &live, &mut known);
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
            if !is_behind && woken.recv_timeout(POLL).is_ok() {
                thread::sleep(if bytes < BUSY_BYTES { COALESCE } else { COALESCE_BUSY });
            }
        }
    };
    thread::Builder::new().name("reader".into()).spawn(work).expect("a process may have a second thread")
}

/// Change notices are hints: whatever one says, and when none comes, files are looked at. While a wake-up waits to be
/// taken, the kernel collects further notices in one: a log written line by line at 100 MB/s cost a third of a core in
/// notices alone.
fn watcher(wake: SyncSender<()>) -> Option<notify::RecommendedWatcher> {
    let mut waited = Instant::now();
    let told = move |_: notify::Result<notify::Event>| match wake.try_send(()) {
        Err(TrySendError::Full(())) if waited.elapsed() > DRAIN => {
            thread::sleep(COALESCE);
            waited = Instant::now();
        }
        Ok(()) | Err(TrySendError::Full(()) | TrySendError::Disconnected(())) => {}
    };
    notify::recommended_watcher(told).ok()
}

fn watch_new(watcher: &mut notify::RecommendedWatcher, live: &Live, known: &mut Vec<std::path::PathBuf>) {
    for directory in live.directories() {
        if !known.contains(&directory) {
            if let Err(error) = watcher.watch(&directory, RecursiveMode::NonRecursive) {
                observe::not_watched(&directory, &error);
            }
            known.push(directory);
        }
    }
}
