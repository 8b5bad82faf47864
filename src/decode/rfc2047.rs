//! Encoded words of mail headers (RFC 2047), as mail logs show them.
//!
//! Three habits go beyond the standard. Mailers split a character between two words, so that adjacent words of one
//! charset are joined as bytes. Postfix logs a folded header with `?` in place of the line end (`?=? =?`). And it
//! cuts a header at 200 bytes, so that the last word has no end and is read as far as it goes.

use std::ops::Range;

use super::base64;
use super::charset::{self, Charset};
use super::escape::byte_of;
use super::view::{Builder, Mapped, View};

/// How far the end of a word is looked for. The standard says 75 bytes; a search without bound would let one line
/// of beginnings cost the square of its length.
const WORD_BYTES_MAX: usize = 4096;

/// The view with its encoded words undone, or `None` where there are none.
pub(super) fn decode(view: &View) -> Option<View> {
    word_from(view.text(), 0)?;
    let mut builder = Builder::beneath(view);
    let mut open: Option<(Charset, Mapped)> = None;
    pieces(view.text(), &mut |piece| {
        let joined =
            matches!((&piece, &open), (Piece::Word(word), Some((charset, _))) if word.charset == *charset);
        if !joined && let Some((charset, mapped)) = open.take() {
            charset::append(&mut builder, &mapped, charset);
        }
        match piece {
            Piece::Text(range) => builder.copy(view, range),
            Piece::Word(word) => {
                let (_, mapped) = open.get_or_insert_with(|| (word.charset, Mapped::default()));
                word.payload(view, mapped);
            }
        }
        !builder.is_full()
    });
    if let Some((charset, mapped)) = open {
        charset::append(&mut builder, &mapped, charset);
    }
    Some(builder.finish("rfc2047"))
}

/// Appends a text with its encoded words undone, as bytes: of Big5 and of UTF-8 alike. False where there is a word whose
/// bytes are not read so.
pub(super) fn append(text: &str, bytes: &mut Vec<u8>) -> bool {
    let mut is_plain = true;
    pieces(text, &mut |piece| {
        match piece {
            Piece::Text(range) => bytes.extend_from_slice(&text.as_bytes()[range]),
            Piece::Word(word) => {
                is_plain &= word.charset != Charset::Latin1;
                word.bytes(text.as_bytes(), &mut |decoded, _| bytes.extend_from_slice(decoded));
            }
        }
        is_plain
    });
    is_plain
}

/// A part of a text with encoded words.
enum Piece {
    Text(Range<usize>),
    Word(Word),
}

/// The parts of a text in their order, as long as more is wanted. What only parts two words is none.
fn pieces(text: &str, take: &mut dyn FnMut(Piece) -> bool) {
    let mut told = 0;
    let mut is_first = true;
    while let Some(word) = word_from(text, told) {
        let between = told..word.whole.start;
        told = word.whole.end;
        if (is_first || !is_gap(&text[between.clone()])) && !take(Piece::Text(between))
            || !take(Piece::Word(word))
        {
            return;
        }
        is_first = false;
    }
    take(Piece::Text(told..text.len()));
}

/// What may stand between two words without being text: blanks, and the marks of Postfix's folding.
fn is_gap(between: &str) -> bool {
    between.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'?'))
}

/// One encoded word.
struct Word {
    whole: Range<usize>,
    charset: Charset,
    base64: bool,
    payload: Range<usize>,
}

/// The first encoded word at or after `from`.
fn word_from(text: &str, from: usize) -> Option<Word> {
    let marks = memchr::memchr_iter(b'?', &text.as_bytes()[from..]).map(|at| from + at);
    marks.filter(|&at| at > from && text.as_bytes()[at - 1] == b'=').find_map(|at| word_at(text, at - 1))
}

/// The encoded word that begins with the `=?` at `at`.
fn word_at(text: &str, at: usize) -> Option<Word> {
    let head = &text[at + 2..];
    let label_len = head.bytes().take(40).position(|byte| byte == b'?')?;
    let label = &head[..label_len];
    let is_label = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'*' | b'.' | b':');
    if label.is_empty() || !label.bytes().all(is_label) {
        return None;
    }
    let [encoding, b'?'] = *head.as_bytes().get(label_len + 1..label_len + 3)? else { return None };
    let base64 = match encoding {
        b'B' | b'b' => true,
        b'Q' | b'q' => false,
        _ => return None,
    };
    let start = at + 2 + label_len + 3;
    let rest = &text[start..];
    let end = word_len(&rest.as_bytes()[..rest.len().min(WORD_BYTES_MAX)], base64);
    let (len, tail) = end.map_or_else(|| (cut_len(rest), 0), |end| (end, 2));
    Some(Word {
        whole: at..start + len + tail,
        charset: Charset::from_label(label),
        base64,
        payload: start..start + len,
    })
}

/// The payload of a word up to its `?=`, unless that ends a later word. Blanks are no part of a word, but some mailers
/// leave them in the Q encoding. The search stops where the next word begins, so that all searches of a text pass
/// over it once.
fn word_len(near: &[u8], base64: bool) -> Option<usize> {
    let mut from = 0;
    loop {
        let rest = &near[from..];
        let found =
            if base64 { memchr::memchr3(b'?', b' ', b'\t', rest) } else { memchr::memchr(b'?', rest) };
        let at = from + found?;
        let [before, after] = [at.wrapping_sub(1), at + 1].map(|beside| near.get(beside) == Some(&b'='));
        match near[at] {
            // In `=?=` the first character is padding.
            b'?' if after => return Some(at),
            b'?' if !before => from = at + 1,
            _ => return None,
        }
    }
}

/// The payload of a word without an end: up to a blank or the end of the text.
fn cut_len(rest: &str) -> usize {
    rest.find(|c: char| c.is_ascii_whitespace() || c == '?').unwrap_or(rest.len())
}

impl Word {
    /// Appends the bytes that this word stands for.
    fn payload(&self, view: &View, mapped: &mut Mapped) {
        self.bytes(view.text().as_bytes(), &mut |bytes, from| {
            let span = view.union(from);
            for &byte in bytes {
                mapped.push(byte, span.clone());
            }
        });
    }

    /// The bytes that this word stands for, and where they come from.
    fn bytes(&self, text: &[u8], take: &mut impl FnMut(&[u8], Range<usize>)) {
        if self.base64 {
            return base64::groups(text, self.payload.clone(), take);
        }
        let mut at = self.payload.start;
        while at < self.payload.end {
            let escaped =
                if text[at] == b'=' && at + 3 <= self.payload.end { byte_of(text, at + 1) } else { None };
            let (byte, len) = match (escaped, text[at]) {
                (Some(byte), _) => (byte, 3),
                (None, b'_') => (b' ', 1),
                (None, byte) => (byte, 1),
            };
            take(&[byte], at..at + len);
            at += len;
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::decode::views;
    use crate::mask::Raw;

    fn check(raw: &str, text: &str) {
        assert_eq!(views(Raw::new(raw.as_bytes())).last().unwrap().text(), text);
    }

    #[test]
    fn both_encodings_are_read_within_their_text() {
        check("Subject: =?utf-8?B?5aeT5ZCN?= x", "Subject: 姓名 x");
        check("=?Big5?Q?=A9m=A6W_A?=", "姓名 A");
        check("=?iso-8859-1?q?caf=E9?=", "café");
    }

    #[test]
    fn adjacent_words_are_joined_as_bytes_whatever_folding_left_between() {
        check("=?utf-8?B?5aeT5Q==?= =?utf-8?B?kI0=?=", "姓名");
        check("=?utf-8?B?5aeT5Q==?=? =?utf-8?B?kI0=?=", "姓名");
        check("=?utf-8?B?5aeT?=\r\n\t=?big5?B?plc=?=", "姓名");
    }

    #[test]
    fn a_label_is_believed_where_the_bytes_could_be_either() {
        check("=?big5?B?xarEoQ==?=", "讀纂");
        check("=?utf-8?B?xarEoQ==?=", "Ūġ");
    }

    #[test]
    fn a_word_cut_off_is_read_as_far_as_it_goes() {
        check("=?utf-8?B?5aeT?=? =?utf-8?B?5ZCN5", "姓名");
        check("=?utf-8?Q?=E5=A7=93=E5=90", "姓\u{fffd}\u{fffd}");
        check("=?utf-8?B?5aeT5ZCN from mx", "姓名 from mx");
    }

    #[test]
    fn what_only_looks_like_a_word_stays() {
        check("/a?b=?c&d=?e", "/a?b=?c&d=?e");
        check("=?utf-8?X?abc?=", "=?utf-8?X?abc?=");
    }

    #[test]
    fn a_value_in_base64_names_the_groups_that_decode_to_it() {
        let raw = format!("x =?utf-8?B?{}?=", data_encoding::BASE64.encode("證 A123456789 x".as_bytes()));
        let views = views(Raw::new(raw.as_bytes()));
        let at = views[1].text().find("A123456789").unwrap();
        let group = &raw.as_bytes()[views[1].raw(at..at + 10)];
        let decoded = data_encoding::BASE64.decode(group).unwrap();
        assert!(memchr::memmem::find(&decoded, b"A123456789").is_some());
    }
}
