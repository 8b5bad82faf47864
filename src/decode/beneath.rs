//! What marks hide, without a map back: whether a line is worth reading is asked of this.

use super::{base64, escape, rfc2047};

/// Of which kind the marks of a text are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marks {
    /// Encoded words.
    Words,
    /// `%41`, `\u0041`, `&#65;`.
    Escapes,
    /// Runs of base64 without a mark.
    Base64,
}

/// Makes of a text with marks of one kind the bytes that the first of its decoders would make: what is in a view of any
/// of its fields is in these. False where that is not certain.
pub fn beneath(text: &[u8], marks: Marks, bytes: &mut Vec<u8>) -> bool {
    bytes.clear();
    match marks {
        Marks::Words => std::str::from_utf8(text).is_ok_and(|text| rfc2047::append(text, bytes)),
        Marks::Escapes => {
            escape::append(text, bytes);
            true
        }
        Marks::Base64 => {
            base64::append(text, bytes);
            true
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::views;
    use crate::mask::Raw;

    #[test]
    fn it_is_the_text_of_the_first_view() {
        for (text, marks) in [
            ("Subject: =?utf-8?B?5aeT5Q==?= =?utf-8?B?kI0=?= x =?utf-8?Q?a_b=41?=", Marks::Words),
            ("=?utf-8?Q?a?=? =?us-ascii?q?b?=", Marks::Words),
            ("GET /a?q=%E5%A7%93&tel=0912+345+678&x=%41+1 HTTP/1.1", Marks::Escapes),
            (r#"{"a":"\u59d3\u540d","b":"x\/y","c":"\ud83d\ude00"}"#, Marks::Escapes),
            (r"C:\345\247\223 \xE5\xA7\x93 &#36523; &nbsp;x", Marks::Escapes),
            (
                "t=\"5aeT5ZCN546L5bCP5piOIEExMjM0NTY3ODk=\" y /get/aWQgY2FyZCBBMTIzNDU2Nzg5IG9m x",
                Marks::Base64,
            ),
        ] {
            let mut bytes = Vec::new();
            assert!(beneath(text.as_bytes(), marks, &mut bytes));
            assert_eq!(String::from_utf8_lossy(&bytes), views(Raw::new(text.as_bytes()))[1].text());
        }
        assert!(!beneath(b"=?iso-8859-1?q?caf=E9?=", Marks::Words, &mut Vec::new()));
        assert!(!beneath(b"\xff=?utf-8?q?x?=", Marks::Words, &mut Vec::new()));
    }
}
