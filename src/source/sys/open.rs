//! Opening a log so that nobody else decides what is opened: only regular files, no waiting for a writer, and no
//! symbolic link where only its author has named the way.

use std::fs::File;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::Arc;

use rustix::fs::{CWD, Mode, OFlags, ResolveFlags};
use rustix::io::Errno;

use super::{Stat, stat_of};
use crate::fault;
use crate::source::Error;

/// How far symbolic links are followed on the way to a file.
#[derive(Clone, Copy, Debug)]
pub(in crate::source) enum Links<'p> {
    /// All the way: a person named this path.
    Followed,
    /// Down to this folder. Whoever may write below it could plant one that leads to `/etc/shadow`.
    DownTo(&'p Path),
}

/// Opens a regular file for reading. `NONBLOCK`, because opening a FIFO would wait for a writer.
pub(in crate::source) fn open(path: &Path, links: Links<'_>) -> Result<(Arc<File>, Stat), Error> {
    let mut flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOCTTY;
    if fault::guards("regular-files") {
        flags |= OFlags::NONBLOCK;
    }
    let opened = match links {
        Links::DownTo(folder) if fault::guards("planted-links") => below(folder, path, flags),
        _ => resolved(CWD, path, flags, ResolveFlags::NO_MAGICLINKS),
    };
    let file = File::from(opened.map_err(|cause| refused(path, cause))?);
    let stat = stat_of(&file).map_err(|cause| Error::io(path, cause))?;
    stat.regular(path)?;
    Ok((Arc::new(file), stat))
}

fn below(folder: &Path, path: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
    let rest = path.strip_prefix(folder).unwrap_or(path);
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let way = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let folder = resolved(CWD, folder, way, ResolveFlags::NO_MAGICLINKS)?;
    let resolve = ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS | ResolveFlags::BENEATH;
    resolved(folder, rest, flags | OFlags::NOFOLLOW, resolve)
}

/// `openat2` where the kernel (5.6) and the sandbox have it, else what `openat` can promise: its last part is no link.
fn resolved(
    folder: impl std::os::fd::AsFd,
    path: &Path,
    flags: OFlags,
    resolve: ResolveFlags,
) -> Result<OwnedFd, Errno> {
    match rustix::fs::openat2(&folder, path, flags, Mode::empty(), resolve) {
        Err(Errno::NOSYS | Errno::PERM) => rustix::fs::openat(&folder, path, flags, Mode::empty()),
        // A rename somewhere in the tree while `BENEATH` was checked.
        Err(Errno::AGAIN) => rustix::fs::openat2(&folder, path, flags, Mode::empty(), resolve),
        opened => opened,
    }
}

fn refused(path: &Path, cause: Errno) -> Error {
    match cause {
        Errno::LOOP | Errno::XDEV => {
            Error::NotRegular { path: path.to_owned(), what: "behind a symbolic link" }
        }
        cause => Error::io(path, cause.into()),
    }
}
