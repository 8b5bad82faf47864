//! 16 bytes at a time: processors before 2013, and virtual machines that are shown no more.

use std::arch::x86_64::{
    __m128i, _mm_add_epi8, _mm_and_si128, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_madd_epi16, _mm_maddubs_epi16,
    _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set1_epi8, _mm_set1_epi16, _mm_set1_epi32,
    _mm_shuffle_epi8, _mm_slli_epi16, _mm_srli_epi16, _mm_sub_epi8,
};

use std::convert::identity;
use std::ops::Range;

use super::shuffle::{self, Vector, vector};
use crate::detect::prefilter::{
    Classes, Classify, Depth, Kernel, Letters, Literals, Portable, Prefilter, Prints, RUN, Sight, WINDOW,
    any_literal,
};

/// Given out only where the processor has what `enable` names below.
pub(super) const KERNEL: Kernel = Kernel {
    // SAFETY: see above.
    see: |filter, bytes, range, depth, sight| unsafe { see(filter, bytes, range, depth, sight) },
    // SAFETY: see above.
    any: |bytes, range, literals| unsafe { any(bytes, range, literals) },
};

#[target_feature(enable = "ssse3")]
fn see(filter: &Prefilter, bytes: &[u8], range: Range<usize>, depth: Depth, sight: &mut Sight) {
    filter.see::<Ssse3>(bytes, range, depth, sight);
}

#[target_feature(enable = "ssse3")]
fn any(bytes: &[u8], range: Range<usize>, literals: &Literals) -> bool {
    any_literal::<Ssse3>(bytes, range, literals)
}

/// Only the two above name it.
pub(super) struct Ssse3;

impl Classify for Ssse3 {
    #[inline(always)]
    fn classes(window: &[u8; WINDOW], prints: &Prints) -> Classes {
        // A part of `see`, which a function of its own, for its length, would not become.
        shuffle::classes::<__m128i>(window, prints)
    }

    #[inline(always)]
    fn with_any(masks: &[u64; 8]) -> u8 {
        Portable::with_any(masks)
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
#[target_feature(enable = "ssse3")]
fn literals(window: &[u8; WINDOW], prints: &Prints) -> u64 {
    shuffle::literals::<__m128i>(window, prints)
}

#[inline]
#[target_feature(enable = "ssse3")]
fn is_ascii(window: &[u8; WINDOW]) -> bool {
    shuffle::is_ascii::<__m128i>(window)
}

#[inline]
#[target_feature(enable = "ssse3")]
fn letters(bytes: &[u8; RUN]) -> Letters {
    shuffle::letters::<__m128i>(bytes)
}

vector!(
    __m128i,
    load: _mm_loadu_si128, table: identity,
    all: _mm_set1_epi8, _mm_set1_epi16, _mm_set1_epi32,
    and: _mm_and_si128, or: _mm_or_si128, plus: _mm_add_epi8, minus: _mm_sub_epi8,
    least: _mm_min_epu8, same: _mm_cmpeq_epi8, left: _mm_slli_epi16, right: _mm_srli_epi16,
    look_up: _mm_shuffle_epi8, pairs: _mm_maddubs_epi16, _mm_madd_epi16,
    bits: _mm_movemask_epi8
);
