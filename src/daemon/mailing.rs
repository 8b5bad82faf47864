//! What sends what lies in the spool: a thread of the daemon, or a process of its own.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::board::Board;
use super::pulse::Worker;
use super::signals::{self, Asked};
use super::{Stopped, manager};
use crate::alert::{self, Channel, Delivery, Pace, Receipt, Spool, Told, URGENT_MAX};
use crate::config::{self, MailSettings};
use crate::{fault, observe, report};

/// The relays as they are configured when a mail is handed over.
struct Way(Arc<Board>);

impl Channel for Way {
    fn deliver(&mut self, from: &str, to: &[String], message: &[u8]) -> Result<Vec<Delivery>, alert::Error> {
        let mail = self.0.mail();
        self.0.pulse.beat(Worker::Mailer);
        config::relays(&mail)?.deliver(from, to, message)
    }

    fn last_resort(
        &mut self,
        from: &str,
        to: &[String],
        message: &[u8],
    ) -> Option<Result<Vec<Delivery>, alert::Error>> {
        // Of the passwords nothing is asked: what goes wrong with them must not stand in this way too.
        let mut way = config::relays(&MailSettings { second: None, ..self.0.mail() }.without_login()).ok()?;
        way.last_resort(from, to, message)
    }
}

/// The thread that sends.
pub(super) fn mailer(
    spool: alert::Spool,
    board: Arc<Board>,
    asked: Arc<Asked>,
    woken: Receiver<()>,
    receipts: Sender<Receipt>,
) -> JoinHandle<()> {
    let mut way = Way(Arc::clone(&board));
    let mut standing = Standing::default();
    let work = move || {
        alert::run(&spool, &mut way, Pace::default(), &asked.stop, &woken, &mut |told| {
            board.pulse.beat(Worker::Mailer);
            if let Some(state) = standing.hear(told) {
                board.said().mailer = state;
            }
            log(told);
            if let Told::Sent(receipt) | Told::Failed(receipt) = told {
                // Without a receiver the receipt file is read at the next start.
                let _ = receipts.send((*receipt).clone());
                fault::point("mailer.told");
            }
        });
    };
    thread::Builder::new().name("mailer".into()).spawn(work).expect("a process may have a third thread")
}

/// Sends until it is asked to stop: a process that knows nothing but the spool and the way to the relays. None where
/// another one sends from this spool.
pub fn send(mail: &MailSettings, ready: impl FnOnce()) -> Result<Option<Stopped>, alert::Error> {
    let spool = Spool::open(&mail.spool_dir)?;
    let Some(_lock) = spool.lock()? else { return Ok(None) };
    let io = |source| alert::Error::Spool {
        act: "listen for signals beside",
        path: mail.spool_dir.clone(),
        source,
    };
    let asked = signals::listen(Arc::new(|| {})).map_err(io)?;
    let board = Arc::new(Board::new(Duration::MAX));
    board.mail_by(mail);
    let (_wake, woken) = sync_channel(1);
    let (mut way, mut standing) = (Way(board), Standing::default());
    ready();
    manager::ready();
    alert::run(&spool, &mut way, Pace::default(), &asked.stop, &woken, &mut |told| {
        standing.hear(told);
        log(told);
    });
    manager::stopping();
    Ok(Some(Stopped::by(&asked)))
}

/// How the mailer stands: idle, waiting for a relay, or degraded, which is said loudly, once when it begins and once when
/// it is over.
#[derive(Debug, Default)]
pub(super) struct Standing {
    why: String,
    is_degraded: bool,
}

impl Standing {
    /// How it stands after what is said; none where that says nothing of it.
    pub(super) fn hear(&mut self, told: &Told<'_>) -> Option<report::Mailer> {
        match told {
            Told::Sent(_) | Told::Failed(_) => None,
            Told::Waits { id, error, .. } => {
                let put_off = || "the relay put off some recipients".to_owned();
                self.why = error.map_or_else(put_off, ToString::to_string);
                (!self.is_degraded).then(|| state("waiting", Some(id), &self.why))
            }
            Told::Spool(error) => Some(state("waiting", None, &error.to_string())),
            Told::Looked { waiting, oldest } => {
                let is_degraded = *oldest >= URGENT_MAX;
                if is_degraded && !self.is_degraded {
                    observe::mail_degraded(*waiting, oldest.as_secs(), &self.why);
                } else if self.is_degraded && !is_degraded {
                    observe::mail_well();
                }
                self.is_degraded = is_degraded;
                match waiting {
                    _ if is_degraded => Some(state("degraded", None, &self.why)),
                    0 => Some(report::Mailer { state: "idle".to_owned(), ..report::Mailer::default() }),
                    _ => None,
                }
            }
        }
    }
}

fn state(state: &str, id: Option<&str>, why: &str) -> report::Mailer {
    report::Mailer { state: state.to_owned(), id: id.map(str::to_owned), why: Some(why.to_owned()) }
}

/// Logs what the mailer says.
pub(super) fn log(told: &Told<'_>) {
    match told {
        Told::Sent(receipt) => {
            observe::mail_sent(&receipt.id, receipt.recipients.iter().filter(|one| one.ok).count());
            for refused in receipt.recipients.iter().filter(|one| !one.ok) {
                observe::recipient_refused(&receipt.id, &refused.address, &refused.reply);
            }
        }
        Told::Failed(receipt) => observe::mail_refused(&receipt.id),
        Told::Waits { id, error, wait } => {
            let error = error.map(|error| error as &dyn std::error::Error);
            observe::mail_waits(id, error, wait.as_secs());
        }
        Told::Spool(error) => observe::spool_failed(error),
        Told::Looked { .. } => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_that_waits_for_five_minutes_is_trouble_until_it_has_gone() {
        let mut standing = Standing::default();
        let mut hear = |told: Told<'_>| standing.hear(&told).map(|said| (said.state, said.why));
        let error =
            alert::Error::Later { relay: "x:25".to_owned(), step: "connection", what: "refused".to_owned() };
        let waits = Told::Waits { id: "a", error: Some(&error), wait: Duration::ZERO };
        assert_eq!(hear(waits).expect("said").0, "waiting");
        let looked = |seconds| Told::Looked { waiting: 1, oldest: Duration::from_secs(seconds) };
        assert_eq!(hear(looked(299)), None);
        let (state, why) = hear(looked(300)).expect("said");
        assert!(
            state == "degraded" && why.is_some_and(|why| why.contains("x:25") && why.contains("refused"))
        );
        let waits = Told::Waits { id: "a", error: None, wait: Duration::ZERO };
        assert_eq!(hear(waits), None, "still degraded");
        let idle = Told::Looked { waiting: 0, oldest: Duration::ZERO };
        assert_eq!(hear(idle).expect("said").0, "idle");
    }
}
