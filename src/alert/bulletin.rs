//! The mails that are about no single case: the daily digest, and the list of urgent incidents. Their words are in
//! config/templates; here their values are made fit for these.

use std::time::{Duration, SystemTime};

use lettre::Message;
use lettre::message::Mailbox;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value, context};
use serde::Serialize;

use super::clean::{clean, thousands};
use super::compose::base64;
use super::words::{gap_zh, route_zh};
use super::{Error, spool};
use crate::incident::{self, Content, Digest, Entry, Instant, Listing, Suppressed};
use crate::moment::{SECOND, Tz, iso_local, roc, roc_short};

/// Everything that a bulletin is made of; nothing else goes into its bytes.
#[derive(Clone, Debug)]
pub struct Bulletin {
    /// What it says.
    pub said: incident::Bulletin,
    /// The organisation.
    pub org_name: String,
    /// The zone in which times are told.
    pub zone: Tz,
    /// The sender.
    pub from: String,
    /// The recipients, from the configuration only.
    pub to: Vec<String>,
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

    /// The text, rendered.
    pub fn text(&self) -> Result<String, Error> {
        let (name, template) = match self.said.content {
            Content::Digest(_) => ("digest.txt", include_str!("../../config/templates/digest.txt.j2")),
            Content::Collective(_) => {
                ("collective.txt", include_str!("../../config/templates/collective.txt.j2"))
            }
        };
        let fault = |error: minijinja::Error| Error::Template {
            file: format!("{name}.j2"),
            line: error.line().unwrap_or(1),
            what: error.to_string(),
            is_own: false,
        };
        let mut engine = Environment::new();
        engine.set_undefined_behavior(UndefinedBehavior::Strict);
        let layout =
            SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build();
        engine.set_syntax(layout.map_err(fault)?);
        engine.render_str(template, self.values()).map_err(fault)
    }

    /// The mail as it is frozen in the spool.
    pub fn compose(&self) -> Result<Vec<u8>, Error> {
        let id = &self.said.id;
        let fault = |what: String| Error::Compose { id: id.clone(), what };
        if !spool::is_id(id) || !spool::is_id(&self.domain) {
            return Err(fault("its id or domain is not made of letters, digits, `.` and `-`".to_owned()));
        }
        if self.to.is_empty() {
            return Err(fault("there is no recipient, fill in [roles]".to_owned()));
        }
        let mailbox = |address: &str| {
            let mailbox = address.parse::<Mailbox>();
            mailbox.map_err(|error| fault(format!("address `{}`: {error}", clean(address))))
        };
        let at = Duration::from_secs(self.said.created.div_euclid(SECOND).max(0).cast_unsigned());
        let mut message = Message::builder()
            .message_id(Some(format!("<{id}@{}>", self.domain)))
            .date(SystemTime::UNIX_EPOCH + at)
            .from(mailbox(&self.from)?)
            .subject(self.subject());
        for to in &self.to {
            message = message.to(mailbox(to)?);
        }
        let mut rest = vec![
            ("Auto-Submitted", "auto-generated".to_owned()),
            ("X-Auto-Response-Suppress", "All".to_owned()),
            ("List-Id", format!("breachd <incidents.breachd.{}>", self.domain)),
            ("X-Breachd-Kind", self.kind().to_owned()),
            ("Content-Language", "zh-TW".to_owned()),
        ];
        if matches!(self.said.content, Content::Collective(_)) {
            rest.push(("Importance", "high".to_owned()));
        }
        let message = rest.into_iter().fold(message, |message, (name, value)| {
            message.raw_header(HeaderValue::new(HeaderName::new_from_ascii_str(name), value))
        });
        let message = message.singlepart(base64(ContentType::TEXT_PLAIN, self.text()?)?);
        Ok(message.map_err(|error| fault(error.to_string()))?.formatted())
    }

    /// The values of the templates.
    fn values(&self) -> Value {
        let common =
            context! { org => clean(&self.org_name), checkpoint => self.checkpoint.as_deref().map(clean) };
        let own = match &self.said.content {
            Content::Digest(digest) => self.of_digest(digest),
            Content::Collective(listing) => {
                context! { at => roc(self.said.created, self.zone), incidents => Serde(self.list(listing)) }
            }
        };
        context! { ..own, ..common }
    }

    fn of_digest(&self, digest: &Digest) -> Value {
        let opened = digest.opened.iter().enumerate().filter(|(_, count)| **count > 0);
        let opened = opened.map(|(level, count)| format!("第 {level} 級 {} 件", thousands(*count)));
        let suppressed =
            |list: &[Suppressed]| list.iter().map(|one| self.suppressed(one)).collect::<Vec<_>>();
        let read = digest.sources.iter().map(|read| {
            let until =
                read.until.map_or("（尚無時間）".to_owned(), |until| iso_local(until.0, self.zone));
            let source = clean(&read.source);
            format!(
                "{source}　{} 行、{} 位元組，已讀至 {until}",
                thousands(read.lines),
                thousands(read.bytes)
            )
        });
        let gap = |gap: &incident::Missing| {
            let to = gap.to.map_or_else(|| "檔尾".to_owned(), thousands);
            let cause = gap_zh(&gap.cause);
            format!("{}　位元組 {} 至 {to}（{cause}）", clean(&gap.path), thousands(gap.from))
        };
        let lines: u64 = digest.sources.iter().map(|read| read.lines).sum();
        context! {
            quiet => digest.is_quiet(),
            from => roc_short(digest.from.0, self.zone),
            to => roc_short(digest.to.0, self.zone),
            opened => opened.collect::<Vec<_>>(),
            opened_total => thousands(digest.opened.iter().sum()),
            unsettled => thousands(digest.unsettled),
            held => Serde(self.list(&digest.held)),
            exposed => Serde(self.list(&digest.exposed)),
            possible => Serde(self.list(&digest.possible)),
            ended => suppressed(&digest.ended),
            standing => suppressed(&digest.standing),
            sources_total => thousands(digest.sources.len() as u64 + digest.sources_more),
            sources_more => digest.sources_more,
            lines => thousands(lines),
            read => read.collect::<Vec<_>>(),
            gaps => digest.gaps.iter().map(gap).collect::<Vec<_>>(),
            gaps_total => digest.gaps_total,
        }
    }

    fn list(&self, listing: &Listing) -> List {
        List {
            total: thousands(listing.total),
            lines: listing.entries.iter().map(|entry| self.line(entry)).collect(),
            more: (listing.total > listing.entries.len() as u64).then(|| listing.numbers.join("、")),
            is_more: listing.total > listing.entries.len() as u64,
        }
    }

    fn line(&self, entry: &Entry) -> String {
        let name = entry.case.as_deref().unwrap_or(&entry.chain);
        let more = entry.possible > entry.people;
        let possible =
            if more { format!("（疑似計入 {}）", thousands(entry.possible)) } else { String::new() };
        let due = |due: Instant| format!("　最近期限 {}", roc_short(due.0, self.zone));
        format!(
            "{name}　第 {} 級　{} 人{possible}　{}　{}　{} 至 {}{}",
            entry.level,
            thousands(entry.people),
            route_zh(entry.route),
            clean(&entry.actor),
            roc_short(entry.first.0, self.zone),
            roc_short(entry.last.0, self.zone),
            entry.due.map_or_else(String::new, due)
        )
    }

    fn suppressed(&self, one: &Suppressed) -> String {
        let end = one.ended.map_or_else(
            || format!("至 {} 止", clean(&one.last_day)),
            |ended| format!("已於 {} 結束", roc_short(ended.0, self.zone)),
        );
        format!(
            "{}（{}：{}）{end}；期間 {} 件、{} 人、最高第 {} 級，未另行通知",
            clean(&one.words),
            clean(&one.owner),
            clean(&one.reason),
            thousands(one.chains),
            thousands(one.people),
            one.level_max
        )
    }
}

/// A list as a template prints it.
#[derive(Debug, Serialize)]
struct List {
    total: String,
    lines: Vec<String>,
    /// The numbers of all cases, where not all have a line; none of what has no number.
    more: Option<String>,
    is_more: bool,
}
