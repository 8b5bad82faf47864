//! What a letter says, in words: the values that the templates of config/templates print, as docs/templates.md lists
//! them.
//!
//! Values are as the draft has them; cleaning and escaping happen where they are printed. Every list is bounded in
//! number and in bytes, so that the largest case makes a mail of less than a mebibyte.

#[cfg(test)]
mod schema_tests;
mod steps;

use serde::Serialize;

use super::clean::thousands;
use super::english::{English, english};
use super::named::is_own;
use super::words::{
    basis_zh, exposed_zh, gap_zh, kind_zh, object_zh, outcome_zh, quoted, recipient_zh, role_zh, span,
    what_zh,
};
use super::{Attachment, Letter, LetterKind};
use crate::incident::{Draft, Duty, Missing, Outcome, Route};
use crate::moment::{DAY, SECOND, iso_local, roc, roc_short};

/// Recipients, objects, origins and sources that are shown of each.
const SHOWN_MAX: usize = 50;
/// Bytes of one such list.
const SHOWN_BYTES_MAX: usize = 4 << 10;
/// Masked samples that are shown.
const SAMPLES_MAX: usize = 20;
const MINUTE: i64 = 60 * SECOND;
/// Lines of reasons and of changes.
const LINES_MAX: usize = 40;

/// The values of the templates of a letter. A site's own templates may rely on these names.
#[derive(Debug, Serialize)]
pub(super) struct View {
    languages: Vec<&'static str>,
    org: String,
    case: String,
    kind: &'static str,
    kind_word: &'static str,
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
    acknowledge: String,
    notes: Vec<String>,
    reasons: Vec<Reason>,
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
    attachments: Vec<String>,
    checkpoint: Option<String>,
    en: English,
}

#[derive(Debug, Serialize)]
struct Deadline {
    what: String,
    when: String,
    left: String,
    urgent: bool,
}

/// One line of 判定依據.
#[derive(Debug, Serialize)]
struct Reason {
    label: String,
    text: String,
    clause: String,
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
pub(super) fn view(letter: &Letter, attached: &[Attachment]) -> View {
    let (draft, core) = (&letter.draft, &letter.draft.core);
    let level = letter.level();
    let fits = bounded(&core.recipients, |recipient| recipient.address.len());
    let recipients = core.recipients.iter().take(fits).map(|recipient| Recipient {
        address: recipient_zh(&recipient.address, core.route).to_owned(),
        outcome: outcome_zh(recipient.outcome, core.route),
    });
    let all = core.recipients.len() as u64 + core.recipients_more.unwrap_or(0);
    View {
        languages: letter.languages.iter().map(|language| language.tag()).collect(),
        org: letter.org_name.clone(),
        case: letter.case.clone(),
        kind: letter.kind.id(),
        kind_word: kind_zh(letter.kind),
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
        deadlines: deadlines(letter),
        steps: steps::steps(letter),
        acknowledge: steps::acknowledge(letter),
        notes: letter.note.iter().take(LINES_MAX).cloned().collect(),
        reasons: reasons(draft),
        actor: core.actor.clone(),
        basis: basis_zh(&draft.basis),
        origins: list(&core.origins, core.origins_more),
        recipients: recipients.collect(),
        recipients_more: more(fits, all),
        recipients_open: letter.kind == LetterKind::First && core.route == Route::MailOut,
        object_what: object_zh(core.route),
        objects: list(&core.objects, core.objects_more),
        samples: samples(letter),
        read: read(letter),
        gaps: gaps(&draft.completeness.gaps),
        roles: roles(letter),
        commands: commands(letter),
        attachments: attached.iter().map(|file| format!("{}（{}）", file.name, file.title)).collect(),
        checkpoint: letter.checkpoint.clone(),
        en: english(letter),
    }
}

/// How many values of a list are shown.
fn bounded<T>(values: &[T], bytes: impl Fn(&T) -> usize) -> usize {
    bounded_by((SHOWN_MAX, SHOWN_BYTES_MAX), values, bytes)
}

/// How many values of a list are shown, of so many and so many bytes at most.
pub(super) fn bounded_by<T>(
    (most, room): (usize, usize),
    values: &[T],
    bytes: impl Fn(&T) -> usize,
) -> usize {
    let mut room = room;
    let fits = values.iter().take(most).take_while(|value| {
        let bytes = bytes(value);
        let fits = bytes <= room;
        room = room.saturating_sub(bytes);
        fits
    });
    fits.count()
}

fn list(values: &[String], rest: Option<u64>) -> List {
    let fits = bounded(values, String::len);
    List { shown: values[..fits].to_vec(), more: more(fits, values.len() as u64 + rest.unwrap_or(0)) }
}

/// `…等 N 位` where not all are shown.
fn more(shown: usize, all: u64) -> String {
    if all > shown as u64 { thousands(all) } else { String::new() }
}

/// Lines in the place of a list, with one that counts the rest.
pub(super) fn lines<T>(
    values: &[T],
    bytes: impl Fn(&T) -> usize,
    line: impl Fn(&T) -> String,
) -> Vec<String> {
    let fits = bounded(values, bytes);
    let rest = (fits < values.len()).then(|| format!("…等 {} 項", thousands(values.len() as u64)));
    values[..fits].iter().map(line).chain(rest).collect()
}

fn join(parts: impl Iterator<Item = String>, between: &str) -> String {
    parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(between)
}

fn read(letter: &Letter) -> Vec<String> {
    lines(
        &letter.draft.completeness.sources,
        |read| read.source.len(),
        |read| {
            let until =
                read.until.map_or("（尚無時間）".to_owned(), |until| iso_local(until.0, letter.zone));
            format!("{} 已讀至 {until}", read.source)
        },
    )
}

pub(super) fn gaps(gaps: &[Missing]) -> Vec<String> {
    lines(
        gaps,
        |gap| gap.path.len() + gap.cause.len(),
        |gap| {
            let to = gap.to.map_or("檔尾".to_owned(), thousands);
            format!("{} 位移 {} 至 {to}　{}", gap.path, thousands(gap.from), gap_zh(&gap.cause))
        },
    )
}

fn count(draft: &Draft) -> String {
    let subjects = &draft.core.subjects;
    // A file that is known by its name only, and of which nobody has said how many people are in it.
    if subjects.total == 0 && subjects.estimated {
        return "筆數待查".to_owned();
    }
    // Of a header that was cut off, what is seen is the least.
    let is_cut = draft.core.exposed.is_some_and(|exposed| exposed.at_most.is_some());
    let about = match subjects.estimated {
        true if is_cut => "至少 ",
        true => "約 ",
        false => "",
    };
    format!("{about}{} 人", thousands(subjects.total))
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
        let said = match declared.records {
            0 => "紀錄或清冊未載明筆數".to_owned(),
            records => format!("紀錄或清冊載明 {} 筆", thousands(records)),
        };
        people.push(format!("{said}（依據：{}）", declared.basis));
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
    let sources = lines(
        &draft.systems,
        |system| system.source.len() + 100,
        |system| {
            if system.system.is_none() && system.owner_unit.is_none() {
                return format!("（未設定系統與主責單位）　{}", system.source);
            }
            let name = system.system.as_deref().unwrap_or("（未命名系統）");
            let unit = system.owner_unit.as_deref().unwrap_or("未設定");
            format!("{name}（主責單位：{unit}）　{}", system.source)
        },
    );
    if sources.is_empty() { vec!["（未設定系統與主責單位）".to_owned()] } else { sources }
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
    let deadline = |(due, duty): (i64, &Duty)| {
        let at_once = duty.from.is_some_and(|from| from.0 == due);
        let left = due - letter.now;
        Deadline {
            what: if duty.is_from_knowledge() {
                format!("{}（自知悉起算）", what_zh(&duty.what))
            } else {
                what_zh(&duty.what).to_owned()
            },
            when: if at_once { "立即".to_owned() } else { format!("{} 前", roc_short(due, letter.zone)) },
            left: match left {
                _ if at_once => "不待期限".to_owned(),
                left if left.abs() < MINUTE => "期限已到".to_owned(),
                left if left < 0 => format!("已逾期 {}", span(-left)),
                left => format!("剩 {}", span(left)),
            },
            urgent: at_once || left < 2 * 3600 * SECOND,
        }
    };
    duties.into_iter().take(LINES_MAX).map(deadline).collect()
}

/// The reasons of the level, that the six special categories were looked for, and what the duties say.
fn reasons(draft: &Draft) -> Vec<Reason> {
    let special = match draft.core.subjects.special {
        0 => "未發現".to_owned(),
        people => format!("{} 人", thousands(people)),
    };
    let special = Reason {
        label: "特種個資".to_owned(),
        text: format!("病歷、醫療、基因、性生活、健康檢查、犯罪前科：{special}"),
        clause: "個人資料保護法第六條".to_owned(),
    };
    let why = draft.core.level.why.iter().map(|why| reason(why));
    let duties = draft.duties.iter().map(|duty| Reason {
        label: what_zh(&duty.what).to_owned(),
        text: duty.text.clone(),
        clause: format!("{}，{}", duty.policy, duty.clause),
    });
    why.chain([special]).chain(duties).take(LINES_MAX).collect()
}

/// A sentence of the judgement, `依筆數：…（IMS-P-025 6.2.2）`, with its label and its clause set apart.
fn reason(why: &str) -> Reason {
    let (label, rest) = match why.split_once('：') {
        Some((label, rest)) if label.chars().count() <= 6 => (label, rest),
        _ => ("", why),
    };
    let cut = rest.strip_suffix('）').and_then(|open| open.rsplit_once('（'));
    let (text, clause) = cut.unwrap_or((rest, ""));
    Reason { label: label.to_owned(), text: text.to_owned(), clause: clause.to_owned() }
}

/// Who is told. Whoever is outside the organisation is a number to the others (`named`).
fn roles(letter: &Letter) -> Vec<String> {
    let line = |(role, to): &(String, Vec<String>)| {
        let is_named = |to: &&String| is_own(to, &letter.from, &letter.own_domains);
        let named: Vec<String> = to.iter().filter(is_named).cloned().collect();
        let shown = list(&named, None).shown;
        let others = to.len() - shown.len();
        let word = if shown.is_empty() { "外部收件者" } else { "另" };
        let others = (others > 0).then(|| format!("{word} {} 位", thousands(others as u64)));
        format!("{}：{}", role_zh(role), join(shown.into_iter().chain(others), "、"))
    };
    lines(
        &letter.role_names,
        |(_, to)| to.iter().map(String::len).sum::<usize>().min(SHOWN_BYTES_MAX / 4),
        line,
    )
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

fn samples(letter: &Letter) -> Vec<Sample> {
    let sample = |sample: &crate::incident::Sample| {
        let time = iso_local(sample.time.0, letter.zone);
        let clock = time.get(5..19).map_or(time.clone(), |clock| clock.replace('T', " "));
        let place = sample.place.as_ref().map_or(String::new(), |place| {
            format!("{} 位移 {} 第 {} 行", place.path, thousands(place.offset), thousands(place.line))
        });
        Sample { time: clock, masked: sample.masked.clone(), place }
    };
    letter.draft.core.samples.iter().take(SAMPLES_MAX).map(sample).collect()
}
