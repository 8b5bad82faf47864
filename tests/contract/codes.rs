//! Exit codes, and the inputs that `scan` takes.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::support::story::{TUESDAY, postfix};
use super::support::{BREACHD, Site, national_id};
use super::{run, text};

fn leak() -> String {
    let story =
        format!("0 AAAAA1 client\n0 AAAAA1 subject 名冊 {}\n1s AAAAA1 sent out@example.com", national_id(1));
    postfix(TUESDAY, &story)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

/// A folder with the leak plain, compressed, and compressed and cut off.
fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    let write = |name: &str, bytes: &[u8]| std::fs::write(dir.path().join(name), bytes).expect("a file");
    std::fs::create_dir_all(dir.path().join("logs/deep")).expect("a folder");
    std::fs::create_dir(dir.path().join("empty")).expect("a folder");
    write("logs/mail.log", leak().as_bytes());
    write("logs/deep/mail.log.2.gz", &gzip(leak().as_bytes()));
    write("clean.log", b"nothing to see\n");
    let filler = (0..20_000u32).map(|n| format!("filler {}\n", n.wrapping_mul(2_654_435_761)));
    let filler = filler.collect::<Vec<_>>().concat();
    let whole = gzip((leak() + &filler).as_bytes());
    write("damaged.gz", &whole[..whole.len() / 2]);
    dir
}

fn check(dir: &Path, arguments: &[&str], code: i32, says: &str) {
    let output = run(dir, arguments, leak().as_bytes());
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{stdout}{stderr}");
    assert!(
        format!("{stdout}{stderr}").contains(says),
        "{arguments:?} says nothing of {says}:\n{stdout}{stderr}"
    );
}

#[test]
fn every_exit_code_means_what_the_help_says() {
    let folder = folder();
    let dir = folder.path();
    check(dir, &["scan", "logs"], 0, "A10000****");
    check(dir, &["scan", "-"], 0, "-:2:");
    check(dir, &["scan", "--exit-code", "logs"], 3, "A10000****");
    check(dir, &["scan", "--exit-code", "--count", "logs"], 3, "\"likely\":2");
    check(dir, &["scan", "--exit-code", "clean.log"], 0, "");
    check(dir, &["scan", "absent.log"], 1, "absent.log");
    check(dir, &["scan", "--json", "damaged.gz"], 4, "damaged.gz: damaged from byte");
    check(dir, &["scan", "--exit-code", "damaged.gz", "logs/mail.log"], 4, "A10000****");
    check(dir, &["replay", "damaged.gz", "logs/mail.log"], 4, "wang@agency.gov.tw");
    for arguments in
        [&["scan"][..], &["watch", "--twice"], &["mail", "send"], &["scan", "--format", "nginy", "logs"]]
    {
        check(dir, arguments, 2, "");
    }
    check(dir, &["replay", "--since", "yesterday", "logs"], 2, "RFC 3339");
    check(dir, &["watch", "-c", "absent.toml"], 78, "absent.toml");
    check(dir, &["scan", "--key", "clean.log", "logs"], 78, "64 hex digits");
    check(dir, &["--help"], 0, "Usage");
}

#[test]
fn a_damaged_archive_is_a_gap_of_its_input_and_what_stands_before_it_counts() {
    let folder = folder();
    let arguments = ["replay", "--json", "--domain", "agency.gov.tw", "damaged.gz", "logs/mail.log"];
    let output = run(folder.path(), &arguments, b"");
    assert_eq!(output.status.code(), Some(4), "{}", text(&output.stderr));
    let replay: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let gaps = |path: &str| {
        let inputs = replay["inputs"].as_array().expect("a list");
        let input = inputs.iter().find(|input| input["path"] == path).expect("it was read");
        input["gaps"].as_array().expect("a list").clone()
    };
    assert_eq!(gaps("logs/mail.log").len(), 0);
    let gap = gaps("damaged.gz");
    assert_eq!((gap.len(), &gap[0]["cause"]), (1, &Value::from("damaged")));
    assert!(gap[0]["from"].as_u64() > Some(leak().len() as u64), "{gap:?}");
    // The same lines stand in both: they count once.
    assert_eq!(replay["incidents"].as_array().map(Vec::len), Some(1));
    assert_eq!(replay["incidents"][0]["rows"], 1);
}

#[test]
fn a_folder_the_standard_input_and_compressed_files_are_read() {
    let folder = folder();
    let found = |arguments: &[&str]| -> Vec<(String, u64)> {
        let output = run(folder.path(), arguments, leak().as_bytes());
        let lines = text(&output.stdout);
        let found = lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        found
            .map(|each| {
                (each["path"].as_str().expect("a path").to_owned(), each["offset"].as_u64().expect("one"))
            })
            .collect()
    };
    let offset = leak().find(&national_id(1)).expect("it stands there") as u64;
    assert_eq!(found(&["scan", "--json", "-"]), [("-".to_owned(), offset)]);
    let both = [("logs/deep/mail.log.2.gz".to_owned(), offset), ("logs/mail.log".to_owned(), offset)];
    assert_eq!(found(&["scan", "--json", "logs"]), both);
    assert_eq!(found(&["scan", "--json", "logs/mail.log", "logs"]), both, "each file once");
    assert_eq!(found(&["scan", "--json", "empty"]), []);
}

#[test]
fn a_configuration_shows_all_its_mistakes_with_file_line_and_the_nearest_key() {
    let site = Site::new("");
    let text_before = std::fs::read_to_string(&site.config).expect("a configuration");
    let broken = text_before
        .replace("[org]\n", "[org]\ndomain = [\"x.tw\"]\ntimezone = \"Mars\"\nnetworks = [\"ten\"]\n")
        .replace("transport =", "transprt =");
    std::fs::write(&site.config, &broken).expect("a configuration");
    let line_of =
        |mark: &str| broken.lines().position(|line| line.starts_with(mark)).expect("it stands there") + 1;
    let config = site.config.display();
    for command in [&["check"][..], &["watch", "--once"]] {
        let output = site.run(command);
        assert_eq!(output.status.code(), Some(78));
        let said = text(&output.stderr);
        for mark in ["domain = [\"x.tw\"]", "timezone = \"Mars\"", "networks = [\"ten\"]", "transprt ="] {
            let place = format!("{config}:{}:", line_of(mark));
            assert!(said.contains(&place), "{place} is not named:\n{said}");
        }
        assert!(
            said.contains("domains") && said.contains("transport"),
            "the nearest keys are named:\n{said}"
        );
        assert!(said.contains("4 errors"), "{said}");
        assert_eq!(text(&output.stdout), "");
    }
    assert!(!site.path("state").exists(), "nothing was begun");
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let dir = tempfile::tempdir().expect("a folder");
    let many = (0..20_000).map(|n| format!("身分證字號 {}\n", national_id(n))).collect::<Vec<_>>().concat();
    std::fs::write(dir.path().join("log"), many).expect("a log");
    for arguments in [&["scan", "log"][..], &["scan", "--json", "log"]] {
        let mut child = Command::new(BREACHD)
            .args(arguments)
            .current_dir(dir.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut first = String::new();
        let mut stdout = std::io::BufReader::new(child.stdout.take().expect("piped"));
        std::io::BufRead::read_line(&mut stdout, &mut first).expect("a line");
        assert!(first.contains("A10000"), "{first}");
        drop(stdout);
        let output = child.wait_with_output().expect("it ends");
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()), "{arguments:?}");
    }
}
