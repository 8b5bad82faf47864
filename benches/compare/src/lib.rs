//! What the peers share: the patterns, and reading a file in blocks of whole lines into one buffer.

use std::fs::File;
use std::io::{Error, ErrorKind, Read};

/// How much is asked of the kernel at once: within the range in which reading is fastest.
const BLOCK_BYTES: usize = 256 << 10;

/// Kind and expression of each pattern.
#[must_use]
pub fn patterns() -> Vec<(&'static str, String)> {
    include_str!("../patterns.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(' '))
        .map(|(kind, pattern)| (kind, pattern.replace('(', "(?:")))
        .collect()
}

/// The expressions alone, with classes and boundaries of ASCII.
#[must_use]
pub fn expressions() -> Vec<String> {
    patterns().into_iter().map(|(_, pattern)| format!("(?-u:{pattern})")).collect()
}

/// All of them as one expression.
#[must_use]
pub fn alternation() -> String {
    expressions().join("|")
}

/// The file that the command line names last.
///
/// # Errors
///
/// Where none is named.
pub fn file() -> Result<String, Error> {
    std::env::args().skip(1).last().ok_or_else(|| Error::new(ErrorKind::InvalidInput, "name a file"))
}

/// Hands the file over in blocks of whole lines; a line longer than a block makes the buffer grow.
///
/// # Errors
///
/// Where the file cannot be read.
pub fn blocks(path: &str, mut each: impl FnMut(&[u8])) -> Result<(), Error> {
    let mut file = File::open(path)?;
    let mut buffer = vec![0; 2 * BLOCK_BYTES];
    let mut held = 0;
    loop {
        if buffer.len() < held + BLOCK_BYTES {
            buffer.resize(2 * buffer.len(), 0);
        }
        let read = file.read(&mut buffer[held..held + BLOCK_BYTES])?;
        if read == 0 {
            if held > 0 {
                each(&buffer[..held]);
            }
            return Ok(());
        }
        let end = held + read;
        match memchr::memrchr(b'\n', &buffer[held..end]) {
            None => held = end,
            Some(last) => {
                let whole = held + last + 1;
                each(&buffer[..whole]);
                buffer.copy_within(whole..end, 0);
                held = end - whole;
            }
        }
    }
}

/// The lines of a block, without their newline.
pub fn lines(block: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = block;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let line = &rest[..end];
        rest = rest.get(end + 1..).unwrap_or_default();
        Some(line)
    })
}
