//! Mail of every kind, interleaved: whatever way the log is read, each message is one event with the right sender,
//! words, people and outcome for each recipient.

#![allow(missing_docs, unreachable_pub, clippy::print_stdout, reason = "a test says its figures")]

#[path = "interleaved/check.rs"]
mod check;
#[path = "interleaved/deliver.rs"]
mod deliver;
#[path = "interleaved/feed.rs"]
mod feed;
#[path = "interleaved/generator.rs"]
mod generator;
mod support;
#[path = "interleaved/words.rs"]
mod words;

use std::process::Stdio;
use std::time::{Duration, Instant};

use breachd::scan::OPEN_THREADS_MAX;
use check::check;
use feed::{Feed, bytes, rotated};
use generator::{Log, log};
use support::{Random, Site, seed, size};

/// A site whose organisation has a network.
fn site(sources: &[(&str, &str)]) -> Site {
    let site = Site::with(sources, "transport = \"none\"", "");
    let text = std::fs::read_to_string(&site.config).expect("a configuration");
    let domains = "domains = [\"agency.gov.tw\"]";
    let text = text.replace(domains, &format!("{domains}\nnetworks = [\"10.0.0.0/8\"]"));
    std::fs::write(&site.config, text).expect("a configuration");
    site
}

fn generated(random: &mut Random) -> Log {
    let messages = size("BREACHD_INTERLEAVED", 2000);
    let log = log(messages, random);
    println!(
        "{messages} messages, {} of them name people; {} lines; at most {} under way; {} ids used again; {} re-injected",
        log.truths.len(),
        log.lines.len(),
        log.concurrent,
        log.reused,
        log.refiltered
    );
    log
}

/// What a process may hold at most, in KiB.
const RSS_MAX: u64 = 96 << 10;

/// Runs a command to its success; the most memory it held, in KiB, as the kernel counts it until its last moments.
fn measured(site: &Site, arguments: &[&str], fault: &str) -> u64 {
    let said = std::fs::File::create(site.path("said")).expect("a file");
    let mut command = site.command(arguments);
    command.env("BREACHD_FAULT", fault).stdout(Stdio::null()).stderr(said);
    let mut child = command.spawn().expect("the program starts");
    let mut most = 0;
    let status = loop {
        most = most.max(resident(child.id()));
        match child.try_wait().expect("a child can be asked") {
            Some(status) => break status,
            None => std::thread::sleep(Duration::from_millis(3)),
        }
    };
    let words = std::fs::read_to_string(site.path("said")).expect("a text");
    assert!(status.success(), "{arguments:?}: {status}\n{words}");
    most
}

/// The most memory that a process has held so far; 0 when it is gone.
fn resident(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|text| text.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

fn check_resident(most: u64) {
    println!("at most {} MiB", most.div_ceil(1024));
    assert!(most > 0 && most <= RSS_MAX, "{most} KiB");
}

#[test]
fn a_replay_knows_what_became_of_every_message() {
    let mut random = Random(seed(41));
    let log = generated(&mut random);
    let site = site(&[("mail.log", "")]);
    let mut files = rotated(&site.path("log"), &bytes(&log.lines), &mut random);
    // A server that writes mail to two logs says everything twice.
    files.push(site.log("syslog"));
    std::fs::write(site.log("syslog"), bytes(&log.lines[log.lines.len() * 3 / 4..])).expect("a log");
    let (out, key) = (site.path("out"), site.path("key"));
    let mut arguments = vec!["replay", "--out"];
    arguments.extend([&out, &key].map(|path| path.to_str().expect("UTF-8")));
    arguments.insert(3, "--key");
    arguments.extend(files.iter().map(|path| path.to_str().expect("UTF-8")));
    let began = Instant::now();
    let most = measured(&site, &arguments, "");
    println!("replay: {:?}", began.elapsed());
    println!("{:?}", check(&out, &log.truths, false));
    check_resident(most);
}

/// Feeds a log piece by piece, each piece to a fresh process. Returns the most memory that one held.
fn fed(site: &Site, log: &Log, fault: &str, random: &mut Random) -> u64 {
    let pieces = size("BREACHD_PIECES", 12);
    let mut feed = Feed::new(site.log("mail.log"), bytes(&log.lines), pieces, random);
    let (began, mut most) = (Instant::now(), 0);
    while feed.piece(random) {
        most = most.max(measured(site, &["watch", "--once"], fault));
    }
    let (took, rotations, compressions) = (began.elapsed(), feed.rotations, feed.compressions);
    println!("{pieces} pieces: {took:?}; {rotations} rotations, {compressions} compressions");
    most
}

#[test]
fn a_watch_knows_what_became_of_every_message() {
    let mut random = Random(seed(42));
    let log = generated(&mut random);
    let site = site(&[("mail.log", "start = \"all\"")]);
    let most = fed(&site, &log, "", &mut random);
    let figures = check(&site.path("state"), &log.truths, true);
    println!("{figures:?}");
    assert_eq!(figures.unknown, 0, "nothing was beyond a bound");
    check_resident(most);
}

#[test]
#[cfg_attr(not(feature = "faults"), ignore = "asks for --features faults")]
fn what_a_full_table_lets_go_is_unknown_and_never_wrong() {
    let mut random = Random(seed(43));
    let log = log(size("BREACHD_EVICTED", 500), &mut random);
    let site = site(&[("mail.log", "start = \"all\"")]);
    fed(&site, &log, "open-threads:60", &mut random);
    let figures = check(&site.path("state"), &log.truths, true);
    println!("{figures:?}");
    assert!(figures.unknown > 0 && figures.right > 0, "{figures:?}");
}

/// Messages with sixty recipients each, whose servers answer with ids of their own: each is followed for a while.
fn crowd(threads: usize) -> String {
    let mut text = String::new();
    let mut line = |n: usize, program: &str, id: &str, what: &str| {
        let at = generator::stamp(generator::START + 100 * n as i64);
        text += &[&at, " mx1 postfix/", program, "[1]: ", id, ": ", what, "\n"].concat();
    };
    for (message, first) in (0..threads).step_by(60).enumerate() {
        let (id, person) = (format!("A{message:09X}"), support::national_id(message));
        let user = message % 24;
        line(
            first,
            "smtpd",
            &id,
            &format!("client=pc[10.1.2.3], sasl_method=PLAIN, sasl_username=user{user:02}@agency.gov.tw"),
        );
        let tail = "from pc[10.1.2.3]; from=<a@agency.gov.tw> to=<b@example.com> proto=ESMTP helo=<pc>";
        line(first, "cleanup", &id, &format!("info: header Subject: 名冊 {person} {tail}"));
        for n in first..(first + 60).min(threads) {
            let reply = format!("status=sent (250 2.0.0 Ok: queued as 4kZ{n:012})");
            let relay = "relay=mx.example.com[192.0.2.25]:25, delay=0.1, dsn=2.0.0";
            line(n, "smtp", &id, &format!("to=<r{n}@example.com>, {relay}, {reply}"));
        }
    }
    text
}

/// Puts threads into a store's table as if messages of five minutes ago were still followed.
fn follow(site: &Site, threads: usize) {
    let mut store = rusqlite::Connection::open(site.path("state/state.db")).expect("a store");
    let source = site.log("mail.log").display().to_string();
    let (since, until) = (generator::START - 5 * generator::MINUTE, generator::START + 5 * generator::DAY);
    let all = store.transaction().expect("a transaction");
    for n in 0..threads {
        let name = format!("4jXold{n:09}");
        all.prepare_cached("INSERT INTO thread (channel, host, name) VALUES ('postfix', 'mx1', ?1)")
            .and_then(|mut thread| thread.execute([name]))
            .expect("a thread");
        all.prepare_cached("INSERT INTO open_thread VALUES (last_insert_rowid(), ?1, ?2, ?3)")
            .and_then(|mut open| open.execute(rusqlite::params![source, since, until]))
            .expect("an open thread");
    }
    all.commit().expect("a disk with room");
}

#[test]
fn a_full_table_of_followed_threads_keeps_within_its_memory() {
    let threads = size("BREACHD_FOLLOWED", 1200);
    let site = site(&[("mail.log", "")]);
    std::fs::write(site.log("mail.log"), "").expect("a log");
    site.ok(&["watch", "--once"]);
    follow(&site, OPEN_THREADS_MAX.saturating_sub(threads * 2 / 3));
    std::fs::write(site.log("mail.log"), crowd(threads)).expect("a log");
    let began = Instant::now();
    let most = measured(&site, &["watch", "--once"], "");
    println!("{threads} more threads than there is room for: {:?}", began.elapsed());
    let store = rusqlite::Connection::open(site.path("state/state.db")).expect("a store");
    let count = |question: &str| -> usize {
        store.query_row(question, [], |row| row.get::<_, i64>(0)).expect("a number") as usize
    };
    assert_eq!(count("SELECT count(*) FROM open_thread"), OPEN_THREADS_MAX);
    assert!(count("SELECT count(*) FROM fact WHERE body LIKE '%\"evicted\"%'") > threads / 4);
    check_resident(most);
}
