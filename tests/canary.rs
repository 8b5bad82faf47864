//! Canaries: a thousand known identity numbers in subjects, names of files, addresses of pages and recipients go through the
//! whole program, a panic with a line in its hands included. Not one byte sequence of one is left in store, WAL, spool,
//! logs, what the relay was handed, or the memory of the process that sends.
//!
//! That process is one that was started after the logs had been read: whoever reads a log has its bytes in memory,
//! freed pages included, and no program of its kind can promise otherwise. Core dumps of the reader are therefore
//! switched off in the unit (LimitCORE=0), and the sender is what is dumped here, `/proc/PID/mem` by `/proc/PID/maps`,
//! which is what a core file holds and more.

#![allow(clippy::print_stdout, reason = "a test says its figures")]

mod support;

use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::time::Duration;

use aho_corasick::AhoCorasick;
use support::{Daemon, Site, national_id, size, until};

#[allow(unreachable_pub, reason = "as the other test that has it writes it")]
#[path = "kill/relay.rs"]
mod relay;

/// Mails and requests, by turns of the ways in which a number can come.
fn logs(canaries: &[String]) -> (String, String) {
    let (mut mail, mut web) = (String::new(), String::new());
    // The first KiB and the last line of a log are read again at each start: no canary is there.
    let quiet = |n: usize| {
        format!(
            "2026-11-17T00:00:{:02}.000000+08:00 mx1 postfix/smtpd[9]: connect from pc{n}[10.1.2.3]\n",
            n % 60
        )
    };
    mail.extend((0..40).map(quiet));
    let quiet_web =
        "10.9.9.9 - - [17/Nov/2026:00:00:00 +0800] \"GET /health HTTP/1.1\" 200 2 \"-\" \"check\"\n";
    web.push_str(&quiet_web.repeat(40));
    for (n, canary) in canaries.iter().enumerate() {
        let (minute, second) = (n / 60 % 60, n % 60);
        let actor = format!("user{:02}@agency.gov.tw", n % 10);
        let mut line = |program: &str, words: String| {
            let at = format!("2026-11-17T01:{minute:02}:{second:02}.000000+08:00");
            mail.extend([format!("{at} mx1 postfix/{program}[7]: {n:05X}ABCDEF: {words}\n")]);
        };
        let from = format!("from pc[10.1.2.3]; from=<{actor}> to=<out{n}@example.com> proto=ESMTP helo=<pc>");
        let encoded = data_encoding::BASE64.encode(format!("名冊 {canary}").as_bytes());
        line("smtpd", format!("client=pc[10.1.2.3], sasl_method=PLAIN, sasl_username={actor}"));
        match n % 5 {
            0 => line("cleanup", format!("info: header Subject: 名冊 {canary} 身分證字號 {from}")),
            1 => line("cleanup", format!("info: header Subject: =?UTF-8?B?{encoded}?= {from}")),
            2 => line(
                "cleanup",
                format!("info: header Content-Disposition: attachment; filename=\"{canary}.xlsx\" {from}"),
            ),
            _ => line("cleanup", format!("info: header Subject: 身分證字號 {} {from}", canaries[0])),
        }
        let to = if n % 5 == 3 { format!("{canary}@example.com") } else { format!("out{n}@example.com") };
        line(
            "smtp",
            format!(
                "to=<{to}>, relay=192.0.2.25[192.0.2.25]:25, delay=0.1, dsn=2.0.0, status=sent (250 2.0.0 Ok)"
            ),
        );
        line("qmgr", "removed".to_owned());
        if n % 5 == 4 {
            let user = format!("user{:02}", n % 10);
            let target = match n % 3 {
                0 => format!("/export?id={canary}"),
                1 => format!("/files/{canary}.pdf"),
                _ => format!("/q?x=%41{}", &canary[1..]),
            };
            web.extend([format!(
                "203.0.113.{} - {user} [17/Nov/2026:01:{minute:02}:{second:02} +0800] \"GET {target} HTTP/1.1\" 200 900 \"https://x.example/?r={canary}\" \"agent {canary}\"\n",
                n % 200
            )]);
        }
    }
    mail.extend((0..40).map(quiet));
    web.push_str(&quiet_web.repeat(40));
    (mail, web)
}

/// The byte sequences in which a number can lie somewhere: UTF-8, UTF-16 of both orders, and all of these in base64 at
/// each of three alignments.
fn spellings(canary: &str) -> Vec<Vec<u8>> {
    let plain = canary.as_bytes().to_vec();
    let little: Vec<u8> = canary.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = canary.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let mut all = vec![plain.clone(), little.clone(), big.clone()];
    for at in 0..3 {
        for text in [&plain, &little, &big] {
            let shifted = [vec![0; at], text.clone()].concat();
            let coded = data_encoding::BASE64_NOPAD.encode(&shifted).into_bytes();
            // Of the first and the last characters a neighbour decides.
            let (from, to) =
                ((at * 8).div_ceil(6), coded.len() - usize::from(!(shifted.len()).is_multiple_of(3)));
            all.push(coded[from..to].to_vec());
        }
    }
    all
}

struct Search {
    engine: AhoCorasick,
    of: usize,
}

impl Search {
    fn new(canaries: &[String]) -> Self {
        let patterns: Vec<Vec<u8>> = canaries.iter().flat_map(|canary| spellings(canary)).collect();
        let of = patterns.len() / canaries.len();
        Self { engine: AhoCorasick::new(patterns).expect("an automaton"), of }
    }

    /// Fails where a canary is in these bytes; says which one by its number, and how it is written, never the value.
    fn check(&self, bytes: &[u8], place: &str) {
        if let Some(found) = self.engine.find(bytes) {
            let (canary, spelling) =
                (found.pattern().as_usize() / self.of, found.pattern().as_usize() % self.of);
            panic!("canary {canary} in spelling {spelling} is in {place} at byte {}", found.start());
        }
    }

    /// All files below a folder; how many there are.
    fn check_files(&self, folder: &Path) -> usize {
        let mut files = 0;
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("listed").path();
            if path.is_dir() {
                files += self.check_files(&path);
            } else if let Ok(bytes) = std::fs::read(&path) {
                self.check(&bytes, &path.display().to_string());
                files += 1;
            }
        }
        files
    }

    /// Everything that a process can write to in its memory, as a core file would hold it.
    fn check_memory(&self, daemon: &Daemon) -> usize {
        let pid = daemon.child.id();
        let maps = std::fs::read_to_string(format!("/proc/{pid}/maps")).expect("maps of a child");
        let mut memory = std::fs::File::open(format!("/proc/{pid}/mem")).expect("memory of a child");
        let mut seen = 0;
        for line in
            maps.lines().filter(|line| line.split(' ').nth(1).is_some_and(|rights| rights.starts_with("rw")))
        {
            let (from, to) = line.split(' ').next().and_then(|range| range.split_once('-')).expect("a range");
            let number = |text| u64::from_str_radix(text, 16).expect("hexadecimal");
            let mut bytes = vec![0; (number(to) - number(from)) as usize];
            let read = memory.seek(SeekFrom::Start(number(from))).and_then(|_| memory.read_exact(&mut bytes));
            if read.is_ok() {
                self.check(
                    &bytes,
                    &format!(
                        "the sender's memory ({})",
                        line.split_whitespace().nth(5).unwrap_or("anonymous")
                    ),
                );
                seen += bytes.len();
            }
        }
        seen
    }
}

#[test]
fn no_canary_is_found_where_something_is_kept_sent_or_said() {
    let canaries: Vec<String> =
        (0..size("BREACHD_CANARIES", 1_000)).map(|n| national_id(7_000_000 + n)).collect();
    let search = Search::new(&canaries);
    let relay = relay::Relay::new();
    let mail = format!("port = {}\nhost = \"127.0.0.1\"", relay.port);
    let site = Site::with(&[("mail.log", ""), ("access.log", "")], &mail, "[store]\nreserve = \"0B\"\n");
    let (mail_log, web_log) = logs(&canaries);
    let lines = mail_log.lines().count() + web_log.lines().count();
    std::fs::write(site.log("mail.log"), &mail_log).expect("a log");
    std::fs::write(site.log("access.log"), &web_log).expect("a log");
    // The search finds what is there: every canary is in the logs.
    let found =
        search.engine.find_overlapping_iter(&mail_log).chain(search.engine.find_overlapping_iter(&web_log));
    let found: std::collections::BTreeSet<_> =
        found.map(|one| one.pattern().as_usize() / search.of).collect();
    assert_eq!(found.len(), canaries.len());

    // A slip of the program, with a block in its hands.
    let mut dying = site.start(&[("BREACHD_FAULT", "spill")]);
    assert!(until(Duration::from_mins(1), || !dying.is_running()), "it goes on after a panic");
    let words = dying.words().to_owned();
    assert!(words.contains("internal error"), "{words}");
    search.check(words.as_bytes(), "the log of a panic");

    let none = site.path("none");
    std::fs::create_dir(&none).expect("a folder");
    let mut reading = site.start(&[]);
    let has_read = || site.lines_read() >= lines && site.mails().len() >= 10;
    assert!(
        until(Duration::from_mins(2), has_read),
        "{} lines, {} mails",
        site.lines_read(),
        site.mails().len()
    );
    assert!(until(Duration::from_mins(1), || site.path("state/state.db-wal").metadata().is_ok()), "a WAL");
    let files = search.check_files(&site.path("state")) + search.check_files(&site.path("spool"));
    assert_eq!(reading.stop(), Some(0));
    search.check(reading.words().as_bytes(), "the log of the daemon");

    // What is sent by a process that has read none of it.
    for mail in site.mails() {
        let back = site.path("spool/new").join(mail.file_name().expect("a name"));
        let envelope =
            serde_json::json!({ "from": "breachd@agency.gov.tw", "to": ["privacy@agency.gov.tw"] });
        std::fs::write(back.with_extension("json"), envelope.to_string()).expect("an envelope");
        std::fs::rename(&mail, back).expect("put back");
    }
    let before: usize = relay.taken().values().map(Vec::len).sum();
    let mut sending = site.start(&[]);
    let sent = || relay.taken().values().map(Vec::len).sum::<usize>() >= before + 10;
    assert!(until(Duration::from_mins(1), sent), "mails are sent again");
    let bytes = search.check_memory(&sending);
    assert!(bytes > 1 << 20, "{bytes} bytes of memory are no process");
    assert_eq!(sending.stop(), Some(0));
    search.check(sending.words().as_bytes(), "the log of the sender");
    for (id, copies) in relay.taken() {
        for mail in copies {
            search.check(mail.as_bytes(), &id);
            for part in decoded(&mail) {
                search.check(&part, &id);
            }
        }
    }
    search.check_files(&site.path("state"));
    search.check_files(&site.path("spool"));
    for arguments in [
        &["incident", "list", "--possible", "--json"][..],
        &["incident", "list"],
        &["incident", "list", "--core"],
    ] {
        search.check(site.ok(arguments).as_bytes(), &arguments.join(" "));
    }
    println!("{} canaries, {files} files, {} KiB of the sender's memory", canaries.len(), bytes >> 10);
}

/// The base64 parts of a mail.
fn decoded(mail: &str) -> Vec<Vec<u8>> {
    let parts = mail.split("\n--").filter(|part| part.contains("Content-Transfer-Encoding: base64"));
    parts
        .filter_map(|part| {
            let body: String = part.split_once("\n\n")?.1.lines().collect();
            data_encoding::BASE64.decode(body.trim().as_bytes()).ok()
        })
        .collect()
}
