//! The running process: what reads, what commits, what sends, and in which order they stop.
//!
//! One thread reads and scans ([`crate::producer::Live`]), a bounded channel carries batches to the thread that owns
//! the store, a third sends what lies in the spool. When the store cannot commit, the channel fills and reading
//! stops: the logs are the buffer.

mod alarms;
mod answers;
mod board;
mod clock;
mod control;
mod desk;
mod dispatch;
mod due;
mod gather;
mod handover;
mod hardship;
mod mailing;
mod manager;
mod post;
mod pulse;
mod reader;
mod receipts;
mod reload;
mod round;
mod signals;
mod snapshots;
mod vigil;
mod watch;

pub use answers::ticket;
pub use control::{Answer, Ask, AskError, ask, user};
pub use hardship::Hardship;
pub use mailing::send;
pub use post::Post;
pub use reload::{Conduct, Load, Loaded, refusals};
pub use watch::{Stopped, Watch};

use std::time::{SystemTime, UNIX_EPOCH};

use crate::fault;
use crate::moment::SECOND;

/// Microseconds since the epoch: the `now` that is handed to duties. No rule sees any other clock.
pub fn now() -> i64 {
    let real = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros() as i64);
    real + fault::clock() * SECOND
}
