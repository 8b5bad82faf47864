//! A letter about a case, and its MIME form.

use std::time::{Duration, SystemTime};

use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment as Attached, Body, Mailbox, Message, MultiPart, SinglePart};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, escape_formatter};

use super::clean::clean;
use super::{Error, spool, view};
use crate::incident::Draft;
use crate::moment::{SECOND, Tz};

/// Last second that a mail date can state: 9999-12-31.
const DATE_MAX: i64 = 253_402_300_799;

/// Name of the text template in errors.
const TEXT: &str = "alert.txt.j2";
/// Name of the HTML template in errors.
const HTML: &str = "alert.html.j2";

/// What the id of a letter ends in that tells a case to those who have not been told of it, beside one to those who have.
pub const ADDED: &str = "-added";

/// Why the letter is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LetterKind {
    /// The case is told for the first time.
    First,
    /// Numbers, outcomes or state have changed.
    Update,
    /// The level has risen: the one time that the subject changes.
    Rise,
    /// The time of a duty passes, and nobody has acknowledged the case.
    Reminder,
    /// The time of a duty is over, and the next role is told.
    Escalation,
}

impl LetterKind {
    /// The word of the `X-Breachd-Kind` header.
    pub const fn id(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Update => "update",
            Self::Rise => "rise",
            Self::Reminder => "reminder",
            Self::Escalation => "escalation",
        }
    }
}

/// Everything that a letter is made of; nothing else goes into its bytes.
#[derive(Clone, Debug)]
pub struct Letter {
    /// The mail's own id, its file name in the spool: `BD-2026-000017.r0`.
    pub id: String,
    /// The case: `BD-2026-000017`.
    pub case: String,
    /// Why it is written.
    pub kind: LetterKind,
    /// Whether its recipients have the first letter of the case, so that this one belongs to its thread.
    pub is_reply: bool,
    /// When it was created, in microseconds: its `Date`, and the time from which what is left of a limit is told.
    pub now: i64,
    /// What it tells.
    pub draft: Draft,
    /// Name of the level in the policy, such as 大; may be empty.
    pub level_name: String,
    /// The organisation.
    pub org_name: String,
    /// The zone in which times are told.
    pub zone: Tz,
    /// The sender.
    pub from: String,
    /// The recipients, from the configuration only.
    pub to: Vec<String>,
    /// Role id and its addresses, in the order in which they are told.
    pub role_names: Vec<(String, Vec<String>)>,
    /// Right-hand side of Message-ID and List-Id.
    pub domain: String,
    /// What has changed since the last letter, in our own words.
    pub note: Vec<String>,
    /// The end of the store's audit chain, signed: the recipients' mailboxes are its witnesses.
    pub checkpoint: Option<String>,
}

impl Letter {
    /// The level that the mail is about: what people were told falls only by a person's act.
    pub fn level(&self) -> u8 {
        self.draft.core.level.level.max(self.draft.notified_level.unwrap_or(0))
    }

    /// The subject, made of enums and numbers only: it lands in logs, on phones, and in our own input.
    pub fn subject(&self) -> String {
        format!("[breachd] {} 第{}級 疑似個資外洩（草稿）", self.case, self.level())
    }

    /// The Message-ID of a letter by its id.
    fn message_id(&self, id: &str) -> String {
        format!("<{id}@{}>", self.domain)
    }

    fn fault(&self, what: impl Into<String>) -> Error {
        Error::Compose { id: self.id.clone(), what: what.into() }
    }
}

/// A file that goes with a letter.
#[derive(Clone, Debug)]
pub struct Attachment {
    /// ASCII file name, made of our own ids.
    pub name: String,
    /// Media type.
    pub mime: String,
    /// Content.
    pub bytes: Vec<u8>,
}

/// The two templates of a letter; a site may have its own.
#[derive(Clone, Debug)]
pub struct Templates {
    /// The text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
}

impl Default for Templates {
    fn default() -> Self {
        Self {
            text: include_str!("../../config/templates/alert.txt.j2").to_owned(),
            html: include_str!("../../config/templates/alert.html.j2").to_owned(),
        }
    }
}

/// The mail as it is frozen in the spool: ASCII, CRLF, text first, then HTML, then attachments.
pub fn compose(
    letter: &Letter,
    templates: &Templates,
    attachments: Vec<Attachment>,
) -> Result<Vec<u8>, Error> {
    for (name, value) in [("id", &letter.id), ("case", &letter.case), ("domain", &letter.domain)] {
        if !spool::is_id(value) {
            return Err(letter
                .fault(format!("{name} `{}` is not made of letters, digits, `.` and `-`", clean(value))));
        }
    }
    let bodies = MultiPart::alternative()
        .boundary(format!("=_alternative_{}", letter.id))
        .singlepart(base64(ContentType::TEXT_PLAIN, render_text(letter, templates)?)?)
        .singlepart(base64(ContentType::TEXT_HTML, render_html(letter, templates)?)?);
    let message = if attachments.is_empty() {
        envelope(letter)?.multipart(bodies)
    } else {
        let mixed = MultiPart::mixed().boundary(format!("=_mixed_{}", letter.id)).multipart(bodies);
        let mixed = attachments.into_iter().try_fold(mixed, |mixed, file| {
            let named = spool::is_id(&file.name.replace('_', "-"));
            let kind = ContentType::parse(&file.mime).ok().filter(|_| named);
            let kind = kind.ok_or_else(|| {
                letter.fault(format!("attachment `{}` has no plain name and type", file.name))
            })?;
            Ok(mixed.singlepart(Attached::new(file.name).body(encoded(file.bytes)?, kind)))
        })?;
        envelope(letter)?.multipart(mixed)
    };
    Ok(message.map_err(|error| letter.fault(error.to_string()))?.formatted())
}

/// The header of the mail.
fn envelope(letter: &Letter) -> Result<lettre::message::MessageBuilder, Error> {
    let mailbox = |address: &str| {
        address.parse::<Mailbox>().map_err(|error| {
            letter.fault(format!("address `{}` of the configuration: {error}", clean(address)))
        })
    };
    if letter.to.is_empty() {
        return Err(letter.fault("there is no recipient, fill in [roles]"));
    }
    let at = Duration::from_secs(letter.now.div_euclid(SECOND).clamp(0, DATE_MAX).cast_unsigned());
    let mut message = Message::builder()
        .message_id(Some(letter.message_id(&letter.id)))
        .date(SystemTime::UNIX_EPOCH + at)
        .from(mailbox(&letter.from)?)
        .subject(letter.subject());
    for to in &letter.to {
        message = message.to(mailbox(to)?);
    }
    if letter.is_reply {
        let first = letter.message_id(&format!("{}.r0", letter.case));
        message = message.in_reply_to(first.clone()).references(first);
    }
    let mut rest = vec![
        ("Auto-Submitted", "auto-generated".to_owned()),
        ("X-Auto-Response-Suppress", "All".to_owned()),
        ("List-Id", format!("breachd <incidents.breachd.{}>", letter.domain)),
        ("X-Breachd-Case", letter.case.clone()),
        ("X-Breachd-Level", letter.level().to_string()),
        ("X-Breachd-Kind", letter.kind.id().to_owned()),
        ("Content-Language", "zh-TW".to_owned()),
    ];
    if letter.level() >= 2 {
        rest.push(("Importance", "high".to_owned()));
    }
    Ok(rest.into_iter().fold(message, |message, (name, value)| {
        message.raw_header(HeaderValue::new(HeaderName::new_from_ascii_str(name), value))
    }))
}

/// Text is always base64: what stands in it, bare line feeds too, never meets the SMTP dialogue (RUSTSEC-2026-0561).
pub(super) fn base64(kind: ContentType, text: String) -> Result<SinglePart, Error> {
    Ok(SinglePart::builder().header(kind).body(encoded(text.replace('\n', "\r\n").into_bytes())?))
}

fn encoded(bytes: Vec<u8>) -> Result<Body, Error> {
    Body::new_with_encoding(bytes, ContentTransferEncoding::Base64).map_err(|_| Error::Compose {
        id: String::new(),
        what: "a part cannot be written in base64".to_owned(),
    })
}

/// The text part.
pub fn render_text(letter: &Letter, templates: &Templates) -> Result<String, Error> {
    render(letter, TEXT, &templates.text)
}

/// The HTML part.
pub fn render_html(letter: &Letter, templates: &Templates) -> Result<String, Error> {
    render(letter, HTML, &templates.html)
}

fn render(letter: &Letter, name: &'static str, template: &str) -> Result<String, Error> {
    let mut engine = Environment::new();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    let fault = |source| Error::Template { template: name, source };
    let layout =
        SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build();
    engine.set_syntax(layout.map_err(fault)?);
    engine.set_auto_escape_callback(|name| if name == HTML { AutoEscape::Html } else { AutoEscape::None });
    // A string marked safe by a template loses the mark here: there is no way around the escaper.
    engine.set_formatter(|out, state, value| match value.as_str() {
        Some(text) => escape_formatter(out, state, &Value::from(clean(text))),
        None => escape_formatter(out, state, value),
    });
    engine
        .template_from_named_str(name, template)
        .map_err(fault)?
        .render(Value::from(Serde(view::view(letter))))
        .map_err(fault)
}

#[cfg(test)]
mod tests;
