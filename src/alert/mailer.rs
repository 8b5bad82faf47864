//! Sends what lies in the spool, and does not give up: a mail leaves `new/` only with a receipt.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant, SystemTime};

use super::{Channel, Delivery, Error, Receipt, Spool};
use crate::fault;

/// How often `stop` is looked at while waiting.
const STOP_LOOK: Duration = Duration::from_millis(100);

/// Waits of the mailer.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Before a mail is tried a second time; each further wait is twice as long.
    pub first: Duration,
    /// The longest wait between two tries.
    pub most: Duration,
    /// How often the spool is looked at without being woken: another process may fill it.
    pub look: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { first: Duration::from_secs(5), most: Duration::from_mins(5), look: Duration::from_secs(1) }
    }
}

/// What the mailer tells its caller, who logs and counts it.
#[derive(Debug)]
pub enum Told<'a> {
    /// A mail is done: for some or all recipients.
    Sent(&'a Receipt),
    /// A mail is done: every recipient was refused for good.
    Failed(&'a Receipt),
    /// A mail stays in the spool and is tried again after the wait.
    Waits {
        /// The mail.
        id: &'a str,
        /// Why; none when the relay put off some recipients only.
        error: Option<&'a Error>,
        /// Until the next try.
        wait: Duration,
    },
    /// The spool cannot be listed.
    Spool(&'a Error),
    /// A pass over the spool is over.
    Looked,
}

/// Sends until `stop` is set. `wake` saves a wait after a mail was put; its other end may be gone.
pub fn run(
    spool: &Spool,
    channel: &mut dyn Channel,
    pace: Pace,
    stop: &AtomicBool,
    wake: &Receiver<()>,
    told: &mut dyn FnMut(&Told),
) {
    let mut waiting = HashMap::new();
    while !stop.load(Ordering::Relaxed) {
        turn(spool, channel, pace, stop, &mut waiting, told);
        told(&Told::Looked);
        rest(pace.look, stop, wake);
    }
}

/// A mail that could not be sent whole yet. The table is bounded by the spool: what is no longer there is forgotten.
struct Waiting {
    next: Instant,
    wait: Duration,
    /// What is settled for some recipients already. After a crash they get the same mail again.
    settled: Vec<Delivery>,
}

/// One pass over the spool, oldest mail first.
fn turn(
    spool: &Spool,
    channel: &mut dyn Channel,
    pace: Pace,
    stop: &AtomicBool,
    waiting: &mut HashMap<String, Waiting>,
    told: &mut dyn FnMut(&Told),
) {
    let ids = match spool.list_new() {
        Ok(ids) => ids,
        Err(error) => return told(&Told::Spool(&error)),
    };
    waiting.retain(|id, _| ids.contains(id));
    for id in ids {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        if waiting.get(&id).is_some_and(|waiting| waiting.next > Instant::now()) {
            continue;
        }
        let mut settled =
            waiting.get_mut(&id).map_or(Vec::new(), |waiting| std::mem::take(&mut waiting.settled));
        let error = match send(spool, channel, &id, &mut settled) {
            Ok(Some(receipt)) => {
                waiting.remove(&id);
                told(&if receipt.is_sent() { Told::Sent(&receipt) } else { Told::Failed(&receipt) });
                continue;
            }
            Ok(None) => None,
            Err(error) => Some(error),
        };
        let wait =
            waiting.get(&id).map_or(pace.first, |waiting| waiting.wait.saturating_mul(2)).min(pace.most);
        told(&Told::Waits { id: &id, error: error.as_ref(), wait });
        waiting.insert(id, Waiting { next: Instant::now() + wait, wait, settled });
    }
}

/// Tries one mail for the recipients that are open; the receipt when none is left.
fn send(
    spool: &Spool,
    channel: &mut dyn Channel,
    id: &str,
    settled: &mut Vec<Delivery>,
) -> Result<Option<Receipt>, Error> {
    let envelope = spool.envelope(id)?;
    let mut open: Vec<String> = Vec::new();
    for address in &envelope.to {
        // One person may have several roles and still gets one mail.
        if !open.contains(address) && !settled.iter().any(|delivery| delivery.address == *address) {
            open.push(address.clone());
        }
    }
    if !open.is_empty() {
        fault::point("mailer.opened");
        let deliveries = channel.deliver(&envelope.from, &open, &spool.mail(id)?)?;
        fault::point("mailer.delivered");
        settled.extend(deliveries.into_iter().filter(|delivery| !delivery.is_open()));
    }
    let all = envelope.to.iter().all(|address| settled.iter().any(|delivery| delivery.address == *address));
    if !all {
        return Ok(None);
    }
    let receipt = Receipt { id: id.to_owned(), sent_at: now(), recipients: settled.clone() };
    spool.receipt(id, &receipt)?;
    Ok(Some(receipt))
}

/// Waits until woken, stopped, or for `long`.
fn rest(long: Duration, stop: &AtomicBool, wake: &Receiver<()>) {
    let end = Instant::now() + long;
    loop {
        let left = end.saturating_duration_since(Instant::now()).min(STOP_LOOK);
        if left.is_zero() || stop.load(Ordering::Relaxed) {
            return;
        }
        match wake.recv_timeout(left) {
            Ok(()) => return,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => std::thread::sleep(left),
        }
    }
}

fn now() -> i64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_micros() as i64)
}
