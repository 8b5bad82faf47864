//! The floors of the program up to `scan`, compiled from its own files (`src/lib.rs` is the map). A module that `scan`
//! comes to use must be named here too, and its crates in Cargo.toml.

#![allow(dead_code, reason = "what only the floors above use")]

#[path = "../../../src/alphabet.rs"]
pub mod alphabet;
#[path = "../../../src/fault.rs"]
pub mod fault;
#[path = "../../../src/kind.rs"]
pub mod kind;
#[path = "../../../src/line.rs"]
pub mod line;
#[path = "../../../src/moment.rs"]
pub mod moment;

#[path = "../../../src/mask.rs"]
pub mod mask;

#[path = "../../../src/act.rs"]
pub mod act;
#[path = "../../../src/event.rs"]
pub mod event;
#[path = "../../../src/hit.rs"]
pub mod hit;
#[path = "../../../src/inventory.rs"]
pub mod inventory;

#[path = "../../../src/record.rs"]
pub mod record;

#[path = "../../../src/batch/mod.rs"]
pub mod batch;

#[path = "../../../src/decode/mod.rs"]
pub mod decode;
#[path = "../../../src/detect/mod.rs"]
pub mod detect;
#[path = "../../../src/format/mod.rs"]
pub mod format;
#[path = "../../../src/tally/mod.rs"]
pub mod tally;

#[path = "../../../src/scan/mod.rs"]
pub mod scan;
