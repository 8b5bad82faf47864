//! Names of two to four Chinese characters, after the word that announces them. Where nothing says where a name ends,
//! it ends before the next label, or after the given name of a usual surname.

use std::sync::LazyLock;

use super::super::text::{Folded, is_han};
use super::{Form, Shaped};

/// Characters of the shortest and the longest name.
const CHARS_MIN: usize = 2;
const CHARS_MAX: usize = 4;

/// How far a run of characters is read.
const RUN_CHARS_MAX: usize = 12;

/// The hundred and twenty surnames of nearly everybody (內政部, 全國姓名統計分析).
const SURNAMES: &str = "陳林黃張李王吳劉蔡楊許鄭謝郭洪曾邱廖賴徐周葉蘇莊江呂何羅高蕭潘簡朱鍾游彭詹胡施沈余趙盧梁柯翁魏孫戴范方宋鄧杜侯曹薛\
    傅丁溫紀蔣歐藍連唐馬董石卓程姚康古馮姜湯汪白田鄒尤巫涂龔嚴韓黎阮袁童倪夏凌柳邵錢俞章駱熊";

/// Surnames of two characters.
const DOUBLE_SURNAMES: [&str; 7] = ["歐陽", "司馬", "上官", "諸葛", "張簡", "范姜", "司徒"];

/// What stands after a name, or where a name should and none does.
const LABELS: [&str; 75] = [
    "身分",
    "身份",
    "證件",
    "證號",
    "統一",
    "居留",
    "護照",
    "健保",
    "電話",
    "手機",
    "行動",
    "聯絡",
    "連絡",
    "住家",
    "公司",
    "地址",
    "住址",
    "戶籍",
    "通訊",
    "戶名",
    "帳號",
    "帳戶",
    "信用",
    "卡號",
    "銀行",
    "生日",
    "出生",
    "年齡",
    "性別",
    "電子",
    "郵件",
    "信箱",
    "車牌",
    "車號",
    "員工",
    "學號",
    "學生",
    "病歷",
    "職稱",
    "單位",
    "部門",
    "科系",
    "班級",
    "編號",
    "序號",
    "先生",
    "小姐",
    "女士",
    "同學",
    "老師",
    "教授",
    "醫師",
    "主任",
    "科長",
    "資料",
    "欄位",
    "名單",
    "清單",
    "名冊",
    "總表",
    "不詳",
    "不明",
    "未填",
    "未提供",
    "必填",
    "選填",
    "如附",
    "詳如",
    "匿名",
    "測試",
    "空白",
    "待補",
    "保密",
    "住於",
    "住在",
];

/// The name that begins at `at`.
pub(super) fn at(folded: &Folded<'_>, at: usize) -> Option<Shaped> {
    let chars = folded.chars();
    let run = chars[at..].iter().take(RUN_CHARS_MAX).take_while(|&&c| is_han(c)).count();
    let surname = surname_len(&chars[at..at + run]);
    if run < CHARS_MIN || surname == 0 && !is_tied(chars, at) || is_file(folded, at) {
        return None;
    }
    let label = (0..run).find(|&nth| begins_label(&chars[at + nth..at + run]));
    let len = match label {
        Some(len) if len <= CHARS_MAX => len,
        None if run <= CHARS_MAX => run,
        _ if surname > 0 => surname + 2,
        _ => return None,
    };
    let canonical = chars[at..at + len].iter().collect();
    (len >= CHARS_MIN).then_some(Shaped { range: at..at + len, canonical, form: Form::Bare })
}

/// Whether a run begins with a label.
fn begins_label(run: &[char]) -> bool {
    static SORTED: LazyLock<Vec<&str>> = LazyLock::new(|| {
        let mut sorted = LABELS.to_vec();
        sorted.sort_unstable();
        sorted
    });
    let first = |label: &str| label.chars().next();
    let with_first = &SORTED[SORTED.partition_point(|label| first(label) < run.first().copied())..];
    with_first.iter().take_while(|label| first(label) == run.first().copied()).any(|label| begins(run, label))
}

/// How many characters of a run are a usual surname.
fn surname_len(run: &[char]) -> usize {
    match run.first() {
        _ if DOUBLE_SURNAMES.iter().any(|surname| begins(run, surname)) => 2,
        Some(first) if usual_surnames().binary_search(first).is_ok() => 1,
        _ => 0,
    }
}

/// The usual surnames, to be looked up.
fn usual_surnames() -> &'static [char] {
    static SORTED: LazyLock<Vec<char>> = LazyLock::new(|| {
        let mut sorted: Vec<char> = SURNAMES.chars().collect();
        sorted.sort_unstable();
        sorted
    });
    &SORTED
}

/// `:` or `=` stands before it, with blanks and quotes at most between: the whole run is the value of a key.
fn is_tied(chars: &[char], at: usize) -> bool {
    let before = chars[..at].iter().rev().take(4);
    before.take_while(|c| matches!(c, ' ' | '"' | '\'' | ':' | '=' | '「')).any(|c| matches!(c, ':' | '='))
}

/// How far the end of a file's name is looked for.
const FILE_CHARS_MAX: usize = 100;

/// Whether this is the name of a file in a key that has both, as `name="會議紀錄12.pdf"` of an attachment is. A key in
/// Chinese says 姓名, and what stands there is a name whatever its end.
fn is_file(folded: &Folded<'_>, at: usize) -> bool {
    let text = &folded.ascii;
    let is_mark = |byte: &&u8| matches!(byte, b' ' | b'"' | b'\'' | b':' | b'=');
    let marks = text[..at].iter().rev().take(4).take_while(is_mark).count();
    if marks == 0 || !text[..at - marks].last().is_some_and(u8::is_ascii_alphanumeric) {
        return false;
    }
    let quote = text[at - 1];
    let is_end = |byte: &u8| match quote {
        b'"' | b'\'' => *byte == quote,
        _ => matches!(byte, b' ' | b'"' | b';' | b'&' | b',' | b'}'),
    };
    let rest = text[at..].iter().take(FILE_CHARS_MAX);
    let len = rest.take_while(|byte| !is_end(byte)).count();
    let suffix = text[at..at + len].rsplit(|byte| *byte == b'.').next().unwrap_or_default();
    (2..=5).contains(&suffix.len()) && suffix.len() < len && suffix.iter().all(u8::is_ascii_alphanumeric)
}

fn begins(chars: &[char], word: &str) -> bool {
    let mut chars = chars.iter();
    word.chars().all(|c| chars.next() == Some(&c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        let folded = Folded::new(text);
        let from = folded.chars().iter().position(|&c| c == '|').map_or(0, |at| at + 1);
        let rest: String = folded.chars().iter().filter(|&&c| c != '|').collect();
        let found = at(&Folded::new(&rest), from.saturating_sub(1)).map(|shaped| shaped.canonical);
        assert_eq!(found.as_deref(), expected, "{text}");
    }

    #[test]
    fn a_name_ends_before_the_next_label_or_after_the_given_name() {
        check("姓名：|王小明", Some("王小明"));
        check("姓名：|王小明身分證字號A1", Some("王小明"));
        check("姓名：|陳明電話", Some("陳明"));
        check("姓名|王小明的成績單", Some("王小明"));
        check("姓名|歐陽小明的成績單", Some("歐陽小明"));
        check("姓名=|巴奈庫穗", Some("巴奈庫穗"));
        check("姓名：|王小明.pdf", Some("王小明"));
        check("name=\"|王小明\"; file=\"a.pdf\"", Some("王小明"));
        check("name=|王小明 於a.pdf", Some("王小明"));
    }

    #[test]
    fn other_words_are_no_names() {
        for none in [
            "姓名：|電話",
            "姓名|欄位",
            "姓名：|不詳",
            "姓名：|王",
            "姓名|職稱說明",
            "姓名：|明細及說明請見附件",
            "姓名：|○○",
            "name=\"|會議紀錄12.pdf\"",
            "name=\"|許可證 申請書.docx\"; x=1",
            "name=|公告.pdf",
        ] {
            check(none, None);
        }
    }
}
