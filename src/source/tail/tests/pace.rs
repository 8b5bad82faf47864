//! Sources at rest: they hold no descriptor, and miss nothing that is done to their files.

use std::time::{Instant, SystemTime};

use super::*;

impl Site {
    fn age(&self, name: &str) {
        let long_ago = SystemTime::now() - Duration::from_mins(5);
        let file = fs::OpenOptions::new().append(true).open(self.path(name)).unwrap();
        file.set_modified(long_ago).unwrap();
    }

    /// A log of fifty lines at rest.
    fn resting(&mut self) -> Tail {
        self.append("a.log", &lines(0..50));
        self.age("a.log");
        let spec = Spec { glob: self.path("*.log").to_string_lossy().into_owned(), start: self.start };
        let mut tail = Tail::new(vec![spec], Vec::new(), 1).resting(REST);
        assert_eq!(self.rescan(&mut tail), lines(0..50));
        std::thread::sleep(Duration::from_millis(210));
        assert_eq!(self.rescan(&mut tail), "");
        assert_eq!(tail.at_rest(), 1);
        assert_eq!(held(self), 0);
        tail
    }

    fn told(&mut self, tail: &mut Tail, names: &[&str]) -> String {
        for name in names {
            tail.touch(&self.path(name));
        }
        self.rescan(tail)
    }
}

/// Descriptors of files in the site's folder.
fn held(site: &Site) -> usize {
    let open = fs::read_dir("/proc/self/fd").unwrap().filter_map(|fd| fs::read_link(fd.ok()?.path()).ok());
    open.filter(|path| path.starts_with(site.dir.path())).count()
}

#[test]
fn what_is_appended_to_a_resting_file_is_read_when_it_is_told() {
    let mut site = Site::new(Start::Beginning);
    let mut tail = site.resting();
    assert!(matches!(tail.status()[0].state, State::Reading { offset, size } if offset == size && size > 0));
    site.append("a.log", &lines(50..60));
    assert_eq!(site.rescan(&mut tail), "", "nobody said so");
    assert_eq!(site.told(&mut tail, &["a.log"]), lines(50..60));
    assert_eq!(tail.at_rest(), 0);
    site.append("a.log", &lines(60..70));
    assert_eq!(site.drain(&mut tail), lines(60..70), "it is awake");
}

#[test]
fn a_resting_file_is_looked_at_where_nobody_tells() {
    let mut site = Site::new(Start::Beginning);
    let mut tail = site.resting();
    tail.untold();
    site.rescan(&mut tail);
    std::thread::sleep(Duration::from_millis(210));
    site.rescan(&mut tail);
    assert_eq!(tail.at_rest(), 1);
    site.append("a.log", &lines(50..60));
    let begun = Instant::now();
    while site.rescan(&mut tail) != lines(50..60) {
        assert!(begun.elapsed() < Duration::from_secs(30));
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_resting_file_that_is_rotated_is_continued_in_its_predecessor() {
    let mut site = Site::new(Start::Beginning);
    let mut tail = site.resting();
    site.append("a.log", &lines(50..60));
    site.rename("a.log", "a.log.1");
    site.append("a.log", &lines(60..70));
    assert_eq!(site.told(&mut tail, &["a.log", "a.log.1"]), lines(50..70));
    assert!(site.gaps.is_empty(), "{:?}", site.gaps);
}

#[test]
fn a_resting_file_that_is_copied_and_cut_off_is_continued_in_the_copy() {
    let mut site = Site::new(Start::Beginning);
    let mut tail = site.resting();
    site.append("a.log", &lines(50..60));
    fs::copy(site.path("a.log"), site.path("a.log.1")).unwrap();
    site.write("a.log", &lines(60..70));
    assert_eq!(site.told(&mut tail, &["a.log.1", "a.log"]), lines(50..70));
    assert_eq!(site.gaps, [("a.log".to_owned(), GapCause::Truncated)]);
}

#[test]
fn a_new_file_beside_resting_ones_is_found() {
    let mut site = Site::new(Start::Beginning);
    let mut tail = site.resting();
    site.append("b.log", "new\n");
    std::thread::sleep(Duration::from_millis(210));
    assert_eq!(site.rescan(&mut tail), "new\n");
    assert_eq!(tail.at_rest(), 1);
}

#[test]
fn a_last_line_without_its_end_keeps_a_file_awake() {
    let mut site = Site::new(Start::Beginning);
    site.append("a.log", "one\ntw");
    site.age("a.log");
    let spec = Spec { glob: site.path("*.log").to_string_lossy().into_owned(), start: site.start };
    let mut tail = Tail::new(vec![spec], Vec::new(), 1).resting(REST);
    site.rescan(&mut tail);
    std::thread::sleep(Duration::from_millis(210));
    site.rescan(&mut tail);
    assert_eq!(tail.at_rest(), 0);
}
