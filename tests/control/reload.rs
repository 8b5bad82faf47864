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

/// What a reload says of a file beside the configuration that has a fault; the old configuration stays in force.
fn check_kept(daemon_site: &Site, name: &str, text: &str, words: &[&str]) {
    let path = daemon_site.path(name);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    let before = std::fs::read(&path).ok();
    std::fs::write(&path, text).expect("written");
    for (command, kept) in [(&["check"][..], None), (&["ctl", "reload"], Some("the old one stays in force"))]
    {
        let output = daemon_site.run(command);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(78), "{command:?}: {said}");
        for word in words.iter().copied().chain(kept) {
            assert!(said.contains(word), "{command:?}: `{word}` is not in: {said}");
        }
    }
    let status = daemon_site.json(&["ctl", "status", "--json"]);
    assert!(
        status["configuration"]["refused"].as_str().is_some_and(|why| why.contains(words[0])),
        "{status:#}"
    );
    match before {
        Some(before) => std::fs::write(&path, before).expect("written"),
        None => std::fs::remove_file(&path).expect("removed"),
    }
    let (code, said) = reload(daemon_site);
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn a_policy_an_inventory_or_roles_with_a_fault_are_refused_with_their_line_and_the_old_ones_stay() {
    let site = Site::new("");
    let list = site.path("inventory.csv");
    std::fs::write(&list, "path,data_set,records\n/hr/a.xlsx,hr,5\n").expect("written");
    append(&site.config, &format!("[inventory]\nfiles = [\"{}\"]\n", list.display()));
    let mut daemon = site.watch(&[]);
    let inventory = |line: &str| format!("path,data_set,records\n/hr/a.xlsx,hr,5\n{line}\n");
    check_kept(
        &site,
        "inventory.csv",
        &inventory("/hr/[b.xlsx,hr,5"),
        &["inventory.csv:3", "`/hr/[b.xlsx` is not a glob"],
    );
    check_kept(
        &site,
        "inventory.csv",
        &inventory("/hr/b.xlsx,hr,-5"),
        &["inventory.csv:3", "-5", "whole number"],
    );
    let nfu = include_str!("../../config/policies/nfu-ims-p-025.toml");
    let moi = include_str!("../../config/policies/moi-construction-110.toml");
    let line = |text: &str, from: &str| {
        let at = text.find(from).expect("it stands there");
        format!("own.toml:{}", 1 + text[..at].matches('\n').count())
    };
    for (from, to, words) in [
        ("[21, 10_000]", "[20, 10_000]", "20 overlaps the level before, begin at 21"),
        ("[21, 10_000]", "[25, 10_000]", "no level holds 21 to 24"),
        ("[20_001]", "[20_001, 30_000]", "no level holds 30001 and more"),
        ("\"ciso\"", "\"chief\"", "unknown role `chief`: one of"),
    ] {
        check_kept(&site, "policies/own.toml", &nfu.replacen(from, to, 1), &[&line(nfu, from), words]);
    }
    let no_clock = moi.replace("clock = \"detected\"\n", "");
    check_kept(
        &site,
        "policies/own.toml",
        &no_clock,
        &["own.toml:", "the duty needs a clock: clock = \"detected\""],
    );
    let config = std::fs::read_to_string(&site.config).expect("readable");
    let roles = |dpo: &str| config.replace("dpo = [\"privacy@agency.gov.tw\"]", dpo);
    let unknown = roles("dpo = [\"privacy@agency.gov.tw\"]\nchief = [\"a@agency.gov.tw\"]");
    check_kept(&site, "breachd.toml", &unknown, &["breachd.toml:", "unknown key `chief`"]);
    let twice = "dpo = [{ mailbox = \"a@agency.gov.tw\", until = 2027-01-31 }, \"a@agency.gov.tw\"]";
    check_kept(
        &site,
        "breachd.toml",
        &roles(twice),
        &["breachd.toml:", "holds `dpo` twice on the same days"],
    );
    append(&site.log("mail.log"), &mail(1));
    assert!(until(Duration::from_secs(20), || people(&site) == 1), "{}", daemon.words());
}

#[test]
fn a_role_that_nobody_has_any_more_fails_the_check_and_a_watch_tells_somebody_all_the_same() {
    let site = Site::new("");
    let config = std::fs::read_to_string(&site.config).expect("readable");
    let line = 1 + config.lines().position(|line| line.starts_with("dpo")).expect("a line");
    let dpo = |holder: &str| {
        let holder = format!("dpo = [{{ mailbox = \"privacy@agency.gov.tw\", {holder} }}]");
        std::fs::write(&site.config, config.replace("dpo = [\"privacy@agency.gov.tw\"]", &holder))
            .expect("written");
        let output = site.run(&["check"]);
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, words) = dpo("until = 2999-12-31");
    assert_eq!(code, Some(78), "{words}");
    assert!(words.contains(&format!("breachd.toml:{line}")), "{words}");
    assert!(words.contains("on 3000-01-01 nobody has the role `dpo`, demanded by"), "{words}");
    assert!(words.contains("or a deputy"), "{words}");
    assert_eq!(dpo("until = 2999-12-31, deputy = \"lin@agency.gov.tw\"").0, Some(0));
    let (code, words) = dpo("until = 2020-12-31");
    assert_eq!(code, Some(78), "{words}");
    assert!(words.contains("today nobody has the role `dpo`"), "{words}");
    append(&site.log("mail.log"), &mail(1));
    let watched = site.run(&["watch", "--once"]);
    assert_eq!(watched.status.code(), Some(0), "a term that is over keeps no watch from its work");
    assert!(String::from_utf8_lossy(&watched.stderr).contains("today nobody has the role `dpo`"));
    let letter = std::fs::read_dir(site.path("spool/new")).expect("a spool").flatten();
    let letters: Vec<String> =
        letter.map(|file| std::fs::read_to_string(file.path()).unwrap_or_default()).collect();
    assert!(letters.iter().any(|text| text.contains("privacy@agency.gov.tw")), "{letters:?}");
}
