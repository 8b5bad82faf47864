//! One transaction with a relay, recipient by recipient.
//!
//! lettre's own `send` stops at the first recipient refused; here a refused one does not keep the mail from the others.
//! lettre limits each read, and a relay that sends a byte a second never lets one run out: so the whole transaction is
//! one future with one limit.

use std::cell::Cell;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Response;
use serde::{Deserialize, Serialize};
use tokio::net::TcpStream;
use zeroize::Zeroizing;

use super::Error;
use super::clean::clean;
use super::clear::Clear;
use crate::fault;

/// The longest wait for a relay to say goodbye; the mail is settled by then.
const QUIT_MAX: Duration = Duration::from_millis(500);
/// Look-ups of names that may hang beside the transaction that gave up on them; they end by themselves.
const LOOKUPS_MAX: usize = 2;

/// What a relay said of one recipient.
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

    /// Hands over a mail that cannot wait any longer, in whatever way is left; none where there is no such way.
    fn last_resort(
        &mut self,
        _from: &str,
        _to: &[String],
        _message: &[u8],
    ) -> Option<Result<Vec<Delivery>, Error>> {
        None
    }
}

/// How the way to a relay is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// Not at all: the relay is on this host.
    None,
    /// STARTTLS (RFC 3207), demanded: a relay that does not offer it gets no mail.
    StartTls,
    /// TLS from the first byte (RFC 8314).
    Implicit,
}

/// Who we are to a relay that asks.
#[derive(Clone)]
pub struct Login {
    /// The user.
    pub user: String,
    /// The password.
    pub password: Zeroizing<String>,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Login").field("user", &self.user).finish_non_exhaustive()
    }
}

/// A relay.
#[derive(Clone, Debug)]
pub struct Smtp {
    /// Name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// How the way to it is protected.
    pub protection: Protection,
    /// The authorities that may vouch for it, PEM; without a file those of the system.
    pub ca_file: Option<PathBuf>,
    /// Who we are to it.
    pub login: Option<Login>,
    /// Limit of the whole transaction, from the look-up of the name to the reply to the mail.
    pub timeout: Duration,
}

impl Smtp {
    /// A relay on this host, in clear and without a password, with the usual limit of 60 s.
    pub fn new(host: &str, port: u16) -> Self {
        let timeout = Duration::from_mins(1);
        Self {
            host: host.to_owned(),
            port,
            protection: Protection::None,
            ca_file: None,
            login: None,
            timeout,
        }
    }

    /// Says hello to the relay, shows who we are, and parts again. Nothing is sent.
    pub fn try_out(&self) -> Result<(), Error> {
        let step = Cell::new("connection");
        self.within(&step, async { Ok(((), Talk::begin(self, &step).await?)) })
    }

    /// Runs a conversation to its end or to its limit, and says goodbye.
    fn within<'s, T>(
        &'s self,
        step: &'s Cell<&'static str>,
        talk: impl Future<Output = Result<(T, Talk<'s>), Error>>,
    ) -> Result<T, Error> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(LOOKUPS_MAX)
            .build()
            .map_err(|error| self.later("start", &error))?;
        let result = runtime.block_on(async {
            let ended = tokio::time::timeout(self.timeout, talk).await;
            let what = format!("the relay took longer than {:?} altogether", self.timeout);
            let (result, mut talk) = ended.unwrap_or_else(|_| Err(self.later(step.get(), &what)))?;
            // The mail is handed over, or nobody took it: how the relay parts from us changes nothing.
            let _ = tokio::time::timeout(QUIT_MAX, talk.connection.quit()).await;
            Ok(result)
        });
        runtime.shutdown_background();
        result
    }

    fn relay(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    fn later(&self, step: &'static str, error: &dyn std::fmt::Display) -> Error {
        Error::Later { relay: self.relay(), step, what: clean(&error.to_string()) }
    }

    fn unusable(&self, what: String) -> Error {
        Error::Relay { relay: self.relay(), what }
    }

    /// Whom we trust to be the relay.
    fn tls(&self) -> Result<TlsParameters, Error> {
        let mut tls = TlsParameters::builder(self.host.clone());
        if let Some(path) = &self.ca_file {
            let fault = |what: &str| self.unusable(format!("its ca_file {}: {what}", path.display()));
            let pem = std::fs::read(path).map_err(|error| fault(&error.to_string()))?;
            if memchr::memmem::find(&pem, b"-----BEGIN CERTIFICATE-----").is_none() {
                return Err(fault("holds no certificate in PEM"));
            }
            let authorities = Certificate::from_pem(&pem).map_err(|error| fault(&error.to_string()))?;
            tls = tls.certificate_store(CertificateStore::None).add_root_certificate(authorities);
        }
        tls.build().map_err(|error| self.unusable(error.to_string()))
    }
}

impl Channel for Smtp {
    fn deliver(&mut self, from: &str, to: &[String], message: &[u8]) -> Result<Vec<Delivery>, Error> {
        let Ok(sender) = from.parse::<Address>() else {
            return Err(self.unusable(format!("the sender `{}` is no address", clean(from))));
        };
        let step = Cell::new("connection");
        self.within(&step, async {
            let mut talk = Talk::begin(self, &step).await?;
            Ok((talk.transaction(sender, to, message).await?, talk))
        })
    }
}

struct Talk<'a> {
    relay: &'a Smtp,
    connection: AsyncSmtpConnection,
    /// What is being waited for.
    step: &'a Cell<&'static str>,
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

impl<'a> Talk<'a> {
    /// Connects, protects the connection, and shows who we are. Whatever goes wrong until then is about the relay, not
    /// about the mail: it waits.
    async fn begin(relay: &'a Smtp, step: &'a Cell<&'static str>) -> Result<Self, Error> {
        let hello = hello();
        let protected = relay.protection != Protection::None;
        let tls = if protected { Some(relay.tls()?) } else { None };
        let place = (relay.host.as_str(), relay.port);
        if !protected {
            let found =
                tokio::net::lookup_host(place).await.map_err(|error| relay.later("name look-up", &error))?;
            if !found.into_iter().all(|address| address.ip().to_canonical().is_loopback()) {
                let what = "it is not on this host, and mail in clear goes to a loopback address only; set tls, or relay \
                            through an MTA on localhost";
                return Err(relay.unusable(what.to_owned()));
            }
        }
        let connection = if relay.protection == Protection::StartTls {
            let stream = TcpStream::connect(place).await;
            let stream = stream.map_err(|error| relay.later(step.get(), &error))?;
            AsyncSmtpConnection::connect_with_transport(Box::new(Clear::new(stream)), &hello).await
        } else {
            AsyncSmtpConnection::connect_tokio1(place, None, &hello, tls.clone(), None).await
        };
        let mut talk =
            Self { relay, connection: connection.map_err(|error| relay.later(step.get(), &error))?, step };
        if let Some(tls) = tls.filter(|_| relay.protection == Protection::StartTls) {
            step.set("STARTTLS");
            if !talk.connection.can_starttls() {
                let what =
                    "it offers no TLS, or somebody on the way hides that it does; nothing is sent in clear";
                return Err(relay.later(step.get(), &what));
            }
            talk.connection.starttls(tls, &hello).await.map_err(|error| relay.later("STARTTLS", &error))?;
        }
        if let Some(login) = &relay.login {
            step.set("AUTH");
            let login = Credentials::new(login.user.clone(), login.password.to_string());
            let mechanisms = [Mechanism::Plain, Mechanism::Login];
            let said = talk.connection.auth(&mechanisms, &login).await;
            said.map_err(|error| relay.later("AUTH", &error))?;
        }
        Ok(talk)
    }

    async fn transaction(
        &mut self,
        from: Address,
        to: &[String],
        message: &[u8],
    ) -> Result<Vec<Delivery>, Error> {
        let eight_bit = (!message.is_ascii()).then_some(MailParameter::Body(MailBodyParameter::EightBitMime));
        let mail = Mail::new(Some(from), eight_bit.into_iter().collect());
        let reply = self.ask("MAIL", mail).await?;
        if !reply.ok {
            return Ok(to.iter().map(|address| reply.of(address)).collect());
        }
        let mut deliveries = Vec::with_capacity(to.len());
        for address in to {
            deliveries.push(self.recipient(address).await?);
        }
        if !deliveries.iter().any(|delivery| delivery.ok) {
            return Ok(deliveries);
        }
        fault::point("smtp.before-data");
        let mut reply = self.ask("DATA", Data).await?;
        fault::point("smtp.data-begun");
        if reply.ok {
            self.step.set("end of data");
            let said = self.connection.message(message).await;
            reply = self.understand(said)?;
        }
        fault::point("smtp.after-data");
        for delivery in deliveries.iter_mut().filter(|delivery| delivery.ok) {
            *delivery = reply.of(&delivery.address);
        }
        Ok(deliveries)
    }

    /// A recipient whose address SMTP cannot carry is refused here, without keeping the mail from the others.
    async fn recipient(&mut self, address: &str) -> Result<Delivery, Error> {
        match address.parse::<Address>() {
            Ok(parsed) if address.is_ascii() => {
                Ok(self.ask("RCPT", Rcpt::new(parsed, Vec::new())).await?.of(address))
            }
            _ => {
                let text = "not asked: the address is not a plain ASCII address".to_owned();
                Ok(Reply { text, ok: false, permanent: true }.of(address))
            }
        }
    }

    async fn ask(&mut self, step: &'static str, command: impl std::fmt::Display) -> Result<Reply, Error> {
        self.step.set(step);
        let said = self.connection.command(command).await;
        self.understand(said)
    }

    fn understand(&self, said: Result<Response, lettre::transport::smtp::Error>) -> Result<Reply, Error> {
        match said {
            Ok(response) => {
                let words = response.message().collect::<Vec<_>>().join(" ");
                let text = clean(&format!("{} {words}", response.code()));
                Ok(Reply { text, ok: true, permanent: false })
            }
            Err(error) if error.status().is_some_and(|code| !is_about_us(u16::from(code))) => {
                Ok(Reply { text: clean(&error.to_string()), ok: false, permanent: error.is_permanent() })
            }
            Err(error) => Err(self.relay.later(self.step.get(), &error)),
        }
    }
}

/// Replies that say nothing of the mail: 421, the relay is closing the connection, whatever we asked (RFC 5321 3.8);
/// 530, 534, 535 and 538, we are to show who we are, or in another way (RFC 4954 section 6, RFC 3207 section 4).
fn is_about_us(code: u16) -> bool {
    matches!(code, 421 | 530 | 534 | 535 | 538)
}

/// The name of this host where it is one of the domain name system, else the address that no relay mistakes.
fn hello() -> ClientId {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let is_domain =
        name.contains('.') && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-');
    if is_domain { ClientId::Domain(name) } else { ClientId::Ipv4(Ipv4Addr::LOCALHOST) }
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

    #[test]
    fn an_authority_that_is_none_is_told_by_its_file() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let relay = Smtp {
            protection: Protection::StartTls,
            ca_file: Some(file.path().to_owned()),
            ..Smtp::new("localhost", 9)
        };
        let error = relay.try_out().expect_err("no certificate").to_string();
        assert!(error.contains("ca_file") && error.contains("holds no certificate"), "{error}");
    }

    #[test]
    fn a_password_is_not_shown() {
        let login = Login { user: "breachd".to_owned(), password: Zeroizing::new("hunter2".to_owned()) };
        assert!(!format!("{login:?}").contains("hunter2"));
    }
}
