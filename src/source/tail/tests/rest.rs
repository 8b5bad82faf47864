//! Sources at rest: they hold no descriptor, and miss nothing that is done to their files.

use std::time::SystemTime;

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
        let mut tail = Tail::new(vec![spec], Vec::new(), 1).watched();
        assert_eq!(self.looked(&mut tail), lines(0..50));
        std::thread::sleep(Duration::from_millis(260));
        assert_eq!(self.looked(&mut tail), "");
        assert_eq!(tail.at_rest(), 1);
        assert_eq!(held(self), 0);
        tail
    }

    fn looked(&mut self, tail: &mut Tail) -> String {
        tail.look();
        self.drain(tail)
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
    assert_eq!(site.looked(&mut tail), lines(50..60));
    assert_eq!(tail.at_rest(), 0);
    site.append("a.log", &lines(60..70));
    assert_eq!(site.drain(&mut tail), lines(60..70), "it is awake");
}

#[test]
fn a_resting_file_that_is_rotated_is_continued_in_its_predecessor() {
    let mut site = Site::new(Start::Beginning);
    let mut tail = site.resting();
    site.append("a.log", &lines(50..60));
    site.rename("a.log", "a.log.1");
    site.append("a.log", &lines(60..70));
    assert_eq!(site.looked(&mut tail), lines(50..70));
    assert!(site.gaps.is_empty(), "{:?}", site.gaps);
}

#[test]
fn a_resting_file_that_is_copied_and_cut_off_is_continued_in_the_copy() {
    let mut site = Site::new(Start::Beginning);
    let mut tail = site.resting();
    site.append("a.log", &lines(50..60));
    fs::copy(site.path("a.log"), site.path("a.log.1")).unwrap();
    site.write("a.log", &lines(60..70));
    assert_eq!(site.looked(&mut tail), lines(50..70));
    assert_eq!(site.gaps, [("a.log".to_owned(), GapCause::Truncated)]);
}

#[test]
fn a_new_file_beside_resting_ones_is_found() {
    let mut site = Site::new(Start::Beginning);
    let mut tail = site.resting();
    site.append("b.log", "new\n");
    std::thread::sleep(Duration::from_millis(260));
    assert_eq!(site.looked(&mut tail), "new\n");
    assert_eq!(tail.at_rest(), 1);
}

#[test]
fn a_last_line_without_its_end_keeps_a_file_awake() {
    let mut site = Site::new(Start::Beginning);
    site.append("a.log", "one\ntw");
    site.age("a.log");
    let spec = Spec { glob: site.path("*.log").to_string_lossy().into_owned(), start: site.start };
    let mut tail = Tail::new(vec![spec], Vec::new(), 1).watched();
    site.looked(&mut tail);
    std::thread::sleep(Duration::from_millis(260));
    site.looked(&mut tail);
    assert_eq!(tail.at_rest(), 0);
}
