//! What counts as a download, from the line of an access log to the core of an incident.

use std::fmt::Write as _;
use std::io::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use super::support::story::{TUESDAY, access};
use super::support::{Site, national_id, until};
use super::{check, site};

fn web(story: &str, expected: Value) -> Site {
    check("", &access(TUESDAY, &story.replace("ID1", &national_id(1))), &expected)
}

#[test]
fn a_download_by_a_user_from_outside_opens_a_draft() {
    web(
        "0 203.0.113.24 chen 200 GET /export?id=ID1",
        json!([{
            "route": "download", "actor": "chen", "subjects": {"total": 1}, "rows": 1, "origins": ["203.0.113.24"],
            "outcomes": {"left": 1}, "recipients": [{"address": "-", "outcome": "left"}], "objects": ["/export"],
            "samples": [{"time": TUESDAY, "masked": "id=A1********"}],
        }]),
    );
}

#[test]
fn a_log_whose_first_line_names_a_town_is_recognised_by_it() {
    // 88 KB, and 330 KB: more than is looked at of a file of ordinary lines, and more than is read at once.
    for people in [8_000, 30_000] {
        let ids: Vec<String> = (1..=people).map(national_id).collect();
        web(
            &format!("0 203.0.113.24 chen 200 GET /export?ids={}", ids.join(",")),
            json!([{"route": "download", "actor": "chen", "subjects": {"total": people}}]),
        );
    }
}

#[test]
fn inside_twenty_people_do_not_open_a_draft_and_twenty_one_do() {
    let story = |people: usize| {
        (1..=people).fold(String::new(), |mut story, n| {
            writeln!(story, "{n}s 10.1.1.1 - 200 GET /export?id={}", national_id(n)).expect("memory");
            story
        })
    };
    let site = web(&story(20), json!([]));
    let possible = site.json(&["incident", "list", "--possible", "--json"]);
    assert_eq!(possible["incidents"][0]["subjects"], 20, "{possible}");
    web(
        &story(21),
        json!([{"actor": "10.1.1.1", "subjects": {"total": 21}, "level": {"level": 1, "by_count": 1}}]),
    );
}

#[test]
fn what_was_not_delivered_or_nobody_vouches_for_is_only_exposed_in_the_log() {
    let stories = [
        "0 203.0.113.24 chen 401 GET /export?id=ID1",
        "0 203.0.113.24 chen 404 GET /export?id=ID1",
        "0 203.0.113.24 chen 200 HEAD /export?id=ID1",
        "0 203.0.113.24 chen 304 GET /export?id=ID1",
        "0 203.0.113.24 - 200 GET /export?id=ID1",
        "0 127.0.0.1 - 200 GET /export?id=ID1",
    ];
    for story in stories {
        let site = web(story, json!([]));
        let possible = site.json(&["incident", "list", "--possible", "--json"])["incidents"].clone();
        assert_eq!(possible.as_array().map(Vec::len), Some(1), "{story}: {possible}");
        let row = &possible[0];
        assert_eq!((&row["route"], &row["level"]), (&json!("exposure-in-log"), &json!(0)), "{story}");
        assert!(site.mails().is_empty(), "{story}");
        assert_eq!(site.json(&["incident", "list", "--json"])["incidents"], json!([]), "{story}");
    }
}

#[test]
fn agent_and_referrer_of_an_answered_user_are_anybody_s_words() {
    let site = site();
    let line = access(TUESDAY, "0 203.0.113.24 chen 200 GET /index.html");
    std::fs::write(site.log("access.log"), line.replace("curl/8", &format!("身分證字號 {}", national_id(1))))
        .expect("a log");
    std::fs::write(site.log("mail.log"), "").expect("a log");
    site.ok(&["watch", "--once"]);
    assert_eq!(site.cores(), json!([]));
    let possible = site.json(&["incident", "list", "--possible", "--json"]);
    assert_eq!(possible["incidents"][0]["route"], "exposure-in-log", "{possible}");
}

#[test]
fn a_first_line_of_another_format_does_not_decide_what_a_growing_file_is() {
    let site = Site::with(&[("access.log", "")], "transport = \"none\"", "");
    let mut daemon = site.watch(&[]);
    let mut log = std::fs::File::create(site.log("access.log")).expect("a log");
    let mut add = |line: &str, lines: usize| {
        writeln!(log, "{line}").expect("a log that grows");
        assert!(until(Duration::from_secs(30), || site.lines_read() == lines), "{}", site.lines_read());
    };
    add("time=2026-11-17T00:00:00Z level=info msg=started", 1);
    for serial in 2..=3 {
        let id = national_id(serial);
        let time = format!("[17/Nov/2026:01:00:0{serial} +0000]");
        add(&format!("203.0.113.9 - wang {time} \"GET /a?id={id} HTTP/1.1\" 200 11"), serial);
    }
    assert_eq!(daemon.stop(), Some(0), "{}", daemon.words());
    let cores = site.cores();
    assert_eq!((&cores[0]["route"], &cores[0]["rows"]), (&"download".into(), &2.into()), "{cores:#}");
    assert_eq!(cores, site.replayed(&[site.log("access.log")]));
}
