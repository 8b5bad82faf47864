//! The ten characters of an identity number.

use super::{Form, Shaped};

/// A letter, a second character that the kind allows, eight digits. Lower case is read, because people type it.
pub(super) fn at(text: &[u8], at: usize, is_second: fn(u8) -> bool) -> Option<Shaped> {
    let value = text.get(at..at + 10)?;
    let shaped = value[0].is_ascii_alphabetic()
        && is_second(value[1].to_ascii_uppercase())
        && value[2..].iter().all(u8::is_ascii_digit);
    if !shaped {
        return None;
    }
    let lower = value[..2].iter().any(u8::is_ascii_lowercase);
    let canonical = value.iter().map(|&byte| char::from(byte.to_ascii_uppercase())).collect();
    let form = if lower { Form::LowerCase } else { Form::Bare };
    Some(Shaped { range: at..at + 10, canonical, form })
}
