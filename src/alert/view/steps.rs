//! What is asked of the reader: the next steps, and how to say that the case is known.

use super::join;
use crate::alert::letter::{Acknowledge, Letter};
use crate::alert::words::role_zh;
use crate::moment::roc_short;

/// The next steps of the organisation's procedure; the clauses are those of the duties.
pub(super) fn steps(letter: &Letter) -> Vec<String> {
    let clause = |what: &str| {
        letter.draft.duties.iter().find(|duty| duty.what == what).map(|duty| duty.clause.as_str())
    };
    let roles = join(letter.role_names.iter().map(|(role, _)| role_zh(role).to_owned()), "、");
    let roles = if roles.is_empty() { "權責人員".to_owned() } else { roles };
    let cited = clause("handle").map_or(String::new(), |clause| format!("（{clause}）"));
    let mut steps = vec![
        format!("以電話（郵件）通知{roles}{cited}"),
        acknowledge(letter),
        format!("查證全案內容：breachd incident show {}", letter.case),
        "請系統管理人員保全上列來源之紀錄檔，勿刪除、勿覆寫".to_owned(),
    ];
    if let Some(clause) = clause("authority") {
        steps.push(format!("由權責人員決定是否以書面通報主管機關（{clause}），系統不代為認定亦不代為通報"));
    }
    steps
}

/// How to say that the case is known.
pub(super) fn acknowledge(letter: &Letter) -> String {
    match &letter.acknowledge {
        Acknowledge::Reply { until, .. } => format!(
            "直接回覆本信即登錄「已知悉」，信中文字記為註記（限本人使用一次，至 {} 止）",
            roc_short(*until, letter.zone)
        ),
        Acknowledge::Phone { whom } => {
            let whom = if whom.is_empty() { "系統管理人員" } else { whom };
            format!(
                "電洽{whom}登錄「已知悉」（breachd incident ack {} --by-phone 姓名）；回覆本信無法登錄",
                letter.case
            )
        }
    }
}
