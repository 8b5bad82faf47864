//! All formats there are: hand-written, of the program's files and of the site's.

use std::borrow::Cow;
use std::ops::Range;
use std::path::Path;

use super::cef::Dialect;
use super::rule::Declares;
use super::shipped::SHIPPED;
use super::spec::{self, Framing, Spec};
use super::{
    Defaults, Format, FormatError, Inner, LogFormat, LogFormatError, Parsed, Passing, clf, json, plain,
    postfix, syslog, trim_end,
};
use crate::mask::Raw;
use crate::moment::{Moment, Tz};

/// The formats; shared by reference, never changed once lines are read.
#[derive(Debug, Default)]
pub struct Formats {
    specs: Vec<Spec>,
    /// Those that sources write as the servers' own format strings. No file is recognised by them.
    logs: Vec<LogFormat>,
}

/// A format as `formats list` shows it.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The name a source gives for it.
    pub name: String,
    /// What it is about: `mail`, `web`, `file`, `database`, `application`, `plain`.
    pub family: &'static str,
    /// How its lines are taken apart: `line`, `syslog`, `json`, `pairs`, `csv`, or `built in`.
    pub framing: &'static str,
    /// The file; empty of those that are built in.
    pub file: String,
    /// How many samples prove it.
    pub samples: usize,
}

/// Names of the formats that are hand-written, and what each is.
const BUILT_IN: [(&str, Format, &str); 11] = [
    ("syslog", Format::Syslog, "plain"),
    ("postfix", Format::Syslog, "mail"),
    ("nginx", Format::Clf, "web"),
    ("apache", Format::Clf, "web"),
    ("clf", Format::Clf, "web"),
    ("combined", Format::Clf, "web"),
    ("journald", Format::Journal, "plain"),
    ("docker", Format::Container(Inner::Plain), "plain"),
    ("cri", Format::Container(Inner::Plain), "plain"),
    ("plain", Format::Plain, "plain"),
    ("none", Format::Plain, "plain"),
];

/// How many lines decide what a file is.
const VOTES_MAX: usize = 50;

fn is_comment(line: &[u8]) -> bool {
    line.first() == Some(&b'#')
}

/// The first lines of a file that are not empty: so many that are no comments, and the comments among them.
fn voters(head: &[u8]) -> Vec<&[u8]> {
    let complete = memchr::memrchr(b'\n', head).map_or(head, |end| &head[..end]);
    let mut voters = 0;
    complete
        .split(|byte| *byte == b'\n')
        .map(trim_end)
        .map(|line| line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line))
        .filter(|line| !line.is_empty())
        .take_while(|line| {
            voters += usize::from(!is_comment(line));
            voters <= VOTES_MAX
        })
        .collect()
}

impl Formats {
    /// The formats of the program.
    ///
    /// # Panics
    /// When one of them is broken: they are part of the program, and a test reads them.
    pub fn shipped() -> Self {
        Self::with_site(&[]).unwrap_or_else(|errors| panic!("{}", errors[0]))
    }

    /// The formats of the program and those of the site: file name and text. The error lists every fault of every
    /// file, but says nothing of samples ([`Formats::trials`]).
    pub fn with_site(files: &[(&Path, &str)]) -> Result<Self, Vec<FormatError>> {
        let (mut formats, mut errors) = (Self::default(), Vec::new());
        let shipped = SHIPPED.iter().map(|(path, text)| (Path::new(path), *text, false));
        for (path, text, checked) in shipped.chain(files.iter().map(|(path, text)| (*path, *text, true))) {
            let Some(spec) = spec::read(path, text, checked, &mut errors) else { continue };
            if formats.by_name(spec.name.as_str()).is_some() {
                let what = format!("a second format `{}`: give it a name of its own", spec.name.as_str());
                errors.push(FormatError { file: spec.file.clone(), line: 1, what });
            }
            formats.specs.push(spec);
        }
        if errors.is_empty() { Ok(formats) } else { Err(errors) }
    }

    /// Adds the format that a source writes as its server's own format string; [`Formats::by_name`] knows it by that
    /// string from then on.
    pub fn learn(&mut self, text: &str) -> Result<Format, LogFormatError> {
        if let Some(known) = self.by_name(text) {
            return Ok(known);
        }
        self.logs.push(LogFormat::new(text)?);
        Ok(Format::Log(self.logs.len() as u16 - 1))
    }

    /// The format with this name in a configuration, or the format string that was learnt; `auto` is none.
    pub fn by_name(&self, name: &str) -> Option<Format> {
        let built_in = BUILT_IN.iter().find(|(known, ..)| *known == name).map(|(_, format, _)| *format);
        let learnt = || self.logs.iter().position(|log| log.text == name).map(|at| Format::Log(at as u16));
        built_in.or_else(learnt).or_else(|| {
            let at = self.specs.iter().position(|spec| spec.name.as_str() == name)?;
            // Lines of syslog are dispatched by program, so such a format is never a whole file's.
            let is_syslog = matches!(self.specs[at].framing, Framing::Syslog { .. });
            Some(if is_syslog { Format::Syslog } else { Format::Data(at as u16) })
        })
    }

    /// The name by which people are told of a format; [`Formats::by_name`] knows it. Of a server's own format string it
    /// is that string.
    pub fn name(&self, format: Format) -> &str {
        match format {
            Format::Syslog => "syslog",
            Format::Clf => "nginx",
            Format::Plain => "plain",
            Format::Journal => "journald",
            Format::Container(_) => "docker",
            Format::Log(at) => &self.logs[usize::from(at)].text,
            Format::Data(at) => self.specs[usize::from(at)].name.as_str(),
        }
    }

    /// Every format, those that are built in first.
    pub fn listed(&self) -> Vec<Listed> {
        let built_in = BUILT_IN.iter().map(|(name, _, family)| Listed {
            name: (*name).to_owned(),
            family,
            framing: "built in",
            file: String::new(),
            samples: 0,
        });
        let data = self.specs.iter().map(|spec| Listed {
            name: spec.name.as_str().to_owned(),
            family: spec.channel.family.id(),
            framing: match spec.framing {
                Framing::Line => "line",
                Framing::Syslog { .. } => "syslog",
                Framing::Json => "json",
                Framing::JsonArray { .. } => "json-array",
                Framing::Pairs => "pairs",
                Framing::Cef(Dialect::Cef) => "cef",
                Framing::Cef(Dialect::Leef) => "leef",
                Framing::Csv { .. } => "csv",
            },
            file: spec.file.clone(),
            samples: spec.samples.len(),
        });
        built_in.chain(data).collect()
    }

    /// Names that a source may give for its format, beside `auto`.
    pub fn names(&self) -> Vec<String> {
        self.listed().into_iter().map(|listed| listed.name).collect()
    }

    /// Recognises a format from the beginning of a file (up to 64 KiB): the first 50 complete lines that are neither
    /// empty nor comments vote, and the format that reads most of them, half at least, is it. A file of one unfinished
    /// line is judged by that. Formats of priority below 0 are asked when no other is it: they read almost anything.
    pub fn sniff(&self, head: &[u8]) -> Format {
        let lines = voters(head);
        let Some(envelope) = lines.iter().find_map(|line| Self::envelope(line)) else {
            return self.sniff_lines(head);
        };
        let inner: Vec<_> = lines.iter().filter_map(|line| self.open(envelope, line)).collect();
        if inner.len() * 2 < lines.len() {
            return self.sniff_lines(head);
        }
        match envelope {
            Format::Container(_) => {
                let texts: Vec<&[u8]> = inner.iter().map(|opened| &*opened.text).collect();
                Format::Container(self.sniff_lines(&texts.join(&b'\n')).into())
            }
            _ => envelope,
        }
    }

    /// The same of lines without an envelope.
    pub(super) fn sniff_lines(&self, head: &[u8]) -> Format {
        let lines = voters(head);
        let asked = lines.iter().filter(|line| !is_comment(line)).count();
        // A vote needs no time, so any defaults do.
        let defaults = Defaults { zone: Tz::UTC, anchor: 0 };
        let votes = |reads: &mut dyn FnMut(&[u8]) -> bool| {
            lines.iter().filter(|line| reads(line) && !is_comment(line)).count()
        };
        let built_in = [
            (votes(&mut |line| syslog::prefix(line).is_some()), 0, Format::Syslog),
            (votes(&mut |line| clf::read(line, &defaults).is_some()), 0, Format::Clf),
        ];
        let data = self.specs.iter().enumerate().map(|(at, spec)| {
            let mut governing = None;
            let mut is_own = |line: &[u8]| {
                if spec.is_governed() && spec.governs(line) {
                    governing = Some(line.to_vec());
                    return true;
                }
                let parsed = spec.parse(line, governing.as_deref(), &defaults);
                parsed.is_some_and(|parsed| spec.is_sure(&parsed))
            };
            (votes(&mut is_own), spec.priority, Format::Data(at as u16))
        });
        let enough = |(votes, ..): &(usize, i64, Format)| *votes > 0 && votes * 2 >= asked;
        let best = built_in.into_iter().chain(data).filter(enough);
        best.max_by_key(|(votes, priority, _)| (*priority >= 0, *votes, *priority))
            .map_or(Format::Plain, |(_, _, format)| format)
    }

    /// Reads one line that no other governs. None: the line is not of this format.
    pub fn parse<'l>(&self, format: Format, line: &'l [u8], defaults: &Defaults) -> Option<Parsed<'l>> {
        self.parse_governed(format, line, None, defaults)
    }

    /// Reads one line after the line that governs it ([`Formats::governing`]).
    pub fn parse_governed<'l>(
        &self,
        format: Format,
        line: &'l [u8],
        governing: Option<&'l [u8]>,
        defaults: &Defaults,
    ) -> Option<Parsed<'l>> {
        match format {
            Format::Syslog => {
                let prefix = syslog::prefix(line)?;
                let time = prefix.stated(defaults).unwrap_or_else(|| plain::absent(defaults));
                if postfix::is_postfix(prefix.program) {
                    return Some(postfix::read(line, &prefix, time));
                }
                let own = self.of_message(line, &prefix, defaults);
                Some(own.unwrap_or_else(|| syslog::unknown(line, &prefix, time)))
            }
            Format::Clf => clf::read(line, defaults),
            Format::Plain => Some(plain::read(line, defaults)),
            // What is within is read once it has been taken out.
            Format::Journal | Format::Container(_) => None,
            Format::Data(at) => self.by_data(at, line, governing, defaults),
            Format::Log(at) => self.logs[usize::from(at)].read(line, defaults),
        }
    }

    /// Only the thread's name of a line, as cheaply as can be: the question for lines of watched threads. None where no
    /// other line of the thread is needed.
    pub fn thread_name<'l>(
        &self,
        format: Format,
        line: &'l [u8],
        governing: Option<&'l [u8]>,
    ) -> Option<Cow<'l, str>> {
        // A name needs no time, so any defaults do.
        let defaults = Defaults { zone: Tz::UTC, anchor: 0 };
        match format {
            Format::Syslog => {
                let prefix = syslog::prefix(line)?;
                if postfix::is_postfix(prefix.program) {
                    return postfix::queue_id(&line[prefix.message]).map(Cow::Borrowed);
                }
                self.of_message(line, &prefix, &defaults)?.name
            }
            Format::Data(at) => {
                let spec = &self.specs[usize::from(at)];
                let parsed = if spec.complete { None } else { self.by_data(at, line, governing, &defaults) };
                parsed.filter(|parsed| !parsed.complete)?.name
            }
            Format::Clf | Format::Plain | Format::Log(_) | Format::Journal | Format::Container(_) => None,
        }
    }

    /// What passes over lines that hold no content, where lines of a format tell so by their first words.
    pub fn passing(&self, format: Format) -> Option<Passing> {
        (format == Format::Syslog).then(Passing::default)
    }

    /// The formats whose lines may declare how many records they are about, and how.
    pub fn declaring(&self) -> impl Iterator<Item = (Format, Declares)> {
        let specs = self.specs.iter().zip(0..);
        specs.filter_map(|(spec, at)| Some((Format::Data(at), spec.declares()?)))
    }

    /// Where the records of a line stand, if it may hold several.
    pub fn records(&self, format: Format, line: &[u8]) -> Option<Vec<Range<usize>>> {
        match &self.spec(format)?.framing {
            Framing::JsonArray { key } => json::elements(line, key.as_deref().map(str::as_bytes)),
            _ => None,
        }
    }

    /// The program that a line of syslog names.
    pub fn program<'l>(&self, format: Format, line: &'l [u8]) -> Option<Raw<'l>> {
        let prefix = (format == Format::Syslog).then(|| syslog::prefix(line))??;
        (!prefix.program.is_empty()).then(|| Raw::new(prefix.program))
    }

    /// Only the time of a line, for the source's clock.
    pub fn time(
        &self,
        format: Format,
        line: &[u8],
        governing: Option<&[u8]>,
        defaults: &Defaults,
    ) -> Option<Moment> {
        match format {
            Format::Syslog => {
                let prefix = syslog::prefix(line)?;
                // Events of CEF and LEEF have a time of their own.
                let is_event = Dialect::of(&line[prefix.message.clone()]).is_some();
                let own = || self.of_message(line, &prefix, defaults).map(|parsed| parsed.time);
                is_event.then(own).flatten().or_else(|| prefix.stated(defaults))
            }
            Format::Clf => clf::time(line, defaults),
            Format::Plain => plain::time(line, defaults),
            Format::Journal | Format::Container(_) => None,
            Format::Data(at) => self.by_data(at, line, governing, defaults).map(|parsed| parsed.time),
            Format::Log(at) => self.logs[usize::from(at)].time(line, defaults),
        }
    }

    /// A line of a format that is data. What reads events of any product gives way to the format of their own.
    fn by_data<'l>(
        &self,
        at: u16,
        line: &'l [u8],
        governing: Option<&'l [u8]>,
        defaults: &Defaults,
    ) -> Option<Parsed<'l>> {
        let spec = &self.specs[usize::from(at)];
        if spec.priority < 0 && matches!(spec.framing, Framing::Cef(_)) {
            return self.of_event(line, defaults);
        }
        spec.parse(line, governing, defaults)
    }

    /// A line of syslog by the format of its program, or of its event.
    fn of_message<'l>(
        &self,
        line: &'l [u8],
        prefix: &syslog::Prefix<'l>,
        defaults: &Defaults,
    ) -> Option<Parsed<'l>> {
        let own = self.of_program(prefix).and_then(|spec| spec.parse_message(line, prefix, defaults));
        own.or_else(|| {
            Dialect::of(&line[prefix.message.clone()])?;
            self.of_event(line, defaults)
        })
    }

    /// A line of CEF or LEEF by the format of the greatest priority whose conditions fit.
    fn of_event<'l>(&self, line: &'l [u8], defaults: &Defaults) -> Option<Parsed<'l>> {
        let events = self.specs.iter().filter(|spec| matches!(spec.framing, Framing::Cef(_)));
        let read = events.filter_map(|spec| Some((spec.priority, spec.parse(line, None, defaults)?)));
        read.max_by_key(|(priority, _)| *priority).map(|(_, parsed)| parsed)
    }

    fn of_program(&self, prefix: &syslog::Prefix<'_>) -> Option<&Spec> {
        self.specs.iter().find(|spec| spec.is_of(prefix.program))
    }

    /// The file of a format that is data.
    pub(super) fn spec(&self, format: Format) -> Option<&Spec> {
        match format {
            Format::Data(at) => self.specs.get(usize::from(at)),
            _ => None,
        }
    }

    /// Every format that is data.
    pub(super) fn specs(&self) -> &[Spec] {
        &self.specs
    }
}
