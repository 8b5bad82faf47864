//! What roles and duties are called, and how a policy came to its level, in sentences for the response team.

use super::policy::{Interval, Mode, Unit};
use super::reading::{Axis, Column, Reading};

/// A role as IMS-P-025 6.3.1.1 calls it; a role that we do not know is shown as it is written.
pub fn role_zh(role: &str) -> &str {
    match role {
        "dpo" => "資安及個資保護專責人員",
        "unit-head" => "單位主管",
        "exec-secretary" => "執行秘書",
        "ciso" => "資通安全長",
        other => other,
    }
}

/// A role in English.
pub fn role_en(role: &str) -> &str {
    match role {
        "dpo" => "security and personal data officer",
        "unit-head" => "head of the unit",
        "exec-secretary" => "executive secretary",
        "ciso" => "chief information security officer",
        other => other,
    }
}

/// A duty, by its id.
pub fn what_zh(what: &str) -> &'static str {
    match what {
        "handle" => "內部處理",
        "close" => "結案",
        "authority" => "書面通報主管機關",
        "data-subjects" => "通知當事人",
        _ => "其他期限",
    }
}

/// A duty in English.
pub fn what_en(what: &str) -> &'static str {
    match what {
        "handle" => "handle it",
        "close" => "close it",
        "authority" => "report to the authority in writing",
        "data-subjects" => "notify the data subjects",
        _ => "another deadline",
    }
}

impl Reading {
    /// How the policy came to its level, one sentence a criterion.
    pub fn sentences(&self) -> Vec<String> {
        let counts = self.counts.iter().map(Axis::sentence);
        counts.chain(self.otherwise_sentence()).chain([self.nature_sentence(), self.conclusion()]).collect()
    }

    /// What the other meaning of 筆 would give, where that is another level.
    pub fn otherwise_sentence(&self) -> Option<String> {
        let (level, count, unit) = self.otherwise?;
        let (word, count, unit) = match unit {
            Unit::Rows => ("資料列", thousands(count), "列"),
            Unit::Subjects => ("當事人", thousands(count), "人"),
        };
        Some(format!("如以{word}計（{count} {unit}）→ 依筆數為第 {level} 級，請確認計數單位"))
    }

    /// The level by nature.
    pub fn nature_sentence(&self) -> String {
        match &self.nature {
            Some((nature, axis)) => {
                format!("依性質：{} → 第 {} 級（{}）", nature.name_zh(), axis.level, axis.clause)
            }
            None => format!("依性質：未發現一般識別資料以外之類別 → 第 0 級（{}）", self.clause),
        }
    }

    /// Which of the two decides.
    pub fn conclusion(&self) -> String {
        let level = self.level;
        match (self.mode, self.is_counted) {
            (Mode::CountFirst, true) => format!("以筆數定級，性質僅供參考 → 第 {level} 級"),
            (Mode::CountFirst, false) => format!("筆數待查，暫以性質定級 → 第 {level} 級"),
            (Mode::Max, true) => format!("取高者 → 第 {level} 級"),
            (Mode::Max, false) => format!("筆數待查，取高者 → 第 {level} 級"),
        }
    }
}

impl Axis {
    /// The level by a count.
    pub fn sentence(&self) -> String {
        let name = if self.column == Column::Special { "特種 " } else { "" };
        let unit = if self.unit == Unit::Rows { "列" } else { "人" };
        let (count, range) = (thousands(self.count), range(self.interval));
        format!("依筆數：{name}{count} {unit}落在 {range} → 第 {} 級（{}）", self.level, self.clause)
    }
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
