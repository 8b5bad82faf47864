//! The mails that are about no single case: the daily digest, and the list of urgent incidents. Their words are in
//! config/templates, the values for these in `view`.

mod sample;
mod view;

use std::time::{Duration, SystemTime};

use lettre::Message;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{MessageBuilder, MultiPart};
use minijinja::Value;
use minijinja::value::Serde;

use super::clean::clean;
use super::compose::base64;
use super::named::name;
use super::{Error, Language, Templates, spool};
use crate::incident::{self, Content};
use crate::moment::{SECOND, Tz};

/// Everything that a bulletin is made of; nothing else goes into its bytes.
#[derive(Clone, Debug)]
pub struct Bulletin {
    /// What it says.
    pub said: incident::Bulletin,
    /// The organisation.
    pub org_name: String,
    /// The zone in which times are told.
    pub zone: Tz,
    /// The languages, Chinese first.
    pub languages: Vec<Language>,
    /// Whether only numbers, cases and deadlines are told, for sites that forbid details in mail.
    pub is_minimal: bool,
    /// The sender.
    pub from: String,
    /// The recipients, from the configuration only.
    pub to: Vec<String>,
    /// The organisation's domains, whose people the header may name.
    pub own_domains: Vec<String>,
    /// Right-hand side of Message-ID and List-Id.
    pub domain: String,
    /// The end of the store's audit chain, signed.
    pub checkpoint: Option<String>,
}

impl Bulletin {
    /// The word of the `X-Breachd-Kind` header.
    pub fn kind(&self) -> &'static str {
        match self.said.content {
            Content::Digest(_) => "digest",
            Content::Collective(_) => "collective",
        }
    }

    /// The subject, made of words of ours only.
    pub fn subject(&self) -> &'static str {
        match &self.said.content {
            Content::Digest(digest) if digest.is_quiet() => "[breachd] 每日摘要：運作正常",
            Content::Digest(_) => "[breachd] 每日摘要",
            Content::Collective(_) => "[breachd] 緊急：多起疑似個資外洩（彙整）",
        }
    }

    /// The text part.
    pub fn text(&self, templates: &Templates) -> Result<String, Error> {
        let name = match self.said.content {
            _ if self.is_minimal => "minimal-bulletin.txt.j2",
            Content::Digest(_) => "digest.txt.j2",
            Content::Collective(_) => "collective.txt.j2",
        };
        templates.render(name, self.values())
    }

    /// The HTML part.
    pub fn html(&self, templates: &Templates) -> Result<String, Error> {
        let name = match self.said.content {
            Content::Digest(_) => "digest.html.j2",
            Content::Collective(_) => "collective.html.j2",
        };
        templates.render(name, self.values())
    }

    /// The mail as it is frozen in the spool: text first, then HTML.
    pub fn compose(&self, templates: &Templates) -> Result<Vec<u8>, Error> {
        let header = self.header()?;
        let text = base64(ContentType::TEXT_PLAIN, self.text(templates)?)?;
        let message = if self.is_minimal {
            header.singlepart(text)
        } else {
            let html = base64(ContentType::TEXT_HTML, self.html(templates)?)?;
            let bodies = MultiPart::alternative().boundary(format!("=_alternative_{}", self.said.id));
            header.multipart(bodies.singlepart(text).singlepart(html))
        };
        Ok(message.map_err(|error| self.fault(error.to_string()))?.formatted())
    }

    fn header(&self) -> Result<MessageBuilder, Error> {
        let id = &self.said.id;
        if !spool::is_id(id) || !spool::is_id(&self.domain) {
            return Err(self.fault("its id or domain is not made of letters, digits, `.` and `-`"));
        }
        let at = Duration::from_secs(self.said.created.div_euclid(SECOND).max(0).cast_unsigned());
        let message = Message::builder()
            .message_id(Some(format!("<{id}@{}>", self.domain)))
            .date(SystemTime::UNIX_EPOCH + at)
            .subject(self.subject());
        let message =
            name(message, &self.from, &self.to, &self.own_domains).map_err(|what| self.fault(what))?;
        let tags: Vec<&str> = self.languages.iter().map(|language| language.tag()).collect();
        let mut rest = vec![
            ("Auto-Submitted", "auto-generated".to_owned()),
            ("X-Auto-Response-Suppress", "All".to_owned()),
            ("List-Id", format!("breachd <incidents.breachd.{}>", self.domain)),
            ("X-Breachd-Kind", self.kind().to_owned()),
            ("Content-Language", tags.join(", ")),
        ];
        if matches!(self.said.content, Content::Collective(_)) {
            rest.push(("Importance", "high".to_owned()));
        }
        Ok(rest.into_iter().fold(message, |message, (name, value)| {
            message.raw_header(HeaderValue::new(HeaderName::new_from_ascii_str(name), value))
        }))
    }

    fn fault(&self, what: impl Into<String>) -> Error {
        Error::Compose { id: clean(&self.said.id), what: what.into() }
    }

    /// The values of its templates.
    pub(super) fn values(&self) -> Value {
        match &self.said.content {
            Content::Digest(digest) => Value::from(Serde(view::digest(self, digest))),
            Content::Collective(listing) => Value::from(Serde(view::collective(self, listing))),
        }
    }
}
