use super::*;

fn site(start: Start) -> Site {
    let site = Site::new(start);
    site.write_gzip("a.log.2.gz", b"oldest\n");
    site.write("a.log.1", "old\n");
    site.write("a.log", "live\n");
    site
}

#[test]
fn beginning_reads_the_live_file_and_skips_its_siblings_for_good() {
    let mut site = site(Start::Beginning);
    let mut tail = site.tail();
    assert_eq!(site.drain(&mut tail), "live\n");
    site.rename("a.log.2.gz", "a.log.3.gz");
    site.compress("a.log.1");
    site.rename("a.log.1.gz", "a.log.2.gz");
    site.rename("a.log", "a.log.1");
    site.write("a.log", "new\n");
    assert_eq!(site.rescan(&mut tail), "new\n");
    let mut tail = site.tail();
    assert_eq!(site.drain(&mut tail), "");
    assert!(site.gaps.is_empty());
}

#[test]
fn all_reads_siblings_oldest_first() {
    let mut site = site(Start::All);
    let mut tail = site.tail();
    assert_eq!(site.drain(&mut tail), "oldest\nold\nlive\n");
}

#[test]
fn end_reads_only_what_is_added() {
    let mut site = site(Start::End);
    site.append("a.log", "unfini");
    let mut tail = site.tail();
    assert_eq!(site.drain(&mut tail), "");
    site.append("a.log", "shed\n");
    let chunk = tail.read(CHUNK_BYTES, false).unwrap().unwrap();
    assert_eq!((chunk.bytes.as_slice(), chunk.line), (&b"unfinished\n"[..], 2));
}

#[test]
fn a_skipped_sibling_that_is_still_written_to_is_read_from_there() {
    let mut site = site(Start::Beginning);
    let mut tail = site.tail();
    site.drain(&mut tail);
    site.append("a.log.1", "late\n");
    assert_eq!(site.rescan(&mut tail), "late\n");
}

#[test]
fn a_file_or_a_sibling_that_appears_later_is_read() {
    for start in [Start::Beginning, Start::End] {
        let mut site = Site::new(start);
        let mut tail = site.tail();
        assert_eq!(site.drain(&mut tail), "");
        site.write("a.log", "live\n");
        assert_eq!(site.rescan(&mut tail), "live\n");
        site.write_gzip("a.log.1.gz", b"moved in\n");
        assert_eq!(site.rescan(&mut tail), "moved in\n");
    }
}

#[test]
fn a_glob_gives_rotated_files_to_their_live_file() {
    let mut site = Site::new(Start::All);
    site.write("b.log.1", "b old\n");
    site.write("a.log", "a\n");
    site.write_gzip("a.log.1.gz", b"a old\n");
    let mut tail = site.tail_of("*.log*");
    let paths: Vec<_> = tail.status().into_iter().map(|status| status.path).collect();
    assert_eq!(paths, [site.path("a.log"), site.path("b.log")]);
    let mut read: Vec<_> = site.drain(&mut tail).lines().map(str::to_owned).collect();
    read.sort_by_key(|line| line.as_bytes()[0]); // the sources take turns; within one the order stays
    assert_eq!(read, ["a old", "a", "b old"]);
    site.write("c.log", "c\n");
    assert_eq!(site.rescan(&mut tail), "c\n");
}

#[test]
fn what_is_no_regular_file_is_refused_by_name_and_the_rest_goes_on() {
    let mut site = Site::new(Start::Beginning);
    site.write("a.log", "fine\n");
    fs::create_dir(site.path("b.log.1")).unwrap();
    site.write("b.log", "too\n");
    let fifo = site.path("c.log");
    rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR, 0)
        .unwrap();
    std::os::unix::fs::symlink("/etc/passwd", site.path("a.log.1")).unwrap();
    let spec = Spec { glob: site.path("*.log").to_string_lossy().into_owned(), start: Start::All };
    let mut tail = Tail::new(vec![spec], Vec::new(), 1);
    let refused: Vec<_> = tail.rescan().into_iter().map(|notice| notice.path).collect();
    assert_eq!(refused, [site.path("a.log.1"), site.path("b.log.1"), fifo]);
    assert_eq!(tail.rescan(), [], "said once");
    assert_eq!(site.drain(&mut tail).len(), 9);
}

#[test]
fn a_missing_file_is_named_once_and_read_when_it_comes() {
    let mut site = Site::new(Start::Beginning);
    let spec = Spec { glob: site.path("a.log").to_string_lossy().into_owned(), start: Start::Beginning };
    let mut tail = Tail::new(vec![spec], Vec::new(), 1);
    let notices = tail.rescan();
    assert_eq!(notices.len(), 1);
    assert!(notices[0].what.contains("a.log") && notices[0].hint.contains("as soon as it exists"));
    assert!(matches!(tail.status()[0].state, State::Blind { .. }));
    assert_eq!(tail.rescan(), []);
    site.write("a.log", "here\n");
    assert_eq!(site.rescan(&mut tail), "here\n");
    assert_eq!(tail.status()[0].state, State::Reading { offset: 5, size: 5 });
}

#[test]
fn an_unreadable_file_comes_with_the_command_that_helps() {
    use std::os::unix::fs::PermissionsExt;
    let mut site = Site::new(Start::Beginning);
    site.write("a.log", "secret\n");
    site.write("b.log", "fine\n");
    fs::set_permissions(site.path("a.log"), fs::Permissions::from_mode(0o000)).unwrap();
    if fs::File::open(site.path("a.log")).is_ok() {
        return; // root reads everything
    }
    let spec = Spec { glob: site.path("*.log").to_string_lossy().into_owned(), start: Start::Beginning };
    let mut tail = Tail::new(vec![spec], Vec::new(), 1);
    assert!(tail.rescan()[0].hint.starts_with("setfacl -m u:breachd:r"));
    assert_eq!(site.drain(&mut tail), "fine\n");
    fs::set_permissions(site.path("a.log"), fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(site.rescan(&mut tail), "secret\n");
}
