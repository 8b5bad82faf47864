use super::*;
use crate::moment::HOUR;
use crate::severity::{ACTIVE, GeneralCounts, Mode, Unit, shipped};

/// The packs that are active unless a configuration says otherwise.
fn policies() -> Vec<Policy> {
    let active = shipped().into_iter().take(ACTIVE.len());
    active.map(|(file, text)| Policy::parse(file, text).expect("a shipped pack has no faults")).collect()
}

fn measured(general: u64, special: u64, natures: &[Nature]) -> Measured {
    let total = general + special;
    Measured { general, special, total, rows: total, natures: natures.to_vec(), held: 0 }
}

/// General, special, natures ⇒ by count, by nature, level, handling hours, whether the authority is told.
type Row<'a> = (u64, u64, &'a [Nature], u8, u8, u8, i64, bool);

fn check(mode: Mode, rows: &[Row]) {
    let mut policies = policies();
    for policy in &mut policies {
        policy.combine.mode = mode;
    }
    for &(general, special, natures, by_count, by_nature, level, hours, authority) in rows {
        let judged = judge(&policies, &measured(general, special, natures));
        let handle = judged.demands.iter().find(|demand| demand.what == "handle").expect("has a level");
        let told = judged.demands.iter().find(|demand| demand.what == "authority");
        let seen = (judged.by_count, judged.by_nature, judged.level, handle.within_us, told.is_some());
        let wanted = (by_count, by_nature, level, hours * HOUR, authority);
        assert_eq!(
            seen, wanted,
            "{general} general, {special} special, {natures:?}, {mode:?}: {:?}",
            judged.why
        );
        assert!(told.is_none_or(|told| told.within_us == 72 * HOUR && told.clause == "第九條"));
    }
}

const ACTIVITY: &[Nature] = &[Nature::Activity];
const FINANCIAL: &[Nature] = &[Nature::Financial];

#[test]
fn ims_p_025_6_2_2_and_article_9_general_counts_at_every_boundary() {
    let rows: &[Row] = &[
        (20, 0, &[], 0, 0, 0, 24, false),
        (21, 0, &[], 1, 0, 1, 8, false),
        (999, 0, &[], 1, 0, 1, 8, false),
        (1_000, 0, &[], 1, 0, 1, 8, true),
        (1_001, 0, &[], 1, 0, 1, 8, true),
        (10_000, 0, &[], 1, 0, 1, 8, true),
        (10_001, 0, &[], 2, 0, 2, 2, true),
        (20_000, 0, &[], 2, 0, 2, 2, true),
        (20_001, 0, &[], 3, 0, 3, 1, true),
    ];
    check(Mode::Max, rows);
    check(Mode::CountFirst, rows);
}

#[test]
fn ims_p_025_6_2_2_special_data_is_level_3_when_the_higher_axis_holds() {
    check(
        Mode::Max,
        &[
            (0, 1, &[], 0, 3, 3, 1, false),
            (0, 20, &[], 0, 3, 3, 1, false),
            (0, 21, &[], 1, 3, 3, 1, false),
            (0, 1_000, &[], 1, 3, 3, 1, true),
            (0, 1_001, &[], 2, 3, 3, 1, true),
            (0, 5_000, &[], 2, 3, 3, 1, true),
            (0, 5_001, &[], 3, 3, 3, 1, true),
            (15, 10, &[], 1, 3, 3, 1, false),
            (20, 1, &[], 1, 3, 3, 1, false),
            (9_999, 1, &[], 1, 3, 3, 1, true),
            (10_000, 1, &[], 2, 3, 3, 1, true),
        ],
    );
}

#[test]
fn ims_p_025_6_2_2_special_rows_speak_when_the_count_comes_first() {
    check(
        Mode::CountFirst,
        &[
            (0, 1, &[], 0, 3, 0, 24, false),
            (0, 20, &[], 0, 3, 0, 24, false),
            (0, 21, &[], 1, 3, 1, 8, false),
            (0, 1_000, &[], 1, 3, 1, 8, true),
            (0, 1_001, &[], 2, 3, 2, 2, true),
            (0, 5_000, &[], 2, 3, 2, 2, true),
            (0, 5_001, &[], 3, 3, 3, 1, true),
            (15, 10, &[], 1, 3, 1, 8, false),
            (20, 1, &[], 1, 3, 1, 8, false),
            (9_999, 1, &[], 1, 3, 1, 8, true),
            (10_000, 1, &[], 2, 3, 2, 2, true),
            (20_001, 0, FINANCIAL, 3, 2, 3, 1, true),
        ],
    );
}

#[test]
fn ims_p_025_6_2_2_natures_raise_what_the_count_leaves_low() {
    check(
        Mode::Max,
        &[
            (1, 0, ACTIVITY, 0, 1, 1, 8, false),
            (20, 0, ACTIVITY, 0, 1, 1, 8, false),
            (10_001, 0, ACTIVITY, 2, 1, 2, 2, true),
            (1, 0, FINANCIAL, 0, 2, 2, 2, false),
            (999, 0, FINANCIAL, 1, 2, 2, 2, false),
            (1_000, 0, FINANCIAL, 1, 2, 2, 2, true),
            (20_000, 0, FINANCIAL, 2, 2, 2, 2, true),
            (20_001, 0, FINANCIAL, 3, 2, 3, 1, true),
            (1, 0, &[Nature::Identification], 0, 0, 0, 24, false),
        ],
    );
}

#[test]
fn ims_p_025_6_3_1_1_roles_add_up_and_6_4_to_6_6_close_in_7_days_3_days_at_once() {
    let wanted = [
        (20, 168, 24, "小", vec!["dpo"]),
        (21, 168, 8, "中", vec!["dpo", "unit-head"]),
        (10_001, 72, 2, "大", vec!["dpo", "unit-head", "exec-secretary"]),
        (20_001, 0, 1, "嚴重", vec!["dpo", "unit-head", "exec-secretary", "ciso"]),
    ];
    for (count, close, handle, name, roles) in wanted {
        let judged = judge(&policies(), &measured(count, 0, &[]));
        assert_eq!(
            (judged.level_name.as_str(), &judged.roles),
            (name, &roles.iter().map(ToString::to_string).collect())
        );
        let close_text = &judged.demands.iter().find(|demand| demand.what == "close").expect("has one").text;
        assert_eq!(close == 0, close_text == "立即處理完畢", "{close_text}");
        for (what, hours) in [("close", close), ("handle", handle)] {
            let demand =
                judged.demands.iter().find(|demand| demand.what == what).expect("every level has both");
            assert_eq!(demand.within_us, hours * HOUR);
        }
    }
}

#[test]
fn the_reasons_are_sentences_with_their_clause() {
    let judged = judge(&policies(), &measured(1_284, 0, FINANCIAL));
    assert_eq!(
        judged.why,
        [
            "依筆數：1,284 人落在 21~10,000 → 第 1 級（IMS-P-025 6.2.2）",
            "依性質：金融財務資料 → 第 2 級（IMS-P-025 6.2.2）",
            "取高者 → 第 2 級",
        ]
    );
    let authority = judged.demands.iter().find(|demand| demand.what == "authority").expect("1,284 people");
    assert!(
        authority.text.contains("由人判斷") && authority.text.contains("72 小時內以書面通報"),
        "{}",
        authority.text
    );
}

#[test]
fn rows_that_would_give_another_level_are_named() {
    let judged = judge(&policies(), &Measured { rows: 10_001, ..measured(900, 0, &[]) });
    assert_eq!(judged.level, 1);
    assert!(judged.why.iter().any(|why| why == "如以資料列計（10,001 列）→ 依筆數為第 2 級，請確認計數單位"));
    assert!(judged.why.iter().any(|why| why.contains("則達 1,000 筆以上（第九條）")), "{:?}", judged.why);
    let mut by_rows = policies();
    by_rows[0].combine.unit = Unit::Rows;
    let judged = judge(&by_rows, &Measured { rows: 10_001, ..measured(900, 0, &[]) });
    assert_eq!(judged.level, 2);
    assert!(judged.why.iter().any(|why| why.contains("如以當事人計（900 人）→ 依筆數為第 1 級")));
}

#[test]
fn an_unknown_count_is_never_level_0_because_of_it() {
    let judged = judge(&policies(), &measured(0, 0, FINANCIAL));
    assert_eq!(judged.level, 2);
    assert_eq!(judged.why.last().map(String::as_str), Some("筆數待查，取高者 → 第 2 級"));
}

#[test]
fn general_rows_may_count_general_people_only() {
    let mut policies = policies();
    policies[0].combine.general_counts = GeneralCounts::General;
    assert_eq!(judge(&policies, &measured(15, 10, &[])).by_count, 0);
}

#[test]
fn without_a_levelled_policy_the_level_is_0_and_says_so() {
    let judged = judge(&policies()[1..], &measured(5_000, 0, FINANCIAL));
    assert_eq!((judged.level, judged.roles), (0, vec!["dpo".to_owned()]), "somebody is told all the same");
    assert!(judged.why[0].contains("均未訂定事件等級"));
    assert_eq!(judged.demands.len(), 1, "the authority is told all the same");
}

#[test]
fn of_two_levelled_policies_the_strictest_holds() {
    let mut policies = policies();
    let mut mild = policies[0].clone();
    mild.combine.mode = Mode::CountFirst;
    policies.insert(0, mild);
    let judged = judge(&policies, &measured(30, 0, FINANCIAL));
    assert_eq!((judged.level, judged.level_name.as_str()), (2, "大"));
    assert_eq!(judged.demands[0].within_us, 2 * HOUR, "the strictest is shown first");
}

/// What a pack that comes with the program demands of an incident.
fn demanded(id: &str, adjust: impl Fn(&mut Policy), measured: &Measured) -> Vec<&'static str> {
    let (file, text) = shipped().into_iter().find(|(file, _)| file.starts_with(id)).expect("a shipped pack");
    let mut policy = Policy::parse(file, text).expect("no faults");
    adjust(&mut policy);
    judge(&[policy], measured).demands.iter().map(|demand| demand.what).collect()
}

#[test]
fn pdpa_draft_2026_any_special_data_100_people_or_a_system_that_holds_10_000() {
    let check = |general, special, held, authority| {
        let seen = demanded("pdpa", |_| (), &Measured { held, ..measured(general, special, &[]) });
        let wanted: &[&str] = if authority { &["authority", "data-subjects"] } else { &["data-subjects"] };
        assert_eq!(seen, wanted, "{general} general, {special} special of {held}");
    };
    check(99, 0, 9_999, false);
    check(100, 0, 0, true);
    check(98, 1, 0, true);
    check(1, 0, 10_000, true);
    assert!(demanded("pdpa", |_| (), &Measured { held: 10_000, ..measured(0, 0, &[]) }).is_empty());
}

#[test]
fn pdpa_draft_2026_more_than_100_when_bounds_are_exclusive() {
    let exclusive = |policy: &mut Policy| policy.combine.inclusive = false;
    assert_eq!(demanded("pdpa", exclusive, &measured(100, 0, &[])), ["data-subjects"]);
    assert_eq!(demanded("pdpa", exclusive, &measured(101, 0, &[])), ["authority", "data-subjects"]);
}

#[test]
fn ims_p_025_6_2_2_and_article_9_rows_at_every_boundary_when_a_row_is_the_unit() {
    for (rows, level, authority) in [
        (20, 0, false),
        (21, 1, false),
        (999, 1, false),
        (1_000, 1, true),
        (1_001, 1, true),
        (10_000, 1, true),
        (10_001, 2, true),
        (20_000, 2, true),
        (20_001, 3, true),
    ] {
        let mut policies = policies();
        for policy in &mut policies {
            policy.combine.unit = Unit::Rows;
        }
        let judged = judge(&policies, &Measured { rows, ..measured(1, 0, &[]) });
        let told = judged.demands.iter().any(|demand| demand.what == "authority");
        assert_eq!((judged.level, told), (level, authority), "{rows} rows of one person: {:?}", judged.why);
    }
}

#[test]
fn taipei_nco_112_tells_the_head_and_the_task_force_of_every_incident() {
    let (file, text) = shipped()[2];
    let policy = Policy::parse(file, text).expect("no faults");
    let judged = judge(&[policy], &measured(1, 0, &[]));
    assert_eq!((judged.roles, judged.demands.len()), (vec!["dpo".to_owned(), "unit-head".to_owned()], 0));
}

#[test]
fn of_several_versions_the_latest_that_had_begun_holds() {
    let zone = crate::moment::Tz::Asia__Taipei;
    let old = policies().swap_remove(0);
    let new = Policy { version: "3".to_owned(), effective_from: "2027-01-01".to_owned(), ..old.clone() };
    let both = [new, old];
    let held = |day| {
        let at = crate::moment::parse_when(day, zone, 0).expect("a day");
        super::super::in_force(&both, at, zone).into_iter().map(|policy| policy.version).collect::<Vec<_>>()
    };
    assert_eq!(held("2026-12-31"), ["2.1"]);
    assert_eq!(held("2027-01-01"), ["3"]);
    assert!(held("2020-01-01").is_empty());
}
