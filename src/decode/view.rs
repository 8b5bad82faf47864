//! A decoded text and where each of its bytes came from.

use std::ops::Range;

use super::DECODED_BYTES_MAX;

/// The decoder that a view went through last: `raw`, `big5` or `utf16`; `rfc2047`, `rfc2231`; `percent`, `json`, `hex`,
/// `octal` or `html`, of which the first one in the text gives the name; `quoted-printable`, `base64`.
pub type ViewName = &'static str;

/// Decoded text of a field, with the raw byte range that each of its bytes came from.
#[derive(Clone)]
pub struct View {
    /// How it was made.
    pub name: ViewName,
    text: String,
    spans: Spans,
}

/// The map back.
#[derive(Clone)]
enum Spans {
    /// The text is the raw bytes: most views, and they need no table.
    Same,
    /// The runs of the text, in its order; each goes as far as the next one begins.
    Runs(Vec<Run>),
}

/// A part of a text that begins and ends on characters.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Run {
    /// Where it begins.
    start: u32,
    /// Where what it came from begins in the raw bytes.
    raw: u32,
    /// How many raw bytes all of it came from; [`STEPS`] where it stands there as it is, character by character.
    len: u32,
}

/// The length of what is no escape.
const STEPS: u32 = u32::MAX;

impl Run {
    /// Where a part of the run's text came from, that begins and ends on characters.
    fn part(self, text: Range<usize>) -> Range<usize> {
        let (start, raw) = (self.start as usize, self.raw as usize);
        match self.len {
            STEPS => raw + text.start - start..raw + text.end - start,
            len => raw..raw + len as usize,
        }
    }
}

impl View {
    /// A view whose text is the raw bytes.
    pub(super) fn same(name: ViewName, text: String) -> Self {
        Self { name, text, spans: Spans::Same }
    }

    /// The decoded text: to be read by a stage.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The raw byte range that a range of the text came from: the union of the ranges of its characters. An empty or
    /// outlying range comes from nowhere, and is empty.
    pub fn raw(&self, range: Range<usize>) -> Range<usize> {
        let range = range.start.min(self.text.len())..range.end.min(self.text.len());
        let Spans::Runs(runs) = &self.spans else { return range };
        if range.is_empty() {
            return 0..0;
        }
        let whole = self.text.floor_char_boundary(range.start)..self.text.ceil_char_boundary(range.end);
        let raw = self.parts(runs, whole).map(|(run, part)| run.part(part));
        raw.reduce(|a, b| a.start.min(b.start)..a.end.max(b.end)).unwrap_or_default()
    }

    /// The runs of a range of the text, each with the part of the text that is its own.
    fn parts<'r>(
        &self,
        runs: &'r [Run],
        range: Range<usize>,
    ) -> impl Iterator<Item = (Run, Range<usize>)> + 'r {
        let first = runs.partition_point(|run| run.start as usize <= range.start).saturating_sub(1);
        let ends = runs[first..].iter().skip(1).map(|run| run.start as usize).chain([self.text.len()]);
        let parts = runs[first..]
            .iter()
            .zip(ends)
            .map(move |(run, end)| (*run, range.start.max(run.start as usize)..range.end.min(end)));
        parts.take_while(|(_, part)| part.start < part.end)
    }

    /// The raw range of the character of a byte of the text, or of that byte where the text is the raw bytes.
    pub(super) fn span(&self, at: usize) -> Range<u32> {
        self.union(at..at + 1)
    }

    /// The raw range of all bytes of a range of the text that is not empty.
    pub(super) fn union(&self, range: Range<usize>) -> Range<u32> {
        let raw = self.raw(range);
        raw.start as u32..raw.end as u32
    }
}

/// Bytes that a decoder made, before their charset is read.
#[derive(Default)]
pub(super) struct Mapped {
    /// The bytes.
    pub(super) bytes: Vec<u8>,
    /// For each, the raw range it came from.
    pub(super) spans: Vec<Range<u32>>,
}

impl Mapped {
    /// Makes room for so many bytes at once.
    pub(super) fn reserve(&mut self, bytes: usize) {
        self.bytes.reserve(bytes);
        self.spans.reserve(bytes);
    }

    /// One more byte.
    pub(super) fn push(&mut self, byte: u8, span: Range<u32>) {
        self.bytes.push(byte);
        self.spans.push(span);
    }

    /// Whether all bytes have been read.
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// All bytes have been read: begin anew.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.spans.clear();
    }
}

/// As many runs as a short text of several encoded words has, of 12 bytes each.
const SOME_RUNS: usize = 16;

/// A view in the making.
pub(super) struct Builder {
    text: String,
    runs: Vec<Run>,
    bytes_max: usize,
}

impl Default for Builder {
    fn default() -> Self {
        Self { text: String::new(), runs: Vec::new(), bytes_max: DECODED_BYTES_MAX }
    }
}

impl Builder {
    /// For the raw view, which leaves nothing out: its length is the field's, at most threefold.
    pub(super) fn whole() -> Self {
        Self { bytes_max: usize::MAX, ..Self::default() }
    }

    /// For what is beneath a view, which is hardly ever longer, and mostly has some runs.
    pub(super) fn beneath(view: &View) -> Self {
        let (text, runs) = (String::with_capacity(view.text.len()), Vec::with_capacity(SOME_RUNS));
        Self { text, runs, ..Self::default() }
    }

    /// One more character, and where it came from. Beyond the bound it is left out.
    pub(super) fn push(&mut self, c: char, span: Range<u32>) {
        if !self.is_full() {
            let len = span.end - span.start;
            self.begin(span.start, if len as usize == c.len_utf8() { STEPS } else { len });
            self.text.push(c);
        }
    }

    /// Copies a range of a view's text, which begins and ends on characters.
    pub(super) fn copy(&mut self, view: &View, range: Range<usize>) {
        let room = self.bytes_max.saturating_sub(self.text.len());
        let range =
            range.start..view.text.ceil_char_boundary(range.start.saturating_add(room)).min(range.end);
        let Spans::Runs(runs) = &view.spans else {
            if !range.is_empty() {
                self.begin(range.start as u32, STEPS);
                self.text.push_str(&view.text[range]);
            }
            return;
        };
        for (run, part) in view.parts(runs, range) {
            self.begin(run.part(part.clone()).start as u32, run.len);
            self.text.push_str(&view.text[part]);
        }
    }

    /// What is added next came from there; it may go on with the last run.
    fn begin(&mut self, raw: u32, len: u32) {
        let start = self.text.len() as u32;
        let goes_on = self.runs.last().is_some_and(|last| {
            let expected = if len == STEPS { last.raw.wrapping_add(start - last.start) } else { last.raw };
            last.len == len && raw == expected
        });
        if !goes_on {
            self.runs.push(Run { start, raw, len });
        }
    }

    /// Whether the bound is reached, so that going on is of no use.
    pub(super) fn is_full(&self) -> bool {
        self.text.len() >= self.bytes_max
    }

    /// The view.
    pub(super) fn finish(self, name: ViewName) -> View {
        View { name, text: self.text, spans: Spans::Runs(self.runs) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every range of characters comes from the union of what its characters came from, through two copies too.
    #[test]
    fn runs_say_of_each_range_what_its_characters_came_from() {
        let written = "a%41碼%E7%A2%BCb&#65;c";
        let spans = [0..1, 1..4, 4..7, 7..16, 16..17, 17..22, 22..23];
        let mut builder = Builder::default();
        for (c, span) in "aA碼碼bAc".chars().zip(spans.clone()) {
            builder.push(c, span);
        }
        let view = builder.finish("percent");
        let mut copied = Builder::default();
        copied.copy(&view, 0..2);
        copied.copy(&view, 2..view.text().len());
        let copied = copied.finish("copied");
        assert_eq!(written.len(), 23);
        for view in [view, copied] {
            assert_eq!(view.text(), "aA碼碼bAc");
            let begins: Vec<usize> =
                view.text().char_indices().map(|(at, _)| at).chain([view.text().len()]).collect();
            for from in 0..spans.len() {
                for to in from + 1..=spans.len() {
                    let raw = view.raw(begins[from]..begins[to]);
                    assert_eq!(raw, spans[from].start as usize..spans[to - 1].end as usize);
                }
            }
            assert_eq!((view.raw(3..4), view.raw(6..6), view.raw(99..100)), (4..7, 0..0, 0..0));
        }
    }

    #[test]
    fn a_copy_ends_at_the_bound() {
        let view = View::same("raw", "碼".repeat(4));
        let mut builder = Builder { bytes_max: 4, ..Builder::default() };
        builder.copy(&view, 0..12);
        builder.copy(&view, 0..12);
        assert_eq!(builder.finish("copied").text(), "碼碼");
    }
}
