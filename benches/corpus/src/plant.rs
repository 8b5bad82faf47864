//! Values as people write them: in a sentence, or as the value of a key.

use crate::random::Random;
use crate::value::{Kind, Value};

/// What was planted in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planted {
    /// The kind.
    pub kind: Kind,
    /// The value, in the one way in which it is compared: without separators, dates as `YYYYMMDD`, of a machine-readable
    /// zone the identity number in it or else the passport's.
    pub canonical: String,
    /// Behind which encoding it stands; `raw` where there is none.
    pub encoding: &'static str,
}

/// Something to be put into a line.
pub(crate) struct Secret {
    pub(crate) kind: Kind,
    pub(crate) value: Value,
    /// A name that stands before it.
    name: Option<Value>,
}

/// Words before and behind that say nothing of the value.
const OPENINGS: [&str; 10] =
    ["", "", "", "更正 ", "補件：", "Re: ", "回覆：", "請協助查詢 ", "轉知：", "資料更新 "];
const CLOSINGS: [&str; 8] = ["", "", "", " 請查收", "，謝謝", " 已更新", "。", "，請協助"];

impl Secret {
    pub(crate) fn any(random: &mut Random) -> Self {
        Self::of(Kind::any(random), random)
    }

    fn of(kind: Kind, random: &mut Random) -> Self {
        Self { kind, value: Value::new(kind, random), name: None }
    }

    /// Perhaps with a name before it; only for a sentence.
    pub(crate) fn with_name(mut self, random: &mut Random) -> Self {
        if self.kind != Kind::Name && random.percent(15) {
            self.name = Some(Value::new(Kind::Name, random));
        }
        self
    }

    /// What a line holds that has the value alone.
    pub(crate) fn alone(&self, encoding: &'static str) -> Planted {
        Planted { kind: self.kind, canonical: self.value.canonical.clone(), encoding }
    }

    /// What a line holds that has a sentence about it.
    pub(crate) fn told(&self, encoding: &'static str) -> impl Iterator<Item = Planted> {
        let name = self.name.as_ref().map(|name| Planted {
            kind: Kind::Name,
            canonical: name.canonical.clone(),
            encoding,
        });
        name.into_iter().chain([self.alone(encoding)])
    }

    /// A sentence about it, in Chinese or in English.
    pub(crate) fn phrase(&self, random: &mut Random) -> String {
        let mut text = String::new();
        let written = &self.value.written;
        let in_chinese = self.name.is_some() || self.kind == Kind::Name || random.percent(75);
        if in_chinese {
            text += random.pick(&OPENINGS);
            if let Some(name) = &self.name {
                text += "姓名";
                text += random.pick(&["：", ":", " "]);
                text += &name.written;
                text += random.pick(&["，", " ", "、"]);
            }
            text += random.pick(self.kind.labels());
            text += match self.kind {
                // Latin letters run into each other.
                Kind::Iban => random.pick(&["：", ":", " "]),
                _ => random.pick(&["：", "：", ":", " ", ""]),
            };
            text += written;
            text += random.pick(&CLOSINGS);
        } else {
            text += random.pick(&["", "", "Re: ", "FW: ", "Update: "]);
            let label = random.pick(self.kind.english());
            text += label;
            text += if label.ends_with(':') { " " } else { random.pick(&[": ", " ", "="]) };
            text += written;
            text += random.pick(&["", "", ", thanks", " (updated)"]);
        }
        text
    }

    /// The same as the name of a file, without its end: no slashes, and no colons.
    pub(crate) fn file_name(&self, random: &mut Random) -> String {
        let mut name = self.phrase(random).replace('/', "-").replace(": ", " ").replace(':', " ");
        if self.kind == Kind::Email {
            // Else the end of the file is read as that of the address.
            name += " (1)";
        }
        name
    }

    /// A key for it.
    pub(crate) fn key(&self, random: &mut Random) -> &'static str {
        random.pick(self.kind.keys())
    }
}
