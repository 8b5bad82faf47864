//! Many small batches in one transaction: what already waits is joined, up to the bounds of a tick.

use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use crate::batch::Batch;

/// Facts of one transaction, above which waiting batches are left for the next.
const FACTS_MAX: usize = 16_384;
/// The same in bytes read.
const BYTES_MAX: u64 = 8 << 20;
/// How long batches are joined when more and more come; a level that rises waits no longer than this.
const TICK: Duration = Duration::from_millis(200);

/// Adds what waits to a batch. Ranges of one file follow each other, so joined batches are a batch.
pub(super) fn gather(mut batch: Batch, waiting: &Receiver<Batch>) -> Batch {
    let until = Instant::now() + TICK;
    let mut bytes = read(&batch);
    while batch.facts.len() < FACTS_MAX && bytes < BYTES_MAX && Instant::now() < until {
        let Ok(next) = waiting.try_recv() else { break };
        bytes += read(&next);
        join(&mut batch, next);
    }
    batch
}

fn read(batch: &Batch) -> u64 {
    batch.progress.iter().map(|one| one.generation.offset - one.from).sum()
}

fn join(batch: &mut Batch, next: Batch) {
    batch.facts.extend(next.facts);
    batch.unfinished.extend(next.unfinished);
    batch.progress.extend(next.progress);
    for closed in &next.closed {
        batch.opened.retain(|open| open.thread != *closed);
    }
    batch.closed.retain(|closed| !next.opened.iter().any(|open| open.thread == *closed));
    batch.opened.extend(next.opened);
    batch.closed.extend(next.closed);
    batch.clocks.extend(next.clocks);
    batch.notes.extend(next.notes);
}
