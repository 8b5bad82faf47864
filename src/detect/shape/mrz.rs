//! The second line of a passport's machine-readable zone: 44 characters in their classes.

use super::super::validate::{MRZ_CHARS, is_mrz_line};
use super::{Form, Shaped};

/// The line that begins at `at`. Its value is the whole line, from which [`super::Shape::subject`] takes the person.
pub(super) fn at(text: &[u8], at: usize) -> Option<Shaped> {
    let line = text.get(at..at + MRZ_CHARS).filter(|line| is_mrz_line(line))?;
    let canonical = line.iter().map(|&byte| char::from(byte)).collect();
    Some(Shaped { range: at..at + MRZ_CHARS, canonical, form: Form::Bare })
}
