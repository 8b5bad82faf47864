//! The templates of a mail: ours, and in place of any of them the organisation's own of the same file name.
//!
//! A template is data, and half trusted: it can say what it likes, not do it. What it gets are values that may be shown
//! (`view`, docs/templates.md). Every value that it prints is cleaned and goes through the one escaper of its medium,
//! which no mark and no block of the template switches off. Work, depth and output have bounds.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::io;
use std::path::{Path, PathBuf};

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, ErrorKind, HtmlEscape, UndefinedBehavior, Value};
use unicode_width::UnicodeWidthStr;

use super::Error;
use super::clean::clean;

/// Bytes of a template file; ours have a tenth of it.
pub const TEMPLATE_BYTES_MAX: u64 = 64 << 10;
/// Work of one rendering: an instruction is 1, 64 bytes made are 1. The largest letter of ours takes some 30,000.
const FUEL: u64 = 400_000;
/// Templates within templates.
const DEPTH_MAX: usize = 32;
/// Bytes that a text may have when it is written. Both parts, in base64, leave a quarter of a mail to what is attached.
const TEXT_BYTES_MAX: usize = 144 << 10;
/// The same of HTML, in which a quotation mark takes six bytes.
const HTML_BYTES_MAX: usize = 304 << 10;

/// Ours, by file name. `….html.j2` is HTML, everything else is text.
const OURS: [(&str, &str); 8] = [
    ("alert.html.j2", include_str!("../../config/templates/alert.html.j2")),
    ("alert.txt.j2", include_str!("../../config/templates/alert.txt.j2")),
    ("collective.html.j2", include_str!("../../config/templates/collective.html.j2")),
    ("collective.txt.j2", include_str!("../../config/templates/collective.txt.j2")),
    ("digest.html.j2", include_str!("../../config/templates/digest.html.j2")),
    ("digest.txt.j2", include_str!("../../config/templates/digest.txt.j2")),
    ("minimal-bulletin.txt.j2", include_str!("../../config/templates/minimal-bulletin.txt.j2")),
    ("minimal.txt.j2", include_str!("../../config/templates/minimal.txt.j2")),
];

/// The templates in force.
#[derive(Clone, Debug, Default)]
pub struct Templates {
    own: BTreeMap<&'static str, Own>,
}

/// One of the organisation's.
#[derive(Clone, Debug)]
struct Own {
    path: PathBuf,
    text: String,
}

impl Templates {
    /// The file names that there are.
    pub fn names() -> impl Iterator<Item = &'static str> {
        OURS.iter().map(|(name, _)| *name)
    }

    /// Puts a template of the organisation in the place of ours; whether there is one of that name.
    pub fn shadow(&mut self, path: &Path, text: String) -> bool {
        let name = path.file_name().and_then(|name| Self::names().find(|known| name == *known));
        if let Some(name) = name {
            self.own.insert(name, Own { path: path.to_owned(), text });
        }
        name.is_some()
    }

    /// The files that are the organisation's.
    pub fn own(&self) -> impl Iterator<Item = &Path> {
        self.own.values().map(|own| own.path.as_path())
    }

    /// Writes one with these values.
    pub(super) fn render(&self, name: &'static str, values: Value) -> Result<String, Error> {
        let is_html = name.ends_with(".html.j2");
        let fault = |source: minijinja::Error| self.fault(name, &source);
        let engine = self.engine(name, is_html).map_err(fault)?;
        let bytes_max = if is_html { HTML_BYTES_MAX } else { TEXT_BYTES_MAX };
        let mut page = Page { text: Vec::new(), bytes: 0, bytes_max };
        let template = engine.get_template(name).map_err(fault)?;
        template.render_captured_to(values, &mut page).map_err(fault)?;
        Ok(String::from_utf8_lossy(&page.text).into_owned())
    }

    /// The engine for one rendering. The other templates are there for `include`; one that does not parse is missing
    /// then, and is told when its own turn comes.
    fn engine(&self, name: &'static str, is_html: bool) -> Result<Environment<'_>, minijinja::Error> {
        let mut engine = Environment::new();
        engine.set_undefined_behavior(UndefinedBehavior::Strict);
        engine.set_fuel(Some(FUEL));
        engine.set_recursion_limit(DEPTH_MAX);
        let layout =
            SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build();
        engine.set_syntax(layout?);
        // The medium is that of the whole: `safe`, `autoescape` and an included file of another ending change nothing.
        engine.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
        engine.set_formatter(move |out, _, value| {
            let text = value.as_str().map_or_else(|| clean(&value.to_string()), clean);
            let written = if is_html { write!(out, "{}", HtmlEscape(&text)) } else { out.write_str(&text) };
            written.map_err(minijinja::Error::from)
        });
        engine.add_filter("pad", pad);
        for (other, _) in OURS.iter().filter(|(other, _)| *other != name) {
            drop(engine.add_template(other, self.text(other)));
        }
        engine.add_template(name, self.text(name))?;
        Ok(engine)
    }

    fn text(&self, name: &str) -> &str {
        let ours = || OURS.iter().find(|(known, _)| *known == name).map_or("", |(_, text)| text);
        self.own.get(name).map_or_else(ours, |own| &own.text)
    }

    /// What is wrong, with the file of the template in which it is.
    fn fault(&self, name: &'static str, source: &minijinja::Error) -> Error {
        // Of templates within each other the innermost says what it is.
        let mut source = source;
        while let Some(within) = source.source().and_then(|error| error.downcast_ref::<minijinja::Error>()) {
            source = within;
        }
        let within = source.name().unwrap_or(name);
        let file =
            self.own.get(within).map_or_else(|| within.to_owned(), |own| own.path.display().to_string());
        let what = match source.kind() {
            ErrorKind::OutOfFuel => format!("it takes more work than the {FUEL} steps that a mail may take"),
            ErrorKind::WriteFailure => "it writes more than a part of a mail may have".to_owned(),
            kind => source.detail().map_or_else(|| kind.to_string(), |detail| format!("{kind}: {detail}")),
        };
        Error::Template { file, line: source.line().unwrap_or(1), what, is_own: !self.own.is_empty() }
    }
}

/// `{{ name | pad(12) }}`: blanks up to this many columns, of which a Chinese character takes two.
fn pad(value: &str, columns: usize) -> String {
    let value = clean(value);
    let blanks = columns.min(80).saturating_sub(value.width());
    value + &" ".repeat(blanks)
}

/// What is written, up to its bound.
struct Page {
    text: Vec<u8>,
    bytes: usize,
    bytes_max: usize,
}

impl io::Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // In a mail a line ends with two bytes.
        self.bytes += bytes.len() + memchr::memchr_iter(b'\n', bytes).count();
        if self.bytes > self.bytes_max {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use minijinja::context;

    use super::*;

    const EVIL: &str = "<b>\u{202e}&\"'\r\nBcc: x\u{0}";

    fn check(name: &'static str, text: &str) -> Result<String, String> {
        let mut templates = Templates::default();
        assert!(templates.shadow(&Path::new("/etc/breachd/templates").join(name), text.to_owned()));
        templates
            .render(name, context! { evil => EVIL, list => vec![EVIL] })
            .map_err(|error| error.to_string())
    }

    #[test]
    fn no_mark_and_no_block_goes_around_the_escaper() {
        for template in [
            "{{ evil }}",
            "{{ evil | safe }}",
            "{% autoescape false %}{{ evil }}{% endautoescape %}",
            "{% autoescape 'none' %}{{ evil | safe }}{% endautoescape %}",
            "{% set x %}{{ evil }}{% endset %}{{ x }}",
            "{% macro m(v) %}{{ v | safe }}{% endmacro %}{{ m(evil) }}",
            "{{ list }}{{ list | join(evil | safe) }}",
            "{{ evil | replace('b', 'i') | upper }}{{ evil ~ evil }}{{ evil * 3 }}",
            "{{ {evil: evil} }}{{ evil | pad(40) }}{{ list | tojson }}",
        ] {
            let Ok(html) = check("alert.html.j2", template) else { continue };
            assert!(
                !html.contains(['<', '"', '\'', '\u{202e}', '\r', '\n', '\u{0}']),
                "{template}: {html:?}"
            );
            let text = check("alert.txt.j2", template).expect("text renders where HTML does");
            assert!(!text.contains(['\u{202e}', '\r', '\n', '\u{0}']), "{template}: {text:?}");
        }
        assert_eq!(
            check("alert.html.j2", "<i>{{ evil }}").expect("renders"),
            "<i>&lt;b&gt;&amp;&quot;&#x27;␣␣Bcc: x"
        );
    }

    #[test]
    fn a_mistake_is_told_with_file_and_line() {
        for (template, line, word) in [
            ("a\nb {{ levle }}", 2, "undefined"),
            ("{% if %}", 1, "syntax"),
            ("\n\n{{ evil | nofilter }}", 3, "nofilter"),
            ("{% include 'other.j2' %}", 1, "other.j2"),
        ] {
            let told = check("alert.txt.j2", template).expect_err("it is wrong");
            let place = format!("/etc/breachd/templates/alert.txt.j2:{line}: ");
            assert!(told.contains(&place) && told.contains(word), "{told}");
        }
    }

    #[test]
    fn work_depth_and_output_have_bounds() {
        let mut deep = "{% for a in range(9000) %}".repeat(4);
        deep.push_str(&"{% endfor %}".repeat(4));
        let mut long = String::new();
        for n in 0..2_000 {
            write!(long, "{{{{ 'x' * 3000 }}}}{n}").expect("a string");
        }
        let began = std::time::Instant::now();
        for (template, word) in [
            (deep.as_str(), "more work"),
            ("{{ 'x' * 100000000 }}", "more work"),
            (
                "{% set ns = namespace(x='xxxxxxxx') %}{% for n in range(60) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
                "more work",
            ),
            ("{% include 'alert.txt.j2' %}", "recursion"),
            ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "recursion"),
            (long.as_str(), "more than a part"),
        ] {
            let told = check("alert.txt.j2", template).expect_err("it is without end");
            assert!(told.contains(word), "{told}");
        }
        assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
    }

    #[test]
    fn columns_are_those_of_a_terminal() {
        assert_eq!(
            check("alert.txt.j2", "{{ '人數' | pad(6) }}|{{ 'ab' | pad(3) }}|").expect("renders"),
            "人數  |ab |"
        );
    }
}
