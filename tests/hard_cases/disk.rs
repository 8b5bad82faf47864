//! Disks that are full, read-only or failing, under the real program.

use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support::story::{TUESDAY, postfix};
use crate::support::{Daemon, Site, national_id, until};

/// The longest wait for something that should happen.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Whether file systems can be mounted; without root a test that needs it is skipped, which `BREACHD_NO_SKIP` forbids.
pub fn is_root(test: &str) -> bool {
    let is_root = rustix::process::geteuid().is_root();
    if !is_root {
        assert!(
            std::env::var_os("BREACHD_NO_SKIP").is_none(),
            "{test} needs root, and BREACHD_NO_SKIP is set"
        );
        println!("{test} skipped: it mounts a file system, which takes root");
    }
    is_root
}

/// A file system of its own in memory; unmounted when dropped.
pub struct Mounted(pub PathBuf);

impl Mounted {
    pub fn new(path: PathBuf, options: &str) -> Self {
        fs::create_dir_all(&path).unwrap();
        run(Command::new("mount").args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(&path));
        Self(path)
    }

    pub fn remount(&self, options: &str) {
        run(Command::new("mount").arg("-o").arg(format!("remount,{options}")).arg(&self.0));
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // A daemon that has just been killed may hold it for a moment.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

fn run(command: &mut Command) {
    assert!(command.status().unwrap().success(), "{command:?}");
}

/// A message of one sender with an identity number, that left. Four lines.
pub fn leak(n: usize, sender: &str) -> String {
    let id = format!("{:06X}", 0xA0_0000 + n);
    postfix(
        TUESDAY,
        &format!(
            "{n}s {id} client pc[10.1.2.3], sasl_method=PLAIN, sasl_username={sender}@agency.gov.tw\n\
             {n}s {id} subject 名冊 {}\n{n}s {id} sent out@example.com\n{n}s {id} removed",
            national_id(n)
        ),
    )
}

pub fn append(site: &Site, text: &str) {
    let mut log = fs::OpenOptions::new().create(true).append(true).open(site.log("mail.log")).unwrap();
    log.write_all(text.as_bytes()).unwrap();
}

/// Whether the first letter of the n-th case is in the spool.
pub fn has_letter(site: &Site, name: &str) -> bool {
    site.mails()
        .iter()
        .any(|mail| mail.file_stem().is_some_and(|stem| stem.to_string_lossy().starts_with(name)))
}

/// Store and spool on one small disk.
pub fn small_disk(site: &Site, bytes: &str) -> Mounted {
    let disk = Mounted::new(site.path("disk"), &format!("size={bytes}"));
    for name in ["state", "spool"] {
        fs::create_dir(disk.0.join(name)).unwrap();
        symlink(disk.0.join(name), site.path(name)).unwrap();
    }
    disk
}

/// Takes the last byte of a disk.
pub fn fill(disk: &Path) -> PathBuf {
    let path = disk.join("filler");
    let mut file = fs::File::create(&path).unwrap();
    let block = vec![b'x'; 64 << 10];
    while file.write_all(&block).is_ok() {}
    while file.write_all(&[b'x'; 512]).is_ok() {}
    path
}

/// A daemon over a disk that fails as long as the file it is told of exists.
fn failing(site: &Site) -> (Daemon, PathBuf) {
    let library = site.path("failing_disk.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hard_cases/failing_disk.c");
    run(Command::new("gcc").args(["-shared", "-fPIC", "-w", "-o"]).arg(&library).arg(source));
    let told = site.path("fails");
    let preload = library.to_str().unwrap().to_owned();
    let daemon = site.watch(&[("LD_PRELOAD", &preload), ("BREACHD_TEST_DISK", told.to_str().unwrap())]);
    (daemon, told)
}

/// Errors that a write can meet, what is said of each, and that reading goes on by itself when they are over.
#[test]
fn a_disk_that_fails_is_waited_for_and_nothing_is_lost() {
    for (number, hint) in [(5, "the disk fails"), (30, "dmesg"), (28, "free some space")] {
        let site = Site::new("[store]\nreserve = \"0B\"");
        append(&site, &leak(1, "one"));
        let (mut daemon, told) = failing(&site);
        assert!(until(PATIENCE, || has_letter(&site, "BD-2026-000001.r0")), "{}", daemon.words());
        fs::write(&told, number.to_string()).unwrap();
        append(&site, &leak(2, "two"));
        let said = daemon.wait_for_line("cannot commit, reading waits", PATIENCE);
        assert!(said.as_ref().is_some_and(|said| said.contains(hint)), "errno {number}: {said:?}");
        assert_eq!(site.lines_read(), 4, "errno {number}");
        fs::remove_file(&told).unwrap();
        assert!(
            until(PATIENCE, || has_letter(&site, "BD-2026-000002.r0")),
            "errno {number}: {}",
            daemon.words()
        );
        assert_eq!(site.lines_read(), 8, "errno {number}");
        assert_eq!(daemon.stop(), Some(0), "{}", daemon.words());
        assert_eq!(site.cores(), site.replayed(&[site.log("mail.log")]));
    }
}

#[test]
fn a_read_only_disk_is_named_with_the_way_out() {
    if !is_root("a read-only disk") {
        return;
    }
    let site = Site::new("");
    append(&site, &leak(1, "one"));
    let disk = small_disk(&site, "128m");
    site.ok(&["watch", "--once"]);
    disk.remount("ro");
    let output = site.run(&["watch"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("Read-only file system") && said.contains("mounted read-only"), "{said}");
    disk.remount("rw");
    append(&site, &leak(2, "two"));
    site.ok(&["watch", "--once"]);
    assert_eq!(site.cores(), site.replayed(&[site.log("mail.log")]));
}

#[test]
fn a_state_directory_of_somebody_else_is_named_with_the_way_out() {
    use std::os::unix::fs::PermissionsExt;
    let site = Site::new("");
    append(&site, &leak(1, "one"));
    fs::create_dir(site.path("state")).unwrap();
    fs::set_permissions(site.path("state"), fs::Permissions::from_mode(0o500)).unwrap();
    let watch = site.command(&["watch"]);
    let mut command = if rustix::process::geteuid().is_root() {
        // Root without the right to pass over permissions.
        let mut command = Command::new("setpriv");
        command.args(["--bounding-set", "-dac_override,-dac_read_search", "--inh-caps", "-all"]);
        command.arg(watch.get_program()).args(watch.get_args());
        command
    } else {
        watch
    };
    let output = command.current_dir(site.dir.path()).stdout(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("Permission denied") && said.contains("must belong to the user"), "{said}");
    fs::set_permissions(site.path("state"), fs::Permissions::from_mode(0o700)).unwrap();
    site.ok(&["watch", "--once"]);
    assert!(has_letter(&site, "BD-2026-000001.r0"));
}

/// The bound on the store is reached like the end of a disk, and raised by a setting.
#[test]
fn a_store_at_its_bound_stops_reading_until_the_bound_is_raised() {
    let site = Site::new("[store]\nmax = \"1MiB\"\nreserve = \"1MiB\"");
    let mut daemon = site.watch(&[]);
    let many: String = (0..400).map(|n| leak(n, &format!("u{}", n % 97))).collect();
    append(&site, &many);
    let said = daemon.wait_for_line("no room for the store", Duration::from_mins(2));
    assert!(said.is_some_and(|said| said.contains("[store] max")), "{}", daemon.words());
    assert!(until(PATIENCE, || has_letter(&site, "notice-disk-full")));
    assert!(daemon.is_running(), "it waits: {}", daemon.words());
    assert_eq!(daemon.stop(), Some(0), "{}", daemon.words());
    let text = fs::read_to_string(&site.config).unwrap();
    fs::write(&site.config, text.replace("max = \"1MiB\"", "max = \"1GiB\"")).unwrap();
    site.ok(&["watch", "--once"]);
    assert_eq!(site.cores(), site.replayed(&[site.log("mail.log")]));
}

#[test]
fn a_reserve_that_does_not_fit_is_said_and_reading_goes_on() {
    let site = Site::new("[store]\nreserve = \"1000000GiB\"");
    append(&site, &leak(1, "one"));
    let mut daemon = site.watch(&[]);
    assert!(until(PATIENCE, || has_letter(&site, "BD-2026-000001.r0")), "{}", daemon.words());
    let words = daemon.words();
    assert!(words.contains("cannot hold back space") && words.contains("lower [store] reserve"), "{words}");
    assert_eq!(daemon.stop(), Some(0), "{}", daemon.words());
    assert!(!site.path("state/reserve").exists());
}
