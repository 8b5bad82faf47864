//! Mails that show outside addresses to each other in To and Cc, from log text to the core of an incident.

use serde_json::{Value, json};

use super::check;
use super::support::postfix::{Shape, Stage, log};
use super::support::story::{TUESDAY, postfix};
use super::support::{Random, Site, national_id, seed};

/// What a draft says of it in Chinese, before and after the number.
const SHOWS: [&str; 2] = ["收件人／副本欄揭露 ", " 個外部電子郵件地址（應使用密件副本）"];

/// Twenty-four short addresses are 192 bytes: a header that is not cut off.
fn outside(from: usize, many: usize) -> Vec<String> {
    ('a'..='z').skip(from).take(many).map(|letter| format!("{letter}@x.tw")).collect()
}

fn long(domain: &str, many: usize) -> Vec<String> {
    (0..many).map(|n| format!("citizen.number{n:02}@{domain}")).collect()
}

/// A message of `user`: its headers as they stand in the log, and to whom it was sent.
fn mail(minute: usize, user: &str, headers: &[(&str, String)], sent: &[String]) -> String {
    let id = format!("A{minute:05}");
    let client = format!(
        "{minute}m {id} client pc[10.1.2.3], sasl_method=PLAIN, sasl_username={user}@agency.gov.tw\n"
    );
    let headers = headers.iter().map(|(name, text)| format!("{minute}m1s {id} {name} {text}\n"));
    let sent = sent.iter().map(|to| format!("{minute}m2s {id} sent {to}\n"));
    let removed = format!("{minute}m3s {id} removed\n");
    std::iter::once(client).chain(headers).chain(sent).chain([removed]).collect()
}

fn to(addresses: &[String]) -> (&'static str, String) {
    ("to", addresses.join(", "))
}

fn cc(addresses: &[String]) -> (&'static str, String) {
    ("cc", addresses.join(", "))
}

fn possible(site: &Site) -> Vec<String> {
    let list = site.json(&["incident", "list", "--possible", "--json"])["incidents"].clone();
    let actor = |each: &Value| each["actor"].as_str().expect("an actor").to_owned();
    list.as_array().expect("a list").iter().map(actor).collect()
}

#[test]
fn a_message_shows_twenty_outside_addresses_in_to_and_cc_together_and_not_one_more() {
    let inside: Vec<String> = ["b@agency.gov.tw", "c@hr.agency.gov.tw"].map(str::to_owned).to_vec();
    let story = [
        mail(0, "nineteen", &[to(&outside(0, 19))], &outside(0, 19)),
        mail(1, "twenty", &[to(&outside(0, 20)), cc(&inside)], &outside(0, 20)),
        mail(
            2,
            "joined",
            &[cc(&outside(10, 11)), to(&[&outside(0, 10)[..], &inside].concat())],
            &outside(0, 1),
        ),
        mail(3, "twice", &[to(&outside(0, 12)), cc(&outside(4, 16))], &outside(0, 20)),
        // One that says so in two messages shows no more than in one.
        mail(4, "half", &[to(&outside(0, 12))], &outside(0, 12)),
        mail(5, "half", &[to(&outside(12, 12))], &outside(12, 12)),
        // Nobody outside has it: refused, inside only, or by Bcc alone.
        mail(6, "inside", &[to(&outside(0, 24))], &inside),
        mail(7, "bcc", &[("to", "undisclosed-recipients:;".to_owned())], &long("example.com", 30)),
    ]
    .concat()
        + "8m A00008 client\n8m A00008 to a@x.tw, b@x.tw\n8m A00008 subject ID1\n8m A00008 sent a@x.tw\n";
    let story = story.replace("ID1", &national_id(1));
    let site = check(
        &postfix(TUESDAY, &story),
        "",
        &json!([
            {
                "route": "mail-out", "actor": "joined@agency.gov.tw", "rows": 21, "natures": ["identification"],
                "first": "2026-11-17T00:02:01Z", "outcomes": {"left": 1},
                "subjects": {"total": 21, "general": 21, "special": 0, "estimated": false},
                "possible_subjects": 21, "declared": null, "level": {"level": 1},
                "exposed": {"addresses": 21, "at_most": null, "messages": 1},
            },
            // The addressees of a usual mail are nobody's leak, in the same log as before.
            {"actor": "wang@agency.gov.tw", "subjects": {"total": 1}, "rows": 1, "possible_subjects": 1},
        ]),
    );
    let cores = site.cores();
    let samples = cores[0]["samples"].as_array().expect("samples");
    assert!(samples.iter().all(|sample| sample["masked"] == "*@x.tw"), "{samples:?}");
    let why = cores[0]["level"]["why"][0].as_str().expect("a reason");
    assert!(why.starts_with(&format!("{}21{}", SHOWS[0], SHOWS[1])), "{why}");
    assert!(cores[1].get("exposed").is_none(), "{}", cores[1]);
    assert!(possible(&site).is_empty(), "{:?}", possible(&site));
    let shown = site.ok(&["--lang", "en", "incident", "show", "BD-2026-000001"]);
    assert!(shown.contains("21 outside e-mail addresses shown in To and Cc"), "{shown}");
    let chinese = site.ok(&["--lang", "zh-TW", "incident", "show", "BD-2026-000001"]);
    assert!(chinese.contains(&SHOWS.join("21")), "{chinese}");
}

#[test]
fn a_header_that_was_cut_off_is_estimated_by_the_recipients_outside() {
    let seen = "To: citizen.number00@example.com, ".len()..200;
    assert_eq!(seen.len() / "citizen.number00@example.com, ".len(), 5, "six whole addresses are seen");
    let (own, eight) = (long("agency.gov.tw", 30), long("example.com", 8));
    let members = |list: &str| -> Vec<String> {
        long("example.org", 30).iter().map(|to| format!("{to} orig_to=<{list}>")).collect()
    };
    let names =
        (0..30).map(|n| format!("=?UTF-8?B?5biC5rCR?= \"Wang, X\" <citizen.number{n:02}@example.com>"));
    let story = [
        mail(0, "twenty", &[to(&long("example.com", 20))], &long("example.com", 20)),
        mail(1, "more", &[to(&long("example.com", 21))], &long("example.com", 21)),
        mail(2, "named", &[("to", names.collect::<Vec<_>>().join(",? "))], &long("example.com", 30)),
        // Long, and inside but for Bcc: no address outside is seen, so none is taken to be shown.
        mail(3, "bcc", &[to(&own)], &[own.clone(), long("example.com", 30)].concat()),
        // The members of an alias were in no header.
        mail(4, "alias", &[to(&eight)], &[eight.clone(), members("staff@agency.gov.tw")].concat()),
        mail(5, "friends", &[to(&eight)], &[eight.clone(), members("all@x.tw")].concat()),
        mail(6, "number", &[to(&own), ("subject", national_id(1))], &long("example.com", 30)),
    ]
    .concat();
    let site = check(
        &postfix(TUESDAY, &story),
        "",
        &json!([
            {
                "actor": "more@agency.gov.tw", "rows": 6, "level": {"level": 0},
                "subjects": {"total": 6, "general": 6, "special": 0, "estimated": true}, "possible_subjects": 21,
                "declared": {"records": 21, "special": 0, "low": 6, "high": 21},
                "exposed": {"addresses": 6, "at_most": 21, "messages": 1},
            },
            {
                "actor": "named@agency.gov.tw", "subjects": {"total": 3},
                "exposed": {"addresses": 3, "at_most": 30, "messages": 1},
            },
            {"actor": "number@agency.gov.tw", "subjects": {"total": 1, "estimated": false}, "declared": null},
        ]),
    );
    assert!(site.cores()[2].get("exposed").is_none(), "{}", site.cores()[2]);
    let why = site.cores()[0]["level"]["why"].clone();
    let has =
        |text: &str| why.as_array().expect("a list").iter().any(|each| each.as_str().unwrap().contains(text));
    assert!(has(&SHOWS.join("至多約 21")) && has("遭截斷") && has("如以至多 21 人計 → 第 1 級"), "{why}");
    let letters = site.mails().iter().map(|path| body(path)).collect::<Vec<_>>();
    assert!(
        letters[0].contains(&SHOWS.join("至多約 21")) && letters[0].contains("至少 6 人"),
        "{}",
        letters[0]
    );
    let english = "To and Cc show at least 6, at most about 21, outside e-mail addresses to every recipient";
    assert!(letters[0].contains(english), "{}", letters[0]);
}

/// The text part of a mail.
fn body(path: &std::path::Path) -> String {
    let mail = std::fs::read_to_string(path).expect("a mail");
    let text = mail.split("text/plain").nth(1).expect("a text part");
    let coded = text.split("\r\n\r\n").nth(1).expect("its body").replace("\r\n", "");
    let coded = coded.split("--").next().expect("before the boundary");
    String::from_utf8(data_encoding::BASE64.decode(coded.as_bytes()).expect("base64")).expect("UTF-8")
}

#[test]
fn a_message_through_a_filter_shows_its_addresses_once_and_a_number_in_its_subject_counts_beside_them() {
    let list = outside(0, 21).join(", ");
    let id = national_id(1);
    let story = format!(
        "0 AAAAA1 client
         1s AAAAA1 to {list}
         1s AAAAA1 subject 名冊 {id}
         2s AAAAA1 from wang@agency.gov.tw
         3s BBBBB2 client localhost[127.0.0.1], orig_queue_id=AAAAA1, orig_client=pc[10.1.2.3]
         4s BBBBB2 to {list}
         4s BBBBB2 subject 名冊 {id}
         6s AAAAA1 sent a@x.tw queued as BBBBB2
         7s AAAAA1 removed
         8s BBBBB2 sent a@x.tw
         9s BBBBB2 removed
         1m AAAAA3 client pc[10.1.2.3], sasl_method=PLAIN, sasl_username=chen@agency.gov.tw
         1m1s AAAAA3 to {list}
         1m2s AAAAA3 deferred a@x.tw
         2m AAAAA4 client pc[10.1.2.3], sasl_method=PLAIN, sasl_username=lee@agency.gov.tw
         2m1s AAAAA4 to {list}
         2m2s AAAAA4 bounced a@x.tw
         20m log smtpd connect from a[192.0.2.1]"
    );
    let expected = json!([
        {
            "actor": "wang@agency.gov.tw", "subjects": {"total": 22}, "rows": 22, "outcomes": {"left": 1},
            "exposed": {"addresses": 21, "messages": 1}, "objects": ["名冊 A1********"],
        },
        {"actor": "chen@agency.gov.tw", "subjects": {"total": 0}, "pending_subjects": 21, "outcomes": {"pending": 1}},
    ]);
    check(&postfix(TUESDAY, &story), "", &expected);
}

#[test]
fn a_real_postfix_shows_what_it_shows() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/whole/addressees.log"));
    // Of four messages one has thirty named recipients in To, one twelve in each of To and Cc; one has thirty in Bcc,
    // one three in To and one inside in Cc.
    let expected = json!([{
        "actor": "wang.xm@agency.gov.tw", "objects": ["b", "d"], "subjects": {"total": 27, "estimated": true},
        "exposed": {"addresses": 27, "at_most": 54, "messages": 2}, "outcomes": {"left": 54}, "rows": 27,
    }]);
    check(&text.expect("a log"), "", &expected);
}

#[test]
fn the_number_is_a_setting_and_the_threshold_of_mails_is_another() {
    let story = postfix(TUESDAY, &mail(0, "wang", &[to(&outside(0, 3))], &outside(0, 3)));
    for (settings, opens) in [
        ("[incident]\nexposed_recipients = 2\n[open]\nmail = 50", 1),
        ("[incident]\nexposed_recipients = 3", 0),
        ("[incident]\nexposed_recipients = 0", 0),
    ] {
        let site = Site::new(settings);
        std::fs::write(site.log("mail.log"), &story).expect("a log");
        site.ok(&["watch", "--once"]);
        assert_eq!(site.cores().as_array().map(Vec::len), Some(opens), "{settings}");
        assert!(possible(&site).is_empty(), "{settings}");
    }
}

#[test]
fn usual_mails_come_to_the_same_with_their_headers_and_without() {
    let shape = Shape { messages: 40, concurrent: 8, every: 4, actors: 5 };
    let lines = log(shape, &mut Random(seed(2)));
    let told = |headers: bool| {
        let site = Site::new("");
        let text: String = lines.iter().map(|line| line.text.clone() + &headers_of(line, headers)).collect();
        std::fs::write(site.log("mail.log"), text).expect("a log");
        site.ok(&["watch", "--once"]);
        (site.cores(), possible(&site))
    };
    let without = told(false);
    assert_eq!(without.0.as_array().map(Vec::len), Some(5));
    assert_eq!(told(true), without);
}

/// To and Cc, as they stand beside the subject: of some messages the names are so long that the header is cut off.
fn headers_of(line: &super::support::postfix::Line, wanted: bool) -> String {
    if !wanted || line.stage != Stage::Subject {
        return String::new();
    }
    let (head, rest) = line.text.split_once("Subject: ").expect("a subject");
    let (_, tail) = rest.split_once(" from pc[").expect("a tail");
    let n = line.message;
    let name = if n.is_multiple_of(3) { "=?UTF-8?B?5biC5rCR5biC5rCR?= ".repeat(6) } else { String::new() };
    let header = |text: String| format!("{head}{} from pc[{tail}", &text[..text.len().min(200)]);
    header(format!("To: <ok{n}@example.com>, {name}<other{n}@example.net>"))
        + &header(format!("Cc: user{n}@agency.gov.tw"))
}
