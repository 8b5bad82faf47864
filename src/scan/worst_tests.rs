//! Lines that somebody wrote to be slow: none costs more than its length, and none hides what stands in it.

use std::time::{Duration, Instant};

use super::Scanner;
use crate::batch::Body;
use crate::detect::{Depth, Engine};
use crate::format::Format;
use crate::kind::Verdict;
use crate::line::{Block, Origin, SourceId};
use crate::mask::Keys;
use crate::moment::Tz;

/// Length of a hostile line.
const BYTES: usize = 512 << 10;

/// How long it may take without optimisation, on a machine that is busy with other things. The slowest takes half a
/// second on a quiet one, what is quadratic takes minutes.
const LIMIT: Duration = Duration::from_secs(20);

fn scanner() -> Scanner {
    Scanner::new(Engine::shipped().unwrap(), Keys::new(&[7; 32]), Tz::Asia__Taipei)
}

fn origin() -> Origin {
    Origin { source: SourceId::new("a.log"), path: "a.log".into(), modified: 0 }
}

#[test]
fn worst_cases_stay_linear() {
    // Beside each, which part of the length it is given: Big5 is slow to decode without optimisation, and what lines
    // of values only cost is the keyed hash of each.
    let pieces: [(&[u8], usize); 25] = [
        (b"\\x41", 8),
        (b"&#65;", 8),
        (b"\\u8eab", 8),
        (b"=E5=A7", 8),
        (b"QUJDMTIz", 8),
        (b"MTIzMTIz\n", 8),
        (b"a\0", 8),
        (b"x*0*=a;", 8),
        (b"=1+", 8),
        (b"=?", 1),
        (b"1", 1),
        (b"%41", 1),
        (b"%25", 1),
        (b"%", 1),
        (b"=?a?B? ", 1),
        (b"=?a?B?QUJD?= ", 1),
        (b"=?a?Q?", 1),
        (b"09 ", 1),
        (b"4111 ", 1),
        (b"name=\xe7\xa2\xbc\xe7\xa2\xbc", 1),
        (b"A123456788 ", 1),
        (b"\xa2\xaf", 2),
        (b"A123456789 %20", 8),
        (b"0912345678\n", 8),
        (b"\xff0912-345-678\xbd", 8),
    ];
    let (scanner, origin) = (scanner(), origin());
    for (piece, share) in pieces {
        let bytes: Vec<u8> = piece.iter().copied().cycle().take(BYTES / share).collect();
        let began = Instant::now();
        scanner.hits(Format::Plain, &Block::new(&bytes, &origin, 0, 1));
        let took = began.elapsed();
        assert!(took < LIMIT, "{:?} takes {took:?}", String::from_utf8_lossy(piece));
    }
}

#[test]
fn a_value_anywhere_in_a_long_line_is_found_once() {
    let (scanner, origin) = (scanner(), origin());
    let fillers: [&[u8]; 4] = [b"x ", b"%E7%A2%BC&", "碼".as_bytes(), b"\xbd\x58"];
    let values: [&[u8]; 3] =
        [b" id_no=A123456789 ", b"&id_no=%41123456789&", b" =?utf-8?B?aWRfbm89QTEyMzQ1Njc4OQ==?= "];
    for (filler, value) in fillers.into_iter().flat_map(|filler| values.map(|value| (filler, value))) {
        let far = if value.starts_with(b" id") { 500_000 } else { 30_000 };
        for at in [far, 12_288, 12_280, 14_336, 16_384] {
            let at = at - at % filler.len();
            let mut bytes: Vec<u8> = filler.iter().copied().cycle().take(at).collect();
            bytes.extend(value);
            bytes.extend(filler.iter().copied().cycle().take(12_000 - 12_000 % filler.len()));
            let (found, _) =
                scanner.findings(Format::Plain, &Block::new(&bytes, &origin, 0, 1), Depth::Rejected);
            let likely: Vec<_> = found.iter().filter(|found| found.verdict == Verdict::Likely).collect();
            let what = format!("{} at {at}", String::from_utf8_lossy(value));
            assert_eq!((found.len(), likely.len()), (1, 1), "{what}");
            assert!((at..at + value.len()).contains(&(likely[0].offset as usize)), "{what}");
        }
    }
}

#[test]
fn what_is_shown_of_a_long_line_hides_what_it_is_cut_within() {
    let (scanner, origin) = (scanner(), origin());
    for at in 4_085..4_100 {
        let line = format!(
            "{}手機 0912-345-678 A123456789 12345678901 {}",
            "\u{200b}".repeat(at / 3),
            "x".repeat(at)
        );
        let said = scanner.hits(Format::Plain, &Block::new(line.as_bytes(), &origin, 0, 1));
        let texts = said.facts.iter().filter_map(|fact| match &fact.body {
            Body::Hit(record) => Some(&record.sample.text),
            _ => None,
        });
        for text in texts {
            for digits in ["345", "23456", "678901"] {
                assert!(!text.contains(digits), "{at}: {text}");
            }
        }
    }
}
