//! Base64 (RFC 4648 sections 4 and 5): the letters of encoded words, and runs without any mark that turn out to be
//! text.

use std::ops::Range;

use super::charset::{self, Charset};
use super::view::{Builder, Mapped, View};
use crate::alphabet::{LETTERS_MIN, TRIED_LETTERS, group, is_control, is_letter, is_sign, value};

/// Letters that are looked at for where a text behind a sign ends: a bound on what a run of many such texts costs.
const ASKED_LETTERS: usize = 512;

/// Letters without a sign with which a text begins behind another: what of a path is no text is told by it.
const UNPARTED: usize = 12;

/// The view with its runs of base64 decoded, or `None` where none is text.
pub(super) fn decode(view: &View) -> Option<View> {
    let text = view.text();
    let mut next = Some(run_from(text.as_bytes(), 0)?);
    let mut builder = Builder::beneath(view);
    let mut copied = 0;
    while let Some(run) = next.filter(|_| !builder.is_full()) {
        let mut from = run.end;
        pieces(text.as_bytes(), run, &mut |piece| {
            let mut mapped = Mapped::default();
            push(view, piece.clone(), &mut mapped);
            let Some(skip) = text_from(&mapped.bytes) else { return false };
            builder.copy(view, copied..piece.start);
            if skip > 0 {
                builder.push(char::REPLACEMENT_CHARACTER, mapped.spans[0].clone());
                mapped.bytes.drain(..skip);
                mapped.spans.drain(..skip);
            }
            charset::append(&mut builder, &mapped, Charset::Utf8);
            copied = piece.end + padding(text.as_bytes(), piece.end);
            if joins(text.as_bytes(), piece.end) {
                builder.push(' ', view.union(piece.end..piece.end + 1));
                copied += 1;
            }
            from = from.max(copied);
            true
        });
        next = run_from(text.as_bytes(), from);
    }
    if copied == 0 {
        return None;
    }
    builder.copy(view, copied..text.len());
    Some(builder.finish("base64"))
}

/// Appends a text with its runs of base64 decoded, as bytes.
pub(super) fn append(text: &[u8], bytes: &mut Vec<u8>) {
    let (mut copied, mut from) = (0, 0);
    while let Some(run) = run_from(text, from) {
        from = run.end;
        pieces(text, run, &mut |piece| {
            let before = bytes.len();
            bytes.extend_from_slice(&text[copied..piece.start]);
            let start = bytes.len();
            groups(text, piece.clone(), &mut |group, _| bytes.extend_from_slice(group));
            if text_from(&bytes[start..]).is_none() {
                bytes.truncate(before);
                return false;
            }
            copied = piece.end + padding(text, piece.end);
            if joins(text, piece.end) {
                bytes.push(b' ');
                copied += 1;
            }
            from = from.max(copied);
            true
        });
    }
    bytes.extend_from_slice(&text[copied..]);
}

/// What of a run is text, from its beginning or from behind a sign on. A path is a run too, a hash may stand behind a text,
/// and one text behind another. `take` says whether what it was given is text as a whole: else what stands between its
/// signs is tried.
fn pieces(bytes: &[u8], run: Range<usize>, take: &mut dyn FnMut(Range<usize>) -> bool) {
    let (mut start, mut parted_to) = (run.start, run.start);
    while start < run.end {
        start += usize::from(is_escaped(bytes, start));
        let sign = bytes[start..run.end].iter().position(|byte| parts(*byte));
        let sign = sign.map_or(run.end, |sign| start + sign);
        let end = if start < parted_to {
            (sign - start >= LETTERS_MIN && begins_text(bytes, &(start..sign))).then_some(sign)
        } else {
            text_end(bytes, start, &run)
        };
        match end {
            Some(end) if take(start..end) => start = end + 1,
            Some(end) if start >= parted_to && end > sign => parted_to = end,
            _ => start = sign + 1,
        }
    }
}

/// Where a text ends that begins at `start` of a run; none where none does.
fn text_end(bytes: &[u8], start: usize, run: &Range<usize>) -> Option<usize> {
    let rest = start..run.end;
    let is_sign_at = |at: &usize| parts(bytes[*at]);
    if rest.len() < LETTERS_MIN
        || start > run.start && (start..start + UNPARTED).any(|at| is_sign_at(&at))
        || has_control(&bytes[start..start + LETTERS_MIN])
    {
        return None;
    }
    if begins_text(bytes, &rest) {
        let behind_text = start + text_letters(bytes, rest);
        if behind_text >= run.end {
            return Some(run.end);
        }
        // Of what ends there a character may be cut, and a group.
        let first = (behind_text.max(start + LETTERS_MIN)..run.end.min(behind_text + 8)).find(is_sign_at);
        let last = || (start + LETTERS_MIN..behind_text).rfind(is_sign_at);
        let next = || (start + TRIED_LETTERS..run.end).find(is_sign_at);
        return first.or_else(last).or_else(next).or(Some(run.end));
    }
    let mut tried = start + LETTERS_MIN..run.end.min(start + TRIED_LETTERS);
    tried.rfind(|end| is_sign_at(end) && begins_text(bytes, &(start..*end)))
}

/// How many letters at the front stand for text: all of them if so many do as are looked at, else those of text in UTF-8,
/// because Big5 does not show where it ends.
fn text_letters(bytes: &[u8], letters: Range<usize>) -> usize {
    let asked = letters.start..letters.end.min(letters.start + ASKED_LETTERS);
    let mut text = Vec::with_capacity(ASKED_LETTERS);
    groups(bytes, asked, &mut |group, _| text.extend_from_slice(group));
    if text_from(&text).is_some() {
        return letters.len();
    }
    let control = text.iter().skip(1).position(|byte| is_control(*byte));
    let plain = &text[..control.map_or(text.len(), |at| at + 1)];
    let valid = |from: usize| match std::str::from_utf8(plain.get(from..).unwrap_or_default()) {
        Err(error) if error.error_len().is_some() => from + error.valid_up_to(),
        _ => plain.len(),
    };
    valid(0).max(valid(1)) / 3 * 4
}

/// Whether what is in a run may part one text from another: a sign, or a line end.
fn parts(byte: u8) -> bool {
    !byte.is_ascii_alphanumeric()
}

/// Whether letters begin as text does.
fn begins_text(bytes: &[u8], letters: &Range<usize>) -> bool {
    let start = letters.start + usize::from(is_escaped(bytes, letters.start));
    let range = start..letters.end.min(letters.start + TRIED_LETTERS);
    if has_control(&bytes[range.clone()]) {
        return false;
    }
    let (mut tried, mut len) = ([0; TRIED_LETTERS / 4 * 3], 0);
    groups(bytes, range, &mut |group, _| {
        tried[len..len + group.len()].copy_from_slice(group);
        len += group.len();
    });
    text_from(&tried[..len]).is_some()
}

/// Whether a control shows in what whole groups at the front stand for, as it soon does in what is no text. The first byte
/// may be the second half of a character.
fn has_control(letters: &[u8]) -> bool {
    let groups = letters.as_chunks().0.iter().map_while(|letters| group(*letters));
    groups.flatten().skip(1).any(is_control)
}

/// The letters around a byte that is one, and whether they are text, of which a `+` is a part. Numbers between pluses may
/// be text by chance: without capitals and small letters they are none.
pub(super) fn around(bytes: &[u8], at: usize) -> (Range<usize>, bool) {
    let start = at - bytes[..at].iter().rev().take_while(|byte| is_letter(**byte)).count();
    let letters = start..at + bytes[at..].iter().take_while(|byte| is_letter(**byte)).count();
    let has = |class: fn(&u8) -> bool| bytes[letters.clone()].iter().any(class);
    let is_text = letters.len() >= LETTERS_MIN
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && begins_text(bytes, &letters);
    (letters, is_text)
}

/// The next run of letters that is long enough. A body's line goes on after its line end, which may be escaped.
fn run_from(bytes: &[u8], from: usize) -> Option<Range<usize>> {
    let mut start = from;
    // Between two runs so many bytes are looked at from the last one back: most are passed over by one or two of them.
    loop {
        match bytes.get(start..start + LETTERS_MIN)?.iter().rposition(|byte| !is_letter(*byte)) {
            Some(last) => start += last + 1,
            None if is_escaped(bytes, start) => start += 1,
            None => break,
        }
    }
    let mut at = start;
    loop {
        let line = at;
        at += bytes[at..].iter().take_while(|byte| is_letter(**byte)).count();
        let is_line = at - line >= LETTERS_MIN && (at - line).is_multiple_of(4);
        let end = line_end(&bytes[at..]);
        let goes_on = bytes.get(at + end).is_some_and(|byte| is_letter(*byte));
        if !(is_line && end > 0 && goes_on) {
            return Some(start..at);
        }
        at += end;
    }
}

/// Whether a letter is that of `\n`, which belongs to no run.
fn is_escaped(bytes: &[u8], at: usize) -> bool {
    matches!(bytes.get(at), Some(b'n' | b'r' | b't')) && bytes[..at].ends_with(b"\\")
}

/// Length of the line end that a text begins with: itself, or as JSON writes it, or JSON within JSON.
fn line_end(bytes: &[u8]) -> usize {
    let one = |bytes: &[u8]| match bytes {
        [b'\r' | b'\n', ..] => 1,
        [b'\\', b'r' | b'n', ..] => 2,
        [b'\\', b'\\', b'r' | b'n', ..] => 3,
        _ => 0,
    };
    let first = one(bytes);
    if first > 0 { first + one(&bytes[first..]) } else { 0 }
}

/// Whether a text ends with what may be a line of a body, but for a `\r`.
pub(super) fn is_line(text: &[u8]) -> bool {
    let text = text.strip_suffix(b"\\r").or_else(|| text.strip_suffix(b"\r")).unwrap_or(text);
    let letters = letters_at_end(text);
    letters >= LETTERS_MIN && letters.is_multiple_of(4)
}

/// How many letters a text ends with, of which some are `/` as JSON may write it, but for that of `\n` before them.
fn letters_at_end(text: &[u8]) -> usize {
    let (mut letters, mut start) = (0, text.len());
    while let Some(before) = start.checked_sub(1) {
        match text[before] {
            byte if is_letter(byte) => letters += 1,
            b'\\' if text.get(start) == Some(&b'/') => {}
            _ => break,
        }
        start = before;
    }
    letters - usize::from(is_escaped(text, start))
}

/// Whether the `=` at `at` is the last that fills up letters of base64, or those of the last line of a body.
pub(super) fn is_padding(bytes: &[u8], at: usize) -> bool {
    let text = bytes[..at].strip_suffix(b"=").unwrap_or(&bytes[..at]);
    let letters = letters_at_end(text);
    let is_last_line = || text[..text.len() - letters].strip_suffix(b"\n").is_some_and(is_line);
    (letters + at + 1 - text.len()).is_multiple_of(4) && (letters + 2 >= LETTERS_MIN || is_last_line())
}

/// Whether the sign at `at` would join a number at the end of a text to one that stands behind it.
fn joins(bytes: &[u8], at: usize) -> bool {
    matches!(bytes[at..], [sign, b'0'..=b'9', ..] if is_sign(sign))
}

/// Length of the padding at `at`.
fn padding(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().take(2).take_while(|byte| **byte == b'=').count()
}

/// From which byte on bytes are text: the first one may be the second half of a character of Big5, because the lines
/// of a body cut through characters.
fn text_from(bytes: &[u8]) -> Option<usize> {
    (0..bytes.len().min(2)).find(|from| charset::is_text(&bytes[*from..]))
}

/// Appends the bytes that the letters in a range stand for.
pub(super) fn push(view: &View, range: Range<usize>, mapped: &mut Mapped) {
    mapped.reserve(range.len().div_ceil(4) * 3);
    groups(view.text().as_bytes(), range, &mut |bytes, from| {
        let span = view.union(from);
        for &byte in bytes {
            mapped.push(byte, span.clone());
        }
    });
}

/// The bytes that the letters in a range stand for, group by group. A byte comes from the whole group of four letters,
/// so that its raw range can be decoded alone. What is no letter is left out, and the letter of `\n`.
pub(super) fn groups(bytes: &[u8], range: Range<usize>, take: &mut impl FnMut(&[u8], Range<usize>)) {
    let (mut bits, mut letters, mut start) = (0u32, 0, range.start);
    let mut at = range.start;
    while at < range.end {
        // Of letters that follow each other only the first one may be escaped.
        let is_escaped = is_escaped(bytes, at);
        if letters == 0
            && !is_escaped
            && let Some(group) = bytes[at..range.end].first_chunk().and_then(|letters| group(*letters))
        {
            take(&group, at..at + 4);
            at += 4;
            continue;
        }
        if is_letter(bytes[at]) && !is_escaped {
            if letters == 0 {
                start = at;
            }
            bits = bits << 6 | u32::from(value(bytes[at]));
            letters += 1;
            if letters == 4 {
                take(&bits.to_be_bytes()[1..], start..at + 1);
                (bits, letters) = (0, 0);
            }
        }
        at += 1;
    }
    if letters >= 2 {
        let group = (bits << (6 * (4 - letters))).to_be_bytes();
        take(&group[1..letters], start..range.end);
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::{BASE64, BASE64URL_NOPAD};

    use crate::decode::views;
    use crate::mask::Raw;

    fn check(raw: &str, text: &str) {
        assert_eq!(views(Raw::new(raw.as_bytes())).last().unwrap().text(), text);
    }

    #[test]
    fn runs_of_text_are_decoded_where_they_stand() {
        let text = "姓名王小明 身分證A123456789";
        check(&format!("x=\"{}\" y", BASE64.encode(text.as_bytes())), &format!("x=\"{text}\" y"));
        check(&format!("a.{}.b", BASE64URL_NOPAD.encode(text.as_bytes())), &format!("a.{text}.b"));
        check(
            &format!("/get/{}", BASE64.encode(b"id card A123456789 of 2026")),
            "/get/id card A123456789 of 2026",
        );
    }

    #[test]
    fn the_lines_of_a_body_are_decoded_though_they_cut_characters() {
        let text = "身分證號碼A123456789姓名王小明".repeat(4);
        let (big5, _, _) = encoding_rs::BIG5.encode(&text);
        for body in [BASE64.encode(text.as_bytes()), BASE64.encode(&big5)] {
            for end in ["\r\n", "\n", "\\r\\n", "\\n", "\\\\n", "#015#012", "%0A"] {
                check(&format!("x {}{end}{}", &body[..76], &body[76..]), &format!("x {text}"));
            }
            for line in body.as_bytes().chunks(76).filter(|line| line.len() == 76) {
                let views = views(Raw::new(line));
                assert_eq!(views.last().unwrap().name, "base64");
            }
        }
    }

    #[test]
    fn a_text_ends_at_the_sign_before_a_hash() {
        let hash = "9f86d081884c7d659a2feaa0c55ad015";
        let long = "文件：身分證號碼A123456789，手機0912345678，姓名王小明".repeat(2);
        for text in
            ["姓名：王小明，請查收", "姓名：陳怡君", "姓名？？？>>>陳怡君", "手機號碼 0912345678", &long]
        {
            let run = BASE64URL_NOPAD.encode(text.as_bytes());
            for sign in ["-", "_", "/", "+"] {
                check(&format!("d: /x/{run}{sign}{hash}"), &format!("d: /x/{text} {hash}"));
                check(&format!("d: {run}{sign}v2.pdf"), &format!("d: {text}{sign}v2.pdf"));
            }
        }
    }

    #[test]
    fn texts_behind_each_other_in_a_path_are_decoded_each_for_itself() {
        let one = "身分證號碼A123456789，手機0912345678，姓名王小明 x";
        let [first, second] =
            [one, "姓名：陳怡君，請查收"].map(|text| BASE64URL_NOPAD.encode(text.as_bytes()));
        assert_ne!(first.len() % 4, 3);
        check(&format!("/x/{first}/{second}/y"), &format!("/x/{one} 姓名：陳怡君，請查收/y"));
    }

    #[test]
    fn what_begins_as_text_and_goes_on_as_none_is_decoded_up_to_a_sign() {
        let run = BASE64URL_NOPAD.encode("陳怡君姓名： 0912345678".as_bytes());
        check(&format!("/get/{run}/5aeT5ZCN77yaabc"), "/get/陳怡君姓名： 0912345678 5aeT5ZCN77yaabc");
    }

    #[test]
    fn a_text_ends_at_the_line_end_before_what_is_none() {
        let run = BASE64URL_NOPAD.encode("姓名：陳怡君".as_bytes());
        for end in ["\\n", "\\r\\n", "\\\\n", "#012", "%0A"] {
            let views = views(Raw::new(format!("x {run}{end}9f86d081884c7d659a2feaa0c55ad015").as_bytes()));
            assert!(views.last().unwrap().text().starts_with("x 姓名：陳怡君"), "{end}");
        }
    }

    #[test]
    fn hashes_paths_and_ids_are_no_text() {
        for run in [
            "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "/static/javascripts/application/Main/controller",
            "12345678123456781234567812345678",
            "ThisIsALongNameOfSomethingInAProgram",
            "CAFQZGXn4dZ8fKx0T3q7uVbWm1LpHs9oYcRe2",
        ] {
            check(run, run);
        }
    }
}
