//! The classes of 64 bytes by the vectors of the processor.
//!
//! One of the two modules with `unsafe`: what it calls is only there where the processor has it, which is asked before.
//! It must say what [`Portable`] says, of every byte; only of prints of literals, which are compared afterwards, it may
//! say more. Tests compare them.

#![allow(unsafe_code, reason = "the processor was asked first; loads stay within a window of known size")]

/// The kernel of a processor: given out only where the processor has what is named, and the only code that names its type.
#[cfg(target_arch = "x86_64")]
macro_rules! kernel {
    ($classify:ty, $features:literal) => {
        pub(super) const KERNEL: Kernel = Kernel {
            // SAFETY: see above.
            see: |filter, bytes, range, depth, sight| unsafe { see(filter, bytes, range, depth, sight) },
            // SAFETY: see above.
            any: |bytes, range, literals| unsafe { any(bytes, range, literals) },
        };

        #[target_feature(enable = $features)]
        fn see(filter: &Prefilter, bytes: &[u8], range: Range<usize>, depth: Depth, sight: &mut Sight) {
            filter.see::<$classify>(bytes, range, depth, sight);
        }

        #[target_feature(enable = $features)]
        fn any(bytes: &[u8], range: Range<usize>, literals: &Literals) -> bool {
            any_literal::<$classify>(bytes, range, literals)
        }
    };
}

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "x86_64")]
mod shuffle;
#[cfg(target_arch = "x86_64")]
mod ssse3;

use super::prefilter::{Kernel, Portable};
use crate::fault;

/// The fastest way that this processor has. A test may ask for less: `BREACHD_FAULT=kernel:0` for what every processor
/// has, `kernel:1` for SSSE3, `kernel:2` for AVX2.
pub(super) fn best() -> Kernel {
    let most = fault::number("kernel").unwrap_or(3);
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::is_x86_feature_detected as has;
        let avx2 = has!("avx2") && has!("bmi1") && has!("bmi2");
        let avx512 = avx2 && has!("avx512f") && has!("avx512bw") && has!("avx512vbmi");
        match most {
            3.. if avx512 => return avx512::KERNEL,
            2.. if avx2 => return avx2::KERNEL,
            1.. if has!("ssse3") => return ssse3::KERNEL,
            _ => {}
        }
    }
    Kernel::of::<Portable>()
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use proptest::prelude::*;

    use super::super::prefilter::{Classes, Classify, Letters, Literals, Portable, RUN, WINDOW};
    use super::*;

    fn literals() -> Literals {
        Literals::of_words(&["birth", "號", "a", "\u{a2}", "x y", "plate=", "/匯出/"])
    }

    /// Compares the ways on a window.
    fn check(window: &[u8; WINDOW], literals: &Literals) {
        let prints = literals.prints();
        let portable = Portable::classes(window, prints);
        let same = |classes: Classes, found: u64| {
            assert_eq!(found & portable.literal, portable.literal);
            assert_eq!(found, classes.literal);
            assert_eq!(Classes { literal: portable.literal, ..classes }, portable);
        };
        // Each is asked only where the processor has it.
        if is_x86_feature_detected!("ssse3") {
            same(ssse3::Ssse3::classes(window, prints), ssse3::Ssse3::literals(window, prints));
        }
        if is_x86_feature_detected!("avx2") {
            same(avx2::Avx2::classes(window, prints), avx2::Avx2::literals(window, prints));
        }
        if is_x86_feature_detected!("avx512bw") && is_x86_feature_detected!("avx512vbmi") {
            same(avx512::Avx512::classes(window, prints), avx512::Avx512::literals(window, prints));
        }
    }

    #[test]
    fn every_byte_at_every_place_is_the_same_to_all() {
        let literals = literals();
        for byte in 0..=255 {
            for at in 0..WINDOW {
                for around in [1, b'0', b'-', b'=', 0xe8] {
                    let mut window = [around; WINDOW];
                    window[at] = byte;
                    check(&window, &literals);
                }
            }
        }
    }

    /// Compares the ways on the letters of a run: all that stands for something.
    fn check_letters(run: &[u8; RUN]) {
        let portable = Portable::letters(run);
        let same = |letters: Letters| {
            let Letters { valid, controls, high, seconds } = letters;
            let groups = (valid & valid >> 1 & valid >> 2 & valid >> 3 & 0x1111_1111) * 7;
            let [controls, high, seconds] = [controls, high, seconds].map(|mask| mask & groups);
            assert_eq!(Letters { valid, controls, high, seconds }, portable);
        };
        if is_x86_feature_detected!("ssse3") {
            same(ssse3::Ssse3::letters(run));
        }
        if is_x86_feature_detected!("avx2") {
            same(avx2::Avx2::letters(run));
        }
    }

    #[test]
    fn every_letter_at_every_place_is_the_same_to_all() {
        for byte in 0..=255 {
            for at in 0..RUN {
                for around in b"AQz09+_!" {
                    let mut run = [*around; RUN];
                    run[at] = byte;
                    check_letters(&run);
                }
            }
        }
    }

    proptest! {
        #[test]
        fn any_letters_are_the_same_to_all(bytes in "[A-Za-z0-9+/_-]{32}") {
            check_letters(bytes.as_bytes().first_chunk().expect("a run"));
        }

        #[test]
        fn any_bytes_are_the_same_to_all(bytes in proptest::collection::vec(any::<u8>(), WINDOW)) {
            check(bytes.first_chunk().expect("a window"), &literals());
        }

        #[test]
        fn any_words_are_the_same_to_all(words in "([ -~]{0,9}(birth|號|plate=|/匯出/)){9}") {
            for window in words.as_bytes().windows(WINDOW).take(40) {
                check(window.first_chunk().expect("a window"), &literals());
            }
        }
    }
}
