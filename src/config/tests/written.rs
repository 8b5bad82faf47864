//! Mistakes of writing: syntax, keys, types, what is missing.

use super::*;

#[test]
fn a_key_with_a_slip_names_the_key_that_was_meant() {
    check(
        "[[source]]\npath = \"/a\"\nformt = \"postfix\"\n",
        r#"
error: unknown key `formt`
 --> b.toml:3:1
  |
3 | formt = "postfix"
  | ^^^^^ did you mean `format`?
"#,
    );
}

#[test]
fn a_key_that_resembles_none_lists_all_that_are_valid() {
    check(
        "[incident]\nwindow = \"8h\"",
        r#"
error: unknown key `window`
 --> b.toml:2:1
  |
2 | window = "8h"
  | ^^^^^^ valid here: gap, span, exposed_recipients
"#,
    );
}

#[test]
fn an_unknown_table_is_an_unknown_key() {
    check(
        "[orgs]\nname = \"x\"",
        r"
error: unknown key `orgs`
 --> b.toml:1:2
  |
1 | [orgs]
  |  ^^^^ did you mean `org`?
",
    );
}

#[test]
fn broken_syntax_shows_the_line_and_no_guesses_about_it() {
    check(
        "[org]\nname = \nzone = \"x\"",
        r#"
error: not TOML: string values must be quoted, expected literal string
 --> b.toml:2:8
  |
2 | name = 
  |        ^

error: unknown key `zone`
 --> b.toml:3:1
  |
3 | zone = "x"
  | ^^^^ valid here: name, domains, networks, timezone
"#,
    );
}

#[test]
fn a_wrong_type_shows_how_to_write_it() {
    check(
        "[mail]\nport = \"25\"\n[roles]\ndpo = \"a@b.tw\"",
        r#"
error: `port` must be a whole number, 0 or more
 --> b.toml:2:8
  |
2 | port = "25"
  |        ^^^^ write it like: port = 25

error: `dpo` must be a list of mailboxes
 --> b.toml:4:7
  |
4 | dpo = "a@b.tw"
  |       ^^^^^^^^ write it like: dpo = ["name@agency.gov.tw"]
"#,
    );
}

#[test]
fn a_negative_number_is_a_wrong_type() {
    check(
        "[open]\nmail = -1",
        r"
error: `mail` must be a whole number, 0 or more
 --> b.toml:2:8
  |
2 | mail = -1
  |        ^^ write it like: mail = 1
",
    );
}

#[test]
fn a_configuration_without_source_is_refused() {
    let report = interpret_for_test(&[("b.toml", "org.domains = [\"a.tw\"]")], &[]).expect_err("no source");
    let expected = r#"
error: no log to read: there is no [[source]]
--> b.toml
 = add a [[source]] with path = "/var/log/mail.log"

1 error; read 1 file: b.toml
"#;
    assert_eq!(report.render(false).trim_end(), expected.trim_matches('\n'));
}

#[test]
fn a_source_without_path_is_refused() {
    check(
        "[[source]]\nformat = \"auto\"\n",
        r#"
error: a source without a path
 --> b.toml:1:1
  |
1 | [[source]]
  | ^^^^^^^^^^ add: path = "/var/log/mail.log"
"#,
    );
}

#[test]
fn all_mistakes_of_all_files_are_shown_together_each_with_its_file() {
    let main = "state_dir = \"x\"\n[org]\nname = \ntimezone = \"Mars\"\n[mail]\nprot = 25\n";
    let more = "formt = 1\n[[source]]\npath = \"/a\"\nstart = \"now\"\n";
    let files = [("/etc/breachd/breachd.toml", main), ("/etc/breachd/conf.d/10-mail.toml", more)];
    let report = interpret_for_test(&files, &[]).expect_err("six mistakes");
    let expected = r#"
error: `state_dir` is not an absolute path
 --> /etc/breachd/breachd.toml:1:13
  |
1 | state_dir = "x"
  |             ^^^ begin it with `/`, or with `./` for the current directory

error: not TOML: string values must be quoted, expected literal string
 --> /etc/breachd/breachd.toml:3:8
  |
3 | name = 
  |        ^

error: unknown time zone `Mars`
 --> /etc/breachd/breachd.toml:4:12
  |
4 | timezone = "Mars"
  |            ^^^^^^ write a name of the IANA database, like `Asia/Taipei`

error: unknown key `prot`
 --> /etc/breachd/breachd.toml:6:1
  |
6 | prot = 25
  | ^^^^ did you mean `port`?

error: unknown key `formt`
 --> /etc/breachd/conf.d/10-mail.toml:1:1
  |
1 | formt = 1
  | ^^^^^ did you mean `form`?

error: `start` cannot be `now`
 --> /etc/breachd/conf.d/10-mail.toml:4:9
  |
4 | start = "now"
  |         ^^^^^ valid here: beginning, all, end

6 errors; read 2 files: breachd.toml, conf.d/10-mail.toml
"#;
    assert_eq!(report.render(false).trim_end(), expected.trim_matches('\n'));
}

#[test]
fn a_file_that_is_not_there_says_how_to_get_one() {
    let known = Known { formats: &[], policies: &[], needed_roles: &[] };
    let report = load(Path::new("/nonexistent/b.toml"), &known).expect_err("no file");
    let expected = r"
error: cannot read the configuration: No such file or directory (os error 2)
--> /nonexistent/b.toml
 = name the file with --config, or start from the sample config/breachd.toml

1 error; read 0 files
";
    assert_eq!(report.render(false).trim_end(), expected.trim_matches('\n'));
}

proptest::proptest! {
    /// Whatever stands in the file, the answer is settings or a report that can be shown.
    #[test]
    fn no_text_makes_reading_or_showing_fail(
        words in proptest::collection::vec(
            proptest::sample::select(vec![
                "[", "]", "[[source]]", "[mail]", "[roles.unit.\"人事室\"]", "path", "dpo", "port", "=", " ", "\"",
                "'", "\"\"\"", "\n", "\r\n", "\r", "\t", "#", "{", "}", ",", ".", "1", "-1", "0x", "1e9", "人",
                "\u{feff}", "\u{0}", "\\", "\\u00", "true", "2026-11-21", "\"/a\"", "state_dir", "\u{200b}",
            ]),
            0..40,
        ),
    ) {
        let text = words.concat();
        match interpret_for_test(&[("b.toml", &text)], &[needed("dpo", "6.3")]) {
            Ok((settings, report)) => proptest::prop_assert!(!dump(&settings, &report).is_empty()),
            Err(report) => {
                proptest::prop_assert!(report.errors() > 0);
                report.render(true);
                report.render(false);
            }
        }
    }
}
