//! A format that a site writes for its own gateway: proved, used by `replay` and `watch`, and refused with what is wrong.

use super::support::{Site, national_id};

/// The format of patterns/formats/README.md.
fn gateway() -> &'static str {
    let text = include_str!("../../patterns/formats/README.md");
    let (_, rest) = text.split_once("```toml\n").expect("a fenced block");
    rest.split_once("```").expect("its end").0
}

/// A site with a mail gateway's CSV, and the format in its folder.
fn site(format: &str) -> Site {
    let site = Site::with(&[("gateway.csv", "format = \"mail-gateway\"")], "transport = \"none\"", "");
    std::fs::create_dir(site.path("formats.d")).expect("a folder for formats");
    std::fs::write(site.path("formats.d/gateway.toml"), format).expect("a format");
    site
}

/// What `formats test` says of a format, and how it ends.
fn test(format: &str) -> (String, Option<i32>) {
    let site = site(format);
    let output = site.run(&["formats", "test", "formats.d/gateway.toml"]);
    let said = [output.stdout, output.stderr].concat();
    (String::from_utf8(said).expect("UTF-8"), output.status.code())
}

#[test]
fn the_format_of_the_readme_is_proved_listed_and_used() {
    let (said, code) = test(gateway());
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(said.matches("ok      formats.d/gateway.toml:").count(), 3, "{said}");
    let site = site(gateway());
    assert!(site.ok(&["formats", "list"]).contains("mail-gateway"));
    let told = site.run(&["check"]);
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let (one, two, three) = (national_id(1), national_id(2), national_id(3));
    let log = format!(
        "2026/11/17 09:00:00,wang@agency.gov.tw,\"a@example.com;b@agency.gov.tw\",\"名冊, {one}\",身分證{two}.xlsx,20480,送達\n\
         2026/11/17 09:00:05,wang@agency.gov.tw,c@example.com,身分證 {three},,512,退信\n\
         2026/11/17 09:00:09,lin@agency.gov.tw,d@agency.gov.tw,身分證 {three},,512,送達\n"
    );
    std::fs::write(site.log("gateway.csv"), log).expect("a log");
    site.ok(&["watch", "--once"]);
    let cores = site.cores();
    assert_eq!(cores.as_array().map(Vec::len), Some(1), "{cores:#}");
    let draft = &cores[0];
    assert_eq!((&draft["route"], &draft["actor"]), (&"mail-out".into(), &"wang@agency.gov.tw".into()));
    assert_eq!(draft["subjects"]["total"], 2, "{draft:#}");
    let recipients = serde_json::json!([
        { "address": "a@example.com", "outcome": "left" },
        { "address": "b@agency.gov.tw", "outcome": "internal-only" },
        { "address": "c@example.com", "outcome": "failed" },
    ]);
    assert_eq!(draft["recipients"], recipients);
    assert!(!cores.to_string().contains(&one[2..]), "{cores}");
    let key = site.path("key");
    let log = site.log("gateway.csv");
    let replayed = site.json(&[
        "replay",
        "--core",
        "--format",
        "mail-gateway",
        "--key",
        key.to_str().expect("UTF-8"),
        log.to_str().expect("UTF-8"),
    ]);
    assert_eq!(replayed["incidents"], cores);
}

#[test]
fn every_mistake_is_told_with_its_line_and_the_way_out() {
    for (right, wrong, told) in [
        ("family = \"mail\"", "family = \"post\"", ":4: no family `post`: it is one of mail, web, file"),
        (
            "framing = \"csv\"",
            "framing = \"tsv\"",
            ":5: no framing `tsv`: it is one of line, syslog, json, json-array, pairs, csv, w3c, cef, leef",
        ),
        ("%Y/%m/%d", "%Y/%Q/%d", ":7: no layout of time `%Y/%Q/%d %H:%M:%S`"),
        (
            "%Y/%m/%d",
            "%d/%m/%Y",
            ":14: `time` of this sample is nothing, and \"2026-11-21T01:00:00Z\" was expected",
        ),
        (
            "subject = \"subject\"",
            "topic = \"subject\"",
            ":11: no part `topic`: it is one of date, time, host",
        ),
        ("bytes = \"bytes\"", "bytes = \"octets\"", "no column `octets`: `columns` has date, sender"),
        ("= \"bounced\"", "= \"returned\"", "no status `returned`: it is one of sent, deferred"),
        (
            "status = \"bounced\" }",
            "status = \"sent\" }",
            ":18: `status` of this sample is \"bounced\", and \"sent\"",
        ),
        (
            "reference = \"管理手冊 4.2：郵件紀錄匯出\"",
            "reference = \"\"",
            "`reference` is empty: name the manual",
        ),
        ("framing = \"csv\"", "frame = \"csv\"", ":5: unknown field `frame`, expected one of `name`"),
        (
            "name = \"mail-gateway\"",
            "name = \"postfix\"",
            ": a second format `postfix`: give it a name of its own",
        ),
        ("c@example.com,會議通知", "c@example.com;會議通知", ":18: no rule reads this sample: see `detect`"),
    ] {
        let broken = gateway().replacen(right, wrong, 1);
        assert_ne!(broken, gateway(), "{right}");
        let (said, code) = test(&broken);
        assert!(said.contains(told), "{wrong}: {said}");
        assert_eq!(code, Some(78), "{wrong}: {said}");
        let refused = site(&broken).run(&["watch", "--once"]);
        assert_eq!(refused.status.code(), Some(78), "{wrong}");
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(said.contains("gateway.toml:"), "{wrong}: {said}");
    }
    let few = gateway().rsplit_once("[[sample]]").expect("samples").0.to_owned();
    assert!(test(&few).0.contains("2 samples: a format is proved by 3 at least"));
    // A number that may be somebody's is not told.
    let (said, _) = test(&gateway().replace("\"名冊, 第二版\",list", "\"名冊, A123456789\",list"));
    assert!(said.contains("A*********") && !said.contains("A123456789"), "{said}");
}
