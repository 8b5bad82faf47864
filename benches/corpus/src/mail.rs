//! Lives of messages through Postfix, interleaved: connect, TLS, client, message id, subject, attachment, queue manager,
//! disconnect, deliveries, removed. Two servers write into one file, one with short queue ids and the stamps of
//! traditional syslog, one with long ids and RFC 3339.

use crate::clock::Clock;
use crate::encode::{self, Percent};
use crate::noise;
use crate::plant::{Planted, Secret};
use crate::random::Random;
use crate::text::Line;
use crate::value::{GIVEN, SURNAMES};

/// Bytes of a header, its name included, that cleanup logs.
const HEADER_BYTES_MAX: usize = 200;

/// The next line of a message.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Connect,
    Tls,
    Client,
    MessageId,
    Subject,
    Attachment,
    Active,
    Disconnect,
    Deferred,
    Deliver,
    Removed,
    Reject,
    RejectDisconnect,
}

/// A message on its way.
pub(crate) struct Message {
    is_long: bool,
    step: Step,
    queue: Vec<u8>,
    client: Vec<u8>,
    from: Vec<u8>,
    to: Vec<u8>,
    recipients: u64,
    delivered: u64,
    size: u64,
    smtpd: u64,
    is_submission: bool,
    secret: Option<Secret>,
}

fn mailbox(out: &mut Vec<u8>, random: &mut Random) {
    out.text(random.pick(&SURNAMES));
    match random.below(4) {
        0 => out.text(".").text(random.pick(&GIVEN)),
        1 => out.text("_").text(random.pick(&GIVEN)).number(random.below(100)),
        2 => out.number(random.below(10_000)),
        _ => out.text("-").text(random.pick(&GIVEN)),
    };
    out.text("@").text(random.pick(&noise::DOMAINS));
}

fn host(out: &mut Vec<u8>, random: &mut Random) {
    match random.below(4) {
        0 => out.text("mail-").base62(random, 3).text(".").text(random.pick(&noise::DOMAINS)),
        1 => out.text("mx").number(random.within(1, 20)).text(".").text(random.pick(&noise::DOMAINS)),
        2 => {
            let bits = random.bits();
            out.number(bits & 255).text("-").number(bits >> 8 & 255).text("-").number(bits >> 16 & 255);
            out.text("-").number(bits >> 24 & 255).text(".dynamic-ip.example.net")
        }
        _ => out.text("unknown"),
    };
    out.text("[");
    noise::address(out, random);
    out.push(b']');
}

impl Message {
    pub(crate) fn new(random: &mut Random, secret: Option<Secret>) -> Self {
        let mut message = Self {
            is_long: random.percent(30),
            step: Step::Connect,
            queue: Vec::new(),
            client: Vec::new(),
            from: Vec::new(),
            to: Vec::new(),
            recipients: if random.percent(80) { 1 } else { random.within(2, 4) },
            delivered: 0,
            size: random.within(900, 60_000) * if random.one_in(10) { 90 } else { 1 },
            smtpd: random.within(1000, 65_000),
            is_submission: random.percent(35),
            secret,
        };
        if message.is_long {
            message.queue.text("4").base52(random, 5).text("1").base52(random, 4).text("z").base52(random, 3);
        } else {
            // Five digits of the microseconds and those of the inode.
            message.queue.upper_hex(random, 5).text("2").upper_hex(random, 4);
            if random.one_in(2) {
                message.queue.upper_hex(random, 1);
            }
        }
        host(&mut message.client, random);
        mailbox(&mut message.from, random);
        mailbox(&mut message.to, random);
        message
    }

    /// Whether its life is over.
    fn is_rejected(&self) -> bool {
        self.secret.is_none() && self.size.is_multiple_of(11)
    }

    fn head(&self, clock: &Clock, daemon: &str, pid: u64, line: &mut Vec<u8>) {
        if self.is_long {
            clock.precise(line);
            line.text(" mx2 postfix/");
        } else {
            clock.syslog(line);
            line.text(" mx1 postfix/");
        }
        line.text(daemon).text("[").number(pid).text("]: ");
    }

    fn cleanup(&self, clock: &Clock, line: &mut Vec<u8>) {
        self.head(clock, "cleanup", self.smtpd + 7, line);
        self.queued(line);
    }

    fn queued(&self, line: &mut Vec<u8>) {
        line.extend_from_slice(&self.queue);
        line.text(": ");
    }

    /// What stands behind a header that cleanup logs.
    fn of_session(&self, line: &mut Vec<u8>) {
        line.text(" from ");
        line.extend_from_slice(&self.client);
        line.text("; from=<");
        line.extend_from_slice(&self.from);
        line.text("> to=<");
        line.extend_from_slice(&self.to);
        line.text("> proto=ESMTP helo=<pc-").number(self.smtpd % 300).text(".agency.example>");
    }

    /// The next line; false when it was the last.
    pub(crate) fn line(
        &mut self,
        clock: &Clock,
        random: &mut Random,
        line: &mut Vec<u8>,
        planted: &mut Vec<Planted>,
    ) -> bool {
        self.step = match self.step {
            Step::Connect => {
                self.head(clock, "smtpd", self.smtpd, line);
                line.text("connect from ");
                line.extend_from_slice(&self.client);
                if self.is_rejected() {
                    Step::Reject
                } else if random.percent(60) {
                    Step::Tls
                } else {
                    Step::Client
                }
            }
            Step::Tls => {
                self.head(clock, "smtpd", self.smtpd, line);
                line.text("Anonymous TLS connection established from ");
                line.extend_from_slice(&self.client);
                line.text(random.pick(&[
                    ": TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519 server-signature RSA-PSS (2048 bits) server-digest SHA256",
                    ": TLSv1.2 with cipher ECDHE-RSA-AES256-GCM-SHA384 (256/256 bits)",
                    ": TLSv1.3 with cipher TLS_AES_128_GCM_SHA256 (128/128 bits)",
                ]));
                Step::Client
            }
            Step::Client => {
                self.head(
                    clock,
                    if self.is_submission { "submission/smtpd" } else { "smtpd" },
                    self.smtpd,
                    line,
                );
                self.queued(line);
                line.text("client=");
                line.extend_from_slice(&self.client);
                if self.is_submission {
                    line.text(", sasl_method=")
                        .text(random.pick(&["PLAIN", "LOGIN"]))
                        .text(", sasl_username=");
                    line.extend_from_slice(&self.from);
                }
                Step::MessageId
            }
            Step::MessageId => {
                self.cleanup(clock, line);
                self.message_id(clock, random, line);
                Step::Subject
            }
            Step::Subject => {
                self.cleanup(clock, line);
                line.text("info: header ");
                let in_attachment = self.secret.is_some() && random.percent(15);
                self.subject(clock, random, !in_attachment, line, planted);
                self.of_session(line);
                if in_attachment || self.secret.is_none() && random.percent(12) {
                    Step::Attachment
                } else {
                    Step::Active
                }
            }
            Step::Attachment => {
                self.cleanup(clock, line);
                line.text("info: header ");
                self.attachment(random, line, planted);
                self.of_session(line);
                Step::Active
            }
            Step::Active => {
                self.head(clock, "qmgr", 26_183, line);
                self.queued(line);
                line.text("from=<");
                line.extend_from_slice(&self.from);
                line.text(">, size=").number(self.size).text(", nrcpt=").number(self.recipients);
                line.text(" (queue active)");
                Step::Disconnect
            }
            Step::Disconnect => {
                self.head(clock, "smtpd", self.smtpd, line);
                line.text("disconnect from ");
                line.extend_from_slice(&self.client);
                line.text(" ehlo=2 starttls=1 mail=1 rcpt=")
                    .number(self.recipients)
                    .text(" data=1 quit=1 commands=");
                line.number(6 + self.recipients);
                if random.percent(5) { Step::Deferred } else { Step::Deliver }
            }
            Step::Deferred => {
                self.delivery(random, line, true, clock);
                Step::Deliver
            }
            Step::Deliver => {
                self.delivery(random, line, false, clock);
                self.delivered += 1;
                if self.delivered == self.recipients { Step::Removed } else { Step::Deliver }
            }
            Step::Removed => {
                self.head(clock, "qmgr", 26_183, line);
                self.queued(line);
                line.text("removed");
                return false;
            }
            Step::Reject => {
                self.head(clock, "smtpd", self.smtpd, line);
                self.reject(random, line);
                Step::RejectDisconnect
            }
            Step::RejectDisconnect => {
                self.head(clock, "smtpd", self.smtpd, line);
                line.text("disconnect from ");
                line.extend_from_slice(&self.client);
                line.text(" ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4");
                return false;
            }
        };
        true
    }

    fn message_id(&self, clock: &Clock, random: &mut Random, line: &mut Vec<u8>) {
        line.text("message-id=<");
        match random.below(5) {
            0 => {
                clock.compact(line);
                line.text(".").extend_from_slice(&self.queue);
            }
            1 => {
                line.text("CA").base62(random, 46).text("=").base62(random, 3);
            }
            2 => {
                line.uuid(random);
            }
            3 => {
                line.number(clock.epoch_millis() / 1000).text(".").digits(random, 7).text(".");
                line.digits(random, 10);
            }
            _ => {
                line.text("TYZPR0").digits(random, 1).text("MB").digits(random, 4).upper_hex(random, 28);
            }
        }
        line.text("@").text(random.pick(&noise::DOMAINS)).text(">");
    }

    fn subject(
        &self,
        clock: &Clock,
        random: &mut Random,
        here: bool,
        line: &mut Vec<u8>,
        planted: &mut Vec<Planted>,
    ) {
        let at = line.len();
        line.text("Subject: ");
        let Some(secret) = self.secret.as_ref().filter(|_| here) else {
            let mut text = Vec::with_capacity(96);
            let is_ascii = noise::subject(clock, random, &mut text);
            let text = String::from_utf8(text).unwrap_or_default();
            if is_ascii || random.percent(40) {
                line.text(&text);
            } else if random.percent(75) {
                let charset = random.pick(&["UTF-8", "utf-8", "UTF-8", "utf-8", "big5"]);
                let split_characters = random.one_in(9);
                encode::words_b(&text, charset, random, split_characters, line);
            } else {
                encode::words_q(&text, "UTF-8", random, line);
            }
            line.truncate(at + HEADER_BYTES_MAX);
            return;
        };
        loop {
            line.truncate(at);
            line.text("Subject: ");
            let phrase = secret.phrase(random);
            let encoding = match random.below(18) {
                0..=11 => {
                    line.text(&phrase);
                    "raw"
                }
                12..=14 => {
                    let charset = random.pick(&["UTF-8", "utf-8", "big5"]);
                    let split_characters = random.one_in(6);
                    encode::words_b(&phrase, charset, random, split_characters, line);
                    if charset == "big5" { "rfc2047-b-big5" } else { "rfc2047-b" }
                }
                15 | 16 => {
                    let charset = random.pick(&["UTF-8", "utf-8", "Big5"]);
                    encode::words_q(&phrase, charset, random, line);
                    if charset == "Big5" { "rfc2047-q-big5" } else { "rfc2047-q" }
                }
                _ => {
                    line.text(&encode::full_width(&phrase));
                    "full-width"
                }
            };
            // Longer ones are cut, and their values with them.
            if line.len() - at <= HEADER_BYTES_MAX {
                planted.extend(secret.told(encoding));
                return;
            }
        }
    }

    fn attachment(&mut self, random: &mut Random, line: &mut Vec<u8>, planted: &mut Vec<Planted>) {
        let at = line.len();
        let secret = self.secret.take();
        loop {
            line.truncate(at);
            let name = match &secret {
                Some(secret) => secret.file_name(random),
                None => format!("{}{}", random.pick(&noise::DOCUMENTS), random.within(1, 115)),
            };
            let end = random.pick(&[".xlsx", ".pdf", ".docx", ".csv"]);
            let encoding = if random.percent(60) {
                line.text("Content-Disposition: attachment;??filename*=UTF-8''");
                encode::percent(&format!("{name}{end}"), Percent::Browser, false, line);
                "rfc2231"
            } else {
                line.text("Content-Type: application/octet-stream;??name=\"");
                encode::words_b(&format!("{name}{end}"), "utf-8", random, false, line);
                line.text("\"");
                "rfc2047-b"
            };
            if line.len() - at <= HEADER_BYTES_MAX {
                planted.extend(secret.iter().flat_map(|secret| secret.told(encoding)));
                return;
            }
        }
    }

    fn delivery(&self, random: &mut Random, line: &mut Vec<u8>, is_deferred: bool, clock: &Clock) {
        self.head(clock, "smtp", self.smtpd + 40, line);
        self.queued(line);
        line.text("to=<");
        if self.delivered > 0 {
            mailbox(line, random);
        } else {
            line.extend_from_slice(&self.to);
        }
        line.text(">, relay=mx")
            .number(random.within(1, 9))
            .text(".")
            .text(random.pick(&noise::DOMAINS))
            .text("[");
        noise::address(line, random);
        line.text("]:25, delay=").number(random.below(9)).text(".").digits(random, 2);
        line.text(", delays=0.")
            .digits(random, 2)
            .text("/0.01/0.")
            .digits(random, 2)
            .text("/")
            .number(random.below(4));
        line.text(".").digits(random, 1);
        if is_deferred {
            line.text(", dsn=4.7.1, status=deferred (host said: 451 4.7.1 Greylisting in action, please come back in ");
            line.number(random.within(60, 900)).text(" seconds (in reply to RCPT TO command))");
            return;
        }
        line.text(", dsn=2.0.0, status=sent (250 2.0.0 ");
        match random.below(3) {
            0 => line.text("Ok: queued as ").upper_hex(random, 10),
            1 => {
                line.text("OK  ")
                    .number(clock.epoch_millis() / 1000)
                    .text(" ")
                    .hex(random, 16)
                    .text("-")
                    .hex(random, 11);
                line.text("si").digits(random, 8).text("b3a.").digits(random, 2).text(" - gsmtp")
            }
            _ => {
                line.text("Ok <").uuid(random).text("@").text(random.pick(&noise::DOMAINS));
                line.text("> [InternalId=").digits(random, 14).text(", Hostname=").upper_hex(random, 12);
                line.text("] ")
                    .number(self.size)
                    .text(" bytes in 0.")
                    .digits(random, 3)
                    .text(", 94.")
                    .digits(random, 3);
                line.text(" KB/sec Queued mail for delivery")
            }
        };
        line.text(")");
    }

    fn reject(&self, random: &mut Random, line: &mut Vec<u8>) {
        line.text("NOQUEUE: reject: RCPT from ");
        line.extend_from_slice(&self.client);
        if random.one_in(2) {
            line.text(": 554 5.7.1 Service unavailable; Client host [");
            noise::address(line, random);
            line.text("] blocked using bl.example.net; https://bl.example.net/query/ip/");
            noise::address(line, random);
        } else {
            line.text(": 450 4.1.8 <");
            line.extend_from_slice(&self.from);
            line.text(">: Sender address rejected: Domain not found");
        }
        line.text("; from=<");
        line.extend_from_slice(&self.from);
        line.text("> to=<");
        line.extend_from_slice(&self.to);
        line.text("> proto=ESMTP helo=<");
        noise::address(line, random);
        line.text(">");
    }
}
