//! The texts, and what reads them.

use breachd::detect::Engine;
use breachd::format::{Format, Formats};
use breachd::line::{Block, Origin, SourceId};
use breachd::mask::Keys;
use breachd::moment::Tz;
use breachd::scan::Scanner;
use breachd_corpus::{Corpus, Density, Mix};

/// What a log is, by the lines in it. One of each kind, because a file is of one format.
pub(crate) const LOGS: [(&str, Mix, Format); 3] = [
    ("mail", Mix { mail: 100, web: 0, json: 0 }, Format::Syslog),
    ("web", Mix { mail: 0, web: 100, json: 0 }, Format::Clf),
    ("mixed", Mix::ALL[0], Format::Plain),
];

const SEED: u64 = 1;

/// As much as the program reads at once; as a test, only enough to reach everything.
pub(crate) fn block_bytes() -> usize {
    if std::env::args().any(|argument| argument == "--bench") { 1 << 20 } else { 16 << 10 }
}

/// Whole lines, `bytes` of them or a little more.
pub(crate) fn log(mix: Mix, density: Density, bytes: usize) -> Vec<u8> {
    let (mut corpus, mut text) = (Corpus::new(mix, density, SEED), Vec::with_capacity(bytes + 4096));
    while text.len() < bytes {
        corpus.line(&mut text, &mut Vec::new());
    }
    text
}

pub(crate) fn engine() -> Engine {
    Engine::shipped().expect("the shipped packs prove themselves")
}

pub(crate) fn keys() -> Keys {
    Keys::new(&[7; 32])
}

/// As `scan` builds it.
pub(crate) fn scanner() -> Scanner {
    Scanner::new(engine(), keys(), Tz::Asia__Taipei).with_formats(Formats::shipped())
}

pub(crate) fn origin() -> Origin {
    Origin { source: SourceId::new("log"), path: "log".into(), modified: 1_795_000_000 }
}

pub(crate) fn block<'b>(text: &'b [u8], origin: &'b Origin) -> Block<'b> {
    Block::new(text, origin, 0, 1)
}
