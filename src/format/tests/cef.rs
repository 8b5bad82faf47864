//! Events of CEF and LEEF alone and among other lines of syslog, by the format of a site and by the standards' keys.

use std::path::Path;
use std::sync::OnceLock;

use super::{defaults, told};
use crate::format::{Format, Formats};

const EVENT: &str = "CEF:0|Example|Edge|5.2|mail|Mail processed|3|rt=1795305138125 suser=wang@agency.gov.tw \
                     duser=a@example.com cs1=名冊 cs1Label=Subject act=delivered";
const OWN: &str =
    "content actor=envelope:wang@agency.gov.tw object=名冊 subject=sender:名冊 outcome=sent to=a@example.com";

/// The formats of the program, and the gateway of the documentation.
fn formats() -> &'static Formats {
    static FORMATS: OnceLock<Formats> = OnceLock::new();
    FORMATS.get_or_init(|| {
        let readme = include_str!("../../../patterns/formats/README.md");
        let example = readme.split("```toml\n").skip(1).find(|text| text.contains("edge-gateway"));
        let example = example.and_then(|text| text.split("```").next()).expect("an example");
        Formats::with_site(&[(Path::new("edge.toml"), example)]).expect("a format")
    })
}

fn read(format: Format, line: &str) -> Option<(String, String, String)> {
    let formats = formats();
    let parsed = formats.parse(format, line.as_bytes(), &defaults())?;
    assert_eq!(formats.thread_name(format, line.as_bytes(), None), parsed.name);
    assert_eq!(formats.time(format, line.as_bytes(), None, &defaults()), Some(parsed.time), "{line}");
    for field in &parsed.fields {
        assert_eq!(&line.as_bytes()[field.span.clone()], field.raw.bytes());
    }
    Some((told(&parsed), parsed.host.to_owned(), parsed.time.iso()))
}

#[test]
fn an_event_is_read_behind_every_prefix_of_syslog() {
    let own = formats().by_name("edge-gateway").expect("a format");
    for (prefix, host) in [
        ("Nov 21 23:51:09 edge1 ", "edge1"),
        ("<134>Nov 21 23:51:09 edge1 ", "edge1"),
        ("Nov 21 23:51:09 ", ""),
        ("Nov 21 23:51:09 edge1 gateway[7]: ", "edge1"),
        ("2026-11-21T23:51:09.5+08:00 edge1 ", "edge1"),
        ("2026-11-21T23:51:09Z edge1 gateway: ", "edge1"),
        ("<134>1 2026-11-21T23:51:09Z edge1 gateway - - - ", "edge1"),
        ("<134>1 2026-11-21T23:51:09Z edge1 gateway - - [a b=\"c\"] \u{feff}", "edge1"),
    ] {
        let line = format!("{prefix}{EVENT}\r");
        let expected = (OWN.to_owned(), host.to_owned(), "2026-11-21T23:52:18.125000Z".to_owned());
        for format in [Format::Syslog, own] {
            assert_eq!(read(format, &line), Some(expected.clone()), "{line}");
        }
        // An event without a time, or with one that is none, happened when it was logged.
        for untimed in [line.replace("rt=1795305138125", "rt="), line.replace("rt=1795305138125", "rt=soon")]
        {
            let (told, _, time) = read(Format::Syslog, &untimed).expect("a line");
            assert_eq!(told, OWN);
            assert!(time.contains("T15:51:09") || time.contains("T23:51:09"), "{time}");
        }
    }
    assert_eq!(read(own, EVENT).expect("a line").0, OWN);
}

#[test]
fn events_of_other_products_are_read_by_the_keys_of_the_standard() {
    let formats = formats();
    let other = EVENT.replace("Edge|5.2|mail", "DLP|1|copy").replace("act=delivered", "outcome=success");
    let expected = "content actor=authenticated:wang@agency.gov.tw object=Mail processed line=?anybody:a@example.com \
                    line=?anybody:名冊 message=sender:Mail processed outcome=done";
    let said = |format, line: &str| read(format, line).map(|(told, ..)| told);
    let prefixed = format!("Nov 21 23:51:09 dlp1 {other}");
    assert_eq!(
        said(Format::Syslog, &prefixed).map(|told| told.to_lowercase()),
        Some(expected.to_lowercase())
    );
    let generic = formats.by_name("cef").expect("a format");
    assert_eq!(said(generic, &other).as_deref(), Some(expected));
    // What reads any product's gives way to the format of the product.
    assert_eq!(said(generic, EVENT).as_deref(), Some(OWN));
    let own = formats.by_name("edge-gateway").expect("a format");
    assert_eq!(said(own, &prefixed), None);
    assert_eq!(said(own, "Nov 21 23:51:09 edge1 su: hi"), None);
}

#[test]
fn a_file_is_what_most_of_its_lines_are() {
    let formats = formats();
    let name = |head: &str| formats.name(formats.sniff(head.as_bytes())).to_owned();
    let other = EVENT.replace("Edge|5.2|mail", "DLP|1|copy");
    let su = "Nov 21 23:51:09 mail su: hi\n";
    assert_eq!(name(&format!("{EVENT}\n{EVENT}\n")), "edge-gateway");
    assert_eq!(name(&format!("{other}\n{other}\n{EVENT}\n")), "cef");
    assert_eq!(name(&format!("Nov 21 23:51:09 h {EVENT}\nNov 21 23:51:09 h {other}\n{su}")), "syslog");
    assert_eq!(name("LEEF:1.0|a|b|c|d|usrName=x\tmsg=y\n"), "leef");
}

#[test]
fn a_cut_event_is_read_as_far_as_it_goes_and_a_cut_header_is_content() {
    let line = format!("Nov 21 23:51:09 dlp1 {}", EVENT.replace("Edge|5.2|mail", "DLP|1|copy"));
    let header = line.find("3|rt").expect("the severity");
    for end in (0..=line.len()).filter(|end| line.is_char_boundary(*end)) {
        let parsed =
            formats().parse(Format::Syslog, &line.as_bytes()[..end], &defaults()).map(|parsed| told(&parsed));
        let is_event = parsed.as_ref().is_some_and(|told| told.contains("message=sender:Mail processed"));
        assert_eq!(is_event, end >= header, "{}: {parsed:?}", &line[..end]);
        if end > "Nov 21 23:51:09 dlp1 ".len() && end < header {
            assert!(parsed.expect("a line of syslog").contains("line=?sender:"), "{}", &line[..end]);
        }
    }
    let nasty = r"CEF:0|E\|x|D\\|1|c|n\|ame|3|msg=a\\ fname=b\=c d\|e.csv request=https://h/?x=1&y=2 cs1Label=cs1Label=x";
    let (told, ..) = read(formats().by_name("cef").expect("a format"), nasty).expect("a line");
    assert!(told.contains(r"path=sender:b\=c d\|e.csv query=sender:https://h/?x=1&y=2"), "{told}");
    assert!(told.contains(r"message=sender:a\\ "), "{told}");
}
