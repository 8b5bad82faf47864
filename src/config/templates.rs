//! The organisation's own templates: `*.j2` of a folder that nobody but root and the daemon's user can write, each in
//! place of ours of the same name. All of them are tried on sample letters of every kind before any is used.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::diagnose::{Problem, suggest};
use super::not_utf8;
use crate::alert::{self, TEMPLATE_BYTES_MAX, Templates};

/// Mode bits by which others can write, and the one that keeps them from replacing what is not theirs.
const OTHERS_WRITE: u32 = 0o022;
const STICKY: u32 = 0o1000;

/// The templates in force, and what is wrong with those of the folder. One with a mistake in it is not used.
pub fn templates(folder: &Path) -> (Templates, Vec<Problem>) {
    let (mut templates, mut problems) = (Templates::default(), Vec::new());
    let names = match std::fs::read_dir(folder) {
        Ok(entries) => {
            entries.filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => return (templates, problems),
        Err(error) => {
            let hint = format!("let the daemon's user read it, or remove it: {}", folder.display());
            problems.push(Problem::of_file(folder, format!("cannot list the templates: {error}"), hint));
            return (templates, problems);
        }
    };
    let mut names: Vec<String> = names.filter(|name| is_template(name)).collect();
    names.sort();
    if let Some(problem) = names.first().and_then(|_| unguarded(folder)) {
        problems.push(problem);
        return (templates, problems);
    }
    for name in names {
        let path = folder.join(&name);
        match read(&path) {
            Err(problem) => problems.push(problem),
            Ok(text) => {
                if !templates.shadow(&path, text) {
                    let known: Vec<&str> = Templates::names().collect();
                    let what = format!(
                        "no template of ours is named `{name}`, so this one would be in nobody's place"
                    );
                    problems.push(Problem::of_file(&path, what, suggest(&name, &known)));
                }
            }
        }
    }
    problems.extend(unrendered(&templates));
    (templates, problems)
}

/// Whether a file of the folder is meant to be a template; editors leave `.#alert.txt.j2`.
fn is_template(name: &str) -> bool {
    !name.starts_with('.') && Path::new(name).extension().is_some_and(|ending| ending == "j2")
}

/// What does not render the sample letters.
fn unrendered(templates: &Templates) -> Vec<Problem> {
    let faults = if templates.own().next().is_some() { alert::prove(templates) } else { Vec::new() };
    let problem = |fault: alert::Error| match fault {
        alert::Error::Template { file, line, what, .. } => {
            let hint = "docs/templates.md lists what a template gets; without the file ours is used";
            Problem::of_file(Path::new(&format!("{file}:{line}")), what, hint)
        }
        other => Problem::of_file(Path::new("templates"), other.to_string(), ""),
    };
    faults.into_iter().map(problem).collect()
}

/// Whether somebody else could put a file there: the folder, or one above it, is another's, or open to others.
fn unguarded(folder: &Path) -> Option<Problem> {
    let whole = folder.canonicalize().ok()?;
    whole.ancestors().enumerate().find_map(|(up, at)| {
        let found = at.metadata().ok()?;
        // In /tmp others can make files, and cannot rename ours away.
        let is_sticky = up > 0 && found.mode() & STICKY != 0;
        open_to_others(at, &found, is_sticky)
    })
}

/// What is wrong with owner or mode, and the command that mends it.
fn open_to_others(path: &Path, found: &Metadata, is_sticky: bool) -> Option<Problem> {
    let own = rustix::process::geteuid().as_raw();
    let path_shown = path.display();
    if found.uid() != 0 && found.uid() != own {
        let what = format!("belongs to user {}, who could change what the mails say", found.uid());
        return Some(Problem::of_file(path, what, format!("chown root {path_shown}")));
    }
    if found.mode() & OTHERS_WRITE != 0 && !is_sticky {
        let mode = found.mode() & 0o7777;
        let what = format!("others can write it (mode {mode:04o}), and could change what the mails say");
        return Some(Problem::of_file(path, what, format!("chmod go-w {path_shown}")));
    }
    None
}

/// Reads one; what is opened is what is judged.
fn read(path: &Path) -> Result<String, Problem> {
    let fault = |error: io::Error| {
        let hint = "let the daemon's user read it: chmod 0644";
        Problem::of_file(path, format!("cannot read the template: {error}"), hint)
    };
    let file = File::open(path).map_err(fault)?;
    let found = file.metadata().map_err(fault)?;
    if !found.is_file() {
        return Err(Problem::of_file(path, "is no file", "remove it, or put a template in its place"));
    }
    if let Some(problem) = open_to_others(path, &found, false) {
        return Err(problem);
    }
    let mut bytes = Vec::new();
    file.take(TEMPLATE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(fault)?;
    if bytes.len() as u64 > TEMPLATE_BYTES_MAX {
        let what = format!("is longer than {TEMPLATE_BYTES_MAX} bytes");
        return Err(Problem::of_file(path, what, "a template of ours has a tenth of that"));
    }
    String::from_utf8(bytes).map_err(|error| not_utf8(path, &error))
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// Puts files into a folder and returns what is wrong with them, a line each.
    fn check(files: &[(&str, &str)], folder_mode: u32, file_mode: u32) -> Vec<String> {
        let dir = tempfile::tempdir().expect("a folder");
        let folder = dir.path().join("templates");
        fs::create_dir(&folder).expect("makes");
        for (name, text) in files {
            fs::write(folder.join(name), text).expect("writes");
            fs::set_permissions(folder.join(name), Permissions::from_mode(file_mode)).expect("sets");
        }
        fs::set_permissions(&folder, Permissions::from_mode(folder_mode)).expect("sets");
        let root = folder.display().to_string();
        let told = |problem: &Problem| {
            let place = problem.file.display().to_string().replace(&root, "");
            format!("{place}: {}; {}", problem.what, problem.hint.replace(&root, ""))
        };
        templates(&folder).1.iter().map(told).collect()
    }

    #[test]
    fn a_template_that_renders_every_kind_of_letter_is_used() {
        assert_eq!(
            check(&[("alert.txt.j2", "{{ case }}: {{ happened }}\n"), ("README", "{{")], 0o755, 0o644),
            [""; 0]
        );
        assert!(templates(Path::new("/nonexistent/templates")).1.is_empty());
    }

    #[test]
    fn a_mistake_is_told_with_its_file_and_line() {
        let told =
            check(&[("alert.html.j2", "<p>\n{{ levle }}"), ("minimal.txt.j2", "{% if %}")], 0o755, 0o600);
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].starts_with("/alert.html.j2:2: undefined value"), "{told:?}");
        assert!(told[1].starts_with("/minimal.txt.j2:1: syntax error"), "{told:?}");
        let files = [("digest.html.j2", "\n{{ quite }}"), ("collective.txt.j2", "{{ incidents.total }}")];
        let told = check(&files, 0o755, 0o600);
        assert!(told.len() == 1 && told[0].starts_with("/digest.html.j2:2: undefined value"), "{told:?}");
        let told = check(&[("alert.text.j2", "x")], 0o755, 0o600);
        assert!(told[0].contains("did you mean `alert.txt.j2`?"), "{told:?}");
        let told = check(&[("alert.txt.j2", &"x".repeat(70_000))], 0o755, 0o600);
        assert!(told[0].contains("longer than 65536 bytes"), "{told:?}");
    }

    #[test]
    fn what_others_can_write_is_not_used_and_the_command_that_mends_it_is_told() {
        let good = [("alert.txt.j2", "{{ case }}")];
        let told = check(&good, 0o775, 0o644);
        assert!(told[0].contains("mode 0775") && told[0].ends_with("chmod go-w "), "{told:?}");
        let told = check(&good, 0o755, 0o666);
        assert!(told[0].contains("mode 0666") && told[0].ends_with("chmod go-w /alert.txt.j2"), "{told:?}");
        assert_eq!(told.len(), 1);
        assert!(
            check(&good, 0o1777, 0o644)[0].contains("mode 1777"),
            "the folder itself is not saved by its sticky bit"
        );
    }
}
