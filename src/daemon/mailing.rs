//! The thread that sends what lies in the spool.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};
use std::thread::{self, JoinHandle};

use super::board::Board;
use super::pulse::Worker;
use super::signals::Asked;
use crate::alert::{self, Channel, Delivery, Pace, Receipt, Smtp, Told};
use crate::{fault, observe, report};

/// The relay as it is configured when a mail is handed over.
struct Relay(Arc<Board>);

impl Channel for Relay {
    fn deliver(&mut self, from: &str, to: &[String], message: &[u8]) -> Result<Vec<Delivery>, alert::Error> {
        let (host, port) = self.0.relay();
        self.0.pulse.beat(Worker::Mailer);
        Smtp::new(&host, port).deliver(from, to, message)
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
    let mut relay = Relay(Arc::clone(&board));
    let work = move || {
        alert::run(&spool, &mut relay, Pace::default(), &asked.stop, &woken, &mut |told| {
            board.pulse.beat(Worker::Mailer);
            if let Some(state) = state(told) {
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

/// How the mailer stands after what it says; none where that says nothing of it.
fn state(told: &Told<'_>) -> Option<report::Mailer> {
    let (state, id, why) = match told {
        Told::Sent(_) | Told::Failed(_) => ("idle", None, None),
        Told::Waits { id, error, .. } => {
            let why =
                error.map_or_else(|| "the relay put off some recipients".to_owned(), ToString::to_string);
            ("waiting", Some((*id).to_owned()), Some(why))
        }
        Told::Spool(error) => ("waiting", None, Some(error.to_string())),
        Told::Looked => return None,
    };
    Some(report::Mailer { state: state.to_owned(), id, why })
}

/// Logs what the mailer says.
pub(super) fn log(told: &Told<'_>) {
    match told {
        Told::Sent(receipt) => observe::mail_sent(&receipt.id, receipt.recipients.len()),
        Told::Failed(receipt) => observe::mail_refused(&receipt.id),
        Told::Waits { id, error, wait } => {
            let error = error.map(|error| error as &dyn std::error::Error);
            observe::mail_waits(id, error, wait.as_secs());
        }
        Told::Spool(error) => observe::spool_failed(error),
        Told::Looked => {}
    }
}
