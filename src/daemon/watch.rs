//! `watch`: batches from growing logs, committed one after the other, and letters from what they change.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use super::alarms::Alarms;
use super::board::Board;
use super::clock::Clock;
use super::control::Control;
use super::desk::{Desk, Settled};
use super::due::Due;
use super::gather::gather;
use super::handover::Request;
use super::mailing::{Standing, log, mailer};
use super::manager::{self, Manager};
use super::pulse::Worker;
use super::reader::{Work, reader};
use super::reload::{Conduct, Load};
use super::round::Round;
use super::signals::{self, Asked};
use super::snapshots::snapshots;
use super::{Hardship, Post, now};
use crate::act::{Signed, Via, Who};
use crate::alert::{self, Pace, Receipt, Told};
use crate::batch::{Batch, Note, NoteKind};
use crate::config::{self, Mailer, Settings, Transport};
use crate::fault;
use crate::incident::Rules;
use crate::moment::SECOND;
use crate::observe;
use crate::producer::Live;
use crate::store::{self, Effects, Store};

/// Batches that may wait for the store.
const BATCHES_WAITING_MAX: usize = 8;
/// Decisions that may wait for the store.
const ACTS_WAITING_MAX: usize = 8;
/// How often the thread of the store looks up when no batch comes.
const TICK: Duration = Duration::from_millis(200);
/// The longest wait before a refused commit is tried again.
const STORE_WAIT_MAX: u64 = 30;

/// Everything that a watch needs.
#[derive(Debug)]
pub struct Watch {
    /// Settings that conclusions depend on.
    pub rules: Rules,
    /// The store.
    pub store: Store,
    /// The way to the spool.
    pub post: Post,
    /// What is configured.
    pub settings: Settings,
    /// What is done when the store cannot go on.
    pub hardship: Hardship,
}

/// How a watch ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// Asked to, by the service manager.
    Asked,
    /// Asked to, by a person at a terminal.
    Interrupted,
}

impl Stopped {
    pub(super) fn by(asked: &Asked) -> Self {
        if asked.interrupted.load(Ordering::Relaxed) { Self::Interrupted } else { Self::Asked }
    }
}

impl Watch {
    /// Reads what is there, flushes every wait, hands over what it can, and ends.
    pub fn once(mut self, live: &mut Live) -> Result<Store, store::Error> {
        self.note_start()?;
        self.settle_receipts()?;
        while let Some(batch) = live.next(true) {
            self.store.apply(&batch, &self.rules, now(), false)?;
            self.write_letters()?;
            live.rescan();
        }
        let empty = Batch::new(self.store.key_id());
        self.store.apply(&empty, &self.rules, now(), true)?;
        self.write_letters()?;
        if self.settings.mail.transport == Transport::Smtp {
            self.empty_spool()?;
        }
        Ok(self.store)
    }

    /// Runs until it is asked to stop. `load` reads the configuration anew; `ready` is called once, when everything has
    /// been opened.
    pub fn run(mut self, live: Live, load: Box<Load>, ready: impl FnOnce()) -> Result<Stopped, store::Error> {
        let io = |cause| store::Error::Io { path: "/proc/self/task".into(), cause };
        self.hardship.hold();
        self.note_start()?;
        let board = Arc::new(Board::new(Alarms::look_every(&self.settings)));
        board.said().clocks.extend(self.store.clocks()?);
        board.mail_by(&self.settings.mail);
        let (acts_in, acts) = sync_channel(ACTS_WAITING_MAX);
        let (turns_in, turns) = sync_channel(1);
        let desk = Arc::new(Desk {
            board: Arc::clone(&board),
            settings: Mutex::new(self.settings.clone()),
            state_dir: self.settings.state_dir.clone(),
            spool_dir: self.settings.mail.spool_dir.clone(),
            key_id: self.store.key_id().to_owned(),
            load,
            acts: acts_in,
            turns: turns_in,
        });
        let of_signals = Arc::clone(&desk);
        let hang_up =
            move || drop(of_signals.reload(&Who { uid: None, name: "SIGHUP".to_owned(), via: Via::Shell }));
        let asked = signals::listen(Arc::new(hang_up)).map_err(io)?;
        self.settle_receipts()?;
        self.write_letters()?;
        fault::point("watch.settled");
        let (receipts_in, receipts) = channel();
        let (wake, woken) = sync_channel(1);
        let mail = &self.settings.mail;
        let mailer = if (mail.transport, mail.mailer) == (Transport::Smtp, Mailer::Thread) {
            Some(mailer(
                self.post.spool().clone(),
                Arc::clone(&board),
                Arc::clone(&asked),
                woken,
                receipts_in,
            ))
        } else {
            board.pulse.rest(Worker::Mailer);
            let state = if mail.transport == Transport::None { "off" } else { "idle" };
            state.clone_into(&mut board.said().mailer.state);
            None
        };
        let (work_in, work) = sync_channel(BATCHES_WAITING_MAX);
        let reader = reader(live, Arc::clone(&asked), Arc::clone(&board), turns, work_in);
        let snapshots = snapshots(self.hardship.state().to_owned(), Arc::clone(&asked));
        let control = control(&self.settings, desk);
        let mut round = Round {
            alarms: Alarms::new(&self.store, &self.settings)?,
            manager: Manager::new(),
            mailing: Standing::default(),
            receipts_looked: Instant::now(),
            board,
            receipts,
            acts,
            wake,
        };
        ready();
        manager::ready();
        let committed = self.commit(&work, &mut round, &asked);
        manager::stopping();
        drop(control);
        asked.stop.store(true, Ordering::Relaxed);
        // Gone receivers end the reader, a set flag ends the mailer: what either leaves behind is read or sent again.
        drop(work);
        for thread in [Some(reader), Some(snapshots), mailer].into_iter().flatten() {
            let _ = thread.join(); // a panic has aborted the process
        }
        self.take_receipts(&round.receipts)?;
        committed?;
        Ok(Stopped::by(&asked))
    }

    /// Commits batches as they come until the reader ends: many small ones in one transaction. Between them it does
    /// what people ask for.
    fn commit(
        &mut self,
        work: &Receiver<Work>,
        round: &mut Round,
        asked: &Asked,
    ) -> Result<(), store::Error> {
        // What was due while nobody was there is due at once.
        let (mut due, mut held): (Due, Option<Work>) = (Due::now(), None);
        let mut clock = Clock::new(now());
        loop {
            let settings = &self.settings;
            self.hardship.wait_for_room(&mut self.store, || {
                round.tell(settings); // to wait for a disk is to get on
                asked.stop.load(Ordering::Relaxed)
            })?;
            self.hardship.weigh(&self.store)?;
            let received = held.take().map_or_else(|| work.recv_timeout(TICK), Ok);
            let step = clock.look(now());
            let batch = match received {
                Ok(Work::Batch(first)) => Some(gather(*first, work, &mut held)),
                Ok(Work::Turn(turn)) => {
                    self.turn_over(*turn, round, asked)?;
                    None
                }
                Err(RecvTimeoutError::Timeout) if due.is_past(now()) || step.is_some() => {
                    Some(Batch::new(self.store.key_id()))
                }
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            };
            if let Some(mut batch) = batch {
                fault::point("watch.gathered");
                if let Some((note, seconds)) = step {
                    observe::clock_set(seconds);
                    batch.notes.push(note);
                }
                due = match self.apply_patiently(&batch, round, asked) {
                    // What is not committed is read again at the next start.
                    Err(error) if error.is_transient() && asked.stop.load(Ordering::Relaxed) => return Ok(()),
                    applied => Due::of(&applied?),
                };
                if self.write_letters()? > 0 {
                    round.wake();
                }
            }
            while let Ok(act) = round.acts.try_recv() {
                due = self.act(&act).unwrap_or(due);
                if self.write_letters()? > 0 {
                    round.wake();
                }
            }
            self.take_receipts(&round.receipts)?;
            self.take_written(round)?;
            let spool = self.post.spool();
            if round.alarms.turn(&round.board, &mut self.store, &self.settings, spool)? {
                round.wake();
            }
            round.tell(&self.settings);
        }
    }

    /// From here on another configuration is in force.
    fn turn_over(
        &mut self,
        turn: Request<Settled>,
        round: &mut Round,
        asked: &Asked,
    ) -> Result<(), store::Error> {
        let acts = vec![turn.what.signed.clone()];
        let batch = Batch { acts, ..Batch::new(self.store.key_id()) };
        let turn = turn.map(|settled| {
            let Conduct { settings, rules, post, .. } = settled.conduct;
            (self.settings, self.rules, self.post) = (settings, rules, post);
        });
        round.board.mail_by(&self.settings.mail);
        round.alarms.configure(&self.settings);
        match self.apply_patiently(&batch, round, asked) {
            Err(error) if error.is_transient() && asked.stop.load(Ordering::Relaxed) => return Ok(()),
            applied => drop(applied?),
        }
        turn.answer(Ok(String::new()));
        Ok(())
    }

    /// What a person has decided, if that is still wanted.
    fn act(&mut self, request: &Request<Signed>) -> Option<Due> {
        if !request.take() {
            return None;
        }
        let batch = Batch { acts: vec![request.what.clone()], ..Batch::new(self.store.key_id()) };
        let applied = self.store.apply(&batch, &self.rules, now(), false);
        let due = applied.as_ref().ok().map(Due::of);
        let decided = match applied {
            Ok(effects) => effects.decided.into_iter().next().ok_or_else(|| "nothing was decided".to_owned()),
            Err(error) => Err(error.to_string()),
        };
        request.answer(decided.map(|decided| {
            observe::decided(&decided.number, decided.state.id(), &request.what.by.name);
            format!("{} {}", decided.number, decided.state.id())
        }));
        due
    }

    /// Waits for a store that may come back: nothing is lost, because nothing further is read.
    fn apply_patiently(
        &mut self,
        batch: &Batch,
        round: &mut Round,
        asked: &Asked,
    ) -> Result<Effects, store::Error> {
        let mut wait = 1;
        loop {
            match self.store.apply(batch, &self.rules, now(), false) {
                Ok(effects) => {
                    observe::committed(batch.facts.len(), batch.progress.len());
                    round.committed(batch);
                    return Ok(effects);
                }
                Err(error) if error.is_full() && self.hardship.make_room(&mut self.store, &error) => {}
                Err(error) if error.is_transient() && !asked.stop.load(Ordering::Relaxed) => {
                    observe::store_waits(&error, error.hint(), wait);
                    round.board.said().store_trouble = Some(error.to_string());
                    let until = Instant::now() + Duration::from_secs(wait);
                    while Instant::now() < until && !asked.stop.load(Ordering::Relaxed) {
                        round.tell(&self.settings); // to wait for a disk is to get on
                        thread::sleep(TICK);
                    }
                    wait = (wait * 2).min(STORE_WAIT_MAX);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Puts the letters of the outbox into the spool; one that cannot be put stays in the outbox.
    fn write_letters(&mut self) -> Result<usize, store::Error> {
        let mut put = 0;
        let tellings = self.store.unspooled()?;
        let checkpoint = if tellings.is_empty() { None } else { self.store.checkpoint()? };
        let checkpoint = checkpoint.map(|checkpoint| checkpoint.to_string());
        for telling in tellings {
            fault::point("post.before-spool");
            match self.post.put(&telling, checkpoint.clone()) {
                Ok(letters) => {
                    fault::point("post.after-spool");
                    match self.store.spooled(telling.id(), &letters) {
                        // It stays in the outbox, and putting it again changes nothing.
                        Err(error) if error.is_transient() => {
                            observe::letter_failed(telling.id(), &error);
                            break;
                        }
                        other => other?,
                    }
                    fault::point("post.marked");
                    for id in &letters {
                        observe::letter_spooled(id, &self.post.path(id));
                    }
                    put += letters.len();
                }
                Err(error) => observe::letter_failed(telling.id(), &error),
            }
        }
        Ok(put)
    }

    fn take_receipts(&mut self, receipts: &Receiver<Receipt>) -> Result<(), store::Error> {
        while let Ok(receipt) = receipts.try_recv() {
            self.note(&receipt)?;
        }
        Ok(())
    }

    /// Receipts that a process before us left: sent, but not yet noted.
    fn settle_receipts(&mut self) -> Result<(), store::Error> {
        match self.post.spool().receipts() {
            Ok(receipts) => {
                for receipt in receipts {
                    match receipt {
                        Ok(receipt) => self.note(&receipt)?,
                        Err(error) => observe::spool_failed(&error),
                    }
                }
            }
            Err(error) => observe::spool_failed(&error),
        }
        Ok(())
    }

    pub(super) fn note(&mut self, receipt: &Receipt) -> Result<(), store::Error> {
        fault::point("receipt.taken");
        let told = json!({ "sent_at": receipt.sent_at / SECOND, "recipients": receipt.recipients.len() });
        match self.store.receipt(&receipt.id, receipt.is_sent(), &told, now()) {
            // Its file stays, and is read at the next start.
            Err(error) if error.is_transient() => observe::spool_failed(&error),
            other => drop(other?),
        }
        fault::point("receipt.noted");
        Ok(())
    }

    /// That the process took up the store is an act, and belongs to what is known of the reading.
    fn note_start(&mut self) -> Result<(), store::Error> {
        let words = format!("breachd {}", env!("CARGO_PKG_VERSION"));
        self.store.note(Note::new(NoteKind::Started, words), now())
    }

    /// Tries every waiting mail once.
    fn empty_spool(&mut self) -> Result<(), store::Error> {
        let stop = AtomicBool::new(false);
        let mut done = Vec::new();
        let (_wake, woken) = sync_channel(1);
        let waiting = self.post.spool().list_new().unwrap_or_default().len();
        let mut seen = 0;
        if waiting == 0 {
            return Ok(());
        }
        let mut way = match config::relays(&self.settings.mail) {
            Ok(way) => way,
            Err(error) => {
                observe::spool_failed(&error);
                return Ok(());
            }
        };
        alert::run(self.post.spool(), &mut way, Pace::default(), &stop, &woken, &mut |told| {
            log(told);
            if let Told::Sent(receipt) | Told::Failed(receipt) = told {
                done.push((*receipt).clone());
            }
            seen += usize::from(matches!(told, Told::Sent(_) | Told::Failed(_) | Told::Waits { .. }));
            // A relay that does not answer ends a pass: the others would wait for it too.
            let is_over = matches!(told, Told::Spool(_) | Told::Looked { .. });
            stop.store(seen >= waiting || is_over, Ordering::Relaxed);
        });
        done.iter().try_for_each(|receipt| self.note(receipt))
    }
}

/// The control socket; without one everything else goes on.
fn control(settings: &Settings, desk: Arc<Desk>) -> Option<Control> {
    let path = settings.control_socket();
    Control::open(&path, desk).map_err(|error| observe::no_control(&path, &error)).ok()
}
