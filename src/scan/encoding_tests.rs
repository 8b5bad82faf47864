//! The vectors of encodings through the whole scanner: of every wrapping exactly the values that are in it.

use std::collections::BTreeSet;

use super::{Found, Scanner};
use crate::detect::{Depth, Engine};
use crate::format::{Defaults, Format, Formats};
use crate::kind::{Kind, Verdict};
use crate::line::{Block, Origin, SourceId};
use crate::mask::{Keys, Sensitive, SubjectKey};
use crate::moment::Tz;

fn scanner() -> Scanner {
    Scanner::new(Engine::shipped().unwrap(), Keys::new(&[7; 32]), Tz::Asia__Taipei)
}

fn origin() -> Origin {
    Origin { source: SourceId::new("a.log"), path: "a.log".into(), modified: 0 }
}

/// The findings of a field, line ends and all.
fn field(scanner: &Scanner, bytes: &[u8]) -> Vec<Found> {
    let parsed = Formats::default()
        .parse(Format::Plain, bytes, &Defaults { zone: Tz::Asia__Taipei, anchor: 0 })
        .unwrap();
    let examined = scanner.examine(&parsed, Depth::Rejected);
    examined.iter().flat_map(|examined| scanner.found(&parsed, examined, 1)).collect()
}

/// The findings of a file.
fn file(scanner: &Scanner, bytes: &[u8]) -> Vec<Found> {
    scanner.findings(Format::Plain, &Block::new(bytes, &origin(), 0, 1), Depth::Rejected).0
}

/// Kinds and subjects, each with its verdict.
fn told(found: &[Found]) -> Vec<(Kind, SubjectKey, Verdict)> {
    found.iter().map(|found| (found.kind, found.subject, found.verdict)).collect()
}

/// The rows name a person too, whose name is a weak value.
fn check(scanner: &Scanner, name: &str, found: &[Found], expected: &[(Kind, &str)]) {
    let of = |&(kind, value): &(Kind, &str)| {
        let key = Sensitive::new(kind, value.to_owned()).key(&scanner.keys);
        (kind, key, Verdict::Likely)
    };
    let expected: BTreeSet<_> = expected.iter().map(of).collect();
    let numbers: Vec<Found> = found.iter().filter(|found| found.kind != Kind::PersonName).cloned().collect();
    let found_set: BTreeSet<_> = told(&numbers).into_iter().collect();
    assert_eq!(found_set, expected, "{name}: {found:?}");
    assert_eq!(numbers.len(), expected.len(), "{name}: one value is told twice");
}

#[test]
fn every_row_of_the_encodings_holds_exactly_its_values() {
    let scanner = scanner();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/encodings.csv");
    let (mut rows, mut names) = (0, BTreeSet::new());
    for line in std::fs::read_to_string(path).unwrap().lines().skip(1) {
        let columns: Vec<&str> = line.split(',').collect();
        let bytes = data_encoding::HEXLOWER.decode(columns[1].as_bytes()).unwrap();
        let expected = columns[3].split(';').map(|pair| match pair.split_once('=').unwrap() {
            ("tw_id", value) if matches!(value.as_bytes()[1], b'8' | b'9') => (Kind::TwResidentId, value),
            ("tw_id", value) => (Kind::TwNationalId, value),
            ("mobile", value) => (Kind::TwMobile, value),
            (other, _) => panic!("{other}"),
        });
        let expected: Vec<_> = expected.collect();
        check(&scanner, columns[0], &field(&scanner, &bytes), &expected);
        // A line of a log ends where its line ends; UTF-16 alone holds that byte within characters.
        if !bytes.contains(&b'\n') {
            check(&scanner, columns[0], &file(&scanner, &bytes), &expected);
        }
        rows += 1;
        names.insert(columns[0].to_owned());
    }
    assert_eq!((rows, names.len()), (156, 26));
}

#[test]
fn words_that_end_within_a_character_and_a_value_are_joined() {
    let scanner = scanner();
    let text = "姓名王小明 身分證號碼A123456789 手機號碼0912345678";
    let (big5, _, _) = encoding_rs::BIG5.encode(text);
    let expected = [(Kind::TwNationalId, "A123456789"), (Kind::TwMobile, "0912345678")];
    for (label, bytes) in [("utf-8", text.as_bytes()), ("Big5", &big5), ("MS950", &big5)] {
        for len in 5..40 {
            for between in ["? ", "?\t", "\r\n ", "\n\t", " ", ""] {
                let base64 = |part: &[u8]| format!("=?{label}?B?{}?=", data_encoding::BASE64.encode(part));
                let quoted = |part: &[u8]| {
                    let escaped: Vec<String> = part.iter().map(|byte| format!("={byte:02X}")).collect();
                    let escaped = escaped.concat();
                    format!("=?{label}?q?{escaped}?=")
                };
                for word in [&base64 as &dyn Fn(&[u8]) -> String, &quoted] {
                    let words: Vec<String> = bytes.chunks(len).map(word).collect();
                    let header = format!("Subject: {}", words.join(between));
                    let what = format!("{label} {len} {between:?}");
                    check(&scanner, &what, &field(&scanner, header.as_bytes()), &expected);
                }
            }
        }
    }
}

#[test]
fn a_character_of_big5_gives_no_letter_to_a_number() {
    let scanner = scanner();
    check(&scanner, "trap", &file(&scanner, b"\xb8\xb9\xbdX120000005"), &[]);
    let hidden = b"\xa8\xad\xa4\xc0\xc3\xd2\xb8\xb9\xbdXA123456789";
    check(&scanner, "hidden", &file(&scanner, hidden), &[(Kind::TwNationalId, "A123456789")]);
}

#[test]
fn a_value_in_a_file_of_utf16_has_its_line() {
    let scanner = scanner();
    let text = "\u{feff}time,what\r\n2026,姓名王小明 身分證A123456789\r\n2026,x\r\n2026,手機 0912345678\r\n";
    for big_endian in [false, true] {
        let unit = |unit: u16| if big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() };
        let bytes: Vec<u8> = text.encode_utf16().flat_map(unit).collect();
        let mut found = file(&scanner, &bytes);
        found.retain(|found| found.kind != Kind::PersonName);
        let lines: Vec<_> = found.iter().map(|found| (found.line, found.kind, found.verdict)).collect();
        let expected = [(2, Kind::TwNationalId, Verdict::Likely), (4, Kind::TwMobile, Verdict::Likely)];
        assert_eq!(lines, expected, "big endian: {big_endian}");
        for (found, first) in found.iter().zip([b'A', b'0']) {
            assert!(bytes[found.offset as usize..][..2].contains(&first));
        }
    }
}

/// Pieces that begin, end and break every wrapping.
const PIECES: [&[u8]; 30] = [
    b"=?utf-8?B?",
    b"=?big5?q?",
    b"?=",
    b"? ",
    b"%",
    b"%41",
    b"\\",
    b"\\x4",
    b"\\ud83d",
    b"\\u8eab",
    b"\\345",
    b"&#",
    b"&#x41;",
    b"&amp;",
    b"=",
    b"=E5=A7",
    b"=\n",
    b"x*0*=",
    b"; x*1=",
    b"a''",
    b"\0",
    b"\xff\xfe",
    b"A123456789",
    b"09",
    b"QUJDMTIzQUJDMTIz",
    b"+",
    b"\"",
    b"\xa9m",
    b"\xe8\xba\xab",
    b"=\r\n",
];

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(1_000))]

    #[test]
    fn no_mixture_of_marks_can_stop_a_scan_or_lose_its_place(picks in proptest::collection::vec(0..PIECES.len(), 0..40)) {
        let bytes: Vec<u8> = picks.into_iter().flat_map(|pick| PIECES[pick]).copied().collect();
        for view in crate::decode::views(crate::mask::Raw::new(&bytes)) {
            for (at, c) in view.text().char_indices() {
                let raw = view.raw(at..at + c.len_utf8());
                proptest::prop_assert!(raw.start < raw.end && raw.end <= bytes.len(), "{}", view.name);
            }
        }
    }
}
