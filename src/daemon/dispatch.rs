//! From a letter to its files in the spool: what is attached, one copy a recipient where it can be answered by mail, and
//! which template stands in where one fails: a letter goes out, whatever becomes of its looks.

use crate::alert::{
    self, Acknowledge, Attachment, Bulletin, Envelope, Letter, REPLY_TIME, Spool, Templates, Tokens, compose,
};
use crate::config::{Attach, Body, LetterSettings};
use crate::observe;
use crate::report::{self, Entry};

/// Writes letters into the spool.
#[derive(Debug)]
pub(super) struct Dispatch {
    pub(super) spool: Spool,
    pub(super) templates: Templates,
    pub(super) settings: LetterSettings,
    /// By which answers are known; none where nobody takes them.
    pub(super) tokens: Option<Tokens>,
}

impl Dispatch {
    /// Composes the letter and puts it into the spool. Doing so twice changes nothing. Returns the ids of its files.
    pub(super) fn put(&self, letter: Letter, forms: Vec<Attachment>) -> Result<Vec<String>, alert::Error> {
        let whom = self.settings.phone.clone();
        let letter = Letter {
            languages: self.settings.languages.clone(),
            is_minimal: self.settings.body == Body::Minimal,
            acknowledge: Acknowledge::Phone { whom },
            ..letter
        };
        let attached = self.attached(&letter, forms);
        let from = &letter.from;
        let Some((tokens, reply_to)) = self.tokens.as_ref().zip(self.settings.reply_to.as_ref()) else {
            let mail = self.composed(&letter, &attached)?;
            let envelope = Envelope { from: from.clone(), to: letter.to.clone() };
            self.spool.put(&letter.id, &envelope, &mail)?;
            return Ok(vec![letter.id]);
        };
        // A copy for each, because the address to which it is answered says whose answer it is. All have one Message-ID.
        let until = letter.now + REPLY_TIME;
        let copy = |(n, to): (usize, &String)| {
            let token = tokens.address(reply_to, to, &letter.case, letter.revision, until);
            let acknowledge =
                token.map_or_else(|| letter.acknowledge.clone(), |to| Acknowledge::Reply { to, until });
            let to = vec![to.clone()];
            let mail = self.composed(&Letter { acknowledge, to: to.clone(), ..letter.clone() }, &attached)?;
            let envelope = Envelope { from: from.clone(), to };
            let id = if n == 0 { letter.id.clone() } else { format!("{}.{n}", letter.id) };
            self.spool.put(&id, &envelope, &mail)?;
            Ok(id)
        };
        letter.to.iter().enumerate().map(copy).collect()
    }

    /// The same of a bulletin, which nobody answers.
    pub(super) fn put_bulletin(&self, bulletin: Bulletin) -> Result<Vec<String>, alert::Error> {
        let bulletin = Bulletin {
            languages: self.settings.languages.clone(),
            is_minimal: self.settings.body == Body::Minimal,
            ..bulletin
        };
        let id = bulletin.said.id.clone();
        let minimal = || Bulletin { is_minimal: true, ..bulletin.clone() };
        let mail = bulletin
            .compose(&self.templates)
            .or_else(|error| {
                observe::letter_plain(&id, &error);
                bulletin.compose(&Templates::default())
            })
            .or_else(|error| match error {
                alert::Error::Template { .. } => minimal().compose(&Templates::default()),
                error => Err(error),
            })?;
        let envelope = Envelope { from: bulletin.from.clone(), to: bulletin.to.clone() };
        self.spool.put(&id, &envelope, &mail)?;
        Ok(vec![id])
    }

    /// By the organisation's templates; where one of them fails on this letter, by ours; where that would be too large,
    /// the least of letters.
    fn composed(&self, letter: &Letter, attached: &[Attachment]) -> Result<Vec<u8>, alert::Error> {
        let minimal = || Letter { is_minimal: true, ..letter.clone() };
        compose(letter, &self.templates, attached.to_vec())
            .or_else(|error| {
                observe::letter_plain(&letter.id, &error);
                compose(letter, &Templates::default(), attached.to_vec())
            })
            .or_else(|error| match error {
                alert::Error::Template { .. } => compose(&minimal(), &Templates::default(), Vec::new()),
                error => Err(error),
            })
    }

    /// The forms, the deadline for a calendar, the draft for a program. Where details may not be mailed, the deadline only.
    fn attached(&self, letter: &Letter, forms: Vec<Attachment>) -> Vec<Attachment> {
        let wants = |attach: Attach| self.settings.attach.contains(&attach);
        let forms = forms.into_iter().filter(|_| wants(Attach::Form) && !letter.is_minimal);
        let entry = Entry {
            case: &letter.case,
            domain: &letter.domain,
            revision: letter.revision,
            now: letter.now,
            is_minimal: letter.is_minimal,
        };
        let file = |ending: &str, title: &str, mime: &str, bytes| Attachment {
            name: format!("{}.{ending}", letter.case),
            title: title.to_owned(),
            mime: mime.to_owned(),
            bytes,
        };
        let ics = wants(Attach::Ics).then(|| report::ics(&letter.draft, &entry)).flatten();
        let ics =
            ics.map(|bytes| file("ics", "期限提醒", "text/calendar; charset=utf-8; method=PUBLISH", bytes));
        let json = (wants(Attach::Json) && !letter.is_minimal).then(|| {
            let bytes = format!("{:#}\n", report::incident(&letter.draft)).into_bytes();
            file("json", "草稿資料", "application/json", bytes)
        });
        // What is too much is left out from the end on.
        ics.into_iter().chain(forms).chain(json).collect()
    }
}
