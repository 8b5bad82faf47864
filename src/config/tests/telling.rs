//! `[storm]`, `[digest]`, `[[suppress]]`.

use super::*;
use crate::kind::Kind;

const WHOLE: &str = "[[suppress]]\nkind = \"tw-mobile\"\nactor = \"hr@agency.gov.tw\"\nsource = \"/var/log/mail*\"\n\
                     destination = \"bank.example.com\"\nowner = \"人事室\"\nreason = \"薪資\"\nexpires = 2026-12-31\n";

#[test]
fn a_suppression_names_what_it_matches_who_answers_why_and_until_when() {
    let read = settings(&format!("{LEAST}{WHOLE}"));
    let one = &read.suppress[0];
    assert_eq!(one.kind, Some(Kind::TwMobile));
    assert_eq!(crate::moment::iso(one.until), "2026-12-31T16:00:00Z", "the last day, in the zone of [org]");
    let quoted = settings(&format!("{LEAST}{}", WHOLE.replace("2026-12-31", "\"115/12/31\"")));
    assert_eq!((quoted.suppress[0].until, quoted.suppress[0].id()), (one.until, one.id()));
}

#[test]
fn a_suppression_without_end_owner_or_bounds_is_refused() {
    check(
        "[[suppress]]\nreason = \"x\"",
        r#"
error: a suppression of everything
 --> b.toml:1:1
  |
1 | [[suppress]]
  | ^^^^^^^^^^^^ name at least one of kind, actor, source, destination

error: a suppression without owner
 --> b.toml:1:1
  |
1 | [[suppress]]
  | ^^^^^^^^^^^^ name who answers for it: owner = "資訊室 王股長"

error: a suppression without an end
 --> b.toml:1:1
  |
1 | [[suppress]]
  | ^^^^^^^^^^^^ add its last day: expires = 2026-12-31
"#,
    );
    let twice = format!("{WHOLE}{WHOLE}");
    let refused = interpret_for_test(&[("b.toml", &format!("{LEAST}{twice}"))], &[]).expect_err("twice");
    assert!(refused.render(false).contains("the same suppression stands here twice"));
}

#[test]
fn a_suppression_that_is_over_is_a_warning_and_one_for_years_an_error_each_with_its_line() {
    let now = crate::moment::parse_when("2027-01-01", crate::moment::Tz::Asia__Taipei, 0).expect("a day");
    let overdue_at = |expires: &str| {
        let text = format!("{LEAST}{}", WHOLE.replace("2026-12-31", expires));
        let (settings, mut report) = interpret_for_test(&[("b.toml", &text)], &[]).expect("well written");
        let before = report.problems.len();
        overdue(&settings, &mut report, now);
        let problems = report.problems.split_off(before);
        problems.into_iter().map(|p| (p.severity, format!("{}: {}", p.file.display(), p.what))).next()
    };
    let (severity, words) = overdue_at("2026-12-31").expect("it is over");
    assert_eq!(severity, Severity::Warning);
    assert!(words.starts_with("b.toml:10: ") && words.contains("人事室"), "{words}");
    assert_eq!(overdue_at("2027-01-01"), None, "its last day");
    assert_eq!(overdue_at("2028-01-02"), None);
    assert_eq!(overdue_at("2028-01-03").map(|(severity, _)| severity), Some(Severity::Error));
}

#[test]
fn a_digest_has_a_time_of_day_and_a_reader() {
    let read = settings(&format!("{LEAST}[digest]\nat = \"17:30\"\nroles = [\"ciso\", \"dpo\"]\n"));
    assert_eq!((read.digest.minute, read.digest.roles.len()), (17 * 60 + 30, 2));
    check(
        "[digest]\nat = \"24:00\"\nroles = [\"dpa\"]\n[storm]\nburst = 0",
        r#"
error: `24:00` is not a time of day
 --> b.toml:2:6
  |
2 | at = "24:00"
  |      ^^^^^^^ write it like 08:00

error: unknown role `dpa`
 --> b.toml:3:10
  |
3 | roles = ["dpa"]
  |          ^^^^^ did you mean `dpo`?

error: `burst` cannot be 0
 --> b.toml:5:9
  |
5 | burst = 0
  |         ^ write a number from 1 to 10000
"#,
    );
}
