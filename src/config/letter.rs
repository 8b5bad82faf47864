//! What of `[mail]` is about the letters themselves: languages, how much is told, what is attached, how it is answered.

use std::path::PathBuf;

use super::build::{Builder, text, texts};
use super::diagnose::suggest;
use super::raw::Table;
use super::settings::word;
use crate::alert::{Language, REPLY_LOCAL_MAX};

/// Characters of whom to telephone.
const PHONE_CHARS_MAX: usize = 100;

/// How letters are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LetterSettings {
    /// Their languages, Chinese first.
    pub languages: Vec<Language>,
    /// How much they tell.
    pub body: Body,
    /// What goes with them.
    pub attach: Vec<Attach>,
    /// Whom to telephone where a mail cannot be answered; may be empty.
    pub phone: String,
    /// The address behind which an MTA alias hands replies to `breachd act --mail`.
    pub reply_to: Option<String>,
    /// Folder of the organisation's own templates.
    pub templates_dir: PathBuf,
}

impl Default for LetterSettings {
    fn default() -> Self {
        Self {
            languages: vec![Language::Chinese, Language::English],
            body: Body::Full,
            attach: vec![Attach::Form, Attach::Ics],
            phone: String::new(),
            reply_to: None,
            templates_dir: "/etc/breachd/templates".into(),
        }
    }
}

/// How much a letter tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// Everything.
    Full,
    /// The case and its deadlines, for sites that forbid details in mail.
    Minimal,
}

impl Body {
    /// The word in the file for each.
    pub const WORDS: [(&'static str, Self); 2] = [("full", Self::Full), ("minimal", Self::Minimal)];
}

/// What may go with a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attach {
    /// The official forms, drafted.
    Form,
    /// The next deadline, for a calendar.
    Ics,
    /// The draft as `breachd incident show --json` prints it.
    Json,
}

impl Attach {
    /// The word in the file for each.
    pub const WORDS: [(&'static str, Self); 3] =
        [("form", Self::Form), ("ics", Self::Ics), ("json", Self::Json)];
}

/// The words of a list of values.
pub(super) fn words<T: PartialEq>(known: &[(&'static str, T)], values: &[T]) -> Vec<String> {
    values.iter().map(|value| word(known, value).to_owned()).collect()
}

impl<'b> Builder<'b> {
    pub(super) fn letter(&mut self, table: &'b Table, letter: &mut LetterSettings) {
        if let Some(languages) = self.words(table, "languages", &Language::WORDS) {
            letter.languages = languages;
            if !letter.languages.contains(&Language::Chinese) {
                let hint = "write languages = [\"zh-TW\"], with \"en\" beside it or not";
                let at = &table["languages"].at;
                self.error(
                    at,
                    "the clauses that a letter cites are Chinese, so `zh-TW` is one of them",
                    hint,
                );
            }
            letter.languages.sort_by_key(|language| *language != Language::Chinese);
        }
        if let Some((body, _)) = self.word(table, "body", &Body::WORDS) {
            letter.body = body;
        }
        if let Some(attach) = self.words(table, "attach", &Attach::WORDS) {
            letter.attach = attach;
        }
        if let Some((phone, at)) = text(table, "phone") {
            if phone.chars().count() > PHONE_CHARS_MAX {
                let what = format!("`phone` has more than {PHONE_CHARS_MAX} characters");
                self.error(at, what, "write who it is and the number: phone = \"資訊室值班（分機 1234）\"");
            }
            phone.clone_into(&mut letter.phone);
        }
        if let Some(said) = text(table, "reply_to") {
            let address = self.mailbox(said);
            let local = address.split('@').next().unwrap_or_default();
            if local.len() > REPLY_LOCAL_MAX || local.contains('+') {
                let what = format!("`{address}` leaves no room for a token");
                let hint = format!("before the @ there may be {REPLY_LOCAL_MAX} characters, without `+`");
                self.error(said.1, what, hint);
            }
            letter.reply_to = Some(address);
        }
        if let Some(path) = self.path(table, "templates") {
            letter.templates_dir = path;
        }
    }

    /// A list of words of a closed list, each once.
    fn words<T: Copy + PartialEq>(
        &mut self,
        table: &'b Table,
        key: &str,
        known: &[(&'static str, T)],
    ) -> Option<Vec<T>> {
        table.get(key)?;
        let mut values = Vec::new();
        for (said, at) in texts(table, key) {
            match known.iter().find(|(word, _)| *word == said) {
                Some((_, value)) if values.contains(value) => {}
                Some((_, value)) => values.push(*value),
                None => {
                    let valid: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
                    self.error(at, format!("`{key}` cannot hold `{said}`"), suggest(said, &valid));
                }
            }
        }
        Some(values)
    }
}
