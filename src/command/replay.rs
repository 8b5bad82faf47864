//! `breachd replay`: archives through the same pipeline into incidents.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{FAILED, Failure, Outcome, PARTIAL, format, packs, print, say, settings, words};
use crate::batch::Batch;
use crate::cli::{Global, Replay as Options};
use crate::config::{self, Packs, Settings};
use crate::daemon::now;
use crate::incident::{Draft, Instant};
use crate::moment::parse_when;
use crate::producer::{Archive, InputReport, Reading};
use crate::report;
use crate::source;
use crate::source::archive::{Input, inputs};
use crate::store::{self, Store};

/// Reads everything once for hits, again for their threads, and prints the incidents that open.
pub(super) fn run(global: &Global, options: &Options) -> Outcome {
    let (settings, mut packs) = rules_at_hand(global, options)?;
    let key_file = options.key.as_ref().or(settings.key_file.as_ref());
    let keys = match key_file {
        Some(file) => store::read_key(file)?,
        None => store::random_key()?,
    };
    let key_name = key_file.map_or_else(|| "ephemeral".to_owned(), |_| keys.id().to_owned());
    let format = format(&mut packs, options.format.as_deref())?;
    let inputs = inputs(&options.paths).map_err(|errors| {
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        Failure { code: FAILED, text: lines.join("\nbreachd: ") }
    })?;
    let folder = Folder::new(options.out.as_deref())?;
    let mut store = Store::open(&folder.state, keys.id())?;
    let rules = config::rules(&settings, &packs);
    let scanner = config::scanner(&settings, packs, keys);
    let mut apply = |batch: Batch| -> Result<(), Stop> {
        store.apply(&batch, &rules, 0, false)?;
        Ok(())
    };
    let mut archive = Archive::new(&scanner, format, Reading::by(options.threads));
    let (mut reports, partial) = read_all(&mut archive, &inputs, &mut apply)?;
    let read: Vec<Input> = reports.iter().map(|report| report.input.clone()).collect();
    let passes = archive.complete(&read, &mut apply)?;
    reports.sort_by_key(|report| (report.times, report.input.path.clone()));
    let drafts = wanted(&store, options, &settings, &key_name)?;
    say(&summary(&reports, &drafts, passes));
    show(global, options, &settings, &reports, &drafts, &folder)?;
    Ok(if partial { PARTIAL } else { 0 })
}

/// What ended the reading of an input: the input, or the store.
#[derive(Debug)]
enum Stop {
    Source(source::Error),
    Store(store::Error),
}

impl From<source::Error> for Stop {
    fn from(error: source::Error) -> Self {
        Self::Source(error)
    }
}

impl From<store::Error> for Stop {
    fn from(error: store::Error) -> Self {
        Self::Store(error)
    }
}

impl From<Stop> for Failure {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Source(error) => error.into(),
            Stop::Store(error) => error.into(),
        }
    }
}

/// The configuration where there is one, and what the command line says of the organisation.
fn rules_at_hand(global: &Global, options: &Options) -> Result<(Settings, Packs), Failure> {
    let (mut settings, packs) = if global.config.is_some() || global.config_path().exists() {
        let (settings, packs, _) = settings(global)?;
        (settings, packs)
    } else {
        (Settings::default(), packs(global)?)
    };
    settings.org.domains.extend(options.domains.iter().map(|domain| domain.to_ascii_lowercase()));
    settings.org.networks.extend(&options.networks);
    if let Some(zone) = options.timezone {
        settings.org.timezone = zone;
    }
    Ok((settings, packs))
}

/// Inputs that cannot be read are named; the others go on.
fn read_all(
    archive: &mut Archive<'_>,
    inputs: &[Input],
    apply: &mut dyn FnMut(Batch) -> Result<(), Stop>,
) -> Result<(Vec<InputReport>, bool), Failure> {
    let (mut reports, mut partial) = (Vec::new(), false);
    for report in archive.read(inputs, apply)? {
        match report {
            Ok(report) => {
                partial |= !report.totals.gaps.is_empty();
                reports.push(report);
            }
            Err(error) => {
                say(&format!("breachd: {error}"));
                partial = true;
            }
        }
    }
    Ok((reports, partial))
}

/// The incidents that open, within the times and of the actor that were asked for.
fn wanted(store: &Store, options: &Options, settings: &Settings, key: &str) -> Result<Vec<Draft>, Failure> {
    let when = |text: &Option<String>| {
        text.as_ref().and_then(|text| parse_when(text, settings.org.timezone, now())).map(Instant)
    };
    let (since, until) = (when(&options.since), when(&options.until));
    let listed = store.list()?.into_iter().filter(|listed| listed.opens).map(|listed| listed.draft);
    let drafts = listed.filter(|draft| {
        let core = &draft.core;
        since.is_none_or(|since| core.last >= since)
            && until.is_none_or(|until| core.first < until)
            && options.actor.as_ref().is_none_or(|actor| core.actor.eq_ignore_ascii_case(actor))
    });
    // Nobody is told by a replay.
    Ok(drafts
        .map(|mut draft| {
            (draft.case, draft.notified_level) = (None, None);
            key.clone_into(&mut draft.key);
            for duty in &mut draft.duties {
                (duty.from, duty.due) = (None, None);
            }
            draft
        })
        .collect())
}

fn show(
    global: &Global,
    options: &Options,
    settings: &Settings,
    reports: &[InputReport],
    drafts: &[Draft],
    folder: &Folder,
) -> Result<(), Failure> {
    let json = report::replay(reports.iter().map(input).collect(), drafts.iter());
    if let Some(out) = &options.out {
        let path = out.join("incidents.json");
        let text = format!("{json:#}\n");
        std::fs::write(&path, text)
            .map_err(|error| Failure { code: FAILED, text: format!("{}: {error}", path.display()) })?;
        say(&format!("written     {} and {}", path.display(), folder.state.join("state.db").display()));
    }
    let cores: Vec<_> = drafts.iter().map(|draft| draft.core.clone().bare()).collect();
    print(&match (options.core, options.json) {
        (true, _) => format!("{:#}\n", report::cores(&cores)),
        (false, true) => format!("{json:#}\n"),
        (false, false) => report::list_table(drafts.iter(), settings.org.timezone, words(global)),
    })
}

fn input(report: &InputReport) -> Value {
    let gap = |gap: &crate::event::Gap| json!({ "cause": gap.cause.id(), "from": gap.from, "to": gap.to });
    json!({
        "path": report.input.path.to_string_lossy(),
        "bytes": report.totals.bytes,
        "lines": report.totals.lines,
        "format": report.format,
        "first": report.times.map(|(first, _)| Instant(first)),
        "last": report.times.map(|(_, last)| Instant(last)),
        "sha256": report.totals.sha256,
        "gaps": report.totals.gaps.iter().map(gap).collect::<Vec<_>>(),
    })
}

fn summary(reports: &[InputReport], drafts: &[Draft], passes: u32) -> String {
    let sum = |of: fn(&InputReport) -> u64| report::thousands(reports.iter().map(of).sum());
    let people: u64 = drafts.iter().map(|draft| draft.core.subjects.total).sum();
    format!(
        "inputs      {} files, {} bytes\nlines       {}; {} candidates were not of their file's format\n\
         passes      1 for hits, {passes} for their threads\npeople      {} in {} incidents",
        reports.len(),
        sum(|report| report.totals.bytes),
        sum(|report| report.totals.lines),
        sum(|report| report.malformed),
        report::thousands(people),
        drafts.len(),
    )
}

/// Where the replay works: the folder that was named, or a temporary one that goes with it.
struct Folder {
    state: PathBuf,
    temporary: bool,
}

impl Folder {
    fn new(out: Option<&Path>) -> Result<Self, Failure> {
        let Some(out) = out else {
            let name = format!("breachd-replay-{}-{}", std::process::id(), now());
            return Ok(Self { state: std::env::temp_dir().join(name), temporary: true });
        };
        if Store::exists(out) {
            let text = format!("{} holds a store already; name an empty folder, or remove it", out.display());
            return Err(Failure { code: FAILED, text });
        }
        Ok(Self { state: out.to_owned(), temporary: false })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.temporary {
            // What cannot be removed holds masked facts only.
            let _ = std::fs::remove_dir_all(&self.state);
        }
    }
}
