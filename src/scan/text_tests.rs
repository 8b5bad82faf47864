//! Names, addresses, dates, plates, e-mail, and the natures of records, from log lines to counted people.

use super::Scanner;
use crate::batch::Body;
use crate::detect::Engine;
use crate::format::Format;
use crate::kind::{Kind, Nature, Verdict};
use crate::line::{Block, Origin, SourceId};
use crate::mask::Keys;
use crate::moment::Tz;
use crate::record::Record;
use crate::tally::{Row, count};

fn scanner() -> &'static Scanner {
    static SCANNER: std::sync::OnceLock<Scanner> = std::sync::OnceLock::new();
    SCANNER.get_or_init(|| Scanner::new(Engine::shipped().unwrap(), Keys::new(&[7; 32]), Tz::Asia__Taipei))
}

fn records(format: Format, bytes: &[u8]) -> Vec<Record> {
    let origin = Origin { source: SourceId::new("a.log"), path: "a.log".into(), modified: 0 };
    let said = scanner().hits(format, &Block::new(bytes, &origin, 0, 1));
    let of = |body| match body {
        Body::Hit(record) => Some(record),
        _ => None,
    };
    said.facts.into_iter().filter_map(|fact| of(fact.body)).collect()
}

fn subject_line(subject: &str) -> String {
    format!(
        "Nov 22 07:51:09 mail postfix/cleanup[1]: 6DE0252E68F: info: header Subject: {subject} from \
         h[192.0.2.1]; from=<s@a.tw> to=<r@b.tw> proto=ESMTP helo=<pc>\n"
    )
}

fn likely(records: &[Record]) -> Vec<Kind> {
    let values = records.iter().flat_map(|record| &record.values);
    values.filter(|value| value.verdict == Verdict::Likely).map(|value| value.kind).collect()
}

/// Kinds, natures and people of a message with this subject.
fn check(subject: &str, kinds: &[Kind], natures: &[Nature], people: u64) {
    let (big5, _, lossy) = encoding_rs::BIG5.encode(subject);
    let encoded = format!("=?UTF-8?B?{}?=", data_encoding::BASE64.encode(subject.as_bytes()));
    let mut written = vec![subject_line(subject).into_bytes(), subject_line(&encoded).into_bytes()];
    if !lossy {
        let line = subject_line("SUBJECT").into_bytes();
        let at = line.windows(7).position(|seven| seven == b"SUBJECT").unwrap();
        written.push([&line[..at], &big5, &line[at + 7..]].concat());
    }
    for line in written {
        let found = records(Format::Syslog, &line);
        let what = String::from_utf8_lossy(&line).into_owned();
        assert_eq!(likely(&found), kinds, "{what}");
        let of: Vec<Nature> = found.iter().flat_map(|record| record.natures.clone()).collect();
        assert_eq!(of, natures, "{what}");
        let rows =
            found.iter().map(|record| Row { values: &record.values, special: of.contains(&Nature::Special) });
        assert_eq!(count(rows, Verdict::Likely).total, people, "{what}");
    }
}

#[test]
fn a_subject_with_a_name_and_an_address_is_one_person() {
    use Kind::{Address, BirthDate, Email, PersonName, Plate, TwNationalId};
    use Nature::{Activity, Identification};
    let general = &[Identification];
    check("姓名：王小明 地址：臺北市中正區重慶南路一段122號", &[PersonName, Address], general, 1);
    check("姓名 王小明 生日 75/03/04 參加", &[PersonName, BirthDate], general, 1);
    check("車主姓名：陳美玲，車牌 ABC-1235", &[PersonName, Plate], &[Identification, Activity], 1);
    check("姓名：王小明", &[PersonName], general, 0);
    check("地址：臺北市中正區重慶南路一段122號", &[Address], general, 0);
    check("請聯絡 wang.xm@example.com.tw 謝謝", &[Email], general, 1);
    check("Re: noreply@example.com.tw 與 postmaster@example.tw", &[], &[], 0);
    check(
        "姓名：王小明 A123456789 地址：臺北市中正區重慶南路一段122號",
        &[PersonName, TwNationalId, Address],
        general,
        1,
    );
}

#[test]
fn words_make_a_record_special_where_there_is_a_person() {
    use Kind::{PersonName, TwNationalId};
    use Nature::{Activity, Financial, Identification, Special};
    check("A123456789 病歷摘要", &[TwNationalId], &[Identification, Special], 1);
    check("A123456789 薪資單", &[TwNationalId], &[Identification, Financial], 1);
    check("A123456789 成績單", &[TwNationalId], &[Identification, Activity], 1);
    check("A123456789 醫院", &[TwNationalId], &[Identification], 1);
    check("A123456789 醫院 血型", &[TwNationalId], &[Identification, Special], 1);
    check("A123456789 ICD: E11.9", &[TwNationalId], &[Identification, Special], 1);
    check("病歷摘要說明會", &[], &[], 0);
    check("姓名：王小明 病歷", &[PersonName], &[Identification], 0);
}

#[test]
fn a_file_name_is_about_every_record_of_its_line() {
    let line = |path: &str, referrer: &str| {
        format!(
            "10.0.0.1 - wang [22/Nov/2026:09:04:05 +0800] \"GET {path} HTTP/1.1\" 200 53 \"{referrer}\" \"curl\"\n"
        )
    };
    let natures = |line: String| records(Format::Clf, line.as_bytes()).remove(0).natures;
    let exam = "/%E5%81%A5%E6%AA%A2%E5%90%8D%E5%86%8A.csv";
    let (special, general) = ([Nature::Identification, Nature::Special], [Nature::Identification]);
    assert_eq!(natures(line(&format!("{exam}?id=A123456789"), "-")), special);
    assert_eq!(natures(line("/list.csv?id=A123456789", "-")), general);
    // Anybody may write a referrer.
    assert_eq!(natures(line("/list.csv?id=A123456789", &format!("https://x.example{exam}"))), general);
}

#[test]
fn every_term_of_the_lexicon_is_known() {
    let engine = Engine::shipped().unwrap();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/lexicons.csv");
    let mut seen = 0;
    for line in std::fs::read_to_string(path).unwrap().lines().skip(1) {
        let columns: Vec<&str> = line.splitn(4, ',').collect();
        let nature = match columns[0] {
            "special" => Nature::Special,
            "financial" => Nature::Financial,
            "activity" => Nature::Activity,
            _ => continue,
        };
        for term in columns[3].split('|') {
            // Three are too often something else, and count as weak words.
            let weak = columns[2] == "weak" || matches!(term, "SWIFT" | "PAN" | "expiry");
            let alone = engine.terms(&format!("甲 {term} 乙")).natures();
            assert_eq!(alone.contains(&nature), !weak, "{term}");
            let beside = if nature == Nature::Special { "血壓 疫苗" } else { "匯款 存款" };
            assert!(engine.terms(&format!("{beside} {term}")).natures().contains(&nature), "{term}");
            seen += 1;
        }
    }
    assert!(seen > 150, "only {seen}");
}

#[test]
fn every_date_of_birth_is_found_behind_its_word() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/roc_date.csv");
    let (mut valid, mut invalid) = (0, 0);
    for line in std::fs::read_to_string(path).unwrap().lines().skip(1) {
        let columns: Vec<&str> = line.split(',').collect();
        let (date, is_valid) = (columns[1], columns[2] == "1");
        for carrier in
            ["生日：{v}", "出生日期 {v}，", "birthday={v}&x=1", r#"{"birthDate":"{v}"}"#, "{v}出生"]
        {
            let text = carrier.replace("{v}", date);
            let found = records(Format::Plain, text.as_bytes());
            let expected: &[Kind] = if is_valid { &[Kind::BirthDate] } else { &[] };
            assert_eq!(likely(&found), expected, "{text}");
            assert!(is_valid || found.is_empty(), "{text}");
        }
        for alone in [format!("{date} 登入"), format!("統一編號 {date}"), format!("生日快樂 {date}")]
        {
            assert!(records(Format::Plain, alone.as_bytes()).is_empty(), "{alone}");
        }
        valid += usize::from(is_valid);
        invalid += usize::from(!is_valid);
    }
    assert!(valid > 100 && invalid > 100, "{valid} {invalid}");
}

#[test]
fn addresses_of_the_envelope_are_nobody() {
    let lines = [
        "Nov 22 07:51:09 mail postfix/qmgr[1]: 6DE0252E68F: from=<wang@example.tw>, size=1, nrcpt=1 (queue active)",
        "Nov 22 07:51:09 mail postfix/smtpd[1]: 6DE0252E68F: client=pc[10.1.2.3], sasl_method=PLAIN, sasl_username=wang@example.tw",
        "Nov 22 07:51:09 mail postfix/smtpd[1]: NOQUEUE: reject: RCPT from x.example[198.51.100.7]: 554 5.7.1 <wang@example.tw>: Relay access denied; from=<a@x.example> to=<wang@example.tw> proto=ESMTP helo=<x.example>",
        "Nov 22 07:51:09 mail dovecot: imap-login: Login: user=<wang@example.tw>, method=PLAIN, rip=10.0.0.1",
        "Nov 22 07:51:09 mail dovecot: lmtp(wang@example.tw)<7><x>: msgid=<1@example.tw>: saved mail to INBOX",
        "2026-11-22 07:51:09 1abcDE-0000ab-CD <= wang@example.tw H=pc [10.0.0.1] P=esmtpsa S=1193",
        "2026-11-22 07:51:09 1abcDE-0000ab-CD => chen@example.org R=dnslookup T=remote_smtp",
    ];
    for format in [Format::Syslog, Format::Plain] {
        for line in lines {
            let found = records(format, line.as_bytes());
            assert!(found.is_empty(), "{line}: {:?}", likely(&found));
        }
    }
    let agent = "10.0.0.1 - - [22/Nov/2026:09:04:05 +0800] \"GET / HTTP/1.1\" 200 53 \"-\" \"bot (mail wang@example.tw)\"";
    assert!(records(Format::Clf, agent.as_bytes()).is_empty());
    let said = scanner().address(crate::mask::Raw::new(b"wang@example.tw"));
    assert_eq!(said.text, "wang@example.tw");
}
