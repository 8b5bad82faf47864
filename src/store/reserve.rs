//! Space that is held back so that, on a full disk, what must be written can be: the batch in hand with its incident,
//! and the letters that tell of both.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Name of the file that takes the space.
const NAME: &str = "reserve";
/// Zeros are written so many at a time where a file system cannot allocate.
const STEP: usize = 1 << 20;

/// The file, or its absence.
#[derive(Debug)]
pub struct Reserve {
    path: PathBuf,
    bytes: u64,
    is_held: bool,
}

impl Reserve {
    /// So many bytes in the state directory; [`Reserve::take_back`] holds them.
    pub fn new(dir: &Path, bytes: u64) -> Self {
        Self { path: dir.join(NAME), bytes, is_held: false }
    }

    /// Whether the space is held.
    pub fn is_held(&self) -> bool {
        self.is_held
    }

    /// Gives the space to whoever needs it now; whether there was any.
    pub fn give_up(&mut self) -> bool {
        let had = self.is_held && self.bytes > 0;
        self.is_held = false;
        had && fs::remove_file(&self.path).is_ok()
    }

    /// Holds the space, for the first time or again. There must be a quarter more than that, so that the first commit
    /// behind it does not need it at once.
    pub fn take_back(&mut self) -> io::Result<()> {
        if self.is_held || self.bytes == 0 {
            self.is_held = true;
            return Ok(());
        }
        if fs::metadata(&self.path).is_ok_and(|meta| meta.len() == self.bytes) {
            self.is_held = true; // of a process before us
            return Ok(());
        }
        let dir = self.path.parent().unwrap_or(&self.path);
        let space = rustix::fs::statvfs(dir)?;
        if space.f_bavail.saturating_mul(space.f_frsize) < self.bytes + self.bytes / 4 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let made = self.fill();
        if made.is_err() {
            let _ = fs::remove_file(&self.path); // what there is of it holds nothing back
        }
        self.is_held = made.is_ok();
        made
    }

    fn fill(&self) -> io::Result<()> {
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&self.path)?;
        match rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::empty(), 0, self.bytes) {
            Err(rustix::io::Errno::OPNOTSUPP) => write_zeros(&mut file, self.bytes)?,
            other => other?,
        }
        file.sync_all()
    }
}

fn write_zeros(file: &mut File, bytes: u64) -> io::Result<()> {
    let zeros = vec![0; STEP];
    let mut left = bytes as usize;
    while left > 0 {
        let step = left.min(STEP);
        file.write_all(&zeros[..step])?;
        left -= step;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_space_is_held_given_up_once_and_taken_back() {
        use std::os::unix::fs::MetadataExt;
        let dir = tempfile::tempdir().expect("a folder");
        let mut reserve = Reserve::new(dir.path(), 1 << 20);
        reserve.take_back().expect("there is room");
        assert!(reserve.is_held());
        let meta = fs::metadata(dir.path().join(NAME)).expect("a file");
        assert!(meta.blocks() * 512 >= 1 << 20, "blocks, not a hole");
        assert!(reserve.give_up() && !reserve.give_up());
        assert!(!dir.path().join(NAME).exists());
        reserve.take_back().expect("there is room");
        assert!(reserve.is_held());
    }

    #[test]
    fn more_than_there_is_cannot_be_held() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut reserve = Reserve::new(dir.path(), 1 << 60);
        assert!(reserve.take_back().is_err() && !reserve.is_held());
        assert!(!dir.path().join(NAME).exists());
    }
}
