//! Many small batches in one transaction: what already waits is joined, up to the bounds of a tick.

use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use super::reader::Work;
use crate::batch::Batch;

/// Facts of one transaction, above which waiting batches are left for the next.
const FACTS_MAX: usize = 16_384;
/// The same in bytes read.
const BYTES_MAX: u64 = 8 << 20;
/// How long batches are joined when more and more come; a level that rises waits no longer than this.
const TICK: Duration = Duration::from_millis(200);

/// Adds what waits to a batch. Ranges of one file follow each other, so joined batches are a batch. `held` is what is no
/// batch, and has its place after what was read before it.
pub(super) fn gather(mut batch: Batch, waiting: &Receiver<Work>, held: &mut Option<Work>) -> Batch {
    let until = Instant::now() + TICK;
    let mut bytes = read(&batch);
    while batch.facts.len() < FACTS_MAX && bytes < BYTES_MAX && Instant::now() < until {
        match waiting.try_recv() {
            Ok(Work::Batch(next)) => {
                bytes += read(&next);
                join(&mut batch, *next);
            }
            Ok(turn) => {
                *held = Some(turn);
                break;
            }
            Err(_) => break,
        }
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
    batch.acts.extend(next.acts);
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;

    use super::*;
    use crate::batch::{Covered, FileId, Generation, GenerationState, Progress};
    use crate::line::SourceId;

    fn batch(from: u64, to: u64) -> Batch {
        let generation = Generation {
            id: 1,
            source: SourceId::new("a"),
            path: "a".to_owned(),
            file: FileId::default(),
            version: 0,
            head_len: 0,
            head_hash: String::new(),
            offset: to,
            lines: 0,
            marker: String::new(),
            state: GenerationState::Live,
            covered: Covered::default(),
        };
        Batch { progress: vec![Progress { generation, from }], ..Batch::new("key") }
    }

    #[test]
    fn what_waits_is_joined_up_to_a_tick() {
        let (into, waiting) = sync_channel(9);
        assert_eq!(
            gather(batch(0, 1), &waiting, &mut None).progress.len(),
            1,
            "an empty channel is not waited for"
        );
        for n in 1..6 {
            let batch = batch(n * BYTES_MAX / 2, (n + 1) * BYTES_MAX / 2);
            assert!(into.send(Work::Batch(Box::new(batch))).is_ok());
        }
        assert_eq!(gather(batch(0, BYTES_MAX / 2), &waiting, &mut None).progress.len(), 2);
        let Ok(Work::Batch(next)) = waiting.try_recv() else { panic!("the rest waits") };
        assert_eq!(next.progress[0].from, BYTES_MAX);
    }
}
