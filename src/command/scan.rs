//! `breachd scan`: detection only, like grep.

use std::collections::BTreeMap;
use std::time::Instant;

use super::{FAILED, FINDINGS, Failure, Outcome, PARTIAL, format, packs, print, say};
use crate::cli::{Global, Scan as Options};
use crate::detect::Depth;
use crate::format::Format;
use crate::kind::{Kind, Verdict};
use crate::line::Block;
use crate::moment::Tz;
use crate::producer::{Crew, Job, News, Reading};
use crate::report;
use crate::scan::{Counts, Found, Scanner};
use crate::source;
use crate::source::archive::{Input, Totals, inputs};
use crate::store;
use crate::tally::People;

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
    let scanner = Scanner::of(packs.engine, packs.formats, keys, Tz::Asia__Taipei);
    let mut scan = Scan::new(options, key);
    scan.read(&scanner, format, &inputs)?;
    scan.finish()
}

/// What was found in a block.
#[derive(Default)]
struct Made {
    /// To be shown.
    found: Vec<Found>,
    counts: Counts,
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
        self.counts = scanner.counts(format, block);
        for found in std::mem::take(&mut self.found) {
            if found.verdict == Verdict::Rejected {
                *self.counts.findings.entry((found.kind, Verdict::Rejected)).or_default() += 1;
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
    people: People,
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
            people: People::default(),
        }
    }

    fn read(&mut self, scanner: &Scanner, format: Option<Format>, inputs: &[Input]) -> Result<(), Failure> {
        let job = |input: &Input| Job { input: input.clone(), format, is_dated: false, is_hashed: false };
        let jobs: Vec<Job> = inputs.iter().map(job).collect();
        let options = self.options;
        let look = |(): &mut (), format: Format, block: &Block<'_>| Made::of(scanner, options, format, block);
        let weigh = |made: &Made| made.found.len() + made.counts.people.len();
        let crew = Crew::new(scanner, Reading::by(options.threads));
        crew.read(&jobs, &look, weigh, &mut |nth, news| {
            let path = inputs[nth].path.display().to_string();
            match news {
                News::Block { made, before, .. } => self.take(&path, made, before)?,
                News::End(Ok((totals, _))) => self.end(&path, &totals),
                News::End(Err(error)) => self.unread(&error),
            }
            Ok(())
        })
    }

    /// What a block of a file was found to hold, in the order of the blocks.
    fn take(&mut self, path: &str, made: Made, before: u64) -> Result<(), Failure> {
        for (what, count) in made.counts.findings {
            *self.findings.entry(what).or_default() += count;
            self.found |= what.1 > Verdict::Rejected;
        }
        self.people.join(made.counts.people);
        let mut text = String::new();
        for mut found in made.found {
            found.line += before;
            self.found |= found.verdict > Verdict::Rejected;
            if self.options.json {
                text.push_str(&report::finding(path, &found, &self.key).to_string());
                text.push('\n');
            } else {
                text.push_str(&line(path, &found));
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
            let subjects = self.people.tally().total;
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
