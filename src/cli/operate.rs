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

/// Arguments of what is decided about a draft.
#[derive(Args, Clone, Debug)]
pub struct Act {
    /// A case number (BD-2026-000017) or the id of a chain (3f9a0c12de)
    pub id: String,
    /// Why; kept in the audit, long numbers hidden
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
}
