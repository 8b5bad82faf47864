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
    /// For each byte of the text, the raw byte range it came from.
    Table(Vec<Range<u32>>),
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

    /// The raw byte range that a range of the text came from: the union of the ranges of its bytes. An empty or
    /// outlying range comes from nowhere, and is empty.
    pub fn raw(&self, range: Range<usize>) -> Range<usize> {
        let range = range.start.min(self.text.len())..range.end.min(self.text.len());
        let Spans::Table(spans) = &self.spans else { return range };
        let bytes = spans.get(range).unwrap_or_default();
        let start = bytes.iter().map(|span| span.start).min().unwrap_or(0);
        let end = bytes.iter().map(|span| span.end).max().unwrap_or(0);
        start as usize..end as usize
    }

    /// The raw range of one byte of the text.
    pub(super) fn span(&self, at: usize) -> Range<u32> {
        match &self.spans {
            Spans::Same => at as u32..at as u32 + 1,
            Spans::Table(spans) => spans[at].clone(),
        }
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
    /// One more byte.
    pub(super) fn push(&mut self, byte: u8, span: Range<u32>) {
        self.bytes.push(byte);
        self.spans.push(span);
    }

    /// All bytes have been read: begin anew.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.spans.clear();
    }
}

/// A view in the making.
pub(super) struct Builder {
    text: String,
    spans: Vec<Range<u32>>,
    bytes_max: usize,
}

impl Default for Builder {
    fn default() -> Self {
        Self { text: String::new(), spans: Vec::new(), bytes_max: DECODED_BYTES_MAX }
    }
}

impl Builder {
    /// For the raw view, which leaves nothing out: its length is the field's, at most threefold.
    pub(super) fn whole() -> Self {
        Self { bytes_max: usize::MAX, ..Self::default() }
    }

    /// One more character, and where it came from. Beyond the bound it is left out.
    pub(super) fn push(&mut self, c: char, span: Range<u32>) {
        if !self.is_full() {
            self.text.push(c);
            self.spans.resize(self.text.len(), span);
        }
    }

    /// Copies a range of a view's text, which begins and ends on characters.
    pub(super) fn copy(&mut self, view: &View, range: Range<usize>) {
        for (at, c) in view.text[range.clone()].char_indices() {
            let at = range.start + at;
            self.push(c, view.union(at..at + c.len_utf8()));
        }
    }

    /// Whether the bound is reached, so that going on is of no use.
    pub(super) fn is_full(&self) -> bool {
        self.text.len() >= self.bytes_max
    }

    /// The view.
    pub(super) fn finish(self, name: ViewName) -> View {
        View { name, text: self.text, spans: Spans::Table(self.spans) }
    }
}
