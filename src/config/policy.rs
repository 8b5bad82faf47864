//! `[policy]`: which packs judge, how they are read, and the packs and calendars of the site.

use std::path::{Path, PathBuf};

use super::build::{Builder, texts};
use super::diagnose::{Problem, Severity, suggest};
use super::raw::{Node, Value};
use super::{not_utf8, toml_files, unreadable};
use crate::severity::{Calendar, DayKind, Fault, GeneralCounts, Mode, Policy, Unit};

/// The largest pack or calendar, in bytes.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// Which policy packs judge, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicySettings {
    /// Their ids.
    pub active: Vec<String>,
    /// How the points are read that they leave open.
    pub reading: PolicyReading,
    /// Files of the office calendar, for limits in working days.
    pub holidays: Vec<PathBuf>,
}

/// How a site reads what the rules leave open, for all active packs, in place of what each of them says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PolicyReading {
    /// Whether count or nature decides.
    pub nature_mode: Option<Mode>,
    /// What one 筆 is.
    pub unit: Option<Unit>,
    /// What the general rows are compared with.
    pub general_counts: Option<GeneralCounts>,
    /// Whether 以上 includes the number.
    pub inclusive: Option<bool>,
    /// Which days count.
    pub day_kind: Option<DayKind>,
}

impl PolicyReading {
    /// The word in the file for each.
    pub(super) const BOUNDS: [(&'static str, bool); 2] = [("inclusive", true), ("exclusive", false)];

    /// Reads a pack this way.
    pub fn apply(self, policy: &mut Policy) {
        let combine = &mut policy.combine;
        combine.mode = self.nature_mode.unwrap_or(combine.mode);
        combine.unit = self.unit.unwrap_or(combine.unit);
        combine.general_counts = self.general_counts.unwrap_or(combine.general_counts);
        combine.inclusive = self.inclusive.unwrap_or(combine.inclusive);
        combine.day_kind = self.day_kind.unwrap_or(combine.day_kind);
    }
}

impl Builder<'_> {
    pub(super) fn policy(&mut self, policy: &mut PolicySettings) {
        let Some(table) = self.section("policy") else { return };
        self.active(&mut policy.active);
        let reading = &mut policy.reading;
        reading.nature_mode = self.word(table, "nature_mode", &Mode::WORDS).map(|(value, _)| value);
        reading.unit = self.word(table, "unit", &Unit::WORDS).map(|(value, _)| value);
        reading.general_counts =
            self.word(table, "general_counts", &GeneralCounts::WORDS).map(|(value, _)| value);
        reading.inclusive = self.word(table, "bounds", &PolicyReading::BOUNDS).map(|(value, _)| value);
        reading.day_kind = self.word(table, "day_kind", &DayKind::WORDS).map(|(value, _)| value);
        for (path, at) in texts(table, "holidays") {
            if !path.starts_with('/') && !path.starts_with("./") {
                let hint = "begin it with `/`, or with `./` for the current directory";
                self.error(at, format!("`{path}` is not an absolute path"), hint);
            }
            policy.holidays.push(path.into());
        }
    }

    fn active(&mut self, active: &mut Vec<String>) {
        let known = self.known;
        let Some(Node { value: Value::Texts(items), at, .. }) =
            self.section("policy").and_then(|t| t.get("active"))
        else {
            return;
        };
        if items.is_empty() {
            self.error(at, "no policy is active, so nothing could be judged", "name one at least");
        }
        active.clear();
        for (id, at) in items {
            if !known.policies.contains(id) {
                let valid: Vec<&str> = known.policies.iter().map(String::as_str).collect();
                self.error(at, format!("unknown policy `{id}`"), suggest(id, &valid));
            }
            active.push(id.clone());
        }
    }
}

/// What was read of the packs of a site.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// Those of the program, and of the site in place of them or beside them; none where there is an error in them.
    pub(super) policies: Option<Vec<Policy>>,
    /// Errors.
    pub(super) problems: Vec<Problem>,
    /// The files.
    pub(super) files: Vec<PathBuf>,
}

/// Reads `policies/*.toml` beside the configuration `main`. A pack with the id and the first day of another one stands in
/// its place; with another first day it is a version of it.
pub(super) fn read(main: &Path, shipped: &[Policy]) -> Read {
    let mut read = Read::default();
    let mut own: Vec<(PathBuf, Policy)> = Vec::new();
    for file in toml_files(&main.with_file_name("policies"), &mut read.problems) {
        match text(&file).map(|text| Policy::parse(&file.display().to_string(), &text)) {
            Ok(Ok(policy)) => match own.iter().find(|(_, other)| same_version(other, &policy)) {
                Some((other, _)) => {
                    let what = format!("the same pack and first day as {}", other.display());
                    let hint = "keep one of the two, or give the later version its own effective_from";
                    read.problems.push(Problem::of_file(&file, what, hint));
                }
                None => own.push((file.clone(), policy)),
            },
            Ok(Err(faults)) => read.problems.extend(faults.iter().map(problem)),
            Err(problem) => read.problems.push(problem),
        }
        read.files.push(file);
    }
    if read.problems.is_empty() {
        let own = own.into_iter().map(|(_, policy)| policy);
        let mut policies = shipped.to_vec();
        for policy in own {
            policies.retain(|other| !same_version(other, &policy));
            policies.push(policy);
        }
        read.policies = Some(policies);
    }
    read
}

fn same_version(a: &Policy, b: &Policy) -> bool {
    a.id == b.id && a.effective_from == b.effective_from
}

/// Reads the office calendars, those of later years after those of earlier ones.
pub(super) fn holidays(files: &[PathBuf]) -> (Calendar, Vec<Problem>) {
    let (mut calendar, mut problems) = (Calendar::default(), Vec::new());
    for file in files {
        match text(file).map(|text| Calendar::parse(&text)) {
            Ok(Ok(days)) => calendar.extend(days),
            Ok(Err(faults)) => problems.extend(faults.into_iter().map(|(line, what)| {
                let file = file.display().to_string();
                let hint = "the calendar is published by the Executive Yuan: 政府行政機關辦公日曆表";
                Problem { hint: hint.to_owned(), ..problem(&Fault { file, line, what }) }
            })),
            Err(problem) => problems.push(problem),
        }
    }
    (calendar, problems)
}

fn text(file: &Path) -> Result<String, Problem> {
    let size = std::fs::metadata(file).map_err(|error| unreadable(file, &error))?.len();
    if size > FILE_BYTES_MAX {
        let what = format!("a file of {size} bytes, {FILE_BYTES_MAX} at most");
        return Err(Problem::of_file(file, what, "a pack or a calendar is a few pages"));
    }
    let bytes = std::fs::read(file).map_err(|error| unreadable(file, &error))?;
    String::from_utf8(bytes).map_err(|error| not_utf8(file, &error))
}

fn problem(fault: &Fault) -> Problem {
    let place = PathBuf::from(format!("{}:{}", fault.file, fault.line));
    Problem { severity: Severity::Error, ..Problem::of_file(&place, fault.what.clone(), "") }
}
