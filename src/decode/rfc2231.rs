//! Parameters that RFC 2231 section 3 spreads over several (`filename*0*=…; filename*1*=…`). They are joined as bytes,
//! because mailers cut within characters and within values.

use std::ops::Range;

use super::charset::{self, Charset};
use super::escape::byte_of;
use super::view::{Builder, Mapped, View};

/// Letters of the longest name of a parameter.
const NAME_MAX: usize = 40;

/// One of the parameters.
struct Section {
    /// Whether its value is escaped.
    escaped: bool,
    value: Range<usize>,
    /// Behind the value and its quotes.
    end: usize,
}

/// The view with its continued parameters joined, or `None` where there are none.
pub(super) fn decode(view: &View) -> Option<View> {
    let text = view.text();
    let bytes = text.as_bytes();
    let mut builder = Builder::default();
    let mut copied = 0;
    for star in memchr::memchr_iter(b'*', bytes) {
        if bytes.get(star + 1) != Some(&b'0') || star < copied || builder.is_full() {
            continue;
        }
        let near = &bytes[star.saturating_sub(NAME_MAX)..star];
        let name_len =
            near.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'-').count();
        let name = &bytes[star - name_len..star];
        let Some(first) = section(bytes, star, 0).filter(|_| !name.is_empty()) else { continue };
        let mut sections = vec![first];
        while let Some(next) = following(bytes, name, &sections) {
            sections.push(next);
        }
        if sections.len() > 1 {
            builder.copy(view, copied..star);
            builder.push('=', view.span(star));
            copied = sections.last().map_or(star, |section| section.end);
            join(view, &sections, &mut builder);
        }
    }
    if copied == 0 {
        return None;
    }
    builder.copy(view, copied..text.len());
    Some(builder.finish("rfc2231"))
}

/// The parameter that goes on where the last one ends, behind `;`, blanks and the marks of Postfix's folding.
fn following(bytes: &[u8], name: &[u8], sections: &[Section]) -> Option<Section> {
    let from = sections.last()?.end;
    let gap =
        bytes[from..].iter().take_while(|byte| matches!(byte, b';' | b'?' | b' ' | b'\t' | b'\r' | b'\n'));
    let start = from + gap.take(NAME_MAX).count();
    let head = bytes.get(start..start + name.len())?;
    head.eq_ignore_ascii_case(name).then(|| section(bytes, start + name.len(), sections.len())).flatten()
}

/// The parameter with the `*` of this number at `star`.
fn section(bytes: &[u8], star: usize, number: usize) -> Option<Section> {
    let number = format!("*{number}");
    let rest = bytes[star..].strip_prefix(number.as_bytes())?;
    let escaped = rest.starts_with(b"*");
    let start = star + number.len() + usize::from(escaped) + 1;
    if bytes.get(start - 1) != Some(&b'=') {
        return None;
    }
    let quoted = bytes.get(start) == Some(&b'"');
    let start = start + usize::from(quoted);
    let is_end =
        |byte: &u8| if quoted { *byte == b'"' } else { matches!(byte, b';' | b' ' | b'"' | b'\t' | b'\n') };
    let len = bytes[start..].iter().position(is_end).unwrap_or(bytes.len() - start);
    let value = start..start + len;
    let end = (value.end + usize::from(quoted)).min(bytes.len());
    Some(Section { escaped, value, end })
}

/// Appends the values, in the charset that the first one names (`UTF-8'zh'…`).
fn join(view: &View, sections: &[Section], builder: &mut Builder) {
    let bytes = view.text().as_bytes();
    let (mut mapped, mut charset) = (Mapped::default(), Charset::Utf8);
    for (nth, section) in sections.iter().enumerate() {
        let mut at = section.value.start;
        if nth == 0 && section.escaped {
            let value = &view.text()[section.value.clone()];
            let mut parts = value.splitn(3, '\'');
            if let (Some(label), Some(language), Some(_)) = (parts.next(), parts.next(), parts.next()) {
                charset = Charset::from_label(label);
                at += label.len() + language.len() + 2;
            }
        }
        while at < section.value.end {
            let byte = if section.escaped && bytes[at] == b'%' { byte_of(bytes, at + 1) } else { None };
            let len = if byte.is_some() { 3 } else { 1 };
            mapped.push(byte.unwrap_or(bytes[at]), view.union(at..(at + len).min(bytes.len())));
            at += len;
        }
    }
    charset::append(builder, &mapped, charset);
}

#[cfg(test)]
mod tests {
    use crate::decode::views;
    use crate::mask::Raw;

    fn check(raw: &str, text: &str) {
        assert_eq!(views(Raw::new(raw.as_bytes())).last().unwrap().text(), text);
    }

    #[test]
    fn continuations_are_joined_within_characters_and_values() {
        check(
            "a; filename*0*=UTF-8''%E8%BA%AB%E5; filename*1*=%88%86A1234; filename*2=56789.pdf x",
            "a; filename=身分A123456789.pdf x",
        );
        check(
            "filename*0*=big5'zh-TW'%A8%AD%A4;??FILENAME*1*=%C0%C3%D2A123456789",
            "filename=身分證A123456789",
        );
        check("name*0=\"A1234\";?name*1=\"56789; b\"; c", "name=A123456789; b; c");
    }

    #[test]
    fn a_single_parameter_is_left_to_the_escapes() {
        check("filename*0*=UTF-8''%41", "filename*0*=UTF-8''A");
        check("a*0b *0= x*0=1; y*1=2", "a*0b *0= x*0=1; y*1=2");
    }
}
