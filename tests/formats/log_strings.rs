//! Access logs by the format string of the server's own configuration: in a source, on the command line, refused.

use serde_json::json;

use super::cases::check_string;
use super::support::{Site, national_id};

/// Nearly every directive that Apache has.
const APACHE: &str = r#"LogFormat "[%{%d/%b/%Y %T}t.%{msec_frac}t %{%z}t] %a %{c}a %A %B %b %{sid}C %D %{UNIQUE_ID}e %f %h %H \"%{X-Forwarded-For}i\" %k %l %L %m %{x}n \"%{Content-Disposition}o\" %p %{remote}p %P %{tid}P %q %R %s %>s %T %{ms}T %u %U %v %V %X %I %O %S %{X}^ti %!200,304,302{Referer}i 100%%" all"#;

const NGINX: &str = r#"log_format own '$msec|$host:$server_port|$remote_addr|$remote_user|$request_method|$uri$is_args$args|'
    '$status|${bytes_sent}|"$http_user_agent"|$cookie_sid|$upstream_addr|$request_time|$request_completion;';"#;

#[test]
fn logs_of_apache_2_4_and_nginx_1_22_by_their_own_strings() {
    check_string(APACHE, "tests/servers/apache-own.log", "apache_own");
    check_string(NGINX, "tests/servers/nginx-own.log", "nginx_own");
}

/// What a site's Apache writes: its own order, the final state of the connection, a header of a proxy.
const STRING: &str =
    r#"LogFormat "%{%Y-%m-%d %H:%M:%S}t.%{usec_frac}t %X %>s %b %a \"%u\" \"%r\" %{X-Case}i" own"#;

/// One line as that string writes it, and a part of a second behind the last.
fn line(second: usize, end: &str, status: u16, user: &str, request: &str) -> String {
    format!(
        "2026-11-17 09:00:{second:02}.000125 {end} {status} 512 203.0.113.24 \"{user}\" \"{request}\" case\n"
    )
}

fn log() -> String {
    let get = |serial: usize| format!("GET /export?id={} HTTP/1.1", national_id(serial));
    line(1, "+", 200, "chen", &get(1))
        + &line(2, "X", 200, "chen", &get(2))
        + &line(3, "+", 401, "chen", &get(3))
        + &line(4, "+", 200, "chen", &get(4).replace("GET", "HEAD"))
        + &line(5, "+", 200, "-", &get(5))
}

/// A site whose log is read by a format, as TOML writes it.
fn site(format: &str) -> Site {
    let site = Site::with(&[("access.log", &format!("format = {format}"))], "transport = \"none\"", "");
    std::fs::write(site.log("access.log"), log()).expect("a log");
    site
}

#[test]
fn a_source_and_a_replay_read_by_the_servers_own_string() {
    let site = site(&format!("'''{STRING}'''"));
    assert!(site.run(&["check"]).status.success());
    site.ok(&["watch", "--once"]);
    let cores = site.cores();
    assert_eq!(cores.as_array().map(Vec::len), Some(1), "{cores:#}");
    let draft = &cores[0];
    assert_eq!((&draft["route"], &draft["actor"]), (&json!("download"), &json!("chen")));
    // The one whole, the one cut short; neither who was not let in, nor the answer without a body, nor nobody's.
    let outcomes = &draft["outcomes"];
    assert_eq!((&outcomes["left"], &outcomes["left-partly"]), (&json!(1), &json!(1)), "{draft:#}");
    assert_eq!(draft["subjects"]["total"], 2, "{draft:#}");
    assert_eq!(draft["first"], "2026-11-17T01:00:01.000125Z");
    let (key, log) = (site.path("key"), site.log("access.log"));
    let [key, log] = [&key, &log].map(|path| path.to_str().expect("UTF-8"));
    let replayed = site.json(&["replay", "--core", "--format", STRING, "--key", key, log]);
    assert_eq!(replayed["incidents"], cores);
}

#[test]
fn a_line_is_explained_and_scanned_by_the_servers_own_string() {
    let site = site("'auto'");
    let line = line(1, "X", 200, "chen", "GET /export?id=A123456789 HTTP/1.1");
    let explained = site.json(&["explain", "--json", "--format", STRING, line.trim_end()]);
    assert_eq!((&explained["format"], &explained["malformed"]), (&json!("nginx"), &json!(false)));
    assert_eq!(explained["facts"][2]["says"]["outcome"]["status"], "partial", "{explained:#}");
    assert_eq!(explained["content"][1]["shown"], "id=A1********");
    let log = site.log("access.log");
    let scanned = site.json(&["scan", "--count", "--format", STRING, log.to_str().expect("UTF-8")]);
    assert_eq!(scanned["subjects"], 5, "{scanned}");
}

#[test]
fn a_string_that_cannot_be_used_is_refused_with_its_line_and_the_way_out() {
    for (format, expected) in [
        ("'%h %t \"%r\" %Z'", "no directive `%Z`, written after `%h %t \"%r\" `"),
        ("'%h %t %>s'", "a log format without the request"),
        ("'$remote_addr \"$request\"'", "a log format without a time of day and date"),
        ("'''log_format j escape=json '{\"a\":\"$request\"}';'''", "format = \"nginx-json\""),
        ("'combind'", "unknown log format `combind`"),
    ] {
        let site = site(format);
        let output = site.run(&["check"]);
        let told = String::from_utf8(output.stderr).expect("UTF-8");
        assert_eq!(output.status.code(), Some(78), "{format}: {told}");
        assert!(told.contains(expected) && told.contains("breachd.toml:"), "{format}: {told}");
    }
    let site = site("'auto'");
    let log = site.log("access.log");
    let output = site.run(&["scan", "--format", "%h %t %{Referer", log.to_str().expect("UTF-8")]);
    let told = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(
        told.contains("a brace that does not close: `%{Referer` after `%h %t `: write %{Name}i"),
        "{told}"
    );
}
