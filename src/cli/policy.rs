//! Commands about the rules by which incidents are judged.

use clap::{Args, Subcommand};

/// What to do with policies.
#[derive(Clone, Debug, Subcommand)]
pub enum Policy {
    /// List the policy packs: which are active, which version applies now
    List(PolicyList),
    /// Judge an incident that is made up: level, clauses, recipients, deadlines
    Explain(PolicyExplain),
}

/// Arguments of `policy list`.
#[derive(Args, Clone, Debug)]
pub struct PolicyList {
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `policy explain`.
#[derive(Args, Clone, Debug)]
pub struct PolicyExplain {
    /// How many people, those with special-category data among them; 0 is a number not known yet
    #[arg(long, value_name = "N")]
    pub records: u64,
    /// How many of them with special-category data (PDPA art. 6)
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub special: u64,
    /// Natures of the data: identification, activity, financial, special
    #[arg(long = "nature", value_name = "NATURE", value_delimiter = ',')]
    pub natures: Vec<String>,
    /// How many records, where that is another number than that of the people
    #[arg(long, value_name = "N")]
    pub rows: Option<u64>,
    /// The system from which the data came, by the name that a `[[source]]` gives it
    #[arg(long, value_name = "NAME")]
    pub system: Option<String>,
    /// How many records that system holds, in place of what its source says
    #[arg(long, value_name = "N")]
    pub records_held: Option<u64>,
    /// The unit whose people are told, in place of the owner of the system
    #[arg(long, value_name = "UNIT")]
    pub unit: Option<String>,
    /// When it happened and was detected: chooses the versions of packs, and starts the clocks [default: now]
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
    /// Judge by this pack only, active or not; may be given several times
    #[arg(long = "policy", value_name = "ID")]
    pub policies: Vec<String>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}
