//! The real logrotate, cycle after cycle, under a writer that keeps its descriptor: nothing is lost but what was written
//! between copy and truncation, and no more than that is declared as a gap.
//!
//! `BREACHD_ROTATIONS` is how many cycles are run over the three modes.

#![allow(missing_docs, unreachable_pub, clippy::print_stdout, reason = "a test says its figures")]

#[path = "logrotate/load.rs"]
mod load;
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use load::Load;
use support::{Random, Site, seed, size, until};

/// How long a debug build on a busy machine may take to read what was written.
const PATIENCE: Duration = Duration::from_mins(1);

#[test]
fn renamed_by_logrotate_nothing_is_lost() {
    let (site, load, _) = rotate("nocreate", true, 6);
    assert_eq!(lost(&site, &load), Vec::<usize>::new());
    assert_eq!(gaps(&site), Vec::<Gap>::new());
}

#[test]
fn compressed_by_logrotate_while_it_is_written_to_nothing_is_lost() {
    let (site, load, _) = rotate("create\n compress", true, 7);
    assert_eq!(lost(&site, &load), Vec::<usize>::new());
    assert_eq!(gaps(&site), Vec::<Gap>::new());
}

#[test]
fn copied_and_truncated_by_logrotate_what_is_lost_was_written_in_between() {
    let (site, load, copied) = rotate("copytruncate", false, 8);
    let ends = load.truncated_at();
    assert_eq!(ends.len(), copied.len(), "a truncation for each copy");
    let between: u64 = ends.iter().zip(&copied).map(|(end, copied)| end - copied.bytes).sum();
    let lost = lost(&site, &load);
    for line in &lost {
        let place = load.places[*line];
        let copied = copied.get(place.file).map_or(u64::MAX, |copied| copied.bytes);
        assert!(
            place.to > copied,
            "line {line}, {place:?}, is in the copy of {copied} bytes and was not read"
        );
    }
    let gaps = gaps(&site);
    println!(
        "{} lost of {} lines; written between copy and truncation {between} bytes; {} gaps",
        lost.len(),
        load.places.len(),
        gaps.len()
    );
    // How far a gap goes the program cannot know, but its writer does: to where the log was cut off. Each gap has a
    // truncation of its own, and each truncation at which a line was lost a gap of its own. (Where both hold, one pairing
    // does both: the theorem of Mendelsohn and Dulmage.)
    let lossy: BTreeSet<usize> = lost.iter().map(|line| load.places[*line].file).collect();
    let lossy: Vec<usize> = lossy.into_iter().collect();
    let is_of = |gap: usize, file: usize| {
        let between = copied[file].lines..=ends[file];
        between.contains(&gaps[gap].from) && gaps[gap].to.is_none_or(|to| between.contains(&to))
    };
    assert!(
        each_has_its_own(gaps.len(), ends.len(), &is_of),
        "more is declared than was written in between: copies {copied:?}, truncated at {ends:?}, {gaps:?}"
    );
    assert!(
        each_has_its_own(lossy.len(), gaps.len(), &|file, gap| is_of(gap, lossy[file])),
        "less is declared than was lost: {lossy:?}, copies {copied:?}, truncated at {ends:?}, {gaps:?}"
    );
}

/// Whether so many things can each be given one of so many others.
fn each_has_its_own(things: usize, others: usize, fits: &dyn Fn(usize, usize) -> bool) -> bool {
    let mut owners = vec![None; others];
    (0..things).all(|thing| find(thing, fits, &mut owners, &mut BTreeSet::new()))
}

/// Gives a thing one of the others, whose owner may take another one.
fn find(
    thing: usize,
    fits: &dyn Fn(usize, usize) -> bool,
    owners: &mut Vec<Option<usize>>,
    asked: &mut BTreeSet<usize>,
) -> bool {
    for other in 0..owners.len() {
        if fits(thing, other) && asked.insert(other) {
            let is_free = owners[other].is_none_or(|owner| find(owner, fits, owners, asked));
            if is_free {
                owners[other] = Some(thing);
                return true;
            }
        }
    }
    false
}

/// What a copy of the log holds.
#[derive(Debug)]
struct Copied {
    bytes: u64,
    /// The same without the line that it ends within, which is not read of it.
    lines: u64,
}

impl Copied {
    fn of(path: &Path) -> Self {
        let copy = fs::read(path).expect("a copy");
        let lines = copy.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        Self { bytes: copy.len() as u64, lines: lines as u64 }
    }
}

/// Rotates under load; the log's writer reopens it some time after each rotation, or never. Gives what was written and
/// what was copied.
fn rotate(mode: &str, reopens: bool, default: u64) -> (Site, Load, Vec<Copied>) {
    let mut random = Random(seed(default));
    let site = Site::with(&[("access.log", "start = \"all\"")], "transport = \"none\"", "");
    let log = site.log("access.log");
    let config = site.path("logrotate.conf");
    fs::write(&config, format!("{} {{\n rotate 1000\n {mode}\n}}\n", log.display()))
        .expect("a configuration");
    let mut load = Load::begin(&log);
    let mut daemon = site.watch(&[]);
    let cycles = size("BREACHD_ROTATIONS", 100).div_ceil(3);
    let mut copied = Vec::new();
    for _ in 0..cycles {
        let written = load.lines();
        std::thread::sleep(Duration::from_millis(random.below(40) as u64));
        // Of an empty log the writer does not see that it is emptied once more.
        assert!(until(PATIENCE, || load.lines() > written), "nothing is written");
        logrotate(&config, &site.path("logrotate.state"));
        if reopens {
            std::thread::sleep(Duration::from_millis(random.below(40) as u64));
            load.reopen();
        } else {
            copied.push(Copied::of(&site.log("access.log.1")));
            load.wait_for_truncation(copied.len());
        }
        // A rotation is a day's work, not a race: five of them within one look would delete what was never seen.
        assert!(until(PATIENCE, || read(&site) >= written), "it does not keep up:\n{}", daemon.words());
    }
    load.end();
    until(Duration::from_secs(5), || lost(&site, &load).is_empty());
    assert_eq!(daemon.stop(), Some(0), "{}", daemon.words());
    site.ok(&["watch", "--once"]);
    println!("{cycles} cycles of {mode:?}, {} lines", load.places.len());
    (site, load, copied)
}

fn logrotate(config: &Path, state: &Path) {
    let output = Command::new("/usr/sbin/logrotate").arg("-f").arg("-s").arg(state).arg(config).output();
    let output = output.expect("logrotate is installed");
    assert!(output.status.success(), "logrotate: {}", String::from_utf8_lossy(&output.stderr));
}

/// Lines of which the store has a fact.
fn seen(site: &Site) -> BTreeSet<usize> {
    let store = store(site);
    let mut rows = store.prepare("SELECT DISTINCT us FROM fact").expect("facts");
    let rows = rows.query_map([], |row| row.get::<_, i64>(0)).expect("facts");
    rows.map_while(Result::ok).filter_map(load::line_at).collect()
}

/// The last line of which the store has a fact, and those before it. Asked often: only the last facts are looked at.
fn read(site: &Site) -> usize {
    let store = store(site);
    let mut rows = store.prepare("SELECT us FROM fact ORDER BY id DESC LIMIT 100").expect("facts");
    let rows = rows.query_map([], |row| row.get::<_, i64>(0)).expect("facts");
    rows.map_while(Result::ok).filter_map(load::line_at).max().map_or(0, |line| line + 1)
}

fn lost(site: &Site, load: &Load) -> Vec<usize> {
    let seen = seen(site);
    (0..load.places.len()).filter(|line| !seen.contains(line)).collect()
}

#[derive(Debug, PartialEq, Eq)]
struct Gap {
    from: u64,
    to: Option<u64>,
}

/// What the store says could not be read.
fn gaps(site: &Site) -> Vec<Gap> {
    let store = store(site);
    let mut rows =
        store.prepare(r#"SELECT body FROM fact WHERE body LIKE '{"gap%' ORDER BY id"#).expect("gaps");
    let bodies = rows.query_map([], |row| row.get::<_, String>(0)).expect("gaps");
    let gap = |body: String| {
        let body: BTreeMap<String, serde_json::Value> = serde_json::from_str(&body).expect("JSON");
        let gap = &body["gap"];
        Gap { from: gap["from"].as_u64().expect("an offset"), to: gap["to"].as_u64() }
    };
    bodies.map(|body| gap(body.expect("a text"))).collect()
}

fn store(site: &Site) -> rusqlite::Connection {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let store = rusqlite::Connection::open_with_flags(site.path("state/state.db"), flags).expect("a store");
    store.busy_timeout(PATIENCE).expect("a time");
    store
}
