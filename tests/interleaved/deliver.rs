//! From the queue to the recipients: deliveries, retries at Postfix's intervals, notices of failure, and the way through
//! a content filter, under a second id.

use crate::generator::{DAY, END, Generator, HOUR, LIFE_MAX, MINUTE, Message, SECOND};

/// What becomes of a recipient, as an incident names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Left,
    InternalOnly,
    Blocked,
    Failed,
    Pending,
    Unknown,
}

impl Fate {
    pub fn id(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::InternalOnly => "internal-only",
            Self::Blocked => "blocked",
            Self::Failed => "failed",
            Self::Pending => "pending",
            Self::Unknown => "unknown",
        }
    }
}

/// What will happen to a recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan {
    Sent,
    /// Rewritten from a local address.
    Forwarded(String),
    Bounced,
    /// Sent after so many tries that were put off.
    Later(usize),
    /// Put off for five days.
    Expires,
    /// Put off so many times, and then nothing is logged any more.
    Forgotten(usize),
    /// Refused at RCPT.
    Refused,
}

/// One step of the queue manager: who is tried, and whether it is the last try.
struct Queue<'p> {
    waiting: Vec<(&'p str, &'p Plan, usize)>,
    arrived: i64,
}

impl Generator<'_> {
    /// Delivers a queued message, itself or through a content filter. Returns when it was removed.
    pub fn deliver(&mut self, message: &mut Message, plans: &[(String, Plan)]) -> Option<i64> {
        let plans: Vec<(String, Plan)> =
            plans.iter().filter(|(_, plan)| *plan != Plan::Refused).cloned().collect();
        if plans.is_empty() {
            // Every recipient was refused: there was no DATA, and nothing was queued.
            return Some(message.now);
        }
        self.pause(message);
        let count = plans.len();
        let queued = format!("from=<{}>, size=1193, nrcpt={count} (queue active)", message.sender);
        self.say(message, message.now, "qmgr", &queued);
        if self.below(6) == 0 {
            return Some(self.filter(message, &plans));
        }
        self.queue(message, &plans)
    }

    /// The way of a message in the queue until nobody waits. Returns when it was removed, if it was.
    fn queue(&mut self, message: &mut Message, plans: &[(String, Plan)]) -> Option<i64> {
        let waiting = plans.iter().map(|(address, plan)| (address.as_str(), plan, 0)).collect();
        let mut queue = Queue { waiting, arrived: message.started };
        let mut at_last = Vec::new();
        loop {
            self.run(message, &mut queue, &mut at_last);
            if queue.waiting.is_empty() {
                break;
            }
            for (address, reply) in at_last.drain(..) {
                self.delivery(message, message.now, "local", &address, &reply);
            }
            if queue
                .waiting
                .iter()
                .all(|(_, plan, tries)| matches!(plan, Plan::Forgotten(most) if tries >= most))
            {
                Self::forget(message, &queue);
                return None;
            }
            // qmgr(8): the next try after the message's age, at least 300 s and at most 4000 s; the queue is looked at
            // every 300 s.
            let age = message.now - queue.arrived;
            let wait = age.clamp(300 * SECOND, 4000 * SECOND) + self.below_time(300 * SECOND);
            if age >= 5 * DAY {
                self.expire(message, &mut queue);
                break;
            }
            message.now += wait.min((queue.arrived + 5 * DAY + 50 * MINUTE - message.now).max(SECOND));
            if message.now >= END {
                Self::forget(message, &queue);
                return None;
            }
            let (sender, count) = (message.sender.clone(), plans.len());
            let queued = format!("from=<{sender}>, size=1193, nrcpt={count} (queue active)");
            self.say(message, message.now, "qmgr", &queued);
        }
        self.pause(message);
        let removed = message.now;
        self.say(message, removed, "qmgr", "removed");
        for (address, reply) in at_last {
            // Five of sixty million local deliveries were logged after `removed`; here it is more.
            let at = removed + self.below_time(29 * SECOND);
            self.delivery(message, at, "local", &address, &reply);
        }
        if message.now >= END { None } else { Some(removed) }
    }

    /// Tries everybody who waits once.
    fn run(&mut self, message: &mut Message, queue: &mut Queue<'_>, at_last: &mut Vec<(String, String)>) {
        let mut bounced = false;
        let mut waiting = Vec::new();
        for (address, plan, tries) in std::mem::take(&mut queue.waiting) {
            if self.below(4) == 0 {
                self.pause(message);
            }
            message.now += self.below_time(20_000);
            let is_last = match plan {
                Plan::Later(most) => tries >= *most,
                Plan::Forgotten(most) if tries >= *most => {
                    waiting.push((address, plan, tries));
                    continue;
                }
                Plan::Expires | Plan::Forgotten(_) => false,
                _ => true,
            };
            let at = message.now;
            if !is_last {
                let reply = "dsn=4.4.1, status=deferred (connect to mx.example.net[192.0.2.80]:25: Connection refused)";
                self.delivery(message, at, "smtp", address, reply);
                waiting.push((address, plan, tries + 1));
                continue;
            }
            if *plan == Plan::Bounced {
                let reply = "dsn=5.1.1, status=bounced (host mx.example.net[192.0.2.81] said: 550 5.1.1 User unknown)";
                self.delivery(message, at, "smtp", address, reply);
                Self::settle(message, address, at, Fate::Failed);
                bounced = true;
                continue;
            }
            let is_inside = address.ends_with("agency.gov.tw");
            let fate = if is_inside { Fate::InternalOnly } else { Fate::Left };
            if is_inside && matches!(plan, Plan::Sent) && self.below(4) == 0 {
                at_last
                    .push((address.to_owned(), "dsn=2.0.0, status=sent (delivered to maildir)".to_owned()));
                Self::settle(message, address, at, fate);
                continue;
            }
            let original = match plan {
                Plan::Forwarded(original) => format!("orig_to=<{original}>, "),
                _ => String::new(),
            };
            let reply = format!("{original}{}", self.reply(message.host, at));
            self.delivery(message, at, "smtp", address, &reply);
            Self::settle(message, address, at, fate);
        }
        queue.waiting = waiting;
        if bounced {
            self.notify(message);
        }
    }

    /// What the next server answers: some name an id of theirs, which may look like one of ours.
    fn reply(&mut self, host: usize, at: i64) -> String {
        // One of fifty has an id of ours from before: a million times more than happens (postconf(5): microseconds and
        // inode make a short id).
        let id = match self.below(50) {
            0 => self.borrowed_id(host, at),
            1..=20 => Some(format!("4kZ{:012}", self.random.next() % 1_000_000_000_000)),
            21..=30 => Some(format!("{:010X}", self.random.next() % 0xFF_FFFF_FFFF)),
            _ => None,
        };
        match id {
            Some(id) => format!("dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as {id})"),
            None => "dsn=2.0.0, status=sent (250 2.0.0 Ok)".to_owned(),
        }
    }

    fn delivery(&mut self, message: &Message, at: i64, program: &str, address: &str, reply: &str) {
        let (original, reply) = match reply.split_once(">, ") {
            Some((original, reply)) if original.starts_with("orig_to=") => (format!("{original}>, "), reply),
            _ => (String::new(), reply),
        };
        let relay = "relay=mx.example.com[192.0.2.25]:25, delay=0.1, delays=0/0/0.1/0";
        self.say(message, at, program, &format!("to=<{address}>, {original}{relay}, {reply}"));
    }

    /// A final word, unless it comes after the log has ended, or after a message's life.
    fn settle(message: &mut Message, address: &str, at: i64, fate: Fate) {
        if at < END - 40 * SECOND {
            message.truth.recipients.insert(address.to_owned(), fate);
        } else {
            message.truth.is_open = true;
        }
    }

    /// Given up after five days.
    fn expire(&mut self, message: &mut Message, queue: &mut Queue<'_>) {
        self.pause(message);
        let expired = format!("from=<{}>, status=expired, returned to sender", message.sender);
        self.say(message, message.now, "qmgr", &expired);
        for (address, _, _) in std::mem::take(&mut queue.waiting) {
            Self::settle(message, address, message.now, Fate::Failed);
        }
        self.notify(message);
    }

    /// Nothing more is logged of those who wait.
    fn forget(message: &mut Message, queue: &Queue<'_>) {
        let is_over = message.began + LIFE_MAX <= END;
        for (address, _, _) in &queue.waiting {
            let fate = if is_over { Fate::Unknown } else { Fate::Pending };
            message.truth.recipients.insert((*address).to_owned(), fate);
        }
        if (message.began + LIFE_MAX - END).abs() < 10 * MINUTE {
            message.truth.is_open = true; // a matter of seconds
        }
    }

    /// The notice to the sender, a message of its own that names nobody in its subject.
    fn notify(&mut self, message: &Message) {
        let at = message.now + 1000 + self.below_time(SECOND);
        let id = self.id(message.host, at - 40 * SECOND, true);
        let mut notice = Message {
            id: id.clone(),
            client: "local".to_owned(),
            sender: String::new(),
            envelope: String::new(),
            now: at,
            started: at,
            began: at,
            truth: crate::generator::Truth::default(),
            subject: (String::new(), None),
            last: message.sender.clone(),
            host: message.host,
        };
        self.say(message, at, "bounce", &format!("sender non-delivery notification: {id}"));
        // The notice may be logged before the line that names it.
        notice.now -= self.below_time(100_000);
        self.say(&notice, notice.now, "cleanup", &format!("message-id=<{id}@mx>"));
        let sender = message.sender.clone();
        self.header(&mut notice, "info", "Subject", "Undelivered Mail Returned to Sender", None);
        self.pause(&mut notice);
        self.say(&notice, notice.now, "qmgr", "from=<>, size=3193, nrcpt=1 (queue active)");
        self.pause(&mut notice);
        self.delivery(&notice, notice.now, "lmtp", &sender, "dsn=2.0.0, status=sent (250 2.0.0 Ok)");
        self.pause(&mut notice);
        self.say(&notice, notice.now, "qmgr", "removed");
        self.release(message.host, &id, notice.now, true);
    }

    /// Through a content filter: each child is logged before the reply that names it. Returns when the parent was
    /// removed.
    fn filter(&mut self, message: &mut Message, plans: &[(String, Plan)]) -> i64 {
        self.refiltered += 1;
        message.truth.story.push_str(", filtered");
        if self.below(5) == 0 {
            // The filter was down at first.
            for (address, _) in plans {
                let reply =
                    "dsn=4.4.1, status=deferred (connect to 127.0.0.1[127.0.0.1]:10024: Connection refused)";
                self.delivery(message, message.now, "smtp", address, reply);
            }
            message.now += 300 * SECOND + self.below_time(2 * HOUR);
        }
        let parts = if plans.len() > 1 && self.below(3) == 0 { 2 } else { 1 };
        for part in plans.chunks(plans.len().div_ceil(parts)) {
            self.child(message, part);
        }
        self.pause(message);
        let removed = message.now;
        self.say(message, removed, "qmgr", "removed");
        removed
    }

    fn child(&mut self, message: &mut Message, plans: &[(String, Plan)]) {
        self.pause(message);
        message.now += self.below_time(20 * SECOND);
        let id = self.id(message.host, message.now, false);
        let mut child = Message {
            host: message.host,
            id: id.clone(),
            client: "localhost[127.0.0.1]".to_owned(),
            sender: message.sender.clone(),
            envelope: message.sender.clone(),
            started: message.now,
            began: message.began,
            now: message.now,
            truth: std::mem::take(&mut message.truth),
            subject: message.subject.clone(),
            last: message.last.clone(),
        };
        child.truth.story += &[", as ", &id].concat();
        let link = if self.below(2) == 0 {
            format!(", orig_queue_id={}, orig_client={}", message.id, message.client)
        } else {
            String::new()
        };
        self.say(&child, child.now, "reinject/smtpd", &format!("client=localhost[127.0.0.1]{link}"));
        self.pause(&mut child);
        self.say(&child, child.now, "cleanup", &format!("message-id=<{id}@pc>"));
        if message.client == "local" {
            child.truth.origin = None;
        }
        if self.below(2) == 0 {
            self.pause(&mut child);
            let (subject, words) = child.subject.clone();
            self.header(&mut child, "info", "Subject", &subject, words.as_ref());
        }
        self.pause(&mut child);
        let queued = format!("from=<{}>, size=1393, nrcpt={} (queue active)", child.sender, plans.len());
        self.say(&child, child.now, "qmgr", &queued);
        // The reply to the parent comes when the child is queued; by then the child may be delivered.
        let replied = child.now + 500 + self.below_time(2 * SECOND);
        for (address, _) in plans {
            let reply = format!(
                "dsn=2.0.0, status=sent (250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as {id})"
            );
            self.delivery(message, replied, "smtp", address, &reply);
        }
        message.now = replied;
        let removed = self.queue(&mut child, plans);
        if let Some(removed) = removed {
            self.release(message.host, &id, removed.max(replied), true);
        }
        message.truth = child.truth;
    }
}
