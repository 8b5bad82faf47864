//! One line through every stage, for a person who asks why. What comes out is masked like everything else.

use std::ops::Range;

use super::examine::Found;
use super::lines::Reading;
use super::{Said, Scanner};
use crate::batch::Fact;
use crate::decode::ViewName;
use crate::detect::Depth;
use crate::event::{Role, Thread};
use crate::format::{Field, Format, Parsed};
use crate::kind::{Label, Verdict};
use crate::line::{Block, Line, Origin, Place, SourceId};
use crate::mask::Raw;
use crate::moment::Moment;
use crate::record::{FieldName, Writer};

/// What every stage says of a line.
#[derive(Clone, Debug)]
pub struct Explained {
    /// The line, redacted; content fields stand in it as their last view.
    pub line: String,
    /// Whether the prefilter would have looked at it.
    pub candidate: bool,
    /// Its format: `postfix`, `nginx`, `syslog`, `plain`.
    pub format: Label,
    /// The program that a line of syslog names.
    pub program: Option<String>,
    /// It is not of the format asked for, and was read as plain text.
    pub malformed: bool,
    /// When.
    pub time: Moment,
    /// Its place in the life of its thread.
    pub role: Role,
    /// The thread, where the log names one; else the line is its own.
    pub thread: Option<Thread>,
    /// What may hold personal data, in the order of the format.
    pub content: Vec<Content>,
    /// What never does, in the order of the line.
    pub opaque: Vec<Opaque>,
    /// Every finding, rejected ones too; offsets are those of the line. Values outside of the content are rejected.
    pub hits: Vec<Found>,
    /// What the daemon would keep of it.
    pub facts: Vec<Fact>,
}

/// A content field.
#[derive(Clone, Debug)]
pub struct Content {
    /// Its name.
    pub name: FieldName,
    /// Who wrote it.
    pub writer: Writer,
    /// A field of a known format, rather than a text of unknown meaning.
    pub known: bool,
    /// Where it stands in the line.
    pub bytes: Range<usize>,
    /// How it was read, step by step.
    pub views: Vec<ViewName>,
    /// What the last view shows, redacted.
    pub shown: String,
}

/// A part of the line that is not content.
#[derive(Clone, Debug)]
pub struct Opaque {
    /// Where it stands in the line.
    pub bytes: Range<usize>,
    /// What is known to stand in it.
    pub holds: Vec<&'static str>,
}

/// Words by which an opaque part is told, where they stand in it.
const HOLDS: [&str; 14] = [
    "message-id=",
    "client=",
    "sasl_username=",
    "from=",
    "to=",
    "orig_to=",
    "relay=",
    "helo=",
    "size=",
    "nrcpt=",
    "delay=",
    "status=",
    "queued as",
    "HTTP/",
];

impl Scanner {
    /// One line (without its line end) through every stage, whether or not the prefilter would have looked at it.
    /// `now`, in seconds since the epoch, stands for the time at which its file was last written.
    pub fn explain(&self, format: Option<Format>, line: &[u8], now: i64) -> Explained {
        let format = format.unwrap_or_else(|| self.formats.sniff(line));
        let origin = Origin { source: SourceId::new("-"), path: "-".into(), modified: now };
        let line = Line::alone(line);
        let block = Block::new(line.bytes(), &origin, 0, 1);
        let candidate = self.engine.candidates(line.bytes(), Depth::Hits).next().is_some();
        let place = block.place(&line, 1);
        self.read(format, &line, None, &self.defaults(&block), |reading| {
            self.explained(reading, &place, candidate)
        })
    }

    fn explained(&self, reading: &Reading<'_>, place: &Place, candidate: bool) -> Explained {
        let &Reading { parsed, text: line, is_malformed, opened } = reading;
        let examined = self.examine(parsed, Depth::Rejected);
        let mut said = Said::default();
        self.say(&mut said, parsed, &examined, line, place);
        let content: Vec<Content> = examined
            .iter()
            .map(|examined| Content {
                name: examined.field.name,
                writer: examined.field.writer,
                known: examined.field.known,
                bytes: examined.field.span.clone(),
                views: examined.view_names(),
                shown: self.shown(examined).text.clone(),
            })
            .collect();
        let mut hits: Vec<Found> =
            examined.iter().flat_map(|examined| self.found(parsed, examined, 1)).collect();
        let (text, opaque) = self.around(parsed, line, &content, &mut hits);
        hits.sort_by_key(|hit| (hit.offset, hit.kind));
        Explained {
            line: text,
            candidate,
            format: parsed.format,
            program: self
                .formats
                .program(opened.format, line.bytes())
                .map(|program| self.shown_alone(program).text),
            malformed: is_malformed,
            time: parsed.time,
            role: parsed.role,
            thread: parsed.name.is_some().then(|| self.thread(parsed, line)),
            content,
            opaque,
            hits,
            facts: said.facts,
        }
    }

    /// The whole line as it may be shown, its parts that are no content, and what would have been found in them.
    fn around(
        &self,
        parsed: &Parsed<'_>,
        line: &Line<'_>,
        content: &[Content],
        hits: &mut Vec<Found>,
    ) -> (String, Vec<Opaque>) {
        let bytes = line.bytes();
        let mut fields: Vec<&Content> = content.iter().collect();
        fields.sort_by_key(|field| field.bytes.start);
        let (mut text, mut opaque, mut at) = (String::new(), Vec::new(), 0);
        let ends =
            fields.iter().map(|field| field.bytes.clone()).chain(std::iter::once(bytes.len()..bytes.len()));
        for (nth, next) in ends.enumerate() {
            if next.start > at {
                let span = at..next.start;
                let raw = Raw::new(&bytes[span.clone()]);
                let field = Field {
                    name: FieldName::Line,
                    raw,
                    span: span.clone(),
                    writer: Writer::Anybody,
                    known: true,
                    cut: false,
                };
                let examined = self.examine_field(field, Depth::Rejected);
                text.push_str(&self.shown(&examined).text);
                hits.extend(self.found(parsed, &examined, 1).into_iter().map(|hit| Found {
                    verdict: Verdict::Rejected,
                    why: outside(parsed, bytes, hit.offset as usize).to_owned(),
                    ..hit
                }));
                opaque.push(Opaque { holds: holds(parsed, bytes, &span), bytes: span });
            }
            if let Some(field) = fields.get(nth) {
                text.push_str(&field.shown);
            }
            at = at.max(next.end);
        }
        (text, opaque)
    }
}

/// Why a value that is no content does not count.
fn outside(parsed: &Parsed<'_>, line: &[u8], at: usize) -> &'static str {
    let inside = id_span(parsed, line).is_some_and(|id| id.contains(&at));
    if inside { "inside the queue id" } else { "outside of the content" }
}

fn holds(parsed: &Parsed<'_>, line: &[u8], span: &Range<usize>) -> Vec<&'static str> {
    let id = id_span(parsed, line).is_some_and(|id| span.contains(&id.start));
    let part = &line[span.clone()];
    let words = HOLDS.into_iter().filter(|word| stands_in(part, word.as_bytes()));
    id.then_some("queue id").into_iter().chain(words).collect()
}

/// Whether a word stands in a text, and not as the end of another (`to=` in `proto=`).
fn stands_in(text: &[u8], word: &[u8]) -> bool {
    memchr::memmem::find_iter(text, word)
        .any(|at| at == 0 || !(text[at - 1].is_ascii_alphanumeric() || text[at - 1] == b'_'))
}

/// Where the name of the thread stands in its line.
fn id_span(parsed: &Parsed<'_>, line: &[u8]) -> Option<Range<usize>> {
    let name = parsed.name.as_deref()?;
    let start = name.as_ptr().addr().checked_sub(line.as_ptr().addr())?;
    (start + name.len() <= line.len()).then(|| start..start + name.len())
}
