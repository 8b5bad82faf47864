//! What a letter says, in words: the values that the templates of config/templates print.
//!
//! Values are as the draft has them; cleaning and escaping happen where they are printed.

use serde::Serialize;

use super::clean::thousands;
use super::english::english;
use super::words::{
    basis_zh, exposed_zh, gap_zh, object_zh, outcome_zh, quoted, recipient_zh, role_zh, span, what_zh,
};
use super::{Letter, LetterKind};
use crate::incident::{Draft, Duty, Outcome, Route};
use crate::moment::{DAY, SECOND, iso_local, roc, roc_short};

/// Recipients, objects, origins and sources that are shown of each.
const SHOWN_MAX: usize = 50;
/// Masked samples that are shown.
const SAMPLES_MAX: usize = 20;

/// The values of both templates. A site's own templates may rely on these names.
#[derive(Debug, Serialize)]
pub(super) struct View {
    org: String,
    case: String,
    kind: &'static str,
    level: u8,
    level_name: String,
    /// What was computed now, where people were told a higher level.
    level_now: Option<u8>,
    by_count: u8,
    by_nature: u8,
    natures: String,
    happened: String,
    people: Vec<String>,
    number: String,
    sources: Vec<String>,
    time: String,
    time_iso: String,
    deadlines: Vec<Deadline>,
    steps: Vec<String>,
    notes: Vec<String>,
    checkpoint: Option<String>,
    why: Vec<String>,
    duties: Vec<String>,
    actor: String,
    basis: &'static str,
    origins: List,
    recipients: Vec<Recipient>,
    recipients_more: String,
    /// A first mail goes out at the first delivery, and Postfix names a recipient only when it delivers to it.
    recipients_open: bool,
    object_what: &'static str,
    objects: List,
    samples: Vec<Sample>,
    read: Vec<String>,
    gaps: Vec<String>,
    roles: Vec<String>,
    commands: Vec<String>,
    english: [String; 3],
}

#[derive(Debug, Serialize)]
struct Deadline {
    what: &'static str,
    when: String,
    left: String,
    urgent: bool,
}

#[derive(Debug, Serialize)]
struct Recipient {
    address: String,
    outcome: &'static str,
}

#[derive(Debug, Serialize)]
struct Sample {
    time: String,
    masked: String,
    place: String,
}

/// The first values, and how many there are more.
#[derive(Debug, Serialize)]
struct List {
    shown: Vec<String>,
    more: String,
}

/// The words of a letter.
pub(super) fn view(letter: &Letter) -> View {
    let (draft, core) = (&letter.draft, &letter.draft.core);
    let level = letter.level();
    let deadlines = deadlines(letter);
    let recipients = core.recipients.iter().take(SHOWN_MAX).map(|recipient| Recipient {
        address: recipient_zh(&recipient.address, core.route).to_owned(),
        outcome: outcome_zh(recipient.outcome, core.route),
    });
    let all = core.recipients.len() as u64 + core.recipients_more.unwrap_or(0);
    View {
        org: letter.org_name.clone(),
        case: letter.case.clone(),
        kind: letter.kind.id(),
        level,
        level_name: if level == core.level.level { letter.level_name.clone() } else { String::new() },
        level_now: (level != core.level.level).then_some(core.level.level),
        by_count: core.level.by_count,
        by_nature: core.level.by_nature,
        natures: join(core.natures.iter().map(|nature| nature.name_zh().to_owned()), "、"),
        happened: happened(draft),
        people: people(draft),
        number: count(draft),
        sources: sources(draft),
        time: time(letter),
        time_iso: format!("{} 起", iso_local(core.first.0, letter.zone)),
        steps: steps(letter),
        english: english(letter),
        deadlines,
        notes: letter.note.iter().take(SHOWN_MAX).cloned().collect(),
        checkpoint: letter.checkpoint.clone(),
        why: core.level.why.clone(),
        duties: draft.duties.iter().map(duty).collect(),
        actor: core.actor.clone(),
        basis: basis_zh(&draft.basis),
        origins: list(&core.origins),
        recipients: recipients.collect(),
        recipients_more: more(all),
        recipients_open: letter.kind == LetterKind::First && core.route == Route::MailOut,
        object_what: object_zh(core.route),
        objects: list(&core.objects),
        samples: samples(letter),
        read: read(letter),
        gaps: gaps(draft),
        roles: letter
            .role_names
            .iter()
            .map(|(role, to)| format!("{}：{}", role_zh(role), to.join("、")))
            .collect(),
        commands: commands(letter),
    }
}

fn read(letter: &Letter) -> Vec<String> {
    let sources = letter.draft.completeness.sources.iter().take(SHOWN_MAX);
    sources
        .map(|read| {
            let until =
                read.until.map_or("（尚無時間）".to_owned(), |until| iso_local(until.0, letter.zone));
            format!("{} 已讀至 {until}", read.source)
        })
        .collect()
}

fn gaps(draft: &Draft) -> Vec<String> {
    let gaps = draft.completeness.gaps.iter().take(SHOWN_MAX);
    gaps.map(|gap| {
        let to = gap.to.map_or("檔尾".to_owned(), thousands);
        format!("{} 位移 {} 至 {to}　{}", gap.path, thousands(gap.from), gap_zh(&gap.cause))
    })
    .collect()
}

fn list(values: &[String]) -> List {
    List { shown: values.iter().take(SHOWN_MAX).cloned().collect(), more: more(values.len() as u64) }
}

/// `…等 N 位` where not all are shown.
fn more(all: u64) -> String {
    if all > SHOWN_MAX as u64 { thousands(all) } else { String::new() }
}

fn join(parts: impl Iterator<Item = String>, between: &str) -> String {
    parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(between)
}

fn count(draft: &Draft) -> String {
    // Of a header that was cut off, what is seen is the least.
    let is_cut = draft.core.exposed.is_some_and(|exposed| exposed.at_most.is_some());
    let about = match draft.core.subjects.estimated {
        true if is_cut => "至少 ",
        true => "約 ",
        false => "",
    };
    format!("{about}{} 人", thousands(draft.core.subjects.total))
}

fn people(draft: &Draft) -> Vec<String> {
    let (core, subjects) = (&draft.core, &draft.core.subjects);
    let mut people = vec![
        format!(
            "{}（一般 {}、特種 {}）",
            count(draft),
            thousands(subjects.general),
            thousands(subjects.special)
        ),
        format!("資料列 {}", thousands(core.rows)),
    ];
    let beyond = |total: u64| total.saturating_sub(subjects.total);
    if beyond(core.possible_subjects) > 0 {
        let (more, all) = (thousands(beyond(core.possible_subjects)), thousands(core.possible_subjects));
        people.push(format!("可能 {more} 人尚待確認（若全數計入為 {all} 人）"));
    }
    if beyond(core.pending_subjects) > 0 {
        let (more, all) = (thousands(beyond(core.pending_subjects)), thousands(core.pending_subjects));
        people.push(format!("待定 {more} 人尚在傳送（若送達為 {all} 人）"));
    }
    if let Some(declared) = &core.declared {
        people.push(format!("紀錄或清冊載明 {} 筆（依據：{}）", thousands(declared.records), declared.basis));
    }
    if draft.actor_30d > subjects.total {
        people.push(format!("同一行為人近 30 日累計 {} 人", thousands(draft.actor_30d)));
    }
    people
}

fn happened(draft: &Draft) -> String {
    let (core, outcomes) = (&draft.core, &draft.core.outcomes);
    let unit = draft.systems.iter().find_map(|system| system.owner_unit.clone());
    let who = join([unit.unwrap_or_default(), core.actor.clone()].into_iter(), " ");
    let did = match core.route {
        Route::MailOut => "疑似寄出含個資之郵件至機關外部",
        Route::Download => "疑似下載含個資之檔案或資料",
        Route::Export => "疑似自資料庫或應用系統匯出個資",
        Route::Destruction => "疑似刪除或變更含個資之檔案（毀損、滅失）",
        Route::ExposureInLog => "之請求使個資出現於紀錄檔",
    };
    let did = exposed_zh(core).map_or_else(|| did.to_owned(), |exposed| format!("{did}，{exposed}"));
    let parts = [
        (Outcome::Left, outcomes.left),
        (Outcome::LeftPartly, outcomes.left_partly),
        (Outcome::Unknown, outcomes.unknown),
        (Outcome::Pending, outcomes.pending),
        (Outcome::Failed, outcomes.failed),
        (Outcome::Blocked, outcomes.blocked),
        (Outcome::InternalOnly, outcomes.internal_only),
    ];
    let times = if core.route == Route::MailOut { "人次" } else { "次" };
    let parts = parts
        .into_iter()
        .filter(|(_, n)| *n > 0)
        .map(|(outcome, n)| format!("{} {} {times}", outcome_zh(outcome, core.route), thousands(n)));
    let parts = join(parts, "；");
    if parts.is_empty() { format!("{who} {did}") } else { format!("{who} {did}：{parts}") }
}

fn sources(draft: &Draft) -> Vec<String> {
    let mut sources: Vec<String> = draft
        .systems
        .iter()
        .take(SHOWN_MAX)
        .map(|system| {
            if system.system.is_none() && system.owner_unit.is_none() {
                return format!("（未設定系統與主責單位）　{}", system.source);
            }
            let name = system.system.as_deref().unwrap_or("（未命名系統）");
            let unit = system.owner_unit.as_deref().unwrap_or("未設定");
            format!("{name}（主責單位：{unit}）　{}", system.source)
        })
        .collect();
    if sources.is_empty() {
        sources.push("（未設定系統與主責單位）".to_owned());
    }
    sources
}

fn time(letter: &Letter) -> String {
    let (first, last) = (letter.draft.core.first.0, letter.draft.core.last.0);
    let (from, to) = (roc(first, letter.zone), roc(last, letter.zone));
    match (from.rsplit_once(' '), to.rsplit_once(' ')) {
        _ if from == to => from,
        (Some((day, _)), Some((same, clock))) if day == same => format!("{from} 至 {clock}"),
        _ => format!("{from} 至 {to}"),
    }
}

fn deadlines(letter: &Letter) -> Vec<Deadline> {
    let mut duties: Vec<(i64, &Duty)> =
        letter.draft.duties.iter().filter_map(|duty| Some((duty.due?.0, duty))).collect();
    duties.sort_by_key(|(due, _)| *due);
    duties
        .into_iter()
        .map(|(due, duty)| {
            let at_once = duty.from.is_some_and(|from| from.0 == due);
            let left = due - letter.now;
            Deadline {
                what: what_zh(&duty.what),
                when: if at_once {
                    "立即".to_owned()
                } else {
                    format!("{} 前", roc_short(due, letter.zone))
                },
                left: match left {
                    _ if at_once => "不待期限".to_owned(),
                    left if left < 0 => format!("已逾期 {}", span(-left)),
                    left => format!("剩 {}", span(left)),
                },
                urgent: at_once || left < 2 * 3600 * SECOND,
            }
        })
        .collect()
}

/// The next steps of the organisation's procedure; the clauses are those of the duties.
fn steps(letter: &Letter) -> Vec<String> {
    let clause = |what: &str| {
        letter.draft.duties.iter().find(|duty| duty.what == what).map(|duty| duty.clause.as_str())
    };
    let roles = join(letter.role_names.iter().map(|(role, _)| role_zh(role).to_owned()), "、");
    let roles = if roles.is_empty() { "權責人員".to_owned() } else { roles };
    let cited = clause("handle").map_or(String::new(), |clause| format!("（{clause}）"));
    let mut steps = vec![
        format!("以電話（郵件）通知{roles}{cited}"),
        format!("查證全案內容：breachd incident show {}", letter.case),
        "請系統管理人員保全上列來源之紀錄檔，勿刪除、勿覆寫".to_owned(),
    ];
    if let Some(clause) = clause("authority") {
        steps.push(format!("由權責人員決定是否以書面通報主管機關（{clause}），系統不代為認定亦不代為通報"));
    }
    steps
}

/// Commands to copy. What comes from a log is quoted for the shell, and a value too long to be one is left out.
fn commands(letter: &Letter) -> Vec<String> {
    let draft = &letter.draft;
    let mut commands = vec![format!("breachd incident show {}", letter.case)];
    if draft.core.actor.len() <= 128 {
        let since = iso_local(draft.core.first.0 - 7 * DAY, letter.zone);
        let since = since.get(..10).unwrap_or_default();
        let actor = quoted(&draft.core.actor);
        commands.extend(draft.systems.iter().filter(|system| system.source.len() <= 128).take(3).map(
            |system| format!("breachd replay {} --actor {actor} --since {since}", quoted(&system.source)),
        ));
    }
    commands
}

fn duty(duty: &Duty) -> String {
    format!("{}：{}（{}，{}）", what_zh(&duty.what), duty.text, duty.policy, duty.clause)
}

fn samples(letter: &Letter) -> Vec<Sample> {
    letter
        .draft
        .core
        .samples
        .iter()
        .take(SAMPLES_MAX)
        .map(|sample| {
            let time = iso_local(sample.time.0, letter.zone);
            let clock = time.get(5..19).map_or(time.clone(), |clock| clock.replace('T', " "));
            let place = sample.place.as_ref().map_or(String::new(), |place| {
                format!("{} 位移 {} 第 {} 行", place.path, thousands(place.offset), thousands(place.line))
            });
            Sample { time: clock, masked: sample.masked.clone(), place }
        })
        .collect()
}
