//! The running process: what reads, what commits, what sends, and in which order they stop.
//!
//! One thread reads and scans ([`crate::producer::Live`]), a bounded channel carries batches to the thread that owns
//! the store, a third sends what lies in the spool. When the store cannot commit, the channel fills and reading
//! stops: the logs are the buffer.

mod alarms;
mod board;
mod control;
mod desk;
mod handover;
mod mailing;
mod manager;
mod post;
mod pulse;
mod reader;
mod reload;
mod signals;
mod vigil;
mod watch;

pub use control::{Answer, Ask, AskError, ask, user};
pub use post::Post;
pub use reload::{Conduct, Load, Loaded, refusals};
pub use watch::{Stopped, Watch};

use std::time::{SystemTime, UNIX_EPOCH};

/// Microseconds since the epoch: the `now` that is handed to duties. No rule sees any other clock.
pub fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros() as i64)
}
