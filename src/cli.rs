//! The command line: what may be written, and the help that says so.

mod evidence;
mod inspect;
mod mail;
mod operate;
mod policy;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use evidence::{Backup, Verify};
pub use inspect::{Doctor, Explain, Formats, FormatsList, FormatsTest, Patterns, PatternsList, PatternsTest};

pub use mail::Mail;
pub use operate::{Ack, Act, Answer, Ctl, Form, Known, Level, Link};
pub use policy::{Policy, PolicyExplain, PolicyList};

use crate::config::IpNetwork;
use crate::moment::{Tz, parse_when};

/// The configuration when no other is named.
pub const CONFIG_DEFAULT: &str = "/etc/breachd/breachd.toml";

/// More threads than that are a slip of the pen.
const THREADS_MAX: usize = 1_024;

const AFTER_HELP: &str = "\
Exit codes:
    0  done
    1  failed
    2  usage: the command line is wrong
    3  findings, only with --exit-code
    4  partial: some input could not be read; it is listed on stderr
   78  configuration: the file, or what it names, is wrong
  130  interrupted

Data goes to stdout, words and progress to stderr. What --json prints is stable and carries \"schema\".";

/// Finds the personal data that left through mail and download logs, counts the people, and drafts the incident.
#[derive(Clone, Debug, Parser)]
#[command(name = "breachd", version, about, after_long_help = AFTER_HELP, max_term_width = 100)]
pub struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command, accepted before and after its name.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// The configuration file; conf.d/*.toml beside it is read too [default: /etc/breachd/breachd.toml]
    #[arg(short, long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// When to use colours; `auto` looks at the terminal and at `NO_COLOR`
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value = "auto")]
    pub color: Color,
    /// The language of messages and reports [default: from the environment]
    #[arg(long, global = true, value_enum, value_name = "LANG")]
    pub lang: Option<Lang>,
    /// Say only what is wrong
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more; twice for even more
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

impl Global {
    /// The configuration file to read.
    pub fn config_path(&self) -> &Path {
        self.config.as_deref().unwrap_or(Path::new(CONFIG_DEFAULT))
    }
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Even into a pipe.
    Always,
    /// Not at all.
    Never,
}

impl Color {
    /// Whether to colour a stream, given whether it is a terminal and the value of `NO_COLOR` (<https://no-color.org>:
    /// any value but the empty one switches colours off).
    pub fn enabled(self, terminal: bool, no_color: Option<&OsStr>) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => terminal && no_color.is_none_or(OsStr::is_empty),
        }
    }
}

/// The language of messages and reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Lang {
    /// 正體中文.
    #[value(name = "zh-TW")]
    ZhTw,
    /// English.
    En,
}

impl Lang {
    /// The language that the environment asks for: of `LC_ALL`, `LC_MESSAGES` and `LANG`, in this order, the first that
    /// is not empty decides.
    pub fn from_environment(values: [Option<&str>; 3]) -> Self {
        let chosen = values.into_iter().flatten().find(|value| !value.is_empty());
        if chosen.is_some_and(|value| value.starts_with("zh")) { Self::ZhTw } else { Self::En }
    }
}

/// What to do.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Watch the configured logs: the daemon, in the foreground
    ///
    /// Reads what each log has gained, finds personal data that left, counts the people, judges the level, and mails a
    /// draft of the incident. Stopped and started again it goes on where it was.
    Watch(Watch),
    /// Send what lies in the spool: for a `watch` that has neither network nor password
    Mailer,
    /// Try the way by which mail leaves, or list what has not left
    Mail {
        /// Which of the two.
        #[command(subcommand)]
        command: Mail,
    },
    /// Check the configuration and everything it names, and show all mistakes at once
    ///
    /// Every mistake comes with its file, its line and the way out. Ends with 78 when there is an error.
    Check(Check),
    /// Look at this host: logs that cannot be read, are silent or lose lines, and what they can never show
    ///
    /// With each comes the way out: a command, or the setting of the server's own. Ends with 1 when something needs a
    /// hand. Run it as the user of the service.
    Doctor(Doctor),
    /// Find personal data in files, like grep: findings are masked
    ///
    /// Detection only: no events, no incidents. A folder is read with all that is in it, compressed files decompressed.
    Scan(Scan),
    /// Compute the audit chain of the store again, and name the first row that does not hold
    ///
    /// Every act of the program and of its users is a row of the chain, and each transaction signs its end. Ends with 1
    /// when something does not hold.
    Verify(Verify),
    /// Copy the store, without its keys, while the daemon runs
    Backup(Backup),
    /// Run archived logs through the whole pipeline into incidents
    ///
    /// The same rules as `watch`, and the same result for the same bytes. The daemon's store is never touched. Works
    /// without a configuration: say what is inside with --domain, --network and --timezone.
    Replay(Replay),
    /// Show what every stage makes of a line: format, fields, views, findings and their reasons
    ///
    /// Nothing is shown in clear: values are masked, the line is redacted.
    Explain(Explain),
    /// List the patterns, or prove the examples of a site's own
    Patterns {
        /// Which of the two.
        #[command(subcommand)]
        command: Patterns,
    },
    /// List the log formats, or prove the samples of a site's own
    Formats {
        /// Which of the two.
        #[command(subcommand)]
        command: Formats,
    },
    /// Look at the rules by which incidents are judged, and try them
    Policy {
        /// What to do.
        #[command(subcommand)]
        command: Policy,
    },
    /// Ask the running daemon how it stands, or have it read its configuration anew
    ///
    /// Over its control socket, which its group may use.
    Ctl {
        /// Which of the two.
        #[command(subcommand)]
        command: Ctl,
    },
    /// Take a reply to one of breachd's mails, as a mail server hands it over: it acknowledges the case, or is a note
    ///
    /// Who answered is said by the token in the address to which it was sent; nothing else can be done by mail. Exit
    /// codes are those of sysexits.h: 65 no mail, 75 try again later, 77 refused. docs/mail.md has the settings of mail
    /// servers.
    Act(Answer),
    /// List and show the drafts, and say what was decided about them
    Incident {
        /// Which of them.
        #[command(subcommand)]
        command: Incident,
    },
    /// Fill in an official form of a draft, as far as the program can
    ///
    /// A document for office programs: what is known stands there, what is drafted is marked for a person to confirm, and what only
    /// a person can say is a blank that names them.
    Form(Form),
}

/// Arguments of `watch`.
#[derive(Args, Clone, Debug)]
pub struct Watch {
    /// Read what is there, flush every wait, and stop
    #[arg(long)]
    pub once: bool,
}

/// Arguments of `check`.
#[derive(Args, Clone, Debug)]
pub struct Check {
    /// Print the configuration in force, with the origin of each value and no secret
    #[arg(long)]
    pub dump: bool,
}

/// Arguments of `scan`.
#[derive(Args, Clone, Debug)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line, independent of the others"
)]
pub struct Scan {
    /// Files or folders; `-` is the standard input
    #[arg(required = true, value_name = "PATH|-")]
    pub paths: Vec<PathBuf>,
    /// Print one JSON object a finding
    #[arg(long)]
    pub json: bool,
    /// Print one JSON object of totals instead of the findings
    #[arg(long)]
    pub count: bool,
    /// Print rejected findings too, with the reason
    #[arg(long)]
    pub all: bool,
    /// The log format, instead of recognising it: a name, or the string by which the server writes it
    #[arg(long, value_name = "NAME|STRING")]
    pub format: Option<String>,
    /// The key of the subject keys, 64 hex digits in a file; without it a random one, good for this run only
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
    /// End with 3 when something was found
    #[arg(long)]
    pub exit_code: bool,
    /// How many threads scan [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = threads)]
    pub threads: Option<usize>,
}

/// Arguments of `replay`.
#[derive(Args, Clone, Debug)]
pub struct Replay {
    /// Files or folders
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Only events from here on: RFC 3339, 2026-11-21, 民國 115/11/21, or 2h, 3d before now
    #[arg(long, value_name = "WHEN", value_parser = when)]
    pub since: Option<String>,
    /// Only events before this, written like --since
    #[arg(long, value_name = "WHEN", value_parser = when)]
    pub until: Option<String>,
    /// Only this actor's events
    #[arg(long)]
    pub actor: Option<String>,
    /// The log format of all inputs, instead of recognising it: a name, or the string by which the server writes it
    #[arg(long, value_name = "NAME|STRING")]
    pub format: Option<String>,
    /// Keep the result in this folder
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
    /// Print only what depends on nothing but the logs and the rules, in canonical order
    #[arg(long)]
    pub core: bool,
    /// The key of the subject keys, 64 hex digits in a file; without it a random one, good for this run only
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
    /// Mail to this domain, and to those below it, is internal; repeat it or separate by commas; adds to the configuration's
    #[arg(long = "domain", value_name = "DOMAIN", value_delimiter = ',')]
    pub domains: Vec<String>,
    /// Clients in this range, like 10.0.0.0/8, are inside; repeat it or separate by commas; adds to the configuration's
    #[arg(long = "network", value_name = "NETWORK", value_delimiter = ',')]
    pub networks: Vec<IpNetwork>,
    /// The zone of logs that state none, like Asia/Taipei
    #[arg(long, value_name = "ZONE", value_parser = zone)]
    pub timezone: Option<Tz>,
    /// How many threads scan [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = threads)]
    pub threads: Option<usize>,
}

/// What to do with incidents.
#[derive(Clone, Debug, Subcommand)]
pub enum Incident {
    /// List the drafts, the oldest first
    List(List),
    /// Show one draft with everything known about it, and what was decided
    Show(Show),
    /// Say that somebody looks into it
    Ack(Ack),
    /// Say that it is an incident
    Confirm(Act),
    /// Say that it is none; the reason is kept
    Dismiss(Act),
    /// Add words for whoever reads it next
    Note(Act),
    /// Say that the authority was told
    Report(Act),
    /// Say that causes and extent are known
    Investigate(Act),
    /// Say that what had to be corrected is
    Correct(Act),
    /// Say that everything is done
    Close(Act),
    /// Set the level, or say what has happened that no log shows
    ///
    /// A raised level tells the roles that it adds, and its shorter times begin. A factor never lowers a level.
    Level(Level),
    /// Say when a person knew of it; the time of the detection stays beside it
    Known(Known),
    /// Keep another case, or what a replay found, beside it; it is never counted in
    Link(Link),
}

/// Arguments of `incident list`.
#[derive(Args, Clone, Debug)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line, independent of the others"
)]
pub struct List {
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    /// Print only what depends on nothing but the logs and the rules, in canonical order
    #[arg(long)]
    pub core: bool,
    /// List only what comes under a suppression
    #[arg(long, conflicts_with = "possible")]
    pub suppressed: bool,
    /// List everything: what is told, what comes under a suppression, and what opens no draft
    #[arg(long, conflicts_with_all = ["possible", "suppressed"])]
    pub all: bool,
    /// List also what never opens a draft by itself: possible findings, and data that merely stands in a log
    #[arg(long)]
    pub possible: bool,
}

/// Arguments of `incident show`.
#[derive(Args, Clone, Debug)]
pub struct Show {
    /// A case number (BD-2026-000017) or the id of a chain (3f9a0c12de)
    pub id: String,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    /// Print only what depends on nothing but the logs and the rules
    #[arg(long)]
    pub core: bool,
}

/// Reads the command line of this process. A wrong one ends the process with 2, `--help` and `--version` with 0.
pub fn parse() -> Cli {
    Cli::parse()
}

/// A slip is told before anything is read; the value depends on zone and clock, so the command reads it again.
pub(crate) fn when(text: &str) -> Result<String, String> {
    match parse_when(text, Tz::UTC, 0) {
        Some(_) => Ok(text.to_owned()),
        None => Err("write RFC 3339, 2026-11-21, 115/11/21, or a span before now like 2h or 3d".to_owned()),
    }
}

fn threads(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=THREADS_MAX).contains(number));
    number.ok_or_else(|| format!("write a number from 1 to {THREADS_MAX}"))
}

fn zone(text: &str) -> Result<Tz, String> {
    text.parse().map_err(|_| "write a name of the IANA database, like Asia/Taipei".to_owned())
}

#[cfg(test)]
mod tests;
