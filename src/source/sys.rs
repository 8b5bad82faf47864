//! What the kernel says about files: open regular ones only, identity with birth time, read at an offset.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Duration;

use rustix::buffer::spare_capacity;
use rustix::fs::{Advice, AtFlags, CWD, FileType, SeekFrom, StatxFlags};
use rustix::io::Errno;
use rustix::time::ClockId;

use super::Error;
use crate::batch::FileId;
use crate::fault;

mod inode;
mod open;

pub(super) use inode::version;
pub(super) use open::{Links, open};

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
    /// Bytes on disk: of a sparse file fewer than its size.
    pub(super) held: u64,
    pub(super) kind: FileType,
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
            _ if !fault::guards("regular-files") => return Ok(()),
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
    let len = to.saturating_sub(from) as usize;
    // Not zeroed before: that took a seventh of reading what is in the page cache.
    let mut bytes = Vec::with_capacity(len);
    while bytes.len() < len {
        let at = from + bytes.len() as u64;
        match rustix::io::pread(file, spare_capacity(&mut bytes), at) {
            Ok(0) => break,
            Ok(_) | Err(Errno::INTR) => {}
            Err(cause) => return Err(cause.into()),
        }
    }
    bytes.truncate(len);
    Ok(bytes)
}

/// Where the next bytes that were written stand, at an offset or after it; the end of the file where there are none. A
/// file system that knows no holes says the offset.
pub(super) fn data_from(file: &File, offset: u64) -> io::Result<u64> {
    match rustix::fs::seek(file, SeekFrom::Data(offset)) {
        Ok(data) => Ok(data),
        Err(Errno::NXIO) => Ok(stat_of(file)?.size.max(offset)),
        Err(Errno::INVAL) => Ok(offset),
        Err(cause) => Err(cause.into()),
    }
}

/// Time since the machine was started, its sleep included: what quiet times and back-offs are measured by. The clock on
/// the wall may jump by a year.
pub(super) fn uptime() -> Duration {
    let now = rustix::time::clock_gettime(ClockId::Boottime);
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}

/// Who changes the files of a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Disk {
    /// This machine.
    Own,
    /// Perhaps another: change notices say nothing of that, inode numbers may be made up, and sizes are as old as a
    /// cache allows.
    Remote,
}

/// By the file system of a folder.
pub(super) fn disk(folder: &Path) -> io::Result<Disk> {
    let kind = rustix::fs::statfs(folder)?.f_type as u64 & 0xFFFF_FFFF;
    Ok(if REMOTE.contains(&kind) && fault::guards("remote") { Disk::Remote } else { Disk::Own })
}

/// File systems of statfs(2), by the number each has in `linux/magic.h`: NFS, SMB (three generations), FUSE, Ceph, AFS,
/// 9P, Coda, GFS2, OCFS2, Lustre, GPFS, `VMware`.
const REMOTE: [u64; 14] = [
    0x6969,
    0x517B,
    0xFF53_4D42,
    0xFE53_4D42,
    0x6573_5546,
    0x00C3_6400,
    0x5346_414F,
    0x0102_1997,
    0x7375_7245,
    0x0116_1970,
    0x7461_636F,
    0x0BD0_0BD0,
    0x4750_4653,
    0xBACB_ACBC,
];

fn statx(dir: impl std::os::fd::AsFd, path: &Path, flags: AtFlags) -> io::Result<Stat> {
    let stat = rustix::fs::statx(dir, path, flags, StatxFlags::BASIC_STATS | StatxFlags::BTIME)?;
    let has_birth = stat.stx_mask & StatxFlags::BTIME.bits() != 0 && fault::guards("birth-time");
    let nanoseconds = |seconds: i64, rest: u32| seconds.saturating_mul(1_000_000_000) + i64::from(rest);
    Ok(Stat {
        file: FileId {
            device: rustix::fs::makedev(stat.stx_dev_major, stat.stx_dev_minor),
            inode: stat.stx_ino,
            born: if has_birth { nanoseconds(stat.stx_btime.tv_sec, stat.stx_btime.tv_nsec) } else { 0 },
        },
        size: stat.stx_size,
        modified_ns: nanoseconds(stat.stx_mtime.tv_sec, stat.stx_mtime.tv_nsec),
        links: stat.stx_nlink,
        held: stat.stx_blocks * 512,
        kind: FileType::from_raw_mode(u32::from(stat.stx_mode)),
    })
}
