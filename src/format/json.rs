//! JSON lines, byte for byte: nginx's `escape=json` lets bytes through that are no UTF-8, and a value that stands in
//! the line may be shown to have stood there. Nothing is decoded here; strings are given as they are written.

use std::ops::Range;

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

/// Where the objects of an array stand in a line: the array under a key of the line's object, or the one that the line
/// is. None where the line holds no such array. An array that is cut off has the objects that are whole.
pub(super) fn elements(line: &[u8], key: Option<&[u8]>) -> Option<Vec<Range<usize>>> {
    let start = array_start(line, key)?;
    let (mut elements, mut depth, mut begun, mut at) = (Vec::new(), 0_usize, 0, start + 1);
    while let Some(byte) = line.get(at) {
        match byte {
            b'"' => at += string_len(&line[at..]) - 1,
            b'{' | b'[' => {
                begun = if depth == 0 { at } else { begun };
                depth += 1;
            }
            b'}' | b']' => {
                let Some(outer) = depth.checked_sub(1) else { break };
                depth = outer;
                if depth == 0 && line[begun] == b'{' {
                    elements.push(begun..at + 1);
                }
            }
            _ => {}
        }
        at += 1;
    }
    Some(elements)
}

/// Where the array opens.
fn array_start(line: &[u8], key: Option<&[u8]>) -> Option<usize> {
    let blank = line.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let Some(key) = key else { return (line.get(blank) == Some(&b'[')).then_some(blank) };
    (line.get(blank) == Some(&b'{')).then_some(())?;
    let (mut depth, mut at) = (0, blank);
    while let Some(byte) = line.get(at) {
        match byte {
            b'"' => {
                let len = string_len(&line[at..]);
                let inner = line.get(at + 1..at + len - 1).unwrap_or_default();
                at += len - 1;
                if depth == 1 && inner == key {
                    let rest = &line[at + 1..];
                    let marks =
                        rest.iter().take_while(|byte| byte.is_ascii_whitespace() || **byte == b':').count();
                    if marks > 0 && rest.get(marks) == Some(&b'[') {
                        return Some(at + 1 + marks);
                    }
                }
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        at += 1;
    }
    None
}

/// The length of the string that a quote opens, its quotes included.
fn string_len(text: &[u8]) -> usize {
    let mut at = 1;
    while let Some(found) = text.get(at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
        at += found;
        if text[at] == b'"' {
            return at + 1;
        }
        at += 2;
    }
    text.len()
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
    fn the_objects_of_an_array_are_found_in_its_line() {
        let told = |line: &'static str, key: Option<&str>| {
            let ranges = elements(line.as_bytes(), key.map(str::as_bytes))?;
            Some(ranges.into_iter().map(|range| &line[range]).collect::<Vec<_>>())
        };
        let records = r#" {"a":["}"],"Records": [{"x":"]\"}","y":[{"z":1}]}, {"x":2}, 3],"b":[{"c":1}]}"#;
        let expected = vec![r#"{"x":"]\"}","y":[{"z":1}]}"#, r#"{"x":2}"#];
        assert_eq!(told(records, Some("Records")), Some(expected));
        assert_eq!(told(records, Some("y")), None);
        assert_eq!(told(r#"[{"a":1},{"a":"#, None), Some(vec![r#"{"a":1}"#]));
        for (line, key) in
            [("", None), ("{}", None), ("[", Some("a")), (r#"{"a"#, Some("a")), (r#"{"a":"#, Some("a"))]
        {
            assert_eq!(told(line, key), None, "{line}");
        }
        assert_eq!(told("[]]}", None), Some(Vec::new()));
    }

    #[test]
    fn bytes_that_are_no_text_are_values_too() {
        let mut seen = Vec::new();
        assert!(walk(b"{\"a\":\"\xa6W\"}", &mut |_, value| seen.push(value.to_vec())));
        assert_eq!(seen, [b"\xa6W"]);
    }
}
