//! Which lines with To and Cc are followed, and what is kept of them.

use std::path::Path;
use std::sync::OnceLock;

use super::{Said, Scanner};
use crate::batch::Body;
use crate::detect::Engine;
use crate::format::Format;
use crate::line::{Block, Origin, SourceId};
use crate::mask::Keys;
use crate::moment::{Day, Tz};
use crate::record::Record;

/// A scanner to which messages may show four outside addresses.
fn scanner() -> &'static Scanner {
    static SCANNER: OnceLock<Scanner> = OnceLock::new();
    SCANNER.get_or_init(|| with(4))
}

fn with(allowed: u64) -> Scanner {
    let scanner = Scanner::new(Engine::shipped().unwrap(), Keys::new(&[7; 32]), Tz::Asia__Taipei);
    scanner.with_addressees(allowed)
}

fn line(header: &str) -> String {
    format!(
        "Nov 22 07:51:09 mail postfix/cleanup[1]: 6DE0252E68F: info: header {header} from h[192.0.2.1]; \
         from=<s@a.tw> to=<last@x.tw> proto=ESMTP helo=<pc>\n"
    )
}

fn ask(scanner: &Scanner, text: &str, threads: bool) -> Said {
    let origin = Origin { source: SourceId::new("mail.log"), path: "mail.log".into(), modified: 0 };
    let block = Block::new(text.as_bytes(), &origin, 0, 1);
    if threads {
        scanner.of_threads(Format::Syslog, &block, &|_| true)
    } else {
        scanner.hits(Format::Syslog, &block)
    }
}

fn records(said: &Said) -> Vec<&Record> {
    let record = |fact: &'_ crate::batch::Fact| matches!(fact.body, Body::Hit(_));
    let hits = said.facts.iter().filter(|fact| record(fact));
    hits.map(|fact| if let Body::Hit(record) = &fact.body { record } else { unreachable!() }).collect()
}

#[test]
fn a_line_with_more_than_half_of_the_addresses_that_are_allowed_is_followed() {
    let check = |header: &str, followed: bool| {
        let said = ask(scanner(), &line(header), false);
        assert_eq!(!said.threads.is_empty(), followed, "{header}");
        assert_eq!(!said.facts.is_empty(), followed, "{header}");
    };
    check("To: a@x.tw, b@x.tw", false);
    check("To: A <a@x.tw>, B <b@x.tw>, C <c@x.tw>", true);
    check("Cc: <a@x.tw>, <b@x.tw>, <c@x.tw>", true);
    check("To: undisclosed-recipients:;", false);
    let name = "=?UTF-8?B?5biC5rCR?= ".repeat(10);
    check(&format!("To: <a@x.tw>, {name}"), true);
    check(&format!("To: {name}"), false);
    check("Reply-To: a@x.tw, b@x.tw, c@x.tw", false);
    assert!(ask(&with(0), &line("To: a@x.tw, b@x.tw, c@x.tw"), false).threads.is_empty());
}

#[test]
fn an_address_is_kept_as_a_key_and_a_mask_and_nothing_of_what_stands_beside_it() {
    let id = "A123456789";
    let header = format!(
        "To: \"王小明 lee.yy@x.tw, {id}\" <Wang.XM@X.tw>, =?UTF-8?B?5biC5rCR?= <wang.xm@x.tw>,? b@agency.gov.tw"
    );
    let said = ask(scanner(), &line(&header), false);
    let records = records(&said);
    let samples: Vec<&str> = records.iter().map(|record| record.sample.text.as_str()).collect();
    assert_eq!(samples, ["w******@x.tw", "w******@x.tw", "*@agency.gov.tw"]);
    assert_eq!(records[0].values[0].key, records[1].values[0].key, "case makes no other address");
    assert!(records.iter().all(|record| !record.cut && record.values.len() == 1));
    let kept = serde_json::to_string(&said.facts).unwrap().to_lowercase();
    for clear in ["wang", "小明", "lee", "123456", "市民"] {
        assert!(!kept.contains(clear), "{clear}: {kept}");
    }
    let explained = scanner().explain(Some(Format::Syslog), line(&header).trim_end().as_bytes(), 0);
    for clear in ["wang.xm", "lee.yy", "a123456789"] {
        assert!(!explained.line.to_lowercase().contains(clear), "{}", explained.line);
    }
}

#[test]
fn a_thread_that_is_followed_says_every_addressee_of_it() {
    let text = line("To: a@x.tw") + &line(&format!("Cc: {}", "abcdefghijklmnopqrst@x.tw,".repeat(8)));
    let text = text.replace(&",".repeat(2), ",");
    let said = ask(scanner(), &text, true);
    let records = records(&said);
    assert_eq!(records.iter().filter(|record| record.field.id() == "to" && !record.cut).count(), 1);
    assert_eq!(records.iter().filter(|record| record.field.id() == "cc" && record.cut).count(), 8);
    assert_eq!(self::records(&ask(&with(0), &text, true)).len(), 0);
}

#[test]
fn a_line_is_a_candidate_by_its_header_alone() {
    let quiet = "mail postfix/cleanup[1]: 6DE0252E68F: info: header To: 王@例子.tw from local\n";
    let explained = |scanner: &Scanner| scanner.explain(None, quiet.trim_end().as_bytes(), 0).candidate;
    assert!(explained(scanner()) && !explained(&with(0)));
}

#[test]
fn an_address_that_the_site_allows_is_nobody_s() {
    let allow = "[[allow]]\nkind = \"email\"\nvalue = \"press@x.tw\"\nowner = \"o\"\nreason = \"r\"\n\
                 expires = 2099-01-01\n";
    let engine = Engine::with_site(&[(Path::new("own.toml"), allow)], Day::of(0, Tz::UTC)).unwrap();
    let scanner = Scanner::new(engine, Keys::new(&[7; 32]), Tz::Asia__Taipei).with_addressees(4);
    let said = ask(&scanner, &line("To: Press@x.tw, a@x.tw, b@x.tw"), false);
    let samples: Vec<&str> = records(&said).iter().map(|record| record.sample.text.as_str()).collect();
    assert_eq!(samples, ["*@x.tw", "*@x.tw"]);
}
