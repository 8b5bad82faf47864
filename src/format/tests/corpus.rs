//! What must hold of every line of the samples, whole, cut short or damaged.

use std::path::{Path, PathBuf};

use super::{check_pieces, defaults, formats, told};
use crate::event::{Role, Status};
use crate::format::{Format, Parsed};

fn logs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/logs")
}

/// Name and bytes of each file of a folder; none where there is no folder.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<_> = entries
        .map(|entry| entry.expect("a readable folder").path())
        .map(|path| (path.file_name().expect("a file").to_string_lossy().into_owned(), path))
        .map(|(name, path)| (name, std::fs::read(path).expect("a readable file")))
        .collect();
    files.sort();
    files
}

fn lines(log: &[u8]) -> impl Iterator<Item = &[u8]> {
    log.split(|byte| *byte == b'\n').filter(|line| !line.is_empty())
}

fn parse(format: Format, line: &[u8]) -> Option<Parsed<'_>> {
    formats().parse(format, line, &defaults())
}

#[test]
fn each_sample_is_recognised_and_read_to_its_last_line() {
    let samples = files(&logs());
    assert_eq!(samples.len(), 12);
    for (name, log) in samples {
        let format = match name.split('-').next() {
            Some("postfix" | "syslog") => Format::Syslog,
            Some("nginx" | "apache") => Format::Clf,
            _ => Format::Plain,
        };
        assert_eq!(formats().sniff(&log), format, "{name}");
        for line in lines(&log) {
            let parsed = parse(format, line).expect("a line of its format");
            check_pieces(line, format, &parsed);
        }
    }
}

#[test]
fn the_three_prefixes_of_one_line_make_one_thread_and_one_content() {
    let read = |name: &str| std::fs::read(logs().join(name)).expect("a sample");
    let logs = [read("syslog-traditional.log"), read("syslog-rfc3339.log"), read("syslog-rfc5424.log")];
    let all: Vec<Vec<_>> = logs
        .iter()
        .map(|log| {
            let parsed = lines(log).map(|line| (line, parse(Format::Syslog, line).expect("a syslog line")));
            parsed.map(|(line, parsed)| (&line[parsed.body.clone()], parsed.host, told(&parsed))).collect()
        })
        .collect();
    assert_eq!(all[0], all[1]);
    assert_eq!(all[0], all[2]);
}

#[test]
fn no_opaque_id_is_ever_content() {
    for name in ["postfix-short-ids.log", "postfix-long-ids-reinjected.log"] {
        let log = std::fs::read(logs().join(name)).expect("a sample");
        for line in lines(&log) {
            let parsed = parse(Format::Syslog, line).expect("a syslog line");
            let opaque =
                [&b"message-id=<"[..], b"relay=", b"queued as ", b"notification: ", b"orig_queue_id="];
            if opaque.iter().any(|mark| memchr::memmem::find(line, mark).is_some()) {
                assert!(parsed.fields.is_empty() && parsed.role != Role::Content);
            }
            for field in &parsed.fields {
                assert!(field.known && !field.raw.bytes().is_empty());
                let id = parsed.name.as_deref().unwrap_or("NOQUEUE");
                assert!(memchr::memmem::find(field.raw.bytes(), id.as_bytes()).is_none());
                assert!(memchr::memmem::find(field.raw.bytes(), b"; from=<").is_none());
            }
        }
    }
}

/// What all lines of one queue id say of the sender, the content and what became of it, in their order.
fn told_of(log: &[u8], id: &str) -> (Vec<String>, Vec<String>, Vec<(String, Status)>) {
    let (mut actors, mut contents, mut outcomes) = (Vec::new(), Vec::new(), Vec::new());
    for line in
        lines(log).filter(|line| formats().thread_name(Format::Syslog, line, None).as_deref() == Some(id))
    {
        let mut parsed = parse(Format::Syslog, line).expect("a syslog line");
        actors.extend(parsed.actor.map(|(raw, basis)| format!("{basis:?}:{}", super::text(raw))));
        contents.extend(parsed.fields.iter().map(|field| super::text(field.raw)));
        if let Some(happened) = parsed.outcomes.pop().filter(|happened| happened.status != Status::Ended) {
            assert_eq!(happened.next, None);
            outcomes.push((happened.recipient.map(super::text).unwrap_or_default(), happened.status));
        }
    }
    actors.dedup(); // each header names the sender again
    (actors, contents, outcomes)
}

#[test]
fn the_messages_with_personal_data_in_the_sample_are_read_right() {
    let log = std::fs::read(logs().join("postfix-short-ids.log")).expect("a sample");
    let wang = ["Authenticated:wang.xm@agency.gov.tw", "Envelope:wang.xm@agency.gov.tw"];
    let check = |id: &str, actors: &[&str], contents: &[&str], outcomes: &[(&str, Status)]| {
        let told = told_of(&log, id);
        assert_eq!(told.0, actors, "{id}");
        assert_eq!(told.1, contents, "{id}");
        let expected: Vec<_> = outcomes.iter().map(|(to, status)| ((*to).to_owned(), *status)).collect();
        assert_eq!(told.2, expected, "{id}");
    };
    let sent = [("chen@example.com", Status::Sent)];
    let three = [
        ("chen@example.com", Status::Sent),
        ("lin@bounce.test", Status::Bounced),
        ("wu@defer.test", Status::Deferred),
    ];
    check(
        "6DE0252E68F",
        &wang,
        &[
            "=?utf-8?B?5ZOh5bel5ZCN5YaKIEExMjM0NTY3ODkgMDkxMi0zNDUtNjc4?=",
            "name=\"=?utf-8?B?5ZCN5YaKLnhsc3g=?=\"",
            "filename*=UTF-8''%E5%93%A1%E5%B7%A5%E5%90%8D%E5%86%8A_%E5%90%AB%E8%BA%AB%E5%88%86%E8%AD%89%E5%AD%97\
             %E8%99%9FA123456789.xlsx",
        ],
        &three,
    );
    check("7514152E693", &wang, &["未編碼主旨 A123456789", "filename=\"原始檔名.pdf\""], &sent);
    check("77B8552E015", &wang, &["???s?X?D?? A123456789", "filename=\"?\u{fffd}l?ɦW.pdf\""], &sent);
    check(
        "7958C52E692",
        &wang,
        &[
            "=?utf-8?B?56ysMOethiBBMTIzNDU2Nw==?=? =?utf-8?B?ODAgMDkxMi0zNDUt?=? =?utf-8?B?NjAw77yb56ysMeethiBBMTIz?=? \
           =?utf-8?B?NDU2NzgxIDA5MTIt?=? =?utf-8?B?MzQ1LTYwMe+8m+esrDLnrYYg?=? =?utf-8?B?QTEyMzQ",
        ],
        &sent,
    );
    let cut = "A123456780 A123456781 A123456782 A123456783 A123456784 A123456785 A123456786 A123456787 A123456788 \
               A123456789 A123456780 A123456781 A123456782 A123456783 A123456784 A123456785 A123456786 A123";
    check("7A74852E013", &wang, &[cut, "filename=\"list A123456789.csv\""], &sent);
    let root = ["Local:root@agency.gov.tw", "Envelope:root@agency.gov.tw"];
    check("891AE52E695", &root, &["from cron A123456789"], &[("boss@example.com", Status::Sent)]);
}

#[test]
#[expect(clippy::print_stdout, reason = "a failure is repeated by its seed")]
fn no_cut_and_no_damage_makes_a_parser_fail() {
    let mut seed: u64 = 0x00b5_ea7c_4d00_2026;
    println!("seed {seed:#x}");
    let mut random = move |below: usize| {
        // xorshift64*: Marsaglia's, with Vigna's multiplier.
        seed ^= seed >> 12;
        seed ^= seed << 25;
        seed ^= seed >> 27;
        (seed.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % below
    };
    let samples = files(&logs());
    let all: Vec<&[u8]> = samples.iter().flat_map(|(_, log)| lines(log)).collect();
    let try_line = |line: &[u8]| {
        for format in [Format::Syslog, Format::Clf, Format::Plain] {
            match parse(format, line) {
                Some(parsed) => check_pieces(line, format, &parsed),
                None => assert_eq!(formats().thread_name(format, line, None), None),
            }
        }
    };
    for line in &all {
        (0..=line.len()).for_each(|end| try_line(&line[..end]));
    }
    for _ in 0..20_000 {
        let mut line = all[random(all.len())].to_vec();
        for _ in 0..=random(4) {
            let marks = b" :<>[]\"\\;,=?\xff\0A1";
            let (at, byte) = (random(line.len()), marks[random(marks.len())]);
            match random(3) {
                0 => line[at] = byte,
                1 => line.insert(at, byte),
                _ => line.truncate(at.max(1)),
            }
        }
        try_line(&line);
    }
}

/// Logs of other people's servers cannot be part of the project; a folder of them, by family, is told by
/// `BREACHD_SAMPLES`. Samples of messages alone are read behind a prefix of our own.
#[test]
#[ignore = "needs logs of other servers: BREACHD_SAMPLES=FOLDER"]
#[expect(clippy::print_stdout, reason = "the figures are what it is run for")]
fn logs_of_other_servers_are_read_too() {
    let samples = std::env::var_os("BREACHD_SAMPLES").expect("a folder of logs in BREACHD_SAMPLES");
    let (samples, mut logs) = (Path::new(&samples), 0);
    for (family, format) in [("postfix", Format::Syslog), ("nginx", Format::Clf), ("apache", Format::Clf)] {
        for (name, log) in files(&samples.join(family).join("third-party")) {
            let (mut all, mut read, mut wrapped, mut telling) = (0, 0, 0, 0);
            for line in lines(&log) {
                all += 1;
                if let Some(parsed) = parse(format, line) {
                    read += 1;
                    check_pieces(line, format, &parsed);
                } else if format == Format::Syslog {
                    let line = [b"Nov 21 23:51:09 mail postfix/smtpd[1]: ", line].concat();
                    let parsed = parse(format, &line).expect("a prefix of our own");
                    check_pieces(&line, format, &parsed);
                    wrapped += 1;
                    telling += usize::from(parsed.role != Role::Context || parsed.name.is_some());
                }
            }
            logs += 1;
            println!(
                "{name}: {read} of {all} lines; {wrapped} messages alone, of which {telling} tell something"
            );
        }
    }
    assert!(logs > 0, "no log in {}/*/third-party", samples.display());
}
