//! Notices to the system administrator: about breachd itself, never about people's data.

use std::time::{Duration, SystemTime};

use lettre::Message;
use lettre::message::Mailbox;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use minijinja::{Environment, UndefinedBehavior, context};

use super::Error;
use super::clean::clean;
use super::letter::base64;
use crate::moment::SECOND;

/// The store's key is gone, and the daemon with it.
#[derive(Clone, Debug)]
pub struct KeyGone<'a> {
    /// State directory.
    pub state: &'a str,
    /// Where the key should be.
    pub key: &'a str,
    /// The sender.
    pub from: &'a str,
    /// The system administrators.
    pub to: &'a [String],
    /// When it was noticed, microseconds since the epoch.
    pub now: i64,
}

impl KeyGone<'_> {
    /// Its id in the spool: one notice, however often the daemon is started.
    pub const ID: &'static str = "notice-key-gone";

    /// The mail.
    pub fn compose(&self) -> Result<Vec<u8>, Error> {
        let fault = |what: String| Error::Compose { id: Self::ID.to_owned(), what };
        let mailbox = |address: &str| {
            address
                .parse::<Mailbox>()
                .map_err(|error| fault(format!("address `{}`: {error}", clean(address))))
        };
        let at = Duration::from_secs(self.now.div_euclid(SECOND).max(0).cast_unsigned());
        let mut message = Message::builder()
            .date(SystemTime::UNIX_EPOCH + at)
            .from(mailbox(self.from)?)
            .subject("[breachd] 已停止：識別碼金鑰遺失");
        for to in self.to {
            message = message.to(mailbox(to)?);
        }
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        let message = message.raw_header(HeaderValue::new(automatic, "auto-generated".to_owned()));
        let message = message.singlepart(base64(ContentType::TEXT_PLAIN, self.text()?)?);
        Ok(message.map_err(|error| fault(error.to_string()))?.formatted())
    }

    fn text(&self) -> Result<String, Error> {
        let mut engine = Environment::new();
        engine.set_undefined_behavior(UndefinedBehavior::Strict);
        engine
            .render_str(
                include_str!("../../config/templates/key-gone.txt.j2"),
                context! { state => clean(self.state), key => clean(self.key) },
            )
            .map_err(|source| Error::Template { template: "key-gone.txt", source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_notice_names_the_place_and_the_way_out() {
        let notice = KeyGone {
            state: "/var/lib/breachd",
            key: "/var/lib/breachd/subject-key",
            from: "breachd@localhost",
            to: &["root@localhost".to_owned()],
            now: 0,
        };
        let text = notice.text().expect("renders");
        assert!(text.contains("/var/lib/breachd/subject-key（權限 0400）"));
        let mail = String::from_utf8(notice.compose().expect("composes")).expect("ASCII");
        assert!(mail.contains("To: root@localhost") && mail.contains("Content-Transfer-Encoding: base64"));
    }
}
