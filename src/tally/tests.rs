use proptest::prelude::*;

use super::*;
use crate::kind::Family;
use crate::mask::{Keys, Sensitive, Style};

/// `A1` an identity number, `N1` a new and `O1` an old resident number, `m1` a mobile, `c1` a card, `n1` a
/// name, `a1` an address, `u1` an organisation; `!` in front of a
/// record makes it special, `?` behind a value makes it possible.
fn record(text: &str) -> (Vec<Value>, bool) {
    let keys = Keys::new(&[1; 32]);
    let value = |word: &str| {
        let kind = match word.as_bytes()[0] {
            b'A' => Kind::TwNationalId,
            b'N' => Kind::TwResidentId,
            b'O' => Kind::TwResidentIdOld,
            b'm' => Kind::TwMobile,
            b'n' => Kind::PersonName,
            b'a' => Kind::Address,
            b'u' => Kind::TwUbn,
            _ => Kind::PaymentCard,
        };
        let verdict = if word.ends_with('?') { Verdict::Possible } else { Verdict::Likely };
        let key = keys.subject(Family::Twid, word.trim_end_matches('?'));
        Value { kind, verdict, key, masked: Sensitive::new(kind, word.to_owned()).mask(Style::Strict) }
    };
    (text.trim_start_matches('!').split_whitespace().map(value).collect(), text.starts_with('!'))
}

fn tally(records: &[&str], floor: Verdict) -> Tally {
    let records: Vec<_> = records.iter().map(|text| record(text)).collect();
    count(records.iter().map(|(values, special)| Row { values, special: *special }), floor)
}

fn check(records: &[&str], total: u64, special: u64) {
    let counted = tally(records, Verdict::Likely);
    assert_eq!((counted.total, counted.special), (total, special), "{records:?}");
    assert_eq!(counted.general, total - special, "R9: general and special add up");
}

#[test]
fn r2_r3_keys_of_one_record_are_one_person() {
    check(&["A1 m1"], 1, 0);
    check(&["m1 c1", "c1 m1"], 1, 0);
    check(&["A1 m1", "m1 c1"], 1, 0);
}

#[test]
fn values_on_separate_lines_with_nothing_in_common_are_two_people() {
    check(&["A1", "m1"], 2, 0);
}

#[test]
fn r1_two_identity_numbers_are_two_people() {
    check(&["A1 N1"], 2, 0);
    check(&["A1 A2"], 2, 0);
}

#[test]
fn r1_an_old_and_a_new_resident_number_in_one_record_are_one_person() {
    check(&["O1 N1", "O1"], 1, 0);
    check(&["O1", "N1"], 2, 0);
}

#[test]
fn r4_a_list_counts_its_longest_column() {
    check(&["A1 A2 A3 m1 m2"], 3, 0);
    check(&["A1 A2 m1 m2 m3 m4 m5"], 5, 0);
    check(&["A1 A2 m1 m2", "m2 c2"], 2, 0);
}

#[test]
fn r5_a_switchboard_links_nobody_and_is_nobody() {
    let records: Vec<String> = (0..500).map(|i| format!("c{i} m0")).collect();
    check(&records.iter().map(String::as_str).collect::<Vec<_>>(), 500, 0);
}

#[test]
fn r6_two_weak_values_are_one_unnamed_person_and_one_is_nobody() {
    check(&["n1 a1", "n1 a1", "a1 n1"], 1, 0);
    check(&["n1 a1", "n2 a1"], 2, 0);
    check(&["n1", "a1", "u1", "u1 u2"], 0, 0);
    check(&["n1 a1 A1", "n1 a1 a2 m1"], 2, 0);
    check(&["n1 n2 n3 a1 a2 a3"], 3, 0);
}

#[test]
fn r7_repetitions_never_multiply() {
    check(&["A1 m1", "A1 m1", "A1"], 1, 0);
}

#[test]
fn r8_only_likely_values_count_and_possible_ones_make_the_what_if_number() {
    check(&["A1 A2?", "m1?"], 1, 0);
    assert_eq!(tally(&["A1 A2?", "m1?"], Verdict::Possible).total, 3);
}

#[test]
fn r9_a_person_is_special_if_any_of_their_records_is() {
    check(&["! A1", "A1", "A2"], 2, 1);
    check(&["A1 m1", "! m1"], 1, 1);
}

#[test]
fn nothing_is_nobody() {
    check(&[], 0, 0);
    check(&[""], 0, 0);
}

proptest! {
    #[test]
    fn people_gathered_apart_are_those_gathered_together(
        records in prop::collection::vec((prop::collection::vec(("[ANOmc]", 0..6u8), 1..4), any::<bool>()), 1..12),
        parts in 1..5usize,
    ) {
        let texts = records.iter().map(|(values, special)| {
            let words: Vec<String> = values.iter().map(|(kind, n)| format!("{kind}{n}")).collect();
            format!("{}{}", if *special { "!" } else { "" }, words.join(" "))
        });
        let records: Vec<_> = texts.map(|text| record(&text)).collect();
        let rows = || records.iter().map(|(values, special)| Row { values, special: *special });
        let mut gathered = vec![People::default(); parts];
        for (nth, row) in rows().enumerate() {
            gathered[nth % parts].add(row, Verdict::Likely);
        }
        let mut people = People::default();
        gathered.into_iter().rev().for_each(|part| people.join(part));
        prop_assert_eq!(people.tally(), count(rows(), Verdict::Likely));
    }

    #[test]
    fn order_and_repetition_never_change_the_count(
        records in prop::collection::vec(prop::collection::vec(("[ANOmc]", 0..6u8), 1..5), 1..12),
        seed in any::<u64>(),
    ) {
        let texts: Vec<String> = records.iter()
            .map(|values| values.iter().map(|(kind, n)| format!("{kind}{n}")).collect::<Vec<_>>().join(" "))
            .collect();
        let mut shuffled: Vec<&str> = texts.iter().chain(&texts).map(String::as_str).collect();
        let length = shuffled.len();
        for i in 0..length {
            shuffled.swap(i, (seed as usize).wrapping_mul(i + 7).wrapping_add(i * i) % length);
        }
        let straight: Vec<&str> = texts.iter().map(String::as_str).collect();
        prop_assert_eq!(tally(&straight, Verdict::Likely), tally(&shuffled, Verdict::Likely));
    }
}
