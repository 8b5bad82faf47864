//! From settings to what the program needs: packs, rules, sources.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{
    AbnormalSettings, JournalSettings, NeededRole, OpenRule, PolicySettings, Problem, Settings,
    SourceSettings, Start, formats, inventory, patterns, policy,
};
use crate::alert::Templates;
use crate::detect::{Engine, FileNames, PackError};
use crate::format::{Format, Formats, LogFormat};
use crate::incident::{self, Abnormal, Org, Rules, Thresholds};
use crate::inventory::Inventory;
use crate::line::SourceId;
use crate::mask::Keys;
use crate::scan::Scanner;
use crate::severity::{self, Calendar, Fault, Policy};
use crate::source::{self, JournalSpec};

/// The packs that are part of the program, compiled; built once.
#[derive(Debug)]
pub struct Packs {
    /// Detection.
    pub engine: Engine,
    /// Log formats.
    pub formats: Formats,
    /// Policies, active or not, in all their versions.
    pub policies: Vec<Policy>,
    /// Days on which offices work.
    pub calendar: Calendar,
    /// The personal-data inventory.
    pub inventory: Arc<Inventory>,
    /// The packs and inventories of the site that were read.
    pub files: Vec<PathBuf>,
    /// Templates of the mails.
    pub templates: Templates,
}

impl Packs {
    /// Compiles the packs that are part of the program, running their examples. All mistakes at once.
    pub fn shipped() -> Result<Self, (Vec<PackError>, Vec<Fault>)> {
        // Each takes milliseconds, which is most of what a short log takes.
        let (engine, formats) = std::thread::scope(|scope| {
            let formats = scope.spawn(Formats::shipped);
            (Engine::shipped(), formats.join())
        });
        let formats = formats.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let mut faults = Vec::new();
        let mut policies = Vec::new();
        for (file, text) in severity::shipped() {
            match Policy::parse(file, text) {
                Ok(policy) => policies.push(policy),
                Err(mistakes) => faults.extend(mistakes),
            }
        }
        match engine {
            Ok(engine) if faults.is_empty() => Ok(Self {
                engine,
                formats,
                policies,
                calendar: Calendar::default(),
                inventory: Arc::default(),
                files: Vec::new(),
                templates: Templates::default(),
            }),
            engine => Err((engine.err().unwrap_or_default(), faults)),
        }
    }

    /// With the packs and formats of the site, `patterns.d/*.toml`, `formats.d/*.toml` and `policies/*.toml` beside the
    /// configuration `main`; `now` decides which of its allow-lists have expired. Where there is an error in them, those
    /// of the program stand alone, so that the rest of the configuration can be checked too.
    pub fn with_site(self, main: &Path, now: i64) -> (Self, Vec<Problem>) {
        let patterns = patterns::read(main, now);
        let formats = formats::read(main);
        let policies = policy::read(main, &self.policies);
        let packs = Self {
            engine: patterns.engine.unwrap_or(self.engine),
            formats: formats.formats.unwrap_or(self.formats),
            policies: policies.policies.unwrap_or(self.policies),
            files: [patterns.files, formats.files, policies.files].concat(),
            ..self
        };
        (packs, [patterns.problems, formats.problems, policies.problems].concat())
    }

    /// With the office calendars that the settings name, and what is wrong with them.
    #[must_use]
    pub fn with_holidays(self, settings: &Settings) -> (Self, Vec<Problem>) {
        let (calendar, problems) = policy::holidays(&settings.policy.holidays);
        (Self { calendar, ..self }, problems)
    }

    /// With the format strings that sources write instead of a format's name. Reading the configuration has refused
    /// those that cannot be used.
    #[must_use]
    pub fn with_log_formats(mut self, settings: &Settings) -> Self {
        for source in settings.sources.iter().filter(|source| LogFormat::is_meant(&source.format)) {
            self.formats.learn(&source.format).expect("the configuration was checked");
        }
        self
    }

    /// With the inventory that the settings name, and what is wrong with it.
    pub fn with_inventory(mut self, settings: &Settings) -> (Self, Vec<Problem>) {
        let read = inventory::read(&settings.inventory);
        self.inventory = Arc::new(read.inventory);
        self.files.extend(read.files);
        (self, read.problems)
    }

    /// Ids of the policies.
    pub fn policy_ids(&self) -> Vec<String> {
        let mut ids: Vec<String> = self.policies.iter().map(|policy| policy.id.clone()).collect();
        let mut seen = HashSet::new();
        ids.retain(|id| seen.insert(id.clone()));
        ids
    }

    /// The roles that the policies' levels tell, each with its clause.
    pub fn needed_roles(&self) -> Vec<NeededRole> {
        let needed = self.policies.iter().flat_map(|policy| {
            let of_levels = policy.levels.iter().map(|level| (&level.roles, &level.roles_clause));
            let of_all = policy.notify.iter().map(|notify| (&notify.roles, &notify.clause));
            of_levels.chain(of_all).flat_map(|(roles, clause)| {
                roles.iter().map(|role| NeededRole {
                    policy: policy.id.clone(),
                    role: role.clone(),
                    clause: clause.clone(),
                })
            })
        });
        let mut needed: Vec<NeededRole> = needed.collect();
        needed.dedup_by(|a, b| (&a.policy, &a.role) == (&b.policy, &b.role));
        needed
    }

    /// The policies that are active, in the order of the settings, every version of them, read as the settings say.
    pub fn active(&self, settings: &PolicySettings) -> Vec<Policy> {
        let mut policies: Vec<Policy> = Vec::new();
        for id in &settings.active {
            policies.extend(self.policies.iter().filter(|policy| policy.id == *id).cloned());
        }
        for policy in &mut policies {
            settings.reading.apply(policy);
        }
        policies
    }
}

fn held(settings: &Settings) -> Vec<(globset::GlobMatcher, u64)> {
    let of = |source: &SourceSettings| {
        Some((globset::Glob::new(&source.path).ok()?.compile_matcher(), source.records_held?))
    };
    settings.sources.iter().filter_map(of).collect()
}

/// What conclusions depend on.
pub fn rules(settings: &Settings, packs: &Packs) -> Rules {
    Rules {
        org: Org {
            domains: settings.org.domains.clone(),
            networks: settings.org.networks.iter().map(|network| network.parts()).collect(),
            zone: settings.org.timezone,
        },
        policies: packs.active(&settings.policy),
        calendar: packs.calendar.clone(),
        held: held(settings),
        open: Thresholds {
            mail: settings.open.mail,
            download_outside: settings.open.download_outside,
            download_inside: settings.open.download_inside,
            export: settings.open.export,
        },
        exposed_recipients: settings.incident.exposed_recipients,
        open_rules: settings.open.rules.iter().map(open_rule).collect(),
        abnormal: abnormal(settings),
        inventory: Arc::clone(&packs.inventory),
        gap: settings.incident.gap_us,
        span_days: settings.incident.span_days,
        storm: settings.storm,
        digest: settings.digest.clone(),
        suppress: settings.suppress.clone(),
    }
}

fn open_rule(rule: &OpenRule) -> incident::OpenRule {
    let OpenRule { route, actor, source, people } = rule;
    let source =
        source.as_ref().map(|glob| globset::Glob::new(glob).expect("it was checked").compile_matcher());
    incident::OpenRule { route: *route, actor: *actor, source, people: *people }
}

/// Systems that hold enough records are watched.
fn abnormal(settings: &Settings) -> Abnormal {
    let AbnormalSettings { records_held, times, objects, hours, opens } = settings.abnormal.clone();
    let is_large = |source: &&SourceSettings| source.records_held.is_some_and(|held| held >= records_held);
    Abnormal { sources: globs(settings, is_large), times, objects, hours, opens }
}

fn globs(settings: &Settings, wanted: impl Fn(&&SourceSettings) -> bool) -> Vec<globset::GlobMatcher> {
    let sources = settings.sources.iter().filter(wanted);
    sources.filter_map(|source| Some(globset::Glob::new(&source.path).ok()?.compile_matcher())).collect()
}

/// What reads the logs.
pub fn scanner(settings: &Settings, packs: Packs, keys: Keys) -> Scanner {
    let zones = settings.sources.iter().filter_map(|source| {
        Some((globset::Glob::new(&source.path).ok()?.compile_matcher(), source.timezone?))
    });
    let names = FileNames::shipped().expect("a test reads the program's own");
    Scanner::of(packs.engine, packs.formats, keys, settings.org.timezone)
        .with_zones(zones.collect())
        .with_addressees(settings.incident.exposed_recipients)
        .with_inventory(packs.inventory, names, settings.open.declared)
        .with_every_line(globs(settings, |source| source.count_all))
}

/// What is to be read.
pub fn specs(settings: &Settings) -> Vec<source::Spec> {
    let spec =
        |source: &SourceSettings| source::Spec { glob: source.path.clone(), start: start(source.start) };
    settings.sources.iter().filter(|source| source.journal.is_none()).map(spec).collect()
}

/// The journals that are to be read.
pub fn journals(settings: &Settings) -> Vec<JournalSpec> {
    let spec = |source: &SourceSettings| {
        let JournalSettings { units, program } = source.journal.clone()?;
        let id = SourceId::new(&source.path);
        Some(JournalSpec { id, units, program, start: start(source.start) })
    };
    settings.sources.iter().filter_map(spec).collect()
}

const fn start(start: Start) -> source::Start {
    match start {
        Start::Beginning => source::Start::Beginning,
        Start::All => source::Start::All,
        Start::End => source::Start::End,
    }
}

/// The format of a source, where its settings name one; sources are matched by their globs.
#[expect(clippy::type_complexity, reason = "the reader's own name for it stands on this floor too")]
pub fn format_of(settings: &Settings, formats: &Formats) -> Box<dyn Fn(&SourceId) -> Option<Format> + Send> {
    let named: Vec<_> = settings
        .sources
        .iter()
        .filter_map(|source| {
            let glob = globset::Glob::new(&source.path).ok()?.compile_matcher();
            Some((glob, formats.by_name(&source.format)?))
        })
        .collect();
    let known = std::sync::Mutex::new(HashMap::new());
    Box::new(move |source| {
        let mut known = known.lock().expect("no holder panics");
        *known.entry(source.clone()).or_insert_with(|| {
            named.iter().find(|(glob, _)| glob.is_match(&*source.0)).map(|(_, format)| *format)
        })
    })
}
