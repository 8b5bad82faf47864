//! The packs of a site: `patterns.d/*.toml` beside the configuration.

use std::path::{Path, PathBuf};

use super::diagnose::{Problem, Severity};
use super::{not_utf8, toml_files, unreadable};
use crate::detect::{Engine, PackError, Tested};
use crate::moment::{Day, Tz};

/// The largest pack, in bytes: some ten thousand values of an allow-list.
const PACK_BYTES_MAX: u64 = 1024 * 1024;

/// What was read of the packs of a site.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// The packs of the program and of the site; none where there is an error in them.
    pub(super) engine: Option<Engine>,
    /// Errors and warnings.
    pub(super) problems: Vec<Problem>,
    /// The files.
    pub(super) files: Vec<PathBuf>,
}

/// Reads the packs beside the configuration `main`; `now` decides which allow-lists have expired.
pub(super) fn read(main: &Path, now: i64) -> Read {
    let mut read = Read::default();
    let mut texts = Vec::new();
    for file in toml_files(&main.with_file_name("patterns.d"), &mut read.problems) {
        match text(&file) {
            Ok(text) => texts.push((file, text)),
            Err(problem) => read.problems.push(problem),
        }
    }
    let packs: Vec<_> = texts.iter().map(|(file, text)| (file.as_path(), text.as_str())).collect();
    match Engine::with_site(&packs, today(now)) {
        Ok(engine) => {
            read.problems.extend(engine.warnings().iter().map(|error| problem(error, Severity::Warning)));
            read.engine = Some(engine);
        }
        Err(errors) => read.problems.extend(errors.iter().map(|error| problem(error, Severity::Error))),
    }
    read.files = texts.into_iter().map(|(file, _)| file).collect();
    if read.problems.iter().any(|problem| problem.severity == Severity::Error) {
        read.engine = None;
    }
    read
}

/// Reads one pack, wherever it lies, beside those of the program.
pub fn test_patterns(file: &Path, now: i64) -> Result<Tested, Problem> {
    Ok(Engine::test_site(file, &text(file)?, today(now)))
}

/// Allow-lists expire by the calendar of those who wrote them.
fn today(now: i64) -> Day {
    Day::of(now, Tz::Asia__Taipei)
}

fn text(file: &Path) -> Result<String, Problem> {
    let size = std::fs::metadata(file).map_err(|error| unreadable(file, &error))?.len();
    if size > PACK_BYTES_MAX {
        let what = format!("a pack of {size} bytes, {PACK_BYTES_MAX} at most");
        return Err(Problem::of_file(file, what, "split it into several files"));
    }
    let bytes = std::fs::read(file).map_err(|error| unreadable(file, &error))?;
    String::from_utf8(bytes).map_err(|error| not_utf8(file, &error))
}

/// The line is named and not shown: it may hold a real value.
fn problem(error: &PackError, severity: Severity) -> Problem {
    let place = PathBuf::from(format!("{}:{}", error.file, error.line));
    Problem { severity, ..Problem::of_file(&place, error.what.clone(), "") }
}
