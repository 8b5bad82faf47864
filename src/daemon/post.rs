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

    /// Composes the letter and puts it into the spool. Doing so twice changes nothing.
    /// `checkpoint` is the end of the audit chain.
    pub fn put(&self, telling: &Telling, checkpoint: Option<String>) -> Result<(), alert::Error> {
        let letter = Letter { checkpoint, ..self.letter(telling) };
        let mail = alert::compose(&letter, &self.templates, Vec::new())?;
        let envelope = Envelope { from: letter.from.clone(), to: letter.to.clone() };
        self.spool.put(&telling.id, &envelope, &mail)?;
        Ok(())
    }

    fn letter(&self, telling: &Telling) -> Letter {
        let mut draft = telling.draft.clone();
        draft.systems = draft.completeness.sources.iter().map(|read| self.system(&read.source)).collect();
        let units: Vec<Option<&str>> =
            draft.systems.iter().map(|system| system.owner_unit.as_deref()).collect();
        let role_names: Vec<(String, Vec<String>)> =
            telling.roles.iter().map(|role| (role.clone(), self.mailboxes(role, &units))).collect();
        let from = &self.settings.mail.from;
        Letter {
            id: telling.id.clone(),
            case: telling.number.clone(),
            kind: match telling.kind {
                LetterKind::First => alert::LetterKind::First,
                LetterKind::Update => alert::LetterKind::Update,
                LetterKind::Rise => alert::LetterKind::Rise,
            },
            revision: telling.revision,
            now: telling.created,
            level_name: telling.level_name.clone(),
            org_name: self.settings.org.name.clone(),
            zone: self.settings.org.timezone,
            from: from.clone(),
            to: distinct(role_names.iter().flat_map(|(_, addresses)| addresses)),
            role_names,
            checkpoint: None,
            domain: from.rsplit_once('@').map_or("localhost", |(_, domain)| domain).to_owned(),
            note: telling
                .told
                .as_ref()
                .map_or_else(Vec::new, |told| alert::changes(told, &telling.draft.core, &telling.begun)),
            draft,
        }
    }

    /// The people of the units in which the data lay.
    fn mailboxes(&self, role: &str, units: &[Option<&str>]) -> Vec<String> {
        distinct(units.iter().flat_map(|unit| self.settings.roles.mailboxes(role, *unit)))
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
