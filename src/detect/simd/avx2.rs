//! 32 bytes at a time.

use std::arch::x86_64::{
    __m256i, _mm256_add_epi8, _mm256_and_si256, _mm256_broadcastsi128_si256, _mm256_castsi256_pd,
    _mm256_cmpeq_epi8, _mm256_cmpeq_epi64, _mm256_loadu_si256, _mm256_madd_epi16, _mm256_maddubs_epi16,
    _mm256_min_epu8, _mm256_movemask_epi8, _mm256_movemask_pd, _mm256_or_si256, _mm256_set1_epi8,
    _mm256_set1_epi16, _mm256_set1_epi32, _mm256_setzero_si256, _mm256_shuffle_epi8, _mm256_slli_epi16,
    _mm256_srli_epi16, _mm256_sub_epi8,
};

use std::ops::Range;

use super::shuffle::{self, Vector, by_halves, vector};
use crate::detect::prefilter::{
    Classes, Classify, Depth, Kernel, Letters, Literals, Prefilter, Prints, RUN, Sight, WINDOW, any_literal,
};

// AVX-512 names it too: it has all that this has.
by_halves!(Avx2, __m256i, "avx2,bmi1,bmi2", with_any: with_any);

#[inline(always)]
fn with_any(masks: &[u64; 8]) -> u8 {
    // SAFETY: only a kernel asks this.
    unsafe { with_any_of_eight(masks) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn with_any_of_eight(masks: &[u64; 8]) -> u8 {
    let none = |half: &[u64; 4]| {
        // SAFETY: the array has 32 bytes, and the load needs no alignment.
        let masks = unsafe { _mm256_loadu_si256(half.as_ptr().cast()) };
        _mm256_movemask_pd(_mm256_castsi256_pd(_mm256_cmpeq_epi64(masks, _mm256_setzero_si256())))
    };
    let [one, two] = masks.as_chunks().0 else { return 0 };
    !(none(one) | none(two) << 4) as u8
}

vector!(
    __m256i,
    load: _mm256_loadu_si256, table: _mm256_broadcastsi128_si256,
    all: _mm256_set1_epi8, _mm256_set1_epi16, _mm256_set1_epi32,
    and: _mm256_and_si256, or: _mm256_or_si256, plus: _mm256_add_epi8, minus: _mm256_sub_epi8,
    least: _mm256_min_epu8, same: _mm256_cmpeq_epi8, left: _mm256_slli_epi16, right: _mm256_srli_epi16,
    look_up: _mm256_shuffle_epi8, pairs: _mm256_maddubs_epi16, _mm256_madd_epi16,
    bits: _mm256_movemask_epi8
);
