//! The journal as a program prints it that only knows what `journalctl` promises: entries from a cursor on, followed.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;

use crate::support::{Random, Site, seed, size, until};
use crate::{append, mail, people};

const PATIENCE: Duration = Duration::from_secs(20);

const PROGRAM: &str = r#"#!/bin/sh
entries=$(dirname "$0")/entries
cursor= follow= reverse=
for argument; do
    case $argument in
        --cursor=*) cursor=${argument#--cursor=n=} ;;
        --follow) follow=1 ;;
        --reverse) reverse=1 ;;
    esac
done
from=1
if [ -n "$cursor" ]; then
    from=$(sed 's/.*"__CURSOR":"n=\([0-9]*\)".*/\1/' "$entries" | awk -v c="$cursor" '$1 + 0 >= c + 0 { print NR; exit }')
    [ -z "$from" ] && from=$(($(wc -l < "$entries") + 1))
fi
if [ -n "$reverse" ]; then head -n "$from" "$entries" | tac
elif [ -n "$follow" ]; then exec tail -n "+$from" -f -s 0.02 "$entries"
else tail -n "+$from" "$entries"; fi
"#;

/// A site whose only source is a journal.
fn site() -> (Site, PathBuf) {
    let site = Site::new("");
    let program = site.path("journalctl");
    std::fs::write(&program, PROGRAM).expect("a program");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("runnable");
    let text = std::fs::read_to_string(&site.config).expect("readable");
    let path = format!("path = \"{}\"", site.log("mail.log").display());
    let journal =
        format!("journal = {{ units = [\"postfix@-.service\"], program = \"{}\" }}", program.display());
    assert!(text.contains(&path));
    std::fs::write(&site.config, text.replace(&path, &journal)).expect("writable");
    let entries = site.path("entries");
    append(&entries, "");
    (site, entries)
}

/// Lines of syslog as entries; `next` is the number of the next one.
fn log(entries: &Path, next: &mut u64, lines: &str) {
    let mut text = String::new();
    for line in lines.lines() {
        let mut words = line.splitn(4, ' ');
        let mut word = || words.next().expect("a line of syslog");
        let (stamp, host, tag, message) = (word(), word(), word(), word());
        let us = breachd::moment::parse_when(stamp, breachd::moment::Tz::UTC, 0).expect("a stamp");
        let program = tag.split('[').next().expect("a tag");
        let entry = json!({
            "__CURSOR": format!("n={next}"), "__REALTIME_TIMESTAMP": us.to_string(), "_HOSTNAME": host,
            "SYSLOG_IDENTIFIER": program, "_PID": "100", "MESSAGE": message,
        });
        text.push_str(&entry.to_string());
        text.push('\n');
        *next += 1;
    }
    append(entries, &text);
}

#[test]
fn a_journal_counts_what_its_log_would_count_and_is_killed_without_harm() {
    let mut random = Random(seed(24));
    let (site, entries) = site();
    let (plain, mut next, mut mails) = (Site::new(""), 1, 0);
    for _ in 0..size("BREACHD_JOURNAL_KILLS", 6) {
        let mut daemon = site.watch(&[]);
        for _ in 0..=random.below(4) {
            mails += 1;
            append(&plain.log("mail.log"), &mail(mails));
            log(&entries, &mut next, &mail(mails));
            std::thread::sleep(Duration::from_millis(random.next() % 40));
        }
        std::thread::sleep(Duration::from_millis(random.next() % 300));
        daemon.kill();
    }
    let mut daemon = site.watch(&[]);
    assert!(until(PATIENCE, || site.lines_read() as u64 >= next - 1), "{}", daemon.words());
    assert_eq!(site.lines_read() as u64, next - 1, "each entry is read once");
    assert_eq!(daemon.stop(), Some(0));
    plain.ok(&["watch", "--once"]);
    assert_eq!(people(&site), mails as u64);
    let core = |site: &Site| {
        let mut cores = site.cores();
        // Only the place differs: a sample names the entry's.
        cores.as_array_mut().into_iter().flatten().for_each(|core| core["samples"] = json!(null));
        cores
    };
    assert_eq!(core(&site), core(&plain));
}

#[test]
fn entries_that_were_vacuumed_unread_are_a_gap_that_is_shown() {
    let (site, entries) = site();
    let mut next = 1;
    log(&entries, &mut next, &mail(1));
    site.ok(&["watch", "--once"]);
    std::fs::write(&entries, "").expect("vacuumed");
    next += 7;
    log(&entries, &mut next, &mail(2));
    let mut daemon = site.watch(&[]);
    assert!(until(PATIENCE, || people(&site) == 2), "{}", daemon.words());
    let status = site.json(&["ctl", "status", "--json"]);
    assert_eq!(status["gaps"]["total"], 1, "{status:#}");
    assert_eq!(status["gaps"]["latest"][0]["cause"], "vanished");
    assert_eq!(status["gaps"]["latest"][0]["path"], "journal:postfix@-.service");
    assert_eq!(status["sources"][0]["state"], "reading");
}

/// The real `journalctl` on a journal that systemd's own program writes.
#[test]
fn the_journal_of_systemd_is_read_and_followed() {
    let writer = "/lib/systemd/systemd-journal-remote";
    if crate::support::servers::missing(&[writer, "/usr/bin/journalctl"]) {
        return;
    }
    let (site, _) = site();
    let folder = site.path("journal");
    std::fs::create_dir(&folder).expect("a folder");
    let program = format!("#!/bin/sh\nexec /usr/bin/journalctl --directory={} \"$@\"\n", folder.display());
    std::fs::write(site.path("journalctl"), program).expect("a program");
    let write = |name: &str, from: usize, to: usize| {
        let text: String = (from..to).flat_map(|n| export(n, &mail(n))).collect();
        let exported = site.path("exported");
        std::fs::write(&exported, text).expect("written");
        let journal = folder.join(name);
        let arguments = [Path::new("-o"), &journal, &exported];
        let output = std::process::Command::new(writer).args(arguments).output().expect("it starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    write("a.journal", 1, 4);
    let mut daemon = site.watch(&[]);
    assert!(until(PATIENCE, || site.lines_read() == 15), "{}", daemon.words());
    daemon.kill();
    write("b.journal", 4, 6);
    let mut daemon = site.watch(&[]);
    assert!(until(PATIENCE, || site.lines_read() == 25), "{}", daemon.words());
    write("c.journal", 6, 7);
    assert!(until(PATIENCE, || people(&site) == 6), "{}", daemon.words());
    assert_eq!((site.lines_read(), daemon.stop()), (30, Some(0)));
    // The machine's own journal knows no such cursor: what is there is read, and that there was more is known.
    std::fs::remove_file(folder.join("c.journal")).expect("vacuumed");
    std::fs::remove_file(folder.join("b.journal")).expect("vacuumed");
    std::fs::remove_file(folder.join("a.journal")).expect("vacuumed");
    write("d.journal", 7, 8);
    let mut daemon = site.watch(&[]);
    assert!(until(PATIENCE, || people(&site) == 7), "{}", daemon.words());
    assert_eq!(site.json(&["ctl", "status", "--json"])["gaps"]["total"], 1);
}

/// Lines of syslog in the format that systemd's programs exchange.
fn export(n: usize, lines: &str) -> Vec<String> {
    let entry = |(at, line): (usize, &str)| {
        let mut words = line.splitn(4, ' ');
        let mut word = || words.next().expect("a line of syslog");
        let (stamp, host, tag, message) = (word(), word(), word(), word());
        let us = breachd::moment::parse_when(stamp, breachd::moment::Tz::UTC, 0).expect("a stamp");
        let (us, program) = (us + at as i64, tag.split('[').next().expect("a tag"));
        let monotonic = (n * 100 + at) * 1_000_000;
        format!(
            "__REALTIME_TIMESTAMP={us}\n__MONOTONIC_TIMESTAMP={monotonic}\n_BOOT_ID=11111111111111111111111111111111\n\
             _HOSTNAME={host}\n_SYSTEMD_UNIT=postfix@-.service\nSYSLOG_IDENTIFIER={program}\n_PID=100\n\
             MESSAGE={message}\n\n"
        )
    };
    lines.lines().enumerate().map(entry).collect()
}

#[test]
fn a_journal_that_is_wrongly_configured_says_so() {
    let site = Site::new(
        "[[source]]\njournal = { units = [] }\n[[source]]\npath = \"/a\"\njournal = { units = [\"postfix\"] }\n",
    );
    let output = site.run(&["check"]);
    let words =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(78), "{words}");
    for part in [
        "a journal without units would be read whole",
        "a file or the journal, not both",
        "`postfix` is not the name of a unit",
    ] {
        assert!(words.contains(part), "{part} in {words}");
    }
}
