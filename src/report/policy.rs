//! Policy packs, and what they make of an incident: each value with its clause, and the clause's own words beside it.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::people;
use super::terminal::{Words, escape, table, thousands};
use crate::incident::Reached;
use crate::moment::{Tz, iso, roc, roc_short};
use crate::severity::{
    Axis, Column, Condition, DayKind, Days, Demand, Judgement, Measured, Mode, Policy, Reading, Unit,
    role_en, role_zh, what_en, what_zh,
};

/// A pack in a list.
#[derive(Clone, Copy, Debug)]
pub struct Pack<'p> {
    /// The pack.
    pub policy: &'p Policy,
    /// Whether the configuration names it.
    pub is_active: bool,
    /// Whether it is the version that applies now.
    pub is_in_force: bool,
}

/// `policy list --json`.
pub fn policies(packs: &[Pack<'_>]) -> Value {
    let pack = |pack: &Pack<'_>| {
        let policy = pack.policy;
        json!({
            "id": policy.id, "title": policy.title, "version": policy.version, "status": policy.status,
            "effective_from": policy.effective_from, "source": policy.source, "active": pack.is_active,
            "in_force": pack.is_in_force, "levels": policy.levels.len(), "duties": policy.duties.len(),
            "retention_years": policy.retention.as_ref().map(|retention| retention.years),
        })
    };
    json!({ "schema": "breachd.policies/1", "policies": packs.iter().map(pack).collect::<Vec<_>>() })
}

/// `policy list`.
pub fn policies_table(packs: &[Pack<'_>], words: Words) -> String {
    let heads = match words {
        Words::Chinese => ["代號", "版次", "狀態", "適用起日", "啟用", "現行版本", "名稱"],
        Words::English => ["ID", "VERSION", "STATUS", "EFFECTIVE", "ACTIVE", "IN FORCE", "TITLE"],
    };
    let yes = |is: bool| words.pick(if is { "是" } else { "否" }, if is { "yes" } else { "no" }).to_owned();
    let row = |pack: &Pack<'_>| {
        let policy = pack.policy;
        let status = match policy.status.as_str() {
            "draft" => words.pick("草案", "draft"),
            _ => words.pick("施行中", "in force"),
        };
        [
            escape(&policy.id),
            escape(&policy.version),
            status.to_owned(),
            escape(&policy.effective_from),
            yes(pack.is_active),
            yes(pack.is_in_force),
            escape(&policy.title),
        ]
    };
    let rows: Vec<_> = std::iter::once(heads.map(str::to_owned)).chain(packs.iter().map(row)).collect();
    table(&rows)
}

/// What the packs make of an incident.
#[derive(Clone, Debug)]
pub struct Explained<'e> {
    /// What was asked.
    pub measured: &'e Measured,
    /// When its clocks start.
    pub at: i64,
    /// The zone in which times are told.
    pub zone: Tz,
    /// The packs that judged.
    pub policies: &'e [Policy],
    /// What they say.
    pub judgement: &'e Judgement,
    /// When each demand is due, in the order of the judgement.
    pub due: Vec<i64>,
    /// Whom each role reaches.
    pub roles: Vec<(String, Vec<Reached>)>,
}

/// Clause and words that make a role be told.
fn cited<'e>(explained: &Explained<'e>, role: &str) -> Option<(&'e str, &'e str)> {
    let level = explained.judgement.level;
    explained.policies.iter().find_map(|policy| {
        let row = policy.levels.iter().find(|row| row.n <= level && row.roles.iter().any(|of| of == role));
        let notify = policy.notify.as_ref().filter(|notify| notify.roles.iter().any(|of| of == role));
        row.map(|row| (row.roles_clause.as_str(), row.roles_quote.as_str()))
            .or_else(|| notify.map(|notify| (notify.clause.as_str(), notify.quote.as_str())))
    })
}

/// `policy explain --json`.
pub fn explained_policy(explained: &Explained<'_>) -> Value {
    let (measured, judgement) = (explained.measured, explained.judgement);
    let natures: Vec<_> = measured.natures.iter().map(|nature| nature.id()).collect();
    let roles: Vec<_> = explained
        .roles
        .iter()
        .map(|(role, people)| {
            let cited = cited(explained, role);
            let mut told = people::json(role, people);
            told["clause"] = json!(cited.map(|cited| cited.0));
            told["quote"] = json!(cited.map(|cited| cited.1));
            told
        })
        .collect();
    let duty = |(demand, due): (&Demand, &i64)| {
        json!({ "policy": demand.policy, "what": demand.what, "from": iso(explained.at), "due": iso(*due),
                "clause": demand.clause, "quote": demand.quote, "text": demand.text,
                "because": demand.because.map(|(condition, seen)| because_json(condition, seen)) })
    };
    let axis = |axis: &Axis| {
        json!({ "column": column(axis.column), "count": axis.count, "unit": unit(axis.unit),
                "low": axis.interval.low, "high": axis.interval.high, "level": axis.level,
                "clause": axis.clause, "quote": axis.quote })
    };
    let reading = |reading: &Reading| {
        let nature = reading.nature.as_ref().map(|(nature, axis)| {
            json!({ "nature": nature.id(), "level": axis.level, "clause": axis.clause, "quote": axis.quote })
        });
        json!({ "policy": reading.policy, "counts": reading.counts.iter().map(axis).collect::<Vec<_>>(),
                "by_count": reading.by_count, "nature": nature, "by_nature": reading.by_nature,
                "mode": mode(reading.mode), "level": reading.level })
    };
    json!({
        "schema": "breachd.policy-explain/1",
        "at": iso(explained.at),
        "measured": { "subjects": measured.total, "special": measured.special, "rows": measured.rows,
                      "natures": natures, "records_held": measured.held },
        "policies": explained.policies.iter().map(|policy| &policy.id).collect::<Vec<_>>(),
        "level": { "level": judgement.level, "name": judgement.level_name, "by_count": judgement.by_count,
                   "by_nature": judgement.by_nature, "why": judgement.why },
        "readings": judgement.readings.iter().map(reading).collect::<Vec<_>>(),
        "roles": roles,
        "duties": judgement.demands.iter().zip(&explained.due).map(duty).collect::<Vec<_>>(),
    })
}

/// `policy explain`.
pub fn explained_policy_text(explained: &Explained<'_>, words: Words) -> String {
    let mut page = Page { text: String::new(), words };
    page.asked(explained);
    for policy in explained.policies {
        page.head(policy);
        if let Some(reading) = explained.judgement.readings.iter().find(|reading| reading.policy == policy.id)
        {
            page.reading(reading);
        }
        page.stages(policy);
    }
    page.roles(explained);
    page.duties(explained);
    page.text
}

struct Page {
    text: String,
    words: Words,
}

impl Page {
    /// A line; a String takes every byte.
    fn line(&mut self, indent: usize, text: &str) {
        let _ = writeln!(self.text, "{}{}", "  ".repeat(indent), escape(text));
    }

    fn quote(&mut self, indent: usize, quote: &str) {
        if !quote.is_empty() {
            self.line(indent, &format!("「{quote}」"));
        }
    }

    fn title(&mut self, text: &str) {
        self.text.push('\n');
        self.line(0, text);
    }

    fn asked(&mut self, explained: &Explained<'_>) {
        let (measured, judgement) = (explained.measured, explained.judgement);
        let (total, special) = (thousands(measured.total), thousands(measured.special));
        let (rows, held, level) = (thousands(measured.rows), thousands(measured.held), judgement.level);
        let natures = measured.natures.iter().map(|nature| match self.words {
            Words::Chinese => nature.name_zh(),
            Words::English => nature.id(),
        });
        let natures: Vec<_> = natures.collect();
        let is_levelled = !judgement.readings.is_empty();
        let (asked, level) = match self.words {
            Words::Chinese => {
                let natures = if natures.is_empty() { "未指定".to_owned() } else { natures.join("、") };
                let name = &judgement.level_name;
                let name = if name.is_empty() { String::new() } else { format!("（{name}）") };
                (
                    format!(
                        "{total} 人（特種 {special}），資料列 {rows}；性質：{natures}；系統保有 {held} 筆"
                    ),
                    if is_levelled { format!("第 {level} 級{name}") } else { "不分級".to_owned() },
                )
            }
            Words::English => {
                let natures = if natures.is_empty() { "none given".to_owned() } else { natures.join(", ") };
                (
                    format!(
                        "{total} people ({special} special), {rows} rows; natures: {natures}; system holds {held}"
                    ),
                    if is_levelled { format!("level {level}") } else { "no level".to_owned() },
                )
            }
        };
        self.line(0, &asked);
        self.line(0, &format!("→ {level}"));
    }

    fn head(&mut self, policy: &Policy) {
        let (id, title, version, from) = (&policy.id, &policy.title, &policy.version, &policy.effective_from);
        self.title(&match self.words {
            Words::Chinese => format!("── {id}　{title}　版次 {version}（{from} 起適用）"),
            Words::English => format!("-- {id}  {title}  version {version} (from {from})"),
        });
        if policy.status == "draft" {
            let draft = "草案，尚未施行；以下為要旨，非條文原文";
            self.line(1, self.words.pick(draft, "a draft, not in force; a summary, not the text of the law"));
        }
        if policy.levels.is_empty() {
            self.line(1, self.words.pick("本規定不分級", "it knows no levels"));
        }
    }

    fn reading(&mut self, reading: &Reading) {
        for axis in &reading.counts {
            let line = self.either(axis.sentence(), || english_count(axis));
            self.line(1, &line);
            self.quote(2, &axis.quote);
        }
        if let (Some(chinese), Some((level, count, unit))) = (reading.otherwise_sentence(), reading.otherwise)
        {
            let (count, unit) = (thousands(count), unit_en(unit));
            let line = self.either(chinese, || {
                format!("counted in {unit} ({count}) it would be level {level}: confirm the unit")
            });
            self.line(1, &line);
        }
        let line = self.either(reading.nature_sentence(), || english_nature(reading));
        self.line(1, &line);
        self.quote(2, reading.nature.as_ref().map_or("", |(_, axis)| &axis.quote));
        let line = self.either(reading.conclusion(), || english_conclusion(reading));
        self.line(1, &line);
    }

    fn either(&self, chinese: String, english: impl FnOnce() -> String) -> String {
        match self.words {
            Words::Chinese => chinese,
            Words::English => english(),
        }
    }

    /// What is done from the beginning to the closing file.
    fn stages(&mut self, policy: &Policy) {
        for stage in &policy.stages {
            self.line(1, &format!("{}　{}（{}）", stage.name, stage.by, stage.clause));
            for step in &stage.steps {
                self.line(2, &format!("・{step}"));
            }
        }
        if let Some(closing) = &policy.closing {
            let head = self.words.pick("結案專卷", "closing file");
            self.line(1, &format!("{head}　{}（{}）", closing.parts.join("、"), closing.clause));
            self.quote(2, &closing.quote);
        }
        if let Some(retention) = &policy.retention {
            let (years, clause) = (retention.years, &retention.clause);
            let line = match self.words {
                Words::Chinese => format!("紀錄至少保存 {years} 年（{clause}）"),
                Words::English => format!("records are kept for {years} years at least ({clause})"),
            };
            self.line(1, &line);
        }
    }

    fn roles(&mut self, explained: &Explained<'_>) {
        self.title(self.words.pick("── 通報對象", "-- told"));
        for (role, reached) in &explained.roles {
            let to = people::text(reached, self.words);
            let cited = cited(explained, role);
            let clause = cited.map_or(String::new(), |(clause, _)| match self.words {
                Words::Chinese => format!("（{clause}）"),
                Words::English => format!(" ({clause})"),
            });
            let line = match self.words {
                Words::Chinese => format!("{}：{to}{clause}", role_zh(role)),
                Words::English => format!("{} ({role}): {to}{clause}", role_en(role)),
            };
            self.line(1, &line);
            self.quote(2, cited.map_or("", |(_, quote)| quote));
        }
    }

    fn duties(&mut self, explained: &Explained<'_>) {
        let from = match self.words {
            Words::Chinese => format!("── 期限（自 {} 偵測起算）", roc(explained.at, explained.zone)),
            Words::English => format!("-- deadlines (detected {})", iso(explained.at)),
        };
        self.title(&from);
        if explained.judgement.demands.is_empty() {
            self.line(1, self.words.pick("無", "none"));
        }
        for (demand, due) in explained.judgement.demands.iter().zip(&explained.due) {
            let line = match self.words {
                Words::Chinese => {
                    let when = match demand.within_us {
                        0 => "立即".to_owned(),
                        _ => format!("{} 前", roc_short(*due, explained.zone)),
                    };
                    let (policy, clause) = (&demand.policy, &demand.clause);
                    format!("{when}　{}：{}（{policy}，{clause}）", what_zh(demand.what), demand.text)
                }
                Words::English => english_duty(demand, *due),
            };
            self.line(1, &line);
            self.quote(2, &demand.quote);
        }
    }
}

fn english_duty(demand: &Demand, due: i64) -> String {
    let when = if demand.within_us == 0 { "at once".to_owned() } else { format!("by {}", iso(due)) };
    let because = demand.because.map_or(String::new(), |(condition, seen)| {
        let (seen, number) = (thousands(seen), thousands(condition.number()));
        match condition {
            Condition::Count(_) => format!(", because {seen} reach {number}"),
            Condition::Special(_) => format!(", because {seen} with special-category data reach {number}"),
            Condition::Held(_) => format!(", because the system holds {seen}, which reach {number}"),
        }
    });
    let days = demand.days.map_or(String::new(), |Days { n, kind }| {
        let kind = if kind == DayKind::Working { "working" } else { "calendar" };
        format!(", {n} {kind} days")
    });
    let (what, policy, clause) = (what_en(demand.what), &demand.policy, &demand.clause);
    format!("{when}: {what}{days}{because} ({policy}, {clause})")
}

fn english_count(axis: &Axis) -> String {
    let column = if axis.column == Column::Special { "special: " } else { "" };
    let low = thousands(axis.interval.low);
    let range = axis
        .interval
        .high
        .map_or_else(|| format!("{low} or more"), |high| format!("{low} to {}", thousands(high)));
    let (count, unit) = (thousands(axis.count), unit_en(axis.unit));
    format!("by count: {column}{count} {unit}, {range} -> level {} ({})", axis.level, axis.clause)
}

fn english_nature(reading: &Reading) -> String {
    match &reading.nature {
        Some((nature, axis)) => {
            format!("by nature: {} -> level {} ({})", nature.id(), axis.level, axis.clause)
        }
        None => format!("by nature: nothing beyond identification -> level 0 ({})", reading.clause),
    }
}

fn english_conclusion(reading: &Reading) -> String {
    let level = reading.level;
    match (reading.mode, reading.is_counted) {
        (Mode::Max, true) => format!("the higher one -> level {level}"),
        (Mode::Max, false) => format!("number not known yet, the higher one -> level {level}"),
        (Mode::CountFirst, true) => format!("the count decides -> level {level}"),
        (Mode::CountFirst, false) => format!("number not known yet, the nature decides -> level {level}"),
    }
}

const fn unit_en(unit: Unit) -> &'static str {
    match unit {
        Unit::Subjects => "people",
        Unit::Rows => "rows",
    }
}

fn because_json(condition: Condition, seen: u64) -> Value {
    let what = match condition {
        Condition::Count(_) => "count",
        Condition::Special(_) => "special",
        Condition::Held(_) => "records_held",
    };
    json!({ "condition": what, "at_least": condition.number(), "seen": seen })
}

const fn column(column: Column) -> &'static str {
    match column {
        Column::General => "general",
        Column::Special => "special",
        Column::Nature => "nature",
    }
}

const fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Subjects => "subjects",
        Unit::Rows => "rows",
    }
}

const fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Max => "max",
        Mode::CountFirst => "count_first",
    }
}
