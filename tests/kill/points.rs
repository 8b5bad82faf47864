//! The named points at which a process can be told to die, and the store that is wrong on purpose.

use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

use crate::check::{replayed, settle, stands};
use crate::relay::Relay;
use crate::support::postfix::Shape;
use crate::support::{Random, Site, seed, size};
use crate::writer::{Moment, Writer};
use crate::{Plan, change_while_down, kill, shape, site};

/// Points of what reads, from a look at the folder to the batch that waits for the store. Of some a process has one:
/// the second number is how often it may pass before it dies.
const READING: [(&str, usize); 11] = [
    ("tail.begun", 1),
    ("tail.resumed", 1),
    ("tail.replaced", 1),
    ("tail.left", 1),
    ("reader.looked", 3),
    ("live.read", 4),
    ("live.looked-back", 2),
    ("live.scanned", 4),
    ("live.batch", 4),
    ("reader.handed-over", 4),
    ("watch.settled", 1),
];

/// Points of a transaction.
const STORE: [(&str, usize); 10] = [
    ("watch.gathered", 4),
    ("store.before-begin", 4),
    ("store.begun", 4),
    ("store.offsets-advanced", 4),
    ("store.facts-added", 4),
    ("store.chains-renewed", 4),
    ("store.cases-told", 4),
    ("store.audited", 2),
    ("store.before-commit", 4),
    ("store.after-commit", 4),
];

/// Points between the outbox and the receipt's row.
const MAIL: [(&str, usize); 18] = [
    ("post.before-spool", 2),
    ("spool.made", 4),
    ("spool.written", 4),
    ("spool.synced", 4),
    ("spool.renamed", 4),
    ("spool.addressed", 2),
    ("post.after-spool", 2),
    ("post.marked", 2),
    ("mailer.opened", 2),
    ("smtp.before-data", 2),
    ("smtp.data-begun", 2),
    ("smtp.after-data", 2),
    ("mailer.delivered", 2),
    ("spool.receipted", 2),
    ("spool.moved", 2),
    ("mailer.told", 2),
    ("receipt.taken", 2),
    ("receipt.noted", 2),
];

/// Kills of one run over one log.
const KILLS_OF_A_RUN: usize = 20;

#[test]
fn killed_between_a_look_and_a_batch_it_reads_again() {
    die_at_all(&READING, 2);
}

#[test]
fn killed_within_a_transaction_it_reads_again() {
    die_at_all(&STORE, 3);
}

#[test]
fn killed_between_outbox_and_receipt_it_loses_no_letter() {
    die_at_all(&MAIL, 5);
}

/// The proof that the kills find a store whose offsets run ahead of its facts; the store as it is stands the same.
#[test]
fn a_store_that_commits_offsets_before_facts_is_found_out() {
    let mut random = Random(seed(4));
    let (whole, all) = people_after_aimed_kills(&[], random.clone());
    assert_eq!(whole, all, "the store as it is");
    random.next();
    let (counted, all) = people_after_aimed_kills(&[("BREACHD_FAULT", "split-commit")], random);
    println!("split commit: {counted} of {all} people counted");
    assert!(counted < all, "the fault was not found: {counted} of {all}");
}

/// Kills right behind lines with personal data; returns the people counted, and those that a replay counts. Cores
/// differ wherever the numbers do.
fn people_after_aimed_kills(environment: &[(&str, &str)], random: Random) -> (u64, u64) {
    let kills = size("BREACHD_SPLIT_KILLS", 10);
    let site = site();
    let mut writer = Writer::new(&[&site], shape(2 * kills), random);
    kill(&site, &mut writer, &Plan { kills, is_aimed: true, moments: &[Moment::AfterHit], environment });
    settle(&site, &mut writer);
    let (cores, replayed) = (site.cores(), replayed(&site, &writer));
    let (counted, all) = (people(&cores), people(&replayed));
    assert_eq!(cores == replayed, counted == all);
    (counted, all)
}

/// Each point so often: one run over one log after the other, each with its relay.
fn die_at_all(points: &[(&str, usize)], default: u64) {
    let mut random = Random(seed(default));
    let times = size("BREACHD_POINT_KILLS", 1);
    let kills: Vec<(&str, usize)> = (0..times).flat_map(|_| points.iter().copied()).collect();
    for kills in kills.chunks(KILLS_OF_A_RUN) {
        die_at(kills, Random(random.next()));
    }
}

/// Lets the daemon run into one point after the other while the log grows, then looks at what it knows.
fn die_at(points: &[(&str, usize)], random: Random) {
    let relay = Relay::new();
    let mail = format!("host = \"127.0.0.1\"\nport = {}", relay.port);
    let site = Site::with(&[("mail.log", "start = \"all\"")], &mail, "");
    // Many senders, because each case has its first letter once.
    let shape = Shape { messages: 60 * points.len() + 100, concurrent: 6, every: 2, actors: 151 };
    let mut writer = Writer::new(&[&site], shape, random);
    writer.copies = true;
    for (n, (point, most)) in points.iter().enumerate() {
        let fault = format!("{point}:{}", 1 + writer.random.below(*most));
        let mut daemon = site.start(&[("BREACHD_FAULT", &fault)]);
        let mut pause = Duration::from_millis(5);
        while daemon.is_running() {
            assert!(!writer.is_done(), "the log is too short to reach {fault}");
            writer.step();
            std::thread::sleep(pause);
            // A daemon that lags behind takes many writes for one.
            pause = (pause * 5 / 4).min(Duration::from_millis(100));
        }
        let status = daemon.child.wait().expect("it has ended");
        assert_eq!(status.signal(), Some(9), "{fault}: {status}\n{}", daemon.words());
        let (open, written) = (writer.open(), writer.written);
        let while_down = change_while_down(&mut writer);
        println!("kill {}, {fault}: {open} ids open, {written} lines written{while_down}", n + 1);
    }
    settle(&site, &mut writer);
    stands(&site, &writer, &relay);
}

fn people(cores: &serde_json::Value) -> u64 {
    crate::check::subjects(cores).values().sum()
}
