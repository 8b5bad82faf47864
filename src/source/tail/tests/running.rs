use super::*;

#[test]
fn a_renamed_file_is_drained_before_the_new_one_is_read() {
    let mut site = Site::new(Start::Beginning);
    site.append("a.log", "one\n");
    let mut tail = site.tail();
    assert_eq!(site.drain(&mut tail), "one\n");
    site.append("a.log", "two\n");
    site.rename("a.log", "a.log.1");
    site.append("a.log", "three\n");
    assert_eq!(site.rescan(&mut tail), "two\nthree\n");
    assert_eq!(
        site.states(),
        [("a.log.1".into(), GenerationState::Rotated), ("a.log".into(), GenerationState::Live)]
    );
}

#[test]
fn a_writer_that_keeps_the_old_file_after_the_rename_is_followed() {
    let mut site = Site::new(Start::Beginning);
    site.append("a.log", "one\n");
    let mut tail = site.tail();
    site.drain(&mut tail);
    site.rename("a.log", "a.log.1");
    site.append("a.log", "new\n");
    assert_eq!(site.rescan(&mut tail), "new\n");
    site.append("a.log.1", "late\n");
    assert_eq!(site.rescan(&mut tail), "late\n");
    let mut tail = tail.quiet(Duration::ZERO);
    assert_eq!(site.rescan(&mut tail), "");
    assert_eq!(site.states()[0].1, GenerationState::Done);
    site.append("a.log.1", "later still\n");
    assert_eq!(site.rescan(&mut tail), "later still\n");
}

#[test]
fn a_file_deleted_before_its_end_is_drained_through_its_descriptor() {
    let mut site = Site::new(Start::Beginning);
    site.append("a.log", "one\n");
    let mut tail = site.tail();
    site.append("a.log", "two\n");
    fs::remove_file(site.path("a.log")).unwrap();
    assert_eq!(site.rescan(&mut tail), "one\ntwo\n");
    assert!(site.gaps.is_empty());
}

#[test]
fn a_file_compressed_while_it_is_held_is_not_read_twice() {
    for quiet in [Duration::ZERO, Duration::from_mins(10)] {
        let mut site = Site::new(Start::Beginning);
        site.append("a.log", &lines(0..100));
        let mut tail = site.tail().quiet(quiet);
        site.drain(&mut tail);
        site.append("a.log", &lines(100..110));
        site.rename("a.log", "a.log.1");
        site.compress("a.log.1");
        site.append("a.log", "new\n");
        assert_eq!(site.rescan(&mut tail), lines(100..110) + "new\n");
        site.rename("a.log.1.gz", "a.log.2.gz");
        assert_eq!(site.rescan(&mut tail), "");
        assert_eq!(site.rescan(&mut tail), "");
        let mut tail = site.tail();
        assert_eq!(site.drain(&mut tail), "");
        assert!(site.gaps.is_empty());
    }
}

#[test]
fn copytruncate_loses_nothing_that_was_copied_and_reads_the_copy_once() {
    let mut site = Site::new(Start::Beginning);
    site.append("a.log", &lines(0..100));
    let mut tail = site.tail();
    site.drain(&mut tail);
    site.append("a.log", &lines(100..105));
    fs::copy(site.path("a.log"), site.path("a.log.1")).unwrap();
    site.write("a.log", "");
    site.append("a.log", "new\n");
    assert_eq!(site.rescan(&mut tail), lines(100..105) + "new\n");
    assert_eq!(site.gaps, [("a.log".to_owned(), GapCause::Truncated)]);
    let mut tail = site.tail();
    assert_eq!(site.drain(&mut tail), "");
}

#[test]
fn a_copy_is_not_read_while_its_original_still_stands() {
    let mut site = Site::new(Start::Beginning);
    site.append("a.log", &lines(0..100));
    let mut tail = site.tail();
    site.drain(&mut tail);
    fs::copy(site.path("a.log"), site.path("a.log.1")).unwrap();
    assert_eq!(site.rescan(&mut tail), "");
    // Lines between the copy and the truncation are in no copy, but this reader saw them.
    site.append("a.log", "between\n");
    assert_eq!(site.rescan(&mut tail), "between\n");
    site.write("a.log", "new\n");
    assert_eq!(site.rescan(&mut tail), "new\n");
    let mut tail = site.tail();
    assert_eq!(site.drain(&mut tail), "");
}

#[test]
fn a_file_truncated_and_grown_past_the_offset_is_read_anew() {
    let mut site = Site::new(Start::Beginning);
    site.append("a.log", &lines(0..10));
    let mut tail = site.tail();
    site.drain(&mut tail);
    site.write("a.log", &lines(500..600));
    assert_eq!(site.drain(&mut tail), "", "a copy of what stood there comes first, if there is one");
    assert_eq!(site.rescan(&mut tail), lines(500..600));
    assert_eq!(site.gaps, [("a.log".to_owned(), GapCause::Vanished)]);
    site.write("a.log", &lines(700..900));
    assert_eq!(site.rescan(&mut tail), lines(700..900));
}

#[test]
fn an_unfinished_line_is_held_until_its_end_or_told_uncommitted() {
    let mut site = Site::new(Start::Beginning);
    site.append("a.log", "one\ntw");
    let mut tail = site.tail();
    assert_eq!(site.drain(&mut tail), "one\n");
    let chunk = tail.read(CHUNK_BYTES, true).unwrap().unwrap();
    assert_eq!((chunk.bytes.as_slice(), chunk.offset, chunk.line), (&b"tw"[..], 4, 2));
    assert_eq!((chunk.progress.from, chunk.progress.generation.offset), (4, 4));
    assert!(chunk.last);
    assert!(tail.read(CHUNK_BYTES, true).unwrap().is_none(), "told once");
    site.append("a.log", "o\n");
    assert_eq!(site.drain(&mut tail), "two\n");
}

#[test]
fn the_unfinished_last_line_of_a_file_that_is_left_is_delivered() {
    let mut site = Site::new(Start::Beginning);
    site.append("a.log", "one\ntw");
    let mut tail = site.tail().quiet(Duration::ZERO);
    site.drain(&mut tail);
    site.rename("a.log", "a.log.1");
    assert_eq!(site.rescan(&mut tail), "tw");
    assert_eq!(site.states()[0].1, GenerationState::Done);
}

#[test]
fn a_file_left_in_the_middle_of_a_line_gives_the_whole_line_when_it_goes_on() {
    let mut site = Site::new(Start::Beginning);
    site.append("a.log", "one\nA12345");
    let mut tail = site.tail().quiet(Duration::ZERO);
    site.drain(&mut tail);
    site.rename("a.log", "a.log.1");
    site.append("a.log", "new\n");
    assert_eq!(site.rescan(&mut tail), "A12345new\n", "the half is shown once");
    for _ in 0..3 {
        assert_eq!(site.rescan(&mut tail), "", "and left");
    }
    assert_eq!(site.states()[0], ("a.log.1".into(), GenerationState::Done));
    // Nor is it shown again under another name, or held open.
    site.rename("a.log.1", "a.log.2");
    assert_eq!(site.rescan(&mut tail), "");
    assert_eq!(tail.sources[0].readers.len(), 1);
    site.append("a.log.2", "6789\n");
    assert_eq!(site.rescan(&mut tail), "A123456789\n", "a line is read as one");
    site.append("a.log.2", "B98");
    site.rescan(&mut tail);
    site.compress("a.log.2");
    assert_eq!(site.rescan(&mut tail), "B98", "in an archive nothing comes behind it");
    assert_eq!(site.rescan(&mut site.tail()), "");
}

#[test]
fn a_gap_behind_a_truncation_begins_where_the_copy_ends() {
    for is_copied in [true, false] {
        let mut site = Site::new(Start::Beginning);
        site.append("a.log", &lines(0..30));
        let mut tail = site.tail();
        site.drain(&mut tail);
        // Written, copied, written once more, and cut off between two looks.
        site.append("a.log", &lines(30..40));
        let copied = site.path("a.log").metadata().unwrap().len();
        if is_copied {
            fs::copy(site.path("a.log"), site.path("a.log.1")).unwrap();
        }
        site.append("a.log", &lines(40..42));
        site.write("a.log", &lines(50..51));
        tail.rescan();
        let mut gaps = Vec::new();
        while let Some(chunk) = tail.read(CHUNK_BYTES, false).unwrap() {
            gaps.extend(chunk.gap.as_ref().map(|gap| gap.from));
            site.commit(&chunk);
        }
        let end = if is_copied { copied } else { lines(0..30).len() as u64 };
        assert_eq!(gaps, [end], "copied: {is_copied}");
    }
}

#[test]
fn a_log_copied_and_cut_off_before_anything_of_it_was_seen_leaves_a_gap() {
    let mut site = Site::new(Start::Beginning);
    site.append("a.log", "");
    let mut tail = site.tail();
    site.drain(&mut tail);
    site.append("a.log", &lines(0..9));
    fs::copy(site.path("a.log"), site.path("a.log.1")).unwrap();
    site.append("a.log", "between\n");
    site.write("a.log", "new\n");
    assert_eq!(site.rescan(&mut tail), lines(0..9) + "new\n");
    assert_eq!(site.gaps, [("a.log.1".to_owned(), GapCause::Truncated)]);
    // One that was renamed twice between two looks has lost nothing.
    for text in ["one\n", "two\n"] {
        for (from, to) in [("a.log.2", "a.log.3"), ("a.log.1", "a.log.2"), ("a.log", "a.log.1")] {
            let _ = fs::rename(site.path(from), site.path(to)); // it may not be there yet
        }
        site.append("a.log", text);
    }
    assert_eq!(site.rescan(&mut tail), "one\ntwo\n");
    assert_eq!(site.gaps.len(), 1);
}

#[test]
fn a_copy_of_a_log_that_was_cut_off_before_it_was_read_is_read() {
    let mut site = Site::new(Start::Beginning);
    site.append("a.log", &lines(0..50));
    let mut tail = site.tail();
    // Copied, and the copy was seen, before a line of it was read.
    fs::copy(site.path("a.log"), site.path("a.log.1")).unwrap();
    tail.rescan();
    site.write("a.log", &lines(50..90));
    let read = site.drain(&mut tail) + &site.rescan(&mut tail);
    assert_eq!(read, lines(0..90), "nothing lost, nothing twice");
}

#[test]
fn a_long_line_comes_in_windows_with_bounded_memory() {
    let mut site = Site::new(Start::Beginning);
    site.append("a.log", &("x".repeat(25) + "\nshort\n"));
    let mut tail = site.tail();
    let mut sizes = Vec::new();
    while let Some(chunk) = tail.read(10, false).unwrap() {
        site.commit(&chunk);
        sizes.push((chunk.line, chunk.bytes.len()));
    }
    assert_eq!(sizes, [(1, 0), (1, 10), (1, 10), (1, 6), (2, 6)]);
}

#[test]
fn sources_take_turns_and_the_last_chunk_of_each_is_marked() {
    let mut site = Site::new(Start::Beginning);
    for name in ["a.log", "b.log"] {
        site.append(name, "1\n2\n3\n");
    }
    let mut tail = site.tail_of("*.log");
    let mut order = Vec::new();
    while let Some(chunk) = tail.read(2, false).unwrap() {
        site.commit(&chunk);
        order.push((chunk.origin.source.0.chars().rev().nth(4).unwrap(), chunk.bytes.len(), chunk.last));
    }
    let turn = |last| [('a', 2, last), ('b', 2, last)];
    assert_eq!(order[..2], [('a', 0, false), ('b', 0, false)]);
    assert_eq!(order[2..], [turn(false), turn(false), turn(true)].concat());
}

#[test]
fn a_symlink_that_is_pointed_elsewhere_starts_a_new_file() {
    let mut site = Site::new(Start::Beginning);
    site.append("x", "one\n");
    site.append("y", "two\n");
    std::os::unix::fs::symlink(site.path("x"), site.path("a.log")).unwrap();
    let mut tail = site.tail();
    site.append("x", "more\n");
    fs::remove_file(site.path("a.log")).unwrap();
    std::os::unix::fs::symlink(site.path("y"), site.path("a.log")).unwrap();
    assert_eq!(site.rescan(&mut tail), "one\nmore\ntwo\n");
}
