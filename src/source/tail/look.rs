//! When a source is looked at: at once where something may have happened, every quarter of a second while it grows,
//! rarely while it is idle and its folder is watched. Ten thousand idle logs cost next to nothing, and none is missed:
//! notices only make a look come earlier.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::globs::Pattern;
use super::source::Source;
use super::{Notice, Tail};
use crate::fault;
use crate::source::notices::{Hints, Notices};
use crate::source::siblings::{self, Folders, folder_of};
use crate::source::sys;

/// How often a log that grows is looked at.
const BUSY: Duration = Duration::from_millis(250);
/// How often one is that nobody wrote to for [`IDLE_AFTER`], where no notice would come.
const IDLE: Duration = Duration::from_secs(2);
/// And where notices come.
const IDLE_WATCHED: Duration = Duration::from_secs(30);
/// When a log is idle.
pub(super) const IDLE_AFTER: Duration = Duration::from_mins(1);
/// The longest wait before a log that may not be read is tried again; a change of its permissions is told.
const AGAIN_REFUSED: Duration = Duration::from_secs(10);
/// How soon a folder that could not be watched is asked for again.
const AGAIN: Duration = Duration::from_mins(1);

/// What looking remembers from one time to the next.
#[derive(Debug)]
pub(super) struct Looking {
    notices: Notices,
    folders: Folders,
    /// Sources by the paths under which notices name them.
    by_path: HashMap<PathBuf, usize>,
    /// Folders without notices, and why.
    polled: BTreeMap<PathBuf, Notice>,
    /// When names are looked for anew.
    next_names: Duration,
    /// When folders that could not be watched are asked for again.
    next_watch: Duration,
    /// How many files may be held open.
    open_max: usize,
}

impl Tail {
    /// Has change notices make looks come earlier.
    #[must_use]
    pub fn watched(mut self) -> Self {
        self.looking = Some(Looking {
            notices: Notices::new(),
            folders: Folders::default(),
            by_path: HashMap::new(),
            polled: BTreeMap::new(),
            next_names: Duration::ZERO,
            next_watch: Duration::ZERO,
            open_max: super::rest::open_max(),
        });
        self
    }

    /// Waits until something may have happened, at most so long; says whether something was told.
    pub fn wait(&self, most: Duration) -> bool {
        if self.sources.iter().any(|source| source.is_stuck && source.due.is_zero()) {
            return true; // it waits for a look, and for nothing else
        }
        if let Some(looking) = &self.looking {
            return looking.notices.wait(most);
        }
        std::thread::sleep(most);
        false
    }

    /// Looks at the sources whose time has come, as [`Tail::rescan`] does at all of them. Only these are read until the
    /// next look.
    pub fn look(&mut self) -> Vec<Notice> {
        let Some(mut looking) = self.looking.take() else { return self.rescan() };
        let notices = self.look_with(&mut looking);
        self.looking = Some(looking);
        notices
    }

    fn look_with(&mut self, looking: &mut Looking) -> Vec<Notice> {
        let now = sys::uptime();
        let hints = looking.notices.take();
        let mut has_names = hints.everything || now >= looking.next_names;
        has_names |= self.patterns.iter().any(|pattern| pattern.is_in(&hints.folders));
        if has_names {
            self.not_meant = self.expand();
            let is_told = self.directories().iter().all(|folder| looking.notices.watches(folder));
            let is_flat = self.patterns.iter().all(Pattern::is_flat);
            looking.next_names = now
                + match (is_told, is_flat) {
                    (true, true) => IDLE_WATCHED,
                    (true, false) => IDLE, // a folder below is not watched before a log was met in it
                    _ => BUSY,
                };
            looking.meet(&self.sources);
        }
        if has_names && now >= looking.next_watch {
            looking.watch(self.directories());
            looking.next_watch = if looking.polled.is_empty() { Duration::ZERO } else { now + AGAIN };
        }
        let due = self.due(looking, &hints, now);
        looking.forget(&hints, has_names);
        let mut open: usize = self.sources.iter().map(|source| source.readers.len()).sum();
        for (at, source) in self.sources.iter_mut().enumerate() {
            let is_full = source.readers.is_empty() && open >= looking.open_max;
            if is_full || !due.contains(&at) {
                continue; // a full house: it stays due
            }
            if !source.rests_still(&mut looking.folders) {
                open -= source.readers.len();
                source.resting = None;
                source.told = source.rescan(&mut looking.folders, &mut self.setting);
                if source.told.is_empty() {
                    source.rest(&mut looking.folders, self.setting.idle_after);
                }
                open += source.readers.len();
            }
            let is_told = looking.notices.watches(&folder_of(&source.path)) && !source.is_behind_link();
            source.due = now + pace(source, is_told, now, self.setting.idle_after);
        }
        self.awake = Some(due);
        self.tell_news(looking.polled.values().cloned().collect())
    }

    /// The sources whose time has come.
    fn due(&self, looking: &Looking, hints: &Hints, now: Duration) -> HashSet<usize> {
        let is_due = |source: &Source| hints.everything || source.due <= now;
        let timed = self.sources.iter().enumerate().filter(|(_, source)| is_due(source));
        let by_name = |path: &PathBuf| {
            let live = siblings::live_name(path);
            [Some(path), live.as_ref()].map(|path| looking.by_path.get(path?).copied())
        };
        let told = hints.files.iter().flat_map(by_name).flatten();
        timed.map(|(at, _)| at).chain(told).collect()
    }
}

impl Looking {
    fn meet(&mut self, sources: &[Source]) {
        if self.by_path.len() != sources.len() {
            let all = sources.iter().enumerate();
            self.by_path = all.map(|(at, source)| (source.path.clone(), at)).collect();
        }
    }

    /// Other sources are meant from now on: all names are looked for at the next look.
    pub(super) fn forget_all(&mut self) {
        self.by_path.clear();
        (self.next_names, self.next_watch) = (Duration::ZERO, Duration::ZERO);
    }

    fn watch(&mut self, folders: Vec<PathBuf>) {
        self.polled.clear();
        for folder in folders {
            let is_remote = sys::disk(&folder).is_ok_and(|disk| disk == sys::Disk::Remote);
            let refused = if is_remote { None } else { self.notices.watch(&folder).err() };
            if let Some(notice) = polled(&folder, is_remote, refused) {
                self.polled.insert(folder, notice);
            }
        }
    }

    /// Forgets the names of folders in which any may have changed.
    fn forget(&mut self, hints: &Hints, has_names: bool) {
        let notices = &self.notices;
        let is_sure =
            |folder: &Path| !has_names && notices.watches(folder) && !hints.folders.contains(folder);
        self.folders.retain(is_sure);
    }
}

/// Why a folder is polled, as a person is told. That it is not there is told of its sources.
fn polled(folder: &Path, is_remote: bool, refused: Option<std::io::Error>) -> Option<Notice> {
    let name = folder.display();
    let (why, hint) = match refused.map(|cause| (cause.raw_os_error(), cause)) {
        None if is_remote => ("it may be changed by another machine".to_owned(), "nothing need be done"),
        None | Some((Some(2), _)) => return None,
        Some((Some(28), _)) => {
            ("the limit of watches is reached".to_owned(), "raise fs.inotify.max_user_watches")
        }
        Some((Some(24), _)) => {
            ("the limit of watchers is reached".to_owned(), "raise fs.inotify.max_user_instances")
        }
        Some((_, cause)) => (cause.to_string(), "let breachd read the folder"),
    };
    let what = format!("no change notices of {name}, its logs are polled: {why}");
    Some(Notice { path: folder.to_owned(), what, hint: hint.to_owned() })
}

/// When a source is looked at again.
fn pace(source: &Source, is_told: bool, now: Duration, idle_after: Duration) -> Duration {
    match source.quiet_since() {
        _ if source.refusals > 0 => AGAIN_REFUSED.min(BUSY * (1 << source.refusals.min(10))),
        _ if source.resting.is_some() => {
            if is_told {
                IDLE_WATCHED
            } else {
                IDLE
            }
        }
        Some(since) if now.saturating_sub(since) >= idle_after && is_told => IDLE_WATCHED,
        Some(since) if now.saturating_sub(since) >= idle_after => IDLE,
        _ if !fault::guards("polling") => Duration::MAX.saturating_sub(now),
        _ => BUSY,
    }
}
