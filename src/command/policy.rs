//! `breachd policy`: which rules there are, and what they would make of an incident.

use super::{Failure, Outcome, USAGE, packs, print, settings, words};
use crate::cli::{Global, Policy as Command, PolicyExplain, PolicyList};
use crate::config::{Packs, Settings, SourceSettings, rules};
use crate::daemon::now;
use crate::kind::Nature;
use crate::moment::parse_when;
use crate::report::{self, Explained, Pack};
use crate::severity::{self, Measured, Policy};

/// Reads configuration and packs; opens no store.
pub(super) fn run(global: &Global, command: &Command) -> Outcome {
    let (settings, packs) = at_hand(global)?;
    match command {
        Command::List(options) => list(global, options, &settings, &packs),
        Command::Explain(options) => explain(global, options, settings, &packs),
    }
}

/// The configuration where there is one, else the defaults.
fn at_hand(global: &Global) -> Result<(Settings, Packs), Failure> {
    if global.config.is_some() || global.config_path().exists() {
        let (settings, packs, _) = settings(global)?;
        return Ok((settings, packs));
    }
    Ok((Settings::default(), packs(global)?))
}

fn list(global: &Global, options: &PolicyList, settings: &Settings, packs: &Packs) -> Outcome {
    let in_force = severity::in_force(&packs.policies, now(), settings.org.timezone);
    let listed: Vec<Pack<'_>> = packs
        .policies
        .iter()
        .map(|policy| Pack {
            policy,
            is_active: settings.policy.active.contains(&policy.id),
            is_in_force: in_force.contains(policy),
        })
        .collect();
    if options.json {
        print(&format!("{:#}\n", report::policies(&listed)))?;
    } else {
        print(&report::policies_table(&listed, words(global)))?;
    }
    Ok(0)
}

fn explain(global: &Global, options: &PolicyExplain, mut settings: Settings, packs: &Packs) -> Outcome {
    if !options.policies.is_empty() {
        settings.policy.active = known(&options.policies, packs)?;
    }
    let rules = rules(&settings, packs);
    let zone = settings.org.timezone;
    let at = match &options.at {
        Some(at) => parse_when(at, zone, now()).ok_or_else(|| usage(format!("--at {at}: not a time")))?,
        None => now(),
    };
    let source = options.system.as_deref().map(|system| system_of(&settings, system)).transpose()?;
    let measured = measured(options, source)?;
    let policies: Vec<Policy> = severity::in_force(&rules.policies, at, zone);
    let judgement = severity::judge(&policies, &measured);
    let unit = options.unit.as_deref().or_else(|| source?.owner_unit.as_deref());
    let told = judgement
        .roles
        .iter()
        .map(|role| (role.clone(), settings.roles.reached(role, unit, settings.day(at))))
        .collect();
    let due = judgement
        .demands
        .iter()
        .map(|demand| rules.calendar.due(at, demand.within_us, demand.days, zone))
        .collect();
    let explained = Explained {
        measured: &measured,
        at,
        zone,
        policies: &policies,
        roles: told,
        judgement: &judgement,
        due,
    };
    if options.json {
        print(&format!("{:#}\n", report::explained_policy(&explained)))?;
    } else {
        print(&report::explained_policy_text(&explained, words(global)))?;
    }
    Ok(0)
}

fn measured(options: &PolicyExplain, source: Option<&SourceSettings>) -> Result<Measured, Failure> {
    let (total, special) = (options.records, options.special);
    if special > total {
        return Err(usage(format!(
            "--special {special} is more than --records {total}, which counts all people"
        )));
    }
    let all = [Nature::Identification, Nature::Activity, Nature::Financial, Nature::Special];
    let natures = options.natures.iter().map(|id| {
        let known = all.into_iter().find(|nature| nature.id() == id);
        known.ok_or_else(|| usage(format!("--nature {id}: one of {}", all.map(Nature::id).join(", "))))
    });
    let held = source.and_then(|source| source.records_held);
    Ok(Measured {
        general: total - special,
        special,
        total,
        rows: options.rows.unwrap_or(total),
        natures: natures.collect::<Result<_, _>>()?,
        held: options.records_held.or(held).unwrap_or(0),
    })
}

fn known(ids: &[String], packs: &Packs) -> Result<Vec<String>, Failure> {
    let known = packs.policy_ids();
    match ids.iter().find(|id| !known.contains(id)) {
        Some(id) => Err(usage(format!("--policy {id}: there is none; there are {}", known.join(", ")))),
        None => Ok(ids.to_vec()),
    }
}

fn system_of<'s>(settings: &'s Settings, system: &str) -> Result<&'s SourceSettings, Failure> {
    settings.sources.iter().find(|source| source.system.as_deref() == Some(system)).ok_or_else(|| {
        let names: Vec<_> = settings.sources.iter().filter_map(|source| source.system.as_deref()).collect();
        usage(format!("--system {system}: no [[source]] has it; there are: {}", names.join(", ")))
    })
}

fn usage(text: String) -> Failure {
    Failure { code: USAGE, text }
}
