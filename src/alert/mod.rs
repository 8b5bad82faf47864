//! Mail to the response team: what it says (`letter`, its words in `view`, `words` and config/templates), where it waits
//! (`spool`), and how it gets to the relay (`smtp`, `mailer`).
//!
//! A letter is frozen once it is composed: the same [`Letter`] gives the same bytes, so that a crash between spooling
//! and recording makes a duplicate with the same Message-ID, which mail programs fold, and never a second story.

mod bulletin;
mod changes;
mod clean;
mod clear;
mod compose;
mod english;
mod error;
mod letter;
mod mailer;
mod named;
mod notice;
mod relays;
mod reply;
mod sample;
mod smtp;
mod source;
mod spool;
mod template;
mod token;
mod view;
mod words;

#[cfg(test)]
mod relay_tests;

pub use bulletin::Bulletin;
pub use changes::{changes, reminder};
pub use compose::{Attachment, MAIL_BYTES_MAX, compose, render_html, render_text};
pub use error::Error;
pub use letter::{ADDED, Acknowledge, Language, Letter, LetterKind};
pub use mailer::{Pace, Told, URGENT_MAX, run};
pub use notice::Notice;
pub use relays::{Program, Relays};
pub use reply::{REPLY_BYTES_MAX, Reply, read_reply};
pub use sample::prove;
pub use smtp::{Channel, Delivery, Login, Protection, Smtp};
pub use source::SourceTrouble;
pub use spool::{Envelope, Receipt, Spool};
pub use template::{TEMPLATE_BYTES_MAX, Templates};
pub use token::{REPLY_LOCAL_MAX, REPLY_TIME, Ticket, Tokens};
