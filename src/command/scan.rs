//! `breachd scan`: detection only, like grep.

use std::collections::BTreeMap;
use std::time::Instant;

use super::{FAILED, FINDINGS, Failure, Outcome, PARTIAL, format, packs, print, say};
use crate::batch::Body;
use crate::cli::{Global, Scan as Options};
use crate::detect::Depth;
use crate::format::Format;
use crate::kind::{Kind, Nature, Verdict};
use crate::line::Block;
use crate::moment::Tz;
use crate::producer::{BLOCK_BYTES, Text};
use crate::record::Record;
use crate::report;
use crate::scan::{Found, Scanner};
use crate::source;
use crate::source::archive::{Input, Reader, Totals, inputs};
use crate::store;
use crate::tally::{self, Row};

/// Reads every input and prints what is found.
pub(super) fn run(global: &Global, options: &Options) -> Outcome {
    let mut packs = packs(global)?;
    let format = format(&mut packs, options.format.as_deref())?;
    let keys = match &options.key {
        Some(file) => store::read_key(file)?,
        None => store::random_key()?,
    };
    let key = options.key.as_ref().map_or_else(|| "ephemeral".to_owned(), |_| keys.id().to_owned());
    let inputs = inputs(&options.paths).map_err(|errors| {
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        Failure { code: FAILED, text: lines.join("\nbreachd: ") }
    })?;
    let scanner = Scanner::new(packs.engine, keys, Tz::Asia__Taipei).with_formats(packs.formats);
    let mut scan = Scan::new(options, key);
    for input in &inputs {
        scan.read(&scanner, format, input)?;
    }
    scan.finish()
}

/// What was found in a block.
#[derive(Default)]
struct Made {
    /// To be shown.
    found: Vec<Found>,
    /// To be counted.
    findings: BTreeMap<(Kind, Verdict), u64>,
    records: Vec<Record>,
}

impl Made {
    fn of(scanner: &Scanner, options: &Options, format: Format, block: &Block<'_>) -> Self {
        let mut made = Self::default();
        if options.all || !options.count {
            let depth = if options.all { Depth::Rejected } else { Depth::Hits };
            made.found = scanner.findings(format, block, depth).0;
        }
        if options.count {
            made.count(scanner, format, block);
        } else {
            made.found.retain(|found| options.all || found.verdict > Verdict::Rejected);
        }
        made
    }

    fn count(&mut self, scanner: &Scanner, format: Format, block: &Block<'_>) {
        for found in std::mem::take(&mut self.found) {
            if found.verdict == Verdict::Rejected {
                *self.findings.entry((found.kind, Verdict::Rejected)).or_default() += 1;
            }
        }
        for fact in scanner.hits(format, block).facts {
            if let Body::Hit(record) = fact.body {
                for value in &record.values {
                    *self.findings.entry((value.kind, value.verdict)).or_default() += 1;
                }
                self.records.push(record);
            }
        }
    }
}

struct Scan<'o> {
    options: &'o Options,
    key: String,
    started: Instant,
    bytes: u64,
    lines: u64,
    found: bool,
    partial: bool,
    findings: BTreeMap<(Kind, Verdict), u64>,
    records: Vec<Record>,
}

impl<'o> Scan<'o> {
    fn new(options: &'o Options, key: String) -> Self {
        Self {
            options,
            key,
            started: Instant::now(),
            bytes: 0,
            lines: 0,
            found: false,
            partial: false,
            findings: BTreeMap::new(),
            records: Vec::new(),
        }
    }

    fn read(&mut self, scanner: &Scanner, format: Option<Format>, input: &Input) -> Result<(), Failure> {
        let path = input.path.display().to_string();
        let mut text = match Reader::open(input) {
            Ok(reader) => Text::new(scanner, reader, format),
            Err(error) => {
                self.unread(&error);
                return Ok(());
            }
        };
        loop {
            match text.next(BLOCK_BYTES, |format, block| Made::of(scanner, self.options, format, block)) {
                Ok(Some(made)) => self.take(&path, made)?,
                Ok(None) => break,
                Err(error) => {
                    self.unread(&error);
                    return Ok(());
                }
            }
        }
        self.end(&path, &text.totals());
        Ok(())
    }

    /// What a block of a file was found to hold, in the order of the blocks.
    fn take(&mut self, path: &str, made: Made) -> Result<(), Failure> {
        for (what, count) in made.findings {
            *self.findings.entry(what).or_default() += count;
        }
        self.found |= !made.records.is_empty();
        self.records.extend(made.records);
        let mut text = String::new();
        for found in &made.found {
            self.found |= found.verdict > Verdict::Rejected;
            if self.options.json {
                text.push_str(&report::finding(path, found, &self.key).to_string());
                text.push('\n');
            } else {
                text.push_str(&line(path, found));
            }
        }
        if text.is_empty() { Ok(()) } else { print(&text) }
    }

    /// A file was read to its end, or as far as it goes.
    fn end(&mut self, path: &str, totals: &Totals) {
        self.bytes += totals.bytes;
        self.lines += totals.lines;
        for gap in &totals.gaps {
            let (cause, from) = (gap.cause.id(), gap.from);
            say(&format!("breachd: {path}: {cause} from byte {from}; the rest could not be read"));
            self.partial = true;
        }
    }

    fn unread(&mut self, error: &source::Error) {
        say(&format!("breachd: {error}"));
        self.partial = true;
    }

    fn finish(self) -> Outcome {
        if self.options.count {
            let rows = self.records.iter().map(|record| Row {
                values: &record.values,
                special: record.natures.contains(&Nature::Special),
            });
            let subjects = tally::count(rows, Verdict::Likely).total;
            let seconds = self.started.elapsed().as_secs_f64();
            let count = report::scan_count((self.bytes, self.lines), &self.findings, subjects, seconds);
            print(&format!("{count}\n"))?;
        }
        Ok(match (self.partial, self.found && self.options.exit_code) {
            (true, _) => PARTIAL,
            (false, true) => FINDINGS,
            (false, false) => 0,
        })
    }
}

/// A finding as people read it.
fn line(path: &str, found: &Found) -> String {
    format!(
        "{}:{}: {} {} {} ({}; {}, {})\n",
        report::escape(path),
        found.line,
        found.verdict.id(),
        found.kind.id(),
        found.masked,
        found.why,
        found.field.id(),
        found.view,
    )
}
