//! What happens to a log and its reader, step by step.

use crate::support::Random;

/// One step. One that makes no sense where it stands does nothing, so that any selection of steps is a script.
#[derive(Clone, Debug)]
pub enum Step {
    /// So many whole lines, in one write.
    Append(usize),
    /// A part of the next line, so many bytes of it; the next write goes on with it.
    Piece(usize),
    /// Renames: `log` to `log.1`, `log.1` to `log.2` … The writer keeps the file that it has open.
    Shift,
    /// The writer opens `log` anew, making it if it is not there.
    Reopen,
    /// Copies `log` to `log.1` after shifting the others, as copytruncate begins.
    Copy,
    /// Cuts `log` off, as copytruncate ends.
    Truncate,
    /// Begins to compress the newest rotated file: a part of the archive stands beside it.
    BeginCompression,
    /// Compresses the newest rotated file.
    Compress,
    /// Deletes the oldest rotated file.
    Delete,
    /// So many milliseconds pass: the clock of the file system is a coarse one.
    Pause(u64),
    /// The reader looks, and takes up to so many batches.
    Read(usize),
    /// The reader looks and reads until there is nothing more.
    Drain,
    /// The reader dies, after having read a batch that it does not commit or before.
    Kill {
        /// Whether it had read one.
        has_read: bool,
    },
    /// The reader starts where its store stands.
    Start,
    /// A reader starts, reads everything with the unfinished last line, and ends (`watch --once`).
    Once,
}

/// The steps and how the reader reads.
#[derive(Clone, Debug)]
pub struct Script {
    pub steps: Vec<Step>,
    /// Bytes read at once.
    pub chunk: usize,
    /// Bytes of a batch.
    pub batch: u64,
    /// Whether a renamed file is left as soon as it is read to its end.
    pub is_hasty: bool,
    /// Whether the store keeps the offsets and counts the people.
    pub has_store: bool,
    /// Whether the lines belong to messages, so that what one says is known by others; needs the store.
    pub has_messages: bool,
}

impl Script {
    /// Some forty steps.
    pub fn random(seed: u64) -> Self {
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9));
        // No line is longer than the smallest; one that is comes in windows.
        let chunk = [240, 400, 1500, 1 << 20][random.below(4)];
        let batch = [1, 600, 3000, 8 << 20][random.below(4)];
        let mut steps = vec![Step::Start];
        while steps.len() < 15 + random.below(40) {
            several(&mut steps, &mut random);
        }
        Self {
            steps,
            chunk,
            batch,
            is_hasty: random.below(4) == 0,
            has_store: seed.is_multiple_of(4),
            has_messages: seed.is_multiple_of(8),
        }
    }

    /// The same script with as few steps as still do what `fails` looks for.
    pub fn smallest(&self, fails: &dyn Fn(&Self) -> bool) -> Self {
        let mut small = self.clone();
        let mut size = small.steps.len() / 2;
        while size > 0 {
            let mut at = 0;
            while at < small.steps.len() {
                let mut fewer = small.clone();
                fewer.steps.drain(at..(at + size).min(small.steps.len()));
                if fails(&fewer) {
                    small = fewer;
                } else {
                    at += size;
                }
            }
            size /= 2;
        }
        small
    }
}

/// One step, or some that belong together with whatever comes between them.
fn several(steps: &mut Vec<Step>, random: &mut Random) {
    let read = |random: &mut Random| {
        if random.below(2) == 0 { Step::Drain } else { Step::Read(1 + random.below(4)) }
    };
    match random.below(30) {
        0..=7 => steps.push(Step::Append(1 + random.below(6))),
        8 | 9 => steps.push(Step::Piece(1 + random.below(80))),
        10 => steps.push(Step::Append(20 + random.below(30))),
        11..=15 => steps.push(read(random)),
        16 | 17 => {
            steps.push(Step::Shift);
            between(steps, random);
            steps.push(Step::Reopen);
        }
        18 => steps.extend([Step::Shift, Step::Reopen]),
        19 | 20 => {
            steps.push(Step::Copy);
            between(steps, random);
            steps.push(Step::Truncate);
        }
        21 => steps.push(Step::Truncate),
        22 => {
            steps.push(Step::BeginCompression);
            between(steps, random);
            steps.push(Step::Compress);
        }
        23 => steps.push(Step::Compress),
        24 => steps.push(Step::Delete),
        25 => steps.push(Step::Pause(1 + random.below(6) as u64)),
        26..=28 => {
            steps.push(Step::Kill { has_read: random.below(2) == 0 });
            for _ in 0..random.below(4) {
                several(steps, random);
            }
            steps.push(if random.below(4) == 0 { Step::Once } else { Step::Start });
            steps.push(Step::Start);
        }
        _ => steps.push(Step::Start),
    }
}

fn between(steps: &mut Vec<Step>, random: &mut Random) {
    for _ in 0..random.below(3) {
        steps.push(match random.below(4) {
            0 | 1 => Step::Append(1 + random.below(4)),
            2 => Step::Drain,
            _ => Step::Read(1 + random.below(3)),
        });
    }
}
