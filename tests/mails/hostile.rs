//! Values that try to leave their place, in every place that a log, a policy or a configuration can fill.

use breachd::alert::{Bulletin, Letter, Templates};
use breachd::incident::{Content, Listing, Suppressed};

use super::support::{Random, seed, size};
use super::{composed, fields, header, parts};

/// Pieces of which hostile values are made.
const TRICKS: [&str; 24] = [
    "\r\nBcc: evil@example.com",
    "\n\n--=_alternative_BD-2026-000017.r0\n",
    "\r\n\r\n",
    "\r",
    "\n",
    "<script>alert(1)</script>",
    "\"><img src=http://evil.example/x>",
    "<style>*{display:none}</style>",
    "javascript:alert(1)",
    "</td></table></div>",
    "&#60;b&#62;",
    "\u{202e}gpj.exe\u{2066}",
    "\u{0}\u{1b}[2J\u{9b}31m\u{7f}",
    "{{ level }}{% raw %}",
    "\r\n.\r\nMAIL FROM:<x>",
    "=?utf-8?q?=0d=0aBcc:_x?=",
    "\u{2028}\u{2029}\u{85}\u{b}\u{c}",
    "' onmouseover='x",
    "END:VEVENT\r\nATTACH:http://evil.example",
    "\\n;,:",
    "\u{feff}\u{200b}",
    "<!--",
    "]]>",
    "－－－ 郵件結束 －－－",
];

fn evil(random: &mut Random) -> String {
    // Of a longer value the letter makes no command to copy, and has a line less.
    let mut evil: String = (0..=random.below(4)).map(|_| TRICKS[random.below(TRICKS.len())]).collect();
    evil.truncate(evil.floor_char_boundary(120));
    evil
}

/// Fills every place with the value.
fn filled(evil: &str) -> Letter {
    let mut letter = Letter::sample();
    let own = || evil.to_owned();
    let draft = &mut letter.draft;
    let core = &mut draft.core;
    (core.actor, core.objects[0], core.origins[0]) = (own(), own(), own());
    (core.recipients[0].address, core.samples[0].masked) = (own(), own());
    if let Some(place) = &mut core.samples[0].place {
        place.path = own();
    }
    core.level.why[0] = own();
    (draft.basis, draft.completeness.gaps[0].path, draft.completeness.sources[0].source) =
        (own(), own(), own());
    draft.completeness.gaps[0].cause = own();
    (draft.systems[0].source, draft.systems[0].system, draft.systems[0].owner_unit) =
        (own(), Some(own()), Some(own()));
    for duty in &mut draft.duties {
        (duty.policy, duty.text, duty.clause) = (own(), own(), own());
    }
    (letter.org_name, letter.level_name, letter.system) = (own(), own(), own());
    letter.note = vec![own()];
    letter
}

#[test]
fn no_hostile_value_leaves_its_place() {
    // A policy that is no plain id is not named in the header.
    let mail = composed(&filled("＊"));
    let head = fields(&mail);
    let (lines, tags) = (parts(&mail)[0].lines().count(), parts(&mail)[1].matches('<').count());
    let mut random = Random(seed(0x001E_77E2));
    for _ in 0..size("BREACHD_HOSTILE", 1_000) {
        let evil = evil(&mut random);
        let mail = composed(&filled(&evil));
        assert_eq!(fields(&mail), head, "{evil:?}");
        assert!(header(&mail).is_ascii() && !header(&mail).contains("evil@"), "{evil:?}");
        assert!(mail.split("\r\n").all(|line| line.len() <= 998 && !line.contains(['\r', '\n'])), "{evil:?}");
        let parts = parts(&mail);
        assert_eq!(parts.len(), 3, "{evil:?}");
        assert_eq!(parts[0].lines().count(), lines, "{evil:?}\n{}", parts[0]);
        assert_eq!(parts[1].matches('<').count(), tags, "{evil:?}");
        let odd = |char: char| {
            (char.is_control() && char != '\r' && char != '\n')
                || "\u{202e}\u{2066}\u{2028}\u{200b}\u{feff}".contains(char)
        };
        assert!(!parts.iter().take(2).any(|part| part.contains(odd)), "{evil:?}");
        assert!(!parts[2].lines().any(|line| line.starts_with("ATTACH")), "{evil:?}");
        assert_eq!(parts[2].matches("\r\nEND:VEVENT\r\n").count(), 1, "{evil:?}");
    }
}

/// The same of a bulletin.
fn filled_bulletin(bulletin: &Bulletin, evil: &str) -> Bulletin {
    let mut bulletin = bulletin.clone();
    let own = || evil.to_owned();
    bulletin.org_name = own();
    bulletin.checkpoint = Some(own());
    let cases = |list: &mut Listing| {
        list.numbers.iter_mut().for_each(|number| *number = own());
        for entry in &mut list.entries {
            (entry.actor, entry.chain) = (own(), own());
            entry.case = entry.case.is_some().then(own);
        }
    };
    match &mut bulletin.said.content {
        Content::Collective(list) => cases(list),
        Content::Digest(digest) => {
            for list in [&mut digest.held, &mut digest.exposed, &mut digest.possible] {
                cases(list);
            }
            let suppressed = |one: &mut Suppressed| {
                (one.words, one.owner, one.reason, one.last_day) = (own(), own(), own(), own());
            };
            digest.ended.iter_mut().for_each(suppressed);
            digest.standing.iter_mut().for_each(suppressed);
            digest.sources.iter_mut().for_each(|read| read.source = own());
            digest.gaps.iter_mut().for_each(|gap| (gap.path, gap.cause) = (own(), own()));
        }
    }
    bulletin
}

#[test]
fn no_hostile_value_leaves_its_place_in_a_bulletin() {
    let mut random = Random(seed(0x00D1_6E57));
    let composed = |bulletin: &Bulletin| {
        String::from_utf8(bulletin.compose(&Templates::default()).expect("composes")).expect("ASCII")
    };
    let samples = Bulletin::samples();
    let plain: Vec<String> =
        samples.iter().map(|(_, bulletin)| composed(&filled_bulletin(bulletin, "＊"))).collect();
    for _ in 0..size("BREACHD_HOSTILE", 1_000) / samples.len() {
        let evil = evil(&mut random);
        for ((_, bulletin), plain) in samples.iter().zip(&plain) {
            let mail = composed(&filled_bulletin(bulletin, &evil));
            assert_eq!(header(&mail), header(plain), "{evil:?}");
            let (is, plain) = (parts(&mail), parts(plain));
            assert_eq!(is.len(), plain.len(), "{evil:?}");
            assert_eq!(is[0].lines().count(), plain[0].lines().count(), "{evil:?}\n{}", is[0]);
            for (is, plain) in is.iter().zip(&plain).skip(1) {
                assert_eq!(is.matches('<').count(), plain.matches('<').count(), "{evil:?}");
            }
            let odd = |char: char| {
                (char.is_control() && char != '\r' && char != '\n')
                    || "\u{202e}\u{2066}\u{2028}\u{200b}\u{feff}".contains(char)
            };
            assert!(!is.iter().any(|part| part.contains(odd)), "{evil:?}");
        }
    }
}
