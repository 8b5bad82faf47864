//! `breachd scan`: detection only, like grep.

use std::collections::BTreeMap;
use std::time::Instant;

use super::{FAILED, FINDINGS, Failure, Outcome, PARTIAL, format, packs, print, say};
use crate::batch::Body;
use crate::cli::{Global, Scan as Options};
use crate::config::Packs;
use crate::detect::Depth;
use crate::format::Format;
use crate::kind::{Kind, Nature, Verdict};
use crate::line::Block;
use crate::mask::Keys;
use crate::moment::Tz;
use crate::record::Record;
use crate::report;
use crate::scan::{Carried, Scanner};
use crate::source::archive::{Input, inputs, read_blocks};
use crate::store;
use crate::tally::{self, Row};

/// How much is read at once.
const BLOCK_BYTES: usize = 1 << 20;

/// Reads every input and prints what is found.
pub(super) fn run(global: &Global, options: &Options) -> Outcome {
    let mut packs = packs(global)?;
    let format = format(&mut packs, options.format.as_deref())?;
    let keys = match &options.key {
        Some(file) => store::read_key(file)?,
        None => store::random_key()?,
    };
    let inputs = inputs(&options.paths).map_err(|errors| {
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        Failure { code: FAILED, text: lines.join("\nbreachd: ") }
    })?;
    let mut scan = Scan::new(options, format, keys, packs);
    for input in &inputs {
        scan.read(input)?;
    }
    scan.finish()
}

struct Scan<'o> {
    options: &'o Options,
    format: Option<Format>,
    scanner: Scanner,
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
    fn new(options: &'o Options, format: Option<Format>, keys: Keys, packs: Packs) -> Self {
        let key = options.key.as_ref().map_or_else(|| "ephemeral".to_owned(), |_| keys.id().to_owned());
        Self {
            options,
            format,
            scanner: Scanner::new(packs.engine, keys, Tz::Asia__Taipei).with_formats(packs.formats),
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

    fn read(&mut self, input: &Input) -> Result<(), Failure> {
        let path = input.path.display().to_string();
        let mut stopped = None;
        let mut sniffed = None;
        let mut carried = Carried::default();
        let totals = read_blocks(input, BLOCK_BYTES, &mut |origin, offset, line, bytes| {
            let format = self.format.or(sniffed).unwrap_or_else(|| self.scanner.formats().sniff(bytes));
            sniffed = (format != Format::Plain).then_some(format);
            let before = std::mem::take(&mut carried);
            let block = Block::new(bytes, origin, offset, line).after(before.line());
            carried = self.scanner.carry(format, &block);
            if stopped.is_none() {
                if self.options.count {
                    self.count(format, &block);
                } else {
                    stopped = self.show(&path, format, &block).err();
                }
            }
        });
        if let Some(stopped) = stopped {
            return Err(stopped);
        }
        match totals {
            Ok(totals) => {
                self.bytes += totals.bytes;
                self.lines += totals.lines;
                for gap in &totals.gaps {
                    say(&format!(
                        "breachd: {path}: {} from byte {}; the rest could not be read",
                        gap.cause.id(),
                        gap.from
                    ));
                    self.partial = true;
                }
            }
            Err(error) => {
                say(&format!("breachd: {error}"));
                self.partial = true;
            }
        }
        Ok(())
    }

    fn show(&mut self, path: &str, format: Format, block: &Block<'_>) -> Result<(), Failure> {
        let (found, _) = self.scanner.findings(format, block, self.depth());
        for found in found.iter().filter(|found| self.options.all || found.verdict > Verdict::Rejected) {
            self.found |= found.verdict > Verdict::Rejected;
            if self.options.json {
                print(&format!("{}\n", report::finding(path, found, &self.key)))?;
            } else {
                print(&format!(
                    "{}:{}: {} {} {} ({}; {}, {})\n",
                    report::escape(path),
                    found.line,
                    found.verdict.id(),
                    found.kind.id(),
                    found.masked,
                    found.why,
                    found.field.id(),
                    found.view,
                ))?;
            }
        }
        Ok(())
    }

    /// Whether rejected findings are told.
    fn depth(&self) -> Depth {
        if self.options.all { Depth::Rejected } else { Depth::Hits }
    }

    fn count(&mut self, format: Format, block: &Block<'_>) {
        if self.options.all {
            for found in self.scanner.findings(format, block, Depth::Rejected).0 {
                if found.verdict == Verdict::Rejected {
                    *self.findings.entry((found.kind, Verdict::Rejected)).or_default() += 1;
                }
            }
        }
        for fact in self.scanner.hits(format, block).facts {
            if let Body::Hit(record) = fact.body {
                for value in &record.values {
                    *self.findings.entry((value.kind, value.verdict)).or_default() += 1;
                }
                self.found = true;
                self.records.push(record);
            }
        }
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
