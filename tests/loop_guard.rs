//! Our own mail comes back in the very log that we read. No rule passes it over, because whatever marks a mail as ours
//! (sender, Message-ID, subject) a leak could bear too; it raises nothing because nothing in it can be found.

#![allow(missing_docs, reason = "a test binary")]

mod support;

use breachd::alert::{Bulletin, Letter, Templates, compose};
use breachd::config::Packs;
use breachd::detect::Depth;
use breachd::kind::{Kind, Verdict};
use breachd::line::{Block, Origin, SourceId};
use breachd::mask::{Keys, Sensitive, Style};
use breachd::moment::Tz;
use breachd::scan::Scanner;
use proptest::prelude::*;

struct Reader(Scanner);

impl Reader {
    fn new() -> Self {
        let packs = Packs::shipped().expect("the shipped packs are sound");
        let keys = Keys::new(&[7; 32]);
        Self(
            Scanner::new(packs.engine, keys, Tz::Asia__Taipei)
                .with_formats(packs.formats)
                .with_addressees(20),
        )
    }

    /// What is found in a log, rejected ones left out.
    fn found(&self, log: &str) -> Vec<String> {
        let origin = Origin { source: SourceId::new("a.log"), path: "a.log".into(), modified: 1_795_000_000 };
        let format = self.0.formats().sniff(log.as_bytes());
        let block = Block::new(log.as_bytes(), &origin, 0, 1);
        let found = self.0.findings(format, &block, Depth::Hits).0.into_iter();
        let told = found.filter(|one| one.verdict > Verdict::Rejected);
        told.map(|one| format!("{} {} {}", one.kind.id(), one.verdict.id(), one.masked)).collect()
    }
}

/// The words that make a value of a kind likely.
fn said(kind: Kind, shown: &str) -> String {
    format!(
        "2026-11-21T09:02:03+08:00 mx1 postfix/cleanup[1]: C224920077: info: header Subject: {} {shown} 身分證字號: {shown}；\
         帳號 {shown} 護照號碼 {shown} 手機 {shown} 病歷號={shown} 生日 {shown} from pc[10.1.2.3]; from=<a@agency.gov.tw> \
         to=<b@example.com> proto=ESMTP helo=<pc>\n",
        kind.name_zh()
    )
}

fn value() -> impl Strategy<Value = (Kind, String)> {
    let national =
        (0..10_000_000_usize).prop_map(|serial| (Kind::TwNationalId, support::national_id(serial)));
    let digits = |kind: Kind, pattern: &'static str| pattern.prop_map(move |text: String| (kind, text));
    prop_oneof![
        national,
        digits(Kind::TwMobile, "09[0-9]{8}"),
        digits(Kind::TwLandline, "0[2-8][2-9][0-9]{7}"),
        digits(Kind::PaymentCard, "4[0-9]{15}"),
        digits(Kind::BankAccount, "[0-9]{10,16}"),
        digits(Kind::TwPassport, "[0-9]{9}"),
        digits(Kind::TwNhiCard, "[0-9]{12}"),
        digits(Kind::TwResidentId, "[A-Z][89][0-9]{8}"),
        digits(Kind::TwResidentIdOld, "[A-Z][A-D][0-9]{8}"),
        digits(Kind::BirthDate, "19[0-9]{2}-0[1-9]-[12][0-9]"),
        digits(Kind::Iban, "DE[0-9]{20}"),
    ]
}

proptest! {
    #[test]
    fn a_masked_value_is_found_by_no_rule_whatever_stands_beside_it((kind, text) in value()) {
        thread_local! { static READER: Reader = Reader::new(); }
        let masked = Sensitive::new(kind, text).mask(Style::Strict).to_string();
        let found = READER.with(|reader| reader.found(&said(kind, &masked)));
        prop_assert!(found.is_empty(), "{masked}: {found:?}");
    }
}

/// The search above finds what is not masked.
#[test]
fn the_same_line_with_the_value_itself_is_found() {
    let reader = Reader::new();
    assert!(!reader.found(&said(Kind::TwNationalId, &support::national_id(1_234_567))).is_empty());
    assert!(!reader.found(&said(Kind::TwMobile, "0912345678")).is_empty());
}

/// The lines that Postfix logs of a letter, every header logged.
#[test]
fn the_lines_of_an_alert_hold_nothing_that_could_be_found() {
    let letter = compose(&Letter::sample(), &Templates::default(), Vec::new()).expect("composes");
    let bulletins = Bulletin::samples().into_iter();
    let bulletins = bulletins.map(|(_, it)| it.compose(&Templates::default()).expect("composes"));
    let heads = std::iter::once(letter).chain(bulletins).map(|mail| {
        let mail = String::from_utf8(mail).expect("ASCII");
        mail.split_once("\r\n\r\n").expect("a head").0.replace("\r\n ", " ")
    });
    let lines = heads.collect::<Vec<_>>().join("\n");
    let attached =
        "Content-Disposition: attachment; filename=\"BD-2026-000017-form-moi-construction-110.odt\"";
    let logged = |line| {
        format!(
            "2026-11-21T09:02:03+08:00 mx1 postfix/cleanup[1]: C224920077: info: header {line} from \
             localhost[127.0.0.1]; from=<breachd@agency.gov.tw> to=<privacy@agency.gov.tw> proto=ESMTP helo=<mx1>\n"
        )
    };
    let log = lines.lines().chain([attached]).map(logged).collect::<Vec<_>>().concat();
    let found = Reader::new().found(&log);
    assert!(found.is_empty(), "{found:?}\n{log}");
}
