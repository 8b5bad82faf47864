//! `[storm]`, `[digest]`, `[[suppress]]`: how people are told of many incidents at once, and of what they are not told.

use super::build::{Builder, number, text, texts};
use super::diagnose::{Problem, Report, Severity, suggest};
use super::raw::{At, Node, ROLES, Table, Value};
use super::settings::Settings;
use crate::incident::{Daily, SourcePattern, Storm, Suppression};
use crate::kind::Kind;
use crate::moment::{Day, Tz, end_of_day};

/// Days that a suppression may still last: whoever answers for it looks at it once a year.
const SUPPRESSED_DAYS_MAX: i64 = 366;
/// Suppressions of a configuration: each open chain is compared with all of them.
const SUPPRESSIONS_MAX: usize = 1_000;

impl<'b> Builder<'b> {
    pub(super) fn storm(&mut self, storm: &mut Storm) {
        let Some(table) = self.section("storm") else { return };
        let places = [
            ("burst", &mut storm.burst),
            ("per_hour", &mut storm.per_hour),
            ("urgent_per_minute", &mut storm.urgent_per_minute),
        ];
        for (key, place) in places {
            let Some((value, at)) = number(table, key) else { continue };
            if !(1..=10_000).contains(&value) {
                let hint = "write a number from 1 to 10000";
                self.error(at, format!("`{key}` cannot be {value}"), hint);
            }
            *place = value;
        }
    }

    pub(super) fn digest(&mut self, digest: &mut Daily) {
        let Some(table) = self.section("digest") else { return };
        if let Some((time, at)) = text(table, "at") {
            match minute_of_day(time) {
                Some(minute) => digest.minute = minute,
                None => self.error(at, format!("`{time}` is not a time of day"), "write it like 08:00"),
            }
        }
        if let Some(node) = table.get("roles") {
            digest.roles.clear();
            for (role, at) in texts(table, "roles") {
                let needed = self.known.needed_roles.iter().map(|needed| needed.role.as_str());
                let known: Vec<&str> = ROLES.into_iter().chain(needed).collect();
                if !known.contains(&role) {
                    self.error(at, format!("unknown role `{role}`"), suggest(role, &known));
                }
                digest.roles.push(role.to_owned());
            }
            if digest.roles.is_empty() {
                let hint = "name a role: what is held back in a storm is told in the digest only";
                self.error(&node.at, "nobody would read the digest", hint);
            }
        }
    }

    pub(super) fn suppressions(&mut self, zone: Tz) -> Vec<Suppression> {
        let Some(Node { value: Value::Tables(items), key, .. }) = self.root.get("suppress") else {
            return Vec::new();
        };
        if items.len() > SUPPRESSIONS_MAX {
            let what = format!("{} suppressions, {SUPPRESSIONS_MAX} at most", items.len());
            self.error(key, what, "a domain, or a source, can stand for many of them");
        }
        let mut suppressions: Vec<Suppression> = Vec::new();
        for (table, at) in items {
            let Some(suppression) = self.suppression(table, at, zone) else { continue };
            if suppressions.iter().any(|other| other.id() == suppression.id()) {
                self.error(at, "the same suppression stands here twice", "keep the one that lasts longer");
            }
            suppressions.push(suppression);
        }
        suppressions
    }

    fn suppression(&mut self, table: &'b Table, at: &At, zone: Tz) -> Option<Suppression> {
        let kind = text(table, "kind").and_then(|(id, at)| self.kind(id, at));
        let source = text(table, "source").and_then(|(glob, at)| match SourcePattern::new(glob) {
            Ok(source) => Some(source),
            Err(error) => {
                self.error(at, format!("`{glob}` is not a glob"), error.kind().to_string());
                None
            }
        });
        let of = |name: &str| text(table, name).map(|(text, _)| text.trim().to_owned());
        let is_empty = |name: &&str| of(name).is_none_or(|text| text.is_empty());
        if ["kind", "actor", "source", "destination"].iter().all(&is_empty) {
            let hint = "name at least one of kind, actor, source, destination";
            self.error(at, "a suppression of everything", hint);
        }
        for (name, hint) in [
            ("owner", "name who answers for it: owner = \"資訊室 王股長\""),
            ("reason", "say why: an auditor asks"),
        ] {
            if is_empty(&name) && self.whole {
                let at = table.get(name).map_or(at, |node| &node.at);
                self.error(at, format!("a suppression without {name}"), hint);
            }
        }
        let Some((last_day, day_at)) = text(table, "expires") else {
            if self.whole {
                let hint = "add its last day: expires = 2026-12-31";
                self.error(at, "a suppression without an end", hint);
            }
            return None;
        };
        let Some(day) = Day::parse(last_day) else {
            self.error(day_at, format!("`{last_day}` is not a day"), "write it like 2026-12-31");
            return None;
        };
        Some(Suppression {
            kind,
            actor: of("actor"),
            source,
            destination: of("destination"),
            owner: of("owner")?,
            reason: of("reason")?,
            last_day: last_day.to_owned(),
            until: end_of_day(day, zone),
        })
    }

    fn kind(&mut self, id: &str, at: &At) -> Option<Kind> {
        let kind = Kind::from_id(id);
        if kind.is_none() {
            let ids: Vec<&str> = Kind::ALL.iter().map(Kind::id).collect();
            self.error(at, format!("unknown kind `{id}`"), suggest(id, &ids));
        }
        kind
    }
}

/// What the day of today makes of suppressions: one that is over no longer applies, and one that lasts for years is
/// without an end.
pub fn overdue(settings: &Settings, report: &mut Report, now: i64) {
    let zone = settings.org.timezone;
    for (n, suppression) in settings.suppress.iter().enumerate() {
        let left = Day::parse(&suppression.last_day).map_or(0, |day| day.days_since(Day::of(now, zone)));
        let (severity, what, hint) = if left < 0 {
            let what = format!(
                "the suppression of {} ({}) ended on {} and no longer applies",
                suppression.owner, suppression.reason, suppression.last_day
            );
            (Severity::Warning, what, "renew `expires` if its owner still answers for it, or take it out")
        } else if left > SUPPRESSED_DAYS_MAX {
            let what = format!("the suppression of {} would last for {left} days", suppression.owner);
            (Severity::Error, what, "let it end within a year; its owner can renew it")
        } else {
            continue;
        };
        let place = report.origins.get(&format!("suppress.{n}.expires")).cloned().unwrap_or_default();
        let problem = Problem::of_file(std::path::Path::new(&place), what, hint);
        report.problems.push(Problem { severity, ..problem });
    }
}

/// `08:00` as a minute of the day.
fn minute_of_day(text: &str) -> Option<u32> {
    let (hour, minute) = text.split_once(':')?;
    let part = |part: &str, below: u32| {
        let digits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<u32>().ok().filter(|value| digits && *value < below)
    };
    Some(part(hour, 24)? * 60 + part(minute, 60)?)
}

/// A minute of the day as it is written.
pub(super) fn clock(minute: u32) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}
