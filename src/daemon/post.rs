//! From the outbox to the spool: who is told, in which letter.

use std::path::PathBuf;

use super::dispatch::Dispatch;
use crate::alert::{self, Acknowledge, Attachment, Letter, Spool, Templates, Tokens};
use crate::config::{self, Settings, Systems};
use crate::incident::{self, Office, System};
use crate::observe;
use crate::report::{self, Attached, Filing};
use crate::severity::Policy;
use crate::store::{LetterKind, Outgoing, Telling};

/// Writes letters into the spool.
#[derive(Debug)]
pub struct Post {
    dispatch: Dispatch,
    settings: Settings,
    systems: Systems,
    office: Office,
    policies: Vec<Policy>,
}

impl Post {
    /// Opens the spool. The policies say which forms go with a letter; `tokens` are those of the store.
    pub fn new(
        settings: &Settings,
        policies: &[Policy],
        templates: Templates,
        tokens: Option<Tokens>,
    ) -> Result<Self, alert::Error> {
        Ok(Self {
            dispatch: Dispatch {
                spool: Spool::open(&settings.mail.spool_dir)?,
                templates,
                settings: settings.mail.letter.clone(),
                tokens,
            },
            settings: settings.clone(),
            systems: Systems::new(settings),
            office: config::office(settings),
            policies: policies.to_vec(),
        })
    }

    /// The spool.
    pub fn spool(&self) -> &Spool {
        &self.dispatch.spool
    }

    /// Where the file of a mail lies while it waits.
    pub fn path(&self, id: &str) -> PathBuf {
        self.settings.mail.spool_dir.join("new").join(format!("{id}.eml"))
    }

    /// Composes a mail and puts it into the spool. Doing so twice changes nothing. `checkpoint` is the end of the audit
    /// chain. Returns the ids of the letters.
    pub fn put(&self, mail: &Outgoing, checkpoint: Option<String>) -> Result<Vec<String>, alert::Error> {
        match mail {
            Outgoing::Case(telling) => self.put_case(telling, checkpoint),
            Outgoing::Bulletin(said) => self.put_bulletin(said, checkpoint),
        }
    }

    fn put_bulletin(
        &self,
        said: &incident::Bulletin,
        checkpoint: Option<String>,
    ) -> Result<Vec<String>, alert::Error> {
        let mut systems: Vec<System> = said.sources.iter().map(|source| self.systems.of(source)).collect();
        if systems.is_empty() {
            systems.push(System { source: String::new(), system: None, owner_unit: None });
        }
        let told = self.role_names(&said.roles, &systems, None, said.created);
        let told: Vec<String> = told.into_iter().flat_map(|(_, mailboxes)| mailboxes).collect();
        // Somebody is told, even where all people of a role are those of units.
        let to = if told.is_empty() { self.settings.administrators(said.created) } else { told };
        let from = self.settings.mail.from.clone();
        let bulletin = alert::Bulletin {
            said: said.clone(),
            org_name: self.settings.org.name.clone(),
            zone: self.settings.org.timezone,
            languages: Vec::new(),
            is_minimal: false,
            to: distinct(to.iter()),
            own_domains: self.settings.org.domains.clone(),
            domain: domain(&from).to_owned(),
            from,
            checkpoint,
        };
        self.dispatch.put_bulletin(bulletin)
    }

    /// One letter for those who have the first letter of the case, another one for whoever has not.
    fn put_case(&self, telling: &Telling, checkpoint: Option<String>) -> Result<Vec<String>, alert::Error> {
        let letter = Letter { checkpoint, ..self.letter(telling) };
        let letters = self.by_reader(letter, telling);
        let mut ids = Vec::new();
        for letter in letters {
            let forms = self.forms(&letter);
            ids.extend(self.dispatch.put(letter, forms)?);
        }
        Ok(ids)
    }

    /// A role that is added, a deputy who steps in, the people of another unit: they have no thread to find a reply in.
    fn by_reader(&self, letter: Letter, telling: &Telling) -> Vec<Letter> {
        let Some(before) = &telling.before else { return vec![letter] };
        let systems: Vec<System> = before.sources.iter().map(|source| self.systems.of(source)).collect();
        let actor = Some(telling.draft.core.actor.as_str());
        let role_names = self.role_names(&before.roles, &systems, actor, before.at);
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

    /// The forms that the case asks for, with a first letter and one that tells of a higher level. A form that cannot be
    /// filled in keeps no letter back.
    fn forms(&self, letter: &Letter) -> Vec<Attachment> {
        if !matches!(letter.kind, alert::LetterKind::First | alert::LetterKind::Rise) {
            return Vec::new();
        }
        let filing = Filing { draft: &letter.draft, office: &self.office, policies: &self.policies };
        let forms = report::attachments(&filing).unwrap_or_else(|error| {
            observe::letter_failed(&letter.id, &error);
            Vec::new()
        });
        let file = |(name, title, mime, bytes): Attached| Attachment {
            name,
            title: format!("{title}，草稿"),
            mime: mime.to_owned(),
            bytes,
        };
        forms.into_iter().map(file).collect()
    }

    fn letter(&self, telling: &Telling) -> Letter {
        let mut draft = telling.draft.clone();
        draft.systems = draft.completeness.sources.iter().map(|read| self.systems.of(&read.source)).collect();
        let actor = Some(draft.core.actor.as_str());
        let role_names = self.role_names(&telling.roles, &draft.systems, actor, telling.created);
        let mut to = distinct(role_names.iter().flat_map(|(_, addresses)| addresses));
        if to.is_empty() {
            to = self.settings.administrators(telling.created); // somebody is told, whatever terms have ended
        }
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
            revision: telling.revision,
            is_reply: telling.revision > 0,
            now: telling.created,
            level_name: telling.level_name.clone(),
            org_name: self.settings.org.name.clone(),
            system: telling
                .first_source
                .as_ref()
                .and_then(|source| self.systems.of(source).system)
                .unwrap_or_default(),
            zone: self.settings.org.timezone,
            from: from.clone(),
            to,
            own_domains: self.settings.org.domains.clone(),
            role_names,
            checkpoint: None,
            languages: Vec::new(),
            is_minimal: false,
            acknowledge: Acknowledge::Phone { whom: String::new() },
            domain: domain(from).to_owned(),
            note,
            draft,
        }
    }

    /// The people of the units that it concerns, as they are on that day.
    fn role_names(
        &self,
        roles: &[String],
        systems: &[System],
        actor: Option<&str>,
        us: i64,
    ) -> Vec<(String, Vec<String>)> {
        let owners: Vec<Option<&str>> = systems.iter().map(|system| system.owner_unit.as_deref()).collect();
        let units = self.settings.roles.units(&owners, actor);
        let of_role = |role: &String| {
            let reached = self.settings.roles.of_units(role, &units, self.settings.day(us)).into_iter();
            (role.clone(), reached.map(|one| one.mailbox).collect())
        };
        roles.iter().map(of_role).collect()
    }
}

fn domain(address: &str) -> &str {
    address.rsplit_once('@').map_or("localhost", |(_, domain)| domain)
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
