//! Several windows of 64 bytes at once: what is asked of the classes of one is asked of all of them by the same
//! instructions, one window a lane, and tables are loaded once.

use super::classes::{CHUNK, Classes, Classify, PADDING, WINDOW};
use super::literals::Prints;
use super::masks::{HISTORY, Places};

/// Windows that are looked at together: as many as a vector of 512 bits has words.
const LANES: usize = 8;

/// How many bytes are told of 64.
pub(super) const STEP: usize = CHUNK - HISTORY;

/// Bytes that are told at once: one or two lines.
pub(super) const STRETCH: usize = LANES * STEP;

/// A struct of masks for each lane, and how one of them is put in and taken out.
macro_rules! lanes {
    ($(#[$doc:meta])* $lanes:ident of $one:ident { $($field:ident),+ }) => {
        $(#[$doc])*
        #[derive(Clone, Default)]
        struct $lanes {
            $($field: [u64; LANES],)+
        }

        impl $lanes {
            #[inline(always)]
            fn put(&mut self, lane: usize, one: &$one) {
                $(self.$field[lane] = one.$field;)+
            }

            #[inline(always)]
            fn at(&self, lane: usize) -> $one {
                $one { $($field: self.$field[lane],)+ }
            }
        }
    };
}

lanes! {
    /// The classes of each window.
    ClassLanes of Classes {
        digit, separator, hyphen, after_equals, word, looked_at, at_sign, equals, zero_or_eight, wide, literal
    }
}

lanes! {
    /// The places of each window.
    PlaceLanes of Places {
        run, telephone, fours, account, half, equals, escapes, letters, at_sign, looked_at, wide, literal
    }
}

/// What was seen of some bytes.
#[derive(Clone, Default)]
pub(in crate::detect) struct Stretch {
    classes: ClassLanes,
    places: PlaceLanes,
    /// Where the first window's places begin.
    from: usize,
    /// Which of the windows have places that were not taken yet.
    told: u8,
}

impl Stretch {
    /// Looks at the bytes from one on, to an end or as far as it goes; returns how far. Bytes beyond the end are looked
    /// at too.
    #[inline(always)]
    pub(in crate::detect) fn look<C: Classify>(
        &mut self,
        bytes: &[u8],
        from: usize,
        end: usize,
        prints: &Prints,
    ) -> usize {
        let lanes = (end - from).div_ceil(STEP).min(LANES);
        for lane in 0..lanes {
            let next = from + lane * STEP;
            let window = next.checked_sub(HISTORY).and_then(|from| bytes[from..].first_chunk());
            let classes = match window {
                Some(window) => C::classes(window, prints),
                None => C::classes(&window_at_an_end(bytes, next), prints),
            };
            self.classes.put(lane, &classes);
        }
        let mut any = [0; LANES];
        for (lane, any) in any.iter_mut().enumerate() {
            let places = Places::of(&self.classes.at(lane));
            self.places.put(lane, &places);
            *any = places.any();
        }
        let told = any.iter().rev().fold(0, |told, any| told << 1 | u8::from(*any != 0));
        self.told = told & (u8::MAX >> (LANES - lanes));
        self.from = from;
        from + lanes * STEP
    }

    /// Where the next window begins that has places.
    #[inline]
    pub(super) fn begins(&self) -> Option<usize> {
        (self.told != 0).then(|| self.from + self.told.trailing_zeros() as usize * STEP)
    }

    /// Takes its places, if there is one.
    #[inline]
    pub(super) fn take(&mut self) -> Places {
        let lane = self.told.trailing_zeros() as usize % LANES;
        self.told &= self.told.wrapping_sub(1);
        self.places.at(lane)
    }

    /// Leaves out the windows that end at a byte or before it.
    pub(super) fn skip_to(&mut self, at: usize) {
        let lanes = at.saturating_sub(self.from) / STEP;
        self.told &= u8::MAX.checked_shl(lanes as u32).unwrap_or(0);
    }
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
