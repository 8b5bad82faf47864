//! What an auditor asks for.

use std::path::PathBuf;

use clap::Args;

/// `breachd verify`.
#[derive(Args, Clone, Debug)]
pub struct Verify {
    /// A copy of a store, instead of the configured one
    #[arg(long, value_name = "FILE")]
    pub store: Option<PathBuf>,
    /// A checkpoint that was kept elsewhere, as it stands at the foot of a mail: its row must be there, with its hash
    #[arg(long, value_name = "CHECKPOINT")]
    pub witness: Option<String>,
    /// JSON
    #[arg(long)]
    pub json: bool,
}

/// `breachd backup`.
#[derive(Args, Clone, Debug)]
pub struct Backup {
    /// The new file; one that exists is never overwritten
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}
