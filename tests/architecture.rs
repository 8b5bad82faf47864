//! The floors of `src/lib.rs` hold: a module uses only floors below its own.
//!
//! This reads the tree as text. Comments and literals are blanked first; then every path that starts at the crate's
//! root (`crate::x`, `use crate::{a::b, c}`, or `super::` often enough to get there) names a module that is used.

#![allow(missing_docs, reason = "a test has no readers of its documentation but those who read it here")]

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Lines that a file of `src` may have.
const LINES_MAX: usize = 450;
/// The only places that may hold `unsafe`.
const UNSAFE_IN: [&str; 2] = ["src/detect/simd", "src/source/sys"];
/// Names of modules that have not found their place yet.
const NAMES_REFUSED: [&str; 6] = ["util", "utils", "common", "helper", "helpers", "misc"];

#[test]
fn the_tree_keeps_its_floors() {
    let (lib, files) = tree();
    assert!(files.len() > 10, "the tree was not found");
    let found = violations(&lib, &files);
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn no_file_is_too_long_to_read() {
    let (_, files) = tree();
    let long: Vec<String> = files
        .iter()
        .map(|(path, text)| (path, text.lines().count()))
        .filter(|(_, lines)| *lines > LINES_MAX)
        .map(|(path, lines)| format!("{path}: {lines} lines, {LINES_MAX} at most; split it by its jobs"))
        .collect();
    assert!(long.is_empty(), "\n{}\n", long.join("\n"));
}

#[test]
fn every_module_has_found_its_place() {
    let (lib, _) = tree();
    assert_eq!(refused_names(&lib), Vec::<String>::new());
    assert_eq!(refused_names("mod kind;\n\npub mod util;\n"), ["util"]);
}

#[test]
fn unsafe_stands_in_two_modules_at_most() {
    let (_, files) = tree();
    assert_eq!(unsafe_places(&files), Vec::<String>::new());
    let planted = own(&[
        ("src/detect/mod.rs", "// unsafe in words\n#![deny(unsafe_code)]\nfn f() { unsafe { g() } }\n"),
        ("src/detect/simd/mod.rs", "unsafe fn g() {}\n"),
        ("src/source/sys/linux.rs", "unsafe fn g() {}\n"),
    ]);
    assert_eq!(unsafe_places(&planted), ["src/detect/mod.rs:3: `unsafe` outside detect/simd and source/sys"]);
}

const LIB: &str =
    "//! The map.\n\npub mod kind;\npub mod line;\n\npub mod decode;\npub mod format;\n\npub mod scan;\n";

#[test]
fn use_of_a_floor_below_and_of_the_own_module_is_clean() {
    check(
        "src/scan.rs",
        "use crate::{decode::views, format::{self, Role}};\nfn f() { crate::kind::g() }",
        &[],
    );
    check("src/format/mod.rs", "use crate::format::pack;\nuse super::kind::Kind;", &[]);
    check("src/format/pack.rs", "use super::Role;\nuse crate::format::tests;", &[]);
    check("src/main.rs", "use crate::scan;", &[]);
}

#[test]
fn upward_use_is_reported_with_file_and_line() {
    check(
        "src/kind.rs",
        "//! x\nuse crate::scan::Engine;\n",
        &["src/kind.rs:2: module `kind` (floor 1) uses `scan` (floor 3)"],
    );
}

#[test]
fn sideways_use_is_reported() {
    check(
        "src/decode/mime.rs",
        "fn f(r: crate::format::Role) {}",
        &["src/decode/mime.rs:1: module `decode` (floor 2) uses `format` (floor 2)"],
    );
}

#[test]
fn nested_use_is_reported_at_the_line_of_the_name() {
    check(
        "src/format/mod.rs",
        "use crate::{\n    kind::{Kind, scan},\n    decode::{self, b},\n    line,\n    scan as s,\n};",
        &[
            "src/format/mod.rs:3: module `format` (floor 2) uses `decode` (floor 2)",
            "src/format/mod.rs:5: module `format` (floor 2) uses `scan` (floor 3)",
        ],
    );
}

#[test]
fn code_of_tests_keeps_the_floors_too() {
    check(
        "src/kind.rs",
        "#[cfg(test)]\nmod tests {\n    use super::scan;\n    use super::super::line::Place;\n    use crate::decode;\n}",
        &[
            "src/kind.rs:4: module `kind` (floor 1) uses `line` (floor 1)",
            "src/kind.rs:5: module `kind` (floor 1) uses `decode` (floor 2)",
        ],
    );
}

#[test]
fn a_way_to_the_root_by_super_is_seen() {
    check(
        "src/kind.rs",
        "use super::scan::x;",
        &["src/kind.rs:1: module `kind` (floor 1) uses `scan` (floor 3)"],
    );
    check(
        "src/decode/mime.rs",
        "use super::super::{format, kind};",
        &["src/decode/mime.rs:1: module `decode` (floor 2) uses `format` (floor 2)"],
    );
    check("src/decode/mime.rs", "use super::format;", &[]);
}

#[test]
fn words_in_comments_and_literals_are_no_use() {
    let text = r##"
        // use crate::scan;
        /* crate::scan /* nested */ crate::scan */
        /// [`crate::scan`]
        const A: &str = "crate::scan \" crate::scan";
        const B: &str = r#"crate::scan " crate::scan"#;
        const C: (char, char, u8) = ('"', '\'', b'"');
        fn f<'a>(x: &'a str) -> &'a str { x }
    "##;
    check("src/kind.rs", text, &[]);
    check(
        "src/kind.rs",
        &format!("{text}\nuse crate::scan;"),
        &["src/kind.rs:10: module `kind` (floor 1) uses `scan` (floor 3)"],
    );
}

#[test]
fn importing_the_whole_crate_is_reported() {
    check(
        "src/scan.rs",
        "use crate::*;",
        &["src/scan.rs:1: module `scan` (floor 3) imports the whole crate"],
    );
}

#[test]
fn a_module_that_the_map_does_not_show_is_reported() {
    check("src/lost.rs", "", &["src/lost.rs:1: module `lost` is not in src/lib.rs"]);
}

fn check(path: &str, text: &str, expected: &[&str]) {
    assert_eq!(violations(LIB, &own(&[(path, text)])), expected);
}

fn own(files: &[(&str, &str)]) -> Vec<(String, String)> {
    files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

/// `src/lib.rs`, and every other source file with its path from the root of the package.
fn tree() -> (String, Vec<(String, String)>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    let mut folders = vec![root.join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("src can be read") {
            let path: PathBuf = entry.expect("src can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root).expect("found below the root").display().to_string();
                files.push((name, fs::read_to_string(&path).expect("sources are UTF-8")));
            }
        }
    }
    files.sort();
    let lib = files.iter().position(|(path, _)| path == "src/lib.rs").expect("the map exists");
    let lib = files.remove(lib).1;
    (lib, files)
}

/// What breaks the floors that `lib` draws, as `file:line: …`.
fn violations(lib: &str, files: &[(String, String)]) -> Vec<String> {
    let floors = floors(lib);
    let mut found = Vec::new();
    for (path, text) in files {
        let inside = path.strip_prefix("src/").unwrap_or(path);
        if matches!(inside, "main.rs" | "lib.rs") {
            continue;
        }
        let module = inside.split('/').next().unwrap_or(inside).trim_end_matches(".rs");
        let Some(floor) = floors.get(module) else {
            found.push(format!("{path}:1: module `{module}` is not in src/lib.rs"));
            continue;
        };
        let text = blank(text);
        for (at, used) in roots(&text, depth(inside)) {
            let line = text[..at].matches('\n').count() + 1;
            let place = format!("{path}:{line}: module `{module}` (floor {floor})");
            match floors.get(used) {
                _ if used == "*" => found.push(format!("{place} imports the whole crate")),
                Some(other) if used != module && other >= floor => {
                    found.push(format!("{place} uses `{used}` (floor {other})"));
                }
                _ => {}
            }
        }
    }
    found
}

/// Module → floor from 1, as the groups of `mod` lines in `lib` stand.
fn floors(lib: &str) -> HashMap<&str, usize> {
    let mut floors = HashMap::new();
    let (mut floor, mut open) = (0, false);
    for line in lib.lines() {
        if let Some(name) = declared(line) {
            floor += usize::from(!open);
            open = true;
            floors.insert(name, floor);
        } else if line.trim().is_empty() {
            open = false;
        }
    }
    floors
}

fn declared(line: &str) -> Option<&str> {
    let line = line.trim();
    let line = line.strip_prefix("pub ").or_else(|| line.strip_prefix("pub(crate) ")).unwrap_or(line);
    line.strip_prefix("mod ")?.strip_suffix(';')
}

fn refused_names(lib: &str) -> Vec<String> {
    lib.lines().filter_map(declared).filter(|name| NAMES_REFUSED.contains(name)).map(str::to_owned).collect()
}

fn unsafe_places(files: &[(String, String)]) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in files {
        let allowed =
            |place: &str| path.strip_prefix(place).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'));
        if UNSAFE_IN.into_iter().any(allowed) {
            continue;
        }
        for (n, line) in blank(text).lines().enumerate() {
            if words(line, "unsafe").next().is_some() {
                found.push(format!("{path}:{}: `unsafe` outside detect/simd and source/sys", n + 1));
            }
        }
    }
    found
}

/// Modules between a file and the root: `kind.rs` and `decode/mod.rs` are 1 below it, `decode/mime.rs` 2.
fn depth(inside: &str) -> usize {
    inside.trim_end_matches("/mod.rs").split('/').count()
}

/// Every name that follows a path to the crate's root in blanked text, with its place.
fn roots(text: &str, depth: usize) -> Vec<(usize, &str)> {
    let inner = inner_modules(text);
    let mut found = Vec::new();
    for at in words(text, "crate") {
        if let Some(after) = text[at..].strip_prefix("crate::") {
            names(text, text.len() - after.len(), &mut found);
        }
    }
    for at in words(text, "super") {
        if text[..at].ends_with("super::") {
            continue;
        }
        let mut end = at;
        let mut steps = 0;
        while text[end..].starts_with("super::") {
            end += "super::".len();
            steps += 1;
        }
        let nested = inner.iter().filter(|(from, to)| (*from..*to).contains(&at)).count();
        if steps > 0 && steps >= depth + nested {
            names(text, end, &mut found);
        }
    }
    found.sort_unstable();
    found
}

/// The name at `at`, or those directly inside the braces there.
fn names<'t>(text: &'t str, at: usize, found: &mut Vec<(usize, &'t str)>) {
    if !text[at..].starts_with('{') {
        found.extend(name(text, at));
        return;
    }
    let (mut level, mut fresh) = (0, false);
    for (offset, c) in text[at..].char_indices() {
        match c {
            '{' => {
                level += 1;
                fresh = level == 1;
            }
            '}' if level == 1 => return,
            '}' => level -= 1,
            ',' => fresh = level == 1,
            c if c.is_whitespace() => {}
            _ => {
                if fresh {
                    found.extend(name(text, at + offset));
                }
                fresh = false;
            }
        }
    }
}

fn name(text: &str, at: usize) -> Option<(usize, &str)> {
    let rest = &text[at..];
    let end = if rest.starts_with('*') { 1 } else { rest.find(|c| !is_word(c)).unwrap_or(rest.len()) };
    (end > 0).then(|| (at, &rest[..end]))
}

/// Bytes between the braces of each `mod name { … }`.
fn inner_modules(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for at in words(text, "mod") {
        let head = text[at + 3..].trim_start();
        let after = head.trim_start_matches(is_word).trim_start();
        if !after.starts_with('{') {
            continue;
        }
        let from = text.len() - after.len();
        let mut level = 0;
        let end = text[from..].char_indices().find(|(_, c)| {
            level += i32::from(*c == '{') - i32::from(*c == '}');
            level == 0
        });
        found.push((from, end.map_or(text.len(), |(offset, _)| from + offset)));
    }
    found
}

/// Places of a whole word.
fn words<'t>(text: &'t str, word: &'t str) -> impl Iterator<Item = usize> + 't {
    text.match_indices(word)
        .map(|(at, _)| at)
        .filter(move |at| !text[..*at].ends_with(is_word) && !text[*at + word.len()..].starts_with(is_word))
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The text with comments and literals as spaces; lines stay where they are.
fn blank(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = literal_end(&chars, at);
        if end == at {
            out.push(chars[at]);
            at += 1;
        } else {
            out.extend(chars[at..end].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
            at = end;
        }
    }
    out
}

/// Where the comment or literal that starts at `at` ends; `at` itself when none does.
fn literal_end(chars: &[char], at: usize) -> usize {
    let next = |n: usize| chars.get(at + n).copied().unwrap_or('\0');
    match chars[at] {
        '/' if next(1) == '/' => find(chars, at, |rest| rest[0] == '\n'),
        '/' if next(1) == '*' => block_comment_end(chars, at),
        '"' => quoted_end(chars, at, '"'),
        // `'a'` and `'\n'` are literals, `'a` is a lifetime.
        '\'' if next(1) == '\\' || next(2) == '\'' => quoted_end(chars, at, '\''),
        'r' if at == 0 || !is_word(chars[at - 1]) || chars[at - 1] == 'b' => {
            let hashes = chars[at + 1..].iter().take_while(|c| **c == '#').count();
            if next(hashes + 1) != '"' {
                return at;
            }
            let body = at + hashes + 2;
            let closes = |rest: &[char]| {
                rest[0] == '"' && rest.len() > hashes && rest[1..=hashes].iter().all(|c| *c == '#')
            };
            (find(chars, body, closes) + hashes + 1).min(chars.len())
        }
        _ => at,
    }
}

fn quoted_end(chars: &[char], at: usize, quote: char) -> usize {
    let mut end = at + 1;
    while end < chars.len() && chars[end] != quote {
        end += if chars[end] == '\\' { 2 } else { 1 };
    }
    (end + 1).min(chars.len())
}

fn block_comment_end(chars: &[char], at: usize) -> usize {
    let (mut end, mut level) = (at, 0);
    while end < chars.len() {
        match (chars[end], chars.get(end + 1)) {
            ('/', Some('*')) => level += 1,
            ('*', Some('/')) => level -= 1,
            _ => {
                end += 1;
                continue;
            }
        }
        end += 2;
        if level == 0 {
            break;
        }
    }
    end
}

fn find(chars: &[char], from: usize, ends: impl Fn(&[char]) -> bool) -> usize {
    (from..chars.len()).find(|at| ends(&chars[*at..])).unwrap_or(chars.len())
}
