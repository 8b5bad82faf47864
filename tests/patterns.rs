//! Packs of a site, and `explain`.

mod support;

#[path = "patterns/allow.rs"]
mod allow;
#[path = "patterns/explain.rs"]
mod explain;
#[path = "patterns/packs.rs"]
mod packs;

use std::process::Output;

/// What a command said on stderr.
fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What it printed.
fn printed(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}
