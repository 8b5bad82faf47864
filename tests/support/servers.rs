//! Tests with real servers: scripts in Python that start them, and say what did not hold.

use std::process::Command;
use std::time::{Duration, Instant};

use super::BREACHD;

/// What a script exits with where the servers cannot run.
const SKIPPED: i32 = 77;

/// Runs one scenario of `tests/live/SCRIPT` to its end, within a time. Skipping is a pass on a desk, and a failure
/// where `BREACHD_NO_SKIP` is set.
pub fn scenario(script: &str, arguments: &[&str], scenario: &str, most: Duration) {
    let begun = Instant::now();
    let output = Command::new("timeout")
        .arg(most.as_secs().to_string())
        .arg("python3")
        .arg(format!("{}/tests/live/{script}", env!("CARGO_MANIFEST_DIR")))
        .args(["--breachd", BREACHD])
        .args(arguments)
        .arg(scenario)
        .env("PYTHONDONTWRITEBYTECODE", "1")
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

/// Whether a program that a test needs is not on this host; said, and a failure where `BREACHD_NO_SKIP` is set.
pub fn missing(programs: &[&str]) -> bool {
    let missing: Vec<_> = programs.iter().filter(|program| !std::path::Path::new(program).exists()).collect();
    if !missing.is_empty() {
        println!("skipped: {missing:?} not installed");
        assert!(
            std::env::var_os("BREACHD_NO_SKIP").is_none(),
            "{missing:?} not installed, and BREACHD_NO_SKIP is set"
        );
    }
    !missing.is_empty()
}
