use super::{at, check_pieces, defaults, formats, told};
use crate::event::Status;
use crate::format::Format;

/// Reads a line without and with a virtual host, and with a field more at its end; it must say the same.
fn check(line: &str, expected: &str) {
    for line in
        [line.to_owned(), format!("www.agency.gov.tw:80 {line}"), format!("w.tw {line} \"140.112.1.2\"\r")]
    {
        let parsed = formats().parse(Format::Clf, line.as_bytes(), &defaults()).expect("an access log line");
        assert_eq!(told(&parsed), format!("content {expected}"), "{line}");
        assert_eq!((parsed.host, parsed.time.us), ("", at("2026-11-21T23:52:18Z")), "{line}");
        assert_eq!(parsed.body, 0..line.trim_end().len());
        assert_eq!(parsed.format.as_str(), "nginx");
        check_pieces(line.as_bytes(), Format::Clf, &parsed);
    }
}

/// The same for the request alone, asked by an unknown client who got 200 and 29 bytes.
fn check_request(request: &str, expected: &str) {
    check(
        &format!("192.0.2.1 - - [22/Nov/2026:07:52:18 +0800] \"{request}\" 200 29 \"-\" \"\""),
        &format!("actor=address:192.0.2.1 origin=192.0.2.1 {expected}"),
    );
}

#[test]
fn an_answered_user_is_an_actor_and_a_refused_one_is_not() {
    check(
        r#"127.0.0.1 - wang.xm [21/Nov/2026:23:52:18 +0000] "GET /a.bin HTTP/1.1" 206 1000 "-" "curl/7""#,
        "actor=authenticated:wang.xm origin=127.0.0.1 object=/a.bin path=request:/a.bin agent=anybody:curl/7 \
         outcome=206 bytes=1000",
    );
    check(
        r#"127.0.0.1 - wang xm\"q] [x [21/Nov/2026:23:52:18 +0000] "GET /a HTTP/1.1" 401 421 "-" "-""#,
        "actor=address:127.0.0.1 origin=127.0.0.1 object=/a path=request:/a outcome=401 bytes=421",
    );
    check(
        r#"h.tw - wang xm\"q [21/Nov/2026:23:52:18 +0000] "GET /a HTTP/1.1" 200 - "-" "-""#,
        r#"actor=authenticated:wang xm\"q object=/a path=request:/a outcome=200"#,
    );
    check(
        r#"2001:db8::1 -  -  [21/Nov/2026:23:52:18 +0000] "POST /a HTTP/1.1" 304 0 "-" "-""#,
        "actor=address:2001:db8::1 origin=2001:db8::1 object=/a path=request:/a outcome=304 bytes=0",
    );
}

#[test]
fn a_request_is_path_and_query_or_a_path_as_a_whole() {
    check_request(
        "GET /export?id=A123456789&q=a?b HTTP/1.1",
        "object=/export path=request:/export query=request:id=A123456789&q=a?b outcome=200 bytes=29",
    );
    check_request(
        "GET /名 冊 HTTP/x.csv",
        "object=/名 冊 HTTP/x.csv path=request:/名 冊 HTTP/x.csv outcome=200 bytes=29",
    );
    check_request("GET /old", "object=/old path=request:/old outcome=200 bytes=29");
    check_request("HEAD /a? HTTP/1.1", "object=/a path=request:/a outcome=200 bytes=0");
    check_request(
        r"\x16\x03\x01?A1",
        r"object=\x16\x03\x01?A1 path=request:\x16\x03\x01?A1 outcome=200 bytes=29",
    );
    check_request(r#"GET /a\"] b HTTP/1.1"#, r#"object=/a\"] b path=request:/a\"] b outcome=200 bytes=29"#);
    check_request(r#"GET /a"b HTTP/1.1"#, r#"object=/a"b path=request:/a"b outcome=200 bytes=29"#);
    check_request("-", "outcome=200 bytes=29");
}

#[test]
fn referrer_and_agent_are_written_by_anybody() {
    check(
        r#"192.0.2.1 - - [21/Nov/2026:23:52:18 +0000] "GET / HTTP/1.1" 200 1 "https://h/?id=A1" "\xe7 \"q\" a\\""#,
        r#"actor=address:192.0.2.1 origin=192.0.2.1 object=/ path=request:/ referrer=anybody:https://h/?id=A1 agent=anybody:\xe7 \"q\" a\\ outcome=200 bytes=1"#,
    );
}

#[test]
fn other_layouts_are_read_as_far_as_they_go() {
    let read = |line: &str| {
        let parsed = formats().parse(Format::Clf, line.as_bytes(), &defaults())?;
        Some(told(&parsed))
    };
    let common = r#"192.0.2.1 - - [21/Nov/2026:23:52:18 +0000] "GET /a HTTP/1.1" 200 1"#;
    let expected =
        "content actor=address:192.0.2.1 origin=192.0.2.1 object=/a path=request:/a outcome=200 bytes=1";
    assert_eq!(read(common).as_deref(), Some(expected));
    assert_eq!(read(&common.replace(" - -", "")).as_deref(), Some(expected));
    assert_eq!(read(&common.replace(" - -", " -")).as_deref(), Some(expected));
    assert_eq!(read(&format!("{common} 734 + \"-\"")).as_deref(), Some(expected));
    assert_eq!(read(&common.replace("192.0.2.1 -", "192.0.2.1 ident")).as_deref(), Some(expected));
    assert_eq!(read(&common.replace("Nov", "Now")), None);
    assert_eq!(read(&common.replace(" 200 1", " 2000 1")), None);
    assert_eq!(read(&common.replace(" 200 1", "")), None);
    assert_eq!(read(""), None);
}

#[test]
fn an_answer_that_the_client_did_not_wait_for_was_delivered_in_part() {
    let outcome = |tail: &str| {
        let line = format!("192.0.2.1 - - [21/Nov/2026:23:52:18 +0000] \"GET /X HTTP/1.1\" {tail}");
        let parsed = formats().parse(Format::Clf, line.as_bytes(), &defaults()).expect("an access log line");
        parsed.outcomes[0].status
    };
    assert_eq!(outcome("200 20221 734 X \"-\""), Status::Partial);
    assert_eq!(outcome("206 20221 \"-\" \"a \\\"b\" X"), Status::Partial);
    assert_eq!(outcome("200 20221 734 + \"-\""), Status::Http(200));
    assert_eq!(outcome("200 20221 \"-\" \"a X b\" -"), Status::Http(200));
    assert_eq!(outcome("200 20221 \"-\" \"cut X"), Status::Http(200));
    assert_eq!(outcome("404 236 177 X \"-\""), Status::Http(404));
}
