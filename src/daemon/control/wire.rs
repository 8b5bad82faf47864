//! What goes over the control socket: one line of JSON there, one back.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::act::Act;
use crate::report::Status;

/// The longest line, its end included.
pub(super) const LINE_BYTES_MAX: usize = 64 << 10;
/// How long a line may take to come or to go.
pub(super) const LINE_TIME_MAX: Duration = Duration::from_secs(1);
/// How long an answer may be thought about: a configuration is read and its patterns are compiled.
const ANSWER_TIME_MAX: Duration = Duration::from_mins(2);

/// A question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Ask {
    /// How does it stand?
    Status,
    /// Read the configuration anew.
    Reload,
    /// Do this.
    Act {
        /// What.
        act: Act,
        /// Why.
        reason: Option<String>,
        /// Who has said so on the telephone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by_phone: Option<String>,
    },
    /// Somebody has answered a mail of ours.
    Reply {
        /// To these addresses; one of them holds a token.
        addresses: Vec<String>,
        /// With these words; may be empty.
        words: String,
    },
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// So it stands.
    Status(Box<Status>),
    /// The new configuration is in force.
    Reloaded {
        /// What `breachd check` says of it; warnings at most.
        report: String,
    },
    /// A case is in this state now.
    Decided {
        /// Its number.
        case: String,
        /// The state's id.
        state: String,
    },
    /// The mail is no answer of which anything comes, now or later.
    Unanswered {
        /// Whether the token in its address is one of ours.
        is_ours: bool,
        /// Why nothing comes of it.
        why: String,
    },
    /// Nothing was done.
    Refused(String),
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// Nobody listens.
    #[error("nobody answers at {path}: {cause}; is the daemon running, and are you in its group?")]
    NobodyThere {
        /// The socket.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// The conversation broke off.
    #[error("talk to the daemon at {path}: {cause}")]
    Broken {
        /// The socket.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
}

/// Asks the daemon that listens at `path`.
pub fn ask(path: &Path, question: &Ask) -> Result<Answer, AskError> {
    let broken = |cause| AskError::Broken { path: path.to_owned(), cause };
    let mut stream =
        UnixStream::connect(path).map_err(|cause| AskError::NobodyThere { path: path.to_owned(), cause })?;
    send(&mut stream, question).map_err(broken)?;
    receive(&mut stream, ANSWER_TIME_MAX).map_err(broken)
}

/// Writes a line.
pub(super) fn send<T: Serialize>(stream: &mut UnixStream, value: &T) -> io::Result<()> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    if line.len() > LINE_BYTES_MAX {
        let what = format!("a line of {} bytes; {LINE_BYTES_MAX} may be sent", line.len());
        return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
    }
    stream.set_write_timeout(Some(LINE_TIME_MAX))?;
    stream.write_all(&line)
}

/// Reads a line; the time is that of the whole line, so that nobody holds a place by sending it byte by byte.
pub(super) fn receive<T: DeserializeOwned>(stream: &mut UnixStream, most: Duration) -> io::Result<T> {
    let until = Instant::now() + most;
    let mut line = Vec::new();
    let mut piece = [0; 4096];
    while line.last() != Some(&b'\n') {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        stream.set_read_timeout(Some(left))?;
        let read = match stream.read(&mut piece) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                return Err(io::ErrorKind::TimedOut.into());
            }
            read => read?,
        };
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        line.extend_from_slice(&piece[..read]);
        if line.len() > LINE_BYTES_MAX {
            let what = format!("the line is longer than {LINE_BYTES_MAX} bytes");
            return Err(io::Error::new(io::ErrorKind::InvalidData, what));
        }
    }
    serde_json::from_slice(&line)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.to_string()))
}
