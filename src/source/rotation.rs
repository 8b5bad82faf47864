//! What logrotate is told to do with a log: of its settings some lose lines.

use std::path::{Path, PathBuf};

use globset::Glob;

/// A section of logrotate's configuration that rotates a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// The file and the line of the section.
    pub file: PathBuf,
    /// From 1.
    pub line: usize,
    /// The log is copied and then cut off: lines written in between are lost to every reader.
    pub copytruncate: bool,
    /// How many rotated files are kept; none where it is not said.
    pub rotate: Option<u32>,
}

/// The largest file that is read, in bytes.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// What the configuration `main` and the files of `folder` do with a log. Files that cannot be read say nothing.
pub fn of(log: &Path, main: &Path, folder: &Path) -> Vec<Rotation> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .map(|entries| entries.filter_map(|entry| Some(entry.ok()?.path())).collect())
        .unwrap_or_default();
    files.sort();
    files.insert(0, main.to_owned());
    let small = |file: &PathBuf| {
        std::fs::metadata(file).is_ok_and(|file| file.is_file() && file.len() <= FILE_BYTES_MAX)
    };
    let texts = files.into_iter().filter(small).filter_map(|file| {
        let text = std::fs::read_to_string(&file).ok()?;
        Some((file, text))
    });
    texts.flat_map(|(file, text)| sections(log, &file, &text)).collect()
}

/// The sections of one file that rotate a log. What stands before the first section holds for all after it.
fn sections(log: &Path, file: &Path, text: &str) -> Vec<Rotation> {
    let mut found = Vec::new();
    let mut paths: Vec<&str> = Vec::new();
    let (mut base, mut inside) =
        (Rotation { file: file.to_owned(), line: 1, copytruncate: false, rotate: None }, None);
    for (nth, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if inside.is_none() {
            let (head, opens) = line.strip_suffix('{').map_or((line, false), |head| (head, true));
            let is_path = |word: &&str| word.starts_with(['/', '"', '~']);
            let of_log: Vec<&str> =
                head.split_whitespace().filter(is_path).map(|word| word.trim_matches('"')).collect();
            if of_log.is_empty() && !opens {
                directive(&mut base, line);
            }
            paths.extend(of_log);
            if opens {
                inside = Some(Rotation { line: nth + 1, ..base.clone() });
            }
        } else if line == "}" {
            let is_of = |path: &&str| {
                Path::new(path) == log
                    || Glob::new(path).is_ok_and(|glob| glob.compile_matcher().is_match(log))
            };
            found.extend(inside.take().filter(|_| paths.iter().any(is_of)));
            paths.clear();
        } else if let Some(section) = &mut inside {
            directive(section, line);
        }
    }
    found
}

fn directive(section: &mut Rotation, line: &str) {
    let mut words = line.split_whitespace();
    match words.next() {
        Some("copytruncate" | "copy") => section.copytruncate = true,
        Some("nocopytruncate" | "nocopy" | "create") => section.copytruncate = false,
        Some("rotate") => section.rotate = words.next().and_then(|count| count.parse().ok()),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
weekly
rotate 4
# copytruncate
/var/log/mail.log
/var/log/mail/*.log
{
    daily
    copytruncate
    postrotate
        /bin/true
    endscript
}
\"/var/log/nginx/access.log\" {
    rotate 14
    create 0640 www-data adm
}
";

    fn of(log: &str) -> Vec<(usize, bool, Option<u32>)> {
        let found = sections(Path::new(log), Path::new("x"), TEXT);
        found.into_iter().map(|found| (found.line, found.copytruncate, found.rotate)).collect()
    }

    #[test]
    fn a_section_is_read_for_each_of_its_logs() {
        assert_eq!(of("/var/log/mail.log"), [(6, true, Some(4))]);
        assert_eq!(of("/var/log/mail/in.log"), [(6, true, Some(4))]);
        assert_eq!(of("/var/log/nginx/access.log"), [(13, false, Some(14))]);
        assert_eq!(of("/var/log/other.log"), []);
    }
}
