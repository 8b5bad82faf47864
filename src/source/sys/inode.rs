//! The generation of an inode: a number that ext4, xfs, btrfs and f2fs draw anew when they give an inode to another
//! file, so that it tells a reused inode where there is no birth time (ext4 with inodes of 128 bytes).
//!
//! One of the two modules with `unsafe`: the number's size is that of the kernel's structure.

#![allow(unsafe_code, reason = "the request writes one long, of which the file systems fill an int")]

use std::ffi::c_long;
use std::fs::File;

use rustix::ioctl::{Getter, ioctl, opcode};

use crate::fault;

/// `FS_IOC_GETVERSION` of `linux/fs.h`.
const GET_VERSION: u32 = opcode::read::<c_long>(b'v', 1);

/// The generation of a file's inode; 0 where the file system has none (tmpfs says ENOTTY) or the sandbox does not let
/// us ask.
pub(in crate::source) fn version(file: &File) -> u32 {
    if !fault::guards("inode-generation") {
        return 0;
    }
    // SAFETY: the request is a getter, and it writes no more than a long.
    let asked = unsafe { ioctl(file, Getter::<GET_VERSION, [u32; size_of::<c_long>() / 4]>::new()) };
    // The file systems write an `int` at the beginning of the long.
    asked.map_or(0, |words| words[0])
}
