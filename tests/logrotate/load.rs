//! A server that writes its log without a pause and keeps its descriptor.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::support::{national_id, until};

/// Writes until it is told to end.
pub struct Load {
    told: Arc<Told>,
    thread: Option<JoinHandle<Vec<Place>>>,
    /// Where each line was written; known at the end.
    pub places: Vec<Place>,
}

/// Where a line stands: in the log as it was between so many truncations and the next.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub file: usize,
    pub to: u64,
}

/// What the threads tell each other.
#[derive(Default)]
struct Told {
    ends: AtomicBool,
    reopens: AtomicBool,
    lines: AtomicUsize,
    /// The log's size at each truncation.
    truncated_at: Mutex<Vec<u64>>,
}

impl Load {
    pub fn begin(path: &Path) -> Self {
        let told = Arc::<Told>::default();
        let (path, teller) = (path.to_owned(), Arc::clone(&told));
        let thread = Some(std::thread::spawn(move || write(&path, &teller)));
        Self { told, thread, places: Vec::new() }
    }

    /// Lines written by now.
    pub fn lines(&self) -> usize {
        self.told.lines.load(Ordering::SeqCst)
    }

    /// The writer opens its log anew, as after a signal.
    pub fn reopen(&self) {
        self.told.reopens.store(true, Ordering::SeqCst);
        assert!(
            until(Duration::from_mins(1), || !self.told.reopens.load(Ordering::SeqCst)),
            "it writes no more"
        );
    }

    /// Sizes of the log at its truncations, as its writer has found them.
    pub fn truncated_at(&self) -> Vec<u64> {
        self.told.truncated_at.lock().expect("nobody panics with it").clone()
    }

    pub fn wait_for_truncation(&self, nth: usize) {
        assert!(until(Duration::from_mins(1), || self.truncated_at().len() >= nth), "no truncation was seen");
    }

    pub fn end(&mut self) {
        self.told.ends.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            self.places = thread.join().expect("the writer has no reason to fail");
        }
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.end();
    }
}

fn write(path: &Path, told: &Told) -> Vec<Place> {
    let (mut file, mut size) = (appending(path), 0);
    let mut places: Vec<Place> = Vec::new();
    let mut truncations = 0;
    while !told.ends.load(Ordering::SeqCst) {
        if told.reopens.load(Ordering::SeqCst) {
            file = appending(path);
            size = 0;
            told.reopens.store(false, Ordering::SeqCst);
        }
        let text = burst(places.len());
        let length = text.len() as u64;
        file.write_all(text.as_bytes()).expect("a disk with room");
        let now = file.metadata().expect("an open file").len();
        // Cut off before this write, or after it.
        let (at_end, is_before) = (size + length, now == length && size > 0);
        let is_after = now == 0;
        places.push(Place {
            file: truncations + usize::from(is_before),
            to: if is_before { length } else { at_end },
        });
        if is_before || is_after {
            told.truncated_at.lock().expect("nobody panics with it").push(if is_before {
                size
            } else {
                at_end
            });
            truncations += 1;
        }
        size = now;
        told.lines.fetch_add(1, Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(10));
    }
    places
}

fn appending(path: &Path) -> File {
    OpenOptions::new().create(true).append(true).open(path).expect("a log")
}

/// Microseconds of 2026-11-17T00:00:00Z: line 0. A line is a second, and thirteen days of them are enough.
const START: i64 = 1_794_873_600_000_000;

/// Lines without anybody, written before each line that counts: a load for the reader, not for the store.
const CLEAN_LINES: usize = 20;

/// What is written at once.
fn burst(line: usize) -> String {
    let clean = format!(
        "203.0.113.9 - - [17/Nov/2026:00:00:00 +0000] \"GET /index/{line} HTTP/1.1\" 200 512 \"-\" \"curl/8\"\n"
    );
    clean.repeat(CLEAN_LINES) + &text(line)
}

/// A download of its own person.
fn text(line: usize) -> String {
    let (day, hour, minute, second) = (17 + line / 86400, line / 3600 % 24, line / 60 % 60, line % 60);
    assert!(day <= 30, "more lines than November has seconds left");
    let (actor, person) = (line % 20, national_id(line));
    format!(
        "203.0.113.9 - user{actor} [{day}/Nov/2026:{hour:02}:{minute:02}:{second:02} +0000] \"GET /file?id={person} HTTP/1.1\" 200 512 \"-\" \"curl/8\"\n"
    )
}

/// The line of a time.
pub fn line_at(us: i64) -> Option<usize> {
    let line = (us - START) / 1_000_000;
    // A gap has the time of its file.
    (0..13 * 86400).contains(&line).then_some(line as usize)
}
