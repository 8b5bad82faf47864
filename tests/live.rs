//! Real servers under test: Postfix and nginx on loopback, a daemon that follows their logs, and a real SMTP
//! receiver. The scenarios are in tests/live/scenarios.py; `BREACHD_LIVE_RUNS` is how often each is run.

#![allow(missing_docs, reason = "a test binary")]

mod support;

use std::time::Duration;

use support::{servers, size};

/// What one scenario may take with the everyday number of runs; both and their servers fit into a minute.
const SECONDS_MAX: u64 = 30;
const RUNS: usize = 20;

#[test]
fn a_leak_through_a_real_postfix_is_told_within_two_seconds() {
    check("postfix");
}

#[test]
fn a_leak_through_a_real_nginx_is_told_within_two_seconds() {
    check("nginx");
}

/// The alerts go by the Postfix whose log is followed, to a team outside the organisation: they raise nothing.
#[test]
fn an_alert_that_comes_back_in_the_log_raises_no_second_one() {
    let most = Duration::from_secs(2 * SECONDS_MAX);
    servers::scenario("scenarios.py", &["--runs", "5", "--relay", "postfix"], "postfix", most);
}

fn check(scenario: &str) {
    let runs = size("BREACHD_LIVE_RUNS", RUNS);
    let most = Duration::from_secs(SECONDS_MAX * runs.div_ceil(RUNS) as u64);
    servers::scenario("scenarios.py", &["--runs", &runs.to_string()], scenario, most);
}
