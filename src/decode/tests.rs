//! The vectors of encodings, and the bounds.

use super::*;

/// Rows of tests/vectors/encodings.csv: type, field, the values that must be readable.
fn rows() -> Vec<(String, Vec<u8>, Vec<String>)> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/encodings.csv");
    let file = std::fs::read_to_string(path).unwrap();
    let rows = file.lines().skip(1).map(|line| {
        let columns: Vec<&str> = line.split(',').collect();
        let bytes = data_encoding::HEXLOWER.decode(columns[1].as_bytes()).unwrap();
        let values = columns[3].split(';').map(|pair| pair.split('=').nth(1).unwrap().to_owned());
        (columns[0].to_owned(), bytes, values.collect())
    });
    rows.collect()
}

#[test]
fn every_wrapping_of_the_vectors_is_undone() {
    let mut seen = 0;
    for (name, bytes, values) in rows() {
        if ["fullwidth_utf8", "fullwidth_cp950", "zero_width"].contains(&name.as_str()) {
            continue; // folded by `detect`, which needs the characters as they are
        }
        let views = views(Raw::new(&bytes));
        for value in &values {
            let value = value.strip_prefix('0').filter(|_| name == "form_plus").unwrap_or(value);
            assert!(views.iter().any(|view| view.text().contains(value)), "{name}: a value is not readable");
            seen += 1;
        }
    }
    assert!(seen >= 12 * 11, "only {seen} values were looked at");
}

#[test]
fn every_byte_of_a_view_maps_into_the_field() {
    for (name, bytes, _) in rows() {
        for view in views(Raw::new(&bytes)) {
            for (at, c) in view.text().char_indices() {
                let raw = view.raw(at..at + c.len_utf8());
                assert!(raw.start < raw.end && raw.end <= bytes.len(), "{name}: {} at {at}", view.name);
            }
        }
    }
}

#[test]
fn a_field_without_marks_has_one_view_and_hostile_ones_are_bounded() {
    assert_eq!(views(Raw::new(b"")).len(), 1);
    assert_eq!(views(Raw::new(b"plain 0912345678")).len(), 1);
    let hostile = "%25252541=?utf-8?B?".repeat(20_000);
    let views = views(Raw::new(hostile.as_bytes()));
    assert!(views.len() <= 1 + PASSES_MAX);
    assert!(views[1..].iter().all(|view| view.text().len() <= DECODED_BYTES_MAX + 4));
}
