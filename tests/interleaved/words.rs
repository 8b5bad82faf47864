//! What senders write: a list of people, as a subject and as the name of a file, in the encodings of mail programs.

use encoding_rs::BIG5;

use crate::generator::Generator;

/// The words of one message.
#[derive(Clone, Debug)]
pub struct Words {
    pub people: Vec<String>,
    /// Decoded and masked: what may be shown.
    pub object: String,
    text: String,
}

impl Words {
    pub fn new(n: usize, people: Vec<String>) -> Self {
        let of = |list: &str| {
            if people.is_empty() { format!("會議 {n} 紀錄") } else { format!("名冊 {n} {list}") }
        };
        let masked: Vec<String> = people.iter().map(|id| format!("{}********", &id[..2])).collect();
        Self { object: of(&masked.join(" ")), text: of(&people.join(" ")), people }
    }

    /// The subject as cleanup logs it.
    pub fn subject(&self, generator: &mut Generator<'_>) -> String {
        let base64 = |bytes: &[u8]| data_encoding::BASE64.encode(bytes);
        match generator.below(4) {
            0 => self.text.clone(),
            1 => format!("=?utf-8?B?{}?=", base64(self.text.as_bytes())),
            2 => format!("=?big5?B?{}?=", base64(&BIG5.encode(&self.text).0)),
            _ => format!("=?UTF-8?Q?{}?=", escaped(&self.text, '=').replace("=20", "_")),
        }
    }

    /// The header of an attachment as cleanup logs it.
    pub fn attachment(&self, generator: &mut Generator<'_>) -> String {
        match generator.below(2) {
            0 => format!("attachment;?filename=\"{}.xlsx\"", self.text),
            _ => format!("attachment;?filename*=UTF-8''{}.xlsx", escaped(&self.text, '%')),
        }
    }
}

/// Every byte but letters and digits as `mark` and two hexadecimal digits.
fn escaped(text: &str, mark: char) -> String {
    let byte = |byte: u8| {
        if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("{mark}{byte:02X}") }
    };
    text.bytes().map(byte).collect()
}
