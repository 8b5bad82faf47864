//! From the classes of 64 bytes to the few places among them that are looked at, for all of them at once.
//!
//! Whatever is longer than a byte is told where it ends. Twelve bytes back reach all that is asked, so the first twelve
//! of the 64 are there for that alone, and were among the last of the 64 before: looking at them twice costs a fifth,
//! and nothing has to be remembered, which costs twice as much.

use super::classes::Classes;

/// Bytes at the front that are looked back at, and of which no place is told: four digits, a separator and what comes
/// before the first of them, seen from the twelfth.
pub(super) const HISTORY: usize = 12;

/// Places to be looked at, by what may end there: a mask for each of these.
pub(super) type Places = [u64; PLACES];

pub(super) const PLACES: usize = 13;

/// The eighth digit in a row.
pub(super) const RUN: usize = 0;
/// The tenth byte of digits and separators that begin like a telephone number.
pub(super) const TELEPHONE: usize = 1;
/// The twelfth byte of digits and separators that begin with exactly four digits.
pub(super) const FOURS: usize = 2;
/// The eleventh byte of digits and hyphens.
pub(super) const ACCOUNT: usize = 3;
/// What follows exactly seven digits, or the hyphen after six.
pub(super) const HALF: usize = 4;
/// What follows `=` and may make it a mark.
pub(super) const EQUALS: usize = 5;
/// The second `=` of two escapes, or the letter of `=3D`.
pub(super) const ESCAPES: usize = 6;
/// The twelfth letter or digit in a row, or the twelfth of these and of what else may be a letter of base64, of which one
/// is no hexadecimal digit.
pub(super) const LETTERS: usize = 7;
/// `@`.
pub(super) const AT_SIGN: usize = 8;
/// What else may begin a mark.
pub(super) const LOOKED_AT: usize = 9;
/// What may begin a full-width character or one without width.
pub(super) const WIDE: usize = 10;
/// The print of a literal.
pub(super) const LITERAL: usize = 11;
/// NUL.
pub(super) const NUL: usize = 12;

/// The places among 64 bytes, but none in the first twelve.
#[inline(always)]
pub(super) fn places(classes: &Classes) -> Places {
    const TOLD: u64 = u64::MAX << HISTORY;
    // What follows the last byte is not seen here.
    const UNSEEN: u64 = 1 << 63;
    let digit = classes.digit;
    let [two, four, eight] = runs(digit);
    let [span_two, span_four, span_eight] = runs(digit | classes.separator);
    let [_, _, hyphened] = runs(digit | classes.hyphen);
    let starts = digit & !(digit << 1);
    let after_four = classes.separator & (four & starts << 3) << 1;
    let sixth = four & two << 4 & starts << 5;
    let seventh = four & four << 3 & starts << 6;
    let equals = classes.equals;
    let escaped = classes.word & !digit & digit << 1 & equals << 2;
    let capital = classes.word & !digit & !classes.small;
    let in_twelve = |class: u64| {
        let [_, four, eight] = among(class);
        eight | four << 8
    };
    let [has_capital, has_telling] = [capital, capital | classes.last_letter].map(in_twelve);
    let twelve = |class: u64| {
        let [_, four, eight] = runs(class);
        let twelve = eight & four << 8 & has_telling;
        twelve & !(twelve << 1)
    };
    let mut places = [0; PLACES];
    places[RUN] = eight & !(eight << 1);
    // Behind the first digit stands another, and of eight the run is told.
    places[TELEPHONE] =
        span_eight & span_two << 8 & ((starts & classes.zero_or_eight) << 1 & two) << 8 & !(eight << 2);
    places[FOURS] = span_eight & span_four << 8 & after_four << 7;
    // Of digits alone the run is told.
    places[ACCOUNT] = hyphened & hyphened << 3 & starts << 10 & !(eight & eight << 3);
    places[HALF] = !digit & seventh << 1 | classes.hyphen & sixth << 1;
    // Of `=?=?`, and of soft breaks that follow each other, the last one is enough.
    places[EQUALS] = classes.after_equals & equals << 1 & !(equals >> 1 & classes.after_equals >> 2);
    places[ESCAPES] = equals & (equals << 3 | equals << 4) & (classes.word >> 1 | UNSEEN) | escaped;
    // Numbers and ids in hexadecimal digits hold neither a capital nor one of the last letters; of 750,000 short texts each
    // had one among some twelve. Lines, hyphens and pluses are letters of base64, or part a run from what comes before. Of
    // short texts one in fifteen has no twelve in a row without them, and all have twelve without slashes, of which paths
    // are full. Among these twelve is a capital; stamps, ids of 36 hexadecimal digits and most names with hyphens have
    // none, or begin with a year.
    let lined = classes.word | classes.underscore;
    let joined = lined | classes.hyphen | classes.plus;
    places[LETTERS] =
        twelve(classes.word) | twelve(lined) | twelve(joined) & has_capital & !(after_four << 7);
    places[AT_SIGN] = classes.at_sign;
    // Before two more of these, as in `%%%`, none is a mark.
    let not_before_two = |class: u64| class & !(class >> 1 & class >> 2);
    places[LOOKED_AT] = not_before_two(classes.looked_at);
    places[NUL] = not_before_two(classes.nul);
    places[WIDE] = classes.wide;
    places[LITERAL] = classes.literal;
    places.map(|mask| mask & TOLD)
}

/// Ends of two, four and eight with any of a class.
#[inline(always)]
fn among(class: u64) -> [u64; 3] {
    let two = class | class << 1;
    let four = two | two << 2;
    [two, four, four | four << 4]
}

/// Ends of runs of two, four and eight.
#[inline(always)]
fn runs(class: u64) -> [u64; 3] {
    let two = class & class << 1;
    let four = two & two << 2;
    [two, four, four & four << 4]
}

#[cfg(test)]
mod tests {
    use super::super::stretch::Lanes;
    use super::super::{Depth, Kernel, Prefilter, Sight};
    use super::*;

    /// Places of one kind, in a text that begins `before` bytes into another.
    fn places(text: &str, before: usize, kind: usize) -> Vec<usize> {
        let mut bytes = vec![b'!'; before];
        bytes.extend(text.as_bytes());
        bytes.push(b'\n');
        let (filter, mut next, mut found, mut sight) =
            (Prefilter::default(), 0, Vec::new(), Sight::default());
        while next < bytes.len() {
            (Kernel::default().see)(&filter, &bytes, next..bytes.len(), Depth::Hits, &mut sight);
            let stretch = &sight.stretch;
            stretch.keep(kind, &mut Lanes::default(), |at| {
                found.push(at - before);
                true
            });
            next = stretch.end();
        }
        found
    }

    fn check(text: &str, kind: usize, at: &[usize]) {
        for before in (0..130).step_by(if cfg!(miri) { 13 } else { 1 }) {
            let text = format!(" {text}");
            let expected: Vec<usize> = at.iter().map(|at| at + 1).collect();
            assert_eq!(places(&text, before, kind), expected, "{text} from {before}");
        }
    }

    #[test]
    fn a_place_is_told_where_it_ends_wherever_it_begins() {
        check("x1234567 12345678 1234567890", RUN, &[16, 25]);
        check("0912-345-67 0 8", TELEPHONE, &[9]);
        check("0-912-345-67 0 8 3 8 6 9 1 8.6.9.1.0.1", TELEPHONE, &[]);
        check("x0912 1912-345-678 10912-345-678", TELEPHONE, &[10]);
        check("4111 1111 1111 x", FOURS, &[11]);
        check("2026-11-22 09:04", FOURS, &[11]);
        check("2026-11-22T09:04", FOURS, &[]);
        check("x123-456-789012 192.168.100.200 1793462400048-1", ACCOUNT, &[11]);
        check("x 1234567 12345678 123456-7 123456", HALF, &[9, 25]);
        check("a=?x a=\n =?", EQUALS, &[2, 7, 10]);
        check("=E5=A7 =A9m=A6W a== =3D", ESCAPES, &[3, 7, 11, 20, 22]);
        check("abcdefghijk abcdefghijkLM/0123456789ab 0123456789aX", LETTERS, &[23, 50]);
        check("1793469633345 fd43b9e7156a2318db73b2c8727115af 0123456789abcdefgpq", LETTERS, &[64]);
    }

    #[test]
    fn of_a_row_of_marks_the_last_is_told_and_hardly_another() {
        for (text, kind, last) in [("=?=?=?=?=?x", EQUALS, 9), ("a %%%%%%%%41", LOOKED_AT, 9)] {
            for before in (0..130).step_by(if cfg!(miri) { 13 } else { 1 }) {
                let told = places(text, before, kind);
                assert!(told.contains(&last) && told.len() <= 4, "{text} from {before}: {told:?}");
            }
        }
        assert!(places("=?=?=?=?=?x", 0, ESCAPES).is_empty());
    }
}
