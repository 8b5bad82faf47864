//! What is wrong with a configuration, shown the way rustc shows it: the place, the mistake, the way out.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The program does not start.
    Error,
    /// It starts, and somebody should know.
    Warning,
}

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// The file it stands in, or that is missing.
    pub file: PathBuf,
    /// The bytes meant, where there are any.
    pub place: Option<Excerpt>,
    /// What is wrong, in lower case.
    pub what: String,
    /// The way out. May be empty.
    pub hint: String,
}

/// Bytes of a file's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The whole text of the file.
    pub text: Arc<str>,
    /// The bytes meant.
    pub span: Range<usize>,
}

impl Excerpt {
    /// Line and column of the first byte, both from 1, columns in characters.
    pub fn line_column(&self) -> (usize, usize) {
        let before = self.text.get(..self.span.start).unwrap_or(&self.text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }
}

impl Problem {
    /// An error that is about a whole file.
    pub fn of_file(file: &Path, what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            file: file.to_owned(),
            place: None,
            what: what.into(),
            hint: hint.into(),
        }
    }

    fn render(&self, renderer: &Renderer) -> String {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let title = level.primary_title(&self.what);
        let path = self.file.to_string_lossy();
        let group = match &self.place {
            Some(Excerpt { text, span }) => {
                let label = (!self.hint.is_empty()).then_some(self.hint.as_str());
                let mark = AnnotationKind::Primary.span(span.clone()).label(label);
                title.element(Snippet::source(&**text).path(path).annotation(mark))
            }
            None if self.hint.is_empty() => title.element(Origin::path(path)),
            None => title.element(Origin::path(path)).element(Level::HELP.no_name().message(&self.hint)),
        };
        renderer.render(&[group])
    }

    fn start(&self) -> usize {
        self.place.as_ref().map_or(0, |place| place.span.start)
    }
}

/// Everything that reading a configuration found out beside the settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Every mistake, in the order of files and lines.
    pub problems: Vec<Problem>,
    /// Every file that was read, in reading order.
    pub files_read: Vec<PathBuf>,
    /// Where each value was set, `file:line` by dotted key (`source.0.path`). A key that is absent has its default.
    pub origins: BTreeMap<String, String>,
}

impl Report {
    /// How many problems keep the program from starting.
    pub fn errors(&self) -> usize {
        self.problems.iter().filter(|problem| problem.severity == Severity::Error).count()
    }

    /// All problems, and a last line that sums up and names the files read.
    pub fn render(&self, color: bool) -> String {
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        let mut text = String::new();
        for problem in &self.problems {
            text.push_str(&problem.render(&renderer));
            text.push_str("\n\n");
        }
        text.push_str(&self.summary());
        text.push('\n');
        text
    }

    /// `2 errors, 1 warning; read 2 files: breachd.toml, conf.d/10-mail.toml`.
    pub fn summary(&self) -> String {
        let errors = self.errors();
        let warnings = self.problems.len() - errors;
        let mut text = match (errors, warnings) {
            (0, 0) => "no problems".to_owned(),
            (errors, 0) => counted(errors, "error"),
            (0, warnings) => counted(warnings, "warning"),
            (errors, warnings) => format!("{}, {}", counted(errors, "error"), counted(warnings, "warning")),
        };
        // Writing to a String cannot fail.
        let _ = write!(text, "; read {}", counted(self.files_read.len(), "file"));
        let folder = self.files_read.first().and_then(|file| file.parent()).unwrap_or(Path::new(""));
        for (n, file) in self.files_read.iter().enumerate() {
            let shown = file.strip_prefix(folder).unwrap_or(file);
            let _ = write!(text, "{}{}", if n == 0 { ": " } else { ", " }, shown.display());
        }
        text
    }

    /// Puts the problems in the order of files and lines; of one place, in the order found.
    pub(super) fn sort(&mut self) {
        let files = &self.files_read;
        let order = |file: &Path| files.iter().position(|each| each == file);
        self.problems.sort_by_key(|problem| (order(&problem.file), problem.start()));
    }
}

fn counted(n: usize, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

/// ``did you mean `format`?`` where a valid word is near, else the list of them.
pub(super) fn suggest(word: &str, valid: &[&str]) -> String {
    if let Some(near) = nearest(word, valid) {
        return format!("did you mean `{near}`?");
    }
    if valid.is_empty() { "there are none".to_owned() } else { format!("valid here: {}", valid.join(", ")) }
}

/// The valid word with the least edit distance, if a third of its letters at most differ, or the one that goes on
/// where the word ends: `password` is near `password_file`.
pub(super) fn nearest<'w>(word: &str, valid: &[&'w str]) -> Option<&'w str> {
    let limit = word.chars().count().max(3) / 3;
    let near = valid.iter().map(|each| (distance(word, each), *each)).min()?;
    let goes_on = || {
        let mut longer =
            valid.iter().filter(|each| each.strip_prefix(word).is_some_and(|rest| rest.starts_with('_')));
        longer.next().copied()
    };
    if near.0 <= limit { Some(near.1) } else { goes_on() }
}

/// Edit distance in which two letters that changed places count once: `prot` is one slip from `port`.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for i in 1..=a.len() {
        let above = &rows[i - 1];
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = above[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(above[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_one_letter_finds_its_word_and_another_word_finds_none() {
        assert_eq!(nearest("formt", &["path", "format"]), Some("format"));
        assert_eq!(nearest("prot", &["port", "host"]), Some("port"));
        assert_eq!(nearest("relay", &["port", "host"]), None);
        assert_eq!(distance("kitten", "sitting"), 3);
    }

    #[test]
    fn columns_are_counted_in_characters() {
        let excerpt = Excerpt { text: "a\n人事 = 1\n".into(), span: 9..10 };
        assert_eq!(excerpt.line_column(), (2, 4));
    }
}
