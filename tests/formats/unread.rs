//! The lines that no format can be asked to read: `unread.toml`, each with its reason.

use std::collections::BTreeSet;
use std::path::Path;

use serde::Deserialize;

use super::cases::root;

/// Lines of one file, and why.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Unread {
    /// Below the repository, or below the samples.
    file: String,
    lines: Vec<usize>,
    reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    unread: Vec<Unread>,
}

fn table() -> Vec<Unread> {
    let table: Table = toml::from_str(include_str!("unread.toml")).expect("the table of unread lines");
    table.unread
}

/// The numbers of a file's lines that are left out of its figures.
pub(crate) fn lines(file: &str) -> Vec<usize> {
    table().into_iter().filter(|unread| unread.file == file).flat_map(|unread| unread.lines).collect()
}

#[test]
fn every_unread_line_has_one_reason() {
    let mut known = BTreeSet::new();
    for Unread { file, lines, reason } in table() {
        assert!(reason.len() >= 20 && !lines.is_empty(), "{file}: {reason:?}");
        let samples = std::env::var_os("BREACHD_SAMPLES").map(|samples| Path::new(&samples).join(&file));
        let path = [Some(root(&file)), samples].into_iter().flatten().find(|path| path.exists());
        let len = path.map(|path| std::fs::read(path).expect("a log").split(|byte| *byte == b'\n').count());
        for line in lines {
            assert!(known.insert((file.clone(), line)), "line {line} of {file} is named twice");
            assert!(len.is_none_or(|len| line <= len), "{file} has no line {line}");
        }
    }
}
