//! What must hold for any bytes at all: one check a target. The fuzzer calls them, and so does `tests/corpora.rs` with
//! every file of the corpora.

#![allow(dead_code)] // each target calls one of them

use std::path::Path;
use std::sync::OnceLock;

use breachd::batch::Body;
use breachd::decode::{View, views, windows};
use breachd::detect::{Depth, Engine, FieldContext};
use breachd::format::{Defaults, Format, Formats};
use breachd::hit::Finding;
use breachd::kind::Verdict;
use breachd::line::{Block, Origin, SourceId};
use breachd::mask::{Keys, Raw};
use breachd::moment::{Day, Tz};
use breachd::record::FieldName;
use breachd::scan::Scanner;

/// Views of a window: the raw one, two of UTF-16, three passes.
const VIEWS_MAX: usize = 6;

/// A decoded view ends at 64 KiB, within the last character; the raw one is three times its bytes at most.
const VIEW_BYTES_MAX: usize = 64 * 1024 + 3;

/// Of a pack, beyond which only time is lost.
const PACK_BYTES_MAX: usize = 8 * 1024;

fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| Engine::shipped().expect("the shipped packs are right"))
}

fn portable() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| Engine::shipped().expect("the shipped packs are right").portable())
}

fn scanner() -> &'static Scanner {
    static SCANNER: OnceLock<Scanner> = OnceLock::new();
    SCANNER.get_or_init(|| {
        let engine = Engine::shipped().expect("the shipped packs are right");
        Scanner::new(engine, Keys::new(&[7; 32]), Tz::Asia__Taipei)
    })
}

/// Every byte of a field is owned by one window; views are few and bounded, and each of their characters came from
/// bytes of the field, further on or where the one before it came from.
pub(crate) fn decode(bytes: &[u8]) {
    let mut owned = 0;
    for window in windows(Raw::new(bytes)) {
        assert_eq!(window.own.start, owned);
        assert!(window.bytes.start <= window.own.start && window.own.end <= window.bytes.end);
        owned = window.own.end;
        let field = &bytes[window.bytes];
        let views = views(Raw::new(field));
        assert!(views.len() <= VIEWS_MAX, "{} views", views.len());
        assert!(views[0].text().len() <= 3 * field.len());
        for view in &views {
            assert!(view.text().len() <= VIEW_BYTES_MAX, "{}: {} bytes", view.name, view.text().len());
            maps_back(view, field.len());
        }
    }
    assert_eq!(owned, bytes.len());
}

fn maps_back(view: &View, len: usize) {
    let mut before = 0;
    for (at, c) in view.text().char_indices() {
        let raw = view.raw(at..at + c.len_utf8());
        assert!(raw.start < raw.end && raw.end <= len, "{}: {c:?} at {at} from {raw:?}", view.name);
        assert!(before <= raw.start, "{}: {c:?} at {at} from {raw:?}, before it {before}", view.name);
        before = raw.start;
    }
}

/// Findings follow each other without overlap, on whole characters; the same text says the same twice; and a line with
/// something to find is a candidate.
pub(crate) fn detect(bytes: &[u8]) {
    let (known, bytes) = bytes.split_first().map_or((false, bytes), |(first, rest)| (first & 1 == 1, rest));
    for line in bytes.split(|&byte| byte == b'\n') {
        for window in windows(Raw::new(line)) {
            let mut something = false;
            for view in views(Raw::new(&line[window.bytes])) {
                let found = engine().find(view.text(), FieldContext { known, key: "" });
                let again = engine().find(view.text(), FieldContext { known, key: "" });
                assert!(told(&found).eq(told(&again)), "found otherwise the second time");
                let mut end = 0;
                for finding in &found {
                    assert!(
                        end <= finding.span.start && finding.span.start < finding.span.end,
                        "{finding:?}"
                    );
                    assert!(view.text().get(finding.span.clone()).is_some(), "{finding:?}");
                    end = finding.span.end;
                }
                something |= found.iter().any(|finding| finding.verdict > Verdict::Rejected);
            }
            let candidates: Vec<_> = engine().candidates(line, Depth::Hits).collect();
            assert!(!something || !candidates.is_empty(), "the prefilter is silent");
            let portable = portable().candidates(line, Depth::Hits);
            assert!(portable.eq(candidates), "the code for every processor tells otherwise");
        }
    }
}

fn told(found: &[Finding]) -> impl Iterator<Item = (std::ops::Range<usize>, Verdict, String)> + '_ {
    found.iter().map(|finding| (finding.span.clone(), finding.verdict, finding.why.to_string()))
}

/// Nothing is found again in what is shown of a line, as it stands or in any view of it, and no seven digits in a row.
pub(crate) fn redact(bytes: &[u8]) {
    let origin = Origin { source: SourceId::new("a.log"), path: "a.log".into(), modified: 0 };
    for format in [Format::Plain, scanner().formats().sniff(bytes)] {
        let block = Block::new(bytes, &origin, 0, 1);
        for fact in scanner().hits(format, &block).facts {
            let Body::Hit(record) = &fact.body else { continue };
            let shown = &record.sample.text;
            // Addresses are data of persons in content only, and a whole line is not that.
            // Nor in what programs say of themselves, and in the envelope.
            let key = match record.field {
                FieldName::Agent | FieldName::Helo | FieldName::Recipient => record.field.id(),
                _ => "",
            };
            let context = FieldContext { known: record.field != FieldName::Line, key };
            for view in views(Raw::new(shown.as_bytes())) {
                let again = engine().find(view.text(), context);
                let again = again.iter().find(|finding| finding.verdict > Verdict::Rejected);
                assert!(again.is_none(), "{shown:?}: {again:?}");
            }
            let is_digit = |c: char| c.is_ascii_digit() || ('０'..='９').contains(&c);
            let digits = shown.split(|c| !is_digit(c)).map(|run| run.chars().count()).max();
            assert!(digits.is_none_or(|digits| digits < 7), "{shown:?}");
        }
    }
}

/// A pack is refused with the line and the way out, or taken, and then works.
pub(crate) fn packs(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(&bytes[..bytes.len().min(PACK_BYTES_MAX)]) else { return };
    let (path, today) = (Path::new("site.toml"), Day::new(2026, 11, 22).expect("a day"));
    let tested = Engine::test_site(path, text, today);
    let lines = text.split('\n').count();
    for error in tested.errors.iter().chain(&tested.warnings) {
        // It may stand in the way of a rule of the program, whose line is told then.
        let is_own = error.file == "site.toml";
        assert!(!is_own || (1..=lines).contains(&error.line), "{error}: of {lines} lines");
        assert!(error.what.chars().count() > 3, "{error}");
    }
    // Reading takes most of the time, and is repeated only where there is something to try.
    if tested.errors.is_empty() {
        let engine = Engine::with_site(&[(path, text)], today).expect("a pack without errors");
        engine.find(text, FieldContext::default());
    }
}

/// Format strings of servers, beside the formats that have a name.
const LOG_FORMATS: [&str; 2] = [
    "%v:%p %h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \"%{User-Agent}i\" %X",
    "$remote_addr $request_method $uri$is_args$args [$time_iso8601] $status $bytes_sent $http_x $request_completion",
];

/// Every format reads any line at all: pieces stand where they are said to, names of threads carry no data, and the cheap
/// questions are answered as the whole one is.
pub(crate) fn formats(bytes: &[u8]) {
    static FORMATS: OnceLock<Formats> = OnceLock::new();
    let formats = FORMATS.get_or_init(|| {
        let mut formats = Formats::shipped();
        for text in LOG_FORMATS {
            formats.learn(text).expect("a format string");
        }
        formats
    });
    let defaults = Defaults { zone: Tz::Asia__Taipei, anchor: 1_796_083_200 };
    let head = formats.sniff(bytes);
    for line in bytes.split(|&byte| byte == b'\n') {
        let known = formats.names().into_iter().filter_map(|name| formats.by_name(&name));
        let learnt = LOG_FORMATS.iter().filter_map(|text| formats.by_name(text));
        for format in known.chain(learnt).chain([head]) {
            let Some(parsed) = formats.parse(format, line, &defaults) else { continue };
            for field in &parsed.fields {
                assert_eq!(&line[field.span.clone()], field.raw.bytes(), "{format:?}");
            }
            assert!(parsed.body.start <= parsed.body.end && parsed.body.end <= line.len(), "{format:?}");
            let name = parsed.name.clone().filter(|_| !parsed.complete);
            assert_eq!(formats.thread_name(format, line, None), name, "{format:?}");
            let names = [Some(parsed.host), parsed.name.as_deref(), parsed.link];
            let next = parsed.outcomes.iter().map(|happened| happened.next);
            for name in names.into_iter().chain(next).flatten() {
                let plain = |c: char| c.is_ascii_alphanumeric() || "._-:".contains(c);
                assert!(name.len() <= 64 && name.chars().all(plain), "{format:?}: {name:?}");
            }
        }
    }
}

/// A log in any format says the same however it is cut into blocks, with what is carried from one to the next.
pub(crate) fn lines(bytes: &[u8]) {
    let formats = scanner().formats();
    // The first byte says where the log is cut, the second chooses a format; that which it seems to have is tried too.
    let [cut, nth, log @ ..] = bytes else { return };
    let names = formats.names();
    let chosen = formats.by_name(&names[usize::from(*nth) % names.len()]).expect("a name of its own");
    cut_and_whole(chosen, *cut, log);
    cut_and_whole(formats.sniff(log), *cut, log);
}

fn cut_and_whole(format: Format, cut: u8, log: &[u8]) {
    let origin = Origin { source: SourceId::new("a"), path: "a".into(), modified: 1_796_083_200 };
    let scanner = scanner();
    let ends: Vec<usize> = memchr::memchr_iter(b'\n', log).map(|at| at + 1).collect();
    let cut = if ends.is_empty() { 0 } else { ends[usize::from(cut) % ends.len()] };
    let everybody = |_: &str| true;
    let said = |blocks: [Block<'_>; 2]| {
        let mut facts: Vec<String> = Vec::new();
        for block in blocks {
            let all = [scanner.hits(format, &block), scanner.of_threads(format, &block, &everybody)];
            facts.extend(all.into_iter().flat_map(|said| said.facts).map(|fact| format!("{fact:?}")));
        }
        facts.sort();
        facts
    };
    let whole = Block::new(log, &origin, 0, 1);
    let first = Block::new(&log[..cut], &origin, 0, 1);
    let carried = scanner.carry(format, &first);
    let line = 1 + memchr::memchr_iter(b'\n', &log[..cut]).count() as u64;
    let second = Block::new(&log[cut..], &origin, cut as u64, line).after(carried.line());
    let nothing = Block::new(b"", &origin, 0, 1);
    assert_eq!(said([whole, nothing]), said([first, second]), "{format:?} cut at {cut}");
}

/// A format of a site is refused with the line and the way out, or taken, and then reads anything.
pub(crate) fn sites(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(&bytes[..bytes.len().min(PACK_BYTES_MAX)]) else { return };
    let tested = Formats::test_site(Path::new("site.toml"), text);
    let lines = text.split('\n').count();
    for error in &tested.errors {
        assert!(error.file != "site.toml" || (1..=lines).contains(&error.line), "{error}: of {lines} lines");
        assert!(error.what.chars().count() > 3, "{error}");
    }
    if tested.errors.is_empty() {
        let formats = Formats::with_site(&[(Path::new("site.toml"), text)]).expect("a format without errors");
        let format = tested.listed.and_then(|listed| formats.by_name(&listed.name));
        let defaults = Defaults { zone: Tz::Asia__Taipei, anchor: 1_796_083_200 };
        for line in text.lines() {
            format.and_then(|format| formats.parse(format, line.as_bytes(), &defaults));
        }
    }
}
