//! The keys and types of every JSON object.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::support::story::{TUESDAY, access, postfix};
use super::support::{Site, national_id};
use super::{run, text, vectors};

/// Checks a value against a shape: `"time"` RFC 3339 in UTC, `"hex10"` hex digits, `"text"`, `"number"`, `"bool"`, `"a?"`
/// a or null, `"=x"` exactly x; an object has exactly these keys, a list elements of this one shape.
fn check(value: &Value, shape: &Value, place: &str) {
    match shape {
        Value::Object(shape) => {
            let object = value.as_object().unwrap_or_else(|| panic!("{place} is {value}"));
            let keys =
                |object: &serde_json::Map<String, Value>| object.keys().cloned().collect::<BTreeSet<_>>();
            assert_eq!(keys(object), keys(shape), "{place}");
            for (key, shape) in shape {
                check(&object[key], shape, &format!("{place}.{key}"));
            }
        }
        Value::Array(shape) => {
            let list = value.as_array().unwrap_or_else(|| panic!("{place} is {value}"));
            for (at, element) in list.iter().enumerate() {
                check(element, &shape[0], &format!("{place}[{at}]"));
            }
        }
        shape => assert!(fits(value, shape.as_str().expect("a shape")), "{place} is {value}, not {shape}"),
    }
}

fn fits(value: &Value, shape: &str) -> bool {
    let hex = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if let Some(shape) = shape.strip_suffix('?') {
        return value.is_null() || fits(value, shape);
    }
    if let Some(exactly) = shape.strip_prefix('=') {
        return exactly.split('|').any(|each| value == each);
    }
    if let Some(digits) = shape.strip_prefix("hex") {
        return value.as_str().is_some_and(|text| hex(text) && text.len().to_string() == digits);
    }
    match shape {
        "text" => value.is_string(),
        "number" => value.is_u64(),
        "float" => value.is_f64() || value.is_u64(),
        "bool" => value.is_boolean(),
        "time" => value
            .as_str()
            .is_some_and(|text| text.len() >= 20 && text.ends_with('Z') && text.as_bytes()[10] == b'T'),
        "any" => true,
        other => panic!("no shape is named {other}"),
    }
}

fn outcome() -> &'static str {
    "=left|left-partly|internal-only|blocked|failed|pending|unknown"
}

fn core() -> Value {
    json!({
        "id": "hex10", "route": "=mail-out|download|exposure-in-log", "actor": "text", "first": "time", "last": "time",
        "subjects": {"total": "number", "general": "number", "special": "number", "estimated": "bool"},
        "rows": "number", "possible_subjects": "number", "pending_subjects": "number", "declared": "text?",
        "continues": "hex10?", "natures": ["=identification|activity|financial|special"],
        "level": {"level": "number", "by_count": "number", "by_nature": "number", "why": ["text"]},
        "outcomes": {
            "left": "number", "left-partly": "number", "internal-only": "number", "blocked": "number",
            "failed": "number", "pending": "number", "unknown": "number",
        },
        "recipients": [{"address": "text", "outcome": outcome()}], "objects": ["text"], "origins": ["text"],
        "samples": [{"time": "time", "masked": "text"}],
    })
}

fn incident(case: &str, notified: &str, due: &str) -> Value {
    let mut shape = core();
    let more = json!({
        "schema": "=breachd.incident/1", "case": case, "notified_level": notified,
        "duties": [{
            "policy": "text", "what": "=handle|close|authority|data-subjects", "due": due, "clock": "=detected",
            "from": due, "clause": "text",
        }],
        "actor_30d": {"subjects": "number"}, "key": "hex16",
        "completeness": {
            "sources": [{"source": "text", "until": "time?"}],
            "gaps": [{"path": "text", "from": "number", "to": "number?", "cause": "text"}],
        },
        "state": "text",
        "samples": [{"time": "time", "masked": "text", "path": "text", "offset": "number", "line": "number"}],
    });
    shape.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    shape
}

/// A leak by mail and one by download, read by `watch --once`.
fn site() -> Site {
    let site = Site::with(&[("mail.log", ""), ("access.log", "")], "transport = \"none\"", "");
    let story = format!(
        "0 AAAAA1 client\n0 AAAAA1 subject 名冊 {}\n1s AAAAA1 sent out@example.com\n2s AAAAA1 bounced b@example.com",
        national_id(1)
    );
    std::fs::write(site.log("mail.log"), postfix(TUESDAY, &story)).expect("a log");
    let story = format!("0 203.0.113.24 chen 200 GET /export?id={}", national_id(2));
    std::fs::write(site.log("access.log"), access(TUESDAY, &story)).expect("a log");
    site.ok(&["watch", "--once"]);
    site
}

fn log<'s>(site: &'s Site, name: &str, paths: &'s mut Vec<String>) -> &'s str {
    paths.push(site.log(name).to_str().expect("UTF-8").to_owned());
    paths.last().expect("pushed")
}

#[test]
fn incident_list_and_show_have_the_promised_shapes() {
    let site = site();
    let list = site.json(&["incident", "list", "--json"]);
    let row = json!({
        "id": "hex10", "case": "text?", "route": "=mail-out|download|exposure-in-log", "actor": "text",
        "first": "time", "last": "time", "level": "number", "subjects": "number", "state": "text",
    });
    check(&list, &json!({"schema": "=breachd.incidents/1", "incidents": [row]}), "list");
    let rows = list["incidents"].as_array().expect("a list");
    assert_eq!(rows.len(), 2);
    for row in rows {
        for id in [&row["case"], &row["id"]] {
            let id = id.as_str().expect("an id");
            let shown = site.json(&["incident", "show", id, "--json"]);
            let mut shape = incident("text", "number", "time");
            shape["report_items"] =
                json!([{"label": "text", "lines": ["text"], "by": "any", "mark": "text"}]);
            let person = json!({"address": "text", "unit": "text?", "deputy_of": "text?"});
            shape["told"] = json!([{"role": "text", "addresses": ["text"], "people": [person]}]);
            check(&shown, &shape, id);
            nine_items(&shown["report_items"]);
            assert_eq!((&shown["case"], &shown["state"]), (&row["case"], &json!("draft")));
            check(&site.json(&["incident", "show", id, "--core"]), &core(), id);
        }
    }
    check(&site.cores(), &json!([core()]), "cores");
}

/// The items of the report within 72 hours (內政部指定營建類…管理辦法 §9): each is filled, drafted, or left to somebody named. The
/// kinds of the breach and their numbers are two here and one there.
fn nine_items(items: &Value) {
    let items = items.as_array().expect("a list");
    let labels: Vec<&str> = items.iter().map(|item| item["label"].as_str().expect("a label")).collect();
    for wanted in [
        "通報機關",
        "發生時間",
        "發生種類",
        "發生原因及摘要",
        "損害狀況",
        "個人資料侵害可能結果",
        "擬採取之因應措施",
        "擬通知當事人之時間及方式",
    ] {
        assert!(labels.contains(&wanted), "{wanted}: {labels:?}");
    }
    assert_eq!(labels.len(), 10, "{labels:?}");
    assert!(labels[9].starts_with("是否於"), "{labels:?}");
    for item in items {
        let mark = item["mark"].as_str().expect("a mark");
        let is_filled = !item["lines"].as_array().expect("a list").is_empty();
        let is_left = mark.contains("填寫") && item["by"]["person"].is_string();
        assert!(is_left || is_filled && (mark.is_empty() || mark.contains("待確認")), "{item}");
    }
}

#[test]
fn replay_has_the_promised_shape_and_sorts_by_the_first_event() {
    let site = site();
    let (mut one, mut two) = (Vec::new(), Vec::new());
    let (mail, web) = (log(&site, "mail.log", &mut one), log(&site, "access.log", &mut two));
    let replay = site.json(&["replay", "--json", mail, web]);
    let input = json!({
        "path": "text", "bytes": "number", "lines": "number", "format": "text", "first": "time?", "last": "time?",
        "sha256": "hex64", "gaps": [{"cause": "text", "from": "number", "to": "number?"}],
    });
    let shape = json!({"schema": "=breachd.replay/1", "inputs": [input], "incidents": [incident("text?", "number?", "time?")]});
    check(&replay, &shape, "replay");
    let incidents = replay["incidents"].as_array().expect("a list");
    assert_eq!(incidents.len(), 2);
    let firsts: Vec<&str> = incidents.iter().filter_map(|each| each["first"].as_str()).collect();
    assert!(firsts.is_sorted(), "{firsts:?}");
    for incident in incidents {
        assert_eq!((&incident["case"], &incident["notified_level"]), (&Value::Null, &Value::Null));
        assert!(!incident["duties"].as_array().expect("a list").is_empty());
        assert!(incident["duties"].as_array().expect("a list").iter().all(|duty| duty["due"].is_null()));
    }
    check(&site.json(&["replay", "--core", mail, web])["incidents"], &json!([core()]), "cores");
    let mail_bytes = std::fs::metadata(mail).expect("a log").len();
    let of_mail = replay["inputs"].as_array().expect("a list").iter().find(|input| input["path"] == mail);
    assert_eq!(of_mail.expect("it was read")["bytes"], mail_bytes);
}

#[test]
fn replay_works_without_a_configuration() {
    let site = site();
    let mut paths = Vec::new();
    let mail = log(&site, "mail.log", &mut paths);
    let arguments = ["replay", "--json", "--domain", "agency.gov.tw", "--timezone", "Asia/Taipei", mail];
    let output = run(site.dir.path(), &arguments, b"");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let replay: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(replay["incidents"][0]["outcomes"]["left"], 1, "{replay:#}");
    let inside = ["replay", "--json", "--domain", "agency.gov.tw,example.com", mail];
    let replay: Value = serde_json::from_slice(&run(site.dir.path(), &inside, b"").stdout).expect("JSON");
    assert_eq!(replay["incidents"], json!([]), "{replay:#}");
}

#[test]
fn scan_has_the_promised_shapes() {
    let site = site();
    let (mut one, mut two) = (Vec::new(), Vec::new());
    let (mail, web) = (log(&site, "mail.log", &mut one), log(&site, "access.log", &mut two));
    let counted = site.json(&["scan", "--count", mail, web]);
    let shape = json!({
        "schema": "=breachd.scan/1", "bytes": "number", "lines": "number",
        "findings": {"tw-national-id": {"likely": "number"}}, "subjects": "number", "seconds": "float",
    });
    check(&counted, &shape, "count");
    assert_eq!((&counted["lines"], &counted["subjects"]), (&json!(5), &json!(2)), "{counted}");
    let finding = json!({
        "schema": "=breachd.finding/1", "path": format!("={mail}"), "line": "number", "offset": "number",
        "format": "=postfix", "field": "=subject", "kind": "=tw-national-id", "nature": "=identification",
        "verdict": "=likely", "why": "text", "view": "text", "masked": "=A10000****", "subject": "hex32",
        "key": "=ephemeral",
    });
    assert_eq!(finding.as_object().expect("an object").len(), vectors::FINDING.len());
    let found: Vec<Value> = site
        .ok(&["scan", "--json", mail])
        .lines()
        .map(|line| serde_json::from_str(line).expect("one object a line"))
        .collect();
    assert_eq!(found.len(), 1);
    check(&found[0], &finding, "finding");
    let (line, offset) = (found[0]["line"].as_u64(), found[0]["offset"].as_u64().expect("a number"));
    let log = std::fs::read(mail).expect("a log");
    assert_eq!(line, Some(2));
    assert!(
        log[offset as usize..].starts_with(national_id(1).as_bytes()),
        "the first byte of the value: {offset}"
    );
    let key = site.path("key");
    let keyed = site.ok(&["scan", "--json", "--key", key.to_str().expect("UTF-8"), mail]);
    let keyed: Value = serde_json::from_str(keyed.trim()).expect("one object");
    assert!(fits(&keyed["key"], "hex16"), "the key id: {keyed}");
}
