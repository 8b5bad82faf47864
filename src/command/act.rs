//! `breachd incident ack|confirm|dismiss|note`: what people decide. The daemon does it, or, where none runs, this
//! process, in the same way.

use std::os::unix::fs::MetadataExt;

use super::{FAILED, Failure, Outcome, print, settings, words};
use crate::act::{Act as What, Decision, REASON_BYTES_MAX, Reason, Signed};
use crate::batch::Batch;
use crate::cli::{Act, Global};
use crate::config::{self, Settings};
use crate::daemon::{Answer, Ask, AskError, ask, now, user};
use crate::incident::State;
use crate::report::Words;
use crate::store::{self, Store};

/// A daemon that runs holds the store, and does it; whoever may use its socket need not be able to read the store.
pub(super) fn run(global: &Global, decision: Decision, options: &Act) -> Outcome {
    let socket = config::as_far_as_readable(global.config_path()).control_socket();
    let act = What::Case { id: options.id.clone(), decision };
    let question = Ask::Act { act: act.clone(), reason: options.reason.clone() };
    let (case, state) = match ask(&socket, &question) {
        Ok(Answer::Decided { case, state }) => (case, state),
        Ok(Answer::Refused(text)) => return Err(Failure { code: FAILED, text }),
        Ok(_) => return Err(other_version()),
        Err(nobody @ AskError::NobodyThere { .. }) => here(global, act, options.reason.as_deref(), nobody)?,
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
    reason: Option<&str>,
    nobody: AskError,
) -> Result<(String, String), Failure> {
    let (settings, packs, _) = settings(global)?;
    let key_id = Store::read(&settings.state_dir)?.key_id().to_owned();
    own_store(&settings)?;
    let mut store = Store::open(&settings.state_dir, &key_id).map_err(|error| match error {
        store::Error::Locked { .. } => nobody.into(),
        error => Failure::from(error),
    })?;
    let reason = reason.map(Reason::new).transpose().map_err(|more| {
        let text = format!("the reason is {more} bytes too long; {REASON_BYTES_MAX} are kept");
        Failure { code: FAILED, text }
    })?;
    let by = user(rustix::process::getuid().as_raw());
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
        (State::Closed, _) => "結案",
    }
}
