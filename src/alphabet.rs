//! The letters of base64, of both alphabets of RFC 4648 (sections 4 and 5), and what text written in them has: the first
//! pass asks whether a run of letters may be text, the decoder what it says, and both have to mean the same.

/// Letters of the shortest run that is tried: hashes and ids are longer, and yet none of them is text.
pub const LETTERS_MIN: usize = 24;

/// Letters that are tried to see whether a run is text: what is none shows it soon.
pub const TRIED_LETTERS: usize = 48;

/// What stands for a byte that is no letter: more than any value.
const NO_LETTER: u8 = 0xff;

/// The least value of a sign: of `+`, `-`, `/` and `_`.
const FIRST_SIGN: u8 = 62;

const VALUES: [u8; 256] = {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut values = [NO_LETTER; 256];
    let mut value = 0;
    while value < 64 {
        values[ALPHABET[value as usize] as usize] = value;
        value += 1;
    }
    values[b'-' as usize] = 62;
    values[b'_' as usize] = 63;
    values
};

/// The six bits that a letter stands for; 255 of what is none, padding too.
#[inline]
pub fn value(letter: u8) -> u8 {
    VALUES[usize::from(letter)]
}

/// Whether a byte is a letter.
#[inline]
pub fn is_letter(byte: u8) -> bool {
    value(byte) != NO_LETTER
}

/// Whether a byte is a letter that is a sign: something else may stand behind it.
#[inline]
pub fn is_sign(byte: u8) -> bool {
    (FIRST_SIGN..NO_LETTER).contains(&value(byte))
}

/// The bytes that four letters stand for; none where one of them is no letter.
#[inline]
pub fn group(letters: [u8; 4]) -> Option<[u8; 3]> {
    let [one, two, three, four] = letters.map(value);
    let is_whole = (one | two | three | four) < NO_LETTER;
    is_whole.then_some([one << 2 | two >> 4, two << 4 | three >> 2, three << 6 | four])
}

/// Whether no text has a byte.
pub const fn is_control(byte: u8) -> bool {
    byte.is_ascii_control() && !matches!(byte, b'\t' | b'\r' | b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_those_of_both_alphabets() {
        for (alphabet, encoding) in [("+/", data_encoding::BASE64), ("-_", data_encoding::BASE64URL)] {
            let bytes: Vec<u8> = (0..=255).rev().chain(0..=255).chain([0xff]).collect();
            let letters = encoding.encode(&bytes);
            assert!(alphabet.chars().all(|sign| letters.contains(sign)));
            let decoded =
                letters.as_bytes().as_chunks().0.iter().flat_map(|letters| group(*letters).unwrap());
            assert_eq!(decoded.collect::<Vec<u8>>(), bytes);
        }
        assert_eq!(group(*b"QQ=="), None);
        assert_eq!((0..=255).filter(|byte| is_letter(*byte)).count(), 66);
        assert_eq!((0..=255).filter(|byte| is_sign(*byte)).collect::<Vec<u8>>(), b"+-/_");
    }
}
