//! The named points at which a process can be told to die, and the store that is wrong on purpose.

use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

use crate::check::{replayed, settle, stands};
use crate::support::postfix::Shape;
use crate::support::{Random, seed, size};
use crate::writer::{Moment, Writer};
use crate::{Plan, change_while_down, kill, shape, site};

#[test]
fn killed_between_reading_and_commit_it_reads_again() {
    let points =
        ["live.read", "live.scanned", "store.facts-added", "store.chains-renewed", "store.before-commit"];
    let shape = Shape { messages: 500, concurrent: 6, every: 2, actors: 7 };
    die_at(&points, shape, Random(seed(2)));
}

#[test]
fn killed_between_commit_and_spool_it_loses_no_letter_and_writes_none_twice() {
    let points = ["store.after-commit", "post.before-spool", "post.after-spool"];
    // Many senders, because each case has its first letter once.
    let shape = Shape { messages: 500, concurrent: 6, every: 2, actors: 151 };
    die_at(&points, shape, Random(seed(3)));
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

/// Lets the daemon run into one point after the other while the log grows, then looks at what it knows.
fn die_at(points: &[&str], shape: Shape, random: Random) {
    let site = site();
    let mut writer = Writer::new(&[&site], shape, random);
    for n in 1..=size("BREACHD_POINT_KILLS", 20) {
        let fault = format!("{}:{}", points[n % points.len()], 1 + writer.random.below(4));
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
        println!("kill {n}, {fault}: {open} ids open, {written} lines written{while_down}");
    }
    settle(&site, &mut writer);
    stands(&site, &writer);
}

fn people(cores: &serde_json::Value) -> u64 {
    crate::check::subjects(cores).values().sum()
}
