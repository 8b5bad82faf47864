//! A look at the logs that are configured, without reading on: are they there, can they be read, are they silent?

use std::collections::HashSet;
use std::path::PathBuf;

use super::Notice;
use super::globs::Pattern;
use crate::source::{Error, Spec, sys};

/// A log as it was found.
#[derive(Debug)]
pub struct Health {
    /// The file.
    pub path: PathBuf,
    /// What keeps it from being read.
    pub trouble: Option<Error>,
    /// Bytes.
    pub size: u64,
    /// Seconds since the epoch when it was last written.
    pub modified: i64,
    /// Its last whole lines.
    pub sample: Vec<u8>,
}

/// How much of a log's end is looked at.
const SAMPLE_BYTES: u64 = 1 << 20;

/// Looks at every log that the sources mean now; the notices are about globs that mean none.
pub fn health(specs: Vec<Spec>) -> (Vec<Health>, Vec<Notice>) {
    let (mut found, mut notices) = (Vec::new(), Vec::new());
    for spec in specs {
        let pattern = Pattern::new(spec);
        let (paths, notice) = pattern.expand(&HashSet::new());
        if paths.is_empty() && notice.is_none() {
            let what = format!("no file is meant by {}", pattern.spec.glob);
            notices.push(Notice {
                path: pattern.spec.glob.clone().into(),
                what,
                hint: "check the glob".to_owned(),
            });
        }
        notices.extend(notice);
        found.extend(paths.into_iter().map(look));
    }
    (found, notices)
}

fn look(path: PathBuf) -> Health {
    match sys::open(&path, sys::Links::Followed) {
        Ok((file, stat)) => {
            let from = stat.size.saturating_sub(SAMPLE_BYTES);
            let read = sys::range(&file, from, stat.size);
            let (sample, trouble) = match read {
                Ok(bytes) => (whole_lines(bytes, from > 0), None),
                Err(cause) => (Vec::new(), Some(Error::io(&path, cause))),
            };
            Health { modified: stat.modified(), size: stat.size, path, trouble, sample }
        }
        Err(trouble) => Health { path, trouble: Some(trouble), size: 0, modified: 0, sample: Vec::new() },
    }
}

fn whole_lines(mut bytes: Vec<u8>, cut: bool) -> Vec<u8> {
    let end = memchr::memrchr(b'\n', &bytes).map_or(0, |newline| newline + 1);
    bytes.truncate(end);
    let start = if cut { memchr::memchr(b'\n', &bytes).map_or(0, |newline| newline + 1) } else { 0 };
    bytes.split_off(start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Start;

    #[test]
    fn logs_are_found_with_what_is_wrong_with_them() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.log"), "one\ntwo\nthr").unwrap();
        std::fs::create_dir(folder.path().join("b.log")).unwrap();
        let spec = |name: &str| Spec {
            glob: folder.path().join(name).display().to_string(),
            start: Start::Beginning,
        };
        let (found, notices) = health(["a.log", "b.log", "c.log", "*.txt"].map(spec).to_vec());
        let told =
            |health: &Health| (health.sample.clone(), health.trouble.as_ref().map(ToString::to_string));
        assert_eq!(told(&found[0]), (b"one\ntwo\n".to_vec(), None));
        assert!(told(&found[1]).1.unwrap().contains("it is a folder"));
        assert!(found[2].trouble.as_ref().unwrap().is_missing());
        assert!(notices[0].what.contains("no file is meant"));
        assert_eq!(whole_lines(b"rest\none\ntwo".to_vec(), true), b"one\n");
    }
}
