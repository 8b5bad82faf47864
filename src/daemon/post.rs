//! From the outbox to the spool: who is told, in which letter.

use std::path::PathBuf;

use crate::alert::{self, Envelope, Letter, Spool, Templates};
use crate::config::Settings;
use crate::incident::System;
use crate::store::{LetterKind, Telling};

/// Writes letters into the spool.
#[derive(Debug)]
pub struct Post {
    spool: Spool,
    templates: Templates,
    settings: Settings,
    sources: Vec<(globset::GlobMatcher, usize)>,
}

impl Post {
    /// Opens the spool.
    pub fn new(settings: &Settings) -> Result<Self, alert::Error> {
        let glob = |(at, source): (usize, &crate::config::SourceSettings)| {
            Some((globset::Glob::new(&source.path).ok()?.compile_matcher(), at))
        };
        Ok(Self {
            spool: Spool::open(&settings.mail.spool_dir)?,
            templates: Templates::default(),
            settings: settings.clone(),
            sources: settings.sources.iter().enumerate().filter_map(glob).collect(),
        })
    }

    /// The spool.
    pub fn spool(&self) -> &Spool {
        &self.spool
    }

    /// Where the file of a mail lies while it waits.
    pub fn path(&self, id: &str) -> PathBuf {
        self.settings.mail.spool_dir.join("new").join(format!("{id}.eml"))
    }

    /// Composes the letter and puts it into the spool: one for those who have the first letter of the case, another one
    /// for whoever has not. Doing so twice changes nothing. `checkpoint` is the end of the audit chain. Returns the ids of
    /// the letters.
    pub fn put(&self, telling: &Telling, checkpoint: Option<String>) -> Result<Vec<String>, alert::Error> {
        let letter = Letter { checkpoint, ..self.letter(telling) };
        let letters = self.by_reader(letter, telling);
        for letter in &letters {
            let mail = alert::compose(letter, &self.templates, Vec::new())?;
            let envelope = Envelope { from: letter.from.clone(), to: letter.to.clone() };
            self.spool.put(&letter.id, &envelope, &mail)?;
        }
        Ok(letters.into_iter().map(|letter| letter.id).collect())
    }

    /// A role that is added, a deputy who steps in, the people of another unit: they have no thread to find a reply in.
    fn by_reader(&self, letter: Letter, telling: &Telling) -> Vec<Letter> {
        let Some(before) = &telling.before else { return vec![letter] };
        let systems: Vec<System> = before.sources.iter().map(|source| self.system(source)).collect();
        let role_names = self.role_names(&before.roles, &systems);
        let told = distinct(role_names.iter().flat_map(|(_, addresses)| addresses));
        let (to, added): (Vec<String>, Vec<String>) =
            letter.to.iter().cloned().partition(|address| told.contains(address));
        // A case that was told to nobody whom we still know has its first readers now.
        if added.is_empty() || to.is_empty() {
            return vec![Letter { is_reply: added.is_empty(), ..letter }];
        }
        let kind = match letter.kind {
            alert::LetterKind::Escalation => letter.kind,
            _ => alert::LetterKind::First,
        };
        let first = Letter {
            id: format!("{}{}", letter.id, alert::ADDED),
            kind,
            is_reply: false,
            to: added,
            ..letter.clone()
        };
        vec![first, Letter { is_reply: true, to, ..letter }]
    }

    fn letter(&self, telling: &Telling) -> Letter {
        let mut draft = telling.draft.clone();
        draft.systems = draft.completeness.sources.iter().map(|read| self.system(&read.source)).collect();
        let role_names = self.role_names(&telling.roles, &draft.systems);
        let mut note: Vec<String> = telling
            .reminds
            .iter()
            .map(|remind| alert::reminder(&remind.duty, remind.share, telling.created))
            .collect();
        if let Some(told) = &telling.told {
            note.extend(alert::changes(told, &telling.draft.core, &telling.begun));
        }
        let from = &self.settings.mail.from;
        Letter {
            id: telling.id.clone(),
            case: telling.number.clone(),
            kind: match telling.kind {
                LetterKind::First => alert::LetterKind::First,
                LetterKind::Update => alert::LetterKind::Update,
                LetterKind::Rise => alert::LetterKind::Rise,
                LetterKind::Reminder => alert::LetterKind::Reminder,
                LetterKind::Escalation => alert::LetterKind::Escalation,
            },
            is_reply: telling.revision > 0,
            now: telling.created,
            level_name: telling.level_name.clone(),
            org_name: self.settings.org.name.clone(),
            zone: self.settings.org.timezone,
            from: from.clone(),
            to: distinct(role_names.iter().flat_map(|(_, addresses)| addresses)),
            role_names,
            checkpoint: None,
            domain: from.rsplit_once('@').map_or("localhost", |(_, domain)| domain).to_owned(),
            note,
            draft,
        }
    }

    /// The people of the units in which the data lay.
    fn role_names(&self, roles: &[String], systems: &[System]) -> Vec<(String, Vec<String>)> {
        let of_role = |role: &String| {
            let units = systems.iter().map(|system| system.owner_unit.as_deref());
            let mailboxes = distinct(units.flat_map(|unit| self.settings.roles.mailboxes(role, unit)));
            (role.clone(), mailboxes)
        };
        roles.iter().map(of_role).collect()
    }

    fn system(&self, source: &str) -> System {
        let settings = self.sources.iter().find(|(glob, _)| glob.is_match(source));
        let settings = settings.map(|(_, at)| &self.settings.sources[*at]);
        System {
            source: source.to_owned(),
            system: settings.and_then(|settings| settings.system.clone()),
            owner_unit: settings.and_then(|settings| settings.owner_unit.clone()),
        }
    }
}

/// Each once, in the order of their first mention.
fn distinct<'s>(items: impl Iterator<Item = &'s String>) -> Vec<String> {
    let mut list: Vec<String> = Vec::new();
    for item in items {
        if !list.contains(item) {
            list.push(item.clone());
        }
    }
    list
}
