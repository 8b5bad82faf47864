//! Views of a content field: the text that a person would have read, however the log wrapped it.
//!
//! A [`View`] carries a map back to the raw bytes, so that one value seen in several views is one finding. The raw
//! view comes first; others are built only where their mark occurs, in at most three passes, bounded in size. A long
//! field is read in [`windows`], each with views of its own.
//!
//! A decoder takes a view and returns the view beneath it, or `None` where its mark led to nothing; `quoted.rs`
//! is the smallest to copy. Each leaves what it does not understand as it is, so that the passes form one chain:
//! whatever two decoders wrapped is found at its end, and whatever a decoder spoils is still in the view before.

mod backslash;
mod base64;
mod beneath;
mod charset;
mod entity;
mod escape;
mod quoted;
mod rfc2047;
mod rfc2231;
mod utf16;
mod view;
mod window;

pub use beneath::{Marks, beneath};
pub use view::{View, ViewName};
pub use window::{Window, windows};

use crate::mask::Raw;

/// Decoders applied one after the other. Three undo every wrapping seen in logs (an encoded word in a file name
/// that was escaped twice); more would let a sender choose how much work a line is.
const PASSES_MAX: usize = 3;

/// The longest text of a decoded view, in bytes; what is beyond is left out of the view, but not of the raw one. No
/// [`Window`] reaches it but by words in words that grow at each pass.
const DECODED_BYTES_MAX: usize = 64 * 1024;

/// All views of a field, the raw one first, then one or two of its UTF-16, then at most three more.
pub fn views(field: Raw<'_>) -> Vec<View> {
    let mut views = vec![charset::raw_view(field.bytes())];
    views.extend(utf16::decode(field.bytes()));
    for _ in 0..PASSES_MAX {
        let last = views.last().expect("the raw view was put in above");
        // What announces itself goes before what only looks like an encoding, and would be spoilt by it.
        let next = rfc2231::decode(last)
            .or_else(|| rfc2047::decode(last))
            .or_else(|| escape::decode(last))
            .or_else(|| quoted::decode(last))
            .or_else(|| base64::decode(last));
        let Some(next) = next else { break };
        views.push(next);
    }
    views
}

#[cfg(test)]
mod tests;
