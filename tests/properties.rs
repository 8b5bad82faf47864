//! What must always hold: the same bytes make the same incidents, in any chunking, order and number of passes.

mod support;

use std::collections::BTreeSet;
use std::path::Path;

use breachd::batch::{Batch, Fact};
use breachd::config::{Packs, Settings};
use breachd::format::Format;
use breachd::incident::{Core, Org, Rules};
use breachd::line::{Block, Origin, SourceId};
use breachd::moment::Tz;
use breachd::scan::Scanner;
use breachd::store::{Store, read_key};
use serde_json::Value;
use support::postfix::{Shape, log};
use support::story::{TUESDAY, access, postfix};
use support::{KEY, Random, Site, holds, national_id, seed, size};

/// Two logs: mail of several senders with hand-written corners, and downloads of two people.
fn logs(random: &mut Random) -> [(&'static str, String); 2] {
    let shape = Shape { messages: 40, concurrent: 6, every: 3, actors: 4 };
    let mut mail: String = log(shape, random).into_iter().map(|line| line.text).collect();
    let (one, two, three) = (national_id(501), national_id(502), national_id(503));
    let shown: Vec<String> = (0..25).map(|n| format!("citizen{n:02}@example.org")).collect();
    let cut = shown.join(", ");
    let sent: Vec<String> = shown.iter().map(|to| format!("22m12s ABCDE6 sent {to}\n")).collect();
    let sent = sent.concat();
    // After the others: a content filter, a queue id used again, refused mail, a forwarder, too many addressees, a
    // message that waits.
    mail.push_str(&postfix(
        "2026-11-17T01:00:00Z",
        &format!(
            "0 ABCDE1 client
             1s ABCDE1 subject 名冊 {one}
             2s ABCDE1 from wang@agency.gov.tw
             3s ABCDE2 client localhost[127.0.0.1], orig_queue_id=ABCDE1, orig_client=pc[10.1.2.3]
             4s ABCDE2 from wang@agency.gov.tw
             5s ABCDE1 sent out@example.com queued as ABCDE2
             6s ABCDE1 removed
             7s ABCDE2 sent out@example.com
             8s ABCDE2 removed
             20m ABCDE1 client pc[10.1.2.4], sasl_method=PLAIN, sasl_username=chen@agency.gov.tw
             20m1s ABCDE1 subject 名冊 {two}
             20m2s ABCDE1 bounced out@example.com
             21m log smtpd NOQUEUE: reject: RCPT from x.example[198.51.100.7]: 554 5.7.1 <{three}@agency.gov.tw>: Relay access denied; from=<a@x.example> to=<{three}@agency.gov.tw> proto=ESMTP helo=<x.example>
             22m ABCDE3 client mx.x.example[198.51.100.7]
             22m1s ABCDE3 subject 申請 {three}
             22m2s ABCDE3 from citizen@x.example
             22m3s ABCDE3 sent home@example.com orig_to=<lin@agency.gov.tw>
             22m10s ABCDE6 client pc[10.1.2.6], sasl_method=PLAIN, sasl_username=ho@agency.gov.tw
             22m11s ABCDE6 cc {cut}
             22m11s ABCDE6 to a@x.tw, b@agency.gov.tw, c@x.tw
             {sent}
             22m13s ABCDE6 removed
             23m ABCDE4 client
             23m1s ABCDE4 subject 名冊 {two}
             23m2s ABCDE4 deferred slow@example.com
             50m log smtpd connect from a[192.0.2.1]"
        ),
    ));
    let web = (0..30).map(|n| {
        let user = ["chen", "-", "lin"][n % 3];
        let status = [200, 200, 401][random.below(3)];
        format!("{n}m 203.0.113.{n} {user} {status} GET /export?id={}\n", national_id(600 + random.below(12)))
    });
    [("mail.log", mail), ("access.log", access(TUESDAY, &web.collect::<String>()))]
}

/// The shipped packs under the key of the tests, and rules of an organisation with networks.
fn engine() -> (Scanner, Rules) {
    let packs = Packs::shipped().expect("the shipped packs are sound");
    let networks = vec![("10.0.0.0".parse().expect("an address"), 8)];
    let org = Org { domains: vec!["agency.gov.tw".to_owned()], networks, zone: Tz::Asia__Taipei };
    let policies = packs.active(&Settings::default().policy);
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::write(dir.path().join("key"), KEY).expect("a key");
    let keys = read_key(&dir.path().join("key")).expect("a key");
    let scanner = Scanner::new(packs.engine, keys, Tz::Asia__Taipei).with_addressees(20);
    (scanner, Rules::new(org, policies))
}

/// A log, cut at line ends.
struct Cut<'l> {
    origin: Origin,
    format: Format,
    text: &'l str,
    /// Byte offsets at which blocks begin, and the end.
    marks: Vec<usize>,
}

impl<'l> Cut<'l> {
    fn new(name: &str, text: &'l str, blocks: usize, random: &mut Random) -> Self {
        let ends: Vec<usize> = text.match_indices('\n').map(|(at, _)| at + 1).collect();
        let mut marks = BTreeSet::from([0, text.len()]);
        marks.extend((1..blocks).map(|_| ends[random.below(ends.len())]));
        let origin = Origin { source: SourceId::new(name), path: name.into(), modified: 1_795_000_000 };
        let format = if name == "mail.log" { Format::Syslog } else { Format::Clf };
        Self { origin, format, text, marks: marks.into_iter().collect() }
    }

    fn blocks(&self) -> impl Iterator<Item = Block<'_>> {
        self.marks.windows(2).map(|range| {
            let line = 1 + self.text[..range[0]].matches('\n').count() as u64;
            Block::new(&self.text.as_bytes()[range[0]..range[1]], &self.origin, range[0] as u64, line)
        })
    }
}

/// Batches of facts: those of the hits of every block, and those of the threads that they name, block by block, until no
/// new thread is named.
fn batches(scanner: &Scanner, cuts: &[Cut<'_>]) -> Vec<Batch> {
    let mut batches = Vec::new();
    let mut names: BTreeSet<Box<str>> = BTreeSet::new();
    for (cut, block) in cuts.iter().flat_map(|cut| cut.blocks().map(move |block| (cut, block))) {
        let said = scanner.hits(cut.format, &block);
        names.extend(said.threads.into_iter().map(|(thread, _)| thread.name));
        let mut batch = Batch::new(scanner.keys().id());
        batch.facts = said.facts;
        batch
            .clocks
            .extend(scanner.clock(cut.format, &block).map(|clock| (cut.origin.source.clone(), clock)));
        batches.push(batch);
    }
    let mut known = BTreeSet::new();
    while let Some(wanted) = Some(&names - &known).filter(|wanted| !wanted.is_empty()) {
        for (cut, block) in cuts.iter().flat_map(|cut| cut.blocks().map(move |block| (cut, block))) {
            let said = scanner.of_threads(cut.format, &block, &|name| wanted.contains(name));
            names.extend(said.threads.into_iter().map(|(thread, _)| thread.name));
            let mut batch = Batch::new(scanner.keys().id());
            batch.facts = said.facts;
            batches.push(batch);
        }
        known.extend(wanted);
    }
    batches
}

/// The cores of everything that a store knows after these batches: of chains that open, and of those that do not.
fn cores(scanner: &Scanner, rules: &Rules, batches: &[Batch]) -> (Vec<Core>, Vec<Core>) {
    let dir = tempfile::tempdir().expect("a folder");
    let mut store = Store::open(dir.path(), scanner.keys().id()).expect("a store");
    for batch in batches {
        store.apply(batch, rules, 0, false).expect("batches of facts never conflict");
    }
    let all = store.list().expect("a store").into_iter().map(|listed| listed.draft.core.bare());
    (store.cores().expect("a store"), all.collect())
}

/// Compares cores and shows the first that differ.
fn same(found: &(Vec<Core>, Vec<Core>), expected: &(Vec<Core>, Vec<Core>), what: &str) {
    for (found, expected) in [(&found.1, &expected.1), (&found.0, &expected.0)] {
        for (found, expected) in found.iter().zip(expected) {
            assert_eq!(found, expected, "{what}");
        }
        assert_eq!(found.len(), expected.len(), "{what}: as many chains");
    }
}

fn shuffle<T>(list: &mut [T], random: &mut Random) {
    for at in (1..list.len()).rev() {
        list.swap(at, random.below(at + 1));
    }
}

/// One pass over uncut logs.
fn whole(scanner: &Scanner, rules: &Rules, logs: &[(&str, String)]) -> (Vec<Core>, Vec<Core>) {
    let mut random = Random(0);
    let cuts: Vec<Cut<'_>> = logs.iter().map(|(name, text)| Cut::new(name, text, 1, &mut random)).collect();
    let cores = cores(scanner, rules, &batches(scanner, &cuts));
    assert!(cores.0.len() >= 8 && cores.1.len() > cores.0.len(), "{} and {}", cores.0.len(), cores.1.len());
    cores
}

#[test]
fn any_chunking_order_and_repetition_of_blocks_gives_the_same_cores() {
    let mut random = Random(seed(2));
    let (scanner, rules) = engine();
    let logs = logs(&mut random);
    let expected = whole(&scanner, &rules, &logs);
    for round in 0..size("BREACHD_SPLITS", 40) {
        let blocks = 1 + random.below([3, 12, 60][round % 3]);
        let cuts: Vec<Cut<'_>> =
            logs.iter().map(|(name, text)| Cut::new(name, text, blocks, &mut random)).collect();
        let mut batches = batches(&scanner, &cuts);
        let again: Vec<Batch> =
            (0..random.below(4)).map(|_| batches[random.below(batches.len())].clone()).collect();
        batches.extend(again);
        if round % 4 > 0 {
            shuffle(&mut batches, &mut random);
        }
        let found = cores(&scanner, &rules, &batches);
        same(&found, &expected, &format!("round {round}, {blocks} blocks"));
    }
}

#[test]
fn facts_in_any_order_and_any_batches_give_the_same_cores() {
    let mut random = Random(seed(3));
    let (scanner, rules) = engine();
    let logs = logs(&mut random);
    let expected = whole(&scanner, &rules, &logs);
    let cuts: Vec<Cut<'_>> = logs.iter().map(|(name, text)| Cut::new(name, text, 1, &mut random)).collect();
    let whole = batches(&scanner, &cuts);
    let facts: Vec<Fact> = whole.iter().flat_map(|batch| batch.facts.clone()).collect();
    for round in 0..size("BREACHD_ORDERS", 10) {
        let mut facts = facts.clone();
        let again: Vec<Fact> =
            (0..facts.len() / 10).map(|_| facts[random.below(facts.len())].clone()).collect();
        facts.extend(again);
        shuffle(&mut facts, &mut random);
        let each = [1, 7, 40, facts.len()][round % 4];
        let mut batches: Vec<Batch> = facts
            .chunks(each)
            .map(|facts| Batch { facts: facts.to_vec(), ..Batch::new(scanner.keys().id()) })
            .collect();
        let clocks = whole.iter().flat_map(|batch| batch.clocks.clone()).collect();
        let at = random.below(batches.len() + 1);
        batches.insert(at, Batch { clocks, ..Batch::new(scanner.keys().id()) });
        same(&cores(&scanner, &rules, &batches), &expected, &format!("round {round}, {each} facts a batch"));
    }
}

/// Feeds the logs in pieces; after each `watch --once`. Whether lines are cut is the caller's choice.
fn fed(logs: &[(&str, String)], pieces: usize, cuts_lines: bool, random: &mut Random) -> (Site, Value) {
    let site = Site::with(&[("mail.log", ""), ("access.log", "")], "transport = \"none\"", "");
    let marks: Vec<Vec<usize>> = logs
        .iter()
        .map(|(_, text)| {
            let mut marks: Vec<usize> = (1..pieces).map(|_| random.below(text.len())).collect();
            for mark in marks.iter_mut().filter(|_| !cuts_lines) {
                *mark =
                    text.as_bytes()[..*mark].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            }
            marks.sort_unstable();
            marks.push(text.len());
            marks
        })
        .collect();
    for piece in 0..pieces {
        for ((name, text), marks) in logs.iter().zip(&marks) {
            append(
                &site.log(name),
                &text.as_bytes()[if piece == 0 { 0 } else { marks[piece - 1] }..marks[piece]],
            );
        }
        site.ok(&["watch", "--once"]);
    }
    let cores = site.cores();
    (site, cores)
}

fn append(path: &Path, bytes: &[u8]) {
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path).expect("a log");
    std::io::Write::write_all(&mut file, bytes).expect("a log");
}

fn check_fed(rounds: usize, cuts_lines: bool, random: &mut Random) {
    let logs = logs(random);
    for round in 0..rounds {
        let pieces = 2 + random.below(7);
        let (site, cores) = fed(&logs, pieces, cuts_lines, random);
        assert!(cores.as_array().expect("a list").len() >= 7, "{cores:#}");
        let replayed = site.replayed(&[site.log("mail.log"), site.log("access.log")]);
        let difference = holds(&cores, &replayed, "incidents").err();
        assert_eq!(difference, None, "round {round}, {pieces} pieces");
    }
}

#[test]
fn a_watch_fed_in_pieces_comes_to_what_a_replay_does() {
    check_fed(size("BREACHD_FEEDS", 5), false, &mut Random(seed(4)));
}

#[test]
fn a_watch_that_sees_half_a_line_comes_to_what_a_replay_does() {
    check_fed(size("BREACHD_FEEDS", 5), true, &mut Random(seed(5)));
}
