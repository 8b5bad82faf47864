//! The thread that sends what lies in the spool.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};
use std::thread::{self, JoinHandle};

use super::signals::Asked;
use crate::alert::{self, Pace, Receipt, Smtp, Told};
use crate::config::MailSettings;
use crate::observe;

/// The thread that sends.
pub(super) fn mailer(
    spool: alert::Spool,
    mail: &MailSettings,
    asked: Arc<Asked>,
    woken: Receiver<()>,
    receipts: Sender<Receipt>,
) -> JoinHandle<()> {
    let mut smtp = Smtp::new(&mail.host, mail.port);
    let work = move || {
        alert::run(&spool, &mut smtp, Pace::default(), &asked.stop, &woken, &mut |told| {
            report(told);
            if let Told::Sent(receipt) | Told::Failed(receipt) = told {
                // Without a receiver the receipt file is read at the next start.
                let _ = receipts.send((*receipt).clone());
            }
        });
    };
    thread::Builder::new().name("mailer".into()).spawn(work).expect("a process may have a third thread")
}

/// Logs what the mailer says.
pub(super) fn report(told: &Told<'_>) {
    match told {
        Told::Sent(receipt) => observe::mail_sent(&receipt.id, receipt.recipients.len()),
        Told::Failed(receipt) => observe::mail_refused(&receipt.id),
        Told::Waits { id, error, wait } => {
            let error = error.map(|error| error as &dyn std::error::Error);
            observe::mail_waits(id, error, wait.as_secs());
        }
        Told::Spool(error) => observe::spool_failed(error),
    }
}
