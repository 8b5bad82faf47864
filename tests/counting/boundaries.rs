//! Every boundary of the level table (IMS-P-025 6.2.2) and of the duty to report (內政部指定營建類…管理辦法 §9), end to end: logs
//! with exactly so many people, by mail and by download, through `watch` and through `replay`.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::support::story::{TUESDAY, access, postfix};
use super::support::{Site, national_id, size};

/// A row of the table.
struct Boundary {
    /// People without special-category data.
    general: usize,
    /// People with it.
    special: usize,
    by_count: u8,
    level: u8,
    /// Whether 一千筆以上 is reached.
    is_major: bool,
}

const fn boundary(general: usize, special: usize, by_count: u8, level: u8, is_major: bool) -> Boundary {
    Boundary { general, special, by_count, level, is_major }
}

const TABLE: [Boundary; 17] = [
    boundary(20, 0, 0, 0, false),
    boundary(21, 0, 1, 1, false),
    boundary(999, 0, 1, 1, false),
    boundary(1000, 0, 1, 1, true),
    boundary(1001, 0, 1, 1, true),
    boundary(0, 20, 0, 3, false),
    boundary(0, 21, 1, 3, false),
    boundary(15, 10, 1, 3, false),
    boundary(0, 1000, 1, 3, true),
    boundary(0, 1001, 2, 3, true),
    boundary(0, 5000, 2, 3, true),
    boundary(0, 5001, 3, 3, true),
    boundary(10_000, 0, 1, 1, true),
    boundary(10_001, 0, 2, 2, true),
    boundary(9999, 1, 1, 3, true),
    boundary(20_000, 0, 2, 2, true),
    boundary(20_001, 0, 3, 3, true),
];

/// Who is told by level, the mailboxes of the site's roles (IMS-P-025 6.3.1.1).
const TOLD: [&str; 4] =
    ["privacy@agency.gov.tw", "head@agency.gov.tw", "secretary@agency.gov.tw", "ciso@agency.gov.tw"];

/// People in one line: each a value of one list (R4).
const PEOPLE_A_LINE: usize = 12;

impl Boundary {
    fn name(&self) -> String {
        format!("g{}s{}", self.general, self.special)
    }

    /// Calls `line` with the numbers of each line of people, and whether they are special.
    fn lines(&self, mut line: impl FnMut(usize, &str, bool)) {
        let people = (0..self.general).map(|_| false).chain((0..self.special).map(|_| true));
        let people: Vec<(usize, bool)> = people.enumerate().collect();
        let groups = people.chunk_by(|a, b| a.1 == b.1).flat_map(|group| group.chunks(PEOPLE_A_LINE));
        for (nth, group) in groups.enumerate() {
            let numbers: Vec<String> = group.iter().map(|(serial, _)| national_id(*serial)).collect();
            line(nth, &numbers.join(","), group[0].1);
        }
    }

    fn mail(&self, story: &mut String, nth: usize) {
        let actor = format!("{}@agency.gov.tw", self.name());
        self.lines(|line, numbers, special| {
            let id = format!("{:06X}", 0x00A0_0000 + (nth << 14) + line);
            let word = if special { "病歷" } else { "名冊" };
            writeln!(
                story,
                "{line}s {id} client pc[10.1.2.3], sasl_method=PLAIN, sasl_username={actor}\n\
                 {line}s {id} subject {word} {numbers}\n\
                 {line}s {id} from {actor}\n\
                 {line}s {id} sent out@example.com\n\
                 {line}s {id} removed"
            )
            .expect("memory");
        });
    }

    fn downloads(&self, story: &mut String) {
        let actor = self.name();
        self.lines(|line, numbers, special| {
            let word = if special { "medical%20record" } else { "list" };
            writeln!(story, "{line}s 203.0.113.7 {actor} 200 GET /{word}?id={numbers}").expect("memory");
        });
    }

    /// What an incident must say, as far as this test knows.
    fn expected(&self) -> Value {
        let total = self.general + self.special;
        json!([
            { "total": total, "general": self.general, "special": self.special, "estimated": false },
            self.level,
            self.by_count,
            self.duties(),
        ])
    }

    /// `policy/what` of each duty.
    fn duties(&self) -> BTreeSet<String> {
        let mut duties =
            BTreeSet::from(["nfu-ims-p-025/handle".to_owned(), "nfu-ims-p-025/close".to_owned()]);
        if self.is_major {
            duties.insert("moi-construction-110/authority".to_owned());
        }
        duties
    }
}

fn said(incident: &Value) -> Value {
    let duties = incident["duties"].as_array().expect("a list").iter();
    let duties = duties.map(|duty| {
        format!("{}/{}", duty["policy"].as_str().expect("an id"), duty["what"].as_str().expect("a word"))
    });
    json!([
        incident["subjects"],
        incident["level"]["level"],
        incident["level"]["by_count"],
        duties.collect::<BTreeSet<_>>(),
    ])
}

/// Everybody whom a mail of a case was addressed to.
fn told(site: &Site, case: &str) -> BTreeSet<String> {
    let mails = site.mails().into_iter();
    let of_case =
        mails.filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(case)));
    let texts = of_case.map(|path| std::fs::read_to_string(path).expect("a mail"));
    let headers = texts.map(|text| text.split("\r\n\r\n").next().unwrap_or_default().replace("\r\n ", " "));
    let to = headers.flat_map(|headers| {
        headers.lines().filter_map(|line| line.strip_prefix("To:")).map(str::to_owned).collect::<Vec<_>>()
    });
    let boxes = to.flat_map(|to| to.split([',', ' ', '<', '>']).map(str::to_owned).collect::<Vec<_>>());
    boxes.filter(|mailbox| mailbox.contains('@')).collect()
}

#[test]
fn ims_p_025_6_2_2_and_moi_article_9_hold_at_every_boundary_by_mail_and_download_in_watch_and_replay() {
    // In every-day runs the large ones come by download only: the same people by mail are five times the lines.
    let by_mail_max = size("BREACHD_BOUNDARY_MAILS", 1001);
    // Every row is told by a mail of its own, however many there are in this minute.
    let storm = "[storm]\nburst = 1000\nurgent_per_minute = 1000";
    let site = Site::with(&[("mail.log", ""), ("access.log", "")], "transport = \"none\"", storm);
    let (mut mail, mut web) = (String::new(), String::new());
    for (nth, boundary) in TABLE.iter().enumerate() {
        if boundary.general + boundary.special <= by_mail_max {
            boundary.mail(&mut mail, nth);
        }
        boundary.downloads(&mut web);
    }
    std::fs::write(site.log("mail.log"), postfix(TUESDAY, &mail)).expect("a log");
    std::fs::write(site.log("access.log"), access(TUESDAY, &web)).expect("a log");
    site.ok(&["watch", "--once"]);
    let listed = site.json(&["incident", "list", "--json"])["incidents"].clone();
    let logs = [site.log("mail.log"), site.log("access.log")].map(|path| path.display().to_string());
    let replayed = site.json(&["replay", "--json", &logs[0], &logs[1]])["incidents"].clone();
    for boundary in &TABLE {
        let name = boundary.name();
        let is_by_mail = boundary.general + boundary.special <= by_mail_max;
        let routes = [("mail-out", format!("{name}@agency.gov.tw")), ("download", name)];
        for (route, actor) in routes.iter().filter(|(route, _)| is_by_mail || *route == "download") {
            let of_actor = |one: &&Value| one["actor"] == **actor && one["route"] == *route;
            let row = listed.as_array().expect("a list").iter().find(of_actor);
            let row = row.unwrap_or_else(|| panic!("{actor} has no incident by {route}"));
            let case = row["case"].as_str().expect("a case");
            let shown = site.json(&["incident", "show", case, "--json"]);
            assert_eq!(said(&shown), boundary.expected(), "watch: {actor} by {route}");
            assert!(
                shown["duties"].as_array().is_some_and(|all| all.iter().all(|duty| duty["due"].is_string()))
            );
            let expected = TOLD[..=usize::from(boundary.level)].iter().map(|to| (*to).to_owned());
            assert_eq!(told(&site, case), expected.collect(), "told of {actor} by {route}");
            let again = replayed.as_array().expect("a list").iter().find(of_actor);
            let again = again.unwrap_or_else(|| panic!("{actor} has no incident by {route} in the replay"));
            assert_eq!(said(again), boundary.expected(), "replay: {actor} by {route}");
            assert!(
                again["duties"].as_array().is_some_and(|all| all.iter().all(|duty| duty["due"].is_null()))
            );
        }
    }
}

#[test]
fn what_an_account_fetched_in_a_thousand_pieces_is_listed_up_to_a_bound() {
    const MORE: usize = 100;
    let lines: Vec<String> = (0..1_000 + MORE)
        .map(|nth| {
            let (id, address) = (national_id(nth), format!("203.0.{}.{}", nth / 250, nth % 250));
            format!("{nth}s {address} chen 200 GET /file/{nth}?id={id}")
        })
        .collect();
    let site = Site::with(&[("access.log", "")], "transport = \"none\"", "");
    std::fs::write(site.log("access.log"), access(TUESDAY, &lines.join("\n"))).expect("a log");
    site.ok(&["watch", "--once"]);
    let cores = site.cores();
    let core = &cores[0];
    assert_eq!(core["subjects"]["total"], 1_000 + MORE);
    for (list, more) in [("objects", "objects_more"), ("origins", "origins_more")] {
        assert_eq!(core[list].as_array().map(Vec::len), Some(1_000), "{list}");
        assert_eq!(core[more], MORE, "{more}");
    }
    let id = core["id"].as_str().expect("an id");
    let shown = site.ok(&["incident", "show", id]);
    assert_eq!(shown.matches("…and more: 100").count(), 2, "{shown}");
}
