use proptest::prelude::*;

use super::*;
use crate::batch::{GenerationState, HEAD_BYTES_MAX};
use crate::line::SourceId;

fn file(inode: u64) -> FileId {
    FileId { device: 1, inode, born: 7, version: 0 }
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
        head_len,
        head_hash: all.head_print(head_len).unwrap(),
        offset,
        lines: 0,
        marker: all.marker_print(offset).unwrap(),
        state: GenerationState::Live,
        covered: crate::batch::Covered::default(),
    }
}

fn check(generation: &Generation, inode: u64, compressed: bool, bytes: &[u8]) -> Decision {
    let observed = Observed { path: "a".into(), file: file(inode), size: bytes.len() as u64, compressed };
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
fn an_archive_skipped_unread_is_known_by_its_exact_length() {
    let mut generation = stored(b"one\ntwo\n", 8);
    generation.marker = String::new();
    assert_eq!(check(&generation, 2, true, b"one\ntwo\n"), Decision::ContinueIn);
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
        prop_assert_eq!(check(&generation, 2, false, &grown), Decision::ContinueIn);
        prop_assert_eq!(check(&generation, 2, true, &grown), Decision::ContinueIn);
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
        if matches!(check(&generation, inode, false, &now), Decision::Resume | Decision::ContinueIn) {
            prop_assert_eq!(now.get(..offset), bytes.get(..offset));
        }
    }
}
