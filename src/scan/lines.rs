//! Which bytes a format is asked to read: the line around a candidate, or the record of it in a line of many; the line
//! before it that tells how it is to be read; and out of which envelope it is taken.

use std::ops::Range;

use super::Scanner;
use crate::format::{Defaults, Format, Formats, Opened, Parsed};
use crate::line::{Block, Line};

/// The lines of a block, asked for in ascending order.
pub(super) struct Lines<'s, 'b> {
    formats: &'s Formats,
    format: Format,
    block: Block<'b>,
    /// The line that governs what stands at `seen` and after it, as far as is known.
    governing: Option<&'b [u8]>,
    is_governed: bool,
    seen: usize,
    /// The line of many records that was asked for last, and where they stand in it.
    many: Option<(usize, Vec<Range<usize>>)>,
}

impl<'s, 'b> Lines<'s, 'b> {
    pub(super) fn new(formats: &'s Formats, format: Format, block: &Block<'b>) -> Self {
        Self {
            formats,
            format,
            block: *block,
            governing: block.governing,
            is_governed: formats.is_governed(format),
            seen: 0,
            many: None,
        }
    }

    /// The line around a byte, or the record in it.
    pub(super) fn at(&mut self, at: usize) -> Line<'b> {
        let line = self.block.line_at(at);
        let within = at - line.start;
        match self.records(&line).and_then(|records| find(records, within)) {
            Some(record) => line.part(record),
            None => line,
        }
    }

    /// Every line, and of a line of many records each.
    pub(super) fn all(&mut self, mut take: impl FnMut(&mut Self, Line<'b>)) {
        for line in self.block.lines() {
            match self.records(&line).filter(|records| !records.is_empty()).map(<[_]>::to_vec) {
                Some(records) => records.into_iter().for_each(|record| take(self, line.part(record))),
                None => take(self, line),
            }
        }
    }

    /// The line that governs one.
    pub(super) fn governing(&mut self, line: &Line<'_>) -> Option<&'b [u8]> {
        if self.is_governed && line.start > self.seen {
            let is_head = self.block.offset == 0 && self.seen == 0;
            let between = &self.block.bytes()[self.seen..line.start];
            self.governing = self.formats.governing(self.format, between, is_head).or(self.governing);
            self.seen = line.start;
        }
        self.governing
    }

    fn records(&mut self, line: &Line<'b>) -> Option<&[Range<usize>]> {
        if self.many.as_ref().is_none_or(|(start, _)| *start != line.start) {
            self.many = Some((line.start, self.formats.records(self.format, line.bytes())?));
        }
        self.many.as_ref().map(|(_, records)| &records[..])
    }
}

/// The line that tells how what comes next of a file is to be read.
#[derive(Clone, Debug, Default)]
pub struct Carried(Option<Box<[u8]>>);

/// How much of such a line is kept.
const CARRIED_BYTES_MAX: usize = 64 << 10;

impl Carried {
    /// The line.
    pub fn line(&self) -> Option<&[u8]> {
        self.0.as_deref()
    }
}

impl Scanner {
    /// What the lines after a block need of it.
    pub fn carry(&self, format: Format, block: &Block<'_>) -> Carried {
        let line = self.governing(format, block);
        Carried(line.map(|line| line[..line.len().min(CARRIED_BYTES_MAX)].into()))
    }
}

fn find(records: &[Range<usize>], at: usize) -> Option<Range<usize>> {
    let next = records.partition_point(|record| record.end <= at);
    records.get(next).filter(|record| record.contains(&at)).cloned()
}

/// A line as a format reads it.
pub(super) struct Reading<'r> {
    pub(super) parsed: &'r Parsed<'r>,
    /// The text that was read: the line, or what was taken out of its envelope.
    pub(super) text: &'r Line<'r>,
    /// Whether it is not of the format, and was read as plain text.
    pub(super) is_malformed: bool,
    pub(super) opened: &'r Opened<'r>,
}

impl Scanner {
    /// Reads a line, as plain text where it is not of the format, and hands on what it says.
    pub(super) fn read<R>(
        &self,
        format: Format,
        line: &Line<'_>,
        governing: Option<&[u8]>,
        defaults: &Defaults,
        take: impl FnOnce(&Reading<'_>) -> R,
    ) -> R {
        let formats = &self.formats;
        let opened = formats.open(format, line.bytes());
        let is_wrapped = opened.is_some();
        let opened = opened.or_else(|| formats.open(Format::Plain, line.bytes()));
        let opened = opened.expect("plain text has no envelope");
        let parsed = formats.parse_governed(opened.format, &opened.text, governing, defaults);
        let is_malformed = parsed.is_none() || !is_wrapped;
        let parsed = parsed.or_else(|| formats.parse(Format::Plain, &opened.text, defaults));
        let mut parsed = parsed.expect("every line is plain text");
        if let Some(stamp) = opened.stamp.filter(|_| parsed.time.quality == crate::moment::Quality::Absent) {
            parsed.time = stamp;
        }
        let text = Line::alone(&opened.text);
        take(&Reading { parsed: &parsed, text: &text, is_malformed, opened: &opened })
    }
}
