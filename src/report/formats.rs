//! Formats and their samples, for people and for programs.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::terminal::{escape, table};
use crate::format::{Listed, Trial};

/// `formats list --json`.
pub fn formats(formats: &[Listed]) -> Value {
    let format = |format: &Listed| {
        json!({
            "name": format.name, "family": format.family, "framing": format.framing, "file": format.file,
            "samples": format.samples,
        })
    };
    json!({ "schema": "breachd.formats/1", "formats": formats.iter().map(format).collect::<Vec<_>>() })
}

/// `formats list`.
pub fn formats_table(formats: &[Listed]) -> String {
    let heads = ["NAME", "FAMILY", "FRAMING", "SAMPLES", "FILE"].map(str::to_owned);
    let row = |format: &Listed| {
        [
            escape(&format.name),
            format.family.to_owned(),
            format.framing.to_owned(),
            format.samples.to_string(),
            escape(&format.file),
        ]
    };
    let rows: Vec<_> = std::iter::once(heads).chain(formats.iter().map(row)).collect();
    table(&rows)
}

/// The outcome of each sample of `formats test`.
pub fn samples(trials: &[Trial]) -> String {
    let mut text = String::new();
    for trial in trials {
        let outcome = if trial.fault.is_none() { "ok    " } else { "FAILED" };
        let (file, format) = (escape(&trial.file), escape(&trial.format));
        // A String takes every byte.
        let _ = writeln!(text, "{outcome}  {file}:{}  sample of {format}", trial.line);
    }
    text
}
