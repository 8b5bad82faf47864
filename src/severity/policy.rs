//! A policy pack: levels, who is told, deadlines and duties, each with its clause.

use crate::kind::Nature;
use crate::moment::{Tz, parse_when};

use super::calendar::Timed;
use super::{file, prove};

/// The roles that a pack may name, in the order in which they are added (IMS-P-025 6.3.1.1): 資安及個資保護專責人員,
/// 單位主管, 執行秘書, 資通安全長.
pub const ROLES: [&str; 4] = ["dpo", "unit-head", "exec-secretary", "ciso"];

/// Roles in the order in which they are added, each once; those that no pack may name come last.
pub fn in_order(roles: &mut Vec<String>) {
    let place = |role: &String| ROLES.iter().position(|known| known == role).unwrap_or(ROLES.len());
    roles.sort_by(|a, b| (place(a), a).cmp(&(place(b), b)));
    roles.dedup();
}

/// The forms that a pack may ask for: the program draws each as a document (`report`).
pub const FORMS: [&str; 3] = ["moi-construction-110", "taipei-nco-112", "ims-p-025-01"];

/// What a duty may ask for beside the level's own `handle` and `close`.
pub(super) const DUTIES: [&str; 2] = ["authority", "data-subjects"];

/// A set of rules that has been proved: intervals cover every count, and every value has its clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The id by which a configuration makes it active.
    pub id: String,
    /// Title of the document.
    pub title: String,
    /// Version of the document.
    pub version: String,
    /// `in-force` or `draft`.
    pub status: String,
    /// First day on which it applies, `2023-05-05`.
    pub effective_from: String,
    /// Where it was published.
    pub source: String,
    /// How counts and natures make a level.
    pub combine: Combine,
    /// By ascending number; empty for a pack that knows duties only.
    pub levels: Vec<Level>,
    /// Who is told of every incident, by a pack that knows no levels.
    pub notify: Option<Notify>,
    /// Duties beyond handling and closing.
    pub duties: Vec<Duty>,
    /// The form in which every case of the pack is recorded, if it has one.
    pub form: Option<RecordForm>,
    /// What a log cannot show, and the level that it makes.
    pub factors: Vec<super::Factor>,
    /// What is done from the beginning to the end, and by whom.
    pub stages: Vec<Stage>,
    /// What the closing file is made of.
    pub closing: Option<Closing>,
    /// How long records are kept.
    pub retention: Option<Retention>,
}

/// The form of a pack's own record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordForm {
    /// Its id.
    pub id: String,
    /// The clause that asks for it.
    pub clause: String,
}

/// How counts and natures make a level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Combine {
    /// Which axis wins.
    pub mode: Mode,
    /// What one 筆 is.
    pub unit: Unit,
    /// What the general rows of the table are compared with.
    pub general_counts: GeneralCounts,
    /// Whether 以上 and 達 include the number itself (Criminal Code art. 10 I).
    pub inclusive: bool,
    /// Which days a limit in days is counted in.
    pub day_kind: DayKind,
    /// The clause that is read this way.
    pub clause: String,
}

/// Which axis wins when count and nature disagree; the level tables do not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// The higher one: never too low.
    #[default]
    Max,
    /// The count wherever there is one; the nature is shown beside it.
    CountFirst,
}

/// What one 筆 is; no statute defines it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// A distinct person.
    #[default]
    Subjects,
    /// A record, however many there are of one person.
    Rows,
}

/// What the general rows of a level table are compared with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GeneralCounts {
    /// General and special together: otherwise 15 special and 10 general fall between the rows.
    #[default]
    Total,
    /// Those without special-category data only.
    General,
}

/// Which days a limit in days is counted in. Hours are always hours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DayKind {
    /// Every day.
    #[default]
    Calendar,
    /// Days on which offices work, by the calendar of the Executive Yuan (行政院人事行政總處辦公日曆表).
    Working,
}

impl Mode {
    /// The word in a file for each.
    pub const WORDS: [(&'static str, Self); 2] = [("max", Self::Max), ("count_first", Self::CountFirst)];
}

impl Unit {
    /// The word in a file for each.
    pub const WORDS: [(&'static str, Self); 2] = [("subjects", Self::Subjects), ("rows", Self::Rows)];
}

impl GeneralCounts {
    /// The word in a file for each.
    pub const WORDS: [(&'static str, Self); 2] = [("total", Self::Total), ("general", Self::General)];
}

impl DayKind {
    /// The word in a file for each.
    pub const WORDS: [(&'static str, Self); 2] = [("calendar", Self::Calendar), ("working", Self::Working)];
}

/// A row of the level table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Level {
    /// Its number.
    pub n: u8,
    /// Its name: 小, 中, 大, 嚴重.
    pub name: String,
    /// The clause of intervals and natures.
    pub clause: String,
    /// General counts of this level.
    pub general: Interval,
    /// What the clause says of them; where a pack quotes nothing it is empty, here and below.
    pub general_quote: String,
    /// Special-category counts of this level.
    pub special: Interval,
    /// What the clause says of them.
    pub special_quote: String,
    /// Natures that make this level.
    pub natures: Vec<Nature>,
    /// What the clause says of them.
    pub natures_quote: String,
    /// Roles that this level adds to those of the levels below.
    pub roles: Vec<String>,
    /// The clause of the roles.
    pub roles_clause: String,
    /// What the clause says of them.
    pub roles_quote: String,
    /// By when it is to be handled.
    pub handle: Timed,
    /// By when it is to be closed; 0 is 立即.
    pub close: Timed,
}

/// Closed interval of counts (以上, 以內 include the number, Criminal Code art. 10 I); no `high` is 以上.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// Smallest count.
    pub low: u64,
    /// Largest count.
    pub high: Option<u64>,
}

impl Interval {
    /// Whether the count lies in it.
    pub fn holds(self, count: u64) -> bool {
        self.low <= count && self.high.is_none_or(|high| count <= high)
    }
}

/// What must be done when any of its conditions holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duty {
    /// `authority` or `data-subjects`.
    pub what: &'static str,
    /// In the order in which they are tried; the first that holds is named.
    pub when: Vec<Condition>,
    /// The time limit and its clause.
    pub within: Timed,
    /// Which clock: `detected`.
    pub clock: String,
    /// The form that is to be used, if any.
    pub form: Option<String>,
    /// What is to be done, in words for the response team.
    pub text: String,
    /// The part of the condition that no program can see.
    pub left_to_person: Option<String>,
}

/// From which number on a duty holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// People, or records, as the pack counts.
    Count(u64),
    /// People with special-category data.
    Special(u64),
    /// Records that the system holds from which the data came, whoever of them is affected.
    Held(u64),
}

impl Condition {
    /// The number.
    pub const fn number(self) -> u64 {
        let (Self::Count(number) | Self::Special(number) | Self::Held(number)) = self;
        number
    }
}

/// Who is told of every incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notify {
    /// Role ids.
    pub roles: Vec<String>,
    /// The clause.
    pub clause: String,
    /// What the clause says.
    pub quote: String,
}

/// A stage of the procedure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// Its name: 通報／初步調查.
    pub name: String,
    /// Who is responsible.
    pub by: String,
    /// What is done, one step each.
    pub steps: Vec<String>,
    /// The clause.
    pub clause: String,
}

/// The closing file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closing {
    /// What it is made of.
    pub parts: Vec<String>,
    /// The clause.
    pub clause: String,
    /// What the clause says.
    pub quote: String,
}

/// How long records are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retention {
    /// At least so many years.
    pub years: u8,
    /// The clause.
    pub clause: String,
}

/// Something wrong in a pack.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {what}")]
pub struct Fault {
    /// The pack's file.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// What is wrong and the way out.
    pub what: String,
}

impl Policy {
    /// Reads and proves a pack. On failure every fault that can be told apart is returned, not the first only.
    pub fn parse(file: &str, text: &str) -> Result<Self, Vec<Fault>> {
        let (written, mut faults) = file::read(file, text);
        let proved = written.map(|written| prove::prove(file, text, written, &mut faults));
        match proved {
            Some(policy) if faults.is_empty() => Ok(policy),
            _ => {
                faults.sort_by_key(|fault| fault.line);
                Err(faults)
            }
        }
    }

    /// Whether it applied at a time (microseconds) in a zone.
    pub fn applies(&self, at: i64, zone: Tz) -> bool {
        parse_when(&self.effective_from, zone, 0).is_some_and(|from| from <= at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::severity::shipped;

    /// The shipped pack of levels with a text replaced: the lines and words of its faults.
    fn faults(from: &str, to: &str) -> Vec<(usize, String)> {
        let (file, text) = shipped()[0];
        assert!(text.contains(from), "{from}");
        let found = Policy::parse(file, &text.replacen(from, to, 1)).expect_err("a broken pack");
        assert!(found.iter().all(|fault| fault.file == file));
        found.into_iter().map(|fault| (fault.line, fault.what)).collect()
    }

    fn check(from: &str, to: &str, words: &str) {
        let found = faults(from, to);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].1.contains(words), "{found:?}");
        let text = shipped()[0].1;
        let line = file::line_of(text, text.find(from).expect("looked for above"));
        assert!(to.is_empty() || to.contains('\n') || line == found[0].0, "{line}: {found:?}");
    }

    #[test]
    fn every_shipped_pack_is_proved() {
        for (file, text) in shipped() {
            let policy = Policy::parse(file, text).expect("no faults");
            assert_eq!(file, format!("{}.toml", policy.id));
        }
    }

    #[test]
    fn a_pack_applies_from_its_day_on() {
        let (file, text) = shipped()[0];
        let policy = Policy::parse(file, text).expect("no faults");
        let at = |text| parse_when(text, Tz::Asia__Taipei, 0).expect("a date");
        assert!(policy.applies(at("2023-05-05"), Tz::Asia__Taipei));
        assert!(!policy.applies(at("2023-05-04"), Tz::Asia__Taipei));
    }

    #[test]
    fn overlaps_and_holes_between_levels_are_named() {
        check("[21, 10_000]", "[20, 10_000]", "general: 20 overlaps the level before");
        check("[1_001, 5_000]", "[1_002, 5_000]", "special: no level holds 1001 to 1001");
        check("[20_001]", "[20_001, 9_000_000]", "no level holds 9000001 and more");
        check("[20_001]", "[2, 1]", "general = [low, high]");
        check("general = [20_001]", "", "level 3 needs general");
    }

    #[test]
    fn unknown_words_are_named() {
        check("\"ciso\"", "\"cisoo\"", "unknown role `cisoo`");
        check("\"financial\"", "\"money\"", "unknown nature `money`");
        check("\"24h\"", "\"24 hours\"", "such as \"24h\"");
        check("mode = \"max\"", "mode = \"min\"", "unknown variant `min`");
        check("version = \"2.1\"", "version = \"2.1\"\nversio = 2", "unknown field `versio`");
        check("form = \"ims-p-025-01\"", "form = \"ims-p-025-02\"", "unknown form `ims-p-025-02`: one of");
        check("status = \"in-force\"", "status = \"old\"", "unknown status `old`");
    }

    #[test]
    fn a_value_without_its_clause_is_a_fault() {
        check("handle_clause = \"IMS-P-025 6.3.1.1\"", "", "needs the clause of its time limit");
        check("form_clause = \"IMS-P-025 6.3.1.1\"", "", "a form needs form_clause");
        check("roles_clause = \"IMS-P-025 6.3.1.1\"", "", "needs roles_clause");
        check(
            "close_clause = \"IMS-P-025 6.5.1\"",
            "close_clause = \" \"",
            "level 2: close needs the clause",
        );
    }

    #[test]
    fn a_duty_without_a_clock_is_a_fault() {
        let (file, text) = shipped()[1];
        let broken = text.replace("clock = \"detected\"", "").replace("at_least = 1_000", "");
        let found = Policy::parse(file, &broken).expect_err("no clock");
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found.iter().any(|fault| fault.what.contains("needs a clock")));
        assert!(found.iter().any(|fault| fault.what.contains("needs a condition")));
    }

    #[test]
    fn all_faults_are_told_at_once() {
        let (file, text) = shipped()[0];
        let broken = text
            .replace("[21, 10_000]", "[25, 10_000]")
            .replace("\"ciso\"", "\"boss\"")
            .replace("name = \"大\"", "nam = \"大\"")
            .replace("title = ", "titel = ");
        let found = Policy::parse(file, &broken).expect_err("four faults");
        let words: Vec<_> = found.iter().map(|fault| fault.what.as_str()).collect();
        for part in ["`titel`", "`nam`", "needs a name", "title of its", "21 to 24", "`boss`"] {
            assert!(words.iter().any(|what| what.contains(part)), "{part} in {words:?}");
        }
        assert!(found.is_sorted_by_key(|fault| fault.line));
        assert!(Policy::parse("x", "").expect_err("an empty pack").len() > 5);
        assert_eq!(Policy::parse("x", "[[level").expect_err("no TOML").len(), 1);
    }
}
