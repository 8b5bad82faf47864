//! A block without a candidate costs no allocation, from the file to what is said of it: a clean log of any size is read in
//! the memory that its first blocks have taken.

#![allow(missing_docs, reason = "a test has no readers of its documentation but those who read it here")]
#![allow(
    unsafe_code,
    reason = "an allocator that counts is the only witness, and implementing one is unsafe"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use breachd::config::Packs;
use breachd::format::Format;
use breachd::line::Block;
use breachd::moment::Tz;
use breachd::producer::Text;
use breachd::scan::Scanner;
use breachd::source::archive::{Input, Reader, source_of};
use breachd::store;

/// The system's allocator, counting what the thread asks of it.
struct Counting;

thread_local! {
    static ASKED: Cell<u64> = const { Cell::new(0) };
}

fn count() {
    // A thread that is ending is not the one that is measured.
    let _ = ASKED.try_with(|asked| asked.set(asked.get() + 1));
}

// SAFETY: every call is handed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller keeps the contract of `alloc_zeroed`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: the caller keeps the contract of `realloc`.
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const BLOCK_BYTES: usize = 16 << 10;
/// How many facts a block holds.
type Ask = dyn Fn(&Scanner, Format, &Block<'_>) -> usize;

/// The buffer grows, and tables are made, in the first blocks.
const WARM_UP: usize = 3;

/// Allocations of each block of a log of this line, read and asked for its facts.
fn allocations(scanner: &Scanner, format: Format, line: &str, ask: &Ask) -> Vec<u64> {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("a.log");
    std::fs::write(&path, format!("{line}\n").repeat(40 * BLOCK_BYTES / line.len())).expect("a log");
    let input = Input { source: source_of(&path), path };
    let mut text = Text::new(scanner, Reader::open(&input).expect("a log"), Some(format));
    let mut each = Vec::with_capacity(100);
    loop {
        let before = ASKED.get();
        let facts = text.next(BLOCK_BYTES, |format, block| ask(scanner, format, block));
        let asked = ASKED.get() - before;
        let Some(facts) = facts.expect("a log") else { return each };
        assert_eq!(facts, 0, "{line}");
        each.push(asked);
    }
}

fn check(ask: &Ask) {
    let packs = Packs::shipped().expect("the shipped packs are sound");
    let keys = store::random_key().expect("random bytes");
    let scanner = Scanner::new(packs.engine, keys, Tz::Asia__Taipei).with_formats(packs.formats);
    let lines = [
        (
            Format::Syslog,
            "2026-11-17T00:00:00.123456+08:00 mx1 postfix/qmgr[812]: 4F0A2B: from=<a@b.tw>, size=1193, nrcpt=1",
        ),
        (
            Format::Clf,
            "203.0.113.9 - - [22/Nov/2026:09:04:05 +0800] \"GET /index.html HTTP/1.1\" 200 5120 \"-\" \"curl/8.5\"",
        ),
        (Format::Plain, "2026-11-22 09:04:05 INFO worker: job done in 35 ms, 2 of 3 left"),
    ];
    for (format, line) in lines {
        let each = allocations(&scanner, format, line, ask);
        assert!(each.len() > 30, "{} blocks", each.len());
        assert_eq!(each[WARM_UP..], vec![0; each.len() - WARM_UP], "{line}");
    }
}

#[test]
fn reading_a_block_costs_no_allocation() {
    check(&|_, _, _| 0);
}

#[test]
fn a_clean_block_costs_no_allocation() {
    check(&|scanner, format, block| scanner.hits(format, block).facts.len());
}

#[test]
fn the_allocator_counts() {
    let before = ASKED.get();
    let boxed = std::hint::black_box(Box::new(7));
    assert_eq!((ASKED.get() - before, *boxed), (1, 7));
}
