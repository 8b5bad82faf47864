//! One finding in one field of one line, before it becomes part of a record.

use std::ops::Range;

use crate::kind::{Kind, Verdict};
use crate::mask::Sensitive;

/// A finding: what, where, how sure, and why. It holds the value and so never leaves the scanner.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The value.
    pub value: Sensitive,
    /// Byte range within the text of the view in which it was found.
    pub span: Range<usize>,
    /// How sure.
    pub verdict: Verdict,
    /// The reasons, in the order in which they were asked.
    pub why: Why,
}

impl Finding {
    /// What it is.
    pub fn kind(&self) -> Kind {
        self.value.kind()
    }

    /// Whether its value must not be shown: everything but what is none of its kind. A value of an allow-list counts
    /// for nothing, and is somebody's all the same, like an address to which a message goes.
    pub fn is_hidden(&self) -> bool {
        let hidden = [ALLOWED, ADDRESSEE, BESIDE_ADDRESSEE];
        self.verdict > Verdict::Rejected || hidden.iter().any(|why| self.why.has(why))
    }
}

/// The reason of a value that a site's allow-list names.
pub const ALLOWED: &str = "allow-list";

/// The reason of an address in To or Cc: one is there in every mail.
pub const ADDRESSEE: &str = "an addressee";
/// The reason of what stands beside the addresses.
pub const BESIDE_ADDRESSEE: &str = "in To or Cc";

/// More reasons than any verdict has.
const REASONS_MAX: usize = 6;

/// The reasons for a verdict. Each is a fixed phrase, so that no log byte enters an explanation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Why {
    reasons: [&'static str; REASONS_MAX],
    len: usize,
}

impl Why {
    /// Whether a reason is among them.
    pub fn has(&self, reason: &str) -> bool {
        self.reasons().contains(&reason)
    }

    /// Adds a reason.
    pub fn add(&mut self, reason: &'static str) {
        debug_assert!(self.len < REASONS_MAX, "{self}");
        if !self.has(reason) && self.len < REASONS_MAX {
            self.reasons[self.len] = reason;
            self.len += 1;
        }
    }

    fn reasons(&self) -> &[&'static str] {
        &self.reasons[..self.len]
    }
}

impl std::fmt::Display for Why {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.reasons().join(", "))
    }
}
