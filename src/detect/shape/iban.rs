//! International bank account numbers: bare, or in fours as ISO 13616-1 prints them. Capitals only, as it demands.

use super::super::validate::iban_length;
use super::{Form, Shaped};

/// The number that begins at `at`, of the length of its country.
pub(super) fn at(text: &[u8], start: usize) -> Option<Shaped> {
    let head = text.get(start..start + 4)?;
    if !head[2..].iter().all(u8::is_ascii_digit) {
        return None;
    }
    let length = iban_length(&head[..2])?;
    let separator = text.get(start + 4).copied().filter(|byte| matches!(byte, b' ' | b'-'));
    let mut canonical = String::with_capacity(length);
    let mut at = start;
    while canonical.len() < length {
        if separator.is_some() && !canonical.is_empty() && canonical.len().is_multiple_of(4) {
            if text.get(at).copied() != separator {
                return None;
            }
            at += 1;
        }
        let byte = *text.get(at).filter(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())?;
        canonical.push(char::from(byte));
        at += 1;
    }
    let form = if separator.is_some() { Form::Fours } else { Form::Bare };
    Some(Shaped { range: start..at, canonical, form })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_bare_or_in_fours() {
        for text in
            ["GB82WEST12345698765432", "GB82 WEST 1234 5698 7654 32", "GB82-WEST-1234-5698-7654-32, x"]
        {
            let found = at(text.as_bytes(), 0).map(|found| found.canonical);
            assert_eq!(found.as_deref(), Some("GB82WEST12345698765432"), "{text}");
        }
        for none in
            ["GB82 WEST 12345698765432", "GB82WEST1234569876543", "gb82west12345698765432", "TW82", "G"]
        {
            assert!(at(none.as_bytes(), 0).is_none(), "{none}");
        }
    }
}
