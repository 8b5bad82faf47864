use super::*;

fn keys() -> Keys {
    Keys::new(&[7; 32])
}

fn redacted(text: &str) -> String {
    Shown::redact(text, &[], Clearness::Content, text.as_bytes(), &keys()).text
}

#[test]
fn masks_show_no_more_than_their_table_allows() {
    let mask = |kind, value: &str, style| Sensitive::new(kind, value.to_owned()).mask(style).to_string();
    assert_eq!(mask(Kind::TwNationalId, "A123456789", Style::Strict), "A1********");
    assert_eq!(mask(Kind::TwNationalId, "A123456789", Style::Government), "A12345****");
    assert_eq!(mask(Kind::TwMobile, "0912345678", Style::Strict), "09******78");
    assert_eq!(mask(Kind::PaymentCard, "4111111111111111", Style::Strict), "************1111");
    assert_eq!(mask(Kind::PaymentCard, "4111111111111111", Style::Government), "411111******1111");
    assert_eq!(mask(Kind::TwLandline, "0223456789", Style::Strict), "02******89");
    assert_eq!(mask(Kind::BankAccount, "123456789012", Style::Strict), "********9012");
    assert_eq!(mask(Kind::Email, "wang@example.gov.tw", Style::Strict), "w***@example.gov.tw");
    assert_eq!(mask(Kind::Email, "a@example.gov.tw", Style::Strict), "*@example.gov.tw");
    assert_eq!(mask(Kind::PersonName, "王小明", Style::Strict), "王○○");
    assert_eq!(mask(Kind::BirthDate, "19860304", Style::Strict), "********");
    assert_eq!(mask(Kind::BirthDate, "19860304", Style::Government), "1986****");
    assert_eq!(mask(Kind::Mrz, "A123456789", Style::Strict), "**********");
}

#[test]
fn debug_never_shows_a_value() {
    let value = Sensitive::new(Kind::TwMobile, "0912345678".to_owned());
    assert_eq!(format!("{value:?}"), "Sensitive(tw-mobile, 10 bytes)");
    assert_eq!(format!("{:?}", Raw::new(b"0912345678")), "Raw(10 bytes)");
    assert!(!format!("{:?}", keys()).contains("0707"));
}

#[test]
fn redaction_hides_hits_digit_runs_and_names() {
    let text = "名冊 A123456789 帳號 1234567 姓名：王小明 2026-11-21 電話 02-2345-6789";
    let at = text.find('A').expect("planted");
    let hit = (at..at + 10, Masked("A1********".to_owned()));
    let shown = Shown::redact(text, &[hit], Clearness::Content, text.as_bytes(), &keys());
    assert_eq!(shown.text, "名冊 A1******** 帳號 ******* 姓名：王○○ 2026-11-21 電話 **-****-****");
}

#[test]
fn overlapping_hits_leave_nothing_in_clear() {
    let hits = [(0..6, Masked("123***".to_owned())), (4..10, Masked("45****".to_owned()))];
    let shown = Shown::redact("1234567890 x", &hits, Clearness::Address, b"", &keys());
    assert_eq!(shown.text, "123******* x");
}

#[test]
fn names_are_hidden_only_after_name_keys() {
    assert_eq!(redacted("name=王小明&filename=名冊.csv"), "name=王○○&filename=名冊.csv");
    assert_eq!(redacted("姓名王小明"), "姓名王○○");
    assert_eq!(redacted("員工名冊"), "員工名冊");
}

#[test]
fn fields_that_look_alike_once_masked_are_still_told_apart() {
    let shown = |text: &str| Shown::redact(text, &[], Clearness::Content, text.as_bytes(), &keys());
    let (one, two) = (shown("20261121.csv"), shown("20261122.csv"));
    assert_eq!(one.text, two.text);
    assert_ne!(one.same, two.same);
}

#[test]
fn a_subject_key_depends_on_secret_and_family() {
    let other = Keys::new(&[8; 32]);
    assert_ne!(keys().subject(Family::Mobile, "0912345678"), other.subject(Family::Mobile, "0912345678"));
    assert_ne!(keys().subject(Family::Mobile, "0912345678"), keys().subject(Family::Card, "0912345678"));
    let text = serde_json::to_string(&SubjectKey([0xab; 16])).expect("serialises");
    assert_eq!(serde_json::from_str::<SubjectKey>(&text).expect("reads back"), SubjectKey([0xab; 16]));
}
