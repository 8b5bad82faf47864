use std::io::Write;

use flate2::{Compression, write::GzEncoder};

use super::*;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn read(path: &Path, max: usize) -> (Vec<(u64, u64, Vec<u8>)>, Totals) {
    let mut blocks = Vec::new();
    let input = Input { path: path.to_owned(), source: source_of(path) };
    let mut reader = Reader::open(&input).unwrap().with_hash();
    while let Some(piece) = reader.next(max).unwrap() {
        blocks.push((piece.offset, piece.line, piece.bytes.to_vec()));
    }
    (blocks, reader.totals().0)
}

#[test]
fn plain_and_multi_member_gzip_give_the_same_blocks() {
    let dir = tempfile::tempdir().unwrap();
    let (plain, packed) = (dir.path().join("a.log"), dir.path().join("a.log.1.gz"));
    std::fs::write(&plain, "one\ntwo\nthree\nfour").unwrap();
    std::fs::write(&packed, [gzip(b"one\ntw"), gzip(b"o\nthree\nfour")].concat()).unwrap();
    let (blocks, totals) = read(&plain, 11);
    assert_eq!(read(&packed, 11), (blocks.clone(), totals.clone()));
    assert_eq!(blocks[1], (8, 3, b"three\nfour".to_vec()));
    assert_eq!((totals.bytes, totals.lines, totals.gaps.len()), (18, 4, 0));
}

#[test]
fn a_truncated_archive_is_delivered_as_far_as_it_goes_with_a_gap() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.log.1.gz");
    let lines: String =
        (0..5000).map(|n| format!("line {n} {}\n", n * 7919 % 4999)).collect::<Vec<_>>().concat();
    let packed = gzip(lines.as_bytes());
    std::fs::write(&path, &packed[..packed.len() / 2]).unwrap();
    let (blocks, totals) = read(&path, 1 << 20);
    let delivered: Vec<u8> = blocks.into_iter().flat_map(|(_, _, bytes)| bytes).collect();
    assert!(delivered.len() > 1000 && lines.as_bytes().starts_with(&delivered));
    assert_eq!(totals.gaps, [Gap { cause: GapCause::Damaged, from: delivered.len() as u64, to: None }]);
}

/// A log in which long lines follow short ones, as lengths of its lines.
fn long_lines(dir: &Path) -> PathBuf {
    let path = dir.join("a.log");
    let lengths = [5, LINE_BYTES_MAX - 1, LINE_BYTES_MAX, 0, 2 * LINE_BYTES_MAX + 7, 40_000, 3];
    let lines = lengths.iter().map(|len| "x".repeat(*len));
    std::fs::write(&path, lines.collect::<Vec<_>>().join("\n")).unwrap();
    path
}

#[test]
fn a_long_line_comes_in_windows() {
    let dir = tempfile::tempdir().unwrap();
    let (blocks, totals) = read(&long_lines(dir.path()), 10);
    let lengths: Vec<_> = blocks.iter().map(|(_, line, bytes)| (*line, bytes.len())).collect();
    let max = LINE_BYTES_MAX;
    assert_eq!(lengths, [(1, 6), (2, max), (3, max), (3, 2), (5, max), (5, max), (5, 8), (6, 40_004)]);
    assert_eq!(totals.lines, 7);
}

#[test]
fn lines_and_windows_are_the_same_in_blocks_of_any_size() {
    let dir = tempfile::tempdir().unwrap();
    let path = long_lines(dir.path());
    let lines = |max| {
        let (blocks, totals) = read(&path, max);
        let mut lines = Vec::new();
        for (offset, _, bytes) in blocks {
            let mut at = offset;
            for line in bytes.split_inclusive(|byte| *byte == b'\n') {
                lines.push((at, line.len()));
                at += line.len() as u64;
            }
        }
        (lines, totals)
    };
    let expected = lines(1);
    for max in [7, 4 << 10, 64 << 10, 1 << 20, (1 << 20) + 1, 16 << 20] {
        assert_eq!(lines(max), expected, "{max}");
    }
}

#[test]
fn the_parts_of_a_file_are_its_lines_each_once() {
    let dir = tempfile::tempdir().unwrap();
    let path = long_lines(dir.path());
    let whole = read(&path, 1000).1;
    let input = Input { source: source_of(&path), path };
    for step in [3, 5000, 1 << 19, 1 << 20, 3 << 20, 9 << 20] {
        let (mut bytes, mut lines, mut at) = (0, 0, 0);
        while at < whole.bytes {
            let mut part = Reader::part(&input, &(at..at + step)).unwrap();
            let mut read = part.offset()..part.offset();
            while let Some(piece) = part.next(4096).unwrap() {
                assert_eq!(piece.offset, read.end, "{step}");
                read.end += piece.bytes.len() as u64;
            }
            if !read.is_empty() {
                assert!(read.start == bytes && read.start >= at && read.start < at + step, "{step}");
                bytes = read.end;
                lines += part.totals().0.lines;
            }
            // Millions of steps would all be within one line.
            at = if step == 3 && at > 20 { (at + step).max(bytes - 9) } else { at + step };
        }
        assert_eq!((bytes, lines), (whole.bytes, whole.lines), "{step}");
    }
}

#[test]
fn blocks_end_where_they_are_asked_to() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.log");
    std::fs::write(&path, "one\ntwo\nthree\nfour").unwrap();
    let input = Input { source: source_of(&path), path };
    for (stop, first) in [(1, 4), (4, 4), (5, 8), (9, 14), (15, 18), (40, 18)] {
        let mut reader = Reader::open(&input).unwrap();
        assert_eq!(reader.head().unwrap().len(), 18);
        reader.stop_at(stop);
        assert_eq!(reader.next(100).unwrap().unwrap().bytes.len(), first, "{stop}");
    }
}

#[test]
fn folders_are_walked_in_order_and_names_lead_to_sources() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("sub")).unwrap();
    for name in ["b.log", "a.log.2.gz", "sub/c.log-20260101"] {
        std::fs::write(dir.path().join(name), "x\n").unwrap();
    }
    let found = inputs(&[dir.path().to_owned(), dir.path().join("b.log")]).unwrap();
    let names: Vec<_> =
        found.iter().map(|input| input.source.0.rsplit('/').next().unwrap().to_owned()).collect();
    assert_eq!(names, ["a.log", "b.log", "c.log"]);
}

#[test]
fn every_missing_input_is_named() {
    let errors = inputs(&["/nowhere/a".into(), "/nowhere/b".into()]).unwrap_err();
    assert!(errors.iter().all(Error::is_missing) && errors.len() == 2);
}
