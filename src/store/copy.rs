//! Consistent copies of a store that is being written: `breachd backup`, and the daily snapshot beside the store. Keys are
//! files of their own and in neither.

use std::fs;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::mend::SNAPSHOT;
use super::{DATABASE, Error, Result, Store};

impl Store {
    /// Copies the store as it stands at one moment into a new file, synced when this returns. One that exists is never
    /// overwritten, and what there is of a copy that failed is removed.
    pub fn copy_to(&self, path: &Path) -> Result<()> {
        let io = |cause| Error::Io { path: path.to_owned(), cause };
        // Made by us, so that nobody else may read it; SQLite takes an empty file.
        fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(io)?;
        let copied = self
            .db
            .execute("VACUUM INTO ?1", [path.to_string_lossy()])
            .map_err(|cause| self.failed("copy", cause))
            .and_then(|_| fs::File::open(path).and_then(|file| file.sync_all()).map_err(io));
        if copied.is_err() {
            let _ = fs::remove_file(path); // the failure that is told is that of the copy
        }
        copied
    }
}

/// Makes the snapshot of a state directory anew. It replaces the last one only when it is whole.
pub fn snapshot(dir: &Path) -> Result<PathBuf> {
    let (started, path) = (dir.join("snapshot.new"), dir.join(SNAPSHOT));
    let io = |cause| Error::Io { path: started.clone(), cause };
    if let Err(cause) = fs::remove_file(&started)
        && cause.kind() != std::io::ErrorKind::NotFound
    {
        return Err(io(cause));
    }
    let size = fs::metadata(dir.join(DATABASE)).map_err(io)?.len();
    let space = rustix::fs::statvfs(dir).map_err(|cause| io(cause.into()))?;
    if space.f_bavail.saturating_mul(space.f_frsize) < 2 * size {
        return Err(io(std::io::ErrorKind::StorageFull.into()));
    }
    Store::read(dir)?.copy_to(&started)?;
    fs::rename(&started, &path).map_err(io)?;
    fs::File::open(dir).and_then(|dir| dir.sync_all()).map_err(io)?;
    Ok(path)
}

/// Seconds since the last snapshot was made; none where there is none.
pub fn snapshot_age(dir: &Path) -> Option<u64> {
    let made = fs::metadata(dir.join(SNAPSHOT)).ok()?.modified().ok()?;
    Some(made.elapsed().map_or(0, |age| age.as_secs()))
}
