//! Whether a folder is still as it was when it was read: ten thousand names are not read again four times a second.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::sys;

/// A folder's time, and when its names were read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stamp {
    modified: Duration,
    read: Duration,
}

/// A folder that was changed less than this before it was read may have been changed once more without another time:
/// clocks of file systems tick every few milliseconds, and some every two seconds.
const SETTLED: Duration = Duration::from_secs(3);
/// Other machines' folders keep an old time for up to a minute: names are read again after so long whatever it says.
const KEPT: Duration = Duration::from_secs(30);

impl Stamp {
    /// Taken before the names are read. A folder that cannot be looked at is never as it was.
    pub(super) fn of(folder: &Path) -> Self {
        let modified = sys::stat(folder, true).map_or(i64::MAX, |stat| stat.modified_ns);
        Self { modified: Duration::from_nanos(u64::try_from(modified).unwrap_or(0)), read: now() }
    }

    /// Whether the names are the same now.
    pub(super) fn holds(&self, folder: &Path) -> bool {
        let age = now().checked_sub(self.read);
        self.read.saturating_sub(self.modified) >= SETTLED
            && age.is_some_and(|age| age < KEPT)
            && Self::of(folder).modified == self.modified
    }
}

fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_as_it_was_until_a_name_comes_or_goes() {
        let dir = tempfile::tempdir().unwrap();
        let fresh = Stamp::of(dir.path());
        assert!(!fresh.holds(dir.path()), "it may change within the same tick");
        let long_ago = SystemTime::now() - Duration::from_mins(1);
        std::fs::File::open(dir.path()).unwrap().set_modified(long_ago).unwrap();
        let settled = Stamp::of(dir.path());
        assert!(settled.holds(dir.path()));
        std::fs::write(dir.path().join("a"), "").unwrap();
        assert!(!settled.holds(dir.path()));
        assert!(!Stamp::of(Path::new("/nowhere/at/all")).holds(Path::new("/nowhere/at/all")));
    }
}
