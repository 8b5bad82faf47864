//! Phrases with a value, wrapped in up to three encodings in every alignment, in a line of each kind of log.

use std::fmt::Write;

use breachd::format::Format;

use super::support::{self, Random};
use super::{Comparison, ways};

/// Logs of so many lines in the everyday run, and lines of each.
const EVERYDAY_LOGS: usize = 40;
const LINES: usize = 60;

const BEFORE: [&str; 9] = ["", "R", "Re", "Re:", "Re: ", "轉寄：", "x-", "名單_", "a/b+"];
const BEHIND: [&str; 6] = ["", " ", "，謝謝", ".pdf", "&x=1", "\"}"];

/// Words with values of each kind that the first pass looks for; digits are put in for `#`.
const PHRASES: [&str; 24] = [
    "姓名：王小明",
    "姓名=陳美玲",
    "name: 林大為",
    "收件人 歐陽大明",
    "身分證字號 A123456789",
    "A123456789",
    "護照號碼：3########",
    "passport no 3########",
    "帳號：0###########",
    "account_no=0#########",
    "手機 09########",
    "09##-###-###",
    "電話 02-2###-####",
    "統編 04595257",
    "生日：75/3/4",
    "birth=1986-03-04",
    "卡號 4111 1111 1111 1111",
    "4111111111111111",
    "地址：臺北市中正區範例路一段##號",
    "車牌 ABC-1235",
    "email: u####@example.com",
    "u####@example.com.tw",
    "健保卡號 0000########",
    "IBAN BE68539007547034",
];

fn phrase(random: &mut Random) -> String {
    let one = |of: &[&str], random: &mut Random| of[random.below(of.len())].to_owned();
    let text = one(&BEFORE, random) + &one(&PHRASES, random) + &one(&BEHIND, random);
    text.chars().map(|c| if c == '#' { char::from(b'0' + random.below(10) as u8) } else { c }).collect()
}

/// How a text may be wrapped.
const WRAPPINGS: usize = 18;

/// The text in one more encoding. What is to be in Big5 is where it can be.
fn wrapped(text: &str, how: usize) -> String {
    let big5 = || encoding_rs::BIG5.encode(text).0.into_owned();
    let each = |bytes: &[u8], plain: &dyn Fn(u8) -> bool, escape: &dyn Fn(u8) -> String| -> String {
        bytes
            .iter()
            .map(|&byte| if plain(byte) { char::from(byte).to_string() } else { escape(byte) })
            .collect()
    };
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let percent = |byte: u8| format!("%{byte:02X}");
    let quoted = |byte: u8| format!("={byte:02X}");
    let units = |escape: &dyn Fn(&mut String, u16)| {
        text.encode_utf16().fold(String::new(), |mut all, unit| {
            match u8::try_from(unit).ok().filter(|byte| byte.is_ascii_graphic() && *byte != b'"') {
                Some(byte) => all.push(char::from(byte)),
                None => escape(&mut all, unit),
            }
            all
        })
    };
    match how {
        0 => data_encoding::BASE64.encode(text.as_bytes()),
        1 => data_encoding::BASE64URL_NOPAD.encode(text.as_bytes()),
        2 => data_encoding::BASE64.encode(&big5()),
        3 => each(text.as_bytes(), &is_word, &percent),
        4 => each(text.as_bytes(), &|_| false, &percent),
        5 => each(&big5(), &is_word, &percent),
        6 => {
            each(text.as_bytes(), &is_word, &|byte| if byte == b' ' { "+".to_owned() } else { percent(byte) })
        }
        7 => each(text.as_bytes(), &|byte| byte.is_ascii_graphic() && byte != b'=', &quoted),
        8 => format!("=?utf-8?B?{}?=", data_encoding::BASE64.encode(text.as_bytes())),
        9 => format!("=?big5?B?{}?=", data_encoding::BASE64.encode(&big5())),
        10 => format!("=?UTF-8?Q?{}?=", each(text.as_bytes(), &|byte| byte.is_ascii_alphanumeric(), &quoted)),
        11 => units(&|all, unit| write!(all, "\\u{unit:04x}").expect("a string")),
        12 => each(text.as_bytes(), &|byte| byte.is_ascii_graphic(), &|byte| format!("\\x{byte:02X}")),
        13 => text.chars().fold(String::new(), |mut all, c| {
            match c {
                ' '..='~' => all.push(c),
                _ => write!(all, "&#{};", c as u32).expect("a string"),
            }
            all
        }),
        // A body in lines, and a text of several lines.
        14 => lined(text, "\\n"),
        15 => lined(text, "\\r\\n"),
        16 => lined(text, "#012"),
        _ => format!("Hello\\n{text}#012{text}"),
    }
}

/// Base64 of a text that is longer than a line, in lines of 76 letters.
fn lined(text: &str, end: &str) -> String {
    let body = data_encoding::BASE64.encode(text.repeat(1 + 100 / text.len().max(1)).as_bytes());
    body.as_bytes().chunks(76).fold(String::new(), |all, line| all + &String::from_utf8_lossy(line) + end)
}

/// A line that holds a text.
fn carried(text: &str, how: usize) -> String {
    match how {
        0 => format!(
            r#"203.0.113.7 - - [01/Nov/2026:00:01:10 +0800] "GET /export?state={text}&page=2 HTTP/1.1" 200 7251 "-" "curl/8.5.0""#
        ),
        1 => format!(
            r#"{{"ts":1793476533491,"time":"2026-11-01T03:55:33.491+08:00","user":"u75002","action":"export","payload":"{text}","bytes":2124930}}"#
        ),
        2 => format!(
            "Nov  1 00:01:53 mx1 postfix/cleanup[9595]: B421325A94: info: header Subject: {text} from a[192.0.2.4]; from=<a@b.example> to=<c@d.example> proto=ESMTP helo=<x>"
        ),
        3 => format!("2026-11-01 00:01:53 exported {text} for 12 rows"),
        _ => text.to_owned(),
    }
}

#[test]
fn wrapped_phrases_are_read_alike() {
    let (seed, logs) = (support::seed(1), support::size("BREACHD_WRAPPED", EVERYDAY_LOGS));
    let mut random = Random(seed);
    let mut comparison = Comparison::new(ways().into_iter().take(1).collect());
    for nth in 0..logs {
        let carrier = random.below(5);
        let lines: Vec<String> = (0..LINES)
            .map(|_| {
                let text = phrase(&mut random);
                let wrappings = random.below(4);
                let text = (0..wrappings).fold(text, |text, _| wrapped(&text, random.below(WRAPPINGS)));
                carried(&text, carrier)
            })
            .collect();
        let format = if random.below(2) == 0 { Some(Format::Plain) } else { None };
        let (name, bytes) = (format!("log {nth} of wrapped phrases"), lines.join("\n"));
        match format {
            Some(format) => comparison.compare_as(format, &name, bytes.as_bytes()),
            None => comparison.compare(&name, bytes.as_bytes()),
        }
    }
    comparison.finish(logs * LINES / 4);
}
