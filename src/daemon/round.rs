//! What the store's thread looks at between two batches.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender};
use std::time::Instant;

use super::alarms::Alarms;
use super::board::Board;
use super::handover::Request;
use super::mailing::Standing;
use super::manager::Manager;
use super::now;
use super::pulse::Worker;
use crate::act::Signed;
use crate::alert::Receipt;
use crate::batch::Batch;
use crate::config::Settings;

pub(super) struct Round {
    pub(super) board: Arc<Board>,
    pub(super) alarms: Alarms,
    pub(super) manager: Manager,
    pub(super) receipts: Receiver<Receipt>,
    pub(super) acts: Receiver<Request<Signed>>,
    pub(super) wake: SyncSender<()>,
    /// How the mailer stands where it is a process of its own.
    pub(super) mailing: Standing,
    /// When its receipts were looked for.
    pub(super) receipts_looked: Instant,
}

impl Round {
    pub(super) fn committed(&self, batch: &Batch) {
        let mut said = self.board.said();
        for (source, clock) in &batch.clocks {
            let latest = said.clocks.entry(source.clone()).or_insert(*clock);
            *latest = (*latest).max(*clock);
        }
        (said.last_commit, said.store_trouble) = (Some(now()), None);
    }

    /// Saves the mailer a wait. A full channel means that it has been woken already; none, that it is not there.
    pub(super) fn wake(&self) {
        let _ = self.wake.try_send(());
    }

    /// Tells the service manager how things stand.
    pub(super) fn tell(&mut self, settings: &Settings) {
        self.board.pulse.beat(Worker::Store);
        self.manager.feed(&self.board.pulse);
        let (board, standing) = (&self.board, self.alarms.standing());
        self.manager.say(|| {
            let said = board.said();
            let behind: u64 = said.sources.iter().map(|source| source.behind).sum();
            let trouble = match (&said.store_trouble, &said.configuration.refused) {
                (Some(trouble), _) => format!("; cannot commit: {trouble}"),
                (None, Some(_)) => "; configuration not changed, the old one is in force".to_owned(),
                (None, None) => String::new(),
            };
            let configured = settings.sources.len();
            format!(
                "{configured} sources configured, {} read, {standing} give nothing, {behind} bytes behind{trouble}",
                said.sources.len()
            )
        });
    }
}
