//! Names of files that say what is in them (`patterns/detect/names.toml`), and what announces a declared number.

use aho_corasick::AhoCorasick;
use serde::Deserialize;

use super::PackError;
use crate::kind::Nature;

/// The shipped words.
const SHIPPED: (&str, &str) =
    ("patterns/detect/names.toml", include_str!("../../patterns/detect/names.toml"));

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PackText {
    endings: Vec<String>,
    name: Vec<NameText>,
    counts: CountsText,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NameText {
    nature: Nature,
    terms: Vec<String>,
    #[serde(rename = "reference")]
    _reference: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CountsText {
    literals: Vec<String>,
}

/// The words, ready to be looked for.
pub struct FileNames {
    endings: Vec<String>,
    terms: AhoCorasick,
    natures: Vec<Nature>,
    literals: Vec<Vec<u8>>,
    counts: Vec<String>,
}

impl std::fmt::Debug for FileNames {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FileNames")
    }
}

impl FileNames {
    /// The shipped words.
    pub fn shipped() -> Result<Self, PackError> {
        let (file, text) = SHIPPED;
        let pack: PackText = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            let line = 1 + text.bytes().take(at).filter(|&byte| byte == b'\n').count();
            PackError { file: file.to_owned(), line, what: error.message().to_owned() }
        })?;
        let (mut words, mut natures) = (Vec::new(), Vec::new());
        for name in pack.name {
            natures.extend(name.terms.iter().map(|_| name.nature));
            words.extend(name.terms);
        }
        let terms = AhoCorasick::builder().ascii_case_insensitive(true).build(&words);
        let terms = terms.map_err(|error| PackError::too_many("file names", &error))?;
        let literals = words.into_iter().map(String::into_bytes).collect();
        Ok(Self { endings: pack.endings, terms, natures, literals, counts: pack.counts.literals })
    }

    /// What makes a line of any log worth reading.
    pub fn literals(&self) -> &[Vec<u8>] {
        &self.literals
    }

    /// What makes a line worth reading in a format that may declare a number of records.
    pub fn counts(&self) -> &[String] {
        &self.counts
    }

    /// What a file's name says of the data in it, ascending; nothing where it is no such name.
    pub fn natures(&self, name: &str) -> Vec<Nature> {
        let Some((stem, ending)) = name.rsplit_once('.') else { return Vec::new() };
        if !self.endings.iter().any(|known| known.eq_ignore_ascii_case(ending.trim_end())) {
            return Vec::new();
        }
        let mut natures: Vec<Nature> = self
            .terms
            .find_overlapping_iter(stem)
            .map(|found| self.natures[found.pattern().as_usize()])
            .collect();
        natures.sort_unstable();
        natures.dedup();
        natures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_is_in_a_file_of_data_and_in_no_other() {
        let names = FileNames::shipped().expect("the shipped words");
        let check = |name: &str, natures: &[Nature]| assert_eq!(names.natures(name), natures, "{name}");
        check("115年員工名冊.xlsx", &[Nature::Identification]);
        check("病歷名冊.PDF", &[Nature::Identification, Nature::Special]);
        check("Payroll-2026.csv", &[Nature::Financial]);
        check("名冊", &[]);
        check("名冊.html", &[]);
        check("會議紀錄.docx", &[]);
    }
}
