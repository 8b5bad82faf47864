//! What a stretch holds: of each place what the bytes around it say.

use std::cell::RefCell;
use std::ops::Range;

use super::masks::{
    ACCOUNT, AT_SIGN, EQUALS, ESCAPES, FOURS, HALF, HISTORY, LETTERS, LITERAL, LOOKED_AT, NUL, RUN,
    TELEPHONE, WIDE,
};
use super::number::{self, Says};
use super::stretch::{LANES, Lanes, Stretch};
use super::{Classify, Depth, Literals, PADDING, Prefilter, Shown, WINDOW, address, mark, shown};
use crate::detect::text::is_inside;
use crate::detect::words::{KEY_REACH_CHARS, REACH_CHARS};

/// The longest number before the place that tells it, and after it: two halves of an account.
const BEFORE_PLACE: usize = 11;
const AFTER_PLACE: usize = 32;

/// Places of a stretch that were found to hold something.
#[derive(Clone, Default)]
pub(super) struct Seen {
    /// What a value may be.
    pub(super) values: Lanes,
    /// Runs of base64 that may be text.
    pub(super) runs: Lanes,
    /// Where other marks may be: text in escapes has one in three bytes, so that they are looked at as they are asked
    /// for.
    pub(super) marks: Lanes,
}

impl Seen {
    /// All of them in a lane.
    pub(super) fn any(&self, lane: usize) -> u64 {
        self.values[lane] | self.runs[lane] | self.marks[lane]
    }

    /// Leaves some out.
    pub(super) fn clear(&mut self, lane: usize, mask: u64) {
        for lanes in [&mut self.values, &mut self.runs, &mut self.marks] {
            lanes[lane] &= !mask;
        }
    }
}

/// What is to be expected of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Promise {
    /// Nothing can be found in it.
    Nothing,
    /// A run of base64 may be text.
    Run,
    /// What other marks hide may hold something.
    Marks,
    /// A value may stand there.
    Value,
}

/// What was looked at last, and what was seen there.
#[derive(Clone, Default)]
pub(in crate::detect) struct Sight {
    pub(super) stretch: Stretch,
    pub(super) seen: Seen,
    nameless: Nameless,
}

/// Where no word stands that names a value, and whether all is ASCII there.
#[derive(Clone, Default)]
struct Nameless {
    range: Range<usize>,
    is_ascii: bool,
}

/// Longer texts are not copied to be asked what they promise.
const PADDED_BYTES_MAX: usize = 4 << 10;

thread_local! {
    /// The text that is asked what it promises, between bytes of no class, so that no window reaches beyond an end: a window
    /// made for an end costs as much as four others. And what is seen of it.
    static PADDED: RefCell<(Vec<u8>, Sight)> = RefCell::default();
}

impl Prefilter {
    /// Looks at the bytes of a range, as far as a stretch goes.
    #[inline(always)]
    pub(in crate::detect) fn see<C: Classify>(
        &self,
        bytes: &[u8],
        range: Range<usize>,
        depth: Depth,
        sight: &mut Sight,
    ) {
        let Sight { stretch, seen, nameless } = sight;
        stretch.look::<C>(bytes, range, self.literals.prints());
        seen.values = self.values::<C>(bytes, stretch, depth, nameless);
        seen.runs = Lanes::default();
        stretch.keep(LETTERS, &mut seen.runs, |at| mark::base64::<C>(bytes, at - 11));
        seen.marks = stretch.all_of([EQUALS, ESCAPES, LOOKED_AT, NUL]);
    }

    /// What a text promises as it stands.
    pub(in crate::detect) fn promise(&self, text: &[u8], depth: Depth) -> Promise {
        PADDED.with_borrow_mut(|(padded, sight)| {
            sight.nameless = Nameless::default();
            if text.len() > PADDED_BYTES_MAX {
                return self.promise_of(text, 0..text.len(), depth, sight);
            }
            padded.clear();
            padded.extend([PADDING; HISTORY]);
            padded.extend_from_slice(text);
            padded.extend([PADDING; WINDOW]);
            self.promise_of(padded, HISTORY..HISTORY + text.len(), depth, sight)
        })
    }

    fn promise_of(&self, bytes: &[u8], range: Range<usize>, depth: Depth, sight: &mut Sight) -> Promise {
        let (mut next, mut promise) = (range.start, Promise::Nothing);
        while next < range.end {
            (self.kernel.see)(self, bytes, next..range.end, depth, sight);
            let Sight { stretch, seen, .. } = &*sight;
            next = stretch.end();
            let any = |lanes: &Lanes| lanes.iter().fold(0, |any, lane| any | lane) != 0;
            if any(&seen.values) {
                return Promise::Value;
            }
            if promise < Promise::Marks
                && any(&seen.marks)
                && (0..LANES).any(|lane| sight.has_mark(bytes, lane))
            {
                promise = Promise::Marks;
            }
            if any(&seen.runs) {
                promise = promise.max(Promise::Run);
            }
        }
        promise
    }

    /// Which bytes are values, whatever is hidden behind marks. `nameless` remembers where no word is that names one.
    #[inline(always)]
    fn values<C: Classify>(
        &self,
        bytes: &[u8],
        stretch: &Stretch,
        depth: Depth,
        nameless: &mut Nameless,
    ) -> Lanes {
        let (mut values, mut named) = (Lanes::default(), Lanes::default());
        let is_any = depth == Depth::Rejected;
        if self.any_run || is_any {
            stretch.sort(RUN, &mut values, &mut named, |_| Says::Value);
        } else {
            stretch.sort(RUN, &mut values, &mut named, |at| number::run(bytes, at, &self.bare));
        }
        stretch.sort(FOURS, &mut values, &mut named, |at| number::fours(bytes, at - 11));
        stretch.sort(ACCOUNT, &mut values, &mut named, |at| number::account(bytes, at - 10));
        stretch.sort(HALF, &mut values, &mut named, |at| number::half(bytes, at));
        stretch.each(&named, &mut values, |at| is_any || self.is_named::<C>(bytes, at, nameless));
        stretch.keep(TELEPHONE, &mut values, |at| number::telephone(bytes, at - 9));
        let envelope: &[_] = if is_any { &[] } else { &self.envelope };
        stretch.keep(AT_SIGN, &mut values, |at| address::may_be_content(bytes, at, envelope));
        stretch.keep(WIDE, &mut values, |at| mark::wide(bytes, at));
        stretch.keep(NUL, &mut values, |at| is_inside(bytes, at));
        stretch.keep(LITERAL, &mut values, |at| self.literals.stands_at(bytes, at));
        values
    }

    /// Whether a word that names a value stands near a place.
    #[inline(always)]
    fn is_named<C: Classify>(&self, bytes: &[u8], at: usize, nameless: &mut Nameless) -> bool {
        let reach = KEY_REACH_CHARS.max(REACH_CHARS + self.names.longest());
        let (start, end) = (at.saturating_sub(BEFORE_PLACE), at + AFTER_PLACE);
        let near = |reach: usize| start.saturating_sub(reach)..bytes.len().min(end + reach);
        !nameless.holds::<C>(bytes, near(reach), &self.names)
            // A character has four bytes at most.
            || !nameless.is_ascii && !nameless.holds::<C>(bytes, near(4 * reach), &self.names)
    }
}

impl Nameless {
    /// Whether no word stands in a range; then that is known of it. Numbers stand near each other, so what was looked
    /// through for one is not looked through again for the next.
    #[inline(always)]
    fn holds<C: Classify>(&mut self, bytes: &[u8], range: Range<usize>, names: &Literals) -> bool {
        if self.range.is_empty() || !(self.range.start..=self.range.end).contains(&range.start) {
            *self = Self { range: range.start..range.start, is_ascii: true };
        }
        let new = self.range.end..range.end;
        if new.is_empty() {
            return true;
        }
        let Shown::Nothing { is_ascii } = shown::<C>(bytes, new, names) else { return false };
        self.is_ascii &= is_ascii;
        self.range.end = range.end;
        true
    }
}

impl Sight {
    /// Whether a mark stands at one of the places in a lane.
    fn has_mark(&self, bytes: &[u8], lane: usize) -> bool {
        let mut marks = self.seen.marks[lane];
        while marks != 0 {
            let bit = marks & marks.wrapping_neg();
            if self.is_mark(bytes, lane, bit) {
                return true;
            }
            marks &= !bit;
        }
        false
    }

    /// Whether one stands at this place.
    pub(super) fn is_mark(&self, bytes: &[u8], lane: usize, bit: u64) -> bool {
        let is = |kind| self.stretch.of(kind, lane) & bit != 0;
        let at = self.stretch.at(lane, bit);
        is(EQUALS) && mark::after_equals(bytes, at)
            || is(ESCAPES) && (mark::second_escape(bytes, at) || mark::escaped_equals(bytes, at))
            || is(LOOKED_AT) && mark::stands(&bytes[at..])
            || is(NUL) && mark::third_nul(bytes, at)
    }
}
