//! `explain`, to the letter.

use std::process::Stdio;

use super::support::{KEY, Site};

/// 身分證字號 A123456789 員工名冊, of a message whose queue id passes for an identity number.
const SUBJECT: &str = "2026-11-21T09:02:03+08:00 mx1 postfix/cleanup[2231]: C224920077: info: header Subject: \
    =?big5?B?qK2kwMPSpnK4uSBBMTIzNDU2Nzg5IK37pHWmV6VV?= from pc-137[10.1.2.3]; from=<wang.xm@agency.gov.tw> \
    to=<chen@example.com> proto=ESMTP helo=<pc-137>";

const ACCESS: &str = "10.1.2.3 - wang [21/Nov/2026:09:02:03 +0800] \"GET /export/list.csv?phone=0912345678 HTTP/1.1\" \
    200 5120 \"-\" \"curl/8\"";

fn explain(line: &str) -> String {
    let site = Site::new("");
    std::fs::write(site.path("key"), KEY).expect("a key");
    let text = site.ok(&["explain", "--key", "key", line]);
    let json = site.json(&["explain", "--json", "--key", "key", line]);
    assert_eq!(json["schema"], "breachd.explain/1");
    // In clear, and as the base64 of the subject has it.
    for value in ["A123456789", "0912345678", "QTEyMzQ1Njc4OS", "EyMzQ1Njc4"] {
        assert!(!text.contains(value) && !json.to_string().contains(value), "{value}: {text}{json}");
    }
    text
}

#[test]
fn a_subject_in_big5_and_a_queue_id_that_looks_like_an_identity_number_are_explained() {
    let expected = "\
line      2026-11-21T09:02:03+08:00 mx1 postfix/cleanup[2231]: C2********: info: header Subject: 身分證字號 A1******** 員工名冊 from pc-137[10.1.2.3]; from=<wang.xm@agency.gov.tw> to=<chen@example.com> proto=ESMTP helo=<pc-137>
format    postfix (program postfix/cleanup)
time      2026-11-21T09:02:03+08:00 (exact)
thread    mx1/C224920077 · content
content   subject (bytes 87–138), written by sender
opaque    queue id (bytes 0–87)
          from=, to=, helo= (bytes 138–238)
views     subject: raw → rfc2047 → 身分證字號 A1******** 員工名冊
hits      tw-national-id  C22492****             rejected  inside the queue id · line · raw · byte 53
          tw-national-id  A12345****             likely    content field, keyword · subject · rfc2047 · byte 108
          email           w******@agency.gov.tw  rejected  outside of the content · line · raw · byte 168
          email           c***@example.com       rejected  outside of the content · line · raw · byte 195
event     actor wang.xm@agency.gov.tw (envelope) · object 身分證字號 A1******** 員工名冊
record    subject: 1 likely, 0 possible; nature identification; tw-national-id 446627a497e028cc97619355d093ae5a
";
    assert_eq!(explain(SUBJECT), expected);
}

#[test]
fn a_line_of_an_access_log_is_explained() {
    let expected = "\
line      10.1.2.3 - wang [21/Nov/2026:09:02:03 +0800] \"GET /export/list.csv?phone=09******78 HTTP/1.1\" 200 5120 \"-\" \"curl/8\"
format    nginx
time      2026-11-21T09:02:03+08:00 (exact)
thread    of its own · content
content   path (bytes 50–66), written by request
          query (bytes 67–83), written by request
          agent (bytes 108–114), written by anybody
opaque    no content (bytes 0–50)
          HTTP/ (bytes 83–108)
views     path: raw → /export/list.csv
          query: raw → phone=09******78
          agent: raw → curl/8
hits      tw-mobile  0912***678  likely  content field, field name, keyword · query · raw · byte 73
event     actor wang (authenticated) · origin 10.1.2.3 · object /export/list.csv
          outcome HTTP 200
          5120 bytes of /export/list.csv
record    query: 1 likely, 0 possible; nature identification; tw-mobile 20fab28d10d3032b0e96c296cf66a0ad
";
    assert_eq!(explain(ACCESS), expected);
}

#[test]
fn lines_come_from_the_standard_input_too_and_any_bytes_will_do() {
    let site = Site::new("");
    let mut command = site.command(&["explain", "--json", "--format", "postfix", "-"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the program starts");
    let bytes = b"\xa8\xad\xa4\xc0\xc3\xd2 A123456789\r\n\n\xff\xfe\x00\x1b[31m\n";
    std::io::Write::write_all(&mut child.stdin.take().expect("piped"), bytes).expect("read");
    let output = child.wait_with_output().expect("it ends");
    let text = super::printed(&output);
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert_eq!((&lines[0]["malformed"], &lines[0]["format"]), (&true.into(), &"plain".into()));
    assert_eq!(lines[0]["hits"][0]["verdict"], "likely");
    assert_eq!(lines[0]["line"], "身分證 A1********");
    assert_eq!((&lines[1]["candidate"], &lines[1]["facts"]), (&false.into(), &serde_json::json!([])));
    assert!(!text.contains('\u{1b}'));
}
