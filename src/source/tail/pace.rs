//! When a source is looked at. One that grows is looked at in each round; one that has not grown for a minute goes to
//! rest: it is looked at from outside every 15 to 30 s, and at once when its folder tells that one of its files was
//! touched. At rest it holds no descriptor, and what is known of it is what the store knows: to wake is to restart.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::Tail;
use super::meet::Found;
use super::reader::Input;
use super::source::Source;
use crate::batch::GenerationState;
use crate::fault;
use crate::source::siblings::{self, Folders};
use crate::source::{Error, descriptors};

/// How long a file must not have grown before it goes to rest.
pub const REST: Duration = Duration::from_mins(1);

/// How long a file must not have grown while more are open than may be.
const REST_CROWDED: Duration = Duration::from_secs(2);
/// Files that are held open: the others wait for their turn, or rest.
const OPEN_MAX: usize = 4096;
/// How often all sources that are awake are looked at; in between only those that were touched.
const ROUND: Duration = Duration::from_millis(200);
/// How often a source at rest is looked at, at least. Each has its own place in as much time again.
const LOOK: Duration = Duration::from_secs(15);
/// The same where no folder tells what is touched.
const LOOK_UNTOLD: Duration = Duration::from_secs(1);

/// How a source is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nobody has looked at it yet.
    Fresh,
    Awake,
    /// Its files looked like this from outside, and are looked at again then.
    Resting {
        look: u64,
        due: Instant,
    },
}

/// What is to be looked at, and when.
#[derive(Debug)]
pub(super) struct Pace {
    /// How long a file must not have grown; none where sources never rest.
    rest_after: Option<Duration>,
    is_told: bool,
    open_max: usize,
    states: Vec<State>,
    /// The sources by the paths of their live files.
    by_path: HashMap<PathBuf, usize>,
    /// Those that are read.
    awake: Vec<usize>,
    touched: BTreeSet<usize>,
    last_round: Option<Instant>,
    folders: Vec<PathBuf>,
    has_folder: HashSet<PathBuf>,
}

impl Pace {
    pub(super) fn new() -> Self {
        Self {
            rest_after: None,
            is_told: true,
            open_max: usize::MAX,
            states: Vec::new(),
            by_path: HashMap::new(),
            awake: Vec::new(),
            touched: BTreeSet::new(),
            last_round: None,
            folders: Vec::new(),
            has_folder: HashSet::new(),
        }
    }

    /// Takes in a source; they come in the order of their numbers.
    pub(super) fn meet(&mut self, path: PathBuf) {
        self.watch(siblings::folder_of(&path));
        self.by_path.insert(path, self.states.len());
        self.states.push(State::Fresh);
    }

    pub(super) fn watch(&mut self, folder: PathBuf) {
        if self.has_folder.insert(folder.clone()) {
            self.folders.push(folder);
        }
    }

    pub(super) fn has_met(&self, path: &Path) -> bool {
        self.by_path.contains_key(path)
    }

    pub(super) fn folders(&self) -> &[PathBuf] {
        &self.folders
    }

    pub(super) fn awake(&self) -> &[usize] {
        &self.awake
    }

    /// The sources to be looked at now, and whether these are all that are awake.
    fn due(&mut self, now: Instant) -> (Vec<usize>, bool) {
        let touched = std::mem::take(&mut self.touched);
        let since = self.last_round.map(|last| now.saturating_duration_since(last));
        if self.rest_after.is_some() && since.is_some_and(|since| since < ROUND) {
            return (touched.into_iter().collect(), false);
        }
        self.last_round = Some(now);
        let is_due = |state: &State| match state {
            State::Fresh | State::Awake => true,
            State::Resting { due, .. } => *due <= now,
        };
        let due = self.states.iter().enumerate().filter(|(at, state)| is_due(state) || touched.contains(at));
        (due.map(|(at, _)| at).collect(), true)
    }

    /// Lets a source rest that looks like this.
    fn rest(&mut self, at: usize, look: u64, is_link: bool, now: Instant) {
        let every = if self.is_told && !is_link { LOOK } else { LOOK_UNTOLD };
        // The golden ratio spreads neighbours evenly, whatever their number.
        let place = (at as f64 * 0.618_034).fract();
        self.states[at] = State::Resting { look, due: now + every + every.mul_f64(place) };
    }

    fn is_resting_like(&self, at: usize, look: Option<u64>) -> bool {
        matches!(self.states[at], State::Resting { look: before, .. } if Some(before) == look)
    }

    fn touch(&mut self, at: usize) {
        if self.states[at] != State::Fresh {
            self.states[at] = State::Awake;
        }
        self.touched.insert(at);
    }

    fn sort(&mut self) {
        let is_read = |state: &State| *state == State::Awake;
        self.awake.clear();
        self.awake
            .extend(self.states.iter().enumerate().filter(|(_, state)| is_read(state)).map(|(at, _)| at));
    }
}

impl Tail {
    /// Lets sources rest whose files have not grown for so long ([`REST`]), and holds a bounded number of them open.
    /// Whoever asks for it tells what is touched ([`Tail::touch`]), or that nobody does ([`Tail::untold`]).
    #[must_use]
    pub fn resting(mut self, after: Duration) -> Self {
        self.pace.rest_after = Some(after).filter(|_| fault::guards("rest"));
        self.pace.open_max = OPEN_MAX.min(descriptors::allowed() / 2).max(1);
        self
    }

    /// A file of this name was written, renamed, created or deleted: a hint, which may be about any file.
    pub fn touch(&mut self, path: &Path) {
        let own = self.pace.by_path.get(path).copied();
        let live = || siblings::live_name(path).and_then(|live| self.pace.by_path.get(&live).copied());
        if let Some(at) = own.or_else(live) {
            self.pace.touch(at);
        }
    }

    /// Something was touched, nobody knows what.
    pub fn touch_all(&mut self) {
        (0..self.sources.len()).for_each(|at| self.pace.touch(at));
    }

    /// Some folder does not tell what is touched in it: sources at rest are looked at every 1 to 2 s.
    pub fn untold(&mut self) {
        self.pace.is_told = false;
        self.touch_all();
    }

    /// How many sources rest.
    pub fn at_rest(&self) -> usize {
        self.pace.states.iter().filter(|state| matches!(state, State::Resting { .. })).count()
    }

    /// Looks at the sources whose turn it is. What is wrong with them, and whether all were looked at of which something
    /// may be wrong.
    pub(super) fn round(&mut self) -> (Vec<super::Notice>, bool) {
        let now = Instant::now();
        let (due, is_all) = self.pace.due(now);
        self.folders.look_anew();
        let mut open: usize = self.pace.awake.iter().map(|at| self.sources[*at].readers.len()).sum();
        let mut notices = Vec::new();
        for at in due {
            let source = &mut self.sources[at];
            let state = self.pace.states[at];
            if matches!(state, State::Resting { .. }) {
                let look = source.look(&mut self.folders).map(|(look, _)| look);
                if self.pace.is_resting_like(at, look) {
                    let is_link = source.is_link();
                    self.pace.rest(at, look.unwrap_or_default(), is_link, now);
                    continue;
                }
            }
            if source.readers.is_empty() && open >= self.pace.open_max {
                self.pace.touched.insert(at); // once others have gone to rest
                continue;
            }
            let before = source.readers.len();
            let told = source.rescan(&mut self.folders, &mut self.setting);
            open = open + source.readers.len() - before.min(source.readers.len());
            self.pace.states[at] = State::Awake;
            if told.is_empty()
                && let Some(after) = self.pace.rest_after
                && let Some(look) = source.rest(&mut self.folders, self.pace.quiet(after, open))
            {
                open = open.saturating_sub(1);
                self.pace.rest(at, look, source.is_link(), now);
            }
            notices.extend(told);
        }
        self.pace.sort();
        (notices, is_all)
    }
}

impl Pace {
    fn quiet(&self, after: Duration, open: usize) -> Duration {
        if open >= self.open_max { after.min(REST_CROWDED) } else { after }
    }
}

impl Source {
    /// What its files look like from outside: their names, sizes and times. None where one cannot be looked at.
    fn look(&self, folders: &mut Folders) -> Option<(u64, Vec<Found>)> {
        let mut errors: Vec<Error> = Vec::new();
        let found = self.list(folders, &mut errors).filter(|_| errors.is_empty())?;
        let mut look = DefaultHasher::new();
        for one in &found {
            (&one.path, one.stat.file, one.stat.size, one.stat.modified_ns).hash(&mut look);
        }
        Some((look.finish(), found))
    }

    /// Goes to rest, if all that it has is a live file that is read to its end and was not written for so long. What it
    /// looks like then.
    fn rest(&mut self, folders: &mut Folders, quiet: Duration) -> Option<u64> {
        let [reader] = &self.readers[..] else { return None };
        let is_settled = !self.has_news() && self.unfinished.is_empty() && self.blind.is_none();
        let is_plain = matches!(reader.input, Input::Plain(_));
        if !is_settled || !is_plain || reader.generation.state != GenerationState::Live {
            return None;
        }
        if !is_older(reader.modified_ns, quiet) {
            return None;
        }
        let (look, found) = self.look(folders)?;
        let live = found.last().filter(|one| one.is_live)?;
        let is_read = live.stat.file == reader.held && live.stat.size == reader.generation.offset;
        if !is_read || !is_older(live.stat.modified_ns, quiet) {
            return None;
        }
        self.known.extend(self.readers.pop().map(|reader| reader.generation));
        self.shrink();
        Some(look)
    }

    /// Whether its path is a link, to a folder that nobody watches perhaps.
    fn is_link(&self) -> bool {
        self.path.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink())
    }
}

/// Whether a time lies so far back; one in the future does not tell when it was written.
fn is_older(modified_ns: i64, than: Duration) -> bool {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let modified = Duration::from_nanos(u64::try_from(modified_ns).unwrap_or(0));
    now.checked_sub(modified).is_some_and(|age| age >= than)
}
