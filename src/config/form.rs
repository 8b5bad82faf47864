//! `[form]`: what the official forms say of the organisation beside its name, and where a source belongs.

use super::Settings;
use super::build::{Builder, text};
use crate::incident::{Office, System};

/// What the forms say of whoever reports; what is empty is a blank that a person fills in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FormSettings {
    /// The authority that is told: 主事務所所在地之直轄市、縣（市）主管機關.
    pub authority: String,
    /// Address of the organisation.
    pub address: String,
    /// Name of the person who reports.
    pub name: String,
    /// Their post.
    pub title: String,
    /// Their telephone.
    pub telephone: String,
    /// Their mail address.
    pub email: String,
}

impl FormSettings {
    /// The keys of the table with their places.
    pub(super) fn fields(&mut self) -> [(&'static str, &mut String); 6] {
        [
            ("authority", &mut self.authority),
            ("address", &mut self.address),
            ("name", &mut self.name),
            ("title", &mut self.title),
            ("telephone", &mut self.telephone),
            ("email", &mut self.email),
        ]
    }
}

impl Builder<'_> {
    pub(super) fn form(&mut self, form: &mut FormSettings) {
        let Some(table) = self.section("form") else { return };
        for (key, place) in form.fields() {
            if let Some((said, _)) = text(table, key) {
                said.clone_into(place);
            }
        }
    }
}

/// Who fills in a form.
pub fn office(settings: &Settings) -> Office {
    let form = &settings.form;
    Office {
        organisation: settings.org.name.clone(),
        authority: form.authority.clone(),
        address: form.address.clone(),
        reporter: [&form.name, &form.title, &form.telephone, &form.email].map(Clone::clone),
        zone: settings.org.timezone,
    }
}

/// Which system and unit a source belongs to.
#[derive(Clone, Debug)]
pub struct Systems(Vec<(globset::GlobMatcher, System)>);

impl Systems {
    /// Those of the configuration.
    pub fn new(settings: &Settings) -> Self {
        let known = settings.sources.iter().filter_map(|source| {
            let system = System {
                source: String::new(),
                system: source.system.clone(),
                owner_unit: source.owner_unit.clone(),
            };
            Some((globset::Glob::new(&source.path).ok()?.compile_matcher(), system))
        });
        Self(known.collect())
    }

    /// The one of a source.
    pub fn of(&self, source: &str) -> System {
        let known = self.0.iter().find(|(glob, _)| glob.is_match(source)).map(|(_, system)| system.clone());
        let unknown = System { source: String::new(), system: None, owner_unit: None };
        System { source: source.to_owned(), ..known.unwrap_or(unknown) }
    }
}
