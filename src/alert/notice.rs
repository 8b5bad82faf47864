//! Notices to the system administrator: about breachd itself, never about people's data. A further one is a template in
//! config/templates and a constructor like [`Notice::key_gone`].

use std::time::{Duration, SystemTime};

use lettre::Message;
use lettre::message::Mailbox;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use minijinja::{Environment, UndefinedBehavior, Value, context};

use super::clean::clean;
use super::letter::base64;
use super::{Envelope, Error, Spool};
use crate::moment::SECOND;

/// A mail about breachd itself.
#[derive(Clone, Debug)]
pub struct Notice {
    /// Its id in the spool: one mail of an id, however often it is put there.
    pub id: String,
    subject: &'static str,
    text: String,
}

impl Notice {
    /// The store's key is gone, and the daemon with it: where the store is, and where the key should be.
    pub fn key_gone(state: &str, key: &str) -> Result<Self, Error> {
        Self::new(
            "notice-key-gone",
            "[breachd] 已停止：識別碼金鑰遺失",
            ("key-gone.txt", include_str!("../../config/templates/key-gone.txt.j2")),
            context! { state => clean(state), key => clean(key) },
        )
    }

    /// Subjects are words of ours; values that come from elsewhere have been through `clean`.
    pub(super) fn new(
        id: &str,
        subject: &'static str,
        (name, template): (&'static str, &'static str),
        values: Value,
    ) -> Result<Self, Error> {
        let mut engine = Environment::new();
        engine.set_undefined_behavior(UndefinedBehavior::Strict);
        let text = engine.render_str(template, values);
        let text = text.map_err(|source| Error::Template { template: name, source })?;
        Ok(Self { id: id.to_owned(), subject, text })
    }

    /// Puts it into the spool; whether it was not there yet. `now` is in microseconds since the epoch.
    pub fn put(&self, spool: &Spool, from: &str, to: &[String], now: i64) -> Result<bool, Error> {
        let envelope = Envelope { from: from.to_owned(), to: to.to_vec() };
        spool.put(&self.id, &envelope, &self.compose(from, to, now)?)
    }

    fn compose(&self, from: &str, to: &[String], now: i64) -> Result<Vec<u8>, Error> {
        let fault = |what: String| Error::Compose { id: self.id.clone(), what };
        let mailbox = |address: &str| {
            address
                .parse::<Mailbox>()
                .map_err(|error| fault(format!("address `{}`: {error}", clean(address))))
        };
        let at = Duration::from_secs(now.div_euclid(SECOND).max(0).cast_unsigned());
        let mut message =
            Message::builder().date(SystemTime::UNIX_EPOCH + at).from(mailbox(from)?).subject(self.subject);
        for to in to {
            message = message.to(mailbox(to)?);
        }
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        let message = message.raw_header(HeaderValue::new(automatic, "auto-generated".to_owned()));
        let message = message.singlepart(base64(ContentType::TEXT_PLAIN, self.text.clone())?);
        Ok(message.map_err(|error| fault(error.to_string()))?.formatted())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_notice_names_the_place_and_the_way_out() {
        let notice = Notice::key_gone("/var/lib/breachd", "/var/lib/breachd/subject-key").expect("renders");
        assert!(notice.text.contains("/var/lib/breachd/subject-key（權限 0400）"));
        let to = ["root@localhost".to_owned()];
        let mail = notice.compose("breachd@localhost", &to, 0).expect("composes");
        let mail = String::from_utf8(mail).expect("ASCII");
        assert!(mail.contains("To: root@localhost") && mail.contains("Content-Transfer-Encoding: base64"));
    }
}
