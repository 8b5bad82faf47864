//! Lines of CEF and LEEF, as gateways, DLP and appliances send them to a SIEM: a header of fields
//! between bars, and `key=value` behind it. Values are given as they are written, escapes too.

use std::borrow::Cow;

use memchr::memmem;

use super::columns::Columns;

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Cef,
    Leef,
}

/// How many pairs a line has at most; the rest of it is part of the last value.
const PAIRS_MAX: usize = 256;
/// The name under which the words before the first pair are given.
const HEAD: &str = "head";
/// What rsyslog writes for a tabulator, unless it is told not to.
const TABULATOR: &[u8] = b"#011";

impl Dialect {
    /// The dialect of a line that begins here.
    pub(super) fn of(text: &[u8]) -> Option<Self> {
        let begins =
            |mark: &[u8]| text.starts_with(mark) && text.get(mark.len()).is_some_and(u8::is_ascii_digit);
        if begins(b"CEF:") {
            return Some(Self::Cef);
        }
        begins(b"LEEF:").then_some(Self::Leef)
    }

    /// The fields of the header behind the version, in their order.
    const fn header(self) -> &'static [&'static str] {
        match self {
            Self::Cef => &["vendor", "product", "version", "event", "name", "severity"],
            Self::Leef => &["vendor", "product", "version", "event"],
        }
    }

    /// Whether a column is one of the header's that a product writes of itself, never of anybody.
    pub(super) fn is_of_product(self, nth: usize) -> bool {
        self.header().get(nth).is_some_and(|name| *name != "name")
    }

    /// The header's fields and then all pairs of a line that begins here; none where it is another dialect's, or its
    /// header is cut short. `cs1` with `cs1Label=Subject` is `Subject` too.
    pub(super) fn columns<'l>(self, text: &'l [u8]) -> Option<Columns<'l>> {
        (Self::of(text)? == self).then_some(())?;
        let (fields, extension) = self.split(text)?;
        let names = self.header().iter().map(|name| Cow::Borrowed(*name));
        let mut columns: Columns<'l> = names.zip(fields).collect();
        match self {
            Self::Cef => cef_pairs(extension, &mut columns),
            Self::Leef => leef_pairs(text, extension, &mut columns),
        }
        labelled(&mut columns);
        Some(columns)
    }

    /// The header's fields behind the version, and what follows them. A bar within a field of CEF has a backslash.
    fn split(self, text: &[u8]) -> Option<(Vec<&[u8]>, &[u8])> {
        let (mut fields, mut start, mut escaped) = (Vec::new(), 0, false);
        for (at, byte) in text.iter().enumerate() {
            let plain = !std::mem::take(&mut escaped);
            escaped = plain && self == Self::Cef && *byte == b'\\';
            if plain && *byte == b'|' {
                fields.push(text[start..at].trim_ascii());
                start = at + 1;
                if fields.len() > self.header().len() {
                    break;
                }
            }
        }
        // An event without pairs may end without a bar.
        if fields.len() == self.header().len() {
            fields.push(text[start..].trim_ascii());
            start = text.len();
        }
        let whole = fields.len() > self.header().len();
        whole.then(|| (fields.split_off(1), &text[start..]))
    }
}

/// `key=value` apart by blanks, which a value may hold too: it ends before the last word in front of the next `=` that
/// has no backslash.
fn cef_pairs<'l>(text: &'l [u8], columns: &mut Columns<'l>) {
    let starts: Vec<(usize, usize)> = memchr::memchr_iter(b'=', text)
        .filter_map(|equals| key_before(text, equals).map(|start| (start, equals)))
        .take(PAIRS_MAX)
        .collect();
    let ends = starts.iter().skip(1).map(|(start, _)| *start).chain([text.len()]);
    add(columns, HEAD.as_bytes(), &text[..starts.first().map_or(text.len(), |(start, _)| *start)]);
    for ((start, equals), end) in starts.iter().zip(ends) {
        add_pair(columns, &text[*start..*equals], &text[equals + 1..end]);
    }
}

/// Where the key begins that this `=` ends, if it stands at the start of a word.
fn key_before(text: &[u8], equals: usize) -> Option<usize> {
    // A key may be written in Chinese, in whatever character set.
    let is_key = |byte: &u8| byte.is_ascii_alphanumeric() || !byte.is_ascii() || b"_-.[]".contains(byte);
    let len = text[..equals].iter().rev().take_while(|byte| is_key(byte)).count();
    let start = equals - len;
    (len > 0 && (start == 0 || text[start - 1].is_ascii_whitespace())).then_some(start)
}

/// `key=value` apart by the delimiter; LEEF 2.0 names it in front of them. A part without `=` goes on with the value
/// before it.
fn leef_pairs<'l>(text: &[u8], extension: &'l [u8], columns: &mut Columns<'l>) {
    let named = if text.starts_with(b"LEEF:1") { None } else { delimiter(extension) };
    let (delimiter, extension) = named.unwrap_or((b'\t', extension));
    let single = [delimiter];
    let is_escaped = delimiter == b'\t' && memchr::memchr(b'\t', extension).is_none();
    let apart = if is_escaped { TABULATOR } else { &single[..] };
    let (mut start, mut pair) = (0, None);
    let ends: Vec<usize> = memmem::find_iter(extension, apart).chain([extension.len()]).collect();
    for end in ends {
        let equals = memchr::memchr(b'=', &extension[start..end]).map(|at| start + at);
        if let Some(equals) = equals.filter(|_| columns.len() < PAIRS_MAX) {
            finish(columns, extension, pair.replace((start, equals, end)));
        } else if let Some((_, _, until)) = &mut pair {
            *until = if start < end { end } else { *until };
        } else {
            add(columns, HEAD.as_bytes(), &extension[start..end]);
        }
        start = (end + apart.len()).min(extension.len());
    }
    finish(columns, extension, pair);
}

fn finish<'l>(columns: &mut Columns<'l>, text: &'l [u8], pair: Option<(usize, usize, usize)>) {
    if let Some((start, equals, end)) = pair {
        add_pair(columns, text[start..equals].trim_ascii(), &text[equals + 1..end]);
    }
}

/// `^|`, `x09|`, `0x7c|`, or nothing and a bar: the delimiter, and what follows it. Some leave the field out.
fn delimiter(text: &[u8]) -> Option<(u8, &[u8])> {
    // The bar itself may be it.
    if let Some(rest) = text.strip_prefix(b"||") {
        return Some((b'|', rest));
    }
    let bar = memchr::memchr(b'|', text)?;
    let (field, rest) = (&text[..bar], &text[bar + 1..]);
    let hexadecimal = field.strip_prefix(b"0").unwrap_or(field).strip_prefix(b"x");
    match (field, hexadecimal) {
        ([], _) => Some((b'\t', rest)),
        ([one], _) => Some((*one, rest)),
        (_, Some(digits)) => {
            let value = u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
            Some((u8::try_from(value).ok()?, rest))
        }
        _ => None,
    }
}

fn add_pair<'l>(columns: &mut Columns<'l>, key: &'l [u8], value: &'l [u8]) {
    columns.push((String::from_utf8_lossy(key), value.trim_ascii()));
}

fn add<'l>(columns: &mut Columns<'l>, key: &'l [u8], value: &'l [u8]) {
    if !value.trim_ascii().is_empty() {
        add_pair(columns, key, value);
    }
}

/// What has a label goes by that name too; the label itself is no value.
fn labelled(columns: &mut Columns<'_>) {
    let mut names = Vec::new();
    let mut is_label = vec![false; columns.len()];
    for (nth, (key, label)) in columns.iter().enumerate() {
        let Some(base) = key.strip_suffix("Label") else { continue };
        if let Some((_, value)) = columns.iter().find(|(key, _)| key == base) {
            names.push((String::from_utf8_lossy(label), *value));
            is_label[nth] = true;
        }
    }
    let mut is_label = is_label.into_iter();
    columns.retain(|_| !is_label.next().unwrap_or_default());
    columns.append(&mut names);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(line: &str) -> Option<Vec<String>> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let columns = Dialect::of(line.as_bytes())?.columns(line.as_bytes())?;
        Some(columns.into_iter().map(|(key, value)| format!("{key}={}", text(value))).collect())
    }

    /// The columns behind those of the header.
    fn pairs(line: &str) -> Vec<String> {
        let header = Dialect::of(line.as_bytes()).expect("a dialect").header().len();
        told(line).expect("a line").split_off(header)
    }

    #[test]
    fn a_header_stands_between_bars() {
        let line = r"CEF:0|a\|b| c\\|1.0|100|下載 \| x|5|k=v";
        let columns = [
            r"vendor=a\|b",
            r"product=c\\",
            "version=1.0",
            "event=100",
            r"name=下載 \| x",
            "severity=5",
            "k=v",
        ];
        assert_eq!(told(line).expect("a line"), columns);
        assert_eq!(told("CEF:1|||||||").expect("a line").len(), 6);
        assert_eq!(told("CEF:0|a|b|c|d|e|5").expect("a line")[5], "severity=5");
        assert_eq!(told("LEEF:1.0|a\\|b|c|d").expect("a line")[3], "event=d");
        for line in
            ["", "CEF:", "CEF:x|a|b|c|d|e|5|", "CEF:0|a|b|c|d|e", "LEEF:1.0|a|b|c", "cef:0|a|b|c|d|e|5|"]
        {
            assert_eq!(told(line), None, "{line}");
        }
    }

    #[test]
    fn values_of_cef_may_hold_blanks_and_escapes() {
        let pairs = |extension: &str| pairs(&format!("CEF:0|a|b|c|d|e|5|{extension}"));
        assert_eq!(
            pairs(r"msg=名冊 A123456789 a\=b c\\ d\ne request=https://h/?a=b&c=d  src=192.0.2.7 x="),
            [r"msg=名冊 A123456789 a\=b c\\ d\ne", "request=https://h/?a=b&c=d", "src=192.0.2.7", "x="]
        );
        assert_eq!(pairs(r"text \| a=| b c= d"), [r"head=text \|", "a=| b", "c=d"]);
        assert_eq!(
            pairs("cs1=名冊 第一版 cs1Label=Mail Subject cs2Label=x cn1=3 cn1Label=rows"),
            ["cs1=名冊 第一版", "cs2Label=x", "cn1=3", "Mail Subject=名冊 第一版", "rows=3"]
        );
        assert_eq!(pairs("a=aLabel aLabel=aLabel"), ["a=aLabel", "aLabel=aLabel"]);
        assert_eq!(pairs("筆數=3 a\\"), ["筆數=3 a\\"]);
        assert_eq!(pairs("=== =").len(), 1);
        assert_eq!(pairs(&"a=1 ".repeat(999)).len(), PAIRS_MAX);
    }

    #[test]
    fn pairs_of_leef_are_apart_by_what_it_says() {
        let all = ["usrName=wang xm", "url=https://h/?a=b", "msg=x\ty"];
        for (line, apart) in [
            ("LEEF:1.0|a|b|c|d|", "\t"),
            ("LEEF:2.0|a|b|c|d||", "\t"),
            ("LEEF:2.0|a|b|c|d|^|", "^"),
            ("LEEF:2.0|a|b|c|d|x09|", "\t"),
            ("LEEF:2.0|a|b|c|d|0x7c|", "|"),
            ("LEEF:2.0|a|b|c|d|||", "|"),
            ("LEEF:2.0|a|b|c|d|", "\t"),
            ("LEEF:2.0|a|b|c|d|x5E|", "^"),
        ] {
            assert_eq!(pairs(&(line.to_owned() + &all.join(apart))), all, "{line}");
        }
        assert_eq!(pairs("LEEF:1.0|a|b|c|d|src=192.0.2.7#011msg=x y#011"), ["src=192.0.2.7", "msg=x y"]);
        assert_eq!(pairs("LEEF:1.0|a|b|c|d|some words\tk=v"), ["head=some words", "k=v"]);
        assert_eq!(pairs(&("LEEF:1.0|a|b|c|d|".to_owned() + &"a=1\t".repeat(999))).len(), PAIRS_MAX - 3);
    }
}
