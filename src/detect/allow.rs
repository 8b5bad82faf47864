//! Allow-lists of sites: values that are found and count for nothing, such as the switchboard's own number.
//!
//! The values are personal data themselves, or may be: they are kept as hashes, and no message holds one.

use std::collections::HashSet;

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::asking::Asking;
use super::text::Folded;
use super::{Engine, FieldContext, PackError};
use crate::kind::Kind;
use crate::moment::Day;

/// An entry as written.
pub(super) struct Entry {
    pub(super) file: String,
    pub(super) line: usize,
    pub(super) kind: Kind,
    /// Each with its line.
    pub(super) values: Vec<(usize, Zeroizing<String>)>,
    pub(super) owner: String,
    pub(super) reason: String,
    /// The last day on which it applies.
    pub(super) expires: Day,
}

/// The values of all entries that apply.
#[derive(Default)]
pub(super) struct Allowed(HashSet<[u8; 32]>);

impl Allowed {
    /// Whether a site has said that this value counts for nothing.
    pub(super) fn holds(&self, kind: Kind, canonical: &str) -> bool {
        !self.0.is_empty() && self.0.contains(&hash(kind, canonical))
    }
}

fn hash(kind: Kind, canonical: &str) -> [u8; 32] {
    Sha256::new().chain_update(kind.id()).chain_update([0]).chain_update(canonical).finalize().into()
}

impl Engine {
    /// Lets the entries apply that have not expired. A value is written like in a log, and read by the rule that
    /// finds it there; one that no rule finds would do nothing, and is a fault.
    pub(super) fn allow(&mut self, entries: &[Entry], today: Day, errors: &mut Vec<PackError>) {
        let mut allowed = HashSet::new();
        for entry in entries {
            let fault = |line: usize, what: String| PackError { file: entry.file.clone(), line, what };
            if !self.rules.iter().any(|rule| rule.kind == entry.kind) {
                let what = format!("no rule finds `{}`: see `breachd patterns list`", entry.kind.id());
                errors.push(fault(entry.line, what));
                continue;
            }
            for (line, value) in &entry.values {
                match self.canonical(entry.kind, value) {
                    Some(canonical) => {
                        allowed.extend((entry.expires >= today).then(|| hash(entry.kind, &canonical)));
                    }
                    None => errors.push(fault(
                        *line,
                        format!("this value is no {}: write it as it stands in a log", entry.kind.id()),
                    )),
                }
            }
            if entry.expires < today {
                self.warnings.push(fault(
                    entry.line,
                    format!(
                        "the allow-list of {} ({}) expired on {} and no longer applies: \
                         renew `expires`, or take the entry out",
                        entry.owner, entry.reason, entry.expires
                    ),
                ));
            }
        }
        self.allowed = Allowed(allowed);
    }

    /// A written value in the form in which it is found.
    fn canonical(&self, kind: Kind, value: &str) -> Option<Zeroizing<String>> {
        let value = value.trim();
        let folded = Folded::new(value);
        let whole = 0..folded.ascii.len();
        let spoken = self.words.of(&folded);
        let context = FieldContext { known: true, key: "" };
        let asking = Asking { engine: self, text: value, folded: &folded, spoken: &spoken, context };
        let mut asked = asking.values().into_iter();
        let found = asked.find(|asked| {
            self.rules[asked.rule].kind == kind && asked.shaped.range == whole && asked.rejected.is_none()
        })?;
        Some(Zeroizing::new(found.shaped.canonical))
    }
}
