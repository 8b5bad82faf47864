//! Copies, bounds, damage.

use super::*;

/// A store with one case of each of these senders' messages.
fn filled(dir: &Path, messages: i64) -> Store {
    let mut store = open(dir);
    let facts = (0..messages)
        .flat_map(|n| message(&format!("AAAA{n:02}"), n * 60, &format!("A{n}"), Some(Status::Sent)));
    store.apply(&batch(facts.collect()), &rules(), START, false).expect("applied");
    store
}

#[test]
fn a_copy_is_whole_while_a_writer_writes_and_holds_no_key() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut store = filled(dir.path(), 3);
    let copy = dir.path().join("copy.db");
    let before = store.cores().expect("readable");
    Store::read(dir.path()).expect("readable").copy_to(&copy).expect("copied");
    store
        .apply(&batch(message("BBBBBB", 9, "A9", Some(Status::Sent))), &rules(), START, false)
        .expect("applied");
    let copied = Store::read_file(&copy).expect("readable");
    assert_eq!(copied.cores().expect("readable"), before);
    assert_eq!(copied.verify(None).expect("readable").broken, None);
    let secret = fs::read_to_string(dir.path().join("audit-key")).expect("a key");
    let bytes = fs::read(&copy).expect("a file");
    let raw = data_encoding::HEXLOWER.decode(secret.trim().as_bytes()).expect("hex");
    for key in [secret.as_bytes(), &raw] {
        assert!(memchr::memmem::find(&bytes, key).is_none());
    }
    let refused = store.copy_to(&copy).expect_err("it exists");
    assert!(refused.to_string().contains("File exists"), "{refused}");
    assert!(refused.hint().contains("name another one"), "{}", refused.hint());
    assert_eq!(fs::read(&copy).expect("a file"), bytes, "nothing is overwritten");
}

#[test]
fn a_store_at_its_bound_refuses_and_takes_the_same_batch_when_the_bound_is_raised() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut store = filled(dir.path(), 1);
    store.limit(store.room().expect("known").bytes).expect("bounded");
    assert!(store.room().expect("known").is_short());
    let facts = (0..200).flat_map(|n| message(&format!("B{n:05}"), n, &format!("B{n}"), Some(Status::Sent)));
    let more = Batch { progress: vec![progress(0, 100)], ..batch(facts.collect()) };
    let before = store.cores().expect("readable");
    let refused = store.apply(&more, &rules(), START, false).expect_err("no room");
    assert!(refused.is_full() && refused.is_transient(), "{refused}");
    assert_eq!(store.cores().expect("readable"), before, "as a whole or not at all");
    store.limit(1 << 30).expect("bounded");
    assert!(!store.room().expect("known").is_short());
    store.apply(&more, &rules(), START, false).expect("there is room");
    assert_eq!(store.cores().expect("readable")[0].subjects.total, 201);
}

#[test]
fn numbers_that_were_given_before_a_loss_are_not_given_again() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut store = open(dir.path());
    store.number_after(2026, 41).expect("noted");
    let effects = store.apply(&batch(message("AAAAAA", 0, "A1", Some(Status::Sent))), &rules(), START, false);
    assert_eq!(effects.expect("applied").letters, ["BD-2026-000042.r0"]);
}

#[test]
fn what_was_read_and_what_happened_is_in_the_ledger() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut store = open(dir.path());
    let mut coverage = crate::batch::Coverage::begin(0, &Covered::default());
    let mut to = 0;
    for bytes in [&b"one\ntwo\n"[..], b"three\n"] {
        coverage.take(to, bytes);
        let mut range = progress(to, to + bytes.len() as u64);
        range.generation.covered = coverage.covered();
        to += bytes.len() as u64;
        store
            .apply(&Batch { progress: vec![range], ..batch(Vec::new()) }, &rules(), START, false)
            .expect("applied");
    }
    let gap = crate::event::Gap { cause: crate::event::GapCause::Truncated, from: 14, to: None };
    let gap = fact("gap", 0, Role::Context, Body::Gap(gap));
    let note =
        crate::batch::Note::of(&SourceId::new("mail.log"), crate::batch::NoteKind::Blind, "no permission");
    let told = Batch { notes: vec![note], ..batch(vec![gap.clone()]) };
    store.apply(&told, &rules(), START + 5, false).expect("applied");
    store.apply(&batch(vec![gap]), &rules(), START + 9, false).expect("applied");
    let ledger = store.ledger().expect("readable");
    let standing = &ledger.sources[&SourceId::new("mail.log")];
    let [(generation, ranges)] = &standing.generations[..] else { panic!("one generation: {standing:?}") };
    assert_eq!((generation.offset, standing.bytes_read(), standing.advanced), (14, 14, START));
    let [range] = &ranges[..] else { panic!("one range: {ranges:?}") };
    assert_eq!((range.from, range.to), (0, 14));
    // printf 'one\ntwo\nthree\n' | sha256sum
    assert_eq!(range.hash, "b6285c57e8797db5d4c51c80d6f11938afda9b11c6a003549709189e9b4b92a2");
    let kinds: Vec<&str> = standing.happenings.iter().map(|happening| happening.kind.as_str()).collect();
    assert_eq!(kinds, ["blind", "truncated"], "a gap told twice is one");
    assert_eq!(standing.gaps().next().map(|gap| (gap.us, gap.from)), Some((START + 5, Some(14))));
    let missing = store.ask("gaps", |db| super::super::read::gaps(db, &[SourceId::new("mail.log")]));
    let missing: Vec<_> = missing.expect("readable").into_iter().map(|gap| (gap.cause, gap.from)).collect();
    assert_eq!(missing, [("truncated".to_owned(), 14)], "what an incident shows is the gap itself");
}

#[test]
fn bytes_that_flip_anywhere_in_a_database_are_found_or_harm_nothing() {
    let whole = tempfile::tempdir().expect("a folder");
    let cores = filled(whole.path(), 30).cores().expect("readable");
    let bytes = fs::read(whole.path().join(DATABASE)).expect("a file");
    let mut found = 0;
    for at in (0..bytes.len()).step_by(bytes.len() / 40) {
        let dir = tempfile::tempdir().expect("a folder");
        let mut changed = bytes.clone();
        let end = (at + 512).min(changed.len());
        changed[at..end].iter_mut().for_each(|byte| *byte ^= 0x5a);
        fs::write(dir.path().join(DATABASE), changed).expect("a file");
        let (store, mended) = Store::open_sound(dir.path(), keys().id(), START).expect("it opens");
        match mended {
            Some(mended) => {
                found += 1;
                assert!(mended.aside.join(DATABASE).exists() && !mended.from_snapshot);
                assert!(store.cores().expect("readable").is_empty());
                assert_eq!(store.ledger().expect("readable").process[0].kind, "rebuilt");
            }
            // What is inside a value, or in no use, is not the structure's: the audit chain looks at the former.
            None => drop(store.cores()),
        }
    }
    assert!(found > 10, "{found} of 41 found, of a store with {} cores", cores.len());
}
