//! What has changed since the last mail of a case, in words for the response team.

use std::collections::BTreeMap;

use super::clean::thousands;
use super::words::{outcome_zh, recipient_zh, span, what_zh};
use crate::incident::{Core, Duty, Recipient};
use crate::moment::MINUTE;

/// Recipients named one by one; of more only the number is told.
const RECIPIENTS_MAX: usize = 5;

/// Compares what people were told with what is known now; `begun` are the duties that begin with this mail.
pub fn changes(told: &Core, is: &Core, begun: &[Duty]) -> Vec<String> {
    let mut changes = Vec::new();
    if is.level.level != told.level.level {
        changes.push(format!("計算等級：第 {} 級 → 第 {} 級", told.level.level, is.level.level));
    }
    changes.extend(begun.iter().map(|duty| format!("新增義務：{}（{}）", duty.text, duty.clause)));
    let numbers = [
        ("人數", told.subjects.total, is.subjects.total),
        ("特種個資人數", told.subjects.special, is.subjects.special),
        ("資料列", told.rows, is.rows),
        ("疑似計入", told.possible_subjects, is.possible_subjects),
    ];
    for (what, told, is) in numbers.into_iter().filter(|(_, told, is)| told != is) {
        changes.push(format!("{what}：{} → {}", thousands(told), thousands(is)));
    }
    changes.extend(recipients(told, is));
    changes
}

/// That so much of a duty's time has passed, in percent, and nobody has acknowledged the case.
pub fn reminder(duty: &Duty, share: i64, now: i64) -> String {
    let clock = if duty.is_from_knowledge() { "，自知悉起算" } else { "" };
    let name = what_zh(&duty.what);
    let left = duty.due.map_or(0, |due| due.0 - now);
    let state = match left {
        left if left > 0 => format!("期限已過 {share}%，剩 {}", span(left)),
        left if left > -MINUTE => "期限已到".to_owned(),
        left => format!("已逾期 {}", span(-left)),
    };
    format!("提醒：{name}（{}{clock}）{state}，尚無人確認收案", duty.clause)
}

fn recipients(told: &Core, is: &Core) -> Vec<String> {
    let before: BTreeMap<&str, _> =
        told.recipients.iter().map(|recipient| (recipient.address.as_str(), recipient.outcome)).collect();
    let changed: Vec<&Recipient> = is
        .recipients
        .iter()
        .filter(|recipient| before.get(recipient.address.as_str()) != Some(&recipient.outcome))
        .collect();
    let mut lines: Vec<String> = changed
        .iter()
        .take(RECIPIENTS_MAX)
        .map(|recipient| {
            let address = recipient_zh(&recipient.address, is.route);
            format!("{address}：{}", outcome_zh(recipient.outcome, is.route))
        })
        .collect();
    if changed.len() > RECIPIENTS_MAX {
        lines.push(format!("另有 {} 位收件者狀態異動", changed.len() - RECIPIENTS_MAX));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::incident::Outcome;

    #[test]
    fn a_reader_is_told_what_is_new_and_about_whom() {
        let told = super::super::Letter::sample().draft.core;
        let mut is = told.clone();
        is.subjects.total += 1000;
        is.recipients[0].outcome = Outcome::Failed;
        let changes = changes(&told, &is, &[]);
        assert!(changes[0].starts_with("人數：") && changes[0].contains(" → "), "{changes:?}");
        assert_eq!(changes[1], format!("{}：退信，未外流", told.recipients[0].address));
        assert_eq!(changes.len(), 2);
        assert!(super::changes(&told, &told, &[]).is_empty());
    }

    #[test]
    fn a_reminder_says_what_is_left_or_how_late_it_is() {
        let duty = super::super::Letter::sample().draft.duties[0].clone();
        let due = duty.due.expect("it runs").0;
        for (now, share, words) in [
            (due - 90 * MINUTE, 50, "期限已過 50%，剩 1 小時 30 分，尚無人確認收案"),
            (due, 100, "期限已到，"),
            (due + 60 * MINUTE, 150, "已逾期 1 小時 0 分，"),
        ] {
            let reminder = reminder(&duty, share, now);
            assert!(reminder.contains(words) && reminder.contains(&duty.clause), "{reminder}");
        }
    }
}
