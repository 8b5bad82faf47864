//! May the name of a person follow a word for one in Latin letters? Every attachment has a `name`.

/// How far behind the word a name begins, in bytes: between them stand a quote, a colon and a bracket.
const GAP_BYTES_MAX: usize = 20;

/// How much of a file's name is looked at, in bytes.
const FILE_BYTES_MAX: usize = 100;

/// Whether something that is not ASCII follows soon, and is not the name of a file.
pub(super) fn may_follow(behind: &[u8]) -> bool {
    let mut near = behind.iter().take(GAP_BYTES_MAX).take_while(|byte| **byte != b'\n');
    near.any(|byte| !byte.is_ascii()) && !is_file(behind)
}

/// Whether `="會議紀錄12.pdf"` follows, which the shape of names takes for none. What holds signs of another kind is left
/// to that: some fold to a quote or a blank.
fn is_file(behind: &[u8]) -> bool {
    let is_mark = |byte: &&u8| matches!(byte, b' ' | b'"' | b'\'' | b':' | b'=');
    let (marks, value) = behind.split_at(behind.iter().take(4).take_while(is_mark).count());
    let Some(quote @ (b'"' | b'\'')) = marks.last() else { return false };
    let Some(len) = value.iter().take(FILE_BYTES_MAX).position(|byte| byte == quote) else { return false };
    let Some(point) = memchr::memrchr(b'.', &value[..len]) else { return false };
    let suffix = &value[point + 1..len];
    (2..=5).contains(&suffix.len())
        && suffix.iter().all(u8::is_ascii_alphanumeric)
        && is_plain(&value[..point])
}

/// Whether a text holds Chinese characters in UTF-8, letters, digits, points and lines only.
fn is_plain(mut text: &[u8]) -> bool {
    loop {
        text = match text {
            [] => return true,
            [0xe4..=0xe9, _, _, rest @ ..]
            | [b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'.' | b'_' | b'-', rest @ ..] => rest,
            _ => return false,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_in_quotes_is_none_and_all_else_may_be() {
        for file in ["=\"會議紀錄12.pdf\"; x", ": '王小明-v2.docx'", "\":\"報價單.csv\"", "=\"報價.7z\""]
        {
            assert!(!may_follow(file.as_bytes()), "{file}");
        }
        for name in [
            "=\"王小明\"",
            "=王小明.pdf",
            "=\"王小明＂x.pdf\"",
            "=\"王小明 x.pdf\"",
            "=\"王小明.x\"",
            "=\"王小明.檔案\"",
            "=\"王小明.pdf",
            "    =\"王小明.pdf\"",
            "=\"\u{a0}王.pdf\"",
        ] {
            assert!(may_follow(name.as_bytes()), "{name}");
        }
        assert!(may_follow(b"=\"\xa4\xfd\xa4p.pdf\""));
        assert!(!may_follow(b"=\"wang\""));
    }
}
