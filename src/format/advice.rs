//! What a log can never show as its server is set up, and the setting that makes it: `patterns/formats/advice.toml`.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::{Defaults, Format, Formats};
use crate::moment::Tz;

const FILE: &str = include_str!("../../patterns/formats/advice.toml");

/// How many lines of a sample are asked for their format.
const LINES_MAX: usize = 2_000;

/// A thing that a log does not show.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Advice {
    formats: Vec<String>,
    unless: Vec<String>,
    /// What is missing.
    pub missing: String,
    /// Where it is set.
    pub setting: String,
    /// What to write there; empty where nothing helps.
    pub snippet: String,
    /// The manual that says so.
    pub reference: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileText {
    advice: Vec<Advice>,
}

/// Everything there is to say.
///
/// # Panics
/// When the file is broken: it is part of the program, and a test reads it.
fn all() -> Vec<Advice> {
    toml::from_str::<FileText>(FILE)
        .unwrap_or_else(|error| panic!("patterns/formats/advice.toml: {error}"))
        .advice
}

impl Formats {
    /// What the log that a sample of whole lines was taken from does not show.
    pub fn advice(&self, format: Format, sample: &[u8]) -> Vec<Advice> {
        let defaults = Defaults { zone: Tz::UTC, anchor: 0 };
        let governing = self.governing(format, sample, true);
        let lines = sample.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).take(LINES_MAX);
        let formats: BTreeSet<String> = lines
            .filter_map(|line| {
                let opened = self.open(format, line)?;
                let parsed = self.parse_governed(opened.format, &opened.text, governing, &defaults)?;
                Some(parsed.format.as_str().to_owned())
            })
            .collect();
        let holds = |literal: &String| memchr::memmem::find(sample, literal.as_bytes()).is_some();
        let applies = |advice: &Advice| {
            advice.formats.iter().any(|format| formats.contains(format)) && !advice.unless.iter().any(holds)
        };
        all().into_iter().filter(applies).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_that_shows_subjects_needs_no_advice_about_them() {
        let formats = Formats::shipped();
        let missing = |sample: &[u8]| -> Vec<String> {
            let said = formats.advice(Format::Syslog, sample);
            said.into_iter()
                .map(|advice| advice.missing.split(':').next().unwrap_or_default().to_owned())
                .collect()
        };
        let line = b"Nov 21 23:51:09 mail postfix/qmgr[1]: 6DE0252E68F: removed\n";
        assert_eq!(missing(line), ["subjects", "names of attachments", "To and Cc"]);
        let subject = b"Nov 21 23:51:09 mail postfix/cleanup[1]: 6DE0252E68F: info: header Subject: x from local; from=<a@b>\n";
        assert_eq!(missing(&[&line[..], subject].concat()), ["names of attachments", "To and Cc"]);
        let cc = b"Nov 21 23:51:09 mail postfix/cleanup[1]: 6DE0252E68F: info: header Cc: a@b.tw from local; from=<a@b>\n";
        assert_eq!(missing(&[&line[..], subject, cc].concat()), ["names of attachments"]);
        assert!(missing(b"Nov 21 23:51:09 mail cron[1]: hello\n").is_empty());
        let journal = br#"{"MESSAGE":"6DE0252E68F: removed","SYSLOG_IDENTIFIER":"postfix/qmgr","__REALTIME_TIMESTAMP":"1795305138000000"}"#;
        assert!(!formats.advice(Format::Journal, journal).is_empty());
    }

    #[test]
    fn each_advice_says_what_where_and_who_says_so() {
        for advice in all() {
            assert!(!advice.formats.is_empty() && !advice.missing.is_empty() && !advice.setting.is_empty());
            assert!(!advice.reference.is_empty(), "{}", advice.missing);
        }
    }
}
