//! Logs that nobody writes to cost next to nothing, and are read at once when somebody does. The everyday size is small;
//! `BREACHD_IDLE_FILES` and `BREACHD_IDLE_SECONDS` make it 10,000 logs over five minutes.

#![allow(missing_docs, reason = "a test has no readers of its documentation but those who read it here")]
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test says its figures, and ends where it cannot go on"
)]

mod support;

use std::fs;
use std::io::Write;
use std::time::{Duration, Instant, SystemTime};

use support::{Site, size};

/// Of the release build; the figures of others are printed.
const RESIDENT_MIB_MAX: u64 = 64;
/// The same, in hundredths of a core.
const CPU_MAX: f64 = 1.0;

#[test]
fn idle_logs_cost_no_descriptor_and_next_to_no_time_and_are_read_at_once() {
    let (files, seconds) = (size("BREACHD_IDLE_FILES", 400), size("BREACHD_IDLE_SECONDS", 3));
    let site = Site::with(&[("*.log", "")], "transport = \"none\"", "");
    let long_ago = SystemTime::now() - Duration::from_mins(10);
    for n in 0..files {
        let mut file = fs::File::create(site.log(&format!("{n}.log"))).unwrap();
        writeln!(file, "2026-11-26T01:00:00+08:00 host app[1]: started {n}").unwrap();
        file.set_modified(long_ago).unwrap();
    }
    let daemon = site.watch(&[]);
    let process = format!("/proc/{}", daemon.child.id());
    let held = || {
        let open = fs::read_dir(format!("{process}/fd")).unwrap();
        let open = open.filter_map(|fd| fs::read_link(fd.ok()?.path()).ok());
        open.filter(|path| path.starts_with(site.path("log"))).count()
    };
    wait("all are read and at rest", || site.lines_read() == files && held() == 0);

    let (before, begun) = (ticks(&process), Instant::now());
    std::thread::sleep(Duration::from_secs(seconds as u64));
    let cpu = (ticks(&process) - before) as f64 / begun.elapsed().as_secs_f64();
    let status = fs::read_to_string(format!("{process}/status")).unwrap();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().split(' ').next());
    let resident: u64 = resident.unwrap().parse::<u64>().unwrap() / 1024;
    println!("{files} idle logs over {seconds} s: {cpu:.2} % of a core, {resident} MiB, no descriptor");
    if !cfg!(debug_assertions) {
        assert!(cpu < CPU_MAX && resident < RESIDENT_MIB_MAX);
    }

    let begun = Instant::now();
    for n in [0, files / 2, files - 1] {
        let mut file = fs::OpenOptions::new().append(true).open(site.log(&format!("{n}.log"))).unwrap();
        writeln!(file, "2026-11-26T02:00:00+08:00 host app[1]: goes on").unwrap();
    }
    wait("the new lines are read", || site.lines_read() == files + 3);
    let took = begun.elapsed();
    println!("three of them were written to, and committed after {} ms", took.as_millis());
    assert!(took < Duration::from_secs(10), "a look without a notice comes after 30 s: {took:?}");
}

/// Time of all threads in hundredths of a second.
fn ticks(process: &str) -> u64 {
    let stat = fs::read_to_string(format!("{process}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

fn wait(what: &str, mut is_done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_done() {
        assert!(begun.elapsed() < Duration::from_mins(2), "{what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}
