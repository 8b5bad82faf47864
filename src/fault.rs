//! Deliberate faults for the tests: a process that kills itself at a named point, commits in two steps, or goes without
//! one of its guards. Without the feature `faults` everything here is nothing.
//!
//! `BREACHD_FAULT=NAME:N` kills the process (SIGKILL, as the kernel would) the N-th time it passes the point NAME;
//! `BREACHD_FAULT=NAME` switches on a behaviour asked for by name; `BREACHD_FAULT=NAME:N` gives it a number. Several
//! are separated by commas.
//!
//! A **guard** is what keeps a hard case of `docs/tailing.md` from losing or doubling lines. `BREACHD_FAULT=no-NAME`
//! switches one off in a process, [`without`] in a thread, so that the tests can show what it is there for.

#[cfg(feature = "faults")]
mod active {
    use std::cell::RefCell;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    static PASSED: AtomicU64 = AtomicU64::new(0);

    thread_local! {
        static OFF: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    }

    fn wanted(name: &str) -> Option<u64> {
        static FAULTS: OnceLock<Vec<(String, u64)>> = OnceLock::new();
        let read = |text: &str| {
            let (name, times) = text.split_once(':').unwrap_or((text, "0"));
            Some((name.to_owned(), times.parse().ok()?))
        };
        let all = || std::env::var("BREACHD_FAULT").unwrap_or_default().split(',').filter_map(read).collect();
        FAULTS.get_or_init(all).iter().find(|(wanted, _)| wanted == name).map(|(_, number)| *number)
    }

    /// Dies here, when this is the place and the time.
    pub fn point(name: &str) {
        if wanted(name).is_some_and(|times| PASSED.fetch_add(1, Ordering::SeqCst) + 1 == times) {
            let own = rustix::process::getpid();
            rustix::process::kill_process(own, rustix::process::Signal::KILL)
                .expect("a process may kill itself");
        }
    }

    /// Panics with bytes of a log in its words, as a slip of the program would.
    pub fn spill(bytes: &[u8]) {
        assert!(!is_on("spill"), "{}", String::from_utf8_lossy(bytes));
    }

    /// Whether a behaviour is switched on.
    pub fn is_on(name: &str) -> bool {
        wanted(name).is_some()
    }

    /// The number of a behaviour that is switched on.
    pub fn number(name: &str) -> Option<usize> {
        wanted(name).map(|number| number as usize)
    }

    /// Seconds by which the wall clock is wrong: what stands in the file that `BREACHD_CLOCK` names.
    pub fn clock() -> i64 {
        static FILE: OnceLock<Option<std::ffi::OsString>> = OnceLock::new();
        let file = FILE.get_or_init(|| std::env::var_os("BREACHD_CLOCK")).as_ref();
        let text = file.and_then(|file| std::fs::read_to_string(file).ok());
        text.and_then(|text| text.trim().parse().ok()).unwrap_or(0)
    }

    /// Whether a guard is in place.
    pub fn guards(name: &str) -> bool {
        let is_off = OFF.with_borrow(|off| off.iter().any(|other| other == name));
        !is_off && !is_on(&format!("no-{name}"))
    }

    /// Does some work in this thread without some guards.
    pub fn without<T>(names: &[&str], work: impl FnOnce() -> T) -> T {
        let before = OFF.with_borrow(Vec::len);
        OFF.with_borrow_mut(|off| off.extend(names.iter().map(|name| (*name).to_owned())));
        let done = work();
        OFF.with_borrow_mut(|off| off.truncate(before));
        done
    }
}

#[cfg(feature = "faults")]
pub use active::{clock, guards, is_on, number, point, spill, without};

/// Dies here, when this is the place and the time.
#[cfg(not(feature = "faults"))]
pub const fn point(_name: &str) {}

/// Panics with bytes of a log in its words, as a slip of the program would.
#[cfg(not(feature = "faults"))]
pub const fn spill(_bytes: &[u8]) {}

/// Whether a behaviour is switched on.
#[cfg(not(feature = "faults"))]
pub const fn is_on(_name: &str) -> bool {
    false
}

/// The number of a behaviour that is switched on.
#[cfg(not(feature = "faults"))]
pub const fn number(_name: &str) -> Option<usize> {
    None
}

/// Seconds by which the wall clock is wrong.
#[cfg(not(feature = "faults"))]
pub const fn clock() -> i64 {
    0
}

/// Whether a guard is in place.
#[cfg(not(feature = "faults"))]
pub const fn guards(_name: &str) -> bool {
    true
}
