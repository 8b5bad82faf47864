//! `watch`: batches from growing logs, committed one after the other, and letters from what they change.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, channel, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use super::clock::Clock;
use super::gather::gather;
use super::mailing::{mailer, report};
use super::reader::reader;
use super::signals::{self, Asked};
use super::snapshots::snapshots;
use super::{Hardship, Post, now};
use crate::alert::{self, Pace, Receipt, Smtp, Told};
use crate::batch::{Batch, Note, NoteKind};
use crate::config::{MailSettings, Transport};
use crate::fault;
use crate::incident::Rules;
use crate::moment::SECOND;
use crate::observe;
use crate::producer::Live;
use crate::store::{self, Store};

/// Batches that may wait for the store.
const BATCHES_WAITING_MAX: usize = 8;
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
    /// How the spool is emptied.
    pub mail: MailSettings,
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
        if self.mail.transport == Transport::Smtp {
            self.empty_spool()?;
        }
        Ok(self.store)
    }

    /// Runs until it is asked to stop. `ready` is called once, when everything has been opened.
    pub fn run(mut self, live: Live, ready: impl FnOnce()) -> Result<Stopped, store::Error> {
        let io = |cause| store::Error::Io { path: "/proc/self/task".into(), cause };
        let asked = signals::listen().map_err(io)?;
        self.hardship.hold();
        self.note_start()?;
        self.settle_receipts()?;
        self.write_letters()?;
        let (receipts_in, receipts) = channel();
        let (wake, woken) = sync_channel(1);
        let mailer = (self.mail.transport == Transport::Smtp)
            .then(|| mailer(self.post.spool().clone(), &self.mail, Arc::clone(&asked), woken, receipts_in));
        let (batches_in, batches) = sync_channel(BATCHES_WAITING_MAX);
        let reader = reader(live, Arc::clone(&asked), batches_in);
        let snapshots = snapshots(self.hardship.state().to_owned(), Arc::clone(&asked));
        ready();
        tell_manager(&[sd_notify::NotifyState::Ready]);
        let committed = self.commit(&batches, &receipts, &wake, &asked);
        tell_manager(&[sd_notify::NotifyState::Stopping]);
        asked.stop.store(true, Ordering::Relaxed);
        // Gone receivers end the reader, a set flag ends the mailer: what either leaves behind is read or sent again.
        drop(batches);
        for thread in [Some(reader), Some(snapshots), mailer].into_iter().flatten() {
            let _ = thread.join(); // a panic has aborted the process
        }
        self.take_receipts(&receipts)?;
        committed?;
        let interrupted = asked.interrupted.load(Ordering::Relaxed);
        Ok(if interrupted { Stopped::Interrupted } else { Stopped::Asked })
    }

    /// Commits batches as they come until the reader ends: many small ones in one transaction.
    fn commit(
        &mut self,
        batches: &Receiver<Batch>,
        receipts: &Receiver<Receipt>,
        wake: &SyncSender<()>,
        asked: &Asked,
    ) -> Result<(), store::Error> {
        let mut next_update: Option<i64> = None;
        let mut clock = Clock::new(now());
        loop {
            self.hardship.wait_for_room(&mut self.store, || asked.stop.load(Ordering::Relaxed))?;
            self.hardship.weigh(&self.store)?;
            let received = batches.recv_timeout(TICK);
            let step = clock.look(now());
            let batch = match received {
                Ok(first) => Some(gather(first, batches)),
                Err(RecvTimeoutError::Timeout)
                    if next_update.is_some_and(|due| store::is_due(due, now())) || step.is_some() =>
                {
                    Some(Batch::new(self.store.key_id()))
                }
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            };
            if let Some(mut batch) = batch {
                if let Some((note, seconds)) = step {
                    observe::clock_set(seconds);
                    batch.notes.push(note);
                }
                next_update = match self.apply_patiently(&batch, asked) {
                    // What is not committed is read again at the next start.
                    Err(error) if error.is_transient() && asked.stop.load(Ordering::Relaxed) => return Ok(()),
                    applied => applied?,
                };
                if self.write_letters()? > 0 {
                    // A full channel means that the mailer has been woken already; none, that it is not there.
                    let _ = wake.try_send(());
                }
            }
            self.take_receipts(receipts)?;
        }
    }

    /// Waits for a store that may come back: nothing is lost, because nothing further is read.
    fn apply_patiently(&mut self, batch: &Batch, asked: &Asked) -> Result<Option<i64>, store::Error> {
        let mut wait = 1;
        loop {
            match self.store.apply(batch, &self.rules, now(), false) {
                Ok(effects) => {
                    observe::committed(batch.facts.len(), batch.progress.len());
                    return Ok(effects.next_update);
                }
                Err(error) if error.is_full() && self.hardship.make_room(&mut self.store, &error) => {}
                Err(error) if error.is_transient() && !asked.stop.load(Ordering::Relaxed) => {
                    observe::store_waits(&error, error.hint(), wait);
                    let until = Instant::now() + Duration::from_secs(wait);
                    while Instant::now() < until && !asked.stop.load(Ordering::Relaxed) {
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
                Ok(()) => {
                    fault::point("post.after-spool");
                    match self.store.spooled(&telling.id) {
                        // It stays in the outbox, and putting it again changes nothing.
                        Err(error) if error.is_transient() => {
                            observe::letter_failed(&telling.id, &error);
                            break;
                        }
                        other => other?,
                    }
                    observe::letter_spooled(&telling.id, &self.post.path(&telling.id));
                    put += 1;
                }
                Err(error) => observe::letter_failed(&telling.id, &error),
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

    fn note(&mut self, receipt: &Receipt) -> Result<(), store::Error> {
        let told = json!({ "sent_at": receipt.sent_at / SECOND, "recipients": receipt.recipients.len() });
        match self.store.receipt(&receipt.id, receipt.is_sent(), &told, now()) {
            // Its file stays, and is read at the next start.
            Err(error) if error.is_transient() => observe::spool_failed(&error),
            other => drop(other?),
        }
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
        alert::run(
            self.post.spool(),
            &mut Smtp::new(&self.mail.host, self.mail.port),
            Pace::default(),
            &stop,
            &woken,
            &mut |told| {
                report(told);
                if let Told::Sent(receipt) | Told::Failed(receipt) = told {
                    done.push((*receipt).clone());
                }
                seen += 1;
                stop.store(seen >= waiting || matches!(told, Told::Spool(_)), Ordering::Relaxed);
            },
        );
        done.iter().try_for_each(|receipt| self.note(receipt))
    }
}

/// Without a service manager this does nothing.
fn tell_manager(state: &[sd_notify::NotifyState<'_>]) {
    let _ = sd_notify::notify(state); // a manager that cannot be told decides by its own time-out
}
