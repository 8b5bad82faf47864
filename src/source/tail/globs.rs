//! From a configured path or glob to the live files it means.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};

use super::Notice;
use crate::source::body::Form;
use crate::source::{Spec, siblings};

/// Folders walked below the fixed part of a glob with `**`.
const DEPTH_MAX: usize = 16;

/// A configured source. A plain path is a source before its file exists; a glob makes sources of what it matches.
#[derive(Debug)]
pub(super) struct Pattern {
    pub(super) spec: Spec,
    /// The folder above everything it can match.
    pub(super) folder: PathBuf,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Path,
    Glob { matcher: GlobMatcher, depth: usize },
    Wrong(String),
}

impl Pattern {
    pub(super) fn new(spec: Spec) -> Self {
        let is_magic = |part: &str| part.contains(['*', '?', '[', '{']);
        let path = Path::new(&spec.glob);
        if !is_magic(&spec.glob) {
            return Self { folder: siblings::folder_of(path), kind: Kind::Path, spec };
        }
        let parts: Vec<_> = path.components().collect();
        let fixed = parts.iter().take_while(|part| !is_magic(&part.as_os_str().to_string_lossy())).count();
        let folder: PathBuf = parts[..fixed.min(parts.len() - 1)].iter().collect();
        let depth = if spec.glob.contains("**") { DEPTH_MAX } else { parts.len() - fixed };
        let kind = match GlobBuilder::new(&spec.glob).literal_separator(true).build() {
            Ok(glob) => Kind::Glob { matcher: glob.compile_matcher(), depth },
            Err(error) => Kind::Wrong(error.to_string()),
        };
        let folder = if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder };
        Self { spec, folder, kind }
    }

    /// Whether a change of names in one of these folders may be about what it means.
    pub(super) fn is_in(&self, folders: &HashSet<PathBuf>) -> bool {
        matches!(self.kind, Kind::Glob { .. })
            && folders.iter().any(|folder| folder.starts_with(&self.folder) || self.folder == Path::new("."))
    }

    /// Whether all it can match stands in one folder.
    pub(super) fn is_flat(&self) -> bool {
        !matches!(self.kind, Kind::Glob { depth, .. } if depth > 1)
    }

    /// The folder below which a file may not be a symbolic link: who wrote a glob has not named what it finds.
    pub(super) fn below(&self) -> Option<PathBuf> {
        matches!(self.kind, Kind::Glob { .. }).then(|| self.folder.clone())
    }

    /// The live files it means right now; a rotated sibling stands for its live file.
    pub(super) fn expand(&self, known: &HashSet<PathBuf>) -> (BTreeSet<PathBuf>, Option<Notice>) {
        let (matcher, depth) = match &self.kind {
            Kind::Path => return (BTreeSet::from([PathBuf::from(&self.spec.glob)]), None),
            Kind::Glob { matcher, depth } => (matcher, *depth),
            Kind::Wrong(what) => {
                return (BTreeSet::new(), Some(self.notice(what.clone(), "correct the glob")));
            }
        };
        let mut files = BTreeSet::new();
        if let Err(cause) = walk(&self.folder, depth, &mut files) {
            let notice = self
                .notice(format!("read {}: {cause}", self.folder.display()), "check the path of the source");
            return (BTreeSet::new(), Some(notice));
        }
        let is_match = |path: &Path| matcher.is_match(path);
        let live = files.iter().filter(|path| is_match(path)).map(|path| match siblings::live_name(path) {
            Some(live) if is_match(&live) || known.contains(&live) || files.contains(&live) => live,
            _ => path.clone(),
        });
        // `mail.log.gz` is nobody's live file.
        (live.filter(|path| Form::of(path) == Form::Plain).collect(), None)
    }

    /// Whether a live file is one that it means, whether or not it is there.
    pub(super) fn means(&self, path: &Path) -> bool {
        match &self.kind {
            Kind::Path => path == Path::new(&self.spec.glob),
            Kind::Glob { matcher, .. } => matcher.is_match(path),
            Kind::Wrong(_) => false,
        }
    }

    fn notice(&self, what: String, hint: &str) -> Notice {
        Notice { path: PathBuf::from(&self.spec.glob), what, hint: hint.to_owned() }
    }
}

/// Everything but folders, so that a FIFO in a log's place is refused by name instead of being overlooked.
fn walk(folder: &Path, depth: usize, files: &mut BTreeSet<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        // A glob without a folder in it is matched against bare names, as it was written.
        let path = if folder == Path::new(".") { PathBuf::from(entry.file_name()) } else { entry.path() };
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && depth > 1 => {
                // A folder below that may not be read hides only itself; the fixed folder above is named.
                let _ = walk(&path, depth - 1, files);
            }
            Ok(kind) if kind.is_dir() => {}
            Ok(_) => {
                files.insert(path);
            }
            Err(_) => {} // it vanished meanwhile
        }
    }
    Ok(())
}
