//! Answers what is asked over the control socket, and by SIGHUP.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use super::answers::ticket;
use super::board::{Board, Said};
use super::control::{Answer, Ask};
use super::handover::{Request, hand_over};
use super::reload::{Conduct, Load, Loaded};
use super::{manager, now};
use crate::act::{Act, REASON_BYTES_MAX, Reason, Signed, Who};
use crate::alert::{Spool, Tokens};
use crate::batch::Generation;
use crate::config::Settings;
use crate::incident::{Instant, Missing};
use crate::moment::SECOND;
use crate::observe;
use crate::producer::Pipeline;
use crate::report::{self, STATUS_SCHEMA, SourceState, Status};
use crate::source::{SourceStatus, State};
use crate::store::{self, Store};

/// How long a request waits to be taken up.
const PATIENCE: Duration = Duration::from_secs(1);
/// The same of a new configuration: the reader may be within a large batch.
const PATIENCE_RELOAD: Duration = Duration::from_secs(10);
/// How long one that was taken up may take.
const WORK_MAX: Duration = Duration::from_secs(30);
/// The same of a new configuration: it is in force once the store can commit that it is, and until then nobody can say.
const WORK_RELOAD_MAX: Duration = Duration::from_hours(24);
/// How long a status waits for a fresh look at the sources.
const LOOK_MAX: Duration = Duration::from_millis(500);
/// Gaps that a status shows.
const GAPS_SHOWN: usize = 20;
/// Bytes of a status, well within a line of the socket.
const STATUS_BYTES_MAX: usize = 60 << 10;

/// A configuration on its way to the reader, and from it to the store.
pub(super) struct Turn {
    /// For the reader.
    pub(super) pipeline: Pipeline,
    /// For the store.
    pub(super) settled: Settled,
    /// What the store knows of every generation.
    pub(super) generations: Vec<Generation>,
}

/// A configuration by which the reader reads from here on.
pub(super) struct Settled {
    pub(super) conduct: Conduct,
    /// Who asked for it.
    pub(super) signed: Signed,
}

/// Where requests are answered.
pub(super) struct Desk {
    pub(super) board: std::sync::Arc<Board>,
    /// What is in force; held while another one takes its place.
    pub(super) settings: Mutex<Settings>,
    /// Two of its paths, which no other configuration can change.
    pub(super) state_dir: PathBuf,
    pub(super) spool_dir: PathBuf,
    pub(super) key_id: String,
    pub(super) load: Box<Load>,
    pub(super) acts: SyncSender<Request<Signed>>,
    pub(super) turns: SyncSender<Request<Turn>>,
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

impl Desk {
    /// Answers a question of somebody.
    pub(super) fn answer(&self, question: Ask, who: &Who) -> Answer {
        match question {
            Ask::Status => Answer::Status(Box::new(self.status())),
            Ask::Reload => match self.reload(who) {
                Ok(report) => Answer::Reloaded { report },
                Err(why) => Answer::Refused(why),
            },
            Ask::Reply { addresses, words } => self.reply(&addresses, &words),
            Ask::Act { act: Act::Reply { .. }, .. } => Answer::Refused(
                "answer a mail, and let the mail server hand it to `breachd act --mail`".to_owned(),
            ),
            Ask::Act { act: Act::Reload { .. }, .. } => {
                Answer::Refused("ask for `reload` instead".to_owned())
            }
            Ask::Act { act, reason, by_phone } => {
                let who = by_phone.map_or_else(|| who.clone(), |name| who.at_the_telephone(&name));
                self.act(act, reason.as_deref(), &who)
            }
        }
    }

    /// Somebody has answered a mail: who, is said by the token in its address, whoever hands it over.
    fn reply(&self, addresses: &[String], words: &str) -> Answer {
        let secret = match store::load_reply_secret(&self.state_dir) {
            Ok(secret) => secret,
            Err(error) => return Answer::Refused(error.to_string()),
        };
        let settings = self.settings.lock().expect("no holder panics").clone();
        let ticket = match ticket(&Tokens::new(secret), &settings, addresses, now()) {
            Ok(ticket) => ticket,
            Err(answer) => return answer,
        };
        match Store::read(&self.state_dir).and_then(|store| store.is_answered(&ticket.token)) {
            Ok(true) => return Answer::Unanswered { is_ours: true, why: store::USED.to_owned() },
            Ok(false) => {}
            Err(error) => return Answer::Refused(error.to_string()),
        }
        let by = Who::by_mail(&ticket.recipient);
        let act = Act::Reply { id: ticket.case, token: ticket.token, until: ticket.until };
        self.act(act, Some(words).filter(|words| !words.is_empty()), &by)
    }

    fn act(&self, act: Act, reason: Option<&str>, who: &Who) -> Answer {
        let reason = match reason.map(Reason::new).transpose() {
            Ok(reason) => reason,
            Err(more) => {
                let why = format!("the reason is {more} bytes too long; {REASON_BYTES_MAX} are kept");
                return Answer::Refused(why);
            }
        };
        let signed = Signed { act, by: who.clone(), reason };
        match hand_over(&self.acts, signed, PATIENCE, WORK_MAX) {
            Ok(decided) => match decided.split_once(' ') {
                Some((case, state)) => Answer::Decided { case: case.to_owned(), state: state.to_owned() },
                None => Answer::Refused("the store has not said what became of it".to_owned()),
            },
            Err(why) => Answer::Refused(why),
        }
    }

    /// Reads the configuration anew and puts it in force, or keeps the old one and says why.
    pub(super) fn reload(&self, who: &Who) -> Result<String, String> {
        manager::reloading();
        let outcome = self.try_reload(who);
        let mut said = self.board.said();
        match &outcome {
            Ok(_) => {
                (said.configuration.since, said.configuration.refused) = (Some(Instant(now())), None);
                observe::reloaded(&who.name);
            }
            Err(why) => {
                said.configuration.refused = Some(why.clone());
                observe::not_reloaded(&who.name, why);
            }
        }
        drop(said);
        manager::ready();
        outcome
    }

    fn try_reload(&self, who: &Who) -> Result<String, String> {
        let mut settings = self.settings.lock().expect("no holder panics");
        let Loaded { pipeline, conduct } = (self.load)(&settings)?;
        if conduct.key_id != self.key_id {
            let what = "people counted under one key are strangers under another";
            return Err(format!(
                "the subject key has changed from {} to {}: {what}",
                self.key_id, conduct.key_id
            ));
        }
        let generations = Store::read(&settings.state_dir).and_then(|store| store.generations());
        let generations = generations.map_err(|error| error.to_string())?;
        let files = conduct.report.files_read.iter().map(|file| file.display().to_string()).collect();
        let signed = Signed { act: Act::Reload { files }, by: who.clone(), reason: None };
        let (new, report) = (conduct.settings.clone(), conduct.report.render(false));
        let turn = Turn { pipeline, generations, settled: Settled { conduct, signed } };
        hand_over(&self.turns, turn, PATIENCE_RELOAD, WORK_RELOAD_MAX)?;
        *settings = new;
        Ok(report)
    }

    fn status(&self) -> Status {
        let store = Store::read(&self.state_dir);
        let kept = store
            .as_ref()
            .map_err(ToString::to_string)
            .and_then(|store| kept(store).map_err(|e| e.to_string()));
        let said = self.board.fresh(LOOK_MAX);
        let mut status = Status {
            schema: STATUS_SCHEMA.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
            uptime_seconds: self.board.begun.elapsed().as_secs(),
            key: self.key_id.clone(),
            configuration: said.configuration.clone(),
            spool: report::Spool { new: waiting(&self.spool_dir), failed: 0 },
            mailer: said.mailer.clone(),
            ..Status::default()
        };
        status.store.bytes = bytes_of(&self.state_dir);
        status.store.last_commit = said.last_commit.map(Instant);
        status.store.trouble.clone_from(&said.store_trouble);
        let kept = match kept {
            Ok(kept) => kept,
            Err(error) => {
                status.store.trouble = Some(error);
                Kept::default()
            }
        };
        status.spool.failed = kept.failed;
        status.gaps = kept.gaps;
        let rows = said.sources.iter().map(|source| row(source, &said, &kept.alarms));
        status.sources = rows.collect();
        drop(said);
        let unread = status.sources.iter().filter(|source| source.behind_bytes > 0);
        status.store.oldest_unread = unread.filter_map(|source| source.read_until).min();
        fit(&mut status);
        status
    }
}

/// What is read of the store for a status.
#[derive(Default)]
struct Kept {
    gaps: report::Gaps,
    failed: u64,
    alarms: Vec<store::Alarm>,
}

fn kept(store: &Store) -> Result<Kept, store::Error> {
    let (total, latest) = store.latest_gaps(GAPS_SHOWN)?;
    let latest: Vec<Missing> = latest;
    let alarms = store.alarms()?.into_iter().filter(|alarm| alarm.over.is_none()).collect();
    Ok(Kept { gaps: report::Gaps { total, latest }, failed: store.summary()?.failed, alarms })
}

fn row(status: &SourceStatus, said: &Said, alarms: &[store::Alarm]) -> report::Source {
    let name = status.path.to_string_lossy().into_owned();
    let alarm = alarms.iter().find(|alarm| *alarm.source.0 == *name);
    let read_until = said.clocks.get(&crate::line::SourceId::new(&name)).copied();
    let (state, why) = match &status.state {
        State::Blind { reason } => {
            let hint = said.hints.get(&status.path).map_or_else(String::new, |hint| format!("; {hint}"));
            (SourceState::Unreadable, Some(format!("{reason}{hint}")))
        }
        State::Reading { .. } if alarm.is_some() => (SourceState::Silent, None),
        State::Reading { .. } => (SourceState::Reading, None),
    };
    let is_behind = status.behind > 0;
    report::Source {
        source: name,
        state,
        why,
        alarm: alarm.map(|alarm| Instant(alarm.since)),
        behind_bytes: status.behind,
        read_until: read_until.map(Instant),
        behind_seconds: read_until.filter(|_| is_behind).map(|at| ((now() - at).max(0) / SECOND) as u64),
    }
}

/// Puts what needs a hand first, and leaves out what does not fit into a line.
fn fit(status: &mut Status) {
    status.sources.sort_by(|a, b| {
        let key = |source: &report::Source| (source.state as u8, std::cmp::Reverse(source.behind_bytes));
        key(a).cmp(&key(b)).then_with(|| a.source.cmp(&b.source))
    });
    if let Some(refused) = &mut status.configuration.refused {
        refused.truncate(refused.floor_char_boundary(STATUS_BYTES_MAX / 4));
    }
    let mut left = STATUS_BYTES_MAX / 2;
    let fits = status.sources.iter().take_while(|source| {
        let bytes = serde_json::to_vec(source).map_or(0, |json| json.len() + 1);
        left = left.saturating_sub(bytes);
        left > 0
    });
    let fits = fits.count();
    status.sources_more = (status.sources.len() - fits) as u64;
    status.sources.truncate(fits);
}

/// Mails that wait, those of people and of machines.
fn waiting(spool_dir: &Path) -> u64 {
    Spool::open(spool_dir).and_then(|spool| spool.list_new()).map_or(0, |mails| mails.len() as u64)
}

fn bytes_of(state_dir: &Path) -> u64 {
    let files = ["state.db", "state.db-wal"].map(|name| state_dir.join(name).metadata());
    files.into_iter().flatten().map(|file| file.len()).sum()
}
