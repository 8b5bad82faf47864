//! Lines that are more than themselves: records over several lines, schemas that stand above, envelopes, records by the
//! hundred in one line, and one request in two logs. Each by `replay`, by `watch` in pieces with a restart after each,
//! and with the cores compared.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::support::story::{TUESDAY, access, postfix};
use super::support::{Random, Site, national_id, seed};

/// Writes the logs in pieces, cut anywhere, with a run of the program after each; the cores are those of a replay.
fn watched(
    sources: &[(&str, &str)],
    logs: &[(&str, String)],
    pieces: usize,
    formats: &[(&str, &str)],
) -> Value {
    let mut random = Random(seed(4));
    let site = Site::with(sources, "transport = \"none\"", "");
    std::fs::create_dir(site.path("formats.d")).expect("a folder for formats");
    for (name, text) in formats {
        std::fs::write(site.path("formats.d").join(name), text).expect("a format");
    }
    for (name, _) in logs {
        std::fs::write(site.log(name), "").expect("a log");
    }
    for (name, log) in logs {
        let mut cuts: Vec<usize> = (1..pieces).map(|_| random.below(log.len())).collect();
        cuts.push(log.len());
        cuts.sort_unstable();
        for cut in cuts {
            std::fs::write(site.log(name), &log.as_bytes()[..cut]).expect("a log");
            site.ok(&["watch", "--once"]);
        }
    }
    let cores = site.cores();
    let paths: Vec<PathBuf> = logs.iter().map(|(name, _)| site.log(name)).collect();
    if formats.is_empty() && sources.iter().all(|(_, more)| more.is_empty()) {
        assert_eq!(site.replayed(&paths), cores, "replay and watch differ");
    }
    cores
}

/// A statement about as many people as open a draft, one a line.
fn statement(end: &str) -> String {
    let people = (0..25).fold(String::new(), |mut text, n| {
        write!(text, "{end}  or idno = '{}' -- 身分證", national_id(n)).expect("memory");
        text
    });
    format!("select name from citizen where false{people};")
}

#[test]
fn a_query_over_many_lines_is_one_export_though_it_is_logged_twice() {
    let prefix = |line: u32| {
        format!(
            "2026-11-17 01:00:0{line}.000 UTC,\"wang\",\"hr\",8981,\"203.0.113.7:33152\",6b02304e.2315,{line},\"SELECT\",\
             2026-11-17 00:59:10 UTC,3/7,0,LOG,00000,"
        )
    };
    let rest = ",,,,,,,,,\"psql\",\"client backend\",,0\n";
    let query = statement("\n");
    let csv = format!(
        "{}\"duration: 1.0 ms\"{rest}{}\"statement: {query}\"{rest}{}\"AUDIT: SESSION,3,1,READ,SELECT,,,\"\"{query}\"\",<not logged>,25\"{rest}",
        prefix(1),
        prefix(2),
        prefix(3)
    );
    let begin = |second: u32| format!("2026-11-17 01:00:0{second}.000 UTC [8981] wang@hr LOG:  ");
    let tabbed = statement("\n\t");
    let text = format!(
        "{0}duration: 1.0 ms\n{1}statement: {tabbed}\n{2}AUDIT: SESSION,3,1,READ,SELECT,,,\"{tabbed}\",<not logged>,25\n",
        begin(1),
        begin(2),
        begin(3)
    );
    let escaped = statement("\\n");
    let object = |line: u32, message: String| {
        format!(
            "{{\"timestamp\":\"2026-11-17 01:00:0{line}.000 UTC\",\"user\":\"wang\",\"dbname\":\"hr\",\"pid\":8981,\
             \"remote_host\":\"203.0.113.7\",\"session_id\":\"6b02304e.2315\",\"line_num\":{line},\"vxid\":\"3/7\",\
             \"error_severity\":\"LOG\",\"message\":\"{message}\"}}\n"
        )
    };
    let json = object(1, format!("statement: {escaped}"))
        + &object(2, format!("AUDIT: SESSION,3,1,READ,SELECT,,,\\\"{escaped}\\\",<not logged>,25"));
    for (name, log, rows) in [("pg.csv", csv, 25), ("pg.log", text, 25), ("pg.json", json, 1)] {
        let cores = watched(&[(name, "")], &[(name, log)], 6, &[]);
        assert_eq!(cores.as_array().map(Vec::len), Some(1), "{name}: {cores:#}");
        let told = ["route", "actor", "rows"].map(|key| &cores[0][key]);
        assert_eq!(told, [&json!("export"), &json!("wang"), &json!(rows)], "{name}: {cores:#}");
        assert_eq!(cores[0]["subjects"]["total"], 25, "{name}");
        assert_eq!(cores[0]["outcomes"]["left"], 1, "{name}: {cores:#}");
    }
}

#[test]
fn the_fields_line_above_says_what_stands_where_and_may_change() {
    let mut log = "#Software: Microsoft Internet Information Services 10.0\n\
                   #Fields: date time cs-method cs-uri-stem cs-username c-ip sc-status sc-bytes\n"
        .to_owned();
    let line = |log: &mut String, n: usize, text: &str| {
        writeln!(log, "2026-11-17 01:00:{n:02} {text}").expect("memory");
    };
    // Clean lines between, so that a restart has to look further up than the last few lines.
    (0..40).for_each(|n| line(&mut log, n, "GET /index.html - 203.0.113.9 200 512"));
    line(&mut log, 41, &format!("GET /files/身分證{}.pdf wang 203.0.113.9 200 20480", national_id(1)));
    log += "#Fields: time date c-ip cs-username cs-method cs-uri-stem cs-uri-query sc-status\n";
    let second = format!("01:00:42 2026-11-17 203.0.113.9 wang GET /export id={} 200\n", national_id(2));
    log += &second;
    log += &second.replace("wang GET", "chen GET").replace(" 200\n", " 403\n");
    let cores = watched(&[("iis.log", "format = \"iis\"")], &[("iis.log", log)], 8, &[]);
    assert_eq!(cores.as_array().map(Vec::len), Some(1), "{cores:#}");
    let told = ["route", "actor", "first", "last", "rows"].map(|key| cores[0][key].clone());
    assert_eq!(json!(told), json!(["download", "wang", "2026-11-17T01:00:41Z", "2026-11-17T01:00:42Z", 2]));
    assert_eq!(cores[0]["objects"], json!(["/export", "/files/身分證A1********.pdf"]), "{cores:#}");
}

#[test]
fn the_first_line_of_a_csv_names_its_columns() {
    let mut log = "時間,帳號,來源IP,動作,筆數,檔名\n".to_owned();
    (0..40).for_each(|n| writeln!(log, "115/11/17 09:00:{n:02},chen,10.1.1.1,登入,0,-").expect("memory"));
    for n in 0..21 {
        writeln!(log, "115/11/17 09:10:{n:02},wang,10.1.1.1,匯出,1,\"身分證 {}, 名冊.csv\"", national_id(n))
            .expect("memory");
    }
    let cores = watched(&[("export.csv", "")], &[("export.csv", log)], 6, &[]);
    assert_eq!(cores.as_array().map(Vec::len), Some(1), "{cores:#}");
    let told = ["route", "actor", "first", "rows"].map(|key| cores[0][key].clone());
    assert_eq!(json!(told), json!(["export", "wang", "2026-11-17T01:10:00Z", 21]));
    assert_eq!(cores[0]["objects"][0], "身分證 A1********, 名冊.csv");
}

#[test]
fn a_log_in_an_envelope_gives_the_incidents_of_the_log_itself() {
    let story = format!(
        "0 A00001 client\n1s A00001 subject 名冊 身分證 {}\n2s A00001 from wang@agency.gov.tw\n3s A00001 sent chen@example.com\n\
         4s A00001 bounced lin@example.net\n5s A00001 removed\n",
        national_id(1)
    );
    let plain = postfix(TUESDAY, &story);
    let bare = watched(&[("mail.log", "")], &[("mail.log", plain.clone())], 1, &[]);
    assert_eq!(bare.as_array().map(Vec::len), Some(1), "{bare:#}");
    let wrapped = |line: &str| {
        let (time, rest) = line.split_once(' ').expect("a stamp");
        let (host, rest) = rest.split_once(' ').expect("a host");
        let (program, message) = rest.split_once("[100]: ").expect("a tag");
        let us = breachd::moment::parse_when(time, breachd::moment::Tz::UTC, 0).expect("a time");
        let journal = json!({
            "__REALTIME_TIMESTAMP": us.to_string(), "_HOSTNAME": host, "SYSLOG_IDENTIFIER": program, "_PID": "100",
            "PRIORITY": "6", "MESSAGE": message,
        });
        let docker = json!({ "log": format!("{line}\n"), "stream": "stdout", "time": time });
        [format!("{journal}\n"), format!("{docker}\n"), format!("{time} stdout F {line}\n")]
    };
    let logs: Vec<[String; 3]> = plain.lines().map(wrapped).collect();
    for (nth, name) in ["journal.json", "docker.json", "cri.log"].into_iter().enumerate() {
        let log: String = logs.iter().map(|lines| &lines[nth][..]).collect();
        let cores = watched(&[(name, "")], &[(name, log)], 4, &[]);
        assert_eq!(cores, bare, "{name}");
    }
    let downloads = access(TUESDAY, &format!("0 203.0.113.24 chen 200 GET /a?id={}", national_id(1)));
    let bare = watched(&[("access.log", "")], &[("access.log", downloads.clone())], 1, &[]);
    let docker = json!({ "log": downloads, "stream": "stdout", "time": TUESDAY });
    let cores = watched(&[("web.json", "")], &[("web.json", format!("{docker}\n"))], 1, &[]);
    assert_eq!(cores, bare, "an access log in Docker's envelope");
}

#[test]
fn a_finding_in_an_envelope_is_told_where_it_stands_in_the_file() {
    let site = Site::new("");
    let id = national_id(1);
    let docker =
        json!({ "log": format!("\"名冊\"\t身分證 {id}\n"), "stream": "stdout", "time": TUESDAY }).to_string();
    let log = format!("{{}}\n{}\n{docker}\n", docker.replace(&id, "-"));
    std::fs::write(site.log("app.json"), &log).expect("a log");
    let found: Value =
        serde_json::from_str(&site.ok(&["scan", "--json", "log/app.json"])).expect("one finding");
    assert_eq!((&found["line"], &found["offset"]), (&json!(3), &json!(log.find(&id))), "{found:#}");
}

#[test]
fn records_of_an_array_are_records_though_they_stand_in_one_line() {
    let format = r#"
[format]
name = "portal-audit"
family = "application"
framing = "json-array"
array = "Records"
time = ["iso"]
reference = "入口網站 2.0：稽核紀錄"

[[rule]]
is = { action = ["export"] }
keys = { time = "time", user = "user", path = "file", status = "result" }
statuses = { ok = "done", "*" = "failed" }

[[sample]]
line = '{"time":"2026-11-17T09:00:00+08:00","user":"wang","action":"export","file":"a.csv","result":"ok"}'
expect = { time = "2026-11-17T01:00:00Z", user = "wang", path = "a.csv", status = "done" }

[[sample]]
line = '{"time":"2026-11-17T09:00:01+08:00","user":"wang","action":"export","file":"b.csv","result":"denied"}'
expect = { time = "2026-11-17T01:00:01Z", user = "wang", path = "b.csv", status = "failed" }

[[sample]]
line = '{"time":"2026-11-17T09:00:02+08:00","user":"lin","action":"export","file":"c.csv","result":"ok"}'
expect = { time = "2026-11-17T01:00:02Z", user = "lin", path = "c.csv", status = "done" }
"#;
    let record = |n: usize, user: &str, result: &str| {
        format!(
            "{{\"time\":\"2026-11-17T01:{:02}:{:02}Z\",\"user\":\"{user}\",\"action\":\"export\",\"file\":\"身分證{}.csv\",\"result\":\"{result}\"}}",
            n / 60,
            n % 60,
            national_id(n)
        )
    };
    let all: Vec<String> = (0..25)
        .map(|n| record(n, "wang", "ok"))
        .chain((25..50).map(|n| record(n, "chen", "denied")))
        .collect();
    let sources = [("portal*.json", "format = \"portal-audit\"")];
    // One line, and one record a line between the brackets.
    for log in [
        format!("{{\"Records\":[{}]}}\n", all.join(",")),
        format!("{{\"Records\":[\n{}\n]}}\n", all.join(",\n")),
    ] {
        let cores = watched(&sources, &[("portal1.json", log)], 3, &[("portal.toml", format)]);
        assert_eq!(cores.as_array().map(Vec::len), Some(1), "{cores:#}");
        assert_eq!((&cores[0]["actor"], &cores[0]["rows"]), (&json!("wang"), &json!(25)), "{cores:#}");
        assert_eq!(
            (&cores[0]["outcomes"]["left"], &cores[0]["last"]),
            (&json!(25), &json!("2026-11-17T01:00:24Z"))
        );
    }
}

#[test]
fn one_request_in_the_logs_of_proxy_and_origin_is_one_event() {
    let line = |client: &str, user: &str, id: &str, person: usize| {
        let object = json!({
            "time": "2026-11-17T01:00:00Z", "remote_addr": client, "remote_user": user, "request_id": id, "status": 200,
            "request": format!("GET /export?id={} HTTP/1.1", national_id(person)), "bytes": 512,
        });
        format!("{object}\n")
    };
    let own = r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent $request_id"#;
    let text = |client: &str, user: &str, id: &str, person: usize| {
        let request = format!("GET /export?id={} HTTP/1.1", national_id(person));
        format!("{client} - {user} [17/Nov/2026:01:00:00 +0000] \"{request}\" 200 512 {id}\n")
    };
    let sources = [("proxy.log", &*format!("format = '{own}'")), ("origin.json", "")];
    let logs = [
        ("proxy.log", text("203.0.113.9", "-", "4f1c", 1)),
        ("origin.json", line("10.0.0.2", "wang", "4f1c", 1)),
    ];
    let cores = watched(&sources, &logs, 1, &[]);
    let told = ["actor", "rows", "origins"].map(|key| cores[0][key].clone());
    assert_eq!(json!(told), json!(["wang", 1, ["10.0.0.2", "203.0.113.9"]]), "{cores:#}");
    // The proxy knows the client, the origin knows who logged in.
    let proxy = line("203.0.113.9", "", "4f1c", 1) + &line("203.0.113.9", "", "4f1d", 2);
    let origin = line("10.0.0.2", "wang", "4f1c", 1) + &line("10.0.0.2", "wang", "4f1d", 2);
    let sources = [("proxy.json", ""), ("origin.json", "")];
    for logs in [
        [("proxy.json", proxy.clone()), ("origin.json", origin.clone())],
        [("origin.json", origin), ("proxy.json", proxy)],
    ] {
        let cores = watched(&sources, &logs, 1, &[]);
        assert_eq!(cores.as_array().map(Vec::len), Some(1), "{cores:#}");
        let told = ["route", "actor", "rows", "origins"].map(|key| cores[0][key].clone());
        assert_eq!(json!(told), json!(["download", "wang", 2, ["10.0.0.2", "203.0.113.9"]]));
        assert_eq!(cores[0]["outcomes"]["left"], 2, "{cores:#}");
    }
}

#[test]
fn an_id_of_a_request_that_is_a_value_is_not_stored() {
    let id = national_id(1);
    let line = json!({
        "time": "2026-11-17T01:00:00Z", "remote_addr": "203.0.113.9", "remote_user": "wang", "request_id": id,
        "status": 200, "request": format!("GET /export?id={id} HTTP/1.1"), "bytes": 512,
    });
    let site = Site::new("");
    std::fs::write(site.log("mail.log"), format!("{line}\n")).expect("a log");
    site.ok(&["watch", "--once"]);
    assert_eq!(site.cores().as_array().map(Vec::len), Some(1));
    let store = std::fs::read(site.path("state/state.db")).expect("a store");
    assert!(memchr::memmem::find(&store, id.as_bytes()).is_none(), "the number stands in the store");
}

#[test]
fn a_log_without_years_that_was_copied_later_keeps_its_years() {
    let lines = |id: &str, stamp: &str, person: usize| {
        let id_line = |text: String| format!("{stamp} mx1 postfix/{text}\n");
        id_line(format!(
            "smtpd[1]: {id}: client=pc[10.1.2.3], sasl_method=PLAIN, sasl_username=wang@agency.gov.tw"
        )) + &id_line(format!(
            "cleanup[2]: {id}: info: header Subject: 身分證 {} from pc[10.1.2.3]; from=<wang@agency.gov.tw> to=<a@example.com> proto=ESMTP helo=<pc>",
            national_id(person)
        )) + &id_line(format!(
            "smtp[3]: {id}: to=<a@example.com>, relay=192.0.2.25[192.0.2.25]:25, delay=0.1, dsn=2.0.0, status=sent (250 2.0.0 Ok)"
        ))
    };
    let log = lines("A00001A", "Nov 28 10:00:00", 1)
        + &lines("A00002A", "Dec 31 23:59:59", 2)
        + &lines("A00003A", "Jan  2 00:00:01", 3);
    let at = |text: &str| {
        breachd::moment::parse_when(text, breachd::moment::Tz::Asia__Taipei, 0).expect("a time") / 1_000_000
    };
    let site = Site::new("");
    let copied = std::time::UNIX_EPOCH + std::time::Duration::from_secs(at("2026-11-30") as u64);
    let written = |name: &str, bytes: &[u8]| {
        let path = site.log(name);
        std::fs::write(&path, bytes).expect("a log");
        std::fs::File::options()
            .write(true)
            .open(&path)
            .expect("a log")
            .set_modified(copied)
            .expect("a time");
        path
    };
    let mut zip = flate2::GzBuilder::new()
        .mtime(at("2026-01-02T09:00:00Z") as u32)
        .write(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut zip, log.as_bytes()).expect("memory");
    let zip = zip.finish().expect("memory");
    for path in [written("mail.log.1", log.as_bytes()), written("mail.log.2.gz", &zip)] {
        let cores = site.replayed(&[path]);
        let firsts: Vec<&Value> =
            cores.as_array().expect("a list").iter().map(|core| &core["first"]).collect();
        assert_eq!(
            json!(firsts),
            json!(["2025-11-28T02:00:00Z", "2025-12-31T15:59:59Z", "2026-01-01T16:00:01Z"]),
            "{cores:#}"
        );
    }
}

#[test]
fn a_source_may_be_in_a_zone_of_its_own() {
    let line = |stamp: &str, person: usize| {
        let person = national_id(person);
        format!("{stamp} wang.xm user=wang.xm file=\"身分證 {person}.csv\" rows=30 result=ok\n")
    };
    let log: String = (0..21).map(|n| line(&format!("2026-11-17 09:00:{n:02}"), n)).collect();
    let sources = [("app.log", "timezone = \"UTC\""), ("local*.log", "")];
    let site = Site::with(&sources, "transport = \"none\"", "");
    for name in ["app.log", "local1.log"] {
        std::fs::write(site.log(name), log.replace("wang.xm", name)).expect("a log");
    }
    site.ok(&["watch", "--once"]);
    let cores = site.cores();
    let firsts: Vec<_> =
        cores.as_array().expect("a list").iter().map(|core| (&core["actor"], &core["first"])).collect();
    let expected = json!([["local1.log", "2026-11-17T01:00:00Z"], ["app.log", "2026-11-17T09:00:00Z"]]);
    assert_eq!(json!(firsts), expected, "{cores:#}");
    assert_eq!(site.replayed(&[site.log("app.log"), site.log("local1.log")]), cores);
}
