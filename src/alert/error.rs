//! What can go wrong between a draft and the relay, each with its object.

use std::io;
use std::path::PathBuf;

/// A fault of the mail stage.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A template does not fit its data.
    #[error("render {file}:{line}: {what}")]
    Template {
        /// Which one.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        what: String,
        /// Whether a template of the organisation's took part.
        is_own: bool,
    },
    /// A value of the letter cannot stand in a mail.
    #[error("compose mail {id}: {what}")]
    Compose {
        /// The mail.
        id: String,
        /// Which value, and what would do.
        what: String,
    },
    /// An id that is no file name of ours.
    #[error(
        "use `{id}` as the id of a mail: letters, digits, `.` and `-`, at most 80, not beginning with `.`"
    )]
    Id {
        /// The id.
        id: String,
    },
    /// The spool's file system said no.
    #[error("{act} {path}: {source}")]
    Spool {
        /// What was tried.
        act: &'static str,
        /// On which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file of the spool is not what it should be.
    #[error("read {path}: {what}")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The relay cannot be used as configured.
    #[error("use the relay {relay}: {what}")]
    Relay {
        /// Host and port.
        relay: String,
        /// What is wrong and the way out.
        what: String,
    },
    /// The relay did not take the mail now.
    #[error("hand mail to the relay {relay} at {step}: {what}")]
    Later {
        /// Host and port.
        relay: String,
        /// The SMTP command.
        step: &'static str,
        /// Its reply, or what the network said.
        what: String,
    },
}

impl Error {
    /// Whether trying again later may help without a person doing anything.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Later { .. } => true,
            Self::Spool { source, .. } => {
                matches!(source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::Interrupted)
            }
            Self::Template { .. }
            | Self::Compose { .. }
            | Self::Id { .. }
            | Self::Unreadable { .. }
            | Self::Relay { .. } => false,
        }
    }
}
