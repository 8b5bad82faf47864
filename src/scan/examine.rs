//! Content fields through every view and detector, and back as records and redacted text.

use std::cell::OnceCell;
use std::ops::Range;

use super::lines::Reading;
use super::{Scanner, addressee};
use crate::decode::{View, ViewName, views, windows};
use crate::detect::{Depth, FieldContext, Terms};
use crate::format::{Field, Parsed};
use crate::hit::Finding;
use crate::kind::{Kind, Label, Nature, Tier, Verdict};
use crate::line::Block;
use crate::mask::{Clearness, Masked, Raw, Shown, Style, SubjectKey};
use crate::record::{Counted, FieldName, Record, Value, Writer};

/// A content field with everything found in it.
pub(super) struct Examined<'l> {
    pub(super) field: Field<'l>,
    /// The views of its first window, which is most often all of it.
    pub(super) views: Vec<View>,
    /// How many raw bytes that window owns: what is shown of the field comes from these.
    owned: usize,
    /// One a raw span and kind, in the order of the raw bytes.
    pub(super) hits: Vec<Hit>,
    /// What the words of the windows with hits say, but for the first one.
    beyond: Terms,
    /// What the words of all of them say, and the field as it may be shown: asked for several times of one line.
    terms: OnceCell<Terms>,
    shown: OnceCell<Shown>,
}

/// A finding with its place in the raw field.
pub(super) struct Hit {
    pub(super) finding: Finding,
    /// Which view of its window.
    pub(super) view: usize,
    pub(super) view_name: ViewName,
    pub(super) raw: Range<usize>,
    /// Whether it is told with this block, not with another window of the same line.
    pub(super) is_own: bool,
}

/// How much of a view's text is looked at to be shown, in bytes: four times what is kept of it, because hidden values
/// may be shorter than they were written.
const SHOWN_FROM_BYTES_MAX: usize = 4 * 1024;

/// How many neighbours a hit is compared with: four views show the same few raw bytes, as several kinds.
const NEIGHBOURS_MAX: usize = 16;

/// A finding as `scan` prints it.
#[derive(Clone, Debug)]
pub struct Found {
    /// Offset of the value's first raw byte in the file.
    pub offset: u64,
    /// Physical line.
    pub line: u64,
    /// Format of the line.
    pub format: Label,
    /// Field.
    pub field: FieldName,
    /// Kind.
    pub kind: Kind,
    /// Nature of the kind.
    pub nature: Nature,
    /// Verdict.
    pub verdict: Verdict,
    /// Reasons.
    pub why: String,
    /// View.
    pub view: ViewName,
    /// For a local terminal.
    pub masked: Masked,
    /// Keyed hash.
    pub subject: SubjectKey,
}

impl Examined<'_> {
    /// The views that were made, the raw one first.
    pub(super) fn view_names(&self) -> Vec<ViewName> {
        self.views.iter().map(|view| view.name).collect()
    }

    /// Whether anything was found that is more than explained.
    pub(super) fn has_hits(&self) -> bool {
        self.more_than_explained().next().is_some()
    }

    fn more_than_explained(&self) -> impl Iterator<Item = &Hit> {
        self.hits.iter().filter(|hit| hit.is_own && hit.finding.verdict > Verdict::Rejected)
    }

    /// Whether anything in it is counted.
    pub(super) fn has_likely(&self) -> bool {
        self.hits.iter().any(|hit| hit.is_own && hit.finding.verdict == Verdict::Likely)
    }
}

impl Scanner {
    /// Looks into every content field of a line.
    pub(super) fn examine<'l>(&self, parsed: &Parsed<'l>, depth: Depth) -> Vec<Examined<'l>> {
        parsed.fields.iter().map(|field| self.examine_field(field.clone(), depth)).collect()
    }

    /// The same for a line that begins at `start` of a block: what another window tells is hidden here, and not told.
    pub(super) fn examine_in<'l>(
        &self,
        block: &Block<'_>,
        start: usize,
        read: &Reading<'l>,
        depth: Depth,
    ) -> Vec<Examined<'l>> {
        let mut examined = self.examine(read.parsed, depth);
        for one in &mut examined {
            let field = one.field.span.start;
            for hit in &mut one.hits {
                hit.is_own = block.owns(start + read.opened.place(field + hit.raw.start));
            }
        }
        examined
    }

    /// A field of any length is looked through in windows, so that one line cannot take more memory than others.
    pub(super) fn examine_field<'l>(&self, field: Field<'l>, depth: Depth) -> Examined<'l> {
        let context = FieldContext { known: field.known, key: key_of(field.name) };
        let mut examined = Examined {
            field,
            views: Vec::new(),
            owned: 0,
            hits: Vec::new(),
            beyond: Terms::default(),
            terms: OnceCell::new(),
            shown: OnceCell::new(),
        };
        for window in windows(examined.field.raw) {
            let offset = window.bytes.start;
            let views = views(Raw::new(&examined.field.raw.bytes()[window.bytes.clone()]));
            let before = examined.hits.len();
            let may_find = |view: &&View| self.engine.may_find(view.text(), context, depth);
            for (at, view) in views.iter().enumerate().filter(|(_, view)| may_find(view)) {
                for finding in self.engine.find(view.text(), context) {
                    let raw = view.raw(finding.span.clone());
                    let raw = offset + raw.start..offset + raw.end;
                    if window.own.contains(&raw.start) {
                        examined.hits.push(Hit {
                            raw,
                            view: at,
                            view_name: view.name,
                            finding,
                            is_own: true,
                        });
                    }
                }
            }
            if window.own.start == 0 {
                (examined.views, examined.owned) = (views, window.own.end);
            } else if let Some(view) = views.last().filter(|_| examined.hits.len() > before) {
                examined.beyond.join(&self.engine.terms(view.text()));
            }
        }
        examined.hits = told_once(examined.hits);
        if examined.field.name.lists_addressees() {
            addressee::list(&mut examined);
        }
        examined
    }

    /// What the words of a field say.
    pub(super) fn terms<'e>(&self, examined: &'e Examined<'_>) -> &'e Terms {
        examined.terms.get_or_init(|| {
            let last = examined.views.last();
            let mut terms = last.map(|view| self.engine.terms(view.text())).unwrap_or_default();
            terms.join(&examined.beyond);
            terms
        })
    }

    /// The values of a field that are more than explained, without a text of any.
    pub(super) fn counted(&self, examined: &Examined<'_>) -> Vec<Counted> {
        examined.more_than_explained().map(|hit| self.counted_of(hit)).collect()
    }

    fn counted_of(&self, hit: &Hit) -> Counted {
        let Finding { value, verdict, .. } = &hit.finding;
        Counted { kind: value.kind(), verdict: *verdict, key: value.key(&self.keys) }
    }

    /// The record of a field with hits. `label` is what the words of the line, which name what is sent, say of all its
    /// records.
    pub(super) fn record(&self, examined: &Examined<'_>, nth: u16, label: &Terms) -> Record {
        let value = |hit: &Hit| {
            let Counted { kind, verdict, key } = self.counted_of(hit);
            Value { kind, verdict, key, masked: hit.finding.value.mask(Style::Strict) }
        };
        let values: Vec<Value> = examined.more_than_explained().map(value).collect();
        let mut natures: Vec<Nature> = values
            .iter()
            .filter(|value| value.verdict == Verdict::Likely)
            .map(|value| self.engine.nature(value.kind).unwrap_or(Nature::Identification))
            .collect();
        if is_somebody(&values) {
            let mut terms = self.terms(examined).clone();
            terms.join(label);
            natures.extend(terms.natures());
        }
        natures.sort_unstable();
        natures.dedup();
        Record {
            field: examined.field.name,
            writer: examined.field.writer,
            nth,
            values,
            natures,
            sample: self.shown(examined).clone(),
            cut: false,
        }
    }

    /// The field as it may be shown: the beginning of its most decoded view, with the hits of all views hidden.
    pub(super) fn shown<'e>(&self, examined: &'e Examined<'_>) -> &'e Shown {
        examined.shown.get_or_init(|| {
            let last = examined.views.len().saturating_sub(1);
            self.redacted(examined, last, Clearness::Content, examined.field.raw.bytes())
        })
    }

    /// The beginning of one view, with the hits of all views hidden; `same` is what the text is compared by.
    fn redacted(&self, examined: &Examined<'_>, view: usize, clearness: Clearness, same: &[u8]) -> Shown {
        let (nth, Some(view)) = (view, examined.views.get(view)) else { return Shown::own("", &self.keys) };
        let mut hidden: Vec<(Range<usize>, Masked)> = examined
            .hits
            .iter()
            .take_while(|hit| hit.raw.start < examined.owned)
            .filter(|hit| hit.finding.is_hidden())
            .filter_map(|hit| {
                let span = if hit.view == nth {
                    Some(hit.finding.span.clone())
                } else {
                    whereabouts(view, &hit.raw)
                };
                Some((span?, hit.finding.value.mask(Style::Strict)))
            })
            .collect();
        let end = shown_len(view, &mut hidden, examined.owned);
        let is_whole = end == view.text().len() && examined.owned == examined.field.raw.bytes().len();
        let text = format!("{}{}", &view.text()[..end], if is_whole { "" } else { "…" });
        let mut shown = Shown::redact(&text, &hidden, clearness, same, &self.keys);
        // What was looked through as it stands holds what was found in it.
        let is_known = examined.hits.is_empty() && shown.text.as_bytes() == examined.field.raw.bytes();
        if !is_known && self.is_found_in(&shown, &examined.field) {
            "…".clone_into(&mut shown.text);
        }
        shown
    }

    /// Whether what was redacted can be read all the same: wrapped once more than is undone, or joined from what masks
    /// have left.
    fn is_found_in(&self, shown: &Shown, field: &Field<'_>) -> bool {
        let context = FieldContext { known: field.known, key: key_of(field.name) };
        let is_hidden = |view: &View| {
            self.engine.may_find(view.text(), context, Depth::Hits)
                && self.engine.find(view.text(), context).iter().any(Finding::is_hidden)
        };
        views(Raw::new(shown.text.as_bytes())).iter().any(is_hidden)
    }

    /// A text of a line that is no content field of it, as it may be shown.
    pub(super) fn shown_alone(&self, raw: Raw<'_>) -> Shown {
        let span = 0..raw.bytes().len();
        let (name, writer) = (FieldName::Line, Writer::Anybody);
        let field = Field { name, raw, span, writer, known: true, cut: false };
        self.shown(&self.examine_field(field, Depth::Hits)).clone()
    }

    /// An address (actor, recipient): shown as it is written, but for values in it. Where one is wrapped, in an encoded
    /// word or in escapes, the decoded form is shown, or the wrapping would give it away. Compared without case.
    pub(super) fn address(&self, raw: Raw<'_>) -> Shown {
        let span = 0..raw.bytes().len();
        let (name, writer) = (FieldName::Recipient, Writer::Anybody);
        let field = Field { name, raw, span, writer, known: true, cut: false };
        let examined = self.examine_field(field, Depth::Hits);
        let is_wrapped = examined.hits.iter().any(|hit| hit.view > 0 && hit.finding.is_hidden());
        let view = if is_wrapped { examined.views.len() - 1 } else { 0 };
        self.redacted(&examined, view, Clearness::Address, &raw.bytes().to_ascii_lowercase())
    }

    /// Findings as `scan` prints them.
    pub(super) fn found(&self, parsed: &Parsed<'_>, examined: &Examined<'_>, line: u64) -> Vec<Found> {
        let found = |hit: &Hit| Found {
            offset: (examined.field.span.start + hit.raw.start) as u64,
            line,
            format: parsed.format,
            field: examined.field.name,
            kind: hit.finding.kind(),
            nature: self.engine.nature(hit.finding.kind()).unwrap_or(Nature::Identification),
            verdict: hit.finding.verdict,
            why: hit.finding.why.to_string(),
            view: hit.view_name,
            masked: hit.finding.value.mask(Style::Government),
            subject: hit.finding.value.key(&self.keys),
        };
        examined.hits.iter().filter(|hit| hit.is_own).map(found).collect()
    }
}

/// The key that a field is the value of: those that hold addresses of the envelope, or what programs say of
/// themselves. The others have names of their own within.
fn key_of(field: FieldName) -> &'static str {
    match field {
        FieldName::Recipient | FieldName::Helo | FieldName::Agent => field.id(),
        _ => "",
    }
}

/// Whether a record is about a person: one that is named or pointed at, or two different weak values.
fn is_somebody(values: &[Value]) -> bool {
    let likely = || values.iter().filter(|value| value.verdict == Verdict::Likely).map(|value| value.kind);
    let mut weak = likely().filter(|kind| kind.tier() == Tier::Weak);
    let first = weak.next();
    likely().any(|kind| kind.tier() < Tier::Weak) || weak.any(|kind| Some(kind) != first)
}

/// The hits in the order of the raw bytes, each once where several views have shown it: of these the surest one, and
/// of equals that of the first view. Where a view has read the same bytes as another kind, because a decoded word says
/// so, one is told too: the surest, and of equals that of the last view.
fn told_once(mut hits: Vec<Hit>) -> Vec<Hit> {
    if hits.len() < 2 {
        return hits;
    }
    hits.sort_by_key(|hit| (hit.raw.start, hit.raw.end, hit.finding.kind(), hit.view));
    // In place: of a long line there are as many as it has numbers.
    let mut kept = 0;
    for at in 0..hits.len() {
        let (before, rest) = hits.split_at_mut(at);
        let hit = &mut rest[0];
        let same = |other: &Hit| other.finding.value == hit.finding.value;
        let meets = |other: &Hit| other.raw.end > hit.raw.start && (same(other) || other.view != hit.view);
        let surer = |other: &Hit| {
            let (this, that) = (hit.finding.verdict, other.finding.verdict);
            if same(other) {
                (this, other.view) > (that, hit.view)
            } else {
                (this, hit.view) > (that, other.view)
            }
        };
        match before[..kept].iter_mut().rev().take(NEIGHBOURS_MAX).find(|other| meets(other)) {
            Some(other) if surer(other) => std::mem::swap(other, hit),
            Some(_) => {}
            None => {
                hits.swap(kept, at);
                kept += 1;
            }
        }
    }
    hits.truncate(kept);
    hits.sort_by_key(|hit| (hit.raw.start, hit.raw.end, hit.finding.kind()));
    hits
}

/// The part of a view's text that came from a raw range. Raw places ascend with the text, so it is found by halving.
pub(super) fn whereabouts(view: &View, raw: &Range<usize>) -> Option<Range<usize>> {
    let start = first_from(view, |from| from.end > raw.start);
    let end = first_from(view, |from| from.start >= raw.end);
    (start < end).then_some(start..end)
}

/// The first byte of a view's text whose raw place is `far` enough.
fn first_from(view: &View, far: impl Fn(Range<usize>) -> bool) -> usize {
    let (mut low, mut high) = (0, view.text().len());
    while low < high {
        let middle = low.midpoint(high);
        if far(view.raw(middle..middle + 1)) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    view.text().ceil_char_boundary(low)
}

/// How much of a view's text may be shown, when `owned` raw bytes were looked through: the text is cut before what is
/// to be hidden and before digits, never within; what is hidden beyond is dropped.
fn shown_len(view: &View, hidden: &mut Vec<(Range<usize>, Masked)>, owned: usize) -> usize {
    let text = view.text();
    let seen = first_from(view, |from| from.start >= owned);
    let mut end = text.floor_char_boundary(seen.min(SHOWN_FROM_BYTES_MAX));
    if end < text.len() {
        hidden.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
        for (span, _) in &*hidden {
            if span.start < end && end < span.end {
                end = span.start;
            }
        }
        let is_number = |c: char| c.is_numeric() || matches!(c, ' ' | '-' | '－' | '+' | '(' | ')');
        let beyond = text[end..].starts_with(is_number);
        end = if beyond { text[..end].trim_end_matches(is_number).len() } else { end };
        hidden.retain(|(span, _)| span.end <= end);
    }
    end
}
