//! Commands that look at lines and rules one by one.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Arguments of `explain`.
#[derive(Args, Clone, Debug)]
pub struct Explain {
    /// A log line; `-`, or none, reads lines from the standard input
    #[arg(value_name = "LINE|-")]
    pub line: Option<OsString>,
    /// Print one JSON object a line
    #[arg(long)]
    pub json: bool,
    /// The log format, instead of recognising it: a name, or the string by which the server writes it
    #[arg(long, value_name = "NAME|STRING")]
    pub format: Option<String>,
    /// The key of the subject keys, 64 hex digits in a file; without it a random one, good for this run only
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
}

/// What to do with patterns.
#[derive(Clone, Debug, Subcommand)]
pub enum Patterns {
    /// List the rules of the program and of patterns.d
    List(PatternsList),
    /// Try every example of a pack; ends with 78 when it cannot be used
    Test(PatternsTest),
}

/// Arguments of `patterns list`.
#[derive(Args, Clone, Debug)]
pub struct PatternsList {
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `patterns test`.
#[derive(Args, Clone, Debug)]
pub struct PatternsTest {
    /// The pack; it need not lie in patterns.d
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// What to do with formats.
#[derive(Clone, Debug, Subcommand)]
pub enum Formats {
    /// List the formats of the program and of formats.d
    List(FormatsList),
    /// Try every sample of a format; ends with 78 when it cannot be used
    Test(FormatsTest),
}

/// Arguments of `formats list`.
#[derive(Args, Clone, Debug)]
pub struct FormatsList {
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `formats test`.
#[derive(Args, Clone, Debug)]
pub struct FormatsTest {
    /// The format; it need not lie in formats.d
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// Arguments of `doctor`.
#[derive(Args, Clone, Debug)]
pub struct Doctor {
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    /// Try the mail relay too
    #[arg(long)]
    pub mail: bool,
}
