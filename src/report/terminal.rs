//! Text for a terminal. Log content reaches it only through [`escape`].

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

use crate::act::Linked;
use crate::incident::{Core, Declared, Draft, Exposed, Items, Outcome, Route, Subjects};
use crate::moment::{Tz, iso, roc, roc_short};

/// The language of what people read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Words {
    /// 臺灣正體中文.
    Chinese,
    /// English.
    English,
}

impl Words {
    pub(super) fn pick(self, chinese: &'static str, english: &'static str) -> &'static str {
        match self {
            Self::Chinese => chinese,
            Self::English => english,
        }
    }
}

/// Makes text of a log harmless for a terminal: control characters, escape sequences and changes of writing
/// direction are shown as `␛`.
pub fn escape(text: &str) -> String {
    let harmful = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    text.chars().map(|c| if harmful(c) { '␛' } else { c }).collect()
}

/// A number with separators: `1,284`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `incident list`.
pub fn list_table<'d>(drafts: impl Iterator<Item = &'d Draft>, zone: Tz, words: Words) -> String {
    let heads = match words {
        Words::Chinese => ["案號", "等級", "人數", "行為人", "途徑", "首次", "最近期限", "狀態"],
        Words::English => ["CASE", "LEVEL", "PEOPLE", "ACTOR", "ROUTE", "FIRST", "DUE", "STATE"],
    };
    let row = |draft: &Draft| {
        let due = draft.duties.iter().filter_map(|duty| duty.due).min();
        [
            draft.case.clone().unwrap_or_else(|| draft.core.id.clone()),
            draft.core.level.level.to_string(),
            number(draft.core.subjects, words),
            escape(&draft.core.actor),
            draft.core.route.id().to_owned(),
            roc_short(draft.core.first.0, zone),
            due.map_or_else(|| "-".to_owned(), |due| roc_short(due.0, zone)),
            draft.state.clone(),
        ]
    };
    let rows: Vec<[String; 8]> = std::iter::once(heads.map(str::to_owned)).chain(drafts.map(row)).collect();
    table(&rows)
}

/// How many people, never 0 where the number is to be found out.
fn number(subjects: Subjects, words: Words) -> String {
    match (subjects.estimated, subjects.total) {
        (true, 0) => words.pick("待查", "?").to_owned(),
        (true, total) => format!("{}{}", words.pick("約 ", "~"), thousands(total)),
        (false, total) => thousands(total),
    }
}

/// Whom it has reached, from where, and what it was.
fn about_reach(core: &Core, words: Words, line: &mut impl FnMut((&'static str, &'static str), String)) {
    for recipient in &core.recipients {
        line(
            ("收件", "recipient"),
            format!("{}  {}", escape(&recipient.address), outcome(recipient.outcome, words)),
        );
    }
    for origin in &core.origins {
        line(("來源位址", "origin"), origin.clone());
    }
    for object in &core.objects {
        line(("標的", "object"), escape(object));
    }
    for (label, more) in [
        (("收件", "recipient"), core.recipients_more),
        (("來源位址", "origin"), core.origins_more),
        (("標的", "object"), core.objects_more),
    ] {
        if let Some(more) = more {
            line(label, format!("…{} {}", words.pick("另有", "and more:"), thousands(more)));
        }
    }
}

/// What people have said of the case.
fn about_case(
    draft: &Draft,
    words: Words,
    zone: Tz,
    line: &mut impl FnMut((&'static str, &'static str), String),
) {
    if let Some(decided) = &draft.decided_level {
        let factors = decided.factors.join("、");
        let why = if factors.is_empty() { String::new() } else { format!("（{factors}）") };
        let text = words.pick("由人定為", "set by a person:");
        line(("", ""), format!("{text} {}{why}", draft.level()));
    }
    if !draft.aliases.is_empty() {
        line(("併入", "joined"), draft.aliases.join(", "));
    }
    if let Some(known) = draft.known {
        let beside = words.pick(
            "由人記錄；自偵測起算之期限不變，二者以較早者為準",
            "as people say; the clock of the detection stays, and the earlier due time governs",
        );
        line(("知悉", "known"), format!("{}（{beside}）", roc(known.0, zone)));
    }
    for link in &draft.links {
        let text = match link {
            Linked::Case(number) => number.clone(),
            Linked::Report(report) => format!(
                "sha256:{}  {} {}, {} {}, key {}",
                report.sha256,
                thousands(report.incidents),
                words.pick("件", "incidents"),
                thousands(report.people),
                words.pick("人，未計入本案", "people, not counted in"),
                escape(&report.key)
            ),
        };
        line(("關聯", "linked"), text);
    }
}

/// Columns by display width; a Chinese character takes two cells.
pub(super) fn table<const N: usize>(rows: &[[String; N]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].width()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..N).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', width - cell.width() + 2));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// `incident show`.
pub fn incident_text(draft: &Draft, zone: Tz, words: Words) -> String {
    let core = &draft.core;
    let mut text = String::new();
    let mut line = |head: (&'static str, &'static str), body: String| {
        let head = words.pick(head.0, head.1);
        let pad = 12usize.saturating_sub(head.width());
        let _ = writeln!(text, "{head}{}{body}", " ".repeat(pad)); // a String takes every byte
    };
    let both = |us: i64| format!("{} ({})", roc(us, zone), iso(us));
    line(("案號", "case"), draft.case.clone().unwrap_or_else(|| "-".to_owned()) + "  " + &core.id);
    line(("等級", "level"), level(draft, words));
    for why in &core.level.why {
        line(("", ""), why.clone());
    }
    about_case(draft, words, zone, &mut line);
    line(("途徑", "route"), route(core.route, words).to_owned());
    line(("行為人", "actor"), format!("{} ({})", escape(&core.actor), draft.basis));
    let subjects = core.subjects;
    let about = match (subjects.estimated, subjects.total) {
        (true, 0) => words.pick("筆數待查；實見 ", "number to be found out; seen "),
        (true, _) => words.pick("約 ", "about "),
        (false, _) => "",
    };
    line(
        ("人數", "people"),
        match words {
            Words::Chinese => format!(
                "{about}{}（一般 {}、特種 {}）；資料列 {}；疑似計入 {}；待定計入 {}；近 30 日 {}",
                thousands(subjects.total),
                thousands(subjects.general),
                thousands(subjects.special),
                thousands(core.rows),
                thousands(core.possible_subjects),
                thousands(core.pending_subjects),
                thousands(draft.actor_30d),
            ),
            Words::English => format!(
                "{about}{} (general {}, special {}); rows {}; with possible {}; with pending {}; last 30 days {}",
                thousands(subjects.total),
                thousands(subjects.general),
                thousands(subjects.special),
                thousands(core.rows),
                thousands(core.possible_subjects),
                thousands(core.pending_subjects),
                thousands(draft.actor_30d),
            ),
        },
    );
    if let Some(declared) = core.declared.as_ref().filter(|_| core.exposed.is_none()) {
        line(("推定", "estimate"), declared_text(declared, words));
    }
    if let Some(exposed) = core.exposed {
        line(("揭露", "exposed"), exposed_text(exposed, words));
    }
    line(("首次", "first"), both(core.first.0));
    line(("最後", "last"), both(core.last.0));
    for duty in &draft.duties {
        let due = duty.due.map_or_else(|| "-".to_owned(), |due| both(due.0));
        let clock =
            if duty.is_from_knowledge() { words.pick("，自知悉起算", ", from knowledge") } else { "" };
        line(("期限", "due"), format!("{due}  {}（{}{clock}）", duty.text, duty.clause));
    }
    about_reach(core, words, &mut line);
    for sample in &core.samples {
        let place = sample.place.as_ref().map_or_else(String::new, |place| {
            format!("  {}:{} @{}", escape(&place.path), place.line, thousands(place.offset))
        });
        line(
            ("證據", "evidence"),
            format!("{}  {}{place}", roc_short(sample.time.0, zone), escape(&sample.masked)),
        );
    }
    for source in &draft.completeness.sources {
        let until = source.until.map_or_else(|| "-".to_owned(), |until| both(until.0));
        line(("讀至", "read up to"), format!("{}  {until}", escape(&source.source)));
    }
    for gap in &draft.completeness.gaps {
        let to = gap.to.map_or_else(|| "?".to_owned(), |to| to.to_string());
        line(("缺漏", "gap"), format!("{} {}–{to} {}", escape(&gap.path), gap.from, gap.cause));
    }
    line(("狀態", "state"), draft.state.clone());
    text
}

/// The items of the written report within 72 hours (內政部指定營建類…管理辦法 §9): what is known, what is drafted, and who
/// fills in the rest. They are in Chinese in any language, because the report is.
pub fn items_text(items: &Items, words: Words) -> String {
    let mut text = words
        .pick("七十二小時書面通報事項（第九條）\n", "written report within 72 hours (art. 9)\n")
        .to_owned();
    for item in items.nine() {
        let lines: Vec<String> = item.lines.iter().map(|line| escape(line)).collect();
        // A String takes every byte.
        let _ = writeln!(text, "  {}：{}{}", item.label, lines.join("；"), item.mark);
    }
    text
}

fn level(draft: &Draft, words: Words) -> String {
    let level = &draft.core.level;
    let told = draft.notified_level.filter(|told| *told != level.level);
    match words {
        Words::Chinese => {
            let told = told.map_or_else(String::new, |told| format!("；已通知第 {told} 級"));
            format!("第 {} 級（依筆數 {}、依性質 {}{told}）", level.level, level.by_count, level.by_nature)
        }
        Words::English => {
            let told = told.map_or_else(String::new, |told| format!("; mailed as level {told}"));
            format!("{} (by count {}, by nature {}{told})", level.level, level.by_count, level.by_nature)
        }
    }
}

/// What lines declare and the inventory lists.
fn declared_text(declared: &Declared, words: Words) -> String {
    let Declared { records, special, basis, low, high } = declared;
    if *high == 0 {
        return escape(basis);
    }
    let least = format!("{} {} ", thousands(*low), words.pick("至", "to"));
    let least = if low == high { "" } else { least.as_str() };
    let [records, special, high] = [*records, *special, *high].map(thousands);
    let basis = escape(basis);
    match words {
        Words::Chinese => format!("{least}{high} 人；載明 {records} 筆（特種 {special}）；依據：{basis}"),
        Words::English => {
            format!("{least}{high} people; {records} records declared ({special} special); basis: {basis}")
        }
    }
}

/// What To and Cc have shown.
fn exposed_text(exposed: Exposed, words: Words) -> String {
    let Exposed { addresses, at_most, .. } = exposed;
    match words {
        Words::Chinese => {
            format!("收件人／副本欄揭露 {} 個外部電子郵件地址（應使用密件副本）", exposed.number_zh())
        }
        Words::English => {
            let most =
                at_most.map_or_else(String::new, |most| format!(", at most about {}", thousands(most)));
            format!(
                "{}{most} outside e-mail addresses shown in To and Cc (Bcc should have been used)",
                thousands(addresses)
            )
        }
    }
}

fn route(route: Route, words: Words) -> &'static str {
    match route {
        Route::MailOut => words.pick("寄出郵件", "mail sent out"),
        Route::Download => words.pick("下載", "download"),
        Route::Export => words.pick("匯出", "export"),
        Route::Destruction => words.pick("毀損、滅失", "destruction"),
        Route::ExposureInLog => words.pick("紀錄內曝露", "exposure in a log"),
    }
}

fn outcome(outcome: Outcome, words: Words) -> &'static str {
    match outcome {
        Outcome::Left => words.pick("已離開機關", "left"),
        Outcome::LeftPartly => words.pick("部分離開機關", "left in part"),
        Outcome::InternalOnly => words.pick("僅機關內部", "internal only"),
        Outcome::Blocked => words.pick("遭攔阻", "blocked"),
        Outcome::Failed => words.pick("退信，未外流", "failed"),
        Outcome::Pending => words.pick("尚在傳送", "pending"),
        Outcome::Unknown => words.pick("待查", "unknown"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_and_direction_marks_reach_no_terminal() {
        assert_eq!(escape("a\u{1b}[31mred\u{202e}\r\n名冊"), "a␛[31mred␛␛␛名冊");
    }

    #[test]
    fn numbers_have_separators() {
        assert_eq!([0, 999, 1000, 1_234_567].map(thousands), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn columns_stand_under_each_other_in_chinese_too() {
        let rows = [["案號".to_owned(), "x".to_owned()], ["BD-1".to_owned(), "y".to_owned()]];
        assert_eq!(table(&rows), "案號  x\nBD-1  y\n");
    }
}
