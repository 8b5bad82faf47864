//! The ids of machines: logs full of them hold nobody, and hide nobody either.

use std::fmt::Write;

use super::Scanner;
use crate::detect::{Depth, Engine};
use crate::format::Format;
use crate::kind::{Kind, Verdict};
use crate::line::{Block, Origin, SourceId};
use crate::mask::Keys;
use crate::moment::Tz;
use crate::scan::Found;

const MESSAGES: usize = 20_000;
const LIKE_IDS: usize = 200;
const LIKE_MOBILES: usize = 100;
const REAL: usize = 50;

fn scanner() -> Scanner {
    Scanner::new(Engine::shipped().unwrap(), Keys::new(&[7; 32]), Tz::Asia__Taipei)
}

fn found(scanner: &Scanner, format: Format, text: &[u8]) -> Vec<Found> {
    let origin = Origin { source: SourceId::new("a.log"), path: "a.log".into(), modified: 0 };
    scanner.findings(format, &Block::new(text, &origin, 0, 1), Depth::Rejected).0
}

fn likely(found: &[Found], kind: Kind) -> usize {
    found.iter().filter(|found| found.kind == kind && found.verdict == Verdict::Likely).count()
}

/// The n-th hexadecimal id that is an identity number too.
fn like_id(n: usize) -> String {
    let (letter, code) = [('A', 10), ('B', 11), ('C', 12), ('D', 13), ('E', 14), ('F', 15)][n % 6];
    let digits = format!("{}{:07}", 1 + n % 2, n * 7919 % 10_000_000);
    let weighted = digits.bytes().zip((1..=8).rev()).map(|(digit, weight)| u32::from(digit - b'0') * weight);
    let sum: u32 = code / 10 + code % 10 * 9 + weighted.sum::<u32>();
    format!("{letter}{digits}{}", (10 - sum % 10) % 10)
}

/// Queue id of the n-th message: most as Postfix makes them, some like identity numbers, some like mobiles.
fn queue_id(n: usize) -> String {
    match n % 64 {
        3 if n / 64 < LIKE_IDS => like_id(n),
        7 if n / 64 < LIKE_MOBILES => format!("09{:08}", n * 7919 % 100_000_000),
        _ => format!("{:05X}{:05X}", n * 48_271 % 0xF_FFFF, n),
    }
}

/// A log with a real number, behind its word, in one of so many subjects.
fn mail_log() -> String {
    let mut log = String::new();
    for n in 0..MESSAGES {
        let (id, next) = (queue_id(n), queue_id((n + 1) % MESSAGES));
        let subject = match (n % 400, n / 400) {
            (11, real) if real % 2 == 0 => format!("roster, ID no. {}", like_id(900_000 + n)),
            (11, _) => format!("call mobile 09{:08}", 10_000_000 + n),
            _ => format!("meeting {n}"),
        };
        let head = format!("Nov 22 {:02}:{:02}:{:02} mx1 postfix", n / 3600 % 24, n / 60 % 60, n % 60);
        let size = 10_000_000 + n * 977;
        write!(
            log,
            "{head}/smtpd[{n}]: {id}: client=pc[10.1.2.3], sasl_method=PLAIN, sasl_username=u{n}@agency.gov.tw\n\
             {head}/cleanup[7]: {id}: message-id=<{id}.{n}@mx1.agency.gov.tw>\n\
             {head}/cleanup[7]: {id}: info: header Subject: {subject} from pc[10.1.2.3]; from=<u@agency.gov.tw> \
             to=<o@example.com> proto=ESMTP helo=<pc>\n\
             {head}/qmgr[9]: {id}: from=<u@agency.gov.tw>, size={size}, nrcpt=1 (queue active)\n\
             {head}/smtp[8]: {id}: to=<o@example.com>, relay=mx[192.0.2.25]:25, delay=0.1, dsn=2.0.0, \
             status=sent (250 2.0.0 Ok: queued as {next})\n\
             {head}/qmgr[9]: {id}: removed\n"
        )
        .unwrap();
    }
    log
}

#[test]
fn a_mail_log_full_of_ids_like_people_holds_only_those_of_its_subjects() {
    let log = mail_log();
    let scanner = scanner();
    let plain = Engine::shipped().unwrap();
    let are_likely = |kind: Kind| {
        let is = |id: &String| {
            let keyword = if kind == Kind::TwMobile { "mobile" } else { "ID no." };
            let text = format!("{keyword} {id}");
            let found = plain.find(&text, crate::detect::FieldContext::default());
            found.iter().any(|found| found.kind() == kind && found.verdict == Verdict::Likely)
        };
        (0..MESSAGES).map(queue_id).filter(is).count()
    };
    assert!(are_likely(Kind::TwNationalId) >= LIKE_IDS, "the planted ids are none");
    assert!(are_likely(Kind::TwMobile) >= LIKE_MOBILES, "the planted ids are no mobiles");
    // As Postfix's own format and as lines of unknown meaning.
    for format in [Format::Syslog, Format::Plain] {
        let found = found(&scanner, format, log.as_bytes());
        let (ids, mobiles) = (likely(&found, Kind::TwNationalId), likely(&found, Kind::TwMobile));
        assert_eq!((ids, mobiles), (REAL / 2, REAL / 2), "{format:?}");
        let all = found.iter().filter(|found| found.verdict == Verdict::Likely).count();
        assert_eq!(all, REAL, "{format:?}");
        let possible: Vec<_> = found.iter().filter(|found| found.verdict == Verdict::Possible).collect();
        assert!(possible.is_empty(), "{format:?}: {:?}", possible.first());
    }
}

/// Public logs of other programs, in a folder that `BREACHD_SAMPLES` tells.
#[test]
#[ignore = "needs logs of other servers: BREACHD_SAMPLES=FOLDER"]
fn public_logs_hold_nobody() {
    let root = std::env::var_os("BREACHD_SAMPLES").expect("a folder of logs in BREACHD_SAMPLES");
    let mut folders = vec![std::path::PathBuf::from(root)];
    let scanner = scanner();
    let (mut lines, mut faults) = (0, Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            if !path.components().any(|part| part.as_os_str() == "third-party") {
                continue;
            }
            let Ok(bytes) = std::fs::read(&path) else { continue };
            lines += bytes.split(|&byte| byte == b'\n').count();
            for format in [scanner.formats().sniff(&bytes), Format::Plain] {
                let found = found(&scanner, format, &bytes);
                let counted = found.iter().filter(|found| found.verdict == Verdict::Likely);
                faults.extend(counted.map(|found| {
                    format!(
                        "{}:{}: {} {} ({})",
                        path.display(),
                        found.line,
                        found.kind.id(),
                        found.masked,
                        found.why
                    )
                }));
            }
        }
    }
    assert!(lines > 0, "no log of another server in BREACHD_SAMPLES");
    assert!(faults.is_empty(), "{lines} lines: {}", faults.join("\n"));
}
