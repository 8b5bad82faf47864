//! One log, one format, one reader: what both say is compared row by row.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use breachd::event::{Basis, Role, Status};
use breachd::format::{Defaults, Format, Formats, Parsed};
use breachd::mask::Raw;
use breachd::moment::{Quality, Tz};
use breachd::record::FieldName;

use super::logs::Log;
use super::unread;

/// When the samples were written, for stamps without a year: 2026-12-01.
pub(crate) const ANCHOR: i64 = 1_796_083_200;

/// What one line says, by the names of patterns/formats/README.md; `at` is its number.
pub(crate) type Row = BTreeMap<String, String>;

/// The formats of the program; what takes longest is their patterns.
pub(crate) static FORMATS: LazyLock<Formats> = LazyLock::new(Formats::shipped);

/// A file of the repository.
pub(crate) fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A folder of logs of other servers, by family. They are no part of the repository.
pub(crate) fn samples() -> PathBuf {
    std::env::var_os("BREACHD_SAMPLES").expect("a folder of logs in BREACHD_SAMPLES").into()
}

/// Compares what a format reads of a log with what `tests/expect/log_READER.py` does: every row that says something must
/// be the same, and 99 lines in a hundred must be of the format. Lines that no reader of single lines can know are
/// named in `unread.toml`.
pub(crate) fn check(log: &Log) {
    let Log { file, format, reader, .. } = log;
    let bytes = std::fs::read(root(file)).expect("a log");
    let unread = unread::lines(file);
    let (unknown, known) = apart(&bytes, &unread);
    assert_eq!(
        read(format, &unknown).0,
        [],
        "{file}: a line is read after all that is named as one that cannot be"
    );
    meet(file, reader, read(format, &known));
    assert_eq!(FORMATS.sniff(&bytes), FORMATS.by_name(format).expect("a format"), "{file}");
}

/// The same of a server's own format string, by which no file is recognised.
pub(crate) fn check_string(text: &str, file: &str, reader: &str) {
    let bytes = std::fs::read(root(file)).expect("a log");
    let mut formats = Formats::shipped();
    let format = formats.learn(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let (mut rows, recognised) = read_by(&formats, "nginx", format, &bytes);
    // Headers and cookies are left out: of one with a blank in it, and nothing around it, only the first word is read.
    for row in &mut rows {
        row.remove("line");
    }
    meet(file, reader, (rows, recognised));
}

/// Fails unless the rows of a log, and the share of its lines that was read, are what its reader says.
pub(crate) fn meet(file: &str, reader: &str, (ours, recognised): (Vec<Row>, f64)) {
    let mut theirs = python("rows of texts", &format!("tests/expect/log_{reader}.py"), &[file]);
    assert!(!theirs.is_empty(), "{reader} reads nothing of {file}");
    if let Err(difference) = compare(&ours, &theirs) {
        panic!("{file}, left by the program, right by log_{reader}.py: {difference}");
    }
    every_alteration_differs(&ours, &mut theirs);
    assert!(recognised >= 0.99, "{:.1} % of {file} are of its format", recognised * 100.0);
}

/// What a Python script prints about files of the repository.
pub(crate) fn python<T: serde::de::DeserializeOwned>(what: &str, script: &str, arguments: &[&str]) -> Vec<T> {
    let mut command = Command::new("python3");
    command.env("PYTHONDONTWRITEBYTECODE", "1").current_dir(root(".")).arg(script).args(arguments);
    let output = command.output().expect("python3 is installed");
    assert!(output.status.success(), "{script} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect(what)
}

/// The first difference.
pub(crate) fn compare<T: PartialEq + std::fmt::Debug>(ours: &[T], theirs: &[T]) -> Result<(), String> {
    let differing = ours.iter().zip(theirs).find(|(ours, theirs)| ours != theirs);
    match differing {
        Some((ours, theirs)) => Err(format!("\n{ours:?}\n{theirs:?}")),
        None if ours.len() != theirs.len() => Err(format!("{} rows and {}", ours.len(), theirs.len())),
        None => Ok(()),
    }
}

/// That a table is met means something only if no row of it can be left out, put in twice, or altered in any field.
pub(crate) fn every_alteration_differs(ours: &[Row], table: &mut Vec<Row>) {
    for at in 0..table.len() {
        let row = table.remove(at);
        assert!(compare(ours, table).is_err(), "nothing misses {row:?}");
        table.insert(at, row.clone());
        table.insert(at, row.clone());
        assert!(compare(ours, table).is_err(), "nothing sees a second {row:?}");
        table.remove(at);
        for name in row.keys() {
            table[at].insert(name.clone(), "something else".to_owned());
            assert!(compare(ours, table).is_err(), "nothing sees another {name} of {row:?}");
            table[at].remove(name);
            assert!(compare(ours, table).is_err(), "nothing misses {name} of {row:?}");
            table[at] = row.clone();
        }
    }
    assert_eq!(compare(ours, table), Ok(()));
}

/// The lines with these numbers, and the others; each in its place.
pub(crate) fn apart(log: &[u8], numbers: &[usize]) -> (Vec<u8>, Vec<u8>) {
    let pick = |wanted: bool| {
        let lines = log.split(|byte| *byte == b'\n').enumerate();
        let lines = lines.map(|(nth, line)| if numbers.contains(&(nth + 1)) == wanted { line } else { &[] });
        lines.collect::<Vec<_>>().join(&b'\n')
    };
    (pick(true), pick(false))
}

/// The rows of a log that say something, and the share of its lines that are of the format; comments and empty lines
/// are not counted.
pub(crate) fn read(format: &str, log: &[u8]) -> (Vec<Row>, f64) {
    read_by(&FORMATS, format, FORMATS.by_name(format).expect("a format"), log)
}

/// The same by one of some formats, with its name.
fn read_by(formats: &Formats, name: &str, known: Format, log: &[u8]) -> (Vec<Row>, f64) {
    let defaults = Defaults { zone: Tz::Asia__Taipei, anchor: ANCHOR };
    let (mut rows, mut lines, mut of_format) = (Vec::new(), 0, 0);
    // What the line above says of how those below are read.
    let mut governing = None;
    for (nth, line) in log.split(|byte| *byte == b'\n').enumerate() {
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        if line.trim_ascii().is_empty() || line[0] == b'#' {
            governing = formats.governing(known, line, false).or(governing);
            continue;
        }
        lines += 1;
        let Some(opened) = formats.open(known, line) else { continue };
        let parsed = formats.parse_governed(opened.format, &opened.text, governing, &defaults);
        let parsed = parsed.filter(|parsed| is_of(name, known, parsed));
        governing = formats.governing(known, line, false).or(governing);
        let Some(parsed) = parsed else { continue };
        of_format += 1;
        let mut row = told(&parsed);
        let says = |name: &String| !matches!(name.as_str(), "time" | "host" | "role" | "thread");
        if row.keys().any(says) {
            row.insert("at".to_owned(), (nth + 1).to_string());
            rows.push(row);
        }
    }
    (rows, f64::from(of_format) / f64::from(lines))
}

/// Whether a line was read by the format that is named. All access logs have one name in reports, and a log of many
/// programs, or of what stands in envelopes, has none of its own.
fn is_of(name: &str, format: Format, parsed: &Parsed<'_>) -> bool {
    match (name, format) {
        ("syslog" | "journald", _) => true,
        (_, Format::Clf) => parsed.format.as_str() == "nginx",
        _ => parsed.format.as_str() == name,
    }
}

fn told(parsed: &Parsed<'_>) -> Row {
    let mut row = Row::new();
    let mut say = |name: &str, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            let entry = row.entry(name.to_owned()).or_default();
            entry.push_str(if entry.is_empty() { "" } else { " " });
            entry.push_str(&value);
        }
    };
    let text = |raw: Raw<'_>| String::from_utf8_lossy(raw.bytes()).into_owned();
    say("time", (parsed.time.quality != Quality::Absent).then(|| parsed.time.iso()));
    say("role", (parsed.role != Role::Content).then(|| format!("{:?}", parsed.role).to_lowercase()));
    say("host", Some(parsed.host.to_owned()));
    say("thread", parsed.name.as_deref().map(str::to_owned));
    say("link", parsed.link.map(str::to_owned));
    if let Some((name, basis)) = parsed.actor {
        match basis {
            Basis::Authenticated => say("user", Some(text(name))),
            Basis::Local => say("local", Some(text(name))),
            Basis::Envelope => say("sender", Some(text(name))),
            Basis::Address if parsed.origin.is_none() => say("client", Some(text(name))),
            Basis::Address => {}
        }
    }
    say("client", parsed.origin.map(|origin| origin.to_string()));
    // Of refused mail the recipient is content too.
    let refused = parsed.outcomes.iter().any(|happened| happened.recipient.is_some());
    for field in parsed.fields.iter().filter(|field| field.name != FieldName::Recipient || !refused) {
        say(field.name.id(), Some(text(field.raw)));
    }
    for happened in &parsed.outcomes {
        say("recipient", happened.recipient.map(text));
        say("original", happened.original.map(text));
    }
    if let Some(happened) = parsed.outcomes.first() {
        say("next", happened.next.map(str::to_owned));
        say(
            "status",
            Some(match happened.status {
                Status::Http(code) => code.to_string(),
                status => format!("{status:?}").to_lowercase(),
            }),
        );
    }
    say("bytes", parsed.bytes.map(|bytes| bytes.to_string()));
    say("records", parsed.records.map(|records| records.to_string()));
    row
}
