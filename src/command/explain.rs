//! `breachd explain`: one line through every stage.

use std::io::{self, BufRead};
use std::os::unix::ffi::OsStrExt;

use super::{FAILED, Failure, Outcome, format, packs, print};
use crate::cli::{Explain as Options, Global};
use crate::config::{self, Settings};
use crate::daemon::now;
use crate::format::Format;
use crate::moment::{SECOND, Tz};
use crate::report;
use crate::scan::Scanner;
use crate::store;

/// Explains the line that was given, or each line of the standard input.
pub(super) fn run(global: &Global, options: &Options) -> Outcome {
    let mut packs = packs(global)?;
    let format = format(&mut packs, options.format.as_deref())?;
    let keys = match &options.key {
        Some(file) => store::read_key(file)?,
        None => store::random_key()?,
    };
    let key = options.key.as_ref().map_or_else(|| "ephemeral".to_owned(), |_| keys.id().to_owned());
    let scanner = config::scanner(&Settings::default(), packs, keys);
    let explain = |line: &[u8], first: bool| explain(&scanner, options, format, line, (&key, first));
    if let Some(line) = options.line.as_ref().filter(|line| *line != "-") {
        explain(line.as_bytes(), true)?;
        return Ok(0);
    }
    let mut first = true;
    for line in io::stdin().lock().split(b'\n') {
        let text = |error: io::Error| format!("cannot read the standard input: {error}");
        let line = line.map_err(|error| Failure { code: FAILED, text: text(error) })?;
        if !line.trim_ascii().is_empty() {
            explain(&line, first)?;
            first = false;
        }
    }
    Ok(0)
}

fn explain(
    scanner: &Scanner,
    options: &Options,
    format: Option<Format>,
    line: &[u8],
    (key, first): (&str, bool),
) -> Result<(), Failure> {
    let explained = scanner.explain(format, line, now() / SECOND);
    if options.json {
        return print(&format!("{}\n", report::explained(&explained, key)));
    }
    let gap = if first { "" } else { "\n" };
    print(&format!("{gap}{}", report::explained_text(&explained, Tz::Asia__Taipei)))
}
