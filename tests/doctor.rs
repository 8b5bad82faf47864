//! What `doctor` says of logs, to a person and to a program.

mod support;

use support::Site;

/// Three logs: one of a Postfix without header checks, one that is empty, and one that is not there.
fn site() -> Site {
    let site = Site::with(
        &[("mail.log", ""), ("empty.log", ""), ("gone.log", "")],
        "transport = \"smtp\"\nport = 1",
        "",
    );
    let lines = "Nov 21 23:51:09 mail postfix/smtpd[1]: 6DE0252E68F: client=pc[192.0.2.1]\n\
                 Nov 21 23:51:09 mail postfix/qmgr[1]: 6DE0252E68F: removed\n";
    std::fs::write(site.log("mail.log"), lines).expect("a log");
    std::fs::write(site.log("empty.log"), "").expect("a log");
    site
}

#[test]
fn what_is_wrong_comes_with_the_way_out() {
    let site = site();
    let output = site.run(&["doctor"]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stdout).expect("UTF-8");
    for told in [
        "mail.log  (syslog)\n  ok\n  never shown  subjects:",
        "never shown  To and Cc: a mail that shows many outside addresses",
        "    /^(To|Cc):/ INFO\n",
        "set in: /etc/postfix/main.cf\n          header_checks = pcre:/etc/postfix/header_checks\n",
        "problem  the log is empty\n  way out  see whether the server writes somewhere else\n",
        "gone.log: No such file or directory",
    ] {
        assert!(said.contains(told), "{told}: {said}");
    }
    let chinese = String::from_utf8(site.run(&["--lang", "zh-TW", "doctor"]).stdout).expect("UTF-8");
    assert!(chinese.contains("此紀錄檔看不到") && chinese.contains("處理"), "{chinese}");
}

#[test]
fn the_relay_is_tried_only_when_asked() {
    let site = site();
    let host = |arguments: &[&str]| {
        let output = site.run(arguments);
        let said: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(said["schema"], "breachd.doctor/1");
        said["examined"].as_array().and_then(|all| all.last().cloned()).expect("the host")
    };
    assert_eq!(host(&["doctor", "--json"])["complaints"], serde_json::json!([]));
    let tried = host(&["doctor", "--json", "--mail"]);
    assert!(tried["complaints"][0]["what"].as_str().expect("a text").contains("localhost:1"), "{tried:#}");
}

#[test]
fn a_host_without_trouble_ends_with_0() {
    let site = Site::new("");
    std::fs::write(site.log("mail.log"), "Nov 21 23:51:09 mail cron[1]: hello\n").expect("a log");
    let said = site.ok(&["doctor"]);
    assert!(said.starts_with(&format!("{}  (syslog)\n  ok\n", site.log("mail.log").display())), "{said}");
}
