//! The next deadline of a case for a calendar (RFC 5545).
//!
//! One VEVENT with an alarm, no VTODO: Outlook shows no VTODO that comes by mail, and takes an alarm with a TRIGGER for its own
//! reminder (MS-STANOICAL 2.2.48). UID is that of the case and SEQUENCE the revision of the letter, so that a later file
//! moves the entry. PUBLISH asks nobody for an answer.

use crate::incident::Draft;
use crate::moment::{DAY, MINUTE, utc_compact};

/// Octets of a line before it is folded (RFC 5545 3.1).
const LINE_BYTES_MAX: usize = 75;
/// Characters of one text, so that the file stays small whatever a policy says.
const TEXT_CHARS_MAX: usize = 300;

/// What an entry is made of beside the draft.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'e> {
    /// The case.
    pub case: &'e str,
    /// Right-hand side of the UID.
    pub domain: &'e str,
    /// The letter's revision.
    pub revision: u32,
    /// When the letter was made, microseconds since the epoch.
    pub now: i64,
    /// Whether nothing but case and deadline is told.
    pub is_minimal: bool,
}

/// The calendar file; none where no deadline lies ahead.
pub fn ics(draft: &Draft, entry: &Entry<'_>) -> Option<Vec<u8>> {
    let ahead = draft.duties.iter().filter(|duty| duty.due.is_some_and(|due| due.0 > entry.now));
    let duty = ahead.min_by_key(|duty| duty.due)?;
    let due = duty.due?.0;
    // Half of what is left, a day at most: early enough to act, late enough to be heeded.
    let before = ((due - entry.now) / 2).min(DAY) / MINUTE;
    let what = match &*duty.what {
        "handle" => "內部處理",
        "close" => "結案",
        "authority" => "書面通報主管機關",
        "data-subjects" => "通知當事人",
        _ => "其他期限",
    };
    let mut lines = vec![
        "BEGIN:VCALENDAR".to_owned(),
        "VERSION:2.0".to_owned(),
        "PRODID:-//breachd//breachd//ZH-TW".to_owned(),
        "CALSCALE:GREGORIAN".to_owned(),
        "METHOD:PUBLISH".to_owned(),
        "BEGIN:VEVENT".to_owned(),
        format!("UID:{}@{}", entry.case, entry.domain),
        format!("SEQUENCE:{}", entry.revision),
        format!("DTSTAMP:{}", utc_compact(entry.now)),
        format!("DTSTART:{}", utc_compact(due)),
        format!("SUMMARY:{}", text(&format!("期限：{what}（{}，草稿）", entry.case))),
    ];
    if !entry.is_minimal {
        let words = format!(
            "{}（{}，{}）\nbreachd incident show {}",
            duty.text, duty.policy, duty.clause, entry.case
        );
        lines.push(format!("DESCRIPTION:{}", text(&words)));
    }
    let rest = [
        "PRIORITY:1".to_owned(),
        "TRANSP:TRANSPARENT".to_owned(),
        "BEGIN:VALARM".to_owned(),
        "ACTION:DISPLAY".to_owned(),
        format!("TRIGGER:-PT{before}M"),
        format!("DESCRIPTION:{}", text(&format!("期限將屆：{what}（{}）", entry.case))),
        "END:VALARM".to_owned(),
        "END:VEVENT".to_owned(),
        "END:VCALENDAR".to_owned(),
    ];
    lines.extend(rest);
    Some(lines.iter().flat_map(|line| folded(line).into_bytes()).collect())
}

/// A value of type TEXT (RFC 5545 3.3.11), without control characters.
fn text(value: &str) -> String {
    let mut out = String::new();
    for char in value.chars().take(TEXT_CHARS_MAX) {
        match char {
            '\n' => out.push_str("\\n"),
            '\\' | ';' | ',' => out.extend(['\\', char]),
            char if char.is_control() => {}
            char => out.push(char),
        }
    }
    out
}

/// The line and its end, folded so that no line is longer than 75 octets and no character is torn.
fn folded(line: &str) -> String {
    let mut out = String::with_capacity(line.len() + 8);
    let mut octets = 0;
    for char in line.chars() {
        if octets + char.len_utf8() > LINE_BYTES_MAX {
            out.push_str("\r\n ");
            octets = 1;
        }
        out.push(char);
        octets += char.len_utf8();
    }
    out + "\r\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_leaves_its_line_and_no_line_is_longer_than_75_octets() {
        let evil = "a;b,c\\d\r\nEND:VALARM\u{0}".to_owned() + &"長".repeat(400);
        assert!(text(&evil).starts_with("a\\;b\\,c\\\\d\\nEND:VALARM長"), "{}", text(&evil));
        let folded = folded(&format!("DESCRIPTION:{}", text(&evil)));
        let lines: Vec<&str> = folded.split("\r\n").collect();
        assert!(
            lines.iter().all(|line| line.len() <= LINE_BYTES_MAX && !line.contains(['\r', '\n'])),
            "{lines:?}"
        );
        assert_eq!(lines[1..lines.len() - 1].iter().filter(|line| !line.starts_with(' ')).count(), 0);
        assert_eq!(folded.replace("\r\n ", ""), format!("DESCRIPTION:{}\r\n", text(&evil)));
    }
}
