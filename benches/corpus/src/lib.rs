//! Logs like those of a real site, from a seed: mail, web and audit lines in a mix, with the digit noise that real logs
//! are full of, and with synthetic personal data in none, one of a thousand or one of five events. What was planted is
//! told line by line, so that recall can be counted.
//!
//! An event is a life of a message through Postfix (nine lines or so), a request or an audit line. The shares of a mix
//! are shares of lines. The same settings give the same bytes for ever: the generator of random numbers is part of
//! this package, and nothing here depends on the machine, the time or another package.
//!
//! Nothing is real: see `value`.

#![allow(clippy::missing_panics_doc)]

mod big5;
mod clock;
mod encode;
mod json;
mod mail;
mod noise;
mod plant;
mod random;
mod text;
mod value;
mod web;

use std::io::{self, Write};

pub use plant::Planted;
pub use random::Random;
pub use value::Kind;

use clock::Clock;
use mail::Message;
use plant::Secret;

/// Messages that are on their way at the same time.
const MESSAGES: usize = 24;

/// Bytes that are written at once.
const CHUNK_BYTES: usize = 1 << 20;

/// Lines of mail, web and JSON of a hundred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mix {
    /// Lines of Postfix.
    pub mail: u8,
    /// Lines of web servers.
    pub web: u8,
    /// Lines of an application.
    pub json: u8,
}

impl Mix {
    /// The three mixes in which speed is stated.
    pub const ALL: [Self; 3] = [
        Self { mail: 60, web: 30, json: 10 },
        Self { mail: 90, web: 5, json: 5 },
        Self { mail: 10, web: 80, json: 10 },
    ];

    /// `60/30/10`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('/').map(|part| part.parse::<u8>().ok());
        let mix = Self { mail: parts.next()??, web: parts.next()??, json: parts.next()?? };
        let sum = u32::from(mix.mail) + u32::from(mix.web) + u32::from(mix.json);
        (sum == 100 && parts.next().is_none()).then_some(mix)
    }
}

/// In how many events there is personal data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Density {
    /// In none.
    Clean,
    /// In one of a thousand.
    Sparse,
    /// In one of five.
    Dense,
}

impl Density {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Clean, Self::Sparse, Self::Dense];

    /// By its name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|density| density.name() == text)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Sparse => "sparse",
            Self::Dense => "dense",
        }
    }

    fn hits(self, random: &mut Random) -> bool {
        match self {
            Self::Clean => false,
            Self::Sparse => random.one_in(1000),
            Self::Dense => random.one_in(5),
        }
    }
}

/// A log that goes on for ever.
pub struct Corpus {
    random: Random,
    clock: Clock,
    mix: Mix,
    density: Density,
    messages: Vec<Message>,
}

impl Corpus {
    /// The log of these settings.
    pub fn new(mix: Mix, density: Density, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let messages = (0..MESSAGES).map(|_| message(density, &mut random)).collect();
        Self { random, clock: Clock::new(), mix, density, messages }
    }

    /// Appends the next line with its line feed, and says what is in it.
    pub fn line(&mut self, line: &mut Vec<u8>, planted: &mut Vec<Planted>) {
        self.clock.go_on(&mut self.random);
        let Self { random, clock, mix, density, messages } = self;
        let share = random.below(100);
        if share < u64::from(mix.mail) {
            let nth = random.below(MESSAGES as u64) as usize;
            if !messages[nth].line(clock, random, line, planted) {
                messages[nth] = message(*density, random);
            }
        } else {
            let secret = density.hits(random).then(|| Secret::any(random).with_name(random));
            if share < u64::from(mix.mail) + u64::from(mix.web) {
                web::line(clock, random, secret, line, planted);
            } else {
                json::line(clock, random, secret, line, planted);
            }
        }
        line.push(b'\n');
    }
}

fn message(density: Density, random: &mut Random) -> Message {
    let secret = density.hits(random).then(|| Secret::any(random).with_name(random));
    Message::new(random, secret)
}

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Bytes.
    pub bytes: u64,
    /// Lines.
    pub lines: u64,
    /// Values that were planted.
    pub planted: u64,
}

/// Writes whole lines until there are `size` bytes or, by less than a line, more. Each value is told with the number
/// of its line, from 1.
pub fn write(
    mut corpus: Corpus,
    size: u64,
    out: &mut dyn Write,
    told: &mut dyn FnMut(u64, &Planted) -> io::Result<()>,
) -> io::Result<Totals> {
    let (mut totals, mut chunk, mut planted) =
        (Totals::default(), Vec::with_capacity(CHUNK_BYTES + 4096), Vec::new());
    while totals.bytes < size {
        let before = chunk.len();
        corpus.line(&mut chunk, &mut planted);
        totals.bytes += (chunk.len() - before) as u64;
        totals.lines += 1;
        totals.planted += planted.len() as u64;
        for value in planted.drain(..) {
            told(totals.lines, &value)?;
        }
        if chunk.len() >= CHUNK_BYTES {
            out.write_all(&chunk)?;
            chunk.clear();
        }
    }
    out.write_all(&chunk)?;
    out.flush()?;
    Ok(totals)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FNV-1a of the beginning of a log, and how many values are planted in it.
    fn print(mix: Mix, density: Density, seed: u64) -> (u64, usize) {
        let (mut corpus, mut log, mut planted) = (Corpus::new(mix, density, seed), Vec::new(), Vec::new());
        while log.len() < 200_000 {
            corpus.line(&mut log, &mut planted);
        }
        let print = log.iter().fold(0xcbf2_9ce4_8422_2325, |print, byte| {
            (print ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
        (print, planted.len())
    }

    #[test]
    fn the_same_settings_give_the_same_bytes() {
        // Other figures are another version.
        assert_eq!(env!("CARGO_PKG_VERSION"), "2.0.0");
        assert_eq!(print(Mix::ALL[0], Density::Clean, 1), (0xdb99_dc8a_cdb9_3d66, 0));
        assert_eq!(print(Mix::ALL[1], Density::Sparse, 2), (0xc40e_ba79_4b9e_77db, 0));
        assert_eq!(print(Mix::ALL[2], Density::Dense, 3), (0x958c_4540_7f46_740a, 146));
        assert_ne!(print(Mix::ALL[2], Density::Dense, 4), print(Mix::ALL[2], Density::Dense, 3));
    }

    #[test]
    fn a_log_ends_with_the_line_that_reaches_its_size() {
        for size in [0, 1, 100_000, 3_000_000] {
            let (mut log, mut told) = (Vec::new(), 0);
            let corpus = Corpus::new(Mix::ALL[0], Density::Dense, 5);
            let totals = write(corpus, size, &mut log, &mut |line, _| {
                told += 1;
                assert!(line > 0);
                Ok(())
            })
            .expect("a vector takes everything");
            let last = log.split_inclusive(|byte| *byte == b'\n').next_back().map_or(0, <[u8]>::len);
            assert!(log.len() as u64 >= size && (log.len() - last) as u64 <= size);
            let lines = log.iter().filter(|byte| **byte == b'\n').count() as u64;
            assert_eq!(totals, Totals { bytes: log.len() as u64, lines, planted: told });
        }
    }

    #[test]
    fn mixes_are_shares_of_a_hundred() {
        assert_eq!(Mix::parse("60/30/10"), Some(Mix::ALL[0]));
        for none in ["60/30/11", "60/40", "60/30/5/5", "a/b/c", ""] {
            assert_eq!(Mix::parse(none), None);
        }
    }
}
