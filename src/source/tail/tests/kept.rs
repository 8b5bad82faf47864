//! What a source remembers: everything of the files that are there, and little of those that are not.

use super::*;

#[test]
fn of_files_that_are_gone_little_is_remembered() {
    let mut site = Site::new(Start::Beginning);
    site.append("a.log", &lines(0..20));
    let mut tail = site.tail();
    site.drain(&mut tail);
    for nth in 1..200 {
        site.rename("a.log", "a.log.1");
        site.append("a.log", &lines(20 * nth..20 * (nth + 1)));
        assert_eq!(site.rescan(&mut tail), lines(20 * nth..20 * (nth + 1)));
        // Packed, and gone with the next rotation.
        site.compress("a.log.1");
        assert_eq!(site.rescan(&mut tail), "");
    }
    tail = tail.quiet(Duration::ZERO);
    site.rescan(&mut tail);
    site.rescan(&mut tail);
    let source = &tail.sources[0];
    assert!(source.known.len() <= 40, "{} generations of 2 files", source.known.len());
    assert!(source.looked.len() <= 2 && source.readers.len() <= 1);
    // A start remembers no more of them, once it has looked.
    let mut tail = site.tail();
    assert!(tail.sources[0].known.len() <= 40);
    assert_eq!(site.drain(&mut tail), "");
}

#[test]
fn of_files_that_are_there_all_are_remembered() {
    let mut site = Site::new(Start::Beginning);
    for nth in 1..1200 {
        site.append(&format!("a.log.{nth}"), &lines(nth..nth + 1));
    }
    site.append("a.log", &lines(0..1));
    let mut tail = site.tail();
    assert_eq!(site.drain(&mut tail), lines(0..1), "what was there before is passed over");
    for _ in 0..2 {
        let mut tail = site.tail();
        assert_eq!(site.drain(&mut tail), "", "and stays so");
        assert_eq!(site.rescan(&mut tail), "");
    }
}
