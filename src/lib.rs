//! breachd reads e-mail-sending and download logs, finds the personal data that left, counts the people
//! affected, pre-classifies the incident under Taiwan's rules, and mails a draft with masked evidence.
//!
//! This file is the map. Its groups of modules, separated by blank lines, are floors, ground first: a module
//! uses only floors below its own, and neighbours on a floor do not use each other
//! (`tests/architecture.rs` watches). ARCHITECTURE.md says what each floor is for.

pub mod alphabet;
pub mod fault;
pub mod kind;
pub mod line;
pub mod moment;

pub mod mask;

pub mod act;
pub mod event;
pub mod hit;
pub mod inventory;

pub mod record;

pub mod batch;

pub mod decode;
pub mod detect;
pub mod format;
pub mod severity;
pub mod tally;

pub mod scan;

pub mod incident;

pub mod observe;

pub mod alert;
pub mod report;
pub mod source;
pub mod store;

pub mod config;
pub mod producer;

pub mod cli;
pub mod daemon;

pub mod command;
