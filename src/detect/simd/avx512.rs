//! 64 bytes at a time, each looked up in one table of 128 or, where any of them is not ASCII, in two.

use std::arch::x86_64::{
    __m512i, _mm512_and_si512, _mm512_cmpeq_epi8_mask, _mm512_loadu_si512, _mm512_mask_blend_epi8,
    _mm512_movepi8_mask, _mm512_permutex2var_epi8, _mm512_set1_epi8, _mm512_test_epi8_mask,
    _mm512_test_epi64_mask,
};

use std::ops::Range;

use crate::detect::prefilter::{
    AFTER_EQUALS, CLASSES, Classes, Classify, DIGIT, Depth, Kernel, LAST_LETTERS, LOOKED_AT, Letters,
    Literals, Prefilter, Prints, RUN, SEPARATOR, Sight, WIDE, WINDOW, WORD, any_literal,
};

kernel!(Avx512, "avx512f,avx512bw,avx512vbmi,avx2,bmi1,bmi2");

pub(super) struct Avx512;

impl Classify for Avx512 {
    #[inline(always)]
    fn classes(window: &[u8; WINDOW], prints: &Prints) -> Classes {
        // SAFETY: only a kernel names this type.
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
        unsafe { literals(window, prints) }
    }

    #[inline(always)]
    fn is_ascii(window: &[u8; WINDOW]) -> bool {
        // SAFETY: as above.
        unsafe { _mm512_movepi8_mask(load(window, 0)) == 0 }
    }

    #[inline(always)]
    fn letters(bytes: &[u8; RUN]) -> Letters {
        super::avx2::Avx2::letters(bytes)
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
pub(super) fn classes(window: &[u8; WINDOW], prints: &Prints) -> Classes {
    let bytes = load(window, 0);
    let sets = looked_up(bytes, &CLASSES);
    let of = |class: u8| _mm512_test_epi8_mask(sets, all(class));
    let eight_apart = _mm512_and_si512(bytes, all(0xf7));
    Classes {
        digit: of(DIGIT),
        separator: of(SEPARATOR),
        hyphen: _mm512_cmpeq_epi8_mask(bytes, all(b'-')),
        after_equals: of(AFTER_EQUALS),
        word: of(WORD),
        looked_at: of(LOOKED_AT),
        nul: _mm512_cmpeq_epi8_mask(bytes, all(0)),
        underscore: _mm512_cmpeq_epi8_mask(bytes, all(b'_')),
        plus: _mm512_cmpeq_epi8_mask(bytes, all(b'+')),
        small: _mm512_test_epi8_mask(bytes, all(0x20)),
        at_sign: _mm512_cmpeq_epi8_mask(bytes, all(b'@')),
        equals: _mm512_cmpeq_epi8_mask(bytes, all(b'=')),
        last_letter: of(LAST_LETTERS),
        zero_or_eight: _mm512_cmpeq_epi8_mask(eight_apart, all(b'0')),
        wide: of(WIDE),
        literal: literals(window, prints),
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
fn literals(window: &[u8; WINDOW], prints: &Prints) -> u64 {
    let of = |at: usize| looked_up(load(window, at), &prints.tables[at]);
    _mm512_test_epi8_mask(_mm512_and_si512(of(0), of(1)), _mm512_and_si512(of(2), of(3)))
}

#[inline]
#[target_feature(enable = "avx512f")]
fn with_any(masks: &[u64; 8]) -> u8 {
    // SAFETY: the array has 64 bytes, and the load needs no alignment.
    let masks = unsafe { _mm512_loadu_si512(masks.as_ptr().cast()) };
    _mm512_test_epi64_mask(masks, masks)
}

/// What a table has for each byte.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
fn looked_up(bytes: __m512i, table: &[u8; 256]) -> __m512i {
    let half = |at: usize| _mm512_permutex2var_epi8(load(table, at), bytes, load(table, at + 64));
    let high = _mm512_movepi8_mask(bytes);
    if high == 0 { half(0) } else { _mm512_mask_blend_epi8(high, half(0), half(128)) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load<const LEN: usize>(bytes: &[u8; LEN], at: usize) -> __m512i {
    let bytes: &[u8; 64] = bytes[at..].first_chunk().expect("64 bytes of the array");
    // SAFETY: the array has 64 bytes, and the load needs no alignment.
    unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn all(byte: u8) -> __m512i {
    _mm512_set1_epi8(byte.cast_signed())
}
