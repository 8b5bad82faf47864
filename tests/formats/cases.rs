//! One log, one format, one reader.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use breachd::event::{Basis, Role, Status};
use breachd::format::{Defaults, Format, Formats, Parsed};
use breachd::mask::Raw;
use breachd::moment::{Quality, Tz};

/// When the samples were written, for stamps without a year: 2026-12-01.
const ANCHOR: i64 = 1_796_083_200;

/// What one line says, by the names of patterns/formats/README.md; `line` is its number.
pub(crate) type Row = BTreeMap<String, String>;

/// Compares what `format` reads of a log under tests/servers with what `tests/expect/log_READER.py` does: every row that
/// says something must be the same, and 99 lines in a hundred must be of the format.
pub(crate) fn check(format: &str, log: &str, reader: &str) {
    check_but(format, log, reader, &[]);
}

/// The same, but for lines of the log that no reader of single lines can know; whoever names them says why.
pub(crate) fn check_but(format: &str, log: &str, reader: &str, unread: &[usize]) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = root.join("tests/servers").join(log);
    let bytes = std::fs::read(&path).expect("a log");
    let (unknown, known) = apart(&bytes, unread);
    assert_eq!(read(format, &unknown).0, [], "a line is read after all that is named as one that cannot be");
    compare(read(format, &known), &path, reader);
    assert_eq!(
        Formats::shipped().sniff(&bytes),
        Formats::shipped().by_name(format).expect("a format"),
        "{log}"
    );
}

/// The same of a server's own format string, by which no file is recognised.
pub(crate) fn check_string(text: &str, log: &str, reader: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/servers").join(log);
    let mut formats = Formats::shipped();
    let format = formats.learn(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    compare(read_by(&formats, format, &std::fs::read(&path).expect("a log")), &path, reader);
}

/// What the program reads of a log, and the share of its lines, against a reader in Python.
fn compare((ours, recognised): (Vec<Row>, f64), log: &Path, reader: &str) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/expect/log_{reader}.py"));
    let output = Command::new("python3").env("PYTHONDONTWRITEBYTECODE", "1").arg(script).arg(log).output();
    let output = output.expect("python3 is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let theirs: Vec<Row> = serde_json::from_slice(&output.stdout).expect("rows of texts");
    let log = log.display();
    assert!(!theirs.is_empty(), "{reader} reads nothing of {log}");
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert_eq!(ours, theirs, "{log}, left by the program, right by log_{reader}.py");
    }
    assert_eq!(ours.len(), theirs.len(), "rows of {log}");
    assert!(recognised >= 0.99, "{:.1} % of {log} are of its format", recognised * 100.0);
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
    let formats = Formats::shipped();
    let known = formats.by_name(format).expect("a format");
    read_by(&formats, known, log)
}

fn read_by(formats: &Formats, known: Format, log: &[u8]) -> (Vec<Row>, f64) {
    let defaults = Defaults { zone: Tz::Asia__Taipei, anchor: ANCHOR };
    let (mut rows, mut lines, mut of_format) = (Vec::new(), 0, 0);
    for (nth, line) in log.split(|byte| *byte == b'\n').enumerate() {
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        if line.trim_ascii().is_empty() || line[0] == b'#' {
            continue;
        }
        lines += 1;
        let parsed = formats.parse(known, line, &defaults);
        // A line of syslog that its own format does not read is read as syslog.
        let Some(parsed) =
            parsed.filter(|parsed| known != Format::Syslog || parsed.format.as_str() != "syslog")
        else {
            continue;
        };
        of_format += 1;
        let mut row = told(&parsed);
        let says = |name: &String| !matches!(name.as_str(), "time" | "host" | "role" | "thread");
        if row.keys().any(says) {
            row.insert("line".to_owned(), (nth + 1).to_string());
            rows.push(row);
        }
    }
    (rows, f64::from(of_format) / f64::from(lines))
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
    for field in &parsed.fields {
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
