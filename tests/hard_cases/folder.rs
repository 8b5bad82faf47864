//! What happens around the files: notices that are lost, refused or too many, other machines, traps, permissions, and the
//! first look.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use breachd::source::Start;
use rustix::fs::{CWD, FileType, Mode, mknodat};
use rustix::thread::{Uid, set_thread_uid};

use crate::log::{Log, append};
use crate::row::{Outcome, Row};
use crate::support::{BREACHD, Site, until};

#[test]
fn row_18_notices_lost() {
    let row = Row {
        number: 18,
        case: "the kernel's queue of notices is full, and what is lost is the notice of an idle log's next lines",
        ours: "notices are hints: one without a path has everything looked at; without any, each log is looked at in turn",
        guards: &["lost-notices"],
    };
    row.check(|_| {
        let mut log = Log::new();
        log.append("a.log", 10);
        let mut tail = log.reader().idle_after(Duration::ZERO).watched();
        tail.look();
        log.drain(&mut tail);
        thread::sleep(Duration::from_millis(300)); // its turn comes, and it is idle
        tail.look();
        let queue: usize =
            fs::read_to_string("/proc/sys/fs/inotify/max_queued_events").unwrap().trim().parse().unwrap();
        let noise = ["x", "y"].map(|name| fs::File::create(log.path(name)).unwrap());
        for n in 0..queue + 100 {
            noise[n % 2].set_len(n as u64).unwrap();
        }
        log.append("a.log", 10);
        assert!(tail.wait(Duration::ZERO), "noise is told");
        tail.look();
        log.drain(&mut tail);
        log.outcome()
    });
}

/// In a user namespace of its own, whose limit of watches is 0.
#[test]
fn row_19_watch_limit() {
    let row = Row {
        number: 19,
        case: "no watch is to be had (max_user_watches): the real program, lines written while it runs",
        ours: "each folder without notices is polled, which is said with the way out",
        guards: &["polling"],
    };
    row.check(|side| {
        let site = Site::new("");
        append(&site.log("mail.log"), b"the first line\n");
        let words = fs::File::create(site.path("words")).unwrap();
        let script = "echo 0 > /proc/sys/user/max_inotify_watches && exec \"$@\"";
        let mut child = Command::new("unshare")
            .args(["-U", "-r", "sh", "-c", script, "sh", BREACHD, "-c"])
            .arg(&site.config)
            .arg("watch")
            .env("BREACHD_FAULT", side.fault())
            .stderr(Stdio::from(words))
            .spawn()
            .unwrap();
        let reads = |lines| move |site: &Site| site.lines_read() == lines;
        assert!(until(Duration::from_secs(20), || reads(1)(&site)), "it starts and reads what is there");
        thread::sleep(Duration::from_millis(600)); // the second look has been
        append(&site.log("mail.log"), b"the second line\n".repeat(9).as_slice());
        let patience = Duration::from_secs(if side.is_guarded() { 20 } else { 2 });
        until(patience, || reads(10)(&site));
        let read = site.lines_read();
        child.kill().unwrap();
        child.wait().unwrap();
        let said = fs::read_to_string(site.path("words")).unwrap();
        assert!(said.contains("raise fs.inotify.max_user_watches"), "{said}");
        Outcome { written: 10, lost: 10 - read, ..Outcome::default() }
    });
}

#[test]
fn row_20_woken_by_own_reading() {
    let row = Row {
        number: 20,
        case: "a watch that tells of opening and reading too (notify 8.2 and 9)",
        ours: "folders are watched, and only for what others do to their files: our own reading wakes nobody",
        guards: &["others-only"],
    };
    row.check(|_| {
        let mut log = Log::new();
        log.append("a.log", 10);
        let mut tail = log.reader().watched();
        let mut woken = 0;
        for _ in 0..20 {
            tail.look();
            log.drain(&mut tail);
            tail.rescan();
            woken += usize::from(tail.wait(Duration::from_millis(1)));
        }
        if woken < 2 { log.outcome() } else { Outcome::failed("wakes itself for ever") }
    });
}

/// A folder behind FUSE, and a size that is short for a moment, as an attribute cache has it.
#[test]
fn row_21_remote_file_system() {
    let row = Row {
        number: 21,
        case: "a folder behind FUSE: rotations, and a size that is short for less than 5 s (attribute cache); 10 times",
        ours: "told by statfs: polled, known by name and bytes, and a short size is believed after 5 s only",
        guards: &["remote"],
    };
    row.check(|_| {
        let mut log = Log::new();
        let behind = tempfile::tempdir().unwrap();
        let mounted = Mounted::new(behind.path(), log.dir.path());
        append(&behind.path().join("a.log"), log.lines(20).as_bytes());
        let mut tail = log.reader();
        log.drain(&mut tail);
        for n in 0..10 {
            let path = behind.path().join("a.log");
            let whole = fs::read(&path).unwrap();
            fs::write(log.live(), &whole[..whole.len() / 2]).unwrap();
            log.rescan(&mut tail);
            fs::write(log.live(), &whole).unwrap();
            append(&log.live(), log.lines(3).as_bytes());
            log.rescan(&mut tail);
            if n % 3 == 2 {
                fs::rename(log.live(), log.path(&format!("a.log.{}", 9 - n))).unwrap();
                append(&log.live(), log.lines(30).as_bytes());
                log.rescan(&mut tail);
                log.rescan(&mut tail);
            }
        }
        drop(tail);
        drop(mounted);
        log.outcome()
    });
}

struct Mounted(std::path::PathBuf);

impl Mounted {
    fn new(behind: &std::path::Path, at: &std::path::Path) -> Self {
        let mount = Command::new("bindfs").arg(behind).arg(at).status();
        assert!(mount.expect("bindfs is installed").success(), "bindfs mounts as root");
        Self(at.to_owned())
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status(); // a failed test says what failed
    }
}

/// Whoever may write in a folder of logs plants what a reader would hang on, or would tell.
#[test]
fn row_23_traps_in_the_folder() {
    let row = Row {
        number: 23,
        case: "a FIFO, a device and links to /dev/zero and to a secret file, planted where a glob finds them",
        ours: "opened with O_NONBLOCK and without links below the glob's folder (openat2); only regular files; each refusal is said",
        guards: &["regular-files", "planted-links"],
    };
    row.check(|side| {
        let (done, finished) = channel();
        let folder = tempfile::tempdir().unwrap();
        let within = folder.path().to_owned();
        thread::spawn(move || side.enter(|| done.send(trapped(&within))));
        finished.recv_timeout(Duration::from_secs(3)).unwrap_or(Outcome::failed("waits for ever"))
    });
}

fn trapped(folder: &Path) -> Outcome {
    let mut log = Log::within(folder);
    let secret = tempfile::NamedTempFile::new_in(folder).unwrap();
    fs::write(secret.path(), "root:the secret of somebody else\n").unwrap();
    log.append("a.log", 10);
    mknodat(CWD, log.path("b.log"), FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
    let null = rustix::fs::makedev(1, 3);
    mknodat(CWD, log.path("c.log"), FileType::CharacterDevice, Mode::from_raw_mode(0o600), null).unwrap();
    symlink("/dev/zero", log.path("d.log")).unwrap();
    symlink(secret.path(), log.path("e.log")).unwrap();
    let mut tail = log.reader_of("*.log");
    log.rescan(&mut tail);
    let said: std::collections::BTreeSet<_> = log.notices.iter().map(|notice| &notice.path).collect();
    assert_eq!(said.len(), 4, "{:?}", log.notices);
    let has_secret = memchr::memmem::find(&log.read, b"the secret").is_some();
    if has_secret { Outcome::failed("reads what was never meant") } else { log.outcome() }
}

/// As logrotate with `create 0600 root`, for a reader that is not root.
#[test]
fn row_24_permission_lost() {
    let row = Row {
        number: 24,
        case: "the log may not be read any more, is rotated, and its successor neither; the old one never again",
        ours: "what is open stays open and is read on; the others are tried again, less and less often, and named",
        guards: &["open-stays"],
    };
    row.check(|side| {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
        let within = folder.path().to_owned();
        let unprivileged = thread::spawn(move || side.enter(|| forbidden(&within)));
        unprivileged.join().unwrap()
    });
}

fn forbidden(folder: &Path) -> Outcome {
    let mut log = Log::within(folder);
    let folder = log.dir.path().to_owned();
    fs::set_permissions(&folder, PermissionsExt::from_mode(0o777)).unwrap();
    // Of this thread only; with it go the capabilities that would let root read everything.
    set_thread_uid(Uid::from_raw(65534)).unwrap();
    let forbid = |name: &str, mode: u32| {
        fs::set_permissions(folder.join(name), PermissionsExt::from_mode(mode)).unwrap();
    };
    log.append("a.log", 10);
    let mut tail = log.reader();
    log.drain(&mut tail);
    let mut writer = fs::OpenOptions::new().append(true).open(log.live()).unwrap();
    let mut write = |log: &mut Log, count| {
        std::io::Write::write_all(&mut writer, log.lines(count).as_bytes()).unwrap();
    };
    forbid("a.log", 0);
    write(&mut log, 5);
    log.rescan(&mut tail);
    log.rename("a.log", "a.log.1");
    log.append("a.log", 7);
    forbid("a.log", 0);
    write(&mut log, 5);
    log.rescan(&mut tail);
    assert!(log.notices.iter().any(|notice| notice.hint.starts_with("setfacl")), "{:?}", log.notices);
    forbid("a.log", 0o600);
    log.rescan(&mut tail);
    log.outcome()
}

#[test]
fn row_29_first_start() {
    let row = Row {
        number: 29,
        case: "a log with 100 lines in it when it is first seen",
        ours: "read from its beginning unless the source says `start = \"end\"`; rotated files before it with `start = \"all\"`",
        guards: &["from-beginning"],
    };
    row.check(|_| {
        let mut log = Log::new();
        log.start = Start::Beginning;
        log.append_bytes("a.log.1", b"a line of last week\n");
        log.append("a.log", 100);
        log.drain_once();
        log.append("a.log", 10);
        log.drain_once();
        log.outcome()
    });
}
