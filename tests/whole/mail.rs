//! What becomes of mail, from log text to the core of an incident.

use serde_json::{Value, json};

use super::support::story::{TUESDAY, access, postfix};
use super::support::{Site, national_id};
use super::{check, site};

/// `ID1`, `ID2` in a story stand for valid identity numbers.
fn mail(story: &str, expected: Value) -> Site {
    let story = story.replace("ID1", &national_id(1)).replace("ID2", &national_id(2));
    check(&postfix(TUESDAY, &story), "", &expected)
}

fn possible(site: &Site) -> Value {
    site.json(&["incident", "list", "--possible", "--json"])["incidents"].clone()
}

#[test]
fn every_recipient_has_its_own_outcome() {
    mail(
        "0 AAAAA1 client
         1s AAAAA1 subject 名冊 ID1
         2s AAAAA1 from wang@agency.gov.tw
         3s AAAAA1 sent out@example.com
         4s AAAAA1 bounced gone@example.com
         5s AAAAA1 deferred later@example.com
         6s AAAAA1 sent colleague@hr.agency.gov.tw",
        json!([{
            "route": "mail-out", "actor": "wang@agency.gov.tw", "first": "2026-11-17T00:00:01Z",
            "last": "2026-11-17T00:00:01Z", "rows": 1, "origins": ["10.1.2.3"],
            "subjects": {"total": 1, "general": 1, "special": 0, "estimated": false},
            "possible_subjects": 1, "pending_subjects": 1, "natures": ["identification"],
            "level": {"level": 0, "by_count": 0, "by_nature": 0}, "continues": null,
            "outcomes": {"left": 1, "left-partly": 0, "internal-only": 1, "blocked": 0, "failed": 1, "pending": 1, "unknown": 0},
            "recipients": [
                {"address": "colleague@hr.agency.gov.tw", "outcome": "internal-only"},
                {"address": "gone@example.com", "outcome": "failed"},
                {"address": "later@example.com", "outcome": "pending"},
                {"address": "out@example.com", "outcome": "left"},
            ],
            "objects": ["名冊 A1********"],
            "samples": [{"time": "2026-11-17T00:00:01Z", "masked": "名冊 A1********"}],
        }]),
    );
}

#[test]
fn mail_that_stays_inside_or_never_leaves_opens_no_draft() {
    for fate in ["sent colleague@agency.gov.tw", "bounced out@example.com", "expired out@example.com"] {
        let site = mail(&format!("0 AAAAA1 client\n1s AAAAA1 subject ID1 名冊\n2s AAAAA1 {fate}"), json!([]));
        let possible = possible(&site);
        assert_eq!(possible[0]["subjects"], 0, "{fate}: {possible}");
        assert!(site.mails().is_empty(), "{fate}");
    }
}

#[test]
fn a_deferred_message_opens_a_draft_after_a_quarter_of_an_hour_of_log_time() {
    let story = "0 AAAAA1 client\n1s AAAAA1 subject ID1\n2s AAAAA1 deferred out@example.com\n";
    mail(&format!("{story}14m59s log smtpd connect from a[192.0.2.1]"), json!([]));
    let opened = json!([{
        "subjects": {"total": 0}, "pending_subjects": 1, "outcomes": {"pending": 1, "left": 0},
        "first": "2026-11-17T00:00:01Z",
    }]);
    mail(&format!("{story}15m log smtpd connect from a[192.0.2.1]"), opened);
}

#[test]
fn a_message_without_a_final_word_for_five_days_and_an_hour_is_unknown_and_counts() {
    let story = "0 AAAAA1 client\n1s AAAAA1 subject ID1\n2s AAAAA1 deferred out@example.com\n";
    let pending = json!([{"outcomes": {"pending": 1, "unknown": 0}, "subjects": {"total": 0}}]);
    mail(&format!("{story}5d59m59s log smtpd connect from a[192.0.2.1]"), pending);
    let unknown = json!([{
        "outcomes": {"pending": 0, "unknown": 1}, "subjects": {"total": 1},
        "recipients": [{"address": "out@example.com", "outcome": "unknown"}],
    }]);
    mail(&format!("{story}5d1h log smtpd connect from a[192.0.2.1]"), unknown);
}

#[test]
fn a_message_through_a_content_filter_counts_once_with_the_outcomes_of_its_child() {
    let expected = json!([{
        "actor": "wang@agency.gov.tw", "rows": 1, "subjects": {"total": 1}, "origins": ["10.1.2.3"],
        "outcomes": {"left": 1, "failed": 1, "internal-only": 0, "pending": 0},
        "recipients": [
            {"address": "gone@example.com", "outcome": "failed"}, {"address": "out@example.com", "outcome": "left"},
        ],
    }]);
    // The child is logged before the reply; with and without a Subject of its own, by either name of the link.
    for subject in ["", "4s BBBBB2 subject 名冊 ID1"] {
        for link in ["", ", orig_queue_id=AAAAA1, orig_client=pc[10.1.2.3]"] {
            let story = format!(
                "0 AAAAA1 client
                 1s AAAAA1 subject 名冊 ID1
                 2s AAAAA1 from wang@agency.gov.tw
                 3s BBBBB2 client localhost[127.0.0.1]{link}
                 {subject}
                 5s BBBBB2 from wang@agency.gov.tw
                 6s AAAAA1 sent out@example.com queued as BBBBB2
                 6s AAAAA1 sent gone@example.com queued as BBBBB2
                 7s AAAAA1 removed
                 8s BBBBB2 sent out@example.com
                 9s BBBBB2 bounced gone@example.com
                 10s BBBBB2 removed"
            );
            mail(&story, expected.clone());
        }
    }
}

#[test]
fn refused_mail_is_only_exposed_in_the_log() {
    let story = "0 log smtpd NOQUEUE: reject: RCPT from x.example[198.51.100.7]: 554 5.7.1 <ID1@agency.gov.tw>: \
                 Relay access denied; from=<a@x.example> to=<ID1@agency.gov.tw> proto=ESMTP helo=<x.example>";
    let site = mail(story, json!([]));
    let possible = possible(&site);
    assert_eq!(possible.as_array().map(Vec::len), Some(1), "{possible}");
    assert_eq!((&possible[0]["route"], &possible[0]["level"]), (&json!("exposure-in-log"), &json!(0)));
    assert!(site.mails().is_empty());
}

#[test]
fn inbound_mail_stays_inside_unless_a_local_address_forwards_it() {
    let story = "0 AAAAA1 client mx.x.example[198.51.100.7]
                 1s AAAAA1 subject ID1 申請
                 2s AAAAA1 from citizen@x.example";
    mail(&format!("{story}\n3s AAAAA1 sent wang@agency.gov.tw"), json!([]));
    let forwarded = json!([{
        "actor": "wang@agency.gov.tw", "outcomes": {"left": 1},
        "recipients": [{"address": "home@example.com", "outcome": "left"}],
    }]);
    mail(&format!("{story}\n3s AAAAA1 sent home@example.com orig_to=<wang@agency.gov.tw>"), forwarded);
}

#[test]
fn an_inside_client_without_a_password_acts_as_its_envelope_sender() {
    let story = "0 AAAAA1 client scanner[10.9.9.9]
                 1s AAAAA1 subject ID1 掃描
                 2s AAAAA1 from scanner@agency.gov.tw
                 3s AAAAA1 sent out@example.com";
    let site = mail(story, json!([{"actor": "scanner@agency.gov.tw", "subjects": {"total": 1}}]));
    let shown = site.ok(&["incident", "show", "BD-2026-000001"]);
    assert!(shown.contains("scanner@agency.gov.tw (network)"), "{shown}");
}

#[test]
fn a_short_queue_id_that_is_used_again_is_another_message() {
    let one = |at: &str, user: &str, id: &str| {
        format!(
            "{at}h AAAAA1 client pc[10.1.2.3], sasl_method=PLAIN, sasl_username={user}@agency.gov.tw
             {at}h1s AAAAA1 subject 名冊 {id}
             {at}h2s AAAAA1 sent {user}.out@example.com
             {at}h3s AAAAA1 removed\n"
        )
    };
    let of = |user: &str| {
        json!({
            "actor": format!("{user}@agency.gov.tw"), "rows": 1, "outcomes": {"left": 1},
            "recipients": [{"address": format!("{user}.out@example.com"), "outcome": "left"}],
        })
    };
    mail(&(one("0", "wang", "ID1") + &one("2", "chen", "ID2")), json!([of("wang"), of("chen")]));
}

#[test]
fn the_same_line_in_two_logs_is_one_line() {
    let story = "0 AAAAA1 client\n1s AAAAA1 subject ID1\n2s AAAAA1 sent out@example.com\n3s AAAAA1 removed";
    let log = postfix(TUESDAY, &story.replace("ID1", &national_id(1)));
    let site = Site::with(&[("mail.log", ""), ("copy.log", "")], "transport = \"none\"", "");
    std::fs::write(site.log("mail.log"), &log).expect("a log");
    std::fs::write(site.log("copy.log"), "").expect("a log");
    site.ok(&["watch", "--once"]);
    let once = site.cores();
    assert_eq!((&once[0]["rows"], &once[0]["outcomes"]["left"]), (&json!(1), &json!(1)));
    std::fs::write(site.log("copy.log"), &log).expect("a log");
    site.ok(&["watch", "--once"]);
    assert_eq!(site.cores(), once);
    assert_eq!(site.replayed(&[site.log("mail.log"), site.log("copy.log")]), once);
    assert_eq!(site.mails().len(), 1, "nobody is told twice");
}

#[test]
fn garbage_between_the_lines_changes_nothing() {
    let story = "0 AAAAA1 client\n1s AAAAA1 subject ID1\n2s AAAAA1 sent out@example.com\n3s AAAAA1 removed";
    let log = postfix(TUESDAY, &story.replace("ID1", &national_id(1)));
    let site = site();
    // The first lines say what format it is.
    let mut bytes = postfix(TUESDAY, &"0 log smtpd connect from a[192.0.2.1]\n".repeat(50)).into_bytes();
    for (at, line) in log.lines().enumerate() {
        bytes.extend(line.bytes().chain(*b"\n"));
        let noise = (0u8..=255).filter(|byte| *byte != b'\n').cycle().skip(at * 37);
        bytes.extend(noise.take(700).chain(*b"\n\0\0\0\n2026-11-17T00:00:0"));
        bytes.extend(b"2Z mx1 postfix/smtp[1]: AAAAA1: to=<\xff\xfe, status=sent (\n");
        bytes.extend(
            [b"2026-11-17T00:00:02Z mx1 postfix/".as_slice(), &[b'A'; 9000], b"\r\n=?big5?B?///?=\n"]
                .concat(),
        );
    }
    std::fs::write(site.log("mail.log"), bytes).expect("a log");
    std::fs::write(site.log("access.log"), "").expect("a log");
    site.ok(&["watch", "--once"]);
    let cores = site.cores();
    assert_eq!(cores.as_array().map(Vec::len), Some(1), "{cores:#}");
    assert_eq!((&cores[0]["subjects"]["total"], &cores[0]["outcomes"]["left"]), (&json!(1), &json!(1)));
    assert_eq!(cores, site.replayed(&[site.log("mail.log")]));
}

#[test]
fn an_unfinished_last_line_is_read_and_gives_way_to_the_whole_one() {
    let story = "0 AAAAA1 client
                 1s AAAAA1 subject 名冊 ID1
                 2s BBBBB2 client localhost[127.0.0.1], orig_queue_id=AAAAA1, orig_client=pc[10.1.2.3]
                 3s AAAAA1 sent out@example.com queued as BBBBB2
                 4s BBBBB2 bounced out@example.com";
    let log = postfix(TUESDAY, &story.replace("ID1", &national_id(1)));
    let cut = log.find(" queued as").expect("it stands there");
    let download = access(TUESDAY, &format!("0 203.0.113.24 chen 200 GET /export?id={}", national_id(2)));
    for (whole, cut) in [(&log, cut), (&log, log.len() - 1), (&download, download.len() - 5)] {
        let site = Site::new("");
        for part in [&whole[..cut], whole] {
            std::fs::write(site.log("mail.log"), part).expect("a log");
            for _ in 0..2 {
                site.ok(&["watch", "--once"]);
                assert_eq!(site.cores(), site.replayed(&[site.log("mail.log")]), "{part}");
            }
        }
    }
}
