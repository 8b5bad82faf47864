use super::*;

fn letter() -> Letter {
    Letter::sample()
}

fn composed(letter: &Letter) -> String {
    let mail = compose(letter, &Templates::default(), Vec::new()).expect("composes");
    assert!(mail.is_ascii());
    String::from_utf8(mail).expect("ASCII")
}

fn header(mail: &str) -> &str {
    mail.split_once("\r\n\r\n").expect("has a body").0
}

/// Names of the header fields, folded lines left out.
fn fields(mail: &str) -> Vec<&str> {
    header(mail)
        .split("\r\n")
        .filter(|line| !line.starts_with([' ', '\t']))
        .map(|line| line.split(':').next().unwrap_or_default())
        .collect()
}

/// The decoded base64 parts.
fn parts(mail: &str) -> Vec<String> {
    let marks = mail.match_indices("Content-Transfer-Encoding: base64");
    let decode = |at: usize| {
        let body = mail[at..].split_once("\r\n\r\n").expect("a part has a body").1;
        let coded: String = body.split("\r\n--").next().unwrap_or_default().split("\r\n").collect();
        let bytes = data_encoding::BASE64.decode(coded.as_bytes()).expect("base64");
        String::from_utf8(bytes).expect("text")
    };
    marks.map(|(at, _)| decode(at)).collect()
}

#[test]
fn the_text_part_is_the_golden_one() {
    let text = render_text(&letter(), &Templates::default()).expect("renders");
    if std::env::var_os("BREACHD_BLESS").is_some() {
        std::fs::write("src/alert/testdata/alert.txt", &text).expect("writes");
    }
    assert_eq!(text, include_str!("../testdata/alert.txt"));
    assert!(text.lines().take(6).all(|line| line.chars().nth(4).is_some()), "six full lines first");
}

#[test]
fn the_mail_is_text_then_html_in_base64_with_its_headers() {
    let mail = composed(&letter());
    let head = header(&mail);
    for line in [
        "Message-ID: <BD-2026-000017.r0@agency.gov.tw>",
        "Date: Sat, 21 Nov 2026 01:19:30 +0000",
        "From: breachd@agency.gov.tw",
        "To: privacy@agency.gov.tw, hr-head@agency.gov.tw",
        "Auto-Submitted: auto-generated",
        "X-Auto-Response-Suppress: All",
        "List-Id: breachd <incidents.breachd.agency.gov.tw>",
        "X-Breachd-Case: BD-2026-000017",
        "X-Breachd-Level: 2",
        "X-Breachd-Kind: first",
        "Importance: high",
        "Content-Language: zh-TW",
    ] {
        assert!(head.split("\r\n").any(|seen| seen == line), "{line} in {head}");
    }
    assert!(!head.contains("In-Reply-To"));
    assert!(mail.find("text/plain").expect("has text") < mail.find("text/html").expect("has HTML"));
    let parts = parts(&mail);
    assert_eq!(parts.len(), 2);
    let text = render_text(&letter(), &Templates::default()).expect("renders");
    assert_eq!(parts[0], text.replace('\n', "\r\n"));
    assert!(parts[1].starts_with("<!DOCTYPE html>"));
    assert!(mail.split("\r\n").all(|line| line.len() <= 998 && !line.contains(['\r', '\n'])));
}

#[test]
fn updates_answer_the_first_letter_and_keep_its_subject() {
    let update = Letter {
        id: "BD-2026-000017.r3".to_owned(),
        kind: LetterKind::Update,
        is_reply: true,
        note: vec!["人數由 1,000 增為 1,284".to_owned()],
        ..letter()
    };
    let mail = composed(&update);
    assert!(mail.contains("Message-ID: <BD-2026-000017.r3@agency.gov.tw>\r\n"));
    assert!(mail.contains("In-Reply-To: <BD-2026-000017.r0@agency.gov.tw>\r\n"));
    assert!(mail.contains("References: <BD-2026-000017.r0@agency.gov.tw>\r\n"));
    assert_eq!(update.subject(), letter().subject());
    assert_eq!(update.subject(), "[breachd] BD-2026-000017 第2級 疑似個資外洩（草稿）");
    assert!(parts(&mail)[0].contains("人數由 1,000 增為 1,284"));
}

#[test]
fn the_level_told_falls_only_by_a_person() {
    let mut letter = letter();
    letter.draft.notified_level = Some(3);
    assert!(letter.subject().contains("第3級"));
    let text = render_text(&letter, &Templates::default()).expect("renders");
    assert!(text.starts_with("等級　　第 3 級　") && text.contains("目前計算為第 2 級"), "{text}");
}

#[test]
fn the_same_letter_gives_the_same_bytes() {
    let file = || Attachment {
        name: "BD-2026-000017-form.odt".to_owned(),
        mime: "application/vnd.oasis.opendocument.text".to_owned(),
        bytes: vec![0, 10, 13, 255],
    };
    let mail = || compose(&letter(), &Templates::default(), vec![file()]).expect("composes");
    assert_eq!(mail(), mail());
    let mail = String::from_utf8(mail()).expect("ASCII");
    assert!(
        mail.find("multipart/mixed").expect("mixed")
            < mail.find("multipart/alternative").expect("alternative")
    );
    assert!(mail.contains("filename=\"BD-2026-000017-form.odt\"") && mail.contains("AAoN/w=="), "{mail}");
}

/// 200 values that try to leave their place.
fn hostile() -> Vec<String> {
    let tricks = [
        "\r\nBcc: evil@example.com",
        "\n\n--=_alternative_BD-2026-000017.r0\n",
        "<script>alert(1)</script>",
        "\"><img src=http://evil.example/x>",
        "\u{202e}gpj.exe\u{2066}",
        "\u{0}\u{1b}[2J\u{9b}31m\u{7f}",
        "{{ level }}{% raw %}",
        "\r\n.\r\nMAIL FROM:<x>",
    ];
    (0..200).map(|n| format!("{}{n}{}", tricks[n % tricks.len()], tricks[(n / 8) % tricks.len()])).collect()
}

#[test]
fn no_hostile_value_leaves_its_place() {
    let (lines, head) =
        (parts(&composed(&letter()))[0].lines().count(), fields(&composed(&letter())).join(","));
    for evil in hostile() {
        let mut letter = letter();
        let core = &mut letter.draft.core;
        core.actor.clone_from(&evil);
        core.objects[0].clone_from(&evil);
        core.origins[0].clone_from(&evil);
        core.recipients[0].address.clone_from(&evil);
        core.samples[0].masked.clone_from(&evil);
        letter.org_name.clone_from(&evil);
        letter.draft.systems[0].system = Some(evil.clone());
        letter.draft.completeness.gaps[0].path.clone_from(&evil);
        let mail = composed(&letter);
        assert_eq!(fields(&mail).join(","), head, "{evil:?}");
        let parts = parts(&mail);
        assert_eq!(parts.len(), 2, "{evil:?}");
        assert_eq!(parts[0].lines().count(), lines, "{evil:?}");
        let odd = |char: char| {
            (char.is_control() && char != '\r' && char != '\n') || "\u{202e}\u{2066}".contains(char)
        };
        assert!(!parts.iter().any(|part| part.contains(odd)), "{evil:?}");
        assert!(!parts[1].contains("<script") && !parts[1].contains("<img"), "{evil:?}");
    }
}

#[test]
fn the_html_part_loads_and_links_nothing() {
    let html = render_html(&letter(), &Templates::default()).expect("renders");
    for word in ["<img", "<a ", "href", "src=", "url(", "http", "<script", "<link"] {
        assert!(!html.contains(word), "{word}");
    }
    let (level, number) =
        (html.find("第 2 級（大）").expect("level"), html.find("1,284 人").expect("number"));
    assert!(level < number && number < html.find("內部處理").expect("deadline"));
    assert!(html.find("內部處理").expect("deadline") < html.find("<hr>").expect("the rest"));
}

#[test]
fn a_long_list_of_recipients_is_cut_and_counted() {
    let mut letter = letter();
    let one = letter.draft.core.recipients[0].clone();
    letter.draft.core.recipients = vec![one; 1_000];
    letter.draft.core.recipients_more = Some(234);
    let text = render_text(&letter, &Templates::default()).expect("renders");
    assert_eq!(text.matches("收件　　").count(), 50);
    assert!(text.contains("…等 1,234 位"));
}

#[test]
fn a_passed_limit_and_an_immediate_one_are_told_as_such() {
    let mut letter = letter();
    letter.now = letter.draft.duties[1].due.expect("set").0 + 90 * 60 * SECOND;
    letter.draft.duties[2].due = letter.draft.duties[2].from;
    let text = render_text(&letter, &Templates::default()).expect("renders");
    assert!(text.contains("● 內部處理 115/11/21 11:18 前（已逾期 1 小時 30 分）"), "{text}");
    assert!(text.contains("● 結案 立即（不待期限）"), "{text}");
}

#[test]
fn commands_to_copy_are_quoted_for_the_shell() {
    let mut letter = letter();
    letter.draft.core.actor = "x'; rm -rf / #$(id)".to_owned();
    let text = render_text(&letter, &Templates::default()).expect("renders");
    assert!(text.contains("--actor 'x'\\''; rm -rf / #$(id)' --since 2026-11-14"), "{text}");
}

#[test]
fn what_cannot_stand_in_a_mail_is_an_error_with_its_name() {
    let check = |letter: Letter, word: &str| {
        let error = compose(&letter, &Templates::default(), Vec::new()).expect_err("refused");
        assert!(error.to_string().contains(word) && !error.is_transient(), "{error}");
    };
    check(Letter { to: Vec::new(), ..letter() }, "[roles]");
    check(Letter { to: vec!["a b".to_owned()], ..letter() }, "`a b`");
    check(Letter { case: "BD\r\nBcc: x".to_owned(), ..letter() }, "case");
    let broken = Templates { text: "{{ levle }}".to_owned(), ..Templates::default() };
    let error = render_text(&letter(), &broken).expect_err("a typing error");
    assert!(error.to_string().contains("alert.txt") && error.to_string().contains("undefined"), "{error}");
}
