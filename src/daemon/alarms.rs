//! Tells the system administrators of sources that give nothing: recorded first, then put into the spool.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use super::board::Board;
use super::now;
use super::vigil::{Clock, Limits, Turn, Vigil};
use crate::alert::{self, Notice, SourceTrouble, Spool};
use crate::config::Settings;
use crate::line::SourceId;
use crate::moment::SECOND;
use crate::observe;
use crate::store::{self, Alarm, Store, Trouble};

/// Alarms of one look that get a letter each; of more there is one letter, which says how many others there are.
const LETTERS_MAX: usize = 8;
/// How often what could not be recorded or told is tried again.
const TRY_EVERY: Duration = Duration::from_secs(30);

/// What watches over the sources.
#[derive(Debug)]
pub(super) struct Alarms {
    vigil: Vigil,
    /// The look that was weighed last.
    looks: u64,
    own: Vec<(globset::GlobMatcher, i64)>,
    limits: Limits,
    /// What is to be recorded.
    owed: VecDeque<Turn>,
    /// Something could not be recorded, or a letter not be put into the spool.
    is_owing: bool,
    tried: Option<Instant>,
}

impl Alarms {
    /// Goes on where the store stands.
    pub(super) fn new(store: &Store, settings: &Settings) -> Result<Self, store::Error> {
        let vigil = Vigil::new(store.alarms()?, store.silences()?);
        let limits = Limits { silent: None, unreadable: 0 };
        let (own, owed) = (Vec::new(), VecDeque::new());
        let mut alarms = Self { vigil, looks: 0, own, limits, owed, is_owing: true, tried: None };
        alarms.configure(settings);
        Ok(alarms)
    }

    /// Goes by these settings from now on.
    pub(super) fn configure(&mut self, settings: &Settings) {
        let own = settings.sources.iter().filter_map(|source| {
            Some((globset::Glob::new(&source.path).ok()?.compile_matcher(), source.silent_after?))
        });
        self.own = own.collect();
        self.limits =
            Limits { silent: settings.alarm.silent_after, unreadable: settings.alarm.unreadable_after };
    }

    /// How often sources must be looked at so that no alarm is late.
    pub(super) fn look_every(settings: &Settings) -> Duration {
        let own = settings.sources.iter().filter_map(|source| source.silent_after);
        let all = own.chain(settings.alarm.silent_after).chain([settings.alarm.unreadable_after]);
        let shortest = all.filter(|limit| *limit > 0).min().unwrap_or(0);
        Duration::from_micros((shortest / 4).max(SECOND / 10).cast_unsigned())
    }

    /// Weighs the latest look, if it is a new one, and writes what letters are owed; whether one was put. What cannot be
    /// done now (a full disk, no recipient) is owed and tried again.
    pub(super) fn turn(
        &mut self,
        board: &Board,
        store: &mut Store,
        settings: &Settings,
        spool: &Spool,
    ) -> Result<bool, store::Error> {
        self.weigh(board);
        let is_due = self.tried.is_none_or(|tried| tried.elapsed() >= TRY_EVERY);
        if !is_due || (self.owed.is_empty() && !self.is_owing) {
            return Ok(false);
        }
        let hint = |(path, hint): (&PathBuf, &String)| (path.display().to_string(), hint.clone());
        let hints = board.said().hints.iter().map(hint).collect();
        let put = self.record(store).and_then(|()| tell(store, settings, spool, &hints));
        self.is_owing = put.is_err();
        self.tried = self.is_owing.then(Instant::now);
        match put {
            Ok(put) => Ok(put > 0),
            Err(Untold::Store(error)) if error.is_transient() => Ok(false),
            Err(Untold::Store(error)) => Err(error),
            Err(Untold::Letter(id, error)) => {
                observe::letter_failed(&id, &error);
                Ok(false)
            }
        }
    }

    fn weigh(&mut self, board: &Board) {
        let sources = {
            let said = board.said();
            if said.looks == self.looks {
                return;
            }
            self.looks = said.looks;
            said.sources.clone()
        };
        let clock = Clock { elapsed: board.begun.elapsed(), wall: now() };
        let (own, limits) = (&self.own, self.limits);
        let limits = |source: &SourceId| {
            let silent = own.iter().find(|(glob, _)| glob.is_match(&*source.0)).map(|(_, own)| *own);
            Limits { silent: silent.or(limits.silent), ..limits }
        };
        self.owed.extend(self.vigil.weigh(&sources, &limits, clock));
    }

    /// Records what was weighed, in its order.
    fn record(&mut self, store: &mut Store) -> Result<(), Untold> {
        while let Some(turn) = self.owed.front() {
            record(store, turn).map_err(Untold::Store)?;
            self.owed.pop_front();
        }
        Ok(())
    }

    /// How many sources give nothing.
    pub(super) fn standing(&self) -> usize {
        self.vigil.alarms().count()
    }
}

fn record(store: &mut Store, turn: &Turn) -> Result<(), store::Error> {
    match turn {
        Turn::Begins(alarm) => {
            store.alarm(alarm, now())?;
            observe::alarm(&alarm.source.0, matches!(alarm.trouble, Trouble::Silent));
        }
        Turn::Ends(alarm) => {
            store.alarm(alarm, now())?;
            observe::alarm_over(&alarm.source.0);
        }
        Turn::Dropped(alarm) => store.alarm_told(&Alarm { over: Some(now()), ..alarm.clone() })?,
        Turn::Silence(source, us) => store.silence(source, *us)?,
    }
    Ok(())
}

/// Why somebody was not told.
enum Untold {
    Store(store::Error),
    Letter(String, alert::Error),
}

/// Puts the letters that are owed into the spool; how many.
fn tell(
    store: &mut Store,
    settings: &Settings,
    spool: &Spool,
    hints: &BTreeMap<String, String>,
) -> Result<usize, Untold> {
    let owed: Vec<Alarm> =
        store.alarms().map_err(Untold::Store)?.into_iter().filter(|alarm| !alarm.is_told).collect();
    let is_flood = owed.len() > LETTERS_MAX;
    let others = if is_flood { owed.len() - 1 } else { 0 };
    let mut put = 0;
    for alarm in &owed {
        if put == 0 || !is_flood {
            let id = id_of(alarm);
            let trouble = SourceTrouble {
                source: &alarm.source.0,
                why: match &alarm.trouble {
                    Trouble::Silent => None,
                    Trouble::Unreadable(why) => Some(why),
                },
                hint: hints.get(&*alarm.source.0).map_or("", String::as_str),
                since: alarm.since,
                over: alarm.over,
                others,
            };
            let notice = Notice::source(&id, &trouble, settings.org.timezone);
            let to = settings.administrators(now());
            notice
                .and_then(|notice| notice.put(spool, &settings.mail.from, &to, now()))
                .map_err(|error| Untold::Letter(id, error))?;
            put += 1;
        }
        store.alarm_told(alarm).map_err(Untold::Store)?;
    }
    Ok(put)
}

/// Names an occurrence: the same after a crash, and another one for the next.
fn id_of(alarm: &Alarm) -> String {
    let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(alarm.source.0.as_bytes())[..5]);
    format!("alarm-{hash}-{}", alarm.since / SECOND)
}
