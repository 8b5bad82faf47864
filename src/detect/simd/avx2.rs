//! 32 bytes at a time.

use std::arch::x86_64::{
    __m256i, _mm256_add_epi8, _mm256_and_si256, _mm256_broadcastsi128_si256, _mm256_castsi256_pd,
    _mm256_cmpeq_epi8, _mm256_cmpeq_epi64, _mm256_loadu_si256, _mm256_madd_epi16, _mm256_maddubs_epi16,
    _mm256_min_epu8, _mm256_movemask_epi8, _mm256_movemask_pd, _mm256_or_si256, _mm256_set1_epi8,
    _mm256_set1_epi16, _mm256_set1_epi32, _mm256_setzero_si256, _mm256_shuffle_epi8, _mm256_slli_epi16,
    _mm256_srli_epi16, _mm256_sub_epi8,
};

use std::ops::Range;

use super::shuffle::{self, Vector, vector};
use crate::detect::prefilter::{
    Classes, Classify, Depth, Kernel, Letters, Literals, Prefilter, Prints, RUN, Sight, WINDOW, any_literal,
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

/// Only the two above name it, and AVX-512, which has all that this has.
pub(super) struct Avx2;

impl Classify for Avx2 {
    #[inline(always)]
    fn classes(window: &[u8; WINDOW], prints: &Prints) -> Classes {
        // A part of `see`, which a function of its own, for its length, would not become.
        shuffle::classes::<__m256i>(window, prints)
    }

    #[inline(always)]
    fn with_any(masks: &[u64; 8]) -> u8 {
        // SAFETY: see above.
        unsafe { with_any(masks) }
    }

    #[inline(always)]
    fn literals(window: &[u8; WINDOW], prints: &Prints) -> u64 {
        // SAFETY: see above.
        unsafe { literals(window, prints) }
    }

    #[inline(always)]
    fn is_ascii(window: &[u8; WINDOW]) -> bool {
        // SAFETY: see above.
        unsafe { is_ascii(window) }
    }

    #[inline(always)]
    fn letters(bytes: &[u8; RUN]) -> Letters {
        // SAFETY: see above.
        unsafe { letters(bytes) }
    }
}

// What asks these may be compiled for any processor: only here is it known which one it is.

#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2")]
fn literals(window: &[u8; WINDOW], prints: &Prints) -> u64 {
    shuffle::literals::<__m256i>(window, prints)
}

#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2")]
fn is_ascii(window: &[u8; WINDOW]) -> bool {
    shuffle::is_ascii::<__m256i>(window)
}

#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2")]
fn letters(bytes: &[u8; RUN]) -> Letters {
    shuffle::letters::<__m256i>(bytes)
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

vector!(
    __m256i,
    load: _mm256_loadu_si256, table: _mm256_broadcastsi128_si256,
    all: _mm256_set1_epi8, _mm256_set1_epi16, _mm256_set1_epi32,
    and: _mm256_and_si256, or: _mm256_or_si256, plus: _mm256_add_epi8, minus: _mm256_sub_epi8,
    least: _mm256_min_epu8, same: _mm256_cmpeq_epi8, left: _mm256_slli_epi16, right: _mm256_srli_epi16,
    look_up: _mm256_shuffle_epi8, pairs: _mm256_maddubs_epi16, _mm256_madd_epi16,
    bits: _mm256_movemask_epi8
);
