//! How one policy reads what was measured: which rows of its table hold, by count and by nature, and which of the two
//! decides. Numbers and clauses; the sentences are made of it elsewhere.

use super::level::Measured;
use super::policy::{GeneralCounts, Interval, Level, Mode, Policy, Unit};
use crate::kind::Nature;

/// What a policy with levels makes of an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The policy.
    pub policy: String,
    /// By the number of people or records: the rows that hold, the general one first.
    pub counts: Vec<Axis>,
    /// The highest of their levels.
    pub by_count: u8,
    /// The level if 筆 were read the other way, the number and its unit; none where it is the same level.
    pub otherwise: Option<(u8, u64, Unit)>,
    /// By the nature of the data; none where only what every level 0 holds was seen.
    pub nature: Option<(Nature, Axis)>,
    /// Its level.
    pub by_nature: u8,
    /// Which of the two decides.
    pub mode: Mode,
    /// Whether anything was counted; otherwise the number is still to be found out.
    pub is_counted: bool,
    /// The level.
    pub level: u8,
    /// The clause that is read for what holds at level 0.
    pub clause: String,
}

/// A row of the table that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Axis {
    /// The column.
    pub column: Column,
    /// What was compared with it, and in which unit.
    pub count: u64,
    /// The unit of `count`.
    pub unit: Unit,
    /// The interval that it lies in.
    pub interval: Interval,
    /// The level of the row.
    pub level: u8,
    /// The clause.
    pub clause: String,
    /// What the clause says.
    pub quote: String,
}

/// A column of the level table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// 一般個人資料.
    General,
    /// 特種個人資料.
    Special,
    /// By nature.
    Nature,
}

impl Reading {
    /// Reads by a policy that has levels.
    pub(super) fn new(policy: &Policy, measured: &Measured) -> Self {
        let unit = policy.combine.unit;
        let counts = counts(policy, measured, unit);
        let by_count = highest(&counts);
        let nature = nature(policy, measured);
        let by_nature = nature.as_ref().map_or(0, |(_, axis)| axis.level);
        let is_counted = counted(unit, measured) > 0;
        let level = match policy.combine.mode {
            Mode::CountFirst if is_counted => by_count,
            Mode::CountFirst => by_nature,
            Mode::Max => by_count.max(by_nature),
        };
        Self {
            policy: policy.id.clone(),
            otherwise: otherwise(policy, measured, by_count),
            counts,
            by_count,
            nature,
            by_nature,
            mode: policy.combine.mode,
            is_counted,
            level,
            clause: policy.levels.first().map_or(String::new(), |row| row.clause.clone()),
        }
    }
}

/// What one 筆 is counted as.
pub(super) fn counted(unit: Unit, measured: &Measured) -> u64 {
    match unit {
        Unit::Subjects => measured.total,
        Unit::Rows => measured.rows,
    }
}

/// The general column with the total (or the general count), the special column with the special count. Special data is
/// always counted in people: a row carries no category.
fn counts(policy: &Policy, measured: &Measured, unit: Unit) -> Vec<Axis> {
    let general = match (unit, policy.combine.general_counts) {
        (Unit::Rows, _) => measured.rows,
        (Unit::Subjects, GeneralCounts::Total) => measured.total,
        (Unit::Subjects, GeneralCounts::General) => measured.general,
    };
    let columns = [(Column::General, general, unit), (Column::Special, measured.special, Unit::Subjects)];
    let shown = columns.into_iter().filter(|(column, count, _)| *column == Column::General || *count > 0);
    shown.filter_map(|(column, count, unit)| axis(policy, column, count, unit)).collect()
}

fn axis(policy: &Policy, column: Column, count: u64, unit: Unit) -> Option<Axis> {
    let of = |row: &Level| match column {
        Column::Special => (row.special, row.special_quote.clone()),
        Column::General | Column::Nature => (row.general, row.general_quote.clone()),
    };
    policy.levels.iter().find_map(|row| {
        let (interval, quote) = of(row);
        let clause = row.clause.clone();
        interval.holds(count).then_some(Axis { column, count, unit, interval, level: row.n, clause, quote })
    })
}

fn highest(counts: &[Axis]) -> u8 {
    counts.iter().map(|axis| axis.level).max().unwrap_or(0)
}

/// 筆 is a person here and a record there: when the other reading gives another level, a person should know.
fn otherwise(policy: &Policy, measured: &Measured, by_count: u8) -> Option<(u8, u64, Unit)> {
    let other = match policy.combine.unit {
        Unit::Subjects => Unit::Rows,
        Unit::Rows => Unit::Subjects,
    };
    let count = counted(other, measured);
    let level = highest(&counts(policy, measured, other));
    (level != by_count && count > 0).then_some((level, count, other))
}

fn nature(policy: &Policy, measured: &Measured) -> Option<(Nature, Axis)> {
    let special = (measured.special > 0).then_some(Nature::Special);
    let natures = measured.natures.iter().copied().chain(special);
    let found = natures.filter_map(|nature| {
        policy.levels.iter().rfind(|row| row.natures.contains(&nature)).map(|row| (nature, row))
    });
    let (nature, row) = found.max_by_key(|(nature, row)| (row.n, *nature))?;
    let axis = Axis {
        column: Column::Nature,
        count: 0,
        unit: policy.combine.unit,
        interval: Interval { low: 0, high: None },
        level: row.n,
        clause: row.clause.clone(),
        quote: row.natures_quote.clone(),
    };
    Some((nature, axis))
}
