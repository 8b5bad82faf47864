use super::*;
use crate::config::{Severity, vacancies};
use crate::moment::{Day, parse_when};

/// Settings with these roles, and whom `role` reaches in a unit on a day, with why.
fn reached(toml: &str, role: &str, unit: Option<&str>, day: &str) -> Vec<String> {
    let settings = settings(&format!("{LEAST}{toml}"));
    let day = Day::parse(day).expect("a day");
    let reached = settings.roles.reached(role, unit, day).into_iter();
    let words = |one: crate::incident::Reached| {
        let unit = one.unit.map_or(String::new(), |unit| format!(" of {unit}"));
        let deputy = one.deputy_of.map_or(String::new(), |of| format!(" for {of}"));
        format!("{}{unit}{deputy}", one.mailbox)
    };
    reached.map(words).collect()
}

const TERMS: &str = r#"
[roles]
dpo = [
    { mailbox = "chen@a.tw", until = 2027-07-31, deputy = "lin@a.tw", away = ["2027-01-04..2027-01-08"] },
    { mailbox = "wang@a.tw", from = 2027-08-01 },
    { mailbox = "wu@a.tw", until = "116/12/31", away = ["2027-01-05"] },
]
ciso = [{ mailbox = "huang@a.tw", from = 2027-02-01, deputy = "tsai@a.tw" }]
[roles.unit."人事室"]
dpo = [{ mailbox = "hr@a.tw", until = 2027-06-30, deputy = "hr2@a.tw", away = ["2027-03-01..2027-03-02"] }]
[units]
"人事室" = ["HR-*@a.tw", "chen.hr@a.tw"]
"#;

#[test]
fn a_role_is_held_for_a_term_and_by_a_deputy_while_somebody_is_away() {
    let dpo = |day: &str| reached(TERMS, "dpo", None, day);
    assert_eq!(dpo("2026-11-27"), ["chen@a.tw", "wu@a.tw"]);
    assert_eq!(dpo("2027-01-04"), ["lin@a.tw for chen@a.tw", "wu@a.tw"]);
    assert_eq!(dpo("2027-01-05"), ["lin@a.tw for chen@a.tw"], "who is away without a deputy is not told");
    assert_eq!(dpo("2027-01-09"), ["chen@a.tw", "wu@a.tw"]);
    assert_eq!(dpo("2027-07-31"), ["chen@a.tw", "wu@a.tw"], "the last day is one of the term");
    assert_eq!(dpo("2027-08-01"), ["wang@a.tw", "wu@a.tw"]);
    assert_eq!(dpo("2028-01-01"), ["wang@a.tw"]);
    let ciso = |day: &str| reached(TERMS, "ciso", None, day);
    assert_eq!(ciso("2027-01-31"), ["tsai@a.tw for huang@a.tw"], "nobody else would be there");
    assert_eq!(ciso("2027-02-01"), ["huang@a.tw"]);
}

#[test]
fn a_units_own_people_are_told_first_and_everybodys_where_it_has_none_on_that_day() {
    let of = |unit: &str, day: &str| reached(TERMS, "dpo", Some(unit), day);
    assert_eq!(of("人事室", "2027-02-01"), ["hr@a.tw of 人事室"]);
    assert_eq!(of("人事室", "2027-03-02"), ["hr2@a.tw of 人事室 for hr@a.tw"]);
    assert_eq!(of("會計室", "2027-02-01"), ["chen@a.tw", "wu@a.tw"]);
    let no_deputy = TERMS.replace(", deputy = \"hr2@a.tw\"", "");
    assert_eq!(reached(&no_deputy, "dpo", Some("人事室"), "2027-09-01"), ["wang@a.tw", "wu@a.tw"]);
}

#[test]
fn the_unit_of_an_actor_is_told_beside_the_owner_of_the_system() {
    let settings = settings(&format!("{LEAST}{TERMS}"));
    let units = |owners: &[Option<&'static str>], actor: &str| -> Vec<Option<String>> {
        let units = settings.roles.units(owners, Some(actor));
        units.into_iter().map(|unit| unit.map(str::to_owned)).collect()
    };
    let hr = || Some("人事室".to_owned());
    assert_eq!(units(&[None], "hr-07@A.tw"), [hr()], "upper and lower case are the same");
    assert_eq!(units(&[Some("資訊室")], "chen.hr@a.tw"), [Some("資訊室".to_owned()), hr()]);
    assert_eq!(units(&[Some("人事室"), None], "hr-1@a.tw"), [hr()]);
    assert_eq!(units(&[None, Some("資訊室")], "lin@a.tw"), [None, Some("資訊室".to_owned())]);
    assert_eq!(units(&[], "lin@a.tw"), [None]);
}

#[test]
fn terms_and_absences_that_overlap_and_days_that_are_none_are_refused() {
    check(
        "[roles]\ndpo = [{ mailbox = \"a@b.tw\", until = 2027-01-31 }, { mailbox = \"a@b.tw\", from = 2027-01-31 }]",
        r#"
error: `a@b.tw` holds `dpo` twice on the same days
 --> b.toml:2:52
  |
2 | dpo = [{ mailbox = "a@b.tw", until = 2027-01-31 }, { mailbox = "a@b.tw", from = 2027-01-31 }]
  |                                                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ let one of the two terms end before the other begins
"#,
    );
    check(
        "[roles]\ndpo = [{ mailbox = \"a@b.tw\", away = [\"2027-01-01..2027-01-05\", \"2027-01-05\", \"soon\"] }]",
        r#"
error: `2027-01-05` overlaps the absence that begins on 2027-01-01
 --> b.toml:2:64
  |
2 | dpo = [{ mailbox = "a@b.tw", away = ["2027-01-01..2027-01-05", "2027-01-05", "soon"] }]
  |                                                                ^^^^^^^^^^^^ write them as one

error: `soon` are no days
 --> b.toml:2:78
  |
2 | dpo = [{ mailbox = "a@b.tw", away = ["2027-01-01..2027-01-05", "2027-01-05", "soon"] }]
  |                                                                              ^^^^^^ write the first and the last day: "2026-12-21..2026-12-31"
"#,
    );
    check(
        "[roles]\ndpo = [{ mailbox = \"a@b.tw\", from = 2027-02-01, until = 2027-01-31, deputy = \"a@b.tw\" }]",
        r#"
error: a term that ends before it begins, on 2027-02-01
 --> b.toml:2:57
  |
2 | dpo = [{ mailbox = "a@b.tw", from = 2027-02-01, until = 2027-01-31, deputy = "a@b.tw" }]
  |                                                         ^^^^^^^^^^ swap the two days

error: nobody is their own deputy
 --> b.toml:2:78
  |
2 | dpo = [{ mailbox = "a@b.tw", from = 2027-02-01, until = 2027-01-31, deputy = "a@b.tw" }]
  |                                                                              ^^^^^^^^ name somebody else
"#,
    );
}

#[test]
fn an_unknown_unit_of_actors_and_a_glob_that_is_none_are_refused() {
    check(
        "[roles.unit.\"人事室\"]\ndpo = [\"a@b.tw\"]\n[units]\n\"人事處\" = [\"hr-*\"]\n\"人事室\" = [\"hr-[\"]",
        r#"
error: unit `人事處` has no people of its own: there is no [roles.unit."人事處"]
 --> b.toml:4:1
  |
4 | "人事處" = ["hr-*"]
  | ^^^^^^^^ did you mean `人事室`?

error: `hr-[` is not a glob
 --> b.toml:5:10
  |
5 | "人事室" = ["hr-["]
  |             ^^^^^^ unclosed character class; missing ']'
"#,
    );
}

/// What is said of roles that nobody has, on 27 November 2026.
fn vacant(toml: &str) -> Vec<String> {
    let roles = [needed("dpo", "6.3.1.1"), needed("ciso", "6.3.1.1")];
    let text = format!("{LEAST}{toml}[org]\ndomains = [\"a.tw\"]\n");
    let (settings, mut report) = interpret_for_test(&[("b.toml", &text)], &roles).expect("settings");
    let now = parse_when("2026-11-27", settings.org.timezone, 0).expect("a time");
    vacancies(&settings, &roles, Severity::Error, &mut report, now);
    assert!(report.problems.iter().all(|problem| !problem.hint.is_empty()));
    report.problems.iter().map(|one| format!("{}: {}", one.file.display(), one.what)).collect()
}

#[test]
fn a_role_that_nobody_has_today_or_from_a_day_on_is_named_with_its_line() {
    let ciso = "ciso = [\"c@a.tw\"]\n";
    let dpo =
        |holder: &str| vacant(&format!("[roles]\ndpo = [{{ mailbox = \"a@a.tw\", {holder} }}]\n{ciso}"));
    let nobody: [String; 0] = [];
    assert_eq!(dpo("from = 2026-11-27"), nobody);
    let over = "b.toml:4: today nobody has the role `dpo`, demanded by 6.3.1.1";
    assert_eq!(dpo("until = 2026-11-26"), [over]);
    assert_eq!(dpo("from = 2026-11-28"), [over]);
    let ends = "b.toml:4: on 2027-08-01 nobody has the role `dpo`, demanded by 6.3.1.1";
    assert_eq!(dpo("until = 2027-07-31"), [ends]);
    assert_eq!(dpo("until = 2027-07-31, deputy = \"l@a.tw\""), nobody);
    let away = "b.toml:4: on 2026-12-21 nobody has the role `dpo`, demanded by 6.3.1.1";
    assert_eq!(dpo("away = [\"2026-12-21..2026-12-31\"]"), [away]);
    let own = "[units]\n\"人事室\" = [\"hr-*\"]\n[roles.unit.\"人事室\"]\nciso = [{ mailbox = \"h@a.tw\", until = 2027-01-31 }]\n";
    assert_eq!(vacant(&format!("[roles]\ndpo = [\"a@a.tw\"]\n{ciso}{own}")), nobody, "everybody's stand in");
}
