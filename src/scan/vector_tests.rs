//! The vectors, in every carrier: what is valid is found as likely, what is invalid is nothing.

use std::path::Path;

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

/// File, kind, keyword, key.
const FILES: [(&str, Kind, &str, &str); 5] = [
    ("tw_national_id", Kind::TwNationalId, "身分證字號", "id_no"),
    ("tw_resident_new", Kind::TwResidentId, "統一證號", "id"),
    ("tw_resident_old", Kind::TwResidentIdOld, "居留證", "residentId"),
    ("tw_mobile", Kind::TwMobile, "手機", "phone"),
    ("payment_card", Kind::PaymentCard, "信用卡號", "card_number"),
];

/// The texts in which a value is looked for: `{k}` is the keyword, `{n}` the key, `{v}` the value.
const CARRIERS: [&str; 11] = [
    "{k} {v}",
    "{k}{v}是",
    "{k}：「{v}」，",
    "{k} \"{v}\"",
    "{k}（{v}）",
    "{k}({v})",
    "{k}_{v}_名冊.xlsx",
    "/files/{k}/{v}.pdf",
    r#"{"{n}":"{v}","x":1}"#,
    r#"{"{n}": ["{v}"]}"#,
    "/api?q=1&{n}={v}&x=1",
];

fn carried(carrier: &str, keyword: &str, key: &str, value: &str) -> String {
    carrier.replace("{k}", keyword).replace("{n}", key).replace("{v}", value)
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
fn every_valid_vector_is_found_once_in_every_carrier() {
    let engine = Engine::shipped().unwrap();
    let mut seen = 0;
    for (file, kind, keyword, key) in FILES {
        for row in rows(file).into_iter().filter(|row| row.valid) {
            for carrier in CARRIERS {
                let plain = carried(carrier, keyword, key, &row.value);
                let found = likely(&engine.find(&plain, NOTHING));
                assert_eq!(found, [kind], "{plain}");
                let escaped = percent(&plain);
                let found = likely(&findings(&engine, escaped.as_bytes(), NOTHING));
                assert!(found.contains(&kind) && found.iter().all(|&found| found == kind), "{escaped}");
                for raw in [big5(&plain), encoded_word(&plain)] {
                    let found = likely(&findings(&engine, &raw, NOTHING));
                    assert!(found.contains(&kind) && found.iter().all(|&found| found == kind), "{plain}");
                    assert!(engine.candidates(&raw).next().is_some(), "the prefilter is silent on {plain}");
                }
                for text in [&plain, &escaped] {
                    assert!(
                        engine.candidates(text.as_bytes()).next().is_some(),
                        "the prefilter is silent on {text}"
                    );
                }
                seen += 1;
            }
        }
    }
    assert!(seen > 700 * CARRIERS.len(), "only {seen}");
}

#[test]
fn no_invalid_vector_is_anything_in_any_carrier() {
    let engine = Engine::shipped().unwrap();
    let mut seen = 0;
    for (file, _, keyword, key) in FILES {
        for row in rows(file).into_iter().filter(|row| !row.valid) {
            for carrier in CARRIERS {
                let plain = carried(carrier, keyword, key, &row.value);
                for raw in [plain.clone(), percent(&plain)] {
                    let found = findings(&engine, raw.as_bytes(), CONTENT);
                    assert!(
                        found.iter().all(|finding| finding.verdict == Verdict::Rejected),
                        "{raw}: {found:?}"
                    );
                }
                seen += 1;
            }
        }
    }
    assert!(seen > 400 * CARRIERS.len(), "only {seen}");
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
        assert!(engine.candidates(&raw).next().is_some(), "the prefilter is silent on {}", columns[0]);
        let found = findings(&engine, &raw, NOTHING);
        let values: Vec<_> = columns[3].split(';').filter_map(|pair| pair.split('=').nth(1)).collect();
        let likely: Vec<_> = found.iter().filter(|found| found.verdict == Verdict::Likely).collect();
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
fn identity_numbers_follow_their_row_of_the_table() {
    use Kind::TwNationalId as Id;
    use Verdict::{Likely, Possible, Rejected};
    check("A123456789", NOTHING, &[(Id, Possible, "no context")]);
    check("A123456789", CONTENT, &[(Id, Likely, "content field")]);
    check("A123456789", FieldContext { known: false, key: "idNo" }, &[(Id, Likely, "field name")]);
    check("A123456788", CONTENT, &[(Id, Rejected, "checksum")]);
    check("a123456789", CONTENT, &[(Id, Possible, "lower case")]);
    check("身分證 a123456789", NOTHING, &[(Id, Likely, "lower case, keyword")]);
    check("order A123456789 shipped", CONTENT, &[(Id, Possible, "counter-word nearer")]);
    check("order 5, ID card A123456789", NOTHING, &[(Id, Likely, "keyword")]);
    check("order_id=A123456789&x=id+card", NOTHING, &[(Id, Possible, "counter-word nearer")]);
    let three = [(Id, Likely, "3 of the kind"); 3];
    check("A123456789 B202810446 C182455340", NOTHING, &three);
    let same = [(Id, Possible, "no context"); 3];
    check("A123456789 A123456789 A123456789", NOTHING, &same);
    let far = format!("身分證{}A123456789", "，".repeat(41));
    check(&far, NOTHING, &[(Id, Possible, "no context")]);
    check(&far.replacen('，', "", 1), NOTHING, &[(Id, Likely, "keyword")]);
}

#[test]
fn mobile_numbers_follow_their_row_of_the_table() {
    use Kind::TwMobile as Mobile;
    use Verdict::{Likely, Possible, Rejected};
    check("0912345678", NOTHING, &[(Mobile, Possible, "no context")]);
    check("0912345678", CONTENT, &[(Mobile, Likely, "content field")]);
    check("0912-345-678", NOTHING, &[(Mobile, Likely, "separators")]);
    check("tel=+886912345678", NOTHING, &[(Mobile, Likely, "field name, keyword")]);
    check("mx postfix/qmgr[1]: 0912345678: removed", NOTHING, &[(Mobile, Rejected, "opaque id")]);
    check("0.0912345678 10.0912345678.1 -0912345678 %0912345678", CONTENT, &[]);
}

#[test]
fn cards_follow_their_row_of_the_table() {
    use Kind::PaymentCard as Card;
    use Verdict::{Likely, Possible, Rejected};
    check("4111111111111111", CONTENT, &[(Card, Possible, "no context")]);
    check("4111 1111 1111 1111", NOTHING, &[(Card, Likely, "grouping")]);
    check("4111 1111 1111 1112", NOTHING, &[(Card, Rejected, "checksum")]);
    check("30348222853894", FieldContext { known: true, key: "pan" }, &[(Card, Possible, "no context")]);
    check("卡號 30348222853894", NOTHING, &[(Card, Likely, "keyword")]);
    let two = [(Card, Likely, "2 of the kind"); 2];
    check("4111111111111111 5555555555554444", NOTHING, &two);
    check("健保卡號 4111111111111111", NOTHING, &[(Card, Possible, "counter-word nearer")]);
    check("4111111111111111-2 +4111111111111111 4111111111111111/12", CONTENT, &[]);
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
        assert!(engine.candidates(text.as_bytes()).next().is_some(), "the prefilter is silent on {form}");
        let (bytes, _, lossy) = encoding_rs::BIG5.encode(&text);
        if !lossy {
            assert!(likely(&findings(&engine, &bytes, NOTHING)).contains(&Kind::TwMobile), "{form}");
            assert!(engine.candidates(&bytes).next().is_some(), "the prefilter is silent on {form} in Big5");
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

#[test]
fn every_fault_of_a_pack_is_reported_with_its_line() {
    let pack = include_str!("../../patterns/detect/mobile.toml");
    let faults = pack
        .replace("\"mobile-forms\"", "\"mobile-from\"")
        .replace("boundary = \"numeric\"", "boundary = \"\"")
        .replace("reference = \"", "reference = \"\" # \"");
    let errors = Engine::from_packs(&[(Path::new("site.toml"), &faults)]).err().unwrap();
    let lines: Vec<_> = errors.iter().map(|error| (error.file.as_str(), error.line)).collect();
    let line = |of: &str| 1 + faults.lines().position(|line| line.starts_with(of)).unwrap();
    assert_eq!(
        lines,
        [("site.toml", line("shape")), ("site.toml", line("boundary")), ("site.toml", line("reference"))]
    );
    assert!(errors[0].to_string().contains("no shape `mobile-from`: it is one of"));
}

#[test]
fn a_pack_is_proved_and_an_unknown_field_is_a_fault() {
    let pack = include_str!("../../patterns/detect/mobile.toml");
    let unproved = pack.replace("\"0912-345-678\",", "\"0812-345-678\",");
    let errors = Engine::from_packs(&[(Path::new("site.toml"), &unproved)]).err().unwrap();
    assert_eq!(errors.len(), 1);
    assert!(errors[0].what.contains("not found as likely") && !errors[0].what.contains("0812"));
    assert!(unproved.lines().nth(errors[0].line - 1).unwrap().contains("0812-345-678"));
    let unknown = pack.replace("nature =", "natur =");
    let errors = Engine::from_packs(&[(Path::new("site.toml"), &unknown)]).err().unwrap();
    assert_eq!((errors.len(), errors[0].line), (1, 6));
}

#[test]
fn triggers_of_packs_are_looked_for_in_utf8_and_big5() {
    let pack = include_str!("../../patterns/detect/mobile.toml");
    let pack = pack.replace("examples = [\n    \"手機", "triggers = [\"名冊\"]\nexamples = [\n    \"手機");
    let engine = Engine::from_packs(&[(Path::new("site.toml"), &pack)]).unwrap();
    let at = |engine: &Engine, bytes: &[u8]| engine.candidates(bytes).collect::<Vec<_>>();
    assert_eq!(at(&engine, "x 名冊".as_bytes()), [2]);
    assert_eq!(at(&engine, &big5("x 名冊")), [2]);
    let engine = engine.with_triggers([b"/export/".to_vec()]).unwrap();
    assert_eq!(at(&engine, "/EXPORT/ 名冊 0912345678".as_bytes()), [0, 9, 16]);
    assert_eq!(engine.proved().rules, 1);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(2_000))]

    #[test]
    fn what_is_found_was_a_candidate(text in "(A1|AC|09|\\+886|4111|[0-9]{2,4}|[- .()]|[%_=:/?&]|[a-f]|號|０|９|－|\u{200b}){1,16}") {
        let engine = shared();
        let found = findings(engine, text.as_bytes(), CONTENT);
        proptest::prop_assert!(found.is_empty() || engine.candidates(text.as_bytes()).next().is_some());
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
        let offsets: Vec<_> = shared().candidates(&bytes).collect();
        proptest::prop_assert!(offsets.windows(2).all(|pair| pair[0] < pair[1]));
        proptest::prop_assert!(offsets.iter().all(|&offset| offset < bytes.len()));
    }
}

fn shared() -> &'static Engine {
    static ENGINE: std::sync::OnceLock<Engine> = std::sync::OnceLock::new();
    ENGINE.get_or_init(|| Engine::shipped().unwrap())
}
