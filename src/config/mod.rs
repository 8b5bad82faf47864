//! The configuration: files in, [`Settings`] out, or every mistake at once.
//!
//! `raw` knows the keys and remembers places, `build` and `contact` check values and fill defaults, `diagnose` shows what is
//! wrong, `dump` shows what is in force. A key is added in `raw`'s table, `settings`, `build`, `dump` and the sample
//! `config/breachd.toml`; the tests name whichever was forgotten.

mod assemble;
mod build;
mod contact;
mod diagnose;
mod dump;
mod form;
mod formats;
mod inventory;
mod letter;
mod network;
mod opening;
mod patterns;
mod policy;
mod raw;
mod relay;
mod roles;
mod schema;
mod settings;
mod sources;
mod store;
mod telling;
mod templates;
#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use assemble::{Packs, format_of, journals, rules, scanner, specs};
pub use diagnose::{Excerpt, Problem, Report, Severity};
pub use dump::dump;
pub use form::{FormSettings, Systems, office};
pub use formats::test_format;
pub use letter::{Attach, Body, LetterSettings};
pub use network::{IpNetwork, NetworkError};
pub use patterns::test_patterns;
pub use policy::{PolicyReading, PolicySettings};
pub use relay::{RelaySettings, each_relay, relays};
pub use roles::{ActorPattern, Holder, Roles, vacancies};
pub use settings::{
    AbnormalSettings, AlarmSettings, IncidentSettings, JournalSettings, MailSettings, Mailer, OpenRule,
    OpenThresholds, Org, Settings, SourceSettings, Start, Tls, Transport,
};
pub use store::StoreSettings;
pub use telling::overdue;
pub use templates::templates;

/// What the rest of the program can do, against which the file is checked.
#[derive(Clone, Copy, Debug)]
pub struct Known<'k> {
    /// Names of log formats; `auto` is always valid.
    pub formats: &'k [String],
    /// Ids of policy packs.
    pub policies: &'k [String],
    /// The roles that the packs notify; those of packs that are not active are not demanded.
    pub needed_roles: &'k [NeededRole],
}

/// A role that a policy pack notifies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NeededRole {
    /// The pack's id.
    pub policy: String,
    /// The role's id, as `[roles]` writes it.
    pub role: String,
    /// The clause that demands it, for the message.
    pub clause: String,
}

/// Reads `path` and `conf.d/*.toml` beside it, in lexical order: tables merge, arrays of tables append, all else is
/// overridden. The error is a report with at least one error in it; the report of a success may hold warnings.
pub fn load(path: &Path, known: &Known<'_>) -> Result<(Settings, Report), Report> {
    let mut report = Report::default();
    let mut files = Vec::new();
    for file in paths(path, &mut report) {
        match std::fs::read(&file).map(String::from_utf8) {
            Ok(Ok(text)) => files.push((file, text)),
            Ok(Err(error)) => report.problems.push(not_utf8(&file, &error)),
            Err(error) => report.problems.push(unreadable(&file, &error)),
        }
    }
    interpret(files, known, report)
}

/// What can be made of a configuration, whatever is wrong with it: whoever asks a running daemon must find it while the
/// file is being mended.
pub fn as_far_as_readable(path: &Path) -> Settings {
    let mut report = Report::default();
    let files = paths(path, &mut report).into_iter();
    let files = files.filter_map(|file| Some((file.clone(), std::fs::read_to_string(file).ok()?))).collect();
    report.problems.clear();
    make(files, &Known { formats: &[], policies: &[], needed_roles: &[] }, &mut report)
}

/// The same without the file system: texts under their names, the main file first.
pub fn read(files: Vec<(PathBuf, String)>, known: &Known<'_>) -> Result<(Settings, Report), Report> {
    interpret(files, known, Report::default())
}

fn interpret(
    files: Vec<(PathBuf, String)>,
    known: &Known<'_>,
    mut report: Report,
) -> Result<(Settings, Report), Report> {
    let settings = make(files, known, &mut report);
    if report.errors() == 0 { Ok((settings, report)) } else { Err(report) }
}

fn make(files: Vec<(PathBuf, String)>, known: &Known<'_>, report: &mut Report) -> Settings {
    // What a file that could not be read would have said is not missing.
    let mut whole = report.problems.is_empty();
    report.files_read = files.iter().map(|(path, _)| path.clone()).collect();
    let texts: raw::Texts = files.iter().map(|(_, text)| Arc::from(text.as_str())).collect();
    let roles: Vec<&str> = known.needed_roles.iter().map(|needed| needed.role.as_str()).collect();
    let mut root = raw::Table::new();
    for (file, ((path, _), text)) in files.iter().zip(&texts).enumerate() {
        let reader = raw::Reader { file, path, text, roles: &roles, report: &mut *report };
        let (table, sound) = reader.read();
        raw::merge(&mut root, table);
        whole &= sound;
    }
    dump::origins(&root, &texts, report);
    let settings =
        build::Builder { root: &root, texts: &texts, known, report: &mut *report, whole }.settings();
    report.sort();
    settings
}

/// The main file, then what lies in `conf.d` beside it.
fn paths(main: &Path, report: &mut Report) -> Vec<PathBuf> {
    let mut paths = toml_files(&main.with_file_name("conf.d"), &mut report.problems);
    paths.insert(0, main.to_owned());
    paths
}

/// The `*.toml` of a folder in lexical order. No folder is no problem.
fn toml_files(folder: &Path, problems: &mut Vec<Problem>) -> Vec<PathBuf> {
    let mut more = Vec::new();
    match std::fs::read_dir(folder) {
        Ok(entries) => {
            for entry in entries {
                match entry {
                    Ok(entry) => more.push(entry.path()),
                    Err(error) => problems.push(unreadable(folder, &error)),
                }
            }
        }
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {}
        Err(error) => problems.push(unreadable(folder, &error)),
    }
    more.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    // Editors leave `.#10-mail.toml` beside the file they work on.
    more.retain(|path| !path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b".")));
    more.sort();
    more
}

fn not_utf8(path: &Path, error: &std::string::FromUtf8Error) -> Problem {
    let what = format!("byte {} is not UTF-8", error.utf8_error().valid_up_to());
    Problem::of_file(path, what, "save the file as UTF-8")
}

fn unreadable(path: &Path, error: &io::Error) -> Problem {
    let hint = match error.kind() {
        io::ErrorKind::NotFound => {
            "name the file with --config, or start from the sample config/breachd.toml"
        }
        io::ErrorKind::PermissionDenied => "let the user breachd read it: setfacl -m u:breachd:r FILE",
        _ => "",
    };
    Problem::of_file(path, format!("cannot read the configuration: {error}"), hint)
}
