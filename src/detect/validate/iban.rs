//! International bank account numbers (ISO 13616-1; structures of the SWIFT IBAN Registry, release 101): country, two
//! check digits by ISO/IEC 7064 MOD 97-10, and the account in the country's form.
//!
//! The form is asked too, because among random tokens of the right length one in 97 passes the check digits, and trace
//! ids of sixteen hex digits begin with `be` as often as with anything.

/// Country, in the order of the alphabet, and the account as runs of `n` digits, `a` capital letters, `c` either.
const COUNTRIES: &[(&[u8; 2], &str)] = &[
    (b"AD", "8n12c"),
    (b"AE", "19n"),
    (b"AL", "8n16c"),
    (b"AT", "16n"),
    (b"AZ", "4a20c"),
    (b"BA", "16n"),
    (b"BE", "12n"),
    (b"BG", "4a6n8c"),
    (b"BH", "4a14c"),
    (b"BI", "23n"),
    (b"BR", "23n1a1c"),
    (b"BY", "4c4n16c"),
    (b"CH", "5n12c"),
    (b"CR", "18n"),
    (b"CY", "8n16c"),
    (b"CZ", "20n"),
    (b"DE", "18n"),
    (b"DJ", "23n"),
    (b"DK", "14n"),
    (b"DO", "4c20n"),
    (b"EE", "16n"),
    (b"EG", "25n"),
    (b"ES", "20n"),
    (b"FI", "14n"),
    (b"FK", "2a12n"),
    (b"FO", "14n"),
    (b"FR", "10n11c2n"),
    (b"GB", "4a14n"),
    (b"GE", "2a16n"),
    (b"GI", "4a15c"),
    (b"GL", "14n"),
    (b"GR", "7n16c"),
    (b"GT", "24c"),
    (b"HN", "4a20n"),
    (b"HR", "17n"),
    (b"HU", "24n"),
    (b"IE", "4a14n"),
    (b"IL", "19n"),
    (b"IQ", "4a15n"),
    (b"IS", "22n"),
    (b"IT", "1a10n12c"),
    (b"JO", "4a4n18c"),
    (b"KW", "4a22c"),
    (b"KZ", "3n13c"),
    (b"LB", "4n20c"),
    (b"LC", "4a24c"),
    (b"LI", "5n12c"),
    (b"LT", "16n"),
    (b"LU", "3n13c"),
    (b"LV", "4a13c"),
    (b"LY", "21n"),
    (b"MC", "10n11c2n"),
    (b"MD", "20c"),
    (b"ME", "18n"),
    (b"MK", "3n10c2n"),
    (b"MN", "16n"),
    (b"MR", "23n"),
    (b"MT", "4a5n18c"),
    (b"MU", "4a19n3a"),
    (b"NI", "4a20n"),
    (b"NL", "4a10n"),
    (b"NO", "11n"),
    (b"OM", "3n16c"),
    (b"PK", "4a16c"),
    (b"PL", "24n"),
    (b"PS", "4a21c"),
    (b"PT", "21n"),
    (b"QA", "4a21c"),
    (b"RO", "4a16c"),
    (b"RS", "18n"),
    (b"RU", "14n15c"),
    (b"SA", "2n18c"),
    (b"SC", "4a20n3a"),
    (b"SD", "14n"),
    (b"SE", "20n"),
    (b"SI", "15n"),
    (b"SK", "20n"),
    (b"SM", "1a10n12c"),
    (b"SO", "19n"),
    (b"ST", "21n"),
    (b"SV", "4a20n"),
    (b"TL", "19n"),
    (b"TN", "20n"),
    (b"TR", "6n16c"),
    (b"UA", "6n19c"),
    (b"VA", "18n"),
    (b"VG", "4a16n"),
    (b"XK", "16n"),
    (b"YE", "4a4n18c"),
];

/// How many characters a number of this country has; none where the country gives out none.
pub(crate) fn length(country: &[u8]) -> Option<usize> {
    runs(country).map(|runs| 4 + runs.map(|(count, _)| count).sum::<usize>())
}

/// Whether this is an account number, without blanks.
pub(super) fn accepts(value: &[u8]) -> bool {
    let Some((head, mut account)) = value.split_at_checked(4) else { return false };
    let Some(runs) = runs(&head[..2]) else { return false };
    for (count, class) in runs {
        let Some((run, rest)) = account.split_at_checked(count) else { return false };
        if !run.iter().all(|byte| is_of(*byte, class)) {
            return false;
        }
        account = rest;
    }
    // 00, 01 and 99 leave the same remainder as 97, 98 and 02, and are never given out.
    account.is_empty()
        && head[2..].iter().all(u8::is_ascii_digit)
        && !matches!(&head[2..], b"00" | b"01" | b"99")
        && remainder(value) == 1
}

fn runs(country: &[u8]) -> Option<impl Iterator<Item = (usize, u8)>> {
    let found = COUNTRIES.binary_search_by(|(known, _)| known.as_slice().cmp(country)).ok()?;
    let (_, form) = COUNTRIES[found];
    Some(form.split_inclusive(|c: char| c.is_ascii_alphabetic()).filter_map(|run| {
        let (count, class) = run.split_at(run.len() - 1);
        Some((count.parse().ok()?, class.as_bytes()[0]))
    }))
}

const fn is_of(byte: u8, class: u8) -> bool {
    match class {
        b'n' => byte.is_ascii_digit(),
        b'a' => byte.is_ascii_uppercase(),
        _ => byte.is_ascii_digit() || byte.is_ascii_uppercase(),
    }
}

/// The number modulo 97, its first four characters last, letters as 10 to 35.
fn remainder(value: &[u8]) -> u32 {
    value[4..].iter().chain(&value[..4]).fold(0, |sum, &byte| match byte {
        b'0'..=b'9' => (sum * 10 + u32::from(byte - b'0')) % 97,
        _ => (sum * 100 + u32::from(byte - b'A') + 10) % 97,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_and_check_digits_decide() {
        let valid = [
            "DE55296891402948706654",
            "FR0365830006484468367157660",
            "NL50GHGN7361041563",
            "GB82WEST12345698765432",
            "BE68539007547034",
            "MT84MALT011000012345MTLCAST001S",
            "NO9386011117947",
        ];
        for valid in valid {
            assert!(accepts(valid.as_bytes()), "{valid}");
        }
        let invalid = [
            "DE59296891402948706654",
            "GB04AGGG26777567801065",
            "NL56GHGN7361041563",
            "DE5529689140294870665",
            "GB82WES112345698765432",
            "TW82123412345698765432",
            // Check digits right, and a letter among the digits or a digit among the letters.
            "GB55WEST1234569876543A",
            "DE505296891402948706A5",
            "GB93WES112345698765432",
            "gb82west12345698765432",
            "GB",
            "",
        ];
        for invalid in invalid {
            assert!(!accepts(invalid.as_bytes()), "{invalid}");
        }
    }

    #[test]
    fn every_country_has_a_form_within_the_bounds_of_the_standard() {
        for (country, _) in COUNTRIES {
            let length = length(*country);
            assert!(length.is_some_and(|length| (15..=34).contains(&length)), "{country:?}");
        }
        assert_eq!((length(b"NO"), length(b"MT"), length(b"TW")), (Some(15), Some(31), None));
    }
}
