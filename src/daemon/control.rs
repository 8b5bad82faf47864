//! The control socket: who may reach it (the file's mode says), who they are (the kernel says), what they ask and are
//! answered. What is asked for is done elsewhere ([`Desk`]).

mod wire;

pub use wire::{Answer, Ask, AskError, ask};

use std::io;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use super::desk::Desk;
use crate::act::Who;
use crate::observe;

/// Conversations at one time; a further one is told to come again.
const CLIENTS_MAX: usize = 8;
/// After a connection could not be taken: descriptors may be short for a moment.
const PAUSE: Duration = Duration::from_millis(100);

/// An open control socket. Its file goes with it.
#[derive(Debug)]
pub(super) struct Control {
    path: PathBuf,
}

impl Control {
    /// Opens the socket and answers in threads of its own, which end with the process. The caller holds the lock of the
    /// store: whatever of ours lies at `path` was left by a daemon that is gone.
    pub(super) fn open(path: &Path, desk: Arc<Desk>) -> io::Result<Self> {
        let listener = listen(path)?;
        let clients = Arc::new(AtomicUsize::new(0));
        let serve = move || {
            for stream in listener.incoming() {
                match stream {
                    Ok(stream) => receive(stream, &desk, &clients),
                    Err(_) => thread::sleep(PAUSE),
                }
            }
        };
        thread::Builder::new().name("control".into()).spawn(serve)?;
        Ok(Self { path: path.to_owned() })
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path); // the next start replaces it
    }
}

/// The socket appears under its name with its mode, and at once: made beside it, then renamed over what is stale.
fn listen(path: &Path) -> io::Result<UnixListener> {
    match path.symlink_metadata() {
        Ok(found) if !found.file_type().is_socket() => {
            return Err(io::Error::new(
                io::ErrorKind::AlreadyExists,
                "something that is no socket stands there",
            ));
        }
        Ok(_) if UnixStream::connect(path).is_ok() => {
            let what = "another daemon answers there; set [control] socket of one of the two";
            return Err(io::Error::new(io::ErrorKind::AddrInUse, what));
        }
        _ => {}
    }
    let beside = path.with_extension(format!("{}.new", std::process::id()));
    let _ = std::fs::remove_file(&beside); // of a process of the same number
    let listener = UnixListener::bind(&beside)?;
    std::fs::set_permissions(&beside, std::fs::Permissions::from_mode(0o660))?;
    std::fs::rename(&beside, path)?;
    Ok(listener)
}

/// A conversation in a thread of its own, if there is room.
fn receive(mut stream: UnixStream, desk: &Arc<Desk>, clients: &Arc<AtomicUsize>) {
    if clients.fetch_add(1, Ordering::SeqCst) >= CLIENTS_MAX {
        clients.fetch_sub(1, Ordering::SeqCst);
        let busy = Answer::Refused(format!("{CLIENTS_MAX} others are being answered; try again"));
        let _ = wire::send(&mut stream, &busy); // whoever has gone needs no answer
        return;
    }
    let (desk, of_thread) = (Arc::clone(desk), Arc::clone(clients));
    let talk = move || {
        converse(&mut stream, &desk);
        of_thread.fetch_sub(1, Ordering::SeqCst);
    };
    if thread::Builder::new().name("client".into()).spawn(talk).is_err() {
        clients.fetch_sub(1, Ordering::SeqCst);
    }
}

fn converse(stream: &mut UnixStream, desk: &Desk) {
    let peer = rustix::net::sockopt::socket_peercred(&*stream);
    let answer = match (peer, wire::receive(stream, wire::LINE_TIME_MAX)) {
        (Ok(peer), Ok(question)) => desk.answer(question, &user(peer.uid.as_raw())),
        (Err(error), _) => Answer::Refused(format!("the kernel does not say who you are: {error}")),
        (_, Err(error)) => Answer::Refused(format!("one line of JSON was expected: {error}")),
    };
    if let Err(error) = wire::send(stream, &answer) {
        observe::answer_lost(&error);
    }
}

/// A user by number, with the name that the host's own list has for it.
pub fn user(uid: u32) -> Who {
    let list = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let name = list.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(uid)).then(|| name.to_owned())
    });
    Who::shell(uid, name.unwrap_or_else(|| format!("uid {uid}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stale_socket_is_replaced_a_living_one_and_a_file_are_not() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("control.sock");
        drop(listen(&path).expect("a new one"));
        assert!(path.exists(), "nobody took it away");
        let listener = listen(&path).expect("what is stale is replaced");
        let mode = path.metadata().expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o660);
        assert_eq!(listen(&path).expect_err("it lives").kind(), io::ErrorKind::AddrInUse);
        drop(listener);
        std::fs::remove_file(&path).expect("removed");
        std::fs::write(&path, "mine").expect("written");
        assert_eq!(listen(&path).expect_err("no socket").kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read_to_string(&path).expect("readable"), "mine");
    }

    #[test]
    fn a_line_has_a_longest_time_and_a_greatest_length() {
        use std::io::Write;
        let (mut ours, mut theirs) = UnixStream::pair().expect("a pair");
        theirs.write_all(b"{\"status\"").expect("written");
        let slow = wire::receive::<Ask>(&mut ours, Duration::from_millis(20)).expect_err("no end");
        assert_eq!(slow.kind(), io::ErrorKind::TimedOut);
        let (mut ours, mut theirs) = UnixStream::pair().expect("a pair");
        let long = thread::spawn(move || theirs.write_all(&vec![b'x'; wire::LINE_BYTES_MAX + 1]));
        let error = wire::receive::<Ask>(&mut ours, Duration::from_secs(5)).expect_err("too long");
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        drop(ours);
        let _ = long.join();
    }

    #[test]
    fn a_user_has_the_name_of_the_hosts_list() {
        assert_eq!(user(0), Who::shell(0, "root"));
        assert_eq!(user(4_000_000_000).name, "uid 4000000000");
    }
}
