//! The names that rotation gives: `name.N`, `name-YYYYMMDD…`, `name.YYYYMMDD…`, each plain or packed.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use super::body::Form;
use super::packing::Packing;
use crate::fault;

/// When a sibling was rotated, as its name says. Numbers count back, dates count on.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Rotation {
    Number(u64),
    Date(Vec<u8>),
}

impl Rotation {
    /// Oldest first. A folder in which the scheme changed holds both; the dates are taken as the older ones.
    fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => b.cmp(a),
            (Self::Date(a), Self::Date(b)) => a.cmp(b),
            (Self::Date(_), Self::Number(_)) => Ordering::Less,
            (Self::Number(_), Self::Date(_)) => Ordering::Greater,
        }
    }
}

/// The name of the live file to which a rotated name belongs; none where it is no rotated name.
pub(super) fn live_name(path: &Path) -> Option<PathBuf> {
    let (base, _, _) = parse(path.file_name()?.as_bytes())?;
    Some(path.with_file_name(OsString::from_vec(base.to_vec())))
}

/// The rotated names in folders, each folder read once: ten thousand sources in one folder would otherwise read it
/// ten thousand times.
#[derive(Debug, Default)]
pub(super) struct Folders {
    read: HashMap<PathBuf, HashMap<Vec<u8>, Vec<Sibling>>>,
}

/// A rotated name.
#[derive(Clone, Debug)]
struct Sibling {
    path: PathBuf,
    rotation: Rotation,
    form: Form,
}

impl Folders {
    /// Keeps the names of some folders only; the others are read anew.
    pub(super) fn retain(&mut self, is_sure: impl Fn(&Path) -> bool) {
        self.read.retain(|folder, _| is_sure(folder));
    }

    /// Has a folder read anew.
    pub(super) fn forget(&mut self, folder: &Path) {
        self.read.remove(folder);
    }

    /// The rotated siblings of a live file, oldest first; `modified` breaks ties between equal names.
    pub(super) fn siblings(
        &mut self,
        live: &Path,
        modified: impl Fn(&Path) -> i64,
    ) -> io::Result<Vec<(PathBuf, Form)>> {
        let folder = folder_of(live);
        if !self.read.contains_key(&folder) {
            let names = read(&folder)?;
            self.read.insert(folder.clone(), names);
        }
        let name = live.file_name().unwrap_or_default().as_bytes();
        let all = self.read.get(&folder).and_then(|names| names.get(name));
        let Some(all) = all.filter(|_| fault::guards("siblings")) else { return Ok(Vec::new()) };
        let is_read = |form| form == Form::Plain || fault::guards("packed-siblings");
        // The compressor writes `x.gz` while `x` is still there: until `x` is gone, `x.gz` is unfinished.
        let mut found: Vec<_> = all
            .iter()
            .filter(|sibling| sibling.form == Form::Plain || !has_plain_twin(all, &sibling.path))
            .filter(|sibling| is_read(sibling.form))
            .map(|sibling| (sibling, modified(&sibling.path)))
            .collect();
        found.sort_by(|(a, a_time), (b, b_time)| {
            a.rotation.order(&b.rotation).then(a_time.cmp(b_time)).then_with(|| a.path.cmp(&b.path))
        });
        Ok(found.into_iter().map(|(sibling, _)| (sibling.path.clone(), sibling.form)).collect())
    }
}

/// The folder of a path; `.` for a bare name.
pub(super) fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn has_plain_twin(all: &[Sibling], packed: &Path) -> bool {
    all.iter().any(|other| other.form == Form::Plain && other.path == packed.with_extension(""))
}

fn read(folder: &Path) -> io::Result<HashMap<Vec<u8>, Vec<Sibling>>> {
    let bare = folder == Path::new(".");
    let mut names: HashMap<Vec<u8>, Vec<Sibling>> = HashMap::new();
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name();
        if let Some((base, rotation, form)) = parse(name.as_bytes()) {
            let path = if bare { PathBuf::from(&name) } else { folder.join(&name) };
            names.entry(base.to_vec()).or_default().push(Sibling { path, rotation, form });
        }
    }
    Ok(names)
}

fn parse(name: &[u8]) -> Option<(&[u8], Rotation, Form)> {
    let (rest, form) = match Packing::strip(name) {
        Some((rest, packing)) => (rest, Form::Packed(packing)),
        None => (name, Form::Plain),
    };
    for at in 1..rest.len() {
        if !matches!(rest[at], b'.' | b'-' | b'_') {
            continue;
        }
        let suffix = &rest[at + 1..];
        if is_date(suffix) {
            let digits = suffix.iter().copied().filter(u8::is_ascii_digit).collect();
            return Some((&rest[..at], Rotation::Date(digits), form));
        }
        if rest[at] == b'.' && (1..=7).contains(&suffix.len()) && suffix.iter().all(u8::is_ascii_digit) {
            let number = suffix.iter().fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'));
            return Some((&rest[..at], Rotation::Number(number), form));
        }
    }
    None
}

/// `20261121`, `2026-11-21`, and with a time or a number behind: `20261121-030000`, `20261121.1`.
fn is_date(suffix: &[u8]) -> bool {
    if !suffix.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'_' | b'.' | b'T')) {
        return false;
    }
    let is_digit = |at: usize| suffix.get(at).is_some_and(u8::is_ascii_digit);
    let date: Vec<u8> = if (0..8).all(is_digit) {
        suffix[..8].to_vec()
    } else if [0, 1, 2, 3, 5, 6, 8, 9].into_iter().all(is_digit) && suffix[4] == b'-' && suffix[7] == b'-' {
        [&suffix[..4], &suffix[5..7], &suffix[8..10]].concat()
    } else {
        return false;
    };
    let two = |at: usize| (date[at] - b'0') * 10 + (date[at + 1] - b'0');
    matches!(two(0), 19 | 20) && (1..=12).contains(&two(4)) && (1..=31).contains(&two(6))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, live: Option<&str>) {
        assert_eq!(live_name(Path::new(name)), live.map(PathBuf::from), "{name}");
    }

    #[test]
    fn rotated_names_lead_back_to_the_live_name() {
        check("/l/mail.log.1", Some("/l/mail.log"));
        check("/l/mail.log.12.gz", Some("/l/mail.log"));
        check("/l/mail.log-20261121", Some("/l/mail.log"));
        check("/l/mail.log-20261121.gz", Some("/l/mail.log"));
        check("/l/mail.log-20261121.zst", Some("/l/mail.log"));
        check("/l/mail.log.3.xz", Some("/l/mail.log"));
        check("/l/mail.log.3.bz2", Some("/l/mail.log"));
        check("/l/mail.log-2026-11-21", Some("/l/mail.log"));
        check("/l/mail.log.20261121-0300.gz", Some("/l/mail.log"));
        check("/l/mail.log-2026112103", Some("/l/mail.log"));
    }

    #[test]
    fn other_names_are_left_alone() {
        for name in [
            "mail.log",
            "mail.log.gz",
            "mail.log.zst",
            "u_ex241121.log",
            "a-20261399",
            "host-10",
            "app.log.err",
            "x.12345678",
        ] {
            check(name, None);
        }
    }

    #[test]
    fn siblings_come_oldest_first_and_unfinished_compressions_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["a.log", "a.log.10.gz", "a.log.2", "a.log.2.gz", "a.log.1", "b.log.1", "a.log-20260101"]
        {
            std::fs::write(dir.path().join(name), "x").unwrap();
        }
        let found = Folders::default().siblings(&dir.path().join("a.log"), |_| 0).unwrap();
        let names: Vec<_> =
            found.iter().map(|(path, _)| path.file_name().unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["a.log-20260101", "a.log.10.gz", "a.log.2", "a.log.1"]);
    }
}
