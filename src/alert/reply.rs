//! A reply to one of our mails, as an MTA hands it over: to which address it went, and what its writer says.
//!
//! Everything in it is the sender's word. Who answered is said by the token in the address, nothing else.

use mail_parser::{Message, MessageParser};

use super::clean::clean_line;
use crate::act::REASON_BYTES_MAX;

/// Bytes of a mail that are read.
pub const REPLY_BYTES_MAX: u64 = 1 << 20;
/// Addresses that are looked at for a token.
const ADDRESSES_MAX: usize = 32;
/// Lines of a body in which words are looked for: the answer stands above what it quotes.
const LINES_MAX: usize = 2_000;

/// A mail on its way to us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// A person wrote it.
    Written {
        /// Addresses to which it was sent, those of the MTA first.
        addresses: Vec<String>,
        /// The words above the quotation, on one line; may be empty.
        words: String,
    },
    /// A program wrote it: an absence notice, a bounce, a list, or ourselves. To answer these is to begin a loop.
    Automatic,
    /// It is no mail.
    Unreadable,
}

/// Reads a mail; `given` are the addresses that the MTA names beside it.
pub fn read_reply(mail: &[u8], given: Vec<String>) -> Reply {
    let Some(message) = MessageParser::default().parse(mail) else { return Reply::Unreadable };
    if is_automatic(&message) {
        return Reply::Automatic;
    }
    let mut addresses = given;
    for name in ["X-Original-To", "Delivered-To", "Envelope-To", "To", "Cc"] {
        let raw = message.header_raw(name).unwrap_or_default();
        let found =
            raw.split([',', ' ', '<', '>', ';', '"', '\t', '\r', '\n']).filter(|word| word.contains('+'));
        addresses.extend(found.map(str::to_owned));
    }
    addresses.truncate(ADDRESSES_MAX);
    Reply::Written { addresses, words: words(&message.body_text(0).unwrap_or_default()) }
}

/// RFC 3834 section 2, and what older programs write.
fn is_automatic(message: &Message<'_>) -> bool {
    let says = |name: &str| message.header_raw(name).map(|value| value.trim().to_ascii_lowercase());
    let is = |name: &str, words: &[&str]| {
        says(name).is_some_and(|value| words.iter().any(|word| value.starts_with(word)))
    };
    says("Auto-Submitted").is_some_and(|value| value != "no")
        || is("Precedence", &["bulk", "junk", "list", "auto_reply"])
        || is("Return-Path", &["<>"])
        || is("Content-Type", &["multipart/report"])
        || ["X-Breachd-Case", "X-Autoreply", "X-Autorespond", "List-Id"]
            .iter()
            .any(|name| says(name).is_some())
        || says("From").is_none_or(|from| from.contains("mailer-daemon@") || from.contains("<>"))
}

/// What the writer says, without what is quoted and without the signature, no longer than a reason may be.
fn words(body: &str) -> String {
    let lines: Vec<&str> = body.lines().take(LINES_MAX).map(str::trim).collect();
    let next = |at: usize| lines[at + 1..].iter().find(|line| !line.is_empty()).copied().unwrap_or_default();
    let mut said = String::new();
    for (at, line) in lines.iter().enumerate() {
        if ends_own_words(line, next(at)) {
            break;
        }
        let line = clean_line(line);
        if !line.is_empty() && said.len() + line.len() + " …".len() <= REASON_BYTES_MAX {
            said.push_str(if said.is_empty() { "" } else { " " });
            said.push_str(&line);
        } else if !line.is_empty() {
            let room = REASON_BYTES_MAX.saturating_sub(said.len() + "…".len() + 1);
            said.push_str(line.get(..line.floor_char_boundary(room)).unwrap_or_default());
            said.push('…');
            break;
        }
    }
    said
}

/// Whether what was written ends here: a quotation, the line before one in the words of usual mail programs, or a
/// signature (RFC 3676 4.3).
fn ends_own_words(line: &str, next: &str) -> bool {
    let attributes = |line: &str| {
        let line = line.trim_end_matches([':', '：']);
        ["wrote", "寫道", "写道", "來信", "提到", "schrieb"].iter().any(|word| line.ends_with(word))
    };
    let heads = |line: &str, words: &[&str]| words.iter().any(|word| line.starts_with(word));
    line.starts_with('>')
        || line == "--"
        || attributes(line)
        || (heads(line, &["On ", "於 "]) && attributes(next))
        || (line.starts_with("----")
            && (line.contains("Original") || line.contains("原始") || line.contains("轉寄")))
        || line.starts_with("__________")
        || (heads(line, &["From:", "寄件者", "寄件人", "*From:*"])
            && heads(
                next,
                &["Sent:", "Date:", "To:", "寄件日期", "日期", "傳送時間", "收件者", "收件人", "*Sent:*"],
            ))
        || line.contains("[breachd] BD-")
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "From: Wang <wang@agency.gov.tw>\r\nTo: <breachd-reply+abc@agency.gov.tw>\r\n";

    fn check(head: &str, body: &str) -> Reply {
        read_reply(format!("{head}\r\n{body}").as_bytes(), Vec::new())
    }

    fn said(head: &str, body: &str) -> String {
        match check(&format!("{HEAD}{head}"), body) {
            Reply::Written { words, addresses } => {
                assert_eq!(addresses, ["breachd-reply+abc@agency.gov.tw"]);
                words
            }
            other => panic!("{other:?} of {body}"),
        }
    }

    #[test]
    fn only_what_the_writer_says_is_kept() {
        for quoted in [
            "> 等級　　第 2 級",
            "On Sat, 21 Nov 2026 at 09:19, breachd\r\n<breachd@agency.gov.tw> wrote:\r\n> x",
            "breachd@agency.gov.tw 於 2026年11月21日 寫道：\r\n\r\n> x",
            "-----Original Message-----\r\nFrom: breachd",
            "-----原始郵件-----\r\n寄件者: breachd",
            "________________________________\r\n寄件者: breachd",
            "寄件者: breachd@agency.gov.tw\r\n寄件日期: 2026年11月21日\r\n主旨: x",
            "From: breachd\r\nSent: Saturday\r\n",
            "--\r\n王小明　人事室",
            "主旨: Re: [breachd] BD-2026-000017 第2級",
        ] {
            let utf8 = "Content-Type: text/plain; charset=utf-8\r\n";
            assert_eq!(
                said(utf8, &format!("已知悉。\r\n\r\n  已通知主管\r\n\r\n{quoted}\r\n更多")),
                "已知悉。 已通知主管"
            );
            assert_eq!(said(utf8, quoted), "", "nothing is said");
        }
    }

    #[test]
    fn words_are_read_in_every_usual_coding() {
        let utf8 = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: ";
        assert_eq!(said(&format!("{utf8}base64\r\n"), "5bey55+l5oKJ\r\n"), "已知悉");
        assert_eq!(
            said(&format!("{utf8}quoted-printable\r\n"), "=E5=B7=B2=E7=9F=A5=E6=82=89=\r\n ok\r\n"),
            "已知悉 ok"
        );
        let big5 = "Content-Type: text/plain; charset=big5\r\nContent-Transfer-Encoding: base64\r\n";
        let coded = data_encoding::BASE64.encode(&encoding_rs::BIG5.encode("已知悉").0);
        assert_eq!(said(big5, &coded), "已知悉");
        let html = "Content-Type: text/html; charset=utf-8\r\n";
        assert_eq!(
            said(html, "<p>已知悉</p><script>x()</script><blockquote>&gt; 舊信</blockquote>"),
            "已知悉"
        );
        let both = "Content-Type: multipart/alternative; boundary=b\r\n";
        let body = "--b\r\nContent-Type: text/plain\r\n\r\nseen\r\n--b\r\nContent-Type: text/html\r\n\r\n<b>x</b>\r\n--b--";
        assert_eq!(said(both, body), "seen");
    }

    #[test]
    fn what_a_program_wrote_is_no_answer() {
        for head in [
            "Auto-Submitted: auto-replied\r\n",
            "Precedence: auto_reply\r\n",
            "Precedence: bulk\r\n",
            "Return-Path: <>\r\n",
            "Content-Type: multipart/report; boundary=x\r\n",
            "X-Breachd-Case: BD-2026-000017\r\n",
            "List-Id: <x.example>\r\n",
        ] {
            assert_eq!(check(&format!("{HEAD}{head}"), "out of office"), Reply::Automatic, "{head}");
        }
        assert_eq!(check("From: MAILER-DAEMON@agency.gov.tw\r\nTo: <a+b@c>\r\n", "x"), Reply::Automatic);
        assert!(matches!(check(&format!("{HEAD}Auto-Submitted: no\r\n"), "x"), Reply::Written { .. }));
    }

    #[test]
    fn words_have_a_bound_and_no_control_characters() {
        let utf8 = "Content-Type: text/plain; charset=utf-8\r\n";
        for long in ["長".repeat(9_999), "長 ".repeat(9_999), "長\r\n".repeat(9_999)] {
            let words = said(utf8, &long);
            assert!(words.len() <= REASON_BYTES_MAX && words.ends_with('…'), "{}", words.len());
        }
        assert_eq!(said(utf8, "a\u{1b}[2Jb\u{202e}c\u{0}"), "a[2Jbc");
    }

    /// Neither a panic nor more than a bound, whatever stands there.
    #[test]
    fn hostile_mails_are_survived() {
        let nested = |n: usize| {
            let part = |n: usize| format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n");
            format!("{HEAD}{}", (0..n).map(part).collect::<String>())
        };
        let seeds = [
            nested(2_000),
            format!("{HEAD}Content-Type: multipart/mixed; boundary=\"\"\r\n\r\n----\r\n--\r\n"),
            format!("{HEAD}Content-Type: text/html\r\n\r\n{}", "<".repeat(50_000)),
            format!(
                "{HEAD}Content-Type: text/plain; charset=utf-16\r\nContent-Transfer-Encoding: base64\r\n\r\n=====\r\n"
            ),
            format!("{HEAD}Content-Type: message/rfc822\r\n\r\n{}", nested(100)),
            format!("{HEAD}Subject: =?big5?b?{}?=\r\n\r\nx", "A".repeat(30_000)),
            "\0".repeat(100_000),
            String::new(),
        ];
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        for seed in &seeds {
            for round in 0..40 {
                let mut mail = seed.as_bytes().to_vec();
                for _ in 0..round {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    if let Some(byte) = (state >> 33).checked_rem(mail.len() as u64) {
                        mail[byte as usize] = (state >> 24) as u8;
                    }
                }
                if let Reply::Written { addresses, words } = read_reply(&mail, Vec::new()) {
                    assert!(addresses.len() <= ADDRESSES_MAX && words.len() <= REASON_BYTES_MAX);
                }
            }
        }
    }
}
