//! `breachd backup FILE`: a consistent copy of the store, without keys, while the daemon runs.

use super::{Outcome, say, settings};
use crate::cli::{Backup as Options, Global};
use crate::store::Store;

/// Copies through a reader's eyes, so that the daemon goes on.
pub(super) fn run(global: &Global, options: &Options) -> Outcome {
    let (settings, _, _) = settings(global)?;
    Store::read(&settings.state_dir)?.copy_to(&options.file)?;
    if !global.quiet {
        say(&format!(
            "{}: a copy of the store without its keys; `breachd verify --store {0}` looks at its audit chain",
            options.file.display()
        ));
    }
    Ok(0)
}
