//! Bulletins about nobody: a quiet day, a busy one, a storm, and the least of each.

use super::Bulletin;
use crate::alert::Language;
use crate::incident::{
    self, Content, Digest, Entry, Instant, Listing, Missing, Read, Route, Suppressed, runs,
};
use crate::moment::{DAY, HOUR, SECOND, Tz};

/// 2026-11-22 00:00 UTC, 08:00 in Taipei, in microseconds.
const NOW: i64 = 1_795_305_600_000_000;

impl Bulletin {
    /// One of every kind, by its name: templates are proved with them, by `breachd check` and by the tests.
    pub fn samples() -> Vec<(&'static str, Self)> {
        let busy = || Content::Digest(Box::new(digest()));
        let urgent = || Content::Collective(urgent());
        vec![
            ("digest", of("digest", busy())),
            ("digest-quiet", of("digest", Content::Digest(Box::new(quiet())))),
            ("digest-minimal", Self { is_minimal: true, ..of("digest", busy()) }),
            ("collective", of("collective", urgent())),
            ("collective-minimal", Self { is_minimal: true, ..of("collective", urgent()) }),
        ]
    }
}

fn of(kind: &str, content: Content) -> Bulletin {
    let said = incident::Bulletin {
        id: format!("{kind}-20261122T000000Z"),
        created: NOW,
        roles: vec!["dpo".to_owned()],
        sources: Vec::new(),
        content,
    };
    Bulletin {
        said,
        org_name: "臺北市政府工務局新建工程處".to_owned(),
        zone: Tz::Asia__Taipei,
        languages: vec![Language::Chinese, Language::English],
        is_minimal: false,
        from: "breachd@agency.gov.tw".to_owned(),
        to: vec!["privacy@agency.gov.tw".to_owned(), "hr-head@agency.gov.tw".to_owned()],
        own_domains: vec!["agency.gov.tw".to_owned()],
        domain: "agency.gov.tw".to_owned(),
        checkpoint: Some(format!("812 {} {} {}", "3f".repeat(32), "9c".repeat(16), "a1".repeat(64))),
    }
}

fn entry(case: Option<u32>, level: u8, people: u64, route: Route, actor: &str) -> Entry {
    Entry {
        case: case.map(|number| format!("BD-2026-{number:06}")),
        chain: "3f9a0c12de".to_owned(),
        level,
        people,
        possible: people + u64::from(level),
        route,
        actor: actor.to_owned(),
        first: Instant(NOW - 9 * HOUR),
        last: Instant(NOW - 8 * HOUR - 11 * 60 * SECOND),
        due: case.map(|_| Instant(NOW + 3 * HOUR)),
    }
}

fn listing(total: u64, entries: Vec<Entry>, numbers: std::ops::Range<u32>) -> Listing {
    Listing { total, entries, numbers: runs(numbers.map(|number| format!("BD-2026-{number:06}"))) }
}

fn digest() -> Digest {
    let suppressed = |ended| Suppressed {
        id: "s1".to_owned(),
        words: "行為人 payroll@agency.gov.tw 寄至 bank.example".to_owned(),
        owner: "人事室".to_owned(),
        reason: "每月薪資轉帳".to_owned(),
        last_day: "2026-12-31".to_owned(),
        since: Instant(NOW - 30 * DAY),
        ended,
        chains: 4,
        people: 2_568,
        level_max: 2,
    };
    let held = vec![
        entry(Some(18), 1, 212, Route::MailOut, "lee.ky@agency.gov.tw"),
        entry(Some(19), 0, 9, Route::Download, "192.0.2.77"),
    ];
    Digest {
        opened: vec![3, 12, 1],
        unsettled: 21,
        held: listing(14, held, 18..32),
        exposed: listing(1, vec![entry(None, 0, 31, Route::ExposureInLog, "198.51.100.9")], 0..0),
        possible: listing(1, vec![entry(None, 1, 0, Route::MailOut, "chang@agency.gov.tw")], 0..0),
        ended: vec![suppressed(Some(Instant(NOW - HOUR)))],
        standing: vec![suppressed(None)],
        sources_more: 3,
        gaps: vec![Missing {
            path: "/var/log/mail.log".to_owned(),
            from: 100,
            to: None,
            cause: "truncated".to_owned(),
        }],
        gaps_total: 2,
        ..quiet()
    }
}

fn quiet() -> Digest {
    let read =
        |source: &str, lines, until| Read { source: source.to_owned(), lines, bytes: lines * 190, until };
    Digest {
        from: Instant(NOW - DAY),
        to: Instant(NOW),
        opened: Vec::new(),
        unsettled: 2,
        held: Listing::default(),
        exposed: Listing::default(),
        possible: Listing::default(),
        ended: Vec::new(),
        standing: Vec::new(),
        sources: vec![
            read("/var/log/mail.log", 1_284_003, Some(Instant(NOW - 2 * SECOND))),
            read("/var/log/nginx/access.log", 0, None),
        ],
        sources_more: 0,
        gaps: Vec::new(),
        gaps_total: 0,
    }
}

fn urgent() -> Listing {
    let entries = vec![
        entry(Some(40), 3, 12_840, Route::Export, "app-hr@db.agency.gov.tw"),
        entry(Some(41), 2, 1_284, Route::MailOut, "wang.xm@agency.gov.tw"),
        Entry { due: None, ..entry(Some(42), 2, 1, Route::Download, "203.0.113.5") },
    ];
    listing(17, entries, 40..57)
}
