//! The log formats of a site: `formats.d/*.toml` beside the configuration.

use std::path::{Path, PathBuf};

use super::diagnose::{Problem, Severity};
use super::{not_utf8, toml_files, unreadable};
use crate::format::{FormatError, Formats, Tested};

/// The largest file, in bytes: a few thousand samples.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// What was read of the formats of a site.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// The formats of the program and of the site; none where there is an error in them.
    pub(super) formats: Option<Formats>,
    /// Errors.
    pub(super) problems: Vec<Problem>,
    /// The files.
    pub(super) files: Vec<PathBuf>,
}

/// Reads the formats beside the configuration `main`, and tries their samples.
pub(super) fn read(main: &Path) -> Read {
    let mut read = Read::default();
    let mut texts = Vec::new();
    for file in toml_files(&main.with_file_name("formats.d"), &mut read.problems) {
        match text(&file) {
            Ok(text) => texts.push((file, text)),
            Err(problem) => read.problems.push(problem),
        }
    }
    if texts.is_empty() {
        return read;
    }
    let files: Vec<_> = texts.iter().map(|(file, text)| (file.as_path(), text.as_str())).collect();
    let formats = Formats::with_site(&files).and_then(|formats| {
        let faults = formats.faults();
        if faults.is_empty() { Ok(formats) } else { Err(faults) }
    });
    match formats {
        Ok(formats) => read.formats = Some(formats),
        Err(errors) => read.problems.extend(errors.iter().map(problem)),
    }
    read.files = texts.into_iter().map(|(file, _)| file).collect();
    if !read.problems.is_empty() {
        read.formats = None;
    }
    read
}

/// Reads one format, wherever it lies, beside those of the program.
pub fn test_format(file: &Path) -> Result<Tested, Problem> {
    Ok(Formats::test_site(file, &text(file)?))
}

fn text(file: &Path) -> Result<String, Problem> {
    let size = std::fs::metadata(file).map_err(|error| unreadable(file, &error))?.len();
    if size > FILE_BYTES_MAX {
        let what = format!("a format of {size} bytes, {FILE_BYTES_MAX} at most");
        return Err(Problem::of_file(file, what, "a few samples of each kind of line are enough"));
    }
    let bytes = std::fs::read(file).map_err(|error| unreadable(file, &error))?;
    String::from_utf8(bytes).map_err(|error| not_utf8(file, &error))
}

/// The line is named and not shown: a sample may be a real one.
fn problem(error: &FormatError) -> Problem {
    let place = PathBuf::from(format!("{}:{}", error.file, error.line));
    Problem { severity: Severity::Error, ..Problem::of_file(&place, error.what.clone(), "") }
}
