//! Notices to the system administrator: about breachd itself, never about people's data. A further one is a template in
//! config/templates and a constructor like [`Notice::key_gone`].

use std::time::{Duration, SystemTime};

use lettre::Message;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use minijinja::{Environment, UndefinedBehavior, Value, context};

use super::clean::clean;
use super::compose::base64;
use super::named::name;
use super::{Envelope, Error, Spool};
use crate::moment::{SECOND, utc_compact};

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

    /// There is no room for the store. One letter an hour at most.
    pub fn disk_full(state: &str, now: i64) -> Result<Self, Error> {
        Self::new(
            &format!("notice-disk-full-{}", &utc_compact(now)[..11]),
            "[breachd] 磁碟已滿：暫停讀取紀錄",
            ("disk-full.txt", include_str!("../../config/templates/disk-full.txt.j2")),
            context! { state => clean(state) },
        )
    }

    /// The store comes near its bound. One letter for each bound.
    pub fn store_large(state: &str, bytes: u64, bytes_max: u64) -> Result<Self, Error> {
        Self::new(
            &format!("notice-store-large-{bytes_max}"),
            "[breachd] 資料庫接近上限",
            ("store-large.txt", include_str!("../../config/templates/store-large.txt.j2")),
            context! { state => clean(state), mib => bytes >> 20, max => bytes_max >> 20 },
        )
    }

    /// The store was damaged: where it lies now, what was wrong, and whether a snapshot takes its place.
    pub fn store_mended(aside: &str, damage: &str, from_snapshot: bool, now: i64) -> Result<Self, Error> {
        Self::new(
            &format!("notice-store-mended-{}", utc_compact(now)),
            "[breachd] 資料庫毀損，已重建",
            ("store-mended.txt", include_str!("../../config/templates/store-mended.txt.j2")),
            context! { aside => clean(aside), damage => clean(damage), from_snapshot },
        )
    }

    /// A mail that shows that mail leaves. It is handed over at once, and never lies in the spool.
    pub fn trial(relay: &str, now: i64) -> Result<Self, Error> {
        Self::new(
            &format!("notice-trial-{}", utc_compact(now)),
            "[breachd] 測試信",
            ("trial.txt", include_str!("../../config/templates/trial.txt.j2")),
            context! { relay => clean(relay) },
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
        let text = text.map_err(|error| Error::Template {
            file: name.to_owned(),
            line: error.line().unwrap_or(1),
            what: error.to_string(),
            is_own: false,
        })?;
        Ok(Self { id: id.to_owned(), subject, text })
    }

    /// Puts it into the spool; whether it was not there yet. `now` is in microseconds since the epoch.
    pub fn put(&self, spool: &Spool, from: &str, to: &[String], now: i64) -> Result<bool, Error> {
        let envelope = Envelope { from: from.to_owned(), to: to.to_vec() };
        spool.put(&self.id, &envelope, &self.mail(from, to, now)?)
    }

    /// The mail itself; `now` is its date, in microseconds since the epoch.
    pub fn mail(&self, from: &str, to: &[String], now: i64) -> Result<Vec<u8>, Error> {
        let fault = |what: String| Error::Compose { id: self.id.clone(), what };
        let at = Duration::from_secs(now.div_euclid(SECOND).max(0).cast_unsigned());
        let domain = from.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
        let message = Message::builder()
            .message_id(Some(format!("<{}@{domain}>", self.id)))
            .date(SystemTime::UNIX_EPOCH + at)
            .subject(self.subject);
        let message = name(message, from, to, &[]).map_err(fault)?;
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
        let mail = notice.mail("breachd@localhost", &to, 0).expect("composes");
        let mail = String::from_utf8(mail).expect("ASCII");
        assert!(mail.contains("To: root@localhost") && mail.contains("Content-Transfer-Encoding: base64"));
    }
}
