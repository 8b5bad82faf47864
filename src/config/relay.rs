//! How mail leaves: the relays of `[mail]`, and what stands in for them.

use std::path::PathBuf;
use std::time::Duration;

use zeroize::Zeroizing;

use super::build::{Builder, number, sub, text};
use super::raw::Table;
use super::settings::{MailSettings, Tls};
use crate::alert::{self, Channel, Login, Program, Protection, Relays, Smtp};
use crate::moment::{MINUTE, SECOND, parse_span};

/// How long a program of the last resort may take.
const PROGRAM_MAX: Duration = Duration::from_secs(30);

/// A relay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelaySettings {
    /// Name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: Tls,
    /// Who we are to it, if it asks.
    pub user: Option<String>,
    /// The file with the password; without it the credential of the service manager is used.
    pub password_file: Option<PathBuf>,
    /// The authorities that may vouch for it; without a file those of the system.
    pub ca_file: Option<PathBuf>,
}

impl RelaySettings {
    /// A mail server on this host.
    pub(super) fn local() -> Self {
        let host = "localhost".to_owned();
        Self { host, port: 25, tls: Tls::None, user: None, password_file: None, ca_file: None }
    }

    /// The relay, with the password as it is now. `credential` is its name with the service manager.
    fn smtp(&self, timeout: Duration, credential: &str) -> Result<Smtp, alert::Error> {
        let login = match &self.user {
            None => None,
            Some(user) => Some(Login { user: user.clone(), password: self.password(credential)? }),
        };
        let protection = match self.tls {
            Tls::None => Protection::None,
            Tls::StartTls => Protection::StartTls,
            Tls::Implicit => Protection::Implicit,
        };
        let (host, ca_file) = (self.host.clone(), self.ca_file.clone());
        Ok(Smtp { host, port: self.port, protection, ca_file, login, timeout })
    }

    fn password(&self, credential: &str) -> Result<Zeroizing<String>, alert::Error> {
        let folder = std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
        let path = self.password_file.clone().or_else(|| folder.map(|folder| folder.join(credential)));
        let fault =
            |what: String| alert::Error::Relay { relay: format!("{}:{}", self.host, self.port), what };
        let Some(path) = path else {
            let what = format!(
                "it has a user and no password: set password_file, or LoadCredential={credential}:… in the unit"
            );
            return Err(fault(what));
        };
        let text = std::fs::read_to_string(&path).map(Zeroizing::new);
        let text = text.map_err(|error| fault(format!("its password in {}: {error}", path.display())))?;
        Ok(Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned()))
    }
}

/// The way by which mail leaves, with the passwords as they are now.
pub fn relays(mail: &MailSettings) -> Result<Relays, alert::Error> {
    let timeout = Duration::from_micros(mail.timeout_us.cast_unsigned());
    let mut relays: Vec<Box<dyn Channel + Send>> = vec![Box::new(mail.relay.smtp(timeout, "smtp-password")?)];
    if let Some(second) = &mail.second {
        relays.push(Box::new(second.smtp(timeout, "smtp-password-second")?));
    }
    let program = mail.last_resort.clone().map(|path| Program { path, timeout: PROGRAM_MAX });
    Ok(Relays { relays, program })
}

impl MailSettings {
    /// The same without anything that asks for a password.
    #[must_use]
    pub fn without_login(mut self) -> Self {
        self.relay.user = None;
        self
    }
}

/// The relays one by one, to be tried.
pub fn each_relay(mail: &MailSettings) -> Vec<(String, Result<Smtp, alert::Error>)> {
    let timeout = Duration::from_micros(mail.timeout_us.cast_unsigned());
    let named = |relay: &RelaySettings, credential| {
        (format!("{}:{}", relay.host, relay.port), relay.smtp(timeout, credential))
    };
    let second = mail.second.iter().map(|relay| named(relay, "smtp-password-second"));
    std::iter::once(named(&mail.relay, "smtp-password")).chain(second).collect()
}

impl<'b> Builder<'b> {
    /// The relays, the time that one may take, and the last resort.
    pub(super) fn relays(&mut self, table: &'b Table, mail: &mut MailSettings) {
        self.relay(table, &mut mail.relay);
        if let Some(second) = sub(table, "second") {
            let mut relay = RelaySettings::local();
            self.relay(second, &mut relay);
            mail.second = Some(relay);
        }
        if let Some((span, at)) = text(table, "timeout") {
            match parse_span(span).filter(|us| (SECOND..=10 * MINUTE).contains(us)) {
                Some(us) => mail.timeout_us = us,
                None => self.error(
                    at,
                    format!("`{span}` is no time that a relay may take"),
                    "write 1s to 10m, like 60s",
                ),
            }
        }
        mail.last_resort = self.path(table, "last_resort");
    }

    fn relay(&mut self, table: &'b Table, relay: &mut RelaySettings) {
        let tls = self.word(table, "tls", &Tls::WORDS).map(|(tls, _)| tls);
        if let Some((port, at)) = number(table, "port") {
            match u16::try_from(port).ok().filter(|port| *port > 0) {
                Some(port) => relay.port = port,
                None => self.error(at, format!("{port} is not a port"), "write a number from 1 to 65535"),
            }
        }
        if let Some((host, at)) = text(table, "host") {
            host.clone_into(&mut relay.host);
            if tls == Some(Tls::None) && !is_loopback(host) {
                let hint = "tls = \"none\" is for localhost only: write \"starttls\" or \"implicit\"";
                self.error(at, format!("mail to `{host}` would cross the network in clear"), hint);
            }
        }
        // Without a word only the host's own mail server is spoken to in clear.
        relay.tls = tls.unwrap_or(if is_loopback(&relay.host) { Tls::None } else { Tls::StartTls });
        relay.user = text(table, "user").map(|(user, _)| user.to_owned());
        relay.password_file = self.path(table, "password_file");
        relay.ca_file = self.path(table, "ca_file");
        if relay.password_file.is_some() && relay.user.is_none() {
            let at = &table["password_file"].at;
            self.error(at, "a password without a user", "add: user = \"breachd\"");
        }
    }
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}
