//! What is shown of a line: no more of a value than the mask of its kind, and nothing that would be found again.

use proptest::prelude::*;

use super::Scanner;
use crate::batch::Body;
use crate::detect::{Engine, FieldContext};
use crate::format::Format;
use crate::kind::{Kind, Verdict};
use crate::line::{Block, Origin, SourceId};
use crate::mask::{Clearness, Keys, Raw, Sensitive, Shown, Style};
use crate::moment::Tz;

fn scanner() -> &'static Scanner {
    static SCANNER: std::sync::OnceLock<Scanner> = std::sync::OnceLock::new();
    SCANNER.get_or_init(|| Scanner::new(Engine::shipped().unwrap(), Keys::new(&[7; 32]), Tz::Asia__Taipei))
}

/// The longest part of `value` that is written out in `text`, in characters.
fn shown_of(value: &str, text: &str) -> usize {
    let chars: Vec<char> = value.chars().collect();
    let part = |from: usize, len: usize| chars[from..from + len].iter().collect::<String>();
    (1..=chars.len())
        .rev()
        .find(|&len| (0..=chars.len() - len).any(|from| text.contains(&part(from, len))))
        .unwrap_or(0)
}

/// The longest part of a value that its mask leaves.
fn left_by_mask(kind: Kind, canonical: &str) -> usize {
    let masked = Sensitive::new(kind, canonical.to_owned()).mask(Style::Strict).to_string();
    masked.split(['*', '○']).map(|part| part.chars().count()).max().unwrap_or(0)
}

/// A value with its kind and the words that introduce it.
fn values() -> impl Strategy<Value = (Kind, &'static str, String)> {
    let of = |kind: Kind, word: &'static str| move |value: String| (kind, word, value);
    prop_oneof![
        "09[0-9]{8}".prop_map(of(Kind::TwMobile, "手機")),
        (0..900_000_000_u32).prop_filter_map("a check digit", |n| {
            let digits = format!("A1{:08}", n % 100_000_000);
            let found = scanner().engine.find(&format!("身分證 {digits}"), FieldContext::default());
            let is_id = found.iter().any(|found| found.verdict == Verdict::Likely);
            is_id.then_some((Kind::TwNationalId, "身分證", digits))
        }),
        "[a-z]{2,9}[.][a-z]{2,9}@[a-z]{3,8}[.]com[.]tw".prop_map(of(Kind::Email, "信箱")),
        "(19[3-9][0-9])(0[1-9]|1[0-2])(0[1-9]|1[0-9]|2[0-8])".prop_map(of(Kind::BirthDate, "生日")),
        "[王陳林張李][一-龜]{2}".prop_map(of(Kind::PersonName, "姓名")),
        "[1-9][0-9]{0,2}".prop_map(|n| (Kind::Address, "地址", format!("新竹市東區光復路二段{n}號"))),
        "[ABC]{3}[1235-9]{4}".prop_map(of(Kind::Plate, "車牌")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn nothing_shown_has_more_of_a_value_than_its_mask((kind, word, value) in values(), (_, other, beside) in values()) {
        for carrier in ["{w}：{v}", "{w} {v} {o}：{b}", "{o}={b}&{w}={v}", "{w}:{v}，{o}:{b}"] {
            let text = carrier.replace("{w}", word).replace("{v}", &value).replace("{o}", other).replace("{b}", &beside);
            let percent: Vec<String> = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
            let percent = percent.concat();
            for line in [text.as_bytes(), percent.as_bytes()] {
                let origin = Origin { source: SourceId::new("a.log"), path: "a.log".into(), modified: 0 };
                let said = scanner().hits(Format::Plain, &Block::new(line, &origin, 0, 1));
                for fact in &said.facts {
                    let Body::Hit(record) = &fact.body else { continue };
                    let found = record.values.iter().any(|value| value.kind == kind);
                    // The words themselves may have characters of a name.
                    let shown = record.sample.text.replace(word, "").replace(other, "");
                    if found && !(kind == Kind::PersonName && beside.contains(&value[..3])) && other != word {
                        let left = left_by_mask(kind, &value).max(1 + usize::from(value.is_ascii()));
                        prop_assert!(shown_of(&value, &shown) <= left, "{text}: {shown}");
                    }
                    let again = scanner().engine.find(&record.sample.text, FieldContext { known: true, key: "" });
                    let again: Vec<_> = again.iter().filter(|found| found.verdict > Verdict::Rejected).collect();
                    prop_assert!(again.is_empty(), "{}: {again:?}", record.sample.text);
                }
            }
        }
    }

    #[test]
    fn no_masked_form_is_found_again((kind, word, value) in values()) {
        for style in [Style::Strict, Style::Government] {
            let masked = Sensitive::new(kind, value.clone()).mask(style).to_string();
            let text = format!("{word}：{masked} {word} {masked}，{masked}");
            let found = scanner().engine.find(&text, FieldContext { known: true, key: "" });
            prop_assert!(found.iter().all(|found| found.verdict == Verdict::Rejected), "{text}: {found:?}");
        }
    }
}

#[test]
fn a_name_behind_any_key_that_is_known_is_hidden_without_a_hit() {
    let keys = [
        "姓名",
        "戶名",
        "收件人",
        "聯絡人",
        "申請人",
        "持卡人",
        "病患",
        "病人",
        "患者",
        "當事人",
        "被保險人",
        "受款人",
        "負責人",
        "監護人",
        "家長",
        "name",
        "full_name",
        "本名",
    ];
    for key in keys {
        let text = format!("x&{key}=王小明&y");
        let shown = Shown::redact(&text, &[], Clearness::Content, text.as_bytes(), &scanner().keys).text;
        assert_eq!(shown, format!("x&{key}=王○○&y"));
        let found = scanner().engine.find(&text, FieldContext::default());
        assert_eq!(
            found.iter().map(crate::hit::Finding::kind).collect::<Vec<_>>(),
            [Kind::PersonName],
            "{text}"
        );
    }
    assert_eq!(scanner().shown_alone(Raw::new("名冊.csv".as_bytes())).text, "名冊.csv");
}

#[test]
fn an_address_is_shown_as_it_is_written_unless_a_value_is_wrapped_in_it() {
    let address = |text: &str| scanner().address(Raw::new(text.as_bytes())).text;
    for plain in
        ["chen@example.com", "bounce+u=example.com@list.example.org", "a%41b@example.com", "x9f=20@b.tw"]
    {
        assert_eq!(address(plain), plain);
    }
    assert_eq!(address("A123456789@school.edu.tw"), "A1********@school.edu.tw");
    assert_eq!(address("%41123456789@school.edu.tw"), "A1********@school.edu.tw");
    assert_eq!(address("=?utf-8?B?QTEyMzQ1Njc4OQ==?=@school.edu.tw"), "A1********@school.edu.tw");
    let same = |text: &str| scanner().address(Raw::new(text.as_bytes())).same;
    assert_eq!(same("Chen@Example.com"), same("chen@example.com"));
}
