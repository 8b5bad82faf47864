//! Where log bytes come in: files that grow ([`tail`]) and files that are finished ([`archive`]).
//!
//! A **source** is one log with all its rotated siblings, named by the path of its live file. A **generation** is
//! one body of bytes that grows at its end, however its file is named and whether or not it is compressed by now.
//! The rule above all others: on doubt about a file's identity, read again, never skip. Reading a line twice adds
//! no subject, because facts are a set; a line not read is lost for ever.
//!
//! `sys` asks the kernel, `siblings` knows the names rotation gives, `packing` unpacks, `body` reads plain and packed alike, `blocks` cuts
//! whole lines, `identity` decides without touching a file, `tail` and `archive` put them together. `siblings` is the smallest to copy.

use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use crate::line::Origin;

pub mod archive;
mod beside;
mod blocks;
mod body;
mod descriptors;
pub mod identity;
pub mod journal;
mod notices;
mod packing;
pub mod rotation;
mod siblings;
mod sys;
pub mod tail;

pub use journal::{JournalSpec, Journals};
pub use tail::{Chunk, Notice, SourceStatus, State, Tail};

/// One `[[source]]` of the configuration, as far as reading needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    /// Path of the live file, or a glob (`*`, `?`, `[…]`, `{…}`, `**`).
    pub glob: String,
    /// What of the things that exist at first sight is read.
    pub start: Start,
}

/// What is read of the files that exist when a source is first seen. A sibling that appears later is always read;
/// one that was skipped stays skipped under its later names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// The live file from its beginning; its rotated siblings are skipped.
    #[default]
    Beginning,
    /// The rotated siblings too, oldest first.
    All,
    /// Only what is added from now on.
    End,
}

/// Takes a block of whole lines: its file, the offset of its first byte, the number of its first line, its bytes. Says
/// whether more is wanted.
pub type BackSink<'s> = dyn FnMut(&Origin, u64, u64, &[u8]) -> ControlFlow<()> + 's;

/// What went wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The kernel refused.
    #[error("read {path}: {cause}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// A FIFO, device, socket, folder or planted symlink stands where a log should.
    #[error("read {path}: it is {what}, and only regular files are read")]
    NotRegular {
        /// The file.
        path: PathBuf,
        /// What it is instead.
        what: &'static str,
    },
}

impl Error {
    fn io(path: &Path, cause: io::Error) -> Self {
        Self::Io { path: path.to_owned(), cause }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        let (Self::Io { path, .. } | Self::NotRegular { path, .. }) = self;
        path
    }

    /// Whether the file is simply not there (any more).
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Io { cause, .. } if cause.kind() == io::ErrorKind::NotFound)
    }

    /// What a person can do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Io { path, cause } => match cause.kind() {
                io::ErrorKind::PermissionDenied => format!("setfacl -m u:breachd:r {}", path.display()),
                io::ErrorKind::NotFound => {
                    format!("check the path of the source; {} is read as soon as it exists", path.display())
                }
                _ if cause.raw_os_error() == Some(24) => "raise LimitNOFILE= in the unit".to_owned(),
                _ => "it is tried again at every rescan".to_owned(),
            },
            Self::NotRegular { what, path } if what.ends_with("symbolic link") => {
                format!("name {} as a source of its own if the link is meant", path.display())
            }
            Self::NotRegular { .. } => "point the source at the log file itself".to_owned(),
        }
    }
}
