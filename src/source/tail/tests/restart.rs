use super::*;

#[test]
fn rotations_while_down_are_caught_up_oldest_first() {
    for rotations in [1, 5] {
        let mut site = Site::new(Start::Beginning);
        site.append("a.log", &lines(0..50));
        site.drain(&mut site.tail());
        site.append("a.log", &lines(50..60));
        for n in 0..rotations {
            for old in (1..6).rev().filter(|old| site.path(&format!("a.log.{old}")).exists()) {
                site.rename(&format!("a.log.{old}"), &format!("a.log.{}", old + 1));
            }
            site.rename("a.log", "a.log.1");
            site.append("a.log", &lines(60 + n * 10..70 + n * 10));
        }
        let mut tail = site.tail();
        assert_eq!(site.drain(&mut tail), lines(50..60 + rotations * 10));
        assert!(site.gaps.is_empty());
    }
}

#[test]
fn a_file_rotated_and_compressed_while_down_is_continued_in_its_archive() {
    for cut in [0, 50, 60] {
        let mut site = Site::new(Start::Beginning);
        site.append("a.log", &lines(0..cut));
        site.drain(&mut site.tail());
        site.append("a.log", &lines(cut..60));
        site.rename("a.log", "a.log.1");
        site.compress("a.log.1");
        site.append("a.log", "new\n");
        let mut tail = site.tail();
        assert_eq!(site.drain(&mut tail), lines(cut..60) + "new\n");
        let mut tail = site.tail();
        assert_eq!(site.drain(&mut tail), "");
        assert!(site.gaps.is_empty(), "{:?}", site.gaps);
    }
}

#[test]
fn an_archive_half_read_is_continued() {
    let mut site = Site::new(Start::All);
    site.write_gzip("a.log.1.gz", lines(0..100).as_bytes());
    site.write("a.log", "new\n");
    let mut tail = site.tail();
    let mut read = String::new();
    for _ in 0..4 {
        let chunk = tail.read(500, false).unwrap().unwrap();
        site.commit(&chunk);
        read += std::str::from_utf8(&chunk.bytes).unwrap();
    }
    assert!(read.len() > 500 && read.len() < 2000);
    site.rename("a.log.1.gz", "a.log.2.gz");
    let mut tail = site.tail();
    assert_eq!(read + &site.drain(&mut tail), lines(0..100) + "new\n");
}

#[test]
fn copytruncate_while_down_continues_in_the_copy() {
    let mut site = Site::new(Start::Beginning);
    site.append("a.log", &lines(0..50));
    site.drain(&mut site.tail());
    site.append("a.log", &lines(50..60));
    fs::copy(site.path("a.log"), site.path("a.log.1")).unwrap();
    site.write("a.log", "new\n");
    let mut tail = site.tail();
    let chunk = tail.read(CHUNK_BYTES, false).unwrap().unwrap();
    let gap = chunk.gap.as_ref().map(|gap| (gap.cause, gap.from));
    assert_eq!(gap, Some((GapCause::Truncated, lines(0..60).len() as u64)), "behind what the copy has");
    site.commit(&chunk);
    assert_eq!(site.drain(&mut tail), lines(50..60) + "new\n");
    assert_eq!(site.gaps, [("a.log".to_owned(), GapCause::Truncated)]);
}

#[test]
fn an_inode_given_to_another_file_is_read_from_its_beginning() {
    let mut site = Site::new(Start::Beginning);
    site.append("a.log", &lines(0..50));
    site.drain(&mut site.tail());
    site.rename("a.log", "kept-elsewhere");
    site.append("a.log", &lines(100..200));
    let now = crate::source::sys::stat(&site.path("a.log"), true).unwrap().file;
    let born = site.stored[&1].file.born;
    for file in [now, crate::batch::FileId { born, ..now }] {
        let mut again = Site { dir: tempfile::tempdir().unwrap(), ..Site::new(Start::Beginning) };
        again.stored = site.stored.clone();
        again.stored.get_mut(&1).unwrap().file = file;
        std::mem::swap(&mut again.dir, &mut site.dir);
        let mut tail = again.tail();
        assert_eq!(again.drain(&mut tail), lines(100..200));
        assert_eq!(again.gaps, [("a.log".to_owned(), GapCause::Vanished)]);
        std::mem::swap(&mut again.dir, &mut site.dir);
    }
}

#[test]
fn a_generation_that_is_nowhere_is_a_gap() {
    let mut site = Site::new(Start::Beginning);
    site.append("a.log", &lines(0..50));
    site.drain(&mut site.tail());
    fs::remove_file(site.path("a.log")).unwrap();
    site.append("a.log", "new\n");
    let mut tail = site.tail();
    assert_eq!(site.drain(&mut tail), "new\n");
    assert_eq!(site.gaps, [("a.log".to_owned(), GapCause::Vanished)]);
}

#[test]
fn a_short_log_that_was_away_is_gone_on_with() {
    let mut site = Site::new(Start::Beginning);
    site.append("a.log", "one\n");
    site.drain(&mut site.tail());
    // Its disk is not there at a start: an empty folder is.
    site.rename("a.log", "elsewhere");
    site.drain(&mut site.tail());
    assert_eq!(site.gaps, [("a.log".into(), GapCause::Vanished)]);
    site.rename("elsewhere", "a.log");
    site.append("a.log", "two\n");
    assert_eq!(site.drain(&mut site.tail()), "two\n");
    // Another file with the same beginning is another one.
    site.rename("a.log", "elsewhere");
    site.drain(&mut site.tail());
    site.append("a.log", "one\ntwo\n");
    assert_eq!(site.drain(&mut site.tail()), "one\ntwo\n");
}

#[test]
fn an_archive_cut_off_is_read_as_far_as_it_goes_with_a_gap() {
    let mut site = Site::new(Start::All);
    site.write_gzip("a.log.1.gz", lines(0..5000).as_bytes());
    let whole = fs::read(site.path("a.log.1.gz")).unwrap();
    fs::write(site.path("a.log.1.gz"), &whole[..whole.len() / 2]).unwrap();
    let mut tail = site.tail();
    let read = site.drain(&mut tail);
    assert!(read.len() > 1000 && lines(0..5000).starts_with(&read));
    assert_eq!(site.gaps, [("a.log.1.gz".to_owned(), GapCause::Damaged)]);
}
