//! `scan --json` on the vectors: with each keyword, the valid rows are found and no others.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use super::{run, text};

/// The keys of a finding.
pub(super) const FINDING: [&str; 14] = [
    "schema", "path", "line", "offset", "format", "field", "kind", "nature", "verdict", "why", "view",
    "masked", "subject", "key",
];

/// Value and validity of every row (RFC 4180; no value holds a quote).
fn rows(file: &str) -> Vec<(String, bool)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(file);
    let csv = std::fs::read_to_string(path).expect("a vector file");
    let rows = csv.lines().skip(1).map(|line| {
        let mut columns = line.split(',').skip(1);
        let value = columns.next().expect("a value").to_owned();
        (value, columns.next() == Some("1"))
    });
    rows.collect()
}

/// Writes `{keyword}{value}`, one row a line, and expects the valid rows to be found as likely, and nothing of the kind
/// in the others.
fn check(file: &str, kind: &str, keywords: &[&str]) {
    let rows = rows(file);
    let valid: BTreeSet<u64> = (1..).zip(&rows).filter(|(_, row)| row.1).map(|(line, _)| line).collect();
    assert!(valid.len() > 100 && rows.len() - valid.len() > 100, "{file}");
    let dir = tempfile::tempdir().expect("a folder");
    for keyword in keywords {
        let lines: Vec<String> = rows.iter().map(|(value, _)| format!("{keyword}{value}\n")).collect();
        std::fs::write(dir.path().join("log"), lines.concat()).expect("a log");
        let output = run(dir.path(), &["scan", "--json", "log"], b"");
        assert_eq!(output.status.code(), Some(0));
        let mut found = BTreeSet::new();
        for line in text(&output.stdout).lines() {
            let finding: Value = serde_json::from_str(line).expect("one object a line");
            let keys: BTreeSet<&str> =
                finding.as_object().expect("an object").keys().map(String::as_str).collect();
            assert_eq!(keys, BTreeSet::from(FINDING), "{finding}");
            assert_eq!(finding["schema"], "breachd.finding/1");
            assert_ne!(finding["verdict"], "rejected", "rejected ones only with --all: {finding}");
            let line = finding["line"].as_u64().expect("a number");
            let value = &rows[line as usize - 1].0;
            assert!(!finding.to_string().contains(value.as_str()), "{finding}");
            if finding["kind"] == kind {
                assert_eq!(finding["verdict"], "likely", "{keyword}{value}: {finding}");
                found.insert(line);
            }
        }
        let difference: Vec<_> =
            found.symmetric_difference(&valid).map(|line| &rows[*line as usize - 1]).collect();
        assert!(difference.is_empty(), "{kind} after `{keyword}`: {difference:?}");
    }
}

const IDENTITY: [&str; 9] = [
    "身分證字號 ",
    "身分證字號：",
    "統一證號 ",
    "居留證 ",
    "居留證號:",
    "id_no=",
    "idNo: ",
    "ID number is ",
    "證號",
];

#[test]
fn national_ids_are_found_where_they_are_valid() {
    check("tw_national_id.csv", "tw-national-id", &IDENTITY);
}

#[test]
fn resident_ids_are_found_where_they_are_valid() {
    check("tw_resident_new.csv", "tw-resident-id", &IDENTITY);
}

#[test]
fn old_resident_ids_are_found_where_they_are_valid() {
    check("tw_resident_old.csv", "tw-resident-id-old", &IDENTITY);
}

#[test]
fn mobiles_are_found_where_they_are_valid() {
    check(
        "tw_mobile.csv",
        "tw-mobile",
        &["手機 ", "手機號碼：", "行動電話 ", "phone:", "mobile=", "聯絡電話："],
    );
}

#[test]
fn cards_are_found_where_they_are_valid() {
    check(
        "payment_card.csv",
        "payment-card",
        &["信用卡 ", "信用卡號：", "card number ", "card_no=", "卡號:"],
    );
}
