//! What a person or a program reads on stdout: JSON with stable schemas, tables, the incident at a terminal.

mod json;
mod terminal;

pub use json::{cores, finding, incident, list, replay, scan_count};
pub use terminal::{Words, escape, incident_text, list_table, thousands};
