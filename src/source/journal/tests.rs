//! A journal as a shell script prints it: what follows which cursor, what was vacuumed, what dies.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::*;

/// Prints the lines of `entries` from the cursor asked for on, as `journalctl` does: at the next one that is left where
/// that is gone. With `--follow` it goes on with what is added.
const PROGRAM: &str = r#"#!/bin/sh
folder=$(dirname "$0")
cursor= follow= reverse= lines=
for argument; do
    case $argument in
        --cursor=*) cursor=${argument#--cursor=} ;;
        --follow) follow=1 ;;
        --reverse) reverse=1 ;;
        --lines=1) lines=1 ;;
    esac
done
[ -e "$folder/broken" ] && { echo 'No journal files were opened' >&2; exit 1; }
from=1
if [ -n "$cursor" ]; then
    # Cursors are numbers: the first entry whose number is not below it.
    from=$(sed 's/.*"__CURSOR":"n=\([0-9]*\)".*/\1/' "$folder/entries" |
        awk -v c="${cursor#n=}" '$1 + 0 >= c + 0 { print NR; exit }')
    [ -z "$from" ] && from=$(($(wc -l < "$folder/entries") + 1))
fi
if [ -n "$reverse" ]; then head -n "$from" "$folder/entries" | tac
elif [ -n "$lines" ]; then tail -n 1 "$folder/entries"
elif [ -n "$follow" ]; then exec tail -n "+$from" -f -s 0.02 "$folder/entries"
else tail -n "+$from" "$folder/entries"; fi
"#;

struct Fake {
    dir: tempfile::TempDir,
}

impl Fake {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let program = dir.path().join("journalctl");
        fs::write(&program, PROGRAM).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let fake = Self { dir };
        fs::write(fake.entries(), "").unwrap();
        fake
    }

    fn entries(&self) -> std::path::PathBuf {
        self.dir.path().join("entries")
    }

    /// The journal holds these entries and no others.
    fn write(&self, numbers: std::ops::RangeInclusive<u32>) {
        fs::write(self.entries(), numbers.map(entry).collect::<String>()).unwrap();
    }

    fn spec(&self, start: Start) -> JournalSpec {
        JournalSpec {
            id: SourceId::new("journal:a.service"),
            units: vec!["a.service".to_owned()],
            program: self.dir.path().join("journalctl"),
            start,
        }
    }

    fn journals(&self, stored: &[Generation]) -> Journals {
        Journals::new(vec![self.spec(Start::Beginning)], stored)
    }
}

fn entry(number: u32) -> String {
    format!("{{\"__CURSOR\":\"n={number}\",\"MESSAGE\":\"entry {number}\"}}\n")
}

/// What is read until nothing more is: the numbers of the entries, the gaps, and the generation to be committed.
fn read(journals: &mut Journals) -> (Vec<u32>, Vec<GapCause>, Option<Generation>) {
    let (mut numbers, mut gaps, mut generation) = (Vec::new(), Vec::new(), None);
    while let Some(chunk) = journals.read(64, true, &mut || 7).expect("readable") {
        numbers.extend(chunk_numbers(&chunk.bytes));
        gaps.extend(chunk.gap.map(|gap| gap.cause));
        assert_eq!(generation.as_ref().map_or(0, |last: &Generation| last.offset), chunk.progress.from);
        generation = Some(chunk.progress.generation);
    }
    (numbers, gaps, generation)
}

fn chunk_numbers(bytes: &[u8]) -> Vec<u32> {
    let text = std::str::from_utf8(bytes).unwrap();
    text.lines()
        .map(|line| line.split("n=").nth(1).unwrap().split('"').next().unwrap().parse().unwrap())
        .collect()
}

fn goes_on(fake: &Fake, generation: &Generation) -> (Vec<u32>, Vec<GapCause>, String) {
    let mut journals = fake.journals(std::slice::from_ref(generation));
    let (mut numbers, mut gaps, mut marker) = (Vec::new(), Vec::new(), generation.marker.clone());
    while let Some(chunk) = journals.read(64, true, &mut || 8).expect("readable") {
        numbers.extend(chunk_numbers(&chunk.bytes));
        gaps.extend(chunk.gap.map(|gap| gap.cause));
        marker = chunk.progress.generation.marker;
    }
    (numbers, gaps, marker)
}

#[test]
fn every_entry_is_read_once_across_restarts() {
    let fake = Fake::new();
    fake.write(1..=20);
    let (numbers, gaps, generation) = read(&mut fake.journals(&[]));
    let generation = generation.unwrap();
    assert_eq!((numbers, gaps), ((1..=20).collect(), Vec::new()));
    assert_eq!((generation.marker.as_str(), generation.lines, generation.id), ("n=20", 20, 7));
    fake.write(1..=25);
    assert_eq!(goes_on(&fake, &generation), ((21..=25).collect(), Vec::new(), "n=25".to_owned()));
    fake.write(1..=20);
    assert_eq!(goes_on(&fake, &generation), (Vec::new(), Vec::new(), "n=20".to_owned()), "nothing new");
}

#[test]
fn a_journal_that_was_vacuumed_past_the_cursor_is_a_gap() {
    let fake = Fake::new();
    fake.write(1..=5);
    let generation = read(&mut fake.journals(&[])).2.unwrap();
    fake.write(9..=11);
    let vacuumed = goes_on(&fake, &generation);
    assert_eq!(vacuumed, (vec![9, 10, 11], vec![GapCause::Vanished], "n=11".to_owned()));
}

#[test]
fn what_is_added_is_followed_and_a_program_that_dies_is_started_again() {
    let fake = Fake::new();
    fake.write(1..=2);
    let mut journals = fake.journals(&[]);
    let mut numbers = Vec::new();
    let until = |journals: &mut Journals, last: u32, numbers: &mut Vec<u32>| {
        let end = Instant::now() + Duration::from_secs(20);
        while numbers.last() != Some(&last) {
            assert!(Instant::now() < end, "read {numbers:?}, waiting for {last}");
            if let Some(chunk) = journals.read(1 << 20, false, &mut || 1).expect("readable") {
                numbers.extend(chunk_numbers(&chunk.bytes));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    until(&mut journals, 2, &mut numbers);
    let mut file = fs::OpenOptions::new().append(true).open(fake.entries()).unwrap();
    std::io::Write::write_all(&mut file, entry(3).as_bytes()).unwrap();
    until(&mut journals, 3, &mut numbers);
    // It dies; while it is gone the journal cannot be opened either.
    fs::write(fake.dir.path().join("broken"), "").unwrap();
    journals.all[0].running.as_mut().unwrap().kill();
    let end = Instant::now() + Duration::from_secs(20);
    let mut told = Vec::new();
    while !told.iter().any(|error: &String| error.contains("No journal files were opened")) {
        assert!(Instant::now() < end, "told {told:?}");
        told.extend(journals.read(1 << 20, false, &mut || 1).err().map(|error| error.to_string()));
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(matches!(journals.status()[0].state, State::Blind { .. }));
    fs::remove_file(fake.dir.path().join("broken")).unwrap();
    std::io::Write::write_all(&mut file, entry(4).as_bytes()).unwrap();
    until(&mut journals, 4, &mut numbers);
    assert_eq!(numbers, [1, 2, 3, 4]);
}

#[test]
fn only_what_comes_from_now_on_is_read_where_that_was_asked_for() {
    let fake = Fake::new();
    fake.write(1..=3);
    let mut journals = Journals::new(vec![fake.spec(Start::End)], &[]);
    let first = journals.read(64, true, &mut || 1).unwrap().unwrap();
    assert_eq!(first.progress.generation.marker, "n=3");
    fake.write(1..=5);
    assert_eq!(goes_on(&fake, &first.progress.generation).0, [4, 5]);
}

#[test]
fn earlier_entries_come_newest_first_in_blocks_with_their_places() {
    let fake = Fake::new();
    fake.write(1..=5);
    let mut journals = fake.journals(&[]);
    journals.read(64, true, &mut || 1).unwrap();
    let all: String = (1..=5).map(entry).collect();
    let mut chunk = journals.read(1 << 20, true, &mut || 1).unwrap().unwrap();
    assert_eq!(chunk.bytes, all.as_bytes());
    let before = (1..=3).map(entry).collect::<String>();
    // As if the chunk had begun with the fourth entry.
    chunk.bytes.drain(..before.len());
    (chunk.offset, chunk.line) = (before.len() as u64, 4);
    let mut got = Vec::new();
    let mut sink = |_: &Origin, offset: u64, line: u64, bytes: &[u8]| {
        got.push((offset, line, String::from_utf8(bytes.to_vec()).unwrap()));
        ControlFlow::Continue(())
    };
    journals.look_back(&chunk, 1 << 20, &mut sink).unwrap();
    assert_eq!(got, [(0, 1, before)]);
}

#[test]
fn an_entry_that_is_too_long_is_left_out_and_is_a_gap() {
    let fake = Fake::new();
    let long =
        format!("{{\"__CURSOR\":\"n=2\",\"MESSAGE\":\"{}\"}}\n", "x".repeat(ENTRY_BYTES_MAX + (1 << 20)));
    fs::write(fake.entries(), [entry(1), long, entry(3)].concat()).unwrap();
    let (numbers, gaps, _) = read(&mut fake.journals(&[]));
    assert_eq!((numbers, gaps), (vec![1, 3], vec![GapCause::Damaged]));
}

#[test]
fn a_program_that_is_not_there_is_named() {
    let spec = JournalSpec {
        program: Path::new("/nowhere/journalctl").into(),
        ..Fake::new().spec(Start::Beginning)
    };
    let mut journals = Journals::new(vec![spec], &[]);
    journals.read(64, false, &mut || 1).expect("first sight needs no program");
    let error = journals.read(64, false, &mut || 1).expect_err("it is not there").to_string();
    assert!(error.contains("/nowhere/journalctl"), "{error}");
    assert!(matches!(journals.read(64, false, &mut || 1), Ok(None)), "told once, tried again later");
}
