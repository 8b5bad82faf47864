//! The engine through its views: vectors in every carrier (`carriers`), rows of the verdict table (`table`), packs
//! (`packs`), and what must hold of any bytes (here).

mod carriers;
mod packs;
mod table;

use crate::decode;
use crate::detect::*;
use crate::hit::Finding;
use crate::kind::{Kind, Verdict};
use crate::mask::Raw;

/// A row of a vector file.
struct Row {
    value: String,
    valid: bool,
}

fn rows(file: &str) -> Vec<Row> {
    let path = format!("{}/tests/vectors/{file}.csv", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let rows = text
        .lines()
        .skip(1)
        .map(columns)
        .map(|columns| Row { value: columns[1].clone(), valid: columns[2] == "1" });
    rows.collect()
}

/// The columns of a CSV line (RFC 4180).
fn columns(line: &str) -> Vec<String> {
    let (mut columns, mut quoted) = (vec![String::new()], false);
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                columns.last_mut().unwrap().push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => columns.push(String::new()),
            c => columns.last_mut().unwrap().push(c),
        }
    }
    columns
}

fn percent(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b'/' | b'?' | b'&' | b'=' => char::from(byte).to_string(),
        _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect()
}

fn big5(text: &str) -> Vec<u8> {
    let (bytes, _, lossy) = encoding_rs::BIG5.encode(text);
    assert!(!lossy, "{text}");
    bytes.into_owned()
}

fn encoded_word(text: &str) -> Vec<u8> {
    format!("Subject: =?UTF-8?B?{}?=", data_encoding::BASE64.encode(text.as_bytes())).into_bytes()
}

/// Every finding of every view.
fn findings(engine: &Engine, raw: &[u8], context: FieldContext<'_>) -> Vec<Finding> {
    decode::views(Raw::new(raw)).iter().flat_map(|view| engine.find(view.text(), context)).collect()
}

fn likely(findings: &[Finding]) -> Vec<Kind> {
    findings.iter().filter(|finding| finding.verdict == Verdict::Likely).map(Finding::kind).collect()
}

/// Verdicts and reasons in one text.
fn check(text: &str, context: FieldContext<'_>, expected: &[(Kind, Verdict, &str)]) {
    let engine = Engine::shipped().unwrap();
    let found = engine.find(text, context);
    let found: Vec<_> =
        found.iter().map(|finding| (finding.kind(), finding.verdict, finding.why.to_string())).collect();
    let expected: Vec<_> =
        expected.iter().map(|&(kind, verdict, why)| (kind, verdict, why.to_owned())).collect();
    assert_eq!(found, expected, "{text}");
}

const NOTHING: FieldContext<'static> = FieldContext { known: false, key: "" };
const CONTENT: FieldContext<'static> = FieldContext { known: true, key: "" };

#[test]
fn every_shipped_pack_is_proved_by_its_examples() {
    if let Err(errors) = Engine::shipped() {
        panic!("{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
    }
}

#[test]
fn hard_negatives_are_never_likely() {
    let engine = Engine::shipped().unwrap();
    let mut possible = 0;
    for row in rows("hard_negatives") {
        let raw = match row.value.strip_prefix("cp950:") {
            Some(hex) => data_encoding::HEXLOWER.decode(hex.as_bytes()).unwrap(),
            None => row.value.clone().into_bytes(),
        };
        let found = findings(&engine, &raw, NOTHING);
        assert_eq!(likely(&found), [], "{}", row.value);
        possible += found.iter().filter(|finding| finding.verdict == Verdict::Possible).count();
        if row.value.contains("queued as") || row.value.contains("message-id=") || row.value.contains("qmgr")
        {
            assert!(found.iter().all(|finding| finding.verdict == Verdict::Rejected), "{}", row.value);
        }
    }
    assert!(possible < 60, "{possible} possible");
}

#[test]
fn the_vectors_of_encodings_are_found_through_their_views() {
    let engine = Engine::shipped().unwrap();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/encodings.csv");
    for line in std::fs::read_to_string(path).unwrap().lines().skip(1) {
        let columns = columns(line);
        let raw = data_encoding::HEXLOWER.decode(columns[1].as_bytes()).unwrap();
        assert!(
            engine.candidates(&raw, Depth::Hits).next().is_some(),
            "the prefilter is silent on {}",
            columns[0]
        );
        let found = findings(&engine, &raw, NOTHING);
        let values: Vec<_> = columns[3].split(';').filter_map(|pair| pair.split('=').nth(1)).collect();
        let likely: Vec<_> = found
            .iter()
            .filter(|found| found.verdict == Verdict::Likely && found.kind() != Kind::PersonName)
            .collect();
        for value in &values {
            assert!(likely.iter().any(|found| found.value.is(value)), "{}: {value}", columns[0]);
        }
        for found in likely {
            assert!(values.iter().any(|value| found.value.is(value)), "{}: {found:?}", columns[0]);
        }
    }
}

#[test]
fn big5_is_decoded_before_its_boundaries_are_asked() {
    let engine = Engine::shipped().unwrap();
    let trap = b"\xb8\xb9\xbdX120000005";
    assert!(findings(&engine, trap, CONTENT).is_empty());
    let hidden = b"\xa8\xad\xa4\xc0\xc3\xd2\xb8\xb9\xbdXA123456789";
    assert_eq!(likely(&findings(&engine, hidden, NOTHING)), [Kind::TwNationalId]);
    assert!(findings(&engine, b"%B8%B9%BDX120000005", CONTENT).is_empty());
}

#[test]
fn findings_never_overlap_and_keep_the_order_of_the_text() {
    let engine = Engine::shipped().unwrap();
    let text = "手機 0912-345-678 卡號 4111 1111 1111 1111 身分證 A123456789 0987 654 321 4111 0912 345 678";
    let found = engine.find(text, NOTHING);
    assert!(found.windows(2).all(|pair| pair[0].span.end <= pair[1].span.start));
    let kinds: Vec<_> = found.iter().map(Finding::kind).collect();
    assert_eq!(
        kinds,
        [Kind::TwMobile, Kind::PaymentCard, Kind::TwNationalId, Kind::TwMobile, Kind::TwMobile]
    );
}

#[test]
fn every_form_of_a_mobile_number_is_a_candidate_and_is_found() {
    let engine = Engine::shipped().unwrap();
    let forms = [
        "0912 345 678",
        "0912-345678",
        "0912.345.678",
        "(0912)345678",
        "(0912) 345-678",
        "09-12345678",
        "(09)12345678",
        "09 1234 5678",
        "091-234-5678",
        "+886-912-345-678",
        "+886(0)912345678",
        "+886 (0) 912-345-678",
        "00886-912-345-678",
        "(886) 912 345 678",
        "(+886)912345678",
        "+8860912345678",
        "０９１２－３４５－６７８",
        "0912－345－678",
        "0912‐345‐678",
        "（0912）345678",
        "0912　345　678",
        "＋886912345678",
        "0912\u{a0}345\u{a0}678",
        "0912\u{200b}345678",
    ];
    for form in forms {
        let text = format!("手機：{form}。");
        assert_eq!(likely(&engine.find(&text, NOTHING)), [Kind::TwMobile], "{form}");
        assert!(
            engine.candidates(text.as_bytes(), Depth::Hits).next().is_some(),
            "the prefilter is silent on {form}"
        );
        let (bytes, _, lossy) = encoding_rs::BIG5.encode(&text);
        if !lossy {
            assert!(likely(&findings(&engine, &bytes, NOTHING)).contains(&Kind::TwMobile), "{form}");
            assert!(
                engine.candidates(&bytes, Depth::Hits).next().is_some(),
                "the prefilter is silent on {form} in Big5"
            );
        }
    }
}

#[test]
fn the_span_is_the_value_as_it_is_written() {
    let engine = Engine::shipped().unwrap();
    for (text, value) in [
        ("手機：（０９１２）３４５６７８。", "（０９１２）３４５６７８"),
        ("身分證 A1234\u{200b}56789x", ""),
        ("身分證 A1234\u{200b}56789、", "A1234\u{200b}56789"),
        ("tel:+886 912 345 678 ", "+886 912 345 678"),
    ] {
        let found = engine.find(text, NOTHING);
        assert_eq!(found.first().map_or("", |finding| &text[finding.span.clone()]), value);
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(2_000))]

    #[test]
    fn what_is_found_was_a_candidate(text in "(A1|AC|09|\\+886|4111|[0-9]{2,4}|[- .()]|[%_=:/?&]|[a-f]|號|０|９|－|\u{200b}){1,16}") {
        let engine = shared();
        let found = findings(engine, text.as_bytes(), CONTENT);
        for (depth, least) in [(Depth::Hits, Verdict::Possible), (Depth::Rejected, Verdict::Rejected)] {
            let is_found = found.iter().any(|finding| finding.verdict >= least);
            proptest::prop_assert!(!is_found || engine.candidates(text.as_bytes(), depth).next().is_some());
        }
        for view in decode::views(Raw::new(text.as_bytes())) {
            let found = engine.find(view.text(), CONTENT);
            proptest::prop_assert!(found.windows(2).all(|pair| pair[0].span.end <= pair[1].span.start));
            for finding in found {
                let raw = view.raw(finding.span.clone());
                proptest::prop_assert!(raw.start < raw.end && raw.end <= text.len());
            }
        }
    }

    #[test]
    fn no_bytes_can_stop_a_scan(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
        findings(shared(), &bytes, CONTENT);
        let offsets: Vec<_> = shared().candidates(&bytes, Depth::Hits).map(|found| found.at).collect();
        proptest::prop_assert!(offsets.windows(2).all(|pair| pair[0] < pair[1]));
        proptest::prop_assert!(offsets.iter().all(|&offset| offset < bytes.len()));
    }
}

fn shared() -> &'static Engine {
    static ENGINE: std::sync::OnceLock<Engine> = std::sync::OnceLock::new();
    ENGINE.get_or_init(|| Engine::shipped().unwrap())
}
