//! 16 bytes at a time: processors before 2013, and virtual machines that are shown no more.

use std::arch::x86_64::{
    __m128i, _mm_add_epi8, _mm_and_si128, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_madd_epi16, _mm_maddubs_epi16,
    _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set1_epi8, _mm_set1_epi16, _mm_set1_epi32,
    _mm_shuffle_epi8, _mm_slli_epi16, _mm_srli_epi16, _mm_sub_epi8,
};

use std::convert::identity;
use std::ops::Range;

use super::shuffle::{self, Vector, by_halves, vector};
use crate::detect::prefilter::{
    Classes, Classify, Depth, Kernel, Letters, Literals, Portable, Prefilter, Prints, RUN, Sight, WINDOW,
    any_literal,
};

by_halves!(Ssse3, __m128i, "ssse3", with_any: Portable::with_any);

vector!(
    __m128i,
    load: _mm_loadu_si128, table: identity,
    all: _mm_set1_epi8, _mm_set1_epi16, _mm_set1_epi32,
    and: _mm_and_si128, or: _mm_or_si128, plus: _mm_add_epi8, minus: _mm_sub_epi8,
    least: _mm_min_epu8, same: _mm_cmpeq_epi8, left: _mm_slli_epi16, right: _mm_srli_epi16,
    look_up: _mm_shuffle_epi8, pairs: _mm_maddubs_epi16, _mm_madd_epi16,
    bits: _mm_movemask_epi8
);
