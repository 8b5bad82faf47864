//! The reader's side: the program's own reader and store in this process, and what must hold of them.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use breachd::batch::{Batch, Body, Generation};
use breachd::config::Packs;
use breachd::event::Gap;
use breachd::format::Format;
use breachd::incident::{Org, Rules};
use breachd::moment::Tz;
use breachd::producer::Live;
use breachd::scan::Scanner;
use breachd::source::{Spec, Start, Tail};
use breachd::store::{Store, read_key};

use crate::folder::Folder;
use crate::lines::{self, SENT, START, SUBJECT, line_at, message_of};
use crate::script::{Script, Step};
use crate::support::KEY;

/// What reads and judges, made once for all scripts.
pub struct Engine {
    scanner: Arc<Scanner>,
    rules: Rules,
    /// Where stores lie: in memory, because a commit costs milliseconds on a disk.
    stores: PathBuf,
}

impl Engine {
    pub fn new() -> Self {
        let packs = Packs::shipped().expect("the shipped packs are sound");
        let org =
            Org { domains: vec!["agency.gov.tw".to_owned()], networks: Vec::new(), zone: Tz::Asia__Taipei };
        let rules = Rules::new(org, Vec::new());
        let dir = tempfile::tempdir().expect("a folder");
        std::fs::write(dir.path().join("key"), KEY).expect("a key");
        let keys = read_key(&dir.path().join("key")).expect("a key");
        let scanner = Scanner::new(packs.engine, keys, Tz::Asia__Taipei).with_formats(packs.formats);
        let memory = Path::new("/dev/shm");
        let stores = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        Self { scanner: Arc::new(scanner), rules, stores }
    }
}

/// What scripts have done.
#[derive(Debug, Default)]
pub struct Figures {
    pub lines: usize,
    pub counted: usize,
    /// Lost with a gap that says so.
    pub declared: usize,
    /// Lost in files of which nothing had been read when they went, or which had been left.
    pub never_seen: usize,
    /// Times that a line was read again; it counts once.
    pub read_again: usize,
    pub gaps: usize,
    pub rotations: usize,
    pub compressions: usize,
    pub kills: usize,
}

impl Figures {
    pub fn add(&mut self, other: &Self) {
        self.lines += other.lines;
        self.counted += other.counted;
        self.declared += other.declared;
        self.never_seen += other.never_seen;
        self.read_again += other.read_again;
        self.gaps += other.gaps;
        self.rotations += other.rotations;
        self.compressions += other.compressions;
        self.kills += other.kills;
    }
}

/// How often a reader looks until it is taken to have seen everything: an archive that is being written needs two looks.
const LOOKS: usize = 4;

/// Runs a script, then lets the writer end its line and the reader read the rest.
pub fn run(engine: &Engine, script: &Script) -> Result<Figures, String> {
    let logs = tempfile::tempdir().expect("a folder for logs");
    let state = tempfile::tempdir_in(&engine.stores).expect("a folder for the store");
    let mut folder =
        Folder::new(logs.path(), if script.has_messages { lines::mail } else { lines::download });
    let mut reader = Reader::new(engine, script, state.path(), folder.live_path());
    let mut has_taken_away = false;
    for (at, step) in script.steps.iter().enumerate() {
        let vanished = folder.vanished.len();
        take(step, &mut folder, &mut reader).map_err(|why| format!("at step {at}, {step:?}: {why}"))?;
        has_taken_away |= matches!(step, Step::Truncate | Step::Delete) || folder.vanished.len() > vanished;
    }
    folder.reopen();
    reader.start();
    reader.drain(&folder).map_err(|why| format!("at the end: {why}"))?;
    let mut figures = judge(&folder, &reader)?;
    if !has_taken_away && figures.gaps > 0 {
        return Err(format!("nothing was taken away, but gaps are declared: {:?}", reader.gaps));
    }
    figures.kills = script.steps.iter().filter(|step| matches!(step, Step::Kill { .. })).count();
    Ok(figures)
}

fn take(step: &Step, folder: &mut Folder, reader: &mut Reader<'_>) -> Result<(), String> {
    let counted = reader.counted.clone();
    let is_counted = |line: usize| counted.borrow().contains_key(&line);
    match *step {
        Step::Append(lines) => folder.append(lines),
        // A renamed file that is left at once, while its writer is in the middle of a line, ends in half a line.
        Step::Piece(_) if reader.script.is_hasty => {}
        Step::Piece(bytes) => folder.piece(bytes),
        Step::Shift => folder.shift(),
        Step::Reopen => folder.reopen(),
        Step::Copy => folder.copy(),
        // Where a copy was met before its original, that was not read itself when it is emptied.
        Step::Truncate => {
            let is_read = reader.has_read(&folder.live_path());
            folder.truncate(&|line| is_read && is_counted(line));
        }
        Step::BeginCompression => folder.begin_compression(),
        Step::Compress => folder.compress(),
        Step::Delete => folder.delete(&is_counted),
        Step::Pause(ms) => std::thread::sleep(Duration::from_millis(ms)),
        Step::Read(batches) => reader.read(batches)?,
        Step::Drain => reader.drain(folder)?,
        Step::Kill { has_read } => reader.kill(has_read),
        Step::Start => reader.start(),
        Step::Once => reader.once()?,
    }
    Ok(())
}

/// Everything that was written is counted once, or lost with its file and declared.
fn judge(folder: &Folder, reader: &Reader<'_>) -> Result<Figures, String> {
    let counted = reader.counted.borrow();
    let mut figures = Figures {
        lines: folder.written,
        counted: counted.len(),
        read_again: if reader.script.has_messages {
            0
        } else {
            counted.values().map(|times| times - 1).sum()
        },
        gaps: reader.gaps.len(),
        rotations: folder.rotations,
        compressions: folder.compressions,
        ..Figures::default()
    };
    let says = |line: &usize| !reader.script.has_messages || message_of(*line).1 == SUBJECT;
    let is_lost = |line: &usize| says(line) && !counted.contains_key(line);
    for line in (0..folder.written).filter(is_lost) {
        let Some(vanished) = folder.vanished.iter().rfind(|vanished| vanished.place.line == line) else {
            return Err(format!("line {line} is lost, though it is there"));
        };
        let place = vanished.place;
        let says = |gap: &Gap| gap.from <= place.from && gap.to.is_none_or(|to| to >= place.to);
        if reader.gaps.iter().any(says) {
            figures.declared += 1;
        } else if vanished.is_known && !reader.script.is_hasty {
            return Err(format!("{vanished:?} is lost and no gap says so: {:?}", reader.gaps));
        } else {
            figures.never_seen += 1;
        }
    }
    let people = reader.people()?;
    // A message counts once it is known that it was sent.
    let of_messages = reader.script.has_messages;
    let sent = (0..folder.written).filter(|line| message_of(*line).1 == SENT);
    let all = if of_messages { sent.clone().count() } else { counted.len() } as u64;
    let people = people.filter(|_| !of_messages || folder.vanished.is_empty());
    if let Some(people) = people.filter(|people| *people != all) {
        return Err(format!("the store counts {people} people of {all} lines"));
    }
    if of_messages && folder.vanished.is_empty() {
        for (message, _) in sent.map(message_of) {
            if !reader.knows(&lines::recipient(message))? {
                return Err(format!("message {message} was read, but not that it was sent"));
            }
        }
    }
    Ok(figures)
}

struct Reader<'e> {
    engine: &'e Engine,
    script: &'e Script,
    state: &'e Path,
    log: PathBuf,
    running: Option<Live>,
    ledger: Ledger,
    /// Lines whose facts are committed, and how often.
    counted: std::rc::Rc<RefCell<BTreeMap<usize, usize>>>,
    gaps: Vec<Gap>,
    /// Inodes of which something was read, or gone on after.
    inodes: BTreeSet<u64>,
}

/// Where the reader stands. The store's own answer costs five times as much: a quarter of the scripts ask it.
enum Ledger {
    /// As the store keeps it, in memory.
    Memory(BTreeMap<i64, Generation>),
    /// The store, while it is open.
    Store(Option<Box<Store>>),
}

impl<'e> Reader<'e> {
    fn new(engine: &'e Engine, script: &'e Script, state: &'e Path, log: PathBuf) -> Self {
        let ledger = if script.has_store { Ledger::Store(None) } else { Ledger::Memory(BTreeMap::new()) };
        let counted = std::rc::Rc::default();
        Self {
            engine,
            script,
            state,
            log,
            running: None,
            ledger,
            counted,
            gaps: Vec::new(),
            inodes: BTreeSet::new(),
        }
    }

    /// As the daemon does: the store says where everything stands.
    fn start(&mut self) {
        if self.running.is_some() {
            return;
        }
        let (stored, open) = match &mut self.ledger {
            Ledger::Memory(generations) => (generations.values().cloned().collect(), Vec::new()),
            Ledger::Store(open) => {
                let store = Store::open(self.state, self.engine.scanner.keys().id()).expect("a store");
                let store = open.insert(Box::new(store));
                (store.generations().expect("a store"), store.open_threads().expect("a store"))
            }
        };
        let stored: Vec<Generation> = stored;
        let next = stored.iter().map(|generation| generation.id).max().unwrap_or(0) + 1;
        let spec = Spec { glob: self.log.to_string_lossy().into_owned(), start: Start::All };
        let mut tail = Tail::new(vec![spec], stored, next);
        if self.script.is_hasty {
            tail = tail.quiet(Duration::ZERO);
        }
        let format = if self.script.has_messages { Format::Syslog } else { Format::Clf };
        let live = Live::new(tail, self.engine.scanner.clone(), open, Box::new(move |_| Some(format)));
        self.running = Some(live.in_portions(self.script.chunk, self.script.batch));
    }

    fn kill(&mut self, has_read: bool) {
        if let Some(mut live) = self.running.take()
            && has_read
        {
            live.rescan();
            live.next(false);
        }
        self.close();
    }

    fn close(&mut self) {
        self.running = None;
        if let Ledger::Store(store) = &mut self.ledger {
            *store = None;
        }
    }

    fn once(&mut self) -> Result<(), String> {
        self.close();
        self.start();
        for _ in 0..LOOKS {
            self.look()?;
            while self.commit_next(true)? {}
        }
        self.close();
        Ok(())
    }

    fn read(&mut self, batches: usize) -> Result<(), String> {
        self.look()?;
        for _ in 0..batches {
            self.commit_next(false)?;
        }
        Ok(())
    }

    /// Reads everything; then no line that is there may be missing.
    fn drain(&mut self, folder: &Folder) -> Result<(), String> {
        for _ in 0..LOOKS {
            self.look()?;
            while self.commit_next(false)? {}
        }
        let counted = self.counted.borrow();
        let says = |line: &usize| !self.script.has_messages || message_of(*line).1 == SUBJECT;
        match folder.present().into_iter().find(|line| says(line) && !counted.contains_key(line)) {
            Some(line) if self.running.is_some() => Err(format!("line {line} is there, but was not read")),
            _ => Ok(()),
        }
    }

    fn look(&mut self) -> Result<(), String> {
        let Some(live) = &mut self.running else { return Ok(()) };
        let notices = live.rescan();
        match notices.iter().find(|notice| !notice.what.contains("No such file")) {
            Some(notice) => Err(format!("a notice: {notice:?}")),
            None => Ok(()),
        }
    }

    /// Reads a batch and commits it.
    fn commit_next(&mut self, finish: bool) -> Result<bool, String> {
        let Some(live) = &mut self.running else { return Ok(false) };
        let batch = live.next(finish);
        if let Some(trouble) = live.troubles().into_iter().find(|trouble| !trouble.is_missing()) {
            return Err(format!("trouble: {trouble}"));
        }
        let Some(batch) = batch else { return Ok(false) };
        match &mut self.ledger {
            Ledger::Memory(generations) => advance(generations, &batch)?,
            Ledger::Store(store) => {
                let store = store.as_mut().expect("open while it runs");
                store.apply(&batch, &self.engine.rules, START, false).map_err(|error| error.to_string())?;
            }
        }
        self.note(&batch);
        Ok(true)
    }

    fn has_read(&self, path: &Path) -> bool {
        std::fs::metadata(path).is_ok_and(|file| self.inodes.contains(&file.ino()))
    }

    fn note(&mut self, batch: &Batch) {
        let read = batch.progress.iter().filter(|one| one.generation.offset > 0);
        self.inodes.extend(read.map(|one| one.generation.file.inode));
        let mut counted = self.counted.borrow_mut();
        for fact in &batch.facts {
            match &fact.body {
                Body::Hit(_) => {
                    *counted.entry(line_at(fact.time.us)).or_default() += 1;
                }
                Body::Gap(gap) => self.gaps.push(gap.clone()),
                _ => {}
            }
        }
    }

    /// People in the store: each line has one of its own. None where there is no store.
    fn people(&self) -> Result<Option<u64>, String> {
        let Ledger::Store(Some(store)) = &self.ledger else { return Ok(None) };
        let listed = store.list().map_err(|error| error.to_string())?;
        Ok(Some(listed.iter().map(|listed| listed.draft.core.subjects.total).sum()))
    }

    /// Whether an incident names a recipient as one who has it.
    fn knows(&self, recipient: &str) -> Result<bool, String> {
        let Ledger::Store(Some(store)) = &self.ledger else { return Ok(false) };
        let listed = store.list().map_err(|error| error.to_string())?;
        let left = format!("{{\"address\":\"{recipient}\",\"outcome\":\"left\"}}");
        let core = |listed: &breachd::store::Listed| serde_json::to_string(&listed.draft.core).expect("JSON");
        Ok(listed.iter().any(|listed| core(listed).contains(&left)))
    }
}

/// A range is taken once, and only from where the last one ended.
fn advance(generations: &mut BTreeMap<i64, Generation>, batch: &Batch) -> Result<(), String> {
    for progress in &batch.progress {
        let stood = generations.get(&progress.generation.id).map(|generation| generation.offset);
        if stood.is_some_and(|stood| stood != progress.from) {
            return Err(format!("{progress:?} does not begin at {stood:?}"));
        }
        generations.insert(progress.generation.id, progress.generation.clone());
    }
    Ok(())
}
