//! JSON lines, byte for byte: nginx's `escape=json` lets bytes through that are no UTF-8, and a value that stands in
//! the line may be shown to have stood there. Nothing is decoded here; strings are given as they are written.

/// How deep objects and arrays are looked into.
const DEPTH_MAX: usize = 16;

/// Takes the keys that lead to a value, and its bytes.
type Take<'l, 't> = dyn FnMut(&[&'l [u8]], &'l [u8]) + 't;

/// Calls `value` for every string, number and word of an object: the keys that lead to it, and its bytes in the line
/// (a string without its quotes, null as an empty one). Arrays add no key: their items are values of the same keys. False where the line is
/// no whole object; what was called before stands.
pub(super) fn walk<'l>(line: &'l [u8], value: &mut Take<'l, '_>) -> bool {
    let mut walker = Walker { line, at: 0, keys: Vec::new(), value };
    walker.blanks();
    let whole = walker.line.get(walker.at) == Some(&b'{') && walker.any().is_some();
    walker.blanks();
    // Some write a comma between the objects of a file.
    whole && matches!(walker.line[walker.at..], [] | [b','])
}

struct Walker<'l, 'v, 't> {
    line: &'l [u8],
    at: usize,
    keys: Vec<&'l [u8]>,
    value: &'v mut Take<'l, 't>,
}

impl<'l> Walker<'l, '_, '_> {
    fn any(&mut self) -> Option<()> {
        match self.line.get(self.at)? {
            b'{' => self.many(b'}', true),
            b'[' => self.many(b']', false),
            b'"' => {
                let text = self.string()?;
                (self.value)(&self.keys, text);
                Some(())
            }
            _ => {
                let rest = &self.line[self.at..];
                let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.');
                let len = rest.iter().take_while(|byte| is_word(byte)).count();
                (len > 0).then_some(())?;
                let word = &rest[..len];
                (self.value)(&self.keys, if word == b"null" { &word[..0] } else { word });
                self.at += len;
                Some(())
            }
        }
    }

    /// The items of an object or an array, from its bracket on.
    fn many(&mut self, close: u8, keyed: bool) -> Option<()> {
        (self.keys.len() < DEPTH_MAX).then_some(())?;
        self.at += 1;
        self.blanks();
        if self.take(close) {
            return Some(());
        }
        loop {
            self.blanks();
            if keyed {
                let key = self.string()?;
                self.blanks();
                self.take(b':').then_some(())?;
                self.blanks();
                self.keys.push(key);
            } else {
                // An array in an array is no deeper by keys, and is bounded all the same.
                self.keys.push(b"");
            }
            let done = self.any();
            self.keys.pop();
            done?;
            self.blanks();
            if self.take(close) {
                return Some(());
            }
            self.take(b',').then_some(())?;
        }
    }

    fn string(&mut self) -> Option<&'l [u8]> {
        self.take(b'"').then_some(())?;
        let start = self.at;
        loop {
            self.at += memchr::memchr2(b'"', b'\\', &self.line[self.at..])?;
            if self.line[self.at] == b'"' {
                self.at += 1;
                return Some(&self.line[start..self.at - 1]);
            }
            self.at = (self.at + 2).min(self.line.len());
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        let taken = self.line.get(self.at) == Some(&byte);
        self.at += usize::from(taken);
        taken
    }

    fn blanks(&mut self) {
        let rest = &self.line[self.at..];
        self.at += rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(line: &str) -> (bool, Vec<String>) {
        let mut told = Vec::new();
        let whole = walk(line.as_bytes(), &mut |keys, value| {
            let keys: Vec<_> =
                keys.iter().filter(|key| !key.is_empty()).map(|key| String::from_utf8_lossy(key)).collect();
            told.push(format!("{}={}", keys.join("."), String::from_utf8_lossy(value)));
        });
        (whole, told)
    }

    #[test]
    fn values_are_told_with_their_keys() {
        let line = r#" {"a":"x\"y","b":{"c":-1.5e3,"d":[{"e":true},{"e":null},["f"]]},"g":{},"h":[]} "#;
        let expected =
            ["a=x\\\"y", "b.c=-1.5e3", "b.d.e=true", "b.d.e=", "b.d=f"].map(str::to_owned).to_vec();
        assert_eq!(told(line), (true, expected));
        assert_eq!(told("{},"), (true, Vec::new()));
    }

    #[test]
    fn what_is_no_whole_object_says_so_and_keeps_what_was_read() {
        for line in ["", "[1]", "1", "{", r#"{"a""#, r#"{"a":"b\"#, r#"{"a":1 "b":2}"#, r#"{"a":}"#, "{} x"] {
            assert!(!told(line).0, "{line}");
        }
        assert_eq!(told(r#"{"a":"b","c":"#).1, ["a=b"]);
        let deep = "[".repeat(100_000);
        assert!(!told(&format!("{{\"a\":{deep}")).0);
    }

    #[test]
    fn bytes_that_are_no_text_are_values_too() {
        let mut seen = Vec::new();
        assert!(walk(b"{\"a\":\"\xa6W\"}", &mut |_, value| seen.push(value.to_vec())));
        assert_eq!(seen, [b"\xa6W"]);
    }
}
