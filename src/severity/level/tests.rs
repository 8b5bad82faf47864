use super::*;
use crate::moment::HOUR;
use crate::severity::shipped;

fn policies() -> Vec<Policy> {
    let read = |(file, text)| Policy::parse(file, text).expect("a shipped pack has no faults");
    shipped().into_iter().map(read).collect()
}

fn measured(general: u64, special: u64, natures: &[Nature]) -> Measured {
    let total = general + special;
    Measured { general, special, total, rows: total, natures: natures.to_vec() }
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
    assert_eq!((judged.level, judged.roles.len()), (0, 0));
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
