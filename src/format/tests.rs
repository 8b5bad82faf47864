//! What a line says is compared as one text, so that a table of lines and texts is the whole expectation.

mod cef;
mod clf;
mod corpus;
mod postfix;
mod syslog;

use std::path::Path;

use super::{Defaults, Field, Format, Formats, Happened, Parsed};
use crate::event::Status;
use crate::mask::Raw;
use crate::moment::{SECOND, Tz, parse_when};

fn formats() -> &'static Formats {
    static FORMATS: std::sync::OnceLock<Formats> = std::sync::OnceLock::new();
    FORMATS.get_or_init(Formats::shipped)
}

/// A file last written at the end of the sample day, in a zone that is not the samples' own.
pub(super) fn defaults() -> Defaults {
    Defaults { zone: Tz::Asia__Taipei, anchor: at("2026-11-22T00:00:00Z") / SECOND }
}

fn at(text: &str) -> i64 {
    parse_when(text, Tz::Asia__Taipei, 0).expect("a valid time")
}

/// Everything a line says but its time, host, body and spans: `open 6DE0… actor=authenticated:wang origin=…`.
pub(super) fn told(parsed: &Parsed<'_>) -> String {
    let mut told = format!("{:?}", parsed.role).to_lowercase();
    let mut say = |word: &str, value: Option<String>| {
        if let Some(value) = value {
            told.extend([" ", word, "=", &value]);
        }
    };
    say("name", parsed.name.as_deref().map(str::to_owned));
    say("actor", parsed.actor.map(|(raw, basis)| format!("{basis:?}:{}", text(raw)).to_lowercase()));
    say("origin", parsed.origin.map(|ip| ip.to_string()));
    say("object", parsed.object.map(text));
    for Field { name, raw, writer, known, cut, .. } in &parsed.fields {
        let (sure, more) = (if *known { "" } else { "?" }, if *cut { "…" } else { "" });
        say(name.id(), Some(format!("{sure}{}:{}{more}", format!("{writer:?}").to_lowercase(), text(*raw))));
    }
    for Happened { recipient, original, status, next } in &parsed.outcomes {
        let status = match status {
            Status::Http(code) => code.to_string(),
            status => format!("{status:?}").to_lowercase(),
        };
        say("outcome", Some(status));
        say("to", recipient.map(text));
        say("orig", original.map(text));
        say("next", next.map(str::to_owned));
    }
    say("link", parsed.link.map(str::to_owned));
    say("bytes", parsed.bytes.map(|bytes| bytes.to_string()));
    told
}

fn text(raw: Raw<'_>) -> String {
    String::from_utf8_lossy(raw.bytes()).into_owned()
}

/// What must hold of every line whatever it says.
fn check_pieces(line: &[u8], format: Format, parsed: &Parsed<'_>) {
    for field in &parsed.fields {
        assert_eq!(&line[field.span.clone()], field.raw.bytes(), "a span is where its bytes are");
    }
    assert!(parsed.body.start <= parsed.body.end && parsed.body.end <= line.len());
    assert_eq!(formats().thread_name(format, line, None), parsed.name, "{}", String::from_utf8_lossy(line));
    if let Some(time) = formats().time(format, line, None, &defaults()) {
        assert_eq!(time, parsed.time);
    }
    let names = [
        Some(parsed.host),
        parsed.name.as_deref(),
        parsed.link,
        parsed.outcomes.first().and_then(|o| o.next),
    ];
    for name in names.into_iter().flatten() {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "._-:".contains(c);
        assert!(name.len() <= 64 && name.chars().all(allowed), "threads carry names only: {name}");
    }
}

#[test]
fn formats_are_known_by_all_their_names() {
    for format in [Format::Syslog, Format::Clf, Format::Plain] {
        assert_eq!(formats().by_name(formats().name(format)), Some(format));
    }
    assert_eq!(formats().by_name("postfix"), Some(Format::Syslog));
    assert_eq!(formats().by_name("apache"), Some(Format::Clf));
    assert_eq!(formats().by_name("auto"), None);
}

#[test]
fn half_of_the_lines_decide_what_a_file_is() {
    let access = "192.0.2.1 - - [21/Nov/2026:23:52:18 +0000] \"GET /a HTTP/1.1\" 200 1\r\n";
    let logged = "Nov 21 23:51:09 mail su: hi\n";
    let sniff = |head: &str| formats().sniff(head.as_bytes());
    assert_eq!(sniff(&format!("\n\r\n{access}hi\n")), Format::Clf);
    assert_eq!(sniff(&format!("{access}hi\nhi\n")), Format::Plain);
    assert_eq!(sniff(&format!("{logged}hi\n192.0.2.1 - - [21/Nov")), Format::Syslog);
    assert_eq!(sniff(logged.trim_end()), Format::Syslog);
    assert_eq!(sniff(&format!("{}{}", "hi\n".repeat(50), logged.repeat(99))), Format::Plain);
    assert_eq!(sniff(""), Format::Plain);
}

/// Each compared with all before it would be five thousand million comparisons.
#[test]
fn a_line_of_a_hundred_thousand_values_is_recognised_as_a_short_one() {
    let line = |rows: usize| {
        let rows = vec![r#"{"id":"A"}"#; rows].join(",");
        format!(r#"{{"time":"2026-11-17T10:00:00Z","user":"wang","message":"export","rows":[{rows}]}}"#)
    };
    let sniffed = |line: String| formats().name(formats().sniff(line.as_bytes())).to_owned();
    assert_eq!(sniffed(line(100_000)), sniffed(line(1)));
    assert_ne!(sniffed(line(1)), "plain");
}

#[test]
fn a_format_that_reads_almost_anything_is_asked_last() {
    let own = "2026-11-21 23:59:11 CST [44]: [1-1] user=wang,db=hr,app=psql,client=192.0.2.7 LOG:  statement: SELECT 1\n";
    let pairs = "2026-11-21 23:59:11 user=wang action=export rows=1\n";
    let sniffed = |head: &str| formats().name(formats().sniff(head.as_bytes())).to_owned();
    assert_eq!(sniffed(&format!("{own}{own}{pairs}")), "postgresql-stderr");
    assert_eq!(sniffed(&format!("{own}{pairs}{pairs}")), "key-value");
}

/// What keeps a site's format from being used.
fn errors(text: &str) -> Vec<String> {
    let tested = Formats::test_site(Path::new("site.toml"), text);
    tested.errors.iter().map(ToString::to_string).collect()
}

#[test]
fn the_examples_of_the_documentation_are_formats() {
    let readme = include_str!("../../patterns/formats/README.md");
    let examples: Vec<&str> =
        readme.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(examples.len(), 3);
    assert_eq!(errors(examples[0]), Vec::<String>::new());
    assert_eq!(errors(examples[2]), Vec::<String>::new());
    assert_eq!(errors(examples[1]), ["site.toml:2: 0 samples: a format is proved by 3 at least"]);
}

#[test]
fn columns_that_cannot_be_told_apart_and_names_that_are_none_are_faults() {
    let site = |columns: &str, time: &str| {
        let sample =
            "[[sample]]\nline = '2026-11-21 00:00:00Z,a'\nexpect = { time = '2026-11-21T00:00:00Z' }\n";
        format!(
            "[format]\nname = 'site'\nfamily = 'web'\nframing = 'csv'\nreference = 'x'\ncolumns = {columns}\n\
             [[rule]]\nkeys = {{ time = '{time}' }}\n{}",
            sample.repeat(3)
        )
    };
    assert_eq!(errors(&site("['t', 'a']", "t")), Vec::<String>::new());
    assert_eq!(errors(&site("[['t', 'a'], ['t', 'a', 'b']]", "b|t")), Vec::<String>::new());
    assert_eq!(errors(&site("['t', 'a']", "t|c")), ["site.toml:7: no column `c`: `columns` has t, a"]);
    assert!(errors(&site("[['t', 'a'], ['a', 't']]", "t"))[0].contains("equally long"));
    assert!(errors(&site("[]", "t"))[0].contains("two at least"));
}
