//! Values that are of the right type and wrong.

use super::*;

#[test]
fn a_threshold_of_zero_is_refused() {
    check(
        "[open]\nmail = 0",
        r"
error: `mail` must be 1 or more
 --> b.toml:2:8
  |
2 | mail = 0
  |        ^ 0 would open a draft for nobody
",
    );
}

#[test]
fn more_addressees_than_a_message_has_are_refused() {
    check(
        "[incident]\nexposed_recipients = 1001",
        r"
error: `exposed_recipients` must be at most 1000
 --> b.toml:2:22
  |
2 | exposed_recipients = 1001
  |                      ^^^^ a message has no more recipients in Postfix; 0 switches the rule off
",
    );
}

#[test]
fn a_span_with_an_unknown_unit_is_refused() {
    check(
        "[incident]\ngap = \"8x\"",
        r#"
error: `8x` is not a span of time
 --> b.toml:2:7
  |
2 | gap = "8x"
  |       ^^^^ write it like 90m, 8h or 2d
"#,
    );
}

#[test]
fn a_network_with_a_bad_prefix_is_refused() {
    check(
        "[org]\nnetworks = [\"10.0.0.0/8\", \"10.0.0.0/33\"]",
        r#"
error: `10.0.0.0/33` is not an address range
 --> b.toml:2:27
  |
2 | networks = ["10.0.0.0/8", "10.0.0.0/33"]
  |                           ^^^^^^^^^^^^^ the prefix must be a number from 0 to 32
"#,
    );
}

#[test]
fn an_unknown_zone_names_the_nearest() {
    check(
        "[org]\ntimezone = \"Asia/Taipeh\"",
        r#"
error: unknown time zone `Asia/Taipeh`
 --> b.toml:2:12
  |
2 | timezone = "Asia/Taipeh"
  |            ^^^^^^^^^^^^^ did you mean `Asia/Taipei`?
"#,
    );
}

#[test]
fn an_unknown_policy_names_the_nearest() {
    check(
        "[policy]\nactive = [\"nfu-ims-p-25\"]",
        r#"
error: unknown policy `nfu-ims-p-25`
 --> b.toml:2:11
  |
2 | active = ["nfu-ims-p-25"]
  |           ^^^^^^^^^^^^^^ did you mean `nfu-ims-p-025`?
"#,
    );
}

#[test]
fn a_configuration_without_policy_is_refused() {
    check(
        "[policy]\nactive = []",
        r"
error: no policy is active, so nothing could be judged
 --> b.toml:2:10
  |
2 | active = []
  |          ^^ name one at least
",
    );
}

#[test]
fn an_unknown_format_names_the_nearest() {
    check(
        "[[source]]\npath = \"/a\"\nformat = \"posfix\"\n",
        r#"
error: unknown log format `posfix`
 --> b.toml:3:10
  |
3 | format = "posfix"
  |          ^^^^^^^^ did you mean `postfix`?
"#,
    );
}

#[test]
fn a_word_that_is_not_of_the_list_shows_the_list() {
    check(
        "[[source]]\npath = \"/a\"\nstart = \"middle\"\n",
        r#"
error: `start` cannot be `middle`
 --> b.toml:3:9
  |
3 | start = "middle"
  |         ^^^^^^^^ valid here: beginning, all, end
"#,
    );
}

#[test]
fn a_relative_path_is_refused_unless_it_says_that_it_is_one() {
    check(
        "state_dir = \"breachd\"",
        r#"
error: `state_dir` is not an absolute path
 --> b.toml:1:13
  |
1 | state_dir = "breachd"
  |             ^^^^^^^^^ begin it with `/`, or with `./` for the current directory
"#,
    );
    assert_eq!(settings(&format!("state_dir = \"./s\"\n{LEAST}")).state_dir, Path::new("./s"));
}

#[test]
fn a_source_that_is_listed_twice_is_refused() {
    check(
        "[[source]]\npath = \"/a\"\n[[source]]\npath = \"/a\"\n",
        r#"
error: `/a` is listed twice
 --> b.toml:4:8
  |
4 | path = "/a"
  |        ^^^^ keep one of the two
"#,
    );
}

#[test]
fn a_broken_glob_is_refused() {
    check(
        "[[source]]\npath = \"/a/[\"\n",
        r#"
error: `/a/[` is not a glob
 --> b.toml:2:8
  |
2 | path = "/a/["
  |        ^^^^^^ unclosed character class; missing ']'
"#,
    );
}

#[test]
fn a_domain_with_an_at_sign_is_refused() {
    check(
        "[org]\ndomains = [\"@agency.gov.tw\"]",
        r#"
error: `@agency.gov.tw` is not a mail domain
 --> b.toml:2:12
  |
2 | domains = ["@agency.gov.tw"]
  |            ^^^^^^^^^^^^^^^^ write only what follows the @
"#,
    );
}

#[test]
fn an_organisation_without_mail_domain_is_a_warning() {
    let (_, report) = interpret_for_test(&[("b.toml", LEAST)], &[]).expect("a warning only");
    let expected = r#"
warning: no mail domain is internal, so every mail counts as having left
--> b.toml
 = add to [org]: domains = ["agency.gov.tw"]

1 warning; read 1 file: b.toml
"#;
    assert_eq!(report.render(false).trim_end(), expected.trim_matches('\n'));
}
