//! How fast each stage is, the case without a match first. `cargo bench` measures; `cargo test` runs each once, on less
//! text, so that none is broken unnoticed. `docs/performance.md` says how to read and compare.
//!
//! A group is a file with one function; `tally.rs` is the smallest to copy.

mod blocks;
mod formats;
mod store;
mod tally;
mod text;
mod views;
mod whole;

use criterion::{criterion_group, criterion_main};

criterion_group!(
    all,
    blocks::candidates,
    blocks::hits,
    views::views,
    formats::formats,
    tally::people,
    store::apply,
    whole::replay
);
criterion_main!(all);
