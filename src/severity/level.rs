//! From counts and natures to a level with its reasons, roles and time limits.

use crate::kind::Nature;

use super::calendar::{Days, Timed};
use super::policy::{Condition, DUTIES, Duty, Level, Policy, ROLES, in_order};
use super::reading::{Reading, counted};
use super::words::thousands;

/// What was measured of an incident.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Measured {
    /// People without special-category data.
    pub general: u64,
    /// People with special-category data.
    pub special: u64,
    /// Both together.
    pub total: u64,
    /// Records, however many there are of one person.
    pub rows: u64,
    /// Natures seen with at least one likely finding.
    pub natures: Vec<Nature>,
    /// Records that the system holds from which the data came, as the configuration says; 0 is unknown.
    pub held: u64,
}

/// The level, why, who is told, and by when what must be done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judgement {
    /// The level.
    pub level: u8,
    /// By number of people.
    pub by_count: u8,
    /// By nature of the data.
    pub by_nature: u8,
    /// One sentence a criterion, with its clause.
    pub why: Vec<String>,
    /// Name of the level: 小, 中, 大, 嚴重; empty when no active policy has levels.
    pub level_name: String,
    /// Role ids, those of the lower levels first.
    pub roles: Vec<String>,
    /// Time limits, the shortest first.
    pub demands: Vec<Demand>,
    /// How each policy with levels came to its own.
    pub readings: Vec<Reading>,
}

/// Something that a policy demands by a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demand {
    /// The policy.
    pub policy: String,
    /// `handle`, `close`, `authority` or `data-subjects`.
    pub what: &'static str,
    /// Microseconds from the start of the clock; 0 is 立即.
    pub within_us: i64,
    /// The limit in days, where it is counted in them.
    pub days: Option<Days>,
    /// The clause.
    pub clause: String,
    /// What the clause says.
    pub quote: String,
    /// What made it hold, and the number measured; none of what every level demands.
    pub because: Option<(Condition, u64)>,
    /// What is to be done, in words for the response team.
    pub text: String,
}

/// Judges what was measured by every policy; of several the strictest level holds and all demands are named.
pub fn judge(policies: &[Policy], measured: &Measured) -> Judgement {
    let mut out = Judgement::default();
    let levelled: Vec<&Policy> = policies.iter().filter(|policy| !policy.levels.is_empty()).collect();
    for policy in &levelled {
        by_levels(policy, measured, &mut out);
    }
    match levelled.len() {
        0 => out.why.push("現行啟用之規定均未訂定事件等級 → 以第 0 級計，實際等級請由人判斷".to_owned()),
        1 => {}
        _ => out.why.push(format!("取各規定中最高者 → 第 {} 級", out.level)),
    }
    for policy in policies {
        out.roles.extend(policy.notify.iter().flat_map(|notify| notify.roles.iter().cloned()));
        for duty in &policy.duties {
            by_duty(policy, duty, measured, &mut out);
        }
    }
    if out.roles.is_empty() {
        out.roles.push(ROLES[0].to_owned()); // a draft that nobody is told of is none
    }
    in_order(&mut out.roles);
    out.demands.sort_by_key(|demand| demand.within_us);
    out
}

fn by_levels(policy: &Policy, measured: &Measured, out: &mut Judgement) {
    let reading = Reading::new(policy, measured);
    out.why.extend(reading.sentences());
    out.by_count = out.by_count.max(reading.by_count);
    out.by_nature = out.by_nature.max(reading.by_nature);
    let level = reading.level;
    if level > out.level || out.level_name.is_empty() {
        out.level = level;
        out.level_name = policy
            .levels
            .iter()
            .find(|row| row.n == level)
            .map_or_else(|| level.to_string(), |row| row.name.clone());
    }
    for row in policy.levels.iter().filter(|row| row.n <= level) {
        out.roles.extend(row.roles.iter().cloned());
        if row.n == level {
            out.demands.extend(limits(policy, row));
        }
    }
    out.readings.push(reading);
}

/// Who is told, and by when what is to be done, at a level that a person has set.
pub fn at_level(policies: &[Policy], level: u8) -> Judgement {
    let mut out = Judgement { level, ..Judgement::default() };
    for policy in policies {
        for row in policy.levels.iter().filter(|row| row.n <= level) {
            out.roles.extend(row.roles.iter().cloned());
            if row.n == level {
                out.level_name.clone_from(&row.name);
                out.demands.extend(limits(policy, row));
            }
        }
    }
    in_order(&mut out.roles);
    out
}

/// Handling and closing times of a level.
fn limits(policy: &Policy, row: &Level) -> [Demand; 2] {
    let words = |timed: &Timed| timed.words(policy.combine.day_kind);
    [
        demand(policy, "handle", &row.handle, format!("接獲通報後 {}處理（目標值）", words(&row.handle))),
        demand(policy, "close", &row.close, format!("{}處理完畢", words(&row.close))),
    ]
}

fn demand(policy: &Policy, what: &'static str, timed: &Timed, text: String) -> Demand {
    let kind = policy.combine.day_kind;
    Demand {
        policy: policy.id.clone(),
        what,
        within_us: timed.within_us,
        days: timed.days().map(|n| Days { n, kind }),
        clause: timed.clause.clone(),
        quote: timed.quote.clone(),
        because: None,
        text,
    }
}

fn by_duty(policy: &Policy, duty: &Duty, measured: &Measured, out: &mut Judgement) {
    let combine = &policy.combine;
    let reached = |seen: u64, number: u64| if combine.inclusive { seen >= number } else { seen > number };
    let seen = |condition: &Condition| match condition {
        Condition::Count(_) => counted(combine.unit, measured),
        Condition::Special(_) => measured.special,
        Condition::Held(_) => measured.held,
    };
    let anything = measured.rows.max(measured.total);
    let holds = |condition: &&Condition| anything > 0 && reached(seen(condition), condition.number());
    if let Some(condition) = duty.when.iter().find(holds) {
        let left = duty.left_to_person.as_ref().map_or(String::new(), |left| format!("；{left}"));
        let (reached, words) =
            (reached_zh(*condition, seen(condition), combine.inclusive), duty.within.words(combine.day_kind));
        // That it is a grave incident is for people to say.
        let may_be_grave = duty.what == DUTIES[0] && matches!(condition, Condition::Count(_));
        let grave = if may_be_grave { "，可能為重大事故" } else { "" };
        let text = format!("{reached}{grave}：{words}{}{left}", duty.text);
        let because = Some((*condition, seen(condition)));
        out.demands.push(Demand { because, ..demand(policy, duty.what, &duty.within, text) });
        return;
    }
    let missed = duty.when.iter().find_map(|condition| match condition {
        Condition::Count(number) if reached(anything, *number) => Some(*number),
        _ => None,
    });
    if let Some(number) = missed {
        let (most, number) = (thousands(anything), thousands(number));
        let clause = &duty.within.clause;
        let words = if combine.inclusive { "以上" } else { "" };
        out.why.push(format!(
            "如改以另一單位計（{most}）則達 {number} 筆{words}（{clause}），是否通報請由人判斷"
        ));
    }
}

/// Why a duty holds.
fn reached_zh(condition: Condition, seen: u64, inclusive: bool) -> String {
    let (number, seen) = (thousands(condition.number()), thousands(seen));
    let reached = if inclusive { format!("達 {number} 筆以上") } else { format!("超過 {number} 筆") };
    match condition {
        Condition::Count(_) => format!("{seen} {reached}"),
        Condition::Special(_) => format!("含特種個資 {seen} 人（{reached}）"),
        Condition::Held(_) => format!("所涉系統保有 {seen} 筆（{reached}）"),
    }
}

#[cfg(test)]
mod tests;
