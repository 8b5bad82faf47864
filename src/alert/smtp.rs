//! One transaction with the relay, recipient by recipient.
//!
//! lettre's own `send` stops at the first recipient refused; here a refused one does not keep the mail from the others.

use std::net::{SocketAddr, ToSocketAddrs};
use std::time::{Duration, Instant};

use lettre::Address;
use lettre::transport::smtp::client::SmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Response;
use serde::{Deserialize, Serialize};

use super::Error;
use super::clean::clean;
use crate::fault;

/// The longest wait for one reply.
const REPLY_MAX: Duration = Duration::from_secs(20);

/// What the relay said of one recipient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    /// The recipient.
    pub address: String,
    /// The reply.
    pub reply: String,
    /// Whether the relay has taken the mail for it.
    pub ok: bool,
    /// Whether it never will.
    pub permanent: bool,
}

impl Delivery {
    /// Whether it is to be tried again.
    pub fn is_open(&self) -> bool {
        !self.ok && !self.permanent
    }
}

/// A way to hand over a mail. An error means that nobody has it for certain.
pub trait Channel {
    /// Hands a mail over; one word a recipient, in their order.
    fn deliver(&mut self, from: &str, to: &[String], message: &[u8]) -> Result<Vec<Delivery>, Error>;
}

/// A relay on this host, without TLS or password.
#[derive(Clone, Debug)]
pub struct Smtp {
    /// Name or address; it must mean this host.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Limit of the whole transaction. lettre limits each read, so this is looked at between commands, and a reply may
    /// overrun it by at most 20 s.
    pub timeout: Duration,
}

impl Smtp {
    /// A relay with the usual limit of 60 s.
    pub fn new(host: &str, port: u16) -> Self {
        Self { host: host.to_owned(), port, timeout: Duration::from_mins(1) }
    }

    /// Says hello to the relay and parts again. Nothing is sent.
    pub fn try_out(&self) -> Result<(), Error> {
        let hello = ClientId::Ipv4(std::net::Ipv4Addr::LOCALHOST);
        let limit = Some(REPLY_MAX.min(self.timeout));
        let mut connection = SmtpConnection::connect(&self.addresses()?[..], limit, &hello, None, None)
            .map_err(|error| self.later("connection", &error))?;
        drop(connection.quit());
        Ok(())
    }

    fn relay(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// The addresses of the relay, all of them of this host: a letter does not cross a network in clear.
    fn addresses(&self) -> Result<Vec<SocketAddr>, Error> {
        let found = (self.host.as_str(), self.port).to_socket_addrs().map_err(|error| Error::Later {
            relay: self.relay(),
            step: "name look-up",
            what: error.to_string(),
        })?;
        let found: Vec<_> = found.collect();
        if found.iter().all(|address| address.ip().is_loopback()) {
            return Ok(found);
        }
        let what = "it is not on this host, and mail without TLS goes to a loopback address only; relay through an MTA \
                    on localhost";
        Err(Error::Relay { relay: self.relay(), what: what.to_owned() })
    }
}

impl Channel for Smtp {
    fn deliver(&mut self, from: &str, to: &[String], message: &[u8]) -> Result<Vec<Delivery>, Error> {
        let started = Instant::now();
        let addresses = self.addresses()?;
        let Ok(sender) = from.parse::<Address>() else {
            return Err(Error::Relay {
                relay: self.relay(),
                what: format!("the sender `{}` is no address", clean(from)),
            });
        };
        let hello = ClientId::Ipv4(std::net::Ipv4Addr::LOCALHOST);
        let connection =
            SmtpConnection::connect(&addresses[..], Some(REPLY_MAX.min(self.timeout)), &hello, None, None)
                .map_err(|error| self.later("connection", &error))?;
        let mut talk = Talk { relay: self, connection, started };
        let result = talk.transaction(sender, to, message);
        match &result {
            // The mail is handed over, or nobody took it: how the relay parts from us changes nothing.
            Ok(_) => drop(talk.connection.quit()),
            Err(_) => talk.connection.abort(),
        }
        result
    }
}

impl Smtp {
    fn later(&self, step: &'static str, error: &dyn std::fmt::Display) -> Error {
        Error::Later { relay: self.relay(), step, what: clean(&error.to_string()) }
    }
}

struct Talk<'a> {
    relay: &'a Smtp,
    connection: SmtpConnection,
    started: Instant,
}

/// A reply of the relay that is an answer, yes or no; that there is none is an [`Error`].
struct Reply {
    text: String,
    ok: bool,
    permanent: bool,
}

impl Reply {
    fn of(&self, address: &str) -> Delivery {
        Delivery {
            address: address.to_owned(),
            reply: self.text.clone(),
            ok: self.ok,
            permanent: self.permanent,
        }
    }
}

impl Talk<'_> {
    fn transaction(&mut self, from: Address, to: &[String], message: &[u8]) -> Result<Vec<Delivery>, Error> {
        let eight_bit = (!message.is_ascii()).then_some(MailParameter::Body(MailBodyParameter::EightBitMime));
        let mail = Mail::new(Some(from), eight_bit.into_iter().collect());
        let reply = self.ask("MAIL", |connection| connection.command(mail))?;
        if !reply.ok {
            return Ok(to.iter().map(|address| reply.of(address)).collect());
        }
        let mut deliveries = Vec::with_capacity(to.len());
        for address in to {
            deliveries.push(self.recipient(address)?);
        }
        if !deliveries.iter().any(|delivery| delivery.ok) {
            return Ok(deliveries);
        }
        fault::point("smtp.before-data");
        let mut reply = self.ask("DATA", |connection| connection.command(Data))?;
        fault::point("smtp.data-begun");
        if reply.ok {
            reply = self.ask("end of data", |connection| connection.message(message))?;
        }
        fault::point("smtp.after-data");
        for delivery in deliveries.iter_mut().filter(|delivery| delivery.ok) {
            *delivery = reply.of(&delivery.address);
        }
        Ok(deliveries)
    }

    /// A recipient whose address SMTP cannot carry is refused here, without keeping the mail from the others.
    fn recipient(&mut self, address: &str) -> Result<Delivery, Error> {
        match address.parse::<Address>() {
            Ok(parsed) if address.is_ascii() => Ok(self
                .ask("RCPT", |connection| connection.command(Rcpt::new(parsed, Vec::new())))?
                .of(address)),
            _ => {
                let text = "not asked: the address is not a plain ASCII address".to_owned();
                Ok(Reply { text, ok: false, permanent: true }.of(address))
            }
        }
    }

    /// Asks, within what is left of the whole time.
    fn ask(
        &mut self,
        step: &'static str,
        command: impl FnOnce(&mut SmtpConnection) -> Result<Response, lettre::transport::smtp::Error>,
    ) -> Result<Reply, Error> {
        let left = self.relay.timeout.saturating_sub(self.started.elapsed());
        if left.is_zero() {
            let limit = self.relay.timeout.as_secs();
            return Err(self.relay.later(step, &format!("the relay took longer than {limit} s altogether")));
        }
        let left = left.min(REPLY_MAX);
        self.connection.set_timeout(Some(left)).map_err(|error| self.relay.later(step, &error))?;
        match command(&mut self.connection) {
            Ok(response) => {
                let words = response.message().collect::<Vec<_>>().join(" ");
                let text = clean(&format!("{} {words}", response.code()));
                Ok(Reply { text, ok: true, permanent: false })
            }
            // 421: the relay is closing the connection, whatever we asked (RFC 5321 3.8).
            Err(error) if error.status().is_some_and(|code| u16::from(code) != 421) => {
                Ok(Reply { text: clean(&error.to_string()), ok: false, permanent: error.is_permanent() })
            }
            Err(error) => Err(self.relay.later(step, &error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_in_clear_goes_to_this_host_only() {
        for host in ["192.0.2.1", "::ffff:192.0.2.1"] {
            let error =
                Smtp::new(host, 25).deliver("a@b.tw", &[], b"").expect_err("refused before connecting");
            assert!(!error.is_transient() && error.to_string().contains("loopback"), "{error}");
        }
    }

    #[test]
    fn a_relay_that_does_not_answer_is_tried_later() {
        let closed = std::net::TcpListener::bind("127.0.0.1:0").expect("binds").local_addr().expect("bound");
        let error =
            Smtp::new("127.0.0.1", closed.port()).deliver("a@b.tw", &[], b"").expect_err("nobody listens");
        assert!(error.is_transient(), "{error}");
    }
}
