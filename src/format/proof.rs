//! Formats that are data are proved by their samples: each says all that is expected of it and nothing else, and no
//! other format claims it.

use std::collections::BTreeMap;
use std::path::Path;

use super::catalogue::{Formats, Listed};
use super::shipped::SHIPPED;
use super::spec::{self, Framing, Sample, Spec};
use super::{Defaults, FormatError, Parsed, syslog};
use crate::event::{Basis, Role};
use crate::mask::{Raw, hide_digits};
use crate::moment::{Quality, Tz};

/// What became of a sample. Its text is not repeated, and what was read of it only where that differs, without long
/// numbers: a site's samples may be its own lines.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The format.
    pub format: String,
    /// Its file.
    pub file: String,
    /// Line of the sample, from 1.
    pub line: usize,
    /// What is wrong, and the way out.
    pub fault: Option<String>,
}

/// What came of reading one format of a site.
#[derive(Clone, Debug, Default)]
pub struct Tested {
    /// The format.
    pub listed: Option<Listed>,
    /// Every sample of it.
    pub trials: Vec<Trial>,
    /// Everything that keeps the program from starting with it.
    pub errors: Vec<FormatError>,
}

/// When a file was last written whose samples state no year: 2026-12-01.
const ANCHOR: i64 = 1_796_083_200;

impl Formats {
    /// Reads one format of a site beside those of the program, and tries every sample.
    pub fn test_site(path: &Path, text: &str) -> Tested {
        let file = path.display().to_string();
        match Self::with_site(&[(path, text)]) {
            Err(errors) => Tested { errors, ..Tested::default() },
            Ok(formats) => Tested {
                listed: formats.listed().into_iter().find(|listed| listed.file == file),
                trials: formats.trials().into_iter().filter(|trial| trial.file == file).collect(),
                errors: formats.faults().into_iter().filter(|error| error.file == file).collect(),
            },
        }
    }

    /// Tries every sample of every format.
    pub fn trials(&self) -> Vec<Trial> {
        let trial = |spec: &Spec, sample: &Sample| Trial {
            format: spec.name.as_str().to_owned(),
            file: spec.file.clone(),
            line: sample.at,
            fault: self.fault(spec, sample),
        };
        self.specs()
            .iter()
            .flat_map(|spec| spec.samples.iter().map(move |sample| trial(spec, sample)))
            .collect()
    }

    /// Every sample of the site that is not read as it should be, and every format of the site that reads those of the
    /// program. (What is the program's own is proved by its tests.)
    pub fn faults(&self) -> Vec<FormatError> {
        let (shipped, own): (Vec<&Spec>, Vec<&Spec>) = self.specs().iter().partition(|spec| is_shipped(spec));
        let mut faults = Vec::new();
        for spec in own {
            for sample in &spec.samples {
                let what = self.fault(spec, sample);
                faults.extend(what.map(|what| FormatError {
                    file: spec.file.clone(),
                    line: sample.at,
                    what,
                }));
            }
            let is_robbed = |other: &&&Spec| {
                let robs = |sample: &Sample| claims(spec, other, sample);
                // A greater priority is a decision.
                other.priority == spec.priority && other.samples.iter().any(robs)
            };
            if let Some(other) = shipped.iter().find(is_robbed) {
                let what = format!(
                    "it reads samples of `{}` too: tell them apart by `detect`, `is` or another `priority`",
                    other.name.as_str()
                );
                faults.push(FormatError { file: spec.file.clone(), line: 1, what });
            }
        }
        faults
    }

    fn fault(&self, spec: &Spec, sample: &Sample) -> Option<String> {
        let Some(parsed) = read(spec, &sample.line, sample.after.as_deref()) else {
            return Some("no rule reads this sample: see `detect`, `when`, `is` and the patterns".to_owned());
        };
        let said = told(&parsed);
        let differs = |name: &&String| said.get(*name) != sample.expect.get(*name);
        let names = said.keys().chain(sample.expect.keys());
        if let Some(name) = names.filter(differs).min() {
            let show = |value: Option<&String>| {
                value.map_or("nothing".to_owned(), |value| format!("{:?}", hide_digits(value)))
            };
            let (is, wanted) = (show(said.get(name)), show(sample.expect.get(name)));
            return Some(format!("`{name}` of this sample is {is}, and {wanted} was expected"));
        }
        let other = self.specs().iter().find(|other| claims(other, spec, sample))?;
        Some(format!(
            "`{}` reads this sample too: tell them apart by `detect`, `is` or a greater `priority`",
            other.name.as_str()
        ))
    }
}

fn is_shipped(spec: &Spec) -> bool {
    SHIPPED.iter().any(|(path, _)| *path == spec.file)
}

/// Whether a format takes a line that is another's for its own.
fn claims(spec: &Spec, other: &Spec, sample: &Sample) -> bool {
    // What governs the line counts for both, if it is a line of both.
    let after = sample.after.as_deref().filter(|after| spec.governs(after.as_bytes()));
    let is_sure = || read(spec, &sample.line, after).is_some_and(|parsed| spec.is_sure(&parsed));
    spec.name != other.name && spec.priority >= other.priority && is_sure()
}

fn read<'l>(spec: &Spec, line: &'l str, after: Option<&'l str>) -> Option<Parsed<'l>> {
    let (line, defaults) = (line.as_bytes(), Defaults { zone: Tz::Asia__Taipei, anchor: ANCHOR });
    if matches!(spec.framing, Framing::Syslog { .. }) {
        let prefix = syslog::prefix(line).filter(|prefix| spec.is_of(prefix.program))?;
        return spec.parse_message(line, &prefix, &defaults);
    }
    spec.parse(line, after.map(str::as_bytes), &defaults)
}

/// Everything that a line says, in words, by the names under which patterns and `keys` take it.
pub(super) fn told(parsed: &Parsed<'_>) -> BTreeMap<String, String> {
    let mut told = BTreeMap::new();
    let mut say = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            let entry: &mut String = told.entry(name.to_owned()).or_default();
            if !entry.is_empty() {
                entry.push(' ');
            }
            entry.push_str(&value);
        }
    };
    let text = |raw: Raw<'_>| String::from_utf8_lossy(raw.bytes()).into_owned();
    let named = |name: &str| (!name.is_empty()).then(|| name.to_owned());
    say("time", (parsed.time.quality != Quality::Absent).then(|| parsed.time.iso()));
    say("role", (parsed.role != Role::Content).then(|| spec::role_word(parsed.role).to_owned()));
    say("host", named(parsed.host));
    say("thread", parsed.name.as_deref().and_then(named));
    say("link", parsed.link.and_then(named));
    if let Some((name, basis)) = parsed.actor {
        let by = match basis {
            Basis::Authenticated => "user",
            Basis::Local => "local",
            Basis::Envelope => "sender",
            Basis::Address => "client",
        };
        say(by, Some(text(name)).filter(|_| basis != Basis::Address || parsed.origin.is_none()));
    }
    say("client", parsed.origin.map(|origin| origin.to_string()));
    for field in &parsed.fields {
        say(field.name.id(), Some(text(field.raw)));
    }
    for (nth, happened) in parsed.outcomes.iter().enumerate() {
        say("recipient", happened.recipient.map(text));
        say("original", happened.original.map(text));
        // All recipients of a line share its status.
        if nth == 0 {
            say("status", Some(spec::status_word(happened.status)));
            say("next", happened.next.map(str::to_owned));
        }
    }
    say("bytes", parsed.bytes.map(|bytes| bytes.to_string()));
    say("records", parsed.records.map(|records| records.to_string()));
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_patterns_of_the_program_are_right_whether_a_sample_asks_for_them_or_not() {
        let mut errors = Vec::new();
        for (path, text) in SHIPPED {
            spec::read(Path::new(path), text, true, &mut errors);
        }
        assert_eq!(errors, []);
    }

    #[test]
    fn the_formats_of_the_program_prove_themselves() {
        let formats = Formats::shipped();
        let fault = |trial: Trial| Some(format!("{}:{}: {}", trial.file, trial.line, trial.fault?));
        let faults: Vec<String> = formats.trials().into_iter().filter_map(fault).collect();
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }
}
