//! The thread that reads and scans.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, SyncSender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::board::Board;
use super::desk::{Settled, Turn};
use super::handover::Request;
use super::pulse::Worker;
use super::signals::Asked;
use crate::batch::Batch;
use crate::producer::Live;
use crate::{fault, observe};

/// What goes from the reader to the store, in the order in which it was read.
pub(super) enum Work {
    /// What lines say.
    Batch(Box<Batch>),
    /// From here on another configuration is in force.
    Turn(Box<Request<Settled>>),
}

/// How often files are looked at when nothing wakes the reader.
const POLL: Duration = Duration::from_millis(250);
/// After a wake-up, how long further changes are waited for: a file written at full speed is read in large pieces.
const COALESCE: Duration = Duration::from_millis(2);
/// And how long where the last look brought much: what comes now has company, and each look costs a commit.
const COALESCE_BUSY: Duration = Duration::from_millis(50);
/// So many bytes in one look are much.
const BUSY_BYTES: u64 = 64 << 10;

/// The thread that reads and scans.
pub(super) fn reader(
    mut live: Live,
    asked: Arc<Asked>,
    board: Arc<Board>,
    turns: Receiver<Request<Turn>>,
    work: SyncSender<Work>,
) -> JoinHandle<()> {
    let hand_over = move |one: Work, board: &Board| board.pulse.while_handing_over(|| work.send(one)).is_ok();
    let work = move || {
        // The first look was at the start, and what it found is to be read.
        let mut is_looked = true;
        while !asked.stop.load(Ordering::Relaxed) {
            board.pulse.beat(Worker::Reader);
            stand_still_if_asked(&board);
            if let Ok(turn) = turns.try_recv()
                && turn.take()
                && !hand_over(Work::Turn(turn_over(&mut live, turn)), &board)
            {
                return;
            }
            let notices = if std::mem::take(&mut is_looked) { Vec::new() } else { live.look() };
            for notice in notices {
                board.notice(&notice);
                observe::source_troubled(&notice.path, &notice.what, &notice.hint);
            }
            fault::point("reader.looked");
            board.look(|| live.status());
            // A log that grows without a pause is never read to its end: names are looked at all the same.
            let until = Instant::now() + POLL;
            let (mut is_behind, mut bytes) = (false, 0);
            while let Some(batch) = live.next(false) {
                bytes += batch.progress.iter().map(|one| one.generation.offset - one.from).sum::<u64>();
                if !hand_over(Work::Batch(Box::new(batch)), &board) || asked.stop.load(Ordering::Relaxed) {
                    return;
                }
                fault::point("reader.handed-over");
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

/// Reads by a new configuration from here on; what was read by the old one is on its way to the store before it.
fn turn_over(live: &mut Live, turn: Request<Turn>) -> Box<Request<Settled>> {
    Box::new(turn.map(|turn| {
        live.reconfigure(turn.pipeline, &turn.generations);
        turn.settled
    }))
}

/// For the tests: a reader that does not get on, once something was committed.
fn stand_still_if_asked(board: &Board) {
    while fault::is_on("stuck-reader") && board.said().last_commit.is_some() {
        thread::sleep(POLL);
    }
}
