//! As many bytes at a time as a vector has, each looked up by its halves in two tables of 16.

use crate::detect::prefilter::{
    AFTER_EQUALS, CHUNK, Classes, DIGIT, HIGH, LAST_LETTERS, LETTER_SHIFTS, LETTERS_HIGH, LETTERS_LOW,
    LOOKED_AT, LOW, Letters, Prints, RUN, SEPARATOR, WIDE, WINDOW, WORD,
};

/// A vector of bytes that a processor has. Every method is an instruction, so that only kernels which are given out where the
/// processor was asked may name its type.
pub(super) trait Vector: Copy {
    /// Bytes that it holds.
    const BYTES: usize;

    /// The bytes at the front.
    fn load(bytes: &[u8]) -> Self;
    /// A table of 16 for each 16 bytes.
    fn table(table: &[u8; 16]) -> Self;
    fn all(byte: u8) -> Self;
    fn all_of_16(bits: i16) -> Self;
    fn all_of_32(bits: i32) -> Self;
    fn and(self, other: Self) -> Self;
    fn or(self, other: Self) -> Self;
    /// Byte by byte.
    fn plus(self, other: Self) -> Self;
    fn minus(self, other: Self) -> Self;
    fn least(self, other: Self) -> Self;
    /// All bits of the bytes that are the same.
    fn same(self, other: Self) -> Self;
    /// Words of 16 bits, shifted.
    fn left<const BITS: i32>(self) -> Self;
    fn right<const BITS: i32>(self) -> Self;
    /// What this table has for each byte of `at`, which is below 16.
    fn look_up(self, at: Self) -> Self;
    /// Pairs of bytes, each weighed by a byte of the other, added.
    fn pairs_of_8(self, weights: Self) -> Self;
    /// The same of 16 bits.
    fn pairs_of_16(self, weights: Self) -> Self;
    /// The top bit of each byte.
    fn bits(self) -> u64;

    /// The low and the high half of each byte.
    #[inline(always)]
    fn halves(self) -> [Self; 2] {
        let half = Self::all(0x0f);
        [self.and(half), self.right::<4>().and(half)]
    }

    /// The sets that each byte is in by both of its halves.
    #[inline(always)]
    fn sets(self, low: &[u8; 16], high: &[u8; 16]) -> Self {
        let [lows, highs] = self.halves();
        Self::table(low).look_up(lows).and(Self::table(high).look_up(highs))
    }

    /// Which bytes are not zero.
    #[inline(always)]
    fn unlike_zero(self) -> u64 {
        !self.same(Self::all(0)).bits() & (u64::MAX >> (u64::BITS as usize - Self::BYTES))
    }
}

// Of closures the compiler makes functions of their own, which do not know the processor: none holds a vector here.

#[inline(always)]
pub(super) fn classes<V: Vector>(window: &[u8; WINDOW], prints: &Prints) -> Classes {
    let (mut all, mut at) = (Classes::default(), 0);
    while at < CHUNK {
        all.put(at, &classes_of(V::load(&window[at..])));
        at += V::BYTES;
    }
    all.literal = literals::<V>(window, prints);
    all
}

#[inline(always)]
fn classes_of<V: Vector>(bytes: V) -> Classes {
    let sets = bytes.sets(&LOW, &HIGH);
    Classes {
        digit: sets.left::<{ shift(DIGIT) }>().bits(),
        separator: sets.left::<{ shift(SEPARATOR) }>().bits(),
        after_equals: sets.left::<{ shift(AFTER_EQUALS) }>().bits(),
        word: sets.and(V::all(WORD)).unlike_zero(),
        looked_at: sets.and(V::all(LOOKED_AT)).unlike_zero(),
        nul: bytes.same(V::all(0)).bits(),
        underscore: bytes.same(V::all(b'_')).bits(),
        plus: bytes.same(V::all(b'+')).bits(),
        small: bytes.left::<2>().bits(),
        hyphen: bytes.same(V::all(b'-')).bits(),
        at_sign: bytes.same(V::all(b'@')).bits(),
        equals: bytes.same(V::all(b'=')).bits(),
        last_letter: sets.left::<{ shift(LAST_LETTERS) }>().bits(),
        zero_or_eight: bytes.and(V::all(0xf7)).same(V::all(b'0')).bits(),
        wide: sets.left::<{ shift(WIDE) }>().bits(),
        literal: 0,
    }
}

/// How far the bit of a class is from the top of its byte.
const fn shift(class: u8) -> i32 {
    class.leading_zeros().cast_signed()
}

#[inline(always)]
pub(super) fn literals<V: Vector>(window: &[u8; WINDOW], prints: &Prints) -> u64 {
    let (mut found, mut at) = (0, 0);
    while at < CHUNK {
        let one = buckets::<V>(window, at, 0, prints).and(buckets(window, at, 1, prints));
        let two = buckets::<V>(window, at, 2, prints).and(buckets(window, at, 3, prints));
        found |= one.and(two).unlike_zero() << at;
        at += V::BYTES;
    }
    found
}

/// The buckets of which each byte may be the byte `nth` of a print that begins at `at` or after it.
#[inline(always)]
fn buckets<V: Vector>(window: &[u8; WINDOW], at: usize, nth: usize, prints: &Prints) -> V {
    V::load(&window[at + nth..]).sets(&prints.low[nth], &prints.high[nth])
}

#[inline(always)]
pub(super) fn is_ascii<V: Vector>(window: &[u8; WINDOW]) -> bool {
    let (mut all, mut at) = (V::all(0), 0);
    while at < CHUNK {
        all = all.or(V::load(&window[at..]));
        at += V::BYTES;
    }
    all.bits() == 0
}

/// What [`Letters`] says of 32 bytes.
#[inline(always)]
pub(super) fn letters<V: Vector>(bytes: &[u8; RUN]) -> Letters {
    let (mut all, mut at) = (Letters { valid: 0, controls: 0, high: 0, seconds: 0 }, 0);
    while at < RUN {
        let part = letters_of(V::load(&bytes[at..]));
        all.valid |= part.valid << at;
        all.controls |= part.controls << at;
        all.high |= part.high << at;
        all.seconds |= part.seconds << at;
        at += V::BYTES;
    }
    all
}

/// Controls by the halves of a byte: of the first sixteen all but tabulator and line ends, of the next all, and DEL.
const CONTROLS_LOW: [u8; 16] = [3, 3, 3, 3, 3, 3, 3, 3, 3, 2, 2, 3, 3, 2, 3, 7];
const CONTROLS_HIGH: [u8; 16] = [1, 2, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0];

/// Of each group the bytes that it stands for: the fourth stands for nothing.
const TOLD: u64 = 0x7777_7777;

/// A letter's value is what its high half adds, and a little more for those that stand alone in theirs.
#[inline(always)]
fn letters_of<V: Vector>(letters: V) -> Letters {
    let [_, highs] = letters.halves();
    let [in_two, in_five] = [LETTER_SHIFTS[2], LETTER_SHIFTS[5]];
    let alone = more(letters, b'+', 62, in_two)
        .or(more(letters, b'-', 62, in_two).or(more(letters, b'_', 63, in_five)));
    let shifts = V::table(&LETTER_SHIFTS.map(i8::cast_unsigned)).look_up(highs);
    let values = letters.plus(shifts).plus(alone);
    // Two of six bits are one of twelve, two of these one of 24, whose bytes stand in the order of the text again.
    let groups = values.pairs_of_8(V::all_of_16(0x0140)).pairs_of_16(V::all_of_32(0x0001_1000));
    let bytes = groups.look_up(V::table(&[2, 1, 0, 3, 6, 5, 4, 7, 10, 9, 8, 11, 14, 13, 12, 15]));
    let controls = bytes.sets(&CONTROLS_LOW, &CONTROLS_HIGH).unlike_zero();
    let seconds = within(bytes, 0x40, 0x7e).or(within(bytes, 0xa1, 0xfe)).bits();
    Letters {
        valid: letters.sets(&LETTERS_LOW, &LETTERS_HIGH).unlike_zero() as u32,
        controls: (controls & TOLD) as u32,
        high: (bytes.bits() & TOLD) as u32,
        seconds: (seconds & TOLD) as u32,
    }
}

/// What one letter has to be added to its shift for its value.
#[inline(always)]
fn more<V: Vector>(letters: V, letter: u8, value: u8, shift: i8) -> V {
    let more = value.wrapping_sub(letter).wrapping_sub(shift.cast_unsigned());
    letters.same(V::all(letter)).and(V::all(more))
}

#[inline(always)]
fn within<V: Vector>(bytes: V, from: u8, to: u8) -> V {
    let above = bytes.minus(V::all(from));
    above.least(V::all(to - from)).same(above)
}

/// The instructions of a processor for [`Vector`], by their names.
macro_rules! vector {
    (
        $vector:ty,
        load: $load:ident, table: $table:expr, all: $all:ident, $all16:ident, $all32:ident,
        and: $and:ident, or: $or:ident, plus: $plus:ident, minus: $minus:ident, least: $least:ident, same: $same:ident,
        left: $left:ident, right: $right:ident, look_up: $look_up:ident, pairs: $pairs8:ident, $pairs16:ident,
        bits: $bits:ident
    ) => {
        // SAFETY, of each: only kernels that are given out where the processor has these instructions name the type.
        impl Vector for $vector {
            const BYTES: usize = size_of::<Self>();

            #[inline(always)]
            fn load(bytes: &[u8]) -> Self {
                let bytes: &[u8; Self::BYTES] = bytes.first_chunk().expect("bytes of a window");
                // SAFETY: the array has as many bytes, and the load needs no alignment.
                unsafe { $load(bytes.as_ptr().cast()) }
            }
            #[inline(always)]
            fn table(table: &[u8; 16]) -> Self {
                // SAFETY: the array has 16 bytes, and the load needs no alignment.
                unsafe { $table(std::arch::x86_64::_mm_loadu_si128(table.as_ptr().cast())) }
            }
            #[inline(always)]
            fn all(byte: u8) -> Self {
                unsafe { $all(byte.cast_signed()) }
            }
            #[inline(always)]
            fn all_of_16(bits: i16) -> Self {
                unsafe { $all16(bits) }
            }
            #[inline(always)]
            fn all_of_32(bits: i32) -> Self {
                unsafe { $all32(bits) }
            }
            #[inline(always)]
            fn and(self, other: Self) -> Self {
                unsafe { $and(self, other) }
            }
            #[inline(always)]
            fn or(self, other: Self) -> Self {
                unsafe { $or(self, other) }
            }
            #[inline(always)]
            fn plus(self, other: Self) -> Self {
                unsafe { $plus(self, other) }
            }
            #[inline(always)]
            fn minus(self, other: Self) -> Self {
                unsafe { $minus(self, other) }
            }
            #[inline(always)]
            fn least(self, other: Self) -> Self {
                unsafe { $least(self, other) }
            }
            #[inline(always)]
            fn same(self, other: Self) -> Self {
                unsafe { $same(self, other) }
            }
            #[inline(always)]
            fn left<const BITS: i32>(self) -> Self {
                unsafe { $left::<BITS>(self) }
            }
            #[inline(always)]
            fn right<const BITS: i32>(self) -> Self {
                unsafe { $right::<BITS>(self) }
            }
            #[inline(always)]
            fn look_up(self, at: Self) -> Self {
                unsafe { $look_up(self, at) }
            }
            #[inline(always)]
            fn pairs_of_8(self, weights: Self) -> Self {
                unsafe { $pairs8(self, weights) }
            }
            #[inline(always)]
            fn pairs_of_16(self, weights: Self) -> Self {
                unsafe { $pairs16(self, weights) }
            }
            #[inline(always)]
            fn bits(self) -> u64 {
                u64::from(unsafe { $bits(self) }.cast_unsigned())
            }
        }
    };
}
pub(super) use vector;

/// A processor's kernel by vectors of one type: what it looks up by halves.
macro_rules! by_halves {
    ($name:ident, $vector:ty, $features:literal, with_any: $with_any:path) => {
        kernel!($name, $features);

        pub(super) struct $name;

        impl Classify for $name {
            #[inline(always)]
            fn classes(window: &[u8; WINDOW], prints: &Prints) -> Classes {
                // A part of `see`, which a function of its own, for its length, would not become.
                shuffle::classes::<$vector>(window, prints)
            }

            #[inline(always)]
            fn with_any(masks: &[u64; 8]) -> u8 {
                $with_any(masks)
            }

            #[inline(always)]
            fn literals(window: &[u8; WINDOW], prints: &Prints) -> u64 {
                // SAFETY: only a kernel names this type.
                unsafe { literals(window, prints) }
            }

            #[inline(always)]
            fn is_ascii(window: &[u8; WINDOW]) -> bool {
                // SAFETY: as above.
                unsafe { is_ascii(window) }
            }

            #[inline(always)]
            fn letters(bytes: &[u8; RUN]) -> Letters {
                // SAFETY: as above.
                unsafe { letters(bytes) }
            }
        }

        // What asks these may be compiled for any processor: only here is it known which one it is.

        #[inline]
        #[target_feature(enable = $features)]
        fn literals(window: &[u8; WINDOW], prints: &Prints) -> u64 {
            shuffle::literals::<$vector>(window, prints)
        }

        #[inline]
        #[target_feature(enable = $features)]
        fn is_ascii(window: &[u8; WINDOW]) -> bool {
            shuffle::is_ascii::<$vector>(window)
        }

        #[inline]
        #[target_feature(enable = $features)]
        fn letters(bytes: &[u8; RUN]) -> Letters {
            shuffle::letters::<$vector>(bytes)
        }
    };
}
pub(super) use by_halves;
