//! What a person or a program reads on stdout: JSON with stable schemas, tables, the incident at a terminal.

mod doctor;
mod explain;
mod formats;
mod ics;
mod json;
mod odt;
mod patterns;
mod people;
mod policy;
mod status;
mod terminal;

pub use doctor::{Complaint, Examined, doctor, doctor_text};
pub use explain::{explained, explained_text};
pub use formats::{formats, formats_table, samples};
pub use ics::{Entry, ics};
pub use json::{cores, finding, incident, incident_with_items, list, replay, scan_count};
pub use odt::{Attached, Filing, Form, FormError, Layout, attachments, document};
pub use patterns::{patterns, patterns_table, trials};
pub use people::{told_json, told_text};
pub use policy::{Explained, Pack, explained_policy, explained_policy_text, policies, policies_table};
pub use status::{
    Configuration, Gaps, Mailer, STATUS_SCHEMA, Source, SourceState, Spool, Status, Store, status_text,
};
pub use terminal::{Words, escape, incident_text, items_text, list_table, thousands};
