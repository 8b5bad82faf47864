//! A letter about nobody: every part of a letter is in it, so that what renders it renders any.

use super::{
    Acknowledge, Bulletin, Error, Language, Letter, LetterKind, Templates, render_html, render_text,
};
use crate::incident::{
    Completeness, Core, Draft, Duty, Instant, Level, Missing, Outcome, Outcomes, ReadUpTo, Recipient, Route,
    Sample, SamplePlace, Subjects, System,
};
use crate::kind::Nature;
use crate::moment::{DAY, HOUR, SECOND, Tz};

/// 2026-11-21 01:02:03 UTC, when the first row was sent, in microseconds.
const START: i64 = 1_795_222_923_000_000;

impl Letter {
    /// The sample: templates are proved with it, by `breachd check` and by the tests.
    pub fn sample() -> Self {
        Self {
            id: "BD-2026-000017.r0".to_owned(),
            case: "BD-2026-000017".to_owned(),
            kind: LetterKind::First,
            revision: 0,
            is_reply: false,
            now: START + 1_047 * SECOND,
            draft: draft(),
            level_name: "大".to_owned(),
            org_name: "臺北市政府工務局新建工程處".to_owned(),
            system: "郵件閘道".to_owned(),
            zone: Tz::Asia__Taipei,
            languages: vec![Language::Chinese, Language::English],
            is_minimal: false,
            acknowledge: Acknowledge::Phone { whom: "資訊室值班（分機 1234）".to_owned() },
            from: "breachd@agency.gov.tw".to_owned(),
            to: vec!["privacy@agency.gov.tw".to_owned(), "hr-head@agency.gov.tw".to_owned()],
            own_domains: vec!["agency.gov.tw".to_owned()],
            role_names: vec![
                ("dpo".to_owned(), vec!["privacy@agency.gov.tw".to_owned()]),
                ("unit-head".to_owned(), vec!["hr-head@agency.gov.tw".to_owned()]),
            ],
            domain: "agency.gov.tw".to_owned(),
            note: Vec::new(),
            checkpoint: Some(format!("812 {} {} {}", "3f".repeat(32), "9c".repeat(16), "a1".repeat(64))),
        }
    }

    /// One of every kind, with what only that kind has, by the kind's id.
    pub fn samples() -> Vec<(&'static str, Self)> {
        let of = |kind: LetterKind| Self {
            kind,
            id: "BD-2026-000017.r1".to_owned(),
            revision: 1,
            is_reply: true,
            ..Self::sample()
        };
        let reminds =
            |words: &str| vec![format!("提醒：內部處理（IMS-P-025 6.3.1.1）{words}，尚無人確認收案")];
        let reply = Acknowledge::Reply {
            to: "breachd-reply+mfrggzdfmztwq2lk@agency.gov.tw".to_owned(),
            until: START + 14 * DAY,
        };
        let changed = ["人數：642 → 1,284".to_owned(), "lin@example.net：已寄出機關外部".to_owned()];
        let mut risen = Self { note: changed.to_vec(), ..of(LetterKind::Rise) };
        risen.note.insert(0, "計算等級：第 1 級 → 第 2 級".to_owned());
        let mut empty = Self {
            level_name: String::new(),
            checkpoint: None,
            role_names: Vec::new(),
            ..of(LetterKind::Update)
        };
        (empty.draft.duties, empty.draft.systems) = (Vec::new(), Vec::new());
        empty.draft.completeness = Completeness::default();
        let core = &mut empty.draft.core;
        (core.objects, core.origins, core.samples, core.recipients) = Default::default();
        (core.natures, core.route, core.subjects.estimated) = (Vec::new(), Route::Download, true);
        vec![
            ("first", Self { acknowledge: reply.clone(), ..Self::sample() }),
            ("update", Self { note: changed.to_vec(), acknowledge: reply, ..of(LetterKind::Update) }),
            ("rise", risen),
            (
                "reminder",
                Self {
                    note: reminds("期限已過 50%，剩 1 小時 0 分"),
                    now: START + 4_557 * SECOND,
                    ..of(LetterKind::Reminder)
                },
            ),
            (
                "escalation",
                Self {
                    note: reminds("期限已到"),
                    now: START + 8_157 * SECOND,
                    is_reply: false,
                    ..of(LetterKind::Escalation)
                },
            ),
            ("minimal", Self { is_minimal: true, ..Self::sample() }),
            ("empty", empty),
        ]
    }
}

/// Renders the samples with these templates; every mistake once.
pub fn prove(templates: &Templates) -> Vec<Error> {
    let no_html = || Ok(String::new());
    let letters = Letter::samples().into_iter().flat_map(|(_, letter)| {
        let html = if letter.is_minimal { no_html() } else { render_html(&letter, templates, &[]) };
        [render_text(&letter, templates, &[]), html]
    });
    let bulletins = Bulletin::samples().into_iter().flat_map(|(_, bulletin)| {
        let html = if bulletin.is_minimal { no_html() } else { bulletin.html(templates) };
        [bulletin.text(templates), html]
    });
    let mut faults: Vec<Error> = Vec::new();
    for fault in letters.chain(bulletins).filter_map(Result::err) {
        if !faults.iter().any(|known| known.to_string() == fault.to_string()) {
            faults.push(fault);
        }
    }
    faults
}

/// The draft that it tells.
fn draft() -> Draft {
    let source = "/var/log/mail.log".to_owned();
    Draft {
        core: core(),
        case: Some("BD-2026-000017".to_owned()),
        notified_level: None,
        duties: duties(),
        actor_30d: 1_302,
        key: "9c41e0aa00000000".to_owned(),
        completeness: Completeness {
            sources: vec![ReadUpTo { source: source.clone(), until: Some(Instant(START + 959 * SECOND)) }],
            gaps: vec![Missing { path: source.clone(), from: 100, to: None, cause: "truncated".to_owned() }],
        },
        state: "draft".to_owned(),
        systems: vec![System {
            source,
            system: Some("郵件閘道".to_owned()),
            owner_unit: Some("人事室".to_owned()),
        }],
        basis: "authenticated".to_owned(),
        aliases: Vec::new(),
        decided_level: None,
        known: None,
        links: Vec::new(),
    }
}

/// Three duties of two policies.
fn duties() -> Vec<Duty> {
    let from = START + 957 * SECOND;
    let duty = |what: &str, hours: i64, policy: &str, clause: &str, text: &str| Duty {
        policy: policy.to_owned(),
        what: what.to_owned(),
        due: Some(Instant(from + hours * HOUR)),
        clock: "detected".to_owned(),
        from: Some(Instant(from)),
        clause: clause.to_owned(),
        text: text.to_owned(),
    };
    vec![
        duty(
            "authority",
            72,
            "moi-construction-110",
            "第九條",
            "1,284 達 1,000 筆以上，可能為重大事故：72 小時內以書面通報",
        ),
        duty("handle", 2, "nfu-ims-p-025", "IMS-P-025 6.3.1.1", "接獲通報後 2 小時內處理（目標值）"),
        duty("close", 72, "nfu-ims-p-025", "IMS-P-025 6.5.1", "3 天內處理完畢"),
    ]
}

/// What was found.
fn core() -> Core {
    let subjects = Subjects { total: 1_284, general: 1_284, special: 0, estimated: false };
    let place = SamplePlace { path: "/var/log/mail.log".to_owned(), offset: 1_834, line: 12 };
    let sample =
        |masked: &str| Sample { time: Instant(START), masked: masked.to_owned(), place: Some(place.clone()) };
    let recipient = |address: &str, outcome| Recipient { address: address.to_owned(), outcome };
    Core {
        id: "3f9a0c12de".to_owned(),
        route: Route::MailOut,
        actor: "wang.xm@agency.gov.tw".to_owned(),
        first: Instant(START),
        last: Instant(START + 937 * SECOND),
        subjects,
        rows: 1_301,
        possible_subjects: 1_290,
        pending_subjects: 1_284,
        declared: None,
        exposed: None,
        continues: None,
        natures: vec![Nature::Identification, Nature::Financial],
        level: Level {
            level: 2,
            by_count: 1,
            by_nature: 2,
            why: vec![
                "依筆數：1,284 人落在 21~10,000 → 第 1 級（IMS-P-025 6.2.2）".to_owned(),
                "依性質：金融財務資料 → 第 2 級（IMS-P-025 6.2.2）".to_owned(),
                "取高者 → 第 2 級".to_owned(),
            ],
        },
        outcomes: Outcomes { left: 2, failed: 1, ..Outcomes::default() },
        recipients: vec![
            recipient("chen@example.com", Outcome::Left),
            recipient("lin@example.net", Outcome::Left),
            recipient("wu@bounce.example", Outcome::Failed),
        ],
        recipients_more: None,
        objects: vec!["員工薪資_*****.xlsx".to_owned(), "轉帳清冊.csv".to_owned()],
        objects_more: None,
        origins: vec!["10.1.2.37".to_owned()],
        origins_more: None,
        samples: vec![
            sample("身分證字號 A1******** 銀行帳號 **********4417"),
            sample("身分證字號 F2********"),
        ],
    }
}
