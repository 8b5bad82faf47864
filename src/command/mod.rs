//! The commands: one file each, each a story of calls.

mod act;
mod answer;
mod backup;
mod check;
mod ctl;
mod doctor;
mod explain;
mod form;
mod formats;
mod incident;
mod mail;
mod mailer;
mod patterns;
mod policy;
mod replay;
mod scan;
mod verify;
mod watch;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use crate::cli::{Cli, Command, Global, Lang};
use crate::config::{self, Known, Packs, Report, Settings};
use crate::daemon::{AskError, now};
use crate::format::{Format, LogFormat};
use crate::observe;
use crate::report::Words;
use crate::store;

/// Exit codes (see `breachd --help`).
const FAILED: u8 = 1;
const USAGE: u8 = 2;
const FINDINGS: u8 = 3;
const PARTIAL: u8 = 4;
const CONFIGURATION: u8 = 78;
const INTERRUPTED: u8 = 130;

/// Why a command ends early: the exit code and what to say.
#[derive(Debug)]
struct Failure {
    code: u8,
    text: String,
}

type Outcome = Result<u8, Failure>;

/// Runs a command line.
pub fn run(cli: Cli) -> ExitCode {
    let color = cli.global.color.enabled(io::stderr().is_terminal(), std::env::var_os("NO_COLOR").as_deref());
    observe::start(cli.global.quiet, cli.global.verbose, color);
    let outcome = match &cli.command {
        Command::Watch(options) => watch::run(&cli.global, options),
        Command::Check(options) => check::run(&cli.global, options),
        Command::Ctl { command } => ctl::run(&cli.global, *command),
        Command::Doctor(options) => doctor::run(&cli.global, options),
        Command::Scan(options) => scan::run(&cli.global, options),
        Command::Explain(options) => explain::run(&cli.global, options),
        Command::Patterns { command } => patterns::run(&cli.global, command),
        Command::Formats { command } => formats::run(&cli.global, command),
        Command::Policy { command } => policy::run(&cli.global, command),
        Command::Replay(options) => replay::run(&cli.global, options),
        Command::Verify(options) => verify::run(&cli.global, options),
        Command::Backup(options) => backup::run(&cli.global, options),
        Command::Mailer => mailer::run(&cli.global),
        Command::Mail { command } => mail::run(&cli.global, *command),
        Command::Form(options) => form::run(&cli.global, options),
        Command::Act(options) => answer::run(&cli.global, options),
        Command::Incident { command } => incident::run(&cli.global, command),
    };
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            if !failure.text.is_empty() {
                say(&format!("breachd: {}", failure.text));
            }
            ExitCode::from(failure.code)
        }
    }
}

/// Reads configuration and packs; every mistake is shown, warnings too.
fn settings(global: &Global) -> Result<(Settings, Packs, Report), Failure> {
    read_settings(global).map_err(|error| match error {
        Unread::Refused(report) => refused(global, &report),
        Unread::Failed(failure) => failure,
    })
}

/// Why a configuration gives no settings.
enum Unread {
    /// It is wrong.
    Refused(Box<Report>),
    /// The program's own packs are.
    Failed(Failure),
}

/// Reads configuration and packs, and shows nothing.
fn read_settings(global: &Global) -> Result<(Settings, Packs, Report), Unread> {
    let (packs, problems) = shipped().map_err(Unread::Failed)?.with_site(global.config_path(), now());
    let (policies, needed_roles) = (packs.policy_ids(), packs.needed_roles());
    let formats = packs.formats.names();
    let known = Known { formats: &formats, policies: &policies, needed_roles: &needed_roles };
    let (settings, mut report) = match config::load(global.config_path(), &known) {
        Ok((settings, report)) => (Some(settings), report),
        Err(report) => (None, report),
    };
    report.problems.extend(problems);
    let packs = match &settings {
        Some(settings) => {
            let (packs, problems) = packs.with_inventory(settings);
            report.problems.extend(problems);
            packs
        }
        None => packs,
    };
    report.files_read.extend_from_slice(&packs.files);
    let mut packs = packs;
    if let Some(settings) = &settings {
        let (templates, problems) = config::templates(&settings.mail.letter.templates_dir);
        packs.templates = templates;
        report.problems.extend(problems);
    }
    match settings {
        Some(settings) if report.errors() == 0 => {
            config::overdue(&settings, &mut report, now());
            let (packs, problems) = packs.with_log_formats(&settings).with_holidays(&settings);
            report.problems.extend(problems);
            if report.errors() > 0 {
                return Err(Unread::Refused(Box::new(report)));
            }
            Ok((settings, packs, report))
        }
        _ => Err(Unread::Refused(Box::new(report))),
    }
}

/// The packs of the program and of the site, where nothing else of the configuration is needed.
fn packs(global: &Global) -> Result<Packs, Failure> {
    let (packs, problems) = shipped()?.with_site(global.config_path(), now());
    let report = Report { problems, files_read: packs.files.clone(), ..Report::default() };
    if report.errors() > 0 {
        return Err(refused(global, &report));
    }
    if !report.problems.is_empty() && !global.quiet {
        say(report.render(stderr_color(global)).trim_end());
    }
    Ok(packs)
}

fn refused(global: &Global, report: &Report) -> Failure {
    say(report.render(stderr_color(global)).trim_end());
    Failure { code: CONFIGURATION, text: String::new() }
}

fn shipped() -> Result<Packs, Failure> {
    Packs::shipped().map_err(|(packs, faults)| {
        let lines = packs.iter().map(ToString::to_string);
        let faults = faults.iter().map(|fault| format!("{}:{}: {}", fault.file, fault.line, fault.what));
        Failure { code: CONFIGURATION, text: lines.chain(faults).collect::<Vec<_>>().join("\n") }
    })
}

fn stderr_color(global: &Global) -> bool {
    global.color.enabled(io::stderr().is_terminal(), std::env::var_os("NO_COLOR").as_deref())
}

/// The language of what people read: asked for, else that of the environment.
fn words(global: &Global) -> Words {
    let environment = ["LC_ALL", "LC_MESSAGES", "LANG"].map(|name| std::env::var(name).ok());
    let asked = global.lang.unwrap_or_else(|| {
        Lang::from_environment([
            environment[0].as_deref(),
            environment[1].as_deref(),
            environment[2].as_deref(),
        ])
    });
    match asked {
        Lang::ZhTw => Words::Chinese,
        Lang::En => Words::English,
    }
}

/// The format of `--format`, a name or a server's own format string; none is `auto`.
fn format(packs: &mut Packs, name: Option<&str>) -> Result<Option<Format>, Failure> {
    let Some(name) = name.filter(|name| *name != "auto") else { return Ok(None) };
    if let Some(known) = packs.formats.by_name(name) {
        return Ok(Some(known));
    }
    if LogFormat::is_meant(name) {
        let failure = |error| Failure { code: USAGE, text: format!("--format: {error}") };
        return packs.formats.learn(name).map(Some).map_err(failure);
    }
    let text = format!(
        "no format is named `{name}`; there are auto, {}, and the string of a server's own LogFormat or log_format",
        packs.formats.names().join(", ")
    );
    Err(Failure { code: USAGE, text })
}

/// Data for stdout. A reader that has gone away is no failure.
fn print(text: &str) -> Result<(), Failure> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            Err(Failure { code: 0, text: String::new() })
        }
        Err(error) => Err(Failure { code: FAILED, text: format!("cannot write the output: {error}") }),
        Ok(()) => Ok(()),
    }
}

/// Words for stderr; where they cannot be written there is nobody to tell.
fn say(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

impl From<store::Error> for Failure {
    fn from(error: store::Error) -> Self {
        let code = if matches!(error, store::Error::OtherKey { .. }) { CONFIGURATION } else { FAILED };
        let hint = error.hint();
        let text = if hint.is_empty() { error.to_string() } else { format!("{error}; {hint}") };
        Self { code, text }
    }
}

impl From<AskError> for Failure {
    fn from(error: AskError) -> Self {
        Self { code: FAILED, text: error.to_string() }
    }
}

impl From<store::KeyError> for Failure {
    fn from(error: store::KeyError) -> Self {
        Self { code: CONFIGURATION, text: error.to_string() }
    }
}

impl From<crate::detect::PackError> for Failure {
    fn from(error: crate::detect::PackError) -> Self {
        Self { code: CONFIGURATION, text: error.to_string() }
    }
}

impl From<crate::source::Error> for Failure {
    fn from(error: crate::source::Error) -> Self {
        Self { code: FAILED, text: error.to_string() }
    }
}

impl From<crate::alert::Error> for Failure {
    fn from(error: crate::alert::Error) -> Self {
        Self { code: FAILED, text: error.to_string() }
    }
}
