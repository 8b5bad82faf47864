//! What formats that are data read of whole logs, line by line, against readers written in Python from the servers'
//! manuals (`tests/expect/log_*.py`), which share nothing with the program.

mod support;

#[path = "formats/cases.rs"]
mod cases;
#[path = "formats/events.rs"]
mod events;
#[path = "formats/files.rs"]
mod files;
#[path = "formats/lines.rs"]
mod lines;
#[path = "formats/log_strings.rs"]
mod log_strings;
#[path = "formats/mail.rs"]
mod mail;
#[path = "formats/sessions.rs"]
mod sessions;
#[path = "formats/site.rs"]
mod site;
#[path = "formats/web.rs"]
mod web;
