//! From the classes of 64 bytes to the few places among them that are looked at, for all 64 at once.
//!
//! Whatever is longer than a byte is told where it ends, so that what stands before these 64 bytes is all that must be
//! remembered.

use super::classes::Classes;

/// One bit a byte: of 64 bytes, and of the 64 before them.
#[derive(Clone, Copy, Default)]
struct Track {
    now: u64,
    before: u64,
}

impl Track {
    /// Goes on to the next 64 bytes.
    #[inline(always)]
    fn next(self, now: u64) -> Self {
        Self { now, before: self.now }
    }

    /// How it was so many bytes ago, 1 to 63.
    #[inline(always)]
    fn ago(self, bytes: u32) -> u64 {
        self.now << bytes | self.before >> (64 - bytes)
    }
}

/// Ends of runs of a class that are 1, 2, 4 and 8 bytes long.
#[derive(Clone, Copy, Default)]
struct Runs {
    one: Track,
    two: Track,
    four: Track,
    eight: Track,
}

impl Runs {
    #[inline(always)]
    fn next(self, now: u64) -> Self {
        let one = self.one.next(now);
        let two = self.two.next(one.now & one.ago(1));
        let four = self.four.next(two.now & two.ago(2));
        Self { one, two, four, eight: self.eight.next(four.now & four.ago(4)) }
    }
}

/// What is remembered from one 64 bytes to the next.
#[derive(Clone, Copy, Default)]
pub(in crate::detect) struct Tracks {
    digits: Runs,
    /// Digits and separators; digits and hyphens.
    spans: Runs,
    joined: Runs,
    starts: Track,
    /// Starts of runs of digits that may be a telephone number's.
    telephone: Track,
    /// The fourth digit of a run, a separator after exactly four, the fourth digit after that, a separator after these.
    fourth: Track,
    after_four: Track,
    eighth: Track,
    after_eight: Track,
    sixth: Track,
    seventh: Track,
    equals: Track,
    base64: Track,
}

/// Places to be looked at, by what may end there.
#[derive(Clone, Copy, Default)]
pub(in crate::detect) struct Places {
    /// The eighth digit in a row.
    pub(super) run: u64,
    /// The tenth byte of digits and separators that begin like a telephone number.
    pub(super) telephone: u64,
    /// The 14th byte of digits and separators that begin with exactly four digits.
    pub(super) card: u64,
    /// Two digits after twice four and a separator.
    pub(super) fours: u64,
    /// The eleventh byte of digits and hyphens.
    pub(super) account: u64,
    /// What follows exactly seven digits, or the hyphen after six.
    pub(super) half: u64,
    /// What follows `=` and may make it a mark.
    pub(super) equals: u64,
    /// The second `=` of two escapes.
    pub(super) escapes: u64,
    /// The first letter of the second group of base64 that may be of a number.
    pub(super) base64: u64,
    /// `%`, `&`, `\`, `@` and NUL.
    pub(super) looked_at: u64,
    /// Not ASCII.
    pub(super) high: u64,
    /// The print of a literal.
    pub(super) literal: u64,
}

impl Places {
    /// All of them.
    #[inline(always)]
    pub(super) fn any(&self) -> u64 {
        let numbers = self.run | self.telephone | self.card | self.fours | self.account | self.half;
        let marks = self.equals | self.escapes | self.base64 | self.looked_at | self.high;
        numbers | marks | self.literal
    }
}

impl Tracks {
    /// The places among the next 64 bytes.
    #[inline(always)]
    pub(super) fn places(&mut self, classes: &Classes) -> Places {
        let was = *self;
        let digits = was.digits.next(classes.digit);
        let spans = was.spans.next(classes.digit | classes.separator);
        let joined = was.joined.next(classes.digit | classes.hyphen);
        let starts = was.starts.next(digits.one.now & !digits.one.ago(1));
        let telephone = was.telephone.next(starts.now & classes.zero_or_eight);
        let fourth = was.fourth.next(digits.four.now & starts.ago(3));
        let after_four = was.after_four.next(classes.separator & fourth.ago(1));
        let eighth = was.eighth.next(digits.four.now & after_four.ago(4));
        let after_eight = was.after_eight.next(classes.separator & eighth.ago(1));
        let sixth = was.sixth.next(digits.four.now & digits.two.ago(4) & starts.ago(5));
        let seventh = was.seventh.next(digits.four.now & digits.four.ago(3) & starts.ago(6));
        let equals = was.equals.next(classes.equals);
        let base64 = was.base64.next(classes.base64);
        *self = Self {
            digits,
            spans,
            joined,
            starts,
            telephone,
            fourth,
            after_four,
            eighth,
            after_eight,
            sixth,
            seventh,
            equals,
            base64,
        };
        Places {
            run: digits.eight.now & !digits.eight.ago(1),
            telephone: spans.eight.now & spans.two.ago(8) & telephone.ago(9),
            card: spans.eight.now & spans.eight.ago(6) & after_four.ago(9),
            fours: digits.two.now & after_eight.ago(2),
            account: joined.eight.now & joined.eight.ago(3) & starts.ago(10),
            half: !digits.one.now & seventh.ago(1) | classes.hyphen & sixth.ago(1),
            equals: classes.after_equals & equals.ago(1),
            escapes: classes.equals & (equals.ago(3) | equals.ago(4)),
            base64: classes.base64 & base64.ago(4),
            looked_at: classes.looked_at,
            high: classes.high,
            literal: classes.literal,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::classes::{CHUNK, Classify, PADDING, Portable, WINDOW};
    use super::super::literals::Prints;
    use super::*;

    /// Places of one kind, in a text that begins `before` bytes into its first 64.
    fn places(text: &str, before: usize, of: fn(&Places) -> u64) -> Vec<usize> {
        let mut bytes = vec![PADDING; before];
        bytes.extend(text.as_bytes());
        bytes.resize(bytes.len() + 2 * WINDOW, PADDING);
        let (mut tracks, mut found) = (Tracks::default(), Vec::new());
        for base in (0..bytes.len() - WINDOW).step_by(CHUNK) {
            let window = bytes[base..base + WINDOW].try_into().unwrap();
            let mask = of(&tracks.places(&Portable::classes(window, &Prints::default())));
            found.extend((0..CHUNK).filter(|bit| mask >> bit & 1 == 1).map(|bit| base + bit - before));
        }
        found
    }

    fn check(text: &str, of: fn(&Places) -> u64, at: &[usize]) {
        for before in [0, 1, 30, 50, 57, 58, 59, 60, 61, 62, 63] {
            assert_eq!(places(text, before, of), at, "{text} from {before}");
        }
    }

    #[test]
    fn a_place_is_told_where_it_ends_wherever_it_begins() {
        check("x1234567 12345678 1234567890", |places| places.run, &[16, 25]);
        check("0912-345-67 0 8", |places| places.telephone, &[9]);
        check("x0912 1912-345-678 10912-345-678", |places| places.telephone, &[10]);
        check("4111 1111 1111 1111", |places| places.card, &[13, 18]);
        check("2026-11-22 09:04", |places| places.card, &[]);
        check("GB82 WEST 1234 5698 7654 32", |places| places.fours, &[21, 26]);
        check("123-456-789012 2026-11-22", |places| places.account, &[10]);
        check("x 1234567 12345678 123456-7 123456", |places| places.half, &[9, 25]);
        check("a=?x a=\n =?", |places| places.equals, &[2, 7, 10]);
        check("=E5=A7 =A9m=A6W a==", |places| places.escapes, &[3, 7, 11]);
        check("IxxxJxxxI IxxxI", |places| places.base64, &[4, 8, 14]);
    }
}
