//! What the kernel says about files: open regular ones only, identity with birth time, read at an offset.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use rustix::fs::{Advice, AtFlags, CWD, FileType, Mode, OFlags, StatxFlags};

use super::Error;
use crate::batch::FileId;

/// What `statx` says of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stat {
    /// Which file it is.
    pub(super) file: FileId,
    /// Bytes.
    pub(super) size: u64,
    /// Last written, nanoseconds since the epoch.
    pub(super) modified_ns: i64,
    /// Names it has; 0 when it was deleted while open.
    pub(super) links: u32,
    kind: FileType,
}

impl Stat {
    /// Last written, seconds since the epoch.
    pub(super) fn modified(&self) -> i64 {
        self.modified_ns.div_euclid(1_000_000_000)
    }

    /// Refuses everything but a regular file: a FIFO would block for ever, a device never ends.
    pub(super) fn regular(&self, path: &Path) -> Result<(), Error> {
        let what = match self.kind {
            FileType::RegularFile => return Ok(()),
            FileType::Directory => "a folder",
            FileType::Symlink => "a symbolic link",
            FileType::Fifo => "a FIFO",
            FileType::Socket => "a socket",
            _ => "a device",
        };
        Err(Error::NotRegular { path: path.to_owned(), what })
    }
}

/// Looks at a name. A configured path may be a symlink (`follow`); a sibling found in a folder may not, since
/// whoever can write there could plant one to `/etc/shadow`.
pub(super) fn stat(path: &Path, follow: bool) -> Result<Stat, Error> {
    let flags = if follow { AtFlags::empty() } else { AtFlags::SYMLINK_NOFOLLOW };
    statx(CWD, path, flags).map_err(|cause| Error::io(path, cause))
}

/// Looks at an open file.
pub(super) fn stat_of(file: &File) -> io::Result<Stat> {
    statx(file, Path::new(""), AtFlags::EMPTY_PATH)
}

/// Opens a regular file for reading. `NONBLOCK`, because opening a FIFO would wait for a writer.
pub(super) fn open(path: &Path, follow: bool) -> Result<(Arc<File>, Stat), Error> {
    let mut flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    if !follow {
        flags |= OFlags::NOFOLLOW;
    }
    let file = rustix::fs::open(path, flags, Mode::empty()).map_err(|cause| Error::io(path, cause.into()))?;
    let file = File::from(file);
    let stat = stat_of(&file).map_err(|cause| Error::io(path, cause))?;
    stat.regular(path)?;
    Ok((Arc::new(file), stat))
}

/// Says that a file will be read from one end to the other, so that the kernel reads further ahead.
pub(super) fn will_be_read(file: &File) {
    // Advice that a file system does not take changes nothing but the time it takes.
    let _ = rustix::fs::fadvise(file, 0, None, Advice::Sequential);
}

/// Reads at an offset until the buffer is full or the file ends; says how much was read.
pub(super) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read_at(&mut buffer[filled..], offset + filled as u64) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
            Err(cause) => return Err(cause),
        }
    }
    Ok(filled)
}

/// A range of a file, shorter where the file ends before it does.
pub(super) fn range(file: &File, from: u64, to: u64) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; to.saturating_sub(from) as usize];
    let read = read_at(file, &mut bytes, from)?;
    bytes.truncate(read);
    Ok(bytes)
}

fn statx(dir: impl std::os::fd::AsFd, path: &Path, flags: AtFlags) -> io::Result<Stat> {
    let stat = rustix::fs::statx(dir, path, flags, StatxFlags::BASIC_STATS | StatxFlags::BTIME)?;
    let has_birth = stat.stx_mask & StatxFlags::BTIME.bits() != 0;
    let nanoseconds = |seconds: i64, rest: u32| seconds.saturating_mul(1_000_000_000) + i64::from(rest);
    Ok(Stat {
        file: FileId {
            device: rustix::fs::makedev(stat.stx_dev_major, stat.stx_dev_minor),
            inode: stat.stx_ino,
            born: if has_birth { nanoseconds(stat.stx_btime.tv_sec, stat.stx_btime.tv_nsec) } else { 0 },
            version: 0,
        },
        size: stat.stx_size,
        modified_ns: nanoseconds(stat.stx_mtime.tv_sec, stat.stx_mtime.tv_nsec),
        links: stat.stx_nlink,
        kind: FileType::from_raw_mode(u32::from(stat.stx_mode)),
    })
}
