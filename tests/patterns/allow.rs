//! Allow-lists: values that count for nothing until they expire, and are printed nowhere.

use super::said;
use super::support::Site;

const LINE: &str = "手機 0912-345-678, 手機 0922333444\n";

fn site(expires: &str) -> Site {
    let site = Site::new("");
    let allow = format!(
        "[[allow]]\nkind = \"tw-mobile\"\nvalue = \"+886 912 345 678\"\nowner = \"總務處\"\n\
         reason = \"值班手機\"\nexpires = {expires}\n"
    );
    site.pattern("own.toml", &allow);
    std::fs::write(site.log("mail.log"), LINE).expect("a log");
    site
}

/// Verdict and reason of the two numbers.
fn verdicts(site: &Site) -> Vec<(String, String)> {
    let lines = site.ok(&["scan", "--all", "--json", "log"]);
    let found = lines.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
    let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
    found.map(|found| (text(&found["verdict"]), text(&found["why"]))).collect()
}

#[test]
fn an_allowed_value_is_rejected_however_it_is_written() {
    for expires in ["2099-12-31", "\"188/12/31\""] {
        let site = site(expires);
        let verdicts = verdicts(&site);
        assert_eq!(verdicts[0], ("rejected".to_owned(), "allow-list".to_owned()));
        assert_eq!(verdicts[1].0, "likely");
        assert!(said(&site.run(&["check"])).contains("no problems"));
    }
}

#[test]
fn an_expired_entry_is_a_warning_and_its_values_count() {
    let site = site("2020-12-31");
    assert_eq!(verdicts(&site).iter().filter(|(verdict, _)| verdict == "likely").count(), 2);
    let output = site.run(&["check"]);
    let told = said(&output);
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert!(told.contains("the allow-list of 總務處 (值班手機) expired on 2020-12-31"), "{told}");
    assert!(told.contains("own.toml:1\n") && told.contains("1 warning"), "{told}");
}

#[test]
fn a_value_that_is_none_of_its_kind_is_a_mistake_and_not_repeated() {
    let site = site("2099-12-31");
    site.pattern(
        "wrong.toml",
        "[[allow]]\nkind = \"payment-card\"\nvalues = [\n\"4111111111111111\",\n\"4111111111111112\"]\n\
         owner = \"x\"\nreason = \"x\"\nexpires = 2099-01-01\n\n[[allow]]\nkind = \"nobody-knows\"\nvalue = \"1\"\n\
         owner = \"x\"\nreason = \"x\"\nexpires = 2099-01-01\n",
    );
    let output = site.run(&["check"]);
    let told = said(&output);
    assert_eq!(output.status.code(), Some(78), "{told}");
    assert!(told.contains("this value is no payment-card") && told.contains("wrong.toml:5\n"), "{told}");
    assert!(told.contains("no rule finds `nobody-knows`") && told.contains("wrong.toml:10\n"), "{told}");
    assert!(!told.contains("4111111"), "{told}");
}

#[test]
fn an_allowed_value_is_hidden_wherever_its_line_is_shown() {
    let site = site("2099-12-31");
    let text = site.ok(&["explain", "手機 0912345678, 手機 0922333444"]);
    assert!(text.contains("rejected  allow-list"), "{text}");
    assert!(text.contains("手機 09******78, 手機 09******44"), "{text}");
    assert!(!text.contains("0912345678") && !text.contains("912 345 678"), "{text}");
}
