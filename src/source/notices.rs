//! Change notices of the kernel (inotify): hints that something may have happened, never the truth. What they say wakes
//! the reader earlier; what they do not say is found by looking.
//!
//! Folders are watched, not files, and only for what others do to their files: a watch for opening or reading would be
//! woken by our own reading, for ever.

use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::inotify::{self, CreateFlags, ReadFlags, Reader, WatchFlags};
use rustix::io::Errno;

use crate::fault;

/// Notices taken in at once; the rest stands for itself as "everything".
const NAMES_MAX: usize = 4096;

/// What may have happened.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Hints {
    /// Anything, anywhere: the kernel's queue was full, or nobody has watched so far.
    pub(super) everything: bool,
    /// Files that may have grown, by their names.
    pub(super) files: HashSet<PathBuf>,
    /// Folders in which a name came, went or changed.
    pub(super) folders: HashSet<PathBuf>,
}

/// Folders that are watched.
#[derive(Debug)]
pub(super) struct Notices {
    queue: Option<OwnedFd>,
    folders: HashMap<i32, PathBuf>,
    /// The folders that were asked for, with what keeps them from being watched.
    asked: HashMap<PathBuf, Result<i32, Errno>>,
}

impl Notices {
    pub(super) fn new() -> Self {
        // Without a queue (fs.inotify.max_user_instances) every folder is polled.
        let queue = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC).ok();
        Self { queue, folders: HashMap::new(), asked: HashMap::new() }
    }

    /// Watches a folder. The error says why it cannot be: its files are polled then.
    pub(super) fn watch(&mut self, folder: &Path) -> io::Result<()> {
        if let Some(Ok(_)) = self.asked.get(folder) {
            return Ok(());
        }
        let watched = match &self.queue {
            Some(queue) => inotify::add_watch(queue, folder, mask()),
            None => Err(Errno::MFILE),
        };
        if let Ok(number) = watched {
            self.folders.insert(number, folder.to_owned());
        }
        self.asked.insert(folder.to_owned(), watched);
        watched.map(|_| ()).map_err(Into::into)
    }

    /// Whether a folder's changes are told.
    pub(super) fn watches(&self, folder: &Path) -> bool {
        matches!(self.asked.get(folder), Some(Ok(_)))
    }

    /// Waits until something is told, at most so long; says whether something was.
    pub(super) fn wait(&self, most: Duration) -> bool {
        let Some(queue) = &self.queue else {
            std::thread::sleep(most);
            return false;
        };
        let most = Timespec { tv_sec: most.as_secs() as i64, tv_nsec: i64::from(most.subsec_nanos()) };
        // A signal ends the wait like a notice.
        poll(&mut [PollFd::new(queue, PollFlags::IN)], Some(&most)).is_ok_and(|ready| ready > 0)
    }

    /// What was told since the last call.
    pub(super) fn take(&mut self) -> Hints {
        let mut hints = Hints::default();
        let Some(queue) = &self.queue else { return hints };
        let mut buffer = [MaybeUninit::uninit(); 16 << 10];
        let mut reader = Reader::new(queue, &mut buffer);
        let mut gone = Vec::new();
        // The last error says that there is nothing more.
        while let Ok(event) = reader.next() {
            let what = event.events();
            if what.contains(ReadFlags::QUEUE_OVERFLOW) {
                hints.everything |= fault::guards("lost-notices");
                continue;
            }
            let Some(folder) = self.folders.get(&event.wd()) else { continue };
            if what.intersects(ReadFlags::IGNORED | ReadFlags::MOVE_SELF) {
                gone.push(event.wd());
            }
            let names = ReadFlags::CREATE | ReadFlags::DELETE | ReadFlags::MOVED_FROM | ReadFlags::MOVED_TO;
            if what.intersects(names | ReadFlags::IGNORED | ReadFlags::MOVE_SELF)
                && !hints.folders.contains(folder)
            {
                hints.folders.insert(folder.clone());
            }
            if let Some(name) = event.file_name() {
                hints.files.insert(folder.join(OsStr::from_bytes(name.to_bytes())));
            }
            hints.everything |= hints.files.len() > NAMES_MAX;
        }
        for number in gone {
            // Removed or renamed: whatever stands there by now is watched anew.
            if let Some(folder) = self.folders.remove(&number) {
                self.asked.remove(&folder);
            }
        }
        hints
    }
}

fn mask() -> WatchFlags {
    let others = WatchFlags::MODIFY
        | WatchFlags::ATTRIB
        | WatchFlags::CREATE
        | WatchFlags::DELETE
        | WatchFlags::MOVED_FROM
        | WatchFlags::MOVED_TO
        | WatchFlags::MOVE_SELF
        | WatchFlags::ONLYDIR;
    if fault::guards("others-only") { others } else { others | WatchFlags::OPEN | WatchFlags::ACCESS }
}
