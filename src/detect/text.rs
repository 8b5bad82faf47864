//! Text as the shapes read it: one ASCII byte a character, full width folded, invisible characters left out.

use std::ops::Range;

use crate::fault;

/// A folded text. Positions are counted in its characters; [`Folded::span`] leads back to the text.
pub(super) struct Folded {
    /// One byte a character: its ASCII form, or [`OTHER`].
    pub(super) ascii: Vec<u8>,
    /// The characters, full width folded: for shapes with Chinese in them.
    pub(super) chars: Vec<char>,
    /// Where each character begins in the text, and where the last one ends.
    starts: Vec<u32>,
    /// Where each character ends: not the next one's start, when an invisible one stands between.
    ends: Vec<u32>,
    /// The characters, lower case, `_` and `-` as blanks: what keywords are looked up in.
    pub(super) lower: String,
}

/// Stands for a character without an ASCII form.
pub(super) const OTHER: u8 = 0xff;

impl Folded {
    /// Folds one to one, so that no place is lost; what Unicode's own compatibility forms would do is wider, and
    /// changes lengths.
    pub(super) fn new(text: &str) -> Self {
        let mut folded = Self {
            ascii: Vec::with_capacity(text.len()),
            chars: Vec::with_capacity(text.len()),
            starts: Vec::with_capacity(text.len()),
            ends: Vec::with_capacity(text.len()),
            lower: String::with_capacity(text.len()),
        };
        let hides_nul = memchr::memchr(0, text.as_bytes()).is_some() && !is_utf16(text.as_bytes());
        for (at, c) in text.char_indices() {
            if is_invisible(c) || (c == '\0' && hides_nul && is_inside(text.as_bytes(), at)) {
                continue;
            }
            let c_folded = fold(c);
            folded.ascii.push(if c_folded.is_ascii() { c_folded as u8 } else { OTHER });
            folded.chars.push(c_folded);
            folded.starts.push(at as u32);
            folded.ends.push((at + c.len_utf8()) as u32);
            folded.lower.push(keyword_char(c_folded));
        }
        folded
    }

    /// Where Chinese characters stand.
    pub(super) fn chinese(&self) -> Vec<usize> {
        let chars = self.chars.iter().take(if self.lower.is_ascii() { 0 } else { usize::MAX }).enumerate();
        chars.filter(|(_, c)| is_han(**c)).map(|(at, _)| at).collect()
    }

    /// The byte range of a range of characters that is not empty.
    pub(super) fn span(&self, range: Range<usize>) -> Range<usize> {
        self.starts[range.start] as usize..self.ends[range.end - 1] as usize
    }
}

/// Whether the NUL at `at` stands within a word, where no program writes one: who wants a value not to be found may.
pub(super) fn is_inside(bytes: &[u8], at: usize) -> bool {
    let is_seen = |byte: Option<&u8>| byte.is_some_and(|byte| *byte > b' ');
    is_seen(bytes[..at].iter().rev().take(NUL_RUN_MAX).find(|byte| **byte != 0))
        && is_seen(bytes[at..].iter().take(NUL_RUN_MAX).find(|byte| **byte != 0))
        && fault::guards("nul-inside")
}

/// So many NUL in a row are a hole in the file, not a trick.
const NUL_RUN_MAX: usize = 64;

/// Whether NUL stand at three in ten of the even or of the odd places: that text is read in its UTF-16 view.
fn is_utf16(bytes: &[u8]) -> bool {
    let at_parity = |parity: usize| memchr::memchr_iter(0, bytes).filter(|at| at % 2 == parity).count();
    at_parity(0).max(at_parity(1)) * 20 >= 3 * bytes.len()
}

/// Chinese characters, without marks and kana.
pub(super) fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
}

/// How a character is read in a keyword: lower case, and `_` and `-` as blanks (`id_no`, `ID-No`, `id no`).
pub(super) fn keyword_char(c: char) -> char {
    if matches!(c, '_' | '-') { ' ' } else { c.to_ascii_lowercase() }
}

fn fold(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from((c as u32 - 0xff01) as u8 + b'!'),
        '\u{3000}' | '\u{a0}' => ' ',
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        _ => c,
    }
}

/// Characters that a reader does not see, and that web pages and spreadsheets leave within numbers.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' | '\u{ad}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nul_within_a_word_is_left_out_and_one_of_utf16_is_not() {
        let ascii = |text: &str| Folded::new(text).ascii;
        assert_eq!(ascii("number A12\x003\0\x00456789\0 and more"), b"number A123456789\0 and more");
        assert_eq!(ascii("A\x001\x002\0"), b"A\x001\x002\0");
    }

    #[test]
    fn full_width_is_folded_in_place_and_the_invisible_is_left_out() {
        let text = "碼Ａ１\u{200b}２－Ｂ_c";
        let folded = Folded::new(text);
        assert_eq!(folded.ascii, b"\xffA12-B_c");
        assert_eq!(folded.lower, "碼a12 b c");
        assert_eq!(&text[folded.span(1..4)], "Ａ１\u{200b}２");
    }
}
