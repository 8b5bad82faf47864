use proptest::prelude::*;

use super::*;
use crate::batch::{GenerationState, HEAD_BYTES_MAX};
use crate::line::SourceId;

fn file(inode: u64) -> FileId {
    FileId { device: 1, inode, born: 7 }
}

fn prints(bytes: &[u8], at: u64) -> Prints {
    let before = |end: usize| bytes[end.saturating_sub(64)..end].to_vec();
    Prints {
        length: bytes.len() as u64,
        head: bytes[..bytes.len().min(1024)].to_vec(),
        markers: if at <= bytes.len() as u64 { vec![(at, before(at as usize))] } else { Vec::new() },
        tail: before(bytes.len()),
        damaged: false,
    }
}

fn stored(bytes: &[u8], offset: u64) -> Generation {
    let head_len = (bytes.len() as u64).min(HEAD_BYTES_MAX);
    let all = prints(bytes, offset);
    Generation {
        id: 1,
        source: SourceId::new("a"),
        path: "a".to_owned(),
        file: file(1),
        version: 0,
        covered: crate::batch::Covered::default(),
        head_len,
        head_hash: all.head_print(head_len).unwrap(),
        offset,
        lines: 0,
        marker: all.marker_print(offset).unwrap(),
        state: GenerationState::Live,
    }
}

fn check(generation: &Generation, inode: u64, compressed: bool, bytes: &[u8]) -> Decision {
    let observed = Observed {
        path: "a".into(),
        file: file(inode),
        version: 0,
        size: bytes.len() as u64,
        compressed,
        is_live: false,
    };
    decide(generation, &observed, &prints(bytes, generation.offset))
}

#[test]
fn a_shorter_file_was_truncated() {
    assert_eq!(check(&stored(b"one\ntwo\n", 8), 1, false, b"one\n"), Decision::Restart(GapCause::Truncated));
}

#[test]
fn a_reused_inode_with_other_bytes_is_read_anew() {
    assert_eq!(
        check(&stored(b"one\ntwo\n", 4), 1, false, b"six\nseven\n"),
        Decision::Restart(GapCause::Vanished)
    );
}

#[test]
fn a_reused_inode_is_told_by_its_generation_and_a_generation_that_is_not_known_tells_nothing() {
    let bytes = b"a banner\n";
    let check = |before, now| {
        let generation = Generation { version: before, ..stored(bytes, 9) };
        let observed = Observed {
            path: "a".into(),
            file: file(1),
            version: now,
            size: 9,
            compressed: false,
            is_live: true,
        };
        decide(&generation, &observed, &prints(bytes, 9))
    };
    assert_eq!([check(1, 1), check(0, 1), check(1, 0)], [Decision::Resume; 3]);
    assert_eq!(check(1, 2), Decision::Stranger);
}

#[test]
fn a_live_file_that_took_the_place_of_another_goes_on_only_behind_a_full_beginning() {
    for (length, decision) in [(1000, Decision::Stranger), (2000, Decision::Continue)] {
        let bytes = vec![b'x'; length];
        let generation = stored(&bytes, length as u64);
        let observed = Observed {
            path: "a".into(),
            file: file(2),
            version: 0,
            size: length as u64,
            compressed: false,
            is_live: true,
        };
        assert_eq!(decide(&generation, &observed, &prints(&bytes, length as u64)), decision);
    }
}

#[test]
fn an_archive_skipped_unread_is_known_by_its_exact_length() {
    let mut generation = stored(b"one\ntwo\n", 8);
    generation.marker = String::new();
    assert_eq!(check(&generation, 2, true, b"one\ntwo\n"), Decision::Continue);
    assert_eq!(check(&generation, 2, true, b"one\ntwo\nmore\n"), Decision::Stranger);
}

#[test]
fn an_empty_generation_is_known_by_its_file_only() {
    assert_eq!(check(&stored(b"", 0), 1, false, b"one\n"), Decision::Resume);
    assert_eq!(check(&stored(b"", 0), 2, false, b"one\n"), Decision::Stranger);
}

proptest! {
    #[test]
    fn growth_is_resumed_and_a_grown_copy_is_continued(
        bytes in prop::collection::vec(any::<u8>(), 1..3000),
        more in prop::collection::vec(any::<u8>(), 0..300),
        at in 0.0..=1.0,
    ) {
        let generation = stored(&bytes, (bytes.len() as f64 * at) as u64);
        let grown = [bytes, more].concat();
        prop_assert_eq!(check(&generation, 1, false, &grown), Decision::Resume);
        prop_assert_eq!(check(&generation, 2, false, &grown), Decision::Continue);
        prop_assert_eq!(check(&generation, 2, true, &grown), Decision::Continue);
    }

    #[test]
    fn nothing_is_skipped_before_which_other_bytes_stand(
        bytes in prop::collection::vec(any::<u8>(), 1..200),
        now in prop::collection::vec(any::<u8>(), 0..200),
        at in 0.0..=1.0,
        inode in 1..=2u64,
    ) {
        let offset = (bytes.len() as f64 * at) as usize;
        let generation = stored(&bytes, offset as u64);
        if matches!(check(&generation, inode, false, &now), Decision::Resume | Decision::Continue) {
            prop_assert_eq!(now.get(..offset), bytes.get(..offset));
        }
    }
}
