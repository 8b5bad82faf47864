//! A site's rules: proved, used by every command, and refused with all their mistakes at once.

use super::support::{Site, story};
use super::{printed, said};

/// The first fenced block of `patterns/README.md` in this language.
fn readme(language: &str) -> &'static str {
    let text = include_str!("../../patterns/README.md");
    let (_, rest) = text.split_once(&format!("```{language}\n")).expect("a fenced block");
    rest.split_once("```").expect("its end").0
}

/// A site with the pack of the README.
fn site() -> Site {
    let site = Site::new("");
    site.pattern("student.toml", readme("toml"));
    site
}

#[test]
fn the_pack_of_the_readme_has_ten_lines_and_works_as_it_stands() {
    assert!(readme("toml").lines().count() <= 10);
    let site = site();
    std::fs::write(site.log("access.log"), "學號：B11012345\n").expect("a log");
    for line in readme("sh").lines() {
        let line = line.replace("/etc/breachd", site.dir.path().to_str().expect("UTF-8"));
        let line = line.replace("/var/log/nginx", site.path("log").to_str().expect("UTF-8"));
        let words: Vec<&str> = line.split(' ').skip(1).collect();
        let out = site.ok(&words);
        match words[0] {
            "patterns" => assert!(out.contains("student-no"), "{line}: {out}"),
            "scan" => assert!(out.contains("likely student-no *******45 (field name, keyword;"), "{out}"),
            _ => {}
        }
    }
}

#[test]
fn check_proves_the_rules_of_the_site() {
    let site = site();
    let output = site.run(&["check"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let told = said(&output);
    assert!(told.contains("packs: ") && told.contains(" rules with "), "{told}");
    assert!(told.contains("read 2 files: breachd.toml, patterns.d/student.toml"), "{told}");
}

#[test]
fn watch_counts_people_of_the_site_s_own_kind() {
    let site = site();
    let log = "0 A00001 client\n1s A00001 subject 學號 B11012345, 學號 B11012346\n2s A00001 from wang@agency.gov.tw\n\
               3s A00001 sent chen@example.com\n4s A00001 removed";
    std::fs::write(site.log("mail.log"), story::postfix(story::TUESDAY, log)).expect("a log");
    site.ok(&["watch", "--once"]);
    let cores = site.cores();
    assert_eq!(cores[0]["subjects"]["total"], 2, "{cores:#}");
    assert_eq!(cores[0]["natures"], serde_json::json!(["identification"]));
    assert!(!cores.to_string().contains("B110123"), "{cores}");
    assert_eq!(cores, site.replayed(&[site.log("mail.log")]));
}

#[test]
fn equal_numbers_of_two_organisations_are_two_people() {
    let subject = |scope: &str| {
        let site = Site::new("");
        site.pattern("student.toml", &readme("toml").replace("\"nfu\"", scope));
        std::fs::write(site.log("mail.log"), "學號 B11012345").expect("a log");
        let key = site.path("key");
        let found = site.json(&["scan", "--json", "--key", key.to_str().expect("UTF-8"), "log/mail.log"]);
        assert_eq!((&found["kind"], &found["masked"]), (&"student-no".into(), &"*******45".into()));
        found["subject"].clone()
    };
    assert_eq!(subject("\"nfu\""), subject("\"nfu\""));
    assert_ne!(subject("\"nfu\""), subject("\"ntu\""));
}

#[test]
fn every_mistake_is_named_with_its_line_and_nothing_starts() {
    let site = Site::new("typo = 1");
    let broken = "\
[[rule]]
id = \"student-no\"
kind = \"tw-mobile\"
nature = \"general\"
scope = \"N F U\"
pattern = '[0-9'
keyword = [\"學號\"]
examples = [\"學號 987654321\"]
counter_examples = []
reference = \"\"

[[allow]]
kind = \"tw-mobile\"
value = \"0912\"
owner = \"總務處\"
expires = \"soon\"

[more]
";
    site.pattern("a.toml", broken);
    site.pattern("b.toml", &readme("toml").replace("\"學號：B11012345\"", "\"B11012345\""));
    site.pattern("c.toml", readme("toml"));
    site.pattern("d.toml", "[[rule]\nid = 1");
    for command in [&["check"][..], &["watch", "--once"]] {
        let output = site.run(command);
        let told = said(&output);
        assert_eq!(output.status.code(), Some(78), "{told}");
        for (place, what) in [
            ("breachd.toml:", "unknown key `typo`"),
            ("a.toml:1\n", "`keywords` is missing: add keywords = [\"學號\"]"),
            ("a.toml:3\n", "`tw-mobile` is a kind of the program: give yours an id of its own"),
            ("a.toml:4\n", "no nature `general`: it is one of identification, activity, financial, special"),
            ("a.toml:5\n", "`scope` is 1 to 31 lower-case letters, digits and hyphens"),
            ("a.toml:6\n", "the pattern is broken: unclosed character class"),
            ("a.toml:7\n", "unknown field `keyword`: [[rule]] has id, kind, "),
            ("a.toml:9\n", "`counter_examples` is empty"),
            ("a.toml:10\n", "`reference` is empty"),
            ("a.toml:12\n", "`reason` is missing: add reason = "),
            ("a.toml:16\n", "`expires` cannot be read: write it like expires = 2027-12-31"),
            ("a.toml:18\n", "unknown key `more`: a pack has [[rule]] and [[allow]]"),
            ("b.toml:8\n", "this text for student-no is not found as likely"),
            ("c.toml:2\n", "`student-no` is the id of a rule at "),
            ("d.toml:1\n", "not TOML: "),
        ] {
            let entry = told.split("\n\n").find(|entry| entry.contains(what));
            let entry = entry.unwrap_or_else(|| panic!("{what}\n{told}"));
            assert!(format!("{entry}\n").contains(place), "{place} {entry}");
        }
        assert!(!told.contains("987654321") && !told.contains("B1101"), "{told}");
    }
    let output = site.run(&["scan", "log"]);
    assert_eq!(output.status.code(), Some(78), "{}", said(&output));
}

#[test]
fn a_pack_is_tested_where_it_lies_and_its_outcomes_are_masked() {
    let site = Site::new("");
    let pack = readme("toml").replace("\"B11012345\", ", "\"學號 B11012345\", ");
    std::fs::write(site.path("new.toml"), pack).expect("a pack");
    let output = site.run(&["patterns", "test", "new.toml"]);
    assert_eq!(output.status.code(), Some(78));
    let expected = "\
ok      new.toml:8  example of student-no: likely *******45 (field name, keyword)
ok      new.toml:8  example of student-no: likely *******45 (field name, keyword)
FAILED  new.toml:9  counter-example of student-no: likely *******45 (keyword)
ok      new.toml:9  counter-example of student-no: nothing found
ok      new.toml:9  counter-example of student-no: nothing found
";
    assert_eq!(printed(&output), expected);
    assert!(said(&output).contains("error: new.toml:9: this text for student-no is found as likely"));
    assert_eq!(site.run(&["patterns", "test", "none.toml"]).status.code(), Some(78));
}

#[test]
fn patterns_are_listed_with_what_makes_a_line_worth_looking_at() {
    let site = site();
    let other =
        readme("toml").replace("student-no", "staff-no").replace("(?i)[BMD][0-9]{8}", "(?i)nfu-[0-9]{5}");
    let other = other.replace("B11012345", "NFU-12345").replace("b11012345", "nfu-12345");
    site.pattern("staff.toml", &other.replace("B110123456", "NFU-123456"));
    let list = site.json(&["patterns", "list", "--json"]);
    assert_eq!(list["schema"], "breachd.patterns/1");
    let rules = list["patterns"].as_array().expect("a list");
    let rule = |id: &str| rules.iter().find(|rule| rule["id"] == id).expect("listed");
    assert_eq!(rule("student-no")["reach"], "digits");
    assert_eq!(rule("student-no")["scope"], "nfu");
    assert_eq!(rule("staff-no")["reach"], "\"nfu\"");
    assert_eq!(rule("tw-mobile")["file"], "patterns/detect/mobile.toml");
    std::fs::write(site.log("mail.log"), "x\n學號 nfu-12345\nnfu\n").expect("a log");
    assert!(site.ok(&["scan", "log"]).contains("mail.log:2: likely staff-no"));
}

#[test]
fn a_pattern_that_nothing_announces_is_found_and_warned_of() {
    let site = Site::new("");
    let costly = readme("toml").replace("(?i)[BMD][0-9]{8}", "(?i)[BMD][0-9]{4}");
    let costly = costly.replace("B11012345", "B1101").replace("b11012345", "b1101");
    let costly = costly.replace("\"學號 B110123456\"", "\"學號 B11012\"");
    site.pattern("student.toml", &costly);
    std::fs::write(site.log("mail.log"), "x\n學號 B1101").expect("a log");
    let output = site.run(&["scan", "log"]);
    assert!(printed(&output).contains("mail.log:2: likely student-no ***01"), "{}", printed(&output));
    assert!(said(&output).contains("every line of every log is looked at"), "{}", said(&output));
    let told = said(&site.run(&["check"]));
    assert!(told.contains("1 warning") && told.contains("add `triggers`"), "{told}");
    site.pattern(
        "student.toml",
        &costly
            .replace("examples = [\"學號：", "triggers = [\"學號\", \"student_id\"]\nexamples = [\"學號："),
    );
    assert!(said(&site.run(&["check"])).contains("no problems"));
    assert!(site.ok(&["scan", "log"]).contains("mail.log:2: likely student-no"));
}
