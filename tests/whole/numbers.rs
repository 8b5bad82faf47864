//! How many people, which level, which duties, and where a chain of events is cut.

use std::fmt::Write as _;

use breachd::moment::{HOUR, Tz, parse_when};
use serde_json::{Value, json};

use super::check;
use super::support::story::{TUESDAY, postfix};
use super::support::{Site, national_id};

/// Messages to the outside that name `people` in all, at most 25 in one subject.
fn people(people: usize) -> Site {
    let serials: Vec<usize> = (1..=people).collect();
    let story = serials.chunks(25).enumerate().fold(String::new(), |mut story, (n, serials)| {
        let names: Vec<String> = serials.iter().map(|serial| national_id(*serial)).collect();
        let id = format!("AAAA{n:04X}");
        writeln!(story, "{n}s {id} client\n{n}s {id} subject 名冊 {}", names.join(" ")).expect("memory");
        writeln!(story, "{n}s {id} sent out@example.com\n{n}s {id} removed").expect("memory");
        story
    });
    let rows = people.div_ceil(25);
    let expected = json!([{"subjects": {"total": people}, "rows": rows, "outcomes": {"left": rows}}]);
    check(&postfix(TUESDAY, &story), "", &expected)
}

fn shown(site: &Site) -> Value {
    site.json(&["incident", "show", "BD-2026-000001", "--json"])
}

fn authority(incident: &Value) -> Option<Value> {
    let duties = incident["duties"].as_array().expect("a list");
    duties.iter().find(|duty| duty["what"] == "authority").cloned()
}

#[test]
fn twenty_people_are_level_0_and_twenty_one_are_level_1() {
    for (count, level) in [(20, 0), (21, 1)] {
        let shown = shown(&people(count));
        assert_eq!(shown["level"]["by_count"], level, "{shown:#}");
        assert_eq!((&shown["level"]["level"], &shown["notified_level"]), (&json!(level), &json!(level)));
        let why = shown["level"]["why"].to_string();
        assert!(why.contains("6.2.2"), "{why}");
    }
}

#[test]
fn a_thousand_people_have_an_authority_told_within_72_hours() {
    let below = people(999);
    assert_eq!(authority(&shown(&below)), None);
    let site = people(1000);
    let duty = authority(&shown(&site)).expect("a duty");
    assert_eq!((&duty["policy"], &duty["clock"]), (&json!("moi-construction-110"), &json!("detected")));
    assert_eq!(duty["clause"], "第九條");
    let at = |key: &str| {
        let text = duty[key].as_str().expect("a time");
        parse_when(text, Tz::UTC, 0).expect("RFC 3339")
    };
    assert_eq!(at("due") - at("from"), 72 * HOUR);
    let log = site.log("mail.log");
    let replay = site.json(&["replay", "--json", log.to_str().expect("UTF-8")]);
    let incident = &replay["incidents"][0];
    let duty = authority(incident).expect("a duty");
    assert_eq!((&duty["due"], &duty["from"]), (&Value::Null, &Value::Null), "a replay detects nothing");
    assert_eq!((&incident["case"], &incident["notified_level"]), (&Value::Null, &Value::Null));
}

#[test]
fn a_leak_across_sunday_midnight_is_judged_as_one() {
    let half = |id: &str, at: &str, from: usize| {
        let names: Vec<String> = (from..from + 15).map(national_id).collect();
        let names = names.join(" ");
        format!("{at} {id} client\n{at} {id} subject 名冊 {names}\n{at} {id} sent out@example.com\n")
    };
    // Taipei is 8 hours ahead: Sunday 2026-11-22 23:00 and Monday 01:00.
    let story = half("AAAAA1", "0", 1) + &half("AAAAA2", "2h", 101);
    let log = postfix("2026-11-22T15:00:00Z", &story);
    let site = check(
        &log,
        "",
        &json!([
            {"first": "2026-11-22T15:00:00Z", "subjects": {"total": 15}, "level": {"level": 0}, "continues": null},
            {"first": "2026-11-22T17:00:00Z", "subjects": {"total": 15}, "level": {"level": 1, "by_count": 1}},
        ]),
    );
    let cores = site.cores();
    assert_eq!(cores[1]["continues"], cores[0]["id"]);
    let why = cores[1]["level"]["why"].to_string();
    assert!(why.contains("15 人，合計 30 人"), "both numbers are said: {why}");
}

#[test]
fn nine_hours_of_silence_end_a_chain() {
    let one = |id: &str, at: &str| {
        format!("{at} {id} client\n{at} {id} subject {}\n{at} {id} sent out@example.com\n", national_id(1))
    };
    for (at, chains) in [("9h59m", 1), ("10h", 2)] {
        // Buckets are hours: 8 of them may lie between.
        let site = Site::new("");
        std::fs::write(site.log("mail.log"), postfix(TUESDAY, &(one("AAAAA1", "30m") + &one("AAAAA2", at))))
            .expect("a log");
        site.ok(&["watch", "--once"]);
        assert_eq!(site.cores().as_array().map(Vec::len), Some(chains), "{at}");
    }
}
