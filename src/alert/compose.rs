//! The MIME form of a letter.

use std::time::{Duration, SystemTime};

use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment as Attached, Body, Mailbox, Message, MultiPart, SinglePart};
use minijinja::Value;
use minijinja::value::Serde;

use super::clean::clean;
use super::letter::{Acknowledge, Letter};
use super::named::name;
use super::view::view;
use super::{Error, Templates, spool};
use crate::moment::{SECOND, iso};

/// Bytes of a mail: what larger ones meet is up to every relay on the way.
pub const MAIL_BYTES_MAX: usize = 1 << 20;
/// Bytes of all that is attached. With both parts at their bounds (`template`), the header, and a third more for
/// base64, a mail stays within its own bound.
const ATTACHED_BYTES_MAX: usize = 250 << 10;
/// Last second that a mail date can state: 9999-12-31.
const DATE_MAX: i64 = 253_402_300_799;

/// A file that goes with a letter.
#[derive(Clone, Debug)]
pub struct Attachment {
    /// ASCII file name, made of our own ids.
    pub name: String,
    /// What it is, in the letter's words.
    pub title: String,
    /// Media type.
    pub mime: String,
    /// Content.
    pub bytes: Vec<u8>,
}

/// The mail as it is frozen in the spool: ASCII, CRLF, text first, then HTML, then attachments. Of attachments that are
/// too large together the last are left out, and the letter does not name them.
pub fn compose(
    letter: &Letter,
    templates: &Templates,
    mut attachments: Vec<Attachment>,
) -> Result<Vec<u8>, Error> {
    for (name, value) in [("id", &letter.id), ("case", &letter.case), ("domain", &letter.domain)] {
        if !spool::is_id(value) {
            let what = format!("{name} `{}` is not made of letters, digits, `.` and `-`", clean(value));
            return Err(letter.fault(what));
        }
    }
    let mut room = ATTACHED_BYTES_MAX;
    attachments.retain(|file| {
        let fits = file.bytes.len() <= room;
        room -= if fits { file.bytes.len() } else { 0 };
        fits
    });
    let text = base64(ContentType::TEXT_PLAIN, render_text(letter, templates, &attachments)?)?;
    let mixed = MultiPart::mixed().boundary(format!("=_mixed_{}", letter.id));
    let message = match (letter.is_minimal, attachments.is_empty()) {
        (true, true) => envelope(letter)?.singlepart(text),
        (true, false) => envelope(letter)?.multipart(attach(letter, mixed.singlepart(text), attachments)?),
        (false, none) => {
            let html = base64(ContentType::TEXT_HTML, render_html(letter, templates, &attachments)?)?;
            let bodies = MultiPart::alternative().boundary(format!("=_alternative_{}", letter.id));
            let bodies = bodies.singlepart(text).singlepart(html);
            if none {
                envelope(letter)?.multipart(bodies)
            } else {
                envelope(letter)?.multipart(attach(letter, mixed.multipart(bodies), attachments)?)
            }
        }
    };
    let mail = message.map_err(|error| letter.fault(error.to_string()))?.formatted();
    if mail.len() > MAIL_BYTES_MAX {
        return Err(letter.fault(format!("it has {} bytes, {MAIL_BYTES_MAX} at most", mail.len())));
    }
    Ok(mail)
}

fn attach(letter: &Letter, mixed: MultiPart, files: Vec<Attachment>) -> Result<MultiPart, Error> {
    files.into_iter().try_fold(mixed, |mixed, file| {
        let is_named = spool::is_id(&file.name.replace('_', "-"));
        let kind = ContentType::parse(&file.mime).ok().filter(|_| is_named);
        let kind = kind.ok_or_else(|| {
            letter.fault(format!("attachment `{}` has no plain name and type", clean(&file.name)))
        })?;
        Ok(mixed.singlepart(Attached::new(file.name).body(encoded(file.bytes)?, kind)))
    })
}

/// The header of the mail.
fn envelope(letter: &Letter) -> Result<lettre::message::MessageBuilder, Error> {
    let at = Duration::from_secs(letter.now.div_euclid(SECOND).clamp(0, DATE_MAX).cast_unsigned());
    let mut message = Message::builder()
        .message_id(Some(letter.message_id()))
        .date(SystemTime::UNIX_EPOCH + at)
        .subject(letter.subject());
    if let Acknowledge::Reply { to, .. } = &letter.acknowledge {
        let to = to.parse::<Mailbox>().map_err(|error| letter.fault(format!("its token: {error}")))?;
        message = message.reply_to(to);
    }
    message =
        name(message, &letter.from, &letter.to, &letter.own_domains).map_err(|what| letter.fault(what))?;
    if letter.is_reply {
        message = message.in_reply_to(letter.root_id()).references(letter.root_id());
    }
    Ok(automatic(letter).into_iter().fold(message, |message, (name, value)| {
        message.raw_header(HeaderValue::new(HeaderName::new_from_ascii_str(name), value))
    }))
}

/// That no person wrote it, and what mail rules may look at. No `Precedence: bulk`: filters count it as spam.
fn automatic(letter: &Letter) -> Vec<(&'static str, String)> {
    let tags: Vec<&str> = letter.languages.iter().map(|language| language.tag()).collect();
    let mut fields = vec![
        ("Auto-Submitted", "auto-generated".to_owned()),
        ("X-Auto-Response-Suppress", "All".to_owned()),
        ("List-Id", format!("breachd <incidents.breachd.{}>", letter.domain)),
        ("X-Breachd-Case", letter.case.clone()),
        ("X-Breachd-Kind", letter.kind.id().to_owned()),
        ("Content-Language", tags.join(", ")),
    ];
    if let Some(due) = letter.next_due() {
        fields.push(("X-Breachd-Due", iso(due)));
    }
    if !letter.is_minimal {
        fields.push(("X-Breachd-Level", letter.level().to_string()));
        let policies = letter.policies();
        fields.extend((!policies.is_empty()).then_some(("X-Breachd-Policy", policies)));
    }
    if letter.level() >= 2 || letter.kind == super::LetterKind::Escalation {
        fields.push(("Importance", "high".to_owned()));
    }
    fields
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
pub fn render_text(letter: &Letter, templates: &Templates, attached: &[Attachment]) -> Result<String, Error> {
    let name = if letter.is_minimal { "minimal.txt.j2" } else { "alert.txt.j2" };
    templates.render(name, Value::from(Serde(view(letter, attached))))
}

/// The HTML part.
pub fn render_html(letter: &Letter, templates: &Templates, attached: &[Attachment]) -> Result<String, Error> {
    templates.render("alert.html.j2", Value::from(Serde(view(letter, attached))))
}
