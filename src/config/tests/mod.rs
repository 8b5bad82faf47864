//! One test for each mistake, with what the sysadmin reads.

mod contact;
mod roles;
mod telling;
mod values;
mod written;

use super::*;

const SAMPLE: &str = include_str!("../../../config/breachd.toml");

/// The least that a site must say.
const LEAST: &str = "[[source]]\npath = \"/var/log/mail.log\"\n";

fn interpret_for_test(
    files: &[(&str, &str)],
    needed_roles: &[NeededRole],
) -> Result<(Settings, Report), Report> {
    let policies = ["nfu-ims-p-025".to_owned(), "moi-construction-110".to_owned()];
    let known =
        Known { formats: &["postfix".to_owned(), "nginx".to_owned()], policies: &policies, needed_roles };
    read(files.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect(), &known)
}

fn settings(text: &str) -> Settings {
    match interpret_for_test(&[("/etc/breachd/breachd.toml", text)], &[]) {
        Ok((settings, _)) => settings,
        Err(report) => panic!("{}", report.render(false)),
    }
}

/// The problems of a file that is right but for `text`, as they are shown.
fn check(text: &str, expected: &str) {
    let text = if text.contains("[[source]]") { text.to_owned() } else { format!("{text}\n{LEAST}") };
    let mut report = match interpret_for_test(&[("b.toml", &text)], &[]) {
        Ok((_, report)) | Err(report) => report,
    };
    report.problems.retain(|problem| !problem.what.starts_with("no mail domain"));
    let shown = report.render(false);
    let problems = shown.rsplit_once("\n\n").map_or("", |(problems, _)| problems);
    assert_eq!(problems, expected.trim_matches('\n'), "shown:\n{problems}\n");
}

fn needed(role: &str, clause: &str) -> NeededRole {
    NeededRole { policy: "nfu-ims-p-025".into(), role: role.into(), clause: clause.into() }
}

#[test]
fn a_span_that_is_no_whole_days_is_refused() {
    check(
        "[incident]\nspan = \"36h\"",
        r#"
error: `36h` is not a number of whole days
 --> b.toml:2:8
  |
2 | span = "36h"
  |        ^^^^^ write it like 7d
"#,
    );
}

#[test]
fn conf_d_merges_tables_appends_sources_and_overrides_the_rest() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
    std::fs::create_dir(folder.path().join("conf.d")).expect("created");
    write("breachd.toml", &format!("{LEAST}[org]\nname = \"a\"\ndomains = [\"A.tw\"]\n[mail]\nport = 26\n"));
    write("conf.d/20.toml", "[org]\nname = \"c\"\ndomains = [\"c.tw\"]\n");
    write("conf.d/10.toml", "[[source]]\npath = \"/b\"\n[org]\nname = \"b\"\n");
    write("conf.d/.#20.toml", "broken");
    write("conf.d/note.txt", "broken");
    let policies = ["nfu-ims-p-025".to_owned(), "moi-construction-110".to_owned()];
    let known = Known { formats: &[], policies: &policies, needed_roles: &[] };
    let (settings, report) = load(&folder.path().join("breachd.toml"), &known).expect("no mistakes");
    let paths: Vec<&str> = settings.sources.iter().map(|source| source.path.as_str()).collect();
    assert_eq!(paths, ["/var/log/mail.log", "/b"]);
    assert_eq!((settings.org.name.as_str(), settings.mail.relay.port), ("c", 26));
    assert_eq!(settings.org.domains, ["c.tw"]);
    assert_eq!(report.summary(), "no problems; read 3 files: breachd.toml, conf.d/10.toml, conf.d/20.toml");
}

/// What the sample says beside its defaults: one log, and root for every role.
fn without_what_a_site_must_say(mut read: Settings) -> Settings {
    assert_eq!(read.sources.len(), 1);
    read.sources.clear();
    let root = vec![Holder::from("root@localhost")];
    assert!(read.roles.global.values().all(|mailboxes| *mailboxes == root));
    read.roles.global.clear();
    read
}

#[test]
fn the_sample_says_nothing_but_the_defaults() {
    assert_eq!(without_what_a_site_must_say(settings(SAMPLE)), Settings::default());
}

#[test]
fn the_sample_uncommented_equals_the_defaults() {
    let uncomment = |line: &str| match line.strip_prefix('#') {
        Some(value) if !line.starts_with("##") => value.to_owned(),
        _ => line.to_owned(),
    };
    let text: Vec<String> = SAMPLE.lines().map(uncomment).collect();
    assert_eq!(without_what_a_site_must_say(settings(&text.join("\n"))), Settings::default());
}

#[test]
fn the_examples_in_the_sample_are_valid() {
    let example = |line: &str| {
        let line = line.strip_prefix("## ")?;
        (line.starts_with('[') || line.split_once(" = ").is_some_and(|(key, _)| !key.contains(' ')))
            .then(|| line.to_owned())
    };
    let text: Vec<String> = SAMPLE
        .lines()
        .filter_map(|line| example(line).or_else(|| (!line.starts_with('#')).then(|| line.to_owned())))
        .collect();
    let read = settings(&text.join("\n"));
    assert_eq!(read.sources[0].records_held, Some(10_000));
    let day = crate::moment::Day::parse("2026-11-27").expect("a day");
    let reached = read.roles.reached("dpo", Some("人事室"), day);
    assert_eq!(reached[0].mailbox, "hr-privacy@agency.gov.tw");
    assert_eq!(read.key_file.as_deref(), Some(Path::new("/etc/breachd/subject.key")));
}

#[test]
fn a_dump_reads_back_as_the_same_settings_and_names_origins() {
    let text = format!(
        "{LEAST}owner_unit = \"u\"\n[incident]\ngap = \"90m\"\n[roles.unit.u]\n\
         dpo = [\"a@b.tw\", {{ mailbox = \"c@b.tw\", from = 2026-01-01, until = \"115/12/31\", deputy = \"d@b.tw\", \
         away = [\"2026-07-01..2026-07-15\", \"2026-09-01\"] }}]\n[units]\nu = [\"x-*\"]\n[key]\nfile = \"/k\"\n\
         [control]\nsocket = \"/s\"\n[alarm]\nsilent_after = \"0s\"\nunreadable_after = \"5s\"\n\
         [[source]]\njournal = {{ units = [\"a.service\"] }}\nsilent_after = \"3d\"\n\
         [storm]\nburst = 7\n[digest]\nat = \"07:05\"\nroles = [\"ciso\"]\n\
         [[suppress]]\nkind = \"tw-mobile\"\nowner = \"o\"\nreason = \"r\"\nexpires = 2026-12-31\n"
    );
    let (read, report) = interpret_for_test(&[("/etc/b.toml", &text)], &[]).expect("no mistakes");
    let dumped = dump(&read, &report);
    assert_eq!(settings(&dumped), read);
    let journal = &read.sources[1];
    assert_eq!((journal.path.as_str(), journal.format.as_str()), ("journal:a.service", "journald"));
    assert_eq!((journal.silent_after, read.alarm.silent_after), (Some(3 * crate::moment::DAY), Some(0)));
    assert!(dumped.contains("path = \"/var/log/mail.log\"  # /etc/b.toml:2\n"), "{dumped}");
    assert!(dumped.contains("gap = \"5400s\"  # /etc/b.toml:5\n"), "{dumped}");
    assert!(dumped.contains("port = 25  # default\n"), "{dumped}");
}

#[test]
fn the_control_socket_is_beside_a_store_of_its_own_place_and_found_in_a_wrong_configuration() {
    let socket = |text: &str| settings(&format!("{text}\n{LEAST}")).control_socket();
    assert_eq!(socket(""), Path::new("/run/breachd/control.sock"));
    assert_eq!(socket("state_dir = \"/srv/b\""), Path::new("/srv/b/control.sock"));
    assert_eq!(
        socket("state_dir = \"/srv/b\"\n[control]\nsocket = \"/run/b.sock\""),
        Path::new("/run/b.sock")
    );
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("breachd.toml");
    std::fs::write(&file, "state_dir = \"/srv/b\"\nnonsense = 1\n[mail]\nport = \n").expect("written");
    assert_eq!(as_far_as_readable(&file).control_socket(), Path::new("/srv/b/control.sock"));
}
