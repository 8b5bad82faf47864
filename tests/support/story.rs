//! Logs told in short: a line of a story is `TIME ID WHAT …`, and becomes the line that Postfix or a web server writes.
//!
//! TIME counts from Tuesday 2026-11-17T00:00:00Z, or any other start: `0`, `90s`, `16m`, `5d1h`. A line whose second
//! word is `log` is taken as it is: `5m log smtpd NOQUEUE: reject: …`.

use breachd::moment::{Tz, iso, parse_when};

/// Tuesday 2026-11-17T00:00:00Z.
pub const TUESDAY: &str = "2026-11-17T00:00:00Z";
/// Who opens a message where a story says `client` and no more.
const CLIENT: &str = "pc[10.1.2.3], sasl_method=PLAIN, sasl_username=wang@agency.gov.tw";

/// The Postfix log of a story.
pub fn postfix(start: &str, story: &str) -> String {
    let lines = story.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(|line| postfix_line(start, line)).collect()
}

fn postfix_line(start: &str, line: &str) -> String {
    let (offset, rest) = line.split_once(' ').expect("TIME ID WHAT");
    let (id, rest) = rest.split_once(' ').expect("ID WHAT");
    let (what, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let (program, text) = match what {
        _ if id == "log" => (what, rest.to_owned()),
        "client" => ("smtpd", format!("{id}: client={}", if rest.is_empty() { CLIENT } else { rest })),
        "subject" => (
            "cleanup",
            format!(
                "{id}: info: header Subject: {rest} from pc[10.1.2.3]; from=<f@x.example> to=<t@x.example> proto=ESMTP helo=<pc>"
            ),
        ),
        "to" | "cc" => ("cleanup", addressees(id, what, rest)),
        "from" => ("qmgr", format!("{id}: from=<{rest}>, size=1193, nrcpt=2 (queue active)")),
        "removed" => ("qmgr", format!("{id}: removed")),
        status => ("smtp", delivery(id, status, rest)),
    };
    format!("{} mx1 postfix/{program}[100]: {text}\n", at(start, offset))
}

/// The header as cleanup logs it: 200 bytes of it at most, its name included.
fn addressees(id: &str, what: &str, list: &str) -> String {
    let name = if what == "to" { "To" } else { "Cc" };
    let mut header = format!("{name}: {list}");
    header.truncate(header.floor_char_boundary(200));
    format!(
        "{id}: info: header {header} from pc[10.1.2.3]; from=<f@x.example> to=<t@x.example> proto=ESMTP helo=<pc>"
    )
}

/// `sent chen@example.com`, `sent chen@example.com queued as B00002`, `sent out@example.com orig_to=<in@agency.gov.tw>`.
fn delivery(id: &str, status: &str, rest: &str) -> String {
    let (to, more) = rest.split_once(' ').unwrap_or((rest, ""));
    let (original, reply) = match (more.strip_prefix("orig_to="), status) {
        (Some(original), _) => (format!(" orig_to={original},"), "250 2.0.0 Ok".to_owned()),
        (None, "sent") if !more.is_empty() => (String::new(), format!("250 2.0.0 Ok: {more}")),
        (None, "sent") => (String::new(), "250 2.0.0 Ok".to_owned()),
        _ => (String::new(), "host 192.0.2.25[192.0.2.25] said: no".to_owned()),
    };
    format!(
        "{id}: to=<{to}>,{original} relay=192.0.2.25[192.0.2.25]:25, delay=0.1, dsn=2.0.0, status={status} ({reply})"
    )
}

/// One line of an access log: `TIME CLIENT USER STATUS METHOD TARGET`, answered with 512 bytes.
pub fn access(start: &str, story: &str) -> String {
    let lines = story.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(|line| access_line(start, line)).collect()
}

fn access_line(start: &str, line: &str) -> String {
    let words: Vec<&str> = line.splitn(6, ' ').collect();
    let [offset, client, user, status, method, target] = words[..] else {
        panic!("TIME CLIENT USER STATUS METHOD TARGET: {line}")
    };
    let stamp = clf_stamp(start, offset);
    format!("{client} - {user} [{stamp}] \"{method} {target} HTTP/1.1\" {status} 512 \"-\" \"curl/8\"\n")
}

fn clf_stamp(start: &str, offset: &str) -> String {
    let text = at(start, offset);
    let month = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        [text[5..7].parse::<usize>().expect("a month") - 1];
    format!("{}/{month}/{}:{} +0000", &text[8..10], &text[..4], &text[11..19])
}

/// RFC 3339 of an offset from the start.
pub fn at(start: &str, offset: &str) -> String {
    let start = parse_when(start, Tz::UTC, 0).expect("a time");
    let (mut us, mut number) = (0, 0);
    for c in offset.chars() {
        let unit = match c {
            'd' => 86_400_000_000,
            'h' => 3_600_000_000,
            'm' => 60_000_000,
            's' => 1_000_000,
            digit => {
                number = number * 10 + i64::from(digit.to_digit(10).expect("a digit or a unit"));
                continue;
            }
        };
        us += std::mem::take(&mut number) * unit;
    }
    iso(start + us)
}
