//! Arguments of the commands about mail.

use clap::Subcommand;

/// What to do about mail.
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum Mail {
    /// Send a mail to the system administrators by every relay there is, and show what each of them says
    Test,
    /// List the mails that wait, and those that were refused; ends with 1 where there are any
    Spool,
}
