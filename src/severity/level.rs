//! From counts and natures to a level with its reasons, roles and time limits.

use crate::kind::Nature;

use super::policy::{GeneralCounts, Interval, Level, Mode, Policy, Unit, in_order};

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
    /// The clause.
    pub clause: String,
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
        by_duties(policy, measured, &mut out);
    }
    in_order(&mut out.roles);
    out.demands.sort_by_key(|demand| demand.within_us);
    out
}

fn by_levels(policy: &Policy, measured: &Measured, out: &mut Judgement) {
    let by_count = count_level(policy, measured, policy.combine.unit, &mut out.why);
    other_unit(policy, measured, by_count, &mut out.why);
    let by_nature = nature_level(policy, measured, &mut out.why);
    let counted = count(policy.combine.unit, measured);
    let level = match policy.combine.mode {
        Mode::CountFirst if counted > 0 => {
            out.why.push(format!("以筆數定級，性質僅供參考 → 第 {by_count} 級"));
            by_count
        }
        Mode::CountFirst => {
            out.why.push(format!("筆數待查，暫以性質定級 → 第 {by_nature} 級"));
            by_nature
        }
        Mode::Max => {
            let level = by_count.max(by_nature);
            let open = if counted == 0 { "筆數待查，" } else { "" };
            out.why.push(format!("{open}取高者 → 第 {level} 級"));
            level
        }
    };
    out.by_count = out.by_count.max(by_count);
    out.by_nature = out.by_nature.max(by_nature);
    if level > out.level || out.level_name.is_empty() {
        out.level = level;
        out.level_name = policy
            .levels
            .iter()
            .find(|row| row.n == level)
            .map_or_else(|| level.to_string(), |row| row.name.clone());
    }
    for row in policy.levels.iter().filter(|row| row.n <= level) {
        for role in &row.roles {
            if !out.roles.contains(role) {
                out.roles.push(role.clone());
            }
        }
        if row.n == level {
            out.demands.extend(limits(policy, row));
        }
    }
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
    let limit = |timed: &super::policy::Timed, what, text| Demand {
        policy: policy.id.clone(),
        what,
        within_us: timed.within_us,
        clause: timed.clause.clone(),
        text,
    };
    [
        limit(&row.handle, "handle", format!("接獲通報後 {}處理（目標值）", row.handle.words)),
        limit(&row.close, "close", format!("{}處理完畢", row.close.words)),
    ]
}

/// The level by count: the general column with the total (or the general count), the special column with the special
/// count, the higher one. Special data is always counted in people: a row carries no category.
fn count_level(policy: &Policy, measured: &Measured, unit: Unit, why: &mut Vec<String>) -> u8 {
    let general = match (unit, policy.combine.general_counts) {
        (Unit::Rows, _) => measured.rows,
        (Unit::Subjects, GeneralCounts::Total) => measured.total,
        (Unit::Subjects, GeneralCounts::General) => measured.general,
    };
    let word = if unit == Unit::Rows { "列" } else { "人" };
    let mut highest = 0;
    for (name, count, column) in
        [("", general, Column::General), ("特種 ", measured.special, Column::Special)]
    {
        let Some((row, interval)) = find(policy, count, column) else { continue };
        highest = highest.max(row.n);
        if count > 0 || column == Column::General {
            let (count, range) = (thousands(count), range(interval));
            let (n, clause) = (row.n, &row.clause);
            why.push(format!("依筆數：{name}{count} {word}落在 {range} → 第 {n} 級（{clause}）"));
        }
    }
    highest
}

/// 筆 is a person here and a record there: when the other reading gives another level, a person should know.
fn other_unit(policy: &Policy, measured: &Measured, by_count: u8, why: &mut Vec<String>) {
    let (other, count, word) = match policy.combine.unit {
        Unit::Subjects => (Unit::Rows, measured.rows, "資料列計（"),
        Unit::Rows => (Unit::Subjects, measured.total, "當事人計（"),
    };
    let level = count_level(policy, measured, other, &mut Vec::new());
    if level != by_count && count > 0 {
        let unit = if other == Unit::Rows { "列" } else { "人" };
        why.push(format!("如以{word}{} {unit}）→ 依筆數為第 {level} 級，請確認計數單位", thousands(count)));
    }
}

fn nature_level(policy: &Policy, measured: &Measured, why: &mut Vec<String>) -> u8 {
    let special = (measured.special > 0).then_some(Nature::Special);
    let highest = measured
        .natures
        .iter()
        .copied()
        .chain(special)
        .filter_map(|nature| {
            policy.levels.iter().rfind(|row| row.natures.contains(&nature)).map(|row| (row, nature))
        })
        .max_by_key(|(row, nature)| (row.n, *nature));
    if let Some((row, nature)) = highest {
        why.push(format!("依性質：{} → 第 {} 級（{}）", nature.name_zh(), row.n, row.clause));
        row.n
    } else {
        let clause = &policy.levels.first().map_or("", |row| row.clause.as_str());
        why.push(format!("依性質：未發現一般識別資料以外之類別 → 第 0 級（{clause}）"));
        0
    }
}

fn by_duties(policy: &Policy, measured: &Measured, out: &mut Judgement) {
    for duty in &policy.duties {
        let counted = count(policy.combine.unit, measured);
        let (clause, at_least) = (&duty.within.clause, thousands(duty.at_least));
        if counted >= duty.at_least {
            let left = duty.left_to_person.as_ref().map_or(String::new(), |left| format!("；{left}"));
            out.demands.push(Demand {
                policy: policy.id.clone(),
                what: duty.what,
                within_us: duty.within.within_us,
                clause: clause.clone(),
                text: format!(
                    "{} 達 {at_least} 筆以上，可能為重大事故：{}{}{left}",
                    thousands(counted),
                    duty.within.words,
                    duty.text
                ),
            });
        } else if measured.rows.max(measured.total) >= duty.at_least {
            let most = thousands(measured.rows.max(measured.total));
            out.why.push(format!(
                "如改以另一單位計（{most}）則達 {at_least} 筆以上（{clause}），是否通報請由人判斷"
            ));
        }
    }
}

fn count(unit: Unit, measured: &Measured) -> u64 {
    match unit {
        Unit::Subjects => measured.total,
        Unit::Rows => measured.rows,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
    General,
    Special,
}

fn find(policy: &Policy, count: u64, column: Column) -> Option<(&Level, Interval)> {
    policy.levels.iter().find_map(|row| {
        let interval = if column == Column::General { row.general } else { row.special };
        interval.holds(count).then_some((row, interval))
    })
}

fn range(interval: Interval) -> String {
    match interval {
        Interval { low, high: None } => format!("{} 以上", thousands(low)),
        Interval { low: 0, high: Some(high) } => format!("{} 以內", thousands(high)),
        Interval { low, high: Some(high) } => format!("{}~{}", thousands(low), thousands(high)),
    }
}

/// `1284` as `1,284`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests;
