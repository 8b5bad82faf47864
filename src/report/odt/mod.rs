//! The official forms as `OpenDocument` text, filled in as far as the program can: `paper` says which there are and fills
//! them, `xml` is the one escaper, `package` writes the file. A form is a template of config/templates/form, the body of
//! the document; `styles.xml` there has what all of them share.
//!
//! The same draft gives the same bytes: the file holds no clock and no random number, and its parts are stored, not
//! packed, so that no packer's version shows.

mod package;
mod paper;
mod xml;

pub use paper::{Attached, Filing, Form, FormError, Layout, attachments, document};
