//! The vectors, in every carrier: what is valid is found as likely, what is invalid is nothing of the kind, and what
//! needs a word is nothing without one.

use super::*;

/// File, kind, keyword, key.
const FILES: [(&str, Kind, &str, &str); 10] = [
    ("tw_national_id", Kind::TwNationalId, "身分證字號", "id_no"),
    ("tw_resident_new", Kind::TwResidentId, "統一證號", "id"),
    ("tw_resident_old", Kind::TwResidentIdOld, "居留證", "residentId"),
    ("tw_mobile", Kind::TwMobile, "手機", "phone"),
    ("payment_card", Kind::PaymentCard, "信用卡號", "card_number"),
    ("tw_landline", Kind::TwLandline, "電話", "phone"),
    ("tw_service", Kind::TwServicePhone, "客服專線", "hotline"),
    ("iban", Kind::Iban, "國際銀行帳號", "iban"),
    ("mrz_td3_line2", Kind::Mrz, "護照", "mrz"),
    ("tw_ubn", Kind::TwUbn, "統一編號", "tax_id"),
];

/// The texts in which a value is looked for: `{k}` is the keyword, `{n}` the key, `{v}` the value.
const CARRIERS: [&str; 20] = [
    "{k} {v}",
    "{k}{v}是",
    "{k}：「{v}」，",
    "{k} \"{v}\"",
    "{k}（{v}）",
    "{k}({v})",
    "{k}【{v}】",
    "{k}_{v}_名冊.xlsx",
    "/files/{k}/{v}.pdf",
    r#"{"{n}":"{v}","x":1}"#,
    r#"{"{n}": ["{v}"]}"#,
    r#"{\"{n}\":\"{v}\"}"#,
    "/api?q=1&{n}={v}&x=1",
    "{n}='{v}';",
    "{k}\t{v}\t甲",
    "甲,{k},{v},乙",
    "\"{k}\",\"{v}\",\"乙\"",
    "<td>{k}</td><td>{v}</td>",
    "名冊 {v} {k}",
    "{k}: {v}. Next",
];

fn carried(carrier: &str, keyword: &str, key: &str, value: &str) -> String {
    carrier.replace("{k}", keyword).replace("{n}", key).replace("{v}", value)
}

fn full_width(text: &str) -> String {
    let widen = |c: char| match c {
        ' ' => '\u{3000}',
        '!'..='~' => char::from_u32(c as u32 + 0xfee0).unwrap(),
        c => c,
    };
    text.chars().map(widen).collect()
}

/// The same text as logs hold it: as it stands, in Big5, escaped, as an encoded word in both encodings, as a parameter.
fn wrapped(plain: &str) -> Vec<Vec<u8>> {
    let escaped = percent(plain);
    let quoted: String =
        plain.bytes().flat_map(|byte| format!("={byte:02X}").into_bytes()).map(char::from).collect();
    vec![
        plain.as_bytes().to_vec(),
        big5(plain),
        escaped.clone().into_bytes(),
        encoded_word(plain),
        format!("Subject: =?utf-8?Q?{quoted}?=").into_bytes(),
        format!("attachment; filename*=UTF-8''{escaped}").into_bytes(),
    ]
}

fn check_found(engine: &Engine, text: &str, kind: Kind) {
    for raw in wrapped(text) {
        let shown = String::from_utf8_lossy(&raw);
        assert!(
            engine.candidates(&raw, Depth::Hits).next().is_some(),
            "the prefilter is silent on {text}: {shown}"
        );
        let found = likely(&findings(engine, &raw, NOTHING));
        assert!(
            found.contains(&kind) && found.iter().all(|&found| found == kind),
            "{text}: {shown}: {found:?}"
        );
    }
}

#[test]
fn every_valid_vector_is_found_once_in_every_carrier() {
    let engine = Engine::shipped().unwrap();
    let mut seen = 0;
    for (file, kind, keyword, key) in FILES {
        for (nth, row) in rows(file).into_iter().filter(|row| row.valid).enumerate() {
            for (carrier_nth, carrier) in CARRIERS.into_iter().enumerate() {
                let plain = carried(carrier, keyword, key, &row.value);
                let found = likely(&engine.find(&plain, NOTHING));
                assert_eq!(found, [kind], "{plain}");
                // Every carrier in every wrapping, each with a part of the values: all together take a minute.
                if (nth + carrier_nth) % 5 == 0 {
                    check_found(&engine, &plain, kind);
                    let wide = carried(carrier, keyword, key, &full_width(&row.value));
                    assert_eq!(likely(&engine.find(&wide, NOTHING)), [kind], "{wide}");
                }
                seen += 1;
            }
        }
    }
    assert!(seen > 1_400 * CARRIERS.len(), "only {seen}");
}

#[test]
fn no_invalid_vector_is_anything_in_any_carrier() {
    let engine = Engine::shipped().unwrap();
    let mut seen = 0;
    for (file, kind, keyword, key) in FILES {
        for row in rows(file).into_iter().filter(|row| !row.valid) {
            for carrier in CARRIERS {
                let plain = carried(carrier, keyword, key, &row.value);
                for raw in [plain.clone(), percent(&plain)] {
                    let found = findings(&engine, raw.as_bytes(), CONTENT);
                    // A subscriber number of area 02 that begins with 0 is a premium service.
                    let is_service = |found: Kind| kind == Kind::TwLandline && found == Kind::TwServicePhone;
                    assert!(
                        found.iter().all(|f| f.verdict == Verdict::Rejected || is_service(f.kind())),
                        "{raw}: {found:?}"
                    );
                }
                seen += 1;
            }
        }
    }
    assert!(seen > 900 * CARRIERS.len(), "only {seen}");
}

#[test]
fn what_needs_a_word_is_not_likely_without_one() {
    let engine = Engine::shipped().unwrap();
    let kinds = [Kind::TwLandline, Kind::TwServicePhone, Kind::TwUbn];
    let mut seen = 0;
    for (file, kind, ..) in FILES.into_iter().filter(|(_, kind, ..)| kinds.contains(kind)) {
        for row in rows(file) {
            for carrier in ["{v}", "名單{v}是", "/a/{v}.pdf", "x={v}&y=1", "{\"x\":\"{v}\"}", "甲\t{v}\t乙"]
            {
                let text = carried(carrier, "", "", &row.value);
                for context in [NOTHING, CONTENT] {
                    let found = engine.find(&text, context);
                    assert_eq!(likely(&found), [], "{text}");
                    assert!(kind != Kind::TwUbn || found.iter().all(|found| found.kind() != kind), "{text}");
                }
                seen += 1;
            }
        }
    }
    assert!(seen > 4_000, "only {seen}");
}
