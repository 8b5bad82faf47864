//! `[store]`: how large the store may grow, and what is held back for the day when the disk is full.

use super::build::{Builder, text};

/// How much room the store has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreSettings {
    /// Bytes at which reading stops; from four fifths of it on there are warnings.
    pub bytes_max: u64,
    /// Bytes held back, to be given up when the disk is full.
    pub reserve: u64,
}

impl Default for StoreSettings {
    fn default() -> Self {
        Self { bytes_max: 10 << 30, reserve: 64 << 20 }
    }
}

impl Builder<'_> {
    pub(super) fn store(&mut self, store: &mut StoreSettings) {
        let Some(table) = self.section("store") else { return };
        let places = [("max", &mut store.bytes_max, 1 << 20), ("reserve", &mut store.reserve, 0)];
        for (key, place, least) in places {
            let Some((size, at)) = text(table, key) else { continue };
            match bytes(size).filter(|bytes| *bytes >= least) {
                Some(bytes) => *place = bytes,
                None => self.error(
                    at,
                    format!("`{size}` is not a size of at least {}", shown(least)),
                    "write it like 64MiB or 10GiB",
                ),
            }
        }
    }
}

const UNITS: [(&str, u64); 4] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

fn bytes(text: &str) -> Option<u64> {
    let (unit, size) = UNITS.iter().find(|(unit, _)| text.ends_with(unit))?;
    text.strip_suffix(unit)?.trim().parse::<u64>().ok()?.checked_mul(*size)
}

/// A size in the largest unit that divides it.
pub(super) fn shown(bytes: u64) -> String {
    let (unit, size) =
        UNITS.iter().find(|(_, size)| bytes >= *size && bytes.is_multiple_of(*size)).unwrap_or(&UNITS[3]);
    format!("{}{unit}", bytes / size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_has_a_unit_and_reads_as_it_is_shown() {
        for (text, size) in [("10GiB", 10 << 30), ("64 MiB", 64 << 20), ("0B", 0), ("5KiB", 5120)] {
            assert_eq!(bytes(text), Some(size));
            assert_eq!(bytes(&shown(size)), Some(size));
        }
        for text in ["", "10", "GiB", "-1MiB", "1.5GiB", "99999999999GiB", "10GB"] {
            assert_eq!(bytes(text), None, "{text}");
        }
    }
}
