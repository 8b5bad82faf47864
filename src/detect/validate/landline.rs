//! Fixed lines of 數位發展部's 公眾電信網路號碼計畫: area code, and a subscriber number of the area's length that begins
//! with one of the area's digits. The longest area code goes first.
//!
//! 烏坵 (0826) lies within 金門 (082): `0826-6xxxx` and `082-66xxxx` are one subscriber, and one string of digits.

/// Area code, digits of the subscriber number, digits with which it begins.
const PLAN: &[(&[u8], usize, &[u8])] = &[
    (b"0836", 5, b"23456789"), // 馬祖
    (b"0826", 5, b"6"),        // 烏坵
    (b"089", 6, b"23456789"),  // 臺東
    (b"082", 6, b"2345789"),   // 金門
    (b"049", 7, b"23456789"),  // 南投
    (b"037", 6, b"23456789"),  // 苗栗
    (b"02", 8, b"2345678"),    // 臺北、新北、基隆
    (b"03", 7, b"2345689"),    // 桃園、新竹、宜蘭、花蓮
    (b"04", 8, b"234"),        // 臺中
    (b"04", 7, b"78"),         // 彰化
    (b"05", 7, b"234567"),     // 雲林、嘉義
    (b"06", 7, b"2345679"),    // 臺南、澎湖
    (b"07", 7, b"23456789"),   // 高雄
    (b"08", 7, b"478"),        // 屏東
];

/// Whether this is a fixed line in the domestic form, digits only.
pub(crate) fn accepts(value: &[u8]) -> bool {
    value.iter().all(u8::is_ascii_digit)
        && PLAN.iter().any(|&(area, digits, first)| {
            value
                .strip_prefix(area)
                .is_some_and(|subscriber| subscriber.len() == digits && first.contains(&subscriber[0]))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plan_decides() {
        let valid = [
            "0227138546",
            "034495550",
            "0433981303",
            "048991292",
            "064333997",
            "077715957",
            "088796729",
            "082664967",
            "082397113",
            "037827602",
            "089334509",
            "0492447200",
            "083636746",
            "056385036",
        ];
        for valid in valid {
            assert!(accepts(valid.as_bytes()), "{valid}");
        }
        let invalid = [
            "01408143",
            "082618424",
            "0383343072",
            "031706922",
            "82351792",
            "08366932",
            "037196327",
            "0826670165",
            "0912345678",
            "0291234567",
            "037000000",
            "0800123456",
            "",
            "02",
        ];
        for invalid in invalid {
            assert!(!accepts(invalid.as_bytes()), "{invalid}");
        }
    }
}
