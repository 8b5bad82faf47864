use std::ops::ControlFlow;

use super::*;

fn site() -> (Site, Tail, Chunk) {
    let mut site = Site::new(Start::Beginning);
    site.write_gzip("a.log.2.gz", lines(0..10).as_bytes());
    site.write("a.log.1", &lines(10..20));
    site.write("a.log", &lines(20..30));
    let mut tail = site.tail();
    site.drain(&mut tail);
    site.append("a.log", &lines(30..40));
    let chunk = tail.read(CHUNK_BYTES, false).unwrap().unwrap();
    (site, tail, chunk)
}

fn look(tail: &Tail, chunk: &Chunk, budget: u64) -> Vec<(String, u64, u64, String)> {
    let mut seen = Vec::new();
    tail.look_back(chunk, budget, false, &mut |origin, offset, line, bytes| {
        let name = Path::new(&*origin.path).file_name().unwrap().to_string_lossy().into_owned();
        seen.push((name, offset, line, String::from_utf8(bytes.to_vec()).unwrap()));
        ControlFlow::Continue(())
    })
    .unwrap();
    seen
}

#[test]
fn it_goes_back_through_rotated_and_compressed_files_with_right_line_numbers() {
    let (_site, tail, chunk) = site();
    assert_eq!(chunk.line, 11);
    let expected = [
        ("a.log".to_owned(), 0, 1, lines(20..30)),
        ("a.log.1".to_owned(), 0, 1, lines(10..20)),
        ("a.log.2.gz".to_owned(), 0, 1, lines(0..10)),
    ];
    assert_eq!(look(&tail, &chunk, 64 << 20), expected);
}

#[test]
fn the_budget_is_spent_on_the_nearest_whole_lines() {
    let (_site, tail, chunk) = site();
    let length = lines(0..1).len() as u64;
    let near = look(&tail, &chunk, length * 3 + 5);
    assert_eq!(near, [("a.log".to_owned(), length * 7, 8, lines(27..30))]);
    let far = look(&tail, &chunk, length * 25 + 5);
    assert_eq!(far[2], ("a.log.2.gz".to_owned(), length * 5, 6, lines(5..10)));
    let middle = look(&tail, &chunk, length * 12);
    assert_eq!(middle[1], ("a.log.1".to_owned(), length * 8, 9, lines(18..20)));
}

#[test]
fn it_goes_back_from_a_file_renamed_meanwhile() {
    let (site, tail, chunk) = site();
    site.rename("a.log.2.gz", "a.log.3.gz");
    site.rename("a.log.1", "a.log.2");
    site.rename("a.log", "a.log.1");
    site.write("a.log", "new\n");
    let names: Vec<_> = look(&tail, &chunk, 64 << 20).into_iter().map(|(name, ..)| name).collect();
    assert_eq!(names, ["a.log", "a.log.2", "a.log.3.gz"]);
}

#[test]
fn a_line_written_late_to_a_renamed_file_also_sees_the_newer_lines_that_were_read_before_it() {
    let (mut site, mut tail, chunk) = site();
    site.commit(&chunk);
    site.rename("a.log.1", "a.log.3");
    site.rename("a.log", "a.log.1");
    site.write("a.log", &lines(50..60));
    site.rescan(&mut tail);
    site.append("a.log.1", &lines(40..50));
    let late = tail.read(CHUNK_BYTES, false).unwrap().unwrap();
    assert!(late.bytes == lines(40..50).as_bytes());
    let seen = look(&tail, &late, 64 << 20);
    assert_eq!(seen[0], ("a.log.1".to_owned(), 0, 1, lines(20..40)));
    assert_eq!(*seen.last().unwrap(), ("a.log".to_owned(), 0, 1, lines(50..60)));
}

#[test]
fn files_that_are_renamed_while_it_looks_are_found_under_their_new_names() {
    let (site, tail, chunk) = site();
    let mut seen = Vec::new();
    tail.look_back(&chunk, 64 << 20, false, &mut |_, _, _, bytes| {
        if seen.is_empty() {
            site.rename("a.log.2.gz", "a.log.3.gz");
            site.rename("a.log.1", "a.log.2");
            site.rename("a.log", "a.log.1");
        }
        seen.push(String::from_utf8(bytes.to_vec()).unwrap());
        ControlFlow::Continue(())
    })
    .unwrap();
    for part in [lines(0..10), lines(10..20), lines(20..30)] {
        assert!(seen.contains(&part), "{part} was not seen");
    }
}

#[test]
fn it_ends_where_there_is_enough_but_always_reads_what_is_newer() {
    let (mut site, mut tail, chunk) = site();
    let mut seen = 0;
    let mut look = |tail: &Tail, chunk: &Chunk, is_enough| {
        seen = 0;
        tail.look_back(chunk, 64 << 20, is_enough, &mut |_, _, _, _| {
            seen += 1;
            ControlFlow::Break(())
        })
        .unwrap();
        seen
    };
    assert_eq!((look(&tail, &chunk, false), look(&tail, &chunk, true)), (1, 0));
    site.commit(&chunk);
    site.rename("a.log.1", "a.log.3");
    site.rename("a.log", "a.log.1");
    site.write("a.log", &lines(50..60));
    site.rescan(&mut tail);
    site.append("a.log.1", &lines(40..50));
    let late = tail.read(CHUNK_BYTES, false).unwrap().unwrap();
    assert_eq!((look(&tail, &late, false), look(&tail, &late, true)), (2, 1));
}

#[test]
fn blocks_come_newest_first_with_right_line_numbers() {
    let mut site = Site::new(Start::Beginning);
    let all = lines(0..100_000);
    site.write("a.log", &all);
    let mut tail = site.tail();
    site.drain(&mut tail);
    site.append("a.log", &lines(0..1));
    let chunk = tail.read(CHUNK_BYTES, false).unwrap().unwrap();
    let seen = look(&tail, &chunk, 64 << 20);
    let newest_first = seen.windows(2).all(|pair| pair[0].1 > pair[1].1);
    assert!(seen.len() > 1 && newest_first, "{} blocks", seen.len());
    let (mut offset, mut line, mut text) = (0, 1, String::new());
    for (_, at, number, bytes) in seen.iter().rev() {
        assert_eq!((*at, *number), (offset, line));
        offset += bytes.len() as u64;
        line += bytes.matches('\n').count() as u64;
        text.push_str(bytes);
    }
    assert!(text == all);
}
