use super::{at, check_pieces, defaults, formats, told};
use crate::format::{Defaults, Format};
use crate::moment::{Quality, Tz};

/// `(host, time, quality, message)` of a line of an unknown program.
fn check(line: &str, host: &str, time: &str, quality: Quality, message: &str) {
    let parsed = formats().parse(Format::Syslog, line.as_bytes(), &defaults()).expect(line);
    assert_eq!(told(&parsed), format!("content line=?sender:{message}"), "{line}");
    assert_eq!((parsed.host, parsed.time.us, parsed.time.quality), (host, at(time), quality), "{line}");
    assert_eq!(parsed.format.as_str(), "syslog");
    check_pieces(line.as_bytes(), Format::Syslog, &parsed);
}

#[test]
fn a_prefix_may_have_three_shapes() {
    let (exact, year) = (Quality::Exact, Quality::YearAssumed);
    check("Nov  1 08:00:00 vm sshd[1]: hi", "vm", "2026-11-01T00:00:00Z", year, "hi");
    check("<38>Nov  1 08:00:00 vm su: hi: x\r", "vm", "2026-11-01T00:00:00Z", year, "hi: x");
    check(
        "Dec 31 08:00:00 vm last message repeated",
        "vm",
        "2025-12-31T00:00:00Z",
        year,
        "last message repeated",
    );
    check("2026-11-21T01:02:03.5+08:00 a.b-c k: hi", "a.b-c", "2026-11-20T17:02:03.5Z", exact, "hi");
    check("2026-11-21T01:02:03Z 192.0.2.1 k[2]:   hi", "192.0.2.1", "2026-11-21T01:02:03Z", exact, "hi");
    check("<14>1 2026-11-21T01:02:03.000004Z - app - - - hi", "", "2026-11-21T01:02:03.000004Z", exact, "hi");
    check("<14>1 - h app - - -", "h", "2026-11-22T00:00:00Z", Quality::Absent, "");
    check(
        "<14>1 2026-11-21T01:02:03Z h app - - [a b=\"]\\\"\"] hi",
        "h",
        "2026-11-21T01:02:03Z",
        exact,
        "hi",
    );
    check("<14>1 2026-11-21T01:02:03Z h app - - [a b=\"hi", "h", "2026-11-21T01:02:03Z", exact, "[a b=\"hi");
}

#[test]
fn a_host_that_is_no_host_name_is_left_out() {
    check("Nov 21 23:59:59 王小明 su: hi", "", "2026-11-21T15:59:59Z", Quality::YearAssumed, "hi");
    let long = format!("Nov 21 23:59:59 {} su: hi", "h".repeat(65));
    check(&long, "", "2026-11-21T15:59:59Z", Quality::YearAssumed, "hi");
}

#[test]
fn a_day_that_the_calendar_lacks_costs_the_time_and_not_the_line() {
    check("2026-02-30T00:00:00Z h k: hi", "h", "2026-11-22T00:00:00Z", Quality::Absent, "hi");
    assert_eq!(formats().time(Format::Syslog, b"2026-02-30T00:00:00Z h k: hi", None, &defaults()), None);
    check("2016-12-31T23:59:60Z h k: hi", "h", "2016-12-31T23:59:59Z", Quality::Exact, "hi");
}

#[test]
fn what_only_resembles_a_prefix_is_none() {
    for line in ["", "Nov", "Nov 32 00:00:00 h k: x", "Now 21 00:00:00 h k: x", "Nov 21 00:00:00", "<14>1 x"]
    {
        assert!(formats().parse(Format::Syslog, line.as_bytes(), &defaults()).is_none(), "{line}");
    }
    assert!(
        formats().parse(Format::Syslog, b"2026-11-21T01:02:03Z A123456789 exported", &defaults()).is_none()
    );
}

#[test]
fn a_plain_line_is_content_as_a_whole() {
    let taipei = Defaults { zone: Tz::Asia__Taipei, ..defaults() };
    let check = |line: &str, time: &str, quality: Quality, id: &str| {
        let parsed = formats().parse(Format::Plain, line.as_bytes(), &taipei).expect("every line is plain");
        assert_eq!(told(&parsed), format!("content line=?sender:{line}"));
        assert_eq!((parsed.host, parsed.time.us, parsed.time.quality), ("", at(time), quality), "{line}");
        assert_eq!(parsed.format.as_str(), id);
        check_pieces(line.as_bytes(), Format::Plain, &parsed);
    };
    check("2026-11-21 08:00:00,5 hi", "2026-11-21T00:00:00.5Z", Quality::ZoneAssumed, "plain");
    check("2026-11-21T08:00:00+09:00 hi", "2026-11-20T23:00:00Z", Quality::Exact, "plain");
    check("Nov 21 08:00:00 A123456789 su: hi", "2026-11-21T00:00:00Z", Quality::YearAssumed, "syslog");
    check("匯出 A123456789", "2026-11-22T00:00:00Z", Quality::Absent, "plain");
    check("", "2026-11-22T00:00:00Z", Quality::Absent, "plain");
    assert_eq!(formats().time(Format::Plain, b"hi", None, &taipei), None);
}
