//! Many incidents in a minute, and one incident in many pieces: how often people are told, and of what.

#![allow(missing_docs, unreachable_pub, reason = "a test has no readers of its documentation")]
#![allow(clippy::print_stdout, reason = "a test says its figures")]

mod support;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;
use support::story::{TUESDAY, postfix};
use support::{Site, national_id, size, until};

/// Actors of a storm whose data is grave: of level 3 and of level 2 by turns.
const GRAVE: usize = 5;

/// One mail of one actor, with what its subject says.
fn mail(n: usize, subject: &str) -> String {
    let id = format!("{n:08X}AB");
    let client = format!("pc[10.1.2.3], sasl_method=PLAIN, sasl_username=user{n:06}@agency.gov.tw");
    let ms = n % 60_000;
    let at = format!("{}s", ms / 1_000);
    postfix(
        TUESDAY,
        &format!(
            "{at} {id} client {client}\n{at} {id} subject {subject}\n{at} {id} from user{n:06}@agency.gov.tw\n\
             {at} {id} sent chen@example.com\n{at} {id} removed"
        ),
    )
}

/// One person, and of every fiftieth actor 21: level 0 and level 1.
fn slight(n: usize) -> String {
    let people = if n.is_multiple_of(50) { 21 } else { 1 };
    let people = (0..people).map(|person| national_id(n * 21 + person)).collect::<Vec<_>>().join(" ");
    mail(n, &format!("身分證字號 {people}"))
}

fn grave(n: usize) -> String {
    let what = if n.is_multiple_of(2) { "病歷" } else { "信用卡 4111-1111-1111-1111" };
    mail(n, &format!("{what} 身分證字號 {}", national_id(n * 21)))
}

fn append(path: &Path, text: &str) {
    let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).expect("a log can be written");
}

fn names(site: &Site) -> Vec<String> {
    let name = |path: &std::path::PathBuf| path.file_stem().map(|name| name.to_string_lossy().into_owned());
    site.mails().iter().filter_map(name).collect()
}

/// The text of a mail: its first part.
fn text(site: &Site, name: &str) -> String {
    let path = site.mails().into_iter().find(|path| path.file_stem().is_some_and(|stem| stem == name));
    let mail = std::fs::read_to_string(path.expect("the mail is there")).expect("a mail is ASCII");
    let part = mail.split_once("Content-Transfer-Encoding: base64").expect("a part").1;
    let body = part.split_once("\r\n\r\n").expect("a header").1;
    let body = body.split("\r\n--").next().unwrap_or_default().replace(['\r', '\n'], "");
    let bytes = data_encoding::BASE64.decode(body.as_bytes()).expect("base64");
    String::from_utf8(bytes).expect("UTF-8")
}

/// The case numbers that a bulletin names, alone or in a run.
fn named(text: &str) -> BTreeSet<u64> {
    let serial = |name: &str| name.get(8..14).and_then(|serial| serial.parse::<u64>().ok());
    let mut named = BTreeSet::new();
    for part in text.split(['、', '\n', '　', '：']).map(str::trim).filter(|part| part.starts_with("BD-"))
    {
        match part.split_once(" – ") {
            Some((first, last)) => {
                named.extend(serial(first).expect("a number")..=serial(last).expect("a number"));
            }
            None => named.extend(serial(part)),
        }
    }
    named
}

fn incidents(site: &Site) -> Vec<Value> {
    site.json(&["incident", "list", "--json"])["incidents"].as_array().expect("a list").clone()
}

#[test]
fn a_storm_in_one_minute_is_a_few_mails_and_a_digest_that_names_every_case() {
    let actors = size("BREACHD_STORM", 5_000);
    let site = Site::new("[storm]\nburst = 10\n");
    let mut daemon = site.watch(&[]);
    let begun = Instant::now();
    let (mut lines, mut told) = (0, Duration::ZERO);
    for part in 0..GRAVE {
        let mut log = String::new();
        for n in part * actors / GRAVE..(part + 1) * actors / GRAVE {
            log += &slight(n);
        }
        append(&site.log("mail.log"), &log);
        append(&site.log("mail.log"), &grave(actors + part));
        lines += log.lines().count() + 5;
        // What is grave is told as soon as it is read, whatever waits.
        let limit = Duration::from_secs(60 + actors as u64 / 50);
        assert!(until(limit, || site.lines_read() >= lines), "{}", daemon.words());
        let read = Instant::now();
        let graves = || incidents_of(&site, 2);
        assert!(
            until(Duration::from_secs(20), || graves().len() > part
                && graves().iter().all(|case| names(&site).contains(&format!("{case}.r0")))),
            "part {part}: {:?} of {:?}\n{}",
            graves(),
            names(&site),
            daemon.words()
        );
        told = told.max(read.elapsed());
    }
    println!(
        "{actors} actors in {:?}; grave ones told {told:?} after they were read at most",
        begun.elapsed()
    );
    let mails = names(&site);
    assert!(mails.len() <= 25, "{} mails: {mails:?}", mails.len());
    daemon.stop();
    // The waits end, and what was held back is told.
    site.ok(&["watch", "--once"]);
    let mails = names(&site);
    assert!(mails.len() <= 25, "{} mails: {mails:?}", mails.len());
    let cases: BTreeSet<u64> = (1..=(actors + GRAVE) as u64).collect();
    let store = rusqlite::Connection::open(site.path("state/state.db")).expect("a store");
    let count = |sql: &str| store.query_row(sql, [], |row| row.get::<_, i64>(0)).expect("a number") as usize;
    assert_eq!(count("SELECT count(*) FROM incident_case"), actors + GRAVE, "every actor is an incident");
    assert_eq!(count("SELECT count(*) FROM held"), 0, "nothing waits any more");
    assert_eq!(count("SELECT count(DISTINCT number) FROM duty"), actors + GRAVE, "every clock runs");
    let digests: Vec<&String> = mails.iter().filter(|name| name.starts_with("digest-")).collect();
    assert_eq!(digests.len(), 1, "{mails:?}");
    let mut known = named(&text(&site, digests[0]));
    for mail in mails.iter().filter(|name| name.starts_with("BD-")) {
        known.extend(named(mail.split_once('.').expect("a revision").0));
    }
    assert_eq!(known, cases, "each case is told in a mail of its own or in the digest");
}

/// Numbers of the cases of this level and above.
fn incidents_of(site: &Site, level: u64) -> Vec<String> {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let Ok(store) = rusqlite::Connection::open_with_flags(site.path("state/state.db"), flags) else {
        return Vec::new();
    };
    let rows = store.prepare("SELECT number FROM incident_case WHERE notified_level >= ?1 ORDER BY number");
    let Ok(mut rows) = rows else { return Vec::new() };
    let numbers = rows.query_map([level as i64], |row| row.get(0)).and_then(Iterator::collect);
    numbers.unwrap_or_default()
}

#[test]
fn grave_incidents_beyond_ten_in_a_minute_are_listed_in_one_mail_at_once() {
    let site = Site::new("[storm]\nburst = 10\n");
    let mut daemon = site.watch(&[]);
    let log: String = (0..60).map(grave).collect();
    append(&site.log("mail.log"), &log);
    let collective =
        || names(&site).into_iter().filter(|name| name.starts_with("collective-")).collect::<Vec<_>>();
    let all = || {
        let lists = collective();
        let mut known: BTreeSet<u64> = lists.iter().flat_map(|name| named(&text(&site, name))).collect();
        known.extend(
            names(&site).iter().filter(|name| name.starts_with("BD-")).flat_map(|name| named(&name[..14])),
        );
        known
    };
    assert!(until(Duration::from_mins(1), || all().len() == 60), "{:?}\n{}", names(&site), daemon.words());
    let own =
        names(&site).iter().filter(|name| name.split_once('.').is_some_and(|(_, of)| of == "r0")).count();
    assert_eq!(own, 10, "{:?}", names(&site));
    assert!(collective().len() <= 2, "{:?}", collective());
    let list = text(&site, &collective()[0]);
    assert!(list.contains("第 3 級") && list.contains("最近期限"), "{list}");
    let mail = std::fs::read_to_string(
        site.mails().into_iter().find(|path| path.to_string_lossy().contains("collective-")).expect("a list"),
    )
    .expect("readable");
    for person in ["privacy@", "head@", "secretary@", "ciso@"] {
        assert!(mail.contains(&format!("To: {person}")) || mail.contains(person), "{person} in {mail}");
    }
}

#[test]
fn a_leak_across_the_weekly_mark_has_one_duty_of_72_hours_by_both_numbers() {
    let site = Site::new("");
    let mut story = String::new();
    // Sunday 22:00 and Monday 02:00 in Taipei: 30 messages each with 20 people.
    for (half, hour) in [(0, 0), (1, 4)] {
        for n in 0..30 {
            let at = hour * 3600 + n * 10;
            let people = (0..20).map(|p| national_id(half * 600 + n * 20 + p)).collect::<Vec<_>>().join(" ");
            let id = format!("{half}{n:07X}");
            let _ = write!(
                story,
                "{at}s {id} client\n{at}s {id} subject 身分證字號 {people}\n{at}s {id} from wang@agency.gov.tw\n\
                 {at}s {id} sent chen@example.com\n{at}s {id} removed\n"
            ); // a String takes every byte
        }
    }
    append(&site.log("mail.log"), &postfix("2026-11-22T14:00:00Z", &story));
    site.ok(&["watch", "--once"]);
    let listed = incidents(&site);
    let shown: Vec<Value> = listed
        .iter()
        .map(|one| site.json(&["incident", "show", one["id"].as_str().expect("an id"), "--json"]))
        .collect();
    let people: Vec<_> = shown.iter().map(|one| one["subjects"]["total"].as_u64()).collect();
    assert_eq!(people, [Some(600), Some(600)], "both numbers are printed");
    assert_eq!(shown[1]["continues"], shown[0]["id"]);
    let why = shown[1]["level"]["why"].to_string();
    assert!(why.contains("合計 1200 人"), "{why}");
    let duties = shown.iter().flat_map(|one| one["duties"].as_array().expect("duties"));
    let authority: Vec<&Value> = duties.filter(|duty| duty["what"] == "authority").collect();
    assert_eq!(authority.len(), 1, "{authority:?}");
    let at = |key: &str| {
        let text = authority[0][key].as_str().expect("a time");
        breachd::moment::parse_when(text, breachd::moment::Tz::UTC, 0).expect("RFC 3339")
    };
    assert_eq!(at("due") - at("from"), 72 * breachd::moment::HOUR);
}

#[test]
fn sixty_recipients_through_a_content_filter_are_one_event_one_case_and_one_update() {
    let site = Site::new("");
    let recipient = |n: usize| {
        if (40..50).contains(&n) {
            format!("staff{n}@agency.gov.tw")
        } else {
            format!("citizen{n}@example.com")
        }
    };
    let mut story = format!(
        "0s AAAAAA client\n0s AAAAAA subject 身分證字號 {}\n0s AAAAAA from wang@agency.gov.tw\n",
        national_id(1)
    );
    story += "1s BBBBBB client localhost[127.0.0.1]\n1s BBBBBB from wang@agency.gov.tw\n";
    for n in 0..60 {
        let _ = writeln!(story, "2s AAAAAA sent {} queued as BBBBBB", recipient(n));
    }
    story += "2s AAAAAA removed\n";
    for n in 0..60 {
        let status = if n < 50 {
            "sent"
        } else if n < 55 {
            "bounced"
        } else {
            "deferred"
        };
        let _ = writeln!(story, "{}s BBBBBB {status} {}", 3 + n, recipient(n));
    }
    append(&site.log("mail.log"), &postfix(TUESDAY, &story));
    site.ok(&["watch", "--once"]);
    let outcomes = || {
        let listed = incidents(&site);
        assert_eq!(listed.len(), 1, "{listed:?}");
        let shown = site.json(&["incident", "show", listed[0]["id"].as_str().expect("an id"), "--json"]);
        let of = |outcome: &str| shown["outcomes"][outcome].as_u64().expect("a number");
        (of("left"), of("internal-only"), of("failed"), of("pending"), of("unknown"))
    };
    assert_eq!(outcomes(), (40, 10, 5, 5, 0));
    assert_eq!(names(&site), ["BD-2026-000001.r0"]);
    let mut later = String::new();
    for n in 55..60 {
        let _ = writeln!(later, "2d1m BBBBBB sent {}", recipient(n));
    }
    append(&site.log("mail.log"), &postfix(TUESDAY, &format!("{later}2d1m BBBBBB removed")));
    site.ok(&["watch", "--once"]);
    assert_eq!(outcomes(), (45, 10, 5, 0, 0));
    assert_eq!(names(&site), ["BD-2026-000001.r0", "BD-2026-000001.r1"], "one update");
    let database = rusqlite::Connection::open(site.path("state/state.db")).expect("a store");
    let events: i64 =
        database.query_row("SELECT count(*) FROM event", [], |row| row.get(0)).expect("a number");
    assert_eq!(events, 1, "one event");
}
