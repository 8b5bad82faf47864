//! What holds of every mail, each rule by its name.

use breachd::alert::{
    Acknowledge, Attachment, Bulletin, Language, Letter, LetterKind, MAIL_BYTES_MAX, Templates, compose,
    render_html, render_text,
};
use breachd::incident::{Content, Missing, Read, ReadUpTo, Recipient, Sample, SamplePlace, System};

use super::{composed, header, parts};

const MINUTE: i64 = 60_000_000;

fn text(letter: &Letter) -> String {
    render_text(letter, &Templates::default(), &[]).expect("renders")
}

#[test]
fn the_header_says_what_machines_ask_for() {
    let mail = composed(&Letter::sample());
    for line in [
        "Message-ID: <BD-2026-000017@agency.gov.tw>",
        "Date: Sat, 21 Nov 2026 01:19:30 +0000",
        "From: breachd@agency.gov.tw",
        "To: privacy@agency.gov.tw, hr-head@agency.gov.tw",
        "Auto-Submitted: auto-generated",
        "X-Auto-Response-Suppress: All",
        "List-Id: breachd <incidents.breachd.agency.gov.tw>",
        "X-Breachd-Case: BD-2026-000017",
        "X-Breachd-Level: 2",
        "X-Breachd-Kind: first",
        "X-Breachd-Due: 2026-11-21T03:18:00Z",
        "X-Breachd-Policy: moi-construction-110, nfu-ims-p-025",
        "Importance: high",
        "Content-Language: zh-TW, en",
    ] {
        assert!(header(&mail).split("\r\n").any(|seen| seen == line), "{line} in {}", header(&mail));
    }
    for absent in ["In-Reply-To", "Reply-To", "Precedence"] {
        assert!(!header(&mail).contains(absent), "{absent}");
    }
}

#[test]
fn letters_of_a_case_keep_their_subject_until_the_level_rises_and_answer_the_first() {
    let first = Letter::sample();
    assert_eq!(first.subject(), "[breachd] BD-2026-000017 第2級 疑似個資外洩（草稿）郵件閘道");
    let update = Letter {
        id: "BD-2026-000017.r3".to_owned(),
        kind: LetterKind::Update,
        revision: 3,
        is_reply: true,
        ..first.clone()
    };
    let mail = composed(&update);
    for line in [
        "Message-ID: <BD-2026-000017.r3@agency.gov.tw>",
        "In-Reply-To: <BD-2026-000017@agency.gov.tw>",
        "References: <BD-2026-000017@agency.gov.tw>",
    ] {
        assert!(header(&mail).split("\r\n").any(|seen| seen == line), "{line} in {}", header(&mail));
    }
    assert_eq!(update.subject(), first.subject());
    let mut risen = update.clone();
    risen.draft.core.level.level = 3;
    assert_eq!(risen.subject(), first.subject().replace("第2級", "第3級"));
    // Those who are told first on a rise have no thread yet.
    let added = Letter { id: "BD-2026-000017.r3-added".to_owned(), is_reply: false, ..risen };
    let mail = composed(&added);
    assert!(
        mail.contains("Message-ID: <BD-2026-000017.r3-added@agency.gov.tw>\r\n")
            && !mail.contains("In-Reply-To")
    );
}

#[test]
fn a_subject_has_no_long_number_and_no_mark_of_the_configuration() {
    let name = "人事薪資系統 0912345678\r\nBcc: x <a@b> \"主機\" 第二資料中心";
    let letter = Letter { system: name.to_owned(), ..Letter::sample() };
    let subject = letter.subject();
    assert!(!subject.contains(['\r', '\n', ':', '<', '@', '"']) && !subject.contains("345678"), "{subject}");
    assert!(subject.chars().count() < 70, "{subject}");
}

#[test]
fn the_level_told_falls_only_by_a_person() {
    let mut letter = Letter::sample();
    letter.draft.notified_level = Some(3);
    assert!(letter.subject().contains("第3級"));
    let text = text(&letter);
    assert!(text.starts_with("等級　　第 3 級　") && text.contains("目前計算為第 2 級"), "{text}");
}

#[test]
fn the_same_letter_gives_the_same_bytes() {
    for (_, letter) in Letter::samples() {
        assert_eq!(composed(&letter), composed(&letter));
    }
}

#[test]
fn the_html_part_loads_and_links_nothing() {
    let letters = Letter::samples()
        .into_iter()
        .map(|(kind, letter)| (kind, render_html(&letter, &Templates::default(), &[]).expect("renders")));
    let bulletins = Bulletin::samples().into_iter();
    let bulletins = bulletins.map(|(kind, it)| (kind, it.html(&Templates::default()).expect("renders")));
    for (kind, html) in letters.chain(bulletins) {
        for word in ["<img", "<a ", "href", "src=", "url(", "http", "<script", "<link", "<style", "@import"] {
            assert!(!html.contains(word), "{word} in {kind}");
        }
    }
}

#[test]
fn one_language_is_enough_and_chinese_comes_first() {
    let both = text(&Letter::sample());
    let at = both.find("-- English --").expect("an English block");
    assert!(both.find("期限").expect("the six lines") < at);
    for line in ["Level ", "What ", "How many ", "Where ", "When ", "Until "] {
        assert!(both[at..].lines().any(|seen| seen.starts_with(line)), "{line}");
    }
    let one = Letter { languages: vec![Language::Chinese], ..Letter::sample() };
    assert_eq!(text(&one), both[..at].trim_end().to_owned() + "\n");
    assert!(composed(&one).contains("Content-Language: zh-TW\r\n"));
}

#[test]
fn a_minimal_mail_tells_the_case_and_its_deadline_and_nothing_else() {
    let letter = Letter { is_minimal: true, ..Letter::sample() };
    let mail = composed(&letter);
    let parts = parts(&mail);
    for word in ["1,284", "wang", "example", "人事室", "薪資", "A1***", "金融", "moi-", "IMS-P"] {
        assert!(!parts.iter().any(|part| part.contains(word)) && !header(&mail).contains(word), "{word}");
    }
    assert!(parts[0].contains("BD-2026-000017") && parts[0].contains("115/11/21 11:18 前"), "{}", parts[0]);
    assert!(!header(&mail).contains("X-Breachd-Level") && letter.subject().contains("BD-2026-000017"));
}

#[test]
fn who_cannot_answer_by_mail_is_told_whom_to_telephone() {
    let phone = text(&Letter::sample());
    assert!(
        phone.contains("電洽資訊室值班（分機 1234）")
            && phone.contains("incident ack BD-2026-000017 --by-phone")
    );
    let acknowledge = Acknowledge::Reply {
        to: "r+abc@agency.gov.tw".to_owned(),
        until: Letter::sample().now + 60 * MINUTE,
    };
    let letter = Letter { acknowledge, ..Letter::sample() };
    assert!(text(&letter).contains("直接回覆本信即登錄「已知悉」"));
    assert!(composed(&letter).contains("Reply-To: r+abc@agency.gov.tw\r\n"));
}

#[test]
fn a_passed_limit_and_an_immediate_one_are_told_as_such() {
    let mut letter = Letter::sample();
    letter.now = letter.draft.duties[1].due.expect("set").0 + 90 * MINUTE;
    letter.draft.duties[2].due = letter.draft.duties[2].from;
    let text = text(&letter);
    assert!(text.contains("● 內部處理 115/11/21 11:18 前（已逾期 1 小時 30 分）"), "{text}");
    assert!(text.contains("● 結案 立即（不待期限）"), "{text}");
}

#[test]
fn commands_to_copy_are_quoted_for_the_shell() {
    let mut letter = Letter::sample();
    letter.draft.core.actor = "x'; rm -rf / #$(id)".to_owned();
    let text = text(&letter);
    assert!(text.contains("--actor 'x'\\''; rm -rf / #$(id)' --since 2026-11-14"), "{text}");
}

#[test]
fn what_is_not_known_yet_is_no_zero() {
    let mut letter = Letter::sample();
    let subjects = &mut letter.draft.core.subjects;
    (subjects.total, subjects.general, subjects.estimated) = (0, 0, true);
    assert!(text(&letter).contains("筆數待查") && !text(&letter).contains(" 0 人（"), "{}", text(&letter));
}

#[test]
fn what_cannot_stand_in_a_mail_is_an_error_with_its_name() {
    let check = |letter: Letter, word: &str| {
        let error = compose(&letter, &Templates::default(), Vec::new()).expect_err("refused");
        assert!(error.to_string().contains(word) && !error.is_transient(), "{error}");
    };
    let letter = Letter::sample;
    check(Letter { to: Vec::new(), ..letter() }, "[roles]");
    check(Letter { to: vec!["a b".to_owned()], ..letter() }, "`a b`");
    check(Letter { case: "BD\r\nBcc: x".to_owned(), ..letter() }, "case");
}

/// The largest case there can be, in characters of four bytes and in those that HTML makes six of.
#[test]
fn the_largest_case_stays_within_a_mebibyte() {
    for char in ["𠀀", "'", "　", "\n"] {
        let long = char.repeat(2_000);
        let mut letter = Letter::sample();
        let draft = &mut letter.draft;
        let core = &mut draft.core;
        core.actor.clone_from(&long);
        core.objects = vec![long.clone(); 5_000];
        core.origins = vec![char.repeat(40); 5_000];
        core.recipients =
            vec![Recipient { address: long.clone(), outcome: core.recipients[0].outcome }; 1_000];
        core.recipients
            .extend(vec![Recipient { address: char.repeat(60), ..core.recipients[0].clone() }; 1_000]);
        core.recipients_more = Some(1_000_000);
        let place = Some(SamplePlace { path: long.clone(), offset: u64::MAX, line: u64::MAX });
        core.samples = vec![Sample { time: core.first, masked: char.repeat(200), place }; 20];
        draft.completeness.gaps =
            vec![Missing { path: char.repeat(300), from: 0, to: None, cause: long.clone() }; 1_000];
        draft.completeness.sources =
            vec![ReadUpTo { source: char.repeat(300), until: Some(core.last) }; 1_000];
        draft.systems = vec![
            System {
                source: char.repeat(300),
                system: Some(long.clone()),
                owner_unit: Some(long.clone())
            };
            200
        ];
        letter.note = vec![long.clone(); 500];
        letter.to = (0..400).map(|n| format!("{}{n}@agency.gov.tw", "a".repeat(60))).collect();
        letter.role_names = vec![("dpo".to_owned(), letter.to.clone()); 20];
        let file = |n: usize| Attachment {
            name: format!("BD-2026-000017-{n}.odt"),
            title: "草稿".to_owned(),
            mime: "application/vnd.oasis.opendocument.text".to_owned(),
            bytes: vec![0; 80 << 10],
        };
        let mail = compose(&letter, &Templates::default(), (0..6).map(file).collect()).expect("composes");
        assert!(mail.len() <= MAIL_BYTES_MAX, "{} bytes", mail.len());
        let mail = String::from_utf8(mail).expect("ASCII");
        assert_eq!(mail.matches("Content-Disposition: attachment").count(), 3, "those that fit");
        println!("largest case of {char:?}: {} bytes", mail.len());
    }
}

#[test]
fn whoever_is_outside_is_told_without_being_shown_to_others() {
    let mut letter = Letter::sample();
    letter.to.extend((0..30).map(|n| format!("u{n}@vendor.example")));
    letter.role_names.push(("ciso".to_owned(), letter.to[2..].to_vec()));
    let mail = composed(&letter);
    assert!(mail.contains("\r\nTo: privacy@agency.gov.tw, hr-head@agency.gov.tw\r\n"), "{}", header(&mail));
    assert!(
        !parts(&mail).iter().any(|part| part.contains("vendor.example")) && !mail.contains("vendor.example")
    );
    assert!(parts(&mail)[0].contains("外部收件者 30 位"), "{}", parts(&mail)[0]);
    letter.to.drain(..2);
    assert!(composed(&letter).contains("\r\nTo: undisclosed-recipients:;\r\n"));
    letter.to.truncate(1);
    assert!(composed(&letter).contains("\r\nTo: u0@vendor.example\r\n"));
}

#[test]
fn a_minimal_bulletin_tells_numbers_cases_and_deadlines_and_nothing_else() {
    for (_, bulletin) in Bulletin::samples().into_iter().filter(|(_, bulletin)| bulletin.is_minimal) {
        let mail =
            String::from_utf8(bulletin.compose(&Templates::default()).expect("composes")).expect("ASCII");
        let text = &parts(&mail)[0];
        for word in ["@agency", "example", "第 ", "人", "203.0", "198.51", "/var/log", "薪資", "level 2"]
        {
            assert!(!text.contains(word), "{word} in {text}");
        }
        assert!(text.contains("BD-2026-0000") && text.contains("期限"), "{text}");
    }
}

/// The largest bulletin there can be, in characters of four bytes and in those that HTML makes six of.
#[test]
fn the_largest_bulletin_has_both_its_parts() {
    for char in ["𠀀", "'", "\n"] {
        let long = |n: usize| char.repeat(n);
        for (kind, mut bulletin) in Bulletin::samples() {
            let listings = match &mut bulletin.said.content {
                Content::Collective(list) => vec![list],
                Content::Digest(digest) => {
                    let suppressed = digest.standing.first().or(digest.ended.first()).cloned();
                    if let Some(mut one) = suppressed {
                        (one.words, one.owner, one.reason) = (long(60), long(60), long(300));
                        digest.standing = vec![one.clone(); 300];
                        digest.ended = vec![one; 300];
                    }
                    digest.sources =
                        vec![Read { source: long(100), lines: u64::MAX / 100, bytes: 0, until: None }; 50];
                    let gap = Missing { path: long(200), from: 0, to: None, cause: long(100) };
                    (digest.gaps, digest.gaps_total) = (vec![gap; 20], 9_999_999);
                    vec![&mut digest.held, &mut digest.exposed, &mut digest.possible]
                }
            };
            for (nth, list) in listings.into_iter().enumerate() {
                for entry in &mut list.entries {
                    entry.actor = long(50);
                }
                let one = list.entries.first().cloned();
                list.entries.extend(one.into_iter().flat_map(|one| vec![one; 100]));
                // What opens no case has no number.
                let runs = if nth == 0 { 5_000 } else { 0 };
                (list.total, list.numbers) =
                    (999_999, vec!["BD-2026-000017 – BD-2026-000431".to_owned(); runs]);
            }
            let mail = bulletin.compose(&Templates::default());
            let mail = mail.unwrap_or_else(|error| panic!("{kind} of {char:?}: {error}"));
            assert!(mail.len() <= MAIL_BYTES_MAX, "{} bytes", mail.len());
            println!("largest {kind} of {char:?}: {} bytes", mail.len());
        }
    }
}
