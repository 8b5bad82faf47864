use std::path::PathBuf;
use std::time::Duration;

use crate::support::{Site, until};
use crate::{append, mail};

const PATIENCE: Duration = Duration::from_secs(20);

fn site(source: &str) -> Site {
    let alarm = "[alarm]\nunreadable_after = \"1s\"\n";
    let site = Site::with(&[("mail.log", source)], "transport = \"none\"", alarm);
    // Somebody is told of our own trouble.
    let text = std::fs::read_to_string(&site.config).expect("readable");
    std::fs::write(&site.config, text.replace("[roles]\n", "[roles]\nsysadmin = [\"root@agency.gov.tw\"]\n"))
        .expect("writable");
    site
}

/// Letters about sources, by their names; the mail as its recipient reads it.
fn letters(site: &Site) -> Vec<(String, String)> {
    let is_alarm =
        |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("alarm-"));
    let read = |path: PathBuf| {
        let mail = std::fs::read_to_string(&path).expect("a letter");
        let (head, body) = mail.split_once("\r\n\r\n").expect("a head");
        assert!(head.contains("To: root@agency.gov.tw"), "{head}");
        let body = data_encoding::BASE64_MIME.decode(body.as_bytes()).expect("base64");
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        (name, String::from_utf8(body).expect("UTF-8"))
    };
    site.mails().into_iter().filter(is_alarm).map(read).collect()
}

#[test]
fn row_24_a_source_that_cannot_be_read_is_told_once_and_again_when_it_can() {
    let site = site("");
    append(&site.log("mail.log"), &mail(1));
    let mut daemon = site.watch(&[]);
    assert!(until(PATIENCE, || site.lines_read() == 5), "{}", daemon.words());
    assert!(letters(&site).is_empty(), "a moment is no alarm");
    // As root reads what has no permission, something that is no file takes the log's place.
    std::fs::rename(site.log("mail.log"), site.log("kept")).expect("renamed");
    std::fs::create_dir(site.log("mail.log")).expect("a folder in its place");
    assert!(until(PATIENCE, || letters(&site).len() == 1), "{}", daemon.words());
    let (name, text) = letters(&site).remove(0);
    assert!(
        text.contains("無法讀取") && text.contains("it is a folder") && text.contains("-- English --"),
        "{text}"
    );
    let status = site.json(&["ctl", "status", "--json"]);
    assert_eq!(status["sources"][0]["state"], "unreadable");
    assert!(!status["sources"][0]["alarm"].is_null(), "{status:#}");
    // Killed and started again it has told already.
    daemon.kill();
    let mut daemon = site.watch(&[]);
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(letters(&site).len(), 1, "{}", daemon.words());
    std::fs::remove_dir(site.log("mail.log")).expect("removed");
    std::fs::rename(site.log("kept"), site.log("mail.log")).expect("renamed back");
    append(&site.log("mail.log"), &mail(2));
    assert!(until(PATIENCE, || letters(&site).len() == 2), "{}", daemon.words());
    assert_eq!(letters(&site)[1].0, format!("{name}.over"));
    assert!(letters(&site)[1].1.contains("紀錄來源恢復"));
    // A short log that was not there at the start may be read again: nothing is counted twice by that.
    assert!(until(PATIENCE, || site.lines_read() >= 10), "what was written meanwhile is read");
    assert!(site.json(&["ctl", "status", "--json"])["sources"][0]["alarm"].is_null());
    let kinds: String = rusqlite::Connection::open(site.path("state/state.db"))
        .and_then(|store| {
            let rows = "SELECT group_concat(kind) FROM ledger WHERE kind IN ('blind', 'seeing')";
            store.query_row(rows, [], |row| row.get(0))
        })
        .expect("the ledger can be read");
    assert_eq!(kinds, "blind,seeing");
}

#[test]
fn a_source_that_falls_silent_is_told_once_and_again_when_a_line_comes() {
    let site = site("silent_after = \"2s\"");
    append(&site.log("mail.log"), &mail(1));
    let mut daemon = site.watch(&[]);
    assert!(until(PATIENCE, || letters(&site).len() == 1), "{}", daemon.words());
    assert!(letters(&site)[0].1.contains("沒有新紀錄"), "{:?}", letters(&site));
    assert_eq!(site.json(&["ctl", "status", "--json"])["sources"][0]["state"], "silent");
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(letters(&site).len(), 1, "it is told once");
    append(&site.log("mail.log"), &mail(2));
    assert!(until(PATIENCE, || letters(&site).len() >= 2), "{}", daemon.words());
    assert!(letters(&site)[1].1.contains("紀錄來源恢復"), "{:?}", letters(&site));
}
