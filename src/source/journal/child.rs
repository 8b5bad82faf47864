//! The program that reads the journal: one child process, whose output is taken as it comes.

use std::io::{self, Read};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use super::JournalSpec;
use crate::source::Error;

/// How much of what it complains of is kept.
const COMPLAINT_BYTES_MAX: usize = 4096;

/// From where on the journal is read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Where<'c> {
    /// From its beginning, or from an entry on, that one included.
    Entry(Option<&'c str>),
    /// The same, and what is added.
    EntryAndFollow(Option<&'c str>),
    /// From an entry backwards.
    Before(&'c str),
    /// Its last entry only.
    Last,
}

/// A running `journalctl`.
#[derive(Debug)]
pub(super) struct Running {
    child: Child,
    program: PathBuf,
    /// The end of what it has complained of.
    said: Vec<u8>,
}

impl Running {
    /// Starts it. Fields of any length are printed whole (`--all`): without that, long messages are left out.
    pub(super) fn start(spec: &JournalSpec, from: Where<'_>) -> Result<Self, Error> {
        let mut command = Command::new(&spec.program);
        command.args(["--output=json", "--all", "--quiet", "--no-pager"]);
        command.args(spec.units.iter().map(|unit| format!("--unit={unit}")));
        match from {
            Where::Entry(_) => {}
            Where::EntryAndFollow(_) => drop(command.args(["--follow", "--no-tail"])),
            Where::Before(_) => drop(command.arg("--reverse")),
            Where::Last => drop(command.arg("--lines=1")),
        }
        if let Where::Entry(Some(cursor)) | Where::EntryAndFollow(Some(cursor)) | Where::Before(cursor) = from
        {
            command.arg(format!("--cursor={cursor}"));
        }
        command.env("LC_ALL", "C").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().map_err(|cause| Error::io(&spec.program, cause))?;
        let running = Self { child, program: spec.program.clone(), said: Vec::new() };
        if matches!(from, Where::EntryAndFollow(_)) {
            running.unblock().map_err(|cause| Error::io(&spec.program, cause))?;
        }
        Ok(running)
    }

    /// Reading takes what is there, and waits for nothing.
    fn unblock(&self) -> io::Result<()> {
        if let (Some(out), Some(errors)) = (&self.child.stdout, &self.child.stderr) {
            rustix::fs::fcntl_setfl(out, rustix::fs::OFlags::NONBLOCK)?;
            rustix::fs::fcntl_setfl(errors, rustix::fs::OFlags::NONBLOCK)?;
        }
        Ok(())
    }

    /// Takes its complaints, so that it is never held up by them.
    fn listen(&mut self) {
        let mut piece = [0; 1024];
        while let Some(read) = self.child.stderr.as_mut().and_then(|errors| errors.read(&mut piece).ok()) {
            if read == 0 {
                return;
            }
            self.said.extend_from_slice(&piece[..read]);
            let surplus = self.said.len().saturating_sub(COMPLAINT_BYTES_MAX);
            self.said.drain(..surplus);
        }
    }

    /// Its output.
    pub(super) fn output(&mut self) -> impl Read + '_ {
        self.child.stdout.as_mut().expect("it was piped")
    }

    /// Appends what it has written, until there are `max` bytes; whether it has ended.
    pub(super) fn fill(&mut self, buffer: &mut Vec<u8>, max: usize) -> Result<bool, Error> {
        while buffer.len() < max {
            let from = buffer.len();
            buffer.resize(max, 0);
            let read = self.output().read(&mut buffer[from..]);
            buffer.truncate(from + read.as_ref().map_or(0, |read| *read));
            match read {
                Ok(0) => return Ok(true),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.listen();
                    return Ok(false);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(cause) => return Err(Error::io(&self.program, cause)),
            }
        }
        Ok(false)
    }

    /// What it said before it ended, and how it ended; none where it ended well.
    pub(super) fn last_words(mut self) -> Option<Error> {
        let ended = self.child.wait();
        self.listen();
        let said = std::mem::take(&mut self.said);
        if ended.as_ref().is_ok_and(std::process::ExitStatus::success) && said.is_empty() {
            return None;
        }
        let said = String::from_utf8_lossy(&said);
        let ended = ended.map_or_else(|error| error.to_string(), |status| status.to_string());
        let what = said.lines().last().map_or(ended.clone(), |last| format!("{ended}: {}", last.trim()));
        Some(Error::io(&self.program, io::Error::other(what)))
    }
}

#[cfg(test)]
impl Running {
    /// It dies, as programs do.
    pub(super) fn kill(&mut self) {
        let _ = self.child.kill();
    }
}

impl Drop for Running {
    /// It has nothing that could be lost: whoever reads next starts another.
    fn drop(&mut self) {
        let _ = self.child.kill(); // it may have ended by itself
        let _ = self.child.wait();
    }
}

/// The cursor of an entry as it is printed. A quotation mark within a value is escaped, so that no message can hold
/// what is looked for, and journald drops fields of other programs whose names begin so.
pub(super) fn cursor(entry: &[u8]) -> Option<&str> {
    let key = b"\"__CURSOR\"";
    let after = &entry[memchr::memmem::find(entry, key)? + key.len()..];
    let value = after.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start().strip_prefix(b"\"")?;
    let end = memchr::memchr(b'"', value)?;
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"=;-_:.".contains(byte);
    let cursor = &value[..end];
    (!cursor.is_empty() && cursor.iter().all(is_plain)).then(|| std::str::from_utf8(cursor).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_found_and_no_message_can_feign_one() {
        let entry = br#"{"MESSAGE":"\"__CURSOR\":\"false\"","__CURSOR" : "s=1;i=2f;b=3","_PID":"1"}"#;
        assert_eq!(cursor(entry), Some("s=1;i=2f;b=3"));
        assert_eq!(cursor(br#"{"MESSAGE":"x"}"#), None);
        assert_eq!(cursor(br#"{"__CURSOR":"s=1 --file=/etc/shadow"}"#), None);
    }
}
