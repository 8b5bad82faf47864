//! May an e-mail address be content? Every line of a mail log has addresses of the envelope.

/// How far a local part and a domain are looked at.
const PART_BYTES_MAX: usize = 64;

/// How far before an address its key ends, and the longest key that is known.
const GAP_BYTES_MAX: usize = 5;
const KEY_BYTES_MAX: usize = 24;

/// Whether the `@` at `at` is of an address that is not the value of one of these keys, which all say that it is the
/// envelope's: `from=<a@b.c>`, `sasl_username=a@b.c`, `"message_id": "<1@b.c>"`. The rule for addresses rejects what
/// such a key says, whatever else the line says of it.
pub(super) fn may_be_content(bytes: &[u8], at: usize, envelope: &[Vec<u8>]) -> bool {
    let is_local =
        |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'%' | b'+' | b'-');
    let len = bytes[..at].iter().rev().take(PART_BYTES_MAX + 1).take_while(is_local).count();
    let is_domain = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    let mut domain = bytes[at + 1..].iter().take(PART_BYTES_MAX).take_while(is_domain);
    let local = &bytes[at - len..at];
    // What is no local part as a whole may be one from some later letter on, and then the key says nothing of it.
    let is_whole = len <= PART_BYTES_MAX
        && local.first().is_some_and(u8::is_ascii_alphanumeric)
        && !local.ends_with(b".")
        && !local.windows(2).any(|two| two == b"..");
    len > 0 && domain.any(|byte| *byte == b'.') && !(is_whole && is_named(&bytes[..at - len], envelope))
}

/// Whether a key of the list ends there, but for what ties it to its value.
fn is_named(before: &[u8], keys: &[Vec<u8>]) -> bool {
    let is_gap = |byte: &&u8| matches!(byte, b' ' | b'"' | b'<' | b'=' | b':');
    let gap = before.iter().rev().take(GAP_BYTES_MAX).take_while(is_gap).count();
    let (head, gap) = before.split_at(before.len() - gap);
    let is_key = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let len = head.iter().rev().take(KEY_BYTES_MAX).take_while(is_key).count();
    let (before, key) = head.split_at(head.len() - len);
    // A key that goes on to the left, or is longer than any known, is another.
    let whole = len < KEY_BYTES_MAX
        && !before.last().is_some_and(|byte| !byte.is_ascii() || matches!(byte, b'.' | b']'));
    gap.iter().any(|byte| matches!(byte, b'=' | b':'))
        && whole
        && keys.iter().any(|known| is_same(known, key))
}

/// Whether a key is made of these words, with a hyphen, a line or nothing else between them.
fn is_same(words: &[u8], key: &[u8]) -> bool {
    words.len() == key.len()
        && words.iter().zip(key).all(|(word, byte)| match word {
            b' ' => matches!(byte, b'_' | b'-'),
            _ => byte.to_ascii_lowercase() == *word,
        })
}
