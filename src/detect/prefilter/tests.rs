//! What is a candidate and what is not, on the shipped rules' own words.

use super::*;

fn filter() -> Prefilter {
    let (mut rules, mut errors) = (Vec::new(), Vec::new());
    for (path, text) in super::super::pack::SHIPPED {
        super::super::pack::read(std::path::Path::new(path), text, &mut rules, &mut errors);
    }
    Prefilter::of(&rules)
}

/// Whether each candidate of a text stands in one of these pieces of it, and each piece has one.
fn check(text: &str, pieces: &[&str]) {
    let filter = filter();
    let ranges: Vec<_> =
        pieces.iter().map(|piece| text.find(piece).map(|at| at..at + piece.len()).unwrap()).collect();
    let found: Vec<_> = filter.candidates(text.as_bytes(), Depth::Hits, None).map(|found| found.at).collect();
    assert!(found.iter().all(|at| ranges.iter().any(|range| range.contains(at))), "{text}: {found:?}");
    assert!(ranges.iter().all(|range| found.iter().any(|at| range.contains(at))), "{text}: {found:?}");
}

#[test]
fn numbers_groups_and_marks_are_candidates() {
    check("id A123456789\nx", &["A123456789"]);
    check("id a123456789\nx", &["a123456789"]);
    check(r"text\nA123456789", &["A123456789"]);
    check("tel 0912-345-678", &["0912-345-678"]);
    check("tel +886 (0)912 345 678", &["886 (0)912 345 678"]);
    check("4111 1111 1111 1111", &["4111 1111 1111 1111"]);
    check("4111111111111111", &["4111111111111111"]);
    check("3782 822463 10005", &["3782 822463 10005"]);
    check("tel 02-2713-8546 x (02)2713-8546", &["02-2713-8546", "02)2713-8546"]);
    check("035-884938 x 0800-123-456 x 0826-62075", &["035-884938", "0800-123-456", "0826-62075"]);
    check("GB82 WEST 1234 5698 7654 32", &["1234 5698 7654 32"]);
    check("GB82WEST12345698765432 BE68539007547034", &["GB82WEST12345698765432", "BE68539007547034"]);
    check("(822)123456789012 x 822-123456789012", &["123456789012", "822-123456789012"]);
    check("C01X00T478D<<6408125F2702283<<<<<<<<<<<<<<<4", &["6408125F2702283"]);
    check("L898902C36UTO7408122F1204159112341847<<<<<10", &["7408122F1204159112341847"]);
    check("=?utf-8?B?x?= %E5 \\xE5 \\u8eab &#36523;", &["=?utf", "%E5", "\\xE5", "\\u8eab", "&#36523"]);
    check(r"\345 \2024 \\u8eab &nbsp; &amp;#1 &amp;x", &[r"\345", r"\2024", r"\\u8eab", "&nbsp;", "&amp;#1"]);
    check("=E5=A7 =A9m=A6W a=\n a=10&b=20", &["=E5=A7", "=A9m=A6W", "=\n"]);
    check("0912+345+678 x 08.09393144", &["0912+345+678", "08.09393144"]);
    check("id\x001\x002\x003\x00x", &["\x001\x002\x003\x00"]);
    check("\0=?x?q?= \0\0%E5 b=?c =?x?y?", &["=?x?q", "%E5"]);
    check("０９", &["０９"]);
    check("A1234\u{200b}56789", &["\u{200b}"]);
    check("header Subject: a.b@c.d x \"x@y.z\" email=p@q.c ?m=s@t.c", &["@c", "@y", "@q", "@t"]);
}

#[test]
fn text_in_base64_is_a_candidate_whatever_stands_beside_it() {
    let filter = filter();
    for text in ["身分證字號 A123456789 王小明", "my card is A123456789 and thanks"] {
        let run = data_encoding::BASE64_NOPAD.encode(text.as_bytes());
        for byte in (1..=127_u8).filter(|byte| !byte.is_ascii_alphanumeric()) {
            for word in ["", "x", "report", "a1b2c3d4e5f6a7"] {
                let line = [word.as_bytes(), &[byte], run.as_bytes(), &[byte], b" x"].concat();
                let found = filter.candidates(&line, Depth::Hits, None).any(|found| found.is_run);
                assert!(found, "{run} behind {word:?} and {:?}", char::from(byte));
            }
        }
    }
}

#[test]
fn text_in_base64_is_a_candidate_wherever_its_groups_begin() {
    let (filter, mut joined) = (filter(), 0);
    for given in
        ["小明", "美玲", "家翰", "大強", "一安", "阿明", "國華", "淑芬", "冠宇", "怡君", "子晴", "志偉"]
    {
        for surname in "陳林黃張李王吳劉蔡楊許鄭謝郭洪曾邱廖賴周".chars() {
            for before in ["", "?", "Re", "Re:", "Re: ", "轉寄："] {
                let text = format!("{before}姓名：{surname}{given}");
                for encoding in [&data_encoding::BASE64_NOPAD, &data_encoding::BASE64URL_NOPAD] {
                    let run = encoding.encode(text.as_bytes());
                    joined += usize::from(run.split(['-', '_', '+', '/']).all(|piece| piece.len() < 12));
                    let line = format!("GET /x?d={run} x");
                    let is_found =
                        filter.candidates(line.as_bytes(), Depth::Hits, None).any(|found| found.is_run);
                    assert!(is_found, "{run}");
                }
            }
        }
    }
    assert!(joined > 100, "{joined} have no twelve letters or digits beside each other");
}

#[test]
fn text_in_base64_is_a_candidate_though_another_run_follows_its_sign() {
    let filter = filter();
    for text in ["姓名：王小明，請查收", "Re:收件人 歐陽大明", "id card A123456789"] {
        let run = data_encoding::BASE64URL_NOPAD.encode(text.as_bytes());
        for sign in ["-", "_", "+", "/"] {
            for behind in ["9f86d081884c7d659a2feaa0c55ad015", "CAFQZGXn4dZ8fKx0T3q7uVbWm1LpHs9o", "v2"] {
                for after in [" HTTP/1.1", ""] {
                    let line = format!("GET /x?d={run}{sign}{behind}{after}\n");
                    let is_found =
                        filter.candidates(line.as_bytes(), Depth::Hits, None).any(|found| found.is_run);
                    assert!(is_found, "{line}");
                }
            }
        }
    }
}

#[test]
fn the_letter_of_an_escaped_line_end_is_none_of_base64() {
    let run = data_encoding::BASE64.encode("姓名：王小明，請查收".as_bytes());
    for line in [format!(r#"{{"body":"Hello\n{run}\n"}}"#), format!(r#"{{"body":"x\r\n{run}"}}"#)] {
        assert!(filter().candidates(line.as_bytes(), Depth::Hits, None).any(|found| found.is_run), "{line}");
    }
}

#[test]
fn numbers_that_need_a_word_are_candidates_beside_it() {
    for text in [
        "帳號 001234567890",
        "帳號：001-234-567890",
        "account no 001234567890",
        "{\"accountNo\": \"001234567890\"}",
        "bank_account=001234567890",
        "passport 351234567 of",
        "351234567 (護照)",
        "統編 12345675",
        "taxId=12345675",
        "nhi_card_no=000012345678",
        "局號 0001234 帳號 0123456",
        "局號 000123-4 帳號 012345-6",
    ] {
        assert!(filter().candidates(text.as_bytes(), Depth::Hits, None).next().is_some(), "{text}");
        let (big5, ..) = BIG5.encode(text);
        assert!(filter().candidates(&big5, Depth::Hits, None).next().is_some(), "{text} in Big5");
    }
    for text in [
        "order 001234567890",
        "x 001-234-567890",
        "size=1234567 1234567",
        &format!("account no{}0012345678", " ".repeat(200)),
        "private 12345675 bank",
        // What no rule takes for its digits.
        "統編 20100101",
        "account no 12345678",
        "account no 00123456789012345",
    ] {
        assert!(filter().candidates(text.as_bytes(), Depth::Hits, None).next().is_none(), "{text}");
        assert_eq!(
            filter().candidates(b"order 001234567890", Depth::Rejected, None).next().map(|found| found.at),
            Some(13)
        );
    }
}

#[test]
fn what_is_written_in_words_is_a_candidate_by_its_words() {
    check("姓名：王小明 license plate ABC-1235", &["姓名", "license plate"]);
    check("{\"name\":\"林志豪\"} template filename= hostname", &["name"]);
    check("生日 75/03/04 dob 1986-03-04 birthDate", &["生日", "dob", "birth"]);
    check("重慶南路一段122號", &["號"]);
    let (big5, ..) = BIG5.encode("重慶南路一段122號 x");
    assert!(filter().candidates(&big5, Depth::Hits, None).next().is_some());
}

#[test]
fn a_number_in_base64_is_a_candidate_wherever_it_stands() {
    for number in ["A123456789", "AB12345678", "0912-345-678", "0912 345 678", "4111 1111 1111 1111"] {
        for before in ["", "x", "xy", "身分證", "姓名x"] {
            let run = data_encoding::BASE64.encode(format!("{before}{number} of some text").as_bytes());
            let mut candidates = filter().candidates(run.as_bytes(), Depth::Hits, None).next();
            assert!(candidates.take().is_some(), "{before}{number}");
        }
    }
}

#[test]
fn the_noise_of_log_lines_is_none() {
    check("2026-11-22 09:04:05 192.168.100.200 GET /a=b?c 200 1234567", &[]);
    check("2026-11-22T09:04:05.123456+08:00 mx1 postfix/smtpd[12345]: 4F00000A: ", &[]);
    check("2026-11-22T09:04:05.692635+00:00 mx1 postfix/smtpd[12345]: 4F00000A: ", &[]);
    check("message-id=<CAFQZGXn4dZ8fKx0T3q7uVbWm1LpHs9oYcRe2-x@mail.example>", &[]);
    check("message-id=<20261122010405.12345678@mail.example> size=12345678 x=1763791445123", &[]);
    check("/static/javascripts/application/Main/controller/INSTANCE", &[]);
    check("\x00\x00\x00\x00 C:\\new\\users id=A1234 k=", &[]);
    check(
        "from=<a@b.c>, to=<c@d.e>, orig_to=<x@y.z>, sasl_username=a@b.c: logged in @ x.y ftpd: wang@localhost",
        &[],
    );
    check("02-11-2026 09:04:05 x=1234567 2026-04-22 07:08:09.123", &[]);
    check("id ddcd3d3d-7822-4428-8792-131de905b790", &[]);
    check("10.0.0.1 - - [22/Nov/2026:09:04:05 +0800] \"GET / HTTP/1.1\" 200 53 100%", &[]);
    check("a0bc2f26-84f7-4684-9923-056099e87797 5f2386f13d39b90886a5482ef5806de1 20261101_643676", &[]);
}

#[test]
fn every_line_of_utf_16_is_a_candidate() {
    let text = "x id A123456789\nid F131104093\n";
    let little: Vec<u8> = text.bytes().flat_map(|byte| [byte, 0]).collect();
    let big: Vec<u8> = text.bytes().flat_map(|byte| [0, byte]).collect();
    for bytes in [little, big] {
        let second = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 2;
        let filter = filter();
        let found: Vec<_> = filter.candidates(&bytes, Depth::Hits, None).map(|found| found.at).collect();
        assert!(found.iter().any(|at| *at < second) && found.iter().any(|at| *at >= second), "{found:?}");
    }
}

#[test]
fn lines_that_were_read_are_left_out() {
    let text = "A123456789 A123456789\nx\nA123456789\n%41".repeat(20);
    let filter = filter();
    let mut candidates = filter.candidates(text.as_bytes(), Depth::Hits, None);
    let mut lines = Vec::new();
    while let Some(Candidate { at, .. }) = candidates.next() {
        let end = memchr::memchr(b'\n', &text.as_bytes()[at..]).map_or(text.len(), |len| at + len + 1);
        lines.push(text[..at].matches('\n').count());
        candidates.skip_to(end);
    }
    let with: Vec<_> =
        text.lines().enumerate().filter(|(_, line)| line.len() > 1).map(|(nth, _)| nth).collect();
    assert_eq!(lines, with);
}

#[test]
fn a_rule_that_nothing_reaches_makes_every_line_a_candidate() {
    let filter = Prefilter::default().of_every_line();
    for (text, at) in [("", vec![]), ("a", vec![0]), ("a\n\nbc\n", vec![0, 2, 3]), ("\nab", vec![0, 1])] {
        assert_eq!(
            filter.candidates(text.as_bytes(), Depth::Hits, None).map(|found| found.at).collect::<Vec<_>>(),
            at,
            "{text:?}"
        );
    }
}

#[test]
fn literals_from_elsewhere_are_looked_for_whatever_their_case() {
    let filter =
        Prefilter::default().with(["/export/", "list", "st", ""].map(|literal| literal.as_bytes().to_vec()));
    for text in ["GET /EXPORT/x", "a List", "est"] {
        assert!(filter.candidates(text.as_bytes(), Depth::Hits, None).next().is_some(), "{text}");
    }
    assert!(filter.candidates(b"GET /import/x", Depth::Hits, None).next().is_none());
}

#[test]
fn only_lines_that_are_asked_for_are_looked_at() {
    let filter = filter().with([b"\nNov".to_vec()]);
    let text = "x 0912345678 \nNov x=\n".repeat(40);
    for (wanted, expected) in [(0..0, 0), (0..14, 2), (14..21, 1), (0..21, 3), (0..text.len(), 120)] {
        let mut next = |from: usize| {
            let line = if from <= wanted.start { wanted.clone() } else { from..from };
            let end = line.end;
            (line, end)
        };
        let found: Vec<_> = filter.candidates(text.as_bytes(), Depth::Hits, Some(&mut next)).collect();
        assert!(found.iter().all(|found| wanted.contains(&found.at)), "{wanted:?} {found:?}");
        assert_eq!(found.len(), expected, "{wanted:?} {found:?}");
    }
}

#[test]
fn what_was_looked_at_beyond_a_line_is_not_lost_with_it() {
    let text = format!("a %41 {} x\n{} 0912345678\n", "z".repeat(100), "z".repeat(60));
    let filter = filter();
    let mut candidates = filter.candidates(text.as_bytes(), Depth::Hits, None);
    let first = candidates.next().expect("a mark");
    assert_eq!(candidates.weigh(first, 108), Prospect { is_value: false, has_marks: true, last: 2 });
    candidates.skip_to(109);
    assert_eq!(candidates.next().map(|found| found.is_mark), Some(false));
}
