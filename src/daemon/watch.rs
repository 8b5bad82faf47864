//! `watch`: batches from growing logs, committed one after the other, and letters from what they change.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, channel, sync_channel};
use std::thread;
use std::time::Duration;

use serde_json::json;

use super::mailing::{mailer, report};
use super::reader::reader;
use super::signals::{self, Asked};
use super::{Post, now};
use crate::alert::{self, Pace, Receipt, Smtp, Told};
use crate::batch::Batch;
use crate::config::{MailSettings, Transport};
use crate::fault;
use crate::incident::Rules;
use crate::moment::SECOND;
use crate::observe;
use crate::producer::Live;
use crate::store::{self, Store};

/// Batches that may wait for the store.
const BATCHES_WAITING_MAX: usize = 8;
/// Facts of one transaction, above which waiting batches are left for the next.
const FACTS_MAX: usize = 16_384;
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
        self.settle_receipts()?;
        self.write_letters()?;
        let (receipts_in, receipts) = channel();
        let (wake, woken) = sync_channel(1);
        let mailer = (self.mail.transport == Transport::Smtp)
            .then(|| mailer(self.post.spool().clone(), &self.mail, Arc::clone(&asked), woken, receipts_in));
        let (batches_in, batches) = sync_channel(BATCHES_WAITING_MAX);
        let reader = reader(live, Arc::clone(&asked), batches_in);
        ready();
        tell_manager(&[sd_notify::NotifyState::Ready]);
        let committed = self.commit(&batches, &receipts, &wake, &asked);
        tell_manager(&[sd_notify::NotifyState::Stopping]);
        asked.stop.store(true, Ordering::Relaxed);
        // Gone receivers end the reader, a set flag ends the mailer: what either leaves behind is read or sent again.
        drop(batches);
        for thread in [Some(reader), mailer].into_iter().flatten() {
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
        loop {
            let batch = match batches.recv_timeout(TICK) {
                Ok(first) => Some(gather(first, batches)),
                Err(RecvTimeoutError::Timeout) if next_update.is_some_and(|due| due <= now()) => {
                    Some(Batch::new(self.store.key_id()))
                }
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            };
            if let Some(batch) = batch {
                next_update = self.apply_patiently(&batch, asked)?;
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
                Err(error) if error.is_transient() && !asked.stop.load(Ordering::Relaxed) => {
                    observe::store_waits(&error, wait);
                    thread::sleep(Duration::from_secs(wait));
                    wait = (wait * 2).min(STORE_WAIT_MAX);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Puts the letters of the outbox into the spool; one that cannot be put stays in the outbox.
    fn write_letters(&mut self) -> Result<usize, store::Error> {
        let mut put = 0;
        for telling in self.store.unspooled()? {
            fault::point("post.before-spool");
            match self.post.put(&telling) {
                Ok(()) => {
                    fault::point("post.after-spool");
                    self.store.spooled(&telling.id)?;
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
        self.store.receipt(&receipt.id, receipt.is_sent(), &told, now())?;
        Ok(())
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

/// Adds what already waits to a batch. Ranges of one file follow each other, so joined batches are a batch.
fn gather(mut batch: Batch, waiting: &Receiver<Batch>) -> Batch {
    while batch.facts.len() < FACTS_MAX {
        let Ok(next) = waiting.try_recv() else { break };
        batch.facts.extend(next.facts);
        batch.unfinished.extend(next.unfinished);
        batch.progress.extend(next.progress);
        for closed in &next.closed {
            batch.opened.retain(|open| open.thread != *closed);
        }
        batch.closed.retain(|closed| !next.opened.iter().any(|open| open.thread == *closed));
        batch.opened.extend(next.opened);
        batch.closed.extend(next.closed);
        batch.clocks.extend(next.clocks);
    }
    batch
}

/// Without a service manager this does nothing.
fn tell_manager(state: &[sd_notify::NotifyState<'_>]) {
    let _ = sd_notify::notify(state); // a manager that cannot be told decides by its own time-out
}
