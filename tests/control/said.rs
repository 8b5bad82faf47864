//! What people say of a case at the command line, good and bad, and how `incident show` reads afterwards. Each refusal says
//! what, about which case, and the way out.

use serde_json::Value;

use crate::support::Site;
use crate::{append, mail};

/// The sender of a mail.
fn sender(n: usize) -> String {
    format!("wang{}@", char::from(b'a' + u8::try_from(n).expect("a letter")))
}

/// A site whose log had these mails, one person each and a sender of its own; the numbers of their cases.
fn with_cases<const N: usize>(numbers: [usize; N]) -> (Site, [String; N]) {
    let site = Site::new("");
    for n in numbers {
        append(&site.log("mail.log"), &mail(n).replace("wang@", &sender(n)));
    }
    site.ok(&["watch", "--once"]);
    let list = site.json(&["incident", "list", "--json"]);
    let number = |n: usize| {
        let actor = format!("{}agency.gov.tw", sender(n));
        let cases = list["incidents"].as_array().expect("incidents");
        let case = cases.iter().find(|case| case["actor"] == *actor).expect("a case of this sender");
        case["case"].as_str().expect("a number").to_owned()
    };
    (site, numbers.map(number))
}

fn show(site: &Site, case: &str) -> Value {
    site.json(&["incident", "show", case, "--json"])
}

/// What the terminal shows, in Chinese and in English.
fn shown(site: &Site, case: &str) -> [String; 2] {
    ["zh-TW", "en"].map(|lang| site.ok(&["--lang", lang, "incident", "show", case]))
}

/// The command is refused with this exit code, and says all of these.
fn refused(site: &Site, arguments: &[&str], code: i32, words: &[&str]) {
    let output = site.run(&[&["incident"], arguments].concat());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
    for word in words {
        assert!(said.contains(word), "{arguments:?}: `{word}` is not in: {said}");
    }
}

#[test]
fn a_level_is_set_by_number_and_by_what_has_happened_and_is_shown_beside_the_computed_one() {
    let (site, [case]) = with_cases([1]);
    let case = case.as_str();
    refused(&site, &["level", case], 2, &["--to"]);
    refused(&site, &["level", case, "--to", "two"], 2, &["two"]);
    refused(&site, &["level", case, "--to", "2"], 1, &["level", case, "needs --reason"]);
    refused(&site, &["level", case, "--to", "9", "--reason", "x"], 1, &["levels 0 to 3"]);
    let none = ["level", "BD-1999-000001", "--to", "2", "--reason", "x"];
    refused(&site, &none, 1, &["no case has the number `BD-1999-000001`", "incident list"]);
    assert_eq!(show(&site, case)["decided_level"], Value::Null, "what is refused is not done");
    let raise = ["incident", "level", case, "--authority-order", "--reason", "主管機關來函糾正"];
    assert_eq!(site.ok(&raise), format!("{case}: draft\n"));
    let now = show(&site, case);
    assert_eq!(now["decided_level"]["level"], 2);
    assert_eq!(now["decided_level"]["factors"], serde_json::json!(["authority-order"]));
    assert_eq!(now["level"]["level"], 0, "what is computed stays");
    assert_eq!(now["notified_level"], 2);
    let [chinese, english] = shown(&site, case);
    assert!(chinese.contains("由人定為 2（authority-order）"), "{chinese}");
    assert!(chinese.contains("level authority-order: 主管機關來函糾正"), "{chinese}");
    assert!(english.contains("set by a person: 2"), "{english}");
    let told: Vec<&str> = now["told"]
        .as_array()
        .expect("roles")
        .iter()
        .map(|one| one["role"].as_str().expect("a role"))
        .collect();
    assert_eq!(told, ["dpo", "unit-head", "exec-secretary"], "those of level 2");
    site.ok(&["incident", "level", case, "--to", "1", "--reason", "已澄清"]);
    assert_eq!(show(&site, case)["decided_level"]["level"], 1, "a person may lower it");
}

#[test]
fn knowledge_is_recorded_with_its_time_and_a_time_to_come_is_refused() {
    let (site, [case]) = with_cases([1]);
    let case = case.as_str();
    refused(&site, &["known", case, "--reason", "x"], 2, &["--at"]);
    refused(&site, &["known", case, "--at", "yesterday", "--reason", "x"], 2, &["yesterday"]);
    refused(&site, &["known", case, "--at", "2h"], 1, &["known", case, "needs --reason"]);
    let later = ["known", case, "--at", "2199-01-01T00:00:00Z", "--reason", "x"];
    refused(&site, &later, 1, &["2199-01-01T00:00:00Z", "is yet to come"]);
    site.ok(&["incident", "known", case, "--at", "2020-01-02T09:30:00+08:00", "--reason", "承辦人來電"]);
    site.ok(&["incident", "known", case, "--at", "2020-01-02T10:30:00+08:00", "--reason", "主管知悉"]);
    assert_eq!(show(&site, case)["known"], "2020-01-02T01:30:00Z", "the earliest");
    let [chinese, english] = shown(&site, case);
    assert!(chinese.contains("民國 109 年 1 月 2 日 09:30:00（由人記錄"), "{chinese}");
    assert!(chinese.contains("known 2020-01-02T01:30:00Z: 承辦人來電"), "{chinese}");
    assert!(english.contains("the earlier due time governs"), "{english}");
}

#[test]
fn cases_and_replays_are_linked_and_never_counted_in() {
    let (site, [one, other]) = with_cases([1, 2]);
    let (one, other) = (one.as_str(), other.as_str());
    refused(&site, &["link", one, "--reason", "x"], 2, &["--case"]);
    refused(&site, &["link", one, "--case", other], 1, &["link", one, "needs --reason"]);
    refused(&site, &["link", one, "--case", one, "--reason", "x"], 1, &["is", one, "itself"]);
    refused(
        &site,
        &["link", one, "--case", "BD-1999-000001", "--reason", "x"],
        1,
        &["no case has the number"],
    );
    let missing = site.path("none.json").display().to_string();
    refused(&site, &["link", one, "--replay", &missing, "--reason", "x"], 1, &[&missing, "No such file"]);
    let key = site.path("key").display().to_string();
    refused(&site, &["link", one, "--replay", &key, "--reason", "x"], 1, &[&key]);
    let report = site.path("report.json");
    let log = site.log("mail.log").display().to_string();
    std::fs::write(&report, site.ok(&["replay", &log, "--json"])).expect("written");
    let report = report.display().to_string();
    site.ok(&["incident", "link", one, "--case", other, "--reason", "同一份名冊"]);
    site.ok(&["incident", "link", one, "--replay", &report, "--reason", "全年紀錄"]);
    let links = show(&site, one)["links"].clone();
    assert_eq!(links.as_array().map(Vec::len), Some(2), "{links}");
    assert_eq!(show(&site, other)["links"], serde_json::json!([{ "case": one }]), "both ways");
    assert_eq!(show(&site, one)["subjects"]["total"], 1, "not counted in");
    let [chinese, _] = shown(&site, one);
    assert!(chinese.contains("2 人，未計入本案") && chinese.contains("link sha256:"), "{chinese}");
    assert!(chinese.contains(&format!("link {other}: 同一份名冊")), "{chinese}");
}

#[test]
fn a_case_is_led_from_the_telephone_call_to_its_end_and_no_step_is_left_out() {
    let (site, [case]) = with_cases([1]);
    let case = case.as_str();
    let act = |words: &[&str]| site.ok(&[&["incident"], words].concat());
    assert_eq!(act(&["ack", case, "--by-phone", "王主任 0912345678"]), format!("{case}: acknowledged\n"));
    refused(&site, &["ack", case], 1, &[case, "is acknowledged and cannot be acknowledged", "incident note"]);
    for early in ["report", "investigate", "correct"] {
        refused(&site, &[early, case], 1, &[case, "is acknowledged and cannot be", "incident note"]);
    }
    refused(&site, &["close", case], 1, &["close", case, "needs --reason"]);
    refused(&site, &["close", case, "--reason", "x"], 1, &["is acknowledged and cannot be closed"]);
    assert_eq!(act(&["confirm", case]), format!("{case}: confirmed\n"));
    assert_eq!(act(&["report", case, "--reason", "公文已發"]), format!("{case}: reported\n"));
    refused(&site, &["correct", case], 1, &["is reported and cannot be corrected"]);
    assert_eq!(act(&["investigate", case]), format!("{case}: investigated\n"));
    assert_eq!(act(&["correct", case]), format!("{case}: corrected\n"));
    assert_eq!(act(&["close", case, "--reason", "矯正完成"]), format!("{case}: closed\n"));
    refused(&site, &["dismiss", case, "--reason", "x"], 1, &["is closed and cannot be dismissed"]);
    assert_eq!(show(&site, case)["state"], "closed");
    let [chinese, english] = shown(&site, case);
    assert!(chinese.contains("王主任 ") && !chinese.contains("0912345678"), "{chinese}");
    assert!(chinese.contains("（電話）  ack"), "{chinese}");
    assert!(english.contains(" (by phone)  ack"), "{english}");
    let steps = ["  confirm", "  report: 公文已發", "  investigate", "  correct", "  close: 矯正完成"];
    let places: Vec<Option<usize>> = steps.iter().map(|step| chinese.find(step)).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?} {chinese}");
}

#[test]
fn an_acknowledged_case_whose_level_rises_reminds_again_until_it_is_acknowledged_again() {
    let (site, [case]) = with_cases([1]);
    let case = case.as_str();
    let reminders = || -> i64 {
        let store = rusqlite::Connection::open(site.path("state/state.db")).expect("a store");
        store.query_row("SELECT count(*) FROM reminder", [], |row| row.get(0)).expect("a table")
    };
    assert_eq!(reminders(), 2, "to handle it and to close it");
    site.ok(&["incident", "ack", case]);
    assert_eq!(reminders(), 0);
    site.ok(&["incident", "level", case, "--complaint", "--reason", "當事人申訴"]);
    assert!(reminders() > 0, "8 hours in place of 24");
    assert_eq!(site.ok(&["incident", "ack", case]), format!("{case}: acknowledged\n"));
    assert_eq!(reminders(), 0);
    refused(&site, &["ack", case], 1, &["is acknowledged and cannot be acknowledged"]);
}

#[test]
fn on_a_rise_the_added_roles_get_a_first_letter_and_the_others_a_reply_in_its_thread() {
    let (site, [case]) = with_cases([1]);
    let header = |id: &str| {
        let path = site.path("spool/new").join(format!("{id}.eml"));
        let mail =
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        mail.split("\r\n\r\n").next().unwrap_or_default().replace("\r\n ", " ")
    };
    let line = |header: &str, name: &str| {
        let line = header.split("\r\n").find_map(|line| line.strip_prefix(&format!("{name}: ")));
        line.map(str::to_owned)
    };
    let first = header(&format!("{case}.r0"));
    let root = format!("<{case}@agency.gov.tw>");
    assert_eq!(line(&first, "To").as_deref(), Some("privacy@agency.gov.tw"));
    assert_eq!(line(&first, "Message-ID"), Some(root.clone()));
    site.ok(&["incident", "level", &case, "--authority-order", "--reason", "來函糾正"]);
    site.ok(&["watch", "--once"]);
    let reply = header(&format!("{case}.r1"));
    assert_eq!(line(&reply, "To").as_deref(), Some("privacy@agency.gov.tw"), "who has the thread");
    assert_eq!(line(&reply, "In-Reply-To"), Some(root));
    assert_eq!(line(&reply, "X-Breachd-Kind").as_deref(), Some("rise"));
    let added = header(&format!("{case}.r1-added"));
    assert_eq!(line(&added, "To").as_deref(), Some("head@agency.gov.tw, secretary@agency.gov.tw"));
    assert_eq!(line(&added, "X-Breachd-Kind").as_deref(), Some("first"), "they get everything");
    assert_eq!(line(&added, "In-Reply-To"), None);
    assert!(!site.path("spool/new").join(format!("{case}.r2.eml")).exists(), "and nobody anything more");
}

#[test]
fn the_people_of_the_actors_unit_are_told_and_shown_with_the_reason() {
    let units = "[roles.unit.\"人事室\"]\n\
                 dpo = [{ mailbox = \"hr@agency.gov.tw\", until = 2020-12-31, deputy = \"hr-deputy@agency.gov.tw\" }]\n\
                 [units]\n\"人事室\" = [\"WANG*@agency.gov.tw\"]\n";
    let site = Site::new(units);
    append(&site.log("mail.log"), &mail(1));
    append(&site.log("mail.log"), &mail(2).replace("wang@", "chen@"));
    site.ok(&["watch", "--once"]);
    let told: Vec<(String, Value)> = site.json(&["incident", "list", "--json"])["incidents"]
        .as_array()
        .expect("incidents")
        .iter()
        .map(|one| {
            let case = one["case"].as_str().expect("a case");
            let letter = site.path("spool/new").join(format!("{case}.r0.eml"));
            let letter = std::fs::read_to_string(letter).expect("a letter");
            let to = letter
                .split("\r\n")
                .find_map(|line| line.strip_prefix("To: "))
                .expect("recipients")
                .to_owned();
            assert_eq!(show(&site, case)["told"][0]["addresses"], serde_json::json!([to]), "as it is shown");
            (to, show(&site, case)["told"][0]["people"][0].clone())
        })
        .collect();
    let of = |address: &str| told.iter().find(|(to, _)| to == address).map(|(_, person)| person.clone());
    let deputy = serde_json::json!({ "address": "hr-deputy@agency.gov.tw", "unit": "人事室", "deputy_of": "hr@agency.gov.tw" });
    assert_eq!(of("hr-deputy@agency.gov.tw"), Some(deputy));
    let everybodys =
        serde_json::json!({ "address": "privacy@agency.gov.tw", "unit": null, "deputy_of": null });
    assert_eq!(of("privacy@agency.gov.tw"), Some(everybodys));
    let listed = site.json(&["incident", "list", "--json"]);
    let case = listed["incidents"][0]["case"].as_str().expect("a case");
    let shown = site.ok(&["--lang", "zh-TW", "incident", "show", case]);
    assert!(shown.contains("通報對象（今日）"), "{shown}");
    let explained = ["--lang", "zh-TW", "policy", "explain", "--records", "1", "--unit", "人事室"];
    let explained = site.ok(&explained);
    assert!(explained.contains("hr-deputy@agency.gov.tw（人事室；代理 hr@agency.gov.tw）"), "{explained}");
}
