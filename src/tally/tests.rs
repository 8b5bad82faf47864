use proptest::prelude::*;

use super::*;
use crate::kind::Family;
use crate::mask::{Keys, Sensitive, Style};

/// `A1` an identity number, `N1` a new and `O1` an old resident number, `m1` a mobile, `e1` an e-mail, `c1` a card, `n1` a
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
            b'e' => Kind::Email,
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

/// Each compared with all before it would be ten thousand million comparisons.
#[test]
fn r4_a_list_of_a_whole_city_counts_each_once() {
    let numbers: Vec<String> = (0..100_000).map(|nth| format!("A{nth} A{}", nth / 2)).collect();
    check(&[&numbers.join(" ")], 100_000, 0);
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

/// The ten worked examples of how a level's 筆 are counted; the clause that asks is IMS-P-025 6.2.2 「20 筆以內（團體訴訟不成立）」.
mod ims_p_025_6_2_2_examples {
    use super::*;

    #[test]
    fn example_1_r2_a_number_a_phone_and_an_address_in_a_row_are_one() {
        check(&["A1 m1", "m1 e1"], 1, 0);
    }

    #[test]
    fn example_2_r3_a_number_and_a_phone_on_two_lines_are_two() {
        check(&["A1", "m1"], 2, 0);
    }

    #[test]
    fn example_3_r4_three_numbers_and_two_phones_are_three() {
        check(&["A1 A2 A3 m1 m2"], 3, 0);
    }

    #[test]
    fn example_4_r4_two_numbers_and_five_phones_are_five() {
        check(&["A1 A2 m1 m2 m3 m4 m5"], 5, 0);
    }

    #[test]
    fn example_5_r4_columns_pair_up_and_later_records_add_to_them() {
        check(&["A1 A2 m1 m2", "m2 e2"], 2, 0);
    }

    #[test]
    fn example_6_r5_five_hundred_addresses_with_one_switchboard_are_five_hundred() {
        let records: Vec<String> = (0..500).map(|nth| format!("e{nth} m0")).collect();
        check(&records.iter().map(String::as_str).collect::<Vec<_>>(), 500, 0);
    }

    #[test]
    fn example_7_r9_a_patient_and_a_person_are_one_special_and_one_general() {
        check(&["! A1", "A1", "A2"], 2, 1);
    }

    #[test]
    fn example_8_r1_an_exchanged_resident_number_is_the_same_person() {
        check(&["O1 N1", "O1"], 1, 0);
    }

    #[test]
    fn example_9_r6_a_name_and_an_address_are_one_unnamed_person() {
        check(&["n1 a1"], 1, 0);
    }

    #[test]
    fn example_10_r8_what_is_only_possible_is_nobody() {
        // Twenty queue ids shaped like identity numbers: opaque, so that they are never values (`scan`), and at most
        // possible where a line does not say that they are ids.
        let records: Vec<String> = (0..20).map(|nth| format!("A{nth}?")).collect();
        check(&records.iter().map(String::as_str).collect::<Vec<_>>(), 0, 0);
    }
}

/// `people` of one number and one phone each, kept to so many entries, in an order given by a stride.
fn bounded(people: u32, stride: u32, entries_max: usize) -> Tally {
    let mut gathered = People::default();
    for nth in 0..people {
        let nth = nth.wrapping_mul(stride) % people;
        let (values, _) = record(&format!("A{nth} m{nth}"));
        gathered.add(Row { values: &values, special: nth.is_multiple_of(4) }, Verdict::Likely);
        gathered.add(Row { values: &values[..1], special: false }, Verdict::Likely);
        gathered.bound(entries_max);
    }
    gathered.tally()
}

#[test]
fn r10_up_to_the_bound_the_count_is_exact_and_beyond_it_is_an_estimate() {
    let exact = bounded(2000, 1, 4000);
    assert_eq!((exact.total, exact.special, exact.is_estimate), (2000, 500, false));
    let about = bounded(20_000, 1, 4000);
    assert!(about.is_estimate);
    assert!(about.total.abs_diff(20_000) < 2000, "{about:?}");
    assert!(about.special.abs_diff(5000) < 1000, "{about:?}");
    assert_eq!(about.general, about.total - about.special, "R9");
}

#[test]
fn r10_an_estimate_does_not_depend_on_the_order() {
    // 7,919 has no factor in common with 20,000, so that every person comes once.
    assert_eq!(bounded(20_000, 1, 3000), bounded(20_000, 7919, 3000));
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
