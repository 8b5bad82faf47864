//! What a written report says, item by item: what is known, what is drafted for a person to confirm, and what only a
//! person can say. The items and their order are those of the annex to 內政部指定營建類非公務機關個人資料檔案安全維護管理
//! 辦法 (article 9); other forms use the same ones in another order. Words stand in `phrases`.

use serde::Serialize;

use super::phrases;
use super::{Draft, Duty, Instant, Route};
use crate::moment::{Tz, roc};

/// Names of recipients, objects, origins and sources that an item tells; of more there is a number.
const NAMED_MAX: usize = 8;

/// Who fills in a report for the organisation; what is empty stays a blank for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Office {
    /// Name of the organisation.
    pub organisation: String,
    /// The authority that is told (主事務所所在地之直轄市、縣（市）主管機關).
    pub authority: String,
    /// Address of the organisation.
    pub address: String,
    /// The person who reports: name, post, telephone and mail address.
    pub reporter: [String; 4],
    /// The zone in which times are told.
    pub zone: Tz,
}

/// Where the words of an item come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum By {
    /// Settings and log: nothing is left to do.
    Program,
    /// A draft that a person confirms.
    Draft,
    /// A person, who is named; the words are hints.
    Person(&'static str),
}

/// One item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Item {
    /// What the form calls it.
    pub label: &'static str,
    /// What stands there, a paragraph each; log bytes may be in it, masked.
    pub lines: Vec<String>,
    /// Where it comes from.
    pub by: By,
    /// The same in the words of the form: 系統草擬，待確認; empty where nothing is left to do.
    pub mark: String,
}

impl Item {
    fn new(label: &'static str, by: By, lines: Vec<String>) -> Self {
        let mark = match by {
            By::Program => String::new(),
            By::Draft => "（系統草擬，待確認）".to_owned(),
            By::Person(who) => format!("（由{who}填寫）"),
        };
        Self { label, lines, by, mark }
    }

    /// What is set, or else a blank for a person.
    fn set(label: &'static str, value: &str, who: &'static str) -> Self {
        match value.trim() {
            "" => Self::new(label, By::Person(who), Vec::new()),
            value => Self::new(label, By::Program, vec![value.to_owned()]),
        }
    }
}

/// The items of a report. Templates rely on these names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "each is the item of the annex that its label names")]
pub struct Items {
    pub organisation: Item,
    pub authority: Item,
    pub reported_at: Item,
    pub reporter: Item,
    pub title: Item,
    pub telephone: Item,
    pub email: Item,
    pub address: Item,
    pub occurred: Item,
    pub kinds: Item,
    pub numbers: Item,
    pub cause: Item,
    pub damage: Item,
    pub consequences: Item,
    pub measures: Item,
    pub notice: Item,
    pub in_time: Item,
}

impl Items {
    /// The nine items that article 9 names, in its order; the kinds go with their numbers.
    pub fn nine(&self) -> [&Item; 10] {
        [
            &self.authority,
            &self.occurred,
            &self.kinds,
            &self.numbers,
            &self.cause,
            &self.damage,
            &self.consequences,
            &self.measures,
            &self.notice,
            &self.in_time,
        ]
    }

    /// Every item, in the order of the annex.
    pub fn all(&self) -> Vec<&Item> {
        let head = [&self.organisation, &self.reported_at, &self.reporter, &self.title, &self.telephone];
        head.into_iter().chain([&self.email, &self.address]).chain(self.nine()).collect()
    }
}

/// The items of a draft.
pub fn items(draft: &Draft, office: &Office) -> Items {
    let [name, title, telephone, email] = &office.reporter;
    let who = "通報人";
    Items {
        organisation: Item::set("非公務機關名稱", &office.organisation, "承辦人員"),
        authority: Item::set("通報機關", &office.authority, who),
        reported_at: Item::new(
            "通報時間",
            By::Person(who),
            vec!["民國　　年　　月　　日　　時　　分".to_owned()],
        ),
        reporter: Item::set("通報人", name, who),
        title: Item::set("職稱", title, who),
        telephone: Item::set("電話", telephone, who),
        email: Item::set("Email", email, who),
        address: Item::set("地址", &office.address, who),
        occurred: Item::new("發生時間", By::Draft, occurred(draft, office.zone)),
        kinds: Item {
            mark: "（系統建議，待確認）".to_owned(),
            ..Item::new("發生種類", By::Draft, vec![kinds(draft.core.route)])
        },
        numbers: Item::new("個人資料侵害之總筆數（大約）", By::Draft, numbers(draft)),
        cause: Item::new("發生原因及摘要", By::Draft, cause(draft, office.zone)),
        damage: Item::new("損害狀況", By::Person("資安及個資保護專責人員"), vec![phrases::damage(draft)]),
        consequences: Item::new("個人資料侵害可能結果", By::Draft, phrases::consequences(draft)),
        measures: Item::new("擬採取之因應措施", By::Draft, phrases::measures(draft)),
        notice: Item::new("擬通知當事人之時間及方式", By::Person("個資保護窗口"), notice(draft, office.zone)),
        in_time: Item::new("是否於期限內通報", By::Person(who), in_time(draft, office.zone)),
    }
}

fn occurred(draft: &Draft, zone: Tz) -> Vec<String> {
    let core = &draft.core;
    let (first, last) = (roc(core.first.0, zone), roc(core.last.0, zone));
    let mut lines = vec![if first == last { first } else { format!("不早於 {first}，不晚於 {last}") }];
    lines.push(format!("時間為紀錄檔所載；紀錄未載時區者以 {zone} 計"));
    if let Some(from) = detected(draft) {
        lines.push(format!("系統偵測時間：{}", roc(from.0, zone)));
    }
    lines
}

/// When the first clock of the program started.
fn detected(draft: &Draft) -> Option<Instant> {
    draft.duties.iter().filter(|duty| !duty.is_from_knowledge()).filter_map(|duty| duty.from).min()
}

/// The boxes of the annex. Nothing in a log shows that data was stolen: 竊取 is never ticked.
fn kinds(route: Route) -> String {
    let kinds = ["竊取", "竄改", "毀損", "滅失", "洩漏", "其他侵害情形"];
    let is_on = |kind: &str| match route {
        Route::Destruction => matches!(kind, "毀損" | "滅失"),
        _ => kind == "洩漏",
    };
    kinds.map(|kind| format!("{}{kind}", ticked(is_on(kind)))).join("　")
}

/// An empty box, or a full one.
pub(super) const fn ticked(is_on: bool) -> char {
    if is_on { '■' } else { '□' }
}

fn numbers(draft: &Draft) -> Vec<String> {
    let (core, subjects) = (&draft.core, &draft.core.subjects);
    let is_cut = core.exposed.is_some_and(|exposed| exposed.at_most.is_some());
    let about = match subjects.estimated {
        true if is_cut => "至少 ",
        true => "約 ",
        false => "",
    };
    if subjects.total == 0 && subjects.estimated {
        return vec!["筆數待查：由檔名或紀錄內容研判含個人資料，未見其筆數".to_owned()];
    }
    let mut lines = vec![
        format!("總筆數（大約）：{about}{} 筆", number(subjects.total)),
        format!("{}一般個人資料：{} 筆", ticked(subjects.general > 0), number(subjects.general)),
        format!("{}特種個人資料：{} 筆", ticked(subjects.special > 0), number(subjects.special)),
        format!(
            "筆數以當事人計；資料列 {}，疑似者一併計入為 {} 人，尚在傳送者一併計入為 {} 人",
            number(core.rows),
            number(core.possible_subjects),
            number(core.pending_subjects)
        ),
    ];
    if let Some(declared) = &core.declared {
        let said = match declared.records {
            0 => "紀錄或清冊未載明筆數".to_owned(),
            records => format!("紀錄或清冊載明 {} 筆", number(records)),
        };
        lines.push(format!("{said}（依據：{}）", declared.basis));
    }
    lines
}

fn cause(draft: &Draft, zone: Tz) -> Vec<String> {
    let core = &draft.core;
    let unit = draft.systems.iter().find_map(|system| system.owner_unit.clone()).unwrap_or_default();
    let mut lines = vec![format!(
        "{unit}帳號 {}（{}）於 {} 起{}，{}。",
        core.actor,
        phrases::basis(&draft.basis),
        roc(core.first.0, zone),
        phrases::did(core),
        phrases::outcomes(core),
    )];
    let recipients = core.recipients.iter().filter(|recipient| recipient.address != "-");
    let recipients: Vec<&str> = recipients.map(|recipient| recipient.address.as_str()).collect();
    let all = recipients.len() as u64 + core.recipients_more.unwrap_or(0);
    let objects: Vec<&str> = core.objects.iter().map(String::as_str).collect();
    let origins: Vec<&str> = core.origins.iter().map(String::as_str).collect();
    let sources: Vec<String> = draft.systems.iter().map(phrases::system).collect();
    let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
    let natures: Vec<&str> = core.natures.iter().map(|nature| nature.name_zh()).collect();
    for (label, names, all) in [
        ("資料類別", natures, core.natures.len() as u64),
        ("收件者", recipients, all),
        (phrases::objects(core.route), objects, core.objects.len() as u64 + core.objects_more.unwrap_or(0)),
        ("來源位址", origins, core.origins.len() as u64 + core.origins_more.unwrap_or(0)),
        ("紀錄來源", sources, draft.systems.len() as u64),
    ] {
        if all > 0 {
            lines.push(format!("{label}：{}", named(&names, all)));
        }
    }
    lines
}

/// The first names, and how many there are where that is not all.
fn named(names: &[&str], all: u64) -> String {
    let shown = names.iter().take(NAMED_MAX).copied().collect::<Vec<_>>().join("、");
    if all > NAMED_MAX as u64 { format!("{shown} 等 {} 項", number(all)) } else { shown }
}

fn notice(draft: &Draft, zone: Tz) -> Vec<String> {
    let mut lines: Vec<String> = draft
        .duties
        .iter()
        .filter(|duty| duty.what == "data-subjects")
        .map(|duty| format!("建議：{}（{}）{}", duty.text, duty.clause, until(duty, zone)))
        .collect();
    lines.push(
        "方式（擇一或併用）：□言詞　□書面　□電話　□簡訊　□電子郵件　□傳真　□電子文件　□公告".to_owned(),
    );
    lines.push("內容應含：事故事實、所為因應措施、諮詢服務專線".to_owned());
    lines
}

fn in_time(draft: &Draft, zone: Tz) -> Vec<String> {
    let mut lines = vec!["□是　□否，理由：".to_owned()];
    let mut duties = draft.duties.iter().filter(|duty| duty.what == "authority").peekable();
    if duties.peek().is_none() {
        lines.push("依目前筆數未達書面通報之門檻；是否屬重大個人資料事故由權責人員認定".to_owned());
    }
    lines.extend(duties.map(|duty| {
        let clock = if duty.is_from_knowledge() { "人員知悉" } else { "系統偵測" };
        format!("{}（{}）{}，自{clock}之時起算", duty.text, duty.clause, until(duty, zone))
    }));
    lines
}

/// Until when; nothing where no clock runs.
fn until(duty: &Duty, zone: Tz) -> String {
    duty.due.map_or_else(String::new, |due| format!("：期限 {}", roc(due.0, zone)))
}

/// `1284` as `1,284`.
pub(super) fn number(number: u64) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_route_ticks_theft_and_every_route_ticks_something() {
        for route in Route::ALL {
            let kinds = kinds(route);
            assert!(kinds.contains("□竊取") && kinds.contains('■'), "{route:?}: {kinds}");
        }
        assert!(kinds(Route::MailOut).contains("■洩漏"));
        assert!(kinds(Route::Destruction).contains("■毀損　■滅失　□洩漏"));
    }

    #[test]
    fn what_is_not_set_is_a_blank_that_names_a_person() {
        let item = Item::set("通報機關", " ", "通報人");
        assert_eq!((item.lines.len(), item.mark.as_str()), (0, "（由通報人填寫）"));
        assert_eq!(Item::set("通報機關", "臺北市政府", "通報人").by, By::Program);
    }

    #[test]
    fn of_many_names_the_first_are_told_and_how_many_there_are() {
        let names: Vec<String> = (0..20).map(|n| n.to_string()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert_eq!(named(&names, 1_284), "0、1、2、3、4、5、6、7 等 1,284 項");
        assert_eq!(named(&names[..2], 2), "0、1");
    }
}
