//! Literals in one pass: words and paths that make a line worth looking at.
//!
//! Each is found by its print, four bytes of its first word that are rare in logs. A shift of two tables of 16 asks
//! for all prints at once at every byte (as Teddy does, of Hyperscan and of the `aho-corasick` crate, which knows
//! neither case nor tables of one's own); what they let through is compared. Case does not matter, and a blank stands
//! for anything that parts words, or for nothing: `account no` is found in `accountNo`, `account_no`, `Account　No`.

use super::name;

/// Bytes of a print.
pub(in crate::detect) const PRINT: usize = 4;

/// How many of them are hashed: a shorter literal is looked for by its first byte.
const HASHED: usize = 3;

/// Bytes that may stand for a blank: an ideographic space has three.
const BLANK_BYTES_MAX: usize = 3;

/// Where a print begins at the first byte, as sets of eight buckets.
#[derive(Clone)]
pub(in crate::detect) struct Prints {
    /// For each byte of a print the buckets that have such bytes.
    pub(in crate::detect) tables: [[u8; 256]; PRINT],
    /// The same, those of the first byte lowest.
    pub(super) joined: [u32; 256],
    /// The same by the low and by the high half of the byte: together they let through a few bytes more.
    pub(in crate::detect) low: [[u8; 16]; PRINT],
    pub(in crate::detect) high: [[u8; 16]; PRINT],
}

impl Default for Prints {
    fn default() -> Self {
        Self::of(&[])
    }
}

impl Prints {
    fn of(prints: &[(Print, u8)]) -> Self {
        let (mut low, mut high) = ([[0; 16]; PRINT], [[0; 16]; PRINT]);
        let mut tables = [[0; 256]; PRINT];
        for (print, bucket) in prints {
            for (at, byte) in print.iter().enumerate() {
                for byte in cases(*byte) {
                    tables[at][usize::from(byte)] |= bucket;
                    low[at][usize::from(byte & 15)] |= bucket;
                    high[at][usize::from(byte >> 4)] |= bucket;
                }
            }
        }
        let joined = std::array::from_fn(|byte| u32::from_le_bytes(tables.map(|table| table[byte])));
        Self { tables, joined, low, high }
    }
}

/// Bytes in lower case; of a shorter literal what follows it is anything.
type Print = [Option<u8>; PRINT];

/// All bytes that a byte of a print stands for.
fn cases(byte: Option<u8>) -> impl Iterator<Item = u8> {
    let all = byte.is_none().then_some(0..=255).into_iter().flatten();
    let both = byte.into_iter().flat_map(|byte| [byte, byte.to_ascii_uppercase()]);
    all.chain(both)
}

/// A literal, in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Literal {
    pub(super) bytes: Vec<u8>,
    pub(super) edges: Edges,
}

/// What must stand beside a literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Edges {
    /// Anything.
    Any,
    /// It is a word, or one of a key: `template` has no `plate`, `theirPlate2` has.
    Word,
    /// It is a word, and what a name of a person begins with follows soon.
    Name,
}

/// Hashes that are told apart.
const HASHES: usize = 1 << 14;

/// Literals that are looked for together.
#[derive(Clone)]
pub(in crate::detect) struct Literals {
    all: Vec<Literal>,
    longest: usize,
    prints: Prints,
    /// Which hashes whole prints have: nearly all that is asked for is none.
    hashes: [u64; HASHES / 64],
    /// By the hash of a whole print one more than the place in `index` of the first literal with it, and 0 for none.
    table: Vec<u32>,
    /// Literals whose print is hashed, in the order of these bytes.
    index: Vec<Known>,
    /// Literals whose first word is shorter, in the order of their first bytes, and where those with each
    /// folded byte begin.
    short: Vec<Known>,
    starts: [u16; 256 + 1],
}

/// The first word of a literal from its print on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Known {
    /// The bytes of its print that are hashed, folded; of a short one what there is of them.
    print: u32,
    /// Up to eight bytes of it, folded, and which bits these are.
    bytes: u64,
    asked: u64,
    /// The literal's number, and where in it the print stands.
    nth: usize,
    place: usize,
}

impl Known {
    fn of(literal: &Literal, nth: usize) -> Self {
        let place = rarest(&literal.bytes);
        let word = &first_word(&literal.bytes)[place..];
        let (bytes, asked) = (eight(word), !u64::MAX.checked_shl(8 * word.len() as u32).unwrap_or(0));
        let bytes = (bytes | CASE) & asked;
        Self { print: (bytes & HASHED_BYTES) as u32, bytes, asked, nth, place }
    }

    fn is_hashed(&self) -> bool {
        self.asked & HASHED_BYTES == HASHED_BYTES
    }

    /// Whether it may begin with these bytes, folded.
    fn may_be(&self, folded: u64) -> bool {
        folded & self.asked == self.bytes
    }
}

impl Default for Literals {
    fn default() -> Self {
        Self::of([])
    }
}

impl Literals {
    /// These literals, each once, and none that another one stands in; empty ones are left out, because they stand
    /// everywhere.
    pub(super) fn of(literals: impl IntoIterator<Item = Literal>) -> Self {
        let mut all: Vec<Literal> =
            literals.into_iter().filter(|literal| !literal.bytes.is_empty()).collect();
        for literal in &mut all {
            literal.bytes.make_ascii_lowercase();
        }
        all.sort_unstable();
        all.dedup();
        let is_told = |literal: &&Literal| !all.iter().any(|other| other != *literal && other.tells(literal));
        let all: Vec<Literal> = all.iter().filter(is_told).cloned().collect();
        let (mut index, mut short): (Vec<_>, Vec<_>) =
            all.iter().zip(0..).map(|(literal, nth)| Known::of(literal, nth)).partition(Known::is_hashed);
        let print = |known: &Known| -> Print {
            let word = &first_word(&all[known.nth].bytes)[known.place..];
            std::array::from_fn(|at| word.get(at).copied())
        };
        let mut distinct: Vec<Print> = index.iter().chain(&short).map(print).collect();
        distinct.sort_unstable();
        distinct.dedup();
        index.sort_unstable();
        short.sort_by_key(|known| known.print & 0xff);
        let starts = std::array::from_fn(|first| {
            short.partition_point(|known| ((known.print & 0xff) as usize) < first) as u16
        });
        let table = vec![0; (4 * distinct.len()).next_power_of_two().max(16)];
        let mut hashes = [0; HASHES / 64];
        for hash in index.iter().map(|known| hash(known.print)) {
            hashes[hash / 64] |= 1 << (hash % 64);
        }
        let prints = Prints::of(&bucketed(&distinct));
        let longest = all.iter().map(Literal::longest).max().unwrap_or(0);
        let mut literals = Self { all, longest, prints, hashes, table, index, short, starts };
        for nth in (0..literals.index.len()).rev() {
            let slot = literals.slot_of(literals.index[nth].print);
            literals.table[slot] = nth as u32 + 1;
        }
        literals
    }

    /// Words that may stand anywhere.
    #[cfg(test)]
    pub(in crate::detect) fn of_words(words: &[&str]) -> Self {
        Self::of(words.iter().map(|word| Literal { bytes: word.as_bytes().to_vec(), edges: Edges::Any }))
    }

    pub(super) fn all(&self) -> &[Literal] {
        &self.all
    }

    pub(in crate::detect) fn prints(&self) -> &Prints {
        &self.prints
    }

    /// Bytes of the longest one, or characters where it is not ASCII, whatever stands for its blanks.
    pub(super) fn longest(&self) -> usize {
        self.longest
    }

    /// Whether a literal has its print at `at`.
    #[inline]
    pub(super) fn stands_at(&self, bytes: &[u8], at: usize) -> bool {
        let folded = match bytes[at..].first_chunk() {
            Some(eight) => u64::from_le_bytes(*eight),
            None => eight(&bytes[at..]),
        } | CASE;
        let is_there = |known: &Known| {
            known.may_be(folded)
                && at.checked_sub(known.place).is_some_and(|start| self.all[known.nth].is_at(bytes, start))
        };
        let print = (folded & HASHED_BYTES) as u32;
        let hash = hash(print);
        self.hashes[hash / 64] >> (hash % 64) & 1 == 1 && self.with_print(print).any(is_there)
            || self.short_of(bytes[at]).iter().any(is_there)
    }

    /// The literals with a short print that begins with a byte, whatever its case.
    #[inline]
    fn short_of(&self, first: u8) -> &[Known] {
        let first = usize::from(first | 0x20);
        // One that begins with a blank has no print, and may begin with anything.
        if self.starts[1] > 0 {
            return &self.short;
        }
        &self.short[usize::from(self.starts[first])..usize::from(self.starts[first + 1])]
    }

    /// The literals with a print.
    fn with_print(&self, print: u32) -> impl Iterator<Item = &Known> {
        let first = self.table[self.slot_of(print)] as usize;
        let known = first.checked_sub(1).map(|first| &self.index[first..]).unwrap_or_default();
        known.iter().take_while(move |known| known.print == print)
    }

    /// Where a print stands in the table, or would.
    fn slot_of(&self, print: u32) -> usize {
        let mut slot = hash(print);
        loop {
            slot &= self.table.len() - 1;
            match self.table[slot] {
                0 => return slot,
                first if self.index[first as usize - 1].print == print => return slot,
                _ => slot += 1,
            }
        }
    }
}

/// The hash of a folded print.
fn hash(print: u32) -> usize {
    (print.wrapping_mul(0x9e37_79b1) >> (u32::BITS - HASHES.ilog2())) as usize
}

/// What makes the bytes of a text the same that differ in case; a few others too.
const CASE: u64 = 0x2020_2020_2020_2020;
const HASHED_BYTES: u64 = (1 << (8 * HASHED)) - 1;

/// Eight bytes at the front in one number, and zeros beyond the end.
fn eight(bytes: &[u8]) -> u64 {
    let mut eight = [0; 8];
    let len = bytes.len().min(8);
    eight[..len].copy_from_slice(&bytes[..len]);
    u64::from_le_bytes(eight)
}

impl Literal {
    /// Whether wherever `other` stands, this literal stands too.
    fn tells(&self, other: &Self) -> bool {
        let places = 0..=other.bytes.len().saturating_sub(self.bytes.len());
        let ends = |beside: Option<&u8>| beside.map_or(other.edges != Edges::Any, |byte| *byte == b' ');
        let is_word = |at: usize, end: usize| {
            let begins = self.bytes.first().is_some_and(|first| !first.is_ascii())
                || ends(at.checked_sub(1).map(|before| &other.bytes[before]));
            begins && (self.ends_whole() || ends(other.bytes.get(end)))
        };
        let stands = |at: usize| match self.edges {
            Edges::Any => true,
            Edges::Word | Edges::Name => is_word(at, at + self.bytes.len()),
        };
        (self.edges != Edges::Name || other.edges == Edges::Name)
            && self.bytes.len() <= other.bytes.len()
            && places.into_iter().any(|at| other.bytes[at..].starts_with(&self.bytes) && stands(at))
    }

    fn longest(&self) -> usize {
        let blanks = memchr::memchr_iter(b' ', &self.bytes).count();
        let chars = std::str::from_utf8(&self.bytes).map_or(self.bytes.len(), |text| text.chars().count());
        chars + (BLANK_BYTES_MAX - 1) * blanks
    }

    fn is_at(&self, bytes: &[u8], start: usize) -> bool {
        let mut at = start;
        for byte in &self.bytes {
            if *byte == b' ' {
                let is_blank = |byte: &&u8| !byte.is_ascii_alphanumeric() && **byte != b'\n';
                at += bytes[at..].iter().take(BLANK_BYTES_MAX).take_while(is_blank).count();
            } else if bytes.get(at).is_some_and(|found| found.to_ascii_lowercase() == *byte) {
                at += 1;
            } else {
                return false;
            }
        }
        match self.edges {
            Edges::Any => true,
            Edges::Word => self.is_word(bytes, start, at),
            Edges::Name => self.is_word(bytes, start, at) && name::may_follow(&bytes[at..]),
        }
    }

    /// Whether it stands there as a word.
    fn is_word(&self, bytes: &[u8], start: usize, end: usize) -> bool {
        begins_word(bytes, start)
            && (self.ends_whole() || bytes.get(end).is_none_or(|after| is_seam(bytes[end - 1], *after)))
    }

    /// Whether its last character is no letter of ASCII, so that none runs on behind it: the second half of a character
    /// of Big5 only looks like one.
    fn ends_whole(&self) -> bool {
        match self.bytes[..] {
            [.., before, last] => !before.is_ascii() || !last.is_ascii(),
            [last] => !last.is_ascii(),
            [] => true,
        }
    }
}

/// Whether no letter stands before a byte that it goes on from. One that does may be the second half of a character of
/// Big5, or that of `\n`.
fn begins_word(bytes: &[u8], start: usize) -> bool {
    let before = start.checked_sub(1).map(|before| bytes[before]);
    let is_half = || start >= 2 && matches!(bytes[start - 2], b'\\' | 0x80..);
    before.is_none_or(|before| is_seam(before, bytes[start]) || is_half())
}

/// Whether one word may end and another begin between two bytes: not between letters, but where a capital begins
/// another word of a key.
fn is_seam(left: u8, right: u8) -> bool {
    !left.is_ascii_alphabetic()
        || !right.is_ascii_alphabetic()
        || left.is_ascii_lowercase() && right.is_ascii_uppercase()
}

/// What comes before the first blank.
fn first_word(literal: &[u8]) -> &[u8] {
    &literal[..literal.iter().position(|byte| *byte == b' ').unwrap_or(literal.len())]
}

/// Where the rarest print of a literal begins. In UTF-8 it is the first character, so that no print begins within one.
fn rarest(literal: &[u8]) -> usize {
    let word = first_word(literal);
    let len = word.len().min(PRINT);
    let share =
        |at: &usize| word[*at..*at + len].iter().map(|byte| SHARES[usize::from(*byte)]).product::<f32>();
    let places = if literal.is_ascii() && len >= HASHED { word.len() - len + 1 } else { 0 };
    (0..places).min_by(|one, other| share(one).total_cmp(&share(other))).unwrap_or(0)
}

/// How many of a thousand bytes of a log are this one, roughly: counted over the logs of mail and web servers that the
/// tests have.
const fn share(byte: u8) -> f32 {
    const LETTERS: [f32; 26] = [
        28.0, 7.0, 20.0, 15.0, 40.0, 10.0, 9.0, 10.0, 28.0, 2.0, 6.0, 20.0, 20.0, 25.0, 30.0, 18.0, 1.0,
        28.0, 32.0, 38.0, 9.0, 4.0, 7.0, 7.0, 5.0, 2.0,
    ];
    match byte {
        b'a'..=b'z' => LETTERS[(byte - b'a') as usize],
        b'A'..=b'Z' => LETTERS[(byte - b'A') as usize] / 6.0,
        b'0'..=b'9' | b' ' | b'.' | b'/' | b':' | b'-' | b'=' => 25.0,
        b'!'..=b'~' => 5.0,
        0x80.. => 1.0,
        _ => 0.1,
    }
}

const SHARES: [f32; 256] = {
    let mut shares = [0.0; 256];
    let mut byte = 0;
    while byte < 256 {
        shares[byte] = share(byte as u8);
        byte += 1;
    }
    shares
};

/// The buckets of prints. Each print goes where the fewest bytes of a log come to be let through for nothing: a bucket
/// lets through whatever is made of the low and the high halves of its bytes.
fn bucketed(distinct: &[Print]) -> Vec<(Print, u8)> {
    let mut buckets = [Bucket::default(); 8];
    let numbered = distinct.iter().map(|print| {
        let is_ascii = print.iter().flatten().all(u8::is_ascii);
        let own = if is_ascii { 0..ASCII_BUCKETS } else { ASCII_BUCKETS..8 };
        let with = own.map(|nth| (nth, buckets[nth].with(*print)));
        let grown = |(nth, with): &(usize, Bucket)| with.let_through - buckets[*nth].let_through;
        let best = with.min_by(|one, other| grown(one).total_cmp(&grown(other)));
        let (nth, with) = best.expect("there are buckets for all");
        buckets[nth] = with;
        (*print, 1 << nth)
    });
    numbered.collect()
}

/// What a bucket lets through: for each byte of a print sets of its low and its high halves.
#[derive(Clone, Copy, Default)]
struct Bucket {
    halves: [(u16, u16); PRINT],
    /// How many of a thousand bytes of a log begin so, roughly.
    let_through: f32,
}

impl Bucket {
    fn with(mut self, print: Print) -> Self {
        self.let_through = 1.0;
        for ((lows, highs), byte) in self.halves.iter_mut().zip(print) {
            for byte in cases(byte) {
                *lows |= 1 << (byte & 15);
                *highs |= 1 << (byte >> 4);
            }
            let of = |half: u16| (0..16).filter(move |nth| half >> nth & 1 == 1);
            let with = |high: usize| of(*lows).map(|low| SHARES[16 * high + low]).sum::<f32>();
            self.let_through *= of(*highs).map(with).sum::<f32>();
        }
        self
    }
}

/// Buckets for prints in ASCII, which is what nearly all of a log is; the others are never seen in it.
const ASCII_BUCKETS: usize = 6;

#[cfg(test)]
mod tests;
