//! What another process says of mails: receipts in the spool. They are untrusted, and can only mark a row of the outbox,
//! one that waits, as sent or failed.

use std::time::{Duration, Instant, SystemTime};

use super::Watch;
use super::round::Round;
use crate::alert::Told;
use crate::config::{Mailer, Transport};
use crate::observe;
use crate::store;

/// How often they are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(1);

impl Watch {
    /// Takes the receipts of the mails that wait, and says how these stand.
    pub(super) fn take_written(&mut self, round: &mut Round) -> Result<(), store::Error> {
        let mail = &self.settings.mail;
        let is_elsewhere = (mail.transport, mail.mailer) == (Transport::Smtp, Mailer::Process);
        if !is_elsewhere || round.receipts_looked.elapsed() < LOOK_EVERY {
            return Ok(());
        }
        round.receipts_looked = Instant::now();
        let spool = self.post.spool().clone();
        match spool.waiting() {
            Ok(mails) => {
                let age = |since: &SystemTime| since.elapsed().unwrap_or_default();
                let oldest = mails.iter().map(|(_, since)| age(since)).max().unwrap_or_default();
                if let Some(state) = round.mailing.hear(&Told::Looked { waiting: mails.len(), oldest }) {
                    round.board.said().mailer = state;
                }
            }
            Err(error) => observe::spool_failed(&error),
        }
        for id in self.store.on_their_way()? {
            match spool.receipt_of(&id) {
                Some(Ok(receipt)) => self.note(&receipt)?,
                Some(Err(error)) => observe::spool_failed(&error),
                None => {}
            }
        }
        Ok(())
    }
}
