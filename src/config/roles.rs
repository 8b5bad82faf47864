//! Who fills a role, and on which days: mailboxes with their term, absences, the deputies who step in, units with people of
//! their own, and the actors that belong to a unit.

use std::collections::BTreeMap;

use globset::{GlobBuilder, GlobMatcher};

use super::NeededRole;
use super::build::{Builder, sub, text, texts};
use super::diagnose::{Problem, Report, Severity, suggest};
use super::raw::{At, Table, Value};
use super::settings::Settings;
use crate::incident::Reached;
use crate::moment::Day;

/// Patterns of actors that a unit may have: every letter compares its actor with all of them.
const ACTORS_MAX: usize = 1_000;

/// Mailboxes by role, for everybody and for single units.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roles {
    /// Role → who holds it.
    pub global: BTreeMap<String, Vec<Holder>>,
    /// Unit → role → who holds it.
    pub unit: BTreeMap<String, BTreeMap<String, Vec<Holder>>>,
    /// Unit → its actors.
    pub actors: BTreeMap<String, Vec<ActorPattern>>,
}

/// Somebody who holds a role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holder {
    /// Where they are reached.
    pub mailbox: String,
    /// The first day of the term; none is ever since.
    pub from: Option<Day>,
    /// The last day of the term; none is for good.
    pub until: Option<Day>,
    /// Days on which they are away, first and last.
    pub away: Vec<(Day, Day)>,
    /// Who steps in.
    pub deputy: Option<String>,
}

impl From<&str> for Holder {
    fn from(mailbox: &str) -> Self {
        Self { mailbox: mailbox.to_owned(), ..Self::default() }
    }
}

impl Holder {
    /// Whether the term is on.
    fn holds(&self, day: Day) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day <= until)
    }

    fn is_away(&self, day: Day) -> bool {
        self.away.iter().any(|(first, last)| (*first..=*last).contains(&day))
    }

    /// The days on which something changes.
    fn turns(&self) -> impl Iterator<Item = Day> {
        let away = self.away.iter().flat_map(|(first, last)| [*first, last.next()]);
        self.from.into_iter().chain(self.until.map(Day::next)).chain(away)
    }
}

/// A glob over actors as incidents show them; upper and lower case are the same.
#[derive(Clone, Debug)]
pub struct ActorPattern {
    text: String,
    matcher: GlobMatcher,
}

impl ActorPattern {
    fn new(text: &str) -> Result<Self, globset::Error> {
        let matcher = GlobBuilder::new(text).case_insensitive(true).build()?.compile_matcher();
        Ok(Self { text: text.to_owned(), matcher })
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl PartialEq for ActorPattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for ActorPattern {}

impl Roles {
    /// Whom a role reaches on a day: the unit's own people where it has any then, else everybody's. Empty when there is
    /// nobody.
    pub fn reached(&self, role: &str, unit: Option<&str>, day: Day) -> Vec<Reached> {
        let own = unit.and_then(|unit| Some((unit, self.unit.get(unit)?.get(role)?)));
        let own = own.map_or_else(Vec::new, |(unit, holders)| on(holders, day, Some(unit)));
        if !own.is_empty() {
            return own;
        }
        self.global.get(role).map_or_else(Vec::new, |holders| on(holders, day, None))
    }

    /// The units that an incident concerns: the owners of the systems in which it lay, and the unit of its actor. `None`
    /// stands for no unit in particular, where a system has no owner and the actor's unit is not known.
    pub fn units<'u>(&'u self, owners: &[Option<&'u str>], actor: Option<&str>) -> Vec<Option<&'u str>> {
        let is_of = |patterns: &[ActorPattern]| {
            patterns.iter().any(|pattern| actor.is_some_and(|actor| pattern.matcher.is_match(actor)))
        };
        let of_actor = self.actors.iter().filter(|(_, patterns)| is_of(patterns));
        let of_actor: Vec<Option<&str>> = of_actor.map(|(unit, _)| Some(unit.as_str())).collect();
        let owners = owners.iter().copied().filter(|unit| unit.is_some() || of_actor.is_empty());
        let mut units: Vec<Option<&str>> = Vec::new();
        for unit in owners.chain(of_actor.iter().copied()) {
            if !units.contains(&unit) {
                units.push(unit);
            }
        }
        if units.is_empty() { vec![None] } else { units }
    }

    /// The mailboxes of a role in some units, each once.
    pub fn of_units(&self, role: &str, units: &[Option<&str>], day: Day) -> Vec<Reached> {
        let mut reached: Vec<Reached> = Vec::new();
        for one in units.iter().flat_map(|unit| self.reached(role, *unit, day)) {
            if !reached.iter().any(|other| other.mailbox == one.mailbox) {
                reached.push(one);
            }
        }
        reached
    }

    /// Every mailbox, of whatever role, unit and day; some more than once.
    pub fn everybody(&self) -> impl Iterator<Item = &String> {
        let units = self.unit.values().flat_map(BTreeMap::values);
        let holders = self.global.values().chain(units).flatten();
        holders.flat_map(|holder| std::iter::once(&holder.mailbox).chain(&holder.deputy))
    }

    /// Who is told when breachd itself is in trouble: `sysadmin`, or where nobody has that role, `dpo`; where all terms are
    /// over those who had it, because somebody must hear of it.
    pub fn administrators(&self, day: Day) -> Vec<String> {
        let roles = ["sysadmin", "dpo"];
        let told = roles.iter().map(|role| self.reached(role, None, day)).find(|told| !told.is_empty());
        let told = told.unwrap_or_default().into_iter().map(|one| one.mailbox).collect::<Vec<_>>();
        if !told.is_empty() {
            return told;
        }
        let ever = roles.iter().find_map(|role| self.global.get(*role));
        ever.into_iter().flatten().map(|holder| holder.mailbox.clone()).collect()
    }

    /// The holders of a role who could stand for a unit.
    fn holders(&self, role: &str, unit: Option<&str>) -> Vec<&Holder> {
        let own = unit.and_then(|unit| self.unit.get(unit)?.get(role));
        own.into_iter().chain(self.global.get(role)).flatten().collect()
    }
}

/// Whoever holds the role, for whoever is away the deputy. Of those whose term is over, or not begun, a deputy steps in
/// only where nobody else would be there.
fn on(holders: &[Holder], day: Day, unit: Option<&str>) -> Vec<Reached> {
    let unit = || unit.map(str::to_owned);
    let deputy = |holder: &Holder| {
        let mailbox = holder.deputy.clone()?;
        Some(Reached { mailbox, unit: unit(), deputy_of: Some(holder.mailbox.clone()) })
    };
    let (now, other): (Vec<&Holder>, Vec<&Holder>) = holders.iter().partition(|holder| holder.holds(day));
    let in_term = now.into_iter().filter_map(|holder| {
        let itself = || Some(Reached { mailbox: holder.mailbox.clone(), unit: unit(), deputy_of: None });
        if holder.is_away(day) { deputy(holder) } else { itself() }
    });
    let reached: Vec<Reached> = in_term.collect();
    if reached.is_empty() { other.into_iter().filter_map(deputy).collect() } else { reached }
}

impl Settings {
    /// The day of an instant, where the organisation is.
    pub fn day(&self, us: i64) -> Day {
        Day::of(us, self.org.timezone)
    }

    /// Who is told when breachd itself is in trouble, now.
    pub fn administrators(&self, now: i64) -> Vec<String> {
        self.roles.administrators(self.day(now))
    }
}

impl<'b> Builder<'b> {
    pub(super) fn roles(&mut self) -> Roles {
        let mut roles = Roles::default();
        if let Some(table) = self.section("roles") {
            roles.global = self.holders(table);
            if let Some(units) = sub(table, "unit") {
                for name in units.keys() {
                    let own = sub(units, name).map(|unit| self.holders(unit)).unwrap_or_default();
                    roles.unit.insert(name.clone(), own);
                }
            }
        }
        roles.actors = self.actors(&roles);
        roles
    }

    fn holders(&mut self, table: &'b Table) -> BTreeMap<String, Vec<Holder>> {
        let mut holders = BTreeMap::new();
        for (role, node) in table {
            let Value::People(items) = &node.value else { continue };
            let mut list: Vec<Holder> = Vec::new();
            for (item, at) in items {
                let holder = self.holder(item, at);
                let same = |other: &&Holder| other.mailbox == holder.mailbox;
                if let Some(other) = list.iter().filter(same).find(|other| terms_overlap(other, &holder)) {
                    let what = format!("`{}` holds `{role}` twice on the same days", other.mailbox);
                    self.error(at, what, "let one of the two terms end before the other begins");
                }
                list.push(holder);
            }
            holders.insert(role.clone(), list);
        }
        holders
    }

    fn holder(&mut self, item: &'b Table, at: &At) -> Holder {
        let mut holder = Holder::default();
        match text(item, "mailbox") {
            Some(said) => holder.mailbox = self.mailbox(said),
            None => self.error(at, "nobody is named", "add: mailbox = \"name@agency.gov.tw\""),
        }
        holder.from = self.day(item, "from");
        holder.until = self.day(item, "until");
        if let (Some(from), Some(until)) = (holder.from, holder.until)
            && until < from
        {
            let at = text(item, "until").map_or(at, |(_, at)| at);
            self.error(at, format!("a term that ends before it begins, on {from}"), "swap the two days");
        }
        for (span, at) in texts(item, "away") {
            let Some((first, last)) = days(span) else {
                let hint = "write the first and the last day: \"2026-12-21..2026-12-31\"";
                self.error(at, format!("`{span}` are no days"), hint);
                continue;
            };
            if let Some((other, _)) = holder.away.iter().find(|(a, b)| *a <= last && first <= *b) {
                let what = format!("`{span}` overlaps the absence that begins on {other}");
                self.error(at, what, "write them as one");
            }
            holder.away.push((first, last));
        }
        if let Some(said) = text(item, "deputy") {
            if holder.mailbox == said.0 {
                self.error(said.1, "nobody is their own deputy", "name somebody else");
            }
            holder.deputy = Some(self.mailbox(said));
        }
        holder
    }

    fn day(&mut self, table: &'b Table, key: &str) -> Option<Day> {
        let (said, at) = text(table, key)?;
        let day = Day::parse(said);
        if day.is_none() {
            self.error(at, format!("`{said}` is not a day"), "write it like 2026-12-31");
        }
        day
    }

    /// `[units]`: the actors of each unit.
    fn actors(&mut self, roles: &Roles) -> BTreeMap<String, Vec<ActorPattern>> {
        let Some(table) = self.section("units") else { return BTreeMap::new() };
        let mut actors = BTreeMap::new();
        for (unit, node) in table {
            if !roles.unit.contains_key(unit) {
                let names: Vec<&str> = roles.unit.keys().map(String::as_str).collect();
                let what =
                    format!("unit `{unit}` has no people of its own: there is no [roles.unit.\"{unit}\"]");
                self.error(&node.key, what, suggest(unit, &names));
            }
            let mut patterns = Vec::new();
            if texts(table, unit).count() > ACTORS_MAX {
                let what = format!("more than {ACTORS_MAX} actors of `{unit}`");
                self.error(&node.at, what, "a domain, or a prefix, can stand for many of them");
            }
            for (glob, at) in texts(table, unit) {
                match ActorPattern::new(glob) {
                    Ok(pattern) => patterns.push(pattern),
                    Err(error) => {
                        self.error(at, format!("`{glob}` is not a glob"), error.kind().to_string());
                    }
                }
            }
            actors.insert(unit.clone(), patterns);
        }
        actors
    }

    /// Every role that an active policy notifies has a mailbox: for everybody, or in the unit of each source.
    pub(super) fn mailboxes_for_needed_roles(&mut self, settings: &Settings) {
        for (role, clauses) in needed(self.known.needed_roles, settings) {
            let told = |unit: Option<&str>| !settings.roles.holders(role, unit).is_empty();
            let units_told = settings.sources.iter().all(|source| told(source.owner_unit.as_deref()));
            if told(None) || (!settings.sources.is_empty() && units_told) || !self.whole {
                continue;
            }
            let what = format!("no mailbox for role `{role}`, demanded by {}", clauses.join("; "));
            let hint = format!("add: {role} = [\"name@agency.gov.tw\"]");
            match self.root.get("roles") {
                Some(node) => self.error(&node.at, what, hint),
                None => self.missing(&what, &format!("add a table [roles] with {role} = [\"…\"]")),
            }
        }
    }
}

/// The roles that active policies notify, with the clauses that demand them.
fn needed<'n>(needed_roles: &'n [NeededRole], settings: &Settings) -> Vec<(&'n str, Vec<&'n str>)> {
    let mut clauses: Vec<(&str, Vec<&str>)> = Vec::new();
    for needed in needed_roles.iter().filter(|needed| settings.policy.active.contains(&needed.policy)) {
        match clauses.iter_mut().find(|(role, _)| *role == needed.role) {
            Some((_, list)) if list.contains(&needed.clause.as_str()) => {}
            Some((_, list)) => list.push(&needed.clause),
            None => clauses.push((&needed.role, vec![&needed.clause])),
        }
    }
    clauses
}

fn terms_overlap(a: &Holder, b: &Holder) -> bool {
    let begins_by_end = |a: &Holder, b: &Holder| match (a.from, b.until) {
        (Some(from), Some(until)) => from <= until,
        _ => true,
    };
    begins_by_end(a, b) && begins_by_end(b, a)
}

/// `2026-12-21..2026-12-31`, or one day.
fn days(text: &str) -> Option<(Day, Day)> {
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    let (first, last) = (Day::parse(first.trim())?, Day::parse(last.trim())?);
    (first <= last).then_some((first, last))
}

/// Reports the first day from today on at which a role that is needed has nobody: a term ends and no other begins, or
/// somebody is away and has no deputy. To a watch it is a warning: not to be told of anything would be worse.
pub fn vacancies(
    settings: &Settings,
    needed_roles: &[NeededRole],
    severity: Severity,
    report: &mut Report,
    now: i64,
) {
    let today = settings.day(now);
    let roles = &settings.roles;
    let mut units: Vec<Option<&str>> = settings.sources.iter().map(|one| one.owner_unit.as_deref()).collect();
    units.extend(roles.actors.keys().map(|unit| Some(unit.as_str())));
    if units.is_empty() {
        units.push(None);
    }
    units.sort_unstable();
    units.dedup();
    for (role, clauses) in needed(needed_roles, settings) {
        let empty = units.iter().filter_map(|unit| {
            let holders = roles.holders(role, *unit);
            let turns = holders.iter().flat_map(|holder| holder.turns()).filter(|day| *day > today);
            let mut days: Vec<Day> = std::iter::once(today).chain(turns).collect();
            days.sort_unstable();
            let is_empty = |day: &Day| roles.reached(role, *unit, *day).is_empty();
            Some((days.into_iter().find(is_empty)?, *unit))
        });
        let Some((day, unit)) = empty.min() else { continue };
        let of_unit = unit.map_or_else(String::new, |unit| format!(" for {unit}"));
        let from = if day == today { "today".to_owned() } else { format!("on {day}") };
        let what =
            format!("{from} nobody has the role `{role}`{of_unit}, demanded by {}", clauses.join("; "));
        let hint = "add who has it from then on, or a deputy: { mailbox = \"…\", deputy = \"…\" }";
        let key = unit.map(|unit| format!("roles.unit.{unit}.{role}"));
        let place = key.and_then(|key| report.origins.get(&key));
        let place = place.or_else(|| report.origins.get(&format!("roles.{role}"))).cloned();
        let problem = Problem::of_file(std::path::Path::new(&place.unwrap_or_default()), what, hint);
        report.problems.push(Problem { severity, ..problem });
    }
}
