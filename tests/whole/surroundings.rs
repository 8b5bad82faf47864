//! Bad surroundings: what is missing, in the way, or gone.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::support::story::{TUESDAY, postfix};
use super::support::{Site, national_id, until};

/// A message with an identity number that left.
fn leak(id: &str, serial: usize) -> String {
    let story = format!(
        "0 {id} client\n0 {id} subject 名冊 {}\n1s {id} sent out@example.com\n2s {id} removed",
        national_id(serial)
    );
    postfix(TUESDAY, &story)
}

fn stderr(output: &std::process::Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_second_watch_on_one_state_directory_is_refused_and_names_the_lock() {
    let site = Site::new("");
    fs::write(site.log("mail.log"), leak("AAAAA1", 1)).expect("a log");
    let mut daemon = site.watch(&[]);
    for arguments in [&["watch", "--once"][..], &["watch"]] {
        let second = site.run(arguments);
        assert_eq!(second.status.code(), Some(1), "{}", stderr(&second));
        assert!(stderr(&second).contains(&format!("{} is locked", site.path("state/lock").display())));
    }
    assert!(until(Duration::from_secs(10), || site.mails().len() == 1), "the first goes on");
    assert_eq!(daemon.stop(), Some(0), "SIGTERM is a normal end");
}

#[test]
fn a_missing_log_is_named_and_the_others_go_on() {
    let site = Site::with(&[("absent.log", ""), ("mail.log", "")], "transport = \"none\"", "");
    fs::write(site.log("mail.log"), leak("AAAAA1", 1)).expect("a log");
    let output = site.run(&["watch", "--once"]);
    assert_eq!(output.status.code(), Some(4), "{}", stderr(&output));
    let warned = stderr(&output);
    assert!(warned.lines().any(|line| line.contains("WARN") && line.contains("absent.log")), "{warned}");
    assert_eq!(site.mails().len(), 1);
    fs::write(site.log("absent.log"), leak("AAAAA2", 2)).expect("a log");
    site.ok(&["watch", "--once"]);
    assert_eq!(site.cores()[0]["subjects"]["total"], 2, "it is read as soon as it exists");
}

#[test]
fn a_store_whose_key_is_gone_is_left_as_it_is() {
    let site = Site::new("");
    let text = fs::read_to_string(&site.config).expect("a configuration");
    let key = format!("[key]\nfile = \"{}\"\n", site.path("key").display());
    fs::write(&site.config, text.replace(&key, "")).expect("a configuration");
    fs::write(site.log("mail.log"), leak("AAAAA1", 1)).expect("a log");
    site.ok(&["watch", "--once"]);
    fs::remove_file(site.path("state/subject-key")).expect("the key that was made");
    fs::write(site.log("mail.log"), leak("AAAAA1", 1) + &leak("AAAAA2", 2)).expect("a log");
    let before = fs::read(site.path("state/state.db")).expect("a store");
    for arguments in [&["watch", "--once"][..], &["watch"]] {
        let output = site.run(arguments);
        assert_eq!(output.status.code(), Some(78), "{}", stderr(&output));
        assert!(
            stderr(&output).contains("the subject key of") && stderr(&output).contains("put the key back")
        );
    }
    assert_eq!(fs::read(site.path("state/state.db")).expect("a store"), before);
    assert!(!site.path("state/subject-key").exists(), "a new key is never made for an old store");
    assert_eq!(site.cores()[0]["subjects"]["total"], 1, "it stays readable");
}

#[test]
fn a_store_under_another_key_is_left_as_it_is() {
    let site = Site::new("");
    fs::write(site.log("mail.log"), leak("AAAAA1", 1)).expect("a log");
    site.ok(&["watch", "--once"]);
    let before = fs::read(site.path("state/state.db")).expect("a store");
    fs::write(site.path("key"), "ff".repeat(32)).expect("a key");
    let output = site.run(&["watch", "--once"]);
    assert_eq!(output.status.code(), Some(78), "{}", stderr(&output));
    assert!(stderr(&output).contains("was written under subject key"), "{}", stderr(&output));
    assert_eq!(fs::read(site.path("state/state.db")).expect("a store"), before);
}

/// `tests/live/smtpd.py`: ends with the test.
struct Receiver(Child);

impl Receiver {
    fn new(folder: &Path, port: u16) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/live/smtpd.py");
        let mut command = Command::new("python3");
        command.arg("-B").arg(script).arg(folder).arg(port.to_string()).stdout(Stdio::null());
        Self(command.spawn().expect("python3 is installed"))
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let _ = self.0.kill(); // it may have ended by itself
        let _ = self.0.wait();
    }
}

#[test]
fn mail_waits_in_the_spool_until_the_relay_is_there() {
    // A port that is free now; a test that loses the race for it fails and says so.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("bound").port();
    drop(listener);
    let mail = format!("host = \"127.0.0.1\"\nport = {port}\ntls = \"none\"");
    let site = Site::with(&[("mail.log", "")], &mail, "");
    fs::write(site.log("mail.log"), leak("AAAAA1", 1)).expect("a log");
    let mut daemon = site.watch(&[]);
    let told = daemon.wait_for_line("mail stays in the spool", Duration::from_secs(20));
    assert!(told.is_some(), "the daemon says that the relay is not there");
    let waiting = site.path("spool/new/BD-2026-000001.r0.eml");
    let frozen = fs::read(&waiting).expect("it waits");
    let inbox = site.path("inbox");
    let receiver = Receiver::new(&inbox, port);
    let arrived = inbox.join("0001.json");
    assert!(until(Duration::from_secs(15), || arrived.exists()), "it arrives with the first retry");
    let taken = fs::read(inbox.join("0001.eml")).expect("received");
    let id = |mail: &[u8]| {
        let text = String::from_utf8_lossy(mail).into_owned();
        text.lines().find(|line| line.starts_with("Message-ID:")).map(str::to_owned)
    };
    assert_eq!(id(&taken), id(&frozen));
    assert_eq!(id(&frozen).as_deref(), Some("Message-ID: <BD-2026-000001@agency.gov.tw>"));
    let done = site.path("spool/done/BD-2026-000001.r0.json");
    assert!(
        until(Duration::from_secs(5), || done.exists() && !waiting.exists()),
        "it lies in done with a receipt"
    );
    assert_eq!(daemon.stop(), Some(0), "SIGTERM is a normal end");
    assert!(!inbox.join("0002.json").exists(), "once is enough");
    drop(receiver);
}
