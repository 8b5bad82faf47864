//! The personal-data inventory (個資盤點清冊) as an organisation keeps it: TOML with `[[entry]]`, or the CSV of a spreadsheet,
//! whose first line names the columns, in English or as 盤點清冊 do.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::diagnose::{Excerpt, Problem, Report, Severity, suggest};
use super::raw::{At, INVENTORY_ENTRY, Node, Reader, Shape, Table, Value, key};
use super::{not_utf8, unreadable};
use crate::format::comma_separated;
use crate::inventory::{ENTRIES_MAX, Entry, Inventory, fault};
use crate::kind::Nature;

/// The largest file, in bytes: some hundred thousand entries.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Problems of one file that are told: a column in the wrong place is one mistake in thousands of lines.
const PROBLEMS_MAX: usize = 20;

/// What was read of the inventory.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) inventory: Inventory,
    pub(super) problems: Vec<Problem>,
    pub(super) files: Vec<PathBuf>,
}

/// Reads the files of the inventory; all mistakes at once.
pub(super) fn read(files: &[PathBuf]) -> Read {
    let (mut read, mut entries) = (Read::default(), Vec::new());
    for file in files {
        match text(file) {
            Ok(text) => {
                let text: Arc<str> = text.into();
                let mut found = Found { file, text: &text, entries: &mut entries, problems: Vec::new() };
                if file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv")) {
                    found.csv();
                } else {
                    found.toml();
                }
                let more = found.problems.len().saturating_sub(PROBLEMS_MAX);
                found.problems.truncate(PROBLEMS_MAX);
                read.problems.extend(found.problems);
                if more > 0 {
                    let what = format!("{more} more problems of this kind");
                    read.problems.push(Problem::of_file(file, what, "mend those above first"));
                }
            }
            Err(problem) => read.problems.push(problem),
        }
        read.files.push(file.clone());
    }
    if entries.len() > ENTRIES_MAX {
        let what = format!("the inventory has {} entries, {ENTRIES_MAX} at most", entries.len());
        let hint = "list folders with a glob, such as /hr/**/*.xlsx";
        read.problems.push(Problem::of_file(&files[0], what, hint));
    }
    read.inventory = Inventory::new(entries);
    read
}

fn text(file: &Path) -> Result<String, Problem> {
    let size = std::fs::metadata(file).map_err(|error| unreadable_inventory(file, &error))?.len();
    if size > FILE_BYTES_MAX {
        let what = format!("an inventory of {size} bytes, {FILE_BYTES_MAX} at most");
        return Err(Problem::of_file(file, what, "list folders with a glob, such as /hr/**/*.xlsx"));
    }
    let bytes = std::fs::read(file).map_err(|error| unreadable(file, &error))?;
    let text = String::from_utf8(bytes).map_err(|error| not_utf8(file, &error))?;
    // Excel writes a mark of the byte order before UTF-8.
    Ok(text.strip_prefix('\u{feff}').map_or_else(|| text.clone(), str::to_owned))
}

fn unreadable_inventory(file: &Path, error: &std::io::Error) -> Problem {
    let hint = "correct [inventory] files, or let the user breachd read it: setfacl -m u:breachd:r FILE";
    Problem::of_file(file, format!("cannot read the inventory: {error}"), hint)
}

/// Columns of the CSV, by their names; the first is the key of TOML.
const COLUMNS: [(&str, &[&str]); 10] = [
    ("path", &["路徑", "檔案路徑", "存放位置"]),
    ("table", &["資料表"]),
    ("data_set", &["個資檔案名稱", "資料集", "檔案名稱"]),
    ("system", &["系統", "系統名稱", "資訊系統"]),
    ("owner_unit", &["主責單位", "保管單位", "業務單位", "單位"]),
    ("records", &["筆數", "數量", "個資筆數"]),
    ("bytes", &["位元組", "檔案大小"]),
    ("natures", &["性質", "類別", "個資類別"]),
    ("special", &["特種", "特種個資"]),
    ("as_of", &["盤點日期", "盤點日"]),
];

/// One entry as it is written: a text and its place for each key.
type Written = Vec<(&'static str, String, std::ops::Range<usize>)>;

struct Found<'f> {
    file: &'f Path,
    text: &'f Arc<str>,
    entries: &'f mut Vec<Entry>,
    problems: Vec<Problem>,
}

impl Found<'_> {
    fn toml(&mut self) {
        const FILE: Shape = Shape::Table(&[key("entry", Shape::Tables(INVENTORY_ENTRY), "[[entry]]")]);
        let mut report = Report::default();
        let reader = Reader { file: 0, path: self.file, text: self.text, roles: &[], report: &mut report };
        let (table, _) = reader.read_as(FILE);
        self.problems.append(&mut report.problems);
        let Some(Node { value: Value::Tables(items), .. }) = table.get("entry") else { return };
        for (item, at) in items {
            self.entry(&written(item), at.span.clone());
        }
    }

    fn csv(&mut self) {
        let text = Arc::clone(self.text);
        let mut columns: Option<Vec<Option<&'static str>>> = None;
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let start = at;
            at += line.len();
            let line = line.trim_end_matches(['\n', '\r']);
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let fields: Vec<(String, std::ops::Range<usize>)> = comma_separated(line)
                .into_iter()
                .map(|(field, span)| (field, start + span.start..start + span.end))
                .collect();
            let Some(known) = &columns else {
                columns = Some(fields.iter().map(|(name, span)| self.column(name.trim(), span)).collect());
                continue;
            };
            let named = known.iter().zip(fields).filter(|(_, (value, _))| !value.trim().is_empty());
            let entry: Written = named
                .filter_map(|(key, (value, span))| Some(((*key)?, value.trim().to_owned(), span)))
                .collect();
            self.entry(&entry, start..start + line.len());
        }
    }

    /// The key that a column has; a column of the site's own is passed over, as long as those that are needed are there.
    fn column(&mut self, name: &str, span: &std::ops::Range<usize>) -> Option<&'static str> {
        let known = COLUMNS.iter().find(|(key, names)| *key == name || names.contains(&name));
        if known.is_none() {
            let hint = format!(
                "known are: {}",
                COLUMNS.map(|(key, names)| format!("{key} ({})", names[0])).join(", ")
            );
            let what = format!("the column `{name}` is passed over");
            self.push(Severity::Warning, span.clone(), what, hint);
        }
        known.map(|(key, _)| *key)
    }

    fn entry(&mut self, written: &Written, whole: std::ops::Range<usize>) {
        let before = self.problems.len();
        let get = |key: &str| {
            written
                .iter()
                .find(|(name, ..)| *name == key)
                .map(|(_, value, span)| (value.as_str(), span.clone()))
        };
        let (path, table) = (get("path"), get("table"));
        let place = match (&path, &table) {
            (Some((path, span)), None) => {
                if let Some(what) = fault(path) {
                    let hint = "escape [ ] { } * ? with a backslash where they are part of the name";
                    self.error(span, format!("`{path}` is not a glob: {what}"), hint);
                }
                *path
            }
            (None, Some((table, _))) => *table,
            _ => {
                let hint = "add: path = \"/hr/**/*.xlsx\", or table = \"hr.employee\"";
                self.error(&whole, "an entry has a path or a table, one of the two", hint);
                ""
            }
        };
        let records = get("records").map(|(value, span)| self.number("records", value, &span));
        if records.is_none() {
            self.error(&whole, "an entry without its number of records", "add: records = 500");
        }
        let bytes = get("bytes").map(|(value, span)| self.number("bytes", value, &span));
        let mut natures = get("natures").map_or_else(Vec::new, |(value, span)| self.natures(value, &span));
        if let Some((value, span)) = get("special") {
            match yes_or_no(value) {
                Some(true) => natures.push(Nature::Special),
                Some(false) => {}
                None => self.error(
                    &span,
                    format!("`{value}` is neither yes nor no"),
                    "write true or false, 是 or 否",
                ),
            }
        }
        if natures.is_empty() {
            natures.push(Nature::Identification);
        }
        natures.sort_unstable();
        natures.dedup();
        if self.problems[before..].iter().any(|problem| problem.severity == Severity::Error) {
            return;
        }
        let own = |key: &str| get(key).map(|(value, _)| value.to_owned());
        self.entries.push(Entry {
            place: place.into(),
            is_table: table.is_some(),
            data_set: own("data_set").unwrap_or_else(|| place.to_owned()),
            system: own("system"),
            owner_unit: own("owner_unit"),
            records: records.unwrap_or(0),
            bytes: bytes.filter(|bytes| *bytes > 0),
            natures,
            as_of: own("as_of"),
        });
    }

    fn number(&mut self, key: &str, value: &str, span: &std::ops::Range<usize>) -> u64 {
        let plain = value.replace([',', '_'], "");
        plain.parse().unwrap_or_else(|_| {
            self.error(
                span,
                format!("`{key}` must be a whole number, 0 or more"),
                "write it like: records = 500",
            );
            0
        })
    }

    /// Natures by their ids or their names, with `;`, `、` or blanks between them.
    fn natures(&mut self, value: &str, span: &std::ops::Range<usize>) -> Vec<Nature> {
        let mut natures = Vec::new();
        for word in value.split([';', '、', '；', ' ', '|']).filter(|word| !word.is_empty()) {
            let short = |nature: &Nature| match nature {
                Nature::Identification => ["一般", "識別"],
                Nature::Activity => ["活動", "個人活動"],
                Nature::Financial => ["金融", "財務"],
                Nature::Special => ["特種", "特種個資"],
            };
            let is = |nature: &&Nature| {
                nature.id() == word || nature.name_zh() == word || short(nature).contains(&word)
            };
            if let Some(nature) = Nature::ALL.iter().find(is) {
                natures.push(*nature);
            } else {
                let hint = suggest(word, &Nature::ALL.map(Nature::id));
                self.error(span, format!("unknown nature `{word}`"), &hint);
            }
        }
        natures
    }

    fn error(&mut self, span: &std::ops::Range<usize>, what: impl Into<String>, hint: &str) {
        self.push(Severity::Error, span.clone(), what.into(), hint.to_owned());
    }

    fn push(&mut self, severity: Severity, span: std::ops::Range<usize>, what: String, hint: String) {
        let place = Some(Excerpt { text: Arc::clone(self.text), span });
        self.problems.push(Problem { severity, file: self.file.to_owned(), place, what, hint });
    }
}

/// A table of TOML as texts, so that both kinds of file are proved by the same lines.
fn written(item: &Table) -> Written {
    let text = |node: &Node| match &node.value {
        Value::Text(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Flag(flag) => Some(flag.to_string()),
        Value::Texts(texts) => {
            Some(texts.iter().map(|(text, _)| text.as_str()).collect::<Vec<_>>().join(";"))
        }
        Value::Table(_) | Value::Tables(_) | Value::People(_) => None,
    };
    let keyed = COLUMNS.iter().filter_map(|(key, _)| {
        let node = item.get(*key)?;
        let At { span, .. } = &node.at;
        Some((*key, text(node)?, span.clone()))
    });
    keyed.collect()
}

fn yes_or_no(word: &str) -> Option<bool> {
    match word.to_ascii_lowercase().as_str() {
        "true" | "yes" | "y" | "1" | "是" | "v" | "有" => Some(true),
        "false" | "no" | "n" | "0" | "否" | "無" | "-" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, text: &str) -> Read {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join(name);
        std::fs::write(&file, text).expect("a file");
        read(&[file])
    }

    fn told(read: &Read) -> Vec<String> {
        let line = |problem: &Problem| problem.place.as_ref().map_or(0, |place| place.line_column().0);
        read.problems.iter().map(|problem| format!("{}: {}", line(problem), problem.what)).collect()
    }

    const CSV: &str = "\u{feff}個資檔案名稱,檔案路徑,保管單位,筆數,特種,盤點日期\r\n\
                       員工名冊,/hr/**/員工名冊.xlsx,人事室,\"1,284\",否,115/06/30\r\n\
                       健檢報告,/hr/健檢-*.pdf,人事室,300,是,115/06/30\r\n";

    #[test]
    fn a_spreadsheet_and_toml_say_the_same() {
        let csv = check("inventory.csv", CSV);
        assert_eq!(told(&csv), Vec::<String>::new());
        let toml = check(
            "inventory.toml",
            "[[entry]]\npath = \"/hr/**/員工名冊.xlsx\"\ndata_set = \"員工名冊\"\nowner_unit = \"人事室\"\n\
             records = 1_284\nspecial = false\nas_of = \"115/06/30\"\n\
             [[entry]]\npath = \"/hr/健檢-*.pdf\"\ndata_set = \"健檢報告\"\nowner_unit = \"人事室\"\n\
             records = 300\nnatures = [\"special\"]\nas_of = \"115/06/30\"\n",
        );
        assert_eq!(told(&toml), Vec::<String>::new());
        assert_eq!(toml.inventory.entries(), csv.inventory.entries());
        assert_eq!(csv.inventory.entries()[0].records, 1284);
        assert!(csv.inventory.entries()[1].is_special());
    }

    #[test]
    fn every_mistake_is_told_with_its_line() {
        let read = check(
            "inventory.csv",
            "path,records,natures\n/hr/[a.xlsx,5,\n/a.csv,-5,\n/b.csv,6,secret\n,7,\n/c.csv,,\n",
        );
        let told = told(&read);
        assert_eq!(told.len(), 5, "{told:?}");
        for (line, words) in told.iter().zip([
            "2: `/hr/[a.xlsx` is not a glob",
            "3: `records` must be a whole number, 0 or more",
            "4: unknown nature `secret`",
            "5: an entry has a path or a table",
            "6: an entry without its number of records",
        ]) {
            assert!(line.starts_with(words), "{line}");
        }
        let read = check("inventory.toml", "[[entry]]\npath = \"/a\"\nrecords = -1\nrecord = 2\n");
        let told = self::told(&read);
        assert!(told.iter().any(|line| line.starts_with("3: `records` must be a whole number")), "{told:?}");
        assert!(told.iter().any(|line| line.starts_with("4: unknown key `record`")), "{told:?}");
    }
}
