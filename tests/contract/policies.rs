//! What each policy pack makes of an incident, in both languages, as it is printed: golden files, rewritten with
//! `BREACHD_BLESS=1`.

use super::*;

/// Who is told, and systems that hold data.
const CONFIGURATION: &str = r#"
[org]
name = "示範機關"
domains = ["agency.gov.tw"]
[[source]]
path = "/var/log/mail.log"
system = "hr"
owner_unit = "人事室"
records_held = 12000
[roles]
dpo = ["privacy@agency.gov.tw"]
unit-head = ["head@agency.gov.tw"]
exec-secretary = ["secretary@agency.gov.tw"]
ciso = ["ciso@agency.gov.tw"]
[roles.unit."人事室"]
dpo = ["hr-privacy@agency.gov.tw"]
"#;

/// 1,284 people, four of them with special-category data, a Saturday morning in Taipei.
const QUESTION: [&str; 9] = [
    "explain",
    "--records=1284",
    "--special=4",
    "--rows=10301",
    "--nature=identification,financial",
    "--system=hr",
    "--at=2026-11-21T09:02:00+08:00",
    "--policy",
    "",
];

fn folder(configuration: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("b.toml"), configuration).expect("written");
    folder
}

fn policy(dir: &Path, arguments: &[&str], lang: &str) -> Output {
    run(dir, &[&["-q", "-c", "b.toml", "--lang", lang, "policy"], arguments].concat(), b"")
}

fn check(id: &str) {
    let dir = folder(CONFIGURATION);
    for lang in ["zh-TW", "en"] {
        let mut question = QUESTION;
        question[8] = id;
        let output = policy(dir.path(), &question, lang);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let (printed, name) = (text(&output.stdout), format!("{id}.{lang}.txt"));
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contract/policies").join(&name);
        if std::env::var_os("BREACHD_BLESS").is_some() {
            std::fs::write(&path, &printed).expect("written");
        }
        let golden = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(printed, golden, "{name}; BREACHD_BLESS=1 rewrites it");
    }
}

#[test]
fn nfu_ims_p_025_is_explained_with_its_words() {
    check("nfu-ims-p-025");
}

#[test]
fn moi_construction_110_is_explained_with_its_words() {
    check("moi-construction-110");
}

#[test]
fn taipei_nco_112_is_explained_with_its_words() {
    check("taipei-nco-112");
}

#[test]
fn pdpa_draft_2026_is_explained_as_a_draft() {
    check("pdpa-draft-2026");
}

#[test]
fn packs_are_listed_with_status_version_first_day_and_whether_they_are_active() {
    let dir = folder(CONFIGURATION);
    let output = policy(dir.path(), &["list", "--json"], "en");
    let listed: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(listed["schema"], "breachd.policies/1");
    let seen: Vec<_> = listed["policies"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|pack| {
            [&pack["id"], &pack["status"], &pack["effective_from"]].map(|it| it.as_str().unwrap_or(""))
        })
        .collect();
    assert_eq!(
        seen,
        [
            ["nfu-ims-p-025", "in-force", "2023-05-05"],
            ["moi-construction-110", "in-force", "2021-11-30"],
            ["taipei-nco-112", "in-force", "2023-05-30"],
            ["pdpa-draft-2026", "draft", "2026-01-22"],
        ]
    );
    let active: Vec<_> =
        listed["policies"].as_array().expect("a list").iter().map(|it| &it["active"]).collect();
    assert_eq!(active, [true, true, false, false]);
    let table = text(&policy(dir.path(), &["list"], "zh-TW").stdout);
    assert!(table.starts_with("代號") && table.contains("草案"), "{table}");
}

/// A site's pack with a fault ends with 78, its file and its line.
fn refused(pack: &str, words: &str) {
    let dir = folder(CONFIGURATION);
    std::fs::create_dir(dir.path().join("policies")).expect("created");
    std::fs::write(dir.path().join("policies/own.toml"), pack).expect("written");
    let output = policy(dir.path(), &["list"], "en");
    assert_eq!(output.status.code(), Some(78));
    assert!(text(&output.stderr).contains(words), "{}", text(&output.stderr));
}

#[test]
fn a_pack_of_the_site_with_a_fault_is_refused_with_its_line() {
    let shipped = include_str!("../../config/policies/nfu-ims-p-025.toml");
    let at = |from: &str| 1 + shipped[..shipped.find(from).expect("it stands there")].matches('\n').count();
    for (from, to, what) in [
        ("[21, 10_000]", "[20, 10_000]", "general: 20 overlaps the level before"),
        ("[21, 10_000]", "[22, 10_000]", "general: no level holds 21 to 21"),
        ("\"ciso\"", "\"chief\"", "unknown role `chief`"),
    ] {
        refused(&shipped.replacen(from, to, 1), &format!("own.toml:{}", at(from)));
        refused(&shipped.replacen(from, to, 1), what);
    }
    let duty = include_str!("../../config/policies/moi-construction-110.toml");
    refused(&duty.replace("clock = \"detected\"", ""), "the duty needs a clock");
}

#[test]
fn a_pack_of_the_site_stands_in_the_place_of_ours_and_a_later_version_waits_for_its_day() {
    let dir = folder(CONFIGURATION);
    std::fs::create_dir(dir.path().join("policies")).expect("created");
    let shipped = include_str!("../../config/policies/moi-construction-110.toml");
    let own = shipped.replace("at_least = 1_000", "at_least = 500");
    let later = shipped.replace("2021-11-30", "2027-01-01").replace("at_least = 1_000", "at_least = 50");
    std::fs::write(dir.path().join("policies/moi.toml"), own).expect("written");
    std::fs::write(dir.path().join("policies/moi-2027.toml"), later).expect("written");
    let duties = |records: &str, at: &str| {
        let question =
            ["explain", "--json", "--policy=moi-construction-110", "--records", records, "--at", at];
        let output = policy(dir.path(), &question, "en");
        let said: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        said["duties"].as_array().map_or(0, Vec::len)
    };
    assert_eq!([duties("499", "2026-12-31"), duties("500", "2026-12-31")], [0, 1]);
    assert_eq!([duties("49", "2027-01-01"), duties("50", "2027-01-01")], [0, 1]);
}

#[test]
fn working_days_follow_the_office_calendar_and_a_fault_in_it_has_its_line() {
    let dir = folder("");
    let calendar = dir.path().join("115.csv");
    let configured = |file: &Path| {
        let policy = format!("[policy]\nday_kind = \"working\"\nholidays = [\"{}\"]\n", file.display());
        std::fs::write(dir.path().join("b.toml"), format!("{policy}{CONFIGURATION}")).expect("written");
    };
    configured(&calendar);
    std::fs::write(&calendar, "西元日期,星期,是否放假,備註\n20261225,五,2,行憲紀念日\n").expect("written");
    let question = ["explain", "--json", "--records=10001", "--at=2026-12-23T10:00:00+08:00"];
    let output = policy(dir.path(), &question, "en");
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let close = said["duties"].as_array().expect("duties").iter().find(|duty| duty["what"] == "close");
    assert_eq!(close.expect("level 2 is to be closed")["due"], "2026-12-29T02:00:00Z");
    std::fs::write(&calendar, "西元日期,星期,是否放假,備註\n20261225,五,1,\n").expect("written");
    let output = policy(dir.path(), &question, "en");
    assert_eq!(output.status.code(), Some(78));
    assert!(text(&output.stderr).contains("115.csv:2"), "{}", text(&output.stderr));
}
