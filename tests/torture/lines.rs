//! What stands in the lines, a second of log time apart.

use crate::support::national_id;

/// Microseconds of 2026-11-17T00:00:00Z: line 0.
pub const START: i64 = 1_794_873_600_000_000;

/// The line of a time.
pub fn line_at(us: i64) -> usize {
    ((us - START) / 1_000_000) as usize
}

fn clock(line: usize) -> String {
    format!("{:02}:{:02}:{:02}", line / 3600, line / 60 % 60, line % 60)
}

/// A download of its own person.
pub fn download(line: usize) -> String {
    let (clock, name, pad) = (clock(line), national_id(line), "x".repeat(line * 7 % 23));
    let user = line % 3;
    format!(
        "203.0.113.9 - user{user} [17/Nov/2026:{clock} +0000] \"GET /{pad}?id={name} HTTP/1.1\" 200 512 \"-\" \"curl/8\"\n"
    )
}

/// Lines of a message.
pub const STAGES: usize = 4;
/// Messages under way at one time.
const TOGETHER: usize = 3;
/// The line of a message with its person.
pub const SUBJECT: usize = 1;
/// The line that says that its recipient has it.
pub const SENT: usize = 2;

/// The message of a line, and which of its lines it is.
pub fn message_of(line: usize) -> (usize, usize) {
    let round = TOGETHER * STAGES;
    (line / round * TOGETHER + line % TOGETHER, line % round / TOGETHER)
}

/// A line of a message with a person in its Subject, sent to somebody outside.
pub fn mail(line: usize) -> String {
    let (message, stage) = message_of(line);
    let (clock, user, pad) = (clock(line), message % 3, "x".repeat(line * 7 % 23));
    let said = match stage {
        0 => format!(
            "smtpd[1]: 4{message:05X}: client=pc{pad}[10.1.2.3], sasl_method=PLAIN, sasl_username=u{user}@agency.gov.tw"
        ),
        SUBJECT => format!(
            "cleanup[2]: 4{message:05X}: info: header Subject: {} {pad} from pc[10.1.2.3]; from=<u{user}@agency.gov.tw> to=<{}> proto=ESMTP helo=<pc>",
            national_id(message),
            recipient(message)
        ),
        SENT => format!(
            "smtp[3]: 4{message:05X}: to=<{}>, relay=192.0.2.25[192.0.2.25]:25, delay=0.1, dsn=2.0.0, status=sent (250 2.0.0 Ok {pad})",
            recipient(message)
        ),
        _ => format!("qmgr[4]: 4{message:05X}: removed"),
    };
    format!("2026-11-17T{clock}+00:00 mx1 postfix/{said}\n")
}

/// Who gets a message.
pub fn recipient(message: usize) -> String {
    format!("ok{message}@example.com")
}
