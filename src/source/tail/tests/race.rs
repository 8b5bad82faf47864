use std::thread;

use super::*;

/// A writer as mail and web servers are with logrotate beside them: nobody waits for the reader.
fn write_and_rotate(folder: &Path, rotations: u32) -> u32 {
    let mut written = 0;
    let path =
        |n: u32, end: &str| folder.join(if n == 0 { "a.log".into() } else { format!("a.log.{n}{end}") });
    for round in 0..rotations {
        let mut file = fs::OpenOptions::new().append(true).create(true).open(path(0, "")).unwrap();
        let write = |file: &mut fs::File, count: u32, written: &mut u32| {
            for _ in 0..count {
                file.write_all(format!("line {:06} of a log\n", *written).as_bytes()).unwrap();
                *written += 1;
            }
        };
        write(&mut file, 40, &mut written);
        for n in (1..=round).rev() {
            for end in ["", ".gz"] {
                let _ = fs::rename(path(n, end), path(n + 1, end)); // not there under the other ending
            }
        }
        fs::rename(path(0, ""), path(1, "")).unwrap();
        write(&mut file, 5, &mut written); // the writer was not told yet
        drop(file);
        if path(2, "").exists() {
            let mut encoder = GzEncoder::new(fs::File::create(path(2, ".gz")).unwrap(), Compression::fast());
            encoder.write_all(&fs::read(path(2, "")).unwrap()).unwrap();
            encoder.finish().unwrap();
            fs::remove_file(path(2, "")).unwrap();
        }
        thread::sleep(Duration::from_micros(500));
    }
    written
}

#[test]
fn nothing_is_lost_to_a_writer_that_rotates_and_compresses_meanwhile() {
    let mut site = Site::new(Start::All);
    let folder = site.dir.path().to_owned();
    let mut tail = site.tail();
    let writer = thread::spawn(move || write_and_rotate(&folder, 60));
    let mut read = String::new();
    while !writer.is_finished() {
        read += &site.rescan(&mut tail);
    }
    let written = writer.join().unwrap();
    for _ in 0..2 {
        read += &site.rescan(&mut tail);
    }
    let mut lines: Vec<_> = read.lines().collect();
    lines.sort_unstable();
    let count = lines.len();
    lines.dedup();
    assert_eq!(lines.len() as u32, written, "lost");
    assert_eq!(count as u32, written, "read twice");
}
