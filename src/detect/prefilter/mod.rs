//! The first pass over a block: at which bytes may there be anything at all?
//!
//! It splits no lines and decides nothing. It must never be silent where a rule could find something, in any view: a
//! value is seen by its digits, its `@`, its keyword or the mark of an encoding, and a test compares what the program
//! finds with what it finds when every line is read. It is made so that the dates, times, sizes, ids and addresses
//! that every log line is full of are none.
//!
//! Three steps, each asked only where the one before has left something: `classes` (or `simd`) tells the class of each
//! byte, `masks` makes of these the places where a run of digits, a group, a mark or a literal ends, all with a few
//! operations for the 416 bytes of a `stretch`; `number`, `mark`, `address` and `literals` look at the bytes around
//! such a place, and `seen` is what they say.

mod address;
mod candidates;
mod classes;
mod letters;
mod literals;
mod mark;
mod masks;
mod name;
mod number;
mod seen;
mod stretch;

use std::ops::Range;

use encoding_rs::BIG5;

pub use candidates::{Candidate, Candidates, NextLine, Prospect};
pub(super) use classes::{
    AFTER_EQUALS, CHUNK, CLASSES, Classes, Classify, DIGIT, HIGH, LAST_LETTERS, LOOKED_AT, LOW, Portable,
    SEPARATOR, WIDE, WINDOW, WORD,
};
pub(super) use letters::{LETTER_SHIFTS, LETTERS_HIGH, LETTERS_LOW, Letters, RUN};
pub(super) use literals::{Literals, Prints};

pub use seen::Promise;
pub(super) use seen::Sight;

use super::pack::Rule;
use super::pattern::Reach;
use super::shape::Shape;
use super::verdict;
use crate::kind::Kind;
use classes::PADDING;
use literals::{Edges, Literal};
use number::Bare;

/// What is looked for, made of the rules once.
#[derive(Clone, Default)]
pub(super) struct Prefilter {
    /// Literals that make a line a candidate.
    literals: Literals,
    /// Words without which digits alone are nothing.
    names: Literals,
    /// Keys of addresses that are no content, in lower case.
    envelope: Vec<Vec<u8>>,
    /// What digits alone may be beside such a word.
    bare: Vec<Bare>,
    /// Some rule takes any eight digits.
    any_run: bool,
    /// Some rule finds what neither digits, mark nor literal shows.
    every_line: bool,
    kernel: Kernel,
}

/// What is to be seen of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Lines that may hold a finding that is likely or possible.
    Hits,
    /// And numbers that are rejected, of which `scan --all` tells why.
    Rejected,
}

/// The code that looks at every byte, and at the places that it finds.
#[derive(Clone, Copy)]
pub(super) struct Kernel {
    /// [`Prefilter::see`].
    pub(super) see: fn(&Prefilter, &[u8], Range<usize>, Depth, &mut Sight),
    /// [`any_literal`].
    pub(super) any: fn(&[u8], Range<usize>, &Literals) -> bool,
}

impl Kernel {
    /// By one way to tell classes.
    pub(super) fn of<C: Classify>() -> Self {
        Self { see: Prefilter::see::<C>, any: any_literal::<C> }
    }
}

impl Default for Kernel {
    fn default() -> Self {
        super::simd::best()
    }
}

impl Prefilter {
    /// What the rules look for.
    pub(super) fn of(rules: &[Rule]) -> Self {
        let word = |edges| move |word: &String| Literal { bytes: word.clone().into_bytes(), edges };
        let (mut literals, mut names) = (Vec::new(), Vec::new());
        let mut envelope: Vec<Vec<u8>> = Vec::new();
        for rule in rules {
            let said = || rule.keywords.iter().chain(&rule.field_names);
            literals.extend(rule.triggers.iter().map(word(Edges::Any)));
            match rule.shape.shape() {
                Some(Shape::Name) => literals.extend(said().map(|said| {
                    let edges = if said.is_ascii() { Edges::Name } else { Edges::Any };
                    word(edges)(said)
                })),
                Some(shape) if shape.is_led() => literals.extend(said().map(word(Edges::Word))),
                _ if verdict::needs_word(rule.kind) => names.extend(said().map(word(Edges::Word))),
                _ => {}
            }
            if rule.kind == Kind::Email {
                let words =
                    rule.counter_words.iter().filter(|word| word.is_ascii() && !rule.keywords.contains(word));
                envelope.extend(words.map(|word| word.to_ascii_lowercase().into_bytes()));
            }
        }
        Self {
            literals: Literals::of(literals.into_iter().flat_map(in_big5_too)),
            names: Literals::of(names.into_iter().flat_map(in_big5_too)),
            envelope,
            bare: rules.iter().filter_map(|rule| Bare::of(rule.shape.shape()?, rule.validator)).collect(),
            any_run: rules.iter().any(|rule| rule.shape.reach() == Some(&Reach::Digits)),
            every_line: rules.iter().any(Rule::needs_every_line),
            kernel: Kernel::default(),
        }
    }

    /// With more literals. An empty one is left out: it would stand at every byte.
    pub(super) fn with(self, more: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let more = more.into_iter().map(|bytes| Literal { bytes, edges: Edges::Any });
        Self { literals: Literals::of(self.literals.all().iter().cloned().chain(more)), ..self }
    }

    /// With the code for every processor.
    pub(super) fn portable(self) -> Self {
        Self { kernel: Kernel::of::<Portable>(), ..self }
    }

    /// With every line a candidate.
    pub(super) fn of_every_line(self) -> Self {
        Self { every_line: true, ..self }
    }

    /// Whether every line is a candidate.
    pub(super) fn needs_every_line(&self) -> bool {
        self.every_line
    }

    /// Places where something may be found, in the order of their lines.
    pub(super) fn candidates<'b, 'p>(
        &'b self,
        bytes: &'b [u8],
        depth: Depth,
        lines: NextLine<'p>,
    ) -> Candidates<'b, 'p> {
        Candidates::new(self, bytes, depth, lines)
    }

    /// Whether something may be found in a text as it stands, without a look at what its marks hide.
    pub(super) fn may_be_in(&self, text: &[u8], key: &[u8], depth: Depth) -> bool {
        self.promise(text, depth) == Promise::Value
            || self.every_line
            || (self.kernel.any)(key, 0..key.len(), &self.names)
    }
}

/// A literal, and what it is in Big5. Wrapped in an encoding it needs no literal, because the mark of the encoding is
/// a candidate already.
fn in_big5_too(literal: Literal) -> impl Iterator<Item = Literal> {
    let text = String::from_utf8_lossy(&literal.bytes);
    let (big5, _, lossy) = BIG5.encode(&text);
    let big5 =
        (!lossy && !text.is_ascii()).then(|| Literal { bytes: big5.into_owned(), edges: literal.edges });
    [Some(literal), big5].into_iter().flatten()
}

/// What a range shows of some literals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    /// One of them stands there.
    Literal,
    /// None; and whether all bytes there, or a few more, are ASCII.
    Nothing { is_ascii: bool },
}

/// Whether a literal stands in a range, by the place of its print.
#[inline(always)]
pub(super) fn any_literal<C: Classify>(bytes: &[u8], range: Range<usize>, literals: &Literals) -> bool {
    shown::<C>(bytes, range, literals) == Shown::Literal
}

#[inline(always)]
fn shown<C: Classify>(bytes: &[u8], range: Range<usize>, literals: &Literals) -> Shown {
    let (mut base, mut is_ascii) = (range.start, true);
    while base < range.end {
        let rest = &bytes[base..];
        let end;
        let window = if let Some(window) = rest.first_chunk() {
            window
        } else {
            end = padded(rest);
            &end
        };
        let mut found = C::literals(window, literals.prints());
        while found != 0 {
            if literals.stands_at(bytes, base + found.trailing_zeros() as usize) {
                return Shown::Literal;
            }
            found &= found - 1;
        }
        is_ascii &= C::is_ascii(window);
        base += CHUNK;
    }
    Shown::Nothing { is_ascii }
}

/// A window that the text ends in.
fn padded(rest: &[u8]) -> [u8; WINDOW] {
    let mut window = [PADDING; WINDOW];
    let len = rest.len().min(WINDOW);
    window[..len].copy_from_slice(&rest[..len]);
    window
}

#[cfg(test)]
mod tests;
