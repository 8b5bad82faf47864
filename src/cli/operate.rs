//! Arguments of the commands that speak with the running daemon.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// What to ask the daemon.
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum Ctl {
    /// Show sources with their lag, gaps, mails, the store
    Status {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Read configuration, packs and formats anew; when anything is wrong with them the old ones stay in force
    ///
    /// Ends with 78 then. SIGHUP does the same.
    Reload,
}

/// Arguments of `form`.
#[derive(Args, Clone, Debug)]
pub struct Form {
    /// A case number (BD-2026-000017) or the id of a chain (3f9a0c12de)
    pub id: String,
    /// Which form [default: the first that the policies in force ask for]
    #[arg(long, value_name = "NAME", value_parser = ["moi-construction-110", "taipei-nco-112", "ims-p-025-01"])]
    pub form: Option<String>,
    /// Write it here instead of to stdout
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// A document that office programs open, or the same as one XML file
    #[arg(long, value_name = "FORMAT", default_value = "odt", value_parser = ["odt", "fodt"])]
    pub format: String,
}

/// Arguments of `act`.
#[derive(Args, Clone, Debug)]
pub struct Answer {
    /// Read a reply to one of breachd's mails on the standard input
    #[arg(long, required = true)]
    pub mail: bool,
    /// An address to which it was sent, where the mail server names it here; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub to: Vec<String>,
}

/// Arguments of `incident ack`.
#[derive(Args, Clone, Debug)]
pub struct Ack {
    /// Which, and why.
    #[command(flatten)]
    pub act: Act,
    /// Somebody has said on the telephone that they look into it: who
    #[arg(long, value_name = "NAME")]
    pub by_phone: Option<String>,
}

/// Arguments of `incident level`.
#[derive(Args, Clone, Debug)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line, independent of the others"
)]
pub struct Level {
    /// Which, and why.
    #[command(flatten)]
    pub act: Act,
    /// The level; a lower one holds until something new makes the computed one rise
    #[arg(long, value_name = "N", required_unless_present_any = ["complaint", "outside_complaint", "media", "authority_order", "litigation"])]
    pub to: Option<u8>,
    /// A person concerned has complained to the management
    #[arg(long)]
    pub complaint: bool,
    /// A person concerned has complained to an authority or a body outside
    #[arg(long)]
    pub outside_complaint: bool,
    /// The media report it
    #[arg(long)]
    pub media: bool,
    /// A superior body or an authority has ordered something to be corrected
    #[arg(long)]
    pub authority_order: bool,
    /// It is before a court
    #[arg(long)]
    pub litigation: bool,
}

/// Arguments of `incident known`.
#[derive(Args, Clone, Debug)]
pub struct Known {
    /// Which, and why.
    #[command(flatten)]
    pub act: Act,
    /// When a person knew: RFC 3339, 2026-11-21, 民國 115/11/21, or 2h, 3d before now
    #[arg(long, value_name = "WHEN", value_parser = super::when)]
    pub at: String,
}

/// Arguments of `incident link`.
#[derive(Args, Clone, Debug)]
pub struct Link {
    /// Which, and why.
    #[command(flatten)]
    pub act: Act,
    /// Another case, by its number or the id of a chain
    #[arg(long, value_name = "ID", required_unless_present = "replay", conflicts_with = "replay")]
    pub case: Option<String>,
    /// What a replay found: a file that `breachd replay --json` wrote
    #[arg(long, value_name = "FILE")]
    pub replay: Option<PathBuf>,
}

/// Arguments of what is decided about a draft.
#[derive(Args, Clone, Debug)]
pub struct Act {
    /// A case number (BD-2026-000017) or the id of a chain (3f9a0c12de)
    pub id: String,
    /// Why; kept in the audit, long numbers hidden
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
}
