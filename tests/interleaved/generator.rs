//! A Postfix log of many messages under way at one time, with what became of each: written from the life of a message
//! as Postfix logs it, without a look at what the program makes of it.
//!
//! Two hosts write into one log and use the same short ids. Messages come in bursts of 1 to 300 under way; they are
//! authenticated, submitted on the host, sent from the organisation's network, or come from outside (and may be
//! forwarded there again); their subjects and attachments stand in four encodings; they have 1 to 60 recipients, each
//! with a fate of its own. Queue ids are used again half a minute after `removed`, and days later. A third of them
//! name people.

use std::collections::{BTreeMap, BTreeSet};

use crate::deliver::{Fate, Plan};
use crate::support::{Random, national_id};
use crate::words::Words;

pub const SECOND: i64 = 1_000_000;
pub const MINUTE: i64 = 60 * SECOND;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;
/// 2026-11-03T00:00:00Z.
pub const START: i64 = 1_793_664_000_000_000;
/// The log ends nine days later: some messages wait until it does.
pub const END: i64 = START + 9 * DAY;
/// After this a message that still waits is not waited for any more.
pub const LIFE_MAX: i64 = 5 * DAY + HOUR;

/// What is true of one message that names people.
#[derive(Clone, Debug, Default)]
pub struct Truth {
    pub actor: String,
    /// The sender in the queue, and as the client wrote it.
    pub sender: String,
    pub envelope: String,
    /// The client's address; none where nothing is promised about it.
    pub origin: Option<String>,
    /// Subjects and names of attachments, decoded, values masked.
    pub objects: BTreeSet<String>,
    /// Identity numbers.
    pub people: BTreeSet<String>,
    /// By address; `-` for a message without one.
    pub recipients: BTreeMap<String, Fate>,
    /// Time of the first line that names somebody.
    pub first: i64,
    /// Whether it is left to chance: its last lines stand about where the log ends.
    pub is_open: bool,
    /// For the reader of a failure.
    pub story: String,
}

/// A line, and when it reached the file: not always in the order of the stamps.
#[derive(Clone, Debug)]
pub struct Line {
    pub written: i64,
    pub text: String,
}

/// A log and the truth about it.
#[derive(Debug)]
pub struct Log {
    pub lines: Vec<Line>,
    pub truths: Vec<Truth>,
    /// The most messages under way at one time.
    pub concurrent: usize,
    pub reused: usize,
    pub refiltered: usize,
}

/// Who submits, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum From {
    Sasl,
    Pickup,
    Network,
    Outside,
    Forwarded,
}

/// Writes logs.
pub struct Generator<'r> {
    pub random: &'r mut Random,
    pub lines: Vec<Line>,
    truths: Vec<Truth>,
    /// Ids that may be used again, by host.
    free: [Vec<Free>; 2],
    /// Begin and end of each message's lines.
    spans: Vec<(i64, i64)>,
    pub last: i64,
    reused: usize,
    pub refiltered: usize,
    people: usize,
    /// Ids given so far, by host.
    serial: [usize; 2],
}

/// An id that may be used again.
struct Free {
    from: i64,
    id: String,
    /// Whether its last use ended with `removed`.
    is_removed: bool,
}

/// Where a message stands when all its headers are logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Queued,
    /// Refused or thrown away by a rule.
    Gone,
    /// Kept back by a rule.
    Kept,
}

/// One message while it is written.
pub struct Message {
    pub host: usize,
    pub id: String,
    /// Where the client is, as smtpd names it; `local` for pickup.
    pub client: String,
    pub sender: String,
    /// The sender as the client wrote it: cleanup may rewrite it for the queue.
    pub envelope: String,
    /// When its own id was given, and when that of the message it is a part of.
    pub started: i64,
    pub began: i64,
    pub now: i64,
    pub truth: Truth,
    /// Its subject as logged: a filter's message has it too.
    pub subject: (String, Option<Words>),
    pub last: String,
}

/// How many accounts there are: few, so that chains have several events.
const ACCOUNTS: usize = 24;

pub fn log(messages: usize, random: &mut Random) -> Log {
    let mut generator = Generator {
        random,
        lines: Vec::new(),
        truths: Vec::new(),
        free: [Vec::new(), Vec::new()],
        spans: Vec::new(),
        last: 0,
        reused: 0,
        refiltered: 0,
        people: 0,
        serial: [0, 0],
    };
    for (n, at) in generator.arrivals(messages).into_iter().enumerate() {
        generator.message(n, at);
    }
    generator.finish()
}

impl Generator<'_> {
    /// When messages come, in order: bursts, each with its number of messages under way.
    fn arrivals(&mut self, messages: usize) -> Vec<i64> {
        let mut arrivals = Vec::new();
        while arrivals.len() < messages {
            let concurrent = [1, 1, 1, 5, 5, 5, 30, 30, 100, 300][self.below(10)];
            let count = (1 + concurrent * 2 + self.below(4)).min(messages - arrivals.len());
            let begins = START + self.below_time(END - START - 20 * MINUTE);
            let lasts = count as i64 * 6 * SECOND / concurrent as i64;
            for _ in 0..count {
                arrivals.push(begins + self.below_time(lasts + 1));
            }
        }
        arrivals.sort_unstable();
        arrivals
    }

    fn message(&mut self, n: usize, at: i64) {
        let from = match self.below(20) {
            0..=11 => From::Sasl,
            12..=14 => From::Pickup,
            15 | 16 => From::Network,
            17 | 18 => From::Outside,
            _ => From::Forwarded,
        };
        let host = self.below(2);
        self.last = at;
        // What cannot be told apart is not asked: first lines before `client=`, after a message without an end.
        let (id, user) = (self.id(host, at, from != From::Sasl), self.below(ACCOUNTS));
        let mut message = Message {
            host,
            id,
            client: "local".to_owned(),
            sender: format!("user{user:02}@agency.gov.tw"),
            envelope: String::new(),
            started: at,
            began: at,
            now: at,
            truth: Truth::default(),
            subject: (String::new(), None),
            last: String::new(),
        };
        message.truth.actor.clone_from(&message.sender);
        message.truth.story = format!("message {n}, {from:?} on mx{}, id {}", host + 1, message.id);
        let plans = self.plans(from, n, user);
        self.opening(from, n, &mut message);
        message.envelope = match from {
            From::Network => message.sender.replace('@', "@printer."),
            _ => message.sender.clone(),
        };
        message.truth.sender.clone_from(&message.sender);
        message.truth.envelope.clone_from(&message.envelope);
        match self.contents(from, n, &mut message, &plans) {
            Next::Queued => {
                if let Some(removed) = self.deliver(&mut message, &plans) {
                    self.release(host, &message.id, removed, true);
                }
            }
            Next::Gone => self.release(host, &message.id, message.now, false),
            Next::Kept => {}
        }
        self.spans.push((at, self.last));
        if !message.truth.people.is_empty() {
            self.truths.push(message.truth);
        }
    }

    /// Who is written to, and what will become of each.
    fn plans(&mut self, from: From, n: usize, user: usize) -> Vec<(String, Plan)> {
        let count = match self.below(20) {
            0..=11 => 1,
            12..=17 => 2 + self.below(3),
            18 => 5 + self.below(12),
            _ => 5 + self.below(56),
        };
        let plans = (0..count).map(|k| match (from, k) {
            (From::Forwarded, 0) => {
                (format!("home{n}@example.org"), Plan::Forwarded(format!("user{user:02}@agency.gov.tw")))
            }
            (From::Outside | From::Forwarded, _) => (format!("in{n}x{k}@agency.gov.tw"), Plan::Sent),
            _ => match self.below(60) {
                0..=33 => (format!("out{n}x{k}@example.com"), Plan::Sent),
                34..=42 => (format!("in{n}x{k}@hr.agency.gov.tw"), Plan::Sent),
                43..=48 => (format!("gone{n}x{k}@example.net"), Plan::Bounced),
                49..=55 => (format!("slow{n}x{k}@example.net"), Plan::Later(1 + self.below(6))),
                56 => (format!("days{n}x{k}@example.net"), Plan::Later(30 + self.below(60))),
                57 => (format!("never{n}x{k}@example.net"), Plan::Expires),
                58 => (format!("waits{n}x{k}@example.net"), Plan::Forgotten(1 + self.below(20))),
                _ => (format!("bad{n}x{k}@agency.gov.tw"), Plan::Refused),
            },
        });
        let mut plans: Vec<_> = plans.collect();
        if plans.iter().all(|(_, plan)| *plan == Plan::Refused) {
            plans.push((format!("out{n}@example.com"), Plan::Sent)); // or there would be no DATA
        }
        plans
    }

    /// `client=` or `uid=`; sometimes after the first lines of cleanup.
    fn opening(&mut self, from: From, n: usize, message: &mut Message) {
        let number = self.below(250);
        match from {
            From::Pickup => {
                message.truth.actor = message.sender.replace("@agency.gov.tw", "");
                let uid = format!("uid={} from=<{}>", 1000 + number, message.truth.actor);
                // pickup may be late: its cleanup has begun by then.
                let late = if self.below(2) == 0 { self.below_time(3 * SECOND) } else { 0 };
                self.say(message, message.now + late, "pickup", &uid);
            }
            From::Sasl | From::Network => {
                let address = format!("10.{}.{}.{number}", self.below(20), n % 250);
                message.client = format!("pc{number}[{address}]");
                message.truth.origin = Some(address);
                let sasl = if from == From::Sasl {
                    format!(", sasl_method=PLAIN, sasl_username={}", message.sender)
                } else {
                    String::new()
                };
                let program = if from == From::Sasl { "submission/smtpd" } else { "smtpd" };
                let client = format!("client={}{sasl}", message.client);
                let is_late = from == From::Network && self.below(4) == 0;
                let late = if is_late { 900 + self.below_time(2000) } else { 0 };
                self.say(message, message.now + late, program, &client);
            }
            From::Outside | From::Forwarded => {
                message.sender = format!("citizen{n}@home.example");
                if from == From::Outside {
                    message.truth.actor.clone_from(&message.sender);
                }
                message.client = format!("mx.home.example[198.51.100.{number}]");
                message.truth.origin = Some(format!("198.51.100.{number}"));
                self.say(message, message.now, "smtpd", &format!("client={}", message.client));
            }
        }
    }

    /// Everything up to the queue.
    fn contents(&mut self, from: From, n: usize, message: &mut Message, plans: &[(String, Plan)]) -> Next {
        if from != From::Pickup {
            self.refuse(message, plans);
        }
        self.pause(message);
        self.say(message, message.now, "cleanup", &format!("message-id=<{n}@pc>"));
        let action = match self.below(40) {
            0 => "reject",
            1 => "discard",
            2 => "hold",
            _ => "info",
        };
        message.last = plans.last().map_or_else(String::new, |(address, _)| address.clone());
        self.headers(n, message, action);
        if action == "info" {
            return Next::Queued;
        }
        // Nothing is said of single recipients then, but for those refused before.
        if message.truth.recipients.is_empty() {
            message.truth.recipients.insert("-".to_owned(), Fate::Blocked);
        }
        if matches!(from, From::Network | From::Forwarded) {
            message.truth.actor.clone_from(&message.envelope); // it was not queued, and nobody has forwarded it
        }
        message.truth.story += &[", ", action].concat();
        // What was submitted on the host, and what is kept back, keeps its id.
        if action == "hold" || from == From::Pickup { Next::Kept } else { Next::Gone }
    }

    /// Recipients refused at RCPT, after the first was taken.
    fn refuse(&mut self, message: &mut Message, plans: &[(String, Plan)]) {
        for (address, _) in plans.iter().filter(|(_, plan)| *plan == Plan::Refused) {
            let refusal = format!(
                "reject: RCPT from {}: 550 5.1.1 <{address}>: Recipient address rejected: User unknown; from=<{}> to=<{address}> proto=ESMTP helo=<pc>",
                message.client, message.envelope
            );
            message.now += 3 * 1000; // a late `client=` stands before it
            self.say(message, message.now, "smtpd", &refusal);
            message.truth.recipients.insert(address.clone(), Fate::Blocked);
        }
    }

    /// A subject, and perhaps an attachment. A rule strikes at one of them.
    fn headers(&mut self, n: usize, message: &mut Message, action: &str) {
        let words = self.words(n);
        let is_in_subject = words.people.is_empty() || self.below(3) > 0;
        let has_attachment = !is_in_subject || self.below(3) == 0;
        let (object, logged) = if is_in_subject {
            (words.object.clone(), words.subject(self))
        } else {
            (format!("Re: meeting {n}"), format!("Re: meeting {n}"))
        };
        self.pause(message);
        let first = if !has_attachment || self.below(2) == 0 { action } else { "info" };
        message.subject = (logged.clone(), is_in_subject.then(|| words.clone()));
        self.header(message, first, "Subject", &logged, is_in_subject.then_some(&words));
        message.truth.objects.insert(object);
        if has_attachment && (first == "info" || action == "hold") {
            self.pause(message);
            let name = words.attachment(self);
            self.header(message, action, "Content-Disposition", &name, Some(&words));
            message.truth.objects.insert(format!("{}.xlsx", words.object));
        }
    }

    /// A header line of cleanup; `words` are those that it holds.
    pub fn header(
        &mut self,
        message: &mut Message,
        action: &str,
        name: &str,
        value: &str,
        words: Option<&Words>,
    ) {
        let (client, sender, last) = (&message.client, &message.envelope, &message.last);
        let protocol = if client == "local" { String::new() } else { " proto=ESMTP helo=<pc>".to_owned() };
        let answer = if action == "reject" { ": 5.7.1 message content rejected" } else { "" };
        let text = format!(
            "{action}: header {name}: {value} from {client}; from=<{sender}> to=<{last}>{protocol}{answer}"
        );
        self.say(message, message.now, "cleanup", &text);
        if let Some(words) = words.filter(|words| !words.people.is_empty()) {
            message.truth.people.extend(words.people.iter().cloned());
            if message.truth.first == 0 {
                message.truth.first = message.now;
            }
        }
    }

    /// In one message of three one to three people, of whom the first is in no other message.
    fn words(&mut self, n: usize) -> Words {
        let mut people = Vec::new();
        if n.is_multiple_of(3) {
            self.people += 1;
            people.push(national_id(100_000 + self.people));
            people.extend((0..self.below(3)).map(|k| national_id(self.random.below(2000) * 3 + k)));
        }
        Words::new(n, people)
    }

    /// A new id, or one whose message has gone. `after_removed`: only one whose last use ended with `removed`.
    pub fn id(&mut self, host: usize, at: i64, after_removed: bool) -> String {
        let is_usable = |free: &Free| free.from <= at && (free.is_removed || !after_removed);
        let usable: Vec<usize> =
            (0..self.free[host].len()).filter(|nth| is_usable(&self.free[host][*nth])).collect();
        if !usable.is_empty() && self.below(3) == 0 {
            self.reused += 1;
            // The one that was free last, or any.
            let nth = if self.below(2) == 0 { usable.len() - 1 } else { self.below(usable.len()) };
            return self.free[host].remove(usable[nth]).id;
        }
        // Both hosts use the same short ones, about the same time.
        self.serial[host] += 1;
        let serial = self.serial[host];
        if serial.is_multiple_of(4) {
            return format!("4jX{}B{serial:06}zmwCS", ["b", "c"][host]);
        }
        format!("{:05X}{serial:06X}", Random(serial as u64).below(0xF_FFFF))
    }

    /// From half a minute after `removed`, and after the last line, an id may be used again.
    pub fn release(&mut self, host: usize, id: &str, removed: i64, is_removed: bool) {
        let from = (removed + 31 * SECOND).max(self.last + SECOND);
        // Long ids are not used again (postconf(5)).
        if id.len() < 12 {
            self.put(host, Free { from, id: id.to_owned(), is_removed });
        }
    }

    fn put(&mut self, host: usize, free: Free) {
        let at = self.free[host].partition_point(|other| other.from <= free.from);
        self.free[host].insert(at, free);
    }

    /// An id of ours whose message went more than half a minute ago, as a foreign server happens to use it too. It stays
    /// unused for the two minutes around.
    pub fn borrowed_id(&mut self, host: usize, at: i64) -> Option<String> {
        let nth = self.free[host].iter().rposition(|free| free.is_removed && free.from <= at)?;
        let mut free = self.free[host].remove(nth);
        free.from = at + 2 * MINUTE;
        let id = free.id.clone();
        self.put(host, free);
        Some(id)
    }

    /// A line of a message; one of thirty reaches the file up to five seconds late.
    pub fn say(&mut self, message: &Message, at: i64, program: &str, text: &str) {
        let late = if self.below(30) == 0 { self.below_time(5 * SECOND) } else { 0 };
        let (host, id) = (message.host + 1, &message.id);
        let pid = 1000 + self.below(50);
        let text = format!("{} mx{host} postfix/{program}[{pid}]: {id}: {text}\n", stamp(at));
        self.last = self.last.max(at);
        self.lines.push(Line { written: at + late, text });
    }

    pub fn pause(&mut self, message: &mut Message) {
        message.now += 1000 + self.below_time(300_000);
    }

    pub fn below(&mut self, end: usize) -> usize {
        self.random.below(end)
    }

    pub fn below_time(&mut self, end: i64) -> i64 {
        (self.random.next() % end.max(1) as u64) as i64
    }

    fn finish(mut self) -> Log {
        self.lines.retain(|line| line.written < END);
        self.lines.sort_by_key(|line| line.written);
        for at in [END, END + SECOND] {
            let text = format!("{} mx1 postfix/smtpd[1]: connect from a[192.0.2.1]\n", stamp(at));
            self.lines.push(Line { written: at, text });
        }
        let mut marks: Vec<(i64, i64)> = self.spans.iter().flat_map(|(a, b)| [(*a, 1), (*b, -1)]).collect();
        marks.sort_unstable();
        let under_way = marks.iter().scan(0, |sum, (_, step)| {
            *sum += step;
            Some(*sum)
        });
        let concurrent = under_way.max().unwrap_or(0) as usize;
        let truths = self.truths;
        Log { lines: self.lines, truths, concurrent, reused: self.reused, refiltered: self.refiltered }
    }
}

pub fn stamp(us: i64) -> String {
    breachd::moment::iso_local(us, breachd::moment::Tz::UTC)
        .replace("+00:00", &format!(".{:06}+00:00", us.rem_euclid(SECOND)))
}
