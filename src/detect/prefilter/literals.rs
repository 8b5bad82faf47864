//! Literals in one pass: words and paths that make a line worth looking at.
//!
//! Each is found by its print, three bytes of its first word that are rare in logs. A shift of two tables of 16 asks
//! for all prints at once at every byte (as Teddy does, of Hyperscan and of the `aho-corasick` crate, which knows
//! neither case nor tables of one's own); what they let through is compared. Case does not matter, and a blank stands
//! for anything that parts words, or for nothing: `account no` is found in `accountNo`, `account_no`, `Account　No`.

use super::classes::product;

/// Bytes of a print.
const PRINT: usize = 3;

/// Bytes that may stand for a blank: an ideographic space has three.
const BLANK_BYTES_MAX: usize = 3;

/// Where a print begins at the first byte, as sets of eight buckets.
#[derive(Clone)]
pub(in crate::detect) struct Prints {
    /// For each byte of a print the buckets that have such bytes.
    pub(in crate::detect) tables: [[u8; 256]; PRINT],
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
        Self { tables, low, high }
    }

    /// Whether a literal may have its print there.
    #[inline]
    pub(super) fn may_begin(&self, first: u8, second: u8, third: u8) -> bool {
        let [one, two, three] = &self.tables;
        one[first as usize] & two[second as usize] & three[third as usize] != 0
    }

    /// How many of a thousand bytes of a log are let through, roughly, by the halves of bytes.
    fn let_through(&self) -> f32 {
        let share = |at: usize| {
            let product = product(&self.low[at], &self.high[at]);
            (0..=255).filter(|byte| product[usize::from(*byte)] != 0).map(share).sum::<f32>()
        };
        (0..PRINT).map(share).product()
    }
}

/// Three bytes in lower case; of a shorter literal what follows it is anything.
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
    /// It is a word, and something that is not ASCII follows soon: what a name of a person begins with.
    Name,
}

/// How far behind a word for a name the name begins, in bytes: between them stand a quote, a colon and a bracket.
const NAME_GAP_MAX: usize = 20;

/// Hashes that are told apart.
const HASHES: usize = 1 << 14;

/// Literals that are looked for together.
#[derive(Clone)]
pub(in crate::detect) struct Literals {
    all: Vec<Literal>,
    prints: Prints,
    /// Which hashes whole prints have: nearly all that is asked for is none.
    hashes: [u64; HASHES / 64],
    /// By the hash of a whole print one more than the place in `index` of the first literal with it, and 0 for none.
    table: Vec<u32>,
    /// Whole prints in order, folded, with the number of the literal and the place of the print in it.
    index: Vec<([u8; PRINT], usize, usize)>,
    /// Literals whose first word is shorter than a print: which bits of a folded print are asked, what they are, and the
    /// literal's number; in the order of their first bytes, and where those with each folded byte begin.
    short: Vec<(u32, u32, usize)>,
    starts: [u16; 256 + 1],
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
        let print = |(nth, literal): (usize, &Literal)| {
            let at = rarest(&literal.bytes);
            let print: Print = std::array::from_fn(|byte| first_word(&literal.bytes).get(at + byte).copied());
            (print, nth, at)
        };
        let placed: Vec<(Print, usize, usize)> = all.iter().enumerate().map(print).collect();
        let mut distinct: Vec<Print> = placed.iter().map(|(print, ..)| *print).collect();
        distinct.sort_unstable();
        distinct.dedup();
        let whole = |print: &Print| match *print {
            [Some(one), Some(two), Some(three)] => Some(folded([one, two, three])),
            _ => None,
        };
        let mut index: Vec<_> =
            placed.iter().filter_map(|(print, nth, at)| Some((whole(print)?, *nth, *at))).collect();
        index.sort_unstable();
        let short = placed.iter().filter(|(print, ..)| whole(print).is_none());
        let short = short.map(|(print, nth, _)| {
            let asked = number(print.map(|byte| if byte.is_some() { 0xff } else { 0 }));
            (asked, number(folded(print.map(Option::unwrap_or_default))) & asked, *nth)
        });
        let mut short: Vec<_> = short.collect();
        short.sort_by_key(|(_, known, _)| known & 0xff);
        let starts = std::array::from_fn(|first| {
            short.partition_point(|(_, known, _)| ((known & 0xff) as usize) < first) as u16
        });
        let table = vec![0; (4 * distinct.len()).next_power_of_two().max(16)];
        let mut hashes = [0; HASHES / 64];
        for hash in index.iter().map(|(print, ..)| hash(number(*print))) {
            hashes[hash / 64] |= 1 << (hash % 64);
        }
        let prints = Prints::of(&bucketed(&distinct));
        let mut literals = Self { all, prints, hashes, table, index, short, starts };
        for nth in (0..literals.index.len()).rev() {
            let slot = literals.slot_of(literals.index[nth].0);
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

    /// Whether a literal has its print at `at`.
    #[inline]
    pub(super) fn stands_at(&self, bytes: &[u8], at: usize) -> bool {
        // A print and the byte behind it in one load; at the end of a text nothing is asked before.
        let may_be = |four: &[u8; 4]| {
            let print = (u32::from_le_bytes(*four) | CASE) & PRINT_BYTES;
            let hash = hash(print);
            let is_short = |&(asked, known, _): &(u32, u32, usize)| print & asked == known;
            self.hashes[hash / 64] >> (hash % 64) & 1 == 1 || self.short_of(four[0]).iter().any(is_short)
        };
        bytes[at..].first_chunk().is_none_or(may_be) && self.is_at(bytes, at)
    }

    /// The literals with a short print that begins with a byte, whatever its case.
    #[inline]
    fn short_of(&self, first: u8) -> &[(u32, u32, usize)] {
        let first = usize::from(first | 0x20);
        // One that begins with a blank has no print, and may begin with anything.
        if self.starts[1] > 0 {
            return &self.short;
        }
        &self.short[usize::from(self.starts[first])..usize::from(self.starts[first + 1])]
    }

    /// The same, where it is likely.
    fn is_at(&self, bytes: &[u8], at: usize) -> bool {
        let is_there = |nth: usize, place: usize| {
            at.checked_sub(place).is_some_and(|start| self.all[nth].is_at(bytes, start))
        };
        let rest = &bytes[at..];
        let print = folded(std::array::from_fn(|nth| rest.get(nth).copied().unwrap_or_default()));
        let first = self.table[self.slot_of(print)] as usize;
        let whole = first > 0 && {
            let mut same = self.index[first - 1..].iter().take_while(|(known, ..)| *known == print);
            same.any(|&(_, nth, place)| is_there(nth, place))
        };
        let print = number(print);
        whole
            || self
                .short_of(bytes[at])
                .iter()
                .any(|&(asked, known, nth)| print & asked == known && is_there(nth, 0))
    }

    /// Where a print stands in the table, or would.
    fn slot_of(&self, print: [u8; PRINT]) -> usize {
        let mut slot = hash(number(print));
        loop {
            slot &= self.table.len() - 1;
            match self.table[slot] {
                0 => return slot,
                first if self.index[first as usize - 1].0 == print => return slot,
                _ => slot += 1,
            }
        }
    }
}

/// The hash of a folded print in one number.
fn hash(print: u32) -> usize {
    (print.wrapping_mul(0x9e37_79b1) >> (u32::BITS - HASHES.ilog2())) as usize
}

/// What makes four bytes of a text a folded print in one number.
const CASE: u32 = 0x2020_2020;
const PRINT_BYTES: u32 = 0x00ff_ffff;

/// A print in one number.
fn number([one, two, three]: [u8; PRINT]) -> u32 {
    u32::from_le_bytes([one, two, three, 0])
}

/// What is the same of prints that differ in case; of a few others too.
fn folded(print: [u8; PRINT]) -> [u8; PRINT] {
    print.map(|byte| byte | 0x20)
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
            Edges::Name => {
                let mut near = bytes[at..].iter().take(NAME_GAP_MAX).take_while(|byte| **byte != b'\n');
                self.is_word(bytes, start, at) && near.any(|byte| !byte.is_ascii())
            }
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
/// Big5.
fn begins_word(bytes: &[u8], start: usize) -> bool {
    let before = start.checked_sub(1).map(|before| bytes[before]);
    let is_half = || start >= 2 && !bytes[start - 2].is_ascii();
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
    let share = |at: &usize| word[*at..*at + PRINT].iter().map(|byte| share(*byte)).product::<f32>();
    let places = if literal.is_ascii() { word.len().saturating_sub(PRINT - 1) } else { 0 };
    (0..places).min_by(|one, other| share(one).total_cmp(&share(other))).unwrap_or(0)
}

/// How many of a thousand bytes of a log are this one, roughly: counted over the logs of mail and web servers that the
/// tests have.
fn share(byte: u8) -> f32 {
    const LETTERS: [f32; 26] = [
        28.0, 7.0, 20.0, 15.0, 40.0, 10.0, 9.0, 10.0, 28.0, 2.0, 6.0, 20.0, 20.0, 25.0, 30.0, 18.0, 1.0,
        28.0, 32.0, 38.0, 9.0, 4.0, 7.0, 7.0, 5.0, 2.0,
    ];
    match byte {
        b'a'..=b'z' => LETTERS[usize::from(byte - b'a')],
        b'A'..=b'Z' => LETTERS[usize::from(byte - b'A')] / 6.0,
        b'0'..=b'9' | b' ' | b'.' | b'/' | b':' | b'-' | b'=' => 25.0,
        b'!'..=b'~' => 5.0,
        0x80.. => 1.0,
        _ => 0.1,
    }
}

/// The buckets of prints. Each print goes where the fewest bytes of a log come to be let through for nothing: a bucket
/// lets through whatever is made of the low and the high halves of its bytes.
fn bucketed(distinct: &[Print]) -> Vec<(Print, u8)> {
    let mut buckets: [Vec<Print>; 8] = Default::default();
    for print in distinct {
        let grown = |bucket: &Vec<Print>| {
            let with: Vec<(Print, u8)> = bucket.iter().chain([print]).map(|print| (*print, 1)).collect();
            let let_through = |prints: &[(Print, u8)]| Prints::of(prints).let_through();
            let_through(&with) - if bucket.is_empty() { 0.0 } else { let_through(&with[..bucket.len()]) }
        };
        let is_ascii = print.iter().flatten().all(u8::is_ascii);
        let own = if is_ascii { 0..ASCII_BUCKETS } else { ASCII_BUCKETS..8 };
        let best = own.min_by(|one, other| grown(&buckets[*one]).total_cmp(&grown(&buckets[*other])));
        buckets[best.unwrap_or(0)].push(*print);
    }
    let numbered = buckets.into_iter().enumerate();
    numbered.flat_map(|(nth, prints)| prints.into_iter().map(move |print| (print, 1 << nth))).collect()
}

/// Buckets for prints in ASCII, which is what nearly all of a log is; the others are never seen in it.
const ASCII_BUCKETS: usize = 6;

#[cfg(test)]
mod tests;
