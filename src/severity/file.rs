//! The TOML of a policy pack as it is written. Every value may be missing here: what is missing is told by
//! [`prove`](super::prove), together with everything else that is wrong.

use serde::Deserialize;
use toml::Spanned;

use super::policy::{DayKind, Fault, GeneralCounts, Mode, Unit};

/// Structural faults after which reading gives up.
const FAULTS_MAX: usize = 50;

/// A value and where it stands.
pub(super) type Field<T> = Option<Spanned<T>>;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    pub(super) id: Field<String>,
    pub(super) title: Field<String>,
    pub(super) version: Field<String>,
    pub(super) status: Field<String>,
    pub(super) effective_from: Field<String>,
    pub(super) source: Field<String>,
    pub(super) form: Field<String>,
    pub(super) form_clause: Field<String>,
    #[serde(default)]
    pub(super) combine: Field<WrittenCombine>,
    #[serde(default)]
    pub(super) level: Vec<Spanned<WrittenLevel>>,
    pub(super) notify: Field<WrittenNotify>,
    #[serde(default)]
    pub(super) duty: Vec<Spanned<WrittenDuty>>,
    #[serde(default)]
    pub(super) factor: Vec<Spanned<super::factor::WrittenFactor>>,
    #[serde(default)]
    pub(super) stage: Vec<Spanned<WrittenStage>>,
    pub(super) closing: Field<WrittenClosing>,
    pub(super) retention: Field<WrittenRetention>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenCombine {
    #[serde(default)]
    pub(super) mode: Mode,
    #[serde(default)]
    pub(super) unit: Unit,
    #[serde(default)]
    pub(super) general_counts: GeneralCounts,
    pub(super) inclusive: Option<bool>,
    #[serde(default)]
    pub(super) day_kind: DayKind,
    pub(super) clause: Field<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenLevel {
    pub(super) n: Field<u8>,
    pub(super) name: Field<String>,
    pub(super) clause: Field<String>,
    pub(super) general: Field<Vec<u64>>,
    #[serde(default)]
    pub(super) general_quote: String,
    pub(super) special: Field<Vec<u64>>,
    #[serde(default)]
    pub(super) special_quote: String,
    #[serde(default)]
    pub(super) natures: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) natures_quote: String,
    #[serde(default)]
    pub(super) roles: Vec<Spanned<String>>,
    pub(super) roles_clause: Field<String>,
    #[serde(default)]
    pub(super) roles_quote: String,
    pub(super) handle_within: Field<String>,
    pub(super) handle_clause: Field<String>,
    #[serde(default)]
    pub(super) handle_quote: String,
    pub(super) close_within: Field<String>,
    pub(super) close_clause: Field<String>,
    #[serde(default)]
    pub(super) close_quote: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenDuty {
    pub(super) what: Field<String>,
    pub(super) special_at_least: Field<u64>,
    pub(super) at_least: Field<u64>,
    pub(super) held_at_least: Field<u64>,
    pub(super) within: Field<String>,
    pub(super) clock: Field<String>,
    pub(super) form: Field<String>,
    pub(super) clause: Field<String>,
    #[serde(default)]
    pub(super) quote: String,
    pub(super) text: Field<String>,
    pub(super) left_to_person: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenNotify {
    #[serde(default)]
    pub(super) roles: Vec<Spanned<String>>,
    pub(super) clause: Field<String>,
    #[serde(default)]
    pub(super) quote: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenStage {
    pub(super) name: Field<String>,
    pub(super) by: Field<String>,
    #[serde(default)]
    pub(super) steps: Vec<String>,
    pub(super) clause: Field<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenClosing {
    #[serde(default)]
    pub(super) parts: Vec<String>,
    pub(super) clause: Field<String>,
    #[serde(default)]
    pub(super) quote: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenRetention {
    pub(super) years: Field<u8>,
    pub(super) clause: Field<String>,
}

/// Reads a pack. Serde stops at the first fault, so the line at fault is blanked, which moves no offset, and the rest
/// is read again: a person mends a file once, not once a fault. A table header at fault ends it, because its keys would
/// fall into the table before.
pub(super) fn read(file: &str, text: &str) -> (Option<Written>, Vec<Fault>) {
    let mut faults = Vec::new();
    let mut left = text.to_owned();
    while faults.len() < FAULTS_MAX {
        let error = match toml::from_str(&left) {
            Ok(written) => return (Some(written), faults),
            Err(error) => error,
        };
        let at = error.span().map_or(0, |span| span.start.min(left.len()));
        faults.push(Fault {
            file: file.to_owned(),
            line: line_of(text, at),
            what: error.message().replace('\n', " "),
        });
        let start = left.as_bytes()[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let end = left.as_bytes()[at..].iter().position(|byte| *byte == b'\n').map_or(left.len(), |n| at + n);
        let line = left.get(start..end).unwrap_or_default();
        if line.trim().is_empty() || line.trim_start().starts_with('[') {
            break;
        }
        left.replace_range(start..end, &" ".repeat(end - start));
    }
    (None, faults)
}

/// The line, from 1, of a byte offset.
pub(super) fn line_of(text: &str, at: usize) -> usize {
    1 + memchr::memchr_iter(b'\n', &text.as_bytes()[..at.min(text.len())]).count()
}
