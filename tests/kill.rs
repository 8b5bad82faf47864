//! A `watch` that is killed at any moment loses nothing and counts nothing twice: its cores equal those of an
//! uninterrupted run over the same growing, rotating log, those of `replay`, and what the log's writer knows.
//!
//! Random moments are the second net; the first are the fail points at every boundary (feature `faults`), and the
//! proof that this test sees anything is the store that commits in two steps.

#![allow(missing_docs, unreachable_pub, clippy::print_stdout, reason = "a test says its figures")]

#[path = "kill/check.rs"]
mod check;
#[cfg(feature = "faults")]
#[path = "kill/points.rs"]
mod points;
#[cfg(feature = "faults")]
#[path = "kill/relay.rs"]
mod relay;
mod support;
#[path = "kill/writer.rs"]
mod writer;

use std::time::Duration;

use check::{agree, settle};
use support::postfix::Shape;
use support::{Random, Site, seed, size, until};
use writer::{Moment, Writer};

/// Kills of one run over one log; more kills are more runs.
const KILLS_OF_A_RUN: usize = 25;

#[test]
fn killed_at_random_moments_it_counts_what_an_uninterrupted_run_counts() {
    let mut random = Random(seed(1));
    let mut left = size("BREACHD_KILLS", 50);
    while left > 0 {
        let kills = left.min(KILLS_OF_A_RUN);
        left -= kills;
        let (killed, whole) = (site(), site());
        let mut uninterrupted = whole.watch(&[]);
        let mut writer = Writer::new(&[&killed, &whole], shape(kills), Random(random.next()));
        let moments = [Moment::BeforeSubject, Moment::BeforeStatus, Moment::Anywhere];
        let plan = Plan { kills, is_aimed: false, moments: &moments, environment: &[] };
        let compressed = kill(&killed, &mut writer, &plan);
        assert!(
            compressed > 0 || kills < KILLS_OF_A_RUN,
            "no rotated file was compressed between kill and restart"
        );
        settle(&killed, &mut writer);
        assert_eq!(uninterrupted.stop(), Some(0), "{}", uninterrupted.words());
        whole.ok(&["watch", "--once"]);
        agree(&killed, &whole, &writer);
    }
}

/// A site that also reads what was rotated before it was first started.
fn site() -> Site {
    Site::with(&[("mail.log", "start = \"all\"")], "transport = \"none\"", "")
}

/// Enough messages that the log does not end before the last kill.
fn shape(kills: usize) -> Shape {
    Shape { messages: 8 * kills + 20, concurrent: 6, every: 2, actors: 7 }
}

/// How a daemon is killed.
struct Plan<'p> {
    kills: usize,
    /// Strikes as soon as the offset behind the last line is in the store.
    is_aimed: bool,
    moments: &'p [Moment],
    environment: &'p [(&'p str, &'p str)],
}

impl Plan<'_> {
    fn wait(&self, site: &Site, writer: &mut Writer) {
        let most = if self.is_aimed {
            until(Duration::from_secs(5), || site.lines_read() >= writer.written);
            10
        } else {
            30
        };
        std::thread::sleep(Duration::from_millis(writer.random.below(most + 1) as u64));
    }
}

/// Kills the daemon again and again while the log grows and rotates. Returns how many rotated files were compressed
/// between a kill and a restart.
fn kill(site: &Site, writer: &mut Writer, plan: &Plan<'_>) -> usize {
    let mut compressed = 0;
    for n in 1..=plan.kills {
        let moment = plan.moments[n % plan.moments.len()];
        let is_early = writer.random.below(8) == 0;
        let mut daemon = if is_early { site.start(plan.environment) } else { site.watch(plan.environment) };
        for _ in 0..writer.random.below(8) {
            writer.step();
        }
        while !writer.is_at(moment) {
            assert!(!writer.is_done(), "the log is too short for {} kills", plan.kills);
            writer.step();
        }
        plan.wait(site, writer);
        assert!(daemon.is_running(), "it ended by itself:\n{}", daemon.words());
        daemon.kill();
        let (open, written) = (writer.open(), writer.written);
        assert!(open > 0, "a kill without open ids does not count");
        let while_down = change_while_down(writer);
        compressed += usize::from(while_down.ends_with("compressed"));
        println!("kill {n}, {moment:?}: {open} ids open, {written} lines written{while_down}");
    }
    compressed
}

/// What happens to the log before the daemon is back: nothing, one rotation or two, the half-read file compressed.
fn change_while_down(writer: &mut Writer) -> &'static str {
    match writer.random.below(6) {
        0 => {
            writer.rotate();
            ", rotated while down"
        }
        1 => {
            writer.rotate();
            writer.step();
            writer.rotate();
            ", rotated twice while down"
        }
        2 | 3 => {
            writer.rotate();
            writer.compress();
            ", rotated while down and compressed"
        }
        _ => "",
    }
}
