//! Deliberate faults for the tests: a process that kills itself at a named point, or commits in two steps. Without
//! the feature `faults` everything here is nothing.
//!
//! `BREACHD_FAULT=NAME:N` kills the process (SIGKILL, as the kernel would) the N-th time it passes the point NAME;
//! `BREACHD_FAULT=NAME` switches on a behaviour asked for by name; `BREACHD_FAULT=NAME:N` gives it a number.

#[cfg(feature = "faults")]
mod active {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    static PASSED: AtomicU64 = AtomicU64::new(0);

    fn wanted() -> Option<&'static (String, u64)> {
        static FAULT: OnceLock<Option<(String, u64)>> = OnceLock::new();
        let read = || {
            let text = std::env::var("BREACHD_FAULT").ok()?;
            let (name, times) = text.split_once(':').unwrap_or((&text, "0"));
            Some((name.to_owned(), times.parse().ok()?))
        };
        FAULT.get_or_init(read).as_ref()
    }

    /// Dies here, when this is the place and the time.
    pub fn point(name: &str) {
        if wanted().is_some_and(|(point, times)| {
            point == name && PASSED.fetch_add(1, Ordering::SeqCst) + 1 == *times
        }) {
            let own = rustix::process::getpid();
            rustix::process::kill_process(own, rustix::process::Signal::KILL)
                .expect("a process may kill itself");
        }
    }

    /// Whether a behaviour is switched on.
    pub fn is_on(name: &str) -> bool {
        wanted().is_some_and(|(behaviour, _)| behaviour == name)
    }

    /// The number of a behaviour that is switched on.
    pub fn number(name: &str) -> Option<usize> {
        wanted().filter(|(behaviour, _)| behaviour == name).map(|(_, number)| *number as usize)
    }
}

#[cfg(feature = "faults")]
pub use active::{is_on, number, point};

/// Dies here, when this is the place and the time.
#[cfg(not(feature = "faults"))]
pub const fn point(_name: &str) {}

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
