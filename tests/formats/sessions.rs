//! Sessions whose first line says who, and whose later lines say what: from the log to the incidents.

use std::process::Command;

use serde_json::{Value, json};

/// Three sessions at once: wang fetches two lists and removes a third; of chen's two the first is not read; lin fetches a list of nobody,
/// and uploads one, by which nothing leaves. Nobody vouches for who knocks at the door.
const SFTP: &str = r#"
00:00:00.000001 internal-sftp[553]: session opened for local user wang from [203.0.113.9]
00:30:00.000001 internal-sftp[554]: session opened for local user chen from [198.51.100.7]
01:00:00.000001 internal-sftp[553]: open "/srv/\345\220\215\345\206\212 A123456789.csv" flags READ mode 0666
01:00:00.000002 internal-sftp[554]: open "/srv/A100000010.csv" flags READ mode 0666
01:00:00.000003 internal-sftp[555]: session opened for local user lin from [2001:db8::8]
01:00:00.000004 internal-sftp[555]: open "/srv/menu.csv" flags READ mode 0666
01:00:00.000005 internal-sftp[554]: close "/srv/A100000010.csv" bytes read 0 written 0
01:00:00.000006 internal-sftp[553]: close "/srv/\345\220\215\345\206\212 A123456789.csv" bytes read 13 written 0
01:00:00.000007 internal-sftp[555]: close "/srv/menu.csv" bytes read 500 written 0
01:00:01.000001 internal-sftp[554]: open "/srv/A100000029.csv" flags READ mode 0666
01:00:01.000002 internal-sftp[553]: open "/srv/A100000038.csv" flags READ mode 0666
01:00:01.000003 internal-sftp[554]: close "/srv/A100000029.csv" bytes read 77 written 0
01:00:01.000004 internal-sftp[555]: open "/srv/in/A100000047.csv" flags WRITE,CREATE,TRUNCATE mode 0666
01:00:01.000005 internal-sftp[555]: close "/srv/in/A100000047.csv" bytes read 0 written 44
01:00:01.000006 internal-sftp[553]: close "/srv/A100000038.csv" bytes read 99 written 0
01:00:01.000007 internal-sftp[553]: remove name "/srv/A100000065.csv"
01:00:02.000001 internal-sftp[553]: session closed for local user wang from [203.0.113.9]
01:00:03.000001 sshd[560]: Failed password for invalid user A100000056 from 192.0.2.77 port 8759 ssh2
"#;

#[test]
fn each_session_of_sftp_is_one_event_of_its_user() {
    // With microseconds, and with seconds only, as the two prefixes of rsyslog have them.
    let iso = |clock: &str, said: &str| format!("2026-11-17T{clock}+00:00 vm {said}\n");
    let traditional = |clock: &str, said: &str| format!("Nov 17 {} vm {said}\n", &clock[..8]);
    check(&iso);
    check(&traditional);
}

fn check(write: &dyn Fn(&str, &str) -> String) {
    let lines = SFTP.lines().filter_map(|line| line.split_once(' '));
    let incidents = replay(&lines.map(|(clock, said)| write(clock, said)).collect::<String>());
    let told = |incident: &Value| {
        let names = ["route", "actor", "origins", "objects", "outcomes", "rows"];
        let mut told = names.map(|name| incident[name].clone());
        let outcomes = told[4].as_object().expect("outcomes");
        let counted = outcomes.iter().filter(|(_, events)| *events != &json!(0));
        told[4] = counted.map(|(outcome, events)| (outcome.clone(), events.clone())).collect();
        Value::from(told.to_vec())
    };
    let mut events: Vec<Value> = incidents.as_array().expect("a list").iter().map(told).collect();
    events.sort_by_key(|event| (event[1].to_string(), event[0].to_string()));
    let files = |files: &[&str]| files.iter().map(|file| format!("/srv/{file}.csv")).collect::<Vec<_>>();
    // A session is one event on each of its routes. Of the list that was not read nobody is counted.
    let names = files(&["A1********", "A1********", "名冊 A1********"]);
    let expected = [
        json!(["download", "chen", ["198.51.100.7"], files(&["A1********", "A1********"]), {"left": 1}, 1]),
        json!(["destruction", "wang", ["203.0.113.9"], names, {"left": 1}, 1]),
        json!(["download", "wang", ["203.0.113.9"], names, {"left": 1}, 2]),
    ];
    assert_eq!(events, expected, "{incidents:#}");
}

#[test]
fn a_download_that_syslog_writes_with_three_prefixes_is_one_event() {
    let said = "(wang@203.0.113.9) [NOTICE] /srv/A123456789.csv downloaded  (11 bytes, 77.82KB/sec)";
    let incidents = replay(&format!(
        "Nov 17 23:57:59 vm pure-ftpd: {said}\n\
         2026-11-17T23:57:59.830663+08:00 vm pure-ftpd: {said}\n\
         <86>1 2026-11-17T15:57:59.830663Z vm pure-ftpd - - -  {said}\n"
    ));
    assert_eq!((&incidents[0]["rows"], &incidents[0]["outcomes"]["left"]), (&json!(1), &json!(1)));
    assert_eq!(incidents.as_array().map(Vec::len), Some(1), "{incidents:#}");
}

/// The cores of the incidents of one log.
fn replay(log: &str) -> Value {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sftp.log");
    std::fs::write(&path, log).expect("a log");
    let mut command = Command::new(env!("CARGO_BIN_EXE_breachd"));
    let output = command.args(["replay", "--json", "--core"]).arg(&path).current_dir(folder.path()).output();
    let output = output.expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told: Value = serde_json::from_slice(&output.stdout).expect("the output is JSON");
    told["incidents"].clone()
}
