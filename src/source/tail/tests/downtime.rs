//! Rotated, packed and copied while nobody read: every combination of what was read before and what became of it.

use super::*;
use crate::source::packing::Packing;

/// How rotation names what it puts away, newest first.
#[derive(Clone, Copy, Debug)]
enum Names {
    Numbers,
    Dates,
}

/// How it puts it away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    Rename,
    CopyTruncate,
}

/// What was read of the log before the stop.
#[derive(Clone, Copy, Debug)]
enum Class {
    Unread,
    HalfRead,
    Read,
    /// Read but for a last line whose end came later.
    Partial,
    /// The log was shorter then than the head by which it is known.
    Short,
}

const CLASSES: [Class; 5] = [Class::Unread, Class::HalfRead, Class::Read, Class::Partial, Class::Short];

fn forms() -> impl Iterator<Item = Option<Packing>> {
    [None].into_iter().chain(Packing::ALL.map(Some))
}

/// One rotation: the older ones move on, the log is put away, the one before it is packed.
fn rotate(site: &Site, nth: u32, names: Names, how: How, packing: Option<Packing>) {
    let put_away = match names {
        Names::Numbers => {
            let suffix = packing.map_or(String::new(), |packing| format!(".{}", packing.suffix()));
            for n in (1..9).rev() {
                let (from, to) = (format!("a.log.{n}{suffix}"), format!("a.log.{}{suffix}", n + 1));
                if site.path(&from).exists() {
                    site.rename(&from, &to);
                }
            }
            "a.log.1".to_owned()
        }
        Names::Dates => format!("a.log-202611{:02}", nth + 1),
    };
    match how {
        How::Rename => site.rename("a.log", &put_away),
        How::CopyTruncate => {
            fs::copy(site.path("a.log"), site.path(&put_away)).unwrap();
            fs::OpenOptions::new().write(true).open(site.path("a.log")).unwrap().set_len(0).unwrap();
        }
    }
    if let Some(packing) = packing {
        let bytes = fs::read(site.path(&put_away)).unwrap();
        fs::write(site.path(&format!("{put_away}.{}", packing.suffix())), packing.pack(&bytes)).unwrap();
        fs::remove_file(site.path(&put_away)).unwrap();
    }
}

/// Writes and reads as the class says; what was not read of the text that was written.
fn read_before(site: &mut Site, class: Class) -> String {
    let text = match class {
        Class::Short => lines(0..1),
        _ => lines(0..100),
    };
    match class {
        Class::Unread => {
            // Met, and nothing of it read.
            site.append("a.log", "");
            site.drain(&mut site.tail());
            site.append("a.log", &text);
            text
        }
        Class::HalfRead => {
            site.append("a.log", &text);
            let mut tail = site.tail();
            let chunk = loop {
                let chunk = tail.read(1800, false).unwrap().unwrap();
                site.commit(&chunk);
                if !chunk.bytes.is_empty() {
                    break chunk;
                }
            };
            assert!(chunk.bytes.len() > 1000);
            text[chunk.bytes.len()..].to_owned()
        }
        Class::Read | Class::Short => {
            site.append("a.log", &text);
            assert_eq!(site.drain(&mut site.tail()), text);
            String::new()
        }
        Class::Partial => {
            let (before, after) = text.split_at(text.len() - 10);
            site.append("a.log", before);
            site.drain(&mut site.tail());
            site.append("a.log", after);
            lines(99..100)
        }
    }
}

fn check(class: Class, names: Names, how: How, packing: Option<Packing>, rotations: u32) {
    let what = format!("{class:?} {names:?} {how:?} {packing:?} {rotations}");
    let mut site = Site::new(Start::Beginning);
    let mut expected = read_before(&mut site, class);
    for nth in 0..rotations {
        if nth > 0 || !matches!(class, Class::Read | Class::Short) {
            let more = lines(1000 + nth * 100..1050 + nth * 100);
            site.append("a.log", &more);
            expected += &more;
        }
        rotate(&site, nth, names, how, packing);
        if how == How::Rename {
            site.append("a.log", "");
        }
    }
    site.append("a.log", &lines(5000..5100));
    expected += &lines(5000..5100);
    let mut tail = site.tail();
    assert_eq!(site.drain(&mut tail), expected, "{what}");
    let mut tail = site.tail();
    assert_eq!(site.drain(&mut tail) + &site.rescan(&mut tail), "", "{what}: once more");
    // What was written between the copy and the truncation nobody can know: told of the log, or of its copy, at whose
    // end it begins.
    let is_declared = |(path, cause): &(String, GapCause)| {
        how == How::CopyTruncate && (path == "a.log" || *cause == GapCause::Truncated)
    };
    assert!(site.gaps.iter().all(is_declared), "{what}: {:?}", site.gaps);
}

#[test]
fn what_was_not_read_before_a_rotation_while_down_is_read_after_it_oldest_first() {
    for class in CLASSES {
        for names in [Names::Numbers, Names::Dates] {
            for how in [How::Rename, How::CopyTruncate] {
                for packing in forms() {
                    for rotations in [1, 5] {
                        check(class, names, how, packing, rotations);
                    }
                }
            }
        }
    }
}

#[test]
fn an_archive_is_the_plain_file_that_was_read_and_stays_so_when_it_is_packed_anew() {
    let mut site = Site::new(Start::Beginning);
    site.append("a.log", &lines(0..100));
    site.drain(&mut site.tail());
    site.rename("a.log", "a.log.1");
    site.append("a.log", "new\n");
    let mut before = "a.log.1".to_owned();
    for packing in Packing::ALL {
        let name = format!("a.log.1.{}", packing.suffix());
        fs::write(site.path(&name), packing.pack(lines(0..100).as_bytes())).unwrap();
        fs::remove_file(site.path(&before)).unwrap();
        let mut tail = site.tail();
        let read = site.drain(&mut tail);
        assert!(read.is_empty() || read == "new\n", "{packing:?}");
        before = name;
    }
    assert!(site.gaps.is_empty(), "{:?}", site.gaps);
}

#[test]
fn an_archive_that_is_still_being_written_is_waited_for() {
    for packing in Packing::ALL {
        let mut site = Site::new(Start::Beginning);
        site.append("a.log", &lines(0..3000));
        site.drain(&mut site.tail());
        site.append("a.log", &lines(3000..6000));
        site.rename("a.log", "a.log.1");
        let packed = packing.pack(&fs::read(site.path("a.log.1")).unwrap());
        fs::remove_file(site.path("a.log.1")).unwrap();
        let name = format!("a.log.1.{}", packing.suffix());
        fs::write(site.path(&name), &packed[..packed.len() / 2]).unwrap();
        let mut tail = site.tail();
        let first = site.drain(&mut tail);
        fs::write(site.path(&name), &packed).unwrap();
        let read = first + &site.rescan(&mut tail) + &site.rescan(&mut tail);
        assert!(read == lines(3000..6000), "{packing:?}: {} bytes, {:?}", read.len(), site.gaps);
    }
}
