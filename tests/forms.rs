//! The official forms: an office program opens them, and what it prints holds every label and every value.

#![allow(missing_docs, reason = "a test binary")]

mod support;

use std::path::Path;
use std::process::Command;

use breachd::alert::Letter;
use breachd::incident::{Draft, Item, Office, items};
use breachd::moment::Tz;
use breachd::report::{Filing, Form, Layout, document};
use breachd::severity::{ACTIVE, Policy, shipped};
use support::{Site, expect, servers};

const OFFICE_PROGRAMS: [&str; 3] = ["/usr/bin/soffice", "/usr/bin/pdftotext", "/usr/bin/pdfinfo"];

/// What each form must say beside its items.
const LABELS: [(Form, &[&str]); 3] = [
    (
        Form::Construction110,
        &[
            "個人資料事故通報及紀錄表",
            "非公務機關名稱",
            "通報機關",
            "通報時間",
            "簽名（蓋章）",
            "職稱",
            "電話",
            "Email",
            "地址",
            "是否於發現個人資料外洩後七十二小時內通報",
            "備註：特種個人資料，指有關病歷、醫療、基因、性生活、健康檢查及犯罪前科",
        ],
    ),
    (
        Form::Taipei112,
        &[
            "個資事件報告（初步）",
            "事件發生科室：人事室",
            "報告人",
            "個資影響範圍",
            "涉及系統及紀錄",
            "判定依據",
            "遮罩證據",
            "A1********",
            "由個資保護工作小組於緊急應變會議決議",
            "科室主管",
        ],
    ),
    (
        Form::Record02501,
        &[
            "個人資料事件紀錄通報單",
            "IMS-P-025-01",
            "□0（小）",
            "□1（中）",
            "■2（大）",
            "□3（嚴重）",
            "10,001~20,000筆",
            "20,001筆以上",
            "接獲通報後2小時內處理",
            "是否同屬資通安全事件",
            "資通安全長",
            "結案日期",
        ],
    ),
];

fn policies() -> Vec<Policy> {
    let active = shipped().into_iter().take(ACTIVE.len());
    active.map(|(file, text)| Policy::parse(file, text).expect("a sound pack")).collect()
}

fn office() -> Office {
    Office {
        organisation: "臺北市政府工務局新建工程處".to_owned(),
        authority: "臺北市政府".to_owned(),
        address: "臺北市信義區市府路1號".to_owned(),
        reporter: ["王承辦", "專員", "02-12345678", "privacy@agency.gov.tw"].map(str::to_owned),
        zone: Tz::Asia__Taipei,
    }
}

fn written(form: Form, draft: &Draft, layout: Layout) -> Vec<u8> {
    let (office, policies) = (office(), policies());
    document(form, &Filing { draft, office: &office, policies: &policies }, layout).expect("fills in")
}

/// Prints a document with an office program of its own profile; the text of the pages, and how many there are.
fn printed(dir: &Path, name: &str) -> (String, usize) {
    let profile = format!("-env:UserInstallation=file://{}/profile", dir.display());
    let run = |program: &str, arguments: &[&str]| {
        let output =
            Command::new(program).args(arguments).current_dir(dir).env("HOME", dir).output().expect("starts");
        assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    run("soffice", &["--headless", "--norestore", &profile, "--convert-to", "pdf", name]);
    let pdf = Path::new(name).with_extension("pdf").to_string_lossy().into_owned();
    let pages = run("pdfinfo", &[&pdf]);
    let size = pages.lines().find(|line| line.starts_with("Page size")).expect("a size");
    assert!(size.contains("A4"), "{size}");
    let pages =
        pages.lines().find_map(|line| line.strip_prefix("Pages:")?.trim().parse().ok()).expect("a number");
    (run("pdftotext", &["-raw", &pdf, "-"]), pages)
}

/// Without blanks: where a line is broken is the office program's affair.
fn dense(text: &str) -> String {
    text.chars().filter(|char| !char.is_whitespace()).collect()
}

#[test]
fn an_office_program_prints_every_label_and_every_value_on_two_pages_at_most() {
    if servers::missing(&OFFICE_PROGRAMS) {
        return;
    }
    let dir = tempfile::tempdir().expect("a folder");
    let draft = Letter::sample().draft;
    let items = items(&draft, &office());
    for (form, labels) in LABELS {
        let name = format!("{}.odt", form.id());
        std::fs::write(dir.path().join(&name), written(form, &draft, Layout::Odt)).expect("writes");
        let (text, pages) = printed(dir.path(), &name);
        let content = expect("form.py", &[&dir.path().join(&name)]);
        let content = content["text"].as_str().expect("text");
        assert!((1..=2).contains(&pages), "{name} has {pages} pages");
        // The page holds every paragraph of the document, however its cell breaks it into lines.
        let text = dense(&text);
        for paragraph in content.lines().map(dense) {
            assert!(text.contains(&paragraph), "{name}: the page lacks {paragraph}");
        }
        // Only the authority's own form asks whether it was told in time.
        let asked = |item: &&Item| form == Form::Construction110 || **item != items.in_time;
        for line in items.all().into_iter().filter(asked).flat_map(|item| &item.lines) {
            assert!(text.contains(&dense(line)), "{name} lacks {line}");
        }
        for label in labels {
            assert!(text.contains(&dense(label)), "{name} lacks {label}");
        }
        if std::env::var_os("BREACHD_KEEP").is_some() {
            std::fs::copy(dir.path().join(format!("{}.pdf", form.id())), format!("/tmp/{}.pdf", form.id()))
                .expect("kept");
        }
    }
}

#[test]
fn a_hostile_case_stays_within_the_cells_of_its_form() {
    let hostile = "</text:p><x a='\"&amp;]]>\u{0}\u{1b}[2J\u{202e}\u{fffe}{{ 7*7 }}\r\n<!ENTITY";
    let mut draft = Letter::sample().draft;
    let core = &mut draft.core;
    core.actor = hostile.to_owned();
    core.objects = vec![hostile.to_owned(); 2_000];
    core.origins.clone_from(&core.objects);
    core.recipients.iter_mut().for_each(|recipient| recipient.address = hostile.to_owned());
    core.samples.iter_mut().for_each(|sample| sample.masked = hostile.to_owned());
    draft.systems[0].source = hostile.to_owned();
    draft.systems[0].owner_unit = Some(hostile.to_owned());
    draft.completeness.gaps[0].path = hostile.to_owned();
    let dir = tempfile::tempdir().expect("a folder");
    for form in Form::ALL {
        for (layout, name) in [(Layout::Odt, "a.odt"), (Layout::Fodt, "a.fodt")] {
            let bytes = written(form, &draft, layout);
            assert!(bytes.len() < 100_000, "{} bytes", bytes.len());
            std::fs::write(dir.path().join(name), &bytes).expect("writes");
            let told = expect("form.py", &[&dir.path().join(name)]);
            let text = told["text"].as_str().expect("text");
            assert!(text.contains("</text:p><x a='\"&amp;]]>[2J{{ 7*7 }}  <!ENTITY"), "{text}");
            assert_eq!(told["tables"], if form == Form::Record02501 { 2 } else { 1 });
        }
    }
}

#[test]
fn one_case_gives_the_same_bytes_at_every_run_and_from_a_watch() {
    let site = Site::new("[form]\nauthority = \"臺北市政府\"");
    std::fs::write(site.log("mail.log"), include_str!("../config/quickstart/mail.log")).expect("a log");
    site.ok(&["watch", "--once"]);
    let runs = [0, 1].map(|_| site.run(&["form", "BD-2026-000001", "--form", "moi-construction-110"]).stdout);
    assert!(runs[0].starts_with(b"PK\x03\x04") && runs[0] == runs[1]);
    let file = site.path("record.odt");
    site.ok(&["form", "BD-2026-000001", "-o", file.to_str().expect("UTF-8")]);
    let told = expect("form.py", &[&file]);
    let text = told["text"].as_str().expect("text");
    assert!(
        text.contains("BD-2026-000001") && text.contains("測試機關") && text.contains("IMS-P-025-01"),
        "{text}"
    );
    let mail = site.path("spool/new/BD-2026-000001.r0.eml");
    let attached = expect("form.py", &[&mail]);
    assert_eq!(attached["names"], serde_json::json!(["BD-2026-000001-form-ims-p-025-01.odt"]));
    assert_eq!(attached["sha256"][0], told["sha256"][0], "the same form goes with the mail");
    let fodt = site.ok(&["form", "BD-2026-000001", "--format", "fodt"]);
    assert!(fodt.starts_with("<?xml") && fodt.contains("office:document "));
}

#[test]
fn a_form_of_an_unknown_case_says_the_way_out() {
    let site = Site::new("");
    std::fs::write(site.log("mail.log"), "").expect("a log");
    site.ok(&["watch", "--once"]);
    let output = site.run(&["form", "BD-2026-000009"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("incident list"));
    assert_eq!(site.run(&["form", "x", "--form", "tax"]).status.code(), Some(2));
}
