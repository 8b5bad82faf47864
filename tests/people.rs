//! Memory does not grow with the people that were found: each message names ten who were in none before, and each sender
//! writes once. The everyday size is small; `BREACHD_PEOPLE` makes it ten million.

#![allow(missing_docs, clippy::print_stdout, reason = "a test says its figures")]

mod support;

use std::fs;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use support::{Site, national_id, size, until};

/// People whom one message names.
const PEOPLE_A_MESSAGE: usize = 10;
/// Lines that a server writes about it.
const LINES_A_MESSAGE: usize = 5;
/// Resident memory at most.
const RESIDENT_MIB_MAX: u64 = 256;
/// What the store may take on the disk by default.
const STORE_BYTES_MAX: u64 = 10 << 30;
/// A debug build on a busy machine takes some five milliseconds a message.
const PATIENCE_A_MESSAGE: Duration = Duration::from_millis(50);

#[test]
fn memory_does_not_grow_with_the_people_that_are_found() {
    let messages = size("BREACHD_PEOPLE", 3_000).div_ceil(PEOPLE_A_MESSAGE);
    // Every chain counts, and none opens: a million letters would be another test.
    let site = Site::with(&[("mail.log", "")], "transport = \"none\"", "[open]\nmail = 1000\n");
    write(&site.log("mail.log"), messages).expect("a disk with room");
    let begun = Instant::now();
    let mut daemon = site.watch(&[]);
    let patience = Duration::from_mins(1) + PATIENCE_A_MESSAGE * messages as u32;
    let is_read = until(patience, || {
        std::thread::sleep(Duration::from_millis(200));
        site.lines_read() == messages * LINES_A_MESSAGE
    });
    let took = begun.elapsed().as_secs_f64();
    assert!(is_read, "{} lines after {took:.0} s: {}", site.lines_read(), daemon.words());
    let peak = resident(daemon.child.id());
    assert_eq!(daemon.stop(), Some(0), "{}", daemon.words());

    let (chains, people) = counted(&site.path("state/state.db"));
    let bytes = fs::metadata(site.path("state/state.db")).expect("a store").len();
    let expected = messages * PEOPLE_A_MESSAGE;
    println!(
        "{people} people of {chains} actors in {took:.1} s, {:.0} a second; resident at most {peak} MiB; store {} MiB, \
         {} bytes a person",
        people as f64 / took,
        bytes >> 20,
        bytes / expected as u64
    );
    assert_eq!((chains, people), (messages, expected), "everybody is counted, each once");
    assert!(peak <= RESIDENT_MIB_MAX, "{peak} MiB are resident");
    assert!(
        bytes / expected as u64 * 10_000_000 <= STORE_BYTES_MAX || expected < 100_000,
        "{bytes} bytes of store"
    );
}

/// A log of Postfix, message after message, five a second.
fn write(path: &Path, messages: usize) -> std::io::Result<()> {
    let mut log = BufWriter::with_capacity(1 << 20, fs::File::create(path)?);
    for nth in 0..messages {
        let second = nth / 5;
        let stamp = format!(
            "2026-11-{:02}T{:02}:{:02}:{:02}.{:06}+00:00",
            17 + second / 86_400,
            second / 3600 % 24,
            second / 60 % 60,
            second % 60,
            nth % 5 * 200_000
        );
        let (id, actor) = (format!("{nth:010X}"), format!("user{nth}@agency.gov.tw"));
        let people = (0..PEOPLE_A_MESSAGE).map(|one| national_id(nth * PEOPLE_A_MESSAGE + one));
        let people = people.collect::<Vec<_>>().join(" ");
        let lines = [
            format!("smtpd[1]: {id}: client=pc[10.1.2.3], sasl_method=PLAIN, sasl_username={actor}"),
            format!(
                "cleanup[2]: {id}: info: header Subject: {people} from pc[10.1.2.3]; from=<{actor}> \
                 to=<o@example.com> proto=ESMTP helo=<pc>"
            ),
            format!("qmgr[3]: {id}: from=<{actor}>, size=1193, nrcpt=1 (queue active)"),
            format!(
                "smtp[4]: {id}: to=<o@example.com>, relay=192.0.2.25[192.0.2.25]:25, delay=0.1, dsn=2.0.0, \
                 status=sent (250 2.0.0 Ok)"
            ),
            format!("qmgr[3]: {id}: removed"),
        ];
        for line in lines {
            writeln!(log, "{stamp} mx1 postfix/{line}")?;
        }
    }
    log.flush()
}

/// The most that was resident, in MiB.
fn resident(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("it runs");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().split(' ').next());
    peak.and_then(|text| text.parse::<u64>().ok()).expect("the kernel says it") / 1024
}

/// Chains, and the people of all of them.
fn counted(store: &Path) -> (usize, usize) {
    let store = rusqlite::Connection::open(store).expect("a store");
    let counted = "SELECT count(*), sum(json_extract(body, '$.core.subjects.total')) FROM chain";
    let counted = store.query_row(counted, [], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)));
    let (chains, people) = counted.expect("chains");
    (chains as usize, people as usize)
}
