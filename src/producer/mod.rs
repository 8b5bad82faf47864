//! Makes batches: [`Live`] from logs as they grow, [`Archive`] from logs that are finished. Both ask the scanner the
//! same two questions (which lines hold personal data; what do all lines of those threads say), and differ only in
//! where the other lines are looked for.

mod archive;
mod back;
mod crew;
mod live;
mod text;
mod times;

pub use archive::{Archive, InputReport};
pub use crew::{Crew, Job, News, Reading};
pub use live::Live;
pub use text::Text;

/// How much of a finished log is read at once. From 64 KiB to 4 MiB it makes no difference to the time that reading and
/// one more pass take (2 %, within the noise); this much stays in the second-level cache of a core, beside the tables.
pub const BLOCK_BYTES: usize = 256 << 10;

use std::collections::HashMap;
use std::sync::Arc;

use crate::format::Format;
use crate::line::SourceId;
use crate::scan::Scanner;
use crate::source::{JournalSpec, Spec};

/// When a batch is handed over, in bytes read.
const BATCH_BYTES: u64 = 8 << 20;
/// When it is handed over, in facts, of which one takes about half a kilobyte: eight batches may wait. A block that is
/// full of personal data may add 20,000 to them.
const FACTS_MAX: usize = 4_096;

/// The formats of sources: settled by the configuration, or recognised.
#[derive(Debug, Default)]
struct Settled {
    settled: HashMap<SourceId, Format>,
}

/// What the configuration says of a source's format; none is to be recognised.
pub type Configured = Box<dyn Fn(&SourceId) -> Option<Format> + Send>;

/// What a configuration makes of reading and scanning.
pub struct Pipeline {
    /// The files.
    pub specs: Vec<Spec>,
    /// The journals.
    pub journals: Vec<JournalSpec>,
    /// What reads their lines.
    pub scanner: Arc<Scanner>,
    /// Which sources have a format that is not to be recognised.
    pub configured: Configured,
}

/// How much of a block is looked at to recognise its format; the more where that is a few lines only.
const SNIFF_BYTES: usize = 64 << 10;
const SNIFF_BYTES_MAX: usize = 1 << 20;

/// A file of so many lines has shown what it is: a few more than the 50 that vote, for empty ones and comments.
const SNIFF_LINES: usize = 64;

impl Settled {
    /// The format of a source, if it is settled; `configured` wins.
    fn known(&self, source: &SourceId, configured: Option<Format>) -> Option<Format> {
        configured.or_else(|| self.settled.get(source).copied())
    }

    /// The format of a source; where it is not settled, the first block in which one is recognised decides. A block
    /// of nothing known is plain text, and the next one is asked again.
    fn of(
        &mut self,
        scanner: &Scanner,
        source: &SourceId,
        configured: Option<Format>,
        bytes: &[u8],
    ) -> Format {
        if let Some(format) = self.known(source, configured) {
            return format;
        }
        let format = scanner.formats().sniff(beginning(bytes));
        if format != Format::Plain {
            self.settled.insert(source.clone(), format);
        }
        format
    }

    /// The format of a file that grows, by its beginning. It is settled when no later line can change it: a line that an
    /// application logs as it starts is not the format of what follows.
    fn by_beginning(&mut self, scanner: &Scanner, source: &SourceId, head: &[u8]) -> Format {
        let format = scanner.formats().sniff(beginning(head));
        if format != Format::Plain && is_enough(head) {
            self.settled.insert(source.clone(), format);
        }
        format
    }
}

/// Whether the beginning of a file says what it is, whatever follows.
fn is_enough(head: &[u8]) -> bool {
    head.len() >= SNIFF_BYTES_MAX || memchr::memchr_iter(b'\n', head).count() >= SNIFF_LINES
}

/// The beginning of some lines by which their format is recognised. The first line alone may be longer than a block.
fn beginning(bytes: &[u8]) -> &[u8] {
    let head = &bytes[..bytes.len().min(SNIFF_BYTES)];
    if is_enough(head) { head } else { &bytes[..bytes.len().min(SNIFF_BYTES_MAX)] }
}
