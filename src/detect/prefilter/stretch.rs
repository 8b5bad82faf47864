//! Several windows of 64 bytes at once: what is asked of the classes of one is asked of all of them by the same
//! instructions, one window a lane, and tables are loaded once.

use std::ops::Range;

use super::classes::{CHUNK, Classes, Classify, PADDING, WINDOW};
use super::literals::Prints;
use super::masks::{HISTORY, PLACES, places};
use super::number::Says;

/// Windows that are looked at together: as many as a vector of 512 bits has words.
pub(super) const LANES: usize = 8;

/// How many bytes are told of 64.
const STEP: usize = CHUNK - HISTORY;

/// Bytes that are told at once: one or two lines.
pub(super) const STRETCH: usize = LANES * STEP;

/// A bit for each byte of a stretch, one window a lane.
pub(super) type Lanes = [u64; LANES];

/// What was seen of some bytes.
#[derive(Clone, Default)]
pub(in crate::detect) struct Stretch {
    classes: ClassLanes,
    places: [Lanes; PLACES],
    /// Which lanes have any, of each kind.
    told: [u8; PLACES],
    /// Where the first window's places begin.
    from: usize,
    end: usize,
}

/// The classes of each window.
#[derive(Clone, Default)]
struct ClassLanes {
    digit: Lanes,
    separator: Lanes,
    hyphen: Lanes,
    after_equals: Lanes,
    word: Lanes,
    looked_at: Lanes,
    nul: Lanes,
    underscore: Lanes,
    plus: Lanes,
    small: Lanes,
    at_sign: Lanes,
    equals: Lanes,
    last_letter: Lanes,
    zero_or_eight: Lanes,
    wide: Lanes,
    literal: Lanes,
}

impl ClassLanes {
    #[inline(always)]
    fn put(&mut self, lane: usize, classes: &Classes) {
        self.digit[lane] = classes.digit;
        self.separator[lane] = classes.separator;
        self.hyphen[lane] = classes.hyphen;
        self.after_equals[lane] = classes.after_equals;
        self.word[lane] = classes.word;
        self.looked_at[lane] = classes.looked_at;
        self.nul[lane] = classes.nul;
        self.underscore[lane] = classes.underscore;
        self.plus[lane] = classes.plus;
        self.small[lane] = classes.small;
        self.at_sign[lane] = classes.at_sign;
        self.equals[lane] = classes.equals;
        self.last_letter[lane] = classes.last_letter;
        self.zero_or_eight[lane] = classes.zero_or_eight;
        self.wide[lane] = classes.wide;
        self.literal[lane] = classes.literal;
    }

    #[inline(always)]
    fn at(&self, lane: usize) -> Classes {
        Classes {
            digit: self.digit[lane],
            separator: self.separator[lane],
            hyphen: self.hyphen[lane],
            after_equals: self.after_equals[lane],
            word: self.word[lane],
            looked_at: self.looked_at[lane],
            nul: self.nul[lane],
            underscore: self.underscore[lane],
            plus: self.plus[lane],
            small: self.small[lane],
            at_sign: self.at_sign[lane],
            equals: self.equals[lane],
            last_letter: self.last_letter[lane],
            zero_or_eight: self.zero_or_eight[lane],
            wide: self.wide[lane],
            literal: self.literal[lane],
        }
    }
}

impl Stretch {
    /// Looks at the bytes of a range, as far as it goes.
    #[inline(always)]
    pub(in crate::detect) fn look<C: Classify>(
        &mut self,
        bytes: &[u8],
        range: Range<usize>,
        prints: &Prints,
    ) {
        let Range { start: from, end } = range;
        let lanes = (end - from).div_ceil(STEP).min(LANES);
        (self.from, self.end) = (from, end.min(from + STRETCH));
        for lane in 0..lanes {
            let next = from + lane * STEP;
            let window = next.checked_sub(HISTORY).and_then(|from| bytes[from..].first_chunk());
            let classes = match window {
                Some(window) => C::classes(window, prints),
                None => C::classes(&window_at_an_end(bytes, next), prints),
            };
            self.classes.put(lane, &classes);
        }
        // What was left of longer stretches is told of none.
        let mut within = [0; LANES];
        within[..lanes].fill(u64::MAX);
        within[lanes - 1] = self.before(lanes - 1, self.end);
        self.find(0, &within);
        if lanes > LANES / 2 {
            self.find(LANES / 2, &within);
        } else {
            self.places.iter_mut().for_each(|lanes| lanes[LANES / 2..].fill(0));
        }
        for (told, lanes) in self.told.iter_mut().zip(&self.places) {
            *told = C::with_any(lanes);
        }
    }

    /// The places of half the lanes: what one vector of 256 bits holds.
    #[inline(always)]
    fn find(&mut self, from: usize, within: &Lanes) {
        for lane in from..from + LANES / 2 {
            let places = places(&self.classes.at(lane));
            for (lanes, mask) in self.places.iter_mut().zip(places) {
                lanes[lane] = mask & within[lane];
            }
        }
    }

    /// Where what was seen ends.
    pub(super) fn end(&self) -> usize {
        self.end
    }

    /// Where the first bit of a lane stands; before the text for the first one.
    #[inline]
    pub(super) fn base(&self, lane: usize) -> usize {
        (self.from + lane * STEP).wrapping_sub(HISTORY)
    }

    /// Where a bit of a lane stands.
    pub(super) fn at(&self, lane: usize, bit: u64) -> usize {
        self.base(lane).wrapping_add(bit.trailing_zeros() as usize)
    }

    /// Adds the places of a kind that hold.
    #[inline(always)]
    pub(super) fn keep(&self, kind: usize, kept: &mut Lanes, mut holds: impl FnMut(usize) -> bool) {
        if self.told[kind] != 0 {
            self.each_in(self.told[kind], &self.places[kind], |at, lane, bit| {
                kept[lane] |= u64::from(holds(at)) << bit;
            });
        }
    }

    /// Adds the places of a kind to the values, or to those that are values if a word says so.
    #[inline(always)]
    pub(super) fn sort(
        &self,
        kind: usize,
        values: &mut Lanes,
        named: &mut Lanes,
        mut says: impl FnMut(usize) -> Says,
    ) {
        if self.told[kind] != 0 {
            self.each_in(self.told[kind], &self.places[kind], |at, lane, bit| {
                let says = says(at);
                values[lane] |= u64::from(says == Says::Value) << bit;
                named[lane] |= u64::from(says == Says::ValueIfNamed) << bit;
            });
        }
    }

    /// Adds those of some places that hold.
    #[inline(always)]
    pub(super) fn each(&self, places: &Lanes, kept: &mut Lanes, mut holds: impl FnMut(usize) -> bool) {
        self.each_in(with_any(places), places, |at, lane, bit| {
            kept[lane] |= u64::from(holds(at)) << bit;
        });
    }

    #[inline(always)]
    fn each_in(&self, mut told: u8, places: &Lanes, mut take: impl FnMut(usize, usize, u32)) {
        while told != 0 {
            let lane = told.trailing_zeros() as usize % LANES;
            told &= told - 1;
            let (base, mut places) = (self.base(lane), places[lane]);
            while places != 0 {
                let bit = places.trailing_zeros();
                take(base.wrapping_add(bit as usize), lane, bit);
                places &= places - 1;
            }
        }
    }

    /// The places of these kinds.
    pub(super) fn all_of<const KINDS: usize>(&self, kinds: [usize; KINDS]) -> Lanes {
        let mut all = Lanes::default();
        for kind in kinds.into_iter().filter(|kind| self.told[*kind] != 0) {
            for (all, mask) in all.iter_mut().zip(&self.places[kind]) {
                *all |= mask;
            }
        }
        all
    }

    /// The places of a kind in a lane.
    #[inline]
    pub(super) fn of(&self, kind: usize, lane: usize) -> u64 {
        self.places[kind][lane]
    }

    /// The bits of each lane that stand before a byte.
    pub(super) fn before(&self, lane: usize, at: usize) -> u64 {
        let bits = at.wrapping_sub(self.base(lane)).cast_signed().clamp(0, CHUNK.cast_signed());
        !(u64::MAX.checked_shl(bits.cast_unsigned() as u32).unwrap_or(0))
    }
}

/// Which lanes have any bit.
#[inline(always)]
pub(super) fn with_any(lanes: &Lanes) -> u8 {
    lanes.iter().rev().fold(0, |told, lane| told << 1 | u8::from(*lane != 0))
}

/// The window of a place so near to an end of the text that it does not fill it.
#[cold]
fn window_at_an_end(bytes: &[u8], next: usize) -> [u8; WINDOW] {
    let mut window = [PADDING; WINDOW];
    let from = next.saturating_sub(HISTORY);
    let rest = &bytes[from..bytes.len().min(next + WINDOW - HISTORY)];
    window[HISTORY - (next - from)..][..rest.len()].copy_from_slice(rest);
    window
}
