//! Counts the instructions of the hot kernels under callgrind, so that a regression shows on a noisy machine too.
//!
//! `instructions check` compares with `counts.toml`, `instructions record` rewrites it, `instructions growth` tells how the
//! cost of counting linked people grows, and `instructions kernels` is what they run under valgrind; it may be run alone,
//! and with the beginning of a kernel's name.

mod counts;
mod kernels;

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use counts::Counts;

const USAGE: &str = "Usage: instructions check | record | growth | kernels [BEGINNING OF A NAME]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["check"] => check(),
        ["record"] => record(),
        ["growth"] => growth(),
        ["kernels"] => run(""),
        ["kernels", name] => run(name),
        _ => Err(USAGE.to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(text) => {
            eprintln!("instructions: {text}");
            ExitCode::FAILURE
        }
    }
}

/// Each kernel once for what is only built when it is first needed, and once to be counted.
fn run(only: &str) -> Result<(), String> {
    let kernels = if only.starts_with(kernels::LINKS) { kernels::links() } else { kernels::kernels() };
    if !kernels.iter().any(|kernel| kernel.name.starts_with(only)) {
        return Err(format!("no kernel's name begins with {only}"));
    }
    for kernel in kernels.into_iter().filter(|kernel| kernel.name.starts_with(only)) {
        black_box((kernel.run)());
        measured_kernel(&kernel);
        println!("{}", kernel.name);
    }
    Ok(())
}

/// callgrind counts between entry and exit of the function with this name, and writes a part for each call.
#[inline(never)]
fn measured_kernel(kernel: &kernels::Kernel) {
    black_box((kernel.run)());
}

fn check() -> Result<(), String> {
    let file = file();
    let text = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let committed = Counts::parse(&text).map_err(|error| format!("{}: {error}", file.display()))?;
    let measured = measure("")?;
    let verdict = counts::compare(&committed, &measured);
    print!("{}", verdict.table);
    if verdict.faults.is_empty() { Ok(()) } else { Err(verdict.faults.join("\n")) }
}

fn record() -> Result<(), String> {
    let measured = measure("")?;
    std::fs::write(file(), measured.text()).map_err(|error| format!("{}: {error}", file().display()))
}

/// That counting linked people grows no faster than n log n, from each size to the next, with a hundredth to spare.
fn growth() -> Result<(), String> {
    let measured = measure(kernels::LINKS)?;
    let mut sizes = Vec::new();
    for (name, count) in &measured.of {
        let people = name.trim_start_matches(|c: char| !c.is_ascii_digit());
        let people: u32 = people.parse().map_err(|error| format!("{name}: {error}"))?;
        sizes.push((f64::from(people), *count));
    }
    sizes.sort_by(|one, other| one.0.total_cmp(&other.0));
    let in_n_log_n = |(people, count): &(f64, u64)| *count as f64 / (people * people.log2());
    for size in &sizes {
        println!("{:>8} people {:>14} instructions, {:.1} × n log n", size.0, size.1, in_n_log_n(size));
    }
    let grows = sizes.windows(2).any(|two| in_n_log_n(&two[1]) > 1.01 * in_n_log_n(&two[0]));
    if grows { Err("counting linked people grows faster than n log n".to_owned()) } else { Ok(()) }
}

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("counts.toml")
}

/// Runs this program under callgrind. The environment is empty, so that nothing in it moves the stack.
fn measure(kernels: &str) -> Result<Counts, String> {
    if !has_avx2() {
        return Err(
            "this processor has no AVX2, so valgrind has none, and the figures are of code that uses it"
                .to_owned(),
        );
    }
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let out = std::env::temp_dir().join(format!("breachd-instructions-{}", std::process::id()));
    let ran = Command::new("valgrind")
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .args(["-q", "--tool=callgrind", "--combine-dumps=yes"])
        .args([
            "--toggle-collect=instructions::measured_kernel",
            "--dump-after=instructions::measured_kernel",
        ])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(own)
        .args(["kernels", kernels])
        .output()
        .map_err(|error| format!("cannot run valgrind (Debian package valgrind): {error}"))?;
    let parts = std::fs::read_to_string(&out).unwrap_or_default();
    // What cannot be removed is a few kilobytes in a temporary folder.
    let _ = std::fs::remove_file(&out);
    if !ran.status.success() {
        return Err(format!("valgrind: {}\n{}", ran.status, String::from_utf8_lossy(&ran.stderr)));
    }
    let names = String::from_utf8_lossy(&ran.stdout);
    Counts::of_parts(&names, &parts, versions())
}

#[cfg(target_arch = "x86_64")]
fn has_avx2() -> bool {
    std::arch::is_x86_feature_detected!("avx2")
}

#[cfg(not(target_arch = "x86_64"))]
fn has_avx2() -> bool {
    false
}

/// What the figures depend on beside the program.
fn versions() -> String {
    let version = |program: &str| {
        let out = Command::new(program).arg("--version").output().ok()?;
        let text = String::from_utf8_lossy(&out.stdout).into_owned();
        Some(text.split('(').next()?.trim().to_owned())
    };
    let versions = ["rustc", "valgrind"].map(|program| version(program).unwrap_or_default());
    versions.join(", ")
}
