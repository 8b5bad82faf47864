//! The mails as they leave: golden ones of every kind (tests/mails, rewritten with `BREACHD_BLESS=1`), hostile values, the
//! largest case, and the programs that read them: Python's `email`, `icalendar`, a text browser, and a browser.

#![allow(clippy::print_stdout, reason = "a test says its figures")]

mod support;

#[path = "mails/browser.rs"]
mod browser;
#[path = "mails/calendar.rs"]
mod calendar;
#[path = "mails/golden.rs"]
mod golden;
#[path = "mails/hostile.rs"]
mod hostile;
#[path = "mails/rules.rs"]
mod rules;

use breachd::alert::{Attachment, Letter, Templates, compose};
use breachd::report::{Entry, ics};

/// The mail of a letter with what goes with it.
fn composed(letter: &Letter) -> String {
    let entry = Entry {
        case: &letter.case,
        domain: &letter.domain,
        revision: letter.revision,
        now: letter.now,
        is_minimal: letter.is_minimal,
    };
    let file = |bytes| Attachment {
        name: format!("{}.ics", letter.case),
        title: "期限提醒".to_owned(),
        mime: "text/calendar; charset=utf-8; method=PUBLISH".to_owned(),
        bytes,
    };
    let files = ics(&letter.draft, &entry).map(file).into_iter().collect();
    let mail = compose(letter, &Templates::default(), files).expect("composes");
    assert!(mail.is_ascii());
    String::from_utf8(mail).expect("ASCII")
}

/// Everything before the body.
fn header(mail: &str) -> &str {
    mail.split_once("\r\n\r\n").expect("has a body").0
}

/// Names of the header fields, folded lines left out.
fn fields(mail: &str) -> Vec<&str> {
    let lines = header(mail).split("\r\n").filter(|line| !line.starts_with([' ', '\t']));
    lines.map(|line| line.split(':').next().unwrap_or_default()).collect()
}

/// The decoded base64 parts, in their order.
fn parts(mail: &str) -> Vec<String> {
    let marks = mail.match_indices("Content-Transfer-Encoding: base64");
    let decode = |at: usize| {
        let body = mail[at..].split_once("\r\n\r\n").expect("a part has a body").1;
        let coded: String = body.split("\r\n--").next().unwrap_or_default().split("\r\n").collect();
        let bytes = data_encoding::BASE64.decode(coded.as_bytes()).expect("base64");
        String::from_utf8(bytes).expect("text")
    };
    marks.map(|(at, _)| decode(at)).collect()
}
