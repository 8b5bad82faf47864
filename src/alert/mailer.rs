//! Sends what lies in the spool, and does not give up: a mail leaves `new/` only with a receipt.
//!
//! A letter about the highest level is urgent: it is tried before all others, and once no relay has taken it for five
//! minutes it goes by the last resort, if the site has one. A relay that does not answer ends a pass, so that a
//! spool full of mails that wait for it keeps no urgent one waiting.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant, SystemTime};

use super::{Channel, Delivery, Error, Receipt, Spool};
use crate::fault;

/// How often `stop` is looked at while waiting.
const STOP_LOOK: Duration = Duration::from_millis(100);

/// How long a letter about the highest level may wait, and how long any letter may before that is trouble.
pub const URGENT_MAX: Duration = Duration::from_mins(5);

/// What the head of an urgent mail holds: the highest level of all policies.
const URGENT: &[u8] = b"\r\nX-Breachd-Level: 3\r\n";

/// Waits of the mailer.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Before a mail is tried a second time; each further wait is twice as long.
    pub first: Duration,
    /// The longest wait between two tries.
    pub most: Duration,
    /// How often the spool is looked at without being woken: another process may fill it.
    pub look: Duration,
    /// How long an urgent mail may wait for the relays before it goes by the last resort.
    pub urgent: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(5),
            most: Duration::from_mins(5),
            look: Duration::from_secs(1),
            urgent: URGENT_MAX,
        }
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
    Looked {
        /// Mails that wait.
        waiting: usize,
        /// How long the oldest of them has lain there.
        oldest: Duration,
    },
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
        rest(pace.look, stop, wake);
    }
}

/// A mail that lies in the spool. The table is bounded by the spool: what is no longer there is forgotten.
struct Waiting {
    is_urgent: bool,
    next: Instant,
    wait: Duration,
    /// What is settled for some recipients already. After a crash they get the same mail again.
    settled: Vec<Delivery>,
}

impl Waiting {
    fn new(spool: &Spool, id: &str) -> Self {
        let mail = spool.mail(id).unwrap_or_default();
        let head = memchr::memmem::find(&mail, b"\r\n\r\n").map_or(0, |end| end + 2);
        let is_urgent = memchr::memmem::find(&mail[..head], URGENT).is_some();
        Self { is_urgent, next: Instant::now(), wait: Duration::ZERO, settled: Vec::new() }
    }

    /// The next wait: twice as long as the last one.
    fn longer(&self, pace: Pace) -> Duration {
        self.wait.saturating_mul(2).clamp(pace.first, pace.most.max(pace.first))
    }
}

/// One pass over the spool: urgent mails first, then the oldest.
fn turn(
    spool: &Spool,
    channel: &mut dyn Channel,
    pace: Pace,
    stop: &AtomicBool,
    waiting: &mut HashMap<String, Waiting>,
    told: &mut dyn FnMut(&Told),
) {
    let mut mails = match spool.waiting() {
        Ok(mails) => mails,
        Err(error) => return told(&Told::Spool(&error)),
    };
    waiting.retain(|id, _| mails.iter().any(|(known, _)| known == id));
    for (id, _) in &mails {
        waiting.entry(id.clone()).or_insert_with(|| Waiting::new(spool, id));
    }
    mails.sort_by_key(|(id, _)| Reverse(waiting[id].is_urgent)); // stable: the oldest of each come first
    for (id, since) in &mails {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let Some(mail) = waiting.get_mut(id).filter(|mail| mail.next <= Instant::now()) else { continue };
        let is_overdue = mail.is_urgent && age(*since) >= pace.urgent;
        let error = match send(spool, channel, id, is_overdue, mail) {
            Ok(Some(receipt)) => {
                waiting.remove(id);
                told(&if receipt.is_sent() { Told::Sent(&receipt) } else { Told::Failed(&receipt) });
                continue;
            }
            Ok(None) => None,
            Err(error) => Some(error),
        };
        mail.wait = mail.longer(pace);
        mail.next = Instant::now() + mail.wait;
        told(&Told::Waits { id, error: error.as_ref(), wait: mail.wait });
        if matches!(error, Some(Error::Later { .. } | Error::Relay { .. })) {
            break;
        }
    }
    let left = mails.iter().filter(|(id, _)| waiting.contains_key(id));
    let oldest = left.clone().map(|(_, since)| age(*since)).max().unwrap_or_default();
    told(&Told::Looked { waiting: left.count(), oldest });
}

/// How long ago that was; a clock that was set back makes it now.
fn age(since: SystemTime) -> Duration {
    since.elapsed().unwrap_or_default()
}

/// Tries one mail for the recipients that are open; the receipt when none is left.
fn send(
    spool: &Spool,
    channel: &mut dyn Channel,
    id: &str,
    is_overdue: bool,
    waiting: &mut Waiting,
) -> Result<Option<Receipt>, Error> {
    let envelope = spool.envelope(id)?;
    let settled = &mut waiting.settled;
    let mut open: Vec<String> = Vec::new();
    for address in &envelope.to {
        // One person may have several roles and still gets one mail.
        if !open.contains(address) && !settled.iter().any(|delivery| delivery.address == *address) {
            open.push(address.clone());
        }
    }
    if !open.is_empty() {
        fault::point("mailer.opened");
        let mail = spool.mail(id)?;
        let mut tried = channel.deliver(&envelope.from, &open, &mail);
        let is_refused = tried.as_ref().is_ok_and(|said| said.iter().all(|one| one.permanent));
        if is_overdue || (waiting.is_urgent && is_refused) {
            tried = by_last_resort(channel, &envelope.from, &open, &mail, tried);
        }
        fault::point("mailer.delivered");
        settled.extend(tried?.into_iter().filter(|delivery| !delivery.is_open()));
    }
    let all = envelope.to.iter().all(|address| settled.iter().any(|delivery| delivery.address == *address));
    if !all {
        return Ok(None);
    }
    let receipt = Receipt { id: id.to_owned(), sent_at: now(), recipients: settled.clone() };
    spool.receipt(id, &receipt)?;
    Ok(Some(receipt))
}

/// Those whom no relay has taken the mail for get it in whatever way is left.
fn by_last_resort(
    channel: &mut dyn Channel,
    from: &str,
    to: &[String],
    mail: &[u8],
    tried: Result<Vec<Delivery>, Error>,
) -> Result<Vec<Delivery>, Error> {
    let (taken, left): (Vec<Delivery>, Vec<String>) = match &tried {
        Ok(said) => {
            let (taken, left): (Vec<&Delivery>, Vec<&Delivery>) = said.iter().partition(|one| one.ok);
            (taken.into_iter().cloned().collect(), left.into_iter().map(|one| one.address.clone()).collect())
        }
        Err(_) => (Vec::new(), to.to_vec()),
    };
    if left.is_empty() {
        return tried;
    }
    match channel.last_resort(from, &left, mail) {
        Some(Ok(more)) => Ok(taken.into_iter().chain(more).collect()),
        Some(Err(error)) if tried.is_err() => Err(error),
        Some(Err(_)) | None => tried,
    }
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
