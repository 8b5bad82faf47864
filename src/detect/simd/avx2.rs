//! 32 bytes at a time, each looked up by its halves in two tables of 16.

use std::arch::x86_64::{
    __m256i, _mm_loadu_si128, _mm256_add_epi8, _mm256_and_si256, _mm256_broadcastsi128_si256,
    _mm256_castsi256_pd, _mm256_cmpeq_epi8, _mm256_cmpeq_epi64, _mm256_loadu_si256, _mm256_madd_epi16,
    _mm256_maddubs_epi16, _mm256_min_epu8, _mm256_movemask_epi8, _mm256_movemask_pd, _mm256_or_si256,
    _mm256_set1_epi8, _mm256_set1_epi16, _mm256_set1_epi32, _mm256_setzero_si256, _mm256_shuffle_epi8,
    _mm256_slli_epi16, _mm256_srli_epi16, _mm256_sub_epi8,
};

use std::ops::Range;

use crate::detect::prefilter::{
    AFTER_EQUALS, Classes, Classify, DIGIT, Depth, HIGH, Kernel, LETTER_SHIFTS, LETTERS_HIGH, LETTERS_LOW,
    LOOKED_AT, LOW, Letters, Literals, Prefilter, Prints, RUN, SEPARATOR, Sight, WIDE, WINDOW, WORD,
    any_literal,
};

/// Given out only where the processor has what `enable` names below.
pub(super) const KERNEL: Kernel = Kernel {
    // SAFETY: see above.
    see: |filter, bytes, range, depth, sight| unsafe { see(filter, bytes, range, depth, sight) },
    // SAFETY: see above.
    any: |bytes, range, literals| unsafe { any(bytes, range, literals) },
};

#[target_feature(enable = "avx2,bmi1,bmi2")]
fn see(filter: &Prefilter, bytes: &[u8], range: Range<usize>, depth: Depth, sight: &mut Sight) {
    filter.see::<Avx2>(bytes, range, depth, sight);
}

#[target_feature(enable = "avx2,bmi1,bmi2")]
fn any(bytes: &[u8], range: Range<usize>, literals: &Literals) -> bool {
    any_literal::<Avx2>(bytes, range, literals)
}

pub(super) struct Avx2;

impl Classify for Avx2 {
    #[inline(always)]
    fn classes(window: &[u8; WINDOW], prints: &Prints) -> Classes {
        // SAFETY: only the two above name this type.
        unsafe { classes(window, prints) }
    }

    #[inline(always)]
    fn with_any(masks: &[u64; 8]) -> u8 {
        // SAFETY: as above.
        unsafe { with_any(masks) }
    }

    #[inline(always)]
    fn literals(window: &[u8; WINDOW], prints: &Prints) -> u64 {
        // SAFETY: as above.
        unsafe { literals_of_32::<0>(window, prints) | literals_of_32::<32>(window, prints) << 32 }
    }

    #[inline(always)]
    fn is_ascii(window: &[u8; WINDOW]) -> bool {
        // SAFETY: as above.
        unsafe { bits(_mm256_or_si256(load(window, 0), load(window, 32))) == 0 }
    }

    #[inline(always)]
    fn letters(bytes: &[u8; RUN]) -> Letters {
        // SAFETY: as above.
        unsafe { letters(bytes) }
    }
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn classes(window: &[u8; WINDOW], prints: &Prints) -> Classes {
    let (one, two) = (classes_of_32::<0>(window), classes_of_32::<32>(window));
    Classes {
        digit: one.digit | two.digit << 32,
        separator: one.separator | two.separator << 32,
        hyphen: one.hyphen | two.hyphen << 32,
        after_equals: one.after_equals | two.after_equals << 32,
        word: one.word | two.word << 32,
        looked_at: one.looked_at | two.looked_at << 32,
        nul: one.nul | two.nul << 32,
        underscore: one.underscore | two.underscore << 32,
        plus: one.plus | two.plus << 32,
        small: one.small | two.small << 32,
        at_sign: one.at_sign | two.at_sign << 32,
        equals: one.equals | two.equals << 32,
        zero_or_eight: one.zero_or_eight | two.zero_or_eight << 32,
        wide: one.wide | two.wide << 32,
        literal: literals_of_32::<0>(window, prints) | literals_of_32::<32>(window, prints) << 32,
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn classes_of_32<const AT: usize>(window: &[u8; WINDOW]) -> Classes {
    let bytes = load(window, AT);
    let [lows, highs] = halves(bytes);
    let sets =
        _mm256_and_si256(_mm256_shuffle_epi8(table(&LOW), lows), _mm256_shuffle_epi8(table(&HIGH), highs));
    Classes {
        digit: bits(_mm256_slli_epi16::<{ shift(DIGIT) }>(sets)),
        separator: bits(_mm256_slli_epi16::<{ shift(SEPARATOR) }>(sets)),
        after_equals: bits(_mm256_slli_epi16::<{ shift(AFTER_EQUALS) }>(sets)),
        word: unlike_zero(_mm256_and_si256(sets, all(WORD))),
        looked_at: unlike_zero(_mm256_and_si256(sets, all(LOOKED_AT))),
        nul: bits(_mm256_cmpeq_epi8(bytes, _mm256_setzero_si256())),
        underscore: bits(_mm256_cmpeq_epi8(bytes, all(b'_'))),
        plus: bits(_mm256_cmpeq_epi8(bytes, all(b'+'))),
        small: bits(_mm256_slli_epi16::<2>(bytes)),
        hyphen: bits(_mm256_cmpeq_epi8(bytes, all(b'-'))),
        at_sign: bits(_mm256_cmpeq_epi8(bytes, all(b'@'))),
        equals: bits(_mm256_cmpeq_epi8(bytes, all(b'='))),
        zero_or_eight: bits(_mm256_cmpeq_epi8(_mm256_and_si256(bytes, all(0xf7)), all(b'0'))),
        wide: bits(_mm256_slli_epi16::<{ shift(WIDE) }>(sets)),
        literal: 0,
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn with_any(masks: &[u64; 8]) -> u8 {
    let none = |half: &[u64; 4]| {
        // SAFETY: the array has 32 bytes, and the load needs no alignment.
        let masks = unsafe { _mm256_loadu_si256(half.as_ptr().cast()) };
        _mm256_movemask_pd(_mm256_castsi256_pd(_mm256_cmpeq_epi64(masks, _mm256_setzero_si256())))
    };
    let [one, two] = masks.as_chunks().0 else { return 0 };
    !(none(one) | none(two) << 4) as u8
}

/// How far the bit of a class is from the top of its byte.
const fn shift(class: u8) -> i32 {
    class.leading_zeros().cast_signed()
}

#[inline]
#[target_feature(enable = "avx2")]
fn literals_of_32<const AT: usize>(window: &[u8; WINDOW], prints: &Prints) -> u64 {
    let one = buckets::<0>(load(window, AT), prints);
    let two = buckets::<1>(load(window, AT + 1), prints);
    let three = buckets::<2>(load(window, AT + 2), prints);
    let four = buckets::<3>(load(window, AT + 3), prints);
    unlike_zero(_mm256_and_si256(_mm256_and_si256(one, two), _mm256_and_si256(three, four)))
}

/// The buckets of which each byte may be the byte `NTH` of a print.
#[inline]
#[target_feature(enable = "avx2")]
fn buckets<const NTH: usize>(bytes: __m256i, prints: &Prints) -> __m256i {
    let [lows, highs] = halves(bytes);
    _mm256_and_si256(
        _mm256_shuffle_epi8(table(&prints.low[NTH]), lows),
        _mm256_shuffle_epi8(table(&prints.high[NTH]), highs),
    )
}

/// What [`Letters`] says of 32 bytes; a letter's value is what its high half adds, and a little more for those that
/// stand alone in theirs.
#[target_feature(enable = "avx2,bmi1,bmi2")]
pub(super) fn letters(bytes: &[u8; RUN]) -> Letters {
    let letters = load_32(bytes);
    let [lows, highs] = halves(letters);
    let sets = _mm256_and_si256(
        _mm256_shuffle_epi8(table(&LETTERS_LOW), lows),
        _mm256_shuffle_epi8(table(&LETTERS_HIGH), highs),
    );
    let more = |letter: u8, value: u8, shift: i8| {
        let more = value.wrapping_sub(letter).wrapping_sub(shift.cast_unsigned());
        _mm256_and_si256(_mm256_cmpeq_epi8(letters, all(letter)), all(more))
    };
    let [in_two, in_five] = [LETTER_SHIFTS[2], LETTER_SHIFTS[5]];
    let alone = _mm256_or_si256(
        more(b'+', 62, in_two),
        _mm256_or_si256(more(b'-', 62, in_two), more(b'_', 63, in_five)),
    );
    let shifts = _mm256_shuffle_epi8(table(&LETTER_SHIFTS.map(i8::cast_unsigned)), highs);
    let values = _mm256_add_epi8(_mm256_add_epi8(letters, shifts), alone);
    // Two of six bits are one of twelve, two of these one of 24, whose bytes stand in the order of the text again.
    let twelves = _mm256_maddubs_epi16(values, _mm256_set1_epi16(0x0140));
    let groups = _mm256_madd_epi16(twelves, _mm256_set1_epi32(0x0001_1000));
    let bytes = _mm256_shuffle_epi8(groups, table(&[2, 1, 0, 3, 6, 5, 4, 7, 10, 9, 8, 11, 14, 13, 12, 15]));
    let [lows, highs] = halves(bytes);
    let controls = _mm256_and_si256(
        _mm256_shuffle_epi8(table(&CONTROLS_LOW), lows),
        _mm256_shuffle_epi8(table(&CONTROLS_HIGH), highs),
    );
    let within = |from: u8, to: u8| {
        let above = _mm256_sub_epi8(bytes, all(from));
        _mm256_cmpeq_epi8(_mm256_min_epu8(above, all(to - from)), above)
    };
    // The fourth byte of a group stands for nothing.
    let told = |mask: u64| mask as u32 & 0x7777_7777;
    Letters {
        valid: unlike_zero(sets) as u32,
        controls: told(unlike_zero(controls)),
        high: told(bits(bytes)),
        seconds: told(bits(_mm256_or_si256(within(0x40, 0x7e), within(0xa1, 0xfe)))),
    }
}

/// Controls by the halves of a byte: of the first sixteen all but tabulator and line ends, of the next all, and DEL.
const CONTROLS_LOW: [u8; 16] = [3, 3, 3, 3, 3, 3, 3, 3, 3, 2, 2, 3, 3, 2, 3, 7];
const CONTROLS_HIGH: [u8; 16] = [1, 2, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0];

#[inline]
#[target_feature(enable = "avx2")]
fn load(window: &[u8; WINDOW], at: usize) -> __m256i {
    load_32(window[at..].first_chunk().expect("32 bytes of a window"))
}

#[inline]
#[target_feature(enable = "avx2")]
fn load_32(bytes: &[u8; 32]) -> __m256i {
    // SAFETY: the array has 32 bytes, and the load needs no alignment.
    unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
}

/// A table of 16 in both halves of a vector.
#[inline]
#[target_feature(enable = "avx2")]
fn table(table: &[u8; 16]) -> __m256i {
    // SAFETY: the array has 16 bytes, and the load needs no alignment.
    _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(table.as_ptr().cast()) })
}

/// The low and the high half of each byte.
#[inline]
#[target_feature(enable = "avx2")]
fn halves(bytes: __m256i) -> [__m256i; 2] {
    let half = all(0x0f);
    [_mm256_and_si256(bytes, half), _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), half)]
}

#[inline]
#[target_feature(enable = "avx2")]
fn all(byte: u8) -> __m256i {
    _mm256_set1_epi8(byte.cast_signed())
}

/// The top bit of each byte.
#[inline]
#[target_feature(enable = "avx2")]
fn bits(bytes: __m256i) -> u64 {
    u64::from(_mm256_movemask_epi8(bytes).cast_unsigned())
}

#[inline]
#[target_feature(enable = "avx2")]
fn unlike_zero(bytes: __m256i) -> u64 {
    u64::from(!_mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, _mm256_setzero_si256())).cast_unsigned())
}
