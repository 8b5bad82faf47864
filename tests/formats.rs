//! What formats that are data read of whole logs, line by line, against readers written in Python from the servers'
//! manuals (`tests/expect/log_*.py`), which share nothing with the program.

mod support;

#[path = "formats/cases.rs"]
mod cases;
#[path = "formats/events.rs"]
mod events;
#[path = "formats/folds.rs"]
mod folds;
#[path = "formats/lines.rs"]
mod lines;
#[path = "formats/log_strings.rs"]
mod log_strings;
#[path = "formats/logs.rs"]
mod logs;
#[path = "formats/messages.rs"]
mod messages;
#[path = "formats/others.rs"]
mod others;
#[path = "formats/sessions.rs"]
mod sessions;
#[path = "formats/site.rs"]
mod site;
#[path = "formats/unread.rs"]
mod unread;
