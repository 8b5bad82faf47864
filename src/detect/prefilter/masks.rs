//! From the classes of 64 bytes to the few places among them that are looked at, for all of them at once.
//!
//! Whatever is longer than a byte is told where it ends. Twelve bytes back reach all that is asked, so the first twelve
//! of the 64 are there for that alone, and were among the last of the 64 before: looking at them twice costs a fifth,
//! and nothing has to be remembered, which costs twice as much.

use super::classes::Classes;

/// Bytes at the front that are looked back at, and of which no place is told: four digits, a separator and what comes
/// before the first of them, seen from the twelfth.
pub(super) const HISTORY: usize = 12;

/// Places to be looked at, by what may end there.
#[derive(Clone, Copy, Default)]
pub(super) struct Places {
    /// The eighth digit in a row.
    pub(super) run: u64,
    /// The tenth byte of digits and separators that begin like a telephone number.
    pub(super) telephone: u64,
    /// The twelfth byte of digits and separators that begin with exactly four digits.
    pub(super) fours: u64,
    /// The eleventh byte of digits and hyphens.
    pub(super) account: u64,
    /// What follows exactly seven digits, or the hyphen after six.
    pub(super) half: u64,
    /// What follows `=` and may make it a mark.
    pub(super) equals: u64,
    /// The second `=` of two escapes, or the letter of `=3D`.
    pub(super) escapes: u64,
    /// The twelfth letter or digit in a row, as base64 is written in.
    pub(super) letters: u64,
    /// `@`.
    pub(super) at_sign: u64,
    /// What else is looked at one by one.
    pub(super) looked_at: u64,
    /// What may begin a full-width character or one without width.
    pub(super) wide: u64,
    /// The print of a literal.
    pub(super) literal: u64,
}

impl Places {
    /// All of them.
    #[inline(always)]
    pub(super) fn any(&self) -> u64 {
        self.numbers() | self.marks() | self.at_sign | self.wide | self.literal
    }

    /// Where a number may be.
    #[inline(always)]
    pub(super) fn numbers(&self) -> u64 {
        self.run | self.telephone | self.fours | self.account | self.half
    }

    /// Where a mark may be.
    #[inline(always)]
    pub(super) fn marks(&self) -> u64 {
        self.equals | self.escapes | self.letters | self.looked_at
    }

    /// Those of them that are in a mask.
    #[inline(always)]
    pub(super) fn only(&self, mask: u64) -> Self {
        Self {
            run: self.run & mask,
            telephone: self.telephone & mask,
            fours: self.fours & mask,
            account: self.account & mask,
            half: self.half & mask,
            equals: self.equals & mask,
            escapes: self.escapes & mask,
            letters: self.letters & mask,
            at_sign: self.at_sign & mask,
            looked_at: self.looked_at & mask,
            wide: self.wide & mask,
            literal: self.literal & mask,
        }
    }

    /// The places among 64 bytes, but none in the first twelve.
    #[inline(always)]
    pub(super) fn of(classes: &Classes) -> Self {
        const TOLD: u64 = u64::MAX << HISTORY;
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
        let [_, word_four, word_eight] = runs(classes.word);
        let letters = word_eight & word_four << 8;
        Self {
            run: eight & !(eight << 1) & TOLD,
            telephone: span_eight & span_two << 8 & (starts & classes.zero_or_eight) << 9 & TOLD,
            fours: span_eight & span_four << 8 & after_four << 7 & TOLD,
            account: hyphened & hyphened << 3 & starts << 10 & TOLD,
            half: (!digit & seventh << 1 | classes.hyphen & sixth << 1) & TOLD,
            equals: classes.after_equals & equals << 1 & TOLD,
            escapes: (equals & (equals << 3 | equals << 4) | escaped) & TOLD,
            letters: letters & !(letters << 1) & TOLD,
            at_sign: classes.at_sign & TOLD,
            looked_at: classes.looked_at & !classes.at_sign & TOLD,
            wide: classes.wide & TOLD,
            literal: classes.literal & TOLD,
        }
    }
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
    use super::super::Kernel;
    use super::super::classes::CHUNK;
    use super::super::literals::Prints;
    use super::super::stretch::Stretch;
    use super::*;

    /// Places of one kind, in a text that begins `before` bytes into another.
    fn places(text: &str, before: usize, of: fn(&Places) -> u64) -> Vec<usize> {
        let mut bytes = vec![b'!'; before];
        bytes.extend(text.as_bytes());
        bytes.push(b'\n');
        let (mut next, mut found, mut stretch) = (0, Vec::new(), Stretch::default());
        while next < bytes.len() {
            next = (Kernel::default().look)(&mut stretch, &bytes, next, bytes.len(), &Prints::default());
            while let Some(begins) = stretch.begins() {
                let mask = of(&stretch.take());
                let told = (HISTORY..CHUNK).filter(|bit| mask >> bit & 1 == 1);
                found.extend(told.map(|bit| begins + bit - HISTORY - before));
            }
        }
        found
    }

    fn check(text: &str, of: fn(&Places) -> u64, at: &[usize]) {
        for before in (0..130).step_by(if cfg!(miri) { 13 } else { 1 }) {
            let text = format!(" {text}");
            let expected: Vec<usize> = at.iter().map(|at| at + 1).collect();
            assert_eq!(places(&text, before, of), expected, "{text} from {before}");
        }
    }

    #[test]
    fn a_place_is_told_where_it_ends_wherever_it_begins() {
        check("x1234567 12345678 1234567890", |places| places.run, &[16, 25]);
        check("0912-345-67 0 8", |places| places.telephone, &[9]);
        check("x0912 1912-345-678 10912-345-678", |places| places.telephone, &[10]);
        check("4111 1111 1111 x", |places| places.fours, &[11]);
        check("2026-11-22 09:04", |places| places.fours, &[11]);
        check("2026-11-22T09:04", |places| places.fours, &[]);
        check("x123-456-789012 192.168.100.200", |places| places.account, &[11]);
        check("x 1234567 12345678 123456-7 123456", |places| places.half, &[9, 25]);
        check("a=?x a=\n =?", |places| places.equals, &[2, 7, 10]);
        check("=E5=A7 =A9m=A6W a== =3D", |places| places.escapes, &[3, 7, 11, 20, 22]);
        check("abcdefghijk abcdefghijkLM/0123456789ab", |places| places.letters, &[23, 37]);
    }
}
