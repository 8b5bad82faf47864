//! Lines that tell how those after them are to be read: `#Fields:` of W3C's format and of Exchange, the names of the
//! columns at the head of a CSV file, and the first line of a record that goes on over several.

use std::borrow::Cow;

use super::columns::Columns;
use super::csv;
use super::spec::{Framing, Spec};
use super::{Defaults, Format, Formats, trim_end};
use crate::moment::Tz;

/// How W3C's format, and Exchange, name their columns.
const FIELDS: &[u8] = b"#Fields:";

impl Formats {
    /// Whether lines of a format may depend on one that stands before them.
    pub fn is_governed(&self, format: Format) -> bool {
        self.spec(format).is_some_and(Spec::is_governed)
    }

    /// The last of some whole lines on which those after them may depend; `is_head` says that the first of them is the
    /// file's first.
    pub fn governing<'b>(&self, format: Format, lines: &'b [u8], is_head: bool) -> Option<&'b [u8]> {
        let spec = self.spec(format).filter(|spec| spec.is_governed())?;
        match &spec.framing {
            Framing::Csv { columns, .. } if spec.continued.is_none() => {
                let named = || {
                    let first = trim_end(lines.split(|byte| *byte == b'\n').next()?);
                    (is_head && columns.is_empty() && spec.governs(first)).then_some(first)
                };
                last_fields(lines).or_else(named)
            }
            _ => {
                let mut all = lines.rsplit(|byte| *byte == b'\n').map(trim_end);
                all.find(|line| spec.governs(line))
            }
        }
    }
}

impl Spec {
    pub(super) fn is_governed(&self) -> bool {
        self.continued.is_some() || matches!(self.framing, Framing::Csv { .. })
    }

    /// Whether a line tells how those after it are to be read.
    pub(super) fn governs(&self, line: &[u8]) -> bool {
        match &self.framing {
            Framing::Csv { columns, separator } if self.continued.is_none() => {
                line.starts_with(FIELDS) || columns.is_empty() && self.is_header(line, *separator)
            }
            // A record begins where a line is one by itself.
            _ => {
                let defaults = Defaults { zone: Tz::UTC, anchor: 0 };
                self.parse(line, None, &defaults).is_some_and(|parsed| self.is_sure(&parsed))
            }
        }
    }

    /// Names and fields of a line: as the line that governs it says, else as many fields as one of the format's own
    /// lists has.
    pub(super) fn columns<'l>(
        &self,
        known: &[Vec<String>],
        separator: u8,
        text: &'l [u8],
        governing: Option<&[u8]>,
    ) -> Option<Columns<'l>> {
        let fields = csv::fields(text, separator);
        let told = governing.filter(|_| self.continued.is_none()).map(|line| names(line, separator));
        let names = told
            .as_ref()
            .or_else(|| known.iter().find(|names| names.len() == fields.len()))
            .filter(|names| names.len() == fields.len())?;
        Some(names.iter().map(|name| Cow::Owned(name.clone())).zip(fields).collect())
    }

    /// Whether a line names every column that some rule needs, rather than say what stands in them.
    fn is_header(&self, line: &[u8], separator: u8) -> bool {
        let names = names(line, separator);
        let holds = |wanted: &[String]| wanted.iter().any(|name| names.contains(name));
        self.rules.iter().any(|rule| {
            let mut needed = rule.keys.iter().filter(|key| !key.may_lack && !key.is_rest()).peekable();
            needed.peek().is_some() && needed.all(|key| holds(&key.names))
        })
    }
}

/// The names of columns that a line tells.
fn names(line: &[u8], separator: u8) -> Vec<String> {
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    let text = line.strip_prefix(FIELDS).map_or(line, <[u8]>::trim_ascii);
    let name = |field: &[u8]| String::from_utf8_lossy(field.trim_ascii()).into_owned();
    csv::fields(text, separator).into_iter().map(name).collect()
}

/// The last line that begins with `#Fields:`.
fn last_fields(lines: &[u8]) -> Option<&[u8]> {
    let mut search = lines;
    while let Some(at) = memchr::memmem::rfind(search, FIELDS) {
        if at == 0 || lines[at - 1] == b'\n' || lines[..at] == *b"\xef\xbb\xbf" {
            let end = memchr::memchr(b'\n', &lines[at..]).map_or(lines.len(), |newline| at + newline);
            return Some(trim_end(&lines[at..end]));
        }
        search = &search[..at];
    }
    None
}
