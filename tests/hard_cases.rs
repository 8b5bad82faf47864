//! The hard cases of reading logs that others write, rotate, truncate and delete: each row of `docs/tailing.md` is a
//! test of its name. A test runs its scenario on a real folder with the guard and without it, and fails where the guard
//! loses or doubles a line, where nothing goes wrong without it (then it guards nothing, or the scenario is none), and
//! where the table says something else than was measured.
//!
//! `BREACHD_BLESS=1 cargo test --all-features --test hard_cases` writes what was measured into the table.

#![cfg(feature = "faults")]
#![allow(dead_code, missing_docs, unreachable_pub, reason = "each file uses its part")]
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test says its figures, and ends where it cannot go on"
)]

#[path = "hard_cases/content.rs"]
mod content;
#[path = "hard_cases/disk.rs"]
mod disk;
#[path = "hard_cases/downtime.rs"]
mod downtime;
#[path = "hard_cases/folder.rs"]
mod folder;
#[path = "hard_cases/log.rs"]
mod log;
#[path = "hard_cases/rotation.rs"]
mod rotation;
#[path = "hard_cases/row.rs"]
mod row;
#[path = "hard_cases/store.rs"]
mod store;
mod support;

#[test]
fn each_of_the_32_rows_has_one_test_and_one_line_of_the_table() {
    if std::env::var_os("BREACHD_BLESS").is_some() {
        return; // the table is being written
    }
    let mut tests = row::tests_by_row();
    tests.sort_unstable();
    assert_eq!(tests, (1..=32).collect::<Vec<u8>>(), "tests named row_NN_…");
    let lines: Vec<u8> = row::lines_of_the_table().into_iter().map(|(number, _)| number).collect();
    assert_eq!(lines, tests, "lines of {}", row::TABLE);
}
