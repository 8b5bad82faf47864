//! Payment card numbers: the issuer's prefix and length (ISO/IEC 7812-1, as the schemes publish their ranges), and
//! the check digit of its annex B (Luhn).
//!
//! Maestro and prefixes that begin with 1 are left out: they take any number for a card.

/// Prefixes from, to (as many digits as written), lengths from, to.
const ISSUERS: &[(u32, u32, usize, usize)] = &[
    (4, 4, 13, 13),
    (4, 4, 16, 16),
    (4, 4, 19, 19), // Visa
    (51, 55, 16, 16),
    (2221, 2720, 16, 16), // Mastercard
    (34, 34, 15, 15),
    (37, 37, 15, 15),     // American Express
    (3528, 3589, 16, 19), // JCB
    (62, 62, 16, 19),
    (81, 81, 16, 19), // UnionPay
    (300, 305, 14, 19),
    (3095, 3095, 14, 19),
    (36, 36, 14, 19),
    (38, 39, 14, 19), // Diners Club
    (6011, 6011, 16, 19),
    (644, 649, 16, 19),
    (65, 65, 16, 19), // Discover
];

/// Which first digits there are: nearly all numbers of a log that are as long as a card's are stamps, which begin with 1.
const FIRST: [bool; 10] = {
    let mut first = [false; 10];
    let mut nth = 0;
    while nth < ISSUERS.len() {
        let (mut from, mut to) = (ISSUERS[nth].0, ISSUERS[nth].1);
        while to > 9 {
            (from, to) = (from / 10, to / 10);
        }
        while from <= to {
            first[from as usize] = true;
            from += 1;
        }
        nth += 1;
    }
    first
};

/// Whether an issuer gives out numbers that begin so and are so long.
pub(crate) fn issuer_takes(value: &[u8]) -> bool {
    value.first().is_some_and(|digit| FIRST[usize::from(digit - b'0')])
        && ISSUERS.iter().any(|&(from, to, shortest, longest)| {
            (shortest..=longest).contains(&value.len()) && {
                let width = from.ilog10() as usize + 1;
                let prefix = value[..width].iter().fold(0, |sum, &digit| sum * 10 + u32::from(digit - b'0'));
                (from..=to).contains(&prefix)
            }
        })
}

/// Whether this is a card number. `value` is what [`issuer_takes`] is asked first.
pub(super) fn accepts(value: &[u8]) -> bool {
    value.iter().all(u8::is_ascii_digit) && issuer_takes(value) && luhn(value)
}

fn luhn(value: &[u8]) -> bool {
    let sum: u32 = value
        .iter()
        .rev()
        .enumerate()
        .map(|(at, &digit)| {
            let digit = u32::from(digit - b'0') << (at % 2);
            if digit > 9 { digit - 9 } else { digit }
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuer_length_and_check_digit_decide() {
        let valid =
            ["4111111111111111", "5555555555554444", "378282246310005", "30348222853894", "5451416019259077"];
        for valid in valid {
            assert!(accepts(valid.as_bytes()), "{valid}");
        }
        let invalid =
            ["4111111111111112", "411111111111111", "20956455364413", "9140039668880016", "1890530801177"];
        for invalid in invalid {
            assert!(!accepts(invalid.as_bytes()), "{invalid}");
        }
        assert!(!accepts(b"0000000000000000") && !accepts(b"") && !accepts(b"4"));
    }
}
