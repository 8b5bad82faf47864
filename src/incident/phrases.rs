//! Sentences of a written report, by route and by nature of the data.

use super::items::number;
use super::{Core, Draft, Outcomes, Route, System};
use crate::kind::Nature;

/// How the actor is known.
pub(super) fn basis(basis: &str) -> &'static str {
    match basis {
        "authenticated" => "經認證",
        "local" => "本機帳號",
        "envelope" => "信封寄件人，未經認證",
        "network" => "機關網段內，未經認證",
        "address" => "僅知來源位址",
        _ => "依據不明",
    }
}

/// What seems to have been done.
pub(super) fn did(core: &Core) -> String {
    let did = match core.route {
        Route::MailOut => "疑似寄出含個人資料之郵件至機關外部",
        Route::Download => "疑似下載含個人資料之檔案或資料",
        Route::Export => "疑似自資料庫或應用系統匯出個人資料",
        Route::Destruction => "疑似刪除或變更含個人資料之檔案",
        Route::ExposureInLog => "所為之請求使個人資料出現於紀錄檔",
    };
    core.exposed.map_or_else(
        || did.to_owned(),
        |exposed| format!("{did}，收件人／副本欄揭露 {} 個外部電子郵件地址", exposed.number_zh()),
    )
}

/// What became of it: 已寄出機關外部 2 人次、退信 1 人次.
pub(super) fn outcomes(core: &Core) -> String {
    let Outcomes { left, left_partly, internal_only, blocked, failed, pending, unknown } = core.outcomes;
    let (gone, times) =
        if core.route == Route::MailOut { ("已寄出機關外部", "人次") } else { ("已取得", "次") };
    let parts = [
        (gone, left),
        ("部分外流", left_partly),
        ("結果不明待查", unknown),
        ("尚在傳送", pending),
        ("失敗或退信未外流", failed),
        ("遭阻擋未外流", blocked),
        ("僅於機關內部", internal_only),
    ];
    let parts = parts.iter().filter(|(_, n)| *n > 0);
    let parts: Vec<String> = parts.map(|(what, n)| format!("{what} {} {times}", number(*n))).collect();
    if parts.is_empty() { "結果待查".to_owned() } else { parts.join("、") }
}

/// What the objects of a route are.
pub(super) fn objects(route: Route) -> &'static str {
    if route == Route::MailOut { "主旨或檔名" } else { "檔案" }
}

/// A source with its system and unit.
pub(super) fn system(system: &System) -> String {
    match (&system.system, &system.owner_unit) {
        (Some(name), Some(unit)) => format!("{name}（{unit}）{}", system.source),
        (Some(name), None) | (None, Some(name)) => format!("{name} {}", system.source),
        (None, None) => system.source.clone(),
    }
}

/// Hints for the item that no program can fill in.
pub(super) fn damage(draft: &Draft) -> String {
    let far = match draft.core.route {
        Route::MailOut => "收件者是否已開啟、轉寄或刪除",
        Route::Download | Route::Export => "檔案是否仍可取得、取得者是否已再提供他人",
        Route::Destruction => "資料可否自備份還原、還原後是否完整",
        Route::ExposureInLog => "紀錄檔之存取權限與保存位置",
    };
    format!("提示：目前所見為{}；請查明{far}，以及有無當事人反映受害", outcomes(&draft.core))
}

/// What may follow, by nature of the data.
pub(super) fn consequences(draft: &Draft) -> Vec<String> {
    let mut natures = draft.core.natures.clone();
    if draft.core.subjects.special > 0 && !natures.contains(&Nature::Special) {
        natures.push(Nature::Special);
    }
    if natures.is_empty() {
        return vec!["資料類別待查，可能結果由承辦人員補述".to_owned()];
    }
    let line = |nature: &Nature| {
        let may = match nature {
            Nature::Identification => "身分遭冒用、接獲詐騙電話或簡訊、垃圾郵件",
            Nature::Activity => "行蹤或生活習慣遭他人知悉、受騷擾",
            Nature::Financial => "帳戶或信用卡遭盜用、財產損失、假冒金融機構之詐騙",
            Nature::Special => "健康、醫療或前科等隱私遭揭露、名譽受損、就業或保險上受差別待遇",
        };
        format!("{}：{may}", nature.name_zh())
    };
    natures.iter().map(line).collect()
}

/// What is proposed, by route.
pub(super) fn measures(draft: &Draft) -> Vec<String> {
    let of_route: &[&str] = match draft.core.route {
        Route::MailOut => &[
            "□撤回尚在傳送之郵件；洽收件者刪除郵件及附件並取得書面回復",
            "□暫停該帳號對外寄信、變更密碼，確認是否為本人所為",
        ],
        Route::Download => {
            &["□撤下檔案或連結、收回公開權限", "□停用該帳號或阻擋來源位址、變更密碼，確認是否為本人所為"]
        }
        Route::Export => &["□收回匯出權限、變更密碼，確認是否為本人所為", "□追查匯出檔之存放位置與去向"],
        Route::Destruction => &["□自備份還原並核對完整性", "□停用該帳號、變更密碼，確認是否為本人所為"],
        Route::ExposureInLog => &["□限制紀錄檔之存取，修正使個人資料進入網址之程式"],
    };
    let all = ["□保全上列來源之紀錄檔，勿刪除、勿覆寫", "□清查同一帳號近 30 日之寄送與下載紀錄"];
    of_route.iter().chain(&all).map(|line| (*line).to_owned()).collect()
}
