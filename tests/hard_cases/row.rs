//! A row of the table: its scenario with the guard and without it, and what the table says of both.

use std::fmt;
use std::fs;
use std::path::Path;
use std::sync::Mutex;

use breachd::fault;

/// The table.
pub const TABLE: &str = "docs/tailing.md";

/// A hard case.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Its number, as in the test's name.
    pub number: u8,
    /// What happens to the log. No `|`.
    pub case: &'static str,
    /// What we do.
    pub ours: &'static str,
    /// What is switched off together: the names that `fault::guards` is asked for.
    pub guards: &'static [&'static str],
}

/// Whether a scenario runs with the row's guards.
#[derive(Clone, Copy, Debug)]
pub struct Side {
    off: &'static [&'static str],
}

impl Side {
    pub fn is_guarded(self) -> bool {
        self.off.is_empty()
    }

    /// Work in a thread that a scenario starts. The scenario's own thread has its guards off already.
    pub fn enter<T>(self, work: impl FnOnce() -> T) -> T {
        fault::without(self.off, work)
    }

    /// For a program that a scenario starts: `BREACHD_FAULT` with this value; empty with the guards.
    pub fn fault(self) -> String {
        self.off.iter().map(|name| format!("no-{name}")).collect::<Vec<_>>().join(",")
    }
}

/// What came of a scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Lines written, less those in gaps that were told.
    pub written: usize,
    /// Of these, never read.
    pub lost: usize,
    /// Lines counted more than once.
    pub doubled: usize,
    /// What went wrong otherwise, in the same words each time: `waits for ever`.
    pub failed: Option<&'static str>,
}

impl Outcome {
    /// Compares lines; each must be written once only.
    pub fn of<'l>(
        written: impl IntoIterator<Item = &'l str>,
        read: impl IntoIterator<Item = &'l str>,
    ) -> Self {
        let mut times: std::collections::HashMap<&str, usize> = std::collections::HashMap::new();
        for line in read {
            *times.entry(line).or_default() += 1;
        }
        let mut outcome = Self::default();
        for line in written {
            outcome.written += 1;
            match times.get(line) {
                None => outcome.lost += 1,
                Some(times) => outcome.doubled += times - 1,
            }
        }
        outcome
    }

    pub fn failed(what: &'static str) -> Self {
        Self { failed: Some(what), ..Self::default() }
    }

    pub fn is_good(&self) -> bool {
        self.lost == 0 && self.doubled == 0 && self.failed.is_none()
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.failed {
            Some(what) if self.lost == 0 && self.doubled == 0 => f.write_str(what),
            Some(what) => {
                write!(f, "{} of {} lost, {} doubled; {what}", self.lost, self.written, self.doubled)
            }
            None => write!(f, "{} of {} lost, {} doubled", self.lost, self.written, self.doubled),
        }
    }
}

impl Row {
    /// Runs a scenario twice. It must be the same each time: the table holds its figures.
    pub fn check(self, scenario: impl Fn(Side) -> Outcome) {
        let with = scenario(Side { off: &[] });
        let without = fault::without(self.guards, || scenario(Side { off: self.guards }));
        println!(
            "row {}, {}\n  with the guard: {with}\n  without {}: {without}",
            self.number,
            self.case,
            self.names()
        );
        assert!(with.is_good(), "row {} with its guard: {with}", self.number);
        assert!(!without.is_good(), "row {}: nothing is lost without {}", self.number, self.names());
        self.compare(&format!(
            "| {} | {} | {} | {with} | {} | {without} |",
            self.number,
            self.case,
            self.ours,
            self.names()
        ));
    }

    fn names(self) -> String {
        self.guards.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    }

    fn compare(self, measured: &str) {
        static WRITING: Mutex<()> = Mutex::new(());
        if std::env::var_os("BREACHD_BLESS").is_some() {
            let _turn = WRITING.lock().unwrap();
            return self.write(measured);
        }
        let told = lines_of_the_table().into_iter().find(|(number, _)| *number == self.number);
        let told = told.map(|(_, line)| line).unwrap_or_default();
        assert_eq!(told, measured, "{TABLE} against what was measured (BREACHD_BLESS=1 writes it)");
    }

    fn write(self, measured: &str) {
        let text = fs::read_to_string(table()).unwrap();
        let others = lines_of_the_table().into_iter().filter(|(number, _)| *number != self.number);
        let mut rows: Vec<_> = others.chain([(self.number, measured.to_owned())]).collect();
        rows.sort();
        let rows: String = rows.into_iter().map(|(_, line)| line + "\n").collect();
        let (head, rest) = text.split_once(RULE).expect("the table has a rule below its heading");
        let after: String =
            rest.split_inclusive('\n').skip(1).skip_while(|line| line.starts_with('|')).collect();
        fs::write(table(), format!("{head}{RULE}\n{rows}{after}")).unwrap();
    }
}

const RULE: &str = "|--|--|--|--|--|--|";

fn table() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(TABLE)
}

/// The lines of the table with their numbers, in its order.
pub fn lines_of_the_table() -> Vec<(u8, String)> {
    let text = fs::read_to_string(table()).unwrap();
    let number = |line: &str| line.strip_prefix("| ")?.split(' ').next()?.parse().ok();
    text.lines().filter_map(|line| Some((number(line)?, line.to_owned()))).collect()
}

/// The numbers of all tests `row_NN_…` in this folder.
pub fn tests_by_row() -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hard_cases");
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        let names = text.lines().filter_map(|line| line.trim().strip_prefix("fn row_"));
        found.extend(names.filter_map(|name| name.get(..2)?.parse::<u8>().ok()));
    }
    found
}
