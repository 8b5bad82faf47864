//! A Postfix log as `smtpd`, `cleanup`, `qmgr` and `smtp` write it: messages interleaved, each with its own life.

use super::{Random, national_id};

/// One line and what it belongs to.
#[derive(Clone, Debug)]
pub struct Line {
    pub message: usize,
    pub stage: Stage,
    pub text: String,
}

/// Where a line stands in the life of its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    Client,
    MessageId,
    Subject,
    Queued,
    Status,
    Removed,
}

/// What a log holds.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Messages.
    pub messages: usize,
    /// How many are under way at one time.
    pub concurrent: usize,
    /// One of how many holds personal data.
    pub every: usize,
    /// Senders, by turns.
    pub actors: usize,
}

/// Microseconds of 2026-11-17T00:00:00Z, a Tuesday.
const START: i64 = 1_794_873_600_000_000;

/// Writes a log: RFC 3339 stamps a few milliseconds apart, every message with two recipients, of which one may bounce
/// or be deferred first.
pub fn log(shape: Shape, random: &mut Random) -> Vec<Line> {
    let mut waiting: Vec<Vec<Line>> = (0..shape.messages).rev().map(|n| message(n, shape, random)).collect();
    let mut under_way: Vec<std::collections::VecDeque<Line>> = Vec::new();
    let mut lines = Vec::new();
    let mut now = START;
    while !waiting.is_empty() || !under_way.is_empty() {
        while under_way.len() < shape.concurrent.max(1) {
            let Some(next) = waiting.pop() else { break };
            under_way.push(next.into());
        }
        let at = random.below(under_way.len());
        let mut line = under_way[at].pop_front().expect("empty ones are taken out");
        now += 1000 + random.below(40_000) as i64;
        line.text = format!("{} {}\n", stamp(now), line.text);
        lines.push(line);
        if under_way[at].is_empty() {
            under_way.swap_remove(at);
        }
    }
    lines
}

fn message(n: usize, shape: Shape, random: &mut Random) -> Vec<Line> {
    let id = format!("{:05X}{:06X}", random.below(0xFFFFF), n);
    let actor = format!("user{:02}@agency.gov.tw", n % shape.actors.max(1));
    let subject = if n.is_multiple_of(shape.every.max(1)) {
        format!("名冊 {} 身分證字號", national_id(n))
    } else {
        format!("Re: meeting {n}")
    };
    let (ok, other) = (format!("ok{n}@example.com"), format!("other{n}@example.net"));
    let line = |stage, program: &str, text: String| Line {
        message: n,
        stage,
        text: format!("mx1 postfix/{program}[{}]: {id}: {text}", 1000 + n % 50),
    };
    let sent = |to: &str| {
        format!(
            "to=<{to}>, relay=192.0.2.25[192.0.2.25]:25, delay=0.1, dsn=2.0.0, status=sent (250 2.0.0 Ok)"
        )
    };
    let deferred = format!(
        "to=<{other}>, relay=none, delay=1, dsn=4.4.1, status=deferred (connect to example.net: Connection refused)"
    );
    let bounced = format!(
        "to=<{other}>, relay=192.0.2.26[192.0.2.26]:25, delay=2, dsn=5.1.1, status=bounced (host 192.0.2.26 said: 550 5.1.1 User unknown)"
    );
    let mut lines = vec![
        line(
            Stage::Client,
            "smtpd",
            format!("client=pc[10.1.2.3], sasl_method=PLAIN, sasl_username={actor}"),
        ),
        line(Stage::MessageId, "cleanup", format!("message-id=<{n}@pc>")),
        line(
            Stage::Subject,
            "cleanup",
            format!(
                "info: header Subject: {subject} from pc[10.1.2.3]; from=<{actor}> to=<{other}> proto=ESMTP helo=<pc>"
            ),
        ),
        line(Stage::Queued, "qmgr", format!("from=<{actor}>, size=1193, nrcpt=2 (queue active)")),
        line(Stage::Status, "smtp", sent(&ok)),
    ];
    match random.below(3) {
        0 => lines.push(line(Stage::Status, "smtp", sent(&other))),
        1 => lines.push(line(Stage::Status, "smtp", bounced)),
        _ => {
            lines.push(line(Stage::Status, "smtp", deferred));
            lines.push(line(Stage::Status, "smtp", sent(&other)));
        }
    }
    lines.push(line(Stage::Removed, "qmgr", "removed".to_owned()));
    lines
}

fn stamp(us: i64) -> String {
    breachd::moment::iso_local(us, breachd::moment::Tz::UTC)
        .replace("+00:00", &format!(".{:06}+00:00", us % 1_000_000))
}
