//! `breachd incident ack|confirm|dismiss|note|level` and so on: what people decide. The daemon does it, or, where none runs, this
//! process, in the same way.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use data_encoding::HEXLOWER;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{FAILED, Failure, Outcome, USAGE, print, settings, words};
use crate::act::{Act as What, Decision, Factor, Linked, REASON_BYTES_MAX, Reason, ReplayReport, Signed};
use crate::batch::Batch;
use crate::cli::{Ack, Act, Global, Known, Level, Link};
use crate::config::{self, Settings};
use crate::daemon::{Answer, Ask, AskError, ask, now, user};
use crate::incident::State;
use crate::moment::parse_when;
use crate::report::Words;
use crate::store::{self, Store};

/// A daemon that runs holds the store, and does it; whoever may use its socket need not be able to read the store.
pub(super) fn step(global: &Global, decision: Decision, options: &Act) -> Outcome {
    run(global, What::Case { id: options.id.clone(), decision }, options, None)
}

/// `incident ack`.
pub(super) fn ack(global: &Global, options: &Ack) -> Outcome {
    let act = What::Case { id: options.act.id.clone(), decision: Decision::Ack };
    run(global, act, &options.act, options.by_phone.as_deref())
}

/// `incident level`.
pub(super) fn level(global: &Global, options: &Level) -> Outcome {
    let factors = [
        (options.complaint, Factor::Complaint),
        (options.outside_complaint, Factor::OutsideComplaint),
        (options.media, Factor::Media),
        (options.authority_order, Factor::AuthorityOrder),
        (options.litigation, Factor::Litigation),
    ];
    let factors = factors.into_iter().filter_map(|(is_so, factor)| is_so.then_some(factor)).collect();
    run(global, What::Level { id: options.act.id.clone(), level: options.to, factors }, &options.act, None)
}

/// `incident known`.
pub(super) fn known(global: &Global, options: &Known) -> Outcome {
    let zone = config::as_far_as_readable(global.config_path()).org.timezone;
    let at = parse_when(&options.at, zone, now());
    let at = at.ok_or_else(|| Failure { code: USAGE, text: format!("--at: `{}` is no time", options.at) })?;
    run(global, What::Known { id: options.act.id.clone(), at }, &options.act, None)
}

/// `incident link`.
pub(super) fn link(global: &Global, options: &Link) -> Outcome {
    let to = match (&options.case, &options.replay) {
        (Some(other), _) => Linked::Case(other.clone()),
        (None, Some(file)) => Linked::Report(report_of(file)?),
        (None, None) => {
            return Err(Failure { code: USAGE, text: "link what? --case or --replay".to_owned() });
        }
    };
    run(global, What::Link { id: options.act.id.clone(), to }, &options.act, None)
}

/// The numbers of a report that `breachd replay --json` wrote.
fn report_of(file: &Path) -> Result<ReplayReport, Failure> {
    let failed = |what: String| Failure { code: FAILED, text: format!("{}: {what}", file.display()) };
    let bytes = std::fs::read(file).map_err(|error| failed(error.to_string()))?;
    let report: Value = serde_json::from_slice(&bytes).map_err(|error| failed(error.to_string()))?;
    let incidents = report["incidents"].as_array().filter(|_| report["schema"] == "breachd.replay/1");
    let Some(incidents) = incidents else {
        return Err(failed("not a report of `breachd replay --json`".to_owned()));
    };
    let number = |incident: &Value, at: &str| incident.pointer(at).and_then(Value::as_u64).unwrap_or(0);
    let sum = |at: &str| incidents.iter().map(|incident| number(incident, at)).sum();
    let level = incidents.iter().map(|incident| number(incident, "/level/level")).max().unwrap_or(0);
    let key = incidents.first().and_then(|incident| incident["key"].as_str()).unwrap_or("-");
    Ok(ReplayReport {
        sha256: HEXLOWER.encode(&Sha256::digest(&bytes)),
        key: key.to_owned(),
        incidents: incidents.len() as u64,
        people: sum("/subjects/total"),
        rows: sum("/rows"),
        level: u8::try_from(level).unwrap_or(u8::MAX),
    })
}

fn run(global: &Global, act: What, options: &Act, by_phone: Option<&str>) -> Outcome {
    let socket = config::as_far_as_readable(global.config_path()).control_socket();
    let reason = options.reason.clone();
    let question = Ask::Act { act: act.clone(), reason, by_phone: by_phone.map(str::to_owned) };
    let (case, state) = match ask(&socket, &question) {
        Ok(Answer::Decided { case, state }) => (case, state),
        Ok(Answer::Refused(text)) => return Err(Failure { code: FAILED, text }),
        Ok(_) => return Err(other_version()),
        Err(nobody @ AskError::NobodyThere { .. }) => here(global, act, options, by_phone, nobody)?,
        Err(error) => return Err(error.into()),
    };
    let state = State::from_id(&state).map_or(state, |state| said(state, words(global)).to_owned());
    print(&format!("{case}: {state}\n"))?;
    Ok(0)
}

/// An answer to another question.
pub(super) fn other_version() -> Failure {
    Failure { code: FAILED, text: "the daemon answered something else; is it of another version?".to_owned() }
}

/// No daemon answers: done here, under the lock of the store.
fn here(
    global: &Global,
    act: What,
    options: &Act,
    by_phone: Option<&str>,
    nobody: AskError,
) -> Result<(String, String), Failure> {
    let (settings, packs, _) = settings(global)?;
    let key_id = Store::read(&settings.state_dir)?.key_id().to_owned();
    own_store(&settings)?;
    let mut store = Store::open(&settings.state_dir, &key_id).map_err(|error| match error {
        store::Error::Locked { .. } => nobody.into(),
        error => Failure::from(error),
    })?;
    let reason = options.reason.as_deref().map(Reason::new).transpose().map_err(|more| {
        let text = format!("the reason is {more} bytes too long; {REASON_BYTES_MAX} are kept");
        Failure { code: FAILED, text }
    })?;
    let by = user(rustix::process::getuid().as_raw());
    let by = by_phone.map_or_else(|| by.clone(), |name| by.at_the_telephone(name));
    let batch = Batch { acts: vec![Signed { act, by, reason }], ..Batch::new(store.key_id()) };
    let effects = store.apply(&batch, &config::rules(&settings, &packs), now(), false)?;
    let decided = effects.decided.into_iter().next();
    decided.map(|decided| (decided.number, decided.state.id().to_owned())).ok_or_else(other_version)
}

/// A file that another user makes in the store is one that the daemon cannot open afterwards.
pub(super) fn own_store(settings: &Settings) -> Result<(), Failure> {
    let own = rustix::process::geteuid().as_raw();
    match settings.state_dir.metadata() {
        Ok(found) if found.uid() != own => {
            let owner = user(found.uid()).name;
            let text = format!(
                "no daemon runs, and {} belongs to {owner}; do it as that user: sudo -u {owner} breachd incident …",
                settings.state_dir.display()
            );
            Err(Failure { code: FAILED, text })
        }
        _ => Ok(()),
    }
}

/// A state in words.
pub(super) fn said(state: State, words: Words) -> &'static str {
    match (state, words) {
        (_, Words::English) => state.id(),
        (State::Draft, _) => "草稿",
        (State::Acknowledged, _) => "已收悉",
        (State::Confirmed, _) => "確認為個資事件",
        (State::Dismissed, _) => "非個資事件",
        (State::Reported, _) => "已通報主管機關",
        (State::Investigated, _) => "已查明",
        (State::Corrected, _) => "已矯正",
        (State::Closed, _) => "結案",
    }
}
