//! What a line says of people whom it does not show: a file or a table of the inventory, a name that says what is in a
//! file, a number of records in a field that the format names.

use std::sync::Arc;

use aho_corasick::AhoCorasick;
use globset::GlobMatcher;

use super::Scanner;
use super::examine::Examined;
use crate::detect::FileNames;
use crate::event::{Count, Family};
use crate::format::{Declares, Format, Parsed};
use crate::inventory::{Entry, Inventory};
use crate::kind::Nature;
use crate::mask::Shown;
use crate::record::{FieldName, Writer};

/// What is asked of lines beside personal data.
#[derive(Debug)]
pub(super) struct Asked {
    inventory: Arc<Inventory>,
    names: FileNames,
    /// From how many declared records on a line without personal data is told: a query of a few rows is everyday.
    declared_min: u64,
    /// What makes a line worth reading in the formats that may declare a number; none is every line.
    declaring: Vec<(Format, Option<AhoCorasick>)>,
}

/// What a line says of an object.
pub(super) struct Told<'e> {
    /// The field that names the object; none where the line only declares a number.
    field: Option<usize>,
    listed: Option<&'e Entry>,
    named: Vec<Nature>,
}

impl Scanner {
    /// With an eye on what the inventory lists, on telling file names, and on declared numbers from `declared_min` on.
    #[must_use]
    pub fn with_inventory(mut self, inventory: Arc<Inventory>, names: FileNames, declared_min: u64) -> Self {
        let literals = names.literals().iter().cloned().chain(inventory.literals());
        self.engine = self.engine.with_triggers(literals);
        let declaring = self.formats.declaring().map(|(format, declares)| (format, words(declares, &names)));
        let declaring = declaring.collect();
        self.asked = Some(Asked { inventory, names, declared_min, declaring });
        self
    }

    /// With sources of which every line is read, whatever it holds: where a declared number has no name in its line.
    #[must_use]
    pub fn with_every_line(mut self, sources: Vec<GlobMatcher>) -> Self {
        self.every_line = sources;
        self
    }

    /// What a line says of people whom it does not show; none where it says nothing.
    pub(super) fn told(&self, parsed: &Parsed<'_>, examined: &[Examined<'_>]) -> Option<Told<'_>> {
        let asked = self.asked.as_ref()?;
        let mut best: Option<Told<'_>> = None;
        for (nth, one) in examined.iter().enumerate() {
            let Some((listed, named)) = asked.of_field(parsed, one) else { continue };
            if best.as_ref().is_none_or(|best| best.listed.is_none() && listed.is_some()) {
                best = Some(Told { field: Some(nth), listed, named });
            }
        }
        let declares = parsed.records.is_some_and(|records| records >= asked.declared_min.max(1));
        best.or_else(|| declares.then(|| Told { field: None, listed: None, named: Vec::new() }))
    }

    /// The fact. Without an object of its own the line's count is its thread's.
    pub(super) fn count(
        &self,
        parsed: &Parsed<'_>,
        examined: &[Examined<'_>],
        object: Option<Shown>,
        thread: &str,
    ) -> Option<Count> {
        let told = self.told(parsed, examined);
        let counted = parsed.bytes.or(parsed.records).is_some() && object.is_some();
        if told.is_none() && !counted {
            return None;
        }
        let told = told.unwrap_or(Told { field: None, listed: None, named: Vec::new() });
        let named = told.field.map(|nth| self.shown(&examined[nth]).clone());
        let nameless = || Shown { text: "-".to_owned(), same: self.keys.same(thread.as_bytes()) };
        Some(Count {
            object: named.or(object).unwrap_or_else(nameless),
            records: parsed.records,
            bytes: parsed.bytes,
            listed: told.listed.map(|entry| entry.place.clone()),
            named: told.named,
        })
    }

    /// Whether every line of a source is read, because its settings say so, or its numbers stand in columns.
    pub(super) fn reads_every_line(&self, source: &str, format: Format) -> bool {
        matches!(self.declaring(format), Some(None))
            || self.every_line.iter().any(|glob| glob.is_match(source))
    }

    /// Places in a block whose lines may declare a number of records, where its format is one whose lines do.
    pub(super) fn declared_at(&self, format: Format, bytes: &[u8]) -> Places {
        let words = self.declaring(format).and_then(Option::as_ref);
        let found = words.map(|words| words.find_iter(bytes).map(|found| found.start()).collect());
        Places { at: found.unwrap_or_default(), next: 0 }
    }

    fn declaring(&self, format: Format) -> Option<&Option<AhoCorasick>> {
        let format = match format {
            Format::Container(inner) => inner.into(),
            format => format,
        };
        let all = &self.asked.as_ref()?.declaring;
        all.iter().find(|(known, _)| *known == format).map(|(_, words)| words)
    }
}

/// Names of keys, and what stands for them in formats that have none.
fn words(declares: Declares, names: &FileNames) -> Option<AhoCorasick> {
    let Declares::By(keys) = declares else { return None };
    let words = if keys.is_empty() { names.counts().to_vec() } else { keys };
    // One that cannot be built reads every line.
    AhoCorasick::new(words).ok()
}

/// Places in a block, in their order.
pub(super) struct Places {
    at: Vec<usize>,
    next: usize,
}

impl Places {
    /// The next place before an end.
    pub(super) fn before(&mut self, end: usize) -> Option<usize> {
        let at = self.at.get(self.next).copied().filter(|at| *at < end)?;
        self.next += 1;
        Some(at)
    }

    /// Passes over those before an end; whether there were any.
    pub(super) fn pass(&mut self, end: usize) -> bool {
        let passed = self.at[self.next..].iter().take_while(|at| **at < end).count();
        self.next += passed;
        passed > 0
    }
}

impl Asked {
    /// What a field says, as it reads decoded. Words that anybody may write say nothing.
    fn of_field(&self, parsed: &Parsed<'_>, one: &Examined<'_>) -> Option<(Option<&Entry>, Vec<Nature>)> {
        if one.field.writer == Writer::Anybody {
            return None;
        }
        let text = one.views.last()?.text();
        let (listed, named) = match one.field.name {
            FieldName::Path | FieldName::Attachment => {
                let name = text.rsplit(['/', '\\']).next().unwrap_or(text);
                let is_path = one.field.name == FieldName::Path;
                let by_path = || self.inventory.path(text).filter(|_| is_path);
                let by_name = || self.inventory.name(name).filter(|_| !is_path || name == text);
                let listed = by_path().or_else(by_name);
                (listed, if listed.is_some() { Vec::new() } else { self.names.natures(name) })
            }
            FieldName::Statement if parsed.channel.family == Family::Database => {
                let is_told = parsed.records.is_some() || reads_whole_table(text);
                (self.inventory.table(text).filter(|_| is_told), Vec::new())
            }
            _ => return None,
        };
        (listed.is_some() || !named.is_empty()).then_some((listed, named))
    }
}

/// Whether a statement takes all rows of what it names: without a declared number, others may take any.
fn reads_whole_table(statement: &str) -> bool {
    let text = statement.trim_start().to_ascii_lowercase();
    let reads = text.starts_with("copy ") && text.contains(" to ") || text.starts_with("select ");
    reads && ![" where ", " limit ", "count(", " group by "].iter().any(|part| text.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_reads_a_whole_table_or_some_of_it() {
        for whole in ["COPY hr.employee TO STDOUT", "select * from hr.employee"] {
            assert!(reads_whole_table(whole), "{whole}");
        }
        for part in [
            "COPY hr.employee FROM STDIN",
            "SELECT * FROM hr.employee WHERE id = 5",
            "SELECT count(*) FROM t",
        ] {
            assert!(!reads_whole_table(part), "{part}");
        }
    }
}
