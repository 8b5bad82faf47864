//! The named points at which a process can be told to die, and the store that is wrong on purpose.

use std::os::unix::process::ExitStatusExt;

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

/// The proof that the kills find a store whose offsets run ahead of its facts.
#[test]
fn a_store_that_commits_offsets_before_facts_is_found_out() {
    let kills = size("BREACHD_SPLIT_KILLS", 20);
    let site = site();
    let mut writer = Writer::new(&[&site], shape(2 * kills), Random(seed(4)));
    let environment = [("BREACHD_FAULT", "split-commit")];
    let plan = Plan { kills, writes: 15, moments: &[Moment::AfterHit], environment: &environment };
    kill(&site, &mut writer, &plan);
    settle(&site, &mut writer);
    let (cores, replayed) = (site.cores(), replayed(&site, &writer));
    assert_ne!(cores, replayed, "{kills} kills did not find the fault");
    let (counted, all) = (people(&cores), people(&replayed));
    println!("split commit: {counted} of {all} people counted");
    assert!(counted < all, "what was read and not committed is lost: {counted} of {all}");
}

/// Lets the daemon run into one point after the other while the log grows, then looks at what it knows.
fn die_at(points: &[&str], shape: Shape, random: Random) {
    let site = site();
    let mut writer = Writer::new(&[&site], shape, random);
    for n in 1..=size("BREACHD_POINT_KILLS", 20) {
        let fault = format!("{}:{}", points[n % points.len()], 1 + writer.random.below(4));
        let mut daemon = site.start(&[("BREACHD_FAULT", &fault)]);
        while daemon.is_running() {
            assert!(!writer.is_done(), "the log is too short to reach {fault}");
            writer.step();
            std::thread::sleep(std::time::Duration::from_millis(6));
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
