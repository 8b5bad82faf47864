//! A format string must say of each line of the servers what the reader of access logs says of it.

use super::*;
use crate::format::tests::{defaults, told};
use crate::format::{Format, Formats};

const COMMON: &str = r#"LogFormat "%h %l %u %t \"%r\" %>s %b" common"#;
const COMBINED: &str = r#"LogFormat "%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\"" combined"#;
const VHOST: &str =
    r#"LogFormat "%v:%p %h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \"%{User-Agent}i\"" vhost_combined"#;
const MAIN: &str = "log_format  main  '$remote_addr - $remote_user [$time_local] \"$request\" '
                      '$status $body_bytes_sent \"$http_referer\" '
                      '\"$http_user_agent\" \"$http_x_forwarded_for\"';";

/// What a line of a format says.
fn read(text: &str, line: &str) -> Option<String> {
    let format = LogFormat::new(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    format.read(line.as_bytes(), &defaults()).map(|parsed| told(&parsed))
}

/// Some lines of a format, and what the words of `told` behind the line's role are.
#[track_caller]
fn check(text: &str, line: &str, expected: &str) {
    let said = read(text, line).unwrap_or_else(|| panic!("{text}\nreads not\n{line}"));
    assert_eq!(said, format!("content {expected}"), "{text}\n{line}");
}

/// What is said of a string that cannot be used.
fn error(text: &str) -> String {
    LogFormat::new(text).expect_err(text).to_string()
}

#[test]
fn the_strings_of_the_servers_say_what_the_reader_of_access_logs_says() {
    let logs = [
        ("apache-combined.log", COMBINED),
        ("apache-common.log", COMMON),
        ("apache-short.log", r#"%h %t "%r" %>s %b %D %X "%{Content-Length}o""#),
        ("apache-vhosts.log", VHOST),
        (
            "nginx-combined.log",
            r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent""#,
        ),
        ("nginx-main.log", MAIN),
        (
            "nginx-vhosts.log",
            r#"$server_name:$server_port $remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent""#,
        ),
    ];
    for (name, text) in logs {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/logs").join(name);
        let log = std::fs::read(path).expect("a sample");
        let mut formats = Formats::shipped();
        let format = formats.learn(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!((formats.by_name(text), formats.learn(text)), (Some(format), Ok(format)));
        assert_eq!(formats.sniff(&log), Format::Clf, "a string recognises nobody else's file");
        let mut lines = 0;
        for line in log.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let (own, known) = (format, Format::Clf);
            let [own, known] =
                [own, known].map(|format| formats.parse(format, line, &defaults()).expect("a line"));
            assert_eq!(format!("{own:?}"), format!("{known:?}"));
            assert_eq!(told(&own), told(&known), "{}", String::from_utf8_lossy(line));
            assert_eq!(formats.time(format, line, None, &defaults()), Some(known.time));
            assert_eq!(formats.thread_name(format, line, None), None);
            lines += 1;
        }
        assert!(lines >= 8, "{name}");
    }
}

#[test]
fn a_field_ends_where_the_server_ends_it() {
    let request = "origin=192.0.2.1 object=/a path=request:/a";
    let line = |user: &str, rest: &str| {
        format!("192.0.2.1 - {user} [21/Nov/2026:23:52:18 +0000] \"GET /a HTTP/1.1\" {rest}")
    };
    let forged = r#"wang xm\"q] [x [21/nov/2026:00:00:00 +0000] \"get /b http/1.1\" 200 1"#;
    check(
        COMBINED,
        &line(forged, r#"200 - "-" "\xe7 \"q\" a\\""#),
        &format!(r#"actor=authenticated:{forged} {request} agent=anybody:\xe7 \"q\" a\\ outcome=200"#),
    );
    check(
        COMBINED,
        &line(forged, r#"401 5 "" """#),
        &format!("actor=address:192.0.2.1 {request} outcome=401 bytes=5"),
    );
    check(
        COMBINED,
        &line("\"\"", "204 0 \"-\" \"-\"\r"),
        &format!("actor=address:192.0.2.1 {request} outcome=204 bytes=0"),
    );
    let garbage = r#"192.0.2.1 - - [21/Nov/2026:23:52:18 +0000] "\x16\x03\" 400 1" 400 - "-" "-""#;
    check(
        COMBINED,
        garbage,
        r#"actor=address:192.0.2.1 origin=192.0.2.1 object=\x16\x03\" 400 1 path=request:\x16\x03\" 400 1 outcome=400"#,
    );
    // Without escapes the first quote that the rest of the format follows is the end.
    let raw = MAIN.replace("main  '", "main escape=none '");
    check(
        &raw,
        &line("-", r#"200 1 "-" "a "b" c\" "-""#),
        &format!(r#"actor=address:192.0.2.1 {request} agent=anybody:a "b" c\ outcome=200 bytes=1"#),
    );
}

#[test]
fn a_line_may_be_cut_behind_its_status_and_is_another_formats_elsewhere() {
    let whole =
        r#"192.0.2.1 - - [21/Nov/2026:23:52:18 +0000] "GET /a HTTP/1.1" 200 12 "https://h/" "curl \"7"#
            .to_owned()
            + "\"";
    let status = whole.find("200").expect("a status") + 3;
    for end in 0..=whole.len() {
        assert_eq!(read(COMBINED, &whole[..end]).is_some(), end >= status, "{}", &whole[..end]);
    }
    let cut = "actor=address:192.0.2.1 origin=192.0.2.1 object=/a path=request:/a";
    check(COMBINED, &whole[..status + 2], &format!("{cut} outcome=200 bytes=1"));
    check(
        COMBINED,
        &whole[..whole.len() - 3],
        &format!("{cut} referrer=anybody:https://h/ agent=anybody:curl \\ outcome=200 bytes=12"),
    );
    for other in [COMMON.to_owned(), COMBINED.replace("%>s", "%>s %D"), VHOST.to_owned()] {
        assert_eq!(read(&other, &whole), None, "{other}");
    }
    // What stands behind the last quote may be content.
    let more = read(COMBINED, &format!("{whole} A123456789")).expect("a line");
    assert!(more.contains("A123456789 outcome=200"), "{more}");
    assert_eq!(read(COMMON, &format!("{} A123456789", &whole[..status + 3])), None);
}

#[test]
fn what_a_directive_says_counts_by_who_wrote_it() {
    let text = r#"%{c}a %a %h %u %{sec}t "%m" "%U" "%q" %s %>s %O %{X-Case}i|%{sid}C|%{NOTE}n|%{UNIQUE_ID}e|%{SSL_CIPHER}x "%{X-Forwarded-For}i" "%{Content-Disposition}o" %{ms}T %^FB %!200,304{Accept}i 100%%"#;
    check(
        text,
        r#"10.0.0.9 192.0.2.1 h.example wang 1795305138 "GET" "/a b" "?c=d" 302 200 512 case 7|s=1|note|A123456789|ECDHE "10.0.0.1, 192.0.2.7" "attachment; filename=b.csv" 12 9 text/html 100%"#,
        "actor=authenticated:wang origin=192.0.2.1 object=/a b path=request:/a b query=request:c=d attachment=request:attachment; filename=b.csv line=?anybody:case 7 line=?anybody:s=1 line=?anybody:note line=?anybody:text/html outcome=200 bytes=512",
    );
    // What should be addresses and is not was written by somebody.
    check(
        r#"$remote_addr [$time_iso8601] $request_method $uri$is_args$args $status $bytes_sent $body_bytes_sent $request_id "$http_x_forwarded_for" $cookie_a"#,
        "2001:db8::1 [2026-11-21T23:52:18+08:00] HEAD /a?b=c 200 300 12 0123abcd \"A123456789\" x",
        "name=0123abcd actor=address:2001:db8::1 origin=2001:db8::1 object=/a path=request:/a query=request:b=c line=?anybody:A123456789 line=?anybody:x outcome=200 bytes=0",
    );
    // nginx 1.22 writes `-` for a query that there is not, and for the path of what is no request.
    let nginx = "$msec|$host:$server_port|$remote_addr|$remote_user|$request_method|$uri$is_args$args|$status|${bytes_sent}|$request_completion;";
    let line = |request: &str, status: u16| {
        format!("1795704663.877|:18911|127.0.0.1|wang xm\\x22q] [x|{request}|{status}|246|OK;")
    };
    let from = "actor=address:127.0.0.1 origin=127.0.0.1";
    check(
        nginx,
        &line("GET|/big.bin-", 401),
        &format!("{from} object=/big.bin path=request:/big.bin outcome=401 bytes=246"),
    );
    check(
        nginx,
        &line("GET|/a--", 404),
        &format!("{from} object=/a- path=request:/a- outcome=404 bytes=246"),
    );
    check(
        nginx,
        &line("GET|/a?b-", 404),
        &format!("{from} object=/a path=request:/a query=request:b- outcome=404 bytes=246"),
    );
    check(nginx, &line("-|--", 400), &format!("{from} outcome=400 bytes=246"));
    // No user is let in by an answer that nobody knows.
    check(
        "%a %u %t %U",
        "192.0.2.1 wang [21/Nov/2026:23:52:18 +0000] /a b",
        "actor=address:192.0.2.1 origin=192.0.2.1 object=/a b path=request:/a b",
    );
}

#[test]
fn an_answer_that_was_not_finished_is_a_part_of_one() {
    let apache = |x: &str, status: &str, bytes: &str| {
        read(
            r#"%a %t "%r" %>s %b %X"#,
            &format!("192.0.2.1 [21/Nov/2026:23:52:18 +0000] \"GET /a HTTP/1.1\" {status} {bytes} {x}"),
        )
        .expect("a line")
    };
    assert!(apache("X", "200", "100").ends_with("outcome=partial bytes=100"));
    assert!(apache("X", "206", "0").ends_with("outcome=failed bytes=0"));
    assert!(apache("X", "404", "100").ends_with("outcome=404 bytes=100"));
    assert!(apache("+", "200", "100").ends_with("outcome=200 bytes=100"));
    // Apache 2.4 counts the body it had, and with the headers what it sent.
    let sent = |text: &str, counts: &str| {
        read(
            &format!("%t %a %u %U {text}"),
            &format!("[21/Nov/2026:23:52:18 +0000] 192.0.2.1 wang xm /slow/a b {counts}"),
        )
        .expect("a line")
    };
    assert_eq!(
        sent("%>s %X %B %O", "200 X 5000000 24576"),
        "content actor=authenticated:wang xm origin=192.0.2.1 object=/slow/a b path=request:/slow/a b outcome=partial bytes=24576"
    );
    assert!(sent("%>s %b %O", "200 - 211").ends_with("outcome=200"));
    assert!(sent("%>s %O", "200 211").ends_with("outcome=200 bytes=211"));
    for (said, outcome) in [("OK", "200"), ("", "partial"), ("-", "partial")] {
        let line = format!("192.0.2.1 1795305138.125 GET /a?b HTTP/1.1;200;100;{said};");
        check(
            "$remote_addr $msec ${request};$status;$body_bytes_sent;$request_completion;",
            &line,
            &format!(
                "actor=address:192.0.2.1 origin=192.0.2.1 object=/a path=request:/a query=request:b outcome={outcome} bytes=100"
            ),
        );
    }
}

#[test]
fn times_are_read_in_all_the_ways_a_server_writes_them() {
    for (text, written, expected) in [
        ("%t", "[22/Nov/2026:07:52:18 +0800]", "2026-11-21T23:52:18Z"),
        (
            "%{end}t %{begin:%Y-%m-%d %H:%M:%S}t",
            "[22/Nov/2026:07:52:19 +0800] 2026-11-22 07:52:18",
            "2026-11-21T23:52:18Z",
        ),
        (
            "[%{%d/%b/%Y %T}t.%{msec_frac}t %{%z}t]",
            "[22/Nov/2026 07:52:18.125 +0800]",
            "2026-11-21T23:52:18.125000Z",
        ),
        ("%{%FT%T}t.%{usec_frac}t%{%z}t", "2026-11-21T23:52:18.000125+0000", "2026-11-21T23:52:18.000125Z"),
        ("%{msec}t", "1795305138125", "2026-11-21T23:52:18.125000Z"),
        ("%{end:usec}t", "1795305138125001", "2026-11-21T23:52:18.125001Z"),
        ("$msec", "1795305138.125", "2026-11-21T23:52:18.125000Z"),
        ("$time_iso8601", "2026-11-22T07:52:18+08:00", "2026-11-21T23:52:18Z"),
    ] {
        let request = if text.contains('$') { "$request" } else { "%r" };
        let format = LogFormat::new(&format!("{text} \"{request}\""))
            .unwrap_or_else(|error| panic!("{text}: {error}"));
        let line = format!("{written} \"GET / HTTP/1.1\"");
        let parsed = format.read(line.as_bytes(), &defaults()).unwrap_or_else(|| panic!("{text}"));
        assert_eq!(parsed.time.iso(), expected, "{text}");
        assert_eq!(format.time(line.as_bytes(), &defaults()), Some(parsed.time));
    }
}

#[test]
fn a_string_that_cannot_be_used_is_told_with_its_place_and_the_way_out() {
    for (text, expected) in [
        ("%h %t %Z \"%r\"", "no directive `%Z`, written after `%h %t `: see the table of mod_log_config"),
        ("%h %t \"%r\" %>", "a `%` without a directive after `%h %t \"%r\" `: write a letter"),
        ("%h %t \"%r\" %{Referer", "a brace that does not close: `%{Referer` after"),
        ("%h %t \"%r\" %i", "a directive `%i` without a name after"),
        ("%h %{%Q}t \"%r\"", "strftime(3)"),
        ("%h %{abc}t \"%r\"", "`abc` is no layout of a time"),
        ("%h \"%r\" %>s", "a log format without a time of day and date: log %t"),
        ("%h %{%H:%M}t \"%r\" %>s", "a log format without a time of day and date: log %t"),
        ("%h %t %>s %b", "a log format without the request: log \"%r\""),
        ("%h %t %r\\n", "a line break after"),
        ("$remote_addr $time_local ${request", "a brace that does not close: `${request` after"),
        ("$remote_addr $ [$time_local]", "a `$` without a variable after"),
        ("log_format main '{\"a\":\"$request\"}';", "nginx-json"),
        (" ", "without the request"),
    ] {
        let said = error(text);
        assert!(said.contains(expected), "{text}: {said}");
    }
    assert!(error(&"%h ".repeat(2000)).contains("4096 at most"));
    assert!(error(&format!("%t %r {}", "%D ".repeat(1300))).contains("more than 500 fields"));
}

#[test]
#[expect(clippy::print_stdout, reason = "a failure is repeated by its seed")]
fn no_damage_makes_a_format_string_or_its_lines_fail() {
    let mut seed: u64 = 0x00b5_ea7c_4d00_2026;
    println!("seed {seed:#x}");
    let mut random = move |below: usize| {
        // xorshift64*: Marsaglia's, with Vigna's multiplier.
        seed ^= seed >> 12;
        seed ^= seed << 25;
        seed ^= seed >> 27;
        (seed.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % below
    };
    let line = r#"w.tw:80 192.0.2.1 - wang [21/Nov/2026:23:52:18 +0000] "GET /a?b=c HTTP/1.1" 200 12 "r" "a \"b" "-""#;
    let mut read = 0;
    for _ in 0..600 {
        let text = [COMMON, COMBINED, VHOST, MAIN][random(4)];
        let mut damaged: Vec<char> = text.chars().collect();
        for _ in 0..random(3) {
            let (at, mark) = (
                random(damaged.len()),
                ['%', '$', '{', '}', '"', '\'', '\\', '<', '^', 't', '名'][random(11)],
            );
            if random(2) == 0 { damaged[at] = mark } else { damaged.insert(at, mark) }
        }
        let Ok(format) = LogFormat::new(&damaged.iter().collect::<String>()) else { continue };
        let mut bytes = line.as_bytes()[random(2) * 8..].to_vec();
        for _ in 0..random(3) {
            let at = random(bytes.len());
            bytes[at] = b" \"\\]\xff-%"[random(7)];
        }
        if let Some(parsed) = format.read(&bytes, &defaults()) {
            for field in &parsed.fields {
                assert_eq!(&bytes[field.span.clone()], field.raw.bytes(), "a span is where its bytes are");
            }
            read += 1;
        }
    }
    assert!(read > 30, "{read}");
}
