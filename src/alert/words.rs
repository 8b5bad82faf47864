//! Single words and phrases of a letter: what a duty, a role, a basis or an outcome is called.

use super::LetterKind;
use crate::incident::{Core, Outcome, Route};
use crate::moment::SECOND;
pub(super) use crate::severity::{role_zh, what_zh};

/// Why a letter is written.
pub(super) const fn kind_zh(kind: LetterKind) -> &'static str {
    match kind {
        LetterKind::First => "新案通知",
        LetterKind::Update => "本次異動",
        LetterKind::Rise => "等級升高",
        LetterKind::Reminder => "提醒：尚未登錄已知悉",
        LetterKind::Escalation => "擴大通知：尚未登錄已知悉",
    }
}

/// How the actor is known.
pub(super) fn basis_zh(basis: &str) -> &'static str {
    match basis {
        "authenticated" => "經認證之帳號",
        "local" => "本機帳號",
        "envelope" => "信封寄件人，未經認證",
        "network" => "機關網段內，未經認證",
        "address" => "僅知來源位址",
        _ => "依據不明",
    }
}

/// What To and Cc have shown, where that is too much.
pub(super) fn exposed_zh(core: &Core) -> Option<String> {
    let exposed = core.exposed?;
    Some(format!("收件人／副本欄揭露 {} 個外部電子郵件地址（應使用密件副本）", exposed.number_zh()))
}

/// What became of it for one recipient.
pub(super) fn outcome_zh(outcome: Outcome, route: Route) -> &'static str {
    match (outcome, route) {
        (Outcome::Left, Route::MailOut) => "已寄出機關外部",
        (Outcome::Left, _) => "已取得",
        (Outcome::LeftPartly, _) => "部分外流",
        (Outcome::InternalOnly, _) => "僅於機關內部",
        (Outcome::Blocked, _) => "遭阻擋，未外流",
        (Outcome::Failed, Route::MailOut) => "退信，未外流",
        (Outcome::Failed, _) => "失敗，未外流",
        (Outcome::Pending, _) => "尚在傳送",
        (Outcome::Unknown, _) => "結果不明，待查",
    }
}

/// An address in words where a log names none: of a download the one who has it, of a mail nobody known.
pub(super) fn recipient_zh(address: &str, route: Route) -> &str {
    match (address, route) {
        ("-", Route::MailOut) => "（收件者不明）",
        ("-", _) => "（行為人本人）",
        (address, _) => address,
    }
}

/// How data left.
pub(super) const fn route_zh(route: Route) -> &'static str {
    match route {
        Route::MailOut => "寄出",
        Route::Download => "下載",
        Route::Export => "匯出",
        Route::Destruction => "毀損滅失",
        Route::ExposureInLog => "紀錄檔內",
    }
}

/// What the objects of a route are: Postfix tells the subject of a mail as well as its attachments.
pub(super) fn object_zh(route: Route) -> &'static str {
    if route == Route::MailOut { "主旨或檔名" } else { "檔案" }
}

/// Why a part of a source is missing, by the id of the cause; what was lost of a truncated file is not known.
pub(super) fn gap_zh(cause: &str) -> String {
    match cause {
        "vanished" => "檔案於讀完前消失或遭覆寫，未能讀取".to_owned(),
        "truncated" => "檔案遭截斷（copytruncate），截斷前寫入之紀錄可能遺漏".to_owned(),
        "held" => "檔案已刪除但仍被寫入，占用磁碟過多而停止讀取".to_owned(),
        "damaged" => "壓縮檔不完整或已損壞，未能讀取".to_owned(),
        other => format!("未能讀取：{other}"),
    }
}

/// How long, to the minute below a day and to the hour above.
pub(super) fn span(us: i64) -> String {
    let minutes = us / (60 * SECOND);
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} 分"),
        (hours, minutes) if hours < 48 => format!("{hours} 小時 {minutes} 分"),
        (hours, _) => format!("{} 天 {} 小時", hours / 24, hours % 24),
    }
}

/// One word of a POSIX shell, whatever stands in it.
pub(super) fn quoted(value: &str) -> String {
    let plain = |char: char| char.is_ascii_alphanumeric() || "@%+=:,./-_".contains(char);
    if !value.is_empty() && !value.starts_with('-') && value.chars().all(plain) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_told_in_its_two_largest_units() {
        let minute = 60 * SECOND;
        assert_eq!(
            [0, 59, 60, 118, 1_440, 4_260].map(|n| span(n * minute)),
            ["0 分", "59 分", "1 小時 0 分", "1 小時 58 分", "24 小時 0 分", "2 天 23 小時"]
        );
    }

    #[test]
    fn a_reader_meets_neither_a_dash_nor_an_english_cause() {
        assert_eq!(recipient_zh("-", Route::Download), "（行為人本人）");
        assert_eq!(recipient_zh("-", Route::MailOut), "（收件者不明）");
        assert_eq!(recipient_zh("chen@example.com", Route::MailOut), "chen@example.com");
        assert!(
            ["vanished", "truncated", "damaged", "held"].iter().all(|cause| !gap_zh(cause).contains(cause))
        );
    }

    #[test]
    fn a_quoted_value_is_one_word_of_the_shell() {
        assert_eq!(quoted("/var/log/mail.log"), "/var/log/mail.log");
        assert_eq!(quoted("/var/log/mail.log*"), "'/var/log/mail.log*'");
        assert_eq!(quoted("a'; rm $(x)"), "'a'\\''; rm $(x)'");
        assert_eq!(quoted("-rf"), "'-rf'");
        assert_eq!(quoted(""), "''");
    }
}
