//! People whom no line shows: files of the inventory, names that tell, numbers that a format's field declares.

use serde_json::{Value, json};

use super::support::story::{TUESDAY, access, postfix};
use super::support::{Site, holds, national_id};

const LISTED: &str = "個資檔案名稱,檔案路徑,保管單位,筆數,檔案大小,特種,盤點日期\n\
                      員工名冊,/hr/**/staff-*.xlsx,人事室,\"1,284\",51200,否,115/06/30\n\
                      員工名冊,/hr/staff-summary.xlsx,人事室,1000,,否,115/06/30\n\
                      健檢報告,/hr/health-115.pdf,人事室,300,,是,115/06/30\n\
                      志工,/vol/volunteers.csv,社會處,80,,否,115/06/30\n";

fn site() -> Site {
    let sources = [("mail.log", ""), ("access.log", ""), ("app.log", "")];
    let site = Site::with(&sources, "transport = \"none\"", "[inventory]\nfiles = [\"./inventory.csv\"]");
    let text = std::fs::read_to_string(&site.config).expect("a configuration");
    let inside = "[org]\nnetworks = [\"10.0.0.0/8\"]\n";
    std::fs::write(&site.config, text.replace("[org]\n", inside)).expect("a configuration");
    std::fs::write(site.path("inventory.csv"), LISTED).expect("an inventory");
    site
}

/// Writes the logs, and expects the incidents that open from `watch` and `replay` alike.
fn check(mail: &str, web: &str, app: &str, expected: &Value) -> Site {
    let site = site();
    let logs = [
        ("mail.log", postfix(TUESDAY, mail)),
        ("access.log", access(TUESDAY, web)),
        ("app.log", app.to_owned()),
    ];
    for (name, text) in &logs {
        std::fs::write(site.log(name), text).expect("a log");
    }
    site.ok(&["watch", "--once"]);
    let cores = site.cores();
    if let Err(difference) = holds(&cores, expected, "incidents") {
        panic!("{difference}\n{cores:#}");
    }
    assert_eq!(cores, site.replayed(&logs.map(|(name, _)| site.log(name))), "replay differs");
    site
}

#[test]
fn a_listed_file_counts_its_records_by_the_share_that_was_delivered() {
    // An answer has 512 bytes, one hundredth of the file; part of a record is a record.
    let part = json!([{
        "actor": "chen", "subjects": {"total": 13, "estimated": true}, "rows": 0,
        "declared": {"records": 13, "special": 0, "low": 13, "high": 13},
    }]);
    check("", "0 203.0.113.24 chen 200 GET /hr/115/staff-all.xlsx", "", &part);
    // Several answers of one object add up; another object of the data set holds the same people.
    let three: String = (0..3).fold(String::new(), |story, nth| {
        story + &format!("{nth}s 203.0.113.24 chen 206 GET /hr/115/staff-all.xlsx\n")
    });
    check("", &three, "", &json!([{ "actor": "chen", "subjects": {"total": 39} }]));
    let whole = three + "9s 203.0.113.24 chen 200 GET /hr/staff-summary.xlsx\n";
    check("", &whole, "", &json!([{ "actor": "chen", "subjects": {"total": 1000} }]));
}

#[test]
fn different_data_sets_add_up_and_the_draft_shows_low_and_high() {
    let web = "0 203.0.113.24 chen 200 GET /hr/staff-summary.xlsx\n1s 203.0.113.24 chen 200 GET /vol/volunteers.csv";
    let expected = json!([{
        "actor": "chen", "subjects": {"total": 1080, "general": 1080}, "level": {"level": 1},
        "declared": {"records": 1080, "low": 1000, "high": 1080},
    }]);
    let site = check("", web, "", &expected);
    let case = site.json(&["incident", "list", "--json"])["incidents"][0]["case"].clone();
    let text = site.ok(&["incident", "show", case.as_str().expect("a case"), "--lang", "zh-TW"]);
    for part in ["推定 1,000 至 1,080 人", "個資盤點清冊「員工名冊」", "個資盤點清冊「志工」", "約 1,080"]
    {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn a_listed_file_opens_a_draft_inside_and_special_data_is_special() {
    let expected = json!([{
        "actor": "10.1.1.1", "subjects": {"total": 300, "general": 0, "special": 300}, "natures": ["special"],
        "level": {"level": 3, "by_count": 1, "by_nature": 3},
    }]);
    check("", "0 10.1.1.1 - 200 GET /hr/health-115.pdf", "", &expected);
    check("", "0 10.1.1.1 - 200 GET /vol/volunteers.csv", "", &json!([{ "subjects": {"total": 80} }]));
}

#[test]
fn what_was_not_delivered_counts_nobody() {
    for line in [
        "0 203.0.113.24 chen 404 GET /hr/health-115.pdf",
        "0 203.0.113.24 chen 304 GET /hr/health-115.pdf",
        "0 203.0.113.24 chen 200 HEAD /hr/health-115.pdf",
        "0 203.0.113.24 - 200 GET /hr/health-115.pdf",
    ] {
        check("", line, "", &json!([]));
    }
}

#[test]
fn a_telling_name_that_is_not_listed_is_to_be_found_out_and_never_nobody() {
    let web = "0 203.0.113.24 chen 200 GET /x/%E7%97%85%E6%AD%B7.pdf";
    let expected = json!([{
        "actor": "chen", "subjects": {"total": 0, "estimated": true}, "natures": ["special"], "level": {"level": 3},
    }]);
    let site = check("", web, "", &expected);
    let table = site.ok(&["incident", "list", "--lang", "zh-TW"]);
    assert!(table.contains("待查"), "{table}");
    let case = site.json(&["incident", "list", "--json"])["incidents"][0]["case"].clone();
    let text = site.ok(&["incident", "show", case.as_str().expect("a case"), "--lang", "zh-TW"]);
    assert!(text.contains("筆數待查"), "{text}");
}

#[test]
fn declared_numbers_come_from_fields_and_never_from_words() {
    let line = |user: &str, message: &str, rows: &str| {
        format!(
            "{{\"time\":\"2026-11-17T00:00:00Z\",\"user\":\"{user}\",\"message\":\"{message}\",\"file\":\"out.csv\"{rows}}}\n"
        )
    };
    let field = line("hsu", "exported", ",\"rows\":12000");
    let expected = json!([{
        "route": "export", "actor": "hsu", "subjects": {"total": 12_000, "estimated": true},
        "declared": {"records": 12_000}, "level": {"level": 2, "by_count": 2},
    }]);
    check("", "", &field, &expected);
    check("", "", &line("lin", "exported 12000 rows", ""), &json!([]));
    check("", "", &line("lin", "共 12000 筆", ",\"rows\":3"), &json!([]));
    // Twenty do not open an export, and twenty-one do.
    check("", "", &line("lin", "exported", ",\"rows\":20"), &json!([]));
    check("", "", &line("lin", "exported", ",\"rows\":21"), &json!([{ "subjects": {"total": 21} }]));
}

#[test]
fn those_who_are_seen_are_among_those_who_are_declared() {
    let seen = national_id(7);
    let line = format!(
        "{{\"time\":\"2026-11-17T00:00:00Z\",\"user\":\"hsu\",\"message\":\"匯出 {seen}\",\"file\":\"out.csv\",\"rows\":500}}\n"
    );
    check("", "", &line, &json!([{ "subjects": {"total": 500}, "rows": 1 }]));
}
