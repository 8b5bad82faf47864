//! Which forms there are, which of them a draft asks for, and how one is filled in.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Error as TemplateError, UndefinedBehavior, Value};
use serde::Serialize;

use super::package::package;
use super::xml::escape;
use crate::incident::{Draft, Items, Office, items};
use crate::moment::{roc, roc_short};
use crate::severity::{Interval, Policy};

/// Masked samples that a form shows: it goes to people outside the team.
const SAMPLES_MAX: usize = 5;

/// A form of an authority or of the organisation's own rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// 個人資料事故通報及紀錄表: annex to the construction rules, article 9.
    Construction110,
    /// 個資事件報告（初步）: what the unit writes first (臺北市政府工務局新建工程處, 事件起始階段 (2)).
    Taipei112,
    /// 個人資料事件紀錄通報單 (IMS-P-025-01): what closes an event (IMS-P-025 6.3.1.1).
    Record02501,
}

impl Form {
    /// Every form.
    pub const ALL: [Self; 3] = [Self::Construction110, Self::Taipei112, Self::Record02501];

    /// The id, as policy packs and `form --form` write it.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Construction110 => "moi-construction-110",
            Self::Taipei112 => "taipei-nco-112",
            Self::Record02501 => "ims-p-025-01",
        }
    }

    /// The form with this id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.id() == id)
    }

    /// What it is called.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Construction110 => "個人資料事故通報及紀錄表",
            Self::Taipei112 => "個資事件報告（初步）",
            Self::Record02501 => "個人資料事件紀錄通報單",
        }
    }

    const fn template(self) -> &'static str {
        match self {
            Self::Construction110 => {
                include_str!("../../../config/templates/form/moi-construction-110.xml.j2")
            }
            Self::Taipei112 => include_str!("../../../config/templates/form/taipei-nco-112.xml.j2"),
            Self::Record02501 => include_str!("../../../config/templates/form/ims-p-025-01.xml.j2"),
        }
    }
}

/// How the document is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// A package: what office programs open.
    Odt,
    /// One XML file: what people compare.
    Fodt,
}

/// What a form is filled in from.
#[derive(Clone, Copy, Debug)]
pub struct Filing<'f> {
    /// The draft.
    pub draft: &'f Draft,
    /// Who reports.
    pub office: &'f Office,
    /// The policies in force: their levels are the rows of a level table.
    pub policies: &'f [Policy],
}

/// A form that cannot be written: its template does not fit its data.
#[derive(Debug, thiserror::Error)]
#[error("fill in the form {form}: {source}")]
pub struct FormError {
    form: &'static str,
    source: TemplateError,
}

impl Filing<'_> {
    /// The forms that the policies ask for: each pack's own record, and those of the duties that hold.
    pub fn forms(&self) -> Vec<Form> {
        let mut forms = Vec::new();
        for policy in self.policies {
            let holds = |what: &str| {
                self.draft
                    .duties
                    .iter()
                    .any(|duty| duty.policy == policy.id && (what.is_empty() || duty.what == what))
            };
            let duties =
                policy.duties.iter().filter(|duty| holds(duty.what)).filter_map(|duty| duty.form.as_deref());
            let own = policy.form.as_ref().filter(|_| holds("")).map(|form| form.id.as_str());
            for form in duties.chain(own).filter_map(Form::from_id) {
                if !forms.contains(&form) {
                    forms.push(form);
                }
            }
        }
        forms
    }
}

/// A file: name, title, media type, bytes.
pub type Attached = (String, &'static str, &'static str, Vec<u8>);

/// The forms that a draft asks for, as files.
pub fn attachments(filing: &Filing<'_>) -> Result<Vec<Attached>, FormError> {
    let case = filing.draft.case.as_deref().unwrap_or(&filing.draft.core.id);
    let file = |form: Form| {
        let bytes = document(form, filing, Layout::Odt)?;
        Ok((format!("{case}-form-{}.odt", form.id()), form.title(), MEDIA_TYPE, bytes))
    };
    filing.forms().into_iter().map(file).collect()
}

const MEDIA_TYPE: &str = "application/vnd.oasis.opendocument.text";
const STYLES: &str = include_str!("../../../config/templates/form/styles.xml");

/// A form, filled in.
pub fn document(form: Form, filing: &Filing<'_>, layout: Layout) -> Result<Vec<u8>, FormError> {
    let body = body(form, filing).map_err(|source| FormError { form: form.id(), source })?;
    let meta = format!(
        "<office:meta><meta:generator>breachd/{}</meta:generator><dc:title>{}</dc:title></office:meta>",
        env!("CARGO_PKG_VERSION"),
        escape(form.title())
    );
    let [fonts, styles, automatic, master] =
        ["font-face-decls", "styles", "automatic-styles", "master-styles"].map(section);
    let body = format!("<office:body><office:text>{body}</office:text></office:body>");
    Ok(match layout {
        Layout::Fodt => xml("document", &[&meta, fonts, styles, automatic, master, &body]).into_bytes(),
        Layout::Odt => package(&[
            ("mimetype", MEDIA_TYPE.as_bytes()),
            ("META-INF/manifest.xml", MANIFEST.as_bytes()),
            ("meta.xml", xml("document-meta", &[&meta]).as_bytes()),
            ("styles.xml", xml("document-styles", &[fonts, styles, automatic, master]).as_bytes()),
            ("content.xml", xml("document-content", &[fonts, automatic, &body]).as_bytes()),
        ]),
    })
}

const MANIFEST: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
<manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\" manifest:version=\"1.3\">\
<manifest:file-entry manifest:full-path=\"/\" manifest:version=\"1.3\" manifest:media-type=\"application/vnd.oasis.opendocument.text\"/>\
<manifest:file-entry manifest:full-path=\"meta.xml\" manifest:media-type=\"text/xml\"/>\
<manifest:file-entry manifest:full-path=\"styles.xml\" manifest:media-type=\"text/xml\"/>\
<manifest:file-entry manifest:full-path=\"content.xml\" manifest:media-type=\"text/xml\"/>\
</manifest:manifest>\n";

fn xml(root: &str, parts: &[&str]) -> String {
    const O: &str = "urn:oasis:names:tc:opendocument:xmlns";
    let spaces: String = ["office", "style", "text", "table", "meta"]
        .map(|name| format!(" xmlns:{name}=\"{O}:{name}:1.0\""))
        .concat();
    let media = if root == "document" { format!(" office:mimetype=\"{MEDIA_TYPE}\"") } else { String::new() };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<office:{root}{spaces} xmlns:fo=\"{O}:xsl-fo-compatible:1.0\" \
         xmlns:svg=\"{O}:svg-compatible:1.0\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
         office:version=\"1.3\"{media}>{}</office:{root}>\n",
        parts.concat()
    )
}

/// A part of the shared styles with its tags.
fn section(name: &str) -> &'static str {
    let (open, close) = (format!("<office:{name}>"), format!("</office:{name}>"));
    let start = STYLES.find(&open).expect("a part of styles.xml");
    let end = STYLES.find(&close).expect("a part of styles.xml") + close.len();
    &STYLES[start..end]
}

/// The values of the templates.
#[derive(Serialize)]
struct Paper {
    case: String,
    state: String,
    items: Items,
    level: u8,
    levels: Vec<Row>,
    why: Vec<String>,
    duties: Vec<String>,
    limits: Vec<String>,
    unit: String,
    systems: Vec<String>,
    natures: String,
    completeness: Vec<String>,
    samples: Vec<String>,
}

/// A row of a level table.
#[derive(Serialize)]
struct Row {
    tick: char,
    n: u8,
    name: String,
    general: String,
    special: String,
    natures: String,
    handle: String,
    close: String,
}

fn body(form: Form, filing: &Filing<'_>) -> Result<String, TemplateError> {
    let mut engine = Environment::new();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    engine.set_auto_escape_callback(|_| AutoEscape::None);
    // Whatever a template says of a value, it reaches the document through the escaper.
    engine.set_formatter(|out, _, value| {
        Ok(out.write_str(&value.as_str().map_or_else(|| escape(&value.to_string()), escape))?)
    });
    let template = engine.template_from_named_str(form.id(), form.template())?;
    template.render(Value::from(Serde(paper(filing))))
}

fn paper(filing: &Filing<'_>) -> Paper {
    let (draft, zone) = (filing.draft, filing.office.zone);
    let core = &draft.core;
    let level = core.level.level.max(draft.notified_level.unwrap_or(0));
    let joined = |words: Vec<&str>| words.join("、");
    let mut units: Vec<&str> =
        draft.systems.iter().filter_map(|system| system.owner_unit.as_deref()).collect();
    units.dedup();
    let systems = draft.systems.iter().map(|system| {
        system
            .system
            .as_ref()
            .map_or_else(|| system.source.clone(), |name| format!("{name} {}", system.source))
    });
    let read = draft.completeness.sources.iter().map(|read| {
        let until = read.until.map_or_else(|| "尚無時間".to_owned(), |until| roc_short(until.0, zone));
        format!("{} 已讀至 {until}", read.source)
    });
    let gaps = draft.completeness.gaps.iter().map(|gap| {
        let to = gap.to.map_or_else(|| "檔尾".to_owned(), |to| to.to_string());
        format!("缺漏：{} 位移 {} 至 {to}", gap.path, gap.from)
    });
    let due = |duty: &crate::incident::Duty| match duty.due {
        Some(due) => format!("{}（{}）：{}", duty.text, duty.clause, roc(due.0, zone)),
        None => format!("{}（{}）", duty.text, duty.clause),
    };
    Paper {
        case: draft.case.clone().unwrap_or_else(|| core.id.clone()),
        state: draft.state.clone(),
        items: items(draft, filing.office),
        level,
        levels: rows(filing.policies, level),
        why: core.level.why.clone(),
        duties: draft.duties.iter().map(due).collect(),
        limits: draft
            .duties
            .iter()
            .filter(|duty| matches!(duty.what.as_str(), "handle" | "close"))
            .map(due)
            .collect(),
        unit: joined(units),
        systems: systems.collect(),
        natures: joined(core.natures.iter().map(|nature| nature.name_zh()).collect()),
        completeness: read.chain(gaps).collect(),
        samples: core.samples.iter().take(SAMPLES_MAX).map(|sample| sample.masked.clone()).collect(),
    }
}

/// The level table of the first policy that has one; its rows are ticked up to none but the level itself.
fn rows(policies: &[Policy], level: u8) -> Vec<Row> {
    let Some(policy) = policies.iter().find(|policy| !policy.levels.is_empty()) else { return Vec::new() };
    let row = |row: &crate::severity::Level| Row {
        tick: if row.n == level { '■' } else { '□' },
        n: row.n,
        name: row.name.clone(),
        general: range(row.general),
        special: range(row.special),
        natures: row.natures.iter().map(|nature| nature.name_zh()).collect::<Vec<_>>().join("、"),
        handle: row.handle.words(policy.combine.day_kind),
        close: row.close.words(policy.combine.day_kind),
    };
    policy.levels.iter().map(row).collect()
}

fn range(interval: Interval) -> String {
    use crate::report::thousands;
    match interval.high {
        Some(high) if interval.low == 0 => format!("{} 筆以內", thousands(high)),
        Some(high) => format!("{}~{} 筆", thousands(interval.low), thousands(high)),
        None => format!("{} 筆以上", thousands(interval.low)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pack_may_ask_for_just_the_forms_that_there_are() {
        assert_eq!(Form::ALL.map(Form::id), crate::severity::FORMS);
        assert!(Form::ALL.iter().all(|form| Form::from_id(form.id()) == Some(*form)));
    }
}
