//! Real servers under test: Postfix and nginx on loopback, a daemon that follows their logs, and a real SMTP
//! receiver. The scenarios are in tests/live/scenarios.py; `BREACHD_LIVE_RUNS` is how often each is run.

#![allow(missing_docs, reason = "a test binary")]
#![allow(clippy::print_stdout, reason = "a test says its figures")]

mod support;

use std::process::Command;
use std::time::{Duration, Instant};

use support::{BREACHD, size};

/// What one scenario may take with the everyday number of runs; both and their servers fit into a minute.
const SECONDS_MAX: u64 = 30;
const RUNS: usize = 20;
/// What scenarios.py exits with where the servers cannot run.
const SKIPPED: i32 = 77;

#[test]
fn a_leak_through_a_real_postfix_is_told_within_two_seconds() {
    check("postfix");
}

#[test]
fn a_leak_through_a_real_nginx_is_told_within_two_seconds() {
    check("nginx");
}

/// Runs one scenario to its end. Skipping is a pass on a desk, and a failure where `BREACHD_NO_SKIP` is set.
fn check(scenario: &str) {
    let runs = size("BREACHD_LIVE_RUNS", RUNS);
    let most = Duration::from_secs(SECONDS_MAX * runs.div_ceil(RUNS) as u64);
    let begun = Instant::now();
    let output = Command::new("timeout")
        .arg(most.as_secs().to_string())
        .args(["python3", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/live/scenarios.py")])
        .args(["--breachd", BREACHD, "--runs", &runs.to_string(), scenario])
        .output()
        .expect("coreutils and python3 start");
    let said = String::from_utf8_lossy(&output.stdout);
    println!("{said}{}{scenario}: {:.1?}", String::from_utf8_lossy(&output.stderr), begun.elapsed());
    match output.status.code() {
        Some(0) => {}
        Some(SKIPPED) => {
            let forbidden = std::env::var_os("BREACHD_NO_SKIP").is_some();
            assert!(!forbidden, "{scenario} was skipped, and BREACHD_NO_SKIP is set: {said}");
        }
        code => panic!("{scenario} ended with {code:?} (124 is the time limit of {most:?})"),
    }
}
