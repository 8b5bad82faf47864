use std::time::Duration;

use serde_json::Value;

use crate::support::{Site, until};
use crate::{append, mail};

/// Acts as the audit has them: who, what became of the case, why.
fn acts(site: &Site) -> Vec<(i64, String, Option<String>)> {
    let store = rusqlite::Connection::open(site.path("state/state.db")).expect("a store");
    let mut rows = store.prepare("SELECT body FROM audit WHERE kind = 'act' ORDER BY seq").expect("a table");
    let rows = rows.query_map([], |row| row.get::<_, String>(0)).expect("rows");
    rows.map(|body| {
        let body: Value = serde_json::from_str(&body.expect("a row")).expect("JSON");
        let signed = &body["signed"];
        assert_eq!(signed["by"]["name"], "root", "the tests run as root");
        let reason = signed["reason"].as_str().map(str::to_owned);
        (
            signed["by"]["uid"].as_i64().expect("a number"),
            body["state"].as_str().unwrap_or("-").to_owned(),
            reason,
        )
    })
    .collect()
}

#[test]
fn decisions_are_made_by_whoever_holds_the_store_and_are_recorded() {
    let site = Site::new("");
    append(&site.log("mail.log"), &mail(1));
    site.ok(&["watch", "--once"]);
    let number = site.json(&["incident", "list", "--json"])["incidents"][0]["case"]
        .as_str()
        .expect("a case")
        .to_owned();
    // No daemon: this process does it, under the lock.
    assert_eq!(site.ok(&["incident", "ack", &number]), format!("{number}: acknowledged\n"));
    // A daemon: it does it.
    let mut daemon = site.watch(&[]);
    let note = ["incident", "note", &number, "--reason", "已聯絡 A123456789 本人"];
    assert_eq!(site.ok(&note), format!("{number}: acknowledged\n"));
    assert_eq!(site.ok(&["incident", "confirm", &number]), format!("{number}: confirmed\n"));
    let again = site.run(&["incident", "ack", &number]);
    let words = String::from_utf8_lossy(&again.stderr).into_owned();
    assert_eq!(again.status.code(), Some(1), "{words}");
    assert!(words.contains("is confirmed and cannot be acknowledged"), "{words}");
    let dismiss = ["incident", "dismiss", &number, "--reason", "演練"];
    assert_eq!(site.ok(&dismiss), format!("{number}: dismissed\n"), "{}", daemon.words());
    let expected = [
        ("acknowledged", None),
        ("acknowledged", Some("已聯絡 A********* 本人")),
        ("confirmed", None),
        ("dismissed", Some("演練")),
    ];
    let uid = i64::from(rustix::process::getuid().as_raw());
    let expected: Vec<_> =
        expected.map(|(state, why)| (uid, state.to_owned(), why.map(str::to_owned))).into();
    assert_eq!(acts(&site), expected);
    let shown = site.ok(&["--lang", "zh-TW", "incident", "show", &number]);
    assert!(shown.contains("處置紀錄") && shown.contains("root  dismiss: 演練"), "{shown}");
    assert_eq!(site.json(&["incident", "show", &number, "--json"])["state"], "dismissed");
    // Something new opens another case; what was dismissed stays so.
    append(&site.log("mail.log"), &mail(2));
    assert!(until(Duration::from_secs(20), || site.mails().len() == 2), "{}", daemon.words());
}

#[test]
fn a_store_that_cannot_commit_does_not_do_later_what_it_refused() {
    let site = Site::new("");
    append(&site.log("mail.log"), &mail(1));
    site.ok(&["watch", "--once"]);
    let number = site.json(&["incident", "list", "--json"])["incidents"][0]["case"]
        .as_str()
        .expect("a case")
        .to_owned();
    let mut daemon = site.watch(&[]);
    // Somebody else holds the database, so that no commit gets through for longer than a request waits.
    let store = rusqlite::Connection::open(site.path("state/state.db")).expect("a store");
    store.execute_batch("BEGIN IMMEDIATE").expect("taken");
    append(&site.log("mail.log"), &mail(2));
    std::thread::sleep(Duration::from_millis(800));
    let refused = site.run(&["incident", "ack", &number]);
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1), "{words}");
    assert!(words.contains("busy and has not done it"), "{words}");
    // It can still be asked how it stands.
    assert_eq!(site.json(&["ctl", "status", "--json"])["schema"], "breachd.status/1");
    store.execute_batch("ROLLBACK").expect("given back");
    assert!(until(Duration::from_secs(30), || site.lines_read() == 10), "{}", daemon.words());
    assert_eq!(acts(&site), [], "what was refused is not done");
}
