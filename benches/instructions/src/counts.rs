//! Figures: read, written, compared.

use std::collections::BTreeMap;
use std::fmt::Write;

/// How many instructions each kernel takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Versions of what they were made with.
    pub(crate) with: String,
    /// By kernel.
    pub(crate) of: BTreeMap<String, u64>,
}

/// What became of a comparison.
pub(crate) struct Verdict {
    pub(crate) table: String,
    pub(crate) faults: Vec<String>,
}

/// How far a figure may be off, of a thousand. Two runs differ by less than one: tables of the standard library are
/// seeded anew in each process.
const TOLERANCE: u64 = 30;

const RECORD: &str = "cargo run --release --manifest-path benches/instructions/Cargo.toml -- record";

const HEAD: &str = "\
# Instructions of the hot kernels (benches/instructions/src/kernels.rs), by callgrind on x86-64 with AVX2. `check`, which
# .ci/run calls, fails where one takes 3 % more. `record` rewrites this file: see docs/performance.md.
";

impl Counts {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| error.to_string())?;
        let with = table.get("with").and_then(toml::Value::as_str).ok_or("no `with`")?.to_owned();
        let of = table.get("instructions").and_then(toml::Value::as_table).ok_or("no `[instructions]`")?;
        let of = of.iter().map(|(name, count)| {
            let count = count.as_integer().filter(|count| *count > 0);
            Ok((name.clone(), count.ok_or_else(|| format!("`{name}` is not a number above 0"))? as u64))
        });
        Ok(Self { with, of: of.collect::<Result<_, String>>()? })
    }

    /// The file.
    pub(crate) fn text(&self) -> String {
        let mut text = format!("{HEAD}with = \"{}\"\n\n[instructions]\n", self.with);
        for (name, count) in &self.of {
            let _ = writeln!(text, "{name} = {}", grouped(*count)); // a String takes everything
        }
        text
    }

    /// From the names that the kernels printed, and the parts that callgrind wrote in the same order.
    pub(crate) fn of_parts(names: &str, parts: &str, with: String) -> Result<Self, String> {
        // Each part ends with its sum; the last, from the last kernel to the end of the program, counted nothing.
        let counts = parts.lines().filter_map(|line| line.strip_prefix("totals: ")?.trim().parse().ok());
        let counts: Vec<u64> = counts.filter(|count| *count > 0).collect();
        let names: Vec<&str> = names.lines().collect();
        if names.is_empty() || names.len() != counts.len() {
            return Err(format!("callgrind wrote {} parts of {} kernels", counts.len(), names.len()));
        }
        Ok(Self { with, of: names.into_iter().map(str::to_owned).zip(counts).collect() })
    }
}

/// Compares; only more than the tolerance is a fault, fewer instructions are a note.
pub(crate) fn compare(committed: &Counts, measured: &Counts) -> Verdict {
    let mut table = format!("{:<24} {:>14} {:>14} {:>8}\n", "kernel", "committed", "measured", "");
    let mut faults = Vec::new();
    for (name, count) in &measured.of {
        let Some(before) = committed.of.get(name) else {
            let _ = writeln!(table, "{name:<24} {:>14} {:>14}", "", grouped(*count));
            faults.push(format!("{name}: no committed figure; `{RECORD}` writes it"));
            continue;
        };
        let change = (*count as f64 / *before as f64 - 1.0) * 100.0;
        let (low, high) = (before * (1000 - TOLERANCE), before * (1000 + TOLERANCE));
        let note = if count * 1000 < low { "  less: record it, so that it stays so" } else { "" };
        let _ = writeln!(
            table,
            "{name:<24} {:>14} {:>14} {change:>+7.2}%{note}",
            grouped(*before),
            grouped(*count)
        );
        if count * 1000 > high {
            faults.push(format!(
                "{name}: {} instructions, {} are committed ({change:+.2} %). Make it faster, or say in the commit what it \
                 buys and run `{RECORD}`",
                grouped(*count),
                grouped(*before),
            ));
        }
    }
    for name in committed.of.keys().filter(|name| !measured.of.contains_key(*name)) {
        faults.push(format!("{name}: committed, but there is no such kernel; `{RECORD}` removes it"));
    }
    if !faults.is_empty() && committed.with != measured.with {
        faults.push(format!(
            "the committed figures were made with {}, these with {}",
            committed.with, measured.with
        ));
    }
    Verdict { table, faults }
}

/// `1_234_567`, as TOML writes it too.
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push('_');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(of: &[(&str, u64)]) -> Counts {
        let of = of.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
        Counts { with: "rustc 1".to_owned(), of }
    }

    #[test]
    fn three_percent_more_is_a_fault_and_less_is_a_note() {
        let check = |measured: u64| {
            let verdict = compare(&counts(&[("a", 1000)]), &counts(&[("a", measured)]));
            (verdict.faults.len(), verdict.table.contains("record it"))
        };
        assert_eq!(check(1000), (0, false));
        assert_eq!(check(1030), (0, false));
        assert_eq!(check(1031), (1, false));
        assert_eq!(check(970), (0, false));
        assert_eq!(check(969), (0, true));
    }

    #[test]
    fn a_kernel_that_only_one_side_has_is_a_fault() {
        let faults = compare(&counts(&[("a", 1), ("b", 1)]), &counts(&[("a", 1), ("c", 1)])).faults;
        assert_eq!(faults.len(), 2);
        assert!(faults[0].starts_with("c: no committed") && faults[1].starts_with("b: committed"));
    }

    #[test]
    fn a_fault_names_kernel_figures_and_way_out() {
        let verdict = compare(&counts(&[("a", 1_000_000)]), &counts(&[("a", 2_000_000)]));
        for part in ["a: 2_000_000", "1_000_000 are", "+100.00 %", "-- record`"] {
            assert!(verdict.faults[0].contains(part), "{}", verdict.faults[0]);
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let written = counts(&[("a", 1), ("b-c", 1_234_567)]);
        assert_eq!(Counts::parse(&written.text()), Ok(written));
        assert!(Counts::parse("with = \"\"\n[instructions]\na = 0\n").is_err());
    }

    #[test]
    fn parts_and_names_must_be_as_many() {
        let parts = "part: 1\ntotals: 12\npart: 2\ntotals: 34\npart: 3\ntotals: 0\n";
        let with = String::new;
        assert_eq!(Counts::of_parts("a\nb\n", parts, with()).map(|counts| counts.of["b"]), Ok(34));
        assert!(Counts::of_parts("a\n", parts, with()).is_err());
        assert!(Counts::of_parts("", "", with()).is_err());
    }
}
