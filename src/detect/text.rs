//! Text as the shapes read it: one ASCII byte a character, full width folded, invisible characters left out.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::ops::Range;

use crate::fault;

/// A folded text. Positions are counted in its characters; [`Folded::span`] leads back to the text.
pub(super) struct Folded<'t> {
    text: &'t str,
    /// One byte a character: its ASCII form, or [`OTHER`]. Of most texts these are the bytes themselves.
    pub(super) ascii: Cow<'t, [u8]>,
    /// Where each character begins in the text; nothing where all are ASCII.
    starts: Vec<u32>,
    /// Whether NUL within words are left out.
    hides_nul: bool,
    /// The characters, full width folded, and as keywords are looked up in them; made when they are asked for.
    chars: OnceCell<Vec<char>>,
    lower: OnceCell<String>,
}

/// Stands for a character without an ASCII form.
pub(super) const OTHER: u8 = 0xff;

impl<'t> Folded<'t> {
    /// Folds one to one, so that no place is lost; what Unicode's own compatibility forms would do is wider, and
    /// changes lengths.
    pub(super) fn new(text: &'t str) -> Self {
        let bytes = text.as_bytes();
        let hides_nul = memchr::memchr(0, bytes).is_some() && !is_utf16(bytes);
        let (chars, lower) = (OnceCell::new(), OnceCell::new());
        if text.is_ascii() && !hides_nul {
            let ascii = Cow::Borrowed(bytes);
            return Self { text, ascii, starts: Vec::new(), hides_nul, chars, lower };
        }
        let (mut ascii, mut starts) = (Vec::with_capacity(text.len()), Vec::with_capacity(text.len()));
        let mut at = 0;
        while let Some(c) = text[at..].chars().next() {
            if c == '\0' && hides_nul {
                if !is_inside(bytes, at) {
                    ascii.push(0);
                    starts.push(at as u32);
                }
                at += 1;
                continue;
            }
            if c.is_ascii() {
                let len = ascii_len(&bytes[at..]);
                let nul = memchr::memchr(0, &bytes[at..at + len]).filter(|_| hides_nul);
                let len = nul.unwrap_or(len);
                ascii.extend_from_slice(&bytes[at..at + len]);
                starts.extend(at as u32..(at + len) as u32);
                at += len;
                continue;
            }
            if !is_invisible(c) {
                let c = fold(c);
                ascii.push(if c.is_ascii() { c as u8 } else { OTHER });
                starts.push(at as u32);
            }
            at += c.len_utf8();
        }
        Self { text, ascii: Cow::Owned(ascii), starts, hides_nul, chars, lower }
    }

    /// Whether it holds characters without an ASCII form.
    pub(super) fn has_others(&self) -> bool {
        !self.is_ascii() && memchr::memchr(OTHER, &self.ascii).is_some()
    }

    /// Whether the text is as it was.
    fn is_ascii(&self) -> bool {
        matches!(self.ascii, Cow::Borrowed(_))
    }

    /// The character at a place.
    pub(super) fn char_at(&self, at: usize) -> Option<char> {
        let byte = *self.ascii.get(at)?;
        if byte == OTHER { self.text[self.start(at)..].chars().next() } else { Some(char::from(byte)) }
    }

    /// The characters.
    pub(super) fn chars(&self) -> &[char] {
        self.chars.get_or_init(|| self.iter().collect())
    }

    /// The characters, lower case, `_` and `-` as blanks: what keywords are looked up in.
    pub(super) fn lower(&self) -> &str {
        self.lower.get_or_init(|| {
            if self.hides_nul {
                return self.iter().map(keyword_char).collect();
            }
            let (mut lower, mut rest) = (Vec::with_capacity(self.text.len()), self.text);
            loop {
                let (ascii, other) = rest.split_at(ascii_len(rest.as_bytes()));
                lower.extend(ascii.bytes().map(keyword_byte));
                let mut chars = other.chars();
                let Some(c) = chars.next() else { break };
                if !is_invisible(c) {
                    lower.extend_from_slice(keyword_char(fold(c)).encode_utf8(&mut [0; 4]).as_bytes());
                }
                rest = chars.as_str();
            }
            String::from_utf8(lower).unwrap_or_default()
        })
    }

    fn iter(&self) -> impl Iterator<Item = char> {
        let hides = |at, c| c == '\0' && self.hides_nul && is_inside(self.text.as_bytes(), at);
        let seen = self.text.char_indices().filter(move |&(at, c)| !is_invisible(c) && !hides(at, c));
        seen.map(|(_, c)| fold(c))
    }

    /// Where Chinese characters stand.
    pub(super) fn chinese(&self) -> Vec<usize> {
        if !self.has_others() {
            return Vec::new();
        }
        let others = memchr::memchr_iter(OTHER, &self.ascii);
        others.filter(|&at| self.char_at(at).is_some_and(is_han)).collect()
    }

    /// The byte range of a range of characters that is not empty.
    pub(super) fn span(&self, range: Range<usize>) -> Range<usize> {
        let last = self.start(range.end - 1);
        // Not the next one's start: an invisible one may stand between.
        let len =
            if self.is_ascii() { 1 } else { self.text[last..].chars().next().map_or(0, char::len_utf8) };
        self.start(range.start)..last + len
    }

    fn start(&self, at: usize) -> usize {
        if self.is_ascii() { at } else { self.starts[at] as usize }
    }
}

/// How many bytes of ASCII stand at the beginning.
fn ascii_len(bytes: &[u8]) -> usize {
    const STEP: usize = 16;
    let steps = bytes.chunks_exact(STEP).take_while(|step| step.is_ascii()).count() * STEP;
    steps + bytes[steps..].iter().take_while(|byte| byte.is_ascii()).count()
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

fn keyword_byte(byte: u8) -> u8 {
    if matches!(byte, b'_' | b'-') { b' ' } else { byte.to_ascii_lowercase() }
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
        let ascii = |text: &str| Folded::new(text).ascii.into_owned();
        assert_eq!(ascii("number A12\x003\0\x00456789\0 and more"), b"number A123456789\0 and more");
        assert_eq!(ascii("A\x001\x002\0"), b"A\x001\x002\0");
    }

    #[test]
    fn full_width_is_folded_in_place_and_the_invisible_is_left_out() {
        let text = "碼Ａ１\u{200b}２－Ｂ_c";
        let folded = Folded::new(text);
        assert_eq!(&*folded.ascii, b"\xffA12-B_c");
        assert_eq!(folded.lower(), "碼a12 b c");
        assert_eq!(&text[folded.span(1..4)], "Ａ１\u{200b}２");
        assert_eq!(folded.chars().iter().collect::<String>(), "碼A12-B_c");
        assert!((0..9).all(|at| folded.char_at(at) == folded.chars().get(at).copied()));
        assert!(folded.has_others() && !Folded::new("ａｂ").has_others());
    }

    #[test]
    fn plain_text_is_the_text() {
        let text = "Id_No: A1-2";
        let folded = Folded::new(text);
        assert_eq!((&*folded.ascii, folded.lower()), (text.as_bytes(), "id no: a1 2"));
        assert_eq!(&text[folded.span(7..11)], "A1-2");
        assert!(folded.chinese().is_empty());
    }
}
