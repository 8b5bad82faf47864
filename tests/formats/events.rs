//! Events of CEF and LEEF from a log to the core of an incident: by the format of a site, and by the standards' keys.

use serde_json::{Value, json};

use super::support::{Site, national_id};

/// The gateway of patterns/formats/README.md.
fn gateway() -> &'static str {
    let text = include_str!("../../patterns/formats/README.md");
    let example = text.split("```toml\n").skip(1).find(|text| text.contains("edge-gateway"));
    example.and_then(|text| text.split("```").next()).expect("an example")
}

/// What `watch` and `replay` make of a log that is read by a format.
fn cores(format: &str, log: &str) -> Value {
    let site = Site::with(&[("edge.log", &format!("format = \"{format}\""))], "transport = \"none\"", "");
    std::fs::create_dir(site.path("formats.d")).expect("a folder for formats");
    std::fs::write(site.path("formats.d/edge.toml"), gateway()).expect("a format");
    std::fs::write(site.log("edge.log"), log).expect("a log");
    site.ok(&["watch", "--once"]);
    let (key, log) = (site.path("key"), site.log("edge.log"));
    let [key, log] = [&key, &log].map(|path| path.to_str().expect("UTF-8"));
    let replayed = site.json(&["replay", "--core", "--format", format, "--key", key, log]);
    assert_eq!(replayed["incidents"], site.cores(), "{format}");
    replayed["incidents"].clone()
}

#[test]
fn a_gateways_events_are_found_among_other_lines_and_alone() {
    let event = |subject: &str, to: &str, action: &str| {
        format!(
            "Nov 17 09:00:00 edge1 CEF:0|Example|Edge|5.2|mail|Mail processed|3|rt=1794877200000 \
             suser=wang@agency.gov.tw duser={to} cs1={subject} cs1Label=Subject act={action}\n"
        )
    };
    let (one, two, three) = (national_id(1), national_id(2), national_id(3));
    let events = event(&format!("名冊 {one}"), "a@example.com;b@agency.gov.tw", "delivered")
        + &event(&format!("身分證 {two}"), "c@example.com", "bounced")
        + &event(&format!("名冊 {three}"), "d@example.com", "delivered")
            .replace("edge1 CEF", "edge1 gw[7]: CEF");
    let mixed = format!("{events}Nov 17 09:00:01 edge1 su: session opened\n");
    for (format, log) in [("auto", &mixed), ("edge-gateway", &events), ("edge-gateway", &mixed)] {
        let cores = cores(format, log);
        assert_eq!(cores.as_array().map(Vec::len), Some(1), "{format}: {cores:#}");
        let draft = &cores[0];
        assert_eq!((&draft["route"], &draft["actor"]), (&json!("mail-out"), &json!("wang@agency.gov.tw")));
        assert_eq!(draft["subjects"]["total"], 2, "{draft:#}");
        let recipients = json!([
            { "address": "a@example.com", "outcome": "left" },
            { "address": "b@agency.gov.tw", "outcome": "internal-only" },
            { "address": "c@example.com", "outcome": "failed" },
            { "address": "d@example.com", "outcome": "left" },
        ]);
        assert_eq!(draft["recipients"], recipients);
        assert!(!cores.to_string().contains(&one[2..]), "{cores}");
    }
}

#[test]
fn an_export_that_nobody_has_a_format_for_is_read_by_the_standards_keys() {
    let leef = |serial: usize, outcome: &str| {
        let id = national_id(serial);
        format!(
            "Nov 17 09:00:00 hr1 LEEF:2.0|Example|HR|3.1|export|^|usrName=lin^fileName=名冊 {id}.csv^outcome={outcome}\n"
        )
    };
    // From 21 people on an export is a draft.
    let log: String = (1..=21).map(|serial| leef(serial, "success")).collect();
    let cores = cores("auto", &(leef(22, "failed") + &log));
    assert_eq!(cores.as_array().map(Vec::len), Some(1), "{cores:#}");
    assert_eq!((&cores[0]["route"], &cores[0]["actor"]), (&json!("export"), &json!("lin")));
    assert_eq!(cores[0]["subjects"]["total"], 21);
}
