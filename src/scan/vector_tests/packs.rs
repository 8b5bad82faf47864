//! Packs: faults are told with their line, examples prove them.

use std::path::Path;

use super::*;

#[test]
fn every_fault_of_a_pack_is_reported_with_its_line() {
    let pack = include_str!("../../../patterns/detect/mobile.toml");
    let faults = pack
        .replace("\"mobile-forms\"", "\"mobile-from\"")
        .replace("boundary = \"numeric\"", "boundary = \"\"")
        .replace("reference = \"", "reference = \"\" # \"");
    let errors = Engine::from_packs(&[(Path::new("site.toml"), &faults)]).err().unwrap();
    let lines: Vec<_> = errors.iter().map(|error| (error.file.as_str(), error.line)).collect();
    let line = |of: &str| 1 + faults.lines().position(|line| line.starts_with(of)).unwrap();
    assert_eq!(
        lines,
        [("site.toml", line("shape")), ("site.toml", line("boundary")), ("site.toml", line("reference"))]
    );
    assert!(errors[0].to_string().contains("no shape `mobile-from`: it is one of"));
}

#[test]
fn a_pack_is_proved_and_an_unknown_field_is_a_fault() {
    let pack = include_str!("../../../patterns/detect/mobile.toml");
    let unproved = pack.replace("\"0912-345-678\",", "\"0812-345-678\",");
    let errors = Engine::from_packs(&[(Path::new("site.toml"), &unproved)]).err().unwrap();
    assert_eq!(errors.len(), 1);
    assert!(errors[0].what.contains("not found as likely") && !errors[0].what.contains("0812"));
    assert!(unproved.lines().nth(errors[0].line - 1).unwrap().contains("0812-345-678"));
    let unknown = pack.replace("nature =", "natur =");
    let errors = Engine::from_packs(&[(Path::new("site.toml"), &unknown)]).err().unwrap();
    assert_eq!((errors.len(), errors[0].line), (1, 6));
}

#[test]
fn triggers_of_packs_are_looked_for_in_utf8_and_big5() {
    let pack = include_str!("../../../patterns/detect/mobile.toml");
    let pack = pack.replace("examples = [\n    \"手機", "triggers = [\"名冊\"]\nexamples = [\n    \"手機");
    let engine = Engine::from_packs(&[(Path::new("site.toml"), &pack)]).unwrap();
    let at = |engine: &Engine, bytes: &[u8]| {
        engine.candidates(bytes, Depth::Hits).map(|found| found.at).collect::<Vec<_>>()
    };
    assert_eq!(at(&engine, "x 名冊".as_bytes()), [2]);
    assert_eq!(at(&engine, &big5("x 名冊")), [2]);
    assert!(at(&engine, b"GET /EXPORT/ x").is_empty());
    let engine = engine.with_triggers([b"/export/".to_vec()]);
    assert_eq!(at(&engine, b"GET /EXPORT/ x").len(), 1);
    assert_eq!(engine.proved().rules, 1);
}
