//! What an auditor gets: `verify` and `backup`.

use std::time::Duration;

use super::support::story::{TUESDAY, postfix};
use super::support::{Site, national_id, until};

fn leak(id: &str, serial: usize) -> String {
    let story =
        format!("0 {id} client\n0 {id} subject 名冊 {}\n1s {id} sent out@example.com", national_id(serial));
    postfix(TUESDAY, &story)
}

#[test]
fn the_audit_chain_is_verified_and_the_first_broken_row_named() {
    let site = Site::new("");
    std::fs::write(site.log("mail.log"), leak("AAAAA1", 1)).expect("a log");
    site.ok(&["watch", "--once"]);
    let seen = site.json(&["verify", "--json"]);
    assert_eq!((seen["schema"].as_str(), seen["broken"].is_null()), (Some("breachd.verify/1"), true));
    assert!(seen["rows"].as_u64() >= Some(3) && seen["checkpoints"].as_u64() >= Some(2), "{seen:#}");
    let text = site.ok(&["verify"]);
    assert!(text.contains("audit rows and") && text.contains("hold"), "{text}");
    let mail = std::fs::read_to_string(&site.mails()[0]).expect("a mail");
    let witness = witness(&mail);
    site.ok(&["verify", "--witness", &witness]);
    let store = rusqlite::Connection::open(site.path("state/state.db")).expect("a store");
    let row =
        "UPDATE audit SET body = replace(body, '000001', '000002') WHERE kind = 'case-opened' RETURNING seq";
    let row: i64 = store.query_row(row, [], |row| row.get(0)).expect("tampered");
    let output = site.run(&["verify"]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains(&format!("audit row {row} is not what was written")), "{said}");
    assert_eq!(site.run(&["verify", "--witness", "nonsense"]).status.code(), Some(2));
}

/// The checkpoint at the foot of a mail.
fn witness(mail: &str) -> String {
    let parts = mail.split("\r\n\r\n").filter_map(|part| {
        let body: String = part.split("\r\n--").next()?.split_whitespace().collect();
        String::from_utf8(data_encoding::BASE64.decode(body.as_bytes()).ok()?).ok()
    });
    let mut lines = parts.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>());
    let line = lines.find_map(|line| Some(line.strip_prefix("稽核檢查點：")?.trim().to_owned()));
    line.expect("a mail says the checkpoint")
}

#[test]
fn a_backup_is_made_beside_the_daemon_and_never_over_a_file() {
    let site = Site::new("");
    std::fs::write(site.log("mail.log"), leak("AAAAA1", 1)).expect("a log");
    let mut daemon = site.watch(&[]);
    assert!(until(Duration::from_secs(20), || !site.mails().is_empty()), "{}", daemon.words());
    let file = site.path("copy.db");
    let name = file.to_str().expect("UTF-8");
    site.ok(&["backup", name]);
    let seen = site.json(&["verify", "--json", "--store", name]);
    assert!(seen["broken"].is_null(), "{seen:#}");
    let copy = rusqlite::Connection::open(&file).expect("a store");
    let cases: i64 =
        copy.query_row("SELECT count(*) FROM incident_case", [], |row| row.get(0)).expect("a number");
    assert_eq!(cases, 1);
    let again = site.run(&["backup", name]);
    assert_eq!(again.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&again.stderr).contains("File exists"));
    assert_eq!(daemon.stop(), Some(0));
}
