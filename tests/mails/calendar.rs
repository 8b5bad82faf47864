//! The deadline for a calendar.

use breachd::alert::Letter;
use breachd::report::{Entry, ics};

const HOUR: i64 = 3_600_000_000;

fn entry(now: i64) -> Entry<'static> {
    Entry { case: "BD-2026-000017", domain: "agency.gov.tw", revision: 2, now, is_minimal: false }
}

#[test]
fn the_next_deadline_is_an_event_with_an_alarm_and_moves_with_the_case() {
    let letter = Letter::sample();
    let file =
        |entry: &Entry<'_>| ics(&letter.draft, entry).map(|bytes| String::from_utf8(bytes).expect("UTF-8"));
    let first = file(&entry(letter.now)).expect("a deadline");
    for line in [
        "BEGIN:VEVENT",
        "UID:BD-2026-000017@agency.gov.tw",
        "SEQUENCE:2",
        "DTSTART:20261121T031800Z",
        "METHOD:PUBLISH",
        "ACTION:DISPLAY",
        "TRIGGER:-PT59M",
    ] {
        assert!(first.split("\r\n").any(|has| has == line), "{line} in {first}");
    }
    let later = file(&entry(letter.now + 3 * HOUR)).expect("another");
    assert!(later.contains("DTSTART:20261124T011800Z") && later.contains("TRIGGER:-PT1440M"), "{later}");
    assert_eq!(file(&entry(letter.now + 96 * HOUR)), None, "all are over");
    let minimal = file(&Entry { is_minimal: true, ..entry(letter.now) }).expect("a deadline");
    assert!(!minimal.contains("IMS-P-025"));
}
