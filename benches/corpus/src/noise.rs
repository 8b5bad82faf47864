//! What is in every log and means nobody: hosts, addresses, agents, and subjects with numbers in them.

use crate::clock::Clock;
use crate::random::Random;
use crate::text::Line;

pub(crate) const DOMAINS: [&str; 24] = [
    "agency.example",
    "hr.agency.example",
    "mail.example.com",
    "example.com",
    "example.org",
    "example.net",
    "univ.example.edu.tw",
    "cs.univ.example.edu.tw",
    "school.example.edu.tw",
    "corp.example.com.tw",
    "shop.example.com.tw",
    "news.example.org",
    "lists.example.net",
    "bank.example",
    "post.example",
    "cloud.example",
    "smtp.cloud.example",
    "partner.example.com.tw",
    "vendor.example.com",
    "alumni.example.edu",
    "gov.example.tw",
    "city.example.tw",
    "hospital.example.org",
    "relay.example.net",
];

const AGENTS: [&str; 14] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.6723.117 Safari/537.36 Edg/130.0.2849.80",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1.1 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 14; SM-S9210) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.6778.39 Mobile Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "curl/8.5.0",
    "python-requests/2.32.3",
    "Go-http-client/2.0",
    "okhttp/4.12.0",
    "Mozilla/5.0 (Linux; Android 13; CPH2495 Build/TP1A.220905.001; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/129.0.6668.100 Mobile Safari/537.36 Line/14.18.0/IAB",
];

/// Subjects of which each has room for a number.
const CHINESE: [(&str, &str); 16] = [
    ("會議通知：第", "次行政會議"),
    ("【公告】系統維護作業 ", ""),
    ("週報 2026-W", ""),
    ("採購案進度追蹤（第", "期）"),
    ("轉寄：教育訓練課程報名，名額 ", " 人"),
    ("回覆：專案時程調整 v", ""),
    ("訂單 SO-", " 出貨通知"),
    ("月報表 2026", " 已產出"),
    ("問卷調查結果彙整（", " 份）"),
    ("設備報修單 RP-", " 處理完成"),
    ("電子報第 ", " 期：秋季活動預告"),
    ("重要：伺服器憑證將於 ", " 天後到期"),
    ("研討會議程與簡報下載 ", ""),
    ("工單 #", " 已指派給您"),
    ("場地借用申請結果通知 ", ""),
    ("請於期限內完成線上填報 ", "，謝謝您的協助"),
];

const ENGLISH: [(&str, &str); 16] = [
    ("Re: [Ticket #", "] request received"),
    ("Weekly report 2026-W", ""),
    ("Backup job completed: ", " files"),
    ("[cron] nightly-sync finished in ", "s"),
    ("Build #", " passed on main"),
    ("Invoice INV-", " is ready"),
    ("Re: meeting minutes ", ""),
    ("Your order SO", " has shipped"),
    ("[monitor] disk usage ", " MB on data volume"),
    ("FW: release plan v", ""),
    ("Newsletter vol. ", ": autumn edition"),
    ("[git] push to feature/", ""),
    ("Certificate renewal in ", " days"),
    ("Undelivered Mail Returned to Sender ", ""),
    ("Meeting room booking confirmed, slot ", ""),
    ("Fwd: slides and agenda ", ""),
];

pub(crate) const SEARCHES: [&str; 12] = [
    "秋季課程",
    "招生簡章",
    "行事曆",
    "公告",
    "圖書館開放時間",
    "停車申請",
    "研究計畫",
    "報名系統",
    "交通資訊",
    "校園地圖",
    "活動花絮",
    "下載專區",
];

pub(crate) const DOCUMENTS: [&str; 10] = [
    "會議紀錄",
    "年度計畫書",
    "簡報",
    "採購規格",
    "活動海報",
    "課程大綱",
    "問卷結果",
    "操作手冊",
    "報價單",
    "公文範本",
];

/// IPv4, or one in eight IPv6.
pub(crate) fn address(line: &mut Vec<u8>, random: &mut Random) {
    if random.one_in(8) {
        line.text("2001:db8:")
            .hex(random, 4)
            .text(":")
            .hex(random, 3)
            .text("::")
            .hex(random, 4)
            .text(":")
            .hex(random, 4);
        return;
    }
    let bits = random.bits();
    let first = random.byte(&[10, 36, 59, 61, 111, 114, 118, 140, 163, 172, 192, 203, 210, 220]);
    line.number(u64::from(first)).text(".").number(bits & 255).text(".").number(bits >> 8 & 255).text(".");
    line.number(1 + (bits >> 16 & 255) % 254);
}

pub(crate) fn agent(random: &mut Random) -> &'static str {
    random.pick(&AGENTS)
}

/// A number as they stand in subjects.
fn count(line: &mut Vec<u8>, clock: &Clock, random: &mut Random) {
    match random.below(6) {
        0 => {
            line.extend_from_slice(clock.date());
            line.text("-").digits(random, 4);
        }
        1 => {
            // A ticket: the day and eight digits.
            line.extend_from_slice(clock.date());
            line.digits(random, 8);
        }
        2 => {
            line.number(random.below(100_000));
        }
        _ => {
            line.number(random.within(1, 60));
        }
    }
}

/// A subject about nobody, and whether it is plain ASCII.
pub(crate) fn subject(clock: &Clock, random: &mut Random, text: &mut Vec<u8>) -> bool {
    let is_ascii = random.percent(45);
    let (head, tail) = if is_ascii { &ENGLISH } else { &CHINESE }[random.below(16) as usize];
    text.text(head);
    count(text, clock, random);
    text.text(tail);
    is_ascii
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_those_of_documentation_and_of_four_numbers() {
        let mut random = Random::new(5);
        for _ in 0..100 {
            let mut line = Vec::new();
            address(&mut line, &mut random);
            let text = String::from_utf8(line).expect("ASCII");
            assert!(text.parse::<std::net::IpAddr>().is_ok(), "{text}");
        }
    }
}
