use std::time::Duration;

use crate::support::{Site, until};
use crate::{append, mail, people};

/// The configuration with a text replaced.
fn change(site: &Site, from: &str, to: &str) {
    let text = std::fs::read_to_string(&site.config).expect("readable");
    assert!(text.contains(from), "{from} in {text}");
    std::fs::write(&site.config, text.replace(from, to)).expect("writable");
}

fn reload(site: &Site) -> (Option<i32>, String) {
    let output = site.run(&["ctl", "reload"]);
    (output.status.code(), String::from_utf8(output.stderr).expect("UTF-8"))
}

#[test]
fn a_new_configuration_is_in_force_and_no_line_is_lost_or_read_twice() {
    let site = Site::new("");
    let mut daemon = site.watch(&[]);
    let mut written = 0;
    for n in 0..6 {
        append(&site.log("mail.log"), &mail(n));
        written += 5;
        if n == 1 {
            std::fs::write(site.log("more.log"), mail(100)).expect("a second log");
            written += 5;
            let more = format!("[[source]]\npath = \"{}\"\n\n[mail]", site.log("more.log").display());
            change(&site, "[mail]", &more);
        }
        let (code, words) = reload(&site);
        assert_eq!(code, Some(0), "{words}\n{}", daemon.words());
    }
    assert!(until(Duration::from_secs(20), || site.lines_read() >= written), "{}", daemon.words());
    assert_eq!(site.lines_read(), written);
    assert_eq!(people(&site), 7);
    let rows: i64 = rusqlite::Connection::open(site.path("state/state.db"))
        .and_then(|store| {
            store.query_row("SELECT count(*) FROM audit WHERE kind = 'act'", [], |row| row.get(0))
        })
        .expect("the audit can be read");
    assert_eq!(rows, 6, "each is recorded");
    assert_eq!(daemon.stop(), Some(0));
    site.ok(&["watch", "--once"]);
    assert_eq!(site.lines_read(), written, "what was read stays so");
}

#[test]
fn a_wrong_configuration_is_refused_with_its_place_and_the_old_one_stays() {
    let site = Site::new("");
    let mut daemon = site.watch(&[]);
    let line = std::fs::read_to_string(&site.config).expect("readable").lines().count();
    append(&site.config, "\n[incident]\ngap = \"8 hours\"\n");
    let (code, words) = reload(&site);
    assert_eq!(code, Some(78), "{words}");
    assert!(words.contains(&format!("breachd.toml:{}:7", line + 3)), "{line}: {words}");
    assert!(words.contains("the old one stays in force"), "{words}");
    let status = site.json(&["ctl", "status", "--json"]);
    assert!(
        status["configuration"]["refused"].as_str().is_some_and(|why| why.contains("not a span")),
        "{status:#}"
    );
    append(&site.log("mail.log"), &mail(1));
    assert!(until(Duration::from_secs(20), || site.lines_read() == 5), "{}", daemon.words());
    // SIGHUP says so in the log.
    let pid = rustix::process::Pid::from_child(&daemon.child);
    rustix::process::kill_process(pid, rustix::process::Signal::HUP).expect("it runs");
    assert!(daemon.wait_for_line("configuration not changed", Duration::from_secs(20)).is_some());
    change(&site, "gap = \"8 hours\"", "gap = \"9h\"");
    rustix::process::kill_process(pid, rustix::process::Signal::HUP).expect("it runs");
    assert!(daemon.wait_for_line("in force", Duration::from_secs(20)).is_some(), "{}", daemon.words());
    assert!(site.json(&["ctl", "status", "--json"])["configuration"]["refused"].is_null());
}

#[test]
fn what_cannot_change_while_it_runs_is_refused_with_the_reason() {
    let site = Site::new("");
    let mut daemon = site.watch(&[]);
    let state = format!("state_dir = \"{}/state\"", site.dir.path().display());
    // The socket is named, since it would move with the state directory.
    let socket = format!("[control]\nsocket = \"{}/state/control.sock\"\n[mail]", site.dir.path().display());
    change(&site, "[mail]", &socket);
    change(&site, &state, &state.replace("/state\"", "/other\""));
    let (code, words) = reload(&site);
    assert_eq!(code, Some(78), "{words}");
    assert!(words.contains("breachd.toml:1: state_dir cannot change while the daemon runs"), "{words}");
    assert!(words.contains("restart it for that"), "{words}");
    assert!(!site.path("other").exists(), "nothing is made for what is refused");
    change(&site, "/other\"", "/state\"");
    let other = "f".repeat(64);
    std::fs::write(site.path("key"), other).expect("another key in the same file");
    let (code, words) = reload(&site);
    assert_eq!(code, Some(78), "{words}\n{}", daemon.words());
    assert!(words.contains("the subject key has changed"), "{words}");
}
